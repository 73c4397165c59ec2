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
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/internal/testenv"
)

// TestRegionsAndProgrammesInABrowser: no page of regions, programmes and their tables
// runs over the edge at 1280 or 360 px, in either language, and each prints. Where
// DAMPAK_PICTURES names a folder, pictures and prints are left there.
func TestRegionsAndProgrammesInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	w := newWorld(t)
	w.cooperates()
	w.measured()
	w.funded()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		r.AddCookie(w.cookie("walidata-dua"))
		w.pages.ServeHTTP(out, r)
	}))
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 8*time.Minute)
	defer stop()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, free := chromedp.NewExecAllocator(ctx, options...)
	defer free()
	tab, end := chromedp.NewContext(allocator)
	defer end()
	pictures := os.Getenv("DAMPAK_PICTURES")
	for i, path := range []string{"/id/", "/id/wilayah", "/en/wilayah/3507", "/en/program", "/id/program/@pkh", "/en/program/@pkh?wilayah=3507", "/id/program/@pkh/wilayah", "/id/angka/@tabel-menunggu"} {
		if err := chromedp.Do(tab, chromedp.Navigate(server.URL+w.fill(path)), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, width := range []int64{360, 1280} {
			if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatalf("%s at %d px: %v", path, width, err)
			}
			if over, err := chromedp.Run(tab, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - window.innerWidth")); err != nil || over > 0 {
				t.Errorf("%s at %d px runs %d px over the edge (%v)", path, width, over, err)
			}
			if pictures == "" {
				continue
			}
			picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(pictures, fmt.Sprintf("wilayah-%02d-%d.png", i, width)), picture, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
		printed, err := chromedp.Call(tab, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
		if err != nil {
			t.Fatalf("%s cannot be printed: %v", path, err)
		}
		paper := printed.Data
		if raw, err := base64.StdEncoding.DecodeString(string(paper)); err == nil {
			paper = raw
		}
		if !strings.HasPrefix(string(paper), "%PDF-") {
			t.Errorf("%s printed is no PDF", path)
		}
		if pictures != "" {
			if err := os.WriteFile(filepath.Join(pictures, fmt.Sprintf("wilayah-%02d.pdf", i)), paper, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}
