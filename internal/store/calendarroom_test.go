package store

import (
	"errors"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// TestCalendar: the year that the office keeps counts before the one that the
// program knows of itself, and who answers for a kabupaten alone may not set it.
func TestCalendar(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		next := func() (due registry.Day, unknown []int) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				calendar, err := CalendarOf(r)
				due, unknown = calendar.AddWorkingDays("2028-01-03", 1)
				return err
			}))
			return due, unknown
		}
		if due, unknown := next(); due != "2028-01-04" || len(unknown) != 1 {
			t.Errorf("%s %v", due, unknown)
		}
		year := registry.CalendarYear{Year: 2028, Decree: "SKB contoh", Holidays: []registry.Holiday{{Day: "2028-01-04", Kind: registry.JointLeave, Name: "Contoh"}}}
		_, err := w.ChangeCalendar(w.ctx, w.by("tono", ""), year)
		var denial *access.Denial
		if !errors.As(err, &denial) || denial.Permission != access.SettingManage {
			t.Errorf("an officer of a kabupaten: %v", err)
		}
		e, err := w.ChangeCalendar(w.ctx, w.by("sri", "SKB contoh"), year) // the head of the provincial office
		w.ok(err)
		if due, unknown := next(); due != "2028-01-05" || unknown != nil {
			t.Errorf("%s %v", due, unknown)
		}
		by := w.by("rini", "")
		by.Seen = e.Seq
		if _, err := w.ChangeCalendar(w.ctx, by, year); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != "calendar-same" {
			t.Errorf("%v", err)
		}
		year.Holidays = append(year.Holidays, registry.Holiday{Day: "2028-01-05", Kind: registry.NationalHoliday, Name: "Contoh"})
		_, err = w.ChangeCalendar(w.ctx, by, year)
		w.ok(err)
		var stale *Stale
		if _, err := w.ChangeCalendar(w.ctx, by, year); !errors.As(err, &stale) {
			t.Errorf("%v", err)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			kept, ok, err := CalendarYearOf(r, 2028)
			_, other, err2 := CalendarYearOf(r, 2026)
			if !ok || other || len(kept.Holidays) != 2 {
				t.Errorf("%+v", kept)
			}
			return errors.Join(err, err2)
		}))
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
	})
}

// TestOfficesBeforeTheyWereNamed: what the first version of an event wrote of an
// organisation is lifted to a social office, or to a centre of research.
func TestOfficesBeforeTheyWereNamed(t *testing.T) {
	types, err := event.NewTypes(registryRoom{}.Types()...)
	if err != nil {
		t.Fatal(err)
	}
	written := func(kind string) []byte {
		return []byte(`{"id":"o1","kind":"` + kind + `","names":[{"from":"2020-09-21","full":"Kantor","short":"K"}],"period":{"from":"2020-09-21","until":""},"region":"35"}`)
	}
	for _, name := range []string{"organisation-registered", "organisation-renamed", "organisation-ended"} {
		for kind, want := range map[string]registry.Office{"ministry-centre": registry.ResearchOffice, "province-office": registry.SocialOffice, "regency-office": registry.SocialOffice} {
			e := event.Event{Seq: 1, Object: event.Object{Kind: organisationKind, ID: "o1"}, Type: name, Version: 1, After: written(kind)}
			if name != "organisation-registered" {
				e.Before = written(kind)
			}
			lifted, err := types.Lift(e)
			if err != nil {
				t.Fatal(err)
			}
			o, err := Read[registry.Organisation](lifted.After)
			if err != nil || o.Office != want || o.Names[0].Full != "Kantor" || lifted.Version != 2 || (lifted.Before == nil) != (e.Before == nil) {
				t.Errorf("%s of a %s: %+v %v", name, kind, o, err)
			}
			if c, err := event.Canonical(lifted.After); err != nil || string(c) != string(lifted.After) {
				t.Errorf("not canonical: %s", lifted.After)
			}
		}
	}
}
