package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// view is what one language of a page shows: everything in words already.
type view struct {
	Lang                    i18n.Lang
	Title, Question, Answer string
	Tone                    string // class of the answer's bar
	Verdict                 *verdictView
	Conclusions             []labelled // what may be concluded, by outcome
	Domains                 []labelled // the same about regions
	Truths                  []string   // of an invented world
	Lead                    *figure    // the first of the first outcome, which stands beside what may be concluded; nil: there is none
	Outcomes                []outcomeView
	Checks                  []checkView
	Cautions                []string
	Design                  string
	Assumptions             []string
	Conditional             bool // a conclusion rests on the assumptions
	Where                   []string
	Settings                [][2]string
	Notes                   []string
	Provenance              [][2]string
	Command, Source         string
	Printed                 string
}

type labelled struct{ Label, Text string }

type verdictView struct {
	Text    string
	Dots    int    // of three
	Of      string // says which outcome the reasons are about; "" where there is one
	Reasons []string
}

type outcomeView struct {
	Name    string
	Figures [2][]figure // two columns
	Tables  []table
}

type checkView struct{ Class, Word, Text string }

// dots is the strength of a grade, of three.
var dots = map[result.Grade]int{result.Strong: 3, result.Moderate: 2, result.Weak: 1, result.NotCausal: 0}

// see makes the view of a result in a language.
func (in Input) see(l i18n.Lang) view {
	p := in.Study.Plan
	v := view{
		Lang: l, Title: inLang(p.Title, l), Question: inLang(p.Question, l), Answer: Answer(in, l), Tone: in.tone(),
		Design:  i18n.Text(l, in.Study.Design.Title(), nil) + ". " + i18n.Text(l, in.Study.Design.Summary(), nil),
		Command: in.Command, Source: pick(in.Source, l), Printed: i18n.Date(l, in.Printed),
	}
	if r := in.Result.Verdict; r != nil {
		v.Verdict = &verdictView{Text: sentence(pick(r.Text, l)), Dots: dots[r.Grade]}
		for _, reason := range r.Reasons {
			v.Verdict.Reasons = append(v.Verdict.Reasons, pick(reason.Text, l))
		}
		v.Verdict.Of = in.reasonsOf(l)
	}
	for _, c := range in.Study.Conditions() {
		v.Assumptions = append(v.Assumptions, i18n.Text(l, c.Key, c.Values))
	}
	v.Conditional = in.conditional(l)
	v.Conclusions = in.conclusions(l)
	for i, o := range p.Outcomes {
		if one := in.byDomain(o, l); one.Text != "" {
			v.Domains = append(v.Domains, one)
		}
		if text := in.trueEffect(o, l); text != "" {
			v.Truths = append(v.Truths, text)
		}
		drawn := in.figures(o, l)
		if i == 0 && len(drawn) > 0 {
			v.Lead, drawn = &drawn[0], drawn[1:]
		}
		v.Outcomes = append(v.Outcomes, outcomeView{Name: outcomeName(o, l), Figures: columns(drawn), Tables: in.tables(o, l)})
	}
	for _, d := range in.Result.Diagnostics {
		class := string(d.Verdict)
		if d.Name == detectable {
			class = "note" // what could have been found is no check of an assumption
		}
		v.Checks = append(v.Checks, checkView{Class: class, Word: i18n.Text(l, "report.check."+class, nil), Text: in.named(d.Text, d.Outcome, l)})
	}
	for _, o := range p.Outcomes {
		for _, text := range []string{in.howErrors(o, l), in.howAdjusted(o, l)} {
			note := checkView{Class: "note", Word: i18n.Text(l, "report.check.note", nil), Text: text}
			if text != "" && !slices.Contains(v.Checks, note) {
				v.Checks = append(v.Checks, note)
			}
		}
	}
	for _, w := range in.Result.Warnings {
		v.Cautions = append(v.Cautions, in.named(w.Text, w.Outcome, l))
	}
	for _, n := range p.Notes {
		v.Notes = append(v.Notes, inLang(n, l))
	}
	for _, n := range in.Notes {
		v.Notes = append(v.Notes, pick(n, l))
	}
	for _, c := range p.Where {
		v.Where = append(v.Where, whereSentence(c, l))
	}
	v.Settings = settings(in)
	v.Provenance = in.provenance(l)
	return v
}

// tone colours the bar beside the answer: only where there is one outcome, or
// all say the same.
func (in Input) tone() string {
	tone := ""
	for i, o := range in.Study.Plan.Outcomes {
		e, _ := headline(in.Result, o.Column)
		f := find(e, o, in.Study.Plan.Inference.Level)
		class := "unsure"
		if _, broken := in.failed(o, i18n.ID); !broken && (f == foundBetter || f == foundWorse) {
			class = string(f)
		}
		if i > 0 && class != tone {
			return "unsure"
		}
		tone = class
	}
	return tone
}

// trueEffect puts the known effect of an invented world beside the answer; ""
// where nobody knows it.
func (in Input) trueEffect(o plan.Outcome, l i18n.Lang) string {
	e, ok := headline(in.Result, o.Column)
	if !ok {
		return ""
	}
	known := in.truth(e)
	if known == nil {
		return ""
	}
	values := map[string]any{"truth": amount(o, l, signed(l, *known, places(e))), "estimate": signed(l, *e.Estimate, places(e)), "name": in.nameOfMany(o, l)}
	key := "report.truth.outside"
	if e.Lower != nil && e.Upper != nil && *e.Lower <= *known && *known <= *e.Upper {
		key = "report.truth.inside"
	}
	return i18n.Text(l, key, values)
}

// conclusion is what an officer may conclude from an outcome's answer.
func (in Input) conclusion(o plan.Outcome, l i18n.Lang) string {
	return i18n.Text(l, in.conclusionKey(o, l), in.words(o, l))
}

func (in Input) conclusionKey(o plan.Outcome, l i18n.Lang) string {
	e, _ := headline(in.Result, o.Column)
	f := find(e, o, in.Study.Plan.Inference.Level)
	key := "report.conclude." + string(f)
	_, broken := in.failed(o, l)
	switch {
	case f.none():
	case broken:
		key = "report.conclude.not-causal"
	case in.weak() && f != foundNothing && f != foundAlone && f != noError:
		key = "report.conclude.weak"
	}
	return key
}

// byDomain says what may be concluded about the regions that have an error of
// their own; empty where there are fewer than two.
func (in Input) byDomain(o plan.Outcome, l i18n.Lang) labelled {
	list, x := in.domainList(o)
	list = slices.DeleteFunc(list, func(d domain) bool { return !d.pooled })
	if len(list) < 2 {
		return labelled{}
	}
	top, bottom := list[0], list[len(list)-1]
	write := func(x float64) string { return amount(o, l, signed(l, x, digits(math.Abs(x)))) }
	values := map[string]any{"name": in.nameOfMany(o, l), "domains": len(list), "kind": domainWord(x, l), "top": top.name, "bottom": bottom.name,
		"top_low": top.rankLow, "top_high": top.rankHigh, "bottom_low": bottom.rankLow, "bottom_high": bottom.rankHigh,
		"top_value": write(top.shrunk), "bottom_value": write(bottom.shrunk)}
	values["alike"] = values["top_value"] == values["bottom_value"]
	values["apart"] = values["alike"] == false
	for _, d := range in.Result.Diagnostics {
		if d.Name == "equal-effects" && d.Outcome == o.Column && d.P != nil {
			differ, _ := d.Values["differ"].(bool)
			values["differ"], values["same"] = differ, !differ
		}
	}
	return labelled{i18n.Text(l, "report.conclude.by."+domainKind(x), values), i18n.Text(l, "report.conclude.domains", values)}
}

// nameOfMany is the outcome's name where the plan has several, else "".
func (in Input) nameOfMany(o plan.Outcome, l i18n.Lang) string {
	if len(in.Study.Plan.Outcomes) < 2 {
		return ""
	}
	return spoken(o, l)
}

// reasonsOf says which of several outcomes the verdict's reasons are about.
func (in Input) reasonsOf(l i18n.Lang) string {
	if len(in.Study.Plan.Outcomes) < 2 || len(in.Result.Verdict.Reasons) == 0 {
		return ""
	}
	for _, o := range in.Study.Plan.Outcomes {
		if o.Column == in.Result.Verdict.Reasons[0].Outcome {
			return i18n.Text(l, "report.reasons.of", map[string]any{"name": inside(o, l)})
		}
	}
	return ""
}

// howAdjusted says by which rule p was adjusted for several outcomes.
func (in Input) howAdjusted(o plan.Outcome, l i18n.Lang) string {
	e, ok := headline(in.Result, o.Column)
	if !ok || !adjustedP(e) {
		return ""
	}
	rule, _ := e.Details["adjust"].(string)
	return i18n.Text(l, "report.adjust.note", map[string]any{"outcomes": e.Details["family_size"], "rule": i18n.Text(l, "report.adjust."+rule, nil)})
}

// howErrors says how the error was computed, where it is not the usual one.
func (in Input) howErrors(o plan.Outcome, l i18n.Lang) string {
	e, ok := headline(in.Result, o.Column)
	if !ok {
		return ""
	}
	kind, _ := e.Details["vce"].(string)
	key := "report.error." + kind
	if !i18n.Has(l, key) {
		return ""
	}
	values := map[string]any{"draws": e.Details["draws"], "all": e.Details["enumerated"], "clusters": nil}
	if e.Clusters != nil {
		values["clusters"] = *e.Clusters
	}
	return i18n.Text(l, key, values)
}

// sentence starts with a capital and ends with a full stop.
func sentence(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) == 0 {
		return ""
	}
	text := strings.ToUpper(string(r[:1])) + string(r[1:])
	if !strings.ContainsAny(text[len(text)-1:], ".?!") {
		text += "."
	}
	return text
}

// whereSentence puts a condition into words.
func whereSentence(c plan.Condition, l i18n.Lang) string {
	values := map[string]any{"column": c.Name}
	names := make([]string, len(c.Values))
	for i, n := range c.Values {
		names[i] = n.Text
	}
	values["values"] = strings.Join(names, ", ")
	key := "report.where." + strings.ReplaceAll(string(c.Test), "_", "-")
	if c.Test == plan.Known && len(names) > 0 && names[0] == "false" {
		key = "report.where.unknown"
	}
	return i18n.Text(l, key, values)
}

// settings are the plan's keys with their values, defaults among them.
func settings(in Input) [][2]string {
	keys := make([]string, 0, len(in.Study.Values))
	for k, v := range in.Study.Values {
		if s := settingValue(v); s != "" {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	var out [][2]string
	for _, k := range keys {
		out = append(out, [2]string{k, settingValue(in.Study.Values[k])})
	}
	inf := in.Study.Plan.Inference
	return append(out, [2]string{"level", fmt.Sprint(inf.Level)}, [2]string{"seed", fmt.Sprint(inf.Seed)}, [2]string{"draws", fmt.Sprint(inf.Draws)})
}

// settingValue writes a plan's value as the plan does; "" for an absent one.
func settingValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []string:
		return strings.Join(v, ", ")
	case string:
		return v
	case []designs.Covariate:
		names := make([]string, len(v))
		for i, x := range v {
			if names[i] = x.Column; x.Category {
				names[i] = "{column: " + x.Column + ", as: category}"
			}
		}
		return strings.Join(names, ", ")
	default:
		s := strings.Trim(fmt.Sprintf("%v", v), "&")
		if s == "<nil>" || s == "[]" || s == "map[]" {
			return ""
		}
		return s
	}
}

// provenance is what identifies the run.
func (in Input) provenance(l i18n.Lang) [][2]string {
	t := func(key string) string { return i18n.Text(l, "report.provenance."+key, nil) }
	out := [][2]string{{t("plan"), in.Result.Plan.ID + " · sha256 " + in.Result.Plan.SHA256}}
	for _, d := range in.Result.Data {
		name := d.Name
		if called := pick(in.Called[d.Name], l); called != "" {
			name += " · " + called
		}
		out = append(out, [2]string{t("data"), fmt.Sprintf("%s · sha256 %s · %s", name, d.SHA256,
			i18n.Text(l, "report.provenance.rows", map[string]any{"rows": d.Rows}))})
	}
	return append(out,
		[2]string{t("program"), "dampak " + in.Result.Version + " · " + in.Result.Engine},
		[2]string{t("seed"), fmt.Sprint(in.Study.Plan.Inference.Seed)},
		[2]string{t("printed"), i18n.Date(l, in.Printed) + " · " + i18n.Text(l, "report.provenance.seconds", map[string]any{"seconds": in.Result.Seconds})})
}

// figure is one figure frame: a title that states the finding, the drawing for
// a page and for a phone.
type figure struct {
	Title, Sub   string
	Wide, Narrow template.HTML
	Order        int // from 1, in one column
}
