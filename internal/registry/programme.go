package registry

import "github.com/dampak/dampak/internal/problem"

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

// Level is whose programme it is.
type Level string

// The levels.
const (
	MinistryLevel Level = "ministry"
	ProvinceLevel Level = "province"
	RegencyLevel  Level = "regency"
)

// LevelOf gives the level of an organisation's own programmes.
func LevelOf(kind OrganisationKind) Level {
	return map[OrganisationKind]Level{MinistryCentre: MinistryLevel, ProvinceOffice: ProvinceLevel, RegencyOffice: RegencyLevel}[kind]
}

// Programme is an assistance programme in the register.
type Programme struct {
	ID     string `json:"id"`
	Names  Words  `json:"names"` // "Program Keluarga Harapan"
	Level  Level  `json:"level"`
	Owner  string `json:"owner"`  // id of an organisation of that level
	Region string `json:"region"` // the owner's, BPS code: where it runs
	Period Period `json:"period"` // in which it runs
}

// ProgrammeLife is the life of a programme.
var ProgrammeLife = Life{
	Object: "programme", States: []string{"active", "ended"},
	Steps: []Step{{"register", []string{None}}, {"end", []string{"active"}}},
}

// State is "active", or "ended" once a last day is recorded.
func (p Programme) State() string {
	if p.Period.Until == "" {
		return "active"
	}
	return "ended"
}

// RegisterProgramme makes an entry: p has ID, Names and the first day; level and
// region are the owner's. Others are all programmes of the owner. Event:
// programme-registered.
func RegisterProgramme(p Programme, owner Organisation, others []Programme) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	p.Names, p.Level, p.Owner, p.Region = p.Names.clean(), LevelOf(owner.Kind), owner.ID, owner.Region
	if err := p.Names.check("programme-name"); err != nil {
		return Change{}, err
	}
	if err := p.Period.Check(); err != nil {
		return Change{}, err
	}
	for _, other := range others {
		if other.ID != p.ID && other.State() == "active" && (same(other.Names.ID, p.Names.ID) || same(other.Names.EN, p.Names.EN)) {
			return Change{}, problem.New("programme-twice", "name", other.Names.ID, "field", "name")
		}
	}
	return Change{Type: "programme-registered", After: p}, nil
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

// owns says why an organisation can own nothing new.
func (o Organisation) owns() error {
	if o.State() != "active" {
		return problem.New("state-organisation-ended")
	}
	return nil
}
