package run

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/result"
)

// answer runs a plan on a file with the memory engine.
func answer(t *testing.T, plan, path string) (result.Result, error) {
	t.Helper()
	study, err := designs.Parse([]byte(plan), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), Input{
		Study: study, Sources: []engine.Source{{Name: study.Plan.Table, Path: path}},
		Engine: memory.New(), Version: "test", Now: func() time.Time { return time.Unix(0, 0) },
	})
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const mpdta = `dampak: 1
id: minimum-wage
data: {counties: mpdta.csv}
design:
  did: {unit: countyreal, time: year, first_treated: first.treat}
outcomes: [{column: lemp}]
`

// TestGoldenThroughTheLoop: the whole way from a file to the result keeps the
// reference's numbers (R did 2.5.1, mpdta without covariates).
func TestGoldenThroughTheLoop(t *testing.T) {
	testenv.Need(t, "golden")
	r, err := answer(t, mpdta, testenv.Golden("mpdta.csv"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range r.Estimates {
		if e.Term == "att-gt" && e.Group.Number == 2004 && e.Time.Number == 2004 {
			found = true
			near(t, "ATT(2004,2004)", *e.Estimate, -0.010503246221)
			near(t, "its error", *e.SE, 0.0232510363682)
			if e.N != 500 || e.Outcome != "lemp" || e.Estimator != "did" {
				t.Errorf("estimate says n %d, outcome %q, estimator %q", e.N, e.Outcome, e.Estimator)
			}
		}
	}
	if !found {
		t.Fatal("no ATT(2004,2004)")
	}
	if r.Status != result.StatusOK || r.Data[0].Rows != 2500 || len(r.Data[0].SHA256) != 64 || r.Verdict == nil {
		t.Errorf("status %q, data %+v, verdict %+v", r.Status, r.Data, r.Verdict)
	}
	for _, d := range r.Diagnostics {
		if d.Text.ID == "" || d.Text.EN == "" {
			t.Errorf("diagnostic %s has no words", d.Name)
		}
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

const waves = `dampak: 1
id: waves
data: {panel: p.csv}
design:
  did: {unit: unit, time: year, first_treated: first}
outcomes: [{column: y}]
`

// panel has six treated and six never-treated units over four years.
func panel(edit func(unit, year int, fields []string) []string) string {
	var b strings.Builder
	b.WriteString("unit,year,first,y,z\n")
	for u := range 12 {
		for year := 2001; year <= 2004; year++ {
			first := ""
			if u < 6 {
				first = "2003"
			}
			fields := []string{name(u), itoa(year), first, itoa(10*u + (u*year)%7 + year%3), ""}
			if edit != nil {
				fields = edit(u, year, fields)
			}
			if fields != nil {
				b.WriteString(strings.Join(fields, ",") + "\n")
			}
		}
	}
	return b.String()
}

func name(u int) string { return "u" + itoa(u) }
func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestBlankOutcomesLeaveFirst: rows whose outcome is blank leave before
// anything else, are counted, and make the panel unbalanced for that outcome.
func TestBlankOutcomesLeaveFirst(t *testing.T) {
	data := panel(func(u, year int, f []string) []string {
		if u == 7 && year == 2002 {
			f[3] = "NA"
		}
		return f
	})
	_, err := answer(t, waves, write(t, data))
	if err == nil || !strings.Contains(err.Error(), "2002") {
		t.Fatalf("a unit lacks 2002, yet: %v", err)
	}
	r, err := answer(t, strings.Replace(waves, "first_treated: first", "first_treated: first, unbalanced: balanced", 1), write(t, data))
	if err != nil {
		t.Fatal(err)
	}
	warned := false
	for _, w := range r.Warnings {
		warned = warned || w.Code == "rows-left-out" && strings.Contains(w.Text.EN, "1 of 48")
	}
	if !warned {
		t.Errorf("no warning counts the blank: %+v", r.Warnings)
	}
}

// TestPartial: an outcome that is wholly blank is refused alone.
func TestPartial(t *testing.T) {
	r, err := answer(t, strings.Replace(waves, "{column: y}", "{column: z}, {column: y}", 1), write(t, panel(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != result.StatusPartial {
		t.Errorf("status %q", r.Status)
	}
	if e := r.Estimates[0]; e.Outcome != "z" || e.Estimate != nil || e.SE != nil {
		t.Errorf("the refused outcome stands as %+v", e)
	}
	if r.Estimates[1].Outcome != "y" || r.Estimates[1].Estimate == nil {
		t.Errorf("the other outcome has no answer: %+v", r.Estimates[1])
	}
	if r.Verdict == nil {
		t.Error("no verdict")
	}
}

// TestWhereLeavesRowsOut: conditions cut the rows, and the result says how many.
func TestWhereLeavesRowsOut(t *testing.T) {
	r, err := answer(t, strings.Replace(waves, "first_treated: first", "first_treated: first, where: [{column: unit, not_in: [u11, u10]}, {column: year, at_least: 2002}]", 1), write(t, panel(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Estimates[0].N; n != 10 {
		t.Errorf("n = %d units, want 10", n)
	}
	for _, x := range r.Exhibits {
		if x.Kind == result.ExhibitSample && x.Rows[1][2] != 18.0 {
			t.Errorf("the flow says %v", x.Rows)
		}
	}
}

// TestRefusals: what the look alone can refuse.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		plan string
		edit func(u, year int, f []string) []string
		want string
	}{
		"missing columns, all at once": {strings.NewReplacer("unit: unit", "unit: unt", "column: y", "column: yy").Replace(waves), nil, "unt"},
		"a blank year":                 {waves, func(_, year int, f []string) []string { f[1] = strings.Replace(f[1], "2004", "", 1); return f }, "year"},
		"no row meets where":           {strings.Replace(waves, "first_treated: first", "first_treated: first, where: [{column: year, above: 3000}]", 1), nil, "where"},
		"a limit on a name":            {strings.Replace(waves, "first_treated: first", "first_treated: first, where: [{column: unit, above: 3}]", 1), nil, "where"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := answer(t, c.plan, write(t, panel(c.edit)))
			if problem.Of(err) == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want a problem naming %q", err, c.want)
			}
		})
	}
}

// TestEngineErrorsPass: an error of the engine is not taken for a refusal.
func TestEngineErrorsPass(t *testing.T) {
	study, err := designs.Parse([]byte(waves), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken engine")
	_, err = Run(context.Background(), Input{Study: study, Engine: failing{broken}, Now: time.Now})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (failing) Name() string { return "failing" }
func (f failing) Open(context.Context, []engine.Source, engine.Options) (engine.Session, error) {
	return nil, f.err
}

// TestProgressNeverGoesBack: each outcome's rounds move the share forward only.
func TestProgressNeverGoesBack(t *testing.T) {
	last := -1.0
	p := newProgress(func(_ string, share float64) {
		if share < last || share > 1 {
			t.Errorf("share %v after %v", share, last)
		}
		last = share
	}, 2)
	for i := range 2 {
		p.outcome(i)
		for range 4 {
			p.round("round")
			p.engine("", 0.5)
			p.engine("", 1)
		}
	}
	if last <= 0.5 {
		t.Errorf("the last share is %v", last)
	}
}
