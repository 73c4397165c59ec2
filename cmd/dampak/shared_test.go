package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// demoDay is the day of the demo's record that tests share.
const demoDay = registry.Day("2026-11-25")

// theDemo is the record of the demo as of that day, made once.
var theDemo struct {
	once sync.Once
	dir  string
	err  error
}

// demoRecord gives a folder of its own with the record of the demo.
func demoRecord(t *testing.T) string {
	t.Helper()
	d := &theDemo
	d.once.Do(func() {
		var parent string
		if parent, d.err = os.MkdirTemp("", "dampak-demo-*"); d.err == nil {
			d.dir = filepath.Join(parent, "catatan")
			d.err = makeDemoRecord(quietly(context.Background()), d.dir, func() time.Time { return demoDay.Begins().Add(9 * time.Hour) })
		}
	})
	dir := filepath.Join(t.TempDir(), "catatan")
	if d.err == nil {
		d.err = os.CopyFS(dir, os.DirFS(d.dir))
	}
	if d.err != nil {
		t.Fatal(d.err)
	}
	return dir
}

// removeDemo removes what demoRecord has made.
func removeDemo() {
	if theDemo.dir != "" {
		_ = os.RemoveAll(filepath.Dir(theDemo.dir))
	}
}

// openDemoOffices opens the record of the demo as offices at work, some of whose people
// sit at a browser.
func openDemoOffices(t *testing.T, people ...string) *offices {
	t.Helper()
	w, encoded := newOffices(t, demoRecord(t))
	w.day(string(demoDay))
	for _, name := range people {
		_, err := w.record.SetPassword(w.ctx, store.By{Actor: event.Actor{User: w.user(name), Via: event.CommandLine}, Seen: store.Whatever, Why: "uji"}, encoded, "")
		w.ok(err)
	}
	w.serves()
	return w
}

// user is the id of one of the demo's people.
func (w *offices) user(name string) (id string) {
	w.t.Helper()
	w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
		u, _, err := store.UserByEmail(r, name+"@contoh.example")
		id = u.ID
		return err
	}))
	return id
}
