package record

import (
	"testing"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// TestFigures: what the tables of the world come to: every region of the province
// tells, late money is late, one part is missing and says so, and one table waits.
func TestFigures(t *testing.T) {
	s := looked(t)
	ok(t, s.View(t.Context(), func(r *store.Reader) error {
		programmes, err := store.AllProgrammes(r)
		if err != nil {
			return err
		}
		of := func(text string) registry.Programme {
			t.Helper()
			found := registry.MatchProgrammes(programmes, text, "35", 2025)
			if len(found) != 1 {
				t.Fatal(text, found)
			}
			return found[0]
		}
		l, err := store.Ledger(r, store.FigureFilter{Within: []string{"35"}})
		if err != nil {
			return err
		}
		pkh, plus := of("PKH"), of("PKH Plus")
		u := l.Use(pkh, "35", 2024)
		for name, m := range map[string]registry.Measure{"money allocated": u.Money.Allocated, "money disbursed": u.Money.Disbursed, "money received": u.Money.Received, "received": u.Recipients.Received, "quota": u.Recipients.Allocated} {
			if m.Value == nil || m.Have != 38 || m.Partial() {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if used := u.Money.Used; used.Value == nil || used.Have == 38 || !used.Partial() {
			t.Errorf("regions that do not tell what was used are taken for 0: %+v", used)
		}
		for _, year := range []int{2024, 2026} {
			if m := l.Use(pkh, "35", year).Money; *m.Received.Value > *m.Disbursed.Value || *m.Disbursed.Value > *m.Allocated.Value {
				t.Errorf("money comes from nowhere in %d: %+v", year, m)
			}
		}
		if share := u.Recipients.Received.Of(u.Recipients.Allocated); *share.Value < 0.85 || *share.Value > 0.99 {
			t.Error(*share.Value)
		}
		if a, b := l.Use(pkh, "35", 2021).Delay, l.Use(pkh, "35", 2023).Delay; a.Known != 152 || *a.Median <= *b.Median {
			t.Errorf("2021 was not the worst: %+v %+v", a, b)
		}
		if gap := l.Use(pkh, sumenep, 2023).Money.Received; gap.Have != 3 || !gap.Partial() {
			t.Errorf("%+v", gap)
		}
		if d := l.Use(pkh, bangkalan, 2025).Differs; len(d) != 2 {
			t.Errorf("the kecamatan of Bangkalan are not compared: %+v", d)
		}
		if plus.Variant == nil || plus.Variant.Of != pkh.ID || len(plus.Benefits) == 0 || len(of("KIP Putri Jawara").Where) != 15 {
			t.Errorf("%+v", plus)
		}
		for _, level := range l.Levels(programmes, banyuwangi, 2025) {
			if level.Money.Allocated.Value == nil {
				t.Errorf("nothing of %s", level.Level)
			}
		}
		waiting, err := store.FigureBatches(r, everybody, store.BatchFilter{State: registry.Staged}, store.Page{})
		if len(waiting) != 1 || waiting[0].Rows != 1 {
			t.Errorf("%+v", waiting)
		}
		if err != nil {
			return err
		}
		all, err := store.FigureBatches(r, everybody, store.BatchFilter{}, store.Page{})
		rejected := int64(0)
		for _, b := range all {
			rejected += b.Rejected
			if b.Quality == "" {
				t.Errorf("%s has no quality", b.File)
			}
		}
		if rejected != 1 {
			t.Errorf("%d rows were rejected", rejected)
		}
		return err
	}))
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
