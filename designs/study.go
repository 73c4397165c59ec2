package designs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// Study is a plan with its design decoded: all that a run needs to know, and
// the identity of what was asked. It is a value: nothing changes it.
type Study struct {
	Plan      plan.Plan
	Design    *Entry
	Values    Values // the design's keys, defaults written out
	Canonical []byte // JSON, see canonical
	SHA256    string // of Canonical, hex
}

// Constant gives pairs of columns, of which the first is the same in all rows that have
// one value of the second, in the order in which they follow from each other: rows of
// another shape the design refuses.
func (s *Study) Constant() [][2]string {
	if s.Design.constant == nil {
		return nil
	}
	return slices.DeleteFunc(s.Design.constant(s), func(p [2]string) bool { return p[0] == "" || p[1] == "" || p[0] == p[1] })
}

// Parse reads a plan and its design. The error is a problem.List with every
// problem of the file in order of place.
func Parse(src []byte, file string) (*Study, error) {
	p, c := plan.Read(src, file)
	s := &Study{Plan: p}
	if len(p.Design.Entries) == 1 {
		s.decode(p.Design.Entries[0], c)
	}
	if c.Err() == nil {
		s.checkTogether(p.Design.Entries[0], c)
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	var err error
	if s.Canonical, err = canonical(s); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.Canonical)
	s.SHA256 = hex.EncodeToString(sum[:])
	return s, nil
}

// Procedure makes the estimator of one outcome.
func (s *Study) Procedure(o plan.Outcome) estimate.Procedure {
	return s.Design.procedure(s.Values, o, s.Plan.Inference)
}

// covariates are those of the plan; nil where the design has none.
func (s *Study) covariates() []Covariate {
	list, _ := s.Values[covariatesKey].([]Covariate)
	return list
}

// PlainCovariates are the covariates that the plan names without saying what
// they hold: numbers, or words where the data hold no number in that column.
func (s *Study) PlainCovariates() []string {
	var plain []string
	for _, x := range s.covariates() {
		if !x.Category {
			plain = append(plain, x.Column)
		}
	}
	return plain
}

// AsCategories is the study with some of its covariates read as categories, as
// if the plan said `as: category`. The plan and its identity stay what they are:
// the same question asked of data that hold words there.
func (s *Study) AsCategories(columns []string) *Study {
	list := slices.Clone(s.covariates())
	if len(list) == 0 || len(columns) == 0 {
		return s
	}
	for i := range list {
		list[i].Category = list[i].Category || slices.Contains(columns, list[i].Column)
	}
	read := *s
	read.Values = maps.Clone(s.Values)
	read.Values[covariatesKey] = list
	return &read
}

func (s *Study) decode(design plan.Entry, c *plan.Checker) {
	name := design.Key.Text
	entry, ok := Find(name)
	if !ok {
		if slices.Contains(later, name) {
			c.Add(design.Key, "plan-design-later", "design", name, "known", names())
			return
		}
		c.Add(design.Key, "plan-design-unknown", "design", name, "known", names(), "suggestion", problem.Nearest(name, names()))
		return
	}
	s.Design = entry
	s.Values = entry.decode(design.Value, c)
	entry.checkColumns(s.Values, s.Plan, design.Value, c)
	if inf := s.Plan.Inference; inf.Adjust == plan.RomanoWolf && !entry.Scores {
		c.Add(inf.AdjustAt, "plan-adjust-later", "value", inf.Adjust, "design", name, "allowed", []string{plan.NoAdjustment, plan.Holm, plan.BenjaminiHochberg})
	}
	if inf := s.Plan.Inference; inf.VCE != "" && inf.VCE != plan.Default && !slices.Contains(entry.VCE, inf.VCE) {
		c.Add(inf.VCEAt, "plan-vce-later", "value", inf.VCE, "design", name, "allowed", append([]string{plan.Default}, entry.VCE...))
	}
}

// checkTogether refuses what the estimator does not do together, at the first place of
// the plan that its refusal names.
func (s *Study) checkTogether(design plan.Entry, c *plan.Checker) {
	procedure, ok := s.Procedure(s.Plan.Outcomes[0]).(estimate.Checker)
	var refusal *result.Refusal
	if !ok || !errors.As(procedure.Check(), &refusal) {
		return
	}
	at := design.Key
	for _, name := range []string{"key", "other", "role", "vce"} {
		key, _ := refusal.Values[name].(string)
		if name == "vce" && key != "" {
			key = name
		}
		if found, ok := s.written(key, design.Value); ok {
			at = found
			break
		}
	}
	c.Add(at, "refusal."+refusal.Code).Values = refusal.Values
}

// written finds where the plan has a key of its design or of inference; what follows a
// colon is its value.
func (s *Study) written(key string, body plan.Node) (plan.Node, bool) {
	key, _, _ = strings.Cut(key, ":")
	at, ok := body.Get(key)
	switch key {
	case "vce":
		at = s.Plan.Inference.VCEAt
	case "adjust":
		at = s.Plan.Inference.AdjustAt
	default:
		return at, ok
	}
	return at, at.Line > 0
}

// checkColumns refuses an outcome that has another part in the design, and two
// parts that one column cannot have at once.
func (e *Entry) checkColumns(v Values, p plan.Plan, body plan.Node, c *plan.Checker) {
	part, alone := map[string]string{}, map[string]string{}
	for _, k := range e.Keys {
		for _, column := range k.columns(v) {
			part[column] = k.Name
			other, taken := alone[column]
			if taken && k.Alone {
				at, _ := body.Get(k.Name)
				c.Add(at, "plan-column-twice", "column", column, "key", k.Name, "other", other)
			}
			if k.Alone {
				alone[column] = k.Name
			}
		}
	}
	for _, o := range p.Outcomes {
		if key, taken := part[o.Column]; taken {
			c.Add(o.At, "plan-outcome-part", "column", o.Column, "key", key)
		}
	}
}

// columns lists the columns that the value of a key names.
func (k Key) columns(v Values) []string {
	switch value := v[k.Name].(type) {
	case string:
		if k.Type == Column || k.Type == Columns {
			return []string{value}
		}
	case []string:
		if k.Type == Columns {
			return value
		}
	case []Covariate:
		var all []string
		for _, x := range value {
			all = append(all, x.Column)
		}
		return all
	}
	return nil
}

// options are the plan's words on inference as the estimators take them.
func options(inf plan.Inference) inference.Options {
	return inference.Options{Level: inf.Level, Seed: inf.Seed, Draws: inf.Draws}
}
