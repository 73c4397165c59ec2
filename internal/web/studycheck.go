package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/problem"
	runroom "github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// What is typed into the form of a plan is checked while it is typed (assets/plan.js):
// the same form is sent here, nothing is kept, and what is to be mended comes back with
// its place.

// checkedPlan is what the check says of a plan, in the reader's language.
type checkedPlan struct {
	Readable bool         `json:"readable"` // the plan itself; the rest of the form may still lack something
	Says     string       `json:"says"`
	Seal     string       `json:"seal"` // in words, what would be locked; "" = something is to be mended
	Problems []planRemark `json:"problems"`
}

// planRemark is one problem with the field and the place at which it is.
type planRemark struct {
	Field  string `json:"field"`  // of the form; "" = of none
	Line   int    `json:"line"`   // 1-based; 0 = of no line
	Column int    `json:"column"` // 1-based; 0 = not known
	At     string `json:"at"`     // the place in words
	Text   string `json:"text"`
}

// checkPlan answers with what is to be mended in the plan that was sent, to who may
// write that study's plan.
func (p *Pages) checkPlan(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	n := studies()
	edit := n.commands[slices.IndexFunc(n.commands, func(m command) bool { return m.name == "edit" })]
	var said checkedPlan
	err := c.view(func(r *store.Reader) error {
		o, err := n.find(c, r, edit)
		if err != nil {
			return err
		}
		v := &values{c: c}
		written, err := c.writtenPlan(v, r, o.value.(studyOn).written())
		if err != nil {
			return err
		}
		said, err = c.planSays(r, written, v)
		return err
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(c.w).Encode(said) // a reader who has gone needs no answer
	return nil
}

// planSays puts a plan and its form into words.
func (c *call) planSays(r *store.Reader, p study.Protocol, v *values) (checkedPlan, error) {
	said := checkedPlan{Problems: []planRemark{}}
	for i, x := range v.wrong.List {
		said.Problems = append(said.Problems, c.planRemark(v.wrong.fields[i], x))
	}
	typed := strings.ReplaceAll(c.r.PostForm.Get("plan"), "\r\n", "\n") // with the blank lines that are not kept, as its lines are counted
	d, err := designs.Parse([]byte(typed), "")
	said.Readable = err == nil
	var checked study.Checked
	var found problem.List
	if said.Readable {
		if found, err = runroom.ColumnsMissing(r, c.o.Store.Contents(), p, typed); err != nil {
			return said, err
		}
		checked, err = store.CheckProtocol(r, p)
	}
	lacks := problem.Of(err)
	if err != nil && lacks == nil {
		return said, err
	}
	for _, x := range append(found, lacks...) {
		field, _ := x.Values["field"].(string)
		if !said.Readable || x.Line > 0 {
			field = "plan"
		}
		said.Problems = append(said.Problems, c.planRemark(field, x))
	}
	if !said.Readable {
		said.Says = c.t("study.check.unreadable", "n", len(said.Problems))
		return said, nil
	}
	var outcomes []string
	for _, o := range d.Plan.Outcomes {
		outcomes = append(outcomes, o.Column)
	}
	said.Says = c.t("study.check.readable", "design", c.words(d.Design.Title()), "outcomes", outcomes)
	if len(said.Problems) > 0 {
		said.Says += " " + c.t("study.check.lacks", "n", len(said.Problems))
	} else {
		said.Seal = c.t("study.check.seal", "seal", checked.Seal())
	}
	return said, nil
}

// fieldOnPlan is the field of the form where a problem calls it otherwise.
var fieldOnPlan = map[string]string{"data": "dataset_0", "hypothesis": "hypotheses"}

func (c *call) planRemark(field string, p *problem.Problem) planRemark {
	field = strings.ReplaceAll(strings.TrimPrefix(field, "study-"), "-", "_")
	x := planRemark{Field: cmp.Or(fieldOnPlan[field], field), Line: p.Line, Column: p.Column}
	switch {
	case p.Line > 0 && p.Column > 0:
		x.At = c.t("study.check.at", "line", p.Line, "column", p.Column)
	case p.Line > 0:
		x.At = c.t("study.check.line", "line", p.Line)
	}
	placed := *p
	placed.Line, placed.Column = 0, 0 // they are said already
	x.Text = c.says(&placed)
	return x
}
