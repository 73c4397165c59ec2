package source

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// File is the bytes of an input at rest; *bytes.Reader and *io.SectionReader
// are files. Readers of one input may not run side by side with its writer.
type File interface {
	io.ReaderAt
	Size() int64
}

// Kind is what the values of a column are.
type Kind uint8

// The kinds.
const (
	Text   Kind = iota
	Whole       // int64
	Real        // float64
	Day         // days since 1970-01-01
	Moment      // microseconds since 1970-01-01 00:00 on the clock of who wrote the file; files know no zone
	Truth       // 0 or 1
)

// Span is the time that a Day stands for.
type Span uint8

// The spans; a Day of a longer span is its first day.
const (
	OneDay Span = iota
	Week
	Month
	Quarter
	HalfYear
)

// Column is one column as the file declares it.
type Column struct {
	Name     string
	Label    string // "" when the file gives none
	Kind     Kind
	Span     Span    // of a Day
	Decimals int     // digits after the point of a Real as the file shows it; -1 when it does not say
	Format   string  // the file's own word for how a value is stored or shown, such as N(10,2), %tm or F8.2
	Labels   []Label // of its values, in the file's order
	Missing  []string
	// Missing is what the file declares as missing, in the form of its own
	// language, such as "99" or "97 THRU 99"; the reader has applied it.
}

// Label is the words of one value.
type Label struct {
	Value string // as Spell writes the value, or a mark such as ".a"
	Text  string
}

// Table is what a file says of itself before its rows.
type Table struct {
	Columns  []Column
	Rows     int64  // as the file declares, deleted ones too; -1 when it does not say. Not to be trusted
	Label    string // of the whole file
	Weight   string // name of the column that weights the rows; "" for none
	Encoding string // of its texts, such as "UTF-8" or "Windows 1252"; "" when the file does not say
}

// Reader yields the rows of one file. It is for one goroutine.
type Reader interface {
	Table() *Table
	// Next replaces what a batch holds by the next rows, in the file's order. At
	// the end it gives io.EOF with no rows; an error of ctx when that is over; a
	// problem when the rest of the file cannot be read. After an error the
	// batch holds no rows.
	Next(ctx context.Context, b *Batch) error
	// Cautions lists what the reader passed over and a person should know, such
	// as deleted rows; complete after io.EOF.
	Cautions() problem.List
}

// Plain is the mark of a cell that is missing without more being said: a blank,
// a system-missing number, an empty text.
const Plain = "."

// Batch is some rows, by column. It belongs to the caller, who may keep one for
// all calls of Next: its slices are then used again.
type Batch struct {
	Row    []int64 // number of each row in the file, from 1, deleted rows counted
	Cells  []Cells // as Table.Columns
	Bad    []Bad
	Marks  []Mark
	text   int
	rowsAt int
}

// Cells is one column of a batch. Of the value slices, the one of the column's
// kind is as long as Batch.Row and the others are empty. A missing cell holds
// the zero value.
type Cells struct {
	Text    []string
	Whole   []int64 // of Whole, Day, Moment and Truth
	Real    []float64
	Missing []string // the mark of a missing cell, "" where there is a value
}

// Bad is a cell that could not be read as what its column is.
type Bad struct {
	Row     int64
	Column  int // index into Table.Columns
	Problem *problem.Problem
}

// Said is what a Mark says.
type Said uint8

// What a file can say beside its values.
const (
	Total           Said = iota // the row sums up others of the table, such as the province among its regions
	Section                     // the row is a heading between rows, such as "Kota", and holds no values
	Preliminary                 // the number is preliminary (*)
	VeryPreliminary             // the number is very preliminary (**)
)

// Mark is what a file says beside the value of a cell or of a whole row; the
// values are read all the same.
type Mark struct {
	Row    int64
	Column int // index into Table.Columns; -1 for the whole row
	Said   Said
}

// The bounds that keep a batch small whatever the file declares.
const (
	maxRows  = 1024
	maxCells = 1 << 16
	maxTexts = 4 << 20
	// MaxText is the longest text of one cell in bytes; a longer one is a bad cell.
	MaxText = 16 << 20
)

// Start empties a batch for a reader that is about to fill it.
func (b *Batch) Start(columns int) {
	if len(b.Cells) != columns {
		b.Cells = make([]Cells, columns)
	}
	b.Row, b.Bad, b.Marks, b.text = b.Row[:0], b.Bad[:0], b.Marks[:0], 0
	for i := range b.Cells {
		c := &b.Cells[i]
		c.Text, c.Whole, c.Real, c.Missing = c.Text[:0], c.Whole[:0], c.Real[:0], c.Missing[:0]
	}
	b.rowsAt = min(maxRows, max(1, maxCells/max(1, columns)))
}

// Full tells a reader to hand the batch over before the next row.
func (b *Batch) Full() bool { return len(b.Row) >= b.rowsAt || b.text >= maxTexts }

// Fill starts a batch and adds rows until it is full or row, which adds one, says
// io.EOF. Errors: io.EOF where there was no row any more; that of row, and then the
// batch is empty.
func (b *Batch) Fill(columns int, row func() error) error {
	b.Start(columns)
	for !b.Full() {
		err := row()
		if errors.Is(err, io.EOF) && len(problem.Of(err)) == 0 { // a part that ends early is no end of the rows
			break
		}
		if err != nil {
			b.Start(columns)
			return err
		}
	}
	if len(b.Row) == 0 {
		return io.EOF
	}
	return nil
}

// AddRow begins a row; the reader then adds one cell to every column.
func (b *Batch) AddRow(number int64) { b.Row = append(b.Row, number) }

// AddText adds a text; an empty one is missing.
func (b *Batch) AddText(column int, s string) {
	c := &b.Cells[column]
	c.Text = append(c.Text, s)
	b.text += len(s)
	if s == "" {
		c.Missing = append(c.Missing, Plain)
		return
	}
	c.Missing = append(c.Missing, "")
}

// AddWhole adds a value of the kinds Whole, Day, Moment and Truth.
func (b *Batch) AddWhole(column int, v int64) {
	c := &b.Cells[column]
	c.Whole, c.Missing = append(c.Whole, v), append(c.Missing, "")
}

// AddReal adds a number; NaN and infinities are missing.
func (b *Batch) AddReal(column int, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.AddMissing(column, Real, Plain)
		return
	}
	c := &b.Cells[column]
	c.Real, c.Missing = append(c.Real, v), append(c.Missing, "")
}

// AddMissing adds a cell without a value to a column of a kind.
func (b *Batch) AddMissing(column int, k Kind, mark string) {
	c := &b.Cells[column]
	switch k {
	case Text:
		c.Text = append(c.Text, "")
	case Real:
		c.Real = append(c.Real, 0)
	default:
		c.Whole = append(c.Whole, 0)
	}
	c.Missing = append(c.Missing, mark)
}

// AddBad adds a cell that cannot be read, with what is wrong; it is missing.
func (b *Batch) AddBad(column int, k Kind, p *problem.Problem) {
	b.Bad = append(b.Bad, Bad{Row: b.Row[len(b.Row)-1], Column: column, Problem: p})
	b.AddMissing(column, k, Plain)
}

// Mark notes what the file says beside a column of the row begun last; -1 for
// the whole row.
func (b *Batch) Mark(column int, s Said) {
	b.Marks = append(b.Marks, Mark{Row: b.Row[len(b.Row)-1], Column: column, Said: s})
}

// Spell writes the value at index i of cells of a kind, the same way in labels,
// previews and exports: numbers with the fewest digits that give them back,
// days as 2006-01-02, moments as 2006-01-02 15:04:05 with decimals where
// needed, truths as 1 and 0; a missing cell as its mark.
func (c *Cells) Spell(k Kind, i int) string {
	if c.Missing[i] != "" {
		return c.Missing[i]
	}
	switch k {
	case Text:
		return c.Text[i]
	case Real:
		return SpellReal(c.Real[i])
	case Day:
		return time.Unix(c.Whole[i]*86400, 0).UTC().Format(time.DateOnly)
	case Moment:
		return time.UnixMicro(c.Whole[i]).UTC().Format("2006-01-02 15:04:05.999999")
	default:
		return strconv.FormatInt(c.Whole[i], 10)
	}
}

// SpellReal writes a number with the fewest digits that give it back, without
// exponent.
func SpellReal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// The days that a calendar of four digits can write; a date outside is damage.
const (
	FirstDay = -719162 // 0001-01-01
	LastDay  = 2932896 // 9999-12-31
)

// DayNumber gives the days since 1970-01-01 of a date, and whether there is
// such a date (no 31st of a month of 30 days) from year 1 to 9999.
func DayNumber(year, month, day int) (int64, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || t.Year() != year || int(t.Month()) != month || t.Day() != day {
		return 0, false
	}
	return t.Unix() / 86400, true
}
