package registry

import (
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// Class is how far a dataset may be opened.
type Class string

// The classes.
const (
	PublicData   Class = "public"   // to any study
	LimitedData  Class = "limited"  // to a study under an agreement
	PersonalData Class = "personal" // under an agreement and a permit, with the yes of whoever owns it
)

// Classes lists the classes, the widest first.
var Classes = []Class{PublicData, LimitedData, PersonalData}

// Column is one column of a dataset.
type Column struct {
	Name  string `json:"name"`  // as in the rows
	Words Words  `json:"words"` // what it holds
}

// AllColumns in a scope stands for every column, so that no column has that name.
const AllColumns = "*"

// Dataset is a dataset in the register: what it holds, not the rows.
type Dataset struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Owner      string      `json:"owner"`  // id of the organisation that answers for it
	Region     string      `json:"region"` // the owner's, BPS code
	Class      Class       `json:"class"`
	Columns    []Column    `json:"columns"`    // in the order of the rows, at least one
	Programmes []string    `json:"programmes"` // ids, sorted; none: of no programme
	Regions    []string    `json:"regions"`    // BPS codes that it covers, sorted, each with all within it
	Version    int64       `json:"version"`    // 1, 2, 3, ...
	Withdrawn  *Withdrawal `json:"withdrawn"`  // nil: it stands
	// Versions are the rows as they came in, the oldest first; Version counts what
	// the entry says of them.
	Versions []DatasetVersion `json:"versions,omitempty"`
}

// Withdrawal says that something is not to be used any more.
type Withdrawal struct {
	User   string    `json:"user"` // id; empty: the program itself
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// DatasetLife is the life of a dataset.
var DatasetLife = Life{
	Object: "dataset", States: []string{"active", "withdrawn"},
	Steps: []Step{
		{"register", []string{None}}, {"new-version", []string{"active"}}, {"accept-version", []string{"active"}}, {"withdraw-version", []string{"active"}},
		{"withdraw", []string{"active"}}, {"erase-person", []string{"active", "withdrawn"}}, {"expire", []string{"active", "withdrawn"}},
	},
}

// State is "active" or "withdrawn".
func (d Dataset) State() string {
	if d.Withdrawn == nil {
		return "active"
	}
	return "withdrawn"
}

// Column gives a column by its name.
func (d Dataset) Column(name string) (Column, bool) {
	i := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return d.Columns[i], true
}

// Named tells whether the dataset goes by a name, in capitals or not.
func (d Dataset) Named(name string) bool { return same(d.Name, Clean(name)) }

// Covers tells whether the dataset has rows of a region.
func (d Dataset) Covers(region string) bool {
	return slices.ContainsFunc(d.Regions, func(r string) bool { return Within(region, r) })
}

// RegisterDataset makes an entry of version 1: d has ID, Name, Class, Columns,
// Programmes and Regions. Others are all datasets of the owner; programmes are ids
// of the register. Event: dataset-registered.
func RegisterDataset(d Dataset, owner Organisation, others []Dataset, programmes []string) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	d.Name, d.Owner, d.Region, d.Version, d.Withdrawn = Clean(d.Name), owner.ID, owner.Region, 1, nil
	d.Versions = nil
	if err := CheckText("dataset", d.Name, LongestName, false); err != nil {
		return Change{}, err
	}
	if !slices.Contains(Classes, d.Class) {
		return Change{}, problem.New("dataset-class", "found", string(d.Class), "expected", Classes, "field", "class")
	}
	for _, other := range others {
		if other.ID != d.ID && other.State() == "active" && same(other.Name, d.Name) {
			return Change{}, problem.New("dataset-twice", "name", other.Name, "field", "name")
		}
	}
	d, err := d.hold(programmes)
	if err != nil {
		return Change{}, err
	}
	return Change{Type: "dataset-registered", After: d}, nil
}

// NewVersion says what the dataset holds from now on; version, owner and class of
// next are not looked at. Event: dataset-version-registered.
func (d Dataset) NewVersion(next Dataset, programmes []string) (Change, error) {
	if err := DatasetLife.Check(d.State(), "new-version"); err != nil {
		return Change{}, err
	}
	after := d
	after.Columns, after.Programmes, after.Regions, after.Version = next.Columns, next.Programmes, next.Regions, d.Version+1
	after, err := after.hold(programmes)
	if err != nil {
		return Change{}, err
	}
	return Change{Type: "dataset-version-registered", Before: d, After: after}, nil
}

// Withdraw takes the dataset out of use, for a reason. Event: dataset-withdrawn.
func (d Dataset) Withdraw(user, why string, at time.Time) (Change, error) {
	if err := DatasetLife.Check(d.State(), "withdraw"); err != nil {
		return Change{}, err
	}
	if err := CheckReason(why); err != nil {
		return Change{}, err
	}
	after := d
	after.Withdrawn = &Withdrawal{user, at, why}
	return Change{Type: "dataset-withdrawn", Before: d, After: after}, nil
}

// longestColumn is what databases take for the name of a column, in characters.
const longestColumn = 63

// hold cleans and checks what a version holds.
func (d Dataset) hold(programmes []string) (Dataset, error) {
	if len(d.Columns) == 0 {
		return d, problem.New("dataset-columns", "field", "columns")
	}
	d.Columns = slices.Clone(d.Columns)
	seen := map[string]bool{}
	for i := range d.Columns {
		c := &d.Columns[i]
		c.Name, c.Words = Clean(c.Name), c.Words.clean()
		if err := CheckText("column", c.Name, longestColumn, false); err != nil {
			return d, err
		}
		if key := strings.ToLower(c.Name); c.Name == AllColumns || seen[key] {
			return d, problem.New("dataset-column-twice", "name", c.Name, "field", "columns")
		}
		seen[strings.ToLower(c.Name)] = true
		if err := c.Words.check("column-words"); err != nil {
			return d, err
		}
	}
	d.Programmes = sorted(d.Programmes)
	for _, p := range d.Programmes {
		if !slices.Contains(programmes, p) {
			return d, problem.New("programme-unknown", "found", p, "field", "programmes")
		}
	}
	d.Regions = sorted(d.Regions)
	if len(d.Regions) == 0 {
		return d, problem.New("dataset-regions", "field", "regions")
	}
	for _, code := range d.Regions {
		if _, ok := FindRegion(code); !ok {
			return d, problem.New("region-unknown", "found", code, "field", "regions")
		}
		if !Within(code, d.Region) {
			return d, problem.New("dataset-outside", "region", RegionName(code), "owner", RegionName(d.Region), "field", "regions")
		}
	}
	return d, nil
}

// sorted gives a list in order without repetitions; never nil.
func sorted(all []string) []string {
	out := append([]string{}, all...)
	slices.Sort(out)
	return slices.Compact(out)
}

func same(a, b string) bool { return strings.EqualFold(a, b) }
