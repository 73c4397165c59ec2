package bps_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake/bps"
)

const secret = "5ecr3tKey0fTheOffice0000aaaaBBBB"

// server answers in the shape of the WebAPI: the keys, types and oddities of the
// saved answer and of BPS' documentation.
type server struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	requests []*http.Request
	update   string
	// faults answer instead, one a request, until there is none left.
	faults []http.HandlerFunc
	value  func(variable, row string, year int) any // nil: no such cell
	rows   []any                                    // of vervar
}

func newServer(t *testing.T) *server {
	s := &server{t: t, update: "2025-12-01 13:45:51", rows: []any{
		item(9999, "<b>INDONESIA</b>"), item(3500, "<b>JAWA TIMUR</b>"), item(3501, "Pacitan"), item("3578", "Kota Surabaya"), item(1101, "Simeulue")}}
	s.value = func(_, row string, year int) any {
		if row == "3501" && year == 2012 {
			return nil // absent
		}
		return 10.25
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func item(val any, label string) map[string]any { return map[string]any{"val": val, "label": label} }

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.faults) > 0 {
		f := s.faults[0]
		s.faults = s.faults[1:]
		f(w, r)
		return
	}
	q := r.URL.Query()
	switch {
	case q.Get("key") != secret:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"UserNotFound"}`)
	case r.URL.Path == "/v1/api/domain":
		fmt.Fprint(w, `{"status":"OK","data-availability":"available","data":[{"page":1,"pages":1,"total":2},[{"domain_id":"3500","domain_name":"Jawa Timur","domain_url":"https:\/\/jatim.bps.go.id"},{"domain_id":"3501","domain_name":"<i>Pacitan<\/i>","domain_url":null}]]}`)
	case r.URL.Path != "/v1/api/list":
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"status":"Error","message":"Not Found"}`)
	case q.Get("model") == "th":
		page, _ := strconv.Atoi(q.Get("page"))
		page = max(page, 1)
		fmt.Fprintf(w, `{"status":"OK","data-availability":"available","data":[{"page":%d,"pages":2,"per_page":1,"count":1,"total":2},[{"th_id":%d,"th":"%d"}]]}`, page, 116+page, 2016+page)
	case q.Get("model") == "unit":
		fmt.Fprint(w, `{"status":"OK","data-availability":"list-not-available","data":""}`)
	case q.Get("model") != "data" || q.Get("var") == "":
		fmt.Fprint(w, `{"status":"Error","message":"parameter <b>var<\/b> is missing for key `+q.Get("key")+`"}`)
	default:
		s.table(w, q)
	}
}

// table answers with the years asked for: 110:125, or 124;125.
func (s *server) table(w http.ResponseWriter, q url.Values) {
	units := map[string]string{"619": "Ribu Jiwa", "621": "Persen", "622": "", "623": "", "624": "Rupiah/kapita/bulan"}
	unit, ok := units[q.Get("var")]
	if !ok || q.Get("domain") != "0000" {
		fmt.Fprint(w, `{"status":"OK","data-availability":"list-not-available","datacontent":{}}`)
		return
	}
	var years []any
	content := map[string]any{}
	for _, span := range strings.Split(q.Get("th"), ";") {
		first, last, ranged := strings.Cut(span, ":")
		if !ranged {
			last = first
		}
		a, err1 := strconv.Atoi(first)
		b, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil {
			s.t.Errorf("th=%s", q.Get("th"))
		}
		for th := a; th <= b; th++ {
			var val any = th
			if th%2 == 0 {
				val = strconv.Itoa(th)
			}
			years = append(years, item(val, strconv.Itoa(1900+th)))
			for _, r := range s.rows {
				row := fmt.Sprint(r.(map[string]any)["val"])
				if v := s.value(q.Get("var"), row, 1900+th); v != nil {
					content[row+q.Get("var")+"0"+strconv.Itoa(th)+"0"] = v
				}
			}
		}
	}
	id, _ := strconv.Atoi(q.Get("var"))
	out, err := json.Marshal(map[string]any{
		"status": "OK", "data-availability": "available", "last_update": s.update, "subject": []any{item(523, "Konsumsi")},
		"var":    []any{map[string]any{"val": id, "label": "Tabel " + q.Get("var"), "unit": unit, "subj": "Kemiskinan", "def": "", "decimal": "", "note": "<p>Catatan</p>"}},
		"turvar": []any{item("0", "Tidak ada")}, "labelvervar": "Nama Wilayah", "vervar": s.rows, "tahun": years, "turtahun": []any{item(0, "Tahun")},
		"datacontent": content, "related": []any{}, "metadata": map[string]any{"echo": q.Get("key")},
	})
	if err != nil {
		s.t.Error(err)
	}
	_, _ = w.Write(out)
}

// asked are the requests so far, as queries without the key.
func (s *server) asked() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		q := r.URL.Query()
		q.Del("key")
		all = append(all, q.Encode())
	}
	return all
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, "<html><b>Bad gateway</b></html>")
	}
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.ReplaceAll(text, "KEY", r.URL.Query().Get("key")))
	}
}

// hangUp closes the connection in the middle of an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"status":"OK",`)
	panic(http.ErrAbortHandler)
}

// office is a client whose clock a test moves.
type office struct {
	*bps.Client
	s     *server
	now   time.Time
	waits []time.Duration
	dir   string
}

func (s *server) office(change func(*bps.Config)) *office {
	s.t.Helper()
	o := &office{s: s, now: time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC), dir: s.t.TempDir()}
	key, err := bps.ParseKey(" " + secret + "\n")
	if err != nil {
		s.t.Fatal(err)
	}
	c := bps.Config{Key: key, Base: s.URL + "/v1", Dir: o.dir, Now: func() time.Time { return o.now }}
	c.Wait = o.wait
	change(&c)
	if o.Client, err = bps.New(c); err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *server) count() int { return len(s.asked()) }

func sameStrings(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
