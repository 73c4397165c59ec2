package web

import (
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/result"
)

func site() Site {
	return Site{
		Publisher: result.Text{ID: "BPS, Susenas", EN: "BPS, Susenas"},
		Official: []registry.Statistic{
			figureOf("poor", "35", "2020-03", 4419.10), figureOf("p0", "35", "2020-03", 11.09), figureOf("poor", "35", "2025-09", 3804.29), figureOf("p0", "35", "2025-09", 9.30),
			figureOf("p0", "3501", "2025-03", 12.97), figureOf("p0", "3527", "2020-03", 22.78), figureOf("p0", "3527", "2025-03", 20.61), figureOf("p0", "35", "2025-03", 9.50),
		},
		Tiles: []Tile{{"3501", "Pacitan", 1, 5}, {"3527", "Sampang", 8, 1}, {"3507", "Malang", 6, 5}},
		Studies: []Study{{ID: "contoh", Title: result.Text{ID: "Judul", EN: "Title"}, Question: result.Text{ID: "Apakah?", EN: "Does it?"},
			Answer: result.Text{ID: "Belum dapat dibedakan.", EN: "Cannot be told."}, Grade: result.Weak,
			Body: map[i18n.Lang]template.HTML{i18n.ID: "<p>isi</p>", i18n.EN: "<p>body</p>"}}},
	}
}

func figureOf(indicator, region, period string, v float64) registry.Statistic {
	return registry.Statistic{Indicator: indicator, Region: region, Period: period, Value: &v, Decimals: 2}
}

// pagesOf are the pages of an office in which nothing has happened.
func pagesOf(t *testing.T, site ...Site) *Pages {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC) }
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return NewOffice(Office{Store: s, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, site...)
}

func TestPages(t *testing.T) {
	pages := pagesOf(t, site())
	for _, c := range []struct {
		method, url, cookie string
		status              int
		contains            []string
	}{
		{"GET", "/", "", 200, []string{`<html lang="id">`, "3.804,29 ribu jiwa penduduk miskin", "turun dari 4.419,10 ribu", "11,09\u00a0%", "Data resmi: BPS", "data contoh", "Kabupaten Sampang", "20,61"}},
		{"GET", "/id/", "en", 200, []string{`<html lang="id">`}},
		{"GET", "/en/", "", 200, []string{`<html lang="en">`, "3,804.29 thousand people", "down from 4,419.10 thousand", "Official figures: BPS", "invented data"}},
		{"GET", "/", "en", 200, []string{`<html lang="en">`, `href="/id/"`}},
		{"GET", "/", "xx", 200, []string{`<html lang="id">`}},
		{"GET", "/en", "", 308, nil},
		{"GET", "/studi", "", 200, []string{"1 studi", "bukti lemah", `href="/id/studi/contoh"`}},
		{"GET", "/en/studi", "", 200, []string{"1 study,", "weak evidence"}},
		{"GET", "/studi/contoh", "", 200, []string{"<p>isi</p>", "Belum dapat dibedakan.", `href="/en/studi/contoh"`}},
		{"GET", "/en/studi/contoh", "", 200, []string{"<p>body</p>"}},
		{"GET", "/studi/lain", "", 303, nil}, // it may be one of the record
		{"GET", "/en/nowhere", "", 404, []string{"There is no such page"}},
		{"GET", "/assets/none.css", "", 404, nil},
		{"GET", "/en" + pages.css, "", 404, nil},
		{"GET", pages.css, "", 200, []string{":root"}},
		{"HEAD", "/", "", 200, nil},
		{"POST", "/", "", 405, nil},
		{"DELETE", "/studi/contoh", "", 405, nil},
	} {
		w := ask(pages, c.method, c.url, c.cookie)
		if w.Code != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.url, w.Code, c.status)
		}
		for _, s := range c.contains {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s %s (%s): no %q", c.method, c.url, c.cookie, s)
			}
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Content-Security-Policy": policy} {
			if got := styleNonce.ReplaceAllString(w.Header().Get(name), "style-src 'self'"); got != want {
				t.Errorf("%s: %s is %q", c.url, name, got)
			}
		}
		if at := outside.FindString(w.Body.String()); at != "" {
			t.Errorf("%s asks elsewhere: %s", c.url, at)
		}
		if at := unfilled.FindString(w.Body.String()); at != "" && strings.Contains(w.Header().Get("Content-Type"), "html") {
			t.Errorf("%s: a word is missing: %s", c.url, at)
		}
	}
}

var (
	// styleNonce is of the rules for paper, which are made for each page.
	styleNonce = regexp.MustCompile(`style-src 'self' 'nonce-[0-9a-f]{32}'`)
	outside    = regexp.MustCompile(`(src|href)="(https?:)?//[^"]*"|url\(http`)
	unfilled   = regexp.MustCompile(`\[(?:web|record|role|state|capacity|problem|permission)\.[a-z.-]+\]|\{[a-z]+[:}]`)
)

func ask(h http.Handler, method, url, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, nil)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestProgressThenReady(t *testing.T) {
	pages := pagesOf(t)
	pages.Progress(result.Text{ID: "menjalankan", EN: "running"}, 0.42)
	w := ask(pages, "GET", "/", "")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "42 %") ||
		!strings.Contains(w.Body.String(), `http-equiv="refresh"`) || !strings.Contains(w.Body.String(), "menjalankan") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := ask(pages, "GET", pages.css, ""); w.Code != 200 {
		t.Errorf("style while waiting: %d", w.Code)
	}
	pages.Ready(site())
	if w := ask(pages, "GET", "/", ""); w.Code != 200 || strings.Contains(w.Body.String(), "refresh") {
		t.Errorf("after Ready: %d", w.Code)
	}
}

func TestTheLanguageIsRemembered(t *testing.T) {
	pages := pagesOf(t, site())
	if got := ask(pages, "GET", "/en/", "").Header().Get("Set-Cookie"); !strings.HasPrefix(got, "bahasa=en; Path=/;") {
		t.Errorf("cookie %q", got)
	}
	if got := ask(pages, "GET", "/", "en").Header().Get("Set-Cookie"); got != "" {
		t.Errorf("cookie without a choice: %q", got)
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	pages := pagesOf(t, site())
	for _, url := range []string{pages.css, pages.report} {
		w := ask(pages, "GET", url, "")
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Vary") != "" {
			t.Errorf("%s: %d %v", url, w.Code, w.Header())
		}
	}
}
