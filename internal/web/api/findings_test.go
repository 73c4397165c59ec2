package api

import (
	"context"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// findings puts into the record of a town with partners a finding that is released,
// one that was taken back, and one that is proposed.
func (w *town) findings() {
	w.t.Helper()
	hand := registry.HandOf(event.Actor{User: w.ids["rudi"], Via: event.Web}, w.clock())
	let := registry.HandOf(event.Actor{User: w.ids["hesti"], Via: event.Web}, w.clock())
	for name, edit := range map[string]func(*evidence.Finding){
		"temuan": func(f *evidence.Finding) { f.Let = &let },
		"ditarik": func(f *evidence.Finding) {
			f.Let, f.Gone = &let, &registry.Withdrawal{User: w.ids["hesti"], At: w.clock(), Reason: "data keliru"}
		},
		"usulan": func(*evidence.Finding) {},
	} {
		f := evidence.Finding{ID: someID[:18] + (name + "xxxxxxxx")[:8], Study: w.ids["studi"], Owner: w.ids["B2P3KS"], Region: registry.Nation, Programme: w.ids["PKH"], Outcome: "belanja", Sentence: registry.Words{ID: "Belanja naik " + name, EN: "Spending rose " + name},
			Effect: evidence.Effect{Estimate: 20, Lower: 12, Upper: 28, SE: 4, Level: 0.95, Unit: "rupiah", Better: "higher", Term: "att"}, Grade: "strong", Major: 1, Applies: evidence.Applies{Regions: []string{"3507"}}, Made: hand}
		edit(&f)
		w.ids[name] = f.ID
		kind := map[string]string{evidence.Proposed: "finding-proposed", evidence.Released: "finding-released", evidence.Withdrawn: "finding-withdrawn"}[f.State()]
		_, err := w.Do(context.Background(), store.Command{Actor: machine.Actor, Object: event.Object{Kind: findingKind, ID: f.ID}, Seen: store.Whatever, Why: "uji", Decide: func(*store.Tx) (store.Change, error) {
			return store.Change{Type: kind, After: f}, nil
		}})
		w.ok(err)
	}
}

// TestFindingRows plays the rows of findings: everybody reads what was released, who
// may read the study a proposal, and nobody a person. Their commands follow a run in
// TestRunRows.
func TestFindingRows(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.findings()
	w.play([]row{
		{"", "GET", "/findings", "", 200, `"id":"<temuan>" & "id":"<ditarik>" & "dots":2 & deviation-major & "direction":"better" & Kantor B2P3KS & PKH Plus example & "next":null`, "", ""},
		{"", "GET", "/findings?state=withdrawn", "", 200, `data keliru`, "", ""}, {"", "GET", "/findings?state=proposed", "", 200, `"items":[]`, "", ""}, {"", "GET", "/findings?state=lain", "", 422, `api-choice`, "", ""}, {"", "GET", "/findings?limit=1", "", 200, `"next":"`, "", ""},
		{"", "GET", "/findings?outcome=lain", "", 200, `"items":[]`, "", ""}, {"ani", "GET", "/findings?programme=<PKH>&study=<studi>", "", 200, `"estimate":20 & "level":0.95`, "", ""},
		{"", "GET", "/findings/<temuan>", "", 200, `"sentence":{"id":"Belanja naik temuan" & "study_title":"Studi contoh" & "regions":["3507"]`, "", ""}, {"", "GET", "/findings/<ditarik>", "", 200, `"state":"withdrawn" & data keliru`, "", ""},
		{"", "GET", "/findings/<usulan>", "", 404, `api-no-object`, "", ""}, {"wati", "GET", "/findings/<usulan>", "", 404, `api-no-object`, "", ""}, {"ani", "GET", "/findings/<usulan>", "", 200, `"state":"proposed" & "commands":[]`, "", ""}, {"", "GET", "/findings/tidak-ada", "", 404, `api-no-object`, "", ""},
	})
	for _, url := range []string{"/findings", "/findings/<temuan>", "/findings/<ditarik>"} {
		said := w.send("", "GET", w.fill(url), "").Body.String()
		for _, hidden := range []string{"Belanja naik usulan", w.ids["rudi"], w.ids["hesti"], "Rudi", "Hesti"} {
			if strings.Contains(said, hidden) {
				t.Errorf("%s says %q", url, hidden)
			}
		}
	}
}
