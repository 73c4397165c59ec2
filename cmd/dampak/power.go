package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate/power"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

type powerCmd struct {
	Plan        string   `arg:"" help:"${help_plan}"`
	Data        []string `help:"${help_data}" placeholder:"NAME=FILE" sep:"none"`
	Engine      string   `help:"${help_engine}" default:"duckdb:" placeholder:"URL"`
	Effect      *float64 `help:"${help_effect}" placeholder:"X"`
	Power       float64  `help:"${help_power_wanted}" default:"0.8" placeholder:"P"`
	Units       *float64 `help:"${help_units}" placeholder:"N"`
	Share       *float64 `help:"${help_share}" placeholder:"P"`
	SD          *float64 `name:"sd" help:"${help_sd}" placeholder:"S"`
	ClusterSize *float64 `help:"${help_cluster_size}" placeholder:"K"`
	ICC         *float64 `name:"icc" help:"${help_icc}" placeholder:"C"`
	Before      *int     `help:"${help_before}" placeholder:"M"`
	After       *int     `help:"${help_after}" placeholder:"Q"`
	Rho         *float64 `help:"${help_rho}" placeholder:"R"`
	Format      string   `help:"${help_format}" enum:"text,json" default:"text" placeholder:"text|json"`
}

// multiples of the sample at which the curve is drawn.
var multiples = []float64{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4}

// powerOf is the answer for one outcome. Its numbers are finite.
type powerOf struct {
	Outcome string `json:"outcome"`
	Unit    string `json:"unit"`
	// Basis is "run" where the design's own error on the data was taken, "data"
	// where its parts were measured there, else "stated". Calibration is the run's
	// error over that of the formula, 1 without a run.
	Basis       string         `json:"basis"`
	Calibration float64        `json:"calibration"`
	Design      powerDesign    `json:"design"`
	SE          float64        `json:"se"`
	Detectable  float64        `json:"detectable"`
	Needed      *powerNeeded   `json:"needed"` // null where no effect is stated
	Curve       []powerPoint   `json:"curve"`
	Cautions    []powerCaution `json:"cautions"`

	sdFrom, shareFrom string // where the numbers come from, keys of the catalogue
}

type powerDesign struct {
	Units       float64 `json:"units"`
	Treated     float64 `json:"treated"`
	SD          float64 `json:"sd"`
	ClusterSize float64 `json:"cluster_size"`
	ICC         float64 `json:"icc"`
	Before      int     `json:"before"`
	After       int     `json:"after"`
	Rho         float64 `json:"rho"`
	Level       float64 `json:"level"`
	Power       float64 `json:"power"`
}

// powerNeeded is the sample for an effect; Units and Clusters are null where
// more than MoreThan units would be needed, the most that is looked at.
type powerNeeded struct {
	Effect   float64  `json:"effect"`
	Units    *float64 `json:"units"`
	Clusters *float64 `json:"clusters"`
	MoreThan *float64 `json:"more_than"`
}

// powerCaution is what to keep in mind with the numbers.
type powerCaution struct {
	Code string      `json:"code"`
	Text result.Text `json:"text"`
}

type powerPoint struct {
	Units      float64 `json:"units"`
	Clusters   float64 `json:"clusters"`
	Detectable float64 `json:"detectable"`
}

// Run says what a plan's design could find, from the data where they can be
// read, else from what the flags state.
func (c powerCmd) Run(s *session) error {
	src, err := readPlan(c.Plan)
	if err != nil {
		return err
	}
	study, err := designs.Parse(src, c.Plan)
	if err != nil {
		return err
	}
	if name := study.Design.Name; name != "did" && name != "experiment" {
		return problem.New("power-design", "design", name)
	}
	if err := c.checkFlags(study); err != nil {
		return err
	}
	var session engine.Session
	runs := dataRuns{}
	if c.SD == nil || c.Units == nil {
		eng, sources, err := c.sources(s, study)
		if err != nil {
			return err
		}
		if session, err = eng.Open(s.ctx, sources, engine.Options{}); err != nil {
			return err
		}
		defer session.Close()
		if runs, err = s.runOnData(study, sources, eng); err != nil {
			return err
		}
	}
	answers := []powerOf{}
	for _, o := range study.Plan.Outcomes {
		one, err := c.outcome(s, session, study, o, runs[o.Column])
		if err != nil {
			return err
		}
		answers = append(answers, one)
	}
	if c.Format == "json" {
		enc := json.NewEncoder(s.stdout)
		return enc.Encode(map[string]any{"plan": map[string]string{"id": study.Plan.ID, "sha256": study.SHA256}, "outcomes": answers})
	}
	return c.text(s.stdout, s.lang, study, answers)
}

func (c powerCmd) sources(s *session, study *designs.Study) (engine.Engine, []engine.Source, error) {
	eng, err := openEngine(c.Engine)
	if err != nil {
		return nil, nil, err
	}
	sources, err := resolve(study, c.Plan, c.Data)
	if list := problem.Of(err); list != nil && !list[0].Usage {
		return nil, nil, problem.New("power-no-data", "what", list[0].Text(s.lang)).Because(err)
	}
	return eng, sources, err
}

// outcome answers for one outcome: flags stand before what the data say.
func (c powerCmd) outcome(s *session, session engine.Session, study *designs.Study, o plan.Outcome, r dataRun) (powerOf, error) {
	out := powerOf{Outcome: o.Column, Unit: o.Unit, Basis: "stated", Calibration: 1, Curve: []powerPoint{}, Cautions: []powerCaution{},
		sdFrom: "power.from.stated", shareFrom: "power.from.assumed"}
	d := power.Design{Treated: 0.5, Level: study.Plan.Inference.Level, Power: c.Power}
	if study.Design.Name == "did" {
		d.Before, d.After = 1, 1
	}
	var measuredICC bool
	if session != nil {
		b, err := run.Measure(s.ctx, session, study, o)
		if err != nil {
			return out, err
		}
		out.Basis, out.sdFrom = "data", "power.from.data"
		d.Units, d.SD, d.Rho, d.ICC = float64(b.Units), b.SD, b.Rho, b.ICC
		if b.Treated > 0 && b.Treated < 1 {
			d.Treated, out.shareFrom = b.Treated, "power.from.data"
		}
		if b.Clusters > 0 {
			measuredICC = true
			d.ClusterSize = float64(b.Units) / float64(b.Clusters)
			d.Mixed = b.MixedClusters > 0 && c.ClusterSize == nil
		}
		if study.Design.Name == "did" {
			if b.Before == 0 && c.Before == nil && r.se == 0 {
				return out, problem.New("power-no-before", "column", o.Column)
			}
			d.Before = max(b.Before, 1)
			d.After = max(b.Periods-b.Before, 1)
		}
		if out.Cautions, err = c.cautions(o, r); err != nil {
			return out, err
		}
	}
	measured := d.SD
	if r.se > 0 && !c.redesigns() && d.SE() > 0 {
		out.Basis, out.Calibration = "run", r.se/d.SE()
		d.SD *= out.Calibration
	}
	c.apply(&d, study)
	if c.SD != nil {
		out.sdFrom = "power.from.stated"
	}
	if c.Share != nil {
		out.shareFrom = "power.from.stated"
	}
	switch {
	case c.ICC != nil && d.ClusterSize == 0:
		return out, problem.Usage("power-icc-alone")
	case d.ClusterSize > 1 && c.ICC == nil && !measuredICC:
		return out, problem.Usage("power-size-alone")
	}
	mde, err := d.Detectable()
	if err != nil {
		return out, dataProblem(err, o, d)
	}
	curve, err := d.Curve(multiples)
	if err != nil {
		return out, dataProblem(err, o, d)
	}
	if out.Basis != "run" {
		measured = d.SD
	}
	out.Design = powerDesign{d.Units, d.Treated, measured, d.ClusterSize, d.ICC, d.Before, d.After, d.Rho, d.Level, d.Power}
	out.SE, out.Detectable = d.SE(), mde
	for _, p := range curve {
		out.Curve = append(out.Curve, powerPoint(p))
	}
	out.Needed, err = c.needed(d, o)
	return out, err
}

// needed is the sample for the effect that a flag or the plan states; nil where
// neither does.
func (c powerCmd) needed(d power.Design, o plan.Outcome) (*powerNeeded, error) {
	effect := c.Effect
	if effect == nil {
		effect = o.Matters
	}
	if effect == nil {
		return nil, nil
	}
	out := powerNeeded{Effect: math.Abs(*effect)}
	units, err := d.Needed(out.Effect)
	var many *power.TooManyError
	if errors.As(err, &many) {
		out.MoreThan = &many.Units
		return &out, nil
	}
	if err != nil {
		return nil, dataProblem(err, o, d)
	}
	clusters := units / math.Max(d.ClusterSize, 1)
	out.Units, out.Clusters = &units, &clusters
	return &out, nil
}

// text prints the answers as sentences and a curve.
func (c powerCmd) text(w io.Writer, l i18n.Lang, study *designs.Study, answers []powerOf) error {
	var b strings.Builder
	say := func(key string, pairs ...any) {
		fmt.Fprintln(&b, i18n.Text(l, key, problem.New("", pairs...).Values))
	}
	for i, a := range answers {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		d := a.Design
		say("power.detectable", "outcome", a.Outcome, "unit", a.Unit, "units", rounded(d.Units), "mde", shown(l, a.Detectable), "power", d.Power, "level", d.Level)
		if n := a.Needed; n != nil && n.MoreThan != nil {
			say("power.needed.more", "effect", shown(l, n.Effect), "unit", a.Unit, "units", rounded(*n.MoreThan))
		} else if n != nil {
			clusters := any(nil)
			if d.ClusterSize > 1 {
				clusters = rounded(*n.Clusters)
			}
			say("power.needed", "effect", shown(l, n.Effect), "unit", a.Unit, "units", rounded(*n.Units), "clusters", clusters)
		}
		say("power.basis", "sd", shown(l, d.SD), "sd_from", i18n.Text(l, a.sdFrom, nil), "share", d.Treated, "share_from", i18n.Text(l, a.shareFrom, nil), "scaled", a.Basis == "run")
		if d.ClusterSize > 1 {
			say("power.clusters", "size", d.ClusterSize, "icc", d.ICC)
		}
		if study.Design.Name == "did" {
			say("power.periods", "before", d.Before, "after", d.After, "rho", d.Rho)
		}
		for _, w := range a.Cautions {
			fmt.Fprintf(&b, "! %s\n", sentence(l, w.Text))
		}
		fmt.Fprintln(&b)
		most := a.Curve[0].Detectable
		rows := [][2]string{{i18n.Text(l, "power.column.units", nil), i18n.Text(l, "power.column.detectable", nil)}}
		for _, p := range a.Curve {
			rows = append(rows, [2]string{i18n.Number(l, p.Units, 0), shown(l, p.Detectable)})
		}
		wide, tall := 0, 0
		for _, r := range rows {
			wide, tall = max(wide, len([]rune(r[0]))), max(tall, len([]rune(r[1])))
		}
		for i, r := range rows {
			bar := ""
			if i > 0 {
				bar = "  " + strings.Repeat("█", max(1, int(math.Round(30*a.Curve[i-1].Detectable/most))))
			}
			fmt.Fprintf(&b, "%s%s  %s%s%s\n", strings.Repeat(" ", wide-len([]rune(r[0]))), r[0], strings.Repeat(" ", tall-len([]rune(r[1]))), r[1], bar)
		}
	}
	fmt.Fprintln(&b)
	say("power.note." + study.Design.Name)
	_, err := io.WriteString(w, b.String())
	return err
}

func rounded(x float64) int64 { return int64(math.Round(x)) }

// shown writes a number of any size: those that readers do not write out as
// powers of ten.
func shown(l i18n.Lang, x float64) string {
	if size := math.Abs(x); size == 0 || (size >= 1e-6 && size < 1e15) {
		return i18n.Format(l, x, "")
	}
	s := strconv.FormatFloat(x, 'g', 4, 64)
	if l == i18n.ID {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// sentence is a caution as a sentence of its own.
func sentence(l i18n.Lang, t result.Text) string {
	s := t.EN
	if l == i18n.ID {
		s = t.ID
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
