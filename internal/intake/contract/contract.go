package contract

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Contract is what a dataset promises. Parse and Infer make one; it is not
// changed afterwards by this room.
type Contract struct {
	Name        string // short, of letters, digits, "-", "_" and "."
	Title       string // in Indonesian
	TitleEn     string
	Description string
	Class       registry.Class
	Regions     []string        // BPS codes that it covers, each with all within it; none: any
	Period      registry.Period // that it covers; zero: any
	Purpose     string          // UU PDP 27/2022: what the data are processed for
	LegalBasis  string          // and on what basis
	Retention   registry.Day    // the day after which they are to be erased; empty: not said
	Notes       string
	Match       Match
	Fields      []Field
	Missing     []string // marks of a missing value beside the blank
	PrimaryKey  []string
	UniqueKeys  [][]string
	RegionKeys  []RegionKey
	Kept        map[string]any // properties of the standard that are only kept
}

// Match is how columns of a file and fields may differ (fieldsMatch).
type Match string

// The ways. Columns are found by name or synonym in all but Exact.
const (
	Exact    Match = "exact"    // the same columns in the same order; the standard's default
	Equal    Match = "equal"    // the same columns in any order
	Subset   Match = "subset"   // every field has a column; more columns may be there
	Superset Match = "superset" // every column has a field; fields may be without
	Partial  Match = "partial"  // either may have more; required fields need a column
)

// RegionKey says that a field holds codes of regions (a foreignKey to the
// resource "regions").
type RegionKey struct {
	Field  string
	System string // "code" (BPS) or "kemendagri", what the values become
}

// Spelled is the code of a region as rows hold it: the ministry's codes are kept as
// digits alone. False: the region has none in the system, so no row names it.
func (k RegionKey) Spelled(code string) (string, bool) {
	if k.System == BPS {
		return code, true
	}
	r, ok := registry.FindRegion(code)
	return strings.ReplaceAll(r.Kemendagri, ".", ""), ok && r.Kemendagri != ""
}

// The systems of codes.
const (
	BPS        = "code"
	Kemendagri = "kemendagri"
)

// regionsResource is the one resource that a foreign key may name.
const regionsResource = "regions"

// Type is what the values of a field are, in the words of Table Schema.
type Type string

// The types that are read.
const (
	String    Type = "string"
	Integer   Type = "integer"
	Number    Type = "number"
	Boolean   Type = "boolean"
	Date      Type = "date"
	Year      Type = "year"
	YearMonth Type = "yearmonth"
	Datetime  Type = "datetime"
)

var types = []Type{String, Integer, Number, Boolean, Date, Year, YearMonth, Datetime}

// Sensitivity is how a column is to be treated.
type Sensitivity string

// The sensitivities, the freest first.
const (
	Public   Sensitivity = "public"
	Limited  Sensitivity = "limited"
	Personal Sensitivity = "personal" // says something of one person
	Identity Sensitivity = "identity" // says who the person is
)

var sensitivities = []Sensitivity{Public, Limited, Personal, Identity}

// Treatment is what happens to a column before anything is stored.
type Treatment string

// The treatments.
const (
	Keep  Treatment = "keep"
	Hash  Treatment = "hash"  // a pseudonym in its place
	Month Treatment = "month" // of a day only month and year
	Drop  Treatment = "drop"  // checked and not stored
)

var treatments = []Treatment{Keep, Hash, Month, Drop}

// Role is what a column is in the dataset.
type Role string

// The roles; a field has one or none, and each stands at one field at most.
const (
	PeriodRole    Role = "period"    // the time that a row is of
	ProgrammeRole Role = "programme" // the programme
	SexRole       Role = "sex"       // of the person, to compare with the NIK
	RelationRole  Role = "relation"  // to the head of the household, to find a second head
)

var roles = []Role{PeriodRole, ProgrammeRole, SexRole, RelationRole}

// Field is one column.
type Field struct {
	Name        string
	Title       string // in Indonesian
	TitleEn     string
	Description string
	Type        Type
	Format      string // "" for the type's default
	Decimal     string // mark before decimals of numbers in text; "" for "."
	Group       string // mark of thousands of numbers in text; "" for none
	NotBare     bool   // numbers in text may stand among other signs, such as "Rp 5"
	True, False []string
	Missing     []string  // in place of the contract's
	Categories  []Literal // the only values, each with words in Labels
	Labels      []string  // as Categories; "" for none
	Constraints Constraints
	Unit        string
	Sensitivity Sensitivity
	Identity    identity.Kind // "" for a column that tells nobody's identity
	NotIdentity bool          // said in so many words ("dampak:identity": "none")
	Treatment   Treatment
	Reason      string // for what needs one: a birth date kept, a header that looks like identity and is none
	Synonyms    []string
	Role        Role
	Blank       float64 // share of rows without a value that is usual, 0 to 1
	Jump        Change  // the most between two periods of a unit; zero: the usual
	Adds        Adding  // how rows make their total; "": by what the field is
	Indicator   string  // official indicator (registry) whose figures these are, NoIndicator for none; "": by its header
	Kept        map[string]any
}

// Change is how much a value may change from one period to the next.
type Change struct {
	Most  float64 // in the unit of the field, or in percent of the value before
	Share bool    // in percent
	Any   bool    // nothing is looked at
}

// Adding is how the values of rows make that of their total.
type Adding string

// The ways.
const (
	AddsSum  Adding = "sum"
	AddsMean Adding = "mean" // weighted by population
	AddsNone Adding = "none"
)

// NoIndicator says that a field has none of the official figures, though its
// header may sound so.
const NoIndicator = "none"

// Constraints are what values must keep to; zero fields are none.
type Constraints struct {
	Required, Unique           bool
	MinLength, MaxLength       int // in characters; 0 none
	Pattern                    string
	Minimum, Maximum           *Literal
	AboveMinimum, BelowMaximum *Literal // exclusive
	Enum                       []Literal
}

// Literal is a value as it stands in a contract.
type Literal struct {
	Text   string
	Number bool // of JSON: without quotes
}

// Field gives a field by its name.
func (c *Contract) Field(name string) (*Field, bool) {
	i := c.index(name)
	if i < 0 {
		return nil, false
	}
	return &c.Fields[i], true
}

func (c *Contract) index(name string) int {
	return slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == name })
}

// region gives the system of codes of a field; "" where it holds none.
func (c *Contract) region(field string) string {
	for _, k := range c.RegionKeys {
		if k.Field == field {
			return k.System
		}
	}
	return ""
}

// role gives the index of the field with a role, -1 without.
func (c *Contract) role(r Role) int {
	return slices.IndexFunc(c.Fields, func(f Field) bool { return f.Role == r })
}

// Allowed are the values that a field may have: its enum, else its categories;
// nil for any.
func (f *Field) Allowed() []Literal {
	if len(f.Constraints.Enum) > 0 {
		return f.Constraints.Enum
	}
	return f.Categories
}

// Stored tells whether the column is kept in some form.
func (f *Field) Stored() bool { return f.Treatment != Drop }

// Incomplete lists what a person must still say before the dataset can be
// accepted: of data on persons the purpose, the legal basis and the day of
// erasure (UU PDP 27/2022); of all, titles, the owner's regions and the class.
func (c *Contract) Incomplete() problem.List {
	var list problem.List
	need := func(ok bool, property string) {
		if !ok {
			list = append(list, problem.New("contract-incomplete", "property", property))
		}
	}
	need(c.Title != "", "title")
	need(c.TitleEn != "", "dampak:titleEn")
	need(len(c.Regions) > 0, "dampak:regions")
	if c.Class != registry.PublicData {
		need(c.Purpose != "", "dampak:purpose")
		need(c.LegalBasis != "", "dampak:legalBasis")
	}
	if c.Class == registry.PersonalData {
		need(c.Retention != "", "dampak:retention")
	}
	for _, f := range c.Fields {
		if f.Stored() && (f.Title == "" || f.TitleEn == "") {
			list = append(list, problem.New("contract-incomplete-field", "column", f.Name))
		}
	}
	return list
}

// Register gives what the register of datasets keeps of the contract: the class,
// the stored columns with their words and the regions.
func (c *Contract) Register() (registry.Class, []registry.Column, []string) {
	var columns []registry.Column
	for _, f := range c.Fields {
		if f.Stored() {
			columns = append(columns, registry.Column{Name: f.Name, Words: registry.Words{ID: f.Title, EN: f.TitleEn}})
		}
	}
	return c.Class, columns, slices.Clone(c.Regions)
}
