package did

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/result"
)

// dummies is the referee of the regressions: least squares from rows, with a
// column for each unit and period.
type dummies struct {
	rows  []obs
	units []int64
	times []int64
	more  func(obs) []float64 // covariates; nil = none
}

func newDummies(panel []obs) dummies {
	d := dummies{}
	for _, r := range panel {
		if math.IsNaN(r.y) {
			continue
		}
		d.rows = append(d.rows, r)
		if !slices.Contains(d.units, r.unit) {
			d.units = append(d.units, r.unit)
		}
		if !slices.Contains(d.times, r.time) {
			d.times = append(d.times, r.time)
		}
	}
	slices.Sort(d.units)
	slices.Sort(d.times)
	return d
}

// effects are the columns of units, and of periods but the first.
func (d dummies) effects(r obs) []float64 {
	x := make([]float64, len(d.units)+len(d.times)-1)
	x[slices.Index(d.units, r.unit)] = 1
	if t := slices.Index(d.times, r.time); t > 0 {
		x[len(d.units)+t-1] = 1
	}
	if d.more != nil {
		x = append(x, d.more(r)...)
	}
	return x
}

// solve fits the outcomes of some rows on columns, weighted, and gives the
// coefficients and the matrix that makes them of outcomes.
func solve(x [][]float64, w []float64) *mat.Dense {
	n, k := len(x), len(x[0])
	a, b := mat.NewDense(k, k, nil), mat.NewDense(k, n, nil)
	for i := range x {
		for p := range k {
			b.Set(p, i, w[i]*x[i][p])
			for q := range k {
				a.Set(p, q, a.At(p, q)+w[i]*x[i][p]*x[i][q])
			}
		}
	}
	var m mat.Dense
	if err := m.Solve(a, b); err != nil {
		panic(err)
	}
	return &m
}

// weightOf is the weight of each row.
func (d dummies) weights(o Options) []float64 {
	w := make([]float64, len(d.rows))
	for i, r := range d.rows {
		w[i] = 1
		if o.Weights != "" {
			w[i] = r.w
		}
	}
	return w
}

// coefficients are value and CR0 error of combinations of the coefficients of
// regressors beside unit and period effects.
func (d dummies) coefficients(o Options, regressors func(obs) []float64, combos [][]float64, group func(obs) int64) (values, errors []float64) {
	var x [][]float64
	for _, r := range d.rows {
		x = append(x, append(regressors(r), d.effects(r)...))
	}
	w := d.weights(o)
	m := solve(x, w)
	beta := make([]float64, len(x[0]))
	for i, r := range d.rows {
		for p := range beta {
			beta[p] += m.At(p, i) * r.y
		}
	}
	for _, l := range combos {
		sums := map[int64]float64{}
		var value float64
		for p, c := range l {
			value += c * beta[p]
		}
		for i, r := range d.rows {
			residual := r.y - dot(x[i], beta)
			for p, c := range l {
				sums[group(r)] += c * m.At(p, i) * residual
			}
		}
		var v float64
		for _, s := range sums {
			v += s * s
		}
		values, errors = append(values, value), append(errors, math.Sqrt(v))
	}
	return values, errors
}

func TestRegressionsAgainstRows(t *testing.T) {
	for _, unbalanced := range []bool{false, true} {
		for _, weights := range []string{"", "unit"} {
			for _, clusters := range []string{"", "nested", "crossing", "covariates", "covariates crossing"} {
				t.Run(fmt.Sprint(unbalanced, weights, clusters), func(t *testing.T) {
					clusters, covariates := strings.CutPrefix(clusters, "covariates")
					clusters = strings.TrimSpace(clusters)
					w := world{units: 24, periods: 6, cohorts: fourCohorts, weights: weights, clusters: clusters, scale: 3}
					o := names
					group := func(r obs) int64 { return r.unit }
					if clusters != "" {
						o.Clusters = []string{"c"}
						group = func(r obs) int64 { return r.cluster }
					}
					if weights != "" {
						o.Weights = "w"
					}
					if unbalanced {
						w.missing = 0.15
						o.Unbalanced = Pairwise
					}
					panel := w.draw(5)
					extra := 0
					if covariates {
						// One that moves, one of three levels, one that stays and leaves.
						o.Covariates = []Covariate{{Column: "x"}, {Column: "d", Category: true}}
						extra = 3
						withCovariates(panel)
					}
					d := newDummies(panel)
					if covariates {
						d.more = func(r obs) []float64 { return []float64{r.x, indicator(r.second == 1), indicator(r.second == 2)} }
					}
					groups := map[int64]bool{}
					for _, r := range d.rows {
						groups[group(r)] = true
					}
					cr1 := func(se float64, k int) float64 {
						g, n := float64(len(groups)), float64(len(d.rows))
						return se * math.Sqrt(g/(g-1)*(n-1)/(n-float64(k+extra+len(d.times))))
					}
					check := func(what string, e result.Estimate, value, se float64) {
						t.Helper()
						if !near(*e.Estimate, value, 1e-8) || !near(deref(e.SE), se, 1e-8) {
							t.Errorf("%s: %.10g (%.10g), by rows %.10g (%.10g)", what, *e.Estimate, deref(e.SE), value, se)
						}
					}
					o.Estimator = TWFE
					values, errors := d.coefficients(o, func(r obs) []float64 { return []float64{treatment(r)} }, [][]float64{{1}}, group)
					check("att", mustAnalyse(t, o, panel).Estimates[0], values[0], cr1(errors[0], 1))

					o.Estimator = SunAbraham
					got := index(mustAnalyse(t, o, panel))
					type cellKey struct{ g, t int64 }
					var cells []cellKey
					weight := map[cellKey]float64{}
					for _, g := range fourCohorts[1:] {
						for _, at := range d.times {
							if at != g-1 {
								cells = append(cells, cellKey{g, at})
							}
						}
					}
					for i, r := range d.rows {
						weight[cellKey{r.first, r.time}] += d.weights(o)[i]
					}
					combine := func(belongs func(cellKey) bool) []float64 {
						l := make([]float64, len(cells))
						var total float64
						for i, c := range cells {
							if belongs(c) {
								l[i] = weight[c]
								total += weight[c]
							}
						}
						for i := range l {
							l[i] /= total
						}
						return l
					}
					combos := [][]float64{
						combine(func(c cellKey) bool { return c.t >= c.g }),
						combine(func(c cellKey) bool { return c.t == c.g+1 }),
						combine(func(c cellKey) bool { return c.t == c.g-2 }),
					}
					values, errors = d.coefficients(o, func(r obs) []float64 {
						row := make([]float64, len(cells))
						if i := slices.Index(cells, cellKey{r.first, r.time}); i >= 0 {
							row[i] = 1
						}
						return row
					}, combos, group)
					for i, name := range []string{"simple", "event e1", "event e-2"} {
						check("sun-abraham "+name, got[name], values[i], cr1(errors[i], len(cells)))
					}

					o.Estimator = Imputation
					got = index(mustAnalyse(t, o, panel))
					for name, belongs := range map[string]func(obs) bool{
						"simple":   func(obs) bool { return true },
						"event e1": func(r obs) bool { return r.time == r.first+1 },
					} {
						value, se, ok := d.impute(o, belongs, group)
						if ok {
							check("imputation "+name, got[name], value, se)
						}
					}
				})
			}
		}
	}
}

// withCovariates gives rows covariates that outcomes depend on: x, and d of
// three levels; some units keep theirs.
func withCovariates(panel []obs) {
	for i := range panel {
		r := rand.New(rand.NewPCG(uint64(panel[i].unit), uint64(panel[i].time)))
		panel[i].x = 1e3 + 40*float64(panel[i].unit) + 5*r.NormFloat64() + 3*float64(panel[i].time-2000)*indicator(panel[i].first != 0)
		panel[i].second = r.Int64N(3)
		if panel[i].unit%5 == 0 {
			panel[i].second = 1
		}
		panel[i].y += 0.2*panel[i].x + 1.5*float64(panel[i].second)
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func treatment(r obs) float64 {
	if r.first != 0 && r.time >= r.first {
		return 1
	}
	return 0
}

// impute is the imputation estimate over treated rows that belong, with the
// error of Borusyak, Jaravel and Spiess from the weight of every row. It is not
// ok where some treated unit has no untreated row.
func (d dummies) impute(o Options, belongs func(obs) bool, group func(obs) int64) (value, se float64, ok bool) {
	var x [][]float64
	var at []int
	w := d.weights(o)
	var used []float64
	for i, r := range d.rows {
		if treatment(r) == 0 {
			x, at, used = append(x, d.effects(r)), append(at, i), append(used, w[i])
		}
	}
	for _, u := range d.units {
		if !slices.ContainsFunc(d.rows, func(r obs) bool { return r.unit == u && treatment(r) == 0 }) {
			return 0, 0, false
		}
	}
	m := solve(x, used)
	beta := make([]float64, len(x[0]))
	for i, k := range at {
		for p := range beta {
			beta[p] += m.At(p, i) * d.rows[k].y
		}
	}
	v := make([]float64, len(d.rows))
	residual := make([]float64, len(d.rows))
	var total float64
	for i, r := range d.rows {
		residual[i] = r.y - dot(d.effects(r), beta)
		if treatment(r) == 1 && belongs(r) {
			total += w[i]
		}
	}
	type cell struct{ g, t int64 }
	sum, n := map[cell]float64{}, map[cell]float64{}
	for i, r := range d.rows {
		if treatment(r) == 0 || !belongs(r) {
			continue
		}
		a := w[i] / total
		v[i] += a
		value += a * residual[i]
		sum[cell{r.first, r.time}] += w[i] * residual[i]
		n[cell{r.first, r.time}] += w[i]
		for j, k := range at {
			for p, c := range d.effects(r) {
				v[k] -= a * c * m.At(p, j)
			}
		}
	}
	sums := map[int64]float64{}
	for i, r := range d.rows {
		e := residual[i]
		if k := (cell{r.first, r.time}); treatment(r) == 1 {
			if n[k] == 0 {
				continue
			}
			e -= sum[k] / n[k]
		}
		sums[group(r)] += v[i] * e
	}
	for _, s := range sums {
		se += s * s
	}
	return value, math.Sqrt(se), true
}

// Identities: the coefficient is the weighted sum of the comparisons that it is
// made of; with the never treated and cohort sizes as weights, Sun and Abraham's
// overall effect is the simple effect of Callaway and Sant'Anna.
func TestIdentitiesOfRegressions(t *testing.T) {
	for seed := range uint64(8) {
		cohorts := [][]int64{fourCohorts, {0, 2001, 2002, 2003, 2005}, {2000, 2002, 2004}, {0, 2000, 2003}}[seed%4]
		panel := world{units: 60, periods: 6, cohorts: cohorts, scale: 2}.draw(seed)
		o := names
		o.Estimator = TWFE
		a := mustAnalyse(t, o, panel)
		var sum, weights float64
		for _, x := range a.Exhibits {
			if x.Kind == result.ExhibitBacon {
				for _, row := range x.Rows {
					sum += row[3].(float64) * row[4].(float64)
					weights += row[4].(float64)
				}
			}
		}
		if !near(sum, *a.Estimates[0].Estimate, 1e-9) || !near(weights, 1, 1e-12) {
			t.Errorf("seed %d: comparisons sum to %.12g (weights %.12g), the coefficient is %.12g", seed, sum, weights, *a.Estimates[0].Estimate)
		}
		if cohorts[0] != 0 {
			continue
		}
		o.Estimator = SunAbraham
		sun := mustAnalyse(t, o, panel).Estimates[0]
		o.Estimator = CallawaySantAnna
		if simple := mustAnalyse(t, o, panel).Estimates[0]; !near(*sun.Estimate, *simple.Estimate, 1e-9) {
			t.Errorf("seed %d: Sun and Abraham %.12g, Callaway and Sant'Anna %.12g", seed, *sun.Estimate, *simple.Estimate)
		}
	}
}

// The bias that the power of the test of paths is told by is the estimator's
// own: a difference in trends of one a period moves the estimate by just that.
func TestBiasOfATrend(t *testing.T) {
	panel := world{units: 40, periods: 7, cohorts: fourCohorts, scale: 1, missing: 0.1}.draw(12)
	for _, estimator := range []string{CallawaySantAnna, TWFE, SunAbraham, Imputation} {
		for _, covariates := range [][]Covariate{nil, {{Column: "x"}}} {
			if estimator == CallawaySantAnna && covariates != nil {
				continue
			}
			o := names
			o.Estimator, o.Unbalanced, o.Covariates, o.BasePeriod = estimator, Pairwise, covariates, Universal
			data := slices.Clone(panel)
			if covariates != nil {
				withCovariates(data)
			}
			a := mustAnalyse(t, o, data)
			b := mustAnalyse(t, o, change(data, func(r *obs) {
				if r.first != 0 {
					r.y += float64(r.time - 2000)
				}
			}))
			moved := *b.Estimates[0].Estimate - *a.Estimates[0].Estimate
			v := a.Diagnostics[0].Values
			if a.Diagnostics[0].Name != "pre-trend" {
				for _, d := range a.Diagnostics {
					if d.Name == "pre-trend" {
						v = d.Values
					}
				}
			}
			slope, _ := v["detectable_slope"].(float64)
			bias, _ := v["detectable_bias"].(float64)
			if !(slope > 0) || !near(bias/slope, math.Abs(moved), 1e-9) {
				t.Errorf("%s %v: %v a period, the estimate moves by %v", estimator, covariates, bias/slope, moved)
			}
		}
	}
}
