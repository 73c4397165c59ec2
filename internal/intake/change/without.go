package change

import "slices"

// Without is a comparison for somebody who is told nothing of some columns.
func (c Change) Without(hides func(column string) bool) *Change {
	c.Columns = slices.DeleteFunc(slices.Clone(c.Columns), func(x Column) bool { return hides(x.Name) })
	return &c
}
