package plan

// Version is the version of plans that this program reads, the number after
// `dampak:`.
const Version = 1

// Plan is a plan as it was written, with the defaults that hold for every
// design. It is a value: nothing changes it after Read.
type Plan struct {
	Version    int
	ID         string   // letters and digits, joined by - _ or .
	Title      Words    // the ID where the plan gives none
	Question   Words    // may be empty
	Notes      []Words  // what every reader of the report must know; may be empty
	Data       []Source // in the order of the file; at least one
	Table      string   // the source that the design reads: its `table`, else the first
	Where      []Condition
	Outcomes   []Outcome // at least one, columns distinct
	Inference  Inference
	Disclosure Disclosure
	Design     Node // the mapping under `design`: one name with its keys
}

// Words is a text in both languages; a plain string in the plan stands for
// both.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

// Source is a data source by the name that the plan gives it.
type Source struct{ Name, Path string }

// Outcome is one column whose change is estimated.
type Outcome struct {
	Column string
	Unit   string // of measurement, as printed; "" = not said
	Better string // Higher, Lower, or "" = not said
	Label  Words  // empty = the column's name
	// Matters is the smallest effect that would matter, in the outcome's unit,
	// above 0; nil = not said.
	Matters *float64
	// Family names the outcomes whose p-values are adjusted together; "" = those
	// without a name.
	Family string
	At     Node // where the column is named
}

// Directions of Outcome.Better.
const (
	Higher = "higher"
	Lower  = "lower"
)

// Inference is what the plan says of intervals, tests and chance.
type Inference struct {
	Level  float64 // in (0, 1)
	Seed   uint64
	Draws  int    // 1 to MaxDraws
	VCE    string // Default = the design's own
	Adjust string // of p-values for many outcomes: NoAdjustment, Holm, BenjaminiHochberg or RomanoWolf
	// VCEAt and AdjustAt are where they are written; zero when they are not.
	VCEAt, AdjustAt Node
}

// Values of Inference.Adjust.
const (
	NoAdjustment      = "none"
	Holm              = "holm"
	BenjaminiHochberg = "bh"
	RomanoWolf        = "romano-wolf"
)

// Default is the word for "as the design does by itself".
const Default = "default"

// MaxDraws is the largest number of draws that a plan may ask for.
const MaxDraws = 1_000_000

// Disclosure is what the plan says of small cells.
type Disclosure struct {
	// MinCell is how many rows or units stand behind a number at least; 0: nothing is
	// withheld of a file, and a registered dataset asks for what it asks.
	MinCell int
}
