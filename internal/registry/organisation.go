package registry

import (
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// OrganisationKind is the level of government that an organisation belongs to.
type OrganisationKind string

// The kinds; each sits at one level of the region tree.
const (
	MinistryCentre OrganisationKind = "ministry-centre" // a centre of a ministry: the nation
	ProvinceOffice OrganisationKind = "province-office" // an office of a province
	RegencyOffice  OrganisationKind = "regency-office"  // an office of a kabupaten or kota
)

// OrganisationKinds lists the kinds from the nation down.
var OrganisationKinds = []OrganisationKind{MinistryCentre, ProvinceOffice, RegencyOffice}

// sits tells whether a region is of the level of a kind.
func (k OrganisationKind) sits(r Region) bool {
	switch k {
	case MinistryCentre:
		return r.Kind == NationKind
	case ProvinceOffice:
		return r.Kind == ProvinceKind
	case RegencyOffice:
		return r.Kind == RegencyKind || r.Kind == CityKind
	}
	return false
}

// Name is how an organisation is called from a day on.
type Name struct {
	Full  string `json:"full"`  // "Dinas Sosial Provinsi Jawa Timur"
	Short string `json:"short"` // "Dinsos Jatim"; one word or a few
	From  Day    `json:"from"`
}

// Organisation is an institution (instansi) in the region that it serves. Its
// names are in order of From, and none is ever taken away.
type Organisation struct {
	ID     string           `json:"id"`
	Kind   OrganisationKind `json:"kind"`
	Office Office           `json:"office"` // what it does there
	Region string           `json:"region"` // BPS code
	Period Period           `json:"period"` // in which it exists
	Names  []Name           `json:"names"`
}

// OrganisationLife is the life of an organisation.
var OrganisationLife = Life{
	Object: "organisation", States: []string{"active", "ended"},
	Steps: []Step{
		{"register", []string{None}}, {"rename", []string{"active"}}, {"end", []string{"active"}},
		{"change-setting", []string{"active"}}, {"change-letterhead", []string{"active"}},
	},
}

// State is "active", or "ended" once a last day is recorded.
func (o Organisation) State() string {
	if o.Period.Until == "" {
		return "active"
	}
	return "ended"
}

// NameOn gives the name on a day; the first one for days before.
func (o Organisation) NameOn(d Day) Name {
	if len(o.Names) == 0 {
		return Name{}
	}
	found := o.Names[0]
	for _, n := range o.Names[1:] {
		if n.From <= d {
			found = n
		}
	}
	return found
}

// RegisterOrganisation makes an organisation: o has ID, Kind, Office (empty: that
// of OfficeOf), Region, the first day and one name. Others are all organisations of
// the same region. Event: organisation-registered.
func RegisterOrganisation(o Organisation, others []Organisation, at time.Time) (Change, error) {
	if len(o.Names) != 1 {
		return Change{}, problem.New("blank-name", "field", "name")
	}
	name := clean(o.Names[0])
	name.From = o.Period.From
	o.Names = []Name{name}
	if err := o.Period.Check(); err != nil {
		return Change{}, err
	}
	if o.Period.Until != "" {
		return Change{}, problem.New("organisation-ends-at-once", "field", "until")
	}
	if err := name.check(); err != nil {
		return Change{}, err
	}
	if !slices.Contains(OrganisationKinds, o.Kind) {
		return Change{}, problem.New("organisation-kind", "found", string(o.Kind), "expected", OrganisationKinds, "field", "kind")
	}
	if o.Office == "" {
		o.Office = OfficeOf(o.Kind)
	}
	if err := o.Office.check(o.Kind); err != nil {
		return Change{}, err
	}
	r, err := RegionOn(o.Region, o.Period.From)
	if err != nil {
		return Change{}, err
	}
	if !o.Kind.sits(r) {
		return Change{}, problem.New("organisation-level-"+string(o.Kind), "region", r.Name, "field", "region")
	}
	if err := unlike(name, others, at); err != nil {
		return Change{}, err
	}
	return Change{Type: "organisation-registered", After: o}, nil
}

// RegionOn gives a region of the table that is valid on a day. Errors: a problem
// where there is none.
func RegionOn(code string, on Day) (Region, error) {
	r, ok := FindRegion(code)
	if !ok {
		return r, problem.New("region-unknown", "found", code, "field", "region")
	}
	if !r.Period.Has(on) {
		return r, problem.New("region-not-yet", "region", r.Name, "from", string(r.Period.From), "until", string(r.Period.Until), "day", string(on), "field", "region")
	}
	return r, nil
}

// unlike refuses a name that another organisation of the region has.
func unlike(n Name, others []Organisation, at time.Time) error {
	for _, o := range others {
		has := o.NameOn(DayOf(at))
		if o.State() == "active" && (strings.EqualFold(has.Full, n.Full) || strings.EqualFold(has.Short, n.Short)) {
			return problem.New("organisation-twice", "name", has.Full, "short", has.Short, "field", "name")
		}
	}
	return nil
}

// Rename gives the organisation another name from a day on; the names before
// stay. Others are the other organisations of its region. Event:
// organisation-renamed.
func (o Organisation) Rename(n Name, others []Organisation, at time.Time) (Change, error) {
	if err := OrganisationLife.Check(o.State(), "rename"); err != nil {
		return Change{}, err
	}
	n = clean(n)
	if _, err := ParseDay(string(n.From)); err != nil {
		return Change{}, err
	}
	if err := n.check(); err != nil {
		return Change{}, err
	}
	last := o.Names[len(o.Names)-1]
	if n.From <= last.From {
		return Change{}, problem.New("organisation-name-order", "name", last.Full, "from", string(last.From), "found", string(n.From), "field", "from")
	}
	if n.Full == last.Full && n.Short == last.Short {
		return Change{}, problem.New("organisation-same-name", "name", last.Full, "field", "name")
	}
	if err := unlike(n, others, at); err != nil {
		return Change{}, err
	}
	renamed := o
	renamed.Names = append(slices.Clone(o.Names), n)
	return Change{Type: "organisation-renamed", Before: o, After: renamed}, nil
}

// End records the organisation's last day. Its positions must have ended by
// then. Event: organisation-ended.
func (o Organisation) End(last Day, positions []Position) (Change, error) {
	if err := OrganisationLife.Check(o.State(), "end"); err != nil {
		return Change{}, err
	}
	ended := o
	ended.Period.Until = last
	if last == "" {
		return Change{}, problem.New("day", "found", "")
	}
	if err := ended.Period.Check(); err != nil {
		return Change{}, err
	}
	for _, p := range positions {
		if !ended.Period.Covers(p.Period) {
			return Change{}, problem.New("organisation-has-positions", "title", p.Title, "last", string(last))
		}
	}
	return Change{Type: "organisation-ended", Before: o, After: ended}, nil
}

func clean(n Name) Name {
	return Name{Full: Clean(n.Full), Short: Clean(n.Short), From: n.From}
}

// longestShort keeps a short name fit for a column of a table.
const longestShort = 40

func (n Name) check() error {
	if err := CheckText("name", n.Full, LongestName, false); err != nil {
		return err
	}
	return CheckText("short", n.Short, longestShort, false)
}

// owns says why an organisation can own nothing new.
func (o Organisation) owns() error {
	if o.State() != "active" {
		return problem.New("state-organisation-ended")
	}
	return nil
}
