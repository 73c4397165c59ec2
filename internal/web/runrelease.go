package web

import (
	"bytes"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// releaseFields show the checker exactly what leaves, number by number: what is left
// ticked goes, what is not stays.
func releaseFields(c *call, _ *store.Reader, o object) ([]field, error) {
	on := o.value.(runOn)
	got, _, err := c.again(on.Run)
	if err != nil {
		return nil, err
	}
	var all []option
	var chosenKeys []string
	for _, e := range got.Estimates {
		if e.Estimate == nil {
			continue // kept back already
		}
		all = append(all, option{report.Key(e), c.estimateWords(e)})
		chosenKeys = append(chosenKeys, report.Key(e))
	}
	return []field{c.study("leaves", "checks", options(all), chosen(chosenKeys))}, nil
}

// estimateWords say one number that would leave, with its interval and from how many.
func (c *call) estimateWords(e result.Estimate) string {
	parts := []string{e.Outcome, c.words("term." + e.Term)}
	for _, l := range []*result.Label{e.Group, e.Time} {
		if l != nil {
			parts = append(parts, l.String())
		}
	}
	if e.Event != nil {
		parts = append(parts, itoa(int(*e.Event)))
	}
	number := func(f *float64) string {
		if f == nil {
			return "–"
		}
		return i18n.Format(c.lang, *f, "")
	}
	return strings.Join(parts, ", ") + ": " + c.t("run.number", "estimate", number(e.Estimate), "lower", number(e.Lower), "upper", number(e.Upper), "n", e.N)
}

func releaseRun(c *call, v *values, by store.By, o object) (then, error) {
	on := o.value.(runOn)
	got, plan, err := c.again(on.Run)
	if err != nil {
		return then{}, err
	}
	goes := map[string]bool{}
	for _, key := range c.r.PostForm["leaves"] {
		goes[key] = true
	}
	var held []string
	for _, e := range got.Estimates {
		if e.Estimate != nil && !goes[report.Key(e)] {
			held = append(held, report.Key(e))
		}
	}
	var text bytes.Buffer
	if err := report.JSON(&text, report.Input{Result: report.Hold(got, held), Study: plan}); err != nil {
		return then{}, err
	}
	hash, _, err := c.o.Store.Contents().Put(c.ctx(), &text)
	if err != nil {
		return then{}, err
	}
	_, err = c.o.Store.ReleaseRun(c.ctx(), by, o.ID, hash, held)
	return then{}, err
}
