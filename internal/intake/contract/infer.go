package contract

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// The bounds of what is looked at.
const (
	mostDistinct = 20      // values of a column that may be a list of allowed values
	leastEach    = 3       // rows of each of them; one that is rarer may tell of one person
	sampled      = 2_000   // values whose form is looked at (phones, regions)
	mostUnique   = 200_000 // rows among which a column is found to repeat nothing
	mostTracked  = 2_000_000
)

// column gathers what is seen of a column.
type column struct {
	source.Column
	filled, blank int64
	marks         map[string]int64
	low, high     float64
	whole         bool // of a Real: every value is whole
	short, long   int  // characters of texts
	distinct      map[string]int64
	unique        map[uint64]bool // nil once a value came again
	sixteen       int64           // identity numbers by structure
	forty         int64           // of them, with 40 added to the day
	digits16      int64           // 16 digits of whatever structure
	hidden        int64           // identity numbers within longer texts
	invented      int64
	looked        int64
	phones        int64
	emails        int64
	regions       int64
	ambiguous     int64
	codes         map[string]bool // of regions
	letters       bool
	bad           int64
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
}

// Infer reads a file to its end and gives a draft of its contract. Name is that
// of the contract; it may be empty. Errors: those of the reader, and a problem for
// more columns than a contract has.
func Infer(ctx context.Context, r source.Reader, name string) (*Draft, error) {
	t := r.Table()
	if len(t.Columns) > mostFields {
		return nil, problem.New("contract-columns-many", "found", len(t.Columns), "most", mostFields)
	}
	n := &infer{keys: map[uint64]bool{}}
	for i, col := range t.Columns {
		n.columns = append(n.columns, &column{Column: col, marks: map[string]int64{}, low: math.Inf(1), high: math.Inf(-1), whole: true, short: math.MaxInt, distinct: map[string]int64{}, unique: map[uint64]bool{}, codes: map[string]bool{}})
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

func (n *infer) batch(b *source.Batch) {
	skip := map[int64]bool{}
	for _, m := range b.Marks {
		if m.Column < 0 && (m.Said == source.Total || m.Said == source.Section) {
			skip[m.Row] = true
		}
	}
	for _, bad := range b.Bad {
		n.columns[bad.Column].bad++
	}
	var h maphash.Hash
	h.SetSeed(seeds[0])
	for i, row := range b.Row {
		if skip[row] {
			continue
		}
		n.rows++
		for j, c := range n.columns {
			n.cell(c, &b.Cells[j], i)
		}
		if n.keys == nil || len(n.keyish) == 0 {
			continue
		}
		h.Reset()
		for _, j := range n.keyish {
			h.WriteString(b.Cells[j].Spell(n.columns[j].Kind, i))
			h.WriteByte(0)
		}
		if sum := h.Sum64(); n.keys[sum] {
			n.keys = nil
		} else if len(n.keys) < mostUnique {
			n.keys[sum] = true
		}
	}
}

// missingWords are what tables write for no value; a reader may have left them
// in texts.
var missingWords = []string{"NA", "N/A", "n/a", "...", "…", "-", "–", "—", "NULL", "null", "#N/A"}

func (n *infer) cell(c *column, cells *source.Cells, i int) {
	if mark := cells.Missing[i]; mark != "" {
		c.blank++
		if mark[0] != '.' && mark != "*" && len(c.marks) < 20 {
			c.marks[mark]++
		}
		return
	}
	s := ""
	if c.Kind == source.Text {
		s = strings.TrimSpace(cells.Text[i])
		if s == "" || slices.Contains(missingWords, s) {
			c.blank++
			if s != "" {
				c.marks[s]++
			}
			return
		}
	}
	c.filled++
	if c.Kind != source.Text && (c.distinct != nil || c.unique != nil) {
		s = cells.Spell(c.Kind, i)
	}
	if c.distinct != nil {
		if c.distinct[s]++; len(c.distinct) > mostDistinct {
			c.distinct = nil
		}
	}
	if c.unique != nil {
		sum := maphash.String(seeds[0], s)
		switch {
		case c.unique[sum]:
			n.tracked -= len(c.unique)
			c.unique = nil
		case len(c.unique) < mostUnique && n.tracked < mostTracked:
			c.unique[sum] = true
			n.tracked++
		}
	}
	switch c.Kind {
	case source.Text:
		c.text(s)
	case source.Real:
		c.number(cells.Real[i])
	default:
		c.number(float64(cells.Whole[i]))
	}
}

func (c *column) number(x float64) {
	c.low, c.high = min(c.low, x), max(c.high, x)
	c.whole = c.whole && x == math.Trunc(x)
	if x >= 1e15 && x < 1e16 && x == math.Trunc(x) {
		c.digits16++
		c.identityNumber(strconv.FormatInt(int64(x), 10))
	}
	if c.looked < sampled && c.Kind != source.Day && c.Kind != source.Moment {
		c.looked++
		c.region(source.SpellReal(x))
		if s := source.SpellReal(x); (len(s) >= 9 && len(s) <= 13) && (s[0] == '8' || strings.HasPrefix(s, "628")) {
			c.phones++
		}
	}
}

func (c *column) text(s string) {
	size := utf8.RuneCountInString(s)
	c.short, c.long = min(c.short, size), max(c.long, size)
	if !c.letters {
		c.letters = strings.ContainsFunc(s, unicode.IsLetter)
	}
	if size >= identity.Length {
		if d, ok := identity.Digits(s); ok && len(d) == identity.Length {
			c.digits16++
			c.identityNumber(d)
		} else if hidden(s) != "" {
			c.hidden++
		}
	}
	if c.looked >= sampled {
		return
	}
	c.looked++
	if p, ok := identity.Normal(identity.Phone, s); ok && strings.HasPrefix(p, "+628") && len(p) >= 12 {
		c.phones++
	}
	if formats["email"].MatchString(s) {
		c.emails++
	}
	c.region(s)
}

func (c *column) identityNumber(d string) {
	number, fault := identity.Read(d)
	if fault != "" {
		return
	}
	c.sixteen++
	if number.Forty {
		c.forty++
	}
	if number.District[4:] == identity.InventedDistrict {
		c.invented++
	}
}

func (c *column) region(s string) {
	switch read := readRegion(s, BPS); read.rule {
	case "":
		c.regions++
		if len(c.codes) < mostUnique {
			c.codes[read.code] = true
		}
	case Ambiguous:
		c.ambiguous++
	}
}

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

// sensitive finds who can be known by a column, by what it holds first and by
// its header then.
func (n *infer) sensitive(col *column, f *Field) {
	var header identity.Kind
	var word string
	for _, h := range []string{col.Name, col.Label, f.Name} { // the name may be the header cut short
		if header == "" {
			header, word = HeaderIdentity(h)
		}
	}
	share := func(x int64) float64 { return float64(x) / max(1, float64(col.filled)) }
	looked := func(x int64) float64 { return float64(x) / max(1, float64(col.looked)) }
	say := func(k identity.Kind, code string, pairs ...any) {
		f.Identity = k
		n.say(f.Name, code, append([]any{"kind", k}, pairs...)...)
	}
	switch {
	case col.sixteen > 0 && share(col.digits16) >= 0.5 && share(col.sixteen) >= 0.3:
		kind := identity.NIK
		if header == identity.KK || header != identity.NIK && col.sixteen >= 30 && col.forty == 0 {
			kind = identity.KK // among 30 persons there is a woman
		}
		say(kind, "identity-number", "share", share(col.sixteen), "rows", col.sixteen)
	case header != "" && n.contradicts(col, header):
		f.NotIdentity = true
		f.Reason = "isi kolom bukan " + string(header)
		n.say(f.Name, "identity-not", "kind", header, "word", word)
		return
	case header != "":
		say(header, "identity-header", "word", word)
	case col.filled > 0 && looked(col.emails) >= 0.5:
		say(identity.Email, "identity-form", "share", looked(col.emails))
	case col.filled >= 5 && looked(col.phones) >= 0.8:
		say(identity.Phone, "identity-form", "share", looked(col.phones))
	case n.headless && col.letters && float64(col.regions) < 0.9*float64(col.looked):
		say(identity.Name, "identity-headless")
	case col.hidden > 0 || col.sixteen > 0:
		say(identity.NIK, "identity-within", "rows", col.hidden+col.sixteen)
		f.Treatment = Drop
	}
	if f.Identity == "" {
		return
	}
	f.Sensitivity = Identity
	if f.Treatment != Drop {
		f.Treatment = usual(f.Identity)
	}
	if f.Treatment == Month && f.Type != Date && f.Type != Datetime {
		f.Treatment = Drop
	}
	if f.Type != String && f.Identity != identity.BirthDate && f.Identity != identity.Location {
		f.Type = String
	}
	n.say(f.Name, "treatment-"+string(f.Treatment), "kind", f.Identity)
	if col.invented > 0 {
		n.say(f.Name, "invented", "rows", col.invented)
	}
}

// contradicts tells whether what a column holds cannot be what its header says.
func (n *infer) contradicts(col *column, header identity.Kind) bool {
	if col.filled == 0 {
		return false
	}
	numeric := col.Kind == source.Whole || col.Kind == source.Real
	switch header {
	case identity.Name, identity.Address, identity.Email:
		// A column "nama" of a table of regions; few values, many rows: a flag. RT and RW
		// are numbers and an address all the same.
		return (header != identity.Address && (numeric || col.Kind == source.Truth)) || float64(col.regions+col.ambiguous) >= 0.9*float64(col.looked) && col.letters
	case identity.NIK, identity.KK, identity.Phone, identity.Account:
		return col.Kind == source.Truth || numeric && col.high < 10_000 || col.Kind == source.Text && col.long < 4 && col.filled >= 20
	case identity.BirthDate:
		return numeric && col.high < 100
	}
	return false
}

// region finds the column of codes of regions: one of codes before one of names.
func (n *infer) region() {
	best := -1
	for i, col := range n.columns {
		f := &n.c.Fields[i]
		if f.Identity != "" || col.looked == 0 || f.Type == Number || f.Type == Year || float64(col.regions) < 0.9*float64(col.looked) {
			continue
		}
		hint := slices.ContainsFunc(headerWords(col.Name), func(w string) bool {
			return slices.Contains([]string{"kode", "code", "kab", "kabupaten", "kota", "kabkota", "kabkot", "wilayah", "region", "regency", "daerah", "prov", "provinsi", "province", "kecamatan", "kec", "desa", "kelurahan", "kemdagri", "kemendagri", "bps"}, w)
		})
		if !hint && (!col.letters || len(col.codes) < 3) {
			continue
		}
		if best < 0 || n.columns[best].letters && !col.letters || n.columns[best].letters == col.letters && longestCode(col) > longestCode(n.columns[best]) {
			best = i
		}
	}
	if best < 0 {
		for i, col := range n.columns {
			if col.ambiguous > 0 && float64(col.regions+col.ambiguous) >= 0.9*float64(col.looked) && col.letters {
				n.say(n.c.Fields[i].Name, "region-ambiguous", "rows", col.ambiguous)
			}
		}
		return
	}
	f := &n.c.Fields[best]
	f.Type = String
	n.c.RegionKeys = []RegionKey{{f.Name, BPS}}
	codes := n.columns[best].codes
	n.say(f.Name, "region", "share", float64(n.columns[best].regions)/float64(n.columns[best].looked), "regions", len(codes))
	cover := ""
	for code := range codes {
		code = code[:min(4, len(code))]
		switch {
		case cover == "" || registry.Within(cover, code):
			cover = code
		case registry.Within(code, cover):
		case cover[:2] == code[:2] && code != registry.Nation:
			cover = code[:2]
		default:
			cover = registry.Nation
		}
	}
	if _, ok := registry.FindRegion(cover); ok {
		n.c.Regions = []string{cover}
		n.say("", "coverage-region", "region", registry.RegionName(cover))
	}
}

func longestCode(c *column) int {
	most := 0
	for code := range c.codes {
		most = max(most, len(code))
	}
	return most
}

// values settles the allowed values and ranges of a column whose values may be
// written down.
func (n *infer) values(col *column, f *Field) {
	if f.Identity != "" || col.filled == 0 || n.c.region(f.Name) != "" {
		return
	}
	labels := map[string]string{}
	for _, l := range col.Labels {
		labels[l.Value] = l.Text
	}
	if (f.Type == String || f.Type == Integer && len(labels) > 0) && col.distinct != nil && col.filled >= 10*int64(len(col.distinct)) && col.bad == 0 {
		var all []string
		least := int64(math.MaxInt64)
		for s, rows := range col.distinct {
			all, least = append(all, s), min(least, rows)
		}
		if least >= leastEach {
			f.list(all, labels)
			n.say(f.Name, "enum", "number", len(f.Allowed()), "rows", col.filled, "least", leastEach)
			return
		}
		n.say(f.Name, "enum-rare", "least", leastEach)
	}
	switch f.Type {
	case Integer, Number:
		low, high := outward(col.low, col.high)
		f.Constraints.Minimum, f.Constraints.Maximum = &Literal{source.SpellReal(low), true}, &Literal{source.SpellReal(high), true}
		n.say(f.Name, "range", "low", low, "high", high)
	}
}

// list makes allowed values: with words where the file has them.
func (f *Field) list(values []string, labels map[string]string) {
	numeric := f.Type == Integer
	if numeric {
		slices.SortFunc(values, func(a, b string) int { return cmp.Compare(f.order(a), f.order(b)) })
	} else {
		slices.Sort(values)
	}
	for _, s := range values {
		if len(labels) > 0 {
			f.Categories, f.Labels = append(f.Categories, Literal{s, numeric}), append(f.Labels, labels[s])
		} else {
			f.Constraints.Enum = append(f.Constraints.Enum, Literal{s, numeric})
		}
	}
}

// outward widens a range to numbers of one significant digit, so that the least
// and the most of a file, which may be of one person, are not written down.
func outward(low, high float64) (float64, float64) {
	up := func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		size := math.Pow(10, math.Floor(math.Log10(x)))
		y := math.Ceil(x/size) * size
		if y < 10 && x > 1 {
			y = 10
		}
		if y < x || math.IsInf(y, 0) {
			return x
		}
		return y
	}
	if low >= 0 {
		return 0, up(high)
	}
	return -up(-low), up(high)
}

// period finds the column of time and what it covers.
func (n *infer) period() {
	for i := range n.c.Fields {
		f, col := &n.c.Fields[i], n.columns[i]
		words := headerWords(col.Name)
		timed := f.Type == Year || (f.Type == YearMonth || f.Type == Date) && slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"periode", "period", "bulan", "month"}, w) })
		if f.Identity != "" || !timed || col.filled == 0 {
			continue
		}
		f.Role = PeriodRole
		day := func(x float64, last bool) registry.Day {
			if f.Type != Year {
				return registry.Day(time.Unix(int64(x)*86400, 0).UTC().Format(time.DateOnly))
			}
			if last {
				return registry.Day(time.Date(int(x), 12, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
			}
			return registry.Day(time.Date(int(x), 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		from, until := day(col.low, false), day(col.high, true)
		if _, err := registry.ParseDay(string(from)); err == nil {
			n.c.Period = registry.Period{From: from, Until: until}
			n.say(f.Name, "period", "from", string(from), "until", string(until))
		}
		return
	}
}

// key finds what tells rows apart: columns whose headers say so, together; else
// one column that repeats nothing.
func (n *infer) key() {
	if n.rows < 2 {
		return
	}
	whole := func(i int) bool { return n.columns[i].blank == 0 && n.columns[i].bad == 0 && n.columns[i].filled > 0 }
	for i, col := range n.columns {
		f := &n.c.Fields[i]
		if col.unique != nil && whole(i) && f.Type != Number && f.Type != Date && (f.Identity == identity.NIK || f.Identity == identity.Member || slices.Contains(n.keyish, i) || strings.HasPrefix(HeaderKey(col.Name), "id")) {
			n.c.PrimaryKey = []string{f.Name}
			n.say("", "key", "columns", n.c.PrimaryKey, "rows", min(n.rows, int64(len(col.unique))))
			return
		}
	}
	if n.keys == nil || len(n.keyish) == 0 {
		return
	}
	var names []string
	for _, i := range n.keyish {
		if !whole(i) {
			return
		}
		names = append(names, n.c.Fields[i].Name)
	}
	n.c.PrimaryKey = names
	n.say("", "key", "columns", names, "rows", min(n.rows, int64(len(n.keys))))
}
