package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/internal/testenv"
)

// window is a browser at the pages of a world.
type window struct {
	t    *testing.T
	w    *world
	tab  context.Context
	base string
	who  atomic.Pointer[http.Cookie]
}

// browses opens a browser as somebody.
func (w *world) browses(t *testing.T, who string) *window {
	t.Helper()
	testenv.Need(t, "chromium")
	b := &window{t: t, w: w}
	b.as(who)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if c := b.who.Load(); c != nil {
			r.AddCookie(c)
		}
		w.pages.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	ctx, stop := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(stop)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, free := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(free)
	tab, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	b.tab, b.base = tab, server.URL
	return b
}

// as lets somebody else sit down at the browser; "" = nobody is signed in.
func (b *window) as(who string) { b.who.Store(b.w.cookie(who)) }

func (b *window) opens(path string) {
	b.t.Helper()
	if err := chromedp.Do(b.tab, chromedp.Navigate(b.base+b.w.fill(path)), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
}

// fits opens a page: it runs over no edge at 360 or 1280 px, and it prints. Where
// DAMPAK_PICTURES names a folder, pictures and the print are left there under a name.
func (b *window) fits(path, name string) {
	b.t.Helper()
	b.opens(path)
	pictures := os.Getenv("DAMPAK_PICTURES")
	for _, width := range []int64{360, 1280} {
		if err := chromedp.Do(b.tab, chromedp.EmulateViewport(width, 900)); err != nil {
			b.t.Fatalf("%s at %d px: %v", path, width, err)
		}
		if over, err := chromedp.Run(b.tab, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - window.innerWidth")); err != nil || over > 0 {
			b.t.Errorf("%s at %d px runs %d px over the edge (%v)", path, width, over, err)
		}
		if pictures == "" {
			continue
		}
		picture, err := chromedp.Run(b.tab, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(pictures, fmt.Sprintf("%s-%d.png", name, width)), picture, 0o600)
		}
		if err != nil {
			b.t.Error(err)
		}
	}
	printed, err := chromedp.Call(b.tab, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		b.t.Fatalf("%s cannot be printed: %v", path, err)
	}
	paper := printed.Data
	if raw, err := base64.StdEncoding.DecodeString(string(paper)); err == nil {
		paper = raw
	}
	if !strings.HasPrefix(string(paper), "%PDF-") {
		b.t.Errorf("%s printed is no PDF", path)
	}
	if pictures != "" {
		if err := os.WriteFile(filepath.Join(pictures, name+".pdf"), paper, 0o600); err != nil {
			b.t.Error(err)
		}
	}
}

// TestRegionsAndProgrammesInABrowser: no page of regions, programmes and their tables
// runs over the edge at 1280 or 360 px, in either language, and each prints.
func TestRegionsAndProgrammesInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	w := newWorld(t)
	w.cooperates()
	w.measured()
	w.funded()
	b := w.browses(t, "walidata-dua")
	for i, path := range []string{"/id/", "/id/wilayah", "/en/wilayah/3507", "/en/program", "/id/program/@pkh", "/en/program/@pkh?wilayah=3507", "/id/program/@pkh/wilayah", "/id/angka/@tabel-menunggu"} {
		b.fits(path, fmt.Sprintf("wilayah-%02d", i))
	}
}
