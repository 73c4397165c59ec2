package synth

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// row is one figure of a panel.
type row struct {
	unit string
	year int64
	y    float64
}

var plain = estimate.Sample{Table: "panel", Columns: map[string]moments.Column{
	"u": {Name: "u", As: moments.Category}, "t": {Name: "t", As: moments.Period},
	"y": {Name: "y", As: moments.Number}, "g": {Name: "g", As: moments.Cohort},
}}

// answer gathers rows as an engine does; first gives the year of first
// treatment of a row where the request asks for it.
func answer(r moments.Request, rows []row, first func(row) moments.Value) moments.Statistic {
	s := moments.NewStatistic(r)
	type key struct {
		unit  string
		year  int64
		first moments.Value
	}
	sums, counts := map[key]float64{}, map[key]int64{}
	for _, x := range rows {
		k := key{unit: x.unit, year: x.year}
		if first != nil {
			k.first = first(x)
		}
		sums[k] += x.y
		counts[k]++
	}
	for k, n := range counts {
		g := moments.Group{Key: []moments.Value{moments.NameKey(k.unit), moments.WholeKey(k.year)},
			Cells: []moments.Quantity{moments.WholeQuantity(big.NewInt(n)), moments.RealQuantity(sums[k])}}
		if first != nil {
			g.Key = append(g.Key, k.first)
		}
		s.Groups = append(s.Groups, g)
	}
	s.Sort()
	return s
}

// analyse runs the procedure over rows.
func analyse(o Options, rows []row, first func(row) moments.Value) (result.Analysis, error) {
	o.Outcome, o.Unit, o.Time = "y", "u", "t"
	p := New(o, inference.Defaults)
	asked, err := p.Ask(plain, nil)
	if err != nil {
		return result.Analysis{}, err
	}
	if _, err := asked[0].Check(); err != nil {
		return result.Analysis{}, err
	}
	return p.Estimate(plain, []moments.Statistic{answer(asked[0], rows, first)})
}

func must(t testing.TB, o Options, rows []row) result.Analysis {
	t.Helper()
	a, err := analyse(o, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func one(name string, year int64, method string) Options {
	return Options{Treated: []string{name}, FirstYear: &year, Method: method}
}

func TestCalifornia(t *testing.T) {
	rows, want := california(t), expected(t)
	// R stops its Frank-Wolfe search early: its numbers bound how far the exact
	// optimum may be; the exact ones were computed independently.
	for _, c := range []struct {
		method    string
		exact     float64
		exactTol  float64
		published float64 // relative
	}{{DID, want["did"]["att"], 1e-8, 1e-9}, {SDID, -15.6053979, 1e-6, 2e-4}, {SC, -19.5136298, 1e-6, 6e-3}} {
		e := must(t, one("California", 1989, c.method), rows).Estimates[0]
		near(t, c.method, *e.Estimate, c.exact, c.exactTol)
		near(t, c.method+" of R", *e.Estimate, want[c.method]["att"], c.published*math.Abs(*e.Estimate))
		if c.method == SDID {
			near(t, "zeta", e.Details["zeta_omega"].(float64), want["sdid"]["zeta_omega"], 1e-8)
			near(t, "zeta of years", e.Details["zeta_lambda"].(float64), want["sdid"]["zeta_lambda"], 1e-14)
			near(t, "placebo se", *e.SE, want["sdid"]["inspace_placebo_sd_n"], 5e-3*9.4)
			near(t, "rank p", *e.P, want["sdid"]["inspace_rank_p_two_sided"], 1e-12)
		}
	}
}

// Shares of poor persons, per cent: an independent computation gave -0.41, rank
// 14 of 34, and all time weight on 2020.
func TestEastJava(t *testing.T) {
	rows := eastJava(t)
	start := time.Now()
	a := must(t, one("Jawa Timur", 2021, SDID), rows)
	if d := time.Since(start); d > time.Second {
		t.Errorf("took %v, expected a few milliseconds", d)
	}
	e := a.Estimates[0]
	near(t, "effect", *e.Estimate, -0.41, 0.005)
	if e.Details["rank"] != 14 || e.Details["of"] != 34 || e.N != 34 {
		t.Errorf("rank %v of %v, n = %d, want 14 of 34, 34", e.Details["rank"], e.Details["of"], e.N)
	}
	c := caution(a, "time-weight-on-one-year")
	if c == nil || c["year"] != int64(2020) {
		t.Errorf("time weight on one year: %v, want 2020", c)
	}
	// 33 donors, 6 years: nearly as good weights give effects of both signs.
	c = caution(must(t, one("Jawa Timur", 2021, SC), rows), "more-donors-than-years")
	if c == nil || c["lowest"].(float64) >= 0 || c["highest"].(float64) <= 0 {
		t.Errorf("range of synthetic control: %v, want both signs", c)
	}
}

func caution(a result.Analysis, code string) result.Values {
	for _, w := range a.Warnings {
		if w.Code == code {
			return w.Values
		}
	}
	return nil
}

func yearLabel(y int64) string { return result.Number(y).String() }

func readPanel(t testing.TB, o Options, rows []row) panel {
	t.Helper()
	o.Outcome, o.Unit, o.Time = "y", "u", "t"
	p := New(o, inference.Defaults).(procedure)
	asked, err := p.Ask(plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.read(answer(asked[0], rows, nil))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
