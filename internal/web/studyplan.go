package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/estimate/power"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// A plan made from questions: who got the programme and how that was decided settles
// the design, the columns of the data the rest.

// The ways in which it was decided who gets a programme.
const (
	byLottery = "lottery" // chance
	byStages  = "stages"  // region after region, or group after group
	byFew     = "few"     // one region, or a few
)

var decidedBy = []string{byLottery, byStages, byFew}

// designOf is the design that such a decision can carry.
var designOf = map[string]string{byLottery: "experiment", byStages: "did", byFew: "synth"}

// held is the contract of what a dataset holds now, or of the newest rows that came in.
type held struct {
	contract *contract.Contract // nil: no rows yet
	version  registry.DatasetVersion
}

func (c *call) studyContract(d registry.Dataset) (held, error) {
	v, ok := d.Newest()
	if !ok {
		return held{}, nil
	}
	k, err := c.contractOf(v)
	return held{k, v}, err
}

// period is the column that holds the period of a row; "" where there is none.
func (h held) period() string {
	if h.contract == nil {
		return ""
	}
	for _, f := range h.contract.Fields {
		if f.Role == contract.PeriodRole {
			return f.Name
		}
	}
	return ""
}

// columns are those of the contract that are stored and fit; nil fits all.
func (h held) columns(c *call, fits func(*contract.Field) bool) []option {
	var out []option
	if h.contract == nil {
		return nil
	}
	for i := range h.contract.Fields {
		f := &h.contract.Fields[i]
		if f.Treatment != contract.Drop && (fits == nil || fits(f)) {
			out = append(out, option{f.Name, f.Name + " (" + c.title(f) + ")"})
		}
	}
	return out
}

func number1(f *contract.Field) bool {
	return f.Identity == "" && (f.Type == contract.Integer || f.Type == contract.Number)
}

func yesNo(f *contract.Field) bool {
	return f.Type == contract.Boolean || f.Type == contract.Integer && f.Constraints.Minimum != nil && f.Constraints.Maximum != nil && f.Constraints.Minimum.Text == "0" && f.Constraints.Maximum.Text == "1"
}

func timeLike(f *contract.Field) bool {
	return f.Role == contract.PeriodRole || f.Type == contract.Year
}

// planQuestions ask what a plan needs, by the columns of the chosen data.
func (c *call) planQuestions(r *store.Reader, on studyOn) ([]field, error) {
	p := on.written()
	if len(p.Data) == 0 {
		return nil, problem.New("study-data-missing", "name", dataName)
	}
	d, _, err := store.DatasetOf(r, p.Data[0].Dataset)
	if err != nil {
		return nil, err
	}
	k, err := c.studyContract(d)
	if err != nil {
		return nil, err
	}
	var decided, better, expects []option
	for _, x := range decidedBy {
		decided = append(decided, option{x, c.t("study.decided." + x)})
	}
	for _, x := range []string{"higher", "lower"} {
		better = append(better, option{x, c.t("study.better." + x)})
	}
	for _, x := range study.Directions {
		expects = append(expects, option{string(x), c.words("change.value.expects." + string(x))})
	}
	where, err := c.regionQuestion(r, on, d, k)
	if err != nil {
		return nil, err
	}
	none := []option{{"", c.t("study.no-column")}}
	all := slices.Concat(none, k.columns(c, nil))
	return slices.Concat([]field{c.study("decided", "select", c.choose(decided)), c.study("assignment", "area")}, where, []field{
		c.study("outcome", "select", c.choose(k.columns(c, number1))), c.study("unit_words", "text"), c.study("better", "select", c.choose(better)), c.study("matters", "text"),
		c.study("expects", "select", c.choose(expects)), c.study("why_expected", "area"),
		c.study("treatment", "select", options(append(slices.Clone(none), k.columns(c, yesNo)...)), when(c.t("study.when.lottery"))),
		c.study("unit", "select", options(all), when(c.t("study.when.stages-few"))),
		c.study("time", "select", options(append(slices.Clone(none), k.columns(c, timeLike)...)), value(k.period()), when(c.t("study.when.stages-few"))),
		c.study("first_treated", "select", options(all), when(c.t("study.when.stages"))),
		c.study("treated_names", "text", when(c.t("study.when.few"))), c.study("first_year", "text", when(c.t("study.when.few"))),
		c.study("cluster", "select", options(all)),
		c.study("baseline_from", "text"), c.study("baseline_until", "text"), c.study("sd", "text", when(c.t("study.when.lottery"))),
	}), nil
}

// planFromAnswers writes the plan and the hypotheses of the answers.
func (c *call) planFromAnswers(v *values, p study.Protocol, s study.Study) (study.Protocol, error) {
	decided := v.text("decided")
	design := designOf[decided]
	need := func(name string) string {
		x := v.text(name)
		if x == "" {
			v.add(name, problem.New("study-answer", "decided", c.t("study.decided."+decided)))
		}
		return x
	}
	keys := yaml.MapSlice{}
	put := func(key string, x any) { keys = append(keys, yaml.MapItem{Key: key, Value: x}) }
	switch decided {
	case byLottery:
		put("treatment", need("treatment"))
	case byStages:
		put("unit", need("unit"))
		put("time", need("time"))
		put("first_treated", need("first_treated"))
	case byFew:
		put("unit", need("unit"))
		put("time", need("time"))
		var names []string
		for _, x := range strings.Split(need("treated_names"), ",") {
			if x = strings.TrimSpace(x); x != "" {
				names = append(names, x)
			}
		}
		put("treated", names)
		if year := v.planned("first_year"); year != nil {
			put("first_year", *year)
		} else {
			need("first_year")
		}
	}
	if cluster := v.text("cluster"); cluster != "" && decided != byFew {
		put("cluster", cluster)
	}
	d, k, err := c.planData(p)
	if err != nil {
		return p, err
	}
	regions, where := c.regionsAnswered(v, d, k)
	if where != nil {
		put("where", where)
	}
	outcome := yaml.MapSlice{{Key: "column", Value: v.text("outcome")}}
	if label := k.outcomeLabel(v.text("outcome")); label != nil {
		outcome = append(outcome, yaml.MapItem{Key: "label", Value: label})
	}
	if unit := v.text("unit_words"); unit != "" {
		outcome = append(outcome, yaml.MapItem{Key: "unit", Value: unit})
	}
	outcome = append(outcome, yaml.MapItem{Key: "better", Value: v.text("better")})
	if m := v.effect("matters"); m != nil {
		outcome = append(outcome, yaml.MapItem{Key: "matters", Value: *m})
	}
	if err := v.err(); err != nil {
		return p, err
	}
	text, err := yaml.Marshal(yaml.MapSlice{
		{Key: "dampak", Value: 1}, {Key: "id", Value: planID(s)}, {Key: "title", Value: s.Title}, {Key: "question", Value: p.Setting.Abstract},
		{Key: "data", Value: yaml.MapSlice{{Key: dataName, Value: dataName + ".parquet"}}},
		{Key: "design", Value: yaml.MapSlice{{Key: design, Value: keys}}}, {Key: "outcomes", Value: []yaml.MapSlice{outcome}},
		{Key: "inference", Value: yaml.MapSlice{{Key: "level", Value: 0.95}, {Key: "seed", Value: 20200921}}},
	})
	if err != nil {
		return p, err
	}
	p.Plan = string(text)
	p.Hypotheses = []study.Hypothesis{{Outcome: v.text("outcome"), Expects: study.Expected(v.text("expects")), Why: v.text("why_expected")}}
	p.Setting.Assignment = strings.TrimSpace(c.t("study.decided."+decided) + ". " + v.text("assignment"))
	p.Data = slices.Clone(p.Data)
	p.Data[0].Baseline = v.baseline()
	return c.withPower(v, p, decided, k, regions)
}

// planData is what a plan made from questions reads.
func (c *call) planData(p study.Protocol) (d registry.Dataset, k held, err error) {
	err = c.view(func(r *store.Reader) error {
		if d, _, err = store.DatasetOf(r, p.Data[0].Dataset); err != nil {
			return err
		}
		k, err = c.studyContract(d)
		return err
	})
	return d, k, err
}

// outcomeLabel is what the contract calls a column, as sentences of a report call it: the
// reader of a report never met the column. Nil: the contract does not say in both languages.
func (h held) outcomeLabel(column string) yaml.MapSlice {
	if h.contract == nil {
		return nil
	}
	f, ok := h.contract.Field(column)
	if !ok || f.Title == "" || f.TitleEn == "" {
		return nil
	}
	return yaml.MapSlice{{Key: "id", Value: inSentence(f.Title)}, {Key: "en", Value: inSentence(f.TitleEn)}}
}

// inSentence is a title within a sentence: its first letter is small, unless it is an
// abbreviation.
func inSentence(title string) string {
	word, _, _ := strings.Cut(title, " ")
	if word == strings.ToUpper(word) {
		return title
	}
	first, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToLower(first)) + title[size:]
}

// planID makes a plan's id of a study's title.
func planID(s study.Study) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s.Title)
	id = strings.Join(strings.FieldsFunc(id, func(r rune) bool { return r == '-' }), "-")
	return strings.TrimRight(id[:min(len(id), 60)], "-")
}

// withPower works out what a lottery of single rows could find, from the spread of the
// outcome that the answers give: half the rows of its regions treated, 80 % power.
func (c *call) withPower(v *values, p study.Protocol, decided string, k held, regions []string) (study.Protocol, error) {
	sd := v.effect("sd")
	if err := v.err(); err != nil || sd == nil || decided != byLottery || v.text("cluster") != "" { // there rows are not what counts
		return p, err
	}
	rows, err := c.rowsIn(k, regions)
	if err != nil || rows == 0 && regions != nil {
		return p, err
	}
	found, err := smallest(decided, rows, *sd)
	if err != nil {
		return p, problem.New("study-effect", "field", "sd", "found", *sd)
	}
	found, _ = strconv.ParseFloat(strconv.FormatFloat(found, 'g', 4, 64), 64) // as it will be read; a number always is one
	p.Setting.Detectable, p.Setting.Observations = &found, &rows
	return p, nil
}

// proposalsAbove stand above the questions that make a plan, while there is none.
func proposalsAbove(c *call, r *store.Reader, o object) ([]block, error) {
	if p := o.value.(studyOn).written(); p.Plan == "" {
		return c.proposals(r, p)
	}
	return nil, nil
}

// wantedBy are the columns that each way of deciding needs in the data.
var wantedBy = map[string][]string{byLottery: {"treatment", "outcome"}, byStages: {"unit", "time", "first", "outcome"}, byFew: {"unit", "time", "outcome"}}

// offered are the columns of a contract that could be each of them.
func (h held) offered(c *call) map[string]int {
	starts := func(f *contract.Field) bool {
		return f.Name != h.period() && (f.Type == contract.Year || f.Type == contract.Integer && !yesNo(f))
	}
	return map[string]int{
		"treatment": len(h.columns(c, yesNo)), "time": len(h.columns(c, timeLike)), "unit": len(h.columns(c, unitLike)), "first": len(h.columns(c, starts)),
		"outcome": len(h.columns(c, func(f *contract.Field) bool { return number1(f) && !yesNo(f) && !timeLike(f) })),
	}
}

// unitLike tells whether a column could name persons, families or regions.
func unitLike(f *contract.Field) bool {
	return f.Identity != "" || f.Role == "" && f.Type == contract.String
}

// proposals say of each design whether the chosen data can carry it, what must be true
// then, and which effect so many rows could find.
func (c *call) proposals(r *store.Reader, p study.Protocol) ([]block, error) {
	if len(p.Data) == 0 {
		return nil, nil
	}
	d, ok, err := store.DatasetOf(r, p.Data[0].Dataset)
	if err != nil || !ok {
		return nil, err
	}
	k, err := c.studyContract(d)
	if err != nil || k.contract == nil {
		return nil, err
	}
	has, can := k.offered(c), 0
	t := table{Head: c.heads("study-decided", "study-design", "study-carries", "study-condition", "study-sample")}
	for _, x := range decidedBy {
		e, ok := designs.Find(designOf[x])
		if !ok {
			continue
		}
		var lacks []string
		for _, want := range wantedBy[x] {
			if has[want] == 0 {
				lacks = append(lacks, c.t("study.lacks."+want))
			}
		}
		carries := cell{Chip: &chip{"ok", c.t("study.carries.yes")}}
		sample := c.t("study.sample." + x)
		if len(lacks) > 0 {
			carries = cell{Chip: &chip{"no", c.t("study.carries.no")}, Note: strings.Join(lacks, "; ")}
		} else {
			can++
			if found, err := smallest(x, k.version.Rows, 1); err == nil {
				sample += "; " + c.t("study.sample.finds", "rows", k.version.Rows, "effect", found)
			}
		}
		t.Rows = append(t.Rows, []cell{text(c.t("study.decided." + x)), text(c.words(e.Title())), carries, text(c.t("study.true." + x)), text(sample)})
	}
	return []block{{ID: "rancangan-yang-mungkin", Title: c.t("study.proposals", "n", can, "dataset", d.Name, "rows", k.version.Rows), Note: c.t("study.proposals.note"), Table: &t}}, nil
}

// smallest is the effect that a design finds in 80 of 100 samples of so many rows, half
// of them treated, each row by itself, in the unit of the outcome's standard deviation.
// Error: the design does not rest on the number of rows.
func smallest(decided string, rows int64, sd float64) (float64, error) {
	if decided != byLottery {
		return 0, errors.New("its regions and periods count, not its rows")
	}
	return power.Design{Units: float64(rows), Treated: 0.5, SD: sd, Level: 0.95, Power: 0.8}.Detectable()
}
