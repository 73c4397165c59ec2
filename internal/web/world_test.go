package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake/identity"
	uploadroom "github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web/api"
)

// world is a small record with somebody in every role, and its pages. All people
// are invented.
type world struct {
	t     *testing.T
	store *store.Store
	pages *Pages
	mu    sync.Mutex
	at    time.Time
	ids   map[string]string // of people and objects, by the names that rows use
	said  bytes.Buffer      // what the pages wrote to the log of the program
	jar   map[string]string // tokens of sessions, by person

	ring    *identity.Ring // the keys of pseudonyms
	keyless bool           // there is no key file of them
	asked   atomic.Int64   // how often keys were asked for that are made where there are none
}

const password = "kuda lumping tujuh warna"

var encodedPassword = sync.OnceValues(func() (string, error) { return HashPassword(context.Background(), password) })

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// emptyWorld is a record in which nothing has happened.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC), ids: map[string]string{}, jar: map[string]string{}}
	dir := t.TempDir()
	var err error
	if w.store, err = store.Open(t.Context(), store.Config{Dir: dir, Now: w.now, Migrate: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	room, err := uploadroom.Open(dir + "/waiting")
	if err != nil {
		t.Fatal(err)
	}
	if w.ring, err = passingRing(); err != nil {
		t.Fatal(err)
	}
	ring := func() (*identity.Ring, error) { w.asked.Add(1); return w.ring, nil }
	held := func() (*identity.Ring, error) {
		if w.keyless {
			return identity.Existing(filepath.Join(dir, "none", "key.json"), "")
		}
		return w.ring, nil
	}
	w.pages = NewOffice(Office{Store: w.store, Now: w.now, Backups: dir + "/backups", Waiting: room, Ring: ring, Held: held, Log: slog.New(slog.NewTextHandler(&w.said, nil))}, site())
	programs, err := api.New(api.Config{Record: w.store, Session: w.pages.SessionUser, Origin: w.pages.Origin})
	if err != nil {
		t.Fatal(err)
	}
	w.pages.Mount(programs)
	return w
}

func (w *world) by(user, why string) store.By {
	return store.By{Actor: event.Actor{User: w.ids[user], Via: event.Web}, Seen: store.Whatever, Why: why}
}

// machine is whoever may use the machine's command line.
func machine(why string) store.By {
	return store.By{Actor: event.Actor{User: "mesin", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "mesin"}, Seen: store.Whatever, Why: why}
}

func (w *world) joins(name, token string) {
	w.t.Helper()
	if _, err := w.store.Accept(w.t.Context(), event.Web, token, must(encodedPassword())); err != nil {
		w.t.Fatal(name, err)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	ctx := t.Context()
	id, token, err := w.store.FirstAdministrator(ctx, store.By{Actor: event.Actor{Via: event.Web}, Why: "uji"}, access.User{Name: "Rini Admin", Email: "rini@contoh.go.id", Language: "id"})
	if err != nil {
		t.Fatal(err)
	}
	w.ids["admin"] = id
	w.joins("admin", token)
	for _, o := range []struct {
		name, full, short string
		kind              registry.OrganisationKind
		region            string
	}{
		{"pusat", "Balai Besar Penelitian Kesejahteraan Sosial", "B2P3KS", registry.MinistryCentre, "0000"},
		{"provinsi", "Dinas Sosial Provinsi Jawa Timur", "Dinsos Jatim", registry.ProvinceOffice, "35"},
		{"malang", "Dinas Sosial Kabupaten Malang", "Dinsos Malang", registry.RegencyOffice, "3507"},
		{"sampang", "Dinas Sosial Kabupaten Sampang", "Dinsos Sampang", registry.RegencyOffice, "3527"},
	} {
		id, _, err := w.store.RegisterOrganisation(ctx, w.by("admin", "uji"), registry.Organisation{Kind: o.kind, Region: o.region,
			Period: registry.Period{From: "2020-01-01"}, Names: []registry.Name{{Full: o.full, Short: o.short, From: "2020-01-01"}}})
		if err != nil {
			t.Fatal(err)
		}
		w.ids[o.name] = id
		if w.ids["jabatan-"+o.name], _, err = w.store.CreatePosition(ctx, w.by("admin", "uji"), registry.Position{Organisation: id, Title: "Kepala " + o.short, Period: registry.Period{From: "2020-01-01"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []struct{ name, office string }{
		{"head", "provinsi"}, {"analyst", "provinsi"}, {"researcher", "pusat"}, {"kabupaten-officer", "malang"}, {"data-steward", "provinsi"},
		{"output-checker", "provinsi"}, {"administrator-malang", "malang"}, {"administrator-35", "provinsi"}, {"auditor", "pusat"}, {"auditor-malang", "malang"},
		{"nobody", "sampang"}, {"expired", "malang"}, {"suspended", "malang"}, {"other", "sampang"}, {"second", "pusat"},
	} {
		w.person(p.name, p.office)
	}
	if _, err := w.store.BeginHolding(ctx, w.by("admin", "uji"), w.ids["jabatan-provinsi"], registry.Holding{User: w.ids["head"], Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01", Until: "2026-12-10"}}); err != nil {
		t.Fatal(err)
	}
	w.gives("second", access.Administrator, "0000", "", "2027-10-01")
	w.gives("head", access.Head, "35", "provinsi", "2027-10-01")
	w.gives("analyst", access.Analyst, "35", "provinsi", "2027-10-01")
	w.gives("researcher", access.Researcher, "0000", "pusat", "2027-10-01")
	w.gives("kabupaten-officer", access.KabupatenOfficer, "3507", "malang", "2027-10-01")
	w.gives("data-steward", access.DataSteward, "35", "provinsi", "2027-10-01")
	w.gives("output-checker", access.OutputChecker, "35", "provinsi", "2027-10-01")
	w.gives("administrator-malang", access.Administrator, "3507", "", "2027-10-01")
	w.gives("administrator-35", access.Administrator, "35", "", "2027-10-01")
	w.gives("auditor", access.Auditor, "0000", "", "2027-10-01")
	w.gives("auditor-malang", access.Auditor, "3507", "", "2027-10-01")
	w.ids["hak-malang"] = w.gives("expired", access.Administrator, "3507", "", "2026-11-26")
	w.wait(48 * time.Hour)
	w.ids["hak-diminta"] = must(first2(w.store.RequestGrant(ctx, w.by("admin", "perlu"), access.Grant{User: w.ids["other"], Role: access.Administrator, Region: "3527", Period: registry.Period{From: "2026-11-27", Until: "2027-06-01"}})))
	if _, err := w.store.SuspendUser(ctx, w.by("admin", "uji"), w.ids["suspended"]); err != nil {
		t.Fatal(err)
	}
	w.notify()
	return w
}

func first2[A, B any](a A, _ B, err error) (A, error) { return a, err }

func (w *world) person(name, office string) {
	w.t.Helper()
	id, token, _, err := w.store.AddUser(w.t.Context(), w.by("admin", "uji"), access.User{Name: "Orang " + name, Email: name + "@contoh.go.id", Language: "id", Organisation: w.ids[office]})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids[name] = id
	w.joins(name, token)
}

func (w *world) gives(to string, role access.Role, region, office string, until registry.Day) string {
	w.t.Helper()
	asks, confirms := "admin", "second"
	if to == "second" {
		// Nobody confirms what they asked for: the second administrator is made with
		// the help of the machine.
		id, _, err := w.store.RequestGrant(w.t.Context(), machine("uji"),
			access.Grant{User: w.ids[to], Role: role, Region: region, Period: registry.Period{From: "2026-11-25", Until: until}})
		if err == nil {
			_, err = w.store.ConfirmGrant(w.t.Context(), w.by("admin", ""), id)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		return id
	}
	id, e, err := w.store.RequestGrant(w.t.Context(), w.by(asks, "uji"), access.Grant{User: w.ids[to], Role: role, Region: region, Organisation: w.ids[office], Period: registry.Period{From: "2026-11-25", Until: until}})
	if err == nil && e.Type == "grant-requested" {
		_, err = w.store.ConfirmGrant(w.t.Context(), w.by(confirms, ""), id)
	}
	if err != nil {
		w.t.Fatal(to, err)
	}
	return id
}

// cookie is that of a person's session, begun where there is none.
func (w *world) cookie(who string) *http.Cookie {
	if who == "" {
		return nil
	}
	token, ok := w.jar[who]
	if !ok || must(w.pages.office.sessions.find(w.t.Context(), token)) == nil {
		token = must(w.pages.office.sessions.begin(w.t.Context(), w.ids[who], false))
		w.jar[who] = token
	}
	return &http.Cookie{Name: sessionCookie, Value: token}
}

var nameOf = regexp.MustCompile(`@[a-z0-9-]+`)

// fill writes ids for names such as @malang.
func (w *world) fill(s string) string {
	return nameOf.ReplaceAllStringFunc(s, func(m string) string {
		if id, ok := w.ids[m[1:]]; ok {
			return id
		}
		return m
	})
}

// get asks for a page as somebody.
func (w *world) get(who, path string) *httptest.ResponseRecorder {
	return w.send(who, httptest.NewRequest(http.MethodGet, w.fill(path), nil))
}

func (w *world) send(who string, r *http.Request) *httptest.ResponseRecorder {
	if c := w.cookie(who); c != nil {
		r.AddCookie(c)
	}
	out := httptest.NewRecorder()
	w.pages.ServeHTTP(out, r)
	return out
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// opened is what a form carries when somebody opens it.
func (w *world) opened(who, path string) url.Values {
	v := url.Values{}
	for _, part := range strings.Split(w.get(who, path).Body.String(), "<form")[1:] {
		if strings.Contains(part, `action="/id`+w.fill(strings.SplitN(path, "?", 2)[0])+`"`) {
			for _, m := range hiddenField.FindAllStringSubmatch(part, -1) {
				v.Set(m[1], m[2])
			}
		}
	}
	return v
}

// post opens a form, fills it in and sends it.
func (w *world) post(who, path, body string) *httptest.ResponseRecorder {
	v := w.opened(who, path)
	for k, all := range must(url.ParseQuery(w.fill(body))) {
		v[k] = all
	}
	return w.sendForm(who, path, v)
}

func (w *world) sendForm(who, path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, w.fill(path), strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(who, r)
}

// upload sends a form with a file in it.
func (w *world) upload(who, path string, v url.Values, name string, content []byte) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, all := range v {
		for _, x := range all {
			must(0, m.WriteField(k, x))
		}
	}
	part := must(m.CreateFormFile("mandate_file", name))
	must(io.Copy(part, bytes.NewReader(content)))
	must(0, m.Close())
	r := httptest.NewRequest(http.MethodPost, w.fill(path), &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.send(who, r)
}

func (w *world) head() int64 { return must(w.store.Head(w.t.Context())).Seq }
