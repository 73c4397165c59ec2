package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/change"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// VersionChange is what differs between a version and the one before it. Counts of rows
// are absent where they would tell of a column of which the caller is told nothing.
type VersionChange struct {
	From    int64          `json:"version_before"`
	To      int64          `json:"version_number"`
	Before  int64          `json:"rows_before"`
	After   int64          `json:"rows"`
	Key     []string       `json:"matched_by"`
	Apart   bool           `json:"keys_apart"`
	Added   *Told          `json:"rows_added,omitempty"`
	Removed *Told          `json:"rows_removed,omitempty"`
	Changed *Told          `json:"rows_changed,omitempty"`
	New     []string       `json:"columns_new"`
	Lost    []string       `json:"columns_lost"`
	Retyped []string       `json:"columns_retyped"`
	Columns []ColumnChange `json:"columns"`
}

// Told is a count; of data on persons it is rounded to tens, and few are 1 to 9.
type Told struct {
	N   int64 `json:"count"`
	Few bool  `json:"few"`
}

// ColumnChange is what differs in a column. How its values are distributed is told of
// public data alone, for before a plan is registered nobody sees outcomes.
type ColumnChange struct {
	Name    string `json:"column"`
	Words   Words  `json:"words"`
	Changed Told   `json:"cells_changed"`
	Shift   *Shift `json:"shift,omitempty"`
}

// Shift is how far the distribution of a column has moved.
type Shift struct {
	Size          string   `json:"size" enum:"none,moderate,large,unknown"`
	MissingBefore float64  `json:"missing_before"`
	MissingAfter  float64  `json:"missing_after"`
	MeanBefore    *float64 `json:"mean_before"`
	MeanAfter     *float64 `json:"mean_after"`
	PSI           *float64 `json:"psi"`
}

func versionChange(from, to int64, x *change.Change, shown bool) VersionChange {
	told := func(n change.Count) Told { return Told{n.N, n.Few} }
	rows := func(n change.Count, tells bool) *Told {
		if !tells {
			return nil
		}
		return &Told{n.N, n.Few}
	}
	whole := !x.Untold || len(x.Key) > 0
	out := VersionChange{From: from, To: to, Before: x.Before, After: x.After, Key: texts(x.Key), Apart: x.Apart, Added: rows(x.Added, whole), Removed: rows(x.Removed, whole), Changed: rows(x.Changed, !x.Untold),
		New: texts(x.New), Lost: texts(x.Lost), Retyped: texts(x.Retyped), Columns: []ColumnChange{}}
	for _, col := range x.Columns {
		one := ColumnChange{Name: col.Name, Words: Words(col.Words), Changed: told(col.Cells)}
		if shown {
			s := &Shift{Size: string(col.Size), MissingBefore: col.Missing.Before, MissingAfter: col.Missing.After}
			if n := col.Numbers; n != nil {
				s.MeanBefore, s.MeanAfter, s.PSI = &n.Before.Mean, &n.After.Mean, &n.PSI
			} else if n := col.Shares; n != nil {
				s.PSI = &n.PSI
			}
			one.Shift = s
		}
		out.Columns = append(out.Columns, one)
	}
	return out
}

// changes declares the comparison of a version with the one before it. It takes as
// much of the machine as a check, so that it waits for its turn.
func (d *door) changes() {
	if d.waiting == nil {
		return
	}
	o := reading("datasets", datasetKind, true, false, access.DatasetRead).under("/versions/{number}/changes", "read-changes")
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *ofVersion) (*answer[VersionChange], error) {
		out, err := d.changesOf(ctx, *in)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &answer[VersionChange]{out}, nil
	})
}

func (d *door) changesOf(ctx context.Context, in ofVersion) (out VersionChange, err error) {
	var entry registry.Dataset
	var old, v registry.DatasetVersion
	var unseen store.Unseen
	if err := d.record.View(ctx, func(r *store.Reader) error {
		if v, err = version(r, in); err != nil {
			return err
		}
		if entry, _, err = store.DatasetOf(r, in.ID); err != nil {
			return err
		}
		unseen, err = store.UnseenOf(r, calling(ctx).User, in.ID)
		return err
	}); err != nil {
		return out, err
	}
	old, ok := entry.Before(v)
	if !ok || !old.Kept() || !v.Kept() {
		return out, problem.New("api-no-before", "number", v.Number)
	}
	done, err := d.waiting.Turn(ctx)
	if err != nil {
		return out, err
	}
	defer done()
	found, err := intake.Compare(ctx, d.record.Contents(), old, v, change.Options{Dir: d.waiting.Folder(), Held: d.held})
	if err != nil {
		return out, err
	}
	return versionChange(old.Number, v.Number, found.Without(unseen.Hides), entry.Class == registry.PublicData), nil
}
