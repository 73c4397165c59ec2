package experiment

import (
	"fmt"
	"math"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimate computes the effect of each arm with its error, the checks and the
// tables. N is the number of rows compared.
func (p procedure) Estimate(s estimate.Sample, so []moments.Statistic) (result.Analysis, error) {
	got, next, err := p.advance(s, so)
	if err != nil {
		return result.Analysis{}, err
	}
	if len(next) > 0 {
		return result.Analysis{}, fmt.Errorf("experiment: estimate before all of %d more requests are answered", len(next))
	}
	t := got.trial
	if p.o.Cluster != "" {
		if err := t.checkClusters(p.o.Cluster); err != nil {
			return result.Analysis{}, err
		}
	}
	tests, cautions, err := p.randomise(s, t, got.values)
	if err != nil {
		return result.Analysis{}, err
	}
	var a result.Analysis
	df := make([]float64, len(t.arms))
	for arm := 1; arm < len(t.arms); arm++ {
		e, err := p.effect(t, arm)
		if err != nil {
			return result.Analysis{}, err
		}
		df[arm] = e.df
		printed := p.print(t, arm, e)
		if tests != nil {
			printed.Details["p_randomisation"] = result.Float(tests[arm].P)
			a.Diagnostics = append(a.Diagnostics, p.randomisation(t, arm, tests[arm], printed))
		}
		a.Estimates = append(a.Estimates, printed)
		if got.adjusted != nil && got.adjusted.skip == "" {
			lin := p.print(t, arm, p.linEffect(got, arm))
			a.Estimates = append(a.Estimates, lin)
			if lin.SE == nil && printed.SE != nil {
				cautions = append(cautions, result.Caveat("experiment-lin-no-error", "outcome", p.o.Outcome, "arm", t.arms[arm], "cluster", p.o.Cluster, "rows", p.o.Cluster == ""))
			}
		}
	}
	a.Warnings = append(p.warnings(t), cautions...)
	if got.adjusted != nil {
		a.Warnings = append(a.Warnings, p.linWarnings(*got.adjusted)...)
	}
	if d, ok := p.detectable(a.Estimates[0]); ok {
		a.Diagnostics = append(a.Diagnostics, d)
	}
	a.Exhibits = p.exhibits(s, t)
	if got.adjusted != nil {
		checks, tables, err := p.balance(t, got.adjusted.vars, got.adjusted.cells, df)
		if err != nil {
			return result.Analysis{}, err
		}
		a.Diagnostics, a.Exhibits = append(a.Diagnostics, checks...), append(a.Exhibits, tables...)
	}
	return a, nil
}

// effect is the unadjusted effect of an arm.
func (p procedure) effect(t trial, arm int) (effect, error) {
	if p.o.Cluster != "" {
		return p.clustered(t, arm)
	}
	return p.means(t, arm)
}

// print makes the estimate of an effect; without an error that means something
// it is the point alone.
func (p procedure) print(t trial, arm int, e effect) result.Estimate {
	out := result.Estimate{Outcome: p.o.Outcome, Estimator: Estimator, Term: "att",
		Estimate: result.Float(e.value), N: e.n,
		Details: map[string]any{"df": result.Float(e.df), "vce": e.vce, "adjustment": e.adjustment, "control": t.arms[0]}}
	for k, v := range e.details {
		out.Details[k] = v
	}
	if len(t.arms) > 2 {
		out.Group = result.Name(t.arms[arm])
	}
	if p.o.Cluster != "" {
		out.Clusters = result.Int(int64(t.clusters()))
	}
	if !(e.se > 0) || !(e.df > 0) || math.IsInf(e.se, 1) {
		return out
	}
	lower, upper := inference.StudentInterval(e.value, e.se, e.df, p.inf.Level)
	out.SE, out.Lower, out.Upper = result.Float(e.se), result.Float(lower), result.Float(upper)
	out.P = result.Float(inference.StudentP(e.value, e.se, e.df))
	return out
}

// detectable says what the design could have found: so that a null result can
// tell "none" from "cannot be seen".
func (p procedure) detectable(e result.Estimate) (result.Diagnostic, bool) {
	if e.SE == nil {
		return result.Diagnostic{}, false
	}
	df := e.Details["df"].(*float64)
	mde := inference.DetectableEffectStudent(*e.SE, *df, p.inf.Level, p.o.Limits.Power)
	return result.Diagnostic{Name: "detectable-effect", Statistic: result.Float(mde), DF: df, Verdict: result.Pass,
		Outcome: p.o.Outcome, Values: result.MakeValues("mde", mde, "estimate", *e.Estimate, "power", p.o.Limits.Power)}, true
}

// warnings are the cautions about who was compared.
func (p procedure) warnings(t trial) []result.Warning {
	var all []result.Warning
	caution := func(code string, pairs ...any) {
		w := result.Caveat(code, pairs...)
		w.Outcome = p.o.Outcome
		all = append(all, w)
	}
	var spread float64
	for a, name := range t.arms {
		sum := t.arm(a)
		spread += sum.spread()
		if sum.n == 1 {
			caution("experiment-arm-of-one", "arm", name, "column", p.o.Treatment)
		}
	}
	if spread == 0 {
		caution("experiment-no-variation", "outcome", p.o.Outcome)
	}
	if p.o.Cluster == "" {
		return all
	}
	if n := t.clusters(); int64(n) < p.o.Limits.FewClusters {
		caution("few-clusters-experiment", "clusters", int64(n), "column", p.o.Cluster, "limit", p.o.Limits.FewClusters)
	}
	if n := t.mixed(); n > 0 {
		caution("experiment-treatment-varies-in-cluster", "clusters", n, "column", p.o.Cluster)
	}
	return all
}

// exhibits are the arms, and the blocks where there are such.
func (p procedure) exhibits(s estimate.Sample, t trial) []result.Exhibit {
	arms := result.Exhibit{Kind: result.ExhibitArms, Outcome: p.o.Outcome, Columns: []string{"arm", "n", "mean", "sd"}}
	for a, name := range t.arms {
		sum := t.arm(a)
		arms.Rows = append(arms.Rows, []any{name, sum.n, number(sum.mean() + shift(s, p.o.Outcome)), number(sum.sd())})
	}
	all := []result.Exhibit{arms}
	if p.o.Blocks == "" {
		return all
	}
	for arm := 1; arm < len(t.arms); arm++ {
		shares, _, err := t.shares(arm)
		if err != nil {
			continue
		}
		x := result.Exhibit{Kind: result.ExhibitBlocks, Outcome: p.o.Outcome, Columns: []string{"block", "treated", "control", "estimate", "weight"},
			Values: result.MakeValues("arm", t.arms[arm], "control", t.arms[0])}
		for _, b := range shares {
			x.Rows = append(x.Rows, []any{t.blocks[b.block], b.treated.n, b.control.n, number(b.value), b.weight})
		}
		all = append(all, x)
	}
	return all
}

// number is a cell of an exhibit: nil where there is none.
func number(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
