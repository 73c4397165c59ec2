package answers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

const planOfDid = "dampak: 1\nid: bertahap\nquestion: Apakah bantuan menaikkan belanja?\ndata:\n  data: rumah.csv\ndesign:\n  did:\n    unit: rumah\n    time: tahun\n    first_treated: mulai\n    comparison: never-treated\noutcomes:\n  - column: belanja\n"

// ofDid are the numbers of answeredDid.
func ofDid(t *testing.T) []result.Estimate { return answeredDid(t).Result.Estimates }

// answeredDid answers it on households of three cohorts and some never treated, 2015 to 2020.
func answeredDid(t *testing.T) Answer {
	t.Helper()
	d, err := designs.Parse([]byte(planOfDid), "")
	ok(t, err)
	rows := memory.Table{Columns: []string{"rumah", "tahun", "mulai", "belanja"}}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 120 {
		first := []int{0, 2017, 2018, 2020, 2017, 0, 2018, 2017}[i%8]
		for year := 2015; year <= 2020; year++ {
			mulai, y := "", 100+random.Float64()*40
			if first > 0 {
				mulai = strconv.Itoa(first)
				y += 3 * float64(max(year-first+1, 0))
			}
			rows.Rows = append(rows.Rows, []string{strconv.Itoa(i), strconv.Itoa(year), mulai, fmt.Sprintf("%.3f", y)})
		}
	}
	name := d.Plan.Table
	e, _ := replay.Recording(memory.From(map[string]memory.Table{name: rows}), func(engine.Source) (string, error) { return "uji", nil })
	got, err := run.Run(t.Context(), run.Input{Study: d, Sources: []engine.Source{{Name: name, Called: "Rumah"}}, Engine: e, Version: "uji", Now: time.Now})
	ok(t, err)
	return Answer{Plan: d, Result: got}
}

// holding gives the keys of some numbers.
func holding(all []result.Estimate, held func(result.Estimate) bool) (keys []string) {
	for _, e := range all {
		if e.Estimate != nil && held(e) {
			keys = append(keys, report.Key(e))
		}
	}
	return keys
}

// TestSumsAreThoseOfTheEstimator: from the effects by cohort and period alone, the weights
// give every number that the estimator gives.
func TestSumsAreThoseOfTheEstimator(t *testing.T) {
	all := ofDid(t)
	var value []float64
	for _, e := range all {
		if isCell(e) {
			value = append(value, *e.Estimate)
		}
	}
	n := len(value)
	value = append(value, make([]float64, len(all))...)
	kinds := map[string]int{}
	for i, v := range sums(all, unitsOf(all)) {
		if floats.Norm(v[n:], 2) != 0 {
			t.Errorf("%s has a place of its own", report.Key(all[i]))
		}
		if got := floats.Dot(v, value); math.Abs(got-*all[i].Estimate) > 1e-9*(1+math.Abs(got)) {
			t.Errorf("%s: %g, the estimator has %g", report.Key(all[i]), got, *all[i].Estimate)
		}
		kinds[all[i].Term]++
	}
	if len(kinds) != 8 || kinds["att-gt"] < 12 {
		t.Fatalf("%v", kinds)
	}
}

// TestWhatGoesGivesAway: what can be worked out from numbers that go, and what cannot.
func TestWhatGoesGivesAway(t *testing.T) {
	all := ofDid(t)
	cell := func(g, year int64) func(result.Estimate) bool {
		return func(e result.Estimate) bool { return isCell(e) && e.Group.Number == g && e.Time.Number == year }
	}
	last := "belanja/att-gt/group=2017/time=2020/event=3"
	for name, x := range map[string]struct {
		held  func(result.Estimate) bool
		known []string
	}{
		"nothing is held":             {func(result.Estimate) bool { return false }, nil},
		"years before of one cohort":  {func(e result.Estimate) bool { return e.Term != "event" || *e.Event >= 0 }, []string{"belanja/att-gt/group=2020/time=2016/event=-4", "belanja/att-gt/group=2020/time=2017/event=-3"}},
		"an aggregate of known cells": {func(e result.Estimate) bool { return e.Term == "simple" }, []string{"belanja/simple"}},
		"one cell, aggregates go":     {cell(2017, 2020), []string{last}},
		"all cells, an event of one goes": {func(e result.Estimate) bool {
			return isCell(e) || e.Term != "event" || *e.Event != 3
		}, []string{last}},
		"all cells, an event of two goes": {func(e result.Estimate) bool {
			return isCell(e) || e.Term != "event" || *e.Event != 2
		}, nil},
		"all but the headline": {func(e result.Estimate) bool { return e.Term != "simple" }, nil},
		"one cell and what it is part of": {func(e result.Estimate) bool {
			return cell(2017, 2020)(e) || strings.HasSuffix(e.Term, "-overall") || e.Term == "simple" || e.Term == "event" && *e.Event == 3 || e.Term == "group" && e.Group.Number == 2017 || e.Term == "calendar" && e.Time.Number == 2020
		}, nil},
	} {
		var known []string
		for _, y := range implied(all, holding(all, x.held)) {
			if len(y.From) == 0 {
				t.Errorf("%s: %s comes from nothing", name, y.Key)
			}
			if !byConstruction(all[slices.IndexFunc(all, func(e result.Estimate) bool { return report.Key(e) == y.Key })]) {
				known = append(known, y.Key)
			}
		}
		if !slices.Equal(known, x.known) {
			t.Errorf("%s: %q", name, known)
		}
	}
	err := notImplied(all, holding(all, cell(2017, 2020)))
	if p := problem.Of(err); len(p) != 1 || p[0].Code != "answer-implied" || !strings.Contains(p[0].Error(), last) || !strings.Contains(p[0].Error(), "belanja/event/event=3") {
		t.Errorf("%v", err)
	}
	if err := notImplied(all, nil); err != nil {
		t.Error(err)
	}
	odd := []result.Estimate{all[0], {Outcome: "belanja", Estimator: "did", Term: "simple", Group: result.Name("Blitar"), Estimate: result.Float(2)}}
	if got := implied(odd, []string{report.Key(odd[1])}); got != nil {
		t.Errorf("a region is no sum of the others: %v", got)
	}
}

// TestNothingLeavesThatGivesAway: what leaves of an answer asks it, not the form alone, and
// with a number go the figures and the numbers of the checks of its outcome.
func TestNothingLeavesThatGivesAway(t *testing.T) {
	a := answeredDid(t)
	cell := holding(a.Result.Estimates, func(e result.Estimate) bool { return e.Term == "att-gt" })
	if _, err := a.leaving(cell, false); len(problem.Of(err)) == 0 || problem.Of(err)[0].Code != "answer-implied" {
		t.Errorf("all cells are held and their sums go: %v", err)
	}
	a.Gate.Held = cell[:1] // what the first gate held is held too
	byGate := a
	byGate.Result = report.Hold(a.Result, a.Gate.Held)
	if _, err := byGate.leaving(nil, false); len(problem.Of(err)) == 0 || problem.Of(err)[0].Code != "answer-implied" {
		t.Errorf("the first gate held a cell, and its sums go: %v", err)
	}
	whole := holding(a.Result.Estimates, func(e result.Estimate) bool { return e.Term != "simple" })
	a.Gate = Gate{}
	got, err := a.leaving(whole, false)
	ok(t, err)
	if n := got.Leaves(); len(n) != 1 || n[0].Term != "simple" {
		t.Errorf("%d numbers leave, want the one that was not held", len(n))
	}
	if len(a.Result.Exhibits) == 0 || len(got.Result.Exhibits) != 0 {
		t.Errorf("%d tables of %d leave beside a number that is held", len(got.Result.Exhibits), len(a.Result.Exhibits))
	}
	for _, d := range got.Result.Diagnostics {
		if d.Statistic != nil || d.P != nil || d.DF != nil {
			t.Errorf("the check %s tells a number", d.Name)
		}
	}
}

// TestImpliedIsWhatLeastSquaresFinds: whatever is held, a number is said to be given away
// exactly when the numbers that go determine it over all values of the cells.
func TestImpliedIsWhatLeastSquaresFinds(t *testing.T) {
	all := ofDid(t)
	vectors := sums(all, unitsOf(all))
	width := len(vectors[0])
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.IntRange(1, 9).Draw(t, "held of ten")
		var held []string
		var goes []int
		for i, e := range all {
			if rapid.IntRange(0, 9).Draw(t, "place") < share {
				held = append(held, report.Key(e))
			} else {
				goes = append(goes, i)
			}
		}
		if len(goes) == 0 || len(held) == 0 {
			t.Skip("nothing is held, or nothing goes")
		}
		said := map[string]bool{}
		for _, x := range implied(all, held) {
			said[x.Key] = true
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		cells := make([]float64, width)
		for i := range cells {
			cells[i] = random.NormFloat64()
		}
		rows, seen := mat.NewDense(len(goes), width, nil), mat.NewVecDense(len(goes), nil)
		for k, i := range goes {
			rows.SetRow(k, vectors[i])
			seen.SetVec(k, floats.Dot(vectors[i], cells))
		}
		var svd mat.SVD
		if !svd.Factorize(rows, mat.SVDThin) {
			t.Fatal("no SVD")
		}
		rank := svd.Rank(1e-10)
		guess := mat.NewVecDense(width, nil)
		if rank > 0 {
			svd.SolveVecTo(guess, seen, rank)
		}
		for i, e := range all {
			if !slices.Contains(held, report.Key(e)) || floats.Norm(vectors[i], 2) == 0 {
				continue
			}
			miss := math.Abs(floats.Dot(vectors[i], guess.RawVector().Data) - floats.Dot(vectors[i], cells))
			if exact := miss < 1e-8; exact != said[report.Key(e)] {
				t.Errorf("%s: least squares misses by %g, said to be known: %v", report.Key(e), miss, said[report.Key(e)])
			}
		}
	})
}
