package web

import (
	"bytes"
	"context"
	"html"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/handbook"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/testenv"
)

// methodPaths are the pages of the methods and of calibration, without the
// prefix of the language.
func methodPaths() []string {
	paths := []string{"/metode", "/metode/kalibrasi", "/metode/aturan"}
	for _, m := range designs.Methods() {
		paths = append(paths, "/metode/"+m.Name)
	}
	return paths
}

func TestMethodPages(t *testing.T) {
	pages := pagesOf(t, site())
	for _, c := range []struct {
		url      string
		status   int
		contains []string
	}{
		{"/metode", 200, []string{"menurut aturan apa?", `href="/id/metode/did-callaway-santanna"`, `href="/id/metode/kalibrasi"`, "bukti kuat", "●"}},
		{"/en/metode", 200, []string{"by which rule?", "strong evidence", `aria-current="page"`}},
		{"/metode/did-twfe", 200, []string{"Yang sudah menerima tetap dianggap menerima", "Tidak ada data yang dapat menguji syarat ini.", "Goodman-Bacon (2021)", "estimator: twfe", `href="/en/metode/did-twfe"`}},
		{"/en/metode/did-callaway-santanna", 200, []string{"No data can test this.", "doubly-robust-improved", "Which check speaks to which assumption"}},
		{"/en/metode/experiment", 200, []string{"<code>vce: cr2</code>", "randomisation"}},
		{"/metode/kalibrasi", 200, []string{"berapa yang memuat kebenaran?", "Dua belas kabupaten", `<svg class="strip fails"`, "-update", `href="/metode/kalibrasi.csv"`}},
		{"/en/metode/kalibrasi", 200, []string{"how many held the truth?", "Twelve regencies", "never from a choice"}},
		{"/metode/aturan", 200, []string{"Menurut aturan apa", "<code>pre-trend-failed</code>", "kurang 1 titik", "<code>plan.design.**</code>", "seluruh keluaran ditolak", "batas <code>min-cell</code>", "Permendagri 3/2018", `id="keluar"`}},
		{"/en/metode/aturan", 200, []string{"By which rules", "the dots stay", "major", "the cell is withheld", "AEA RCT registry", "checks and decides"}},
		{"/metode/none", 404, []string{"Halaman ini tidak ada"}},
		{"/metode", 200, []string{`href="/id/metode/aturan"`}},
		{"/", 200, []string{`href="/id/metode"`, `href="/id/metode/kalibrasi"`}},
	} {
		w := ask(pages, "GET", c.url, "")
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.url, w.Code, c.status)
		}
		for _, s := range c.contains {
			if !strings.Contains(html.UnescapeString(w.Body.String()), s) {
				t.Errorf("%s: no %q", c.url, s)
			}
		}
	}
}

func TestCalibrationAsAFile(t *testing.T) {
	w := ask(pagesOf(t, site()), "GET", "/metode/kalibrasi.csv", "")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || !bytes.Equal(w.Body.Bytes(), handbook.CalibrationCSV()) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// TestEveryClaimIsOnThePage: the page of calibration has a row for each claim of
// the registry, twice: among its world and among all numbers.
func TestEveryClaimIsOnThePage(t *testing.T) {
	claims := 0
	for _, e := range designs.All() {
		claims += len(e.Claims)
	}
	body := ask(pagesOf(t, site()), "GET", "/en/metode/kalibrasi", "").Body.String()
	if rows := strings.Count(body, `<th scope="row">`); rows != 2*claims {
		t.Errorf("%d rows, %d claims", rows, claims)
	}
}

// TestMethodPagesInOneLanguage: no sentence of one language stands on a page of
// the other, nothing is fetched from elsewhere, every heading that is linked is
// there.
func TestMethodPagesInOneLanguage(t *testing.T) {
	pages := pagesOf(t, site())
	target := regexp.MustCompile(`href="#([^"]+)"`)
	missing := regexp.MustCompile(`\[(methods|design|web)\.[a-z]`)
	for _, path := range methodPaths() {
		for _, l := range i18n.Langs {
			w := ask(pages, "GET", "/"+string(l)+path, "")
			body := html.UnescapeString(w.Body.String())
			if w.Code != 200 || missing.MatchString(body) || outside.MatchString(body) {
				t.Errorf("%s in %s: status %d, a word is missing, or it asks elsewhere", path, l, w.Code)
			}
			for _, m := range target.FindAllStringSubmatch(body, -1) {
				if !strings.Contains(body, `id="`+m[1]+`"`) {
					t.Errorf("%s in %s: nothing is at #%s", path, l, m[1])
				}
			}
			for _, key := range i18n.Keys(other(l)) {
				s := i18n.Raw(other(l), key)
				if len(s) < 25 || strings.ContainsAny(s, "{[`") || !strings.Contains(s, " ") || s == i18n.Raw(l, key) {
					continue
				}
				if strings.Contains(body, s) {
					t.Errorf("%s in %s has %q (%s)", path, l, s, key)
				}
			}
		}
	}
}

// TestStripsStayOnTheirScale: a share off the scale is drawn at its edge with an
// arrow.
func TestStripsStayOnTheirScale(t *testing.T) {
	for _, c := range []struct {
		value float64
		kind  string
		want  []string
	}{
		{95, "valid", []string{`<circle class="point"`}},
		{0, "fails", []string{`class="edge"`, `class="cross"`}},
		{99, "conservative", []string{`<path class="point"`}},
	} {
		svg := string(strip(&handbook.Mark{Value: c.value, From: 85, To: 100, Low: 93, High: 97, Kind: c.kind}))
		for _, s := range c.want {
			if !strings.Contains(svg, s) {
				t.Errorf("%v %s: no %s in %s", c.value, c.kind, s, svg)
			}
		}
		if c.value > 85 && strings.Contains(svg, "edge") {
			t.Errorf("%v is on the scale: %s", c.value, svg)
		}
	}
}

// TestMethodPagesFit: in a browser nothing runs over the edge of a phone, a
// tablet or a desk.
func TestMethodPagesFit(t *testing.T) {
	testenv.Need(t, "chromium")
	server := httptest.NewServer(pagesOf(t, site()))
	defer server.Close()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(testenv.Chromium()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	for _, path := range methodPaths() {
		for _, width := range []int64{360, 768, 1280} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+"/id"+path), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
				t.Fatalf("%s at %d px: %v", path, width, err)
			}
			over, err := chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - window.innerWidth"))
			if err != nil || over > 0 {
				t.Errorf("%s at %d px runs %d px over the edge (%v)", path, width, over, err)
			}
		}
	}
}
