package web

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

// A sheet is a page of the record as plain data: one answer in the first line,
// then blocks. One template draws them all, so there is one table, one form, one
// timeline and one chip. All texts are in the reader's language already.
type sheet struct {
	Crumbs  []action
	Heading string
	Lead    string
	Chip    *chip
	Done    string   // what has just been done
	Notes   []string // what is wrong
	Blocks  []block
	Title   string // of the window; "" = Heading
	Section string // current entry of the navigation; "" = Pengelolaan
	Wide    bool   // its table needs the long side of the paper
	Live    string // where the page asks how far something is, and is drawn anew meanwhile; "" = nothing runs
}

type block struct {
	ID       string
	Title    string
	Note     string
	Lines    []string
	Code     string // to be copied, such as a link or a hash
	Facts    []fact
	Figure   *figure
	Table    *table
	Form     *form
	Steps    []step
	Timeline []entry
	Actions  []action
	Picture  template.URL
	Waiting  []waiting
	Kop      *kop
	Pages    *pager
}

type fact struct {
	Name, Text, Link string
	Chip             *chip
}

// chip is a status: a word with a shape. Kind is ok, wait, no or empty.
type chip struct{ Kind, Text string }

type action struct {
	Text, Link string
	Plain      bool
}

// step is one of a way that something goes. Kind is done, now, gone (it is left
// out) or empty (to come); Word says the same in words.
type step struct{ Kind, Word, Title, Text string }

type waiting struct{ Text, Link, When string }

// entry is an event in words.
type entry struct {
	When, Who, What, Why string
	Object, Link         string
	Seq                  int64
	Hash                 string
	Rows                 []difference // what changed, in words
	Raw                  []difference // and as the log has it
}

type difference struct{ Key, Before, After string }

type table struct {
	Head     []string
	Rows     [][]cell
	Count    string
	Empty    string
	Search   string // what was looked for
	Action   string // address of the list; "" = neither search nor sorting
	Sort     int    // 1-based column, negative = from the end; 0 = as given
	File     string // address of the same rows as CSV
	Workbook string // and as XLSX
	Labels   []string
}

type cell struct {
	Text, Link string
	Chip       *chip
	Note       string // below, smaller
	Order      string // by which it is sorted, of what is not sorted by its words
	Indent     int
	Number     *float64 // that Text writes: it stands to the right, and is a number in a workbook
}

func text(s string) cell { return cell{Text: s} }

// sheet draws a sheet.
func (c *call) sheet(status int, s sheet) {
	var drawn []figure
	for _, b := range s.Blocks {
		if b.Figure != nil {
			drawn = append(drawn, *b.Figure)
		}
	}
	if sendDrawing(c.w, c.r, drawn) {
		return
	}
	typed := slices.ContainsFunc(s.Blocks, func(b block) bool { return b.Form != nil && b.Form.Checked() != nil })
	v := view{Live: s.Live, Typed: typed, Words: s.Heading, Section: cmp.Or(s.Section, "record"), Data: map[string]any{"sheet": s}}
	if s.Title != "" {
		v.Words = s.Title
	}
	c.p.render(c.w, c.r, status, "sheet", v)
}

// listPiece is how many rows of a list stand on one page.
const listPiece = 50

// pager leads through the pages of a list.
type pager struct {
	Text          string // which rows these are, of how many
	Before, After string // addresses; "" = there is none
}

// list searches and sorts a table as the address says, and answers with one page
// of it, or with a file of all rows that were found. Searching and sorting go by
// the words that are shown, so they come before the pages are cut. Other blocks may
// stand below it.
func (c *call) list(s sheet, t table, below ...block) error {
	q := c.r.URL.Query()
	t.Action, t.Search = c.link(c.r.URL.Path), q.Get("cari")
	t.Sort, _ = strconv.Atoi(q.Get("urut"))
	t.Labels = t.Head
	if want := strings.ToLower(strings.TrimSpace(t.Search)); want != "" {
		t.Rows = slices.DeleteFunc(t.Rows, func(row []cell) bool {
			return !slices.ContainsFunc(row, func(x cell) bool { return strings.Contains(strings.ToLower(x.words()), want) })
		})
	}
	if n := max(t.Sort, -t.Sort); n > 0 && n <= len(t.Head) {
		slices.SortStableFunc(t.Rows, func(a, b []cell) int {
			x, y := a[n-1].order(), b[n-1].order()
			d := strings.Compare(x, y)
			if t.Sort < 0 && x != unknown && y != unknown { // what is not known comes last either way
				return -d
			}
			return d
		})
	}
	switch q.Get("bentuk") {
	case "csv":
		return c.file(t)
	case "xlsx":
		return c.workbook(t)
	}
	q.Del("halaman")
	q.Set("bentuk", "csv")
	t.File = t.Action + "?" + q.Encode()
	q.Set("bentuk", "xlsx")
	t.Workbook = t.Action + "?" + q.Encode()
	t.Count = c.t("table.count", "n", len(t.Rows))
	var pages *pager
	t.Rows, pages = c.cut(t.Rows)
	s.Blocks = append(append(s.Blocks, block{Table: &t, Pages: pages}), below...)
	c.sheet(http.StatusOK, s)
	return nil
}

// cut gives the rows of the page that the address names, the nearest one where
// there is no such page; the pager is nil where all rows fit on one.
func (c *call) cut(rows [][]cell) ([][]cell, *pager) {
	if len(rows) <= listPiece {
		return rows, nil
	}
	q := c.r.URL.Query()
	last := int64((len(rows)-1)/listPiece + 1)
	at := min(max(number(q.Get("halaman")), 1), last)
	to := func(n int64) string {
		q.Set("halaman", strconv.FormatInt(n, 10))
		return c.link(c.r.URL.Path) + "?" + q.Encode()
	}
	from := int(at-1) * listPiece
	until := min(from+listPiece, len(rows))
	p := &pager{Text: c.t("pages", "from", from+1, "until", until, "n", len(rows))}
	if at > 1 {
		p.Before = to(at - 1)
	}
	if at < last {
		p.After = to(at + 1)
	}
	return rows[from:until], p
}

// count is a number, sorted as one; "" where nothing is known.
func (c *call) count(n int64) cell {
	v := float64(n)
	return cell{Text: i18n.Number(c.lang, v, 0), Order: fmt.Sprintf("%020d", n), Number: &v}
}

// unknown is the order of what nothing is known of.
const unknown = "~"

// quantity is a number with so many decimals, sorted as one; nil is said in words
// and comes after all numbers.
func (c *call) quantity(v *float64, decimals int, missing string) cell {
	if v == nil {
		return cell{Text: missing, Order: unknown}
	}
	bits := math.Float64bits(*v) // which are in the order of the numbers once the sign is turned
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return cell{Text: i18n.Number(c.lang, *v, decimals), Order: fmt.Sprintf("%016x", bits), Number: v}
}

func (x cell) order() string { return cmp.Or(x.Order, strings.ToLower(x.words())) }

func (x cell) words() string {
	says := x.Text
	if x.Chip != nil && x.Text == "" {
		says = x.Chip.Text
	}
	if x.Note != "" {
		says += ": " + x.Note
	}
	return says
}

// marked adds a last row to a table that leaves an invented record.
func (c *call) marked(t *table) {
	if c.example() {
		t.Rows = append(t.Rows, []cell{text(c.t("example"))})
	}
}

// file sends a table as CSV. A cell that a spreadsheet would take for a formula
// gets an apostrophe before it.
func (c *call) file(t table) error {
	c.marked(&t)
	c.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	c.w.Header().Set("Content-Disposition", `attachment; filename="daftar.csv"`)
	w := csv.NewWriter(c.w)
	_ = w.Write(t.Head) // a reader who has gone needs no answer
	for _, row := range t.Rows {
		var cells []string
		for _, x := range row {
			s := x.words()
			if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
				s = "'" + s
			}
			cells = append(cells, s)
		}
		_ = w.Write(cells) // the same
	}
	w.Flush()
	return nil
}

// workbook sends a table as XLSX; every cell is text or a number, so none is a
// formula.
func (c *call) workbook(t table) error {
	c.marked(&t)
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // it is in memory
	sheet := book.GetSheetName(0)
	rows := [][]string{t.Head}
	for _, row := range t.Rows {
		var cells []string
		for _, x := range row {
			cells = append(cells, x.words())
		}
		rows = append(rows, cells)
	}
	for i, row := range rows {
		for k, s := range row {
			at, err := excelize.CoordinatesToCellName(k+1, i+1)
			switch {
			case err != nil:
			case i > 0 && t.Rows[i-1][k].Number != nil && t.Rows[i-1][k].Note == "":
				err = book.SetCellFloat(sheet, at, *t.Rows[i-1][k].Number, -1, 64)
			default:
				err = book.SetCellStr(sheet, at, s)
			}
			if err != nil {
				return err
			}
		}
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.w.Header().Set("Content-Disposition", `attachment; filename="daftar.xlsx"`)
	_, _ = c.w.Write(b.Bytes()) // a reader who has gone needs no answer
	return nil
}

// SortLink is the address of a list sorted by a column, the other way round
// where it is already.
func (t table) SortLink(column int) string {
	n := column + 1
	if t.Sort == n {
		n = -n
	}
	return fmt.Sprintf("%s?cari=%s&urut=%d", t.Action, template.URLQueryEscaper(t.Search), n)
}

// Sorted is the value of aria-sort of a column.
func (t table) Sorted(column int) string {
	switch t.Sort {
	case column + 1:
		return "ascending"
	case -column - 1:
		return "descending"
	}
	return "none"
}

// Right tells whether a column stands to the right: it holds numbers.
func (t table) Right(column int) bool {
	return slices.ContainsFunc(t.Rows, func(row []cell) bool {
		return column < len(row) && (row[column].Number != nil || row[column].Order == unknown)
	})
}

// Label is the head of a column, for narrow screens.
func (t table) Label(column int) string {
	if column < len(t.Head) {
		return t.Head[column]
	}
	return ""
}

func (c *call) day(d registry.Day) string {
	if d == "" {
		return ""
	}
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	words, _, _ := strings.Cut(i18n.Date(c.lang, t), ",") // seven in the morning of that day
	return words
}

// days writes a period in words.
func (c *call) days(p registry.Period) string {
	if p.Until == "" {
		return c.t("days.since", "from", c.day(p.From))
	}
	return c.t("days", "from", c.day(p.From), "until", c.day(p.Until))
}
