package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

func (w *world) shows(got *httptest.ResponseRecorder, status int, words ...string) {
	w.t.Helper()
	if got.Code != status {
		w.t.Errorf("%d, want %d: %s", got.Code, status, mainOf(got.Body.String()))
	}
	for _, s := range words {
		if !strings.Contains(got.Body.String(), s) {
			w.t.Errorf("it does not say %q: %s", s, mainOf(got.Body.String()))
		}
	}
}

// TestAnOpenScreenOpensNoWay: how one signs in oneself is changed on the profile,
// with the password, not on the pages or by the API of an open session.
func TestAnOpenScreenOpensNoWay(t *testing.T) {
	w := newWorld(t)
	if _, err := w.store.SetSecondFactor(t.Context(), w.by("admin", ""), "JBSWY3DPEHPK3PXP", ""); err != nil {
		t.Fatal(err)
	}
	before := w.head()
	for _, path := range []string{"/pengelolaan/orang/@admin/undang", "/pengelolaan/orang/@admin/hapus-faktor-kedua"} {
		w.shows(w.get("admin", path), 403, "halaman profil")
		v := w.opened("admin", "/pengelolaan/orang/@admin/ubah")
		v.Set("form", must(w.pages.office.sessions.find(t.Context(), w.jar["admin"])).formToken(w.fill(path)))
		v.Set("why", "uji")
		w.shows(w.sendForm("admin", path, v), 403, "halaman profil")
	}
	page := w.get("admin", "/pengelolaan/orang/@admin").Body.String()
	for _, path := range []string{"/undang\"", "/hapus-faktor-kedua"} {
		if strings.Contains(page, path) {
			t.Errorf("the page offers %s", path)
		}
	}
	for _, path := range []string{"/invite", "/remove-second-factor"} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/users/"+w.ids["admin"]+path, strings.NewReader(fmt.Sprintf(`{"seen":%d,"why":"uji"}`, before)))
		r.Header.Set("Content-Type", "application/json")
		w.shows(w.send("admin", r), 403, "denied-own-way")
	}
	if w.head() != before {
		t.Error("something was done")
	}
}

// TestWhoOpenedTheWayIsShown on the profile and in the inbox of who it was opened
// for, with the act in their trail.
func TestWhoOpenedTheWayIsShown(t *testing.T) {
	w := newWorld(t)
	if strings.Contains(w.get("head", "/profil").Body.String(), "membuka jalan masuk") {
		t.Error("the first way in is told")
	}
	w.shows(w.post("second", "/pengelolaan/orang/@head/undang", "why=lupa kata sandi"), 200)
	w.shows(w.get("head", "/profil"), 200, "Orang second membuka jalan masuk Anda pada", "lupa kata sandi")
	w.shows(w.get("head", "/kotak-masuk"), 200, "Orang second membuka jalan masuk Anda pada")
}

// TestOwnTokens are listed on the profile, and ended there; nobody else's.
func TestOwnTokens(t *testing.T) {
	w := newWorld(t)
	until := registry.DayOf(w.now()).Add(30)
	_, shown, _, err := w.store.MakeToken(t.Context(), w.by("admin", "laporan"), w.ids["analyst"], store.ReadScope, until)
	if err != nil {
		t.Fatal(err)
	}
	other, _, _, err := w.store.MakeToken(t.Context(), w.by("admin", "laporan"), w.ids["head"], store.ReadScope, until)
	if err != nil {
		t.Fatal(err)
	}
	w.shows(w.get("analyst", "/profil"), 200, "Token Anda", "Rini Admin", "membaca saja")
	w.shows(w.post("analyst", "/profil/token", "token="+other), 422, "Tidak ada token")
	var id string
	if err := w.store.View(t.Context(), func(r *store.Reader) error {
		found, ok, err := store.TokenShown(r, shown, w.now())
		if id = found.ID; !ok {
			t.Error("the token does not count")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.shows(w.post("analyst", "/profil/token", "token="+id+"&why=bukan milik saya"), 303)
	w.shows(w.get("analyst", "/profil?selesai=end-token"), 200, "Token sudah diakhiri")
	if strings.Contains(w.get("analyst", "/profil").Body.String(), "Token Anda") {
		t.Error("the ended token is listed")
	}
}

// TestAStaleFormOverwritesNothing: the profile's own form neither, and no number in
// a form makes one pass for fresh.
func TestAStaleFormOverwritesNothing(t *testing.T) {
	w := newWorld(t)
	old := w.opened("nobody", "/profil/ubah")
	w.shows(w.post("admin", "/pengelolaan/orang/@nobody/ubah", "name=Orang Lain&email=nobody@contoh.go.id&organisation=@sampang&language=id"), 303)
	old.Set("name", "Orang Lama")
	old.Set("language", "id")
	w.shows(w.sendForm("nobody", "/profil/ubah", old), 409, "Orang Lama", "Rini Admin")
	for _, seen := range []string{"-1", "0", "", "999999"} {
		forged := w.opened("nobody", "/profil/ubah")
		forged.Set("seen", seen)
		forged.Set("name", "Orang Lama")
		forged.Set("language", "id")
		w.shows(w.sendForm("nobody", "/profil/ubah", forged), 409)
		forged = w.opened("admin", "/pengelolaan/orang/@nobody/ubah")
		forged.Set("seen", seen)
		for k, v := range map[string]string{"name": "Orang Lama", "email": "nobody@contoh.go.id", "organisation": w.ids["sampang"], "language": "id"} {
			forged.Set(k, v)
		}
		w.shows(w.sendForm("admin", "/pengelolaan/orang/@nobody/ubah", forged), 409)
	}
	w.shows(w.get("nobody", "/profil"), 200, "Orang Lain")
	w.shows(w.post("nobody", "/profil/ubah", "name=Orang Baru&language=id"), 303)
}

// TestARestingGrantSaysSo, with the reason.
func TestARestingGrantSaysSo(t *testing.T) {
	w := newWorld(t)
	var id string
	if err := w.store.View(t.Context(), func(r *store.Reader) error {
		given, err := store.GrantsOf(r, w.ids["head"])
		id = given[0].ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.get("admin", "/pengelolaan/hak").Body.String(), "sedang tidak berlaku") {
		t.Error("a grant rests")
	}
	w.wait(20 * 24 * time.Hour) // the head's position was until 10 December
	w.shows(w.get("admin", "/pengelolaan/hak"), 200, "sedang tidak berlaku")
	w.shows(w.get("admin", "/pengelolaan/hak/"+id), 200, "tidak memegang jabatan di sana")
	w.shows(w.get("head", "/pengelolaan/orang/tambah"), 403)
	w.shows(w.get("head", "/profil"), 200, "sedang tidak berlaku")
	if _, err := w.store.BeginHolding(t.Context(), w.by("admin", "uji"), w.ids["jabatan-provinsi"], registry.Holding{User: w.ids["head"], Capacity: event.Definitive, Period: registry.Period{From: registry.DayOf(w.now())}}); err != nil {
		t.Fatal(err)
	}
	if s := w.get("admin", "/pengelolaan/hak/"+id).Body.String(); strings.Contains(s, "sedang tidak berlaku") {
		t.Error("it rests although the position is held again")
	}
}

// TestAClockBehindTheRecordIsTold at sign-in, and no raw word of a state.
func TestAClockBehindTheRecordIsTold(t *testing.T) {
	w := newWorld(t)
	w.at = w.at.AddDate(-1, 0, 0)
	got := (&browser{w: w}).signIn("nobody@contoh.go.id", password)
	w.shows(got, 422, "betulkan jamnya")
	if s := got.Body.String(); strings.Contains(s, "[problem") || strings.Contains(s, "denied-") {
		t.Error(mainOf(s))
	}
}

// TestWhatCannotBeKeptIsRefused: NUL and what is no UTF-8, in an address or a form,
// on pages and in the API; nothing of it reaches the log of what went wrong.
func TestWhatCannotBeKeptIsRefused(t *testing.T) {
	w := newWorld(t)
	before := w.head()
	ok := func(what string, got *httptest.ResponseRecorder) {
		t.Helper()
		if got.Code < 400 || got.Code > 422 {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	for _, bad := range []string{"%00", "rahasia%00", "%ff", "rahasia%c3"} {
		for _, path := range []string{"/pengelolaan/orang/", "/pengelolaan/hak/", "/pengelolaan/instansi/", "/kotak-masuk/", "/api/v1/users/", "/api/v1/events/"} {
			ok(path+bad, w.get("admin", path+bad))
		}
		v := w.opened("admin", "/pengelolaan/orang/@other/ubah")
		for k, x := range map[string]string{"name": "Orang rahasia\x00", "email": "x@contoh.go.id\xff", "language": "id", "organisation": "rahasia\xff"} {
			v.Set(k, x)
		}
		ok("a form", w.sendForm("admin", "/pengelolaan/orang/@other/ubah", v))
		if got := (&browser{w: w}).signIn("rahasia\x00@contoh.go.id", "x"); got.Code < 400 || got.Code > 429 {
			t.Errorf("signing in: %d", got.Code)
		}
	}
	if w.head() != before {
		t.Error("something was done")
	}
	if s := w.said.String(); strings.Contains(s, "rahasia") {
		t.Errorf("the log says %s", s)
	}
}
