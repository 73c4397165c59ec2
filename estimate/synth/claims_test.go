package synth

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// simulated is a panel with unit effects, common shocks and noise; the first
// treated units gain effect from the year 2000+pre on.
func simulated(seed uint64, units, years, treated, pre int, effect float64) []row {
	r := rand.New(rand.NewPCG(seed, 2))
	shocks := noise(r, years)
	var rows []row
	for i := range units {
		level, slope := 3*r.NormFloat64(), r.NormFloat64()
		for t := range years {
			y := 20 + level + slope*shocks[t] + 0.5*r.NormFloat64()
			if i < treated && t >= pre {
				y += effect
			}
			rows = append(rows, row{fmt.Sprintf("u%03d", i), int64(2000 + t), y})
		}
	}
	return rows
}

func changed(rows []row, f func(row) float64) []row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].y = f(out[i])
	}
	return out
}

func effect(t *testing.T, o Options, rows []row) float64 {
	t.Helper()
	o.Inference = None
	return *must(t, o, rows).Estimates[0].Estimate
}

func TestInvariance(t *testing.T) {
	rows := simulated(1, 15, 12, 1, 8, 2)
	for _, m := range []string{SDID, SC, DID} {
		o := one("u000", 2008, m)
		base := effect(t, o, rows)
		near(t, m+" in rupiah", effect(t, o, changed(rows, func(r row) float64 { return 1e9 * r.y })), 1e9*base, 1e3)
		near(t, m+" shifted", effect(t, o, changed(rows, func(r row) float64 { return r.y + 1000 })), base, 1e-7)
		// Common year effects enter sdid through s alone, which counts them as noise.
		if m != SDID {
			near(t, m+" with year effects", effect(t, o, changed(rows, func(r row) float64 { return r.y + math.Sin(float64(r.year)) })), base, 1e-8)
		}
		if m != SC {
			near(t, m+" with unit effects", effect(t, o, changed(rows, func(r row) float64 { return r.y + 50*float64(r.unit[3]-'0') })), base, 1e-7)
		}
		// Other names put the units in another order.
		renamed := slices.Clone(rows)
		for i := range renamed {
			if u := renamed[i].unit; u != "u000" {
				renamed[i].unit = fmt.Sprintf("v%d", 999-int(u[2]-'0')*10-int(u[3]-'0'))
			}
		}
		near(t, m+" renamed", effect(t, o, renamed), base, 1e-8)
	}
}

func TestUniformWeightsAreDiD(t *testing.T) {
	rows := simulated(5, 9, 10, 1, 6, 1)
	w := readPanel(t, one("u000", 2006, DID), rows).world()
	f := fit{omega: uniform(8), lambda: uniform(6)}
	f.finish(w, SDID)
	// Difference of differences by hand.
	did, count := 0.0, map[[2]bool]float64{}
	for _, treated := range []bool{true, false} {
		for _, after := range []bool{true, false} {
			for _, r := range rows {
				if (r.unit == "u000") == treated && (r.year >= 2006) == after {
					count[[2]bool{treated, after}]++
				}
			}
		}
	}
	for _, r := range rows {
		sign := 1.0
		if (r.unit == "u000") != (r.year >= 2006) {
			sign = -1
		}
		did += sign * r.y / count[[2]bool{r.unit == "u000", r.year >= 2006}]
	}
	near(t, "uniform weights", f.effect, did, 1e-12)
	near(t, "method did", effect(t, one("u000", 2006, DID), rows), did, 1e-12)
	// A penalty without end makes the weights uniform.
	g, err := w.estimate(SDID, penalty{omega: 1e7, lambda: 1e7})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "endless penalty", g.effect, did, 1e-6)
}

// Shards of rows, whole units or not, merge to the same bits of counts and the
// same answer.
func TestShardsMerge(t *testing.T) {
	rows := simulated(2, 12, 9, 1, 6, 1)
	o := one("u000", 2006, SDID)
	o.Outcome, o.Unit, o.Time = "y", "u", "t"
	p := New(o, inference.Defaults)
	asked, err := p.Ask(plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := moments.Merge(answer(asked[0], rows[:40], nil), answer(asked[0], rows[70:], nil), answer(asked[0], rows[40:70], nil))
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Estimate(plain, []moments.Statistic{merged})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *a.Estimates[0].Estimate, *must(t, one("u000", 2006, SDID), rows).Estimates[0].Estimate; got != want {
		t.Errorf("merged %v, whole %v", got, want)
	}
}

func several(n int, year int64, way string) Options {
	o := Options{FirstYear: &year, Inference: way}
	for i := range n {
		o.Treated = append(o.Treated, fmt.Sprintf("u%03d", i))
	}
	return o
}

func TestSeveralTreated(t *testing.T) {
	rows := simulated(4, 30, 12, 4, 8, 3)
	jack := must(t, several(4, 2008, ""), rows).Estimates[0]
	if jack.Details["vce"] != Jackknife {
		t.Fatalf("default is %v", jack.Details["vce"])
	}
	near(t, "effect", *jack.Estimate, 3, 4**jack.SE)
	near(t, "jackknife, literally", *jack.SE, literalJackknife(t, several(4, 2008, ""), rows), 1e-10)
	placebo, again := must(t, several(4, 2008, Placebo), rows).Estimates[0], must(t, several(4, 2008, Placebo), rows).Estimates[0]
	if *placebo.SE != *again.SE || placebo.Details["placebos"] != 200 {
		t.Errorf("draws differ: %v, %v; %v draws", *placebo.SE, *again.SE, placebo.Details["placebos"])
	}
	if ratio := *placebo.SE / *jack.SE; ratio < 0.3 || ratio > 3 {
		t.Errorf("placebo error %g, jackknife %g", *placebo.SE, *jack.SE)
	}
	// With as many treated as donors no placebo group leaves donors.
	refused(t, several(15, 2008, Placebo), rows, nil, "synth-placebo-few-donors")
}

// literalJackknife drops each unit from the panel and computes the weighted
// difference with the weights of the whole, after Algorithm 3.
func literalJackknife(t *testing.T, o Options, rows []row) float64 {
	d := readPanel(t, o, rows)
	w := d.world()
	f, err := w.estimate(SDID, penalties(SDID, w, len(d.treated)))
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for drop := range d.units {
		treated := slices.DeleteFunc(slices.Clone(d.treated), func(i int) bool { return i == drop })
		sub, g, sum := world{treated: meanPath(d.y, treated), pre: w.pre}, fit{lambda: f.lambda}, 0.0
		for i, j := range d.donors {
			if j != drop {
				sub.donors = append(sub.donors, d.y[j])
				g.omega = append(g.omega, f.omega[i])
				sum += f.omega[i]
			}
		}
		for i := range g.omega {
			g.omega[i] /= sum
		}
		g.finish(sub, SDID)
		all = append(all, g.effect)
	}
	n, m, squares := float64(len(all)), mean(all), 0.0
	for _, e := range all {
		squares += (e - m) * (e - m)
	}
	return math.Sqrt((n - 1) / n * squares)
}

func TestNoErrorWithoutInference(t *testing.T) {
	rows := simulated(1, 8, 8, 1, 5, 1)
	for way, code := range map[string]string{None: "synth-no-inference", Jackknife: "synth-jackknife-one-treated"} {
		o := one("u000", 2005, SDID)
		o.Inference = way
		a := must(t, o, rows)
		if e := a.Estimates[0]; e.SE != nil || e.P != nil || e.Lower != nil || e.Upper != nil || e.Estimate == nil {
			t.Errorf("%s: %+v", way, e)
		}
		if !slices.ContainsFunc(a.Warnings, func(w result.Warning) bool { return w.Code == code }) {
			t.Errorf("%s: no caution %s", way, code)
		}
	}
}

// The mean gap after treatment between the curves shown is the effect.
func TestPathsShowTheEffect(t *testing.T) {
	rows := simulated(3, 10, 9, 1, 6, 2)
	for _, m := range []string{SDID, SC, DID} {
		a := must(t, one("u000", 2006, m), rows)
		gap := 0.0
		for _, r := range a.Exhibits[0].Rows {
			if r[0].(int64) >= 2006 {
				gap += (r[1].(float64) - r[2].(float64)) / 3
			}
		}
		near(t, m, gap, *a.Estimates[0].Estimate, 1e-10)
	}
}

// The range over nearly as good weights holds every random mixture that fits
// within the limit, and the ends keep to it.
func TestRangeOfEffects(t *testing.T) {
	rows := simulated(8, 14, 9, 1, 5, 1)
	w := readPanel(t, one("u000", 2005, SC), rows).world()
	z := penalties(SC, w, 1)
	f, err := w.estimate(SC, z)
	if err != nil {
		t.Fatal(err)
	}
	lo, hi, err := w.effects(f, z)
	if err != nil {
		t.Fatal(err)
	}
	if lo > f.effect || hi < f.effect || lo == hi {
		t.Fatalf("range %g to %g around %g", lo, hi, f.effect)
	}
	allowed := f.objective + fitSlack*math.Max(f.objective, fitFloor*fitFloor*z.noise*z.noise)
	r, inside := rand.New(rand.NewPCG(1, 1)), 0
	for range 20000 {
		other := project(noise(r, len(f.omega)))
		a := math.Pow(10, -4*r.Float64())
		g := fit{omega: make([]float64, len(other)), lambda: make([]float64, w.pre)}
		for j := range other {
			g.omega[j] = (1-a)*f.omega[j] + a*other[j]
		}
		if w.unitObjective(g.omega, z.omega) > allowed {
			continue
		}
		inside++
		g.finish(w, SC)
		if g.effect < lo-1e-6 || g.effect > hi+1e-6 {
			t.Fatalf("effect %g outside %g to %g", g.effect, lo, hi)
		}
	}
	if inside < 10 {
		t.Errorf("only %d mixtures were tried", inside)
	}
}

func refused(t *testing.T, o Options, rows []row, first func(row) moments.Value, code string) *result.Refusal {
	t.Helper()
	_, err := analyse(o, rows, first)
	var r *result.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want the refusal %s", err, code)
		return &result.Refusal{}
	}
	spoken(t, "refusal."+r.Code, r.Values)
	return r
}

// spoken checks that a code has its sentence in both languages with every
// value that it names.
func spoken(t *testing.T, key string, v result.Values) {
	t.Helper()
	for _, l := range i18n.Langs {
		if s := i18n.Text(l, key, v); strings.ContainsAny(s, "{}[]") {
			t.Errorf("%s: %s", l, s)
		}
	}
}

func TestRefusals(t *testing.T) {
	rows := simulated(1, 6, 8, 1, 5, 1)
	ok := one("u000", 2005, SDID)
	refused(t, ok, append(slices.Clone(rows), rows[3]), nil, "synth-twice")
	r := refused(t, ok, slices.Concat(rows[:9], rows[10:]), nil, "synth-unbalanced")
	if got := fmt.Sprint(r.Values["examples"]); got != "[u001 (2001)]" {
		t.Errorf("names %s", got)
	}
	if r := refused(t, one("U00", 2005, SDID), rows, nil, "synth-unknown-unit"); r.Values["suggestion"] != "u000" {
		t.Errorf("suggests %v", r.Values["suggestion"])
	}
	refused(t, one("Papua", 2005, SDID), rows, nil, "synth-unknown-unit")
	refused(t, one("u000", 2001, SDID), rows, nil, "synth-few-years-before")
	refused(t, one("u000", 2099, SDID), rows, nil, "synth-no-years-after")
	refused(t, several(6, 2005, ""), rows, nil, "synth-all-treated")
	refused(t, several(5, 2005, ""), rows, nil, "synth-few-donors")
	refused(t, Options{}, rows, nil, "synth-nobody-named")
	refused(t, ok, nil, nil, "synth-no-rows")

	column := Options{FirstTreated: "g"}
	starts := func(years map[string]int64) func(row) moments.Value {
		return func(r row) moments.Value {
			if y := years[r.unit]; y > 0 {
				return moments.WholeKey(y)
			}
			return moments.Missing
		}
	}
	refused(t, column, rows, starts(nil), "synth-nobody-treated")
	refused(t, column, rows, starts(map[string]int64{"u000": 2004, "u001": 2005}), "synth-staggered")
	refused(t, column, rows, func(r row) moments.Value {
		if r.unit == "u000" && r.year < 2007 {
			return moments.WholeKey(2005)
		}
		return moments.Missing
	}, "synth-treatment-varies")
	// A unit whose treatment begins after the last year is a donor.
	a, err := analyse(column, rows, starts(map[string]int64{"u000": 2005, "u003": 2050}))
	if err != nil || *a.Estimates[0].Estimate != *must(t, ok, rows).Estimates[0].Estimate {
		t.Errorf("first_treated and treated differ: %v", err)
	}
}

// Every caution and check that these analyses give has its words.
func TestWords(t *testing.T) {
	rows := simulated(1, 12, 8, 1, 5, 1)
	bad := changed(rows, func(r row) float64 {
		if r.unit == "u000" {
			return 10 * math.Pow(-1, float64(r.year))
		}
		return r.y
	})
	for _, set := range [][]row{rows, bad, changed(rows, func(row) float64 { return 1 })} {
		for _, m := range []string{SDID, SC, DID} {
			for _, way := range []string{"", Jackknife, None} {
				o := one("u000", 2005, m)
				o.Inference = way
				a := must(t, o, set)
				for _, w := range a.Warnings {
					spoken(t, "warning."+w.Code, w.Values)
				}
				for _, d := range a.Diagnostics {
					spoken(t, "diagnostic."+d.Name+"."+string(d.Verdict), d.Values)
				}
			}
		}
	}
	for _, l := range i18n.Langs {
		for _, k := range []string{"warning.synth-jackknife-one-donor", "warning.synth-interval-and-rank", "refusal.synth-not-solved",
			"diagnostic.donor-concentration.caution", "diagnostic.leave-one-out.caution", "diagnostic.pre-fit.caution", "diagnostic.placebo-rank.pass"} {
			if !i18n.Has(l, k) {
				t.Errorf("no %s sentence for %s", l, k)
			}
		}
	}
}

func TestSpeed(t *testing.T) {
	for _, m := range []string{SDID, SC} {
		start := time.Now()
		must(t, one("u000", 2020, m), simulated(1, 500, 30, 1, 20, 1))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: 500 units x 30 years took %v", m, d)
		}
	}
}
