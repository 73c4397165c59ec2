package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
)

// twoOf opens one record twice, as two processes do.
func twoOf(t *testing.T, c Config) [2]*Store {
	t.Helper()
	var both [2]*Store
	for i := range both {
		s, err := Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		both[i] = s
	}
	return both
}

func signed(user string, at time.Time) SignedIn {
	return SignedIn{User: user, Begun: at, Until: at.Add(time.Hour), Ends: at.Add(12 * time.Hour)}
}

// shown is the session of a token at an instant; the zero one where there is none.
func shown(t *testing.T, s *Store, token string, at time.Time) SignedIn {
	t.Helper()
	var found SignedIn
	err := s.View(context.Background(), func(r *Reader) error {
		got, ok, err := SessionShown(r, token, at)
		if ok {
			found = got
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestASession: what one process begins another finds, until it is over, and what
// one ends is over for the other.
func TestASession(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx, both := context.Background(), twoOf(t, c)
		a, b := both[0], both[1]
		begin := func(s *Store, in SignedIn, instead ...string) string {
			t.Helper()
			token, err := s.BeginSession(ctx, in, 3, instead...)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		token := begin(a, signed("sari", noon))
		got := shown(t, b, token, noon)
		if got.User != "sari" || got.Half || got.Viewing != "" || got.ViewingUntil != nil || !got.Until.Equal(noon.Add(time.Hour)) || got.Hash != hashToken(token) {
			t.Errorf("%+v", got)
		}
		for name, k := range map[string]struct {
			token string
			at    time.Time
		}{"a hash as token": {got.Hash, noon}, "nothing": {"", noon}, "another": {token[1:], noon}, "when it is over": {token, got.Until}} {
			if (shown(t, b, k.token, k.at) != SignedIn{}) {
				t.Errorf("%s shows a session", name)
			}
		}
		if (shown(t, b, token, got.Until.Add(-time.Microsecond)) == SignedIn{}) {
			t.Error("it is over too early")
		}
		// It goes on, never back, and not once it has ended.
		ok(a.ProlongSession(ctx, got.Hash, noon.Add(2*time.Hour)))
		ok(b.ProlongSession(ctx, got.Hash, noon.Add(time.Minute)))
		if now := shown(t, b, token, noon); !now.Until.Equal(noon.Add(2 * time.Hour)) {
			t.Errorf("prolonged to %v", now.Until)
		}
		ok(a.SetViewing(ctx, got.Hash, "budi", some(noon.Add(time.Minute))))
		if now := shown(t, b, token, noon); now.Viewing != "budi" || !now.ViewingUntil.Equal(noon.Add(time.Minute)) {
			t.Errorf("%+v", now)
		}
		ok(b.SetViewing(ctx, got.Hash, "", nil))
		if now := shown(t, a, token, noon); now.Viewing != "" || now.ViewingUntil != nil {
			t.Errorf("%+v", now)
		}
		ok(b.EndSession(ctx, got.Hash))
		ok(a.ProlongSession(ctx, got.Hash, noon.Add(3*time.Hour)))
		ok(a.SetViewing(ctx, got.Hash, "budi", some(noon)))
		if (shown(t, a, token, noon) != SignedIn{}) {
			t.Error("it lives on after its end")
		}
		// At most so many of a person, the oldest goes; half ones push no whole one
		// out; what is over goes.
		var mine []string
		for i := range 4 {
			mine = append(mine, begin(both[i%2], signed("tono", noon.Add(time.Duration(i)*time.Second))))
		}
		half := signed("tono", noon)
		half.Half = true
		for range 4 {
			begin(a, half)
		}
		for i, token := range mine {
			if there := shown(t, b, token, noon) != (SignedIn{}); there != (i > 0) {
				t.Errorf("session %d of 4: %v", i, there)
			}
		}
		instead := begin(a, signed("tono", noon.Add(time.Minute)), hashToken(mine[1]))
		if (shown(t, a, mine[1], noon) != SignedIn{}) || (shown(t, a, mine[2], noon) == SignedIn{}) || (shown(t, a, instead, noon) == SignedIn{}) {
			t.Error("a session instead of another left it or took a third")
		}
		if first, err := a.TakeForm(ctx, hashToken(instead), "n"); !first || err != nil {
			t.Error(first, err)
		}
		begin(b, signed("wati", noon.Add(24*time.Hour)))
		for table, want := range map[string]int64{"sessions": 1, "sent_forms": 0} {
			if n := countOf(t, a, table); n != want {
				t.Errorf("%d rows are left in %s, want %d", n, table, want)
			}
		}
		verifies(t, a)
		ok(a.Rebuild(ctx))
		if n := countOf(t, a, "sessions"); n != 1 {
			t.Error("making the tables anew signs out")
		}
	})
}

func countOf(t *testing.T, s *Store, table string) int64 {
	t.Helper()
	var n int64
	if err := s.db.read().QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhoIsKeptOutIsSignedOut in the same change, everywhere or everywhere but
// where they changed their own password.
func TestWhoIsKeptOutIsSignedOut(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		for _, k := range []struct {
			name, who string
			here      bool // the session in which it was done lives on
			do        func(user, session string) error
		}{
			{"a new password", "tono", true, func(_, session string) error {
				_, err := w.SetPassword(w.ctx, w.by("tono", ""), encoded, session)
				return err
			}},
			{"a second factor", "tono", true, func(_, session string) error {
				_, err := w.SetSecondFactor(w.ctx, w.by("tono", ""), "RAHASIA", session)
				return err
			}},
			{"an invitation", "tono", false, func(user, _ string) error {
				token, _, err := w.InviteUser(w.ctx, w.by("rini", ""), user)
				if err == nil {
					_, err = w.Accept(w.ctx, event.Web, token, encoded)
				}
				return err
			}},
			{"suspended", "tono", false, func(user, _ string) error {
				_, err := w.SuspendUser(w.ctx, w.by("rini", "uji"), user)
				return err
			}},
			{"left", "wati", false, func(user, _ string) error {
				_, err := w.LeaveUser(w.ctx, w.by("rini", "pensiun"), user)
				return err
			}},
		} {
			var tokens [3]string
			for i, user := range []string{w.ids[k.who], w.ids[k.who], w.ids["budi"]} {
				var err error
				if tokens[i], err = w.BeginSession(w.ctx, signed(user, w.Now()), 20); err != nil {
					t.Fatal(err)
				}
			}
			if err := k.do(w.ids[k.who], hashToken(tokens[0])); err != nil {
				t.Fatalf("%s: %v", k.name, err)
			}
			now := w.Now()
			for i, want := range []bool{k.here, false, true} {
				if got := shown(t, w.Store, tokens[i], now) != (SignedIn{}); got != want {
					t.Errorf("%s: session %d is %v, want %v", k.name, i, got, want)
				}
			}
		}
		// What is refused signs nobody out.
		token, err := w.BeginSession(w.ctx, signed(w.ids["sri"], w.Now()), 20)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.LeaveUser(w.ctx, w.by("rini", "mutasi"), w.ids["sri"]); err == nil {
			t.Fatal("who holds a position has left")
		}
		if (shown(t, w.Store, token, w.Now()) == SignedIn{}) {
			t.Error("a command that was refused has signed out")
		}
	})
}

// TestWhatCountsOnce: of many processes that take the same form or code at once,
// one gets it.
func TestWhatCountsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx, both := context.Background(), twoOf(t, c)
		once := func(what string, take func(s *Store) (bool, error)) {
			t.Helper()
			var group sync.WaitGroup
			var mu sync.Mutex
			won := 0
			for i := range 16 {
				group.Go(func() {
					ok, err := take(both[i%2])
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
					if ok {
						won++
					}
				})
			}
			group.Wait()
			if won != 1 {
				t.Errorf("%s: %d won", what, won)
			}
		}
		once("a form", func(s *Store) (bool, error) { return s.TakeForm(ctx, "a", "1") })
		once("another form", func(s *Store) (bool, error) { return s.TakeForm(ctx, "a", "2") })
		once("the form of another session", func(s *Store) (bool, error) { return s.TakeForm(ctx, "b", "1") })
		once("a code", func(s *Store) (bool, error) { return s.TakeStep(ctx, "sari", 7) })
		once("the next code", func(s *Store) (bool, error) { return s.TakeStep(ctx, "sari", 8) })
		once("a code of another", func(s *Store) (bool, error) { return s.TakeStep(ctx, "budi", 7) })
		for _, old := range []int64{7, 8} {
			if ok, err := both[0].TakeStep(ctx, "sari", old); ok || err != nil {
				t.Errorf("step %d after 8: %v %v", old, ok, err)
			}
		}
	})
}

// TestAttempts: two processes count together, at once too; after the window all
// begins anew; nothing personal is kept.
func TestAttempts(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx, both := context.Background(), twoOf(t, c)
		const window = 15 * time.Minute
		person, origin := Attempt{"person sari@contoh.go.id", 10}, Attempt{"origin 192.0.2.7", 60}
		try := func(at time.Time, under ...Attempt) int {
			t.Helper()
			var group sync.WaitGroup
			var mu sync.Mutex
			n := 0
			for i := range 24 {
				group.Go(func() {
					ok, err := both[i%2].Try(ctx, at, window, under...)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					if ok {
						n++
					}
				})
			}
			group.Wait()
			return n
		}
		for _, k := range []struct {
			name  string
			at    time.Time
			under []Attempt
			want  int
		}{
			{"a person", noon, []Attempt{origin, person}, 10},
			{"the person from elsewhere", noon, []Attempt{{"origin 192.0.2.8", 60}, person}, 0},
			{"another from there", noon, []Attempt{origin, {"person budi@contoh.go.id", 100}}, 24},
			{"and a third", noon, []Attempt{origin, {"person tono@contoh.go.id", 100}}, 24},
			{"where nothing is left but two", noon, []Attempt{origin}, 2},
			{"a fourth from there", noon, []Attempt{origin, {"person wati@contoh.go.id", 10}}, 0},
			{"who was not counted then", noon, []Attempt{{"origin 192.0.2.9", 60}, {"person wati@contoh.go.id", 10}}, 10},
			{"just before the window ends", noon.Add(window - time.Microsecond), []Attempt{person}, 0},
			{"after the window", noon.Add(window), []Attempt{origin, person}, 10},
		} {
			if got := try(k.at, k.under...); got != k.want {
				t.Errorf("%s: %d attempts, want %d", k.name, got, k.want)
			}
		}
		if n := countOf(t, both[0], "attempts"); n != 3 { // two, and the queue's
			t.Errorf("%d counters are left", n)
		}
		later := noon.Add(window)
		if err := both[1].TakeBack(ctx, origin.Of, person.Of); err != nil {
			t.Fatal(err)
		}
		err := both[0].View(ctx, func(r *Reader) error {
			from, _, err := attempts.Get(r, hashToken(origin.Of))
			if from.N != 9 {
				t.Errorf("from there %d attempts are left", from.N)
			}
			if _, ok, _ := attempts.Get(r, hashToken(person.Of)); ok {
				t.Error("what was right counts")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		// Flooded: who counts already goes on, and somebody new too.
		raw(t, both[0], fmt.Sprintf(`INSERT INTO attempts (hash, n, until_at) WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d)
			SELECT 'banjir ' || i, 1, '%s' FROM c`, mostAttempts, event.FormatInstant(later.Add(time.Hour))))
		if got := try(later, Attempt{"person baru@contoh.go.id", 10}); got != 10 {
			t.Errorf("flooded: %d attempts", got)
		}
		if got := try(later, origin); got != 24 {
			t.Errorf("flooded, who counts already: %d attempts", got)
		}
		if got := try(later.Add(2*time.Hour), Attempt{"person baru@contoh.go.id", 10}); got != 10 {
			t.Errorf("after the flood: %d attempts", got)
		}
		rows, err := both[0].db.read().Query("SELECT hash FROM attempts")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var hash string
			if err := rows.Scan(&hash); err != nil || (len(hash) != 64 && hash != "") {
				t.Errorf("%q is no hash, %v", hash, err)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	})
}

// TestABackupSignsEverybodyOut: its file holds who has which credentials, but not
// who is signed in, nor how often anybody tried, not even as bytes left over.
func TestABackupSignsEverybodyOut(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		s := twoOf(t, c)[0]
		id, invitation, err := s.FirstAdministrator(ctx, By{Actor: event.Actor{Via: event.Web}, Why: "uji"}, access.User{Name: "Rini Wulandari", Email: "rini@contoh.go.id", Language: "id"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Accept(ctx, event.Web, invitation, encoded); err != nil {
			t.Fatal(err)
		}
		var tokens []string
		for range 50 {
			token, err := s.BeginSession(ctx, signed(id, s.Now()), 100)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.TakeForm(ctx, hashToken(token), "nonce"); err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, token)
		}
		if _, err := s.Try(ctx, s.Now(), time.Hour, Attempt{"person rini@contoh.go.id", 10}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TakeStep(ctx, id, 7); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "cadangan")
		if _, err := s.Backup(ctx, keeper, file); err != nil {
			t.Fatal(err)
		}
		if (shown(t, s, tokens[0], s.Now()) == SignedIn{}) {
			t.Error("a backup signs out those who are at work")
		}
		dir := filepath.Join(t.TempDir(), "kembali")
		if _, err := Restore(ctx, Config{Dir: dir, Now: c.Now}, keeper, file); err != nil {
			t.Fatal(err)
		}
		back, err := Open(ctx, Config{Dir: dir, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		for _, table := range []string{"sessions", "sent_forms", "attempts", "code_steps"} {
			if n := countOf(t, back, table); n != 0 {
				t.Errorf("%s: %d rows came back", table, n)
			}
		}
		if n := countOf(t, back, "credentials"); n != 1 {
			t.Errorf("%d passwords came back", n)
		}
		if (shown(t, back, tokens[0], noon) != SignedIn{}) {
			t.Error("a session came back")
		}
		packed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole := unpacked(t, packed)[1].body // dampak.db
		if !bytes.Contains(whole, []byte("rini@contoh.go.id")) {
			t.Error("the test does not see the file's bytes")
		}
		for _, token := range tokens {
			if bytes.Contains(whole, []byte(hashToken(token))) {
				t.Fatal("the hash of a token is left in the file")
			}
		}
	})
}
