package contract

import (
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

// bind gives for each field the column of the file, -1 where there is none.
func (k *Check) bind() ([]int, error) {
	var list problem.List
	byKey := map[string]int{}
	for i, f := range k.c.Fields {
		for _, h := range append([]string{f.Name}, f.Synonyms...) {
			if key := HeaderKey(h); key != "" {
				byKey[key] = i
			} else {
				byKey[h] = i
			}
		}
	}
	columns := make([]int, len(k.c.Fields))
	for i := range columns {
		columns[i] = -1
	}
	var extra []string
	var order []int
	named := map[int]bool{} // fields that a column has the name of
	find := func(header string) (int, bool) {
		key := HeaderKey(header)
		if key == "" {
			key = header
		}
		i, ok := byKey[key]
		return i, ok && header != ""
	}
	for _, col := range k.in.Columns {
		if i, ok := find(col.Name); ok {
			named[i] = true
		}
	}
	for j, col := range k.in.Columns {
		i, ok := find(col.Name)
		if !ok { // the label serves where no column has the name
			i, ok = find(col.Label)
			ok = ok && !named[i]
		}
		switch {
		case !ok:
			extra = append(extra, short(problem.Mask(col.Name)))
		case columns[i] >= 0:
			list = append(list, problem.New("contract-column-twice", "column", k.c.Fields[i].Name, "first", short(k.in.Columns[columns[i]].Name), "second", short(col.Name)))
		default:
			columns[i] = j
			order = append(order, i)
		}
	}
	var absent []string
	for i, f := range k.c.Fields {
		if columns[i] >= 0 {
			continue
		}
		if k.c.Match == Exact || k.c.Match == Equal || k.c.Match == Subset || f.Constraints.Required || slices.Contains(k.c.PrimaryKey, f.Name) {
			list = append(list, problem.New("contract-column-absent", "column", f.Name, "known", f.headersOf(), "suggestion", problem.Nearest(f.Name, extra)))
		} else {
			absent = append(absent, f.Name)
		}
	}
	if len(extra) > 0 && (k.c.Match == Exact || k.c.Match == Equal || k.c.Match == Superset) {
		list = append(list, problem.New("contract-columns-extra", "columns", few(extra), "number", len(extra)))
	} else if len(extra) > 0 {
		k.cautions = append(k.cautions, problem.New("contract-columns-left", "columns", few(extra), "number", len(extra)))
	}
	if len(absent) > 0 {
		k.cautions = append(k.cautions, problem.New("contract-columns-absent", "columns", few(absent), "number", len(absent)))
	}
	if len(list) == 0 && k.c.Match == Exact && !slices.IsSorted(order) {
		list = append(list, problem.New("contract-columns-order"))
	}
	if len(list) > 0 {
		return nil, list
	}
	return columns, nil
}

// few gives the first of many.
func few(all []string) []string {
	if len(all) > 10 {
		return append(slices.Clone(all[:10]), "…")
	}
	return all
}
