package store

import (
	"testing"

	"github.com/dampak/dampak/internal/problem"
)

// TestExample: a world that is invented stays one for whoever opens its record, and
// nobody in an office can say so of theirs, or take it back.
func TestExample(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		marked := func() (is bool) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				is, err = Example(r)
				return err
			}))
			return is
		}
		if marked() {
			t.Error("a record is an example before anybody says so")
		}
		refused := func(by By, code string) {
			t.Helper()
			if _, err := w.MarkExample(w.ctx, by); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != code {
				t.Errorf("%v, expected %s", err, code)
			}
		}
		refused(w.by("rini", ""), "example-console")
		_, err := w.MarkExample(w.ctx, consoleOf("mesin"))
		w.ok(err)
		refused(consoleOf("mesin"), "example-marked")
		w.ok(w.Rebuild(w.ctx))
		if !marked() {
			t.Error("the mark is gone")
		}
	})
}
