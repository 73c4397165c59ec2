package api

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
)

// TestPage: every operation of the document stands on the page, in one language,
// with nothing from outside and no script.
func TestPage(t *testing.T) {
	w := newTown(t)
	for _, l := range i18n.Langs {
		got := httptest.NewRecorder()
		w.api.Page("/assets/dampak.css", func(*http.Request) i18n.Lang { return l }).ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/api", nil))
		page := got.Body.String()
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, `<html lang="`+string(l)+`">`) {
			t.Fatalf("%d %v", got.Code, got.Header())
		}
		for id, op := range w.operations() {
			if !strings.Contains(page, `id="`+id+`"`) || !strings.Contains(page, op.Method+" "+op.Path) || !strings.Contains(page, template.HTMLEscapeString(i18n.Text(l, "api.op."+id, nil))) {
				t.Errorf("%s: %s is not on the page", l, id)
			}
		}
		for _, wrong := range []string{"<script", "http://", "https://", "style=", "<td></td>", "[api.", "[problem."} {
			if strings.Contains(page, wrong) {
				t.Errorf("%s: the page holds %q", l, wrong)
			}
		}
		for _, other := range i18n.Langs {
			for _, key := range []string{"api.page.statuses", "api.field.why", "api.op.rename-organisation", "api.status.409", "api.type.integer", "api.page.body"} {
				if strings.Contains(page, ">"+i18n.Text(other, key, nil)+"<") && other != l {
					t.Errorf("%s: the page holds words of %s: %s", l, other, key)
				}
			}
		}
		for _, want := range []string{"<code>signing.plt</code>", "<code>items[].holdings[].capacity</code>", "<code>seen</code> *", "&#34;why&#34;: &#34;SK 821.2/104/2026&#34;", "<code>kabupaten-officer</code>"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s on the page", l, want)
			}
		}
		main, err := w.api.Main(l)
		if err != nil || strings.Contains(string(main), "<html") || !strings.Contains(page, string(main)) {
			t.Errorf("%s: the page is not the main part in a frame: %v", l, err)
		}
	}
}
