package registry

import (
	"slices"
)

// Level is whose programme it is.
type Level string

// The levels.
const (
	MinistryLevel Level = "ministry"
	ProvinceLevel Level = "province"
	RegencyLevel  Level = "regency"
)

// Levels lists the levels, the highest first.
var Levels = []Level{MinistryLevel, ProvinceLevel, RegencyLevel}

// LevelOf gives the level of an organisation's own programmes.
func LevelOf(kind OrganisationKind) Level {
	return map[OrganisationKind]Level{MinistryCentre: MinistryLevel, ProvinceOffice: ProvinceLevel, RegencyOffice: RegencyLevel}[kind]
}

// above tells whether a level is higher than another.
func (l Level) above(o Level) bool { return slices.Index(Levels, l) < slices.Index(Levels, o) }

// ProgrammeKind is what a programme gives.
type ProgrammeKind string

// The kinds. Empty: nobody has said.
const (
	CashKind         ProgrammeKind = "cash"         // bantuan tunai
	FoodKind         ProgrammeKind = "food"         // bantuan pangan, in kind or on a card
	ContributionKind ProgrammeKind = "contribution" // iuran jaminan yang dibayari
	ScholarshipKind  ProgrammeKind = "scholarship"  // bantuan pendidikan
	CapitalKind      ProgrammeKind = "capital"      // modal usaha, tunai atau barang
	TrainingKind     ProgrammeKind = "training"     // pelatihan
	ServiceKind      ProgrammeKind = "service"      // layanan, pendampingan, alat bantu
)

// ProgrammeKinds lists the kinds.
var ProgrammeKinds = []ProgrammeKind{CashKind, FoodKind, ContributionKind, ScholarshipKind, CapitalKind, TrainingKind, ServiceKind}

// Counted is what a programme's recipients are.
type Counted string

// What is counted. Empty: nobody has said.
const (
	Families Counted = "family" // keluarga penerima manfaat (KPM)
	Persons  Counted = "person"
)

// BenefitUnit is what an amount is for.
type BenefitUnit string

// The units.
const (
	FamilyMonth   BenefitUnit = "family-month"
	FamilyQuarter BenefitUnit = "family-quarter"
	FamilyYear    BenefitUnit = "family-year"
	FamilyOnce    BenefitUnit = "family-once"
	PersonMonth   BenefitUnit = "person-month"
	PersonYear    BenefitUnit = "person-year"
	PersonOnce    BenefitUnit = "person-once"
)

// BenefitUnits lists the units.
var BenefitUnits = []BenefitUnit{FamilyMonth, FamilyQuarter, FamilyYear, FamilyOnce, PersonMonth, PersonYear, PersonOnce}

// Benefit is what a programme gives to whom in some years, as a source has it.
type Benefit struct {
	Part   Words       `json:"part"`   // to whom of its recipients, such as pupils of a level; blank: to all
	Amount *int64      `json:"amount"` // rupiah; nil: the source does not say
	Unit   BenefitUnit `json:"unit"`   // of the amount; empty without one
	Rule   Words       `json:"rule"`   // on what terms; blank: the source does not say
	First  int         `json:"first"`  // the first year
	Last   int         `json:"last"`   // the last year; 0: until another entry says otherwise
	Source string      `json:"source"` // where it stands
}

// In tells whether the benefit is of a year.
func (b Benefit) In(year int) bool { return b.First <= year && (b.Last == 0 || year <= b.Last) }

// Stage is one of the payments that a programme makes every year.
type Stage struct {
	Name string `json:"name"` // as ParseStage writes it: 1, 2, ... or q1 ... or m01 ...
	Due  string `json:"due"`  // MM-DD by which it is to be paid; empty: not said
}

// VariantSort is how a programme stands to the one it is a variant of.
type VariantSort string

// The sorts.
const (
	Extends VariantSort = "extends" // adds to a programme of a higher level: PKH Plus to PKH
	Changes VariantSort = "changes" // the owner's own programme in some regions from a day on
)

// Variant says of which programme another is a variant.
type Variant struct {
	Of   string      `json:"of"` // id
	Sort VariantSort `json:"sort"`
}

// Programme is an assistance programme in the register.
type Programme struct {
	ID     string `json:"id"`
	Names  Words  `json:"names"` // "Program Keluarga Harapan"
	Level  Level  `json:"level"`
	Owner  string `json:"owner"`  // id of an organisation of that level
	Region string `json:"region"` // the owner's, BPS code: where it runs
	// Period is in which it runs; of a proposal, in which it is to run. One that was
	// dropped has no day.
	Period Period `json:"period"`

	Proposed bool          `json:"proposed,omitempty"` // it has not begun
	Earlier  bool          `json:"earlier,omitempty"`  // it may have begun before Period.From, from which a source knows it
	Kind     ProgrammeKind `json:"kind,omitempty"`
	RunBy    string        `json:"run_by,omitempty"` // the institution that runs it, where that is not the owner in the register
	Target   Words         `json:"target,omitzero"`  // for whom it is; blank: nobody has said
	Rule     Words         `json:"rule,omitzero"`    // how who gets it is decided; blank: nobody has said
	Counts   Counted       `json:"counts,omitempty"` // what its recipients are
	Aliases  []string      `json:"aliases,omitempty"`
	Where    []string      `json:"where,omitempty"` // BPS codes within Region, sorted; none: in all of it
	Variant  *Variant      `json:"variant,omitempty"`
	Benefits []Benefit     `json:"benefits,omitempty"`
	Stages   []Stage       `json:"stages,omitempty"` // of each year, in order; none: not said
	Notes    []Note        `json:"notes,omitempty"`  // in the order in which they were written
	Source   string        `json:"source,omitempty"` // of what the entry says; empty: the owner's own word
}

// Note is what a source reports of a programme in a year, such as whom it reached.
type Note struct {
	Year   int    `json:"year"`
	Text   Words  `json:"text"`
	Source string `json:"source"`
}

// The states of a programme.
const (
	ProgrammeProposed = "proposed"
	ProgrammeRunning  = "running"
	ProgrammeEnded    = "ended"
)

// ProgrammeLife is the life of a programme.
var ProgrammeLife = Life{
	Object: "programme", States: []string{ProgrammeProposed, ProgrammeRunning, ProgrammeEnded},
	Steps: []Step{
		{"propose", []string{None}}, {"register", []string{None}}, {"edit", []string{ProgrammeProposed, ProgrammeRunning}},
		{"start", []string{ProgrammeProposed}}, {"drop", []string{ProgrammeProposed}}, {"end", []string{ProgrammeRunning}},
	},
}

// State is "ended" once a last day is recorded, and before that "proposed" or
// "running".
func (p Programme) State() string {
	switch {
	case p.Period.Until != "":
		return ProgrammeEnded
	case p.Proposed:
		return ProgrammeProposed
	}
	return ProgrammeRunning
}

// RunsIn tells whether the programme runs, or ran, in a region in a year.
func (p Programme) RunsIn(region string, year int) bool {
	from := p.Period.From
	if p.Earlier {
		from = ""
	}
	return !p.Proposed && Period{from, p.Period.Until}.Meets(yearPeriod(year)) && p.covers(region)
}

// covers tells whether the programme is for a region or for a part of it.
func (p Programme) covers(region string) bool {
	if len(p.Where) == 0 {
		return Within(region, p.Region) || Within(p.Region, region)
	}
	return slices.ContainsFunc(p.Where, func(w string) bool { return Within(region, w) || Within(w, region) })
}

// Regencies are the kabupaten and kota within a region in which the programme is
// to run in a year, in order of code, as far as the table of regions has them.
func (p Programme) Regencies(within string, year int) []string {
	var all []string
	for _, r := range Subtree(within, yearPeriod(year).Until) {
		if (r.Kind == RegencyKind || r.Kind == CityKind) && Within(r.Code, p.Region) && p.covers(r.Code) {
			all = append(all, r.Code)
		}
	}
	return all
}

// BenefitsIn are the benefits of a year.
func (p Programme) BenefitsIn(year int) []Benefit {
	var all []Benefit
	for _, b := range p.Benefits {
		if b.In(year) {
			all = append(all, b)
		}
	}
	return all
}

// once tells that each recipient is paid once: those of another stage are others.
func (p Programme) once() bool {
	return len(p.Benefits) > 0 && !slices.ContainsFunc(p.Benefits, func(b Benefit) bool { return b.Unit != FamilyOnce && b.Unit != PersonOnce })
}

// RegisterProgramme makes an entry of a programme that runs, or that ran: p has
// ID, Names, Period, and what else is known of it; level and region are the
// owner's. Register is all that the record has. Event: programme-registered.
func RegisterProgramme(p Programme, owner Organisation, register []Programme) (Change, error) {
	p.Proposed = false
	return p.enter("programme-registered", owner, register)
}

// ProposeProgramme makes an entry of a programme that is to run from a day on.
// Event: programme-proposed.
func ProposeProgramme(p Programme, owner Organisation, register []Programme) (Change, error) {
	p.Proposed, p.Earlier, p.Period.Until = true, false, ""
	return p.enter("programme-proposed", owner, register)
}

func (p Programme) enter(event string, owner Organisation, register []Programme) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	p.Level, p.Owner, p.Region = LevelOf(owner.Kind), owner.ID, owner.Region
	p, err := p.hold(register)
	if err != nil {
		return Change{}, err
	}
	return Change{Type: event, After: p}, nil
}

// Edit says anew what a programme is: all but id, owner, level, region, life and
// the programme that it is a variant of, which stay. Event: programme-edited.
func (p Programme) Edit(next Programme, register []Programme) (Change, error) {
	if err := ProgrammeLife.Check(p.State(), "edit"); err != nil {
		return Change{}, err
	}
	next.ID, next.Level, next.Owner, next.Region, next.Proposed, next.Variant = p.ID, p.Level, p.Owner, p.Region, p.Proposed, p.Variant
	next.Period.Until = ""
	next, err := next.hold(register)
	if err != nil {
		return Change{}, err
	}
	return Change{Type: "programme-edited", Before: p, After: next}, nil
}

// Start records the day from which a proposal runs. Event: programme-started.
func (p Programme) Start(first Day, register []Programme) (Change, error) {
	if err := ProgrammeLife.Check(p.State(), "start"); err != nil {
		return Change{}, err
	}
	after := p
	after.Proposed, after.Period = false, Period{From: first}
	after, err := after.hold(register)
	if err != nil {
		return Change{}, err
	}
	return Change{Type: "programme-started", Before: p, After: after}, nil
}

// Drop gives a proposal up, for a reason: it never runs. Event: programme-dropped.
func (p Programme) Drop(why string) (Change, error) {
	if err := ProgrammeLife.Check(p.State(), "drop"); err != nil {
		return Change{}, err
	}
	if err := CheckReason(why); err != nil {
		return Change{}, err
	}
	after := p
	after.Period.Until = p.Period.From.Add(-1)
	return Change{Type: "programme-dropped", Before: p, After: after}, nil
}

// End records the programme's last day. Event: programme-ended.
func (p Programme) End(last Day) (Change, error) {
	if err := ProgrammeLife.Check(p.State(), "end"); err != nil {
		return Change{}, err
	}
	if _, err := ParseDay(string(last)); err != nil {
		return Change{}, err
	}
	ended := p
	ended.Period.Until = last
	if err := ended.Period.Check(); err != nil {
		return Change{}, err
	}
	return Change{Type: "programme-ended", Before: p, After: ended}, nil
}
