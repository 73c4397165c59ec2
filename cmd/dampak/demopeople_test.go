package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	demorecord "github.com/dampak/dampak/internal/demo/record"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web"
)

// TestDemoLogins: each role has somebody, whose password of this run signs in and
// that of the run before does not; the record stays whole.
func TestDemoLogins(t *testing.T) {
	t.Parallel()
	dir, ctx := demoRecord(t), context.Background()
	at := demoDay.Begins().Add(9 * time.Hour)
	var before []demoLogin
	for run := range 2 {
		record, logins, err := openDemoRecord(quietly(ctx), dir, func() time.Time { return at })
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
		var tried []access.Role // one of each: a password takes its time to be looked at
		for i, l := range logins {
			if slices.Contains(tried, l.role) {
				continue
			}
			tried = append(tried, l.role)
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

// TestADemoOfAnotherTime: the record of a demo ends on the day that --now gives, and
// goes on from its last event when it is opened again.
func TestADemoOfAnotherTime(t *testing.T) {
	t.Parallel()
	dir, ctx := filepath.Join(t.TempDir(), "record"), context.Background()
	begun := time.Date(2024, 4, 30, 17, 0, 0, 0, time.UTC) // midnight in Jakarta
	for range 2 {
		now, err := clock("2024-05-01")
		if err != nil {
			t.Fatal(err)
		}
		if now, err = afterLast(ctx, dir, now); err != nil {
			t.Fatal(err)
		}
		record, logins, err := openDemoRecord(quietly(ctx), dir, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(logins) != len(demorecord.People) {
			t.Errorf("%d of %d people sign in", len(logins), len(demorecord.People))
		}
		err = record.View(ctx, func(r *store.Reader) error {
			var last time.Time
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if e.At.After(begun.Add(time.Hour)) || e.At.Before(last) {
					t.Errorf("event %d (%s) at %v", e.Seq, e.Type, e.At)
				}
				last = e.At
			}
			return nil
		})
		if err := errors.Join(err, record.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// quietly is a session whose words nobody reads.
func quietly(ctx context.Context) *session {
	return &session{ctx: ctx, stdout: io.Discard, stderr: io.Discard, lang: i18n.ID}
}
