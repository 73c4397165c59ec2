package moments

import (
	"cmp"
	"fmt"
	"slices"
)

// Census asks how many units have rows of which sort, in one table or in several
// versions of it. It is what a check for differencing needs to know: each sum that
// was ever given out is over rows of some sorts, and it matters how many units
// stand behind a difference of such sums.
//
// It is a question beside Request because it counts each unit once over all its
// rows and joins versions by the unit, which a fold cannot say.
type Census struct {
	Label string
	// Parts are the versions of the data, at least one. More than one needs units
	// in each.
	Parts []Part
	// Small is the number of units below which an atom counts as small.
	Small int64
	// Limit is the largest number of atoms that the caller can use; more is an
	// *ErrTooManyGroups. 0 means DefaultLimit.
	Limit int
}

// Part is one version of the data.
type Part struct {
	Table   string
	Columns []Column
	Where   []Cond // all must hold for a row to count
	// Unit is the column that names whose row it is (a pseudonym, read as a
	// Category), the same for one unit in each part. "" makes each row a unit of
	// its own, which is possible with one part only.
	Unit string
	// Record tells, with Unit, one row of a version from the others, and finds it
	// again in the other versions: the period of a panel. It is not looked at with
	// one part.
	Record []Field
	// Key says of what sort a row is, in each part by what matters there.
	Key []Field
	// Value is what a row holds, numbers only: of two versions of a record it
	// matters whether they hold the same. None: they always do.
	Value []Field
}

// Tally is the answer to a census.
type Tally struct {
	// Atoms are the sorts of rows that there are, in the order of their keys.
	Atoms []Atom
	// Profiles count the units that have rows of small atoms, by the set of small
	// atoms that they have rows of.
	Profiles []Profile
	// Nameless counts the sorts of rows, in each part, whose unit is missing; they
	// are in no atom. With one part it counts no more than is told apart by Key.
	Nameless int64
	// Split counts the records that are of two sorts in one part, so that they
	// cannot be followed into another; they are in no atom.
	Split int64
}

// Atom is a sort of rows.
type Atom struct {
	Seen  []Seen // in each part
	Units int64  // that have such rows
}

// Seen is how the records of an atom look in one part.
type Seen struct {
	// Key has the values of Part.Key; nil: the records are not in the part.
	Key []Value
	// Same is the first part in which the records hold the same values as in this
	// one: its own index, or that of a part before it.
	Same int
}

// Profile counts units by the small atoms, as ascending indexes, that they have
// rows of.
type Profile struct {
	Atoms []int
	Units int64
}

// Names of the sums of Part.Rows.
const (
	censusRows  = "rows"
	censusUnit  = "unit"
	censusMark  = ":"
	censusKnown = "known"
)

// Rows is the request for the rows of a part, gathered by unit, record and key, in
// this order, with what they hold. It is the first half of a census; its groups
// stay within an engine.
func (c Census) Rows(part int) Request {
	p := c.Parts[part]
	r := Request{Label: c.Label, Table: p.Table, Columns: p.Columns, Where: p.Where, Make: []Agg{{Name: censusRows, Op: Count}}}
	if p.Unit != "" {
		r.By = append(r.By, Field{Name: censusUnit, Of: Ref(p.Unit)})
	}
	if len(c.Parts) > 1 {
		for i, f := range p.Record {
			r.By = append(r.By, Field{Name: fmt.Sprint("record", censusMark, i), Of: f.Of})
		}
	}
	for i, f := range p.Key {
		r.By = append(r.By, Field{Name: fmt.Sprint("key", censusMark, i), Of: f.Of})
	}
	if len(c.Parts) > 1 {
		for i, f := range p.Value {
			name := func(of string) string { return fmt.Sprint(of, censusMark, i) }
			r.Make = append(r.Make, Agg{Name: name(censusKnown), Op: Count, Of: f.Of}, Agg{Name: name("sum"), Op: Sum, Of: f.Of},
				Agg{Name: name("min"), Op: Min, Of: f.Of}, Agg{Name: name("max"), Op: Max, Of: f.Of})
		}
	}
	return r
}

// Check finds the first mistake of a census, and gives the kinds of the key of each
// part.
func (c Census) Check() ([][]Kind, error) {
	if len(c.Parts) == 0 {
		return nil, fmt.Errorf("%s: moments: a census of no part", c.Label)
	}
	var kinds [][]Kind
	for i, p := range c.Parts {
		envs, err := c.Rows(i).Check()
		if err != nil {
			return nil, err
		}
		var own []Kind
		for _, f := range p.Key {
			k, err := KindOf(f.Of, envs[0])
			if err != nil {
				return nil, err
			}
			if k == KindReal {
				return nil, fmt.Errorf("%s: moments: the key %q is a real number", c.Label, f.Name)
			}
			own = append(own, k)
		}
		kinds = append(kinds, own)
		if p.Unit == "" && len(c.Parts) > 1 {
			return nil, fmt.Errorf("%s: moments: part %d has no unit to join by", c.Label, i+1)
		}
	}
	return kinds, nil
}

// Sort puts atoms in the order of their keys and profiles in that of their atoms;
// engines call it before they answer.
func (t *Tally) Sort() {
	order := make([]int, len(t.Atoms))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return slices.CompareFunc(t.Atoms[i].Seen, t.Atoms[j].Seen, func(a, b Seen) int {
			return cmp.Or(cmp.Compare(min(len(a.Key), 1), min(len(b.Key), 1)), compareKeys(a.Key, b.Key), cmp.Compare(a.Same, b.Same))
		})
	})
	atoms, place := make([]Atom, len(order)), make([]int, len(order))
	for to, from := range order {
		atoms[to], place[from] = t.Atoms[from], to
	}
	t.Atoms = atoms
	for _, p := range t.Profiles {
		for i := range p.Atoms {
			p.Atoms[i] = place[p.Atoms[i]]
		}
		slices.Sort(p.Atoms)
	}
	slices.SortFunc(t.Profiles, func(a, b Profile) int { return slices.Compare(a.Atoms, b.Atoms) })
}
