package runs

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Lacks are what a draft must have before it can be locked, and does not: what its
// protocol lacks, and the columns that its data do not hold.
func Lacks(r store.From, contents contract.Kept, draft study.Protocol) (problem.List, error) {
	_, err := store.CheckProtocol(r, draft)
	lacks := problem.Of(err)
	if err != nil && lacks == nil {
		return nil, err
	}
	missing, err := ColumnsMissing(r, contents, draft, draft.Plan)
	return append(lacks, missing...), err
}

// ColumnsMissing are the columns that a plan reads and that its data do not hold, by the
// contract of what the dataset holds now, or of the newest rows that came in. The record
// keeps a contract by its hash and does not read it, so every door that locks a plan asks
// here. Typed is the plan as its lines are counted. None: also where the plan cannot be
// read, its data are not named or have no rows yet, which is said elsewhere.
func ColumnsMissing(r store.From, contents contract.Kept, p study.Protocol, typed string) (problem.List, error) {
	d, err := designs.Parse([]byte(typed), "")
	if err != nil {
		return nil, nil //nolint:nilerr // study.Protocol.Check says what is wrong with it
	}
	i := slices.IndexFunc(p.Data, func(u study.Use) bool { return u.Name == d.Plan.Table })
	if i < 0 {
		return nil, nil
	}
	set, ok, err := store.DatasetOf(r, p.Data[i].Dataset)
	if err != nil || !ok {
		return nil, err
	}
	v, ok := set.Newest()
	if !ok {
		return nil, nil
	}
	k, err := contract.Read(contents, v.Contract)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, f := range k.Fields {
		if f.Treatment != contract.Drop {
			there = append(there, f.Name)
		}
	}
	var reads []string
	for _, o := range d.Plan.Outcomes {
		for _, col := range d.Procedure(o).Columns() {
			reads = append(reads, col.Name)
		}
	}
	for _, x := range d.Plan.Where {
		reads = append(reads, x.Name)
	}
	var all problem.List
	for i, name := range reads {
		if !slices.Contains(there, name) && slices.Index(reads, name) == i {
			all = append(all, problem.New("study-column", "found", name, "dataset", set.Name, "near", problem.Nearest(name, there)).At(lineNaming(typed, name), 0))
		}
	}
	return all, nil
}

// lineNaming is the first line of a plan on which a word stands by itself; 0 = none.
func lineNaming(plan, word string) int {
	for i, line := range strings.Split(plan, "\n") {
		parts := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r,:[]{}\"'", r) })
		if slices.Contains(parts, word) {
			return i + 1
		}
	}
	return 0
}
