package did

import "github.com/dampak/dampak/moments"

// influence is the cell's influence function over n as expressions of a unit
// (see the package comment), for its treated and for its comparison group; 0 for
// units outside the cell's sample.
func (a *adjuster) influence(j *job) []piece {
	w := readingWeight(j.reading)
	var residual moments.Add
	for _, t := range a.terms(j) {
		residual = append(residual, moments.Mul{moments.Int(int64(t.sign)), changeOf(j.reading, t.feature)})
	}
	if j.beta != nil {
		residual = append(residual, linear(a.columns(j.reading), scaled(j.beta, -1)))
	}
	treated := moments.Add{moments.Mul{moments.Real(1 / j.treatedWeight), moments.Sub{A: residual, B: moments.Real(j.treatedMean)}}}
	var control moments.Add
	if j.slope != nil {
		control = append(control, moments.Mul{moments.Int(-1), residual, linear(a.columns(j.reading), j.slope)})
	}
	if j.model == nil {
		return a.within(j, moments.Mul{w, treated}, moments.Mul{w, control})
	}
	if j.pull != nil {
		pull := linear(a.columns(j.reading), j.pull)
		treated = append(treated, moments.Mul{moments.Sub{A: j.model.score(), B: moments.Int(1)}, pull})
		control = append(control, moments.Mul{j.model.score(), pull})
	}
	weighed := moments.Mul{moments.Real(-1 / j.controlWeight), j.model.oddsName(), moments.Sub{A: residual, B: moments.Real(j.comparisonMean)}}
	if len(control) == 0 {
		return a.within(j, moments.Mul{w, treated}, weighed)
	}
	return a.within(j, moments.Mul{w, treated}, moments.Add{moments.Mul{w, control}, weighed})
}

// within gives one expression to the treated of a job, another to its
// comparison group.
func (a *adjuster) within(j *job, treated, control moments.Expr) []piece {
	return []piece{{places: a.places(j.cell.g), of: a.seen(j, treated)}, {places: a.places(j.cell.controls...), of: a.seen(j, control)}}
}

func (a *adjuster) places(cohorts ...int64) []place {
	list := make([]place, len(cohorts))
	for i, g := range cohorts {
		list[i] = place{cohort: g}
	}
	return list
}

// seen is an expression for the units that a job's sample has, 0 for others.
func (a *adjuster) seen(j *job, of moments.Expr) moments.Expr {
	if a.c.p.o.Unbalanced != Pairwise {
		return of
	}
	return moments.Case{When: moments.All{moments.Known{Of: outcomeAt(j.cell.base)}, moments.Known{Of: outcomeAt(j.cell.at)}}, Then: of, Else: moments.Real(0)}
}

// member holds for the units of some cohorts that a job's sample has.
func (a *adjuster) member(j *job, cohorts ...int64) moments.Cond {
	in := moments.All{moments.Is{Of: moments.Ref(cohortKey), Values: wholeKeys(cohorts)}}
	if a.c.p.o.Unbalanced == Pairwise {
		in = append(in, moments.Known{Of: outcomeAt(j.cell.base)}, moments.Known{Of: outcomeAt(j.cell.at)})
	}
	return in
}

func wholeKeys(list []int64) []moments.Value {
	keys := make([]moments.Value, len(list))
	for i, x := range list {
		keys[i] = moments.WholeKey(x)
	}
	return keys
}
