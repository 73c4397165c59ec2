package experiment

import (
	"maps"
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
)

// maxCells is the number of clusters and blocks by arm that are held.
const maxCells = 2_000_000

// answers are the answers to what Ask asked, told apart.
type answers struct {
	cells    moments.Statistic  // the outcome by arm, block and cluster
	distinct *moments.Statistic // how many different outcomes there are
	values   *moments.Statistic // how often each outcome came

	trial     trial
	levels    []moments.Statistic // of the categories among the covariates
	adjusted  *adjusted           // nil without covariates
	leverages []moments.Statistic // by arm
}

// Ask asks for the sums of the outcome by arm, block and cluster; then, for a
// randomisation test of rows, how often each outcome came; with covariates, for
// their products, and then for the leverages of the regressions.
func (p procedure) Ask(s estimate.Sample, so []moments.Statistic) ([]moments.Request, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if _, err := p.arms(s); err != nil {
		return nil, err
	}
	_, next, err := p.advance(s, so)
	return next, err
}

// advance tells the answers so far apart, and what is asked next: nothing when
// Estimate has all it needs.
func (p procedure) advance(s estimate.Sample, so []moments.Statistic) (got answers, next []moments.Request, err error) {
	if len(so) == 0 {
		return got, p.first(s), nil
	}
	got.cells, so = so[0], so[1:]
	if p.drawsRows() {
		got.distinct, so = &so[0], so[1:]
	}
	got.levels, so = so[:len(p.categories())], so[len(p.categories()):]
	if got.trial, err = p.read(s, got.cells); err != nil {
		return got, nil, err
	}
	var vars []variable
	if len(p.o.Covariates) > 0 {
		if vars, err = p.variables(s, got.levels, got.trial, got.trial.blocksAsCovariates()); err != nil {
			return got, nil, err
		}
	}
	drawn := p.drawsRows() && got.drawable(p)
	if len(so) == 0 {
		return got, p.second(s, drawn, vars), nil
	}
	if drawn {
		got.values, so = &so[0], so[1:]
	}
	if vars == nil {
		return got, nil, nil
	}
	l := p.adjust(got.trial, vars, p.readGrams(s, got.trial, vars, so[0]))
	got.adjusted, got.leverages = &l, so[1:]
	if p.o.Cluster == "" && len(got.leverages) == 0 {
		return got, p.leverages(s, got.trial, l), nil
	}
	return got, nil, nil
}

// first asks for the outcome by arm, and for what the second round depends on.
func (p procedure) first(s estimate.Sample) []moments.Request {
	next := []moments.Request{p.cells(s)}
	if p.drawsRows() {
		next = append(next, p.distinct(s))
	}
	for _, c := range p.categories() {
		next = append(next, p.levels(s, c))
	}
	return next
}

// second asks for the outcomes by value where rows are drawn, and for the
// products of the variables where there are any.
func (p procedure) second(s estimate.Sample, drawn bool, vars []variable) []moments.Request {
	var next []moments.Request
	if drawn {
		next = append(next, p.values(s))
	}
	if vars != nil {
		next = append(next, p.grams(s, vars))
	}
	return next
}

// drawable tells whether the rows are few enough to be assigned anew.
func (a answers) drawable(p procedure) bool {
	rows := a.cells.Cell(a.cells.Total(), "rows").Count()
	groups := a.distinct.Cell(a.distinct.Total(), "groups").Count()
	return !p.tooMany(rows) && groups <= maxUnits
}

// request is one over the sample's rows, with all columns: the plan's
// conditions may read more than the procedure does.
func request(s estimate.Sample, label string) moments.Request {
	return moments.Request{Label: label, Table: s.Table, Where: s.Where,
		Columns: s.Pick(slices.Sorted(maps.Keys(s.Columns))...)}
}

// groups are the keys by which the outcome is summed: arm, then block and
// cluster where there are such.
func (p procedure) groups() []moments.Field {
	by := []moments.Field{{Name: "arm", Of: moments.Ref(p.o.Treatment)}}
	if p.o.Blocks != "" {
		by = append(by, moments.Field{Name: "block", Of: moments.Ref(p.o.Blocks)})
	}
	if p.o.Cluster != "" {
		by = append(by, moments.Field{Name: "cluster", Of: moments.Ref(p.o.Cluster)})
	}
	return by
}

func (p procedure) cells(s estimate.Sample) moments.Request {
	r := request(s, "outcome by arm")
	y := shifted(s, p.o.Outcome)
	r.By = p.groups()
	r.Make = []moments.Agg{
		{Name: "rows", Op: moments.Count},
		{Name: "sum", Op: moments.Sum, Of: y},
		{Name: "square", Op: moments.Sum, Of: moments.Mul{y, y}},
	}
	r.Limit = maxCells
	return r
}

// shifted is a column of numbers as it is summed: whole ones as they are, since
// their sums are exact; real ones less a number near their mean, so that
// squares keep their digits.
func shifted(s estimate.Sample, column string) moments.Expr {
	if s.Whole(column) {
		return moments.Ref(column)
	}
	return moments.Sub{A: moments.Ref(column), B: moments.Real(s.Shift(column))}
}

// shift is what shifted subtracts.
func shift(s estimate.Sample, column string) float64 {
	if s.Whole(column) {
		return 0
	}
	return s.Shift(column)
}
