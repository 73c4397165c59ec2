package grid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

func sampled(ctx context.Context, s Scanner) ([]taken, error) {
	var sample []taken
	cells := 0
	for len(sample) < sampleRows && cells < sampleCells {
		row, err := next(ctx, s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(row.Cells) > 0 {
			sample = append(sample, copyRow(row))
			cells += len(row.Cells)
		}
	}
	return sample, nil
}

// pass is the first pass over all rows.
type pass struct {
	*Reader
	width   int          // cells of the header
	pending []taken      // rows of one cell that may be notes below
	short   map[int]seen // rows that end early, by width
	full    int64        // rows that do not
	footer  bool
	headers seen // header rows that stand again among the rows
	last    int64
	classes [labelColumns][sum + 1]int64
	labels  []int // places of the first columns
	beside  seen  // values in columns without title
}

// header makes the columns that have titles.
func (p *pass) header(sample []taken, h header) error {
	rows := sample[h.first : h.last+1]
	for i := range sample[:h.first] {
		if len(p.layout.Above) < maxNotes {
			p.layout.Above = append(p.layout.Above, sample[i].note())
		}
	}
	p.layout.HeaderFirst, p.layout.HeaderAt = rows[0].number, rows[len(rows)-1].number
	if ordinals(&rows[len(rows)-1]) && len(rows) > 1 {
		p.say(problem.New("grid-ordinals", "row", p.layout.HeaderAt))
		rows = rows[:len(rows)-1]
	}
	if n := len(p.layout.Above); n > 0 {
		p.say(problem.New("grid-above", "n", n, "row", p.layout.HeaderFirst, "found", p.layout.Above[0].Text))
	}
	if len(rows) > 1 {
		p.say(problem.New("grid-levels", "n", len(rows), "first", rows[0].number, "last", rows[len(rows)-1].number))
	}
	for i := range rows {
		p.width = max(p.width, rows[i].width)
		for _, c := range rows[i].cells {
			p.repeated[string(c.Text)] = append(p.repeated[string(c.Text)], c.Column)
		}
	}
	for at, levels := range titles(rows, p.options.Merges, p.options.Since1904) {
		if err := p.grow(at); err != nil {
			return err
		}
		p.at[at] = &column{at: at, levels: levels}
		p.width = max(p.width, at+1)
	}
	for at, c := range p.at {
		if c != nil && len(p.labels) < labelColumns {
			p.labels = append(p.labels, at)
		}
	}
	p.last = p.layout.HeaderAt
	return nil
}

func (p *pass) grow(at int) error {
	if at >= MaxColumns {
		return problem.New("grid-columns", "found", at+1, "most", MaxColumns)
	}
	for len(p.at) <= at {
		p.at = append(p.at, nil)
	}
	return nil
}

func (p *pass) run(ctx context.Context, s Scanner) error {
	for {
		row, err := next(ctx, s)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Number <= p.layout.HeaderAt {
			continue
		}
		if err := p.row(row); err != nil {
			return err
		}
	}
}

// row sorts one row into data, notes and what breaks the table.
func (p *pass) row(row *Row) error {
	n := len(row.Cells)
	if n == 0 {
		return nil
	}
	if p.options.Records {
		return p.data(row.Number, row.Width, row.Cells)
	}
	first := &row.Cells[0]
	wide := len(p.at) > 2
	if p.footer {
		if n > 1 && n*2 > p.titled() {
			return problem.New("grid-second-table", "row", row.Number, "notes", p.layout.Below[0].Row)
		}
		p.below(copyRow(row))
		return nil
	}
	switch {
	case n <= 2 && (wide || n == 1) && first.Form == Words && footer(first.Text) && p.rows > 0:
		for i := range p.pending {
			p.below(p.pending[i])
		}
		p.pending, p.footer = nil, true
		p.below(copyRow(row))
		return nil
	case n == 1 && wide:
		p.pending = append(p.pending, copyRow(row))
		if len(p.pending) > maxPending {
			return p.flush()
		}
		return nil
	}
	switch same, moved := p.again(row); {
	case same:
		p.headers.add(row.Number, first.Text)
		return nil
	case moved:
		return problem.New("grid-columns-change", "row", row.Number, "header", p.layout.HeaderAt, "found", short(first.Text))
	}
	if err := p.flush(); err != nil {
		return err
	}
	return p.data(row.Number, row.Width, row.Cells)
}

func (p *pass) titled() int {
	n := 0
	for _, c := range p.at {
		if c != nil {
			n++
		}
	}
	return n
}

// below keeps a note.
func (p *pass) below(t taken) {
	if len(p.layout.Below) < maxNotes {
		p.layout.Below = append(p.layout.Below, t.note())
	}
}

// flush turns rows of one cell into data: others came after them.
func (p *pass) flush() error {
	for i := range p.pending {
		t := &p.pending[i]
		if err := p.data(t.number, 0, t.cells); err != nil {
			return err
		}
	}
	p.pending = p.pending[:0]
	return nil
}

// data adds the evidence of a row.
func (p *pass) data(number int64, width int, cells []Cell) error {
	if p.options.Ragged && width > 0 {
		if last := cells[len(cells)-1].Column; last >= p.width {
			return problem.New("grid-row-long", "row", number, "found", last+1, "expected", p.width)
		}
		if width < p.width {
			if p.short == nil {
				p.short = map[int]seen{}
			}
			s := p.short[width]
			s.add(number, nil)
			p.short[width] = s
		} else {
			p.full++
		}
	}
	for i := range cells {
		c := &cells[i]
		if c.Column >= len(p.at) || p.at[c.Column] == nil {
			if err := p.grow(c.Column); err != nil {
				return err
			}
			p.at[c.Column] = &column{at: c.Column}
			p.beside.add(number, []byte(Letter(c.Column)))
		}
		p.at[c.Column].evidence.add(c, number)
	}
	for i, at := range p.labels {
		for j := range cells {
			if cells[j].Column == at {
				if cells[j].Form == Words {
					p.classes[i][p.class(cells[j].Text)]++
				}
				break
			}
		}
	}
	p.rows, p.last = p.rows+1, number
	return nil
}

// finish settles the columns once all rows were seen.
func (p *pass) finish() error {
	if p.rows > 0 { // rows of one cell with no others after them
		for i := range p.pending {
			p.below(p.pending[i])
		}
		p.pending = nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	if p.rows == 0 {
		return problem.New("grid-no-rows", "row", p.layout.HeaderAt)
	}
	if err := p.early(); err != nil {
		return err
	}
	p.layout.Last = p.last
	if n := len(p.layout.Below); n > 0 {
		p.say(problem.New("grid-below", "n", n, "row", p.layout.Below[0].Row, "found", p.layout.Below[0].Text))
	}
	if p.headers.n > 0 {
		p.say(problem.New("grid-header-again", "n", p.headers.n, "row", p.headers.row))
	}
	if p.beside.n > 0 {
		p.say(problem.New("grid-untitled", "n", p.beside.n, "row", p.beside.row, "column", p.beside.text))
	}
	p.name()
	p.table.Rows = p.rows
	for i, at := range p.labels {
		c, n := p.at[at], p.classes[i]
		if c == nil || c.kind != source.Text {
			continue
		}
		c.labelled = true
		c.total = n[regency] > n[province] && n[regency] > 1
		c.nationSum = n[regency]+n[province] > 0 && n[nation] < n[regency]+n[province]+n[noClass] // not of countries, nor of nationalities
	}
	p.table.Rows = p.rows
	p.rows = 0
	return nil
}

// early refuses rows that end before columns which are filled elsewhere: their
// cells may have moved. Excel leaves out the empty cells at the end of a line.
func (p *pass) early() error {
	widths := make([]int, 0, len(p.short))
	for w := range p.short {
		widths = append(widths, w)
	}
	slices.SortFunc(widths, func(a, b int) int { return int(p.short[a].row - p.short[b].row) })
	total := seen{}
	for _, w := range widths {
		s := p.short[w]
		for _, c := range p.at[min(w, len(p.at)):] {
			if c != nil && c.evidence.filled*2 > p.full && c.evidence.filled > 0 {
				return problem.New("grid-row-short", "row", s.row, "found", w, "expected", p.width)
			}
		}
		if total.row == 0 {
			total.row = s.row
		}
		total.n += s.n
	}
	if total.n > 0 && p.full > 0 {
		p.say(problem.New("grid-rows-early", "n", total.n, "row", total.row))
	}
	return nil
}

// name names the columns and decides what they are.
func (p *pass) name() {
	taken := map[string]bool{}
	var hollow seen
	for at, c := range p.at {
		switch {
		case c == nil || len(c.levels) == 0 && c.evidence.filled == 0 && c.evidence.marks.n+c.evidence.dashes.n+c.evidence.faults.n == 0:
			p.at[at] = nil
			hollow.add(0, []byte(Letter(at)))
		case len(c.levels) > 0:
			p.call(c, strings.Join(c.levels, " - "), taken)
		}
	}
	for at, c := range p.at {
		if c != nil && len(c.levels) == 0 {
			p.call(c, Letter(at), taken)
		}
	}
	for at := len(p.at); at < p.width; at++ {
		hollow.add(0, []byte(Letter(at)))
	}
	if hollow.n > 0 {
		p.say(problem.New("grid-empty-columns", "n", hollow.n, "column", hollow.text))
	}
	p.index = make([]int, len(p.at))
	for at, c := range p.at {
		if c == nil {
			continue
		}
		c.decide(&p.options, p.say)
		p.index[at] = len(p.columns)
		p.columns = append(p.columns, c)
		p.table.Columns = append(p.table.Columns, source.Column{Name: c.name, Kind: c.kind, Decimals: c.decimals, Format: c.format})
		place := Place{Column: at, Levels: c.levels, ID: c.identity}
		place.Unit, _ = unit(c.name)
		if c.format != "" && (c.kind == source.Whole || c.kind == source.Real) {
			place.Decimal = string(c.decimal)
		}
		p.layout.Columns = append(p.layout.Columns, place)
	}
}

// call gives a column its name, which no other one shares: contracts know titles by
// their letters and digits.
func (p *pass) call(c *column, name string, taken map[string]bool) {
	c.name = name
	for n := 2; taken[Key(c.name)]; n++ {
		c.name = fmt.Sprintf("%s (%d)", name, n)
	}
	if k := Key(c.name); k != "" {
		taken[k] = true
	}
	if c.name != name {
		p.say(problem.New("grid-title-twice", "column", name, "letter", Letter(c.at), "made", c.name))
	}
}
