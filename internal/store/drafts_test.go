package store

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// TestDrafts: a draft is its person's and its form's, the newest stands in place
// of the one before, and after 30 days it is gone, all without an event.
func TestDrafts(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newTown(t, c)
		head, err := w.Head(w.ctx)
		w.ok(err)
		at := func(person, address string) (d KeptDraft, ok bool) {
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				d, ok, err = DraftOf(r, person, address, w.Now())
				return err
			}))
			return d, ok
		}
		rows := func() (n int) {
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := keptDrafts.Select(r, "")
				n = len(all)
				return err
			}))
			return n
		}
		w.ok(w.KeepDraft(w.ctx, KeptDraft{Person: "rini", Address: "/a", Fields: map[string][]string{"name": {"Sri"}}, Seen: 3}))
		w.ok(w.KeepDraft(w.ctx, KeptDraft{Person: "rini", Address: "/a", Fields: map[string][]string{"name": {"Sri \"W\""}, "plt": {"letter", "permit"}}, Seen: 4}))
		d, ok := at("rini", "/a")
		if !ok || d.Seen != 4 || !maps.EqualFunc(d.Fields, map[string][]string{"name": {"Sri \"W\""}, "plt": {"letter", "permit"}}, slices.Equal) || rows() != 1 {
			t.Errorf("%+v %v", d, ok)
		}
		for _, other := range [][2]string{{"budi", "/a"}, {"rini", "/b"}} {
			if _, ok := at(other[0], other[1]); ok {
				t.Errorf("%v has it too", other)
			}
		}
		w.ok(w.DropDraft(w.ctx, "rini", "/a"))
		w.ok(w.DropDraft(w.ctx, "rini", "/a"))
		if _, ok := at("rini", "/a"); ok {
			t.Error("it was not dropped")
		}
		w.ok(w.KeepDraft(w.ctx, KeptDraft{Person: "rini", Address: "/a", Fields: map[string][]string{}}))
		*w.now = w.now.Add(DraftLasts)
		if _, ok := at("rini", "/a"); ok || rows() != 1 {
			t.Error("it is 30 days old and still there")
		}
		w.ok(w.KeepDraft(w.ctx, KeptDraft{Person: "budi", Address: "/a", Fields: map[string][]string{}}))
		if rows() != 1 {
			t.Errorf("%d drafts", rows())
		}
		if now, err := w.Head(w.ctx); err != nil || now != head {
			t.Errorf("the log went on to %v (%v)", now, err)
		}
		_, err = w.Verify(w.ctx)
		w.ok(err)
	})
}

// TestALetterhead: it is a setting beside signing, its logo must be there, and a
// replay makes the same table; what version 1 of the event wrote reads the same.
func TestALetterhead(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		office := w.ids["Dinsos Jatim"]
		kept := func() (l *registry.Letterhead) {
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				l, err = LetterheadOf(r, office)
				return err
			}))
			return l
		}
		if kept() != nil {
			t.Errorf("%+v", kept())
		}
		head := registry.Letterhead{Names: []string{"Pemerintah Provinsi Jawa Timur", "Dinas Sosial"}, Phone: "(031) 555 0100", Logo: strings.Repeat("b", 64)}
		_, err := w.ChangeLetterhead(w.ctx, w.by("sri", ""), office, head)
		hasProblem(t, err, "content-missing")
		head.Logo, _, err = w.Contents().Put(w.ctx, strings.NewReader("gambar"))
		w.ok(err)
		e, err := w.ChangeLetterhead(w.ctx, w.by("sri", "edaran"), office, head)
		w.ok(err)
		if e.Before != nil || e.Version != 3 || e.Object.ID != office+"/letterhead" {
			t.Errorf("%+v", e)
		}
		_, err = w.ChangeSigning(w.ctx, w.by("sri", ""), office, registry.Signing{})
		w.ok(err)
		if l := kept(); l == nil || l.Phone != head.Phone || l.Logo != head.Logo || !slices.Equal(l.Names, head.Names) {
			t.Errorf("%+v", l)
		}
		proof, err := w.Verify(w.ctx)
		w.ok(err)
		if proof.Contents == 0 {
			t.Error("the logo is not among what the log rests on")
		}
		old, err := w.types.Lift(event.Event{Type: "setting-changed", Version: 1, Object: SettingObject(office, registry.SigningSetting),
			After: []byte(`{"name":"signing","organisation":"` + office + `","signing":{"an":[],"plh":[],"plt":["letter"]}}`)})
		w.ok(err)
		if s, err := Read[registry.Setting](old.After); err != nil || s.Signing == nil || len(s.Signing.Plt) != 1 || s.Letterhead != nil {
			t.Errorf("%+v %v", s, err)
		}
	})
}
