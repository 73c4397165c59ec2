package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/change"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// TestDocument: everybody may have it, in their language; it holds words for all
// and nothing of huma's own.
func TestDocument(t *testing.T) {
	w := newTown(t)
	for accept, want := range map[string]i18n.Lang{"": i18n.ID, "en-GB,en;q=0.9": i18n.EN, "de": i18n.ID, "id,en": i18n.ID, "en": i18n.EN, "%%%": i18n.ID, "ms": i18n.ID} {
		got := w.send("", "GET", "/openapi.json", "", "Accept-Language", accept)
		if got.Code != 200 || got.Header().Get("Content-Language") != string(want) || got.Header().Get("Content-Type") != "application/openapi+json" {
			t.Fatalf("%q: %d %v", accept, got.Code, got.Header())
		}
		var doc struct {
			OpenAPI string `json:"openapi"`
			Info    struct{ Title string }
			Paths   map[string]map[string]any
		}
		if err := json.Unmarshal(got.Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Title != i18n.Text(want, "api.title", nil) || len(doc.Paths) < 20 {
			t.Errorf("%q: %s %s, %d paths", accept, doc.OpenAPI, doc.Info.Title, len(doc.Paths))
		}
		for _, wrong := range []string{"$schema", "[api.", "[permission.", `"description":""`, "Unprocessable", "Not Found"} {
			if strings.Contains(got.Body.String(), wrong) {
				t.Errorf("%q: the document holds %s", accept, wrong)
			}
		}
		if again := w.send("", "GET", "/openapi.json", "", "Accept-Language", accept, "If-None-Match", got.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%q: %d", accept, again.Code)
		}
	}
	if got := w.send("", "HEAD", "/openapi.json", ""); got.Code != 200 || got.Body.Len() > 0 {
		t.Errorf("HEAD: %d, %d bytes", got.Code, got.Body.Len())
	}
}

// TestOneDocument: but for its words the document is the same in both languages.
func TestOneDocument(t *testing.T) {
	w := newTown(t)
	var bare func(v any, in string) any
	bare = func(v any, in string) any {
		switch v := v.(type) {
		case map[string]any:
			for key := range v {
				if _, text := v[key].(string); text && in != "properties" && (key == "description" || key == "summary" || key == "title") {
					delete(v, key)
					continue
				}
				v[key] = bare(v[key], key)
			}
		case []any:
			for i := range v {
				v[i] = bare(v[i], in)
			}
		}
		return v
	}
	var all []any
	for _, l := range i18n.Langs {
		var doc any
		w.ok(json.Unmarshal(w.api.documents[l].json, &doc))
		all = append(all, bare(doc, ""))
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Error("the documents differ in more than words")
	}
}

// TestExamplesFit: each body of the document has an example, and it fits.
func TestExamplesFit(t *testing.T) {
	w := newTown(t)
	n := 0
	for id, op := range w.operations() {
		if op.RequestBody == nil {
			continue
		}
		n++
		media := bodyOf(op)
		b, err := json.Marshal(media.Example)
		if err != nil || string(b) == "null" {
			t.Fatalf("%s: %s %v", id, b, err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		doc := w.api.documents[i18n.EN].api
		var found huma.ValidateResult
		huma.Validate(doc.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, v, &found)
		for _, err := range found.Errors {
			t.Errorf("%s: %v in %s", id, err, b)
		}
		if _, reason := v.(map[string]any)["why"]; !reason {
			t.Errorf("%s takes no reason", id)
		}
	}
	if n < 15 {
		t.Errorf("%d examples", n)
	}
}

// TestChoicesAreTheRooms: the choices of the document are those of the rooms that
// decide.
func TestChoicesAreTheRooms(t *testing.T) {
	w := newTown(t)
	schemas := w.api.documents[i18n.EN].api.Components.Schemas.Map()
	versionStates := []registry.VersionState{registry.Staged, registry.Accepted, registry.Superseded, registry.VersionWithdrawn, registry.VersionErased}
	lives := func(l registry.Life) []string { return slices.Clone(l.States) }
	for name, want := range map[string][]string{
		"RegisterOrganisation.kind": texts(registry.OrganisationKinds), "Organisation.kind": texts(registry.OrganisationKinds),
		"Agreement.state": lives(cooperation.AgreementLife), "AgreementLine.state": lives(cooperation.AgreementLife), "Signature.way": texts(cooperation.Ways), "RecordSignature.way": texts(cooperation.Ways),
		"Permit.state": lives(cooperation.PermitLife), "PermitLine.state": lives(cooperation.PermitLife), "DraftPermit.kind": append([]string{""}, texts(cooperation.PermitKinds)...),
		"DraftPermit.study_status": append([]string{""}, cooperation.StudyStatuses...), "AttachToRequest.kind": texts(cooperation.AttachmentKinds), "Attachment.kind": texts(cooperation.AttachmentKinds),
		"Step.state": cooperation.StepStates, "Letter.state": cooperation.LetterStates,
		"RequestGrant.role": texts(access.Roles[:len(access.Roles)-1]), "Grant.role": texts(access.Roles[:len(access.Roles)-1]),
		"Grant.state": append(lives(access.GrantLife), resting), "User.state": lives(access.UserLife), "Position.state": lives(registry.PositionLife), "Organisation.state": lives(registry.OrganisationLife),
		"Figure.mark": texts([]registry.Mark{registry.Final, registry.Preliminary, registry.VeryPreliminary}), "NewFigure.mark": texts([]registry.Mark{registry.Final, registry.Preliminary, registry.VeryPreliminary}),
		"Figure.break": append([]string{registry.NoBreak}, registry.Breaks...), "NewFigure.break": append([]string{registry.NoBreak}, registry.Breaks...),
		"Dataset.class": texts(registry.Classes), "DatasetLine.class": texts(registry.Classes), "RegisterDataset.class": texts(registry.Classes), "Dataset.state": lives(registry.DatasetLife),
		"VersionLine.state": texts(versionStates), "RowVersion.state": texts(versionStates), "Erasure.cause": texts([]registry.ErasureCause{registry.PersonErased, registry.RetentionOver}),
		"Finding.finding": texts(contract.Findings), "Shift.size": texts([]change.Size{change.None, change.Moderate, change.Large, change.Unknown}), "ErasePerson.kind": texts([]identity.Kind{identity.NIK, identity.KK, identity.Member}),
		"Programme.state": lives(registry.ProgrammeLife), "ProgrammeLine.state": lives(registry.ProgrammeLife), "VariantOf.state": lives(registry.ProgrammeLife), "Programme.level": texts(registry.Levels), "LevelUse.level": texts(registry.Levels),
		"ProgrammeLine.kind": append([]string{""}, texts(registry.ProgrammeKinds)...), "NewProgramme.kind": append([]string{""}, texts(registry.ProgrammeKinds)...),
		"NewProgramme.counts": append([]string{""}, texts([]registry.Counted{registry.Families, registry.Persons})...), "Variant.sort": texts([]registry.VariantSort{registry.Extends, registry.Changes}),
		"Benefit.per": append([]string{""}, texts(registry.BenefitUnits)...), "NewBudgetLine.fund": texts(registry.Funds), "BudgetLine.fund": texts(registry.Funds),
		"FigureBatch.kind": texts(registry.FigureKinds), "StageLines.kind": texts(registry.FigureKinds), "FigureBatch.state": lives(registry.FiguresLife),
		"Beside.station": texts([]registry.Station{registry.Allocated, registry.Disbursed, registry.Received, registry.Used}), "Use.over": append([]string{""}, texts([]registry.Over{registry.MostOfStages, registry.SumOfStages})...),
		"StageUse.due_basis": append([]string{""}, texts([]registry.DueBasis{registry.DuePlanned, registry.DueEnd})...),
		"Study.state":        lives(study.Life), "StudyLine.state": lives(study.Life), "FieldEdit.weight": texts([]study.Weight{study.Major, study.Minor}), "Hypothesis.expects": texts(study.Directions), "DraftStudy.purpose": cooperation.Purposes,
		"Run.state": lives(study.RunLife), "RunLine.state": lives(study.RunLife), "RunStep.state": texts([]study.RunState{study.Requested, study.Questioned, study.Released, study.Refused}),
		"RunEarlier.state": texts([]study.RunState{study.Released, study.Refused, study.Failed}), "StudyFinding.state": lives(evidence.Life), "StudyFinding.direction": texts([]evidence.Direction{evidence.ForBetter, evidence.ForWorse, evidence.NoEffect, evidence.Unclear, evidence.Unvalued}),
		"Indicator.adds": texts([]registry.AddUp{registry.AddsNot, registry.AddsSum, registry.AddsMean}),
	} {
		of, field, _ := strings.Cut(name, ".")
		var got []string
		for _, v := range schemas[of].Properties[field].Enum {
			got = append(got, v.(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if access.Roles[len(access.Roles)-1] != access.Public {
		t.Error("the last role is not the public")
	}
	// What the API offers is in the document, and the other way round.
	commands := map[string]bool{}
	for _, op := range w.operations() {
		if c, ok := op.Extensions[commandExtension].(string); ok {
			commands[c] = true
		}
	}
	for _, l := range access.Lives {
		for _, s := range l.Steps {
			if name := l.Object + "/" + s.Command; commands[name] != offered[name] {
				t.Errorf("%s: in the document %v, offered %v", name, commands[name], offered[name])
			}
		}
	}
}

// TestTokensAndSessions: who is let in, and with what.
func TestTokensAndSessions(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	for _, k := range []struct {
		name   string
		header []string
		status int
	}{
		{"a token", []string{"Authorization", "bearer " + w.tokens["ani"]}, 200},
		{"another scheme", []string{"Authorization", "Basic " + w.tokens["ani"]}, 401},
		{"no scheme", []string{"Authorization", w.tokens["ani"]}, 401},
		{"nothing", []string{"Authorization", "Bearer "}, 401},
		{"a cut token", []string{"Authorization", "Bearer " + w.tokens["ani"][:40]}, 401},
		{"an id", []string{"Authorization", "Bearer " + w.ids["token ani"]}, 401},
		{"a session", []string{"X-Test-Session", "ani"}, 200},
		{"a session of nobody", []string{"X-Test-Session", "siapa"}, 401},
		{"a wrong token beside a session", []string{"X-Test-Session", "ani", "Authorization", "Bearer x"}, 401},
	} {
		got := w.send("", "GET", "/organisations", "", k.header...)
		if got.Code != k.status || (got.Header().Get("WWW-Authenticate") != "") != (k.status == 401) {
			t.Errorf("%s: %d %v", k.name, got.Code, got.Header())
		}
		if got.Header().Get("Location") != "" || got.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", k.name, got.Header())
		}
	}
	// A page of another site cannot use a session; a program needs no Origin.
	body := w.fill(`{"name":"Rini","email":"rini@contoh.go.id","language":"en","seen":<@user/rini>,"why":"uji"}`)
	url := w.fill("/users/<rini>/change")
	if got := w.send("", "POST", url, body, "X-Test-Session", "rini", "Sec-Fetch-Site", "cross-site"); got.Code != 403 || !strings.Contains(got.Body.String(), "api-origin") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := w.send("", "POST", url, body, "X-Test-Session", "rini", "Sec-Fetch-Site", "same-origin"); got.Code != 200 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if e := w.event(w.head()); e.Actor.Via != "api" || e.Actor.Through != "" {
		t.Errorf("%+v", e.Actor)
	}
	// Ended, and past its day.
	if _, err := w.EndToken(ctx, w.by("ani", "bocor"), w.ids["token ani"]); err != nil {
		t.Fatal(err)
	}
	if got := w.send("ani", "GET", "/regions", ""); got.Code != 401 || !strings.Contains(got.Body.String(), "token ini tidak berlaku") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	w.move(40 * 24 * 3600e9)
	if got := w.send("rini", "GET", "/regions", ""); got.Code != 401 || !strings.Contains(got.Body.String(), "api-token") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// TestBodies: too large, of another type, cut off; and a token that only reads
// is refused before any of it.
func TestBodies(t *testing.T) {
	w := newTown(t)
	before := w.head()
	full := `{"why":"` + strings.Repeat("a", LargestBody-10) + `"}`
	for _, k := range []struct {
		name, who, body, kind string
		status                int
		contains              string
	}{
		{"as large as may be", "rini", full, "application/json", 422, "api-long"},
		{"too large", "rini", full + " ", "application/json", 413, "api-large"},
		{"too large, and nobody", "", full + " ", "application/json", 401, "api-nobody"},
		{"too large, to read alone", "rini/read", full + " ", "application/json", 403, "token-read-only"},
		{"a form", "rini", "why=uji", "application/x-www-form-urlencoded", 415, "api-media"},
		{"a form, and nobody", "", "why=uji", "application/x-www-form-urlencoded", 401, "api-nobody"},
		{"plain text", "rini", "{}", "text/plain", 415, "api-media"},
		{"CBOR", "rini", "{}", "application/cbor", 415, "api-media"},
		{"nonsense", "rini", "{}", ";;+", 415, "api-media"},
		{"with charset", "rini", "{}", "application/json; charset=utf-8", 422, "body.why"},
		{"two values", "rini", "{}{}", "application/json", 400, "api-json"},
		{"a list", "rini", "[]", "application/json", 422, "api-object"},
		{"null", "rini", "null", "application/json", 422, "api-object"},
		{"deep", "rini", strings.Repeat("[", 20000), "application/json", 400, "api-json"},
	} {
		r := httptest.NewRequest(http.MethodPost, Base+"/users", strings.NewReader(k.body))
		r.Header.Set("Content-Type", k.kind)
		if token := w.tokens[k.who]; token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		got := httptest.NewRecorder()
		w.api.ServeHTTP(got, r)
		if got.Code != k.status || !strings.Contains(got.Body.String(), k.contains) {
			t.Errorf("%s: %d %.300s", k.name, got.Code, got.Body)
		}
		w.fits(nil, got)
	}
	if w.head() != before {
		t.Error("something was changed")
	}
}

// TestOneWins: of many who act on the same revision one wins; the others are told
// who was first.
func TestOneWins(t *testing.T) {
	w := newTown(t)
	const many = 20
	body := w.fill(`{"name":"Tono S","email":"tono@contoh.go.id","language":"id","organisation":"<Malang>","seen":<@user/tono>,"why":"uji"}`)
	url, before := w.fill("/users/<tono>/change"), w.head()
	got := make([]*httptest.ResponseRecorder, many)
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() { got[i] = w.send([]string{"rini", "dewi"}[i%2], "POST", url, body) })
	}
	group.Wait()
	won := 0
	for _, g := range got {
		switch {
		case g.Code == http.StatusOK:
			won++
		case g.Code != http.StatusConflict || !strings.Contains(g.Body.String(), `"event":"user-changed"`):
			t.Errorf("%d %s", g.Code, g.Body)
		}
	}
	if won != 1 || w.head() != before+1 {
		t.Errorf("%d won, %d events", won, w.head()-before)
	}
}

// TestTheRecordIsGone: what is no fault of the caller is said so, in words that
// give nothing away.
func TestTheRecordIsGone(t *testing.T) {
	w := newTown(t)
	w.ok(w.Close())
	got := w.send("rini", "GET", "/users", "")
	if got.Code != http.StatusServiceUnavailable && got.Code != http.StatusInternalServerError {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if strings.Contains(got.Body.String(), "sql") || (got.Code == http.StatusServiceUnavailable) != (got.Header().Get("Retry-After") != "") {
		t.Errorf("%v %s", got.Header(), got.Body)
	}
	w.fits(nil, got)
}

// TestPaging walks each list in pieces of two and finds the same as in one.
func TestPaging(t *testing.T) {
	w := newTown(t)
	w.example()
	w.recorded(t, 4)
	w.figuresOfMalang()
	w.registers()
	w.studiesOf("rudi", "Kepala B2P3KS", "Studi 1", "Studi 2", "Studi 3")
	w.inquiries()
	w.queued("h1", "h2", "h3")
	for i := range 4 {
		w.play([]row{
			{"ani", "POST", "/agreements", `{"kind":"pks","parent":"<nk>",` + pact(fmt.Sprint("Anak ", i), `"3507"`, "2026-11-20", "2027-11-19") + `}`, 201, "agreement-drafted", "agreement-drafted", "anak"},
			{"rudi", "POST", "/permits", `{` + asking("<nk>", fmt.Sprint("Izin ", i), "2026-11-30") + `}`, 201, "permit-drafted", "permit-drafted", "lagi"},
		})
	}
	for _, url := range []string{"/organisations?", "/users?state=active&", "/grants?", "/positions?", "/events?type=token-made&", "/regions?within=35&", "/statistics?within=35&", "/statistics?revisions=true&", "/statistics?as_of=2024-12-31&", "/statistics/indicators?", "/budgets?", "/budgets/disbursements?revisions=true&", "/budgets/batches?", "/programmes?", "/datasets?", "/studies?", "/runs?", "/agreements?", "/agreements?kind=pks&state=draft&", "/permits?", "/permits?state=draft&"} {
		walk := func(limit string) (ids []string) {
			cursor := ""
			who := "rini"
			if strings.HasPrefix(url, "/permits") {
				who = "rudi"
			}
			for range 300 {
				got := w.send(who, "GET", url+"limit="+limit+cursor, "")
				var p Piece[struct{ ID string }]
				if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || got.Code != 200 {
					t.Fatalf("%s: %d %s", url, got.Code, got.Body)
				}
				for _, v := range p.Items {
					ids = append(ids, v.ID)
				}
				if p.Next == nil {
					return ids
				}
				cursor = "&cursor=" + *p.Next
			}
			t.Fatalf("%s has no end", url)
			return nil
		}
		whole, pieces := walk("200"), walk("2")
		if len(whole) < 3 || !slices.Equal(whole, pieces) {
			t.Errorf("%s: %d and %d", url, len(whole), len(pieces))
		}
	}
	if got := w.send("rini", "GET", "/users?cursor=zzzz", ""); got.Code != 200 || !strings.Contains(got.Body.String(), `"items":[],"next":null`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// FuzzBodies: no body of any operation makes the program fail.
func FuzzBodies(f *testing.F) {
	w := newTown(f)
	w.example()
	w.figuresOfMalang()
	w.inquiries()
	w.queued("hitungan")
	w.findings()
	var ids []string
	for id, op := range w.operations() {
		if op.RequestBody != nil && op.RequestBody.Content[jsonType] != nil {
			ids = append(ids, id)
			b, err := json.Marshal(op.RequestBody.Content["application/json"].Example)
			w.ok(err)
			f.Add(uint8(len(ids)), b)
		}
	}
	slices.Sort(ids)
	for i := range ids {
		for _, body := range []string{`{}`, `null`, `{"seen":1e400}`, `{"seen":9223372036854775808,"why":"a"}`, `{"seen":1.5,"why":"\u0000"}`, "{\"why\":\"\xff\"}", `{"seen":` + "12" + `,"why":"a","last":"2026-13-45"}`,
			`{"seen":12,"why":"a","user":"` + w.ids["tono"] + `","capacity":"plt","from":"2026-01-01","mandate":null,"absence":{}}`, `{"why":"a","WHY":"b","Seen":3}`} {
			f.Add(uint8(i), []byte(body))
		}
	}
	operations := w.operations()
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		w.t = t
		op := operations[ids[int(n)%len(ids)]]
		id := map[string]string{"organisations": w.ids["Malang"], "positions": w.ids["Kepala Malang"], "users": w.ids["tono"], "grants": w.ids["grant oki"], "agreements": w.ids["janji"], "permits": w.ids["izin"], "datasets": w.ids["data"], "programmes": w.ids["PKH"], "budgets": w.ids["tabel"], "studies": w.ids["studi"], "runs": w.ids["hitungan"], "findings": w.ids["usulan"]}[op.Tags[0]]
		who := map[string]string{"agreements": "sri", "permits": "hesti", "statistics": "ani", "datasets": "wahyu", "programmes": "ani", "budgets": "wahyu", "studies": "rudi", "runs": "rudi", "findings": "rudi"}[op.Tags[0]]
		got := w.send(cmp.Or(who, "rini"), "POST", strings.TrimPrefix(strings.ReplaceAll(op.Path, "{id}", id), Base), string(body))
		if got.Code >= 500 || got.Code == 401 || got.Code == 404 || strings.Contains(got.Body.String(), "[problem.") {
			t.Errorf("%s: %d %s", op.OperationID, got.Code, got.Body)
		}
	})
}
