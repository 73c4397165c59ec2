package designs

import (
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
)

// What must hold follows the estimator and the covariates of the plan, and has
// words in both languages.
func TestConditionsOfAStudy(t *testing.T) {
	for keys, want := range map[string][]string{
		"": {parallelKey, "design.did.assumption.anticipation", "design.did.assumption.spillover", "design.did.assumption.stays-on"},
		", covariates: [age, {column: sex, as: category}]": {parallelAlikeKey, "design.did.assumption.anticipation", "design.did.assumption.spillover",
			"design.did.assumption.stays-on", overlapKey},
		", estimator: twfe": {parallelKey, "methods.assumption.did.equal", "design.did.assumption.anticipation", "design.did.assumption.spillover", "design.did.assumption.stays-on"},
		", estimator: imputation, covariates: [age]": {parallelAlikeKey, "design.did.assumption.anticipation", "design.did.assumption.spillover",
			"design.did.assumption.stays-on", traitsKey},
	} {
		s, err := Parse([]byte("dampak: 1\nid: x\ndata: {d: d.csv}\ndesign:\n  did: {unit: id, time: t, first_treated: g"+keys+"}\noutcomes: [{column: y}]\n"), "plan.yaml")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range s.Conditions() {
			got = append(got, c.Key)
			for _, l := range i18n.Langs {
				if text := i18n.Text(l, c.Key, c.Values); text == "" || text[0] == '[' || slices.Contains([]byte(text), '{') {
					t.Errorf("%s: %q", c.Key, text)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
	}
}
