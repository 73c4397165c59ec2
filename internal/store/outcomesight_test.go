package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// TestUnseenOf: until a study is registered its people are told nothing of what its
// plan names as outcomes; everybody else is, and so are they from then on.
func TestUnseenOf(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newLaboratory(t, c, registry.PublicData)
		w.person("rudi", "Dinsos Jatim")
		w.grant("rudi", access.Researcher, "35", "Dinsos Jatim")
		unseen := func(who, dataset string) (u Unseen) {
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				u, err = UnseenOf(r, w.ids[who], dataset)
				return err
			}))
			return u
		}
		of := func(when string, want ...string) {
			t.Helper()
			if got := unseen("budi", w.dataset); !slices.Equal(got.Columns, want) || (len(want) > 0) != slices.Equal(got.Studies, []string{"Studi contoh"}) {
				t.Errorf("%s: budi is not told of %+v, want %v", when, got, want)
			}
			if got := unseen("rudi", w.dataset); len(got.Columns) > 0 {
				t.Errorf("%s: rudi is of no study and is not told of %+v", when, got)
			}
			if got := unseen("budi", "lain"); len(got.Columns) > 0 {
				t.Errorf("%s: another dataset is hidden: %+v", when, got)
			}
		}
		of("no study")
		p := w.protocol
		w.protocol.Plan, w.protocol.Hypotheses = "", nil
		id := w.drafted()
		of("no plan")
		edit := func(plan string) {
			p.Plan = plan
			_, err := w.EditStudy(w.ctx, w.ask, id, p)
			w.ok(err)
		}
		edit("id: setengah")
		of("half a plan", cooperation.All)
		edit(strings.Replace(runPlan, "outcomes: [", "outcomes: [{column: makan}, ", 1))
		p.Hypotheses = append(p.Hypotheses, study.Hypothesis{Outcome: "makan", Expects: study.Rises})
		edit(p.Plan)
		of("two outcomes", "belanja", "makan")
		_, err := w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		of("registered")
		edit(runPlan)
		of("an amendment that is written")

		// A second study, taken back.
		w.protocol = p
		id = w.drafted()
		of("a second study", "belanja")
		why := w.ask
		why.Why = "tidak jadi"
		_, err = w.WithdrawStudy(w.ctx, why, id)
		w.ok(err)
		of("withdrawn")
	})
}

func TestUnseenHides(t *testing.T) {
	some, all := Unseen{Columns: []string{"belanja"}}, Unseen{Columns: []string{cooperation.All}}
	for column, want := range map[string][3]bool{"": {}, "belanja": {false, true, true}, "tahun": {false, false, true}, "tahun, belanja": {false, true, true}, "belanja_makan": {false, false, true}} {
		if got := [3]bool{Unseen{}.Hides(column), some.Hides(column), all.Hides(column)}; got != want {
			t.Errorf("%q: %v, want %v", column, got, want)
		}
	}
}
