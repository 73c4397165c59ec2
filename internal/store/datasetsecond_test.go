package store

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

var desil = registry.Column{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}

// aVersion is a version whose rows are a text, of persons.
func (w *town) aVersion(rows string) registry.DatasetVersion {
	w.t.Helper()
	hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(rows))
	w.ok(err)
	other, _, err := w.Contents().Put(w.ctx, strings.NewReader("kontrak dan mutu"))
	w.ok(err)
	return registry.DatasetVersion{Rows: 3, File: "penerima.csv", SHA256: hash, Content: hash, Contract: other, Quality: other, Class: registry.PersonalData, Columns: []registry.Column{desil},
		Purpose: "uji", LegalBasis: "perjanjian contoh", Retention: registry.DayOf(*w.now).Add(100)}
}

// aDataset is of an office, with a first version by somebody.
func (w *town) aDataset(who, office, region, rows string) (string, int64) {
	w.t.Helper()
	id, number, _, err := w.RegisterDatasetWith(w.ctx, w.by(who, "uji"), registry.Dataset{Owner: w.ids[office], Name: "Data " + rows, Class: registry.PersonalData, Regions: []string{region}, Columns: []registry.Column{desil}}, w.aVersion(rows))
	w.ok(err)
	return id, number
}

func (w *town) datasetOf(id string) registry.Dataset {
	w.t.Helper()
	var d registry.Dataset
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		d, _, err = DatasetOf(r, id)
		return err
	}))
	return d
}

// TestSecondPersonOfAVersion: each row is who tries to accept, or to withdraw, a
// version that wati of Surabaya has brought in, while others have come or gone. The
// code is that of the refusal, and others the names that it gives.
func TestSecondPersonOfAVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
		w.person("yuni", "Dinsos Surabaya")
		w.grant("budi", access.DataSteward, "35", "Dinsos Jatim") // the province's walidata
		id, first := w.aDataset("wati", "Dinsos Surabaya", "3578", "satu")
		tries := func(what string, command func(By) (event.Event, error), who, code string, others ...string) {
			t.Helper()
			_, err := command(w.by(who, "uji"))
			if code == "" {
				if err != nil {
					t.Errorf("%s: %s: %v", what, who, err)
				}
				return
			}
			list := problem.Of(err)
			if len(list) != 1 || list[0].Code != code {
				t.Errorf("%s: %s: expected %s, found %v", what, who, code, err)
				return
			}
			if found, _ := list[0].Values["others"].([]string); !slices.Equal(found, others) && len(others)+len(found) > 0 {
				t.Errorf("%s: %s: the refusal names %v, want %v", what, who, found, others)
			}
		}
		accept := func(by By) (event.Event, error) { return w.AcceptDatasetVersion(w.ctx, by, id, first) }
		offered := func(who string, want bool) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				s, err := Who(r, w.ids[who], *w.now)
				w.ok(err)
				offers, err := VersionOffers(r, s, w.datasetOf(id))
				waiting, err2 := VersionsToAccept(r, s)
				if err := errors.Join(err, err2); err != nil {
					return err
				}
				if offers[0].Accept != want || (len(waiting) == 1) != want {
					t.Errorf("%s is offered %v, waits %d, want %v", who, offers[0], len(waiting), want)
				}
				return nil
			}))
		}
		told := func(office string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := VersionsWaiting(r, *w.now)
				if len(all) != 1 || all[0].Notice.To.ID != w.ids[office] || all[0].Notice.Check() != nil || all[0].Notice.Values["number"] != int(first) {
					t.Errorf("told %+v, want %s", all, office)
				}
				return err
			}))
		}

		tries("nobody else at the office", accept, "wati", "version-own", "Budi")
		tries("no right", accept, "yuni", "denied-dataset-register")
		tries("another kabupaten", accept, "tono", "denied-dataset-register")
		told("Dinsos Jatim")
		offered("budi", true)
		offered("wati", false)
		grant := w.grant("yuni", access.DataSteward, "3578", "Dinsos Surabaya")
		told("Dinsos Surabaya")
		offered("yuni", true)
		offered("budi", false)
		tries("the office has a second person", accept, "wati", "version-own", "Yuni")
		tries("the office has a second person", accept, "budi", "version-office-first", "Yuni")
		_, err := w.EndGrant(w.ctx, w.by("rini", "pindah"), grant)
		w.ok(err)
		// Who came in by a link that wati opened could be wati.
		w.grant("wati", access.Administrator, "3578", "")
		w.person("zahra", "Dinsos Surabaya")
		w.grant("zahra", access.DataSteward, "3578", "Dinsos Surabaya")
		invited, _, err := w.InviteUser(w.ctx, w.by("wati", "lupa kata sandi"), w.ids["zahra"])
		w.ok(err)
		_, err = w.Accept(w.ctx, event.Web, invited, encoded)
		w.ok(err)
		tries("came in by the first one's link", accept, "zahra", "hands-meet", "Budi")
		tries("the province's walidata", accept, "budi", "")
		if v := w.datasetOf(id).Versions[0]; v.State != registry.Accepted || v.Accepted.User != w.ids["budi"] {
			t.Errorf("%+v", v)
		}
		tries("twice", accept, "budi", "version-accepted")

		withdraw := func(by By) (event.Event, error) { return w.WithdrawDatasetVersion(w.ctx, by, id, first) }
		tries("in use", withdraw, "wati", "version-own", "Budi")
		tries("in use", withdraw, "yuni", "denied-dataset-register")
		tries("in use", withdraw, "budi", "")
		second, _, err := w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, w.aVersion("dua"))
		w.ok(err)
		tries("waits", func(by By) (event.Event, error) { return w.WithdrawDatasetVersion(w.ctx, by, id, second) }, "wati", "")

		lacking := w.aVersion("tiga")
		lacking.Purpose, lacking.Retention = "", ""
		third, _, err := w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, lacking)
		w.ok(err)
		_, err = w.AcceptDatasetVersion(w.ctx, w.by("budi", "uji"), id, third)
		if p := hasProblem(t, err, "version-incomplete"); !slices.Equal(p.Values["properties"].([]string), []string{"dampak:purpose", "dampak:retention"}) {
			t.Errorf("%v", p)
		}
		over := w.aVersion("empat")
		over.Retention = "2026-11-01"
		_, _, err = w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, over)
		hasProblem(t, err, "version-retention-over")
		verifies(t, w.Store)
	})
}

// TestOneNameIsOneDataset: two who bring in the first version of a dataset at once get
// two versions of one dataset.
func TestOneNameIsOneDataset(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
	d := registry.Dataset{Owner: w.ids["Dinsos Surabaya"], Name: "Data contoh", Class: registry.PersonalData, Regions: []string{"3578"}, Columns: []registry.Column{desil}}
	a, one, _, err := w.RegisterDatasetWith(w.ctx, w.by("wati", "uji"), d, w.aVersion("satu"))
	w.ok(err)
	d.Name = "data CONTOH"
	b, two, _, err := w.RegisterDatasetWith(w.ctx, w.by("wati", "uji"), d, w.aVersion("dua"))
	w.ok(err)
	if a != b || one != 1 || two != 2 || len(w.datasetOf(a).Versions) != 2 {
		t.Errorf("%s %d, %s %d", a, one, b, two)
	}
	_, _, _, err = w.RegisterDatasetWith(w.ctx, w.by("wati", "uji"), d, w.aVersion("dua"))
	hasProblem(t, err, "version-twice")
}

// TestRetention: the owner is told 30 and 7 days before the last day, and after it the
// rows are gone, from the contents and for verify and rebuild; what says what they were
// stays. Rows that are missing for any other reason are missed.
func TestRetention(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
	w.grant("budi", access.DataSteward, "35", "Dinsos Jatim")
	id, number := w.aDataset("wati", "Dinsos Surabaya", "3578", "habis")
	other, _ := w.aDataset("wati", "Dinsos Surabaya", "3578", "tetap")
	_, err := w.AcceptDatasetVersion(w.ctx, w.by("budi", "uji"), id, number)
	w.ok(err)
	long, _, err := w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, func() registry.DatasetVersion {
		v := w.aVersion("masih")
		v.Retention = v.Retention.Add(4000)
		return v
	}())
	w.ok(err)
	v := w.datasetOf(id).Versions[number-1]
	path := w.Contents().path(v.Content)
	due := func() (all []notice.Due) {
		w.ok(w.View(w.ctx, func(r *Reader) (err error) {
			all, err = RetentionsEnding(r, *w.now)
			return err
		}))
		return all
	}
	for _, day := range []struct {
		before int // days to the last day
		due    int // datasets told
		left   any
		kept   bool
	}{{31, 0, nil, true}, {30, 2, 30, true}, {7, 2, 7, true}, {0, 2, 7, true}, {-1, 2, 7, false}} {
		*w.now = v.Retention.Add(-day.before).Begins().Add(time.Hour)
		if all := due(); len(all) != day.due || day.due > 0 && (all[0].Notice.Values["left"] != day.left || all[0].Notice.To.ID != w.ids["Dinsos Surabaya"]) {
			t.Errorf("%d days before: %+v", day.before, all)
		}
		w.ok(w.ExpireVersions(w.ctx))
		w.ok(w.ExpireVersions(w.ctx))
		if _, err := os.Stat(path); (err == nil) != day.kept {
			t.Errorf("%d days before: %v", day.before, err)
		}
	}
	d := w.datasetOf(id)
	if x := d.Versions[number-1]; x.State != registry.VersionErased || x.Erased.Cause != registry.RetentionOver || x.Erased.Rows != 3 || x.Erased.User != "" || x.Kept() {
		t.Errorf("%+v", x)
	}
	if _, is := d.Current(); is || !d.Versions[long-1].Kept() {
		t.Errorf("%+v", d)
	}
	if found, ok := d.VersionOfContent(v.Content); !ok || found.Number != number || found.Erased == nil {
		t.Errorf("%+v", found)
	}
	proof := verifies(t, w.Store)
	if proof.Erased != 2 {
		t.Errorf("%+v", proof)
	}
	w.ok(w.Rebuild(w.ctx))
	_, err = w.AcceptDatasetVersion(w.ctx, w.by("budi", "uji"), id, number)
	hasProblem(t, err, "version-erased")
	again := w.aVersion("habis")
	_, _, err = w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, again)
	hasProblem(t, err, "version-was-erased")
	// Bytes that came back are told, and removed again.
	_, err = w.Verify(w.ctx)
	hasProblem(t, err, "content-not-erased")
	w.ok(w.RemoveErased(w.ctx))
	verifies(t, w.Store)
	// The same rows in another dataset are that one's, and needed.
	_, _, err = w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), other, w.aVersion("habis"))
	w.ok(err)
	w.ok(w.RemoveErased(w.ctx))
	if proof := verifies(t, w.Store); proof.Erased != 1 {
		t.Errorf("%+v", proof)
	}
	if err := os.Remove(w.Contents().path(d.Versions[long-1].Content)); err != nil {
		t.Fatal(err)
	}
	_, err = w.Verify(w.ctx)
	hasProblem(t, err, "content-missing")
}
