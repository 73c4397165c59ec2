package web

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

func findingCommands() []command {
	return []command{
		{path: "usulkan", name: "propose", makes: true, fields: proposeFields, do: proposeFinding},
		{path: "ubah", name: "edit", fields: func(c *call, _ *store.Reader, o object) ([]field, error) {
			return c.sentenceFields(o.value.(findingOn).Finding), nil
		}, do: func(c *call, v *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.EditFinding(c.ctx(), by, o.ID, v.sentence(), v.text("whom"))
			return then{}, err
		}},
		{path: "lepas", name: "release", do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.ReleaseFinding(c.ctx(), by, o.ID)
			return then{}, err
		}},
		{path: "tarik", name: "withdraw", why: true, danger: true, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.WithdrawFinding(c.ctx(), by, o.ID)
			return then{}, err
		}},
	}
}

// finding makes a field of a finding, called by its own name on the form.
func (c *call) finding(name, kind string, edit ...func(*field)) field {
	named := func(f *field) { f.Name = name }
	return c.field("finding-"+strings.ReplaceAll(name, "_", "-"), kind, append([]func(*field){named}, edit...)...)
}

func (c *call) sentenceFields(f evidence.Finding) []field {
	return []field{
		c.finding("sentence_id", "area", required, value(f.Sentence.ID)), c.finding("sentence_en", "area", required, value(f.Sentence.EN)),
		c.finding("whom", "text", value(f.Applies.Whom)),
	}
}

func (v *values) sentence() registry.Words {
	return registry.Words{ID: v.text("sentence_id"), EN: v.text("sentence_en")}
}

// mostReleased is how many runs a form offers; the page of an older one names it.
const mostReleased = 30

// releasedRuns are those that the form is about: the one that the address or what was
// chosen names, else the newest.
func (c *call) releasedRuns(r *store.Reader) ([]study.Run, error) {
	named, _, _ := strings.Cut(c.r.PostForm.Get("estimate"), " ")
	if q := c.r.URL.Query().Get("hitungan"); q != "" {
		named = q
	}
	all, err := store.Runs(r, c.who, store.RunFilter{}, store.Page{})
	all = slices.DeleteFunc(all, func(x study.Run) bool { return x.Release == nil || named != "" && x.ID != named })
	return all[:min(len(all), mostReleased)], err
}

// proposeFields ask which number that left the sentence is about.
func proposeFields(c *call, r *store.Reader, _ object) ([]field, error) {
	runs, err := c.releasedRuns(r)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	var numbers, programmes []option
	var outcomes []string
	seen := map[string]bool{}
	for _, x := range runs {
		of, _, err := store.StudyOf(r, x.Study)
		if err != nil {
			return nil, err
		}
		left, err := answers.Left(c.o.Store.Contents(), x)
		if err != nil {
			return nil, err
		}
		for _, l := range left {
			says := c.numberWords(l)
			if len(runs) > 1 {
				says = of.Title + ": " + says
			}
			numbers = append(numbers, option{x.ID + " " + l.Key, says})
			outcomes = append(outcomes, l.Outcome)
		}
		for _, id := range of.Programmes {
			if !seen[id] {
				seen[id] = true
				programmes = append(programmes, option{id, n.programmes([]string{id})[0]})
			}
		}
	}
	code := ""
	if slices.Sort(outcomes); len(slices.Compact(outcomes)) == 1 {
		code = strings.ToLower(strings.ReplaceAll(outcomes[0], "_", "-"))
	}
	old := []option{{"", c.t("none")}}
	known, err := c.known(r)
	if err != nil {
		return nil, err
	}
	for _, f := range known {
		if f.State() == evidence.Released && seen[f.Programme] {
			old = append(old, option{f.ID, c.both(f.Sentence)})
		}
	}
	fields := []field{c.finding("estimate", "select", c.choose(numbers)), c.finding("programme", "select", c.choose(programmes)), c.finding("outcome", "text", required, value(code))}
	fields = append(fields, c.sentenceFields(evidence.Finding{})...)
	return append(fields, c.finding("replaces", "select", options(old))), n.err
}

func proposeFinding(c *call, v *values, by store.By, _ object) (then, error) {
	id, key, _ := strings.Cut(v.text("estimate"), " ")
	f := evidence.Finding{Run: id, Programme: v.text("programme"), Outcome: v.text("outcome"), Sentence: v.sentence(), Replaces: v.text("replaces"), Applies: evidence.Applies{Whom: v.text("whom")}}
	if err := c.view(func(r *store.Reader) (err error) {
		f, err = answers.Finding(r, c.o.Store.Contents(), f, key)
		return err
	}); err != nil {
		return then{}, err
	}
	made, _, err := c.o.Store.ProposeFinding(c.ctx(), by, f)
	return then{to: nounPath["finding"] + "/" + made}, err
}
