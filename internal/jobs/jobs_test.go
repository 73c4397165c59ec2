package jobs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// town is a record with both parties and somebody in a position of each. All
// people are invented.
type town struct {
	*store.Store
	t      *testing.T
	mu     sync.Mutex
	at     time.Time
	ids    map[string]string
	server *server
	said   bytes.Buffer
	Config
}

func (w *town) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *town) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

const password = "rahasia-sekali"

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, at: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC), ids: map[string]string{}, server: newServer(t)}
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: w.now, Migrate: true})
	w.ok(err)
	t.Cleanup(func() { s.Close() })
	w.Store = s
	id, token, err := s.FirstAdministrator(t.Context(), store.By{Actor: event.Actor{Via: event.Web}, Why: "uji"}, access.User{Name: "Rini Admin", Email: "rini@contoh.go.id", Language: "id"})
	w.ok(err)
	w.ids["rini"] = id
	w.joins(token)
	for _, x := range []struct {
		office, person, language string
		kind                     registry.OrganisationKind
		region                   string
		until                    registry.Day
	}{{"B2P3KS", "agus", "en", registry.MinistryCentre, registry.Nation, ""}, {"Dinsos Jatim", "sri", "id", registry.ProvinceOffice, "35", "2026-12-20"}} {
		office, _, err := s.RegisterOrganisation(t.Context(), w.by("rini"), registry.Organisation{Kind: x.kind, Region: x.region, Period: registry.Period{From: "2020-01-01"}, Names: []registry.Name{{Full: "Kantor " + x.office, Short: x.office}}})
		w.ok(err)
		person, token, _, err := s.AddUser(t.Context(), w.by("rini"), access.User{Name: "Orang Bernama " + x.person, Email: x.person + "@contoh.go.id", Language: x.language, Organisation: office})
		w.ok(err)
		w.ids[x.person] = person
		w.joins(token)
		seat, _, err := s.CreatePosition(t.Context(), w.by("rini"), registry.Position{Organisation: office, Title: "Kepala " + x.office, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
		w.ids["Kepala "+x.office] = seat
		_, err = s.BeginHolding(t.Context(), w.by("rini"), seat, registry.Holding{User: person, Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01", Until: x.until}})
		w.ok(err)
	}
	w.Config = Config{Store: s, Log: slog.New(slog.NewTextHandler(&w.said, nil))}
	w.Mail, err = NewMail("smtp://dampak:"+password+"@"+w.server.address(), "dampak@contoh.go.id", "https://dampak.contoh.go.id")
	w.ok(err)
	return w
}

func (w *town) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) by(who string) store.By {
	return store.By{Actor: event.Actor{User: w.ids[who], Via: event.Web}, Seen: store.Whatever, Why: "uji"}
}

func (w *town) joins(token string) {
	w.t.Helper()
	_, err := w.Accept(w.t.Context(), event.Web, token, "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo")
	w.ok(err)
}

// sent counts the events of a type.
func (w *town) sent(kind string) (n int) {
	w.t.Helper()
	w.ok(w.View(w.t.Context(), func(r *store.Reader) error {
		for e, err := range r.Log(0) {
			if err != nil {
				return err
			}
			if e.Type == kind {
				n++
			}
		}
		return nil
	}))
	return n
}

func (w *town) unread(who string) (n int) {
	w.t.Helper()
	w.ok(w.View(w.t.Context(), func(r *store.Reader) error {
		s, err := store.Who(r, w.ids[who], w.now())
		if err != nil {
			return err
		}
		n, err = store.Unread(r, s)
		return err
	}))
	return n
}

// TestARound does what is due once, whoever asks how often.
func TestARound(t *testing.T) {
	w := newTown(t)
	var group sync.WaitGroup
	for range 3 { // as many processes have the loop at once
		group.Go(func() { w.Round(t.Context()) })
	}
	group.Wait()
	w.Round(t.Context())
	// One anchor to each; the province's head holds the position until 20 December,
	// which was known for less than 30 days before it.
	if a, n, d := w.sent("anchor-sent"), w.sent("notice-sent"), w.sent("digest-sent"); a != 1 || n != 0 || d != 2 {
		t.Errorf("%d anchors, %d notices, %d digests", a, n, d)
	}
	w.wait(19 * 24 * time.Hour) // 14 December, six days before the end
	w.Round(t.Context())
	w.Round(t.Context())
	if a, n, d := w.sent("anchor-sent"), w.sent("notice-sent"), w.sent("digest-sent"); a != 2 || n != 1 || d != 4 {
		t.Errorf("%d anchors, %d notices, %d digests", a, n, d)
	}
	if agus, sri := w.unread("agus"), w.unread("sri"); agus != 2 || sri != 3 {
		t.Errorf("%d and %d unread", agus, sri)
	}
	w.wait(3 * 365 * 24 * time.Hour) // off for three years
	w.Round(t.Context())
	if a, n := w.sent("anchor-sent"), w.sent("notice-sent"); a != 3 || n != 1 {
		t.Errorf("after three years %d anchors, %d notices", a, n)
	}
	if w.said.Len() > 0 {
		t.Error(w.said.String())
	}
	if _, err := w.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestALetterSaysNothing but how many notices wait, and where.
func TestALetterSaysNothing(t *testing.T) {
	w := newTown(t)
	w.Round(t.Context())
	letters := w.server.taken()
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	for _, l := range letters {
		m, err := mail.ReadMessage(strings.NewReader(l.text))
		w.ok(err)
		raw, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		w.ok(err)
		body := strings.ReplaceAll(string(raw), "\r\n", "\n")
		lang, who := i18n.ID, "sri"
		if l.to == "agus@contoh.go.id" {
			lang, who = i18n.EN, "agus"
		}
		values := map[string]any{"n": 1, "url": "https://dampak.contoh.go.id/"}
		if want := i18n.Text(lang, "mail.digest.text", values); strings.TrimSpace(body) != want {
			t.Errorf("%s: %q, want %q", l.to, body, want)
		}
		if got, want := m.Header.Get("Subject"), i18n.Text(lang, "mail.digest.subject", values); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if m.Header.Get("To") != "<"+l.to+">" || m.Header.Get("From") != "<dampak@contoh.go.id>" || l.from != "dampak@contoh.go.id" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
			m.Header.Get("Message-Id") != "<2026-w48."+w.ids[who]+"@contoh.go.id>" || m.Header.Get("Date") != "Wed, 25 Nov 2026 03:00:00 +0000" {
			t.Errorf("%v", m.Header)
		}
		for _, never := range []string{"Orang", "Bernama", "Kepala", "Dinsos", "B2P3KS", "Rini", "1:", password} {
			if strings.Contains(l.text, never) {
				t.Errorf("the letter says %q:\n%s", never, l.text)
			}
		}
	}
	if !slices.Contains(w.server.users(), "dampak "+password) {
		t.Error("nobody signed in to the server")
	}
}

// TestTrouble: what the server does, how many letters it took of one person until
// the end, and how many digests the record says were sent.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		does    func(*server)
		rounds  []time.Duration
		letters int
		sent    int
		says    string
	}{
		{"busy at first", func(s *server) { s.answers = []string{"451 4.3.0 try later"} }, []time.Duration{0, time.Minute, 5 * time.Minute}, 1, 1, "does not take an e-mail now"},
		{"busy for long", func(s *server) {
			s.answers = []string{"451 a", "451 b", "451 c"}
		}, []time.Duration{0, 6 * time.Minute, 11 * time.Minute, 19 * time.Minute, 2 * time.Minute}, 1, 1, "does not take an e-mail now"},
		{"an address that is none", func(s *server) { s.answers = []string{"550 5.1.1 no such user"} }, []time.Duration{0, time.Hour, 24 * time.Hour}, 0, 0, "refuses an e-mail for good"},
		{"the answer lost", func(s *server) { s.hangUp = true }, []time.Duration{0, time.Hour, 24 * time.Hour}, 1, 0, "answer is lost"},
		{"nobody there", func(s *server) { s.close() }, []time.Duration{0, time.Hour, time.Hour}, 0, 0, "the mail server"},
		{"a wrong password", func(s *server) { s.password = "lain" }, []time.Duration{0, time.Hour}, 0, 0, "the mail server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			_, err := w.SuspendUser(t.Context(), w.by("rini"), w.ids["agus"]) // one reader is enough
			w.ok(err)
			c.does(w.server)
			for _, d := range c.rounds {
				w.wait(d)
				w.Round(t.Context())
			}
			if n, sent := len(w.server.taken()), w.sent("digest-sent"); n != c.letters || sent != c.sent {
				t.Errorf("%d letters taken and %d sent, want %d and %d\n%s", n, sent, c.letters, c.sent, w.said.String())
			}
			said := w.said.String()
			if !strings.Contains(said, c.says) || strings.Contains(said, password) || strings.Contains(said, "sri@") {
				t.Errorf("the log says %s", said)
			}
			// The next week is another digest.
			w.server.reset()
			if c.name == "nobody there" || c.name == "a wrong password" {
				return
			}
			w.wait(7 * 24 * time.Hour)
			before := len(w.server.taken())
			w.Round(t.Context())
			if n := len(w.server.taken()); n != before+1 {
				t.Errorf("%d letters in the next week", n-before)
			}
		})
	}
}

// TestADutyThatFails keeps no other from being done, nor the loop from going on.
func TestADutyThatFails(t *testing.T) {
	w := newTown(t)
	old := sources
	defer func() { sources = old }()
	sources = append([]func(store.From, time.Time) ([]notice.Due, error){func(store.From, time.Time) ([]notice.Due, error) {
		return nil, fmt.Errorf("of 3507123456789012 nothing is known")
	}}, old...)
	w.Round(t.Context())
	if w.sent("anchor-sent") != 1 || w.sent("digest-sent") != 2 {
		t.Error("another duty was not done")
	}
	if said := w.said.String(); !strings.Contains(said, "duty=notices") || strings.Contains(said, "3507123456789012") {
		t.Error(said)
	}
}

// TestRunEnds with its context, and has done a round before.
func TestRunEnds(t *testing.T) {
	w := newTown(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); Run(ctx, w.Config) }()
	for begun := time.Now(); w.sent("digest-sent") < 2; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the loop did nothing")
		}
	}
	stop()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the loop goes on")
	}
}

func TestNewMail(t *testing.T) {
	for _, c := range []struct{ server, from, pages, code string }{
		{"smtp://a:b@surel.contoh.go.id", "dampak@contoh.go.id", "https://x.go.id", ""}, {"smtps://surel.contoh.go.id:465", "dampak@contoh.go.id", "https://x.go.id", ""},
		{"smtp://[::1]:2525/", "dampak@contoh.go.id", "https://x.go.id", ""},
		{"surel.contoh.go.id:25", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"}, {"http://a:" + password + "@surel", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"},
		{"smtp://a:" + password + "%@surel", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"}, {"smtp://a:" + password + "@surel:99999", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"},
		{"smtp://", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"}, {"smtp://surel/path", "dampak@contoh.go.id", "https://x.go.id", "serve-smtp"},
		{"smtp://surel", "", "https://x.go.id", "serve-mail-from"}, {"smtp://surel", "Dampak <dampak@contoh.go.id>", "https://x.go.id", "serve-mail-from"},
		{"smtp://surel", "a@b\r\nBcc: x@y", "https://x.go.id", "serve-mail-from"}, {"smtp://surel", "dampak@contoh.go.id", "", "serve-mail-url"},
	} {
		_, err := NewMail(c.server, c.from, c.pages)
		found := problem.Of(err)
		if (c.code == "") != (err == nil) || (c.code != "" && (len(found) != 1 || found[0].Code != c.code || !found[0].Usage)) {
			t.Errorf("%s, %q: %v, want %q", c.server, c.from, err, c.code)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%+v %v", found, err), password) {
			t.Errorf("the problem shows the password: %v", err)
		}
	}
}

// TestAPasswordTravelsEncrypted: to another machine a server that offers no
// encryption gets no letter and no password.
func TestAPasswordTravelsEncrypted(t *testing.T) {
	w := newTown(t)
	m, err := newMail("smtp://dampak:"+password+"@surel.contoh.go.id", "dampak@contoh.go.id", "https://x.go.id", gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, w.server.address())
	}))
	w.ok(err)
	got, err := m.send(t.Context(), store.Digest{Person: "p", Week: "2026-W48", Email: "sri@contoh.go.id", Language: "id", Unread: 1}, w.now())
	if got != notSent || err == nil || len(w.server.taken()) != 0 || len(w.server.users()) != 0 {
		t.Errorf("%v %v", got, err)
	}
}

func TestWait(t *testing.T) {
	for tries, want := range map[int]time.Duration{1: 5 * time.Minute, 2: 10 * time.Minute, 4: 40 * time.Minute, 9: 12 * time.Hour, 1000: 12 * time.Hour} {
		if got := wait(tries); got != want {
			t.Errorf("%d tries: %v, want %v", tries, got, want)
		}
	}
}
