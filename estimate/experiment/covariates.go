package experiment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxLevels is the number of levels of a category, or of blocks, that become
// indicators: our choice.
const maxLevels = 50

// variable is one number of a row: a covariate, an indicator of a level, or the
// outcome.
type variable struct {
	label string // "age", "sex = 2"
	shift float64
	of    moments.Expr // the number less the shift
	block bool         // an indicator of a block, not a covariate
}

// levels asks which levels a category has.
func (p procedure) levels(s estimate.Sample, column string) moments.Request {
	r := request(s, "levels of "+column)
	r.By = []moments.Field{{Name: "level", Of: moments.Ref(column)}}
	r.Make = []moments.Agg{{Name: "rows", Op: moments.Count}}
	return r
}

// categories are the covariates that become indicators.
func (p procedure) categories() []string {
	var all []string
	for _, c := range p.o.Covariates {
		if c.Category {
			all = append(all, c.Column)
		}
	}
	return all
}

// variables are the covariates, then indicators of the blocks where withBlocks,
// then the outcome. Categories and blocks have an indicator for each level but
// the first in byte order. Levels are the answers for categories(), in their order.
func (p procedure) variables(s estimate.Sample, levels []moments.Statistic, t trial, withBlocks bool) ([]variable, error) {
	var all []variable
	for _, c := range p.o.Covariates {
		if !c.Category {
			all = append(all, numeric(s, c.Column))
			continue
		}
		// By name, since engines may hold whole numbers as numbers or as text.
		groups := slices.SortedFunc(slices.Values(levels[0].Groups), func(a, b moments.Group) int {
			return strings.Compare(a.Key[0].String(), b.Key[0].String())
		})
		levels = levels[1:]
		if len(groups) > maxLevels {
			return nil, result.Refuse("experiment-many-levels", "column", c.Column, "levels", len(groups), "limit", maxLevels)
		}
		for _, g := range groups[min(1, len(groups)):] {
			all = append(all, indicator(c.Column, g.Key[0]))
		}
	}
	if withBlocks {
		for _, b := range t.blockKeys[1:] {
			v := indicator(p.o.Blocks, b)
			v.block = true
			all = append(all, v)
		}
	}
	return append(all, numeric(s, p.o.Outcome)), nil
}

// numeric is a column of numbers less a number near its mean, whole where the
// column is.
func numeric(s estimate.Sample, column string) variable {
	shift := s.Shift(column)
	v := variable{label: column, shift: shift, of: moments.Sub{A: moments.Ref(column), B: moments.Real(shift)}}
	if s.Whole(column) {
		v.of = moments.Sub{A: moments.Ref(column), B: moments.Int(int64(shift))}
	}
	return v
}

func indicator(column string, level moments.Value) variable {
	return variable{label: column + " = " + level.String(),
		of: moments.Case{When: moments.Is{Of: moments.Ref(column), Values: []moments.Value{level}}, Then: moments.Int(1), Else: moments.Int(0)}}
}

// names are those of the variables in requests.
func names(r moments.Request, vars []variable) []string {
	prefix := unused(r, "v")
	all := make([]string, len(vars))
	for i := range vars {
		all[i] = fmt.Sprint(prefix, i)
	}
	return all
}

// derived is a request over rows that have the variables under their names.
func (p procedure) derived(s estimate.Sample, label string, vars []variable) (moments.Request, []string) {
	r := request(s, label)
	all := names(r, vars)
	d := moments.Derive{}
	for i, v := range vars {
		d = append(d, moments.Field{Name: all[i], Of: v.of})
	}
	r.Steps = []moments.Step{d}
	return r, all
}

// grams asks for sums and products of the variables by arm, block and cluster.
func (p procedure) grams(s estimate.Sample, vars []variable) moments.Request {
	r, all := p.derived(s, "covariates and outcome by arm", vars)
	r.By = p.groups()
	r.Make = append(moments.Gram(all), moments.Agg{Name: "rows", Op: moments.Count})
	r.Limit = maxCells
	return r
}

// gramCell is the Gram of one arm, block and cluster.
type gramCell struct {
	arm, block, cluster int
	gram
}

// readGrams reads the answer of grams; its groups are those of the trial.
func (p procedure) readGrams(s estimate.Sample, t trial, vars []variable, so moments.Statistic) []gramCell {
	all := names(request(s, ""), vars)
	blockAt, clusterAt := slices.Index(so.Keys, "block"), slices.Index(so.Keys, "cluster")
	arms, blocks := index(t.arms), index(t.blocks)
	var out []gramCell
	for _, g := range so.Groups {
		c := gramCell{arm: arms[g.Key[0].String()], gram: readGram(so, g, all)}
		if blockAt >= 0 {
			c.block = blocks[g.Key[blockAt].String()]
		}
		if clusterAt >= 0 {
			c.cluster = t.seen[g.Key[clusterAt]]
		}
		out = append(out, c)
	}
	return out
}

func index(names []string) map[string]int {
	m := make(map[string]int, len(names))
	for i, n := range names {
		m[n] = i
	}
	return m
}
