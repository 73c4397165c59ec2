package series

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// How much is kept to be compared, about 80 MB: ten years of months of every kabupaten
// and kota of the nation, or a year of every village of a province. Longer tables are of
// persons or of payments.
const (
	mostValues = 2 << 20
	mostLines  = 300_000
)

// Series is a table of figures. It is for one goroutine.
type Series struct {
	measures       []measure
	columns        []source.Column
	region, period int // columns; -1 without
	month          int // column with the names of months beside that of years; -1 without
	dims           []int
	kemendagri     bool
	lines          []line
	last           int       // where the lines added last begin
	values         []float64 // of each line all measures; NaN: none
	decimals       []int     // of each measure, the most that a value has
	rejected       []int64   // rows
	full           int64     // the row from which on there was no room; 0: none
	figures        bool      // what stood before it looked like figures in time
	words          map[string]string
	codes          map[string]string // of BPS by code of Kemendagri
	held           held
	sorted         bool
}

// line is a row.
type line struct {
	row    int64
	region string // "" unknown
	period string // 2024, 2024-03; ""
	dims   string // what else tells rows apart, joined by apart
	total  bool   // the row sums up others
}

const apart = "\x1f"

// New begins to look at a table as the contract stores it. Nil for a table that has
// no figures to compare: one about persons, or without numbers.
func New(c *contract.Contract, t *source.Table) *Series {
	if c.Class == registry.PersonalData {
		return nil
	}
	s := &Series{columns: t.Columns, region: -1, period: -1, month: -1, words: map[string]string{}, codes: map[string]string{}}
	for j, col := range t.Columns {
		f, _ := c.Field(col.Name)
		switch {
		case f.Identity != "":
			return nil
		case s.region < 0 && slices.ContainsFunc(c.RegionKeys, func(k contract.RegionKey) bool { return k.Field == f.Name }):
			s.region = j
			s.kemendagri = slices.Contains(c.RegionKeys, contract.RegionKey{Field: f.Name, System: contract.Kemendagri})
		case f.Role == contract.PeriodRole && f.Type != contract.Datetime:
			s.period = j
		case s.month < 0 && f.Type == contract.String && among(words(f.Name), []string{"periode", "period", "bulan", "month"}):
			s.month = j
			s.dims = append(s.dims, j) // where it has no names of months
		case slices.Contains(c.PrimaryKey, f.Name), f.Role == contract.ProgrammeRole, len(c.PrimaryKey) == 0 && len(f.Allowed()) > 0:
			s.dims = append(s.dims, j)
		case f.Type == contract.Integer || f.Type == contract.Number:
			if m, ok := measureOf(f, j); ok {
				s.measures = append(s.measures, m)
			}
		}
	}
	if len(s.measures) == 0 {
		return nil
	}
	s.decimals = make([]int, len(s.measures))
	return s
}

// Add takes rows as they are stored, and those that sum up others.
func (s *Series) Add(rows, totals *source.Batch) {
	s.last = len(s.lines)
	for _, b := range []*source.Batch{rows, totals} {
		for i, row := range b.Row {
			if s.full > 0 {
				return
			}
			if len(s.lines) == mostLines || (len(s.lines)+1)*len(s.measures) > mostValues {
				s.full, s.figures = row, s.inTime()
				s.lines, s.values, s.words, s.last = nil, nil, map[string]string{}, 0
				return
			}
			s.add(b, i, row, b == totals)
		}
	}
}

// Reject notes a row that is not stored: what it is part of cannot be added up. One
// of the rows added last is taken out again.
func (s *Series) Reject(row int64) {
	if i := slices.IndexFunc(s.lines[s.last:], func(l line) bool { return l.row == row }); i >= 0 {
		i += s.last
		s.lines = slices.Delete(s.lines, i, i+1)
		s.values = slices.Delete(s.values, i*len(s.measures), (i+1)*len(s.measures))
	}
	if len(s.rejected) < mostValues {
		s.rejected = append(s.rejected, row)
	}
}

func (s *Series) add(b *source.Batch, i int, row int64, total bool) {
	text := func(j int) string {
		if j < 0 || b.Cells[j].Missing[i] != "" {
			return ""
		}
		return s.once(b.Cells[j].Spell(s.columns[j].Kind, i))
	}
	one := line{row: row, region: s.bps(text(s.region)), period: text(s.period), total: total}
	if len(one.period) == len(time.DateOnly) {
		one.period = one.period[:7]
	}
	dims := make([]string, len(s.dims))
	for k, j := range s.dims {
		dims[k] = text(j)
		if m := months[strings.ToLower(dims[k])]; j == s.month && m != "" && len(one.period) == 4 {
			one.period, dims[k] = s.once(one.period+"-"+m), ""
		}
	}
	one.dims = s.once(strings.Join(dims, apart))
	for j := 0; j < len(s.columns) && total && one.region == ""; j++ { // "Indonesia" in a column of names
		if s.columns[j].Kind == source.Text {
			one.region = regionNamed(text(j))
		}
	}
	s.lines = append(s.lines, one)
	for k := range s.measures {
		c, v := &b.Cells[s.measures[k].column], math.NaN()
		if c.Missing[i] == "" {
			if s.columns[s.measures[k].column].Kind == source.Real {
				v = c.Real[i]
				_, digits, _ := strings.Cut(source.SpellReal(v), ".")
				if len(digits) <= 6 { // more is the trace of a number of the machine
					s.decimals[k] = max(s.decimals[k], len(digits))
				}
			} else {
				v = float64(c.Whole[i])
			}
		}
		s.values = append(s.values, v)
	}
}

// regionNamed gives the region of which a label says that it is the whole; "" for
// another label, such as "Jumlah".
func regionNamed(label string) string {
	switch contract.HeaderKey(label) {
	case "":
		return ""
	case "indonesia", "nasional", "national":
		return registry.Nation
	}
	if r, ok := registry.MatchRegion(label).One(); ok {
		return r.Code
	}
	return ""
}

// once keeps one copy of a text.
func (s *Series) once(t string) string {
	if kept, ok := s.words[t]; ok {
		return kept
	}
	t = strings.Clone(t)
	s.words[t] = t
	return t
}

// value of a line.
func (s *Series) value(line, measure int) float64 { return s.values[line*len(s.measures)+measure] }

// bps gives the code of BPS of a region.
func (s *Series) bps(code string) string {
	if !s.kemendagri || len(code) != 4 {
		return code
	}
	if known, ok := s.codes[code]; ok {
		return known
	}
	s.codes[code] = code
	if r, ok := registry.MatchRegion(code[:2] + "." + code[2:]).One(); ok {
		s.codes[code] = r.Code
	}
	return s.codes[code]
}

// order brings lines into the order of the file.
func (s *Series) order() {
	if s.sorted {
		return
	}
	s.sorted = true
	at := make([]int, len(s.lines))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(s.lines[a].row, s.lines[b].row) })
	lines, values := make([]line, len(at)), make([]float64, 0, len(s.values))
	for to, from := range at {
		lines[to] = s.lines[from]
		values = append(values, s.values[from*len(s.measures):(from+1)*len(s.measures)]...)
	}
	s.lines, s.values = lines, values
}

// Findings gives the jumps and the totals that do not add up, in order of the
// columns. Held are figures of the register that weigh regions; see Official.
func (s *Series) Findings() []contract.Finding {
	s.order()
	if s.full > 0 {
		if !s.figures {
			return nil
		}
		return []contract.Finding{{Code: contract.NotCompared, Count: s.full, Values: map[string]any{"row": s.full}, Examples: []contract.Example{}}}
	}
	found := newFound()
	s.jumps(found)
	s.totals(found)
	return found.list(s)
}

// inTime tells whether lines are figures in time: one of a unit and period, and a
// tenth of the units or more in several periods. Others are rows of persons or of
// payments, of which nothing is to be said by region and time.
func (s *Series) inTime() bool {
	type unit struct{ region, dims string }
	seen, periods, again := map[line]bool{}, map[unit]int{}, 0
	for _, l := range s.lines {
		l.row = 0
		if seen[l] {
			again++
			continue
		}
		seen[l] = true
		periods[unit{l.region, l.dims}]++
	}
	several := 0
	for _, n := range periods {
		if n > 1 {
			several++
		}
	}
	return again*10 <= len(s.lines) && several*10 >= len(periods)
}

// found gathers findings by code and column.
type found struct {
	all map[[2]string]*contract.Finding
}

func newFound() *found { return &found{map[[2]string]*contract.Finding{}} }

func (f *found) add(code contract.FindingCode, m *measure, values map[string]any, e contract.Example) {
	at := [2]string{string(code), m.Name}
	if f.all[at] == nil {
		f.all[at] = &contract.Finding{Code: code, Field: m.Name, Values: values}
	}
	f.all[at].Add(e)
}

// list gives them in order of the columns.
func (f *found) list(s *Series) []contract.Finding {
	var all []contract.Finding
	for k := range s.measures {
		for _, code := range contract.Findings {
			if one := f.all[[2]string{string(code), s.measures[k].Name}]; one != nil {
				all = append(all, *one)
			}
		}
	}
	return all
}
