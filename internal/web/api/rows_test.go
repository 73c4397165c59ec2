package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// row is one request and what must come of it.
type row struct {
	who, method, url, body string
	status                 int
	contains               string // in the answer; words parted by " & "
	events                 string // types of the events it led to
	as                     string // name for the object made
}

const seenWhy = `"why": "uji"`

// rows are played in order on one town. Every operation of the document must
// have a row that works and one that is refused.
var rows = []row{
	// Who are you?
	{"", "GET", "/organisations", "", 401, `"code":"api-nobody"`, "", ""},
	{"", "POST", "/organisations", "this is no JSON", 401, "api-nobody", "", ""},
	{"", "GET", "/nowhere", "", 401, "api-nobody", "", ""},
	{"", "DELETE", "/users/x", "", 401, "api-nobody", "", ""},
	{"", "GET", "/openapi.json/", "", 401, "api-nobody", "", ""},
	{"", "POST", "/openapi.json", "{}", 401, "api-nobody", "", ""},
	// Is there such an address?
	{"rini", "GET", "", "", 404, "api-no-path", "", ""},
	{"rini", "GET", "/nowhere", "", 404, "api-no-path & /api/v1/nowhere", "", ""},
	{"rini", "GET", "/users/", "", 404, "api-no-path", "", ""},
	{"rini", "GET", "//users", "", 404, "api-no-path", "", ""},
	{"rini", "GET", "/users/../grants", "", 404, "api-no-path", "", ""},
	{"rini", "GET", "/users/%2e%2e/grants", "", 404, "api-no-path", "", ""},
	{"rini", "DELETE", "/users/<sri>", "", 405, "api-method & GET", "", ""},
	{"rini", "PUT", "/users", "{}", 405, "GET, HEAD, POST", "", ""},
	{"rini", "POST", "/openapi.json", "{}", 405, "api-method", "", ""},
	{"rini", "POST", "/users/<sri>/accept", "{}", 404, "api-no-path", "", ""},

	// Lists hold what may be seen.
	{"ani", "GET", "/organisations", "", 200, "Kantor Pusdatin & Kantor Jatim", "", ""},
	{"ani", "GET", "/organisations?within=9999", "", 422, "query.within & api-region & `9999`", "", ""},
	{"wati", "GET", "/regions?within=99", "", 422, "query.within & api-region & `99`", "", ""},
	{"wati", "GET", "/regions?within=0000&kind=province&limit=1", "", 200, `"id":"35"`, "", ""},
	{"ani", "GET", "/organisations?within=35&kind=regency-office", "", 200, `Kantor Malang & "commands":[]`, "", ""},
	{"wati", "GET", "/organisations", "", 403, `"right":"organisation-read" & "roles":["head","analyst"`, "", ""},
	{"dewi", "GET", "/organisations/<Malang>", "", 200, `"commands":["rename","end","change-setting"] & "signing_revision":0 & "plt":["permit","decision","letter"]`, "", ""},
	{"dewi/read", "GET", "/organisations/<Malang>", "", 200, `"commands":[]`, "", ""},
	{"wati", "GET", "/organisations/<Malang>", "", 403, "organisation-read", "", ""},
	{"ani", "GET", "/organisations/tidak-ada", "", 404, "api-no-object & tidak-ada", "", ""},
	{"wati", "GET", "/regions?within=35&kind=kota&limit=2", "", 200, `"id":"3571" & "next":"3572"`, "", ""},
	{"", "GET", "/regions/35", "", 401, "", "", ""},
	{"", "GET", "/regions", "", 401, "", "", ""},
	{"wati", "GET", "/regions/3510", "", 200, "Kabupaten Banyuwangi", "", ""},
	{"wati", "GET", "/regions/99", "", 404, "api-no-object", "", ""},
	{"dewi", "GET", "/users", "", 200, `"name":"Tono"`, "", ""},
	{"ani", "GET", "/users", "", 403, `"right":"user-read"`, "", ""},
	{"dewi", "GET", "/users/<tono>", "", 200, `tono@contoh.go.id & "state":"active"`, "", ""},
	{"tono", "GET", "/users/<wati>", "", 403, `"right":"user-read" & Kabupaten Malang`, "", ""},
	{"wati", "GET", "/users/<wati>", "", 200, `"commands":["change"`, "", ""},
	{"sri", "GET", "/grants?role=administrator", "", 200, `"items":[]`, "", ""},
	{"dewi", "GET", "/grants?role=administrator", "", 200, `<dewi>`, "", ""},
	{"ani", "GET", "/grants", "", 403, `"right":"grant-read"`, "", ""},
	{"ani", "GET", "/grants/<grant ani>", "", 200, `"role":"analyst" & "state":"active"`, "", ""},
	{"ani", "GET", "/grants/<grant sri>", "", 403, `grant-read`, "", ""},
	{"ani", "GET", "/positions?user=<sri>", "", 200, `"title":"Kepala" & "name":"Sri" & "in_charge":"<sri>"`, "", ""},
	{"wati", "GET", "/positions", "", 403, `position-read`, "", ""},
	{"ani", "GET", "/positions/<Kepala>", "", 200, `"capacity":"definitive"`, "", ""},
	{"wati", "GET", "/positions/<Kepala>", "", 403, `position-read`, "", ""},
	{"agus", "GET", "/events?object=organisation/<Malang>", "", 200, `organisation-registered & "next":null`, "", ""},
	{"ani", "GET", "/events", "", 403, `event-read`, "", ""},
	{"agus", "GET", "/events?cursor=kemarin", "", 422, `api-cursor`, "", ""},
	{"dewi", "GET", "/events?user=<rini>&type=position-created&limit=1", "", 200, `Kepala Malang`, "", ""},
	{"rini", "GET", "/events/1", "", 200, `"id":"1" & "type":"user-invited" & "before":null`, "", ""},
	{"dewi", "GET", "/events/1", "", 403, `event-read`, "", ""},
	{"rini", "GET", "/events/99999", "", 404, `api-no-object`, "", ""},
	{"rini", "GET", "/events/satu", "", 404, `api-no-object`, "", ""},
	{"ani", "GET", "/organisations?limit=0", "", 422, `query.limit`, "", ""},
	{"ani", "GET", "/organisations?limit=banyak", "", 422, `query.limit & api-number`, "", ""},
	{"ani", "GET", "/organisations?kind=rt", "", 422, `query.kind & api-choice & ministry-centre`, "", ""},
	{"ani", "GET", "/organisations?warna=biru", "", 422, `query.warna & api-field-unknown`, "", ""},

	// A right that is missing comes before the body.
	{"ani", "POST", "/organisations", "this is no JSON", 403, `"right":"organisation-manage"`, "", ""},
	{"dewi/read", "POST", "/organisations", "this is no JSON", 403, `"right":"scope:write"`, "", ""},
	{"dewi", "POST", "/organisations", "this is no JSON", 400, "api-json", "", ""},
	{"dewi", "POST", "/organisations", "", 400, "api-body-missing", "", ""},
	{"dewi", "POST", "/organisations", `{}`, 422, `body.kind & body.region & body.name & body.why`, "", ""},
	{"dewi", "POST", "/organisations", `{"kind":"regency-office","region":3510,"name":["a"],"short":"B","from":"besok",` + seenWhy + `,"warna":"biru"}`, 422, `body.region & body.name & api-text & body.from & api-day & body.warna & api-field-unknown`, "", ""},
	{"dewi", "POST", "/organisations", `{"kind":"ministry-centre","region":"0000","name":"Pusat Bantul","short":"Bantul","from":"2026-01-01",` + seenWhy + `}`, 403, `"right":"organisation-manage" & Indonesia`, "", ""},
	{"dewi", "POST", "/organisations", `{"kind":"regency-office","region":"9999","name":"Dinsos X","short":"X","from":"2026-01-01",` + seenWhy + `}`, 403, `organisation-manage`, "", ""},
	{"rini", "POST", "/organisations", `{"kind":"regency-office","region":"9999","name":"Dinsos X","short":"X","from":"2026-01-01",` + seenWhy + `}`, 422, `body.region & region-unknown`, "", ""},
	{"dewi", "POST", "/organisations", `{"kind":"regency-office","region":"3510","name":"Dinsos <b>Banyuwangi</b>","short":"Banyuwangi","from":"2026-01-01",` + seenWhy + `}`, 201, `"event":"organisation-registered"`, "organisation-registered", "Banyuwangi"},

	// Commands on an organisation; a stale form.
	{"dewi", "POST", "/organisations/<Banyuwangi>/rename", `{"name":"Dinsos P3A","short":"P3A","from":"2027-01-01","seen":<@organisation/Banyuwangi>,` + seenWhy + `}`, 200, `"event":"organisation-renamed"`, "organisation-renamed", ""},
	{"dewi", "POST", "/organisations/<Banyuwangi>/rename", `{"name":"Dinsos B","short":"DB","from":"2028-01-01","seen":1,` + seenWhy + `}`, 409, `"code":"stale" & "name":"Dewi" & "event":"organisation-renamed" & Dewi`, "", ""},
	{"ani", "POST", "/organisations/<Banyuwangi>/rename", `{}`, 403, `organisation-manage`, "", ""},
	{"dewi", "POST", "/organisations/<Pusdatin>/rename", `{}`, 403, `organisation-manage`, "", ""},
	{"dewi", "POST", "/organisations/tidak-ada/rename", `{}`, 404, `api-no-object`, "", ""},
	{"sri", "POST", "/organisations/<Jatim>/change-setting", `{"signing":{"plt":["letter"],"plh":[],"an":[]},"seen":0,` + seenWhy + `,"acting_position":"<Kepala>"}`, 200, `setting-changed`, "setting-changed", ""},
	{"sri", "POST", "/organisations/<Jatim>/change-setting", `{"signing":{"plt":["letter"],"plh":[],"an":[]},"seen":0,` + seenWhy + `}`, 409, `stale & Sri`, "", ""},
	{"sri", "POST", "/organisations/<Jatim>/change-setting", `{"signing":{"plt":["cek"],"plh":["letter","letter"],"an":[]},"seen":0,` + seenWhy + `}`, 422, `body.signing.plt[0] & body.signing.plh & api-twice`, "", ""},
	{"sri", "POST", "/organisations/<Malang>/change-setting", `{}`, 403, `setting-manage`, "", ""},
	{"dewi", "POST", "/organisations/<Jatim>/change-setting", `{"signing":{"plt":["letter"],"plh":[],"an":[]},"seen":0,` + seenWhy + `,"acting_position":"<Kepala>"}`, 403, `actor-position`, "", ""},
	{"dewi", "POST", "/organisations/<Banyuwangi>/end", `{"last":"2026-12-31","seen":<@organisation/Banyuwangi>,` + seenWhy + `}`, 200, `organisation-ended`, "organisation-ended", ""},
	{"dewi", "POST", "/organisations/<Banyuwangi>/end", `{"last":"2026-12-31","seen":<@organisation/Banyuwangi>,` + seenWhy + `}`, 409, `state-organisation-ended`, "", ""},
	{"ani", "POST", "/organisations/<Banyuwangi>/end", `{}`, 403, `organisation-manage`, "", ""},

	// Positions.
	{"dewi", "POST", "/positions", `{"organisation":"<Malang>","title":"Sekretaris","from":"2026-01-01",` + seenWhy + `}`, 201, `position-created`, "position-created", "Sekretaris"},
	{"dewi", "POST", "/positions", `{"organisation":"<Pusdatin>","title":"Sekretaris","from":"2026-01-01",` + seenWhy + `}`, 403, `position-manage`, "", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/begin-holding", `{"user":"<tono>","capacity":"definitive","from":"2026-01-01","seen":<@position/Sekretaris>,` + seenWhy + `}`, 200, `holding-begun`, "holding-begun", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/begin-holding", `{"user":"<wati>","capacity":"plt","from":"2026-01-01","seen":<@position/Sekretaris>,` + seenWhy + `}`, 422, `blank-mandate`, "", ""},
	{"tono", "POST", "/positions/<Sekretaris>/begin-holding", `{}`, 403, `position-manage`, "", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/end", `{"last":"2026-12-31","seen":<@position/Sekretaris>,` + seenWhy + `}`, 422, `position-is-held & Tono`, "", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/end-holding", `{"holding":"tidak-ada","last":"2026-11-30","seen":<@position/Sekretaris>,` + seenWhy + `}`, 422, `holding-unknown`, "", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/end-holding", `{"holding":"<HELD Sekretaris>","last":"2026-11-30","seen":<@position/Sekretaris>,` + seenWhy + `}`, 200, `holding-ended`, "holding-ended", ""},
	{"tono", "POST", "/positions/<Sekretaris>/end-holding", `{}`, 403, `position-manage`, "", ""},
	{"dewi", "POST", "/positions/<Sekretaris>/end", `{"last":"2026-12-31","seen":<@position/Sekretaris>,` + seenWhy + `}`, 200, `position-ended`, "position-ended", ""},
	{"tono", "POST", "/positions/<Sekretaris>/end", `{}`, 403, `position-manage`, "", ""},

	// Users.
	{"dewi", "POST", "/users", `{"name":"Hadi","email":"hadi@contoh.go.id","language":"id","organisation":"<Malang>",` + seenWhy + `}`, 201, `"invitation":" & user-invited`, "user-invited", "hadi"},
	{"dewi", "POST", "/users", `{"name":"Hadi","email":"hadi@contoh.go.id","language":"id",` + seenWhy + `}`, 403, `user-manage`, "", ""},
	{"rini", "POST", "/users", `{"name":"Hadi","email":"hadi@contoh.go.id","language":"id",` + seenWhy + `}`, 422, `user-email-taken`, "", ""},
	{"rini", "POST", "/users", `{"name":"Nomor 0000000000000000","email":"nomor@contoh.go.id","language":"id",` + seenWhy + `}`, 422, `text-identity & body.name`, "", ""},
	{"ani", "POST", "/users", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<hadi>/invite", `{"seen":<@user/hadi>,` + seenWhy + `}`, 200, `"invitation":"`, "user-invited", ""},
	{"ani", "POST", "/users/<hadi>/invite", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<dewi>/invite", `{"seen":<@user/dewi>,` + seenWhy + `}`, 403, `api-token-oneself`, "", ""},
	{"dewi", "POST", "/users/<hadi>/change", `{"name":"Hadi S","email":"hadi@contoh.go.id","language":"en","organisation":"<Malang>","seen":<@user/hadi>,` + seenWhy + `}`, 200, `user-changed`, "user-changed", ""},
	{"wati", "POST", "/users/<wati>/change", `{"name":"Wati S","email":"wati@contoh.go.id","language":"en","organisation":"<Surabaya>","seen":<@user/wati>,` + seenWhy + `}`, 200, `user-changed`, "user-changed", ""},
	{"wati", "POST", "/users/<wati>/change", `{"name":"Wati S","email":"lain@contoh.go.id","language":"en","organisation":"<Surabaya>","seen":<@user/wati>,` + seenWhy + `}`, 403, `user-profile`, "", ""},
	{"wati", "POST", "/users/<hadi>/change", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<wati>/suspend", `{"seen":<@user/wati>,` + seenWhy + `}`, 200, `user-suspended`, "user-suspended", ""},
	{"wati", "GET", "/regions", "", 401, `api-user-out`, "", ""},
	{"ani", "POST", "/users/<hadi>/suspend", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<rini>/suspend", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<wati>/reinstate", `{"seen":<@user/wati>,` + seenWhy + `}`, 200, `user-reinstated`, "user-reinstated", ""},
	{"ani", "POST", "/users/<wati>/reinstate", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "POST", "/users/<wati>/remove-second-factor", `{"seen":<@user/wati>,` + seenWhy + `}`, 422, `user-no-second-factor`, "", ""},
	{"rini", "POST", "/users/<ani>/remove-second-factor", `{"seen":<@user/ani>,` + seenWhy + `}`, 200, `second-factor-removed`, "second-factor-removed", ""},
	{"ani", "POST", "/users/<hadi>/remove-second-factor", `{}`, 403, `user-manage`, "", ""},
	{"ani", "POST", "/users/<ani>/remove-second-factor", `{"seen":<@user/ani>,` + seenWhy + `}`, 403, `api-token-oneself`, "", ""},
	{"dewi", "POST", "/users/<hadi>/leave", `{"seen":<@user/hadi>,"why":" "}`, 422, `body.why & blank-reason`, "", ""},
	{"dewi", "POST", "/users/<hadi>/leave", `{"seen":<@user/hadi>,` + seenWhy + `}`, 200, `user-left`, "user-left", ""},
	{"ani", "POST", "/users/<hadi>/leave", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "GET", "/users/<hadi>", "", 200, `"commands":["forget"]`, "", ""},
	{"dewi", "POST", "/users/<hadi>/forget", `{"seen":<@user/hadi>,"why":" "}`, 422, `body.why & blank-reason`, "", ""},
	{"dewi", "POST", "/users/<hadi>/forget", `{"seen":<@user/hadi>,` + seenWhy + `}`, 200, `user-forgotten`, "user-forgotten", ""},
	{"ani", "POST", "/users/<hadi>/forget", `{}`, 403, `user-manage`, "", ""},
	{"dewi", "GET", "/users/<hadi>", "", 200, `"name":"" & "commands":[]`, "", ""},
	{"dewi", "POST", "/users/<hadi>/suspend", `{"seen":<@user/hadi>,` + seenWhy + `}`, 409, `state-user-left`, "", ""},

	// Grants, and two people.
	{"dewi", "POST", "/grants", `{"user":"<wati>","role":"auditor","region":"3578","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 201, `grant-given`, "grant-given", "audit"},
	{"dewi", "POST", "/grants", `{"user":"<wati>","role":"auditor","region":"0000","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 403, `grant-request`, "", ""},
	{"dewi", "POST", "/grants", `{"user":"<wati>","role":"king","region":"3578","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 422, `body.role & api-choice`, "", ""},
	{"ani", "POST", "/grants", `{}`, 403, `grant-request`, "", ""},
	{"dewi", "POST", "/grants/<audit>/end", `{"seen":<@grant/audit>,` + seenWhy + `}`, 200, `grant-ended`, "grant-ended", ""},
	{"ani", "POST", "/grants/<audit>/end", `{}`, 403, `grant-request`, "", ""},
	{"dewi", "POST", "/grants", `{"user":"<wati>","role":"output-checker","region":"3578","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 201, `grant-requested`, "grant-requested", "check"},
	{"dewi", "POST", "/grants/<check>/confirm", `{"seen":<@grant/check>,` + seenWhy + `}`, 403, `grant-own-request`, "", ""},
	{"rini", "POST", "/grants/<check>/confirm", `{"seen":<@grant/check>,` + seenWhy + `}`, 200, `grant-confirmed`, "grant-confirmed", ""},
	{"ani", "POST", "/grants/<check>/confirm", `{}`, 403, `grant-confirm`, "", ""},
	{"dewi", "POST", "/grants", `{"user":"<joko>","role":"administrator","region":"3578","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 422, `user-unknown`, "", ""},
	{"dewi", "POST", "/grants", `{"user":"<tono>","role":"administrator","region":"3578","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 201, `grant-requested`, "grant-requested", "more"},
	{"rini", "POST", "/grants/<more>/refuse", `{"seen":<@grant/more>,` + seenWhy + `}`, 200, `grant-refused`, "grant-refused", ""},
	{"ani", "POST", "/grants/<more>/refuse", `{}`, 403, `grant-confirm`, "", ""},
	{"rini", "POST", "/grants/<more>/confirm", `{"seen":<@grant/more>,` + seenWhy + `}`, 409, `state-grant-refused`, "", ""},
	// A grant rests while its user is of another organisation.
	{"rini", "POST", "/users/<budi>/change", `{"name":"Budi","email":"budi@contoh.go.id","language":"id","organisation":"<Malang>","seen":<@user/budi>,` + seenWhy + `}`, 200, `user-changed`, "user-changed", ""},
	{"rini", "GET", "/grants/<grant budi>", "", 200, `"state":"resting" & "rests":{"id":"Hak ini sedang & This grant rests & "commands":["end"]`, "", ""},
	{"rini", "GET", "/grants?state=resting", "", 200, `"id":"<grant budi>" & "next":null`, "", ""},
	{"rini", "GET", "/grants?state=active&user=<budi>", "", 200, `"items":[]`, "", ""},
}

// TestRows plays the rows of the register and of people.
func TestRows(t *testing.T) {
	w := newTown(t)
	_, err := w.SetSecondFactor(context.Background(), w.by("ani", ""), "rahasia", "")
	w.ok(err)
	w.play(rows, "organisations", "regions", "users", "grants", "positions", "events")
}

// play plays rows in order. The operations come from the document: one of the
// nouns without a row that works and a row that is refused fails the test; what is
// public is refused to nobody.
func (w *town) play(rows []row, nouns ...string) {
	t := w.t
	t.Helper()
	works, refused := map[string]bool{}, map[string]bool{}
	for i, k := range rows {
		switch k.who {
		case "WAIT":
			d, err := time.ParseDuration(k.url + "h")
			w.ok(err)
			w.move(d)
			continue
		case "JOIN":
			w.joined(k.url, w.ids[k.url], w.invitation)
			continue
		}
		w.look(k.url + k.body)
		before := w.head()
		url := w.fill(k.url)
		got := w.send(k.who, k.method, url, w.fill(k.body), "Accept-Language", "en")
		said := got.Body.String()
		shown := k.body[:min(len(k.body), 300)]
		if got.Code != k.status {
			t.Errorf("row %d: %s %s %s %s: %d, want %d: %s", i, k.who, k.method, k.url, shown, got.Code, k.status, said)
			continue
		}
		for _, part := range strings.Split(k.contains, " & ") {
			if !strings.Contains(said, w.fill(part)) {
				t.Errorf("row %d: %s %s %s: no %q in %s", i, k.who, k.method, k.url, part, said)
			}
		}
		if strings.Contains(said, "[problem.") || identities.MatchString(said) || strings.Contains(said, "@contoh.go.id") && !strings.HasPrefix(k.url, "/users") && !strings.HasPrefix(k.url, "/events") || got.Header().Get("Location") != "" != (k.status == 201) {
			t.Errorf("row %d: %v %s", i, got.Header(), said)
		}
		if k.as != "" {
			var made Invited
			w.ok(json.Unmarshal(got.Body.Bytes(), &made))
			w.ids[k.as], w.invitation = made.ID, made.Invitation
			if back := w.send(k.who, "GET", strings.TrimPrefix(got.Header().Get("Location"), Base), ""); back.Code != 200 && back.Code != 403 {
				t.Errorf("row %d: %s answers %d", i, got.Header().Get("Location"), back.Code)
			}
		}
		w.happened(i, k, before)
		op := w.operationOf(k.method, url)
		w.fits(op, got)
		if op != nil {
			works[op.OperationID] = works[op.OperationID] || got.Code < 300
			refused[op.OperationID] = refused[op.OperationID] || got.Code == 401 || got.Code == 403
		}
	}
	for id, op := range w.operations() {
		if public, _ := op.Extensions[publicExtension].(bool); slices.Contains(nouns, op.Tags[0]) && (!works[id] || !refused[id] && !public) {
			t.Errorf("operation %s: a row that works: %v, one that is refused: %v", id, works[id], refused[id])
		}
	}
	if _, err := w.Verify(context.Background()); err != nil {
		t.Error(err)
	}
}

// identities are runs of digits that no answer may hold.
var identities = regexp.MustCompile(`\b(0{16}|3507010101900001)\b`)

// look finds out what rows name by what it is: the newest holding of a position,
// the frozen text of an agreement, its first document, the letter of an answer.
func (w *town) look(in string) {
	for _, m := range placeholder.FindAllStringSubmatch(in, -1) {
		kind, name, ok := strings.Cut(m[2], " ")
		if !ok {
			continue
		}
		switch kind {
		case "HELD":
			var p Position
			w.ok(json.Unmarshal(w.send("rini", "GET", "/positions/"+w.ids[name], "").Body.Bytes(), &p))
			w.ids[m[2]] = p.Holdings[len(p.Holdings)-1].ID
		case "TEXT":
			w.ids[m[2]] = w.agreementNow(name).Frozen.SHA256
		case "DOC":
			if d := w.agreementNow(name).Documents; len(d) > 0 {
				w.ids[m[2]] = d[0].SHA256
			}
		case "FILE":
			for _, m := range w.permitNow("rudi", name).Moves {
				if m.File != nil && m.Command == "open" {
					w.ids["FILE "+name] = m.File.SHA256
				}
			}
		}
	}
}

// happened holds the events of a row against the log: their types, and that each
// names the user, the door and the token.
func (w *town) happened(i int, k row, before int64) {
	w.t.Helper()
	var types []string
	why := "uji"
	if k.method == http.MethodGet { // a look that is noted; nobody is asked why
		why = ""
	}
	for seq := before + 1; seq <= w.head(); seq++ {
		e := w.event(seq)
		types = append(types, e.Type)
		if e.Actor.User != w.ids[k.who] || e.Actor.Via != "api" || e.Actor.Through != w.ids["token "+k.who] || e.Why != why {
			w.t.Errorf("row %d: %+v why %q", i, e.Actor, e.Why)
		}
		if at := strings.Index(k.body, `"acting_position":"<`); at >= 0 {
			title, _, _ := strings.Cut(k.body[at+len(`"acting_position":"<`):], ">")
			if e.Actor.Position != w.ids[title] {
				w.t.Errorf("row %d: %+v", i, e.Actor)
			}
		}
	}
	if strings.Join(types, " ") != k.events {
		w.t.Errorf("row %d: %s %s led to %q, want %q", i, k.method, k.url, types, k.events)
	}
}

// TestRightsAreThoseOfTheTable asks every operation of the document as every
// role, with access.May as the referee: 403 naming the right where it says no,
// and where it says yes an answer, or for a command the complaint about an empty
// body, which is looked at only then. Nothing may come of it.
func TestRightsAreThoseOfTheTable(t *testing.T) {
	w := newTown(t)
	w.example()
	w.datasetOfMalang()
	w.figuresOfMalang()
	w.inquiries()
	w.queued("hitungan")
	objects := map[string]map[string]string{ // kind -> region it lies in -> name
		"organisations": {"35": "Jatim", "3507": "Malang", "0000 too": "Pusdatin", "0000": "B2P3KS"},
		"positions":     {"35": "Kepala", "3507": "Kepala Malang", "0000 too": "Kepala Pusdatin"},
		"users":         {"35": "oki", "3507": "tono", "0000 too": "joko", "0000": "agus"},
		"grants":        {"35": "grant oki", "3507": "grant tono", "0000 too": "grant joko"},
		"agreements":    {"35": "janji"},
		"permits":       {"35": "izin", "0000": "rancangan"},
		"datasets":      {"35": "data", "3507": "data malang"},
		"programmes":    {"35": "PKH", "3507": "program malang"},
		"budgets":       {"3507": "tabel"},
		"studies":       {"0000": "studi"},
		"runs":          {"0000": "hitungan"},
	}
	people := []string{"rini", "wati", "hesti", "rudi", "yuni"}
	for name := range roleOf {
		people = append(people, name)
	}
	before, yes, no := w.head(), 0, 0
	for id, op := range w.operations() {
		right, _ := op.Extensions[rightExtension].(string)
		noun := op.Tags[0]
		if right == "" || noun == "events" {
			continue
		}
		for _, who := range people {
			names := objects[noun]
			if !strings.Contains(op.Path, "{id}") {
				names = map[string]string{"": ""}
			}
			for _, name := range names {
				allowed := w.allows(op.Extensions, right, who, noun, name)
				url := strings.TrimPrefix(strings.NewReplacer("{id}", w.ids[name], "{number}", "7").Replace(op.Path), Base)
				want := map[bool]int{true: 200, false: 403}[allowed]
				if allowed && slices.Contains([]string{"read-utilisation", "list-levels"}, id) {
					want = 422 // of which region and year?
				}
				if allowed && slices.Contains([]string{"read-figure-quality", "read-aea-registration", "read-run-result", "read-run-tables", "read-run-package", "read-run-release", "read-run-baseline"}, id) {
					want = 404 // nothing is kept of it, nothing is registered, nothing answered
				}
				if (strings.HasSuffix(url, "{sha256}") || strings.Contains(op.Path, "{number}")) && allowed {
					want = 404 // there is no such document, no such version
				}
				got := w.send(who, op.Method, url, map[string]string{http.MethodPost: "{}"}[op.Method], "Accept-Language", "en")
				if allowed && op.Method == http.MethodPost {
					want = 422
					if op.RequestBody.Content[multipartType] != nil {
						want = 415
					}
				}
				if got.Code != want || (!allowed && !strings.Contains(got.Body.String(), `"right":"`+right+`"`)) {
					t.Errorf("%s as %s on %q: %d, want %d: %s", id, who, name, got.Code, want, got.Body)
				}
				if allowed {
					yes++
				} else {
					no++
				}
			}
		}
	}
	if w.head() != before || yes < 150 || no < 150 {
		t.Errorf("%d allowed, %d denied, %d events", yes, no, w.head()-before)
	}
}
