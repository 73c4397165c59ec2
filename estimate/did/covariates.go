package did

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxLevels is the number of levels of a category that become indicators: our
// choice.
const maxLevels = 50

// variable is one regressor: a covariate, or an indicator of a level.
type variable struct {
	label  string // "age", "sex = 2"
	column int    // position in Options.Covariates
	// shift and scale bring numbers near to one, so that products of rupiah keep
	// their digits; they change no estimate.
	shift, scale float64
	level        *moments.Value // of an indicator
}

// levelsOf asks which levels a category has.
func (c collector) levelsOf(column string) moments.Request {
	r := c.request("levels of " + column)
	r.By = []moments.Field{{Name: "level", Of: moments.Ref(column)}}
	r.Make = []moments.Agg{{Name: cellRows, Op: moments.Count}}
	return r
}

// categories are the covariates that become indicators.
func (p procedure) categories() []string {
	var all []string
	for _, x := range p.o.Covariates {
		if x.Category {
			all = append(all, x.Column)
		}
	}
	return all
}

// variables are the covariates in the plan's order; a category has an indicator
// for each level but the first in byte order. Levels are the answers for
// categories(), in their order.
func (p procedure) variables(s estimate.Sample, levels []moments.Statistic) ([]variable, error) {
	var all []variable
	for i, x := range p.o.Covariates {
		if !x.Category {
			m := s.Summary[x.Column]
			v := variable{label: x.Column, column: i, shift: s.Shift(x.Column), scale: 1}
			if far := math.Max(math.Abs(m.Max-v.shift), math.Abs(m.Min-v.shift)); far > 0 && !math.IsInf(far, 0) {
				v.scale = math.Exp2(math.Round(math.Log2(far)) - 1)
			}
			all = append(all, v)
			continue
		}
		groups := slices.SortedFunc(slices.Values(levels[0].Groups), func(a, b moments.Group) int {
			return strings.Compare(a.Key[0].String(), b.Key[0].String())
		})
		levels = levels[1:]
		if len(groups) > maxLevels {
			return nil, result.Refuse("did-many-levels", "column", x.Column, "levels", len(groups), "limit", maxLevels)
		}
		for _, g := range groups[min(1, len(groups)):] {
			all = append(all, variable{label: x.Column + " = " + g.Key[0].String(), column: i, scale: 1, level: &g.Key[0]})
		}
	}
	return all, nil
}

// of is the regressor made of the value of its column.
func (v variable) of(value moments.Expr) moments.Expr {
	if v.level != nil {
		return moments.Case{When: moments.Is{Of: value, Values: []moments.Value{*v.level}}, Then: moments.Int(1), Else: moments.Int(0)}
	}
	e := value
	if v.shift != 0 {
		e = moments.Sub{A: e, B: moments.Real(v.shift)}
	}
	if v.scale != 1 {
		e = moments.Mul{e, moments.Real(1 / v.scale)}
	}
	return e
}

// Names in the fold by unit of the greatest and the least value of a covariate,
// and of its value in a period.
func covariateMax(i int) moments.Ref   { return moments.Ref(fmt.Sprintf("x%d_max", i)) }
func covariateMin(i int) moments.Ref   { return moments.Ref(fmt.Sprintf("x%d_min", i)) }
func covariateAt(i, k int) moments.Ref { return moments.Ref(fmt.Sprintf("x%d_%d", i, k)) }

// changing counts the units in which a covariate changes over time.
func changing(i int) string { return fmt.Sprintf("changing%d", i) }

// regressor names variable j in setting k.
func regressor(k, j int) moments.Ref { return moments.Ref(fmt.Sprintf("v%d_%d", k, j)) }

// collinear picks the variables that the others before them do not explain, in
// order, from the sums of products of a constant and all of them; the rest is
// dropped. A variable whose residual sum of squares is below 1e-10 of its own
// about the mean counts as explained.
func collinear(xx [][]float64) (kept []int) {
	const explained = 1e-10
	n := len(xx)
	a := make([][]float64, n) // swept in place
	for i := range a {
		a[i] = slices.Clone(xx[i])
	}
	for j := range n {
		own := xx[j][j]
		if j > 0 && xx[0][0] > 0 {
			own -= xx[0][j] * xx[0][j] / xx[0][0]
		}
		if !(a[j][j] > explained*own) || !(own > explained*xx[j][j]) {
			continue
		}
		kept = append(kept, j)
		for i := j + 1; i < n; i++ {
			f := a[i][j] / a[j][j]
			for k := j + 1; k < n; k++ {
				a[i][k] -= f * a[j][k]
			}
		}
	}
	return kept
}
