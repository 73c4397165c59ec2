package contract

import (
	"cmp"
	"math"
	"slices"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Check holds the rows of one table against a contract and makes of them what is
// stored. It is for one goroutine. Of memory it takes 40 bytes for each row and
// key that must not repeat, and up to 70 MB for each of what else is looked for
// across rows (see mostSeen); nothing else grows with the rows.
type Check struct {
	c       *Contract
	in      *source.Table
	batch   *source.Batch
	beside  *beside
	out     source.Table
	fields  []fieldCheck
	stored  []int // fields in the order of out
	keys    []*keyCheck
	work    source.Batch
	breaks  [][]Break
	buffer  []byte
	totals  source.Batch
	repeats *repeats

	counts   map[Count]int64 // Rows is 0 in the key
	doubts   map[doubtAt]*doubted
	rows     Rows
	cautions problem.List
}

// Rows counts the rows that a check saw.
type Rows struct {
	Read     int64
	Accepted int64
	Rejected int64
	Totals   int64 // rows that sum up others, passed over
	Sections int64 // headings between rows, passed over
}

// Check begins to hold a table against the contract. Ring makes the pseudonyms
// and may be nil when the contract has none. Errors are problems: columns that
// the contract needs and the file lacks, that two columns mean the same field,
// or that the file has too many.
func (c *Contract) Check(t *source.Table, ring *identity.Ring) (*Check, error) {
	k := &Check{c: c, in: t, beside: newBeside(t), counts: map[Count]int64{}, doubts: map[doubtAt]*doubted{}}
	columns, err := k.bind()
	if err != nil {
		return nil, err
	}
	inKey := map[string]bool{}
	for _, name := range c.PrimaryKey {
		inKey[name] = true
	}
	for i := range c.Fields {
		f := fieldCheck{Field: &c.Fields[i], column: columns[i], convert: newConverter(c, &c.Fields[i]), low: math.Inf(-1), high: math.Inf(1)}
		f.prepare(c)
		f.needed = f.Constraints.Required || inKey[f.Name]
		if f.column >= 0 {
			f.kind = t.Columns[f.column].Kind
		}
		if f.Treatment == Hash {
			if ring == nil {
				panic("contract: a column to be hashed and no key")
			}
			f.hasher = ring.Hasher(f.Identity)
		}
		k.fields = append(k.fields, f)
		if f.Stored() {
			k.stored = append(k.stored, i)
			k.out.Columns = append(k.out.Columns, f.storedColumn())
		}
	}
	k.out.Rows, k.out.Label = -1, t.Label
	for i := range c.Fields {
		if c.Fields[i].Constraints.Unique {
			k.key([]string{c.Fields[i].Name})
		}
	}
	if len(c.PrimaryKey) > 0 {
		k.key(c.PrimaryKey)
	}
	for _, names := range c.UniqueKeys {
		k.key(names)
	}
	k.repeats = k.repeating()
	return k, nil
}

// Table is what is stored: the fields that are kept in some form, under their
// names.
func (k *Check) Table() *source.Table { return &k.out }

// Rows counts what Batch has seen.
func (k *Check) Rows() Rows { return k.rows }

// storedColumn is the field as it is stored.
func (f *fieldCheck) storedColumn() source.Column {
	col := source.Column{Name: f.Name, Label: f.Title, Kind: f.Type.kindOf(), Decimals: -1}
	switch {
	case f.Treatment == Hash:
		col.Kind = source.Text
	case f.Treatment == Month:
		col.Kind, col.Span = source.Day, source.Month
	case f.Type == YearMonth:
		col.Span = source.Month
	}
	for i, l := range f.Categories {
		if f.Labels[i] != "" {
			col.Labels = append(col.Labels, source.Label{Value: l.Text, Text: f.Labels[i]})
		}
	}
	return col
}

// Batch checks the rows of one batch and fills out with those accepted, as they
// are stored. The rejects are in order of row and belong to the caller.
func (k *Check) Batch(in, out *source.Batch) []Reject {
	n := len(in.Row)
	k.batch = in
	k.beside.begin(in)
	k.work.Start(len(k.fields))
	k.breaks = append(k.breaks[:0], make([][]Break, n)...)
	skip := k.skipped(in)
	bad := map[[2]int64]*problem.Problem{} // row, column
	for _, b := range in.Bad {
		bad[[2]int64{b.Row, int64(b.Column)}] = b.Problem
	}
	for i := range k.fields {
		k.column(in, i, skip, bad)
	}
	k.identities(in, skip)
	k.total(in, skip)
	out.Start(len(k.stored))
	var rejects []Reject
	for i, row := range in.Row {
		if said, ok := skip[i]; ok {
			if said == source.Total {
				k.rows.Totals++
			} else {
				k.rows.Sections++
			}
			continue
		}
		k.rows.Read++
		k.repeats.row(in, i)
		if len(k.breaks[i]) == 0 {
			k.unique(i, row)
		}
		if b := k.breaks[i]; len(b) > 0 {
			k.rows.Rejected++
			rejects = append(rejects, Reject{row, b})
			for _, one := range b {
				k.counts[Count{one.Rule, one.Field, 0}]++
			}
			continue
		}
		k.rows.Accepted++
		k.repeats.accepted(i, row)
		k.store(out, i, row)
	}
	return rejects
}

// Totals are the rows of the last Batch that sum up others, in the columns of
// Table: of them nothing is stored, and what cannot be read is missing. Of data
// on persons there are none. They are valid until the next call of Batch.
func (k *Check) Totals() *source.Batch { return &k.totals }

func (k *Check) total(in *source.Batch, skip map[int]source.Said) {
	k.totals.Start(len(k.stored))
	if k.c.Class == registry.PersonalData {
		return
	}
	for i, row := range in.Row {
		if said, ok := skip[i]; !ok || said != source.Total {
			continue
		}
		k.totals.AddRow(row)
		for to, j := range k.stored {
			f := &k.fields[j]
			if f.column < 0 || f.Treatment != Keep {
				k.totals.AddMissing(to, k.out.Columns[to].Kind, source.Plain)
				continue
			}
			f.convert.read(&in.Cells[f.column], f.kind, i, &k.totals, to)
			if c := &k.totals.Cells[to]; f.system != "" && c.Missing[len(c.Missing)-1] == "" {
				at := len(c.Missing) - 1
				if read := readRegion(c.Text[at], f.system); read.rule == "" {
					c.Text[at] = read.code
				} else {
					c.Text[at], c.Missing[at] = "", source.Plain
				}
			}
		}
	}
}

// skipped finds the rows that the reader marked as no rows of data.
func (k *Check) skipped(in *source.Batch) map[int]source.Said {
	skip := map[int]source.Said{}
	for _, m := range in.Marks {
		if m.Column < 0 && (m.Said == source.Total || m.Said == source.Section) {
			if i, ok := slices.BinarySearch(in.Row, m.Row); ok {
				skip[i] = m.Said
			}
		}
	}
	return skip
}

// broke notes that row i of the batch broke a rule at a field.
func (k *Check) broke(i int, r Rule, f *fieldCheck, value, limit string) {
	k.breaks[i] = append(k.breaks[i], Break{Rule: r, Field: f.Name, Value: shown(f.Field, value), Limit: limit})
}

// store adds a row as it is stored.
func (k *Check) store(out *source.Batch, i int, row int64) {
	out.AddRow(row)
	for to, j := range k.stored {
		f, c := &k.fields[j], &k.work.Cells[j]
		kind := k.out.Columns[to].Kind
		if c.Missing[i] != "" {
			out.AddMissing(to, kind, source.Plain)
			continue
		}
		switch {
		case f.Treatment == Hash:
			p, _ := f.hasher.Of(c.Text[i]) // found to have a spelling before
			out.AddText(to, p)
		case f.Treatment == Month:
			d := c.Whole[i]
			if f.Type == Datetime {
				d = floorDiv(d, 86_400_000_000)
			}
			out.AddWhole(to, firstOfMonth(d))
		case kind == source.Text:
			out.AddText(to, c.Text[i])
		case kind == source.Real:
			out.AddReal(to, c.Real[i])
		default:
			out.AddWhole(to, c.Whole[i])
		}
	}
}

// Refuse counts accepted rows as rejected, of the last batch: whoever takes the rows
// found that they cannot be what they are taken for.
func (k *Check) Refuse(all []Reject) {
	for _, one := range all {
		k.rows.Accepted--
		k.rows.Rejected++
		for _, b := range one.Breaks {
			k.counts[Count{b.Rule, b.Field, 0}]++
		}
	}
}

// Counts gives how many rows broke which rule at which field, in the order of
// the fields and rules.
func (k *Check) Counts() []Count {
	var all []Count
	for c, rows := range k.counts {
		c.Rows = rows
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(k.c.index(a.Field), k.c.index(b.Field)), cmp.Compare(a.Field, b.Field), cmp.Compare(slices.Index(Rules, a.Rule), slices.Index(Rules, b.Rule)))
	})
	return all
}

// Cautions lists what a person should know though it rejects nothing: columns
// left out, identity numbers to ask about, and a column of identity numbers that
// all end in 0, whose last digit a spreadsheet has lost. Complete after the last
// batch.
func (k *Check) Cautions() problem.List {
	all := slices.Clone(k.cautions)
	for i := range k.fields {
		f := &k.fields[i]
		for _, d := range identity.Doubts {
			if n := k.doubts[doubtAt{i, d}]; n != nil {
				all = append(all, problem.New("contract-doubt-"+string(d), "column", f.Name, "rows", n.rows, "row", n.first))
			}
		}
		// One in ten ends in 0 by chance; twenty in a row by chance never.
		if f.filled >= 20 && f.zeroEnd*10 >= f.filled*9 {
			all = append(all, problem.New("contract-identity-cut", "column", f.Name, "rows", f.zeroEnd))
		}
	}
	return all
}

// Keys gives for each stored column of pseudonyms the key under which it stands.
func (k *Check) Keys(ring *identity.Ring) map[string]identity.Key {
	all := map[string]identity.Key{}
	for _, j := range k.stored {
		if k.fields[j].Treatment == Hash {
			all[k.fields[j].Name] = ring.Newest()
		}
	}
	return all
}
