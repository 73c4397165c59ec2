package experiment

import (
	"context"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// person is one row of an experiment.
type person struct {
	arm, block, cluster, kind string
	y, x, z                   float64
}

func text(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func table(people []person) memory.Table {
	t := memory.Table{Columns: []string{"arm", "block", "cluster", "kind", "y", "x", "z"}}
	for _, p := range people {
		t.Rows = append(t.Rows, []string{p.arm, p.block, p.cluster, p.kind, text(p.y), text(p.x), text(p.z)})
	}
	return t
}

// look is the first scan of a run: whole columns, means, and rows by arm.
func look(t testing.TB, p estimate.Procedure, data memory.Table, session engine.Session) estimate.Sample {
	t.Helper()
	s := estimate.Sample{Table: "people", Rows: int64(len(data.Rows)), Columns: map[string]moments.Column{}, Summary: map[string]estimate.Summary{}}
	levels := moments.Request{Label: "look", Table: "people", Make: []moments.Agg{{Name: "rows", Op: moments.Count}}}
	for _, c := range p.Columns() {
		as := c.As
		if as == moments.Number {
			sum := estimate.Summary{Min: math.Inf(1), Max: math.Inf(-1)}
			as = moments.Whole
			at := slices.Index(data.Columns, c.Name)
			for _, row := range data.Rows {
				x, err := strconv.ParseFloat(row[at], 64)
				if err != nil {
					t.Fatal(err)
				}
				if x != math.Trunc(x) {
					as = moments.Number
				}
				sum.Known++
				sum.Min, sum.Max = min(sum.Min, x), max(sum.Max, x)
				sum.Mean += x / float64(len(data.Rows))
			}
			s.Summary[c.Name] = sum
		}
		s.Columns[c.Name] = moments.Column{Name: c.Name, As: as}
		if c.Level {
			levels.Columns = append(levels.Columns, s.Columns[c.Name])
			levels.By = append(levels.By, moments.Field{Name: c.Name, Of: moments.Ref(c.Name)})
		}
	}
	var err error
	if s.Levels, err = session.Collect(context.Background(), levels); err != nil {
		t.Fatal(err)
	}
	return s
}

// run answers a study over shards of a table as one site does, or several.
func run(t testing.TB, o Options, whole memory.Table, shards ...memory.Table) (result.Analysis, error) {
	t.Helper()
	if len(shards) == 0 {
		shards = []memory.Table{whole}
	}
	ctx := context.Background()
	var sessions []engine.Session
	for _, shard := range append([]memory.Table{whole}, shards...) {
		session, err := memory.From(map[string]memory.Table{"people": shard}).Open(ctx, nil, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, session)
	}
	p := New(o, inference.Defaults)
	s := look(t, p, whole, sessions[0])
	var so []moments.Statistic
	for {
		asked, err := p.Ask(s, so)
		if err != nil {
			return result.Analysis{}, err
		}
		if len(asked) == 0 {
			return p.Estimate(s, so)
		}
		for _, r := range asked {
			var parts []moments.Statistic
			for _, session := range sessions[1:] {
				part, err := session.Collect(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				parts = append(parts, part)
			}
			sum, err := moments.Merge(parts...)
			if err != nil {
				t.Fatal(err)
			}
			so = append(so, sum)
		}
	}
}

func must(t testing.TB, o Options, people []person) result.Analysis {
	t.Helper()
	a, err := run(t, o, table(people))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func near(t testing.TB, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*max(1, math.Abs(want))) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

var plain = Options{Outcome: "y", Treatment: "arm"}

// codes lists the cautions of an analysis.
func codes(a result.Analysis) []string {
	var all []string
	for _, w := range a.Warnings {
		all = append(all, w.Code)
	}
	return all
}
