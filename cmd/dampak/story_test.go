package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/testenv"
)

// TestTheDemoInABrowser is the story of a newcomer: `dampak demo`, the pages
// come up, Beranda says how many are poor, each study opens with its answer.
// At 1280 and 360 px nothing runs over the edge, nothing is fetched from
// outside, and the pages' own policy blocks nothing of theirs.
func TestTheDemoInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	t.Parallel()
	base := startDemo(t)
	waitReady(t, base)
	browser := newBrowser(t)
	var outside, complaints lines
	err := chromedp.Listen(browser, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, base) && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "about:") {
				outside.add(u)
			}
		case *log.EventEntryAdded:
			complaints.add(e.Entry.Text)
		}
	})
	if err == nil {
		_, err = chromedp.Call(browser, log.Enable, cdp.Empty{})
	}
	if err == nil {
		_, err = chromedp.Call(browser, network.Enable, network.EnableParams{})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{1280, 360} {
		for path, want := range map[string]string{
			"/id/":                      "4.419,10 ribu jiwa",
			"/en/":                      "4,419.10 thousand",
			"/id/studi/jatim-2021":      "belum dapat dibedakan dari kebetulan",
			"/en/studi/demo-did":        "The truth (invented data)",
			"/id/studi/demo-experiment": "Kebenarannya (data contoh)",
			"/id/studi":                 "Kemiskinan Jawa Timur sejak 2021",
			// A report's first lines say what may be concluded, whatever was found.
			"/id/studi/demo-did-broken":             "Yang boleh disimpulkan:",
			"/en/studi/demo-did-few":                "wild cluster bootstrap",
			"/id/studi/demo-did-twfe":               "bobot koefisien tunggal membandingkan dengan yang sudah menerima program",
			"/en/studi/demo-did-without-covariates": "in the other study; the truth is",
			"/id/studi/demo-did-regions":            "Menurut wilayah:",
		} {
			if err := chromedp.Do(browser, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+path), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
				t.Fatalf("%s at %d px: %v", path, width, err)
			}
			text, err := chromedp.Run(browser, chromedp.Text("body"))
			if err != nil || !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
				t.Errorf("%s at %d px does not say %q (%v)", path, width, want, err)
			}
			over, err := chromedp.Run(browser, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - window.innerWidth"))
			if err != nil || over > 0 {
				t.Errorf("%s at %d px runs %d px over the edge (%v)", path, width, over, err)
			}
		}
	}
	if all := outside.all(); len(all) > 0 {
		t.Errorf("fetched from outside: %q", all)
	}
	if all := complaints.all(); len(all) > 0 {
		t.Errorf("the browser complains: %q", all)
	}
	// With the keyboard alone: the first stop skips to the content, and a study
	// opens from the list.
	if err := chromedp.Do(browser, chromedp.Navigate(base+"/id/"), chromedp.WaitVisible(chromedp.CSS("h1")), chromedp.KeyEvent("\t")); err != nil {
		t.Fatal(err)
	}
	first, err := chromedp.Run(browser, chromedp.Evaluate[string]("document.activeElement.className"))
	if err != nil || first != "skip" {
		t.Errorf("the first stop of the keyboard is %q (%v)", first, err)
	}
	err = chromedp.Do(browser, chromedp.Focus(`a[href$="/studi/demo-did"]`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".dampak-report h1"))
	if err != nil {
		t.Errorf("by keyboard no study opens: %v", err)
	}
}

// startDemo runs the command in this process and gives the address it prints.
func startDemo(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	s := &session{ctx: ctx, stdout: in, stderr: io.Discard, lang: i18n.EN}
	ended := make(chan error, 1)
	at := demoDay.Begins().Add(9 * time.Hour).UTC()
	cmd := demoCmd{Households: 2000, Seed: 7, Addr: "127.0.0.1:0", Dir: filepath.Join(t.TempDir(), "world"), Now: at.Format(time.RFC3339)}
	if err := os.Rename(demoRecord(t), cmd.recordDir(at)); err != nil { // made already, as by a demo of that day before
		t.Fatal(err)
	}
	go func() {
		err := cmd.Run(s)
		in.Close()
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, ok := strings.Cut(strings.TrimSpace(line), "http://")
	if !ok {
		t.Fatalf("the demo says %q", line)
	}
	return "http://" + strings.TrimSuffix(address, "/")
}

// waitReady follows the progress: 503 with a page that reloads itself, then 200.
func waitReady(t *testing.T, base string) {
	t.Helper()
	for range 600 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		switch answer.StatusCode {
		case http.StatusOK:
			return
		case http.StatusServiceUnavailable:
			time.Sleep(100 * time.Millisecond)
		default:
			t.Fatalf("status %d", answer.StatusCode)
		}
	}
	t.Fatal("the pages were not ready in a minute")
}

// theBrowser is one headless browser for all stories; each visitor has a browser
// context, with cookies of its own.
var theBrowser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// startBrowser starts a headless browser that calls nobody.
func startBrowser() {
	b := &theBrowser
	dir, err := os.MkdirTemp("", "dampak-browser-*")
	if err != nil {
		b.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(dir))
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	b.ctx = ctx
	b.stop = func() {
		stop()
		free()
		_ = os.RemoveAll(dir)
	}
	b.err = chromedp.Do(ctx) // the first step starts it, for as long as ctx lives
}

// stopBrowser ends the browser after the last test.
func stopBrowser() {
	if theBrowser.stop != nil {
		theBrowser.stop()
	}
}

// newBrowser gives somebody a browser window of their own.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	theBrowser.once.Do(startBrowser)
	if theBrowser.err != nil {
		t.Fatal(theBrowser.err)
	}
	ctx, stop := context.WithTimeout(theBrowser.ctx, 5*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// lines are what listeners hear, from their own goroutines.
type lines struct {
	mu  sync.Mutex
	say []string
}

func (l *lines) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say = append(l.say, s)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.say
}
