package contract

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Draft is a contract made from a file, for a person to edit.
type Draft struct {
	Contract *Contract
	Evidence []Evidence
}

// Evidence is why the draft says something; its sentence is contract.evidence.*.
// It holds no value of a column that tells of persons.
type Evidence struct {
	Field  string // "" of the whole table
	Code   string
	Values map[string]any
}

// Text is the evidence in a sentence.
func (e Evidence) Text(l i18n.Lang) string {
	values := map[string]any{"column": e.Field}
	for k, v := range e.Values {
		if kind, ok := v.(identity.Kind); ok {
			v = i18n.Text(l, "identity.kind."+string(kind), nil)
		}
		values[k] = v
	}
	return problem.Mask(i18n.Text(l, "contract.evidence."+e.Code, values))
}

// infer is one pass over a file.
type infer struct {
	columns []*column
	rows    int64
	tracked int
	keyish  []int
	keys    map[uint64]bool // of the keyish columns together; nil once they repeat
	evident []Evidence
	c       *Contract
	// headless says that the file has no row of headers but tells of persons: a
	// column of texts may then hold their names.
	headless bool
	beside   *beside
	b        *source.Batch
	row      int // of b
}

// Infer reads a file to its end and gives a draft of its contract. Name is that
// of the contract; it may be empty. Errors: those of the reader, and a problem for
// more columns than a contract has.
func Infer(ctx context.Context, r source.Reader, name string) (*Draft, error) {
	t := r.Table()
	if len(t.Columns) > mostFields {
		return nil, problem.New("contract-columns-many", "found", len(t.Columns), "most", mostFields)
	}
	n := &infer{keys: map[uint64]bool{}, beside: newBeside(t)}
	for i, col := range t.Columns {
		n.columns = append(n.columns, &column{Column: col, marks: map[string]int64{}, low: math.Inf(1), high: math.Inf(-1), whole: true, short: math.MaxInt, distinct: map[string]int64{}, unique: map[uint64]bool{}, codes: map[string]bool{}})
		n.columns[i].beside = func(s string, read regionRead) regionRead { return n.beside.region(t, n.b, n.row, i, s, read, BPS) }
		if slices.ContainsFunc(headerWords(col.Name), func(w string) bool { return yearWord.MatchString(w) || slices.Contains(keyWords, w) }) && col.Kind != source.Real {
			n.keyish = append(n.keyish, i)
		}
	}
	var b source.Batch
	for {
		err := r.Next(ctx, &b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		n.batch(&b)
	}
	n.c = &Contract{Name: slug(name), Title: cmp.Or(t.Label, name), Match: Partial, Class: registry.LimitedData}
	n.table(t)
	return &Draft{n.c, n.evident}, nil
}

// yearWord is the word for a year, however short.
var yearWord = regexp.MustCompile(`^(ta?hu?n?|year)$`)

// keyWords are words of headers of what tells rows apart.
var keyWords = []string{"periode", "period", "bulan", "month", "semester", "triwulan", "quarter", "tahap", "stage", "kode", "code", "id", "wilayah", "region", "kabupaten", "kab", "kota", "kecamatan", "desa", "kelurahan", "provinsi", "program", "programme", "jenis", "sumber", "urut", "nik", "r101", "r102"}

func (n *infer) say(field, code string, pairs ...any) {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	n.evident = append(n.evident, Evidence{field, code, values})
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// slug gives a name of letters, digits and _ in lower case.
func slug(s string) string {
	s = strings.Trim(notWord.ReplaceAllString(strings.ToLower(s), "_"), "_")
	if r := []rune(s); len(r) > 60 {
		s = strings.Trim(string(r[:60]), "_")
	}
	return s
}

// table turns what was seen into the contract.
func (n *infer) table(t *source.Table) {
	c := n.c
	used := map[string]bool{}
	// A file without headers has its first person there.
	n.headless = slices.ContainsFunc(n.columns, func(col *column) bool { return hidden(col.Name) != "" })
	if n.headless {
		n.say("", "no-header")
	}
	for i, col := range n.columns {
		if n.headless {
			col.Name, col.Label = "", ""
		}
		name := slug(col.Name)
		if name == "" {
			name = "kolom_" + strconv.Itoa(i+1)
		}
		for base, k := name, 2; used[HeaderKey(name)]; k++ {
			name = base + "_" + strconv.Itoa(k)
		}
		used[HeaderKey(name)] = true
		f := Field{Name: name, Title: cmp.Or(col.Label, strings.Join(strings.Fields(col.Name), " ")), Treatment: Keep, Sensitivity: Public}
		if HeaderKey(col.Name) != HeaderKey(name) && HeaderKey(col.Name) != "" && !used[HeaderKey(col.Name)] {
			used[HeaderKey(col.Name)] = true
			f.Synonyms = []string{col.Name}
		}
		n.typed(col, &f)
		n.sensitive(col, &f)
		c.Fields = append(c.Fields, f)
	}
	n.region()
	persons := t.Weight != "" || slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Identity != "" })
	if t.Weight != "" {
		n.say("", "weight", "column", t.Weight)
	}
	if persons {
		c.Class = registry.PersonalData
		for i := range c.Fields {
			if c.Fields[i].Identity == "" && c.region(c.Fields[i].Name) == "" {
				c.Fields[i].Sensitivity = Personal
			}
		}
		n.say("", "class-personal")
	} else {
		n.say("", "class-limited")
	}
	for i, col := range n.columns {
		n.values(col, &c.Fields[i])
	}
	n.period()
	n.roles()
	n.key()
}

// typed settles the type of a column.
func (n *infer) typed(col *column, f *Field) {
	words := headerWords(col.Name)
	year := slices.ContainsFunc(words, yearWord.MatchString)
	switch col.Kind {
	case source.Text:
		f.Type = String
	case source.Whole:
		f.Type = Integer
	case source.Real:
		f.Type = Number
		if col.whole && col.filled > 0 && math.Abs(col.high) < 1<<53 && math.Abs(col.low) < 1<<53 {
			f.Type = Integer
		}
	case source.Truth:
		f.Type = Boolean
	case source.Day:
		f.Type = Date
		if col.Span == source.Month {
			f.Type = YearMonth
		}
	case source.Moment:
		f.Type = Datetime
	}
	if f.Type == Integer && year && col.filled > 0 && col.low >= 1900 && col.high <= 2100 {
		f.Type = Year
	}
	n.say(f.Name, "type-"+string(f.Type), "filled", col.filled, "blank", col.blank)
	if col.bad > 0 {
		n.say(f.Name, "bad", "rows", col.bad)
	}
	if col.filled > 0 && col.blank == 0 && col.bad == 0 {
		f.Constraints.Required = true
		n.say(f.Name, "required", "rows", n.rows)
	}
	if n.rows > 0 {
		f.Blank = math.Round(float64(col.blank)/float64(n.rows)*1000) / 1000
	}
	var marks []string
	for m := range col.marks {
		marks = append(marks, m)
	}
	if slices.Sort(marks); len(marks) > 0 {
		f.Missing = marks
		n.say(f.Name, "missing", "marks", marks, "rows", col.blank)
	}
	if col.unique != nil && col.filled > 1 && f.Type != Number && col.blank == 0 {
		n.say(f.Name, "unique", "rows", min(col.filled, int64(len(col.unique))))
	}
}
