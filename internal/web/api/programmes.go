package api

import (
	"context"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const programmeKind = "programme"

// ProgrammeLine is a programme as a list shows it.
type ProgrammeLine struct {
	ID           string            `json:"id"`
	Title        Words             `json:"title"`
	Level        string            `json:"level" enum:"ministry,province,regency"`
	Kind         string            `json:"kind" enum:",cash,food,contribution,scholarship,capital,training,service"`
	Organisation string            `json:"organisation"`
	RunBy        string            `json:"run_by"`
	Region       string            `json:"region"`
	Where        []string          `json:"where"`
	State        string            `json:"state" enum:"proposed,running,ended"`
	From         string            `json:"from"`
	Until        string            `json:"until"`
	Earlier      bool              `json:"earlier"`
	Variant      *Variant          `json:"variant,omitempty"`
	Names        map[string]string `json:"names"`
	Revision     int64             `json:"revision"`
	Example      bool              `json:"example"`
}

// Programme is one programme with its rule, its benefits by year and its variants.
type Programme struct {
	ProgrammeLine
	Target   Words        `json:"target"`
	Rule     Words        `json:"terms"`
	Counts   string       `json:"counts" enum:",family,person"`
	Aliases  []string     `json:"aliases"`
	Benefits []Benefit    `json:"benefits"`
	Stages   []Payment    `json:"payments"`
	Source   string       `json:"source"`
	Variants []VariantOf  `json:"variants"`
	Regions  []RegionName `json:"runs_in"`
	Commands []string     `json:"commands"`
}

// Variant says of which programme another is a variant.
type Variant struct {
	Of   string `json:"of" maxLength:"200"`
	Sort string `json:"sort" enum:"extends,changes"`
}

// VariantOf is a programme that is a variant of the one.
type VariantOf struct {
	ID    string `json:"id"`
	Title Words  `json:"title"`
	Sort  string `json:"sort" enum:"extends,changes"`
	State string `json:"state" enum:"proposed,running,ended"`
}

// Benefit is what a programme gives to whom in some years.
type Benefit struct {
	Part   Words  `json:"part"`
	Amount *int64 `json:"amount" required:"true"`
	Unit   string `json:"per" enum:",family-month,family-quarter,family-year,family-once,person-month,person-year,person-once"`
	Rule   Words  `json:"terms"`
	First  int    `json:"first_year"`
	Last   int    `json:"last_year"`
	Source string `json:"source" maxLength:"2000"`
}

// Payment is one of the payments that a programme makes every year.
type Payment struct {
	Name string `json:"stage" maxLength:"20"`
	Due  string `json:"due_day" maxLength:"5"`
}

func benefitOf(b registry.Benefit) Benefit {
	return Benefit{Words(b.Part), b.Amount, string(b.Unit), Words(b.Rule), b.First, b.Last, b.Source}
}

func (b Benefit) benefit() registry.Benefit {
	return registry.Benefit{Part: registry.Words(b.Part), Amount: b.Amount, Unit: registry.BenefitUnit(b.Unit), Rule: registry.Words(b.Rule), First: b.First, Last: b.Last, Source: b.Source}
}

func variantOf(v *registry.Variant) *Variant {
	if v == nil {
		return nil
	}
	return &Variant{v.Of, string(v.Sort)}
}

// known tells whether a programme is shown to the caller: everybody sees what runs
// or ran, and who works with the record also what is proposed.
func (c caller) known(p registry.Programme) bool {
	return !p.Proposed || c.May(access.ProgrammeRead, access.Place{Region: p.Region, Organisation: p.Owner}) == nil
}

func (c caller) programmeLine(p registry.Programme, names map[string]string, revision int64) ProgrammeLine {
	return ProgrammeLine{ID: p.ID, Title: Words(p.Names), Level: string(p.Level), Kind: string(p.Kind), Organisation: p.Owner, RunBy: p.RunBy, Region: p.Region, Where: texts(p.Where), State: p.State(),
		From: string(p.Period.From), Until: string(p.Period.Until), Earlier: p.Earlier, Variant: variantOf(p.Variant), Names: map[string]string{p.Owner: names[p.Owner]}, Revision: revision, Example: c.example}
}

// programme is the one; register is all that the record has.
func (c caller) programme(p registry.Programme, line ProgrammeLine, register []registry.Programme) Programme {
	out := Programme{ProgrammeLine: line, Target: Words(p.Target), Rule: Words(p.Rule), Counts: string(p.Counts), Aliases: texts(p.Aliases), Benefits: []Benefit{}, Stages: []Payment{}, Source: p.Source,
		Variants: []VariantOf{}, Regions: []RegionName{}}
	for _, b := range p.Benefits {
		out.Benefits = append(out.Benefits, benefitOf(b))
	}
	for _, s := range p.Stages {
		out.Stages = append(out.Stages, Payment(s))
	}
	for _, other := range register {
		if other.Variant != nil && other.Variant.Of == p.ID && c.known(other) {
			out.Variants = append(out.Variants, VariantOf{other.ID, Words(other.Names), string(other.Variant.Sort), other.State()})
		}
		if p.Variant != nil && other.ID == p.Variant.Of {
			out.Names[other.ID] = inLang(c.lang, other.Names)
		}
	}
	for _, code := range append([]string{p.Region}, p.Where...) {
		if len(p.Where) == 0 || code != p.Region {
			out.Regions = append(out.Regions, RegionName{code, registry.RegionName(code)})
		}
	}
	out.Commands = c.commandsOf(programmeKind, p.State(), access.Place{Region: p.Region, Organisation: p.Owner}, "")
	return out
}

// ProgrammeFilter picks programmes. Region and year: it runs, or ran, there and then.
type ProgrammeFilter struct {
	Paging
	Level        string `query:"level" enum:"ministry,province,regency"`
	Kind         string `query:"kind" enum:"cash,food,contribution,scholarship,capital,training,service"`
	State        string `query:"state" enum:"proposed,running,ended"`
	Organisation string `query:"organisation" maxLength:"200"`
	Region       string `query:"region" maxLength:"20"`
	Year         int    `query:"year" minimum:"1990" maximum:"2100"`
	Variant      string `query:"variant_of" maxLength:"200"`
	Name         string `query:"name" maxLength:"200"`
}

func (f ProgrammeFilter) keeps(c caller, p registry.Programme) bool {
	region, year := f.Region, f.Year
	if region == "" {
		region = p.Region
	}
	runs := f.Region == "" && f.Year == 0
	if !runs && year == 0 {
		runs = slices.ContainsFunc(append([]string{}, p.Where...), func(w string) bool { return registry.Within(w, region) || registry.Within(region, w) }) ||
			len(p.Where) == 0 && (registry.Within(region, p.Region) || registry.Within(p.Region, region))
	}
	called := slices.ContainsFunc(append([]string{p.Names.ID, p.Names.EN}, p.Aliases...), func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(f.Name)) })
	return c.known(p) && called && (runs || year != 0 && p.RunsIn(region, year)) && (f.Level == "" || f.Level == string(p.Level)) && (f.Kind == "" || f.Kind == string(p.Kind)) &&
		(f.State == "" || f.State == p.State()) && (f.Organisation == "" || f.Organisation == p.Owner) && (f.Variant == "" || p.Variant != nil && f.Variant == p.Variant.Of)
}

// ProgrammeSays is what an entry says of a programme.
type ProgrammeSays struct {
	Title    Words     `json:"title"`
	Kind     string    `json:"kind,omitempty" enum:",cash,food,contribution,scholarship,capital,training,service"`
	RunBy    string    `json:"run_by,omitempty" maxLength:"2000"`
	Target   *Words    `json:"target,omitempty"`
	Rule     *Words    `json:"terms,omitempty"`
	Counts   string    `json:"counts,omitempty" enum:",family,person"`
	Aliases  []string  `json:"aliases,omitempty" maxItems:"30"`
	Where    []string  `json:"where,omitempty" maxItems:"600"`
	From     string    `json:"from" format:"date"`
	Earlier  bool      `json:"earlier,omitempty"`
	Benefits []Benefit `json:"benefits,omitempty" maxItems:"200"`
	Stages   []Payment `json:"payments,omitempty" maxItems:"12"`
	Source   string    `json:"source,omitempty" maxLength:"2000"`
}

func (b ProgrammeSays) programme() registry.Programme {
	p := registry.Programme{Names: registry.Words(b.Title), Kind: registry.ProgrammeKind(b.Kind), RunBy: b.RunBy, Counts: registry.Counted(b.Counts), Aliases: b.Aliases, Where: b.Where,
		Period: registry.Period{From: registry.Day(b.From)}, Earlier: b.Earlier, Source: b.Source}
	if b.Target != nil {
		p.Target = registry.Words(*b.Target)
	}
	if b.Rule != nil {
		p.Rule = registry.Words(*b.Rule)
	}
	for _, one := range b.Benefits {
		p.Benefits = append(p.Benefits, one.benefit())
	}
	for _, s := range b.Stages {
		p.Stages = append(p.Stages, registry.Stage(s))
	}
	return p
}

// NewProgramme makes the entry of a programme.
type NewProgramme struct {
	Organisation string   `json:"organisation" maxLength:"200"`
	Variant      *Variant `json:"variant,omitempty"`
	ProgrammeSays
	Given
}

func (b NewProgramme) programme() registry.Programme {
	p := b.ProgrammeSays.programme()
	p.Owner = b.Organisation
	if b.Variant != nil {
		p.Variant = &registry.Variant{Of: b.Variant.Of, Sort: registry.VariantSort(b.Variant.Sort)}
	}
	return p
}

// EditProgramme says anew what a programme is.
type EditProgramme struct {
	ProgrammeSays
	OnObject
}

// StartProgramme gives the first day of a proposal.
type StartProgramme struct {
	From string `json:"from" format:"date"`
	OnObject
}

// EndProgramme gives a programme's last day.
type EndProgramme struct {
	Last string `json:"last" format:"date"`
	OnObject
}

func (d *door) programmes() {
	const noun = "programmes"
	shelf[ProgrammeFilter, registry.Programme, ProgrammeLine]{
		noun: noun, kind: programmeKind, public: true,
		pieces: func(r *store.Reader, _ caller, _ ProgrammeFilter) func(store.Page) ([]registry.Programme, error) {
			return func(p store.Page) ([]registry.Programme, error) {
				all, err := store.AllProgrammes(r)
				all = slices.DeleteFunc(all, func(x registry.Programme) bool { return x.ID <= p.After })
				return all[:min(len(all), p.Most)], err
			}
		},
		id:   func(p registry.Programme) string { return p.ID },
		keep: func(c caller, f ProgrammeFilter, p registry.Programme) bool { return f.keeps(c, p) },
		show: func(c caller, r *store.Reader, all []registry.Programme) (func(registry.Programme, int64) ProgrammeLine, error) {
			var ids []string
			for _, p := range all {
				ids = append(ids, p.Owner)
			}
			names, err := c.offices(r, ids)
			return func(p registry.Programme, revision int64) ProgrammeLine { return c.programmeLine(p, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, "", true, false, "").open(), func(r *store.Reader, c caller, id string) (Programme, error) {
		p, ok, err := store.ProgrammeOf(r, id)
		if err == nil && (!ok || !c.known(p)) {
			err = problem.New("api-no-object", "noun", noun, "id", id)
		}
		if err != nil {
			return Programme{}, err
		}
		last, err := r.Last(event.Object{Kind: programmeKind, ID: id})
		if err != nil {
			return Programme{}, err
		}
		names, err := c.offices(r, []string{p.Owner})
		if err != nil {
			return Programme{}, err
		}
		register, err := store.AllProgrammes(r)
		return c.programme(p, c.programmeLine(p, names, last.Seq), register), err
	})

	example := OnObject{Seen{12}, Given{Why: "Peraturan Gubernur tentang PKH Plus"}}
	amount := int64(500_000)
	says := ProgrammeSays{Title: Words{"PKH Plus", "PKH Plus"}, Kind: "cash", Target: &Words{"lansia di atas 70 tahun penerima PKH", "elderly above 70 in families of PKH"}, Counts: "person",
		Aliases: []string{"PKH+"}, Where: []string{"3507", "3573"}, From: "2014-01-01", Benefits: []Benefit{{Amount: &amount, Unit: "person-year", First: 2024, Source: "Petunjuk teknis 2024"}},
		Stages: []Payment{{"q1", "03-31"}}, Source: "Dinas Sosial Provinsi Jawa Timur"}
	made := NewProgramme{someID, &Variant{someID, "extends"}, says, example.Given}
	for command, do := range map[string]func(context.Context, store.By, registry.Programme) (string, event.Event, error){"register": d.record.RegisterProgramme, "propose": d.record.ProposeProgramme} {
		o := commanding(noun, programmeKind, command, true)
		if command == "propose" {
			o = o.in("/propose", o.id)
		}
		create(d, o, made, func(ctx context.Context, by store.By, b NewProgramme) (string, event.Event, error) {
			return do(ctx, by, b.programme())
		})
	}
	act(d, commanding(noun, programmeKind, "edit", false), EditProgramme{says, example}, func(ctx context.Context, by store.By, id string, b EditProgramme) (event.Event, error) {
		return d.record.EditProgramme(ctx, by, id, b.programme())
	})
	act(d, commanding(noun, programmeKind, "start", false), StartProgramme{"2027-01-01", example}, func(ctx context.Context, by store.By, id string, b StartProgramme) (event.Event, error) {
		return d.record.StartProgramme(ctx, by, id, registry.Day(b.From))
	})
	act(d, commanding(noun, programmeKind, "drop", false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
		return d.record.DropProgramme(ctx, by, id)
	})
	act(d, commanding(noun, programmeKind, "end", false), EndProgramme{"2026-12-31", example}, func(ctx context.Context, by store.By, id string, b EndProgramme) (event.Event, error) {
		return d.record.EndProgramme(ctx, by, id, registry.Day(b.Last))
	})
	d.utilisation()
}
