package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// aLook is a preview of rows under an agreement and a permit.
func aLook() access.Look {
	return access.Look{
		User: "sari", Position: "kabid", Kind: access.PreviewLook, Outcome: access.LookShown,
		Study: "gizi-2026", Agreement: "pks-1", AgreementVersion: 12, Permit: "izin-7", PermitVersion: 40,
		Dataset: "dtks", DatasetVersion: "a3c1", Columns: []string{"desil", "\"umur\", tahun"}, Regions: []string{"3507", "3510"},
		Period: registry.Period{From: "2024-01-01", Until: "2025-12-31"}, Rows: 50,
	}
}

// TestLooks: each look and each refusal is an event and a row, as it was noted,
// found again by its agreement; the objects it speaks of keep their revision.
func TestLooks(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		first := must(t, s, write("dtks", 0, note{Text: "sebuah dataset"}))
		refused := aLook()
		refused.Outcome, refused.Refusal, refused.Rows = access.LookRefused, "scope-no-permit", 0
		refused.Permit, refused.PermitVersion, refused.Columns, refused.Regions = "", 0, nil, nil
		ours := aLook()
		ours.Agreement, ours.AgreementVersion, ours.Permit, ours.PermitVersion, ours.Study = "", 0, "", 0, ""
		viewed := aLook()
		viewed.Kind, viewed.As = access.ViewedAs, "budi"
		job := event.Actor{Via: event.System}
		var noted []event.Event
		for _, l := range []struct {
			by   event.Actor
			look access.Look
		}{{sari, aLook()}, {sari, refused}, {sari, ours}, {job, viewed}} {
			e, err := s.NoteLook(ctx, l.by, l.look)
			if err != nil {
				t.Fatal(err)
			}
			noted = append(noted, e)
		}
		if noted[0].Type != "rows-shown" || noted[1].Type != "look-refused" || noted[0].Object == noted[1].Object {
			t.Errorf("%+v", noted)
		}
		// Whoever had the dataset open before the looks is not stale.
		must(t, s, write("dtks", first.Seq, note{Text: "disunting"}))
		err := s.View(ctx, func(r *Reader) error {
			got, err := LooksUnder(r, "pks-1", 0, 0)
			refused.Columns, refused.Regions = []string{}, []string{}
			want := []NotedLook{
				{noted[0].Seq, noted[0].At, "sari", aLook()}, {noted[1].Seq, noted[1].At, "sari", refused}, {noted[3].Seq, noted[3].At, "dampak", viewed},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("found %+v\nwant %+v", got, want)
			}
			if err != nil {
				return err
			}
			if got, err = LooksUnder(r, "pks-1", noted[0].Seq, 1); len(got) != 1 || got[0].Seq != noted[1].Seq {
				t.Errorf("%+v", got)
			}
			if err != nil {
				return err
			}
			if got, err = LooksUnder(r, "", 0, 0); len(got) != 1 || !reflect.DeepEqual(got[0].Look, ours) {
				t.Errorf("%+v", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		bad := aLook()
		bad.DatasetVersion = ""
		_, err = s.NoteLook(ctx, sari, bad)
		hasProblem(t, err, "look-incomplete")
		if p := verifies(t, s); p.Head.Seq != 6 {
			t.Errorf("%+v", p)
		}
	})
}

// TestLooksTake measures what a look adds to a page, one by one and when 16 come
// at once, beside a log that is already long.
func TestLooksTake(t *testing.T) {
	testenv.NeedLong(t)
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		l := aLook()
		for i := range 38 {
			l.Regions = append(l.Regions, fmt.Sprint(3500+i))
		}
		for _, at := range []int{1, 16} {
			const each = 300
			var mu sync.Mutex
			var took []time.Duration
			var group sync.WaitGroup
			began := time.Now()
			for range at {
				group.Go(func() {
					for range each {
						start := time.Now()
						if _, err := s.NoteLook(ctx, sari, l); err != nil {
							t.Error(err)
						}
						mu.Lock()
						took = append(took, time.Since(start))
						mu.Unlock()
					}
				})
			}
			group.Wait()
			slices.Sort(took)
			t.Logf("%d at once: median %v, p95 %v, %.0f a second", at, took[len(took)/2], took[len(took)*95/100], float64(len(took))/time.Since(began).Seconds())
		}
	})
}
