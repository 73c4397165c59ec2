package runs_test

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/study"
)

// TestAPlanThatNamesItsRegionsDoesNotDepart: under a permit for two kabupaten of a
// province, a plan that names them runs as registered on all of their rows, whichever
// codes the data hold; one that names none departs from itself in each other region.
func TestAPlanThatNamesItsRegionsDoesNotDepart(t *testing.T) {
	named := strings.Replace(everybody, "{treatment: ikut}", "{treatment: ikut, where: [{column: kode, in: ['3507', '3578']}]}", 1)
	for _, c := range []struct {
		system, plan string
		departs      bool
	}{{"code", named, false}, {"kemendagri", named, false}, {"code", everybody, true}} {
		w := cooperates(t, "", strings.Replace(persons, `"fields": ["code"]`, `"fields": ["`+c.system+`"]`, 1), people)
		w.studies(c.plan)
		id := w.queue(nil)
		w.one(duck)
		r := w.run(id)
		if r.State != study.Done || r.Answer.Scope[0].Rows != 400 {
			t.Fatalf("%s: %+v %+v", c.system, r, r.Answer)
		}
		for _, d := range r.Answer.Deviations {
			if !strings.HasPrefix(d.Field, "regions.") || d.Weight != study.Major {
				t.Errorf("%s: %+v", c.system, d)
			}
		}
		if n := len(r.Answer.Deviations); n != map[bool]int{true: 36}[c.departs] {
			t.Errorf("%s by codes of %s: %d departures", c.plan, c.system, n)
		}
	}
}
