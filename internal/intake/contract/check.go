package contract

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Rule is what a row can break; its sentence is contract.rule.* of the catalogue.
type Rule string

// The rules.
const (
	Unreadable     Rule = "unreadable"       // the reader could not make it out
	WrongType      Rule = "type"             // no value of the field's type
	Blank          Rule = "required"         // missing where a value is required
	TooSmall       Rule = "minimum"          // below the least, or not above it
	TooLarge       Rule = "maximum"          //
	NotAllowed     Rule = "enum"             // none of the allowed values
	WrongPattern   Rule = "pattern"          // also of the formats email, uri and uuid
	WrongLength    Rule = "length"           //
	NoRegion       Rule = "region"           // no code or name of a region
	Ambiguous      Rule = "region-ambiguous" // a name that a kabupaten and a kota share
	OtherRegion    Rule = "coverage-region"  // outside the regions that the dataset covers
	OtherPeriod    Rule = "coverage-period"  // outside its period
	BadIdentity    Rule = "identity"         // an identity number of impossible structure
	HiddenIdentity Rule = "identity-in-text" // an identity number in a column that should hold none
	Repeated       Rule = "unique"           // the value or key stands in an earlier row
)

// Rules lists the rules.
var Rules = []Rule{Unreadable, WrongType, Blank, TooSmall, TooLarge, NotAllowed, WrongPattern, WrongLength, NoRegion, Ambiguous, OtherRegion, OtherPeriod, BadIdentity, HiddenIdentity, Repeated}

// Break is one rule broken by one row.
type Break struct {
	Rule  Rule
	Field string // name; of a key of several fields, their names with commas
	Value string // as it may be shown: masked where it tells of a person
	Limit string // what the contract allows; of Repeated the number of the earlier row; of BadIdentity the identity.Fault
}

// Text is the break in a sentence.
func (b Break) Text(l i18n.Lang) string {
	limit := b.Limit
	if b.Rule == BadIdentity {
		limit = i18n.Text(l, "identity.fault."+limit, nil)
	}
	return problem.Mask(i18n.Text(l, "contract.rule."+string(b.Rule), map[string]any{"column": b.Field, "value": b.Value, "limit": limit}))
}

// Reject is a row that is not taken.
type Reject struct {
	Row    int64 // as the reader numbers it
	Breaks []Break
}

// Count is how many rows broke a rule at a field.
type Count struct {
	Rule  Rule
	Field string
	Rows  int64
}

// Check holds the rows of one table against a contract and makes of them what is
// stored. It is for one goroutine. Of memory it takes 40 bytes for each row and
// key that must not repeat, and nothing else that grows with the rows.
type Check struct {
	c      *Contract
	in     *source.Table
	out    source.Table
	fields []fieldCheck
	stored []int // fields in the order of out
	keys   []*keyCheck
	work   source.Batch
	breaks [][]Break
	buffer []byte

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

type doubtAt struct {
	field int
	doubt identity.Doubt
}

type doubted struct{ rows, first int64 }

// fieldCheck is a field with the column that it reads.
type fieldCheck struct {
	*Field
	column  int // of the file; -1 when it has none
	kind    source.Kind
	convert *converter
	pattern *regexp.Regexp
	words   map[string]bool   // allowed texts
	spelt   map[string]string // them by HeaderKey, where that is of one alone
	numbers map[float64]bool
	limit   string // allowed values in words
	low     float64
	high    float64
	lowOpen bool
	highOpn bool
	system  string // of codes of regions
	regions map[string]regionRead
	hasher  *identity.Hasher
	needed  bool
	filled  int64
	zeroEnd int64
}

type regionRead struct {
	code string
	rule Rule
}

// mostRegions is how many ways of writing a region are remembered.
const mostRegions = 100_000

type keyCheck struct {
	name   string
	fields []int
	seen   map[[2]uint64]int64
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// Check begins to hold a table against the contract. Ring makes the pseudonyms
// and may be nil when the contract has none. Errors are problems: columns that
// the contract needs and the file lacks, that two columns mean the same field,
// or that the file has too many.
func (c *Contract) Check(t *source.Table, ring *identity.Ring) (*Check, error) {
	k := &Check{c: c, in: t, counts: map[Count]int64{}, doubts: map[doubtAt]*doubted{}}
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
	return k, nil
}

func (k *Check) key(names []string) {
	one := &keyCheck{name: strings.Join(names, ", "), seen: map[[2]uint64]int64{}}
	for _, n := range names {
		one.fields = append(one.fields, k.c.index(n))
	}
	k.keys = append(k.keys, one)
}

// Table is what is stored: the fields that are kept in some form, under their
// names.
func (k *Check) Table() *source.Table { return &k.out }

// Rows counts what Batch has seen.
func (k *Check) Rows() Rows { return k.rows }

// bind gives for each field the column of the file, -1 where there is none.
func (k *Check) bind() ([]int, error) {
	var list problem.List
	byKey := map[string]int{}
	for i, f := range k.c.Fields {
		for _, h := range append([]string{f.Name}, f.Synonyms...) {
			if key := HeaderKey(h); key != "" {
				byKey[key] = i
			} else {
				byKey[h] = i
			}
		}
	}
	columns := make([]int, len(k.c.Fields))
	for i := range columns {
		columns[i] = -1
	}
	var extra []string
	var order []int
	named := map[int]bool{} // fields that a column has the name of
	find := func(header string) (int, bool) {
		key := HeaderKey(header)
		if key == "" {
			key = header
		}
		i, ok := byKey[key]
		return i, ok && header != ""
	}
	for _, col := range k.in.Columns {
		if i, ok := find(col.Name); ok {
			named[i] = true
		}
	}
	for j, col := range k.in.Columns {
		i, ok := find(col.Name)
		if !ok { // the label serves where no column has the name
			i, ok = find(col.Label)
			ok = ok && !named[i]
		}
		switch {
		case !ok:
			extra = append(extra, short(problem.Mask(col.Name)))
		case columns[i] >= 0:
			list = append(list, problem.New("contract-column-twice", "column", k.c.Fields[i].Name, "first", short(k.in.Columns[columns[i]].Name), "second", short(col.Name)))
		default:
			columns[i] = j
			order = append(order, i)
		}
	}
	var absent []string
	for i, f := range k.c.Fields {
		if columns[i] >= 0 {
			continue
		}
		if k.c.Match == Exact || k.c.Match == Equal || k.c.Match == Subset || f.Constraints.Required || slices.Contains(k.c.PrimaryKey, f.Name) {
			list = append(list, problem.New("contract-column-absent", "column", f.Name, "known", f.headersOf(), "suggestion", problem.Nearest(f.Name, extra)))
		} else {
			absent = append(absent, f.Name)
		}
	}
	if len(extra) > 0 && (k.c.Match == Exact || k.c.Match == Equal || k.c.Match == Superset) {
		list = append(list, problem.New("contract-columns-extra", "columns", few(extra), "number", len(extra)))
	} else if len(extra) > 0 {
		k.cautions = append(k.cautions, problem.New("contract-columns-left", "columns", few(extra), "number", len(extra)))
	}
	if len(absent) > 0 {
		k.cautions = append(k.cautions, problem.New("contract-columns-absent", "columns", few(absent), "number", len(absent)))
	}
	if len(list) == 0 && k.c.Match == Exact && !slices.IsSorted(order) {
		list = append(list, problem.New("contract-columns-order"))
	}
	if len(list) > 0 {
		return nil, list
	}
	return columns, nil
}

// few gives the first of many.
func few(all []string) []string {
	if len(all) > 10 {
		return append(slices.Clone(all[:10]), "…")
	}
	return all
}

// prepare settles what a value is held against.
func (f *fieldCheck) prepare(c *Contract) {
	k := &f.Constraints
	if k.Pattern != "" {
		f.pattern, _ = wholePattern(k.Pattern) // found sound by Parse
	} else if form, ok := formats[f.Format]; ok && f.Type == String {
		f.pattern = form
	}
	for _, b := range []struct {
		l    *Literal
		to   *float64
		open *bool
		yes  bool
	}{{k.Minimum, &f.low, &f.lowOpen, false}, {k.AboveMinimum, &f.low, &f.lowOpen, true}, {k.Maximum, &f.high, &f.highOpn, false}, {k.BelowMaximum, &f.high, &f.highOpn, true}} {
		if b.l == nil {
			continue
		}
		if x := f.order(b.l.Text); b.to == &f.low && x >= *b.to || b.to == &f.high && x <= *b.to {
			*b.to, *b.open = x, b.yes
		}
	}
	if allowed := f.Allowed(); allowed != nil {
		f.words, f.numbers, f.spelt = map[string]bool{}, map[float64]bool{}, map[string]string{}
		var texts []string
		for _, l := range allowed {
			f.words[l.Text] = true
			x, _ := strconv.ParseFloat(l.Text, 64)
			if f.Type == Boolean && l.Text == "true" {
				x = 1
			}
			f.numbers[x] = true
			texts = append(texts, l.Text)
			key := HeaderKey(l.Text)
			if _, twice := f.spelt[key]; twice {
				f.spelt[key] = "" // two allowed values look alike: nothing is guessed
			} else {
				f.spelt[key] = l.Text
			}
		}
		f.limit = strings.Join(few(texts), ", ")
	}
	if f.system = c.region(f.Name); f.system != "" {
		f.regions = map[string]regionRead{}
	}
}

var formats = map[string]*regexp.Regexp{
	"email": regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`),
	"uri":   regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:\S+$`),
	"uuid":  regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
}

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
	k.work.Start(len(k.fields))
	k.breaks = append(k.breaks[:0], make([][]Break, n)...)
	skip := k.skipped(in)
	bad := map[[2]int64]bool{} // row, column
	for _, b := range in.Bad {
		bad[[2]int64{b.Row, int64(b.Column)}] = true
	}
	for i := range k.fields {
		k.column(in, i, skip, bad)
	}
	k.identities(in, skip)
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
		k.store(out, i, row)
	}
	return rejects
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
	k.breaks[i] = append(k.breaks[i], Break{r, f.Name, shown(f.Field, value), limit})
}

// shown is a value as a message may show it: of persons nothing that tells who
// or what they are.
func shown(f *Field, value string) string {
	switch f.Sensitivity {
	case Identity:
		return identity.Masked(f.Identity, value)
	case Personal:
		return identity.Masked(identity.Name, value)
	}
	return problem.Mask(short(value))
}

// column converts and checks the cells of a field.
func (k *Check) column(in *source.Batch, i int, skip map[int]source.Said, bad map[[2]int64]bool) {
	f := &k.fields[i]
	w := &k.work
	for r := range in.Row {
		if _, ok := skip[r]; ok || f.column < 0 {
			w.AddMissing(i, f.convert.to, source.Plain)
			continue
		}
		cells := &in.Cells[f.column]
		if len(bad) > 0 && bad[[2]int64{in.Row[r], int64(f.column)}] {
			w.AddMissing(i, f.convert.to, source.Plain)
			k.broke(r, Unreadable, f, "", string(f.Type))
			continue
		}
		if !f.convert.read(cells, f.kind, r, w, i) {
			k.broke(r, WrongType, f, cells.Spell(f.kind, r), string(f.Type))
			continue
		}
		c := &w.Cells[i]
		if c.Missing[r] != "" {
			if f.needed {
				k.broke(r, Blank, f, "", "")
			}
			continue
		}
		f.filled++
		k.value(r, f, c)
	}
}

// value holds one value against its field.
func (k *Check) value(r int, f *fieldCheck, c *source.Cells) {
	var x float64
	switch f.convert.to {
	case source.Text:
		k.text(r, f, c)
		return
	case source.Real:
		x = c.Real[r]
	default:
		x = float64(c.Whole[r])
	}
	if x < f.low || f.lowOpen && x == f.low {
		low := cmp.Or(f.Constraints.AboveMinimum, f.Constraints.Minimum)
		k.broke(r, TooSmall, f, c.Spell(f.convert.to, r), low.Text)
	}
	if x > f.high || f.highOpn && x == f.high {
		high := cmp.Or(f.Constraints.BelowMaximum, f.Constraints.Maximum)
		k.broke(r, TooLarge, f, c.Spell(f.convert.to, r), high.Text)
	}
	if f.numbers != nil && !f.numbers[x] {
		k.broke(r, NotAllowed, f, c.Spell(f.convert.to, r), f.limit)
	}
	if f.Identity == "" && f.Stored() && (f.Type == Integer || f.Type == Number) && x >= 1e15 && x < 1e16 {
		digits := c.Spell(f.convert.to, r)
		if _, fault := identity.Read(digits); fault == "" {
			k.broke(r, HiddenIdentity, f, identity.Masked(identity.NIK, digits), "")
		}
	}
	if f.Role == PeriodRole {
		k.period(r, f, c)
	}
}

// period holds the time of a row against what the dataset covers.
func (k *Check) period(r int, f *fieldCheck, c *source.Cells) {
	p := k.c.Period
	if p == (registry.Period{}) {
		return
	}
	v := c.Whole[r]
	if f.Type == Datetime {
		v = floorDiv(v, 86_400_000_000)
	}
	var day string
	whole := len("2006-01-02")
	switch f.Type {
	case Year:
		day, whole = time.Date(int(v), 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 4
	case YearMonth:
		day, whole = time.Unix(v*86400, 0).UTC().Format(time.DateOnly), 7
	default:
		day = time.Unix(v*86400, 0).UTC().Format(time.DateOnly)
	}
	day = day[:whole]
	if p.From != "" && day < string(p.From)[:whole] || p.Until != "" && day > string(p.Until)[:whole] {
		k.broke(r, OtherPeriod, f, day, string(p.From)+" - "+string(p.Until))
	}
}

// text holds a text against its field.
func (k *Check) text(r int, f *fieldCheck, c *source.Cells) {
	s := c.Text[r]
	if f.system != "" {
		read := f.region(k.c, s)
		if read.rule != "" {
			limit := ""
			if read.rule == OtherRegion {
				limit = strings.Join(few(k.c.Regions), ", ")
			}
			k.broke(r, read.rule, f, s, limit)
			return
		}
		s = read.code
		c.Text[r] = s
	}
	if f.Identity != "" {
		if f.Identity == identity.NIK || f.Identity == identity.KK {
			return // identities reads them, with the rest of the row
		}
		if f.Treatment == Hash {
			if _, ok := identity.Normal(f.Identity, s); !ok {
				k.broke(r, WrongType, f, s, string(f.Identity))
				return
			}
		}
	} else if f.Stored() {
		if digits := hidden(s); digits != "" {
			k.broke(r, HiddenIdentity, f, identity.Masked(identity.NIK, digits), "")
			return
		}
	}
	if n := &f.Constraints; n.MinLength > 0 || n.MaxLength > 0 {
		if size := utf8.RuneCountInString(s); size < n.MinLength || n.MaxLength > 0 && size > n.MaxLength {
			k.broke(r, WrongLength, f, s, strconv.Itoa(n.MinLength)+" - "+strconv.Itoa(n.MaxLength))
		}
	}
	if f.pattern != nil && !f.pattern.MatchString(s) {
		k.broke(r, WrongPattern, f, s, cmp.Or(f.Constraints.Pattern, f.Format))
	}
	if f.words == nil || f.words[s] {
		return
	}
	if right := f.spelt[HeaderKey(s)]; right != "" { // "APBD PROVINSI" is "APBD provinsi"
		c.Text[r] = right
		return
	}
	k.broke(r, NotAllowed, f, s, f.limit)
}

// hidden finds an identity number in a text: 16 digits in a row, or in groups by
// points, blanks, dashes or the like, whose structure is sound. "" when there is
// none.
func hidden(s string) string {
	digits := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		} else if s[i] >= 0x80 { // may be a digit of another script
			digits += 2
		}
	}
	if digits < identity.Length {
		return ""
	}
	for _, run := range digitRuns.FindAllString(norm.NFKC.String(s), -1) {
		var groups []string
		for _, g := range strings.FieldsFunc(run, func(r rune) bool { return r < '0' || r > '9' }) {
			for len(g) >= 2*identity.Length && len(g)%identity.Length == 0 { // two without anything between
				groups, g = append(groups, g[:identity.Length]), g[identity.Length:]
			}
			groups = append(groups, g)
		}
		for i := range groups {
			together := ""
			for j := i; j < len(groups) && len(together) < identity.Length; j++ {
				together += groups[j]
			}
			if _, fault := identity.Read(together); fault == "" {
				return together
			}
		}
	}
	return ""
}

// digitRuns are digits with at most three joining signs between them.
var digitRuns = regexp.MustCompile(`[0-9](?:[\s\p{Cf}\p{Pd}./_'|]{0,3}[0-9])*`)

// region reads a cell as a region.
func (f *fieldCheck) region(c *Contract, s string) regionRead {
	if read, ok := f.regions[s]; ok {
		return read
	}
	read := readRegion(s, f.system)
	if read.rule == "" && len(c.Regions) > 0 && !slices.ContainsFunc(c.Regions, func(root string) bool { return registry.Within(read.code, root) }) {
		read.rule = OtherRegion
	}
	if len(f.regions) < mostRegions {
		f.regions[strings.Clone(s)] = read
	}
	return read
}

func readRegion(s, system string) regionRead {
	digits := strings.ReplaceAll(strings.TrimSuffix(s, ".0"), ".", "")
	if len(digits) > 4 && knownRegion(digits) {
		return regionRead{code: digits}
	}
	m := registry.MatchRegion(s)
	if r, ok := m.One(); ok {
		if system == Kemendagri && r.Kemendagri != "" {
			return regionRead{code: strings.ReplaceAll(r.Kemendagri, ".", "")}
		}
		return regionRead{code: r.Code}
	}
	if len(m.Found) > 1 {
		return regionRead{rule: Ambiguous}
	}
	if knownRegion(digits) {
		return regionRead{code: digits}
	}
	return regionRead{rule: NoRegion}
}

// identities reads the NIK and KK with the rest of their row.
func (k *Check) identities(in *source.Batch, skip map[int]source.Said) {
	born, sex, home := k.kindField(identity.BirthDate, source.Day), k.c.role(SexRole), -1
	if len(k.c.RegionKeys) > 0 {
		home = k.c.index(k.c.RegionKeys[0].Field)
	}
	for i := range k.fields {
		f := &k.fields[i]
		if f.Identity != identity.NIK && f.Identity != identity.KK || !f.Stored() { // what is dropped may be a text with a number in it
			continue
		}
		c := &k.work.Cells[i]
		for r := range in.Row {
			if _, ok := skip[r]; ok || c.Missing[r] != "" {
				continue
			}
			digits, ok := identity.Digits(c.Text[r])
			fault := identity.NotDigits
			var n identity.Number
			if ok {
				n, fault = identity.Read(digits)
			}
			if fault != "" {
				k.broke(r, BadIdentity, f, c.Text[r], string(fault))
				continue
			}
			c.Text[r] = digits
			if digits[15] == '0' {
				f.zeroEnd++
			}
			var b identity.Beside
			if home >= 0 && k.work.Cells[home].Missing[r] == "" {
				b.Region = k.work.Cells[home].Text[r]
			}
			if born >= 0 && k.work.Cells[born].Missing[r] == "" {
				b.Born = time.Unix(k.work.Cells[born].Whole[r]*86400, 0).UTC()
			}
			if sex >= 0 && k.work.Cells[sex].Missing[r] == "" {
				b.Woman = Woman(k.work.Cells[sex].Spell(k.fields[sex].convert.to, r))
			}
			for _, d := range n.Doubts(f.Identity, b) {
				at := doubtAt{i, d}
				if k.doubts[at] == nil {
					k.doubts[at] = &doubted{first: in.Row[r]}
				}
				k.doubts[at].rows++
			}
		}
	}
}

func (k *Check) kindField(kind identity.Kind, held source.Kind) int {
	return slices.IndexFunc(k.fields, func(f fieldCheck) bool { return f.Identity == kind && f.convert.to == held })
}

// Woman reads what tables write of a person's sex; nil for anything else. BPS
// codes men 1 and women 2.
func Woman(s string) *bool {
	yes, no := true, false
	switch HeaderKey(s) {
	case "p", "pr", "perempuan", "wanita", "w", "f", "female", "2":
		return &yes
	case "l", "lk", "lakilaki", "pria", "m", "male", "1":
		return &no
	}
	return nil
}

// unique holds the keys of a row that is sound otherwise.
func (k *Check) unique(i int, row int64) {
	type claim struct {
		key *keyCheck
		sum [2]uint64
	}
	var claims []claim
	for _, key := range k.keys {
		k.buffer = k.buffer[:0]
		blank := false
		for _, j := range key.fields {
			f, c := &k.fields[j], &k.work.Cells[j]
			if c.Missing[i] != "" {
				blank = true // the standard lets missing values of unique fields repeat
				continue
			}
			switch f.convert.to {
			case source.Text:
				k.buffer = binary.AppendUvarint(k.buffer, uint64(len(c.Text[i])))
				k.buffer = append(k.buffer, c.Text[i]...)
			case source.Real:
				k.buffer = binary.LittleEndian.AppendUint64(k.buffer, math.Float64bits(c.Real[i]+0))
			default:
				k.buffer = binary.LittleEndian.AppendUint64(k.buffer, uint64(c.Whole[i]))
			}
		}
		if blank {
			continue
		}
		sum := [2]uint64{maphash.Bytes(seeds[0], k.buffer), maphash.Bytes(seeds[1], k.buffer)}
		if first, ok := key.seen[sum]; ok {
			value := ""
			if len(key.fields) == 1 {
				j := key.fields[0]
				value = shown(k.fields[j].Field, k.work.Cells[j].Spell(k.fields[j].convert.to, i))
			}
			k.breaks[i] = append(k.breaks[i], Break{Repeated, key.name, value, strconv.FormatInt(first, 10)})
		}
		claims = append(claims, claim{key, sum})
	}
	if len(k.breaks[i]) == 0 {
		for _, c := range claims {
			c.key.seen[c.sum] = row
		}
	}
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
