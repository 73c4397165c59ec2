package api

import (
	"context"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const findingKind = "finding"

// StudyFinding is one thing that is known: everybody may read it once it was released,
// before that who may read its study. It names no person.
type StudyFinding struct {
	ID           string            `json:"id"`
	Sentence     Words             `json:"sentence"`
	Programme    string            `json:"programme"`
	Outcome      string            `json:"outcome"`
	Effect       FindingEffect     `json:"effect"`
	Direction    string            `json:"direction" enum:"better,worse,none,unclear,changed"`
	Dots         int               `json:"dots"`
	Grade        string            `json:"grade" enum:",strong,moderate,weak,not-causal"`
	Reasons      []StrengthReason  `json:"strength_reasons"`
	State        string            `json:"state" enum:"proposed,released,superseded,withdrawn"`
	Study        string            `json:"study"`
	StudyTitle   string            `json:"study_title"`
	Seal         string            `json:"seal"`
	Organisation string            `json:"organisation"`
	Region       string            `json:"region"`
	Regions      []string          `json:"regions"`
	From         string            `json:"from"`
	Until        string            `json:"until"`
	Whom         string            `json:"whom"`
	Released     string            `json:"released"`
	Replaces     string            `json:"replaces"`
	ReplacedBy   string            `json:"replaced_by"`
	Withdrawn    *FindingWithdrawn `json:"withdrawn,omitempty"`
	Commands     []string          `json:"commands"`
	Names        map[string]string `json:"names"`
	Revision     int64             `json:"revision"`
	Example      bool              `json:"example"`
}

// FindingEffect is the number in a finding, as the released run has it.
type FindingEffect struct {
	Estimate float64  `json:"estimate"`
	Lower    float64  `json:"lower"`
	Upper    float64  `json:"upper"`
	SE       float64  `json:"se"`
	Level    float64  `json:"level"`
	Unit     string   `json:"unit"`
	Better   string   `json:"better" enum:",higher,lower"`
	Matters  *float64 `json:"matters"`
	Term     string   `json:"term"`
}

// StrengthReason is a line of the rule of strength that applies to a finding.
type StrengthReason struct {
	Rule   string `json:"rule"`
	Words  Words  `json:"words"`
	N      int    `json:"n"`
	Lowers int    `json:"lowers"`
}

// FindingWithdrawn says when and why a finding was taken back.
type FindingWithdrawn struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// FindingFilter picks findings.
type FindingFilter struct {
	Paging
	Programme string `query:"programme" maxLength:"200"`
	Outcome   string `query:"outcome" maxLength:"60"`
	Study     string `query:"study" maxLength:"200"`
	State     string `query:"state" enum:"proposed,released,superseded,withdrawn"`
}

// ProposeFinding makes a finding of a number of a released run, by its key.
type ProposeFinding struct {
	Run       string `json:"run" maxLength:"200"`
	Key       string `json:"key" maxLength:"500"`
	Programme string `json:"programme" maxLength:"200"`
	Outcome   string `json:"outcome" maxLength:"60"`
	Sentence  Words  `json:"sentence"`
	Whom      string `json:"whom,omitempty" maxLength:"500"`
	Replaces  string `json:"replaces,omitempty" maxLength:"200"`
	Given
}

// EditFinding mends the words of a finding that is not released.
type EditFinding struct {
	Sentence Words  `json:"sentence"`
	Whom     string `json:"whom,omitempty" maxLength:"500"`
	OnObject
}

// findingsOf shows findings that the caller may see, with the strength that the public
// ones give them today.
func (c caller) findingsOf(r *store.Reader, some []evidence.Finding) (func(evidence.Finding, int64) StudyFinding, error) {
	all, err := store.PublicFindings(r, store.FindingFilter{}, store.Page{})
	if err != nil {
		return nil, err
	}
	names, err := c.programmeNames(r)
	if err != nil {
		return nil, err
	}
	var ids []string
	titles, seals := map[string]string{}, map[string]string{}
	for _, f := range some {
		ids = append(ids, f.Owner)
		s, _, err := store.StudyOf(r, f.Study)
		if err != nil {
			return nil, err
		}
		titles[f.Study] = s.Title
		if len(s.Registrations) > 0 {
			seals[f.Study] = s.Registrations[0].Seal
		}
	}
	offices, err := c.offices(r, ids)
	return func(f evidence.Finding, revision int64) StudyFinding {
		s := f.Strength(all)
		released := ""
		if f.Let != nil {
			released = string(registry.DayOf(f.Let.At))
		}
		out := StudyFinding{ID: f.ID, Sentence: Words(f.Sentence), Programme: f.Programme, Outcome: f.Outcome, Effect: FindingEffect(f.Effect), Direction: string(f.Effect.Direction()), Dots: s.Dots, Grade: f.Grade, Reasons: []StrengthReason{},
			State: f.State(), Study: f.Study, StudyTitle: titles[f.Study], Seal: seals[f.Study], Organisation: f.Owner, Region: f.Region, Regions: texts(f.Applies.Regions), From: f.Applies.From, Until: f.Applies.Until, Whom: f.Applies.Whom,
			Released: released, Commands: c.findingCommands(f), Replaces: f.Replaces, ReplacedBy: f.By, Names: map[string]string{f.Owner: offices[f.Owner], f.Programme: names[f.Programme]}, Revision: revision, Example: c.example}
		for _, x := range s.Reasons {
			out.Reasons = append(out.Reasons, StrengthReason{x.Rule.ID, Words(x.Rule.Text), x.N, x.Rule.Lowers})
		}
		if f.Gone != nil {
			out.Withdrawn = &FindingWithdrawn{f.Gone.At, f.Gone.Reason}
		}
		return out
	}, err
}

// findingCommands are those that the caller may give a finding now; who proposed it
// does not release it.
func (c caller) findingCommands(f evidence.Finding) []string {
	if c.User == "" {
		return []string{}
	}
	all := c.commandsOf(findingKind, f.State(), access.Place{Region: f.Region, Organisation: f.Owner}, "")
	return slices.DeleteFunc(all, func(name string) bool { return name == "release" && f.Made.User == c.User })
}

// seesFinding tells whether a finding is for the caller to read: released ones are everybody's.
func (c caller) seesFinding(f evidence.Finding) bool {
	return store.Public(f) || c.User != "" && c.May(access.StudyRead, access.Place{Region: f.Region, Organisation: f.Owner}) == nil
}

func (d *door) findings() {
	const noun = "findings"
	shelf[FindingFilter, evidence.Finding, StudyFinding]{
		noun: noun, kind: findingKind, public: true,
		pieces: func(r *store.Reader, c caller, f FindingFilter) func(store.Page) ([]evidence.Finding, error) {
			filter := store.FindingFilter{Programme: f.Programme, Outcome: f.Outcome, Study: f.Study, State: f.State}
			return func(p store.Page) ([]evidence.Finding, error) {
				if f.State == evidence.Proposed {
					return store.Findings(r, c.Standing, filter, p)
				}
				return store.PublicFindings(r, filter, p)
			}
		},
		id:   func(f evidence.Finding) string { return f.ID },
		keep: func(c caller, _ FindingFilter, f evidence.Finding) bool { return c.seesFinding(f) },
		show: func(c caller, r *store.Reader, all []evidence.Finding) (func(evidence.Finding, int64) StudyFinding, error) {
			return c.findingsOf(r, all)
		},
	}.list(d)
	read(d, reading(noun, "", true, false, "").open(), func(r *store.Reader, c caller, id string) (StudyFinding, error) {
		f, ok, err := store.FindingOf(r, id)
		if err == nil && (!ok || !c.seesFinding(f)) {
			err = problem.New("api-no-object", "noun", noun, "id", id)
		}
		if err != nil {
			return StudyFinding{}, err
		}
		last, err := r.Last(event.Object{Kind: findingKind, ID: id})
		if err != nil {
			return StudyFinding{}, err
		}
		show, err := c.findingsOf(r, []evidence.Finding{f})
		if err != nil {
			return StudyFinding{}, err
		}
		return show(f, last.Seq), nil
	})

	example := OnObject{Seen{12}, Given{Why: "angka sudah dilepas pemeriksa"}}
	sentence := Words{"Bantuan menaikkan belanja 20 rupiah.", "The grant raised spending by 20 rupiah."}
	create(d, commanding(noun, findingKind, "propose", true), ProposeFinding{someID, "belanja/att", someID, "belanja-per-orang", sentence, "keluarga penerima", "", example.Given},
		func(ctx context.Context, by store.By, b ProposeFinding) (string, event.Event, error) {
			f := evidence.Finding{Run: b.Run, Programme: b.Programme, Outcome: b.Outcome, Sentence: registry.Words(b.Sentence), Replaces: b.Replaces, Applies: evidence.Applies{Whom: b.Whom}}
			if err := d.record.View(ctx, func(r *store.Reader) (err error) {
				f, err = answers.Finding(r, d.record.Contents(), f, b.Key)
				return err
			}); err != nil {
				return "", event.Event{}, err
			}
			return d.record.ProposeFinding(ctx, by, f)
		})
	act(d, commanding(noun, findingKind, "edit", false), EditFinding{sentence, "keluarga penerima", example}, func(ctx context.Context, by store.By, id string, b EditFinding) (event.Event, error) {
		return d.record.EditFinding(ctx, by, id, registry.Words(b.Sentence), b.Whom)
	})
	for command, do := range map[string]func(context.Context, store.By, string) (event.Event, error){"release": d.record.ReleaseFinding, "withdraw": d.record.WithdrawFinding} {
		act(d, commanding(noun, findingKind, command, false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			return do(ctx, by, id)
		})
	}
}
