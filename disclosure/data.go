package disclosure

import (
	"slices"

	"github.com/dampak/dampak/moments"
)

// Data is one version of a dataset as the rules see it: which columns are
// registered, and how.
type Data struct {
	Dataset string // id; all its versions are of one lineage
	Version string // that tells it from the others, such as the hash of its content
	Table   string // its name in the engine's session
	// Unit is the column of pseudonyms that says whose row it is: the person or
	// household, never the region. "" makes each row a person; then no version can
	// be compared with another.
	Unit string
	// Record are registered columns that tell, with Unit, a row from the others of
	// the version: the period of a panel. None: one row a unit.
	Record  []string
	Columns []Column // the registered categorical columns
	// Measures are columns of numbers whose sums may leave, and by which a model
	// may adjust.
	Measures []string
	// MinCell is the least number of units behind a number; 0 for published figures,
	// of which everything leaves.
	MinCell int
}

// Column is a registered categorical column.
type Column struct {
	Name string
	// Cuts make a column of numbers categorical: ascending points, of which each
	// begins a bin; bin 0 lies below the first. None: a column of names.
	Cuts []float64
	// Public says that anyone may know the column of anyone: the region, the
	// period. The rules for empty and full cells are not about those.
	Public bool
}

func (d Data) column(name string) (Column, bool) {
	i := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return d.Columns[i], true
}

// isMeasure tells whether sums of a column may leave.
func (d Data) isMeasure(name string) bool { return slices.Contains(d.Measures, name) }

// read is how a column is read in a count.
func (d Data) read(name string) moments.Column {
	if c, ok := d.column(name); (ok && len(c.Cuts) > 0) || (!ok && d.isMeasure(name)) {
		return moments.Column{Name: name, As: moments.Number}
	}
	return moments.Column{Name: name, As: moments.Category}
}

// level is the value of a registered column as a key: a name, or the number of a bin.
func (c Column) level() moments.Expr {
	of := moments.Ref(c.Name)
	if len(c.Cuts) == 0 {
		return of
	}
	var bin moments.Expr = moments.Int(int64(len(c.Cuts)))
	for i, cut := range slices.Backward(c.Cuts) {
		bin = moments.Case{When: moments.Compare{A: of, Op: moments.Less, B: moments.Real(cut)}, Then: moments.Int(int64(i)), Else: bin}
	}
	return moments.Case{When: moments.Known{Of: of}, Then: bin}
}

// Cell is a cell of a table: one value for each of its columns, in their order. A
// missing value is Blank.
type Cell []string

// Blank stands for a missing value in a cell; no text is so.
const Blank = "\x00"

// Table is cells of one shape: the rows that meet a filter, by columns.
type Table struct {
	Where Filter   `json:"where"`
	By    []string `json:"by"`
	// Cells are those that leave. Of an output that is asked for it is nil: all that
	// the data have.
	Cells []Cell `json:"cells"`
}

// Output is what somebody asks to see, or has seen: numbers over cells. It keeps
// filters and the version of the data, never people.
type Output struct {
	ID      string `json:"id"`
	Title   string `json:"title"` // as a refusal names it
	Dataset string `json:"dataset"`
	Version string `json:"version"`
	// Tables have the finest first; those with the same filter and fewer columns are
	// its sub-totals.
	Tables []Table `json:"tables"`
	// Measures are the columns whose sums over the cells (or means, variances and
	// what else follows from sums of powers up to two) leave beside the counts.
	Measures []string `json:"measures"`
	// Model says that the numbers are coefficients of a model: no cell of it can be
	// withheld by itself.
	Model bool `json:"model"`
	// Parameters is the number of coefficients of a model.
	Parameters int `json:"parameters"`
	// Covariates are columns of numbers by which a model adjusts: its coefficients
	// say something of sums of products with them.
	Covariates []string `json:"covariates"`
	// Percentiles and Extremes are columns of which a percentile, or the minimum or
	// maximum, is asked for. Nothing with one ever leaves.
	Percentiles []string `json:"percentiles,omitempty"`
	Extremes    []string `json:"extremes,omitempty"`
	// Rounded says that counts leave rounded.
	Rounded bool `json:"rounded"`
}
