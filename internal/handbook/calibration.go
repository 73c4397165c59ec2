package handbook

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/docs/methods"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// CalibrationCSV is the table as a file.
func CalibrationCSV() []byte { return methods.Calibration }

// CalibrationName is the name of the page of calibration.
const CalibrationName = "kalibrasi"

// Command repeats the calibration and writes the table.
const Command = "go test ./run -run 'Calibration$' -long -update -timeout 3h"

// trial is a claim with what was found; NaN where a number is missing.
type trial struct {
	designs.Claim
	method                       designs.Method
	measured                     bool
	worlds                       float64 // answered
	coverage, alarms             float64 // shares; coverage NaN of a test alone
	bias, spread, meanSE, warned float64
}

// found are the rows of the table by design, estimator and world.
var found = sync.OnceValue(func() map[string]map[string]string {
	rows, err := csv.NewReader(bytes.NewReader(methods.Calibration)).ReadAll()
	if err != nil {
		panic(fmt.Errorf("docs/methods/calibration.csv: %w", err))
	}
	all := map[string]map[string]string{}
	if len(rows) == 0 {
		return all
	}
	for _, row := range rows[1:] {
		named := map[string]string{}
		for i, name := range rows[0] {
			named[name] = row[i]
		}
		all[rowKey(named["design"], named["estimator"], named["world"])] = named
	}
	return all
})

func rowKey(design, estimator, world string) string { return design + "\n" + estimator + "\n" + world }

// trials lists the claims of all designs with what was found, in the order of
// the registry.
func trials() []trial {
	var all []trial
	for _, e := range designs.All() {
		for _, c := range e.Claims {
			t := trial{Claim: c, method: designs.MethodOf(e.Name, c)}
			row, ok := found()[rowKey(e.Name, c.Estimator, c.World)]
			number := func(name string) float64 {
				x, err := strconv.ParseFloat(row[name], 64)
				if err != nil {
					return math.NaN()
				}
				return x
			}
			t.measured, t.worlds = ok, number("replications")
			t.coverage, t.alarms = number("coverage"), number("null_rejection")
			t.bias, t.spread, t.meanSE, t.warned = number("bias"), number("sd"), number("mean_se"), number("caution_applies")
			all = append(all, t)
		}
	}
	return all
}

// summary is what the measured trials say together.
type summary struct {
	low, high                        float64 // coverage in percent of those that hold; NaN = none
	held, careful, fails, tests, all int     // trials; tests have no interval
	warned                           float64 // smallest share of worlds with the caution, of those that fail
	worlds                           float64 // of the smallest trial
}

func sum(trials []trial) summary {
	s := summary{low: math.NaN(), high: math.NaN(), worlds: math.NaN(), warned: math.NaN()}
	for _, t := range trials {
		if !t.measured {
			continue
		}
		s.all++
		s.worlds = least(s.worlds, t.worlds)
		switch {
		case t.Holds == designs.Fails:
			s.fails++
			s.warned = least(s.warned, t.warned)
		case math.IsNaN(t.coverage):
			s.tests++
		case t.Holds == designs.Conservative:
			s.careful++
		default:
			s.held++
			s.low, s.high = least(s.low, 100*t.coverage), -least(-s.high, -100*t.coverage)
		}
	}
	return s
}

// least is the smaller of two numbers, or the one that is a number.
func least(a, b float64) float64 {
	if a <= b || math.IsNaN(b) {
		return a
	}
	return b
}

// values are the words of a summary; a range that is not known is left out.
func (s summary) values() []any {
	v := []any{"held", s.held, "careful", s.careful, "fails", s.fails, "tests", s.tests, "all", s.all, "warned", s.warned, "partly", s.warned < 1}
	if math.IsNaN(s.low) {
		return append(v, "low", nil, "high", nil)
	}
	return append(v, "low", s.low, "high", s.high)
}

// answer says where the promises are kept, and where not.
func (b book) answer(s summary) string {
	words := b.say("calibration.answer", s.values()...)
	if s.fails > 0 {
		words += " " + b.say("calibration.fails", s.values()...)
	}
	return words
}

// Calibration is the page of calibration: for each world, what was found.
func Calibration(l i18n.Lang) Page {
	b := book{l}
	all := trials()
	s := sum(all)
	p := Page{Name: CalibrationName, Title: b.say("calibration.title"), Question: b.say("calibration.question")}
	if math.IsNaN(s.low) {
		p.Lead = []string{b.say("calibration.none")}
	} else {
		se := 100 * math.Sqrt(0.95*0.05/s.worlds)
		p.Lead = []string{
			b.answer(s),
			b.say("calibration.lead", "worlds", s.worlds) + " " + b.say("calibration.error", "worlds", s.worlds, "se", se, "error", 2*se),
		}
	}
	p.Sections = append(p.Sections, Section{ID: "cara-membaca", Title: b.say("calibration.legend.title"), Blocks: []Block{{Note: true, List: []Item{
		{Text: b.say("calibration.legend.valid")}, {Text: b.say("calibration.legend.conservative")},
		{Text: b.say("calibration.legend.fails")}, {Text: b.say("calibration.legend.edge"), Drawn: true},
	}}}})
	var worlds []string
	for _, t := range all {
		if !slices.Contains(worlds, t.World) {
			worlds = append(worlds, t.World)
		}
	}
	for _, world := range worlds {
		here := slices.DeleteFunc(slices.Clone(all), func(t trial) bool { return t.World != world })
		p.Sections = append(p.Sections, Section{ID: slug(world), Title: b.say("world." + slug(world) + ".name"), Blocks: []Block{
			text(b.say("world." + slug(world) + ".text")),
			{Table: b.trials(here, false)},
		}})
	}
	p.Sections = append(p.Sections,
		Section{ID: "semua", Title: b.say("calibration.all"), Blocks: []Block{text(b.say("calibration.all.lead")), {Table: b.numbers(all)}}},
		Section{ID: "ulangi", Title: b.say("calibration.repeat"), Blocks: []Block{text(b.say("calibration.command")), {Code: Command}, text(b.say("calibration.seed"))}})
	return p
}

// slug is a name of a world as a key.
func slug(world string) string {
	return strings.NewReplacer(", ", "-", " ", "-").Replace(world)
}

// Scales of the marks, in percent, and what is allowed on them.
const (
	coverageFrom, coverageTo = 85, 100
	alarmsFrom, alarmsTo     = 0, 15
)

// trials is the table of trials; of one method the world is named, else the
// method.
func (b book) trials(all []trial, ofMethod bool) *Table {
	first := b.say("col.method")
	if ofMethod {
		first = b.say("col.world")
	}
	t := &Table{Head: columns(first, b.say("col.settings"), b.say("col.coverage"), b.say("col.alarms"), b.say("col.promise"))}
	t.Head[2].Number, t.Head[3].Number = true, true
	for _, x := range all {
		name := Cell{Text: b.say(x.method.Name + ".short"), Link: x.method.Name}
		if ofMethod {
			name = Cell{Text: b.say("world." + slug(x.World) + ".name")}
		}
		t.Rows = append(t.Rows, []Cell{name, {Text: b.settings(x)}, b.coverage(x), b.alarms(x), {Text: b.promise(x)}})
	}
	return t
}

// settings are the lines of a plan that make the trial.
func (b book) settings(x trial) string {
	var all []string
	for _, part := range []string{x.Keys, x.Inference} {
		for _, line := range splitFlow(part) {
			if line != "" && line != x.method.Key+": "+x.method.Value {
				all = append(all, code(line))
			}
		}
	}
	if len(all) == 0 {
		return b.say("settings.default")
	}
	return strings.Join(all, ", ")
}

// splitFlow cuts YAML flow at its commas, but not within brackets.
func splitFlow(s string) []string {
	var all []string
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				all, from = append(all, strings.TrimSpace(s[from:i])), i+1
			}
		}
	}
	return append(all, strings.TrimSpace(s[from:]))
}

func (b book) coverage(x trial) Cell {
	switch {
	case !x.measured:
		return Cell{Text: b.say("cell.not-yet")}
	case math.IsNaN(x.coverage):
		return Cell{Text: b.say("cell.test-only")}
	}
	m := &Mark{Value: 100 * x.coverage, From: coverageFrom, To: coverageTo, Low: 93, High: 97, Kind: string(x.Holds)}
	if x.Holds == designs.Conservative {
		m.High = coverageTo
	}
	return Cell{Text: b.number(100*x.coverage, 1), Mark: m}
}

func (b book) alarms(x trial) Cell {
	if !x.measured {
		return Cell{Text: b.say("cell.not-yet")}
	}
	m := &Mark{Value: 100 * x.alarms, From: alarmsFrom, To: alarmsTo, Low: 3, High: 7, Kind: string(x.Holds)}
	if x.Holds == designs.Conservative {
		m.Low = alarmsFrom
	}
	return Cell{Text: b.number(100*x.alarms, 1), Mark: m}
}

// signs are the shapes of the promises, for print and for those who see no
// colours.
var signs = map[designs.Validity]string{designs.Valid: "●", designs.Conservative: "◆", designs.Fails: "✕"}

func (b book) promise(x trial) string {
	if !x.measured {
		return b.say("claim.not-yet")
	}
	sign := signs[x.Holds] + " "
	if x.Holds != designs.Fails || math.IsNaN(x.warned) {
		return sign + b.say("claim."+string(x.Holds))
	}
	caution := ""
	for _, r := range designs.Rules() {
		if r.ID == x.Caution {
			caution = b.rule(r.Text)
		}
	}
	return sign + b.say("claim.fails.warned", "share", x.warned, "caution", caution)
}

// numbers is the table for referees.
func (b book) numbers(all []trial) *Table {
	t := &Table{Head: columns(b.say("col.method"), b.say("col.settings"), b.say("col.world"), b.say("col.worlds"), b.say("col.bias"), b.say("col.spread"), b.say("col.se"))}
	for i := 3; i < len(t.Head); i++ {
		t.Head[i].Number = true
	}
	number := func(x float64, decimals int) string {
		if math.IsNaN(x) {
			return "–"
		}
		return b.number(x, decimals)
	}
	for _, x := range all {
		se := number(x.meanSE, 3)
		if x.measured && math.IsNaN(x.coverage) {
			se = "–" // a test alone
		}
		t.Rows = append(t.Rows, append([]Cell{{Text: b.say(x.method.Name + ".short"), Link: x.method.Name}},
			cells(b.settings(x), b.say("world."+slug(x.World)+".name"), number(x.worlds, 0), number(x.bias, 3), number(x.spread, 3), se)...))
	}
	return t
}

// Teaser says in a sentence what calibration found; "" where there is nothing.
func Teaser(l i18n.Lang) string {
	all := trials()
	s := sum(all)
	if math.IsNaN(s.low) {
		return ""
	}
	b := book{l}
	return b.say("calibration.question") + " " + b.answer(s)
}

// Verdict lists the grades of the verdict, the strongest first.
func Verdict(l i18n.Lang) []Grade {
	var all []Grade
	words := designs.Grades()
	for _, g := range []result.Grade{result.Strong, result.Moderate, result.Weak, result.NotCausal} {
		all = append(all, Grade{g, book{l}.pick(words[g])})
	}
	return all
}

// Grade is a grade of the verdict with its words.
type Grade struct {
	Grade result.Grade
	Text  string
}
