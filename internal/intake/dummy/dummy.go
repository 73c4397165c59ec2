package dummy

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// MostRows is the most rows that are made.
const MostRows = 100_000_000

// Reader yields the rows, every cell a text as a separated file has it. It is a
// source.Reader and for one goroutine.
type Reader struct {
	c      *contract.Contract
	seed   uint64
	rows   int64
	next   int64
	births [2]int64
	table  source.Table
	fields []field
	leader int // field whose number is that of the person; -1: the row's
	held   []held
	check  *contract.Check
	kept   source.Batch
	row    []string
}

// field is how one column is filled.
type field struct {
	*contract.Field
	domain
	step   int64 // of a key: the number is row / step % size, or row / step where it has no end
	keyed  bool
	random *rand.Rand
}

// New begins to make rows. Errors are problems: a number of rows outside 1 to
// MostRows, a key that has fewer values than rows, a field that has no value.
func New(c *contract.Contract, rows int64, seed uint64) (*Reader, error) {
	if rows < 1 || rows > MostRows {
		return nil, problem.Usage("dummy-rows", "found", rows, "most", MostRows)
	}
	r := &Reader{c: c, seed: seed, rows: rows, leader: -1, row: make([]string, len(c.Fields))}
	r.table.Rows, r.table.Label = rows, c.Title
	r.birthBounds()
	for i := range c.Fields {
		f := field{Field: &c.Fields[i], random: rand.New(rand.NewPCG(seed, uint64(i)+1))}
		f.domain = r.domainOf(f.Field)
		if f.size < 1 || f.spell == nil {
			return nil, problem.New("dummy-no-value", "column", f.Name)
		}
		r.fields = append(r.fields, f)
		r.table.Columns = append(r.table.Columns, source.Column{Name: f.Name, Label: f.Title, Kind: source.Text, Decimals: -1})
	}
	if err := r.keys(); err != nil {
		return nil, err
	}
	// The pseudonyms of the check go nowhere; the key need not be secret.
	ring, err := identity.NewRing(strings.NewReader(strings.Repeat("-", 64)), time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	r.check, err = c.Check(&r.table, ring)
	return r, err
}

// held is a field that is the same in all rows in which another is.
type held struct{ field, within int }

// Hold makes a column the same in all rows that have one value of another: the year in
// which a unit is first treated, the arm of a cluster. It is called before the first
// row, in the order in which the columns follow from each other; a column of a key, and
// one that the contract does not have, stays as it is.
func (r *Reader) Hold(column, within string) {
	at := func(name string) int {
		return slices.IndexFunc(r.fields, func(f field) bool { return f.Name == name })
	}
	i, j := at(column), at(within)
	if i >= 0 && j >= 0 && i != j && !r.fields[i].keyed && !r.fields[i].of {
		r.held = append(r.held, held{i, j})
	}
}

// keys settles how the fields of keys are numbered, so that none repeats.
func (r *Reader) keys() error {
	var keys [][]int
	add := func(names []string) {
		var key []int
		for _, n := range names {
			key = append(key, slices.IndexFunc(r.fields, func(f field) bool { return f.Name == n }))
		}
		keys = append(keys, key)
	}
	for i := range r.fields {
		if r.fields[i].Constraints.Unique {
			keys = append(keys, []int{i})
		}
	}
	if len(r.c.PrimaryKey) > 0 {
		add(r.c.PrimaryKey)
	}
	for _, names := range r.c.UniqueKeys {
		add(names)
	}
	slices.SortStableFunc(keys, func(a, b []int) int { return len(a) - len(b) })
	var done [][]int
	for _, key := range keys {
		if slices.ContainsFunc(done, func(d []int) bool {
			return !slices.ContainsFunc(d, func(i int) bool { return !slices.Contains(key, i) })
		}) {
			continue // a part of it repeats nothing already
		}
		if err := r.number(key); err != nil {
			return err
		}
		done = append(done, key)
	}
	for i := range r.fields {
		if r.fields[i].of && r.fields[i].keyed && (r.leader < 0 || r.fields[i].Identity == identity.NIK) {
			r.leader = i
		}
	}
	return nil
}

// number counts through the values of a key, the field with the fewest fastest,
// so that the first rows already are of all years and regions.
func (r *Reader) number(key []int) error {
	names := func() []string {
		var all []string
		for _, i := range key {
			all = append(all, r.fields[i].Name)
		}
		return all
	}
	order := slices.Clone(key)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.fields[a].size, r.fields[b].size) })
	step := int64(1)
	for _, i := range order {
		f := &r.fields[i]
		if f.keyed || f.loose {
			return problem.New("dummy-key", "columns", names())
		}
		f.keyed, f.step = true, step
		if f.size > r.rows/step {
			step = r.rows // enough already: what is left stays at its first value
			continue
		}
		step *= f.size
	}
	if step < r.rows {
		return problem.New("dummy-few", "columns", names(), "most", step, "rows", r.rows)
	}
	return nil
}

// Table satisfies source.Reader.
func (r *Reader) Table() *source.Table { return &r.table }

// Cautions satisfies source.Reader; there is nothing to say.
func (r *Reader) Cautions() problem.List { return nil }

// Next satisfies source.Reader. Its problem says which column could not be
// filled so that the contract accepts the row.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	b.Start(len(r.fields))
	if r.next == r.rows {
		return io.EOF
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for r.next < r.rows && !b.Full() {
		b.AddRow(r.next + 1)
		for i, s := range r.make(r.next) {
			b.AddText(i, s)
		}
		r.next++
	}
	if rejects := r.check.Batch(b, &r.kept); len(rejects) > 0 {
		first := rejects[0]
		b.Start(len(r.fields))
		return problem.New("dummy-refused", "row", first.Row, "column", first.Breaks[0].Field, "rule", string(first.Breaks[0].Rule))
	}
	return nil
}

// draw draws whether the field is blank, and the number of its value.
func (f *field) draw(random *rand.Rand) (blank bool, n int64) {
	blank, n = random.Float64() < f.Blank, random.Int64N(min(f.size, 1<<40))
	if f.Type == contract.String && f.size == endless && !f.loose {
		n %= 50 // few words, often
	}
	return blank, n
}

// family is how many persons have one KK; the first is its head.
const family = 3

// make fills one row.
func (r *Reader) make(row int64) []string {
	person := row
	if r.leader >= 0 {
		person = r.fields[r.leader].at(row)
	}
	for i := range r.fields {
		f := &r.fields[i]
		// Drawn whether used or not, so that one column does not shift the next.
		blank, draw := f.draw(f.random)
		switch {
		case f.keyed:
			draw = f.at(row)
		case blank && !f.Constraints.Required && !slices.Contains(r.c.PrimaryKey, f.Name):
			r.row[i] = ""
			continue
		case f.of && f.Identity == identity.KK:
			draw = person / family
		case f.of:
			draw = person % f.size
		}
		r.row[i] = f.spell(draw)
		if f.Role == contract.SexRole && !f.keyed {
			if s := sexOf(f.Field, r.personNumber(person).woman); s != "" {
				r.row[i] = s
			}
		}
		if f.Role == contract.RelationRole && !f.keyed {
			r.row[i] = relation(f.Field, r.row[i], person%family == 0)
		}
	}
	for _, h := range r.held {
		f, sum := &r.fields[h.field], fnv.New64a()
		_, _ = sum.Write([]byte(r.row[h.within])) // never fails
		random := rand.New(rand.NewPCG(r.seed^uint64(h.field+1), sum.Sum64()))
		blank, draw := f.draw(random)
		if r.row[h.field] = f.spell(draw); blank && !f.Constraints.Required {
			r.row[h.field] = ""
		}
	}
	return r.row
}

// at is the number of a keyed field's value in a row.
func (f *field) at(row int64) int64 { return row / f.step % f.size }

// CSV writes rows as a separated text (RFC 4180, UTF-8, commas) with the names of
// the columns first. A text that a spreadsheet would take for a formula gets an
// apostrophe before it.
func CSV(ctx context.Context, w io.Writer, r *Reader) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffered)
	line := make([]string, len(r.table.Columns))
	for i, c := range r.table.Columns {
		line[i] = c.Name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	var b source.Batch
	for {
		err := r.Next(ctx, &b)
		if errors.Is(err, io.EOF) {
			out.Flush()
			if err := out.Error(); err != nil {
				return err
			}
			return buffered.Flush()
		}
		if err != nil {
			return err
		}
		for i := range b.Row {
			for j := range line {
				line[j] = b.Cells[j].Text[i]
				if t := r.fields[j].Type; t == contract.String && line[j] != "" && strings.ContainsRune("=+-@\t\r", rune(line[j][0])) {
					line[j] = "'" + line[j]
				}
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
}
