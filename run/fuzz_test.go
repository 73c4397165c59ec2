package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// FuzzPlans drives random plans over random small tables: whatever they are,
// the program answers or refuses in words; it does not panic or hang, its JSON
// holds no NaN, and no interval leaves its own estimate out.
func FuzzPlans(f *testing.F) {
	for seed := range uint64(1500) {
		f.Add(seed, uint64(0))
	}
	f.Fuzz(func(t *testing.T, seed, stream uint64) {
		r := rand.New(rand.NewPCG(seed, stream))
		src, table := randomPlan(r), randomTable(r)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- answerable(ctx, src, table) }()
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%v\n%s", err, src)
			}
		case <-ctx.Done():
			t.Fatalf("no answer after a minute\n%s", src)
		}
	})
}

// answerable runs a plan and says what is wrong with the answer; a refusal is
// an answer.
func answerable(ctx context.Context, src string, table memory.Table) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	study, err := designs.Parse([]byte(src), "plan.yaml")
	if err != nil {
		return worded(err)
	}
	session, err := memory.From(map[string]memory.Table{"panel": table}).Open(ctx, nil, engine.Options{})
	if err != nil {
		return err
	}
	r := result.Result{}
	if err := analyseAll(ctx, Input{Study: study, Engine: memory.New()}, session, newProgress(nil, len(study.Plan.Outcomes)), &r); err != nil {
		return worded(err)
	}
	if err := addWords(&r, true); err != nil {
		return err
	}
	v, err := judge(study.Plan, r)
	if err != nil {
		return err
	}
	r.Verdict = &v
	if _, err := json.Marshal(r); err != nil {
		return err
	}
	for _, e := range r.Estimates {
		if e.SE != nil && *e.SE < 0 {
			return fmt.Errorf("%s: an error of %v", e.Term, *e.SE)
		}
		if e.P != nil && (*e.P < 0 || *e.P > 1) {
			return fmt.Errorf("%s: p = %v", e.Term, *e.P)
		}
		if e.Estimate != nil && e.Lower != nil && e.Upper != nil && (*e.Lower > *e.Estimate || *e.Upper < *e.Estimate) {
			return fmt.Errorf("%s: %v outside %v to %v", e.Term, *e.Estimate, *e.Lower, *e.Upper)
		}
	}
	return nil
}

// worded tells whether an error is one for people; any other is a fault.
func worded(err error) error {
	var p *problem.Problem
	var list problem.List
	if errors.As(err, &p) || errors.As(err, &list) {
		if err.Error() == "" {
			return errors.New("a refusal without words")
		}
		return nil
	}
	return fmt.Errorf("not an error for people: %w", err)
}

func pick(r *rand.Rand, options ...string) string { return options[r.IntN(len(options))] }

// randomPlan is a plan that may or may not make sense.
func randomPlan(r *rand.Rand) string {
	var keys []string
	maybe := func(chance float64, key string) {
		if r.Float64() < chance {
			keys = append(keys, key)
		}
	}
	design := pick(r, "did", "did", "did", "did", "experiment", "synth")
	switch design {
	case "did":
		keys = append(keys, "time: year", "first_treated: first")
		if r.IntN(6) > 0 {
			keys = append(keys, "unit: id")
		} else {
			keys = append(keys, "panel: false")
		}
		if r.IntN(3) == 0 {
			keys = append(keys, "estimator: "+pick(r, "sun-abraham", "imputation", "twfe"))
		}
		maybe(0.4, "comparison: "+pick(r, "never-treated", "not-yet-treated"))
		maybe(0.4, "covariates: "+pick(r, "[x]", "[x, x2]", "[{column: c, as: category}]", "[x, {column: d, as: category}]"))
		maybe(0.3, "method: "+pick(r, "doubly-robust", "doubly-robust-improved", "ipw", "outcome-regression"))
		maybe(0.3, "anticipation: "+pick(r, "0", "1", "2"))
		maybe(0.3, "base_period: "+pick(r, "varying", "universal"))
		maybe(0.2, "weights: w")
		maybe(0.3, "cluster: "+pick(r, "c", "c", "d", "d", "[c, d]", "[id, year]"))
		maybe(0.05, "strata: d")
		maybe(0.05, "psu: c")
		maybe(0.1, "by: "+pick(r, "c", "d"))
		maybe(0.8, "unbalanced: "+pick(r, "refuse", "balanced", "pairwise"))
		maybe(0.15, "window: "+pick(r, "[2001, 2004]", "[2002, 2003]"))
	case "experiment":
		keys = append(keys, "treatment: "+pick(r, "arm", "c"))
		maybe(0.3, "blocks: d")
		maybe(0.3, "cluster: "+pick(r, "c", "id"))
		maybe(0.4, "covariates: "+pick(r, "[x]", "[x, {column: d, as: category}]"))
		maybe(0.2, "randomisation: {draws: 20}")
	case "synth":
		keys = append(keys, "unit: id", "time: year", pick(r, "first_treated: first", "treated: [u0], first_year: 2003", "treated: [u0, u1], first_year: 2002"))
		maybe(0.4, "method: "+pick(r, "sdid", "sc", "did"))
		maybe(0.4, "inference: "+pick(r, "placebo", "jackknife", "none"))
		maybe(0.5, "draws: 10")
	}
	r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	inference := "draws: " + pick(r, "1", "50")
	if design != "synth" && r.IntN(4) == 0 {
		inference += ", vce: " + pick(r, "default", "hc0", "hc1", "hc2", "hc3", "cr1", "cr2", "cr3", "wild", "randomisation")
	}
	if r.IntN(4) == 0 {
		inference += ", adjust: " + pick(r, plan.Holm, plan.BenjaminiHochberg, plan.RomanoWolf)
	}
	return fmt.Sprintf("dampak: 1\nid: fuzz\ndata: {panel: p.csv}\ndesign:\n  %s: {%s}\noutcomes: [%s]\ninference: {%s}\n",
		design, strings.Join(keys, ", "), pick(r, "{column: y}", "{column: y, matters: 1}, {column: y2}"), inference)
}

// randomTable is a small table with the faults that data have: few units,
// constants, blanks, gaps, extremes, switches, clusters of one.
func randomTable(r *rand.Rand) memory.Table {
	table := memory.Table{Columns: []string{"id", "year", "first", "arm", "c", "d", "w", "x", "x2", "y", "y2"}}
	units, years := 1+r.IntN(30), 1+min(5, r.IntN(12))
	firsts := []string{"", "0", "2002", "2003", "2004", "2001", "2009"}[:2+r.IntN(6)]
	clusters, domains := 1+r.IntN(6), 1+r.IntN(3)
	scale := []float64{0, 1, 1, 1, 1e-9, 1e12}[r.IntN(6)]
	blank, gap := 0.05*float64(r.IntN(2)), 0.1*float64(r.IntN(2))
	whole := r.IntN(3) == 0
	steady := r.IntN(4) > 0 // the weight and the covariate do not change
	for u := range units {
		first := pick(r, firsts...)
		c, d := r.IntN(clusters), r.IntN(domains)
		w, x := 1+r.Float64(), r.NormFloat64()
		if r.IntN(8) == 0 {
			w = 0
		}
		for t := range years {
			if r.Float64() < gap {
				continue
			}
			if !steady {
				w, x = w*(1+r.Float64()), x+r.NormFloat64()
			}
			value := func() string {
				if r.Float64() < blank {
					return ""
				}
				y := scale * (float64(u%5) + float64(t) + r.NormFloat64())
				if whole {
					return fmt.Sprint(int64(y))
				}
				return text(y)
			}
			if r.IntN(400) == 0 {
				first = pick(r, firsts...)
			}
			table.Rows = append(table.Rows, []string{fmt.Sprint("u", u), fmt.Sprint(2001 + t), first, fmt.Sprint(u % 2), fmt.Sprint("c", c), fmt.Sprint("d", d),
				text(w), text(x), text(2 * x), value(), value()})
		}
	}
	return table
}
