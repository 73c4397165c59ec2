package registry

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/problem"
)

func someCells(t *rapid.T) []CoverageCell {
	seen := map[[2]string]bool{}
	all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) CoverageCell {
		return CoverageCell{Region: rapid.SampledFrom([]string{"", "35", "3509", "3578", "3571"}).Draw(t, "region"),
			Period: rapid.SampledFrom([]string{"", "2023", "2024", "2024-03"}).Draw(t, "period"), Rows: rapid.Int64Range(0, 60).Draw(t, "rows")}
	}), 0, 12).Draw(t, "cells")
	return slices.DeleteFunc(all, func(c CoverageCell) bool {
		at := [2]string{c.Region, c.Period}
		twice := seen[at]
		seen[at] = true
		return twice
	})
}

// TestCoverageIsRead: what is written is read again, in one order, whatever order it came
// in.
func TestCoverageIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := MaskCoverage(rapid.SampledFrom(Classes).Draw(t, "class"), someCells(t))
		text := EncodeCoverage(cells)
		back, err := DecodeCoverage(bytes.NewReader(text))
		if err != nil || !bytes.Equal(EncodeCoverage(back), text) || len(back) != len(cells) || !slices.IsSortedFunc(back, CoverageCell.compare) {
			t.Fatalf("%v, then %v %v", cells, back, err)
		}
		for _, c := range cells {
			if !slices.Contains(back, c) {
				t.Fatalf("%+v is lost", c)
			}
		}
	})
	for name, text := range map[string]string{"nothing": "", "another head": "a,b,c\n", "words": "region,period,rows\n3509,2024,banyak\n", "less than none": "region,period,rows\n3509,2024,-1\n", "two columns": "region,period,rows\n3509,2024\n"} {
		if list := problem.Of(func() error { _, err := DecodeCoverage(strings.NewReader(text)); return err }()); len(list) != 1 || list[0].Code != "coverage-form" {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// TestSmallCountsAreHidden: of persons no count below ten is shown, none that is shown
// tells more than to the nearest ten, and so no small one is what the others leave of a
// whole: many other worlds look the same.
func TestSmallCountsAreHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := someCells(t)
		before := slices.Clone(cells)
		shown := MaskCoverage(PersonalData, cells)
		if !slices.Equal(cells, before) {
			t.Fatal("the cells were changed in place")
		}
		for i, c := range shown {
			n := cells[i].Rows
			if c.Few != (n > 0 && n < FewRows) || c.Few && c.Rows != 0 || c.Rows%FewRows != 0 || !c.Few && max(c.Rows-n, n-c.Rows) > FewRows/2 {
				t.Fatalf("%d rows are shown as %+v", n, c)
			}
		}
		if other := MaskCoverage(LimitedData, cells); !slices.Equal(other, cells) {
			t.Fatalf("%v", other)
		}
	})
}

// TestErasing: whatever versions a dataset has and whichever of them a person is in, each
// of these is erased and has a version in its place that is like it but for the rows,
// unless nothing is left; no other version changes, and the one in use stays so.
func TestErasing(t *testing.T) {
	at := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		d := Dataset{ID: "d", Name: "Contoh", Class: PersonalData}
		for range rapid.IntRange(1, 6).Draw(t, "versions") {
			n := int64(len(d.Versions)) + 1
			v := DatasetVersion{Number: n, State: rapid.SampledFrom([]VersionState{Staged, Superseded, VersionWithdrawn}).Draw(t, "state"), Rows: 10, Content: strings.Repeat("a", 63) + string(rune('a'+n)),
				Staged: Hand{User: "w"}, Retention: "2027-01-01"}
			d.Versions = append(d.Versions, v)
		}
		if used := rapid.IntRange(-1, len(d.Versions)-1).Draw(t, "used"); used >= 0 {
			d.Versions[used].State = Accepted
		}
		all := map[int64]Rewritten{}
		in := 0
		for _, v := range d.Versions {
			w := Rewritten{Removed: rapid.Int64Range(0, 10).Draw(t, "rows"), Cells: rapid.Int64Range(0, 1).Draw(t, "cells"), Content: strings.Repeat("b", 64)}
			w.Rows = v.Rows - w.Removed
			all[v.Number] = w
			if w.Removed+w.Cells > 0 {
				in++
			}
		}
		c, err := d.ErasePerson(all, Hand{User: "x", At: at}, "permintaan")
		if in == 0 {
			if list := problem.Of(err); len(list) != 1 || list[0].Code != "erase-nobody" {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		after := c.After.(Dataset)
		was, used := d.Current()
		now, still := after.Current()
		if w := all[was.Number]; used && still != (w.Rows > 0) || still && now.Number != was.Number && now.Replaces != was.Number {
			t.Fatalf("in use: %+v, then %+v", was, now)
		}
		for i, v := range d.Versions {
			w, x := all[v.Number], after.Versions[i]
			if w.Removed+w.Cells == 0 {
				if x.State != v.State || x.Erased != nil || x.Content != v.Content {
					t.Fatalf("touched: %+v", x)
				}
				continue
			}
			hash, gone := x.Gone()
			if !gone || hash != v.Content || x.State != VersionErased || slices.Contains(x.Contents(), v.Content) || x.Erased.Rows != w.Removed || (x.Erased.Replacement > 0) != (w.Rows > 0) {
				t.Fatalf("%+v of %+v", x, w)
			}
			if n := x.Erased.Replacement; n > 0 {
				left := after.Versions[n-1]
				if left.Number != n || left.Replaces != v.Number || left.State != v.State || left.Rows != w.Rows || left.Content != w.Content || left.Staged != v.Staged || left.Retention != v.Retention {
					t.Fatalf("%+v in place of %+v", left, v)
				}
			}
		}
	})
}
