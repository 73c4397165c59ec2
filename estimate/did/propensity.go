package did

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/dampak/dampak/moments"
)

const (
	// highScore is the propensity score from which a comparison unit gets no
	// weight: it has hardly a counterpart (did 2.5, trim_level).
	highScore = 0.995
	// maxNewton is the number of Newton rounds after which a score counts as
	// without a maximum.
	maxNewton = 30
	// smallStep ends Newton's method: the error left is about its square.
	smallStep = 1e-6
	// separatedAt is the logit beyond which the mean treated unit can no longer
	// be compared.
	separatedAt = 25
)

// model is one propensity score: that of a cohort against a comparison group.
// Cells share it where they can.
type model struct {
	number          int
	weight          moments.Expr   // of a unit or row
	xs              []moments.Expr // regressors; the first is nil, the constant
	sample, treated moments.Cond   // who takes part, and who of them is treated
	meanTreated     []float64
	apart           string // the covariate in which treated and comparison differ most
	ys              map[int]moments.Expr

	// treatedAt and controlAt are the places of the sample, of cross-sections.
	treatedAt, controlAt []place
	oddsAt               map[int64]stratumSums // odds by period, of cross-sections

	keep      []int // regressors in use; nil = all
	gamma     []float64
	converged bool
	separated bool
	steps     int

	information [][]float64 // sum of w p (1-p) x x'
	square      float64     // sum of squared odds
	controls    float64     // weight of the comparison group
	trimmed     int64       // comparison units without weight
	highest     float64     // score among the treated
	odds        stratumSums // sums with the weight w p/(1-p) over the comparison group; y by key of ys
}

// newModel starts a model from the sums w x x' of its treated and its
// comparison group.
func newModel(number int, treated, control [][]float64, vars []variable) *model {
	m := &model{number: number, gamma: make([]float64, len(treated)), meanTreated: scaled(treated[0], 1/treated[0][0]), controls: control[0][0]}
	m.gamma[0] = math.Log(treated[0][0] / control[0][0])
	most := -1.0
	for i, v := range vars {
		mean := control[0][i+1] / control[0][0]
		spread := math.Sqrt(math.Max(control[i+1][i+1]/control[0][0]-mean*mean, 0))
		if d := math.Abs(m.meanTreated[i+1]-mean) / math.Max(spread, 1e-9); d > most {
			m.apart, most = v.label, d
		}
	}
	return m
}

func (m *model) name(what string) string { return fmt.Sprintf("%s%d", what, m.number) }

func (m *model) score() moments.Ref    { return moments.Ref(m.name("p")) }
func (m *model) oddsName() moments.Ref { return moments.Ref(m.name("o")) }

// linear is the sum of regressors times coefficients.
func linear(xs []moments.Expr, by []float64) moments.Expr {
	sum := moments.Add{moments.Real(by[0])}
	for j, x := range xs[1:] {
		sum = append(sum, moments.Mul{moments.Real(by[j+1]), x})
	}
	return sum
}

// withScores adds to the steps the scores of models: missing outside their
// samples.
func withScores(steps []moments.Step, models []*model) []moments.Step {
	var logits, scores moments.Derive
	for _, m := range models {
		logits = append(logits, moments.Field{Name: m.name("l"), Of: moments.Case{When: m.sample, Then: linear(m.xs, scaled(m.gamma, -1))}})
		inverse := moments.Div{A: moments.Int(1), B: moments.Add{moments.Int(1), moments.Exp{Of: moments.Ref(m.name("l"))}}}
		scores = append(scores, moments.Field{Name: m.name("p"), Of: moments.Case{When: moments.Known{Of: moments.Ref(m.name("l"))}, Then: moments.First{inverse, moments.Real(0)}}})
	}
	return append(slices.Clone(steps), logits, scores)
}

// newton asks for the sums of one Newton step of each model: the gradient s x
// and the matrix q x x'. By maximum likelihood s = w (d - p) and q = w p (1-p);
// by calibration the odds of the comparison balance the treated:
// s = w d - w (1-d) p/(1-p), q = w (1-d) p/(1-p) (Graham, Pinto and Egel 2012).
func newton(r moments.Request, models []*model, calibrated bool) moments.Request {
	r.Label = "propensity score, one step"
	r.Steps = withScores(r.Steps, models)
	var d moments.Derive
	for _, m := range models {
		s, q := newtonTerms(m.weight, m.score(), m.treated, calibrated)
		d = append(d, moments.Field{Name: m.name("s"), Of: s}, moments.Field{Name: m.name("q"), Of: q})
	}
	r.Steps = append(r.Steps, d)
	for _, m := range models {
		vector(&r, m.name("g"), moments.Ref(m.name("s")), m.xs)
		outer(&r, m.name("h"), moments.Ref(m.name("q")), m.xs)
	}
	return r
}

// newtonTerms are what a unit adds to the gradient and to the matrix of a step.
func newtonTerms(weight moments.Expr, p moments.Ref, treated moments.Cond, calibrated bool) (s, q moments.Expr) {
	rest := moments.Sub{A: moments.Int(1), B: p}
	if !calibrated {
		return moments.Mul{weight, moments.Sub{A: moments.Case{When: treated, Then: moments.Int(1), Else: moments.Int(0)}, B: p}},
			moments.Mul{weight, p, rest}
	}
	odds := moments.Mul{weight, moments.Div{A: p, B: rest}}
	inside := moments.Known{Of: p}
	return moments.Case{When: inside, Then: moments.Case{When: treated, Then: weight, Else: moments.Mul{moments.Int(-1), odds}}},
		moments.Case{When: moments.All{inside, moments.Not{Cond: treated}}, Then: odds}
}

// step moves a model by the sums of newton.
func (m *model) step(gradient []float64, matrix [][]float64) {
	m.steps++
	hessian, ok := newPartSolver(matrix, m.keep)
	if !ok || m.steps > maxNewton {
		m.separated = true
		return
	}
	var size float64
	for i, x := range hessian.solve(gradient) {
		m.gamma[i] += x
		size = math.Max(size, math.Abs(x))
	}
	if math.IsNaN(size) || math.Abs(dot(m.meanTreated, m.gamma)) > separatedAt {
		m.separated = true
	}
	m.converged = size < smallStep
}

// unfinished lists the models that have not arrived.
func unfinished(models []*model) []*model {
	return slices.DeleteFunc(slices.Clone(models), func(m *model) bool { return m.converged || m.separated })
}

// arrived lists the models with a score.
func arrived(models []*model) []*model {
	return slices.DeleteFunc(slices.Clone(models), func(m *model) bool { return m.separated })
}

// withOdds adds scores, and the weights of comparison units, to the steps.
func withOdds(steps []moments.Step, models []*model) []moments.Step {
	steps = withScores(steps, models)
	var d moments.Derive
	for _, m := range models {
		p := m.score()
		counts := moments.All{moments.Known{Of: p}, moments.Not{Cond: m.treated}, moments.Compare{A: p, Op: moments.Less, B: moments.Real(highScore)}}
		d = append(d, moments.Field{Name: m.name("o"), Of: moments.Case{When: counts,
			Then: moments.Mul{m.weight, moments.Div{A: p, B: moments.Sub{A: moments.Int(1), B: p}}}, Else: moments.Real(0)}})
	}
	return append(steps, d)
}

// weighed asks for the sums over the comparison groups weighted by odds.
func weighed(r moments.Request, models []*model) moments.Request {
	r.Label = "comparison groups weighted by odds"
	r.Steps = withOdds(r.Steps, models)
	for _, m := range models {
		o, p := m.oddsName(), m.score()
		outer(&r, m.name("oxx"), o, m.xs)
		for _, k := range slices.Sorted(maps.Keys(m.ys)) {
			vector(&r, fmt.Sprintf("%s_%d", m.name("oxy"), k), moments.Mul{o, m.ys[k]}, m.xs)
		}
		outer(&r, m.name("info"), moments.Mul{m.weight, p, moments.Sub{A: moments.Int(1), B: p}}, m.xs)
		sumOf(&r, m.name("oo"), o, o)
		trimmed := moments.All{moments.Not{Cond: m.treated}, moments.Compare{A: p, Op: moments.GreaterEqual, B: moments.Real(highScore)}}
		r.Make = append(r.Make,
			moments.Agg{Name: m.name("trimmed"), Op: moments.Count, Of: moments.Case{When: trimmed, Then: moments.Int(1)}},
			moments.Agg{Name: m.name("highest"), Op: moments.Max, Of: moments.Case{When: m.treated, Then: p}})
	}
	return r
}

// readOdds reads the sums weighted by odds in one group of the answer.
func (m *model) readOdds(s moments.Statistic, g moments.Group) stratumSums {
	n := len(m.xs)
	out := stratumSums{xx: readOuter(s, g, m.name("oxx"), n), xy: map[int][]float64{}}
	for k := range m.ys {
		out.xy[k] = readVector(s, g, fmt.Sprintf("%s_%d", m.name("oxy"), k), n)
	}
	return out
}

// readTotals reads what the whole sample of the model says.
func (m *model) readTotals(s moments.Statistic) {
	total := s.Total()
	m.odds = m.readOdds(s, total)
	m.information = readOuter(s, total, m.name("info"), len(m.xs))
	m.square = zeroIfMissing(s.Cell(total, m.name("oo")))
	m.trimmed = s.Cell(total, m.name("trimmed")).Count()
	m.highest = zeroIfMissing(s.Cell(total, m.name("highest")))
}

// propensities walks the rounds of all models of a panel: Newton's steps, then
// the sums over the odds. It is false where answers are missing yet.
func propensities(base moments.Request, models []*model, calibrated bool, a *answers) bool {
	for len(unfinished(models)) > 0 {
		moving := unfinished(models)
		so, ok := a.get(newton(base, moving, calibrated))
		if !ok {
			return false
		}
		for _, m := range moving {
			n := len(m.xs)
			m.step(readVector(so[0], so[0].Total(), m.name("g"), n), readOuter(so[0], so[0].Total(), m.name("h"), n))
		}
	}
	if len(arrived(models)) == 0 {
		return true
	}
	so, ok := a.get(weighed(base, arrived(models)))
	if !ok {
		return false
	}
	for _, m := range arrived(models) {
		m.readTotals(so[0])
	}
	return true
}
