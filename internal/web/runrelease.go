package web

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/result"
)

// releaseFields show the checker exactly what leaves, number by number: what is left
// ticked goes, what is not stays.
func releaseFields(c *call, _ *store.Reader, o object) ([]field, error) {
	a, err := c.openAnswer(o.ID)
	if err != nil {
		return nil, err
	}
	var all []option
	var keys []string
	for _, n := range a.Leaves() {
		all = append(all, option{n.Key, c.numberWords(n)})
		keys = append(keys, n.Key)
	}
	return []field{c.study("leaves", "checks", options(all), chosen(keys))}, nil
}

// numberWords say one number that leaves, with its unit and interval and from how many.
func (c *call) numberWords(n answers.Number) string {
	parts := []string{n.Outcome, c.words("term." + n.Term)}
	for _, l := range []*result.Label{n.Group, n.Time} {
		if l != nil {
			parts = append(parts, l.String())
		}
	}
	if n.Event != nil {
		parts = append(parts, itoa(int(*n.Event)))
	}
	number := func(f *float64) string {
		if f == nil {
			return "–"
		}
		return i18n.Format(c.lang, *f, "")
	}
	return strings.Join(parts, ", ") + ": " + c.t("run.leaves", "estimate", number(n.Estimate), "unit", n.Of.Unit, "lower", number(n.Lower), "upper", number(n.Upper), "n", n.N)
}

func releaseRun(c *call, _ *values, by store.By, o object) (then, error) {
	a, err := answers.Of(c.ctx(), c.o.Store.Contents(), o.value.(runOn).Run)
	if err != nil {
		return then{}, err
	}
	goes := c.r.PostForm["leaves"]
	var held []string
	for _, n := range a.Leaves() {
		if !slices.Contains(goes, n.Key) {
			held = append(held, n.Key)
		}
	}
	_, err = answers.Release(c.ctx(), c.o.Store, by, a, held)
	return then{}, err
}
