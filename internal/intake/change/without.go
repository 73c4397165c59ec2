package change

import "slices"

// Without is a comparison for somebody who is told nothing of some columns. Neither are
// they told how many rows differ: from that and the other columns they would know how
// many differ in those.
func (c Change) Without(hides func(column string) bool) *Change {
	had := len(c.Columns)
	c.Columns = slices.DeleteFunc(slices.Clone(c.Columns), func(x Column) bool { return hides(x.Name) })
	if c.Untold = len(c.Columns) < had; c.Untold {
		c.Changed = Count{}
		if len(c.Key) == 0 { // rows are compared as a whole
			c.Added, c.Removed = Count{}, Count{}
		}
	}
	return &c
}
