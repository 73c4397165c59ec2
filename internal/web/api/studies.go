package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

const studyKind = "study"

// StudyLine is a study as a list shows it.
type StudyLine struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Organisation string            `json:"organisation"`
	Region       string            `json:"region"`
	Position     string            `json:"position"`
	User         string            `json:"user"`
	Purpose      string            `json:"purpose"`
	Programmes   []string          `json:"programmes"`
	Agreement    string            `json:"agreement"`
	Permit       string            `json:"permit"`
	State        string            `json:"state" enum:"draft,running,stopped,withdrawn"`
	Registered   *time.Time        `json:"registered"`
	Version      string            `json:"protocol_version"`
	Names        map[string]string `json:"names"`
	Revision     int64             `json:"revision"`
	Example      bool              `json:"example"`
}

// Study is one study with what it says that it does. Embargoed: the protocol is shown
// to the offices that may write it alone, to others its seal.
type Study struct {
	StudyLine
	Embargoed     bool           `json:"embargoed"`
	Registrations []Registration `json:"registrations"`
	Draft         *Protocol      `json:"draft,omitempty"`
	Lacks         []Lack         `json:"lacks"`
	Stops         []StudyStop    `json:"stops"`
	Removed       *Withdrawal    `json:"data_withdrawn,omitempty"`
	Stone         *Withdrawal    `json:"withdrawn,omitempty"`
	Commands      []string       `json:"commands"`
}

// StudyStop says that no run of a study goes on in a region.
type StudyStop struct {
	Region string    `json:"region"`
	User   string    `json:"user"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Lack is what is to be mended before something can be done.
type Lack struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Registration is a protocol as it was locked; from the second on an amendment.
type Registration struct {
	Number   int64           `json:"number"`
	Version  string          `json:"protocol_version"`
	Seal     string          `json:"seal"`
	Plan     string          `json:"plan_sha256"`
	User     string          `json:"user"`
	At       time.Time       `json:"at"`
	Looked   *time.Time      `json:"looked"`
	Measured []StudyMeasured `json:"baseline_measured"`
	Embargo  string          `json:"embargo"`
	Why      string          `json:"reason"`
	Protocol *Protocol       `json:"protocol,omitempty"`
	Changes  []FieldEdit     `json:"field_changes"`
}

// StudyMeasured is a measurement of a baseline before a registration.
type StudyMeasured struct {
	Run      string    `json:"run"`
	Dataset  string    `json:"dataset"`
	Outcomes []string  `json:"outcomes"`
	First    string    `json:"first_period"`
	Last     string    `json:"last_period"`
	At       time.Time `json:"at"`
}

// FieldEdit is a field that two protocols say differently; the values are JSON.
type FieldEdit struct {
	Field  string `json:"field"`
	Words  Words  `json:"words"`
	Before string `json:"before"`
	After  string `json:"after"`
	Weight string `json:"weight" enum:"major,minor"`
}

// Protocol is what a study says that it will do.
type Protocol struct {
	Plan       string       `json:"plan" maxLength:"65536"`
	Hypotheses []Hypothesis `json:"hypotheses" maxItems:"200"`
	Data       []StudyData  `json:"data" maxItems:"50"`
	Setting    Setting      `json:"setting"`
	Embargo    string       `json:"embargo,omitempty" maxLength:"10"`
}

// Hypothesis is what is expected of one outcome.
type Hypothesis struct {
	Outcome string `json:"outcome" maxLength:"200"`
	Expects string `json:"expects" enum:"rises,falls,differs,no-effect"`
	Why     string `json:"reasoning,omitempty" maxLength:"5000"`
	Minor   bool   `json:"secondary,omitempty"`
}

// StudyData says which dataset stands behind a name of the plan.
type StudyData struct {
	Name     string    `json:"name" maxLength:"200"`
	Dataset  string    `json:"dataset" maxLength:"200"`
	Contract string    `json:"contract_sha256" maxLength:"64"`
	Period   string    `json:"period_column,omitempty" maxLength:"200"`
	Baseline *Baseline `json:"baseline,omitempty"`
}

// Baseline is a stretch of periods whose outcomes may be read before the registration.
type Baseline struct {
	First string `json:"first_period" maxLength:"40"`
	Last  string `json:"last_period" maxLength:"40"`
}

// Setting is what a registry asks besides the plan.
type Setting struct {
	Abstract     string   `json:"abstract,omitempty" maxLength:"5000"`
	Intervention string   `json:"intervention,omitempty" maxLength:"5000"`
	Assignment   string   `json:"assignment,omitempty" maxLength:"5000"`
	Given        *Days    `json:"given,omitempty"`
	Studied      *Days    `json:"studied,omitempty"`
	Clusters     *int64   `json:"clusters,omitempty"`
	Observations *int64   `json:"observations,omitempty"`
	Detectable   *float64 `json:"detectable,omitempty"`
	Ethics       string   `json:"ethics,omitempty" maxLength:"5000"`
}

// Days are days from one to another, both with them.
type Days struct {
	From  string `json:"from" maxLength:"10"`
	Until string `json:"until" maxLength:"10"`
}

func daysOf(p registry.Period) *Days {
	if p == (registry.Period{}) {
		return nil
	}
	return &Days{string(p.From), string(p.Until)}
}

func (d *Days) period() registry.Period {
	if d == nil {
		return registry.Period{}
	}
	return registry.Period{From: registry.Day(d.From), Until: registry.Day(d.Until)}
}

func protocolOf(p study.Protocol) *Protocol {
	s := p.Setting
	out := &Protocol{Plan: p.Plan, Hypotheses: []Hypothesis{}, Data: []StudyData{}, Embargo: string(p.Embargo),
		Setting: Setting{s.Abstract, s.Intervention, s.Assignment, daysOf(s.Given), daysOf(s.Studied), s.Clusters, s.Observations, s.Detectable, s.Ethics}}
	for _, h := range p.Hypotheses {
		out.Hypotheses = append(out.Hypotheses, Hypothesis{h.Outcome, string(h.Expects), h.Why, h.Minor})
	}
	for _, u := range p.Data {
		x := StudyData{Name: u.Name, Dataset: u.Dataset, Contract: u.Contract, Period: u.Period}
		if u.Baseline != nil {
			x.Baseline = &Baseline{u.Baseline.From, u.Baseline.Until}
		}
		out.Data = append(out.Data, x)
	}
	return out
}

func (b Protocol) protocol() study.Protocol {
	s := b.Setting
	p := study.Protocol{Plan: b.Plan, Embargo: registry.Day(b.Embargo), Setting: study.Setting{Abstract: s.Abstract, Intervention: s.Intervention, Assignment: s.Assignment,
		Given: s.Given.period(), Studied: s.Studied.period(), Clusters: s.Clusters, Observations: s.Observations, Detectable: s.Detectable, Ethics: s.Ethics}}
	for _, h := range b.Hypotheses {
		p.Hypotheses = append(p.Hypotheses, study.Hypothesis{Outcome: h.Outcome, Expects: study.Expected(h.Expects), Why: h.Why, Minor: h.Minor})
	}
	for _, x := range b.Data {
		u := study.Use{Name: x.Name, Dataset: x.Dataset, Contract: x.Contract, Period: x.Period}
		if x.Baseline != nil {
			u.Baseline = &study.Baseline{From: x.Baseline.First, Until: x.Baseline.Last}
		}
		p.Data = append(p.Data, u)
	}
	return p
}

func editsOf(all []study.Edit) []FieldEdit {
	out := make([]FieldEdit, len(all))
	for i, e := range all {
		out[i] = FieldEdit{e.Field, Words(study.RuleOf(e.Field).Text), e.Before, e.After, string(e.Weight)}
	}
	return out
}

// stateOf is the state of a study as others see it: one whose data were taken away was
// stopped before, and was not itself taken back (data_withdrawn says the rest).
func stateOf(s study.Study) string {
	if state := s.State(); state != study.Withdrawn || s.Stone != nil {
		return state
	}
	return study.Stopped
}

// versionOfProtocol names a registration as registries do.
func versionOfProtocol(s study.Study, number int64) string {
	major, minor := s.Version(number)
	return strconv.Itoa(major) + "." + strconv.Itoa(minor)
}

func (c caller) studyLine(s study.Study, names map[string]string, revision int64) StudyLine {
	out := StudyLine{ID: s.ID, Title: s.Title, Organisation: s.Owner, Region: s.Region, Position: s.Position, User: s.User, Purpose: s.Purpose, Programmes: texts(s.Programmes), Agreement: s.Agreement, Permit: s.Permit,
		State: stateOf(s), Names: map[string]string{s.Owner: names[s.Owner], s.User: names[s.User]}, Revision: revision, Example: c.example}
	if r, ok := s.Registered(); ok {
		out.Registered, out.Version = &s.Registrations[0].By.At, versionOfProtocol(s, r.Number)
	}
	return out
}

func (c caller) study(r *store.Reader, contents store.Contents, s study.Study, line StudyLine) (Study, error) {
	out := Study{StudyLine: line, Embargoed: !store.SeesProtocol(c.Standing, s), Registrations: []Registration{}, Lacks: []Lack{}, Stops: []StudyStop{}, Removed: withdrawalOf(s.Removed), Stone: withdrawalOf(s.Stone)}
	for _, x := range s.Stops {
		out.Stops = append(out.Stops, StudyStop{x.Region, x.User, x.At, x.Reason})
	}
	for _, x := range s.Registrations {
		one := Registration{Number: x.Number, Version: versionOfProtocol(s, x.Number), Seal: x.Seal, Plan: x.SHA256, User: x.By.User, At: x.By.At, Looked: x.Looked, Embargo: string(x.Embargo), Measured: []StudyMeasured{}, Changes: []FieldEdit{}}
		for _, m := range x.Measured {
			one.Measured = append(one.Measured, StudyMeasured{m.Run, m.Dataset, texts(m.Outcomes), m.From, m.Until, m.At})
		}
		if !out.Embargoed {
			one.Why, one.Protocol, one.Changes = x.Why, protocolOf(x.Protocol), editsOf(x.Changes)
		}
		out.Registrations = append(out.Registrations, one)
	}
	if s.Draft != nil && !out.Embargoed {
		out.Draft = protocolOf(*s.Draft)
		lacks, err := runs.Lacks(r, contents, *s.Draft)
		if err != nil {
			return out, err
		}
		out.Lacks = c.lacks(lacks)
	}
	out.Commands = c.commandsAt(studyKind, s.State(), c.object, "")
	first := len(s.Registrations) == 0 // what is registered is amended from then on
	out.Commands = slices.DeleteFunc(out.Commands, func(name string) bool {
		return name == "lock" && !first || name == "amend" && first || name == "name-permit" && !s.Reads()
	})
	if i := slices.Index(out.Commands, "lock"); i >= 0 {
		out.Commands[i] = "register"
	}
	return out, nil
}

func (c caller) lacks(found problem.List) []Lack {
	out := make([]Lack, len(found))
	for i, p := range found {
		out[i] = Lack{p.Code, p.Text(c.lang)}
	}
	return out
}

// namesFor are those of organisations and users.
func (c caller) namesFor(r *store.Reader, organisations, users []string) (map[string]string, error) {
	names, err := c.offices(r, organisations)
	if err != nil {
		return nil, err
	}
	people, err := store.NamesOf(r, users)
	for id, name := range people {
		names[id] = name
	}
	return names, err
}

// StudyFilter picks studies.
type StudyFilter struct {
	Paging
	State        string `query:"state" enum:"draft,running,stopped,withdrawn"`
	Organisation string `query:"organisation" maxLength:"200"`
	Programme    string `query:"programme" maxLength:"200"`
	Agreement    string `query:"agreement" maxLength:"200"`
	Permit       string `query:"permit" maxLength:"200"`
}

func (f StudyFilter) keeps(s study.Study) bool {
	return (f.Programme == "" || slices.Contains(s.Programmes, f.Programme)) && (f.State == "" || f.State == stateOf(s)) && (f.Organisation == "" || f.Organisation == s.Owner) && (f.Agreement == "" || f.Agreement == s.Agreement) && (f.Permit == "" || f.Permit == s.Permit)
}

// AEARegistration is a registration under the names of the AEA RCT registry.
type AEARegistration struct {
	Parts []AEAPart `json:"aea_parts"`
}

// AEAPart is a group of its fields.
type AEAPart struct {
	Title  string     `json:"title"`
	Fields []AEAField `json:"fields"`
}

// AEAField is one of its fields.
type AEAField struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Value    string `json:"text"`
}

func aeaOf(x study.AEARegistry) AEARegistration {
	out := AEARegistration{[]AEAPart{}}
	for _, p := range x.Part {
		part := AEAPart{p.Title, []AEAField{}}
		for _, f := range p.Fields {
			part.Fields = append(part.Fields, AEAField(f))
		}
		out.Parts = append(out.Parts, part)
	}
	return out
}

// DraftStudy makes a study, with what is written of its protocol so far.
type DraftStudy struct {
	Title      string    `json:"title" minLength:"1" maxLength:"500"`
	Position   string    `json:"position" maxLength:"200"`
	User       string    `json:"user" maxLength:"200"`
	Purpose    string    `json:"purpose" enum:"evaluation,methods,monitoring,planning,targeting,utilisation"`
	Programmes []string  `json:"programmes,omitempty" maxItems:"500"`
	Agreement  string    `json:"agreement,omitempty" maxLength:"200"`
	Permit     string    `json:"permit,omitempty" maxLength:"200"`
	Draft      *Protocol `json:"draft,omitempty"`
	Given
}

// EditStudy replaces what is written and not registered.
type EditStudy struct {
	Draft Protocol `json:"draft"`
	OnObject
}

// NamePermit says under which agreement and permit a study stands.
type NamePermit struct {
	Agreement string `json:"agreement" maxLength:"200"`
	Permit    string `json:"permit" maxLength:"200"`
	OnObject
}

// StopStudy stops a study in a region, or as a whole.
type StopStudy struct {
	Region string `json:"region,omitempty" maxLength:"20"`
	OnObject
}

func (d *door) studies() {
	const noun = "studies"
	shelf[StudyFilter, study.Study, StudyLine]{
		noun: noun, kind: studyKind, right: access.StudyRead, pieces: whole[StudyFilter](store.Studies),
		id:   func(s study.Study) string { return s.ID },
		keep: func(_ caller, f StudyFilter, s study.Study) bool { return f.keeps(s) },
		show: func(c caller, r *store.Reader, all []study.Study) (func(study.Study, int64) StudyLine, error) {
			var offices, people []string
			for _, s := range all {
				offices, people = append(offices, s.Owner), append(people, s.User)
			}
			names, err := c.namesFor(r, offices, people)
			return func(s study.Study, revision int64) StudyLine { return c.studyLine(s, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, studyKind, true, false, access.StudyRead), func(r *store.Reader, c caller, id string) (Study, error) {
		s, _, err := store.StudyOf(r, id)
		if err != nil {
			return Study{}, err
		}
		last, err := r.Last(event.Object{Kind: studyKind, ID: id})
		if err != nil {
			return Study{}, err
		}
		people := []string{s.User}
		for _, x := range s.Registrations {
			people = append(people, x.By.User)
		}
		for _, x := range s.Stops {
			people = append(people, x.User)
		}
		names, err := c.namesFor(r, []string{s.Owner}, people)
		if err != nil {
			return Study{}, err
		}
		line := c.studyLine(s, names, last.Seq)
		for id, name := range names {
			line.Names[id] = name
		}
		return c.study(r, d.record.Contents(), s, line)
	})
	read(d, reading(noun, studyKind, true, false, access.StudyRead).under("/aea", "read-aea-registration"), func(r *store.Reader, c caller, id string) (AEARegistration, error) {
		s, _, err := store.StudyOf(r, id)
		if err != nil {
			return AEARegistration{}, err
		}
		if _, ok := s.Registered(); !ok || !store.SeesProtocol(c.Standing, s) {
			return AEARegistration{}, problem.New("api-no-object", "noun", noun+"/"+id, "id", "aea")
		}
		out, err := store.AEAOf(r, s, c.today())
		return aeaOf(out), err
	})
	d.studyCommands(noun)
}

// carried refuses to lock a draft whose plan reads columns that its data do not hold.
func (d *door) carried(lock func(context.Context, store.By, string) (event.Event, error)) func(context.Context, store.By, string) (event.Event, error) {
	return func(ctx context.Context, by store.By, id string) (event.Event, error) {
		var missing problem.List
		err := d.record.View(ctx, func(r *store.Reader) error {
			s, ok, err := store.StudyOf(r, id)
			if err != nil || !ok || s.Draft == nil {
				return err
			}
			missing, err = runs.ColumnsMissing(r, d.record.Contents(), *s.Draft, s.Draft.Plan)
			return err
		})
		switch {
		case err != nil:
			return event.Event{}, err
		case len(missing) > 0:
			return event.Event{}, missing
		}
		return lock(ctx, by, id)
	}
}

func (d *door) studyCommands(noun string) {
	example := OnObject{Seen{12}, Given{Why: "rencana disepakati tim peneliti"}}
	clusters := int64(38)
	protocol := Protocol{Plan: "dampak: 1\nid: bantuan\ndata: {rumah: rumah.parquet}\ndesign: {did: {unit: kabupaten, time: tahun, first_treated: mulai}}\noutcomes: [{column: belanja, unit: rupiah}]\n",
		Hypotheses: []Hypothesis{{"belanja", "rises", "uang tunai dibelanjakan", false}}, Data: []StudyData{{"rumah", someID, someHash, "tahun", &Baseline{"2019", "2021"}}},
		Setting: Setting{Abstract: "PKH Plus", Given: &Days{"2022-01-01", "2024-12-31"}, Clusters: &clusters}, Embargo: "2027-06-30"}
	create(d, commanding(noun, studyKind, "draft", true), DraftStudy{"Dampak PKH Plus", someID, someID, "evaluation", []string{someID}, someID, "", &protocol, example.Given},
		func(ctx context.Context, by store.By, b DraftStudy) (string, event.Event, error) {
			s := study.Study{Title: b.Title, Position: b.Position, User: b.User, Purpose: b.Purpose, Programmes: b.Programmes, Agreement: b.Agreement, Permit: b.Permit}
			if b.Draft != nil {
				p := b.Draft.protocol()
				s.Draft = &p
			}
			return d.record.DraftStudy(ctx, by, s)
		})
	act(d, commanding(noun, studyKind, "edit", false), EditStudy{protocol, example}, func(ctx context.Context, by store.By, id string, b EditStudy) (event.Event, error) {
		return d.record.EditStudy(ctx, by, id, b.Draft.protocol())
	})
	act(d, commanding(noun, studyKind, "name-permit", false), NamePermit{someID, someID, example}, func(ctx context.Context, by store.By, id string, b NamePermit) (event.Event, error) {
		return d.record.NameStudyPermit(ctx, by, id, b.Agreement, b.Permit)
	})
	act(d, commanding(noun, studyKind, "stop", false), StopStudy{"3507", example}, func(ctx context.Context, by store.By, id string, b StopStudy) (event.Event, error) {
		return d.record.StopStudy(ctx, by, id, b.Region)
	})
	for _, x := range []struct {
		o  operation
		do func(context.Context, store.By, string) (event.Event, error)
	}{
		// The record calls it lock: there "register" makes an entry without a protocol.
		{commanding(noun, studyKind, "lock", false).under("/register", "register-study").holding(), d.carried(d.record.LockStudy)},
		{commanding(noun, studyKind, "amend", false).holding(), d.carried(d.record.AmendStudy)},
		{commanding(noun, studyKind, "withdraw", false), d.record.WithdrawStudy}, {commanding(noun, studyKind, "withdraw-data", false), d.record.WithdrawStudyData},
	} {
		act(d, x.o, OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			return x.do(ctx, by, id)
		})
	}
}
