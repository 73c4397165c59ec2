package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate/power"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
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

// powerOf is the answer for one outcome.
type powerOf struct {
	Outcome string `json:"outcome"`
	Unit    string `json:"unit"`
	// Basis is "run" where the design's own error on the data was taken, "data"
	// where its parts were measured there, else "stated". Calibration is the run's
	// error over that of the formula, 1 without a run.
	Basis       string       `json:"basis"`
	Calibration float64      `json:"calibration"`
	Design      powerDesign  `json:"design"`
	SE          float64      `json:"se"`
	Detectable  float64      `json:"detectable"`
	Needed      *powerNeeded `json:"needed"` // null where no effect is stated
	Curve       []powerPoint `json:"curve"`
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

type powerNeeded struct {
	Effect   float64 `json:"effect"`
	Units    float64 `json:"units"`
	Clusters float64 `json:"clusters"`
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
	if !(c.Power > 0 && c.Power < 1) {
		return problem.Usage("power-share", "flag", "--power", "found", c.Power)
	}
	var session engine.Session
	if c.SD == nil || c.Units == nil {
		if session, err = c.open(s, study); err != nil {
			return err
		}
		defer session.Close()
	}
	own := c.ownErrors(s, study)
	var answers []powerOf
	for _, o := range study.Plan.Outcomes {
		one, err := c.outcome(s, session, study, o, own[o.Column])
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

// ownErrors are the standard errors of the plan's answers where the design can
// be run on the data as they are; flags that change the design leave them out.
func (c powerCmd) ownErrors(s *session, study *designs.Study) map[string]float64 {
	own := map[string]float64{}
	for _, flag := range []bool{c.Share != nil, c.SD != nil, c.ClusterSize != nil, c.ICC != nil, c.Before != nil, c.After != nil, c.Rho != nil} {
		if flag {
			return own
		}
	}
	eng, err := openEngine(c.Engine)
	if err != nil {
		return own
	}
	sources, err := resolve(study, c.Plan, c.Data)
	if err != nil {
		return own
	}
	r, err := s.answer(study, sources, eng)
	if err != nil { // a baseline, say: nobody is treated yet
		return own
	}
	for _, e := range r.Estimates {
		if _, known := own[e.Outcome]; !known && e.SE != nil {
			own[e.Outcome] = *e.SE
		}
	}
	return own
}

func (c powerCmd) open(s *session, study *designs.Study) (engine.Session, error) {
	eng, err := openEngine(c.Engine)
	if err != nil {
		return nil, err
	}
	sources, err := resolve(study, c.Plan, c.Data)
	if err != nil {
		return nil, problem.New("power-no-data", "what", err.Error()).Because(err)
	}
	return eng.Open(s.ctx, sources, engine.Options{})
}

// outcome answers for one outcome: flags stand before what the data say.
func (c powerCmd) outcome(s *session, session engine.Session, study *designs.Study, o plan.Outcome, own float64) (powerOf, error) {
	out := powerOf{Outcome: o.Column, Unit: o.Unit, Basis: "stated", Calibration: 1}
	d := power.Design{Treated: 0.5, Level: study.Plan.Inference.Level, Power: c.Power}
	if study.Design.Name == "did" {
		d.Before, d.After = 1, 1
	}
	if session != nil {
		b, err := run.Measure(s.ctx, session, study, o)
		if err != nil {
			return out, err
		}
		out.Basis = "data"
		d.Units, d.SD, d.Rho, d.ICC = float64(b.Units), b.SD, b.Rho, b.ICC
		if b.Treated > 0 && b.Treated < 1 {
			d.Treated = b.Treated
		}
		if b.Clusters > 0 {
			d.ClusterSize = float64(b.Units) / float64(b.Clusters)
		}
		if study.Design.Name == "did" {
			d.Before = max(b.Before, 1)
			d.After = max(b.Periods-b.Before, 1)
		}
	}
	measured := d.SD
	if own > 0 && session != nil && d.SE() > 0 {
		out.Basis, out.Calibration = "run", own/d.SE()
		d.SD *= out.Calibration
	}
	set := func(to *float64, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	set(&d.Units, c.Units)
	set(&d.Treated, c.Share)
	set(&d.SD, c.SD)
	set(&d.ClusterSize, c.ClusterSize)
	set(&d.ICC, c.ICC)
	set(&d.Rho, c.Rho)
	if study.Design.Name == "did" {
		if c.Before != nil {
			d.Before = *c.Before
		}
		if c.After != nil {
			d.After = *c.After
		}
	}
	effect := c.Effect
	if effect == nil {
		effect = o.Matters
	}
	mde, err := d.Detectable()
	if err != nil {
		return out, problem.New("power-impossible", "column", o.Column, "units", d.Units, "sd", d.SD, "share", d.Treated)
	}
	curve, err := d.Curve(multiples)
	if err != nil {
		return out, problem.New("power-impossible", "column", o.Column, "units", d.Units, "sd", d.SD, "share", d.Treated)
	}
	if out.Basis != "run" {
		measured = d.SD
	}
	out.Design = powerDesign{d.Units, d.Treated, measured, d.ClusterSize, d.ICC, d.Before, d.After, d.Rho, d.Level, d.Power}
	out.SE, out.Detectable = d.SE(), mde
	for _, p := range curve {
		out.Curve = append(out.Curve, powerPoint(p))
	}
	if effect != nil {
		units, err := d.Needed(math.Abs(*effect))
		if err != nil {
			return out, problem.New("power-effect", "effect", *effect)
		}
		out.Needed = &powerNeeded{math.Abs(*effect), units, units / math.Max(d.ClusterSize, 1)}
	}
	return out, nil
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
		say("power.detectable", "outcome", a.Outcome, "unit", a.Unit, "units", rounded(d.Units), "mde", a.Detectable, "power", d.Power, "level", d.Level)
		if a.Needed != nil {
			clusters := any(nil)
			if d.ClusterSize > 1 {
				clusters = rounded(a.Needed.Clusters)
			}
			say("power.needed", "effect", a.Needed.Effect, "unit", a.Unit, "units", rounded(a.Needed.Units), "clusters", clusters)
		}
		say("power.basis."+a.Basis, "sd", d.SD, "share", d.Treated)
		if d.ClusterSize > 1 {
			say("power.clusters", "size", d.ClusterSize, "icc", d.ICC)
		}
		if study.Design.Name == "did" {
			say("power.periods", "before", d.Before, "after", d.After, "rho", d.Rho)
		}
		fmt.Fprintln(&b)
		most := a.Curve[0].Detectable
		rows := [][2]string{{i18n.Text(l, "power.column.units", nil), i18n.Text(l, "power.column.detectable", nil)}}
		for _, p := range a.Curve {
			rows = append(rows, [2]string{i18n.Number(l, p.Units, 0), i18n.Format(l, p.Detectable, "")})
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
