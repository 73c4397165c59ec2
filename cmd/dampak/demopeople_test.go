package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/web"
)

// TestDemoLogins: each role has somebody, whose password of this run signs in and
// that of the run before does not; the record stays whole.
func TestDemoLogins(t *testing.T) {
	dir, ctx := filepath.Join(t.TempDir(), "record"), context.Background()
	at := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	var before []demoLogin
	for run := range 2 {
		record, logins, err := openDemoRecord(ctx, dir, func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range access.Roles {
			if role != access.Public && !slices.ContainsFunc(logins, func(l demoLogin) bool { return l.role == role }) {
				t.Errorf("nobody is %s", role)
			}
		}
		pages, err := office(web.Office{Store: record, Now: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		signsIn := func(l demoLogin) bool {
			r := httptest.NewRequest(http.MethodPost, "/id/masuk", strings.NewReader(url.Values{"email": {l.email}, "password": {l.password}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, r)
			return w.Code == http.StatusSeeOther
		}
		for i, l := range logins {
			if !signsIn(l) {
				t.Errorf("run %d: %s does not sign in", run, l.email)
			}
			if run > 0 && signsIn(before[i]) {
				t.Errorf("%s signs in with the password of the run before", l.email)
			}
		}
		before = logins
		if _, err := record.Verify(ctx); err != nil {
			t.Error(err)
		}
		if err := record.Close(); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Hour)
	}
}
