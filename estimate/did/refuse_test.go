package did

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// grid is a balanced panel without noise of its own: units by cohort, each with
// an outcome that differs by unit and period.
func grid(periods []int64, cohorts ...int64) []obs {
	var panel []obs
	for i, g := range cohorts {
		for k, t := range periods {
			y := float64((i*7+k*3+i*k)%11) + float64(10*i)
			panel = append(panel, obs{unit: int64(i), time: t, first: g, y: y, w: 1, cluster: int64(i / 2)})
		}
	}
	return panel
}

var fiveYears = []int64{2001, 2002, 2003, 2004, 2005}

func yearsUpTo(n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = 2001 + int64(i)
	}
	return list
}

// many repeats each cohort.
func many(times int, cohorts ...int64) []int64 {
	var all []int64
	for range times {
		all = append(all, cohorts...)
	}
	return all
}

func change(panel []obs, by func(*obs)) []obs {
	panel = slices.Clone(panel)
	for i := range panel {
		by(&panel[i])
	}
	return panel
}

func without(panel []obs, drop func(obs) bool) []obs {
	return slices.DeleteFunc(slices.Clone(panel), drop)
}

func TestRefusals(t *testing.T) {
	good := grid(fiveYears, many(6, 0, 2003, 2004)...)
	with := func(by func(*Options)) Options {
		o := names
		by(&o)
		return o
	}
	y := func(year int64) *int64 { return &year }
	for name, c := range map[string]struct {
		o     Options
		panel []obs
		code  string
	}{
		"one period":            {names, grid([]int64{2001}, 0, 2001), "did-one-period"},
		"window of one period":  {with(func(o *Options) { o.WindowFrom, o.WindowTo = y(2003), y(2003) }), good, "did-one-period"},
		"empty window":          {with(func(o *Options) { o.WindowFrom = y(2050) }), good, "did-one-period"},
		"nobody treated":        {names, grid(fiveYears, 0, 0, 0), "did-nobody-treated"},
		"nobody treated yet":    {names, grid(fiveYears, 0, 2040, 2050), "did-nobody-treated-yet"},
		"only pre cells":        {with(func(o *Options) { o.Anticipation = 2 }), grid(fiveYears, 0, 2006, 2007, 2050), "did-nobody-treated-yet"},
		"all treated":           {names, grid(fiveYears, many(4, 2003, 2004)...), "did-no-never-treated"},
		"one cohort alone":      {with(func(o *Options) { o.Comparison = NotYetTreated }), grid(fiveYears, 2003, 2003), "did-no-comparison"},
		"last cohort too early": {with(func(o *Options) { o.Comparison = NotYetTreated; o.Anticipation = 1 }), grid(fiveYears, 2002, 2003), "did-no-comparison"},
		"always treated":        {names, grid(fiveYears, 0, 2001, 1999), "did-always-treated"},
		"all always treated":    {names, grid(fiveYears, 2001, 1999), "did-always-treated"},
		"negative cohort":       {names, grid(fiveYears, 0, -1, 2003), "did-negative-cohort"},
		"two rows in a period":  {names, append(slices.Clone(good), good[3]), "did-duplicates"},
		"treatment switches": {names, change(good, func(o *obs) {
			if o.unit == 1 && o.time == 2005 {
				o.first = 2004
			}
		}), "did-switching"},
		"treatment goes blank": {names, change(good, func(o *obs) {
			if o.unit == 1 && o.time == 2005 {
				o.first = 0
			}
		}), "did-switching"},
		"a gap in one unit": {names, without(good, func(o obs) bool { return o.unit == 2 && o.time == 2003 }), "did-unbalanced"},
		"an outcome is missing": {names, change(good, func(o *obs) {
			if o.unit == 2 && o.time == 2003 {
				o.y = math.NaN()
			}
		}), "did-unbalanced"},
		"a unit in two clusters": {with(func(o *Options) { o.Clusters = []string{"c"} }), change(good, func(o *obs) {
			if o.unit == 2 && o.time == 2003 {
				o.cluster = 99
			}
		}), "did-unit-in-two-clusters"},
		"negative weight": {with(func(o *Options) { o.Weights = "w" }), change(good, func(o *obs) {
			if o.unit == 2 {
				o.w = -1
			}
		}), "did-negative-weight"},
		"all weights zero":        {with(func(o *Options) { o.Weights = "w" }), change(good, func(o *obs) { o.w = 0 }), "did-zero-weights"},
		"comparison without rows": {with(func(o *Options) { o.Unbalanced = Balanced }), without(good, func(o obs) bool { return o.first == 0 && o.time == 2001 }), "did-comparison-lost"},
		"treated without rows":    {with(func(o *Options) { o.Unbalanced = Balanced }), without(good, func(o obs) bool { return o.first != 0 && o.time == 2001 }), "did-treated-lost"},
		"one column twice":        {with(func(o *Options) { o.Weights = "y" }), good, "did-same-column"},
		"unknown option":          {with(func(o *Options) { o.Comparison = "nobody" }), good, "did-option"},
		"an fpc that varies":      {with(func(o *Options) { o.PSU, o.FPC = "c", "w" }), change(good, func(o *obs) { o.w = 20 + float64(o.time%2) }), "did-fpc"},
		"twfe and anticipation":   {with(func(o *Options) { o.Estimator, o.Anticipation = TWFE, 1 }), good, "did-not-together"},
		"imputation and method":   {with(func(o *Options) { o.Estimator, o.Method = Imputation, IPW }), good, "did-not-together"},
		"too many periods":        {names, grid(yearsUpTo(maxPeriods+1), many(2, 0, 2003)...), "did-too-many-periods"},
		"negative anticipation":   {with(func(o *Options) { o.Anticipation = -1 }), good, "did-negative-anticipation"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := analyse(c.o, c.panel)
			if got := refusal(err); got != c.code {
				t.Fatalf("%s, want %s", got, c.code)
			}
		})
	}
}

func TestRefusalsNameTheUnits(t *testing.T) {
	good := grid(fiveYears, many(6, 0, 2003, 2004)...)
	for _, c := range []struct {
		panel []obs
		want  string
	}{
		{append(slices.Clone(good), good[3], good[9]), `"examples":["u0 (2004)","u1 (2005)"]`},
		{change(good, func(o *obs) {
			if o.unit == 1 && o.time == 2005 {
				o.first = 0
			}
		}), `"examples":["u1 (2003, –)"]`},
		{without(good, func(o obs) bool { return (o.unit == 2 || o.unit == 5) && o.time == 2003 }), `"periods":["2003 (2)"],"units":2`},
	} {
		if _, err := analyse(names, c.panel); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s in it", err, c.want)
		}
	}
}

func warned(a result.Analysis) []string {
	var codes []string
	for _, w := range a.Warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

func TestCohortsOfFewUnits(t *testing.T) {
	cohorts := append(many(60, 0, 2004), 2003, 2005, 2005, 2005)
	a := mustAnalyse(t, names, grid(fiveYears, cohorts...))
	if got := warned(a); !slices.Equal(got, []string{"singleton-cohort", "small-cohort"}) {
		t.Errorf("warnings %q", got)
	}
	for name, e := range index(a) {
		alone := name == "group g2003" || strings.HasPrefix(name, "att-gt g2003") || name == "calendar t2003" || name == "event e2"
		if alone != (e.SE == nil && e.Lower == nil && e.Upper == nil && e.P == nil && e.BandLower == nil) {
			t.Errorf("%s: se %v; only what rests on the cohort of one unit has none", name, e.SE)
		}
		if e.Estimate == nil {
			t.Errorf("%s: no estimate", name)
		}
		if strings.HasSuffix(name, "g2005") && e.Details["caution"] != "small-cohort" {
			t.Errorf("%s: %v", name, e.Details)
		}
	}
}

func TestOneCluster(t *testing.T) {
	o := names
	o.Clusters = []string{"c"}
	_, err := analyse(o, change(grid(fiveYears, many(6, 0, 2003)...), func(o *obs) { o.cluster = 1 }))
	var refusal *result.Refusal
	if !errors.As(err, &refusal) || refusal.Code != "did-one-cluster" {
		t.Errorf("error %v, want a refusal of one cluster", err)
	}
}

// A cohort inside one cluster has no valid clustered error, also where its units
// have several patterns of presence, so that the cluster stands in two strata.
func TestCohortInsideOneCluster(t *testing.T) {
	o := names
	o.Clusters = []string{"c"}
	panel := change(grid(fiveYears, many(12, 0, 2003, 2004)...), func(o *obs) {
		if o.first == 2003 {
			o.cluster = 77
		}
	})
	some := without(panel, func(o obs) bool { return o.unit == 4 && o.time == 2005 })
	pairwise := o
	pairwise.Unbalanced = Pairwise
	// One unit of another cohort shares the cluster: products across strata.
	shared := change(some, func(o *obs) {
		if o.unit == 2 {
			o.cluster = 77
		}
	})
	for name, a := range map[string]result.Analysis{
		"balanced": mustAnalyse(t, o, panel), "pairwise": mustAnalyse(t, pairwise, some), "shared": mustAnalyse(t, pairwise, shared),
	} {
		got := index(a)
		for _, term := range []string{"group g2003", "att-gt g2003 t2004", "calendar t2003"} {
			if e := got[term]; e.Estimate == nil || e.SE != nil {
				t.Errorf("%s: %s has se %v", name, term, e.SE)
			}
		}
		if got["group g2004"].SE == nil || got["simple"].SE == nil || !slices.Contains(warned(a), "singleton-cohort") {
			t.Errorf("%s: cohort 2004 of many clusters and the simple effect keep their errors; warnings %q", name, warned(a))
		}
	}
}

func TestSingularPreTest(t *testing.T) {
	// Six comparison and three treated units cannot span seven cells before
	// treatment; errors of single cells exist all the same.
	periods := []int64{2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010}
	a := mustAnalyse(t, names, grid(periods, 0, 0, 0, 2009, 2009, 2009))
	d := a.Diagnostics[0]
	if d.Name != "pre-trend" || d.Statistic != nil || d.P != nil || d.Verdict != result.Caution || d.Values["singular"] != true {
		t.Errorf("%+v", d)
	}
	if rank := d.Values["rank"].(int); rank >= d.Values["cells"].(int) || rank < 1 {
		t.Errorf("rank %d of %v cells", rank, d.Values["cells"])
	}
}

func TestCautionsOfTheSample(t *testing.T) {
	has := func(a result.Analysis, code string, units int64) {
		t.Helper()
		for _, w := range a.Warnings {
			if w.Code == code && (units == 0 || w.Values["units"] == units) {
				return
			}
		}
		t.Errorf("no %s of %d units in %v", code, units, a.Warnings)
	}
	a := mustAnalyse(t, names, grid(fiveYears, many(5, 0, 2001, 2003, 2030)...))
	has(a, "did-always-treated-left", 5)
	has(a, "did-treated-later", 0)
	has(a, "few-clusters", 0)
	if a.Estimates[0].N != 15 {
		t.Errorf("n = %d, want the 15 units that are not always treated", a.Estimates[0].N)
	}
	o := names
	o.Comparison = NotYetTreated
	a = mustAnalyse(t, o, grid(fiveYears, many(5, 2003, 2005)...))
	has(a, "did-last-cohort-compares", 0)
	o = names
	o.Unbalanced = Balanced
	some := without(grid(fiveYears, many(5, 0, 2003)...), func(o obs) bool { return o.unit < 2 && o.time == 2002 })
	has(mustAnalyse(t, o, some), "did-incomplete-left", 2)
	o.Unbalanced = Pairwise
	has(mustAnalyse(t, o, some), "did-pairwise", 2)
	// Nobody of cohort 2003 is seen in 2005: that cell alone is lost.
	lost := without(some, func(o obs) bool { return o.first == 2003 && o.time == 2005 })
	a = mustAnalyse(t, o, lost)
	has(a, "did-empty-cells", 0)
	if e := index(a)["att-gt g2003 t2005"]; e.Estimate != nil || e.SE != nil {
		t.Errorf("%+v", e)
	}
	has(mustAnalyse(t, names, grid([]int64{2001, 2002, 2004, 2005}, many(5, 0, 2004)...)), "did-gaps", 0)
}

// Every code that the package can give has its sentence in both languages.
func TestEveryCodeHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`(Refuse|Caveat|say)\("([a-z-]+)"`)
	keys := []string{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range calls.FindAllStringSubmatch(string(b), -1) {
			room := "warning."
			if m[1] == "Refuse" {
				room = "refusal."
			}
			keys = append(keys, room+m[2])
		}
	}
	if len(keys) < 30 {
		t.Fatalf("found %d codes only", len(keys))
	}
	for _, d := range []string{"pre-trend", "pre-trend-before-anticipation"} {
		keys = append(keys, "diagnostic."+d+".pass", "diagnostic."+d+".caution", "diagnostic."+d+".fail")
	}
	keys = append(keys, "diagnostic.detectable-effect.pass")
	for _, term := range Terms {
		keys = append(keys, "term."+term)
	}
	for _, k := range keys {
		for _, l := range i18n.Langs {
			if !i18n.Has(l, k) {
				t.Errorf("no %s sentence for %s", l, k)
			}
		}
	}
}

// What is said fills every placeholder.
func TestWordsAreFilled(t *testing.T) {
	check := func(key string, v result.Values) {
		for _, l := range i18n.Langs {
			if s := i18n.Text(l, key, v); strings.ContainsAny(s, "{}[]|") {
				t.Errorf("%s: %s", key, s)
			}
		}
	}
	o := names
	o.Anticipation = 1
	for _, a := range []result.Analysis{
		mustAnalyse(t, names, grid(fiveYears, append(many(5, 0, 2001, 2003, 2030), 2004, 2005, 2005)...)),
		mustAnalyse(t, o, grid(fiveYears, many(30, 0, 2003, 2004)...)),
		mustAnalyse(t, names, grid([]int64{2001, 2003, 2004}, 0, 0, 2003, 2003)),
	} {
		for _, w := range a.Warnings {
			check("warning."+w.Code, w.Values)
		}
		for _, d := range a.Diagnostics {
			check("diagnostic."+d.Name+"."+string(d.Verdict), d.Values)
		}
	}
	_, err := analyse(names, grid([]int64{2001}, 0, 2001))
	var refusal *result.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("error %v", err)
	}
	check("refusal.did-one-period", refusal.Values)
}

// The single coefficient keeps those treated throughout, and says so; with one
// treated unit it has no error; rounding is no error either.
func TestWhatTheSingleCoefficientSays(t *testing.T) {
	o := names
	o.Estimator = TWFE
	kept := mustAnalyse(t, o, grid(fiveYears, many(4, 0, 2003, 2001)...))
	if got := warned(kept); !slices.Contains(got, "did-always-treated-kept") || slices.Contains(got, "did-always-treated-left") || kept.Estimates[0].N != 12 {
		t.Errorf("%v with n = %d", got, kept.Estimates[0].N)
	}
	one := mustAnalyse(t, o, append(grid(fiveYears, many(8, 0)...), change(grid(fiveYears, 2003), func(o *obs) { o.unit = 99 })...))
	if e := one.Estimates[0]; e.Estimate == nil || e.SE != nil || e.P != nil {
		t.Errorf("one treated unit: %+v", e)
	}
	for _, estimator := range []string{CallawaySantAnna, TWFE, SunAbraham, Imputation} {
		o.Estimator = estimator
		exact := mustAnalyse(t, o, change(grid(fiveYears, many(6, 0, 2003)...), func(o *obs) {
			o.y = 0.1*float64(o.unit) + 0.7*float64(o.time-2001)
			if o.first != 0 && o.time >= o.first {
				o.y += 1.3
			}
		}))
		if e := exact.Estimates[0]; !near(*e.Estimate, 1.3, 1e-9) || e.SE != nil {
			t.Errorf("%s: an effect without spread has error %v", estimator, deref(e.SE))
		}
	}
}

// A covariate that is one in one cohort alone stops that cohort's cells and no
// others, and is named; in the other cells it says nothing, so that they are as
// if it were not there. Where it concerns one unit the same holds.
func TestSeparationStopsTheCellAlone(t *testing.T) {
	panel := change(grid(fiveYears, many(8, 0, 2003, 2004)...), func(o *obs) {
		if o.first == 2003 {
			o.x = 1
		}
	})
	for _, method := range []string{DoublyRobust, DoublyRobustImproved, IPW, OutcomeRegression} {
		o := names
		o.Method, o.Covariates = method, []Covariate{{Column: "x"}}
		a, err := analyse(o, panel)
		if err != nil {
			t.Errorf("%s: %v", method, err)
			continue
		}
		plain := o
		plain.Covariates = nil
		want := index(mustAnalyse(t, plain, panel))
		got := index(a)
		for name, e := range got {
			switch {
			case !strings.HasPrefix(name, "att-gt"):
			case strings.Contains(name, "g2003"):
				if e.Estimate != nil {
					t.Errorf("%s %s: %v", method, name, *e.Estimate)
				}
			case !near(*e.Estimate, *want[name].Estimate, 1e-9) || !near(*e.SE, *want[name].SE, 1e-6):
				t.Errorf("%s %s: %v (%v), without the covariate %v (%v)", method, name, *e.Estimate, deref(e.SE), *want[name].Estimate, deref(want[name].SE))
			}
		}
		named := false
		for _, w := range a.Warnings {
			if w.Code == "did-separation" {
				list, _ := w.Values["covariates"].([]string)
				named = slices.Equal(list, []string{"x"})
			}
		}
		if !named {
			t.Errorf("%s: x is not named: %+v", method, a.Warnings)
		}
	}
}
