package registry

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Words are the names of a thing in both languages of the program.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

func (w Words) clean() Words { return Words{Clean(w.ID), Clean(w.EN)} }

func (w Words) check(field string) error {
	if err := CheckText(field+"-id", w.ID, LongestName, false); err != nil {
		return err
	}
	return CheckText(field+"-en", w.EN, LongestName, false)
}

// blank tells that nothing is said, in either language.
func (w Words) blank() bool { return w == Words{} }

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

// The most that an entry lists of each.
const (
	mostAliases  = 30
	mostBenefits = 200
	mostStages   = 12
	mostNotes    = 200
)

// The years that an entry can speak of.
const (
	firstBenefitYear = 1990
	lastBenefitYear  = 2100
)

var dueForm = regexp.MustCompile(`^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

// hold cleans and checks what an entry says.
func (p Programme) hold(register []Programme) (Programme, error) {
	p.Names, p.Target, p.Rule = p.Names.clean(), p.Target.clean(), p.Rule.clean()
	p.RunBy, p.Source = Clean(p.RunBy), Clean(p.Source)
	if err := p.Names.check("programme-name"); err != nil {
		return p, err
	}
	if err := p.Period.Check(); err != nil {
		return p, err
	}
	for _, x := range []struct {
		field string
		words Words
	}{{"programme-target", p.Target}, {"programme-rule", p.Rule}} {
		if err := x.words.checkLong(x.field); err != nil {
			return p, err
		}
	}
	for _, x := range []struct{ field, text string }{{"programme-run-by", p.RunBy}, {"programme-source", p.Source}} {
		if x.text != "" {
			if err := CheckText(x.field, x.text, LongestReason, false); err != nil {
				return p, err
			}
		}
	}
	if p.Kind != "" && !slices.Contains(ProgrammeKinds, p.Kind) {
		return p, problem.New("programme-kind", "found", string(p.Kind), "expected", ProgrammeKinds, "field", "kind")
	}
	if p.Counts != "" && p.Counts != Families && p.Counts != Persons {
		return p, problem.New("programme-counts", "found", string(p.Counts), "expected", []Counted{Families, Persons}, "field", "counts")
	}
	var err error
	if p.Where, err = p.where(); err != nil {
		return p, err
	}
	if p.Benefits, err = benefits(p.Benefits); err != nil {
		return p, err
	}
	if p.Stages, err = stages(p.Stages); err != nil {
		return p, err
	}
	if p.Notes, err = notes(p.Notes); err != nil {
		return p, err
	}
	if err := p.variant(register); err != nil {
		return p, err
	}
	return p.named(register)
}

// checkLong is check for a text that may be long, and may be blank in both
// languages.
func (w Words) checkLong(field string) error {
	if w.blank() {
		return nil
	}
	if err := CheckText(field+"-id", w.ID, LongestReason, true); err != nil {
		return err
	}
	return CheckText(field+"-en", w.EN, LongestReason, true)
}

func (p Programme) where() ([]string, error) {
	if len(p.Where) == 0 {
		return nil, nil
	}
	all := sorted(p.Where)
	for _, code := range all {
		if _, ok := FindRegion(code); !ok {
			return nil, problem.New("region-unknown", "found", code, "field", "where")
		}
		if !Within(code, p.Region) {
			return nil, problem.New("programme-outside", "region", RegionName(code), "owner", RegionName(p.Region), "field", "where")
		}
	}
	return all, nil
}

func benefits(all []Benefit) ([]Benefit, error) {
	if len(all) > mostBenefits {
		return nil, problem.New("programme-many", "found", len(all), "most", mostBenefits, "field", "benefits")
	}
	all = slices.Clone(all)
	for i := range all {
		b := &all[i]
		b.Part, b.Rule, b.Source = b.Part.clean(), b.Rule.clean(), Clean(b.Source)
		if !b.Part.blank() {
			if err := b.Part.check("benefit-part"); err != nil {
				return nil, err
			}
		}
		if err := b.Rule.checkLong("benefit-rule"); err != nil {
			return nil, err
		}
		if err := CheckText("benefit-source", b.Source, LongestReason, false); err != nil {
			return nil, err
		}
		switch {
		case b.First < firstBenefitYear || b.First > lastBenefitYear || b.Last != 0 && (b.Last < b.First || b.Last > lastBenefitYear):
			return nil, problem.New("benefit-years", "first", b.First, "last", b.Last, "field", "benefits")
		case b.Amount == nil && b.Unit != "" || b.Amount != nil && !slices.Contains(BenefitUnits, b.Unit):
			return nil, problem.New("benefit-unit", "found", string(b.Unit), "expected", BenefitUnits, "field", "benefits")
		case b.Amount != nil && *b.Amount <= 0:
			return nil, problem.New("benefit-amount", "found", *b.Amount, "field", "benefits")
		case b.Amount == nil && b.Rule.blank():
			return nil, problem.New("benefit-empty", "first", b.First, "field", "benefits")
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

func notes(all []Note) ([]Note, error) {
	if len(all) > mostNotes {
		return nil, problem.New("programme-many", "found", len(all), "most", mostNotes, "field", "notes")
	}
	all = slices.Clone(all)
	for i := range all {
		n := &all[i]
		n.Text, n.Source = n.Text.clean(), Clean(n.Source)
		if n.Year < firstBenefitYear || n.Year > lastBenefitYear {
			return nil, problem.New("note-year", "found", n.Year, "first", firstBenefitYear, "last", lastBenefitYear, "field", "notes")
		}
		for _, x := range []struct{ field, text string }{{"note-id", n.Text.ID}, {"note-en", n.Text.EN}, {"note-source", n.Source}} {
			if err := CheckText(x.field, x.text, LongestReason, false); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func stages(all []Stage) ([]Stage, error) {
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) > mostStages {
		return nil, problem.New("programme-many", "found", len(all), "most", mostStages, "field", "stages")
	}
	out := make([]Stage, len(all))
	kind := ""
	for i, s := range all {
		name, ok := ParseStage(s.Name)
		if !ok {
			return nil, problem.New("stage-name", "found", s.Name, "field", "stages")
		}
		if s.Due != "" && !dueForm.MatchString(s.Due) {
			return nil, problem.New("stage-due", "found", s.Due, "field", "stages")
		}
		if i > 0 && (StageKind(name) != kind || compareStages(out[i-1].Name, name) >= 0) {
			return nil, problem.New("stage-order", "found", s.Name, "field", "stages")
		}
		out[i], kind = Stage{name, s.Due}, StageKind(name)
	}
	return out, nil
}

// variant checks what the entry says of the programme that it is a variant of:
// whoever does not own it may add to it, and nothing else.
func (p Programme) variant(register []Programme) error {
	if p.Variant == nil {
		return nil
	}
	at := slices.IndexFunc(register, func(o Programme) bool { return o.ID == p.Variant.Of && o.ID != p.ID })
	if at < 0 {
		return problem.New("programme-unknown", "found", p.Variant.Of, "field", "variant")
	}
	of := register[at]
	switch sort := p.Variant.Sort; {
	case sort != Extends && sort != Changes:
		return problem.New("variant-sort", "found", string(sort), "expected", []VariantSort{Extends, Changes}, "field", "variant")
	case of.Variant != nil:
		return problem.New("variant-of-variant", "name", of.Names.ID, "field", "variant")
	case sort == Extends && !of.Level.above(p.Level):
		return problem.New("variant-level", "name", of.Names.ID, "field", "variant")
	case sort == Changes && of.Owner != p.Owner:
		return problem.New("variant-owner", "name", of.Names.ID, "field", "variant")
	case sort == Changes && len(p.Where) == 0:
		return problem.New("variant-where", "name", of.Names.ID, "field", "where")
	case !of.Earlier && p.Period.From < of.Period.From || of.Period.Until != "" && p.Period.From > of.Period.Until:
		return problem.New("variant-period", "name", of.Names.ID, "from", string(of.Period.From), "until", string(of.Period.Until), "field", "from")
	}
	return nil
}

// named checks that files which name the programme mean no other one: names and
// aliases are of one programme among those that run in the same place.
func (p Programme) named(register []Programme) (Programme, error) {
	if len(p.Aliases) > mostAliases {
		return p, problem.New("programme-many", "found", len(p.Aliases), "most", mostAliases, "field", "aliases")
	}
	own := map[string]bool{programmeKey(p.Names.ID): true, programmeKey(p.Names.EN): true}
	var aliases []string
	for _, a := range p.Aliases {
		a = Clean(a)
		if err := CheckText("programme-alias", a, LongestName, false); err != nil {
			return p, err
		}
		if key := programmeKey(a); key != "" && !own[key] {
			own[key] = true
			aliases = append(aliases, a)
		}
	}
	p.Aliases = aliases
	if p.State() == ProgrammeEnded {
		return p, nil
	}
	for _, other := range register {
		if other.ID == p.ID || other.State() == ProgrammeEnded || other.Owner != p.Owner && !Within(other.Region, p.Region) && !Within(p.Region, other.Region) {
			continue
		}
		if other.Owner == p.Owner && (same(other.Names.ID, p.Names.ID) || same(other.Names.EN, p.Names.EN)) {
			return p, problem.New("programme-twice", "name", other.Names.ID, "field", "name")
		}
		for _, a := range other.Aliases {
			if own[programmeKey(a)] {
				return p, problem.New("programme-alias-twice", "alias", a, "name", other.Names.ID, "field", "aliases")
			}
		}
		for _, a := range p.Aliases {
			if key := programmeKey(a); key == programmeKey(other.Names.ID) || key == programmeKey(other.Names.EN) {
				return p, problem.New("programme-alias-twice", "alias", a, "name", other.Names.ID, "field", "aliases")
			}
		}
	}
	return p, nil
}

// programmeKey is what the ways of writing a programme's name share: letters and
// digits, in lower case.
func programmeKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r > 127: // a letter with a sign over it is another letter
			return r
		}
		return -1
	}, s)
}

// programmeWords may stand before a name without being a part of it.
var programmeWords = []string{"programme", "program", "bantuansosial", "bantuan", "bansos"}

// bracketed finds what stands in brackets, as in "Program Keluarga Harapan (PKH)".
var bracketed = regexp.MustCompile(`^(.*)\(([^()]*)\)\s*$`)

// MatchProgrammes gives the programmes that a file means by a text in a year and
// a region: by id, name or alias, however they are written. None: not known;
// several: ambiguous. Of several those count that ran then and there.
func MatchProgrammes(all []Programme, text, region string, year int) []Programme {
	text = Clean(text)
	for _, p := range all {
		if p.ID == text && text != "" {
			return []Programme{p}
		}
	}
	found := goingBy(all, text)
	if m := bracketed.FindStringSubmatch(text); len(found) == 0 && m != nil {
		outer, inner := goingBy(all, m[1]), goingBy(all, m[2])
		switch both := both(outer, inner); {
		case len(both) > 0:
			found = both
		case len(inner) == 0: // the brackets hold something else, such as a year
			found = outer
		case len(outer) == 0:
			found = inner
		default:
			found = slices.Concat(outer, inner)
		}
	}
	if len(found) > 1 {
		var then []Programme
		for _, p := range found {
			if p.RunsIn(region, year) {
				then = append(then, p)
			}
		}
		if len(then) > 0 {
			return then
		}
	}
	return found
}

func goingBy(all []Programme, text string) []Programme {
	for _, key := range programmeKeys(text) {
		var found []Programme
		for _, p := range all {
			if p.goesBy(key) {
				found = append(found, p)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// programmeKeys are the key of a name, and that of what follows a word such as
// "program".
func programmeKeys(name string) []string {
	var keys []string
	key := programmeKey(name)
	if key != "" {
		keys = append(keys, key)
	}
	for _, w := range programmeWords {
		if rest, ok := strings.CutPrefix(key, w); ok && rest != "" {
			keys = append(keys, rest)
		}
	}
	return keys
}

// goesBy tells whether a key is one of the programme's names, in whole or what
// stands before or in its brackets, or one of its aliases.
func (p Programme) goesBy(key string) bool {
	for _, name := range append([]string{p.Names.ID, p.Names.EN}, p.Aliases...) {
		forms := []string{name}
		if m := bracketed.FindStringSubmatch(name); m != nil {
			forms = append(forms, m[1], m[2])
		}
		for _, form := range forms {
			if slices.Contains(programmeKeys(form), key) {
				return true
			}
		}
	}
	return false
}

func both(a, b []Programme) []Programme {
	var all []Programme
	for _, p := range a {
		if slices.ContainsFunc(b, func(q Programme) bool { return q.ID == p.ID }) {
			all = append(all, p)
		}
	}
	return all
}

// owns says why an organisation can own nothing new.
func (o Organisation) owns() error {
	if o.State() != "active" {
		return problem.New("state-organisation-ended")
	}
	return nil
}
