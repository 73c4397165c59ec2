package change

import "testing"

// TestWithout: who is not told of a column cannot work its changes out of the rest.
func TestWithout(t *testing.T) {
	c := Change{Key: []string{"nik"}, Added: Count{N: 20}, Removed: Count{N: 10}, Changed: Count{N: 40}, Columns: []Column{{Name: "tahun"}, {Name: "belanja", Cells: Count{N: 40}}}}
	hides := func(name string) bool { return name == "belanja" }
	got := c.Without(hides)
	if !got.Untold || len(got.Columns) != 1 || got.Changed != (Count{}) || got.Added.N != 20 || got.Removed.N != 10 || len(c.Columns) != 2 || c.Changed.N != 40 {
		t.Errorf("%+v of %+v", got, c)
	}
	c.Key = nil
	if got := c.Without(hides); got.Added != (Count{}) || got.Removed != (Count{}) {
		t.Errorf("rows that are compared as a whole tell: %+v", got)
	}
	if got := c.Without(func(string) bool { return false }); got.Untold || got.Changed.N != 40 || got.Added.N != 20 {
		t.Errorf("%+v", got)
	}
}
