package web

import (
	"encoding/base64"
	"fmt"
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
)

// browser is a client that keeps its cookies, without a session at first.
type browser struct {
	w       *world
	cookies map[string]string
	from    string
}

func (b *browser) ask(method, path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
	if b.from != "" {
		r.RemoteAddr = b.from
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, x := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: x})
	}
	out := httptest.NewRecorder()
	b.w.pages.ServeHTTP(out, r)
	if b.cookies == nil {
		b.cookies = map[string]string{}
	}
	for _, c := range out.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.Name == sessionCookie && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/") {
			b.w.t.Errorf("a session's cookie that others may read or send: %v", c)
		}
	}
	return out
}

func (b *browser) signIn(email, password string) *httptest.ResponseRecorder {
	return b.ask("POST", "/id/masuk", url.Values{"email": {email}, "password": {password}, "ke": {"/profil"}})
}

func (b *browser) inside() bool { return b.ask("GET", "/id/profil", nil).Code == 200 }

// TestFromTheFirstRun: the link makes one administrator, once, who is signed in.
func TestFromTheFirstRun(t *testing.T) {
	w := emptyWorld(t)
	path := must(w.pages.FirstRun(t.Context()))
	b := &browser{w: w}
	if got := b.ask("GET", "/awal/"+strings.Repeat("A", 43), nil); got.Code != 404 {
		t.Errorf("a guessed link: %d", got.Code)
	}
	v := url.Values{"name": {"Rini Wulandari"}, "email": {"Rini@contoh.go.id"}, "language": {"id"}, "password": {"rini kuda lumping"}, "again": {"rini kuda lumping"}}
	if got := b.ask("POST", "/id"+path, v); got.Code != 422 || !strings.Contains(got.Body.String(), "memuat nama atau surel") || !strings.Contains(got.Body.String(), "Rini Wulandari") {
		t.Errorf("a password that is a name: %d %s", got.Code, mainOf(got.Body.String()))
	}
	v.Set("password", password)
	v.Set("again", password)
	if got := b.ask("POST", "/id"+path, v); got.Code != 303 || got.Header().Get("Location") != "/id/pengelolaan" {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	if !b.inside() {
		t.Error("the first administrator is not signed in")
	}
	for _, method := range []string{"GET", "POST"} {
		if got := (&browser{w: w}).ask(method, path, v); got.Code != 404 {
			t.Errorf("%s of the link once more: %d", method, got.Code)
		}
	}
	if again := must(w.pages.FirstRun(t.Context())); again != "" {
		t.Errorf("a record with an administrator gives the link %s", again)
	}
	fresh := &browser{w: w}
	if got := fresh.signIn("rini@contoh.go.id", password); got.Code != 303 || got.Header().Get("Location") != "/id/profil" || !fresh.inside() {
		t.Errorf("the password does not sign in: %d", got.Code)
	}
	old := fresh.cookies[sessionCookie]
	if got := fresh.ask("POST", "/keluar", nil); got.Code != 303 || fresh.inside() {
		t.Error("signing out does not sign out")
	}
	fresh.cookies[sessionCookie] = old
	if fresh.inside() {
		t.Error("the token counts after signing out")
	}
}

// TestAnInvitation: its token counts once, ends by itself, and signs the person
// out everywhere.
func TestAnInvitation(t *testing.T) {
	w := newWorld(t)
	got := w.post("admin", "/pengelolaan/orang/tambah", "name=Tono&email=tono@contoh.go.id&organisation=@malang&language=id")
	link := regexp.MustCompile(`http://example.com(/id/undangan/[A-Za-z0-9_-]{43})<`).FindStringSubmatch(got.Body.String())
	if link == nil {
		t.Fatal(mainOf(got.Body.String()))
	}
	b := &browser{w: w}
	v := url.Values{"password": {password}, "again": {"lain sekali ini"}}
	if got := b.ask("POST", link[1], v); got.Code != 422 || !strings.Contains(got.Body.String(), "tidak sama") {
		t.Errorf("two passwords: %d", got.Code)
	}
	v.Set("again", password)
	if got := b.ask("POST", link[1], v); got.Code != 303 || got.Header().Get("Location") != "/id/masuk?baru=1" {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	if got := b.ask("POST", link[1], v); got.Code != 404 {
		t.Errorf("the link once more: %d", got.Code)
	}
	if b.signIn("tono@contoh.go.id", password); !b.inside() {
		t.Fatal("the invited cannot sign in")
	}
	var token string
	err := w.store.View(t.Context(), func(r *store.Reader) error {
		u, _, err := store.UserByEmail(r, "tono@contoh.go.id")
		w.ids["tono"] = u.ID
		return err
	})
	if err == nil {
		token, _, err = w.store.InviteUser(t.Context(), w.by("admin", ""), w.ids["tono"])
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := (&browser{w: w}).ask("POST", "/undangan/"+token, v); got.Code != 303 {
		t.Fatal(got.Code)
	}
	if b.inside() {
		t.Error("a new password leaves old sessions signed in")
	}
	token, _, err = w.store.InviteUser(t.Context(), w.by("admin", ""), w.ids["tono"])
	if err != nil {
		t.Fatal(err)
	}
	w.wait(access.InvitationLasts)
	if got := (&browser{w: w}).ask("POST", "/undangan/"+token, v); got.Code != 422 || !strings.Contains(got.Body.String(), "berlaku sampai") {
		t.Errorf("an invitation that ran out: %d", got.Code)
	}
}

// TestNobodyIsNamed: an address that nobody has, one without a password and a
// wrong password are told in the same words, and take the work of a hash alike;
// too many attempts stop all of them.
func TestNobodyIsNamed(t *testing.T) {
	w := newWorld(t)
	page := func(email string, b *browser) string {
		got := b.signIn(email, "bukan kata sandinya")
		if got.Code != 422 {
			t.Errorf("%s: %d", email, got.Code)
		}
		return strings.ReplaceAll(mainOf(got.Body.String()), email, "SUREL")
	}
	if _, _, _, err := w.store.AddUser(t.Context(), w.by("admin", "uji"), access.User{Name: "Baru", Email: "baru@contoh.go.id", Language: "id"}); err != nil {
		t.Fatal(err)
	}
	b := &browser{w: w}
	known, unknown, invited := page("rini@contoh.go.id", b), page("tidak-ada@contoh.go.id", b), page("baru@contoh.go.id", b)
	if known != unknown || known != invited {
		t.Errorf("the answers differ:\n%s\n%s\n%s", known, unknown, invited)
	}
	takes := func(encoded string) time.Duration {
		best := time.Hour
		for range 3 {
			begun := time.Now()
			must(rightPassword(t.Context(), encoded, "bukan kata sandinya"))
			best = min(best, time.Since(begun))
		}
		return best
	}
	if with, without := takes(must(encodedPassword())), takes(""); without < with/2 {
		t.Errorf("an unknown address takes %v, a known one %v", without, with)
	}
	for _, email := range []string{"rini@contoh.go.id", "tidak-ada@contoh.go.id"} {
		for range triesAPerson {
			b.signIn(email, "bukan kata sandinya")
		}
		if got := b.signIn(email, password); got.Code != 429 || !strings.Contains(got.Body.String(), "tunggu 15 menit") {
			t.Errorf("%s after many attempts: %d", email, got.Code)
		}
	}
	other := &browser{w: w, from: "198.51.100.7:4000"}
	if got := other.signIn("rini@contoh.go.id", password); got.Code != 429 {
		t.Errorf("from elsewhere the account is open: %d", got.Code)
	}
	w.wait(triesWindow)
	if got := other.signIn("rini@contoh.go.id", password); got.Code != 303 {
		t.Errorf("after waiting: %d", got.Code)
	}
	if w.said.Len() > 0 {
		t.Errorf("the program's log: %s", w.said.String())
	}
	suspended := other.signIn("suspended@contoh.go.id", password)
	if suspended.Code != 403 || !strings.Contains(suspended.Body.String(), "ditangguhkan") {
		t.Errorf("who is suspended and has the password: %d", suspended.Code)
	}
}

// TestManyOriginsAreCounted: one address on the network cannot try one password
// on everybody, nor lock anybody out once it has had too many.
func TestManyOriginsAreCounted(t *testing.T) {
	w := emptyWorld(t)
	try := func(from, who string) bool {
		r := httptest.NewRequest(http.MethodPost, "/masuk", nil)
		r.RemoteAddr = from
		err := (&call{o: w.pages.office, r: r}).attempt(who)
		if err != nil && statusOf(err) != http.StatusTooManyRequests {
			t.Fatal(err)
		}
		return err == nil
	}
	ok := 0
	for i := range 3 * triesAnOrigin {
		if try("192.0.2.1:5000", fmt.Sprint("person ", i)) {
			ok++
		}
	}
	if ok != triesAnOrigin {
		t.Errorf("%d attempts from one origin", ok)
	}
	for range 2 * triesAPerson {
		try("192.0.2.1:5000", "person rini")
	}
	if !try("192.0.2.2:5000", "person rini") {
		t.Error("an origin that had too many attempts locks others out")
	}
}

// TestOrigins: where a request comes from, with and without a proxy.
func TestOrigins(t *testing.T) {
	for _, k := range []struct {
		name, from string
		behind     bool
		forwarded  []string
		want       string
	}{
		{"an address", "192.0.2.1:5000", false, nil, "192.0.2.1"},
		{"a network of IPv6", "[2001:db8:1:2:aaaa::1]:5000", false, nil, "2001:db8:1:2::/64"},
		{"the same network", "[2001:db8:1:2:bbbb::9]:6000", false, nil, "2001:db8:1:2::/64"},
		{"IPv4 within IPv6", "[::ffff:192.0.2.1]:5000", false, nil, "192.0.2.1"},
		{"a zone", "[fe80::1%eth0]:5000", false, nil, "fe80::/64"},
		{"a header nobody asked for", "192.0.2.1:5000", false, []string{"203.0.113.9"}, "192.0.2.1"},
		{"a proxy", "127.0.0.1:5000", true, []string{"203.0.113.9"}, "203.0.113.9"},
		{"what the reader wrote before", "127.0.0.1:5000", true, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"in a line of its own", "127.0.0.1:5000", true, []string{"198.51.100.1", "198.51.100.2,  203.0.113.9 "}, "203.0.113.9"},
		{"with a port", "127.0.0.1:5000", true, []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"IPv6", "127.0.0.1:5000", true, []string{"2001:db8:1:2:aaaa::1"}, "2001:db8:1:2::/64"},
		{"IPv6 in brackets", "127.0.0.1:5000", true, []string{"[2001:db8:1:2:aaaa::1]"}, "2001:db8:1:2::/64"},
		{"IPv6 with a port", "127.0.0.1:5000", true, []string{"[2001:db8:1:2:aaaa::1]:80"}, "2001:db8:1:2::/64"},
		{"no header", "127.0.0.1:5000", true, nil, "127.0.0.1"},
		{"an empty header", "127.0.0.1:5000", true, []string{""}, "127.0.0.1"},
		{"no address", "127.0.0.1:5000", true, []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		{"a name", "127.0.0.1:5000", true, []string{"kantor.go.id"}, "127.0.0.1"},
		{"a socket", "@", false, nil, "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = k.from
		r.Header["X-Forwarded-For"] = k.forwarded
		if got := (&office{Office: Office{BehindProxy: k.behind}}).origin(r); got != "origin "+k.want {
			t.Errorf("%s: %q, want %q", k.name, got, k.want)
		}
	}
}

// TestASecondFactor: set with a code, asked for from then on, each code once.
func TestASecondFactor(t *testing.T) {
	w := newWorld(t)
	b := &browser{w: w}
	b.signIn("nobody@contoh.go.id", password)
	page := b.ask("GET", "/id/profil/faktor-kedua", nil).Body.String()
	secret := regexp.MustCompile(`<code class="copy">([A-Z2-7]{32})</code>`).FindStringSubmatch(page)
	if secret == nil {
		t.Fatal(mainOf(page))
	}
	code := func() string {
		return hotp(must(base32Plain.DecodeString(secret[1])), uint64(w.now().Unix())/totpStep, totpDigits)
	}
	v := url.Values{"old": {password}, "code": {code()}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	if got := b.ask("POST", "/id/profil/faktor-kedua", v); got.Code != 303 {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	other := &browser{w: w}
	if got := other.signIn("nobody@contoh.go.id", password); got.Header().Get("Location") != "/id/masuk/kode?ke=%2Fprofil" {
		t.Fatalf("%d %v", got.Code, got.Header())
	}
	if other.inside() {
		t.Error("the password alone lets in")
	}
	if got := other.ask("POST", "/id/masuk/kode", url.Values{"code": {code()}, "ke": {"/profil"}}); got.Code != 422 {
		t.Errorf("a code that was used: %d", got.Code)
	}
	w.wait(totpStep * time.Second)
	half := other.cookies[sessionCookie]
	if got := other.ask("POST", "/id/masuk/kode", url.Values{"code": {code()}, "ke": {"//jahat.example"}}); got.Code != 303 || got.Header().Get("Location") != "/id/" || !other.inside() {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if other.cookies[sessionCookie] == half {
		t.Error("the token is the same before and after the second factor")
	}
	for _, e := range must(trail(w, "nobody")) {
		if strings.Contains(string(e.After)+string(e.Before)+e.Why, secret[1]) {
			t.Error("the secret stands in the log")
		}
	}
}

func trail(w *world, who string) (all []event.Event, err error) {
	err = w.store.View(w.t.Context(), func(r *store.Reader) (err error) {
		all, err = r.Trail(w.ids[who], 0, 100)
		return err
	})
	return all, err
}

// TestSessionsEnd: idle and absolute, on a new password elsewhere, and when the
// person is kept out.
func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	b := &browser{w: w}
	b.signIn("nobody@contoh.go.id", password)
	w.wait(sessionIdle - time.Second)
	if !b.inside() {
		t.Error("a session ended too early")
	}
	w.wait(sessionIdle)
	if b.inside() {
		t.Error("an idle session lives on")
	}
	b.signIn("nobody@contoh.go.id", password)
	for range 24 {
		w.wait(sessionLasts / 24)
		b.ask("GET", "/id/profil", nil)
	}
	if b.inside() {
		t.Error("a session has no end")
	}
	b.signIn("nobody@contoh.go.id", password)
	other := &browser{w: w}
	other.signIn("nobody@contoh.go.id", password)
	page := b.ask("GET", "/id/profil/kata-sandi", nil).Body.String()
	v := url.Values{"old": {password}, "password": {"aku anak gunung bromo"}, "again": {"aku anak gunung bromo"}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	if got := b.ask("POST", "/id/profil/kata-sandi", v); got.Code != 303 || !b.inside() || other.inside() {
		t.Errorf("a new password: %d, here %v, elsewhere %v", got.Code, b.inside(), other.inside())
	}
	if _, err := w.store.SuspendUser(t.Context(), w.by("admin", "uji"), w.ids["nobody"]); err != nil {
		t.Fatal(err)
	}
	if b.inside() {
		t.Error("who is suspended looks on")
	}
	if raw, err := base64.RawURLEncoding.DecodeString(b.cookies[sessionCookie]); err != nil || len(raw) != 32 {
		t.Errorf("a token of %d bytes", len(raw))
	}
}

// TestViewingEnds: after half an hour, and with the right to it, but not with the
// process.
func TestViewingEnds(t *testing.T) {
	w := newWorld(t)
	views := func() bool {
		return strings.Contains(w.get("administrator-35", "/profil").Body.String(), "Anda melihat halaman sebagai Orang analyst")
	}
	view := func() {
		if got := w.post("administrator-35", "/pengelolaan/orang/@analyst/lihat-sebagai", "why=membantu"); got.Code != 303 || !views() {
			t.Fatalf("%d", got.Code)
		}
	}
	view()
	w.pages = NewOffice(Office{Store: w.store, Now: w.now}, site())
	if !views() {
		t.Error("a restart ends viewing")
	}
	w.wait(viewLasts)
	if views() {
		t.Error("viewing has no end")
	}
	view()
	w.gives("analyst", access.Researcher, "0000", "provinsi", "2027-10-01")
	if views() {
		t.Error("viewing goes on as somebody who has got a wider right")
	}
	w.ids["analyst"] = w.ids["data-steward"]
	if got := w.post("administrator-35", "/pengelolaan/orang/@data-steward/lihat-sebagai", "why=membantu"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	views = func() bool {
		return strings.Contains(w.get("administrator-35", "/profil").Body.String(), "Anda melihat halaman sebagai")
	}
	if !views() {
		t.Fatal("nobody is viewed")
	}
	if _, err := w.store.SuspendUser(t.Context(), w.by("admin", "uji"), w.ids["analyst"]); err != nil {
		t.Fatal(err)
	}
	if views() {
		t.Error("viewing goes on as somebody who is kept out")
	}
}

// TestWithin: sign-in leads back to these pages alone.
func TestWithin(t *testing.T) {
	for to, want := range map[string]string{
		"/profil": "/profil", "/pengelolaan/orang?cari=a+b": "/pengelolaan/orang?cari=a+b", "": "/", "//jahat.example": "/", "https://jahat.example/": "/", "/\\jahat.example": "/",
		"javascript:alert(1)": "/", "profil": "/", "/masuk?ke=/masuk": "/", "/a\r\nSet-Cookie: x": "/", "/%2F/jahat.example": "/",
	} {
		if got := within(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

// TestHTTPS: with an address of https the cookie is for encrypted connections
// alone, and links carry the address.
func TestHTTPS(t *testing.T) {
	w := newWorld(t)
	w.pages = NewOffice(Office{Store: w.store, Now: w.now, URL: "https://dampak.contoh.go.id"}, site())
	r := httptest.NewRequest(http.MethodPost, "/id/masuk", strings.NewReader(url.Values{"email": {"rini@contoh.go.id"}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	w.pages.ServeHTTP(out, r)
	found := false
	for _, c := range out.Result().Cookies() {
		if c.Name == sessionCookieSecure {
			found = c.Secure && c.HttpOnly && c.SameSite == http.SameSiteLaxMode
		}
	}
	if !found {
		t.Errorf("%d %v", out.Code, out.Result().Cookies())
	}
}
