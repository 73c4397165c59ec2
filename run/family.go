package run

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// familyStream is the stream of random numbers of Romano-Wolf adjustment.
const familyStream = 6043

// adjustFamilies adjusts the p-values of the answers of outcomes that the plan
// puts into one family, by the plan's rule, and says where an answer that looked
// clear alone no longer is. scores holds what procedures gave by outcome, for
// Romano-Wolf.
func adjustFamilies(p plan.Plan, r *result.Result, scores map[string]map[string]float64) {
	rule := p.Inference.Adjust
	if rule == plan.NoAdjustment || len(p.Outcomes) < 2 {
		return
	}
	families := map[string][]int{} // by name: places of the answers in r.Estimates
	for _, o := range p.Outcomes {
		at := slices.IndexFunc(r.Estimates, func(e result.Estimate) bool { return e.Outcome == o.Column && e.Estimate != nil })
		if at >= 0 && r.Estimates[at].P != nil {
			families[o.Family] = append(families[o.Family], at)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		members := families[name]
		if len(members) < 2 {
			continue
		}
		alone := make([]float64, len(members))
		for i, at := range members {
			alone[i] = *r.Estimates[at].P
		}
		var adjusted []float64
		switch rule {
		case plan.Holm:
			adjusted = inference.Holm(alone)
		case plan.BenjaminiHochberg:
			adjusted = inference.BenjaminiHochberg(alone)
		case plan.RomanoWolf:
			adjusted = romanoWolf(p.Inference, r.Estimates, members, scores)
		}
		for i, at := range members {
			e := &r.Estimates[at]
			e.Details["adjust"], e.Details["family_size"] = rule, len(members)
			if math.IsNaN(adjusted[i]) {
				continue
			}
			e.Details["p_adjusted"] = adjusted[i]
			level := 1 - p.Inference.Level
			if alone[i] < level && adjusted[i] >= level {
				r.Warnings = append(r.Warnings, result.Warning{Code: "family-adjusted", Outcome: e.Outcome,
					Values: result.MakeValues("p", alone[i], "p_adjusted", adjusted[i], "outcomes", len(members), "rule", rule, "family", name)})
			}
		}
	}
}

// romanoWolf draws the statistics of the family together: their correlation is
// that of the scores of clusters.
func romanoWolf(inf plan.Inference, estimates []result.Estimate, members []int, scores map[string]map[string]float64) []float64 {
	t := make([]float64, len(members))
	cov := mat.NewSymDense(len(members), nil)
	for i, at := range members {
		e := estimates[at]
		// The statistic that gives the p printed for the outcome alone.
		t[i] = math.Copysign(inference.NormalQuantile(1-*e.P/2), *e.Estimate)
		for j := i; j < len(members); j++ {
			mine, others := scores[e.Outcome], scores[estimates[members[j]].Outcome]
			var sum float64
			for _, cluster := range slices.Sorted(maps.Keys(mine)) {
				sum += mine[cluster] * others[cluster]
			}
			cov.SetSym(i, j, sum)
		}
	}
	standard := mat.NewSymDense(len(members), nil)
	for i := range members {
		for j := i; j < len(members); j++ {
			standard.SetSym(i, j, cov.At(i, j)/math.Sqrt(cov.At(i, i)*cov.At(j, j)))
		}
	}
	return inference.RomanoWolfNormal(t, standard, inference.Options{Level: inf.Level, Seed: inf.Seed, Draws: inf.Draws}, familyStream)
}
