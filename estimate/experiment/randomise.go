package experiment

import (
	"math"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// What a randomisation test may cost: our choice, about five seconds.
const (
	// maxUnits is the number of rows, or of clusters, that are assigned anew.
	maxUnits = 200_000
	// maxMoves is the number of units times the number of draws.
	maxMoves = 1_000_000_000
)

// streams of the draws: those of arm a are randomisationStream + a.
const randomisationStream = 100

// drawsRows tells whether rows, not clusters, are assigned anew.
func (p procedure) drawsRows() bool { return p.o.RandomisationDraws > 0 && p.o.Cluster == "" }

// valuesKeys are arm, block and outcome: what a randomisation test needs of
// rows is how often each outcome came where.
func (p procedure) valuesKeys() []moments.Field {
	return append(p.groups(), moments.Field{Name: "value", Of: moments.Ref(p.o.Outcome)})
}

// distinct counts the different outcomes by arm and block.
func (p procedure) distinct(s estimate.Sample) moments.Request {
	r := request(s, "different outcomes")
	r.Steps = []moments.Step{moments.Fold{By: p.valuesKeys()}}
	r.Make = []moments.Agg{{Name: "groups", Op: moments.Count}}
	return r
}

// values asks how often each outcome came in each arm and block.
func (p procedure) values(s estimate.Sample) moments.Request {
	r := request(s, "outcomes by value")
	r.By = p.valuesKeys()
	r.Make = []moments.Agg{{Name: "rows", Op: moments.Count}}
	r.Limit = maxUnits
	return r
}

// tooMany tells whether so many units cannot be assigned anew.
func (p procedure) tooMany(units int64) bool {
	return units > maxUnits || float64(units)*float64(p.o.RandomisationDraws) > maxMoves
}

// units lists what was assigned, by arm and block.
type units [][][]inference.AssignedUnit

func (t trial) noUnits() units {
	u := make(units, len(t.arms))
	for a := range u {
		u[a] = make([][]inference.AssignedUnit, len(t.blocks))
	}
	return u
}

// rowUnits are the rows, from the counts of each outcome. Sums are less the
// same number everywhere, which no difference in means sees.
func (t trial) rowUnits(values moments.Statistic, shift float64) units {
	u := t.noUnits()
	block := map[string]int{}
	for i, b := range t.blocks {
		block[b] = i
	}
	arm := map[string]int{}
	for i, a := range t.arms {
		arm[a] = i
	}
	for _, g := range values.Groups {
		a, b := arm[g.Key[0].String()], 0
		if len(g.Key) == 3 {
			b = block[g.Key[1].String()]
		}
		y, _ := g.Key[len(g.Key)-1].Float()
		for range values.Cell(g, "rows").Count() {
			u[a][b] = append(u[a][b], inference.AssignedUnit{Rows: 1, Sum: y - shift})
		}
	}
	return u
}

// clusterUnits are the clusters, of sums less the shift for each row.
func (t trial) clusterUnits(shift float64) units {
	u := t.noUnits()
	for _, c := range t.cells {
		u[c.arm][c.block] = append(u[c.arm][c.block], inference.AssignedUnit{Rows: float64(c.n), Sum: c.sum.Float() - float64(c.n)*shift})
	}
	return u
}

// randomise tests each arm against the reference arm by assigning their units
// anew within blocks. It gives nil and a caution where that cannot be done: too
// many units, or treatment that differs within clusters, so that clusters are
// not what was assigned.
func (p procedure) randomise(s estimate.Sample, t trial, values *moments.Statistic) ([]inference.Randomisation, []result.Warning, error) {
	var u units
	switch {
	case p.o.RandomisationDraws == 0:
		return nil, nil, nil
	case p.drawsRows() && values == nil:
		return nil, []result.Warning{result.Caveat("experiment-randomisation-too-large", "units", t.n, "by_row", true, "by_cluster", false,
			"draws", p.o.RandomisationDraws, "limit", maxUnits)}, nil
	case p.drawsRows():
		u = t.rowUnits(*values, s.Shift(p.o.Outcome))
	case t.mixed() > 0:
		return nil, []result.Warning{result.Caveat("experiment-randomisation-within-cluster", "cluster", p.o.Cluster, "column", p.o.Treatment)}, nil
	case p.tooMany(int64(t.clusters())):
		return nil, []result.Warning{result.Caveat("experiment-randomisation-too-large", "units", t.clusters(), "by_row", false, "by_cluster", true,
			"draws", p.o.RandomisationDraws, "limit", maxUnits)}, nil
	default:
		u = t.clusterUnits(s.Shift(p.o.Outcome) - shift(s, p.o.Outcome))
	}
	o := p.inf
	o.Draws = p.o.RandomisationDraws
	tests := make([]inference.Randomisation, len(t.arms))
	for arm := 1; arm < len(t.arms); arm++ {
		all, _, err := t.shares(arm)
		if err != nil {
			return nil, nil, err
		}
		var blocks []inference.AssignedBlock
		for _, b := range all {
			treated, control := u[arm][b.block], u[0][b.block]
			blocks = append(blocks, inference.AssignedBlock{Treated: len(treated), Weight: b.weight,
				Units: append(append([]inference.AssignedUnit{}, treated...), control...)})
		}
		tests[arm] = inference.RandomisationTest(blocks, o, randomisationStream+uint64(arm))
	}
	return tests, nil, nil
}

// randomisation is the test of one arm as a diagnostic. It speaks against the
// printed p-value where the two disagree about the level of the plan.
func (p procedure) randomisation(t trial, arm int, test inference.Randomisation, e result.Estimate) result.Diagnostic {
	d := result.Diagnostic{Name: "randomisation", Outcome: p.o.Outcome, Verdict: result.Pass,
		Statistic: result.Float(test.Statistic), P: result.Float(test.P),
		Values: result.MakeValues("p", test.P, "draws", test.Draws, "exact", test.Exact, "drawn", !test.Exact, "arm", "")}
	if len(t.arms) > 2 {
		d.Values["arm"] = t.arms[arm]
	}
	alpha := 1 - p.inf.Level
	if e.P != nil && !math.IsNaN(test.P) && (*e.P < alpha) != (test.P < alpha) {
		d.Verdict = result.Caution
		d.Values["other"] = *e.P
	}
	return d
}
