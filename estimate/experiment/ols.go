package experiment

import (
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/moments"
)

// fit is least squares of a value on a constant and others, from moments.
type fit struct {
	n      int64
	use    []int     // the regressors among the values
	centre []float64 // what each has subtracted
	coef   []float64 // the constant first: the level at the centre
	bread  *mat.SymDense
	rss    float64 // sum of squared residuals
}

// k is the number of coefficients.
func (f fit) k() int { return len(f.coef) }

// regress fits the value at y on a constant and the values at use, each less
// its centre; false where they are collinear or the rows too few. The Gram is
// scaled to correlations first, so that units do not matter.
func regress(g gram, use []int, centre []float64, y int) (fit, bool) {
	f := fit{n: g.n, use: use, centre: centre}
	xx, xy := g.normal(use, centre, y)
	k := 1 + len(use)
	scale := make([]float64, k)
	scaled, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i := range k {
		if !(xx.At(i, i) > 0) {
			return f, false
		}
		scale[i] = math.Sqrt(xx.At(i, i))
		right.SetVec(i, xy.AtVec(i)/scale[i])
	}
	for i := range k {
		for j := i; j < k; j++ {
			scaled.SetSym(i, j, xx.At(i, j)/scale[i]/scale[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(scaled) || chol.Cond() > 1e14 || g.n <= int64(k) {
		return f, false
	}
	var coef mat.VecDense
	if err := chol.SolveVecTo(&coef, right); err != nil {
		return f, false
	}
	f.bread = new(mat.SymDense)
	if err := chol.InverseTo(f.bread); err != nil {
		return f, false
	}
	for i := range k {
		f.coef = append(f.coef, coef.AtVec(i)/scale[i])
		for j := i; j < k; j++ {
			f.bread.SetSym(i, j, f.bread.At(i, j)/scale[i]/scale[j])
		}
	}
	f.rss = g.centred(y, y)
	for a, i := range use {
		f.rss -= f.coef[a+1] * g.centred(i, y)
	}
	return f, true
}

// leverageOne is how near to 1 a leverage is where the row alone determines a
// coefficient: its residual is zero and says nothing.
const leverageOne = 1e-9

// robust asks for what HC0 to HC3 of l'coef need: with residual e, leverage h
// = x' (X'X)^-1 x and pull u = l' (X'X)^-1 x of each row, the sums of e^2 u^2,
// e^2 u^2 / (1-h) and e^2 u^2 / (1-h)^2 (MacKinnon and White 1985), all
// expressions of the coefficients of the first round. The request must hold the
// values under their names; outcome is the name of the one fitted.
func (f fit) robust(r moments.Request, names []string, outcome string, l []float64) moments.Request {
	var pull mat.VecDense
	pull.MulVec(f.bread, mat.NewVecDense(f.k(), l))
	own := unused(r, "row")
	x := []moments.Expr{moments.Real(1)}
	centred := moments.Derive{}
	for a, i := range f.use {
		name := own + "x" + names[i]
		centred = append(centred, moments.Field{Name: name, Of: moments.Sub{A: moments.Ref(names[i]), B: moments.Real(f.centre[a])}})
		x = append(x, moments.Ref(name))
	}
	e, u, rest := moments.Add{moments.Ref(outcome)}, moments.Add{}, moments.Add{moments.Real(1)}
	for i := range x {
		e = append(e, moments.Mul{moments.Real(-f.coef[i]), x[i]})
		u = append(u, moments.Mul{moments.Real(pull.AtVec(i)), x[i]})
		inner := moments.Add{moments.Mul{moments.Real(-f.bread.At(i, i)), x[i]}}
		for j := i + 1; j < len(x); j++ {
			inner = append(inner, moments.Mul{moments.Real(-2 * f.bread.At(i, j)), x[j]})
		}
		rest = append(rest, moments.Mul{x[i], inner})
	}
	score, left := moments.Ref(own+"score"), moments.Ref(own+"rest")
	if len(centred) > 0 {
		r.Steps = append(r.Steps, centred)
	}
	r.Steps = append(r.Steps,
		moments.Derive{{Name: own + "e", Of: e}, {Name: own + "u", Of: u}, {Name: string(left), Of: rest}},
		moments.Derive{{Name: string(score), Of: moments.Mul{moments.Ref(own + "e"), moments.Ref(own + "u")}}})
	ordinary := moments.Compare{A: left, Op: moments.Greater, B: moments.Real(leverageOne)}
	square := moments.Mul{score, score}
	r.By = nil
	r.Make = []moments.Agg{
		{Name: "hc0", Op: moments.Sum, Of: square},
		{Name: "hc2", Op: moments.Sum, Of: moments.Case{When: ordinary, Then: moments.Div{A: square, B: left}}},
		{Name: "hc3", Op: moments.Sum, Of: moments.Case{When: ordinary, Then: moments.Div{A: square, B: moments.Mul{left, left}}}},
		{Name: "alone", Op: moments.Count, Of: moments.Case{When: moments.Not{Cond: ordinary}, Then: moments.Int(1)}},
	}
	return r
}

// variance reads the answer of robust; n and k of the whole regression are for
// HC1. NaN of HC2 and HC3 where a row alone determines a coefficient.
func variance(so moments.Statistic, vce string, n, k int64) float64 {
	g := so.Total()
	if (vce == "hc2" || vce == "hc3") && so.Cell(g, "alone").Count() > 0 {
		return math.NaN()
	}
	if vce == "hc1" {
		return so.Cell(g, "hc0").Float() * float64(n) / float64(n-k)
	}
	return so.Cell(g, vce).Float()
}

// unused is a beginning of names that no column of the request has.
func unused(r moments.Request, prefix string) string {
	taken := func() bool {
		for _, c := range r.Columns {
			if strings.HasPrefix(c.Name, prefix) {
				return true
			}
		}
		return false
	}
	for taken() {
		prefix += "_"
	}
	return prefix
}
