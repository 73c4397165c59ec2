// Package bpstest is a server in the shape of the WebAPI of BPS, for tests of what
// asks it.
package bpstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Key is the one that the server knows.
const Key = "5ecr3tKey0fTheOffice0000aaaaBBBB"

// Server answers in the shape of the WebAPI: the keys, types and oddities of the
// saved answer and of BPS' documentation.
type Server struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	requests []*http.Request
	Update   string // BPS' own day of the tables
	// Faults answer instead, one a request, until there is none left.
	Faults []http.HandlerFunc
	Value  func(variable, row string, year int) any // nil: no such cell
	Rows   []any                                    // of vervar
}

// New starts a server that ends with the test. Its cells are 10.25, save one that is
// absent.
func New(t *testing.T) *Server {
	s := &Server{t: t, Update: "2025-12-01 13:45:51", Rows: []any{
		Item(9999, "<b>INDONESIA</b>"), Item(3500, "<b>JAWA TIMUR</b>"), Item(3501, "Pacitan"), Item("3578", "Kota Surabaya"), Item(1101, "Simeulue")}}
	s.Value = func(_, row string, year int) any {
		if row == "3501" && year == 2012 {
			return nil // absent
		}
		return 10.25
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// Item is an element of a list of an answer.
func Item(val any, label string) map[string]any { return map[string]any{"val": val, "label": label} }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.Faults) > 0 {
		f := s.Faults[0]
		s.Faults = s.Faults[1:]
		f(w, r)
		return
	}
	q := r.URL.Query()
	switch {
	case q.Get("key") != Key:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"UserNotFound"}`)
	case r.URL.Path != "/v1/api/list":
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"status":"Error","message":"Not Found"}`)
	case q.Get("model") == "th":
		page, _ := strconv.Atoi(q.Get("page"))
		page = max(page, 1)
		fmt.Fprintf(w, `{"status":"OK","data-availability":"available","data":[{"page":%d,"pages":2,"per_page":1,"count":1,"total":2},[{"th_id":%d,"th":"%d"}]]}`, page, 116+page, 2016+page)
	case q.Get("model") == "var":
		fmt.Fprint(w, `{"status":"OK","data-availability":"available","data":[{"page":1,"pages":1,"total":1},[{"var_id":413,"title":"<b>Indeks Pembangunan Manusia<\/b>","sub_id":26,"sub_name":"IPM","def":"","notes":"","vertical":1,"unit":""}]]}`)
	case q.Get("model") == "unit":
		fmt.Fprint(w, `{"status":"OK","data-availability":"list-not-available","data":""}`)
	case q.Get("model") != "data" || q.Get("var") == "":
		fmt.Fprint(w, `{"status":"Error","message":"parameter <b>var<\/b> is missing for key `+q.Get("key")+`"}`)
	default:
		s.table(w, q)
	}
}

// table answers with the years asked for: 110:125, or 124;125.
func (s *Server) table(w http.ResponseWriter, q url.Values) {
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
			years = append(years, Item(val, strconv.Itoa(1900+th)))
			for _, r := range s.Rows {
				row := fmt.Sprint(r.(map[string]any)["val"])
				if v := s.Value(q.Get("var"), row, 1900+th); v != nil {
					content[row+q.Get("var")+"0"+strconv.Itoa(th)+"0"] = v
				}
			}
		}
	}
	id, _ := strconv.Atoi(q.Get("var"))
	out, err := json.Marshal(map[string]any{
		"status": "OK", "data-availability": "available", "last_update": s.Update, "subject": []any{Item(523, "Konsumsi")},
		"var":    []any{map[string]any{"val": id, "label": "Tabel " + q.Get("var"), "unit": unit, "subj": "Kemiskinan", "def": "", "decimal": "", "note": "<p>Catatan</p>"}},
		"turvar": []any{Item("0", "Tidak ada")}, "labelvervar": "Nama Wilayah", "vervar": s.Rows, "tahun": years, "turtahun": []any{Item(0, "Tahun")},
		"datacontent": content, "related": []any{}, "metadata": map[string]any{"echo": q.Get("key")},
	})
	if err != nil {
		s.t.Error(err)
	}
	_, _ = w.Write(out)
}

// Asked are the requests so far, as queries without the key.
func (s *Server) Asked() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		q := r.URL.Query()
		q.Del("key")
		all = append(all, q.Encode())
	}
	return all
}
