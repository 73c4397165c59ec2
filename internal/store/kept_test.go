package store

import (
	"slices"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// TestOverIsNotKeptTooLong: which agreements are over is the same whether it was kept
// or is worked out, at instants before, at and after what ends one, in whatever
// order they are asked for.
func TestOverIsNotKeptTooLong(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		check := func() {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				bare := *r
				bare.kept = nil
				for range 2 { // the second time from what the first has kept
					for _, days := range []int{0, 40, 0, -3, 200, 39, 41, 40} {
						for _, later := range []time.Duration{0, -time.Hour, 11 * time.Hour, -time.Hour, 11 * time.Hour} {
							at := w.now.AddDate(0, 0, days).Add(later)
							got, err := GroundsIn(r).over(at)
							w.ok(err)
							want, err := GroundsIn(&bare).over(at)
							w.ok(err)
							if !slices.Equal(got, want) {
								t.Errorf("at %v: %v, want %v", at, got, want)
							}
						}
					}
				}
				return nil
			}))
		}
		check() // there is no agreement yet
		umbrella := w.agreed("nota-kesepakatan", "", registry.Period{From: "2026-11-25", Until: "2027-06-30"})
		short := w.agreed("pks", umbrella, registry.Period{From: "2026-11-26", Until: "2027-01-03"})
		w.agreed("pks", umbrella, registry.Period{From: "2026-11-26", Until: "2027-06-30"})
		w.on("2026-11-27")
		check()
		_, err := w.TerminateAgreement(w.ctx, w.by("dewi", "diganti perjanjian baru"), umbrella, "2026-12-28")
		w.ok(err)
		check()
		w.on("2027-01-05")
		check()
		w.ok(w.View(w.ctx, func(r *Reader) error {
			over, err := GroundsIn(r).over(*w.now)
			if err != nil || !slices.Contains(over, short) || len(over) != 3 {
				t.Error(over, err)
			}
			return nil
		}))
	})
}
