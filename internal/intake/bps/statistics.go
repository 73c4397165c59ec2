package bps

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// epoch is what BPS counts years from: 125 is 2025.
const epoch = 1900

// Series is a variable whose cells are figures of an indicator.
type Series struct {
	Variable  string   // id
	Indicator string   // code of the register
	Units     []string // as BPS writes them, in lower case; none: that of the indicator
	// Month is the month of the survey of a year whose cells do not say it; nil:
	// they are of the year.
	Month func(year int) int
}

// Poverty are the figures of poverty by kabupaten and kota (domain 0000).
var Poverty = []Series{
	{"619", "poor", []string{"ribu jiwa", "ribu orang", "ribu", "(ribu jiwa)", "ribu penduduk"}, surveyMonth},
	{"621", "p0", []string{"persen", "%"}, surveyMonth},
	{"622", "p1", []string{"", "indeks", "persen", "%", "poin", "tidak ada"}, surveyMonth},
	{"623", "p2", []string{"", "indeks", "persen", "%", "poin", "tidak ada"}, surveyMonth},
	{"624", "poverty-line", []string{"rupiah/kapita/bulan", "rp/kapita/bulan", "rupiah", "rp/kap/bln"}, surveyMonth},
}

// firstMarch is the first year whose figures of kabupaten and kota are of March; up
// to then they are of the survey of September.
const firstMarch = 2015

func surveyMonth(year int) int {
	if year < firstMarch {
		return 9
	}
	return 3
}

// Reading is what an answer says for the register.
type Reading struct {
	Rows     []registry.Statistic
	Source   string       // of the batch
	Release  registry.Day // of the batch: the day of BPS' last update; empty: not said
	Cautions problem.List // of the answer, and of what was made of it
	Missing  int          // cells that say there is no figure; they make no rows
}

// Keep picks the regions of which figures are wanted, by their codes in the
// register; nil picks all.
type Keep func(region string) bool

func (k Keep) has(region string) bool { return k == nil || k(region) }

// Figures asks for the figures of series from one year to another, one request a
// variable.
func (c *Client) Figures(ctx context.Context, all []Series, first, last int, keep Keep) ([]Reading, error) {
	var readings []Reading
	for _, s := range all {
		a, err := c.Data(ctx, Query{Domain: "0000", Variable: s.Variable, Years: Years(first, last)})
		if err != nil {
			return nil, err
		}
		r, err := Statistics(a, s, keep)
		if err != nil {
			return nil, err
		}
		readings = append(readings, r)
	}
	return readings, nil
}

// Statistics makes figures of a table whose rows are regions; of several columns
// that of the total is taken. Errors: a problem where the table is of something
// else, or where years, parts of the year or codes contradict each other.
func Statistics(a Answer, s Series, keep Keep) (Reading, error) {
	r := Reading{Cautions: slices.Concat(a.Cautions, a.Origin.Cautions)}
	if len(a.LastUpdate) >= 10 {
		if day, err := registry.ParseDay(a.LastUpdate[:10]); err == nil {
			r.Release = day
		}
	}
	i := slices.IndexFunc(a.Variables, func(v Variable) bool { return v.ID == s.Variable })
	if i < 0 {
		return r, problem.New("bps-variable", "expected", s.Variable, "found", labelsOf(variableItems(a.Variables)))
	}
	v := a.Variables[i]
	indicator, ok := registry.FindIndicator(s.Indicator)
	if !ok {
		return r, problem.New("statistic-indicator", "indicator", s.Indicator, "region", "-", "period", "-", "expected", []string{})
	}
	r.Source = cut("BPS WebAPI, var " + v.ID + ": " + v.Label)
	if len(s.Units) == 0 {
		s.Units = []string{strings.ToLower(indicator.Unit.ID)}
	}
	if !slices.Contains(s.Units, strings.ToLower(v.Unit)) {
		r.Cautions = append(r.Cautions, problem.New("bps-unit", "found", v.Unit, "expected", s.Units, "label", cut(v.Label)))
	}
	if err := a.regional(); err != nil {
		return r, err
	}
	column, err := a.total()
	if err != nil {
		return r, err
	}
	monthly := false
	parts := map[Item]int{}
	for _, p := range a.parts() {
		if parts[p], err = monthOf(p); err != nil {
			return r, err
		}
		monthly = monthly || parts[p] > 0
	}
	years := map[Item]int{}
	marks := map[Item]registry.Mark{}
	for _, y := range a.Years {
		if years[y], marks[y], err = yearOf(y); err != nil {
			return r, err
		}
	}
	r.Cautions = append(r.Cautions, a.names(keep)...)
	decimals := indicator.Decimals
	if v.Decimals != nil {
		decimals = *v.Decimals
	}
	for _, c := range a.Cells {
		region := regionOf(c.Row.ID)
		if c.Variable.ID != v.ID || c.Column != column || !keep.has(region) {
			continue
		}
		if c.Value == nil {
			r.Missing++
			continue
		}
		x := registry.Statistic{Indicator: s.Indicator, Region: region, Period: strconv.Itoa(years[c.Year]), Value: c.Value, Decimals: max(decimals, c.Decimals), Mark: max(c.Mark, marks[c.Year])}
		month := parts[c.Part]
		if month == 0 && !monthly && s.Month != nil {
			month = s.Month(years[c.Year])
			if years[c.Year] == firstMarch && s.Month(firstMarch-1) != month {
				x.Break = registry.SurveyMonthBreak
			}
		}
		if month > 0 {
			x.Period += "-" + strconv.Itoa(100 + month)[1:]
		}
		r.Rows = append(r.Rows, x)
	}
	return r, nil
}

func variableItems(all []Variable) (items []Item) {
	for _, v := range all {
		items = append(items, v.Item)
	}
	return items
}

// labelsOf are a few labels for a message.
func labelsOf(all []Item) []string {
	var labels []string
	for _, i := range all[:min(len(all), 5)] {
		labels = append(labels, cut(i.Label+" ("+i.ID+")"))
	}
	return labels
}

var (
	regionWords = regexp.MustCompile(`(?i)wilayah|provinsi|propinsi|kabupaten|kota|region|province|regency|municipality|city`)
	regionCode  = regexp.MustCompile(`^([1-9]\d{3}|9999)$`)
)

// regional refuses rows that are no provinces, kabupaten and kota: the ids of
// others, such as 1 for men, must not be taken for codes.
func (a Answer) regional() error {
	if !regionWords.MatchString(a.RowsAre) {
		return problem.New("bps-not-regional", "found", a.RowsAre, "rows", labelsOf(a.Rows))
	}
	for _, r := range a.Rows {
		if !regionCode.MatchString(r.ID) {
			return problem.New("bps-not-regional", "found", a.RowsAre, "rows", labelsOf([]Item{r}))
		}
	}
	return nil
}

// regionOf gives the code of the register for the id of a row.
func regionOf(id string) string {
	if id == "9999" {
		return registry.Nation
	}
	return strings.TrimSuffix(id, "00")
}

// names holds the labels of rows against each other and against the register: rows
// are known by their codes, and a label that says otherwise shows that labels have
// shifted, or that a region has two codes.
func (a Answer) names(keep Keep) problem.List {
	var found problem.List
	first := map[string]Item{}
	for _, row := range a.Rows {
		code := regionOf(row.ID)
		if !keep.has(code) {
			continue
		}
		m := registry.MatchRegion(row.Label)
		if len(m.Found) > 0 && !slices.ContainsFunc(m.Found, func(r registry.Region) bool { return r.Code == code }) {
			found = append(found, problem.New("bps-label", "code", row.ID, "found", cut(row.Label), "expected", registry.RegionName(code)))
		}
		kind := "kabupaten"
		if len(code) == 2 {
			kind = "provinsi"
		} else if len(code) == 4 && code[2] >= '7' {
			kind = "kota"
		}
		key := kind + " " + strings.TrimPrefix(letters(row.Label), kind)
		if other, twice := first[key]; twice && other.ID != row.ID {
			found = append(found, problem.New("bps-two-codes", "label", cut(row.Label), "one", other.ID, "other", row.ID))
		} else if !twice {
			first[key] = row
		}
	}
	return found
}

var totals = regexp.MustCompile(`(?i)^(jumlah|total|perkotaan ?\+ ?perdesaan|perkotaan dan perdesaan|urban ?\+ ?rural)$`)

// total is the column of the total, or the only one.
func (a Answer) total() (Item, error) {
	var all []Item
	for _, c := range a.Cells {
		if !slices.Contains(all, c.Column) {
			all = append(all, c.Column)
		}
	}
	if len(all) == 0 {
		return Item{}, nil
	}
	if len(all) == 1 && len(a.Columns) <= 1 {
		return all[0], nil
	}
	var some []Item
	for _, i := range all {
		if totals.MatchString(i.Label) {
			some = append(some, i)
		}
	}
	if len(some) != 1 {
		return Item{}, problem.New("bps-column", "found", labelsOf(all))
	}
	return some[0], nil
}

// parts are the parts of the year that cells have.
func (a Answer) parts() []Item {
	var all []Item
	for _, c := range a.Cells {
		if !slices.Contains(all, c.Part) {
			all = append(all, c.Part)
		}
	}
	return all
}

var yearForm = regexp.MustCompile(`^((?:19|20)\d\d)\s*(\*{0,2})$`)

// yearOf reads a year from its id and its label, which must agree.
func yearOf(i Item) (int, registry.Mark, error) {
	id, err := strconv.Atoi(i.ID)
	m := yearForm.FindStringSubmatch(i.Label)
	if err != nil || id < 0 || id > 199 || m == nil || m[1] != strconv.Itoa(id+epoch) {
		return 0, "", problem.New("bps-year", "id", i.ID, "found", i.Label)
	}
	return id + epoch, registry.Mark(m[2]), nil
}

var months = []string{"", "januari|january", "februari|february", "maret|march", "april", "mei|may", "juni|june", "juli|july", "agustus|august", "september", "oktober|october", "november", "desember|december"}

// The ids of parts that BPS uses: 1 to 12 for months, 13, 0 and 63 for the year, 61
// and 62 for the halves, which figures of poverty name by the month of the survey.
var partIDs = map[string]int{"": 0, "0": 0, "13": 0, "63": 0, "61": 3, "62": 9}

// monthWord matches the names of a month as words.
func monthWord(names string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|\W)(` + names + `)($|\W)`)
}

var yearWords = regexp.MustCompile(`(?i)^(|tahun|tahunan|annual|year|tidak ada)$`)

// monthOf gives the month of a part of the year; 0: it is the whole year. The label
// counts; the id must not say another thing.
func monthOf(p Item) (int, error) {
	byID, known := partIDs[p.ID]
	if n, err := strconv.Atoi(p.ID); !known && err == nil && n >= 1 && n <= 12 {
		byID, known = n, true
	}
	month := -1
	for m, names := range months {
		if m > 0 && monthWord(names).MatchString(p.Label) {
			if month > 0 { // two months: a quarter
				return 0, problem.New("bps-part", "id", p.ID, "found", p.Label)
			}
			month = m
		}
	}
	if yearWords.MatchString(p.Label) {
		month = 0
	}
	switch {
	case p.Label == "" && known:
		return byID, nil
	case month < 0 || known && byID != month:
		return 0, problem.New("bps-part", "id", p.ID, "found", p.Label)
	}
	return month, nil
}

// ParseSeries reads which variables are meant: nothing for all of Poverty, else ids
// with commas between them, those that Poverty lacks with the code of their
// indicator: 621,413=hdi.
func ParseSeries(text string) ([]Series, error) {
	if text == "" {
		return Poverty, nil
	}
	var all []Series
	for word := range strings.SplitSeq(text, ",") {
		id, code, named := strings.Cut(strings.TrimSpace(word), "=")
		at := slices.IndexFunc(Poverty, func(s Series) bool { return s.Variable == id })
		_, known := registry.FindIndicator(code)
		switch {
		case regexp.MustCompile(`^\d+$`).MatchString(id) && at >= 0 && (!named || code == Poverty[at].Indicator):
			all = append(all, Poverty[at])
		case regexp.MustCompile(`^\d+$`).MatchString(id) && at < 0 && known:
			all = append(all, Series{Variable: id, Indicator: code})
		default:
			return nil, problem.Usage("bps-series", "found", word, "expected", indicatorCodes())
		}
	}
	return all, nil
}
