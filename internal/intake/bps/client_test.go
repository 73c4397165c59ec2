package bps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake/bps"
	"github.com/dampak/dampak/internal/problem"
)

func (o *office) wait(ctx context.Context, d time.Duration) error {
	o.waits = append(o.waits, d)
	o.now = o.now.Add(d)
	return ctx.Err()
}

func as(*bps.Config) {}

var p0 = bps.Query{Domain: "0000", Variable: "621", Years: bps.Years(2024, 2025)}

var unfilled = regexp.MustCompile(`\{[a-z]+[:|}]|\[\[|\[problem\.`)

// speaks are the codes of an error's problems, whose sentences are whole.
func speaks(t *testing.T, err error) (codes []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	list := problem.Of(err)
	if len(list) == 0 {
		t.Errorf("%v is no problem", err)
	}
	for _, p := range list {
		for _, text := range []string{p.Text("id"), p.Text("en")} {
			if unfilled.MatchString(text) {
				t.Error(text)
			}
		}
		codes = append(codes, p.Code)
	}
	return codes
}

func TestPovertyIsFiveCalls(t *testing.T) {
	s := newServer(t)
	o := s.office(as)
	s.Value = func(variable, row string, year int) any {
		if row == "3501" && year == 2012 {
			return nil
		}
		return map[string]any{"619": 100.25, "621": 10.25, "622": 1.5, "623": 0.4, "624": 450000}[variable]
	}
	all, err := o.Figures(t.Context(), bps.Poverty, 2010, 2025, within("35"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, v := range []string{"619", "621", "622", "623", "624"} {
		want = append(want, "domain=0000&lang=ind&model=data&th=110%3A125&var="+v)
	}
	sameStrings(t, s.Asked(), want)
	if len(all) != 5 {
		t.Fatal(len(all))
	}
	for i, code := range []string{"poor", "p0", "p1", "p2", "poverty-line"} {
		r := all[i]
		if len(r.Rows) != 3*16-1 || r.Release != "2025-12-01" || len(r.Cautions) != 0 || !strings.HasPrefix(r.Source, "BPS WebAPI, var ") {
			t.Errorf("%s: %d rows, %s, %v, %s", code, len(r.Rows), r.Release, r.Cautions, r.Source)
		}
		breaks := 0
		for _, x := range r.Rows {
			if x.Indicator != code || !slices.Contains([]string{"35", "3501", "3578"}, x.Region) || x.Value == nil {
				t.Errorf("%+v", x)
			}
			// September until 2014, March from 2015, where the series breaks.
			if month := x.Period[4:]; (x.Period < "2015") != (month == "-09") || (x.Period >= "2015") != (month == "-03") || (x.Break != "") != (x.Period == "2015-03") {
				t.Errorf("%+v", x)
			}
			if x.Break != "" {
				breaks++
			}
		}
		if breaks != 3 {
			t.Errorf("%d breaks", breaks)
		}
	}
	for _, w := range o.waits { // never faster than the pace
		if w != time.Second {
			t.Errorf("%v", o.waits)
		}
	}
	if len(o.waits) != 4 {
		t.Errorf("%v", o.waits)
	}
}

// TestFaults: what comes of each way in which BPS fails, and how often it is asked.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		what   string
		faults []http.HandlerFunc
		code   string
		asked  int
		waits  []time.Duration
	}{
		{"once overloaded", []http.HandlerFunc{status(503)}, "", 2, []time.Duration{time.Second}},
		{"told when to come back", []http.HandlerFunc{status(429, "Retry-After", "7")}, "", 2, []time.Duration{7 * time.Second}},
		{"told by a date", []http.HandlerFunc{status(429, "Retry-After", "Wed, 25 Nov 2026 05:00:09 GMT")}, "", 2, []time.Duration{9 * time.Second}},
		{"told to wait for ever", []http.HandlerFunc{status(503, "Retry-After", "86400")}, "", 2, []time.Duration{time.Minute}},
		{"told nonsense", []http.HandlerFunc{status(503, "Retry-After", "-1 soon")}, "", 2, []time.Duration{time.Second}},
		{"overloaded for long", slices.Repeat([]http.HandlerFunc{status(502)}, 9), "bps-busy", 4, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"cut in the middle, once", []http.HandlerFunc{hangUp}, "", 2, []time.Duration{time.Second}},
		{"cut in the middle, always", slices.Repeat([]http.HandlerFunc{hangUp}, 9), "bps-unreachable", 4, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"a log-in page", slices.Repeat([]http.HandlerFunc{body("<html>Masuk ke jaringan kantor KEY</html>")}, 9), "bps-answer", 4, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"half an answer", slices.Repeat([]http.HandlerFunc{body(`{"status":"OK","var":[`)}, 9), "bps-answer", 4, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"an unknown key", []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"UserNotFound"}`)
		}}, "bps-key", 1, nil},
		{"an unknown key with status 200", []http.HandlerFunc{body(`{"error":"UserNotFound"}`)}, "bps-key", 1, nil},
		{"forbidden", []http.HandlerFunc{status(403)}, "bps-status", 1, nil},
		{"moved to another host", []http.HandlerFunc{status(302, "Location", "http://127.0.0.2:9/v1/api/list")}, "bps-status", 1, nil},
		{"an error", []http.HandlerFunc{body(`{"status":"Error","message":"key KEY <b>salah</b>"}`)}, "bps-refused", 1, nil},
		{"an error without words", []http.HandlerFunc{body(`{"status":"Error","message":["a",1]}`)}, "bps-refused", 1, nil},
		{"no status", []http.HandlerFunc{body(`{}`)}, "bps-refused", 1, nil},
		{"not available", []http.HandlerFunc{body(`{"status":"OK","data-availability":"list-not-available","data":""}`)}, "bps-none", 1, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newServer(t)
			s.Faults = c.faults
			o := s.office(func(c *bps.Config) { c.Pace = 1 })
			a, err := o.Data(t.Context(), p0)
			codes := speaks(t, err)
			if strings.Join(codes, " ") != c.code || s.count() != c.asked || c.code == "" && len(a.Cells) != 10 {
				t.Errorf("%v after %d requests, %d cells", err, s.count(), len(a.Cells))
			}
			if !slices.Equal(o.waits, c.waits) {
				t.Errorf("waited %v, want %v", o.waits, c.waits)
			}
			if files, _ := os.ReadDir(o.dir); len(files) != map[bool]int{true: 1}[c.code == ""] {
				t.Errorf("%d answers are kept", len(files))
			}
		})
	}
	s := newServer(t)
	o := s.office(as)
	ctx, stop := context.WithCancel(t.Context())
	s.Faults = []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { stop(); w.WriteHeader(http.StatusServiceUnavailable) }}
	if _, err := o.Data(ctx, p0); !errors.Is(err, context.Canceled) || s.count() != 1 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestKept: what is kept stands for a day, is held against BPS' last_update after
// that, and stands in, saying so, where BPS cannot be asked.
func TestKept(t *testing.T) {
	s := newServer(t)
	o := s.office(as)
	get := func(o *office) bps.Answer {
		t.Helper()
		a, err := o.Data(t.Context(), p0)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := get(o)
	if first.Origin.Kept || !first.Origin.Fetched.Equal(o.now) || *first.Cells[0].Value != 10.25 {
		t.Errorf("%+v", first.Origin)
	}
	fetched := o.now
	o.now = o.now.Add(23 * time.Hour)
	if a := get(o); !a.Origin.Kept || !a.Origin.Fetched.Equal(fetched) || s.count() != 1 {
		t.Errorf("%+v after %d requests", a.Origin, s.count())
	}
	o.now = o.now.Add(2 * time.Hour)
	if a := get(o); !a.Origin.Kept || !a.Origin.Fetched.Equal(o.now) || s.count() != 2 {
		t.Errorf("the same again: %+v after %d requests", a.Origin, s.count())
	}
	o.now = o.now.Add(25 * time.Hour)
	s.Update, s.Value = "2026-01-15 08:00:00", func(string, string, int) any { return 9.5 }
	if a := get(o); a.Origin.Kept || a.LastUpdate != s.Update || *a.Cells[0].Value != 9.5 {
		t.Errorf("an update: %+v", a.Origin)
	}
	at := o.now
	o.now = o.now.Add(25 * time.Hour)
	s.Update = "2025-12-01 13:45:51"
	if a := get(o); a.LastUpdate != "2026-01-15 08:00:00" || !slices.Equal(speaks(t, a.Origin.Cautions), []string{"bps-older"}) {
		t.Errorf("an older answer: %+v", a.Origin)
	}
	s.Update = "2026-01-15 08:00:00"
	// An empty answer takes no place.
	s.Faults = []http.HandlerFunc{body(`{"status":"OK","data-availability":"available","last_update":"2026-02-01 08:00:00","vervar":[],"datacontent":[]}`)}
	if a := get(o); len(a.Cells) != 0 || !slices.Equal(speaks(t, a.Cautions), []string{"bps-empty"}) {
		t.Errorf("%+v", a)
	}
	s.Faults = slices.Repeat([]http.HandlerFunc{status(500)}, 4)
	if a := get(o); *a.Cells[0].Value != 9.5 || !a.Origin.Fetched.Equal(at) || !slices.Equal(speaks(t, a.Origin.Cautions), []string{"bps-kept", "bps-busy"}) {
		t.Errorf("while BPS fails: %+v", a.Origin)
	} else if r, err := bps.Statistics(a, bps.Poverty[1], nil); err != nil || !slices.Equal(speaks(t, r.Cautions), []string{"bps-kept", "bps-busy"}) {
		t.Errorf("the figures do not say so: %v %v", r.Cautions, err)
	}
	// A key that BPS does not know is to be mended, not worked around.
	s.Faults = []http.HandlerFunc{body(`{"error":"UserNotFound"}`)}
	if _, err := o.Data(t.Context(), p0); !slices.Equal(speaks(t, err), []string{"bps-key"}) {
		t.Error(err)
	}
	asked := s.count()
	for _, c := range []struct {
		code   string
		change func(*bps.Config)
	}{{"bps-offline", func(c *bps.Config) { c.Offline = true }}, {"bps-no-key", func(c *bps.Config) { c.Key = bps.Key{} }}} {
		there := s.office(func(k *bps.Config) { c.change(k); k.Dir = o.dir; k.Fresh = time.Nanosecond })
		if a := get(there); *a.Cells[0].Value != 9.5 || !slices.Equal(speaks(t, a.Origin.Cautions), []string{"bps-kept", c.code}) {
			t.Errorf("%s: %+v", c.code, a.Origin)
		}
		other := p0
		other.Variable = "619"
		if _, err := there.Data(t.Context(), other); !slices.Equal(speaks(t, err), []string{c.code}) {
			t.Error(err)
		}
	}
	if s.count() != asked {
		t.Error("BPS was asked")
	}
	// A damaged file counts as none.
	files, _ := filepath.Glob(filepath.Join(o.dir, "*.json"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	text, _ := os.ReadFile(files[0])
	if err := os.WriteFile(files[0], bytes.Replace(text, []byte("9.5"), []byte("8.5"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := get(o); *a.Cells[0].Value != 9.5 || s.count() != asked+1 {
		t.Errorf("%v after %d requests", *a.Cells[0].Value, s.count())
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.office(func(c *bps.Config) { c.Dir = filepath.Join(blocked, "x") }).Data(t.Context(), p0); !slices.Equal(speaks(t, err), []string{"bps-folder"}) {
		t.Error(err)
	}
}

// TestKeyIsNowhere: whatever goes wrong, the key is in no error or its causes, log,
// file or name of a file, and goes to no other host.
func TestKeyIsNowhere(t *testing.T) {
	var seen bytes.Buffer
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(&seen, "the stranger was asked", r.URL, r.Header)
	}))
	defer stranger.Close()
	echo := func(code int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code); body(text)(w, r) }
	}
	folders := []string{}
	for name, faults := range map[string][]http.HandlerFunc{
		"well": nil, "unknown": {echo(404, `{"error":"UserNotFound","key":"KEY"}`)}, "refused": {body(`{"status":"Error","message":"KEY"}`)},
		"status": {echo(400, `{"message":"bad key KEY","error":"KEY"}`)}, "upper": {body(`{"status":"Error","message":"` + strings.ToUpper(secret) + `"}`)},
		"page": slices.Repeat([]http.HandlerFunc{body("<a href='?key=KEY'>")}, 4), "cut": slices.Repeat([]http.HandlerFunc{hangUp}, 4), "busy": slices.Repeat([]http.HandlerFunc{echo(500, "KEY")}, 4),
		"none": {body(`{"status":"OK","data-availability":"KEY"}`)}, "moved": {status(302, "Location", stranger.URL+"/?key="+secret)}, "away": {status(307, "Location", stranger.URL)},
	} {
		s := newServer(t)
		s.Faults = faults
		o := s.office(func(c *bps.Config) { c.Log = slog.New(slog.NewTextHandler(&seen, nil)) })
		folders = append(folders, o.dir)
		a, err := o.Data(t.Context(), p0)
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&seen, "%s: %v %+v %#v\n", name, e, e, e)
		}
		for _, p := range problem.Of(err) {
			fmt.Fprintln(&seen, p.Text("id"), p.Values, p.Err)
		}
		_, _, err = o.List(t.Context(), "data", "0000", nil)
		fmt.Fprintf(&seen, "%v\n%+v\n%+v\n", err, a, o.Client)
	}
	gone := newServer(t)
	gone.Close()
	o := gone.office(func(c *bps.Config) { c.Log = slog.New(slog.NewTextHandler(&seen, nil)) })
	_, err := o.Data(t.Context(), p0)
	fmt.Fprintf(&seen, "%v %+v %#v %v\n", err, err, err, errors.Unwrap(err))
	key, err := bps.ParseKey(secret)
	asJSON, _ := json.Marshal(struct{ K bps.Key }{key})
	_, wrong := bps.ParseKey(secret + "!")
	fmt.Fprintf(&seen, "%v %s %q %+v %#v %s %v %v\n", key, key, key, key, key, asJSON, err, wrong)
	if !slices.Equal(speaks(t, wrong), []string{"bps-key-form"}) {
		t.Error(wrong)
	}
	files := 0
	for _, dir := range folders {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			fmt.Fprintf(&seen, "%s %s\n", path, text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	log := seen.String()
	if files == 0 || !strings.Contains(log, "request=") || !strings.Contains(log, "•••") || !strings.Contains(log, "bps-") {
		t.Errorf("the test looked at nothing: %d files", files)
	}
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(strings.ToLower(line), strings.ToLower(secret)) || strings.Contains(line, "the stranger") {
			t.Errorf("the key is in: %s", line)
		}
	}
}

// TestPace: however many ask at once, requests go out one pace apart.
func TestPace(t *testing.T) {
	s := newServer(t)
	var mu sync.Mutex
	var waits []time.Duration
	o := s.office(func(c *bps.Config) {
		now := time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)
		c.Now = func() time.Time { return now }
		c.Wait = func(_ context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, d)
			return nil
		}
		c.Pace = 3 * time.Second
	})
	var group sync.WaitGroup
	for year := range 6 {
		group.Go(func() {
			if _, err := o.Data(t.Context(), bps.Query{Domain: "0000", Variable: "621", Years: bps.Years(2010+year, 2010+year)}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	slices.Sort(waits)
	if want := []time.Duration{3e9, 6e9, 9e9, 12e9, 15e9}; !slices.Equal(waits, want) || s.count() != 6 {
		t.Errorf("%v, want %v", waits, want)
	}
}

// TestTooLarge: an answer without end is not read to its end.
func TestTooLarge(t *testing.T) {
	s := newServer(t)
	s.Faults = []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte(" "), 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}}
	if _, err := s.office(as).Data(t.Context(), p0); !slices.Equal(speaks(t, err), []string{"bps-large"}) {
		t.Error(err)
	}
}

func TestLists(t *testing.T) {
	s := newServer(t)
	o := s.office(as)
	rows, origin, err := o.List(t.Context(), "th", "0000", map[string]string{"var": "621"})
	if err != nil || len(rows) != 2 || rows[0]["th_id"] != "117" || rows[0]["th"] != "2017" || rows[1]["th"] != "2018" || origin.Kept {
		t.Errorf("%v %v", rows, err)
	}
	if rows, _, err = o.List(t.Context(), "unit", "0000", nil); err != nil || len(rows) != 0 {
		t.Errorf("a list that is not there: %v %v", rows, err)
	}
	if _, _, err = o.List(t.Context(), "data", "0000", nil); !slices.Equal(speaks(t, err), []string{"bps-refused"}) {
		t.Error(err)
	}
	s.Faults = []http.HandlerFunc{body(`{"status":"OK","data-availability":"available","data":[{"pages":1}]}`)}
	if _, _, err = o.List(t.Context(), "subject", "0000", nil); !slices.Equal(speaks(t, err), []string{"bps-answer"}) {
		t.Error(err)
	}
	s.Faults = slices.Repeat([]http.HandlerFunc{body(`{"status":"OK","data-availability":"available","data":[{"pages":5000},[{"a":1}]]}`)}, 2000)
	if _, _, err = s.office(func(c *bps.Config) { c.Dir = "" }).List(t.Context(), "var", "0000", nil); !slices.Equal(speaks(t, err), []string{"bps-pages"}) {
		t.Error(err)
	}
	for _, base := range []string{"webapi.bps.go.id/v1", "ftp://webapi.bps.go.id", "https://a:b@webapi.bps.go.id", "https://webapi.bps.go.id/v1?key=x"} {
		if _, err := bps.New(bps.Config{Base: base, Now: time.Now}); !slices.Equal(speaks(t, err), []string{"bps-address"}) {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := bps.New(bps.Config{}); err == nil {
		t.Error("a client without a clock")
	}
}
