package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Mark is how final a figure is, as BPS marks it.
type Mark string

// The marks.
const (
	Final           Mark = ""
	Preliminary     Mark = "*"  // angka sementara
	VeryPreliminary Mark = "**" // angka sangat sementara
)

// The breaks of a series: why a figure is not to be compared with those of the
// periods before it.
const (
	NoBreak          = ""
	SurveyMonthBreak = "survey-month"    // another month of the survey: September until 2014, March from 2015
	ConceptBreak     = "concept"         // another definition, such as that of sanitation
	BaseBreak        = "base"            // another base of computation, such as the index of 2020 on the long form
	PopulationBreak  = "population-base" // another count of the population, such as the census of 2020
	RegionBreak      = "region-split"    // the region was split, such as the provinces of Papua
)

// Breaks lists the breaks.
var Breaks = []string{SurveyMonthBreak, ConceptBreak, BaseBreak, PopulationBreak, RegionBreak}

// Statistic is one official figure: an indicator of a region in a period. Its unit
// is the indicator's.
type Statistic struct {
	Indicator string
	Region    string   // BPS code: 0000, 2 digits for a province, 4 for a kabupaten or kota
	Period    string   // a year (2024) or the month of the survey (2024-03)
	Value     *float64 // nil: the release says that there is none
	Decimals  int      // as released, 0 to 6
	Mark      Mark
	Break     string // one of Breaks where the series breaks at this figure; empty: it does not
}

// Cell is what a figure is of.
type Cell struct{ Indicator, Region, Period string }

// Cell gives what the figure is of.
func (s Statistic) Cell() Cell { return Cell{s.Indicator, s.Region, s.Period} }

func (c Cell) compare(d Cell) int {
	if n := strings.Compare(c.Indicator, d.Indicator); n != 0 {
		return n
	}
	if n := strings.Compare(c.Region, d.Region); n != 0 {
		return n
	}
	return strings.Compare(c.Period, d.Period)
}

// Same tells whether two releases say the same of a cell.
func (s Statistic) Same(t Statistic) bool {
	if (s.Value == nil) != (t.Value == nil) || s.Mark != t.Mark || s.Break != t.Break {
		return false
	}
	return s.Value == nil || *s.Value == *t.Value && s.Decimals == t.Decimals
}

// StatisticBatch is a set of figures recorded at once from one release. Its rows
// are a content: EncodeStatistics writes them.
type StatisticBatch struct {
	ID         string   `json:"id"`
	Owner      string   `json:"owner"`      // id of the organisation that answers for the transcription
	Region     string   `json:"region"`     // the owner's, BPS code
	Source     string   `json:"source"`     // where the figures stand, such as "BPS WebAPI, var 621"
	Release    Day      `json:"release"`    // when BPS released them
	Content    string   `json:"content"`    // SHA-256 of the rows, 64 lowercase hex digits
	Rows       int64    `json:"rows"`       // figures
	Indicators []string `json:"indicators"` // codes, sorted
	First      string   `json:"first"`      // the first period
	Last       string   `json:"last"`       // the last period
	Cautions   int64    `json:"cautions"`   // how many were known when it was recorded
}

// Figure is a figure with where it comes from: one revision of its cell.
type Figure struct {
	Statistic
	Batch    string // id of the batch
	Source   string
	Release  Day
	Revision int64 // number of the event that recorded it
	Latest   bool  // no later release says otherwise
}

// StatisticLife is the life of a batch: it is corrected by the next one.
var StatisticLife = Life{Object: "statistics", States: []string{"recorded"}, Steps: []Step{{"record", []string{None}}}}

// Review is what holding figures against each other, and against those that are
// held, has found.
type Review struct {
	Refused  problem.List // what no figure can be
	Cautions problem.List // what may be right, and somebody must look at
	AddedUp  int          // wholes that the regions were added up to
	NotAdded int          // wholes for which figures or weights of regions are missing
}

// mostFound is how many of each kind a review lists.
const mostFound = 100

// RecordStatistics records figures of a release: b has ID, Source, Release and
// Content. Held are the latest figures of the indicators (and of WeighedBy), why
// is the reason given, which is needed where there are cautions. Event:
// statistics-recorded.
func RecordStatistics(b StatisticBatch, owner Organisation, rows, held []Statistic, why string, today Day) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	b.Owner, b.Region, b.Source, b.Rows = owner.ID, owner.Region, Clean(b.Source), int64(len(rows))
	if err := CheckText("statistics-source", b.Source, LongestName, false); err != nil {
		return Change{}, err
	}
	if _, err := ParseDay(string(b.Release)); err != nil {
		return Change{}, err
	}
	if b.Release > today {
		return Change{}, problem.New("statistics-future", "day", string(b.Release), "today", string(today), "field", "release")
	}
	if len(rows) == 0 {
		return Change{}, problem.New("statistics-none")
	}
	b.Indicators, b.First, b.Last = nil, rows[0].Period, rows[0].Period
	for _, s := range rows {
		b.Indicators = append(b.Indicators, s.Indicator)
		b.First, b.Last = min(b.First, s.Period), max(b.Last, s.Period)
		if owner.Kind == RegencyOffice && !Within(s.Region, owner.Region) {
			return Change{}, problem.New("statistics-outside", "region", RegionName(s.Region), "owner", RegionName(owner.Region))
		}
	}
	b.Indicators = sorted(b.Indicators)
	found := ReviewStatistics(rows, held)
	if len(found.Refused) > 0 {
		return Change{}, found.Refused
	}
	b.Cautions = int64(len(found.Cautions))
	if why == "" && b.Cautions > 0 {
		return Change{}, append(problem.List{problem.New("statistics-cautions", "n", b.Cautions, "field", "reason")}, found.Cautions...)
	}
	return Change{Type: "statistics-recorded", After: b}, nil
}

var (
	regionForm = regexp.MustCompile(`^(0000|[1-9]\d|[1-9]\d{3})$`)
	periodForm = regexp.MustCompile(`^(19|20)\d\d(-(0[1-9]|1[0-2]))?$`)
)

// check says what no figure can be.
func (s Statistic) check() *problem.Problem {
	at := s.problem
	i, ok := FindIndicator(s.Indicator)
	switch {
	case !ok:
		return at("statistic-indicator", "expected", indicatorCodes())
	case !regionForm.MatchString(s.Region) || len(s.Region) == 4 && s.Region != Nation && strings.HasSuffix(s.Region, "00"):
		return at("statistic-region", "found", s.Region)
	case !periodForm.MatchString(s.Period):
		return at("statistic-period")
	case s.Decimals < 0 || s.Decimals > 6:
		return at("statistic-decimals", "found", s.Decimals)
	case s.Mark != Final && s.Mark != Preliminary && s.Mark != VeryPreliminary:
		return at("statistic-mark", "found", string(s.Mark))
	case s.Break != NoBreak && !slices.Contains(Breaks, s.Break):
		return at("statistic-break", "found", s.Break, "expected", Breaks)
	case s.Value != nil && (math.IsNaN(*s.Value) || *s.Value < i.Least || *s.Value > i.Most):
		return at("statistic-range", "found", *s.Value, "least", i.Least, "most", i.Most)
	}
	return nil
}

// WeighedBy are the indicators that weigh regions: the population, or that which
// the number of poor and the poverty rate imply.
var WeighedBy = []string{"p0", "poor", "population"}

// ReviewStatistics holds rows against what figures can be, each other, and those
// that are held (the latest of their cells): cells twice, jumps in time, other
// values than are held, and regions that do not add up to their whole. The shares
// P0, P1 and P2 of a whole are the mean of its regions' weighted by population.
func ReviewStatistics(rows, held []Statistic) Review {
	var r Review
	known := make(map[Cell]Statistic, len(rows)+len(held))
	for _, s := range held {
		known[s.Cell()] = s
	}
	fresh := make(map[Cell]bool, len(rows))
	for _, s := range rows {
		if p := s.check(); p != nil {
			r.Refused = append(r.Refused, p)
		} else if fresh[s.Cell()] {
			r.Refused = append(r.Refused, s.problem("statistic-twice"))
		}
		if len(r.Refused) == mostFound {
			return r
		}
		fresh[s.Cell()] = true
	}
	if len(r.Refused) > 0 {
		return r
	}
	caution := func(p *problem.Problem) {
		if len(r.Cautions) < mostFound {
			r.Cautions = append(r.Cautions, p)
		}
	}
	for _, s := range rows {
		old, ok := known[s.Cell()]
		if ok && s.Value != nil && old.Value != nil && s.jumps(*old.Value, *s.Value, 1) {
			caution(s.problem("statistic-differs", "found", *s.Value, "held", *old.Value))
		}
		known[s.Cell()] = s
	}
	all := make([]Statistic, 0, len(known))
	for _, s := range known {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Statistic) int { return a.Cell().compare(b.Cell()) })
	last := map[string]Statistic{} // of a series: indicator, region, and whether of years or months
	for _, s := range all {
		series := s.Indicator + " " + s.Region + " " + strconv.Itoa(len(s.Period))
		before, ok := last[series]
		if s.Value == nil {
			continue
		}
		last[series] = s
		if !ok || s.Break != NoBreak || !fresh[s.Cell()] && !fresh[before.Cell()] {
			continue
		}
		if s.jumps(*before.Value, *s.Value, max(1, years(before.Period, s.Period))) {
			caution(s.problem("statistic-jump", "found", *s.Value, "before", before.Period, "was", *before.Value))
		}
	}
	for _, s := range all {
		i, _ := FindIndicator(s.Indicator)
		parts := partsOf(s.Region, s.Period)
		if i.Adds == AddsNot || s.Value == nil || len(parts) == 0 || !anyFresh(fresh, s, parts) {
			continue
		}
		made, off, ok := addUp(known, s, i.Adds, parts)
		if !ok {
			r.NotAdded++
			continue
		}
		r.AddedUp++
		if math.Abs(made-*s.Value) > off {
			caution(s.problem("statistic-adds", "found", made, "expected", *s.Value, "parts", len(parts)))
		}
	}
	return r
}

// problem is one of the figure, with what it is of.
func (s Statistic) problem(code string, more ...any) *problem.Problem {
	return problem.New(code, append([]any{"indicator", s.Indicator, "region", RegionName(s.Region), "period", s.Period}, more...)...)
}

// jumps tells whether a change within so many years is beyond the indicator's.
func (s Statistic) jumps(from, to, years float64) bool {
	i, _ := FindIndicator(s.Indicator)
	most := i.Jump * years
	if i.Relative {
		most *= math.Abs(from)
	}
	return math.Abs(to-from) > most+1e-9
}

// years is how long it is from one period to another of the same form.
func years(from, to string) float64 {
	of := func(p string) float64 {
		y, _ := strconv.ParseFloat(p[:4], 64)
		if len(p) > 4 {
			m, _ := strconv.ParseFloat(p[5:], 64)
			y += m / 12
		}
		return y
	}
	return of(to) - of(from)
}

// partsOf are the regions right below a whole that there were in a period, where
// the table of regions has them.
func partsOf(whole, period string) []string {
	if whole == Nation { // the table has few of its provinces
		return nil
	}
	on := Day(period + "-12-31")
	if len(period) > 4 {
		on = Day(period + "-28")
	}
	var all []string
	for _, r := range Subtree(whole, on) {
		if r.Parent == whole {
			all = append(all, r.Code)
		}
	}
	return all
}

func anyFresh(fresh map[Cell]bool, whole Statistic, parts []string) bool {
	return fresh[whole.Cell()] || slices.ContainsFunc(parts, func(p string) bool { return fresh[Cell{whole.Indicator, p, whole.Period}] })
}

// addUp makes the figure of a whole from those of its parts, and tells how far off
// it may be: by the rounding of all of them, and of a mean by 1 % for its weights,
// which are figures of their own. False where one of them is missing.
func addUp(known map[Cell]Statistic, whole Statistic, adds AddUp, parts []string) (made, off float64, ok bool) {
	half := 0.5 * math.Pow(10, -float64(whole.Decimals))
	var weights float64
	for _, p := range parts {
		s, ok := known[Cell{whole.Indicator, p, whole.Period}]
		if !ok || s.Value == nil {
			return 0, 0, false
		}
		w := 1.0
		if adds == AddsMean {
			if w, ok = weight(known, p, whole.Period); !ok {
				return 0, 0, false
			}
		}
		made, weights = made+w**s.Value, weights+w
		off += w * 0.5 * math.Pow(10, -float64(s.Decimals))
	}
	if adds == AddsSum {
		return made, off + half + 1e-9, true
	}
	return made / weights, off/weights + half + 0.01*math.Abs(*whole.Value), true
}

// weight is the population of a region.
func weight(known map[Cell]Statistic, region, period string) (float64, bool) {
	of := func(indicator, period string) (float64, bool) {
		s, ok := known[Cell{indicator, region, period}]
		if !ok || s.Value == nil || *s.Value <= 0 {
			return 0, false
		}
		return *s.Value, true
	}
	for _, at := range []string{period, period[:4]} {
		if n, ok := of("population", at); ok {
			return n, true
		}
	}
	poor, ok := of("poor", period)
	rate, ok2 := of("p0", period)
	return poor / rate * 100_000, ok && ok2
}

// statisticColumns are the columns of the rows of a batch.
var statisticColumns = []string{"indicator", "region", "period", "value", "decimals", "mark", "break"}

// EncodeStatistics writes figures as CSV in order of indicator, region and period:
// the form in which they are kept and in which a file may bring them. Numbers have
// a point before their decimals; an empty value says that there is none.
func EncodeStatistics(rows []Statistic) []byte {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Statistic) int { return a.Cell().compare(b.Cell()) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(statisticColumns) // a buffer takes all
	for _, s := range rows {
		value := ""
		if s.Value != nil {
			value = strconv.FormatFloat(*s.Value, 'f', -1, 64)
		}
		_ = w.Write([]string{s.Indicator, s.Region, s.Period, value, strconv.Itoa(s.Decimals), string(s.Mark), s.Break})
	}
	w.Flush()
	return b.Bytes()
}

// DecodeStatistics reads what EncodeStatistics writes, in any order of rows. Errors:
// a problem with its line; what the figures say is ReviewStatistics' to judge.
func DecodeStatistics(from io.Reader) ([]Statistic, error) {
	r := csv.NewReader(from)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var all []Statistic
	for line := 1; ; line++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) && line > 1 {
			return all, nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, problem.New("statistics-row", "expected", statisticColumns).At(wrong.Line, 0).Because(err)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		at := 0
		if len(row) > 0 {
			at, _ = r.FieldPos(0)
		}
		if line == 1 {
			if len(row) > 0 {
				row[0] = strings.TrimPrefix(row[0], "\ufeff")
			}
			if !slices.Equal(row, statisticColumns) {
				return nil, problem.New("statistics-header", "expected", statisticColumns).At(1, 0)
			}
			continue
		}
		if len(row) != len(statisticColumns) {
			return nil, problem.New("statistics-row", "expected", statisticColumns).At(at, 0)
		}
		s := Statistic{Indicator: strings.Clone(row[0]), Region: strings.Clone(row[1]), Period: strings.Clone(row[2]), Mark: Mark(strings.Clone(row[5])), Break: strings.Clone(row[6])}
		if row[3] != "" {
			v, err := strconv.ParseFloat(row[3], 64)
			if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
				return nil, problem.New("statistics-number", "column", "value", "found", row[3]).At(at, 0)
			}
			s.Value = &v
		}
		if s.Decimals, err = strconv.Atoi(row[4]); err != nil {
			return nil, problem.New("statistics-number", "column", "decimals", "found", row[4]).At(at, 0)
		}
		all = append(all, s)
	}
}
