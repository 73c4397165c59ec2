package registry

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ParseStage reads the stage of a year in which a table says that it was paid, in
// the ways in which offices write it: "1", "Tahap II", "Triwulan 3", "TW IV",
// "Januari", "Jan-Mar 2025". What it gives is one spelling of each: a number,
// q1 to q4, s1 and s2 (semesters), m01 to m12. False: it cannot be made out.
func ParseStage(text string) (string, bool) {
	words := stageWord.FindAllString(strings.ToLower(text), -1)
	words = slices.DeleteFunc(words, func(w string) bool { return yearWord.MatchString(w) })
	unit := ""
	if len(words) > 0 {
		if u, ok := stageUnits[words[0]]; ok && len(words) > 1 {
			unit, words = u, words[1:]
			if next, ok := stageUnits[words[0]]; ok && len(words) > 1 && (next == unit || unit == "") { // "tahap salur 2", "tahap triwulan 1"
				unit, words = next, words[1:]
			}
		}
	}
	var months []int
	for _, w := range words {
		if m, ok := stageMonth(w); ok && unit != "q" && unit != "s" {
			months = append(months, m)
		} else if !slices.Contains([]string{"sd", "s", "d", "sampai", "hingga", "dan"}, w) {
			months = nil
			break
		}
	}
	switch {
	case len(months) == 1:
		return fmt.Sprintf("m%02d", months[0]), true
	case len(months) >= 2 && months[0]%3 == 1 && months[len(months)-1] == months[0]+2:
		return fmt.Sprintf("q%d", months[0]/3+1), true
	case len(months) >= 2 && months[0]%6 == 1 && months[len(months)-1] == months[0]+5:
		return fmt.Sprintf("s%d", months[0]/6+1), true
	case len(words) != 1:
		return "", false
	}
	word := words[0]
	if m := joinedStage.FindStringSubmatch(word); m != nil && unit == "" { // tw1, q3, m01
		unit, word = stageUnits[m[1]], m[2]
	}
	n, ok := stageNumber(word)
	if most := map[string]int{"": 99, "q": 4, "s": 2, "m": 12}[unit]; !ok || n < 1 || n > most {
		return "", false
	}
	if unit == "m" {
		return fmt.Sprintf("m%02d", n), true
	}
	return unit + strconv.Itoa(n), true
}

var (
	stageWord   = regexp.MustCompile(`[a-z]+[0-9]*|[0-9]+`)
	yearWord    = regexp.MustCompile(`^(19|20)[0-9]{2}$`)
	joinedStage = regexp.MustCompile(`^(tw|q|s|m|t|tahap|triwulan|semester|smt|termin|bulan)([0-9]+)$`)
)

// stageUnits are the words before the number of a stage.
var stageUnits = map[string]string{
	"tahap": "", "thp": "", "t": "", "termin": "", "salur": "", "penyaluran": "", "stage": "", "ke": "", "batch": "", "gelombang": "",
	"triwulan": "q", "tw": "q", "trw": "q", "q": "q", "quarter": "q", "kuartal": "q", "semester": "s", "smt": "s", "s": "s", "bulan": "m", "bln": "m", "m": "m", "month": "m",
}

// monthNames are the months in both languages, with the short forms that are not
// their first letters.
var monthNames = [12][]string{
	{"januari", "january"}, {"februari", "february", "pebruari"}, {"maret", "march"}, {"april"}, {"mei", "may"}, {"juni", "june"},
	{"juli", "july"}, {"agustus", "august", "agt", "ags"}, {"september"}, {"oktober", "october"}, {"november", "nopember"}, {"desember", "december"},
}

func stageMonth(word string) (int, bool) {
	if len(word) < 3 {
		return 0, false
	}
	for i, all := range monthNames {
		if slices.ContainsFunc(all, func(name string) bool { return strings.HasPrefix(name, word) }) {
			return i + 1, true
		}
	}
	return 0, false
}

func stageNumber(word string) (int, bool) {
	if n := slices.Index([]string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"}, word); n >= 0 {
		return n + 1, true
	}
	n, err := strconv.Atoi(word)
	return n, err == nil
}

// StageKind is the letter of a stage: "" for a number, q, s or m.
func StageKind(stage string) string {
	if stage == "" || stage[0] <= '9' {
		return ""
	}
	return stage[:1]
}

// stageParts is how many stages of a kind a year has; of a mere number nobody knows.
var stageParts = map[string]int{"q": 4, "s": 2, "m": 12}

func stageOrder(stage string) int {
	n, err := strconv.Atoi(strings.TrimLeft(stage, "qsm"))
	if err != nil {
		return 0
	}
	return n
}

func compareStages(a, b string) int {
	return cmp.Or(strings.Compare(StageKind(a), StageKind(b)), cmp.Compare(stageOrder(a), stageOrder(b)))
}

// StageOf spells a stage as the programme's own list does, where that has as many
// as the year has quarters, semesters or months: of a programme of four stages
// "triwulan 2" is "tahap 2".
func (p Programme) StageOf(stage string) string {
	if len(p.Stages) == 0 || StageKind(p.Stages[0].Name) == StageKind(stage) {
		return stage
	}
	own, given := StageKind(p.Stages[0].Name), StageKind(stage)
	n := stageParts[given]
	if own != "" {
		n = stageParts[own]
	}
	if own != "" && given != "" || len(p.Stages) != n {
		return stage
	}
	for _, s := range p.Stages {
		if stageOrder(s.Name) == stageOrder(stage) {
			return s.Name
		}
	}
	return stage
}

// DueBasis says by what a day on which something was due is known.
type DueBasis string

// The bases.
const (
	DuePlanned DueBasis = "planned" // the register says by which day the stage is to be paid
	DueEnd     DueBasis = "end"     // the last day of the month, quarter or semester that the stage is of: as it is called, or the k-th of 12, 4 or 2
)

// Due is the day by which a stage of a year is to be paid, and by what that is
// known; empty where neither the register nor the stage itself says.
func (p Programme) Due(year int, stage string) (Day, DueBasis) {
	for _, s := range p.Stages {
		if s.Name == stage && s.Due != "" {
			return lastValid(year, s.Due), DuePlanned
		}
	}
	months := map[string]int{"q": 3, "s": 6, "m": 1}[StageKind(stage)]
	if n := len(p.Stages); StageKind(stage) == "" && (n == 2 || n == 4 || n == 12) { // one for each part of the year
		months = 12 / n
	}
	month := months * stageOrder(stage)
	if month < 1 || month > 12 {
		return "", ""
	}
	return lastValid(year, fmt.Sprintf("%02d-31", month)), DueEnd
}

// lastValid is the day of a year with a month and day, or the last of that month
// where it is shorter.
func lastValid(year int, monthDay string) Day {
	for d := stageOrder(monthDay[3:]); d > 0; d-- {
		if day, err := ParseDay(fmt.Sprintf("%04d-%s-%02d", year, monthDay[:2], d)); err == nil {
			return day
		}
	}
	return ""
}

// yearPeriod is the days of a year.
func yearPeriod(year int) Period {
	return Period{Day(fmt.Sprintf("%04d-01-01", year)), Day(fmt.Sprintf("%04d-12-31", year))}
}
