package contract

import "slices"

// Without is the contract as it is told to somebody who is told nothing of the values
// of some columns: name, words, type and treatment are left of these. It is not what
// rows were held against, and has another identity.
func (c *Contract) Without(hides func(column string) bool) *Contract {
	out := *c
	out.Fields = slices.Clone(c.Fields)
	for i := range out.Fields {
		f := &out.Fields[i]
		if !hides(f.Name) {
			continue
		}
		f.Categories, f.Labels, f.Blank, f.Jump, f.Kept = nil, nil, 0, Change{}, nil
		f.Constraints = Constraints{Required: f.Constraints.Required, Unique: f.Constraints.Unique}
	}
	return &out
}
