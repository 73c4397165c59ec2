// Package engine is the interface between a run and what reads rows: an engine
// opens the data sources of a plan and answers moments.Requests. Adapters live
// below: memory (naive, the referee), duckdb (what studies run on), and replay, which
// keeps what either answered and answers again from it. No SQL of a study exists
// outside them.
//
// A Source may come with a View: columns and rows that are all there is of it. A
// Counter also says who stands behind cells, for package disclosure.
package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/dampak/dampak/moments"
)

// Source is one data source: a name of the plan and the file that holds it.
type Source struct {
	Name string
	Path string // CSV, Parquet, JSON or XLSX
	// Called is how messages call it; empty: by its path.
	Called string
	// View is what of it may be read; nil: all.
	View *View
}

// Title is how messages call the source.
func (s Source) Title() string {
	if s.Called != "" {
		return s.Called
	}
	return s.Path
}

// View is the part of a source that a session sees. The rest does not exist for
// it: no request reads it, no message shows it, and no count has it.
type View struct {
	Columns []string // names; nil: all, empty: none
	Rows    []Within // all of them must hold
}

// Within keeps the rows whose cell, as text, is as it says; a missing cell never is.
// The column need not be in the view. Either the cell begins with one of the prefixes,
// or (From and Until are given) it lies in the periods from one to the other, both with
// them: "2019-03" lies in the year 2019, and the year 2019 in no month of it.
type Within struct {
	Column      string
	Prefixes    []string
	From, Until string `json:",omitempty"` // as 2019, 2019-03 or 2019-03-17; both or neither
}

// Has tells whether a cell that is not missing, as text, is kept.
func (w Within) Has(cell string) bool {
	if w.From == "" && w.Until == "" {
		return slices.ContainsFunc(w.Prefixes, func(p string) bool { return strings.HasPrefix(cell, p) })
	}
	return len(cell) >= len(w.From) && len(cell) >= len(w.Until) && cell[:len(w.From)] >= w.From && cell[:len(w.Until)] <= w.Until
}

// Sees tells whether a column is in the view.
func (v *View) Sees(column string) bool {
	return v == nil || v.Columns == nil || slices.Contains(v.Columns, column)
}

// Column describes a column of an opened table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // the engine's own word, for messages
	// Integer says that the column holds whole numbers or missing values only, as
	// the file's own types or the engine's reading of it prove: it may be read As
	// Period, which groups faster than As Category. False when unknown.
	Integer bool `json:"integer"`
}

// Engine opens data. Errors that a person can mend are *problem.Problem or
// problem.List.
type Engine interface {
	// Name is the engine with its version, as "duckdb v1.5.6".
	Name() string
	// Open makes the sources readable. Nothing else of the machine can be read
	// through the session. The caller closes it.
	Open(ctx context.Context, sources []Source, opts Options) (Session, error)
}

// Options limit a session. Zero values mean the engine's own choice.
type Options struct {
	// Threads to compute with; 0 = the engine's choice (DuckDB: one for small
	// files, whose answers are then the same bytes each time, else all cores).
	Threads int
	Memory  int64  // bytes
	TempDir string // parent of the session's own folder; "" = the system's
	// Progress is told what is being done and how far it is (0 to 1, or negative
	// when unknown). It may be nil and is called from one goroutine at a time.
	Progress func(doing string, share float64)
}

// Session is a set of opened tables.
type Session interface {
	// Columns lists a table's columns in file order.
	Columns(table string) ([]Column, error)
	// Rows counts a table's rows.
	Rows(ctx context.Context, table string) (int64, error)
	// Words tells whether a column holds words and no numbers: in all rows of the
	// table at least one cell is known and none is written like a number. That is
	// any mixture of digits, points, commas and blanks, with a sign before or a
	// power of ten or percent sign behind ("7", "1.234,50", "12%"), and the words
	// NaN and Inf: a column of numbers in another spelling, or with a stray word,
	// is never one of words. "true" and "false" are words where the file has no
	// type for them. A column that the table lacks is an error.
	Words(ctx context.Context, table, column string) (bool, error)
	// Collect answers a request. The groups are in key order. Values that cannot
	// be read as the request says (text in a number column) are a
	// *problem.Problem that names file, row, column and value; nothing is
	// dropped silently.
	Collect(ctx context.Context, r moments.Request) (moments.Statistic, error)
	// Close removes all temporary files.
	Close() error
}

// Counter is a Session that can count the units behind sums: what a check for
// differencing needs.
type Counter interface {
	Session
	// Count answers a census. Atoms and profiles are in the order of Tally.Sort.
	// Values that cannot be read are problems as with Collect.
	Count(ctx context.Context, c moments.Census) (moments.Tally, error)
}
