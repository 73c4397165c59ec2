package designs

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dampak/dampak/plan"
)

// canonical writes the study as JSON in one form for all spellings of the same
// plan: keys sorted, every default written out, absent keys null, numbers in
// their shortest form, comments and the order of keys gone, and files by name
// only, so that sites with other folders share one plan. The order that counts
// stays: of the conditions, of the outcomes, of lists.
func canonical(s *Study) ([]byte, error) {
	p := s.Plan
	data := map[string]any{}
	for _, d := range p.Data {
		data[d.Name] = base(d.Path)
	}
	design := map[string]any{"table": p.Table, "where": where(p.Where)}
	for key, value := range s.Values {
		design[key] = spell(value)
	}
	outcomes := make([]any, len(p.Outcomes))
	for i, o := range p.Outcomes {
		written := map[string]any{
			"column": o.Column, "unit": absent(o.Unit), "better": absent(o.Better),
			"label": words(o.Label), "matters": o.Matters,
		}
		if o.Family != "" { // a later key: plans without it keep their identity
			written["family"] = o.Family
		}
		outcomes[i] = written
	}
	notes := make([]any, len(p.Notes))
	for i, w := range p.Notes {
		notes[i] = words(w)
	}
	inf := p.Inference
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(map[string]any{
		"dampak": p.Version, "id": p.ID, "title": words(p.Title), "question": words(p.Question), "notes": notes, "data": data,
		"design": map[string]any{s.Design.Name: design}, "outcomes": outcomes,
		"inference":  map[string]any{"level": inf.Level, "seed": inf.Seed, "draws": inf.Draws, "vce": inf.VCE, "adjust": inf.Adjust},
		"disclosure": map[string]any{"min_cell": p.Disclosure.MinCell},
	})
	return bytes.TrimSpace(out.Bytes()), err
}

// base is the name of a file without folders, of either kind of machine.
func base(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func absent(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// words are written as a map, whose keys JSON sorts; nil when there are none.
func words(w plan.Words) any {
	if w == (plan.Words{}) {
		return nil
	}
	return map[string]any{"id": w.ID, "en": w.EN}
}

func where(conditions []plan.Condition) []any {
	all := []any{}
	for _, c := range conditions {
		values := make([]any, len(c.Values))
		for i, v := range c.Values {
			values[i] = scalar(v)
		}
		var value any = values
		if c.Test != plan.In && c.Test != plan.NotIn {
			value = values[0]
		}
		all = append(all, map[string]any{"column": c.Name, string(c.Test): value})
	}
	return all
}

func scalar(n plan.Node) any {
	switch n.Kind {
	case plan.Truth:
		return n.True()
	case plan.Number:
		f, _ := n.Float()
		return f
	}
	return n.Text
}

func spell(value any) any {
	list, ok := value.([]Covariate)
	if !ok {
		return value
	}
	all := make([]any, len(list))
	for i, x := range list {
		entry := map[string]any{"column": x.Column, "as": nil}
		if x.Category {
			entry["as"] = "category"
		}
		all[i] = entry
	}
	return all
}
