package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
)

// goldenEvents are the events of the logs of all releases: each type and version.
func goldenEvents(t *testing.T) []event.Event {
	t.Helper()
	logs, err := filepath.Glob("../store/testdata/log-*.jsonl")
	if err != nil || len(logs) == 0 {
		t.Fatal(err, "no golden logs")
	}
	var all []event.Event
	for _, name := range logs {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			var e event.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(name, err)
			}
			all = append(all, e)
		}
	}
	return all
}

// reading is a look at the record of a world as somebody, in a language.
func (w *world) reading(who string, l i18n.Lang, do func(*call, *store.Reader)) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/"+string(l)+"/", nil)
	if c := w.cookie(who); c != nil {
		r.AddCookie(c)
	}
	c := &call{p: w.pages, o: w.pages.office, w: httptest.NewRecorder(), r: r, lang: l}
	if err := w.store.View(r.Context(), func(from *store.Reader) error { do(c, from); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// TestEveryEventHasWords: each type of event of the golden logs has a sentence, each
// key of what it changes a word, and each code its meaning, in both languages.
func TestEveryEventHasWords(t *testing.T) {
	w := emptyWorld(t)
	events := goldenEvents(t)
	for _, l := range i18n.Langs {
		w.reading("", l, func(c *call, r *store.Reader) {
			n := c.names(r)
			missing := map[string]bool{}
			var walk func(a at, v any)
			walk = func(a at, v any) {
				switch v := v.(type) {
				case map[string]any:
					for k, x := range v {
						in := a.under(k)
						known := slices.ContainsFunc([]string{in.parent + "." + k, in.kind + "." + k, k}, func(s string) bool { return i18n.Has(l, "change."+s) })
						if !known && (k != "en" || v["id"] == nil) {
							missing["key "+a.kind+": "+a.key+"."+k] = true
						}
						if !slices.Contains(partKeys, k) { // of what a letter says nothing is a code
							walk(in, x)
						}
					}
				case []any:
					for _, x := range v {
						walk(a, x)
					}
				case string:
					if a.from(codeWords) != "" && v != "" && n.codeKey(a, v) == "" {
						missing["code "+a.kind+": "+a.key+" "+v] = true
					}
				}
			}
			for _, e := range events {
				if x := n.entry(e, true); strings.ContainsAny(x.What, "[]{}") || strings.HasPrefix(x.What, e.Type+":") {
					missing["sentence "+e.Type+": "+x.What] = true
				} else if slices.ContainsFunc(x.Rows, func(d difference) bool {
					return strings.ContainsAny(d.Key+d.Before+d.After, "{}[]") || d.Before == d.After
				}) {
					missing[fmt.Sprint("rows ", e.Type, x.Rows)] = true
				} else if len(x.Rows) == 0 && string(e.Before) != string(e.After) && e.Type != "user-viewed-as" {
					missing["no rows "+e.Type] = true
				}
				for _, raw := range []json.RawMessage{e.Before, e.After} {
					v, _ := decode(raw)
					walk(at{kind: e.Object.Kind}, v)
				}
			}
			for m := range missing {
				t.Errorf("%s: %s", l, m)
			}
			if n.err != nil {
				t.Error(n.err)
			}
		})
	}
}

var rowsOf = regexp.MustCompile(`(?s)<dl class="rows">(.*?)</dl>`)

// TestTheLogSaysWho: a reader of the log, on paper too, learns from the sentence who
// became what, on which days and by which letter; what is unfolded names people and
// offices, and no id.
func TestTheLogSaysWho(t *testing.T) {
	w := newWorld(t)
	v := w.opened("admin", "/pengelolaan/jabatan/@jabatan-malang/isi")
	for k, x := range map[string]string{"user": "@kabupaten-officer", "capacity": "plt", "from": "2026-11-27", "until": "2026-12-20", "mandate_number": "800/417/2026", "mandate_date": "2026-11-26"} {
		v.Set(k, w.fill(x))
	}
	if got := w.upload("admin", "/pengelolaan/jabatan/@jabatan-malang/isi", v, "surat.pdf", []byte("%PDF-1.7 surat")); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	if got := w.post("admin", "/pengelolaan/instansi/@malang/ganti-nama", "full=Dinas Sosial Malang Raya&short=Dinsos Malang&from=2026-11-27"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	for _, row := range []struct{ path, says, key, value string }{
		{"/pengelolaan/catatan?objek=position/@jabatan-malang",
			"mencatat Orang kabupaten-officer (Plt.) sebagai pemegang jabatan Kepala Dinsos Malang, Dinsos Malang, 27 November 2026 sampai 20 Desember 2026; surat perintah nomor 800/417/2026, 26 November 2026",
			"pemegang jabatan", "orang: Orang kabupaten-officer"},
		{"/pengelolaan/catatan?objek=organisation/@malang", "mengganti nama instansi Dinas Sosial Kabupaten Malang menjadi Dinas Sosial Malang Raya, mulai 27 November 2026", "nama", "nama lengkap: Dinas Sosial Malang Raya"},
		{"/pengelolaan/catatan?objek=grant/@hak-diminta", "meminta hak: administrator untuk Orang other, Kabupaten Sampang, 27 November 2026 sampai 1 Juni 2027", "peran", "administrator"},
	} {
		page := w.get("auditor", row.path).Body.String()
		if !strings.Contains(page, row.says) {
			t.Errorf("%s: not %s", row.path, row.says)
		}
		rows := rowsOf.FindStringSubmatch(page)
		if rows == nil || !strings.Contains(rows[1], "<dt>"+row.key+"</dt>") || !strings.Contains(rows[1], row.value) || strings.Contains(rows[1], "&#34;") {
			t.Errorf("%s: %s", row.path, rows)
		}
		for name, id := range w.ids {
			if rows != nil && strings.Contains(rows[1], id) {
				t.Errorf("%s: the id of %s in %s", row.path, name, rows[1])
			}
		}
	}
}
