package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

func p0(region, period string, v float64) registry.Statistic {
	return registry.Statistic{Indicator: "p0", Region: region, Period: period, Value: &v, Decimals: 2}
}

// TestStatistics: who may record, what a later release of a cell leaves of the
// earlier one, and how both are read; replayed on both databases.
func TestStatistics(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
		w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
		jatim, surabaya := w.ids["Dinsos Jatim"], w.ids["Dinsos Surabaya"]
		batch := func(owner string, release registry.Day) registry.StatisticBatch {
			return registry.StatisticBatch{Owner: owner, Source: "BPS, rilis " + string(release), Release: release}
		}
		record := func(who, why, owner string, release registry.Day, rows ...registry.Statistic) (string, error) {
			id, _, err := w.RecordStatistics(w.ctx, w.by(who, why), batch(owner, release), rows)
			return id, err
		}
		must := func(id string, err error) string {
			t.Helper()
			w.ok(err)
			return id
		}
		refused := func(err error, code string) {
			t.Helper()
			if found := problem.Of(err); len(found) == 0 || found[0].Code != code {
				t.Errorf("expected %s, found %v", code, err)
			}
		}
		read := func(f StatisticFilter) (all []registry.Figure) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				all, err = Statistics(r, f)
				return err
			}))
			return all
		}

		var d *access.Denial
		for _, who := range []string{"sri", "tono", "wati"} { // a head, an officer elsewhere, the steward of another office
			if _, err := record(who, "uji", jatim, "2024-07-01", p0("3578", "2024-03", 3.96)); !errors.As(err, &d) || d.Permission != access.StatisticManage {
				t.Errorf("%s: %v", who, err)
			}
		}
		_, err := record("wati", "uji", surabaya, "2024-07-01", p0("3507", "2024-03", 9.45))
		refused(err, "statistics-outside")
		preliminary := p0("3578", "2024-03", 3.90)
		preliminary.Mark = registry.Preliminary
		first := must(record("budi", "", jatim, "2024-07-01", preliminary, p0("3507", "2024-03", 9.45), p0("35", "2024-03", 9.79), p0("0000", "2024-03", 9.03)))
		second := must(record("wati", "", surabaya, "2024-12-01", p0("3578", "2024-03", 3.96)))
		_, err = record("budi", "", jatim, "2025-02-01", p0("3507", "2024-03", 19.45))
		refused(err, "statistics-cautions")
		if list := problem.Of(err); len(list) != 2 || list[1].Code != "statistic-differs" {
			t.Errorf("the cautions do not come with the refusal: %v", err)
		}
		third := must(record("budi", "revisi BPS, sudah ditanyakan", jatim, "2025-02-01", p0("3507", "2024-03", 19.45), p0("3578", "2024-03", 3.96)))
		older := must(record("budi", "", jatim, "2024-01-01", p0("3578", "2024-03", 3.80)))                                                      // an estimate from before, found later
		gone := must(record("budi", "", jatim, "2025-06-01", registry.Statistic{Indicator: "p0", Region: "35", Period: "2024-03", Decimals: 2})) // taken back by BPS

		type seen struct {
			Region  string
			Value   float64
			Batch   string
			Release registry.Day
			Latest  bool
		}
		of := func(all []registry.Figure) (short []seen) {
			for _, f := range all {
				v := -1.0
				if f.Value != nil {
					v = *f.Value
				}
				if f.Source != "BPS, rilis "+string(f.Release) || f.Period != "2024-03" {
					t.Errorf("%+v", f)
				}
				short = append(short, seen{f.Region, v, f.Batch, f.Release, f.Latest})
			}
			return short
		}
		for _, c := range []struct {
			f    StatisticFilter
			want []seen
		}{
			{StatisticFilter{}, []seen{{"0000", 9.03, first, "2024-07-01", true}, {"35", -1, gone, "2025-06-01", true}, {"3507", 19.45, third, "2025-02-01", true}, {"3578", 3.96, second, "2024-12-01", true}}},
			{StatisticFilter{Within: []string{"3578"}, Revisions: true}, []seen{{"3578", 3.80, older, "2024-01-01", false}, {"3578", 3.90, first, "2024-07-01", false}, {"3578", 3.96, second, "2024-12-01", true}}},
			{StatisticFilter{Within: []string{"3578", "3507"}, AsOf: "2024-11-30"}, []seen{{"3507", 9.45, first, "2024-07-01", false}, {"3578", 3.90, first, "2024-07-01", false}}},
			{StatisticFilter{Within: []string{"3578"}, AsOf: "2024-06-30"}, []seen{{"3578", 3.80, older, "2024-01-01", false}}},
			{StatisticFilter{Within: []string{"3578"}, AsOf: "2023-12-31"}, nil},
			{StatisticFilter{Within: []string{"35"}, First: "2024", Last: "2024", Indicators: []string{"p0", "p1"}}, []seen{{"35", -1, gone, "2025-06-01", true}, {"3507", 19.45, third, "2025-02-01", true}, {"3578", 3.96, second, "2024-12-01", true}}},
			{StatisticFilter{Regions: []string{"35", "3578"}}, []seen{{"35", -1, gone, "2025-06-01", true}, {"3578", 3.96, second, "2024-12-01", true}}},
			{StatisticFilter{Regions: []string{"35", "3578"}, Within: []string{"3578"}, Indicators: []string{"p0"}, Most: 3}, []seen{{"3578", 3.96, second, "2024-12-01", true}}},
			{StatisticFilter{Most: 2}, []seen{{"0000", 9.03, first, "2024-07-01", true}, {"35", -1, gone, "2025-06-01", true}}},
			{StatisticFilter{Revisions: true, After: &Figured{registry.Cell{Indicator: "p0", Region: "3578", Period: "2024-03"}, "2024-01-01", 1 << 40}, Most: 1}, []seen{{"3578", 3.90, first, "2024-07-01", false}}},
			{StatisticFilter{AsOf: "2024-11-30", After: &Figured{registry.Cell{Indicator: "p0", Region: "3507", Period: "2024-03"}, "2024-07-01", 1 << 40}, Most: 1}, []seen{{"3578", 3.90, first, "2024-07-01", false}}},
			{StatisticFilter{First: "2024-04"}, nil},
			{StatisticFilter{Last: "2024-02"}, nil},
			{StatisticFilter{Indicators: []string{"hdi"}}, nil},
			{StatisticFilter{Within: []string{"33", registry.Nation}, Last: "2023"}, nil},
		} {
			if got := of(read(c.f)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v:\n%v, want\n%v", c.f, got, c.want)
			}
		}
		if f := read(StatisticFilter{Within: []string{"3578"}, AsOf: "2024-11-30"}); len(f) != 1 || f[0].Mark != registry.Preliminary {
			t.Errorf("%+v", f)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			b, ok, err := StatisticBatchOf(r, third)
			if err != nil || !ok || b.Rows != 2 || b.Cautions != 1 || b.Region != "35" || b.First != "2024-03" || !slices.Equal(b.Indicators, []string{"p0"}) {
				t.Errorf("%+v %v", b, err)
			}
			all, err := StatisticBatches(r, Page{After: first, Most: 2})
			if err != nil || len(all) != 2 || all[0].ID != second || all[1].ID != third {
				t.Errorf("%+v %v", all, err)
			}
			place, err := PlaceOf(r, event.Object{Kind: statisticsKind, ID: second})
			if err != nil || place.Region != "3578" || place.Organisation != surabaya {
				t.Errorf("%+v %v", place, err)
			}
			review, err := ReviewStatistics(r, []registry.Statistic{p0("3507", "2025-03", 9)})
			if err != nil || len(review.Cautions) != 1 || review.Cautions[0].Code != "statistic-jump" {
				t.Errorf("%+v %v", review, err)
			}
			return nil
		}))
		if p := verifies(t, w.Store); p.Contents < 5 {
			t.Errorf("%d contents were read", p.Contents)
		}
		w.ok(w.Rebuild(w.ctx))
		if got := of(read(StatisticFilter{Within: []string{"3578"}})); !reflect.DeepEqual(got, []seen{{"3578", 3.96, second, "2024-12-01", true}}) {
			t.Errorf("after a rebuild: %v", got)
		}
		// A backup brings the rows along.
		file := filepath.Join(t.TempDir(), "cadangan.tar.gz")
		_, err = w.Backup(w.ctx, keeper, file)
		w.ok(err)
		dir := filepath.Join(t.TempDir(), "baru")
		_, err = Restore(w.ctx, Config{Dir: dir, Now: c.Now}, keeper, file)
		w.ok(err)
		back, err := Open(w.ctx, Config{Dir: dir, Now: c.Now})
		w.ok(err)
		defer back.Close()
		w.ok(back.Rebuild(w.ctx))
		verifies(t, back)
		// Rows that were changed behind the program's back are found.
		b, _, err := func() (b registry.StatisticBatch, ok bool, err error) {
			err = w.View(w.ctx, func(r *Reader) error { b, ok, err = StatisticBatchOf(r, first); return err })
			return b, ok, err
		}()
		w.ok(err)
		damage(t, w.Contents().path(b.Content), func(b []byte) []byte { b[len(b)-8] ^= 1; return b })
		_, err = w.Verify(w.ctx)
		refused(err, "content-changed")
	})
}

// TestManyStatistics: all regions of the country in 16 years are recorded and
// corrected in one event each, and read within moments.
func TestManyStatistics(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
	var rows []registry.Statistic
	for province := 11; province < 49; province++ {
		for part := 1; part < 15; part++ {
			for year := 2010; year < 2026; year++ {
				rows = append(rows, p0(fmt.Sprintf("%d%02d", province, part), fmt.Sprintf("%d-03", year), 10))
			}
		}
	}
	for i, release := range []registry.Day{"2025-12-01", "2025-12-02"} {
		for j := range rows {
			v := 10 + float64(i)/10
			rows[j].Value = &v
		}
		_, _, err := w.RecordStatistics(w.ctx, w.by("budi", ""), registry.StatisticBatch{Owner: w.ids["Dinsos Jatim"], Source: "BPS", Release: release}, rows)
		w.ok(err)
	}
	w.ok(w.View(w.ctx, func(r *Reader) error {
		latest, err := Statistics(r, StatisticFilter{})
		all, err2 := Statistics(r, StatisticFilter{Revisions: true})
		east, err3 := Statistics(r, StatisticFilter{Within: []string{"35"}, First: "2024"})
		if errors.Join(err, err2, err3) != nil || len(latest) != len(rows) || len(all) != 2*len(rows) || len(east) != 14*2 || *latest[0].Value != 10.1 {
			t.Errorf("%d, %d, %d of %d: %v %v %v", len(latest), len(all), len(east), len(rows), err, err2, err3)
		}
		return nil
	}))
}
