package grid

import (
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Merge is a range of merged cells, rows from 1 and columns from 0, both ends
// within.
type Merge struct {
	FirstRow, LastRow       int64
	FirstColumn, LastColumn int
}

// Options say what the form of file knows and what a person decided.
type Options struct {
	Decimals  map[string]byte // by column name: the mark before decimals, ',' or '.'; wins over the evidence
	Ragged    bool            // a row that ends early or late is a sign of damage, as in a separated text
	Records   bool            // the first row names the columns and every other is data: no titles, notes, headings or totals
	Since1904 bool            // serial days count from 1904
	Merges    []Merge
}

// Note is a row that holds no data.
type Note struct {
	Row  int64
	Text string // its cells on one line, at most 500 bytes
}

// Layout is where the parts of the table stand.
type Layout struct {
	Above                 []Note // titles and notes over the header
	HeaderFirst, HeaderAt int64  // first and last row of the header
	Below                 []Note // notes and sources under the rows, at most 100
	Last                  int64  // last row that is read
	Columns               []Place
}

// Place is where a column of the table stands and what its header says.
type Place struct {
	Column  int // in the file, from 0; Letter gives its name
	Levels  []string
	Unit    string // what the last brackets of the header say, such as "ribu"
	Decimal string // "," or "." as its numbers are written; "" for none
	ID      bool   // it holds identity numbers
}

// How much of a file the layout is decided from.
const (
	sampleRows  = 200
	sampleCells = 200_000
	maxLevels   = 5 // of a header
	maxNotes    = 100
	maxNote     = 500
)

// taken is a copy of a row.
type taken struct {
	number int64
	width  int
	cells  []Cell
}

func copyRow(r *Row) taken {
	t := taken{number: r.Number, width: r.Width, cells: make([]Cell, 0, len(r.Cells))}
	for _, c := range r.Cells {
		if s := trim(c.Text); len(s) > 0 {
			c.Text = append([]byte(nil), s...)
			t.cells = append(t.cells, c)
		}
	}
	return t
}

// note is a row on one line.
func (t *taken) note() Note {
	var parts []string
	size := 0
	for _, c := range t.cells {
		s, _ := plain(line(string(c.Text[:min(len(c.Text), maxNote)])))
		if size += len(s); size > maxNote {
			break
		}
		parts = append(parts, s)
	}
	return Note{Row: t.number, Text: strings.ToValidUTF8(problem.Mask(strings.Join(parts, " ")), "")}
}

// numeric tells that a cell is a number or day, as data are and titles are not;
// a bare year can be both, and so can a date of a spreadsheet (months side by
// side).
func numeric(c *Cell) (number, year bool) {
	switch c.Form {
	case Words:
		f := look(c.Text)
		if f.shape == noNumber {
			return lookDay(c.Text).order != noDay, false
		}
		n, ok := f.whole(0)
		if f.preliminary > 0 && (f.shape != bare || !ok || n < 1900 || n > 2100) {
			return true, false
		}
		return true, f.shape == bare && ok && !f.negative && n >= 1900 && n <= 2100
	case Number:
		f := look(c.Text)
		n, ok := f.whole('.')
		return true, ok && n >= 1900 && n <= 2100
	case Fault:
		return false, false
	case Serial:
		return true, true
	default:
		return true, false
	}
}

// header is the rows of the header in a sample, both ends within.
type header struct{ first, last int }

// findHeader finds the header in the first rows. Refusals: no row with cells,
// no header above the data.
func findHeader(sample []taken, merges []Merge) (header, error) {
	most := 0
	for i := range sample {
		most = max(most, len(sample[i].cells))
	}
	if most == 0 {
		return header{}, problem.New("grid-empty")
	}
	need := max(min(2, most), (most+1)/2)
	at := 0
	for len(sample[at].cells) < need {
		at++
	}
	h := header{at, at}
	for h.first > 0 && h.last-h.first < maxLevels-1 && above(&sample[h.first-1], &sample[h.first], merges) {
		h.first--
	}
	for h.last+1 < len(sample) && h.last-h.first < maxLevels-1 && below(sample, h, merges) {
		h.last++
	}
	for _, c := range sample[at].cells {
		if number, year := numeric(&c); number && !year {
			return header{}, problem.New("grid-no-header", "row", sample[at].number, "column", Letter(c.Column), "found", masked(c.Text))
		}
	}
	return h, nil
}

// above tells that a row is an upper level of the header under it, not a title:
// it has several cells, or one that does not stand at the left or spans columns.
func above(t, next *taken, merges []Merge) bool {
	if len(t.cells) == 0 || next.number != t.number+1 {
		return false
	}
	for _, c := range t.cells {
		if number, year := numeric(&c); number && !year {
			return false
		}
	}
	first := t.cells[0]
	if strings.HasSuffix(string(first.Text), ":") { // a note such as "Tahun: 2024"
		return false
	}
	if len(t.cells) > 1 {
		return true
	}
	for _, m := range merges {
		if m.FirstRow == t.number && m.FirstColumn == first.Column && m.FirstColumn <= next.cells[0].Column {
			return false // a title merged over the table
		}
	}
	return first.Column > next.cells[0].Column
}

// below tells that the row after the header continues it: under a merged title,
// or names, units or years where the rows further down have numbers.
func below(sample []taken, h header, merges []Merge) bool {
	t := &sample[h.last+1]
	if len(t.cells) == 0 || t.number != sample[h.last].number+1 {
		return false
	}
	if ordinals(t) {
		return true
	}
	for _, m := range merges { // a cell of the header that reaches down to this row
		if m.FirstRow >= sample[h.first].number && m.FirstRow <= sample[h.last].number && m.LastRow >= t.number {
			return true
		}
	}
	counts := map[int]int{} // by column: rows further down with a number, less those with words
	rows := 0
	for i := h.last + 2; i < len(sample) && rows < 50; i++ {
		rows++
		for _, c := range sample[i].cells {
			if number, _ := numeric(&c); number {
				counts[c.Column]++
			} else if c.Form == Words && !missing(c.Text) {
				counts[c.Column]--
			}
		}
	}
	titles := false
	words := map[string]bool{} // over numbers
	for _, c := range t.cells {
		number, year := numeric(&c)
		switch {
		case number && !year, c.Form != Words && !year, missing(c.Text):
			return false
		case year && len(sample[h.last].cells) > 0 && t.cells[0].Column > sample[h.last].cells[0].Column:
			titles = true // years under a title that spans them
		case year:
			return false
		case counts[c.Column] > 0:
			titles, words[string(c.Text)] = true, true
		}
	}
	// Words over numbers: a second level or units. It mostly has a hole where the
	// rows have their names; without one it names the columns once more, as in
	// English, where a row of the data would say the same of each ("tidak ada").
	return titles && (t.cells[0].Column > sample[h.last].cells[0].Column || len(words) > 1)
}

// ordinals tells a row that only numbers the columns: (1) (2) (3).
func ordinals(t *taken) bool {
	if len(t.cells) < 2 {
		return false
	}
	brackets := false
	for i, c := range t.cells {
		s := string(c.Text)
		inside := strings.Trim(s, "()[]")
		brackets = brackets || inside != s
		n := 0
		for _, d := range inside {
			if d < '0' || d > '9' || n > 999 {
				return false
			}
			n = n*10 + int(d-'0')
		}
		if n == 0 || n != i+1 && n != c.Column+1 {
			return false
		}
	}
	return brackets || len(t.cells) > 3
}

// titles gives the levels of each column's header, the repeated ones once; a
// title that spans columns is that of each.
func titles(rows []taken, merges []Merge, since1904 bool) map[int][]string {
	width := 0
	for i := range rows {
		for _, c := range rows[i].cells {
			width = max(width, c.Column+1)
		}
	}
	grid := make([][]string, len(rows))
	for i := range rows {
		grid[i] = make([]string, width)
		for _, c := range rows[i].cells {
			s, _ := plain(string(c.Text))
			if c.Form == Serial {
				if day, _, ok := serial(c.Text, since1904); ok {
					s = spellDay(day)
				}
			}
			grid[i][c.Column] = line(s)
		}
	}
	spread(grid, rows, merges)
	all := map[int][]string{}
	for c := range width {
		var levels []string
		for i := range grid {
			if s := grid[i][c]; s != "" && (len(levels) == 0 || levels[len(levels)-1] != s) {
				levels = append(levels, s)
			}
		}
		if len(levels) > 0 {
			all[c] = levels
		}
	}
	return all
}

// spread copies titles over the columns that they span: those of their merged
// range; without one, the empty ones to the right that have a title below.
func spread(grid [][]string, rows []taken, merges []Merge) {
	merged := false
	for _, m := range merges {
		if m.FirstColumn == m.LastColumn || m.FirstRow < rows[0].number || m.FirstRow > rows[len(rows)-1].number {
			continue
		}
		for i := range rows {
			if rows[i].number != m.FirstRow || m.FirstColumn >= len(grid[i]) {
				continue
			}
			merged = true
			for c := m.FirstColumn + 1; c <= m.LastColumn && c < len(grid[i]); c++ {
				grid[i][c] = grid[i][m.FirstColumn]
			}
		}
	}
	if merged {
		return
	}
	for i := 0; i+1 < len(grid); i++ {
		for c := 1; c < len(grid[i]); c++ {
			under, own := false, true
			for j := i + 1; j < len(grid); j++ {
				under = under || grid[j][c] != ""
			}
			for j := range i { // an upper title begins here: the one at the left ends
				if grid[j][c] != "" && grid[j][c] != grid[j][c-1] {
					own = false
				}
			}
			left := false
			for j := i + 1; j < len(grid); j++ {
				left = left || grid[j][c-1] != ""
			}
			if grid[i][c] == "" && under && own && left {
				grid[i][c] = grid[i][c-1]
			}
		}
	}
}

// footerWords begin the notes under a table.
var footerWords = []string{"keterangan", "catatan", "sumber", "source", "note", "ket", "remark"}

// footer tells that a text begins the notes under a table.
func footer(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if s[0] == '*' {
		return true
	}
	text := strings.ToLower(short(s))
	for _, w := range footerWords {
		rest, ok := strings.CutPrefix(text, w)
		if !ok {
			continue
		}
		rest = strings.TrimSpace(strings.TrimPrefix(rest, "s"))
		// Villages are called Sumber and Sumber Agung: that word needs its colon.
		if rest == "" && w != "sumber" || rest != "" && strings.IndexByte(":./", rest[0]) >= 0 {
			return true
		}
	}
	return false
}
