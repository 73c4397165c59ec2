package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// figure is one of a body.
func figure(indicator, region, period, value string) string {
	return fmt.Sprintf(`{"indicator":"%s","region":"%s","period":"%s","value":%s,"decimals":2}`, indicator, region, period, value)
}

// released is a body with which somebody of an office records a release.
func released(of, release, source string, all ...string) string {
	return `{"organisation":"<` + of + `>","source":"` + source + `","release":"` + release + `","figures":[` + strings.Join(all, ",") + `],` + seenWhy
}

// statisticRows are played in order.
var statisticRows = []row{
	{"", "GET", "/statistics", "", 200, `"items":[] & "next":null`, "", ""},
	{"", "POST", "/statistics", "this is no JSON", 401, "api-nobody", "", ""},
	{"budi", "POST", "/statistics", "this is no JSON", 403, `"right":"statistic-manage"`, "", ""},
	{"ani/read", "POST", "/statistics", "this is no JSON", 403, `"right":"scope:write"`, "", ""},
	{"ani", "POST", "/statistics", "this is no JSON", 400, "api-json", "", ""},
	{"ani", "POST", "/statistics", `{}`, 422, "body.organisation & body.source & body.release & body.figures & body.why", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "kemarin", "BPS", figure("p0", "3507", "2024-03", "9.45")) + "}", 422, "body.release & api-day", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "BPS") + "}", 422, "body.figures & api-few", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "BPS", `{"indicator":"p0","region":"3507","period":"2024-03","decimals":2}`) + "}", 422, "body.figures[0].value & api-missing", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "BPS", `{"indicator":"p0","region":"3507","period":"2024-03","value":9,"decimals":7,"mark":"r"}`) + "}", 422, "body.figures[0].decimals & api-most & body.figures[0].mark & api-choice", "", ""},
	{"ani", "POST", "/statistics", released("B2P3KS", "2024-07-01", "BPS", figure("p0", "3507", "2024-03", "9.45")) + "}", 403, `"right":"statistic-manage"`, "", ""},
	{"ani", "POST", "/statistics", released("tidak-ada", "2024-07-01", "BPS", figure("p0", "3507", "2024-03", "9.45")) + "}", 422, "organisation-unknown", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2026-12-01", "BPS", figure("p0", "3507", "2024-03", "9.45")) + "}", 422, "statistics-future & body.release", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "BPS", figure("p0", "3507", "2024-03", "101")) + "}", 422, "statistic-range", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "BPS", figure("p9", "3507", "2024-03", "9.45")) + "}", 422, "statistic-indicator", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2024-07-01", "=BPS, p0", figure("p0", "35", "2024-03", "9.79"), figure("p0", "3507", "2024-03", "9.45"), figure("p0", "3578", "2024-03", "3.96"), figure("gini", "35", "2024-03", "0.37")) + "}", 201,
		`"event":"statistics-recorded"`, "statistics-recorded", "rilis"},
	// What jumps is recorded once somebody has looked.
	{"ani", "POST", "/statistics", released("Jatim", "2025-01-15", "BPS, koreksi", figure("p0", "3507", "2024-03", "19.45")) + "}", 422, "api-cautions & body.cautions_seen & statistic-differs", "", ""},
	{"ani", "POST", "/statistics", released("Jatim", "2025-01-15", "BPS, koreksi", figure("p0", "3507", "2024-03", "19.45")) + `,"cautions_seen":true}`, 201, "statistics-recorded", "statistics-recorded", "koreksi"},
	{"ani", "POST", "/statistics", released("Jatim", "2025-02-01", "BPS, hilang", figure("p0", "3578", "2024-03", "null")) + "}", 201, "statistics-recorded", "statistics-recorded", "hilang"},
	{"", "GET", "/statistics", "", 200, `"id":"p0.3507.2024-03","indicator":"p0","region":"3507","region_name":"Kabupaten Malang","period":"2024-03","value":19.45 & "source":"BPS, koreksi","release":"2025-01-15" & "value":null & "next":null`, "", ""},
	{"", "GET", "/statistics?indicator=p0&within=35&limit=1", "", 200, `"region":"35" & "next":"p0.35.2024-03.2024-07-01.`, "", ""},
	{"", "GET", "/statistics?region=3507,3578&indicator=p0", "", 200, `"region":"3507" & "region":"3578" & "latest":true`, "", ""},
	{"", "GET", "/statistics?region=35&from=2024&until=2024&indicator=gini", "", 200, `"value":0.37 & "next":null`, "", ""},
	{"", "GET", "/statistics?from=2024-04", "", 200, `"items":[]`, "", ""},
	{"", "GET", "/statistics?as_of=2024-12-31&region=3507", "", 200, `"value":9.45 & "latest":false & "next":null`, "", ""},
	{"", "GET", "/statistics?revisions=true&region=3507", "", 200, `"value":9.45 & "value":19.45`, "", ""},
	{"joko", "GET", "/statistics?region=3507", "", 200, `"value":19.45`, "", ""},
	{"", "GET", "/statistics?indicator=p7", "", 422, `query.indicator & api-indicator & p0, p1, p2`, "", ""},
	{"", "GET", "/statistics?region=zz", "", 422, "query.region & api-region & `zz`", "", ""},
	{"", "GET", "/statistics?region=3507,9999", "", 422, "query.region & api-region & `9999`", "", ""},
	{"", "GET", "/statistics?within=99", "", 422, "query.within & api-region & `99`", "", ""},
	{"", "GET", "/statistics?region=3573&within=0000", "", 200, `"items":[]`, "", ""},
	{"", "GET", "/statistics?from=March", "", 422, `query.from & api-period`, "", ""},
	{"", "GET", "/statistics?until=2024-13", "", 422, `query.until & api-period`, "", ""},
	{"", "GET", "/statistics?as_of=2024", "", 422, `query.as_of & api-day`, "", ""},
	{"", "GET", "/statistics?limit=2001", "", 422, `query.limit & api-most`, "", ""},
	{"", "GET", "/statistics?cursor=besok", "", 422, `api-cursor`, "", ""},
	{"", "GET", "/statistics?cursor=p0.35.2024.2024-01-01.x", "", 422, `api-cursor`, "", ""},
	{"", "GET", "/statistics?warna=biru", "", 422, `query.warna & api-field-unknown`, "", ""},
	{"", "GET", "/statistics?format=xml", "", 422, `query.format & api-choice & json, csv`, "", ""},
	{"", "GET", "/statistics?format=csv&region=3507", "", 200, `p0,Poverty rate (P0),percent,3507,Kabupaten Malang,2024-03,19.45,2,,,"BPS, koreksi",2025-01-15,<koreksi>,`, "", ""},
	{"", "GET", "/statistics?format=csv&region=35&indicator=p0", "", 200, `'=BPS`, "", ""},
	{"", "GET", "/statistics/p0.3507.2024-03", "", 200, `"latest":{"id":"p0.3507.2024-03" & "value":19.45 & "revisions":[{ & "value":9.45 & "batch":"<rilis>"`, "", ""},
	{"", "GET", "/statistics/p0.3507.2024", "", 404, `api-no-object`, "", ""},
	{"", "GET", "/statistics/p9.3507.2024-03", "", 404, `api-no-object`, "", ""},
	{"", "GET", "/statistics/p0", "", 404, `api-no-object`, "", ""},
	{"", "GET", "/statistics/indicators", "", 200, `"id":"poverty-line" & "unit":{`, "", ""},
	{"", "GET", "/statistics/batches", "", 200, `"id":"<rilis>" & "id":"<hilang>" & "release":"2024-07-01"`, "", ""},
	{"", "GET", "/statistics/batches/<koreksi>", "", 200, `"cautions":1 & "organisation":"<Jatim>" & "rows":1`, "", ""},
	{"", "GET", "/statistics/batches/tidak-ada", "", 404, `api-no-object`, "", ""},
	{"", "DELETE", "/statistics", "", 401, `api-nobody`, "", ""},
	{"ani", "DELETE", "/statistics", "", 405, `GET, HEAD, POST`, "", ""},
	{"", "GET", "/statistics/", "", 401, `api-nobody`, "", ""},
	{"", "GET", "//statistics", "", 401, `api-nobody`, "", ""},

	// Regions, with what lies above and below.
	{"wati", "GET", "/regions/3507", "", 200, `"kemendagri":"35.07" & "above":[{"id":"35","name":"Provinsi Jawa Timur"},{"id":"0000" & "parent":"35"`, "", ""},
	{"wati", "GET", "/regions/35", "", 200, `"below":[{"id":"3501"`, "", ""},
	{"wati", "GET", "/regions?kemendagri=35.79", "", 200, `Kota Batu & "from":"2001-06-21" & UU 11/2001 & "next":null`, "", ""},
	{"wati", "GET", "/regions?name=malang&on=2026-01-01", "", 200, `Kabupaten Malang & Kota Malang & "next":null`, "", ""},
	{"wati", "GET", "/regions?parent=0000", "", 200, `Provinsi Jawa Timur`, "", ""},
	{"wati", "GET", "/regions?name=batu&on=2000-01-01", "", 200, `"items":[]`, "", ""},
	{"wati", "GET", "/regions?on=kemarin", "", 422, `query.on & api-day`, "", ""},
	{"", "GET", "/regions?parent=35", "", 401, `api-nobody`, "", ""},
	{"", "GET", "/regions/3507", "", 401, `api-nobody`, "", ""},
}

// TestStatisticRows plays the rows of official figures and regions. What is public
// is refused to nobody, so that its operations have no such row.
func TestStatisticRows(t *testing.T) {
	w := newTown(t)
	w.play(statisticRows, "statistics", "regions")
	if got := w.send("", "GET", "/statistics", "", "Authorization", "Bearer x"); got.Code != 401 || !strings.Contains(got.Body.String(), "api-token") {
		t.Errorf("a wrong token: %d %s", got.Code, got.Body)
	}
	if got := w.send("", "GET", "/statistics", "", "X-Test-Session", "siapa"); got.Code != 200 {
		t.Errorf("a session of nobody: %d", got.Code)
	}
	if got := w.send("", "GET", "/statistics", "", "Sec-Fetch-Site", "cross-site"); got.Code != 200 {
		t.Errorf("from another site: %d", got.Code)
	}
}

// TestFiguresAsTable: the same figures in pieces, the next of which Link names.
func TestFiguresAsTable(t *testing.T) {
	w := newTown(t)
	w.recorded(t, 7)
	for accept, want := range map[string]string{"text/csv": csvType, "text/csv;q=0.5, application/json": jsonType, "application/json;q=0.1, text/csv": csvType, "*/*": jsonType, "": jsonType, "text/html": jsonType} {
		if got := w.send("", "GET", "/statistics", "", "Accept", accept); !strings.HasPrefix(got.Header().Get("Content-Type"), want) {
			t.Errorf("%q: %v", accept, got.Header())
		}
	}
	var all [][]string
	url := "/statistics?limit=3&within=35"
	for url != "" && len(all) < 100 {
		got := w.send("", "GET", url, "", "Accept", "text/csv", "Accept-Language", "id")
		rows, err := csv.NewReader(got.Body).ReadAll()
		w.ok(err)
		all = append(all, rows[1:]...)
		next := got.Header().Get("Link")
		url = strings.TrimSuffix(strings.TrimPrefix(next, "<"), `>; rel="next"`)
		if url != "" {
			url = "/statistics" + url
		}
	}
	if len(all) != 7*2 || all[0][0] != "p0" || all[0][4] != "Kabupaten Malang" || all[0][6] != "10.00" || all[13][6] != "10.00" || all[13][4] != "Kota Surabaya" {
		t.Errorf("%d rows: %q", len(all), all)
	}
}

// recorded records figures of two regions in some years.
func (w *town) recorded(t testing.TB, years int) {
	t.Helper()
	var rows []registry.Statistic
	for i := range years {
		for _, region := range []string{"3507", "3578"} {
			v := 10.0
			rows = append(rows, registry.Statistic{Indicator: "p0", Region: region, Period: fmt.Sprintf("%d-03", 2024-i), Value: &v, Decimals: 2})
		}
	}
	_, _, err := w.RecordStatistics(t.Context(), w.by("ani", ""), registry.StatisticBatch{Owner: w.ids["Jatim"], Source: "BPS", Release: "2024-07-01"}, rows)
	w.ok(err)
}

// TestPublicIsKept: an answer to nobody has a tag, which counts until something
// happens or the day is over; an answer to somebody has none.
func TestPublicIsKept(t *testing.T) {
	w := newTown(t)
	w.recorded(t, 2)
	first := w.send("", "GET", "/statistics", "")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "no-cache" || !strings.Contains(first.Header().Get("Vary"), "Accept,") {
		t.Fatalf("%v", first.Header())
	}
	same := func(want int, url string, header ...string) {
		t.Helper()
		if got := w.send("", "GET", url, "", append(header, "If-None-Match", tag)...); got.Code != want || (want == 304) != (got.Body.Len() == 0) {
			t.Errorf("%s %q: %d, want %d", url, header, got.Code, want)
		}
	}
	same(304, "/statistics")
	same(200, "/statistics?limit=1")
	same(200, "/statistics", "Accept", "text/csv")
	same(200, "/statistics", "Accept-Language", "en")
	same(422, "/statistics?limit=0")
	if got := w.send("ani", "GET", "/statistics", ""); got.Header().Get("ETag") != "" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.Header())
	}
	if got := w.send("", "GET", "/statistics?limit=0", ""); got.Header().Get("ETag") != "" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a problem is kept: %v", got.Header())
	}
	if got := w.send("", "HEAD", "/statistics", ""); got.Code != 200 || got.Header().Get("ETag") != tag {
		t.Errorf("HEAD: %d %v", got.Code, got.Header())
	}
	w.grant("wati", access.Auditor, "3578", "")
	same(200, "/statistics")
	tag = w.send("", "GET", "/statistics", "").Header().Get("ETag")
	same(304, "/statistics")
	w.move(24 * 3600e9)
	same(200, "/statistics")
	_, err := w.MarkExample(t.Context(), store.By{Actor: event.Actor{User: "demo", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "demo"}, Why: "dunia contoh"})
	w.ok(err)
	if got := w.send("", "GET", "/statistics", ""); got.Header().Get("X-Dampak-Example") != "true" {
		t.Errorf("%v", got.Header())
	}
}

// TestPublicIsLimited: one origin has so many requests a minute; others and who
// has a token go on.
func TestPublicIsLimited(t *testing.T) {
	w := newTown(t)
	if got := w.send("", "GET", "/statistics", "", "X-Test-Origin", "a"); got.Code != 200 {
		t.Fatalf("the first: %d", got.Code)
	}
	for range publicMost - 1 {
		w.api.public.counts.may("a", w.clock())
	}
	got := w.send("", "GET", "/statistics", "", "X-Test-Origin", "a")
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "60" || !strings.Contains(got.Body.String(), "api-often") {
		t.Errorf("%d %v %s", got.Code, got.Header(), got.Body)
	}
	w.fits(nil, got)
	if got := w.send("", "GET", "/statistics", "", "X-Test-Origin", "b"); got.Code != 200 {
		t.Errorf("another origin: %d", got.Code)
	}
	if got := w.send("ani", "GET", "/statistics", "", "X-Test-Origin", "a"); got.Code != 200 {
		t.Errorf("a token: %d", got.Code)
	}
	w.move(publicWindow)
	if got := w.send("", "GET", "/statistics", "", "X-Test-Origin", "a"); got.Code != 200 {
		t.Errorf("a minute later: %d", got.Code)
	}
}

// TestNothingElseIsPublic: every other address asks who it is, whatever the method.
func TestNothingElseIsPublic(t *testing.T) {
	w := newTown(t)
	open := map[string]bool{}
	for id, op := range w.operations() {
		url := strings.NewReplacer("{id}", "x", "{sha256}", "x", "{number}", "1").Replace(strings.TrimPrefix(op.Path, Base))
		got := w.send("", op.Method, url, "")
		public, _ := op.Extensions[publicExtension].(bool)
		if (got.Code != http.StatusUnauthorized) != public {
			t.Errorf("%s: %d, public %v", id, got.Code, public)
		}
		if public {
			open[op.Tags[0]] = true
			if op.Method != http.MethodGet || len(op.Security) != 2 {
				t.Errorf("%s: %s, %v", id, op.Method, op.Security)
			}
		}
	}
	for noun := range open {
		if noun != "statistics" && noun != "programmes" && noun != "findings" {
			t.Errorf("%s is public", noun)
		}
	}
}
