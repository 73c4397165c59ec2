package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// notify sends the anchor of the week to both parties, and tells the holder of
// the province's position that it ends.
func (w *world) notify() {
	w.t.Helper()
	if _, sent, err := w.store.SendAnchor(w.t.Context()); err != nil || !sent {
		w.t.Fatal(sent, err)
	}
	to := notice.Ref{Kind: notice.Position, ID: w.ids["jabatan-provinsi"]}
	if _, err := w.store.Notify(w.t.Context(), notice.Due{Key: "uji", Notice: notice.Notice{To: to, Kind: notice.HoldingEnding, About: to, Values: notice.Values{"day": "2026-12-10", "left": 7}}}); err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{"researcher", "head"} {
		for _, l := range w.letters(name) {
			key := map[string]string{"pusat": "surat-pusat", "provinsi": "surat-provinsi", "jabatan-provinsi": "surat-jabatan"}
			for office, id := range w.ids {
				if id == l.To.ID && key[office] != "" {
					w.ids[key[office]] = l.ID
				}
			}
		}
	}
}

// letters are the unread notices of a person.
func (w *world) letters(name string) (all []store.Letter) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r *store.Reader) error {
		who, err := store.Who(r, w.ids[name], w.now())
		if err == nil {
			all, err = store.Inbox(r, who, false, "", 1000)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

var inboxRows = []row{
	{"", "GET", "/kotak-masuk", "", 303, "", 0}, {"", "GET", "/kotak-masuk/@surat-pusat", "", 303, "", 0}, {"", "POST", "/kotak-masuk", "raw:", 401, "masuklah", 0}, {"", "POST", "/kotak-masuk/@surat-pusat", "raw:", 401, "", 0},
	{"suspended", "GET", "/kotak-masuk", "", 303, "", 0},
	{"head", "GET", "/", "", 200, "2 pemberitahuan belum dibaca di kotak masuk", 0}, {"nobody", "GET", "/", "", 200, ">Kotak masuk</a>", 0},
	{"head", "GET", "/kotak-masuk", "", 200, "Jangkar catatan pekan 48 tahun 2026 – untuk Dinsos Jatim", 0}, {"head", "GET", "/kotak-masuk", "", 200, "Masa jabatan Kepala Dinsos Jatim, Dinsos Jatim berakhir 10 Desember 2026", 0},
	{"head", "GET", "/kotak-masuk", "", 200, "Kotak masuk (2)", 0}, {"researcher", "GET", "/kotak-masuk", "", 200, "Kotak masuk: 1 belum dibaca", 0}, {"analyst", "GET", "/kotak-masuk", "", 200, "Kotak masuk: 1 belum dibaca", 0},
	{"nobody", "GET", "/kotak-masuk", "", 200, "belum memegang jabatan", 0}, {"kabupaten-officer", "GET", "/kotak-masuk", "", 200, "Belum ada pemberitahuan", 0}, {"admin", "GET", "/kotak-masuk", "", 200, "belum memegang jabatan", 0},
	// One's own, and nobody else's: another organisation's is not even there.
	{"researcher", "GET", "/kotak-masuk/@surat-pusat", "", 200, "Jangkar untuk disimpan", 0}, {"head", "GET", "/kotak-masuk/@surat-jabatan", "", 200, "Tinggal 7 hari", 0},
	{"head", "GET", "/kotak-masuk/@surat-pusat", "", 404, "Halaman ini tidak ada", 0}, {"admin", "GET", "/kotak-masuk/@surat-pusat", "", 404, "", 0}, {"analyst", "GET", "/kotak-masuk/@surat-jabatan", "", 404, "", 0}, {"head", "GET", "/kotak-masuk/tidakada", "", 404, "", 0},
	{"head", "POST", "/kotak-masuk/@surat-pusat", "raw:", 409, "", 0}, {"kabupaten-officer", "POST", "/kotak-masuk", "raw:", 409, "", 0},
	{"head", "POST", "/kotak-masuk/@surat-jabatan", "", 303, "", 1}, {"head", "POST", "/kotak-masuk/@surat-jabatan", "raw:", 409, "", 0}, {"head", "GET", "/kotak-masuk/@surat-jabatan", "", 200, "Anda tandai sudah dibaca", 0},
	{"head", "GET", "/kotak-masuk", "", 200, "Kotak masuk: 1 belum dibaca", 0}, {"head", "POST", "/kotak-masuk", "", 303, "", 1}, {"head", "GET", "/kotak-masuk?selesai", "", 200, "Sudah ditandai", 0},
	{"head", "GET", "/kotak-masuk", "", 200, "semua sudah dibaca", 0}, {"analyst", "GET", "/kotak-masuk", "", 200, "Kotak masuk: 1 belum dibaca", 0},
	{"head", "GET", "/kotak-masuk?sebelum=0", "", 200, "", 0}, {"head", "GET", "/kotak-masuk?sebelum=%27%3B--", "", 200, "Sudah dibaca", 0},
	{"auditor", "GET", "/pengelolaan/catatan", "", 200, "mengirim jangkar pekan 48 tahun 2026 ke kotak masuk kedua pihak", 0}, {"auditor", "GET", "/pengelolaan/catatan", "", 200, "menandai pemberitahuan sebagai sudah dibaca: Orang head", 0},
}

// TestFormsOfTheInbox: a token counts once and for its own page, and what is
// another's is not there, whatever one sends.
func TestFormsOfTheInbox(t *testing.T) {
	w := newWorld(t)
	before := w.head()
	for _, x := range []struct {
		name, who, path string
		form            url.Values
		status          int
	}{
		{"a form of the whole inbox for one notice", "head", "/kotak-masuk/@surat-jabatan", w.opened("head", "/kotak-masuk"), 409},
		{"a form of another notice", "head", "/kotak-masuk/@surat-jabatan", w.opened("head", "/kotak-masuk/@surat-provinsi"), 409},
		{"another's form", "analyst", "/kotak-masuk/@surat-provinsi", w.opened("head", "/kotak-masuk/@surat-provinsi"), 409},
		{"a forged form", "head", "/kotak-masuk", url.Values{"form": {"00.ff"}}, 409},
	} {
		if got := w.sendForm(x.who, x.path, x.form); got.Code != x.status || w.head() != before {
			t.Errorf("%s: %d", x.name, got.Code)
		}
	}
	v := w.opened("head", "/kotak-masuk")
	for i, status := range []int{303, 409} {
		if got := w.sendForm("head", "/kotak-masuk", v); got.Code != status || w.head() != before+1 {
			t.Errorf("sent %d times: %d", i+1, got.Code)
		}
	}
	// Two windows: the second one finds it marked already.
	a, b := w.opened("analyst", "/kotak-masuk/@surat-provinsi"), w.opened("analyst", "/kotak-masuk/@surat-provinsi")
	if got := w.sendForm("analyst", "/kotak-masuk/@surat-provinsi", a); got.Code != 303 {
		t.Error(got.Code)
	}
	if got := w.sendForm("analyst", "/kotak-masuk/@surat-provinsi", b); got.Code != 409 || !strings.Contains(got.Body.String(), "sudah ditandai") {
		t.Errorf("%d %s", got.Code, mainOf(got.Body.String()))
	}
}

// TestAnotherPartysLetterCannotBeMarked although a form for its address is right.
func TestAnotherPartysLetterCannotBeMarked(t *testing.T) {
	w := newWorld(t)
	w.get("head", "/kotak-masuk")
	sess := must(w.pages.office.sessionOf(requestOf(w, "head")))
	path := w.fill("/kotak-masuk/@surat-pusat")
	before := w.head()
	if got := w.sendForm("head", path, url.Values{"form": {sess.formToken(path)}}); got.Code != 404 || w.head() != before {
		t.Errorf("%d", got.Code)
	}
}

func requestOf(w *world, who string) *http.Request {
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(w.cookie(who))
	return r
}

// TestAnInboxSeenAsAnother can be read and not marked.
func TestAnInboxSeenAsAnother(t *testing.T) {
	w := newWorld(t)
	if got := w.post("admin", "/pengelolaan/orang/@head/lihat-sebagai", "why=membantu"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	page := w.get("admin", "/kotak-masuk").Body.String()
	if !strings.Contains(page, "2 belum dibaca") || strings.Contains(page, "Tandai semua") {
		t.Errorf("%s", mainOf(page))
	}
	if page = w.get("admin", "/kotak-masuk/@surat-jabatan").Body.String(); strings.Contains(page, "Tandai sudah") || !strings.Contains(page, "10 Desember 2026") {
		t.Errorf("%s", mainOf(page))
	}
	if got := w.sendForm("admin", "/kotak-masuk", url.Values{}); got.Code != 403 {
		t.Error(got.Code)
	}
}

// TestAnAnchorFromTheInboxVerifies as it stands on the page, in the form of the
// log.
func TestAnAnchorFromTheInboxVerifies(t *testing.T) {
	w := newWorld(t)
	code := regexp.MustCompile(`<code class="copy">(\d+:[0-9a-f]{64})</code>`).FindStringSubmatch(w.get("researcher", "/kotak-masuk/@surat-pusat").Body.String())
	if code == nil {
		t.Fatal("no anchor on the page")
	}
	a, err := event.ParseAnchor(code[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Verify(t.Context(), a); err != nil {
		t.Error(err)
	}
	a.Hash = strings.Repeat("0", 64)
	if _, err := w.store.Verify(t.Context(), a); err == nil {
		t.Error("another hash verifies")
	}
}

// TestALongInbox comes in pieces, and all of it can be marked.
func TestALongInbox(t *testing.T) {
	w := newWorld(t)
	for i := range unreadPiece + 30 {
		to := notice.Ref{Kind: notice.Organisation, ID: w.ids["sampang"]}
		if _, err := w.store.Notify(t.Context(), notice.Due{Key: fmt.Sprint("uji/", i), Notice: notice.Notice{To: to, Kind: notice.HoldingEnding, About: notice.Ref{Kind: "position", ID: w.ids["jabatan-sampang"]}, Values: notice.Values{"day": "2026-12-10", "left": i}}}); err != nil {
			t.Fatal(err)
		}
	}
	w.gives("nobody", access.Analyst, "3527", "sampang", registry.Day("2027-01-01"))
	page := w.get("nobody", "/kotak-masuk").Body.String()
	if n := strings.Count(page, `href="/id/kotak-masuk/`); n != unreadPiece || !strings.Contains(page, "130 belum dibaca") || !strings.Contains(page, "Hanya 100 yang terbaru") {
		t.Errorf("%d notices on %s", n, mainOf(page))
	}
	if got := w.post("nobody", "/kotak-masuk", ""); got.Code != 303 {
		t.Fatal(got.Code)
	}
	seen := 0
	for path := "/kotak-masuk"; path != ""; {
		page = w.get("nobody", path).Body.String()
		seen += strings.Count(page, `href="/id/kotak-masuk/`)
		m := regexp.MustCompile(`href="/id(/kotak-masuk\?sebelum=[^"#]+)`).FindStringSubmatch(page)
		if path = ""; m != nil {
			path = m[1]
		}
	}
	if seen != unreadPiece+30 {
		t.Errorf("%d notices on all pages", seen)
	}
}
