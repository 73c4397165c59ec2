package designs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

// TestTogether: what an estimator does not do together is a problem of the plan, where
// the plan says it.
func TestTogether(t *testing.T) {
	const head = "dampak: 1\nid: a\ndata: {panel: a.csv}\noutcomes: [{column: y}]\n"
	did := func(keys, inference string) string {
		return head + "design:\n  did: {unit: u, time: t, first_treated: g" + keys + "}\ninference: {level: 0.9" + inference + "}\n"
	}
	trial := func(keys, inference string) string {
		return head + "design:\n  experiment: {treatment: d" + keys + "}\ninference: {level: 0.9" + inference + "}\n"
	}
	for _, c := range []struct{ name, src, want string }{
		{"covariates", did(", covariates: [x]", ", vce: cr3"), "7:30 refusal.did-not-together"},
		{"estimator", did("", ", vce: cr2"), "7:30 refusal.did-not-together"},
		{"imputation", did(", estimator: imputation", ", vce: cr1"), "7:30 refusal.did-not-together"},
		{"strata", did(", strata: s, psu: p", ", vce: wild"), "7:30 refusal.did-not-together"},
		{"anticipation", did(", estimator: twfe, anticipation: 1", ""), "6:56 refusal.did-not-together"},
		{"method", did(", estimator: sun-abraham, method: ipw", ""), "6:56 refusal.did-not-together"},
		{"two clusters", did(", cluster: [v, t]", ""), "6:54 refusal.did-not-together"},
		{"by", did(", by: r, covariates: [x]", ""), "6:49 refusal.did-not-together"},
		{"romano-wolf", did(", strata: s, psu: p", ", adjust: romano-wolf"), "7:33 refusal.did-not-together"},
		{"draws", did("", ", vce: randomisation, draws: 50"), "7:30 refusal.did-few-draws"},
		{"two roles", did(", strata: x, psu: p, covariates: [x]", ""), "6:53 refusal.did-same-column"},
		{"rows with clusters", trial(", cluster: v", ", vce: hc2"), "7:30 refusal.experiment-vce-with-cluster"},
		{"clusters without", trial("", ", vce: cr2"), "7:30 refusal.experiment-vce-without-cluster"},
		{"two roles of a trial", trial(", cluster: v, covariates: [v]", ""), "6:39 refusal.experiment-same-column"},
	} {
		_, err := Parse([]byte(c.src), "a.yaml")
		var got []string
		for _, p := range problem.Of(err) {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Code))
			for _, l := range i18n.Langs {
				if text := p.Text(l); strings.ContainsAny(text, "{}") {
					t.Errorf("%s: %s", c.name, text)
				}
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
