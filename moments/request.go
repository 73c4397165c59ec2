package moments

import "fmt"

// As says how a column of a table is read.
type As int

const (
	// Number reads a number. Text, NaN and Inf are refused with file, row,
	// column and value. Blank, NA, "." and NULL are missing.
	Number As = iota
	// Whole reads a number that the look proved to be whole everywhere (1955.0
	// is whole): its sums are exact.
	Whole
	// Category reads any column as a name: text as it is, trimmed of white
	// space; whole numbers (1, 1.0) as their shortest digits, so that "1", 1 and
	// 1.0 are the same category in every file format; truths as 1 and 0.
	Category
	// Period reads a whole number (2015, 2015.0); anything else is refused like
	// text in a number column.
	Period
	// Cohort reads a first period of treatment: a whole number, where missing,
	// 0, inf and Inf mean never and become missing.
	Cohort
)

// Column is one column that a request reads.
type Column struct {
	Name string
	As   As
	// Bound is the largest absolute value that the look found in a Whole column,
	// or 0 when unknown: engines may choose narrower arithmetic by it. It never
	// changes an answer.
	Bound int64
}

// Field names the value of an expression.
type Field struct {
	Name string
	Of   Expr
}

// AggOp is how values are gathered over the rows of a group.
type AggOp string

// The aggregates. All merge: sums and counts add, Min and Max take the least
// and the greatest.
const (
	Sum   AggOp = "sum"
	Count AggOp = "count" // rows where Of is known; of all rows when Of is nil
	Min   AggOp = "min"   // numbers only
	Max   AggOp = "max"
)

// Agg names an aggregate of an expression over the rows of a group. Min and Max
// of no known value, and Sum of none, are missing.
type Agg struct {
	Name string
	Op   AggOp
	Of   Expr
}

// Step turns rows into rows. It is a Fold, a Derive, a Select or a Keep.
type Step interface{ step() }

// Fold makes one row for each distinct key: the named keys (missing is a key of
// its own) and the aggregates, and nothing else of what came before.
type Fold struct {
	By   []Field
	Make []Agg
}

// Derive adds named values to each row; it may refer only to what came before
// it, not to its own fields.
type Derive []Field

// Select makes each row anew of the named values: nothing else of what came
// before has a name any more.
type Select []Field

// Keep keeps the rows where the condition holds.
type Keep struct{ Cond Cond }

func (Fold) step()   {}
func (Derive) step() {}
func (Select) step() {}
func (Keep) step()   {}

// Request asks an engine for sums over a table.
type Request struct {
	// Label says in the field's words what is collected, for the progress
	// display and for comments in SQL; it does not enter the answer.
	Label string
	// Table is the name of a data source of the plan.
	Table string
	// Columns are all the columns read; expressions may refer to these only.
	Columns []Column
	// Where conditions must all hold for a row to count at all.
	Where []Cond
	// Steps are applied in order.
	Steps []Step
	// By and Make are the final fold: the groups of the statistic and their
	// aggregates. An empty By makes exactly one group, also of no rows.
	By   []Field
	Make []Agg
	// Limit is the largest number of groups that the caller can use; more is an
	// error (ErrTooManyGroups), never a truncation. 0 means DefaultLimit.
	Limit int
	// Only, when positive, asks for the first groups alone, in key order: the
	// examples that a message names.
	Only int
}

// DefaultLimit is the number of groups that a request may yield unless it says
// otherwise.
const DefaultLimit = 100_000

// Names gives the names of fields.
func Names(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Gram gives the sums of the named values and of all their products: n values
// yield n sums, named as the value, and n(n+1)/2 products, named Cross(a, b)
// with a not after b in the given order.
func Gram(values []string) []Agg {
	aggs := make([]Agg, 0, len(values)*(len(values)+3)/2)
	for _, v := range values {
		aggs = append(aggs, Agg{Name: v, Op: Sum, Of: Ref(v)})
	}
	for i, a := range values {
		for _, b := range values[i:] {
			aggs = append(aggs, Agg{Name: Cross(a, b), Op: Sum, Of: Mul{Ref(a), Ref(b)}})
		}
	}
	return aggs
}

// Cross is the name of the sum of products of two values in a Gram.
func Cross(a, b string) string { return a + "*" + b }

// ErrTooManyGroups is the error of an engine that found more groups than the
// request allows.
type ErrTooManyGroups struct {
	Label string
	Limit int
}

func (e *ErrTooManyGroups) Error() string {
	return fmt.Sprintf("moments: %s yields more than %d groups", e.Label, e.Limit)
}
