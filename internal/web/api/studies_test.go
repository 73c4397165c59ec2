package api

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// kept keeps a content of the record and gives its hash.
func (w *town) kept(text string) string {
	w.t.Helper()
	hash, _, err := w.Contents().Put(context.Background(), bytes.NewReader([]byte(text)))
	w.ok(err)
	return hash
}

const inquiry = "dampak: 1\nid: bantuan\nquestion: Apakah bantuan menaikkan belanja?\ndata:\n  rumah: rumah.csv\ndesign:\n  experiment:\n    treatment: ikut\noutcomes:\n  - column: belanja\n    unit: rupiah\n    better: higher\n"

// inquiryContract is of the rows that inquiry reads.
const inquiryContract = `{"dampak:contract": "1", "name": "rumah", "title": "Rumah contoh", "dampak:titleEn": "Example houses", "dampak:class": "public", "dampak:regions": ["35"], "fieldsMatch": "partial",
 "fields": [{"name": "ikut", "type": "integer", "title": "Ikut", "dampak:titleEn": "Takes part", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "tahun", "type": "year", "title": "Tahun", "dampak:titleEn": "Year", "dampak:role": "period"}, {"name": "belanja", "type": "integer", "title": "Belanja", "dampak:titleEn": "Spending"}]}`

// inquiries adds public rows of the province and two stewards.
func (w *town) inquiries() {
	w.t.Helper()
	ctx := context.Background()
	w.person("sari", "Jatim")
	w.grant("sari", access.DataSteward, "35", "Jatim")
	columns := []registry.Column{{Name: "belanja", Words: registry.Words{ID: "belanja", EN: "spending"}}}
	id, _, err := w.RegisterDataset(ctx, w.by("wahyu", ""), registry.Dataset{Owner: w.ids["Jatim"], Name: "Rumah contoh", Class: registry.PublicData, Regions: []string{"35"}, Columns: columns})
	w.ok(err)
	w.ids["rumah"], w.ids["kontrak"] = id, w.kept(inquiryContract)
	n, _, err := w.StageDatasetVersion(ctx, w.by("wahyu", ""), id, registry.DatasetVersion{Rows: 60, File: "rumah.csv", SHA256: w.kept("berkas"), Content: w.kept("baris"), Contract: w.ids["kontrak"], Quality: w.kept("mutu"),
		Class: registry.PublicData, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(ctx, w.by("sari", ""), id, n)
	w.ok(err)
}

// protocol is a whole draft; more is what else it says.
func protocol(more string) string {
	plan, err := json.Marshal(inquiry)
	if err != nil {
		panic(err)
	}
	return `"draft":{"plan":` + string(plan) + `,"hypotheses":[{"outcome":"belanja","expects":"rises","reasoning":"uang tunai dibelanjakan"}],"data":[{"name":"rumah","dataset":"<rumah>","contract_sha256":"<kontrak>"}],` +
		`"setting":{"abstract":"contoh","assignment":"undian","clusters":38,"given":{"from":"2024-01-01","until":"2025-12-31"}}` + more + `}`
}

func onStudy(name string) string { return `"seen":<@study/` + name + `>,` + seenWhy }

func entry(title, more string) string {
	return `{"title":"` + title + `","position":"<Kepala B2P3KS>","user":"<rudi>","purpose":"evaluation","programmes":["<PKH>"]` + more + `,` + seenWhy + `}`
}

// studyRows are played in order on a town with partners, an agreement and a permit.
func studyRows() []row {
	return []row{
		{"", "GET", "/studies", "", 401, "api-nobody", "", ""},
		{"wati", "GET", "/studies", "", 403, `"right":"study-read"`, "", ""},
		{"ani", "GET", "/studies?state=running&programme=<PKH>&organisation=<B2P3KS>", "", 200, `"id":"<studi>" & "registered":null,"protocol_version":"" & "next":null & Kantor B2P3KS`, "", ""},
		{"ani", "GET", "/studies?state=withdrawn", "", 200, `"items":[]`, "", ""},
		{"ani", "GET", "/studies?state=selesai", "", 422, `query.state & api-choice`, "", ""},
		{"ani", "GET", "/studies/tidak-ada", "", 404, `api-no-object`, "", ""},
		{"wati", "GET", "/studies/<studi>", "", 403, `"right":"study-read"`, "", ""},
		// Written.
		{"wati", "POST", "/studies", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi/read", "POST", "/studies", "this is no JSON", 403, `"right":"scope:write"`, "", ""},
		{"rudi", "POST", "/studies", "this is no JSON", 400, `api-json`, "", ""},
		{"rudi", "POST", "/studies", `{}`, 422, `body.title & body.position & body.user & body.purpose & body.why`, "", ""},
		{"rudi", "POST", "/studies", entry("Nomor "+nik, ""), 422, `body.title & text-identity`, "", ""},
		{"rudi", "POST", "/studies", entry("Studi lain", `,"permit":"<izin>"`), 422, `body.agreement & study-permit-alone`, "", ""},
		{"rudi", "POST", "/studies", entry("Dampak bantuan", ""), 201, `study-drafted`, "study-drafted", "dampak"},
		{"ani", "GET", "/studies/<dampak>", "", 200, `"state":"draft" & "registrations":[] & "lacks":[{"code":"blank-study-plan" & "commands":[]`, "", ""},
		{"rudi", "GET", "/studies/<dampak>", "", 200, `"commands":["edit","register","withdraw"]`, "", ""},
		{"rudi/read", "GET", "/studies/<dampak>", "", 200, `"commands":[]`, "", ""},
		{"rudi", "GET", "/studies/<dampak>/aea", "", 404, `api-no-object`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/register", `{` + onStudy("dampak") + `}`, 422, `"field":"study.draft.plan" & blank-study-plan`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + onStudy("dampak") + `}`, 422, `body.draft & api-missing`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{"draft":{"plan":"id: setengah","hypotheses":[{"outcome":"x","expects":"naik"}],"data":[],"setting":{}},` + onStudy("dampak") + `}`, 422, `body.draft.hypotheses[0].expects & api-choice`, "", ""},
		{"ani", "POST", "/studies/<dampak>/edit", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/tidak-ada/edit", "this is no JSON", 404, `api-no-object`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol(`,"embargo":"2020-01-01"`) + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol("") + `,"seen":1,` + seenWhy + `}`, 409, `"code":"stale" & "name":"Rudi" & "event":"study-edited"`, "", ""},
		// Registered: not a plan that reads a column which its data do not hold.
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + strings.Replace(protocol(""), "treatment: ikut", "treatment: ikuti", 1) + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "GET", "/studies/<dampak>", "", 200, `"lacks":[{"code":"study-column"`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/register", `{` + onStudy("dampak") + `}`, 422, `study-column & ikuti`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol(`,"embargo":"2020-01-01"`) + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"ani", "POST", "/studies/<dampak>/register", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/register", `{` + onStudy("dampak") + `}`, 422, `"field":"study.draft.embargo" & study-embargo-past`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol(`,"embargo":"2027-01-01"`) + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "POST", "/studies/<dampak>/register", `{` + onStudy("dampak") + `}`, 200, `study-locked`, "study-locked", ""},
		{"rudi", "GET", "/studies/<dampak>", "", 200, `"protocol_version":"1.0" & "embargoed":false & "seal":" & "plan":"dampak: 1 & "reasoning":"uang tunai & "clusters":38 & "commands":["edit","amend","name-permit","stop","withdraw"]`, "", ""},
		{"ani", "GET", "/studies/<dampak>", "", 200, `"embargoed":true & "seal":" & "embargo":"2027-01-01" & "reason":"","field_changes":[] & "embargoed":true,"registrations":[{"number":1,"protocol_version":"1.0","seal":`, "", ""},
		{"ani", "GET", "/studies/<dampak>/aea", "", 404, `api-no-object`, "", ""},
		{"wati", "GET", "/studies/<dampak>/aea", "", 403, `study-read`, "", ""},
		{"rudi", "GET", "/studies/<dampak>/aea", "", 200, `"name":"Trial Title","required":true,"text":"Dampak bantuan" & Randomization Method & "text":"undian"`, "", ""},
		// Amended.
		{"rudi", "POST", "/studies/<dampak>/amend", `{` + onStudy("dampak") + `}`, 422, `blank-study-plan`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol("") + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "POST", "/studies/<dampak>/register", `{` + onStudy("dampak") + `}`, 409, `state-study-registered`, "", ""},
		{"ani", "POST", "/studies/<dampak>/amend", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + strings.Replace(protocol(""), "treatment: ikut", "treatment: ikuti", 1) + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "POST", "/studies/<dampak>/amend", `{` + onStudy("dampak") + `}`, 422, `study-column & ikuti`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/edit", `{` + protocol("") + `,` + onStudy("dampak") + `}`, 200, `study-edited`, "study-edited", ""},
		{"rudi", "POST", "/studies/<dampak>/amend", `{` + onStudy("dampak") + `}`, 200, `study-amended`, "study-amended", ""},
		{"ani", "GET", "/studies/<dampak>", "", 200, `"embargoed":false & "number":2 & "field":"embargo" & "before":"\"2027-01-01\"","after":"","weight":"`, "", ""},
		// Its papers and its end.
		{"rudi", "POST", "/studies/<dampak>/name-permit", `{"agreement":"","permit":"",` + onStudy("dampak") + `}`, 422, `body.agreement & study-permit-alone`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/name-permit", `{"agreement":"<nk>","permit":"<izin>",` + onStudy("dampak") + `}`, 200, `study-permit-named`, "study-permit-named", ""},
		{"ani", "POST", "/studies/<dampak>/name-permit", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"ani", "GET", "/studies?permit=<izin>&agreement=<nk>", "", 200, `"id":"<dampak>" & "next":null`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/withdraw-data", `{` + onStudy("dampak") + `}`, 409, `state-study-running`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/stop", `{"region":"9999",` + onStudy("dampak") + `}`, 422, `body.region & region-unknown`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/stop", `{"region":"3507",` + onStudy("dampak") + `}`, 200, `study-stopped`, "study-stopped", ""},
		{"ani", "POST", "/studies/<dampak>/stop", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/stop", `{` + onStudy("dampak") + `}`, 200, `study-stopped`, "study-stopped", ""},
		{"ani", "GET", "/studies/<dampak>", "", 200, `"state":"stopped" & "stops":[{"region":"3507","user":"<rudi>" & "region":"","user"`, "", ""},
		{"ani", "POST", "/studies/<dampak>/withdraw-data", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/<dampak>/withdraw-data", `{` + onStudy("dampak") + `}`, 200, `study-data-withdrawn`, "study-data-withdrawn", ""},
		{"ani", "GET", "/studies/<dampak>", "", 200, `"state":"stopped" & "data_withdrawn":{"user":"<rudi>"`, "", ""},
		{"rudi", "POST", "/studies", entry("Ditarik", `,`+protocol("")), 201, `study-drafted`, "study-drafted", "ditarik"},
		{"ani", "POST", "/studies/<ditarik>/withdraw", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/studies/<ditarik>/withdraw", `{"seen":<@study/ditarik>,"why":" "}`, 422, `body.why & blank-reason`, "", ""},
		{"rudi", "POST", "/studies/<ditarik>/withdraw", `{` + onStudy("ditarik") + `}`, 200, `study-withdrawn`, "study-withdrawn", ""},
		{"ani", "GET", "/studies/<ditarik>", "", 200, `"state":"withdrawn" & "withdrawn":{"user":"<rudi>" & "reason":"uji"`, "", ""},
	}
}

// TestStudyRows plays the rows of studies.
func TestStudyRows(t *testing.T) {
	w := newTown(t)
	w.example()
	w.inquiries()
	w.play(studyRows(), "studies")
}

// studiesOf registers some more studies.
func (w *town) studiesOf(who, position string, titles ...string) {
	w.t.Helper()
	for _, title := range titles {
		id, _, err := w.RegisterStudy(context.Background(), w.by(who, ""), study.Study{Title: title, Position: w.ids[position], User: w.ids[who], Purpose: "evaluation"})
		w.ok(err)
		w.ids[title] = id
	}
}
