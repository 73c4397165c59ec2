package change

import (
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
)

// Side is one version.
type Side struct {
	Path     string             // of its Parquet
	Contract *contract.Contract // under which it came in
	Keys     map[string]identity.Key
}

// Options say where and how much.
type Options struct {
	Dir    string // in which a folder of its own may hold what does not fit into memory; it must be there
	Memory int64  // most bytes of DuckDB; 0: 512 MB
	// Held gives the keys that there are and never makes one: whoever looks leaves no key
	// behind. They bring pseudonyms of older keys to the newest, so that persons of before
	// a new key are matched too; it is asked only where keys differ. Nil, or no key file:
	// columns under different keys stay apart.
	Held func() (*identity.Ring, error)
}

// Change is what differs between two versions.
type Change struct {
	Personal bool     `json:"personal"` // small counts are not told
	Before   int64    `json:"before"`   // rows
	After    int64    `json:"after"`
	Key      []string `json:"key"`   // by which rows are matched; empty: rows are compared as a whole, and none is changed
	Apart    bool     `json:"apart"` // pseudonyms of the key stand under different keys: no row can be matched, and Added, Removed and Changed say nothing
	Added    Count    `json:"added"` // rows
	Removed  Count    `json:"removed"`
	Changed  Count    `json:"changed"`
	New      []string `json:"new"`              // columns that were not there before
	Lost     []string `json:"lost"`             // columns that are not there any more
	Retyped  []string `json:"retyped"`          // columns of another type, or of pseudonyms under another key: not compared
	Columns  []Column `json:"columns"`          // those of both, in the order after
	Untold   bool     `json:"untold,omitempty"` // columns are left out (Without): Changed says nothing, nor do Added and Removed without Key
}

// Count is a number of rows or cells. Of data on persons it is rounded to tens, for
// from exact numbers of rows before, after and added one would know how few were
// removed.
type Count struct {
	N   int64 `json:"n"`             // 0 where Few
	Few bool  `json:"few,omitempty"` // from 1 to 9, of data on persons
}

// Column is a column that both versions have.
type Column struct {
	Name    string   `json:"name"`
	Words   Words    `json:"words"`
	Cells   Count    `json:"cells"` // changed in rows that both have
	Missing Pair     `json:"missing"`
	Numbers *Numbers `json:"numbers,omitempty"`
	Shares  *Shares  `json:"shares,omitempty"`
	Size    Size     `json:"size"`
}

// Words are the titles of a column.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

// Pair is the share of something in each version, 0 to 1.
type Pair struct {
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Size is how far the distribution of a column has moved.
type Size string

// The sizes.
const (
	None     Size = "none"
	Moderate Size = "moderate"
	Large    Size = "large"
	Unknown  Size = "unknown" // nothing to compare: no values, or texts of their own in each row
)

// Numbers compares a column of numbers or days (counted from 1970-01-01).
type Numbers struct {
	Before       Summary `json:"before"`
	After        Summary `json:"after"`
	Standardised float64 `json:"standardised"` // difference of means in standard deviations; 0 where there is no spread
	PSI          float64 `json:"psi"`
}

// Summary is one distribution. Without values all is 0.
type Summary struct {
	N         int64      `json:"n"` // values; of persons rounded to tens
	Mean      float64    `json:"mean"`
	SD        float64    `json:"sd"`
	Quantiles [5]float64 `json:"quantiles"` // at 10, 25, 50, 75, 90 %, linear between values (Hyndman and Fan 1996, type 7)
}

// Shares compares a column of categories.
type Shares struct {
	Values         []Share `json:"values"` // the most frequent first; those of few persons not
	More           int     `json:"more"`   // categories that are not told
	TotalVariation float64 `json:"totalVariation"`
	PSI            float64 `json:"psi"`
}

// Share is one category.
type Share struct {
	Value string `json:"value"`
	Pair
}

const (
	few        = 10 // below so many persons nothing is told
	mostShares = 50 // categories; a column of more has texts of its own
	moderate   = 0.1
	large      = 0.25
)

// count tells a count as it may be told.
func (c *Change) count(n int64) Count {
	if c.Personal && n > 0 && n < few {
		return Count{Few: true}
	}
	return Count{N: c.told(n)}
}

// told rounds a number of persons to tens.
func (c *Change) told(n int64) int64 {
	if c.Personal {
		return (n + few/2) / few * few
	}
	return n
}
