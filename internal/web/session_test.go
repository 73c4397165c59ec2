package web

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/internal/web/api"
)

// branch is one process that serves a record: its own store and its own office.
type branch struct {
	*world
	place store.Config
}

// onBothRecords runs a test on a record in SQLite and on one in PostgreSQL, of
// which Rini is the administrator.
func onBothRecords(t *testing.T, test func(t *testing.T, first *branch)) {
	t.Helper()
	for name, url := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return testenv.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, at: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC), ids: map[string]string{}, jar: map[string]string{}}
			b := &branch{world: w, place: store.Config{Dir: t.TempDir(), URL: url(t), Now: w.now, Migrate: true}}
			b.open()
			id, token, err := w.store.FirstAdministrator(t.Context(), store.By{Actor: event.Actor{Via: event.Web}, Why: "uji"}, access.User{Name: "Rini Admin", Email: "rini@contoh.go.id", Language: "id"})
			if err != nil {
				t.Fatal(err)
			}
			w.ids["admin"] = id
			w.joins("admin", token)
			test(t, b)
		})
	}
}

// open begins to serve.
func (b *branch) open() {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), b.place)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Close() })
	b.store = s
	b.pages = NewOffice(Office{Store: s, Now: b.place.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, site())
	b.pages.Mount(must(api.New(api.Config{Record: s, Session: b.pages.SessionUser, Origin: b.pages.Origin})))
}

// restart stops and begins to serve anew.
func (b *branch) restart() {
	b.t.Helper()
	if err := b.store.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open()
}

// beside is a second process on the same record, with the same clock.
func (b *branch) beside() *branch {
	w := &world{t: b.t, ids: b.ids, jar: map[string]string{}}
	other := &branch{world: w, place: b.place}
	other.place.Migrate = false
	other.open()
	return other
}

// at is the same browser at another process.
func (b *browser) at(other *branch) *browser {
	return &browser{w: other.world, cookies: maps.Clone(b.cookies), from: b.from}
}

// form opens a form about oneself and gives what it carries.
func (b *browser) form(path string) url.Values {
	v := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(b.ask("GET", path, nil).Body.String(), -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// TestARestart changes nothing for who is signed in: their forms are accepted,
// once, and what was locked or used up stays so.
func TestARestart(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w *branch) {
		b := &browser{w: w.world}
		b.signIn("rini@contoh.go.id", password)
		const path = "/id/profil/ubah"
		sent := b.form(path)
		sent.Set("name", "Rini Wulandari")
		sent.Set("language", "id")
		if got := b.ask("POST", path, sent); got.Code != 303 {
			t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
		}
		open := b.form(path)
		open.Set("language", "id")
		stranger := &browser{w: w.world, from: "198.51.100.7:4000"}
		for range triesAPerson {
			stranger.signIn("tidak-ada@contoh.go.id", "bukan kata sandinya")
		}
		w.restart()
		if !b.inside() {
			t.Error("a restart signs out")
		}
		if got := b.ask("GET", "/api/v1/organisations", nil); got.Code != 200 {
			t.Errorf("the API asks who it is: %d", got.Code)
		}
		before := w.head()
		if got := b.ask("POST", path, sent); got.Code != 409 || w.head() != before {
			t.Errorf("a form that was sent before the restart: %d", got.Code)
		}
		open.Set("name", "Rini W.")
		if got := b.ask("POST", path, open); got.Code != 303 || w.head() != before+1 {
			t.Errorf("a form that was opened before the restart: %d", got.Code)
		}
		if got := stranger.signIn("tidak-ada@contoh.go.id", password); got.Code != 429 {
			t.Errorf("a restart unlocks: %d", got.Code)
		}
		// A second factor: what was shown before the restart is set up after it, and
		// its code does not count once more after another.
		shown := b.form("/id/profil/faktor-kedua")
		secret, err := secretOf(b.ask("GET", "/id/profil/faktor-kedua", nil))
		if err != nil {
			t.Fatal(err)
		}
		w.restart()
		v := url.Values{"old": {password}, "code": {"000000"}, "form": shown["form"], "number": shown["number"]}
		back := b.ask("POST", "/id/profil/faktor-kedua", v)
		kept, err := secretOf(back)
		if err != nil || back.Code != 422 || kept == secret {
			t.Fatalf("a wrong code: %d, %v; two forms show one secret: %v", back.Code, err, kept == secret)
		}
		for _, m := range hiddenField.FindAllStringSubmatch(back.Body.String(), -1) {
			v.Set(m[1], m[2])
		}
		if v.Get("number") != shown.Get("number") {
			t.Error("a wrong code brings another secret")
		}
		code := func() string {
			return hotp(must(base32Plain.DecodeString(kept)), uint64(w.now().Unix())/totpStep, totpDigits)
		}
		v.Set("code", code())
		if got := b.ask("POST", "/id/profil/faktor-kedua", v); got.Code != 303 {
			t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
		}
		other := &browser{w: w.world}
		other.signIn("rini@contoh.go.id", password)
		w.restart()
		if got := other.ask("POST", "/id/masuk/kode", url.Values{"code": {code()}}); got.Code != 422 || other.inside() {
			t.Errorf("a code that was used before the restart: %d", got.Code)
		}
		w.wait(totpStep * time.Second)
		if got := other.ask("POST", "/id/masuk/kode", url.Values{"code": {code()}}); got.Code != 303 || !other.inside() {
			t.Errorf("the next code: %d", got.Code)
		}
	})
}

var secretShown = regexp.MustCompile(`<code class="copy">([A-Z2-7]{32})</code>`)

func secretOf(page *httptest.ResponseRecorder) (string, error) {
	found := secretShown.FindStringSubmatch(page.Body.String())
	if found == nil {
		return "", fmt.Errorf("no secret on %d %s", page.Code, mainOf(page.Body.String()))
	}
	return found[1], nil
}

// TestTwoProcesses on one record are one office: who signs in at one is in at the
// other, and out at once; forms, codes and attempts count for both.
func TestTwoProcesses(t *testing.T) {
	onBothRecords(t, func(t *testing.T, a *branch) {
		b := a.beside()
		here := &browser{w: a.world}
		here.signIn("rini@contoh.go.id", password)
		there := here.at(b)
		if !there.inside() {
			t.Fatal("who is in at one is not at the other")
		}
		const path = "/id/profil/ubah"
		v := here.form(path)
		v.Set("name", "Rini Wulandari")
		v.Set("language", "id")
		if got := there.ask("POST", path, v); got.Code != 303 {
			t.Errorf("a form of the other: %d %s", got.Code, mainOf(got.Body.String()))
		}
		if got := here.ask("POST", path, v); got.Code != 409 {
			t.Errorf("it counts at both: %d", got.Code)
		}
		if here.ask("POST", "/keluar", nil); there.inside() {
			t.Error("who has signed out at one is in at the other")
		}
		here.signIn("rini@contoh.go.id", password)
		there = &browser{w: b.world}
		there.signIn("rini@contoh.go.id", password)
		v = here.form("/id/profil/kata-sandi")
		for name, x := range map[string]string{"old": password, "password": "aku anak gunung bromo", "again": "aku anak gunung bromo"} {
			v.Set(name, x)
		}
		if got := here.ask("POST", "/id/profil/kata-sandi", v); got.Code != 303 || there.inside() || !here.inside() || !here.at(b).inside() {
			t.Errorf("a new password: %d, here %v, elsewhere %v", got.Code, here.inside(), there.inside())
		}
		stranger := &browser{w: a.world, from: "198.51.100.7:4000"}
		for i := range triesAPerson {
			at := stranger
			if i%2 == 1 {
				at = stranger.at(b)
			}
			at.signIn("rini@contoh.go.id", "bukan kata sandinya")
		}
		for _, at := range []*branch{a, b} {
			if got := stranger.at(at).signIn("rini@contoh.go.id", "aku anak gunung bromo"); got.Code != 429 {
				t.Errorf("attempts at both count apart: %d", got.Code)
			}
		}
	})
}

// TestLookingDoesNotWrite more than once a minute, nor wait for those who write.
func TestLookingDoesNotWrite(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w *branch) {
		b := &browser{w: w.world}
		b.signIn("rini@contoh.go.id", password)
		until := func() time.Time {
			return must(w.pages.office.sessions.find(context.Background(), b.cookies[sessionCookie])).Until
		}
		first := until()
		w.wait(seenEvery - time.Second)
		b.inside()
		if got := until(); !got.Equal(first) {
			t.Errorf("looking within a minute was written: %v", got.Sub(first))
		}
		w.wait(time.Second)
		if b.inside(); until().Sub(first) != seenEvery {
			t.Errorf("looking after a minute was not written: %v", until().Sub(first))
		}
		w.wait(2 * seenEvery)
		held, release, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- w.store.Aside(context.Background(), func(tx *store.Tx) error {
				held <- true
				<-release
				return nil
			})
		}()
		<-held
		begun := time.Now()
		if !b.inside() {
			t.Error("a page fails while somebody writes")
		}
		if took := time.Since(begun); took > 20*seenWaits {
			t.Errorf("a page waits for somebody who writes: %v", took)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestSessionsOfAPerson: the oldest gives way to one too many.
func TestSessionsOfAPerson(t *testing.T) {
	w := newWorld(t)
	var all []string
	for range sessionsAPerson + 1 {
		w.wait(time.Second)
		all = append(all, must(w.pages.office.sessions.begin(t.Context(), w.ids["nobody"], false)))
	}
	for i, token := range all {
		if there := must(w.pages.office.sessions.find(t.Context(), token)) != nil; there != (i > 0) {
			t.Errorf("session %d: %v", i, there)
		}
	}
}

// TestASessionLastsWhileItIsUsed, twelve hours at most.
func TestASessionLastsWhileItIsUsed(t *testing.T) {
	w := newWorld(t)
	token := must(w.pages.office.sessions.begin(t.Context(), w.ids["nobody"], false))
	for passed := time.Duration(0); passed < sessionLasts; passed += sessionIdle / 4 {
		if must(w.pages.office.sessions.find(t.Context(), token)) == nil {
			t.Fatalf("over after %v", passed)
		}
		w.wait(sessionIdle / 4)
	}
	if must(w.pages.office.sessions.find(t.Context(), token)) != nil {
		t.Error("a session has no end")
	}
	half := must(w.pages.office.sessions.begin(t.Context(), w.ids["nobody"], true))
	w.wait(halfLasts - time.Second)
	if must(w.pages.office.sessions.find(t.Context(), half)) == nil {
		t.Error("half a session is over too early")
	}
	w.wait(time.Second)
	if must(w.pages.office.sessions.find(t.Context(), half)) != nil {
		t.Error("half a session lasts")
	}
}

// TestWhatADatabaseGivesAway: who reads every table of it can neither come in nor
// make a form's token, and finds neither the address nor the e-mail of who tried.
func TestWhatADatabaseGivesAway(t *testing.T) {
	w := newWorld(t)
	b := &browser{w: w, from: "198.51.100.7:4000"}
	b.signIn("nobody@contoh.go.id", password)
	b.form("/id/profil/faktor-kedua")
	v := b.form("/id/profil/ubah")
	v.Set("name", "Orang Lain")
	v.Set("language", "id")
	b.ask("POST", "/id/profil/ubah", v)
	(&browser{w: w, from: "198.51.100.7:4000"}).signIn("mencoba@contoh.go.id", "bukan kata sandinya")
	token := b.cookies[sessionCookie]
	sess := must(w.pages.office.sessions.find(t.Context(), token))
	db := must(sql.Open("sqlite", "file:"+w.store.Place()+"/dampak.db?mode=ro"))
	defer db.Close()
	cells := 0
	read := func(table string) {
		rows := must(db.Query("SELECT * FROM " + table)) //nolint:gosec // a name of this test
		defer rows.Close()
		names := must(rows.Columns())
		for rows.Next() {
			into := make([]any, len(names))
			for i := range into {
				into[i] = new(sql.NullString)
			}
			must(0, rows.Scan(into...))
			for i, x := range into {
				found := x.(*sql.NullString).String
				cells++
				for what, secret := range map[string]string{"the token": token, "the key": hex.EncodeToString(sess.key), "an address": "198.51.100", "an e-mail": "contoh.go.id"} {
					if strings.Contains(found, secret) {
						t.Errorf("%s.%s holds %s", table, names[i], what)
					}
				}
				r := httptest.NewRequest(http.MethodGet, "/id/profil", nil)
				r.AddCookie(&http.Cookie{Name: sessionCookie, Value: found})
				out := httptest.NewRecorder()
				if w.pages.ServeHTTP(out, r); out.Code != http.StatusSeeOther {
					t.Errorf("with %s.%s one comes in: %d", table, names[i], out.Code)
				}
			}
		}
		must(0, rows.Err())
	}
	for _, table := range []string{"sessions", "sent_forms", "attempts", "code_steps"} {
		read(table)
	}
	if cells < 19 {
		t.Errorf("only %d cells", cells)
	}
}
