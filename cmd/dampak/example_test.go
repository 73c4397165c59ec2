package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web"
)

// TestExampleStays: the pages of a record of an invented world say so whatever
// command serves it, and those of an office's own do not.
func TestExampleStays(t *testing.T) {
	record, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: time.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	says := func() bool {
		t.Helper()
		pages, err := office(web.Office{Store: record, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		got := httptest.NewRecorder()
		pages.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/id/verifikasi", nil))
		return strings.Contains(got.Body.String(), i18n.Text(i18n.ID, "record.example", nil))
	}
	if says() {
		t.Error("an office's own record is called an example")
	}
	by := store.By{Actor: event.Actor{User: "demo", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "demo"}, Seen: store.Whatever, Why: "dunia contoh"}
	if _, err := record.MarkExample(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	if !says() {
		t.Error("the record does not say that its world is invented")
	}
}
