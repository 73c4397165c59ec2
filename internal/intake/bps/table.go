package bps

import (
	"context"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Said is what somebody says of a table that the table does not say itself.
type Said struct {
	Indicator string // code of the register; empty: as heads and titles say
	Period    string // a year or the month of a survey; empty: the same
	Source    string // where the figures stand; empty: title and file
	Release   registry.Day
	File      string // its name
}

// mostTableRows bounds a table: all villages of the country have fewer.
const mostTableRows = 100_000

// ReadTable makes figures of a table that BPS has published as a file, as the
// readers of files yield it: rows are regions, heads and titles say of what and of
// when its columns are. What was decided is a caution, so is each column that was
// passed over. Errors: a problem where no column, region or period can be told.
func ReadTable(ctx context.Context, from source.Reader, said Said, keep Keep) (Reading, error) {
	t := &sheet{from: from, said: said}
	if with, ok := from.(interface{ Layout() *grid.Layout }); ok {
		for _, n := range with.Layout().Above {
			t.titles = append(t.titles, n.Text)
		}
		t.layout = with.Layout()
	}
	if err := t.read(ctx); err != nil {
		return Reading{}, err
	}
	r := Reading{Release: said.Release, Source: said.Source}
	if r.Source == "" {
		title := strings.Join(t.titles, " ")
		if title == "" {
			title = from.Table().Label
		}
		r.Source = cut(strings.Trim(title+" ("+said.File+")", " "))
	}
	if err := t.roles(); err != nil {
		return r, err
	}
	if err := t.figures(&r, keep); err != nil {
		return r, err
	}
	r.Cautions = slices.Concat(t.cautions, t.bad, from.Cautions())
	return r, nil
}

// sheet is a table that is being read.
type sheet struct {
	from     source.Reader
	said     Said
	layout   *grid.Layout
	titles   []string
	rows     []sheetRow
	name     int // column of the regions' names; -1: none
	code     int // of their codes; -1: none
	year     int // of the years; -1: none
	month    int // of the months; -1: none
	values   []measured
	cautions problem.List
	bad      problem.List
}

// sheetRow is a row with the heading above it.
type sheetRow struct {
	number  int64
	cells   []sheetCell
	heading string
}

type sheetCell struct {
	text    string
	value   *float64
	missing bool // the cell says that there is no value
	mark    registry.Mark
}

// measured is a column of figures.
type measured struct {
	column    int
	name      string
	indicator registry.Indicator
	scale     float64
	year      int // 0: of the row, or as was said
	month     int // 0: not said
	monthSaid bool
	mark      registry.Mark
}

// read takes the rows in: a table of BPS is small.
func (t *sheet) read(ctx context.Context) error {
	columns := t.from.Table().Columns
	var b source.Batch
	heading := ""
	for {
		err := t.from.Next(ctx, &b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		marks := map[int64][]source.Mark{}
		for _, m := range b.Marks {
			marks[m.Row] = append(marks[m.Row], m)
		}
		for _, bad := range b.Bad {
			t.bad = append(t.bad, bad.Problem)
		}
		for i, number := range b.Row {
			row := sheetRow{number: number, cells: make([]sheetCell, len(columns))}
			for k := range columns {
				row.cells[k] = cellOf(columns[k].Kind, &b.Cells[k], i)
			}
			section := false
			for _, m := range marks[number] {
				switch {
				case m.Said == source.Section:
					section = true
				case m.Said == source.Preliminary && m.Column >= 0:
					row.cells[m.Column].mark = registry.Preliminary
				case m.Said == source.VeryPreliminary && m.Column >= 0:
					row.cells[m.Column].mark = registry.VeryPreliminary
				}
			}
			if section || row.heads() {
				heading = row.words()
				continue
			}
			if row.heading = heading; len(t.rows) == mostTableRows {
				return problem.New("bps-table-long", "most", mostTableRows)
			}
			t.rows = append(t.rows, row)
		}
	}
}

var levelWord = regexp.MustCompile(`(?i)^(kabupaten|kab\.?|kota|regency|regencies|municipality|city|cities)\b[^\d]*$`)

// heads tells a heading such as "Kota/Municipality" in a table of two columns.
func (r sheetRow) heads() bool {
	for _, c := range r.cells {
		if c.value != nil {
			return false
		}
	}
	found := registry.MatchRegion(r.words()).Found
	return len(found) == 0 && levelWord.MatchString(r.words())
}

func cellOf(kind source.Kind, c *source.Cells, i int) sheetCell {
	if c.Missing[i] != "" {
		return sheetCell{missing: c.Missing[i] != source.Plain}
	}
	switch kind {
	case source.Text:
		return sheetCell{text: strings.Join(strings.Fields(c.Text[i]), " ")}
	case source.Real:
		v := c.Real[i]
		return sheetCell{text: strconv.FormatFloat(v, 'f', -1, 64), value: &v}
	}
	v := float64(c.Whole[i])
	return sheetCell{text: strconv.FormatInt(c.Whole[i], 10), value: &v}
}

// words are the texts of a row on one line.
func (r sheetRow) words() string {
	var all []string
	for _, c := range r.cells {
		if c.text != "" {
			all = append(all, c.text)
		}
	}
	return strings.Join(all, " ")
}

var (
	codeHead  = regexp.MustCompile(`(?i)\b(kode|code)\b`)
	yearHead  = regexp.MustCompile(`(?i)^(tahun|year)\b`)
	monthHead = regexp.MustCompile(`(?i)^(bulan|periode|semester|month|period)\b`)
	orderHead = regexp.MustCompile(`(?i)^(no|no\.|nomor|number)$`)
	yearIn    = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)(\*{0,2})(?:$|[^\d*])`)
	codeForm  = regexp.MustCompile(`^\d{2}(\.?\d{2})?$`)
)

// roles settles what each column is.
func (t *sheet) roles() error {
	t.name, t.code, t.year, t.month = -1, -1, -1, -1
	most := 0
	columns := t.from.Table().Columns
	for k, c := range columns {
		switch head := headOf(c); {
		case codeHead.MatchString(head) && t.code < 0 && t.all(k, func(s string) bool { return codeForm.MatchString(s) }):
			t.code = k
		case yearHead.MatchString(head) && t.year < 0:
			t.year = k
		case monthHead.MatchString(head) && t.month < 0 && c.Kind == source.Text:
			t.month = k
		case c.Kind == source.Text:
			if n := t.regions(k); n > most {
				t.name, most = k, n
			}
		}
	}
	if t.name < 0 && t.code < 0 {
		return problem.New("bps-table-regions", "found", headsOf(columns))
	}
	var passed []string
	for k, c := range columns {
		if k == t.name || k == t.code || k == t.year || k == t.month || orderHead.MatchString(headOf(c)) {
			continue
		}
		m, ok := t.measures(k, c)
		if !ok || c.Kind != source.Real && c.Kind != source.Whole {
			passed = append(passed, cut(headOf(c)))
			continue
		}
		t.values = append(t.values, m)
	}
	if len(t.values) == 0 {
		return problem.New("bps-table-columns", "found", headsOf(columns), "expected", indicatorCodes())
	}
	if len(passed) > 0 {
		t.cautions = append(t.cautions, problem.New("bps-table-passed", "n", len(passed), "found", passed[:min(len(passed), 5)]))
	}
	return nil
}

func headOf(c source.Column) string {
	if c.Label != "" {
		return c.Name + " " + c.Label
	}
	return c.Name
}

func headsOf(all []source.Column) []string {
	var heads []string
	for _, c := range all[:min(len(all), 8)] {
		heads = append(heads, cut(headOf(c)))
	}
	return heads
}

func indicatorCodes() []string {
	var all []string
	for _, i := range registry.Indicators() {
		all = append(all, i.Code)
	}
	return all
}

// all tells whether each filled cell of a column is so, and there is one.
func (t *sheet) all(column int, is func(string) bool) bool {
	some := false
	for _, r := range t.rows {
		if s := r.cells[column].text; s != "" {
			if !is(s) {
				return false
			}
			some = true
		}
	}
	return some
}

// regions counts the cells of a column that name a region.
func (t *sheet) regions(column int) int {
	n := 0
	for _, r := range t.rows {
		if s := r.cells[column].text; s != "" && (len(registry.MatchRegion(s).Found) > 0 || provinceNamed(s) != "") {
			n++
		}
	}
	return n
}

// The words of heads and titles. Topics are looked for before poverty itself, which
// their titles name too.
var (
	topics = []struct {
		says *regexp.Regexp
		code string
	}{
		{regexp.MustCompile(`(?i)garis kemiskinan|poverty line`), "poverty-line"},
		{regexp.MustCompile(`(?i)kedalaman|poverty gap|\bp1\b`), "p1"},
		{regexp.MustCompile(`(?i)keparahan|poverty severity|\bp2\b`), "p2"},
		{regexp.MustCompile(`(?i)pengangguran terbuka|\btpt\b|unemployment`), "unemployment"},
		{regexp.MustCompile(`(?i)\bgini\b`), "gini"},
		{regexp.MustCompile(`(?i)pembangunan manusia|\bipm\b|\bhdi\b|human development`), "hdi"},
		{regexp.MustCompile(`(?i)\bp0\b`), "p0"},
	}
	poorWords   = regexp.MustCompile(`(?i)miskin|\bpoor\b|poverty`)
	shareWords  = regexp.MustCompile(`(?i)persen|percent|%|\brate\b`)
	countWords  = regexp.MustCompile(`(?i)jumlah|\bribu\b|\bjiwa\b|\borang\b|number|thousand`)
	peopleWords = regexp.MustCompile(`(?i)jumlah penduduk|^population|total population`)
	thousands   = regexp.MustCompile(`(?i)\bribu\b|\bribuan\b|thousand|\b000\b`)
	millions    = regexp.MustCompile(`(?i)\bjuta\b|million`)
	persons     = regexp.MustCompile(`(?i)\bjiwa\b|\borang\b|\bpeople\b|\bpersons?\b`)
)

// measures says of what a column is: what its own head says counts before the heads
// above it and the titles.
func (t *sheet) measures(column int, c source.Column) (measured, bool) {
	words := slices.Clone(t.titles)
	own := len(words)
	if t.layout != nil && column < len(t.layout.Columns) && len(t.layout.Columns[column].Levels) > 0 {
		words = append(words, t.layout.Columns[column].Levels...)
	} else {
		words = append(words, c.Name)
	}
	if c.Label != "" {
		words = append(words, c.Label)
	}
	m := measured{column: column, name: cut(headOf(c)), scale: 1}
	code := t.said.Indicator
	if code == "" {
		code = indicatorIn(words)
	}
	if indicatorIn(words[own:]) == "" && !onlyGeneral(words[own:]) { // the title speaks of other columns
		return m, false
	}
	var ok bool
	if m.indicator, ok = registry.FindIndicator(code); !ok {
		return m, false
	}
	for i, w := range slices.Backward(words) {
		if years := yearsIn(w); len(years) == 1 && m.year == 0 && (i >= own || t.year < 0) {
			m.year = years[0].year
			m.mark = years[0].mark
		}
		if months := monthsIn(w); len(months) == 1 && !m.monthSaid && (i >= own || t.month < 0) {
			m.month, m.monthSaid = months[0], true
		}
	}
	m.scale = t.scaleOf(m, words)
	return m, true
}

// general are the words of heads that leave it to the title of what they are.
var general = regexp.MustCompile(`(?i)\b(persentase|percentage|persen|percent|jumlah|number|total|nilai|value|angka|figure|indeks|index|rupiah|rp|kapita|capita|orang|jiwa|people|person|ribu|thousand|juta|million|bulan|month|tahun|year|semester|maret|march|september|penduduk|population|miskin|poor|of|per|di|in)\b`)

// onlyGeneral tells whether heads name nothing of their own.
func onlyGeneral(words []string) bool {
	for _, w := range words {
		if letters(general.ReplaceAllString(w, " ")) != "" {
			return false
		}
	}
	return true
}

// indicatorIn finds the indicator that words name, the last of them first; "" where
// they name none, or two at one level.
func indicatorIn(words []string) string {
	for _, w := range slices.Backward(words) {
		var found []string
		for _, topic := range topics {
			if topic.says.MatchString(w) {
				found = append(found, topic.code)
			}
		}
		if len(found) == 1 {
			return found[0]
		}
		if poorWords.MatchString(w) || len(found) > 1 {
			break
		}
	}
	if !slices.ContainsFunc(words, poorWords.MatchString) {
		if slices.ContainsFunc(words, peopleWords.MatchString) {
			return "population"
		}
		return ""
	}
	for _, w := range slices.Backward(words) {
		switch share, count := shareWords.MatchString(w), countWords.MatchString(w); {
		case share && !count:
			return "p0"
		case count && !share:
			return "poor"
		}
	}
	return ""
}

// scaleOf is what makes the register's unit of the column's.
func (t *sheet) scaleOf(m measured, words []string) float64 {
	if u := m.indicator.Unit.EN; u != "thousand people" && u != "people" {
		return 1
	}
	for _, w := range slices.Backward(words) {
		var per float64
		switch {
		case millions.MatchString(w):
			per = 1e6
		case thousands.MatchString(w):
			per = 1e3
		case persons.MatchString(w):
			per = 1
		default:
			continue
		}
		if m.indicator.Unit.EN == "thousand people" {
			per /= 1000
		}
		if per != 1 {
			t.cautions = append(t.cautions, problem.New("bps-table-scaled", "column", m.name, "unit", m.indicator.Unit.ID, "factor", per))
		}
		return per
	}
	return 1
}

type markedYear struct {
	year int
	mark registry.Mark
}

// yearsIn are the different years that a text names.
func yearsIn(s string) []markedYear {
	var all []markedYear
	for len(s) > 0 {
		at := yearIn.FindStringSubmatchIndex(s)
		if at == nil {
			break
		}
		y, _ := strconv.Atoi(s[at[2]:at[3]])
		found := markedYear{y, registry.Mark(s[at[4]:at[5]])}
		if !slices.ContainsFunc(all, func(o markedYear) bool { return o.year == y }) {
			all = append(all, found)
		}
		s = s[at[5]:]
	}
	return all
}

// monthsIn are the months that a text names.
func monthsIn(s string) []int {
	var all []int
	for m, names := range months {
		if m > 0 && monthWord(names).MatchString(s) {
			all = append(all, m)
		}
	}
	return all
}

// period is the period of a cell, and whether the survey's rule gave its month.
func (t *sheet) period(m measured, row sheetRow) (period string, mark registry.Mark, ruled bool, err error) {
	year, month, said := m.year, m.month, m.monthSaid
	mark = m.mark
	if t.year >= 0 {
		years := yearsIn(row.cells[t.year].text)
		if len(years) != 1 {
			return "", "", false, problem.New("bps-table-year", "row", row.number, "found", cut(row.cells[t.year].text))
		}
		year, mark = years[0].year, max(mark, years[0].mark)
	}
	if t.month >= 0 {
		found := monthsIn(row.cells[t.month].text)
		if len(found) != 1 {
			return "", "", false, problem.New("bps-table-month", "row", row.number, "found", cut(row.cells[t.month].text))
		}
		month, said = found[0], true
	}
	if t.said.Period != "" && (year == 0 || !said && strings.HasPrefix(t.said.Period, strconv.Itoa(year))) {
		return t.said.Period, mark, false, nil
	}
	if year == 0 {
		return "", "", false, problem.New("bps-table-period", "column", m.name)
	}
	if !said && slices.ContainsFunc(Poverty, func(s Series) bool { return s.Indicator == m.indicator.Code }) {
		month, ruled = surveyMonth(year), true
	}
	if month > 0 {
		return strconv.Itoa(year) + "-" + strconv.Itoa(100 + month)[1:], mark, ruled, nil
	}
	return strconv.Itoa(year), mark, false, nil
}

// figures makes the figures of all rows.
func (t *sheet) figures(r *Reading, keep Keep) error {
	var unknown []string
	rows := 0
	for _, row := range t.rows {
		region, err := t.region(row)
		if err != nil {
			return err
		}
		if region == "" {
			if name := row.label(t); name != "" {
				unknown = append(unknown, cut(name))
			}
			continue
		}
		rows++
		if !keep.has(region) {
			continue
		}
		for _, m := range t.values {
			c := row.cells[m.column]
			if c.value == nil {
				r.Missing++
				continue
			}
			period, mark, ruled, err := t.period(m, row)
			if err != nil {
				return err
			}
			v := math.Round(*c.value*m.scale*1e6) / 1e6
			x := registry.Statistic{Indicator: m.indicator.Code, Region: region, Period: period, Value: &v, Decimals: max(m.indicator.Decimals, decimalsOf(v)), Mark: max(mark, c.mark)}
			if ruled && period == strconv.Itoa(firstMarch)+"-03" {
				x.Break = registry.SurveyMonthBreak
			}
			r.Rows = append(r.Rows, x)
		}
	}
	if rows == 0 {
		return problem.New("bps-table-regions", "found", headsOf(t.from.Table().Columns))
	}
	if len(unknown) > 0 {
		t.cautions = append(t.cautions, problem.New("bps-table-unknown", "n", len(unknown), "found", unknown[:min(len(unknown), 5)]))
	}
	t.cautions = append(t.cautions, halves(r.Rows)...)
	return nil
}

func (r sheetRow) label(t *sheet) string {
	if t.name >= 0 {
		return r.cells[t.name].text
	}
	return r.cells[t.code].text
}

// region is the code of a row's region: by its code, else by its name, for which
// the heading above it and the rest of the table are hints; "" for none. Errors: a
// name that a kabupaten and a kota share and nothing decides; a code and a name of
// two regions.
func (t *sheet) region(row sheetRow) (string, error) {
	var code, name string
	if t.code >= 0 {
		code = row.cells[t.code].text
	}
	if t.name >= 0 {
		name = row.cells[t.name].text
	}
	m := registry.MatchRegion(name, row.heading)
	if code != "" {
		by := registry.MatchRegion(code)
		one, ok := by.One()
		switch {
		case ok && (len(m.Found) == 0 || slices.ContainsFunc(m.Found, func(r registry.Region) bool { return r.Code == one.Code })):
			return one.Code, nil
		case ok:
			return "", problem.New("bps-table-contradicts", "row", row.number, "code", code, "found", cut(name), "expected", one.Name)
		case len(code) == 4 && len(m.Found) == 0: // of another province
			return regionOf(code), nil
		}
	}
	if len(m.Found) > 1 && t.hasBoth(name) {
		m.Found = slices.DeleteFunc(m.Found, func(r registry.Region) bool { return r.Kind == registry.CityKind })
	}
	if len(m.Found) > 1 {
		return "", problem.New("bps-table-ambiguous", "row", row.number, "found", cut(name))
	}
	if one, ok := m.One(); ok {
		return one.Code, nil
	}
	return provinceNamed(name), nil
}

// hasBoth tells whether a table that has a bare name once has that of the kota too:
// then the bare one is the kabupaten.
func (t *sheet) hasBoth(name string) bool {
	bare, city := map[string]bool{}, false
	for _, r := range t.rows {
		s := r.cells[t.name].text
		if strings.EqualFold(s, name) {
			key := ""
			for _, k := range []int{t.year, t.month} {
				if k >= 0 {
					key += r.cells[k].text + " "
				}
			}
			if bare[key] {
				return false
			}
			bare[key] = true
			continue
		}
		one, ok := registry.MatchRegion(s).One()
		if ok && one.Kind == registry.CityKind && strings.EqualFold(strings.TrimPrefix(one.Name, "Kota "), name) {
			city = true
		}
	}
	return city
}

// decimalsOf is how many decimals a number needs, at most 6.
func decimalsOf(v float64) int {
	s := strconv.FormatFloat(math.Abs(v), 'f', 6, 64)
	s = strings.TrimRight(s, "0")
	return len(s) - strings.IndexByte(s, '.') - 1
}

// halves says where a table gives the same figure for March and for September of a
// year: one of them has been copied.
func halves(rows []registry.Statistic) problem.List {
	of := map[registry.Cell]float64{}
	for _, s := range rows {
		of[s.Cell()] = *s.Value
	}
	var found problem.List
	for _, s := range rows {
		if !strings.HasSuffix(s.Period, "-09") {
			continue
		}
		march := s.Cell()
		march.Period = s.Period[:5] + "03"
		if v, ok := of[march]; ok && v == *s.Value {
			found = append(found, problem.New("bps-table-same", "indicator", s.Indicator, "region", registry.RegionName(s.Region), "year", s.Period[:4], "found", v))
		}
	}
	return found
}
