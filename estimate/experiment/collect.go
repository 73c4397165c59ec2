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
}

// Ask asks for the sums of the outcome by arm, block and cluster; then, for a
// randomisation test of rows, how often each outcome came.
func (p procedure) Ask(s estimate.Sample, so []moments.Statistic) ([]moments.Request, error) {
	if err := p.checkVCE(); err != nil {
		return nil, err
	}
	if _, err := p.arms(s); err != nil {
		return nil, err
	}
	_, next := p.advance(s, so)
	return next, nil
}

// advance tells the answers so far apart, and what is asked next: nothing when
// Estimate has all it needs.
func (p procedure) advance(s estimate.Sample, so []moments.Statistic) (got answers, next []moments.Request) {
	take := func(into *moments.Statistic) bool {
		if len(so) == 0 {
			return false
		}
		*into, so = so[0], so[1:]
		return true
	}
	// The first round.
	if len(so) == 0 {
		next = append(next, p.cells(s))
		if p.drawsRows() {
			next = append(next, p.distinct(s))
		}
		return got, next
	}
	take(&got.cells)
	if p.drawsRows() {
		got.distinct = new(moments.Statistic)
		take(got.distinct)
	}
	// The second.
	if p.drawsRows() && got.drawable(p) {
		values := new(moments.Statistic)
		if !take(values) {
			return got, append(next, p.values(s))
		}
		got.values = values
	}
	return got, next
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
