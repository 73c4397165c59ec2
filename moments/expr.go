package moments

// Expr is a value of one row: of the table, or of what the step before made.
// The kind of an expression (whole or real) follows from its parts, see KindOf.
// A missing part makes the whole missing, as in SQL; sums pass over missing.
type Expr interface{ expr() }

// Ref is the value of a column or of a name that the step before made.
type Ref string

// Int is a whole constant.
type Int int64

// Real is a real constant.
type Real float64

// Add is the sum of its terms (at least one).
type Add []Expr

// Mul is the product of its factors (at least one). Products of whole values
// are exact.
type Mul []Expr

// Sub is A - B.
type Sub struct{ A, B Expr }

// Div is A / B, always real; division by zero is missing.
type Div struct{ A, B Expr }

// Exp is e to the power Of, always real; missing where that is too large for a
// float64 (Of above 709).
type Exp struct{ Of Expr }

// Case is Then where When holds, else Else; a nil Else is missing.
type Case struct {
	When Cond
	Then Expr
	Else Expr
}

// First is the first of its expressions that is not missing (SQL's COALESCE).
type First []Expr

func (Ref) expr()   {}
func (Int) expr()   {}
func (Real) expr()  {}
func (Add) expr()   {}
func (Mul) expr()   {}
func (Sub) expr()   {}
func (Div) expr()   {}
func (Exp) expr()   {}
func (Case) expr()  {}
func (First) expr() {}

// Cond is a condition on one row. A comparison with a missing value does not
// hold, and neither does its negation by another operator; Not is true exactly
// where its part is not (two-valued logic, also in SQL engines).
type Cond interface{ cond() }

// Op compares two values.
type Op string

// The operators of Compare.
const (
	Equal        Op = "="
	NotEqual     Op = "<>"
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
)

// Compare holds where A Op B; never where either is missing.
type Compare struct {
	A  Expr
	Op Op
	B  Expr
}

// Is holds where the value of Of, a category or a number, is one of Values;
// never where it is missing.
type Is struct {
	Of     Expr
	Values []Value
}

// Known holds where Of is not missing.
type Known struct{ Of Expr }

// Fraction holds where the real Of is known and not a whole number.
type Fraction struct{ Of Expr }

// Not holds where its part does not.
type Not struct{ Cond Cond }

// All holds where each part does; an empty All holds everywhere.
type All []Cond

// Any holds where at least one part does; an empty Any nowhere.
type Any []Cond

func (Compare) cond()  {}
func (Is) cond()       {}
func (Known) cond()    {}
func (Fraction) cond() {}
func (Not) cond()      {}
func (All) cond()      {}
func (Any) cond()      {}
