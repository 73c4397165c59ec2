package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// partners gives a town the people of the centre and of two regions who agree,
// ask and answer, with their positions; a programme, a dataset and a study.
func (w *town) partners() {
	w.t.Helper()
	ctx := context.Background()
	for _, p := range []struct{ name, of string }{{"hesti", "B2P3KS"}, {"rudi", "B2P3KS"}, {"yuni", "Surabaya"}} {
		w.person(p.name, p.of)
	}
	for _, p := range []struct{ title, of, holder string }{{"Kepala B2P3KS", "B2P3KS", "hesti"}, {"Kepala Surabaya", "Surabaya", "yuni"}, {"Kepala Malang", "Malang", "tono"}} {
		var err error
		if w.ids[p.title] == "" {
			w.ids[p.title], _, err = w.CreatePosition(ctx, w.by("rini", ""), registry.Position{Organisation: w.ids[p.of], Title: p.title, Period: registry.Period{From: "2026-01-01"}})
			w.ok(err)
		}
		_, err = w.BeginHolding(ctx, w.by("rini", ""), w.ids[p.title], registry.Holding{User: w.ids[p.holder], Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
	}
	w.grant("hesti", access.Head, registry.Nation, "B2P3KS")
	w.grant("rudi", access.Researcher, registry.Nation, "B2P3KS")
	w.grant("yuni", access.KabupatenOfficer, "3578", "Surabaya")
	var err error
	w.ids["PKH"], _, err = w.RegisterProgramme(ctx, w.by("ani", ""), registry.Programme{Owner: w.ids["Jatim"], Names: registry.Words{ID: "PKH Plus contoh", EN: "PKH Plus example"}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	w.ids["data"], _, err = w.RegisterDataset(ctx, w.by("wahyu", ""), registry.Dataset{Owner: w.ids["Jatim"], Name: "Penerima contoh", Class: registry.LimitedData, Programmes: []string{w.ids["PKH"]}, Regions: []string{"35"},
		Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}, {Name: "nilai", Words: registry.Words{ID: "nilai", EN: "amount"}}}})
	w.ok(err)
	w.ids["studi"], _, err = w.RegisterStudy(ctx, w.by("rudi", ""), study.Study{Title: "Studi contoh", Position: w.ids["Kepala B2P3KS"], User: w.ids["rudi"], Purpose: "evaluation", Programmes: []string{w.ids["PKH"]}})
	w.ok(err)
}

// agreementNow reads an agreement by its short name.
func (w *town) agreementNow(name string) (a Agreement) {
	w.t.Helper()
	w.ok(json.Unmarshal(w.send("ani", "GET", "/agreements/"+w.ids[name], "").Body.Bytes(), &a))
	return a
}

// permitNow reads a permit by its short name, as somebody.
func (w *town) permitNow(who, name string) (p Permit) {
	w.t.Helper()
	w.ok(json.Unmarshal(w.send(who, "GET", "/permits/"+w.ids[name], "").Body.Bytes(), &p))
	return p
}

// upload is a document as it is sent.
func upload(name string, content []byte) string {
	return `{"name":"` + name + `","content":"` + base64.StdEncoding.EncodeToString(content) + `"}`
}

// scan is a picture of signed originals.
var scan = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// pact is what an agreement of the town says; its days are the row's.
func pact(about, regions, from, until string) string {
	return `"about":"` + about + `","place":"Surabaya","parties":[{"organisation":"<Jatim>","position":"<Kepala>"},{"organisation":"<B2P3KS>","position":"<Kepala B2P3KS>"}],` +
		`"considerations":["bahwa dampak bantuan perlu diketahui"],"legal_bases":["UU 11/2009"],"articles":[{"title":"Tujuan","paragraphs":["Mengetahui dampak."]}],` +
		`"scope":{"programmes":["<PKH>"],"regions":[` + regions + `],"datasets":[{"dataset":"<data>","columns":["desil"]}],"purposes":["evaluation"],"from":"` + from + `","until":"` + until + `"},` + seenWhy
}

// asking is what a permit of the town asks for.
func asking(agreement, title, until string) string {
	return `"study":"<studi>","agreement":"` + agreement + `","institution":"<B2P3KS>","kind":"data","title":"` + title + `","aims":"Mengetahui dampak","method":"Beda-dalam-beda","field_of_science":"kesejahteraan sosial",` +
		`"study_status":"new","responsible":{"position":"<Kepala B2P3KS>","user":"<rudi>"},"purpose":"evaluation","programmes":["<PKH>"],"regions":["3507","3578"],` +
		`"datasets":[{"dataset":"<data>","columns":["desil"]}],"from":"2026-11-20","until":"` + until + `",` + seenWhy
}

// as says from which position a command is given.
func as(position string) string { return `,"acting_position":"<` + position + `>"` }

// documentsOf are the rows that bring the documents of a request.
func documentsOf(permit string) (all []row) {
	for _, kind := range []string{"centre-letter", "terms-of-reference", "integrity-pact", "confidentiality"} {
		all = append(all, row{"rudi", "POST", "/permits/<" + permit + ">/attach", `{"kind":"` + kind + `","file":` + upload(kind+".txt", []byte(kind)) + `,"seen":<@permit/` + permit + `>,` + seenWhy + `}`, 200, "permit-attached", "permit-attached", ""})
	}
	return all
}

// opened are the rows in which the province lets a request through.
func opened(permit string) []row {
	return append(documentsOf(permit),
		row{"rudi", "POST", "/permits/<" + permit + ">/submit", `{"seen":<@permit/` + permit + `>,` + seenWhy + `}`, 200, "permit-submitted", "permit-submitted", ""},
		row{"sri", "POST", "/permits/<" + permit + ">/open", `{"seen":<@permit/` + permit + `>,` + seenWhy + as("Kepala") + `}`, 200, "permit-opened", "permit-opened", ""})
}

func onAgreement(name string) string { return `"seen":<@agreement/` + name + `>,` + seenWhy }
func onPermit(name string) string    { return `"seen":<@permit/` + name + `>,` + seenWhy }

const nik = "3507" + "010101900001"

// cooperationRows are played in order on a town with partners. WAIT lets so many
// hours pass.
func cooperationRows() []row {
	big := make([]byte, LargestFile+1)
	rows := []row{
		// Agreements: drafted by a party, in their own name.
		{"ani", "POST", "/agreements", `{"kind":"nota-kesepakatan",` + pact("Penelitian dampak", `"35"`, "2026-11-20", "2027-11-19") + `}`, 201, "agreement-drafted", "agreement-drafted", "nk"},
		{"ani", "POST", "/agreements", `{"kind":"nota-kesepakatan",` + strings.ReplaceAll(pact("Punya orang lain", `"35"`, "2026-11-20", "2027-11-19"), "<Jatim>", "<Malang>") + `}`, 403, `"right":"agreement-prepare"`, "", ""},
		{"ani", "POST", "/agreements", `{"kind":"nota-kesepakatan",` + pact("Nomor "+nik, `"35"`, "2026-11-20", "2027-11-19") + `}`, 422, "body.about & text-identity", "", ""},
		{"ani", "POST", "/agreements", `{"kind":"janji",` + pact("X", `"35"`, "2026-11-20", "2027-11-19") + `}`, 422, "body.kind & agreement-kind", "", ""},
		{"ani", "POST", "/agreements", `{"kind":"nota-kesepakatan",` + pact("X", `"35"`, "20 November", "2027-11-19") + `}`, 422, "body.scope.from", "", ""},
		{"ani", "POST", "/agreements", `{"kind":"nota-kesepakatan","about":"Hanya judul","parties":[{"organisation":"<Jatim>"}],"considerations":[],"legal_bases":[],"articles":[],"scope":{"programmes":[],"regions":[],"datasets":[],"purposes":[],"from":"","until":""},` + seenWhy + `}`, 201, "agreement-drafted", "agreement-drafted", "kosong"},
		{"ani", "POST", "/agreements", `{}`, 422, "body.kind & body.about & body.parties & body.scope & body.why", "", ""},
		{"sri", "POST", "/agreements/<kosong>/propose", `{` + onAgreement("kosong") + `}`, 422, `"field":"agreement.parties" & "field":"agreement.articles" & agreement.scope.regions & agreement.scope.from`, "", ""},
		{"ani", "POST", "/agreements/<kosong>/edit", `{` + strings.TrimSuffix(pact("Penelitian lain", `"3507"`, "2026-11-20", "2027-11-19"), ","+seenWhy) + `,` + onAgreement("kosong") + `}`, 200, "agreement-edited", "agreement-edited", ""},
		{"ani", "POST", "/agreements/<kosong>/edit", `{` + pact("Penelitian lain", `"3507"`, "2026-11-20", "2027-11-19") + `,"seen":1}`, 409, `"code":"stale" & "name":"Ani" & "event":"agreement-edited"`, "", ""},
		{"wati", "GET", "/agreements", "", 403, `"right":"agreement-read"`, "", ""},
		{"oki", "GET", "/agreements/tidak-ada", "", 404, "api-no-object", "", ""},

		// Documents.
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("lampiran.txt", []byte("lampiran perjanjian")) + `,` + onAgreement("nk") + `}`, 200, "agreement-document-attached", "agreement-document-attached", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("lampiran.txt", []byte("lampiran perjanjian")) + `,` + onAgreement("nk") + `}`, 422, "agreement-document-twice & body.file", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("daftar.txt", []byte("penerima "+nik+" Malang")) + `,` + onAgreement("nk") + `}`, 422, "attachment-identity & body.file", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("lampiran.pdf", []byte("ini bukan PDF")) + `,` + onAgreement("nk") + `}`, 422, "attachment- & body.file", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("lampiran.exe", []byte("MZ")) + `,` + onAgreement("nk") + `}`, 422, "attachment-kind & body.file", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":{"name":"lampiran.txt","content":"bukan base64!"},` + onAgreement("nk") + `}`, 422, "api-base64 & body.file.content", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("besar.txt", big) + `,` + onAgreement("nk") + `}`, 422, "attachment-large & body.file & 10", "", ""},
		{"ani", "POST", "/agreements/<nk>/attach", `{"file":` + upload("besar.txt", append(big, make([]byte, 2<<20)...)) + `,` + onAgreement("nk") + `}`, 413, "api-large", "", ""},
		{"oki", "POST", "/agreements/<nk>/attach", `{"file":` + upload("besar.txt", big) + `}`, 403, "agreement-prepare", "", ""},
		{"oki", "GET", "/agreements/<nk>/documents/<DOC nk>", "", 200, "lampiran perjanjian", "", ""},
		{"wati", "GET", "/agreements/<nk>/documents/<DOC nk>", "", 403, "agreement-read", "", ""},
		{"oki", "GET", "/agreements/<kosong>/documents/<DOC nk>", "", 404, "api-no-object", "", ""},
		{"oki", "GET", "/agreements/<nk>/documents/x", "", 404, "api-no-object", "", ""},
		{"ani", "POST", "/agreements/<nk>/detach", `{"sha256":"` + strings.Repeat("0", 64) + `",` + onAgreement("nk") + `}`, 422, "agreement-document-unknown", "", ""},
		{"ani", "POST", "/agreements/<nk>/detach", `{"sha256":"<DOC nk>",` + onAgreement("nk") + `}`, 200, "agreement-document-detached", "agreement-document-detached", ""},

		// Text, numbers, signatures.
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<sri>","day":"2026-11-25","originals":2,"meterai":true,"text":"` + strings.Repeat("0", 64) + `","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 409, "state-agreement-draft", "", ""},
		{"ani", "POST", "/agreements/<nk>/propose", `{` + onAgreement("nk") + `}`, 403, "agreement-decide", "", ""},
		{"sri", "POST", "/agreements/<nk>/propose", `{` + onAgreement("nk") + as("Kepala") + `}`, 200, "agreement-proposed", "agreement-proposed", ""},
		{"ani", "POST", "/agreements/<nk>/issue-number", `{"organisation":"<Jatim>","number":"400.9/1/107.5/2026","day":"2026-11-25",` + onAgreement("nk") + `}`, 200, "agreement-number-issued", "agreement-number-issued", ""},
		{"ani", "POST", "/agreements/<nk>/issue-number", `{"organisation":"<Jatim>","number":"400.9/2/107.5/2026","day":"2026-11-25",` + onAgreement("nk") + `}`, 409, "agreement-numbered & 400.9/1/107.5/2026", "", ""},
		{"ani", "POST", "/agreements/<nk>/issue-number", `{"organisation":"<B2P3KS>","number":"1","day":"2026-11-25",` + onAgreement("nk") + `}`, 403, "agreement-prepare", "", ""},
		{"rudi", "POST", "/agreements/<nk>/issue-number", `{"organisation":"<B2P3KS>","number":"1","day":"2027-11-25",` + onAgreement("nk") + `}`, 422, "body.day & number-future", "", ""},
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<ani>","day":"2026-11-25","originals":2,"meterai":true,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 422, "body.user & signature-no-holder", "", ""},
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<sri>","day":"2026-11-25","originals":2,"meterai":false,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 422, "body.meterai & signature-meterai", "", ""},
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<sri>","day":"2026-11-25","originals":2,"meterai":true,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 200, "document_notes & asli.png: a picture cannot be looked into", "agreement-signature-recorded", ""},
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<sri>","day":"2026-11-25","originals":2,"meterai":true,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 409, "signature-twice & Sri", "", ""},
		{"sri", "POST", "/agreements/<nk>/check-signature", `{"organisation":"<Jatim>",` + onAgreement("nk") + `}`, 403, "signature-own", "", ""},
		{"wahyu", "POST", "/agreements/<nk>/refuse-signature", `{"organisation":"<Jatim>",` + onAgreement("nk") + `}`, 200, "agreement-signature-refused", "agreement-signature-refused", ""},
		{"wahyu", "POST", "/agreements/<nk>/check-signature", `{"organisation":"<Jatim>",` + onAgreement("nk") + `}`, 409, "state-agreement-proposed", "", ""},
		{"ani", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<Jatim>","way":"paper","user":"<sri>","day":"2026-11-25","originals":2,"meterai":true,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 200, "agreement-signature-recorded", "agreement-signature-recorded", ""},
		{"wahyu", "GET", "/agreements?waiting=true", "", 200, `"id":"<nk>"`, "", ""},
		{"wahyu", "POST", "/agreements/<nk>/check-signature", `{"organisation":"<Jatim>",` + onAgreement("nk") + `}`, 200, "agreement-signature-checked", "agreement-signature-checked", ""},
		{"wahyu", "GET", "/agreements?waiting=true", "", 200, `"items":[]`, "", ""},
		{"rudi", "GET", "/agreements?waiting=true", "", 200, `"id":"<nk>"`, "", ""},
		{"ani", "GET", "/agreements/<nk>", "", 200, `"commands":["edit","attach"]`, "", ""}, // its number is given, its signature recorded
		{"rudi", "POST", "/agreements/<nk>/record-signature", `{"organisation":"<B2P3KS>","way":"paper","user":"<hesti>","day":"2026-11-25","originals":2,"meterai":true,"text":"<TEXT nk>","file":` + upload("asli.png", scan) + `,` + onAgreement("nk") + `}`, 200, "agreement-signature-recorded", "agreement-signature-recorded", ""},
		{"wahyu", "POST", "/agreements/<nk>/check-signature", `{"organisation":"<B2P3KS>",` + onAgreement("nk") + `}`, 200, "agreement-signature-checked", "agreement-signature-checked", ""},
		{"oki", "GET", "/agreements/<nk>", "", 200, `"state":"active" & membuka 1 dataset di 38 kabupaten/kota untuk 1 program & opens 1 dataset & "commands":[] & "text":"NOTA KESEPAKATAN & "<Jatim>":"Kantor Jatim"`, "", ""},
		{"oki", "GET", "/agreements?state=active&region=3507&organisation=<Jatim>&kind=nota-kesepakatan", "", 200, `"id":"<nk>" & "next":null`, "", ""},
		{"oki", "GET", "/agreements?state=expired", "", 200, `"items":[]`, "", ""},
		{"oki", "GET", "/agreements?region=3404", "", 200, `"items":[]`, "", ""},
		{"oki", "GET", "/agreements?state=berlaku", "", 422, "query.state & api-choice", "", ""},
		{"ani", "POST", "/agreements/<nk>/edit", `{` + pact("Lain", `"35"`, "2026-11-20", "2027-11-19") + `,"seen":<@agreement/nk>}`, 409, "state-agreement-active", "", ""},
		{"ani", "POST", "/agreements", `{"kind":"pks","parent":"<nk>",` + pact("Di luar", `"0000"`, "2026-11-20", "2028-11-19") + `}`, 422, "agreement-outside-regions & body.scope.regions & body.scope.until", "", ""},
		{"ani", "POST", "/agreements", `{"kind":"pks","parent":"<nk>",` + pact("Anak", `"3507"`, "2026-11-20", "2027-11-19") + `}`, 201, "agreement-drafted", "agreement-drafted", "pks"},
		{"oki", "GET", "/agreements?parent=<nk>", "", 200, `"id":"<pks>" & "parent":"<nk>"`, "", ""},
	}

	// Permits: asked by the centre, answered along the chain.
	rows = append(rows,
		row{"rudi", "POST", "/permits", `{` + asking("<nk>", "Izin contoh", "2026-11-30") + `}`, 201, "permit-drafted", "permit-drafted", "izin"},
		row{"rudi", "POST", "/permits", `{"study":"","agreement":"","institution":"<B2P3KS>","kind":"","title":"Masih kosong",` + seenWhy + `}`, 201, "permit-drafted", "permit-drafted", "celah"},
		row{"rudi", "POST", "/permits", `{"study":"","agreement":"","institution":"<Jatim>","kind":"","title":"Milik lain",` + seenWhy + `}`, 403, `"right":"permit-request"`, "", ""},
		row{"rudi", "POST", "/permits", `{"study":"tidak-ada","agreement":"","institution":"<B2P3KS>","kind":"","title":"X",` + seenWhy + `}`, 422, "study-unknown", "", ""},
		row{"rudi", "POST", "/permits", `{"study":"","agreement":"","institution":"<B2P3KS>","kind":"","title":"NIK ` + nik + `",` + seenWhy + `}`, 422, "body.title & text-identity", "", ""},
		row{"rudi", "POST", "/permits", `{"study":"","agreement":"","institution":"<B2P3KS>","kind":"","title":"X","regions":["35"],` + seenWhy + `}`, 422, "body.regions & permit-region", "", ""},
		row{"ani", "GET", "/permits/<izin>", "", 403, `"right":"permit-read"`, "", ""}, // a draft is the centre's own
		row{"rudi", "GET", "/permits?state=draft&study=<studi>", "", 200, `"id":"<izin>" & "next":null`, "", ""},
		row{"rudi", "POST", "/permits/<celah>/submit", `{` + onPermit("celah") + `}`, 422, `"field":"permit.agreement" & "field":"permit.centre-letter" & permit.field_of_science & permit-missing-regions`, "", ""},
		row{"rudi", "POST", "/permits/<celah>/edit", `{` + asking("<nk>", "Sudah diisi", "2026-11-30") + `,"seen":<@permit/celah>}`, 200, "permit-edited", "permit-edited", ""},
		row{"rudi", "POST", "/permits/<celah>/attach", `{"kind":"surat","file":` + upload("a.txt", []byte("a")) + `,` + onPermit("celah") + `}`, 422, "body.kind & api-choice", "", ""},
		row{"rudi", "POST", "/permits/<celah>/attach", `{"kind":"centre-letter","file":` + upload("daftar.csv", []byte("nik\n"+nik+"\n")) + `,` + onPermit("celah") + `}`, 422, "attachment-identity & body.file", "", ""},
	)
	rows = append(rows, documentsOf("izin")...)
	rows = append(rows,
		row{"rudi", "POST", "/permits/<izin>/submit", `{` + onPermit("izin") + `}`, 200, "permit-submitted", "permit-submitted", ""},
		row{"ani", "GET", "/permits/<izin>", "", 200, `"state":"province-review" & "state":"falls-away"`, "", ""},
		row{"sri", "GET", "/permits?waiting=true", "", 200, `"id":"<izin>"`, "", ""},
		row{"sri", "GET", "/permits/<izin>", "", 200, `"commands":["return","decline","open"]`, "", ""},
		row{"tono", "GET", "/permits/<izin>", "", 200, `"commands":[]`, "", ""},
		row{"tono", "GET", "/permits?waiting=true", "", 200, `"items":[]`, "", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3507",` + onPermit("izin") + as("Kepala Malang") + `}`, 409, "state-permit-province-review", "", ""},
		row{"sri", "POST", "/permits/<izin>/open", `{` + onPermit("izin") + `}`, 422, "permit-no-position & body.acting_position", "", ""},
		row{"tono", "POST", "/permits/<izin>/open", `{` + onPermit("izin") + as("Kepala Malang") + `}`, 403, "permit-not-your-step", "", ""},
		row{"sri", "POST", "/permits/<izin>/return", `{` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-returned", "permit-returned", ""},
		row{"rudi", "GET", "/permits?waiting=true", "", 200, `"id":"<izin>"`, "", ""},
		row{"rudi", "POST", "/permits/<izin>/submit", `{` + onPermit("izin") + `}`, 200, "permit-submitted", "permit-submitted", ""},
		row{"sri", "POST", "/permits/<izin>/open", `{"number":{"text":"070/1/2026","day":"2026-11-25"},"file":` + upload("surat.txt", []byte("surat pembukaan")) + `,` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-opened", "permit-opened", ""},
		row{"sri", "POST", "/permits/<izin>/open", `{"seen":3,` + seenWhy + as("Kepala") + `}`, 409, `"code":"stale" & "name":"Sri" & "event":"permit-opened"`, "", ""},
		row{"tono", "GET", "/permits?waiting=true&region=3507", "", 200, `"id":"<izin>" & "waited":0`, "", ""},
		row{"tono", "GET", "/permits/<izin>", "", 200, `"commands":["grant-region","decline-region"]`, "", ""},
		row{"rudi", "GET", "/permits/<izin>", "", 200, `"commands":["withdraw"]`, "", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3578",` + onPermit("izin") + as("Kepala Malang") + `}`, 403, "permit-not-your-step", "", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3404",` + onPermit("izin") + as("Kepala Malang") + `}`, 422, "permit-region-not-asked & body.region", "", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3507","number":{"text":"070/9/2026","day":"2026-12-25"},` + onPermit("izin") + as("Kepala Malang") + `}`, 422, "number-future & body.number.day", "", ""},
		row{"sri", "POST", "/permits/<izin>/issue-letter", `{"number":{"text":"070/2/2026","day":"2026-11-25"},"position":"<Kepala>",` + onPermit("izin") + as("Kepala") + `}`, 422, "permit-letter-empty", "", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3507","number":{"text":"070/9/2026","day":"2026-11-25"},"file":` + upload("jawaban.txt", []byte("jawaban Malang")) + `,` + onPermit("izin") + as("Kepala Malang") + `}`, 200, "permit-region-granted", "permit-region-granted", ""},
		row{"tono", "POST", "/permits/<izin>/grant-region", `{"region":"3507",` + onPermit("izin") + as("Kepala Malang") + `}`, 409, "permit-answered", "", ""},
		row{"yuni", "POST", "/permits/<izin>/decline-region", `{"region":"3578",` + onPermit("izin") + as("Kepala Surabaya") + `}`, 200, "permit-region-declined", "permit-region-declined", ""},
		row{"sri", "POST", "/permits/<izin>/issue-letter", `{"number":{"text":"070/1/2026","day":"2026-11-25"},"position":"<Kepala>",` + onPermit("izin") + as("Kepala") + `}`, 422, "number-used & body.number.text", "", ""},
		row{"sri", "POST", "/permits/<izin>/issue-letter", `{"number":{"text":"070/2/2026","day":"2026-11-25"},"position":"<Kepala Malang>",` + onPermit("izin") + as("Kepala") + `}`, 422, "permit-letter-signs & body.position", "", ""},
		row{"sri", "POST", "/permits/<izin>/issue-letter", `{"number":{"text":"070/2/2026","day":"2026-11-25"},"position":"<Kepala>",` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-letter-issued", "permit-letter-issued", ""},
		row{"rudi", "GET", "/permits/<izin>", "", 200, `"letter_code":" & "data":["3507"] & daerah ini menolak & the region declined & "state":"valid"`, "", ""},
		row{"tono", "GET", "/permits/<izin>", "", 200, `"letter_code":" & "commands":["revoke-region"]`, "", ""},
		row{"sri", "GET", "/permits/<izin>", "", 200, `"commands":["revoke-region","issue-letter","extend","revoke"]`, "", ""},
		row{"yuni", "GET", "/permits/<izin>/documents/<FILE izin>", "", 200, "surat pembukaan", "", ""},
		row{"wati", "GET", "/permits/<izin>/documents/<FILE izin>", "", 403, "permit-read", "", ""},
		row{"yuni", "GET", "/permits/<celah>/documents/<FILE izin>", "", 403, "permit-read", "", ""},
		row{"sri", "POST", "/permits/<izin>/extend", `{"until":"2028-06-30",` + onPermit("izin") + as("Kepala") + `}`, 422, "permit-extension-agreement & body.until", "", ""},
		row{"sri", "POST", "/permits/<izin>/extend", `{"until":"2026-12-01",` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-extended", "permit-extended", ""},
		row{"oki", "GET", "/permits?state=open&kind=data&organisation=<Malang>&agreement=<nk>", "", 200, `"id":"<izin>" & "state":"granted" & "state":"declined" & "next":null`, "", ""},
		row{"oki", "GET", "/permits?region=3573", "", 200, `"items":[]`, "", ""},
		row{"oki", "GET", "/permits?kind=semua", "", 422, "query.kind & api-choice", "", ""},
		row{"oki", "GET", "/permits?waiting=besok", "", 422, "query.waiting", "", ""},
	)
	// Others in which the province says no, a region is taken back, all is taken back.
	for _, p := range []string{"tolak", "cabut", "tarik"} {
		rows = append(rows, row{"rudi", "POST", "/permits", `{` + asking("<nk>", "Izin "+p, "2026-11-30") + `}`, 201, "permit-drafted", "permit-drafted", p})
	}
	rows = append(rows, documentsOf("tolak")...)
	rows = append(rows, opened("cabut")...)
	rows = append(rows,
		row{"rudi", "POST", "/permits/<tolak>/submit", `{` + onPermit("tolak") + `}`, 200, "permit-submitted", "permit-submitted", ""},
		row{"sri", "POST", "/permits/<tolak>/revoke", `{` + onPermit("tolak") + as("Kepala") + `}`, 409, "state-permit-province-review", "", ""},
		row{"sri", "POST", "/permits/<tolak>/decline", `{` + onPermit("tolak") + as("Kepala") + `}`, 200, "permit-declined", "permit-declined", ""},
		row{"rudi", "POST", "/permits/<tarik>/withdraw", `{` + onPermit("tarik") + `}`, 200, "permit-withdrawn", "permit-withdrawn", ""},
		row{"rudi", "POST", "/permits/<tarik>/edit", `{` + asking("<nk>", "X", "2026-11-30") + `,"seen":<@permit/tarik>}`, 409, "state-permit-withdrawn", "", ""},
		row{"sri", "POST", "/permits/<cabut>/revoke-region", `{"region":"3507",` + onPermit("cabut") + as("Kepala") + `}`, 409, "permit-region-closed", "", ""},
		row{"tono", "POST", "/permits/<cabut>/grant-region", `{"region":"3507",` + onPermit("cabut") + as("Kepala Malang") + `}`, 200, "permit-region-granted", "permit-region-granted", ""},
		row{"sri", "POST", "/permits/<cabut>/revoke-region", `{"region":"3507",` + onPermit("cabut") + as("Kepala") + `}`, 200, "permit-region-revoked", "permit-region-revoked", ""},
		row{"tono", "POST", "/permits/<cabut>/revoke", `{` + onPermit("cabut") + as("Kepala Malang") + `}`, 403, "permit-not-your-step", "", ""},
		row{"sri", "POST", "/permits/<cabut>/revoke", `{` + onPermit("cabut") + as("Kepala") + `}`, 200, "permit-revoked", "permit-revoked", ""},
		// An office that recommends is in the register now.
		row{"rini", "POST", "/organisations", `{"kind":"regency-office","office":"kesbangpol","region":"3507","name":"Bakesbangpol Malang","short":"Kesbang Malang","from":"2026-01-01",` + seenWhy + `}`, 201, "organisation-registered", "organisation-registered", "Kesbang"},
		row{"rini", "POST", "/positions", `{"organisation":"<Kesbang>","title":"Kepala Kesbang","from":"2026-01-01",` + seenWhy + `}`, 201, "position-created", "position-created", "Kepala Kesbang"},
		row{"rini", "POST", "/users", `{"name":"Kiki","email":"kiki@contoh.go.id","language":"id","organisation":"<Kesbang>",` + seenWhy + `}`, 201, "user-invited", "user-invited", "kiki"},
		row{"JOIN", "", "kiki", "", 0, "", "", ""},
		row{"rini", "POST", "/positions/<Kepala Kesbang>/begin-holding", `{"user":"<kiki>","capacity":"definitive","from":"2026-01-01","seen":<@position/Kepala Kesbang>,` + seenWhy + `}`, 200, "holding-begun", "holding-begun", ""},
		row{"rini", "POST", "/grants", `{"user":"<kiki>","role":"kabupaten-officer","region":"3507","organisation":"<Kesbang>","from":"2026-11-25","until":"2027-01-01",` + seenWhy + `}`, 201, "grant-given", "grant-given", "grant kiki"},
	)
	rows = append(rows, opened("celah")...)
	rows = append(rows,
		row{"tono", "POST", "/permits/<celah>/grant-region", `{"region":"3507",` + onPermit("celah") + as("Kepala Malang") + `}`, 409, "permit-out-of-turn", "", ""},
		row{"kiki", "GET", "/permits?waiting=true", "", 200, `"id":"<celah>" & "next":null`, "", ""},
		row{"kiki", "POST", "/permits/<celah>/recommend", `{"region":"3507","against":true,` + onPermit("celah") + as("Kepala Kesbang") + `}`, 200, "permit-recommended", "permit-recommended", ""},
		// The days pass, the report is due.
		row{"rudi", "POST", "/permits/<izin>/file-report", `{"file":` + upload("laporan.txt", []byte("laporan")) + `,` + onPermit("izin") + `}`, 409, "state-permit-open", "", ""},
		row{"WAIT", "", "168", "", 0, "", "", ""},
		row{"oki", "GET", "/permits?state=reporting", "", 200, `"id":"<izin>" & "state":"due" & "next":null`, "", ""},
		row{"rudi", "GET", "/permits?waiting=true", "", 200, `"id":"<izin>" & "next":null`, "", ""},
		row{"sri", "POST", "/permits/<izin>/accept-report", `{` + onPermit("izin") + as("Kepala") + `}`, 409, "permit-report-none", "", ""},
		row{"rudi", "POST", "/permits/<izin>/file-report", `{"file":` + upload("laporan.txt", []byte("laporan")) + `,` + onPermit("izin") + `}`, 200, "permit-report-filed", "permit-report-filed", ""},
		row{"sri", "GET", "/permits?waiting=true", "", 200, `"id":"<izin>" & "next":null`, "", ""},
		row{"sri", "POST", "/permits/<izin>/return-report", `{` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-report-returned", "permit-report-returned", ""},
		row{"rudi", "POST", "/permits/<izin>/file-report", `{"file":` + upload("laporan2.txt", []byte("laporan kedua")) + `,` + onPermit("izin") + `}`, 200, "permit-report-filed", "permit-report-filed", ""},
		row{"sri", "POST", "/permits/<izin>/accept-report", `{` + onPermit("izin") + as("Kepala") + `}`, 200, "permit-report-accepted", "permit-report-accepted", ""},
		row{"oki", "GET", "/permits?state=closed", "", 200, `"id":"<izin>"`, "", ""},
		// The agreement is ended, its data destroyed.
		row{"hesti", "POST", "/agreements/<nk>/record-destruction", `{"day":"2026-12-01","what":"semua salinan","who":"B2P3KS","how":"kunci dihapus",` + onAgreement("nk") + `}`, 409, "state-agreement-active", "", ""},
		row{"sri", "POST", "/agreements/<nk>/terminate", `{"day":"2026-11-01",` + onAgreement("nk") + as("Kepala") + `}`, 422, "agreement-terminate-past & body.day", "", ""},
		row{"sri", "POST", "/agreements/<nk>/terminate", `{"day":"2026-12-02",` + onAgreement("nk") + as("Kepala") + `}`, 200, "agreement-terminated", "agreement-terminated", ""},
		row{"oki", "GET", "/agreements?state=terminated", "", 200, `"id":"<nk>"`, "", ""},
		row{"hesti", "POST", "/agreements/<nk>/record-destruction", `{"day":"2027-12-01","what":"semua salinan","who":"B2P3KS","how":"kunci dihapus",` + onAgreement("nk") + `}`, 422, "agreement-destroyed-day & body.day", "", ""},
		row{"hesti", "POST", "/agreements/<nk>/record-destruction", `{"day":"2026-12-02","what":"semua salinan","who":"B2P3KS","how":"kunci dihapus","file":` + upload("acara.txt", []byte("berita acara")) + `,` + onAgreement("nk") + `}`, 200, "agreement-destruction-recorded", "agreement-destruction-recorded", ""},
	)
	// A right that is missing comes before the body; a token that is over before all.
	for _, command := range []string{"edit", "attach", "detach", "propose", "issue-number", "record-signature", "check-signature", "refuse-signature", "terminate", "record-destruction"} {
		rows = append(rows, row{"oki", "POST", "/agreements/<nk>/" + command, "this is no JSON", 403, `"right":"agreement-`, "", ""})
	}
	for _, command := range []string{"edit", "attach", "submit", "withdraw", "file-report", "recommend", "return", "decline", "open", "grant-region", "decline-region", "revoke-region", "issue-letter", "extend", "revoke", "return-report", "accept-report"} {
		rows = append(rows, row{"oki", "POST", "/permits/<izin>/" + command, "this is no JSON", 403, `"right":"permit-`, "", ""})
	}
	return append(rows,
		row{"wati", "GET", "/permits", "", 403, `"right":"permit-read"`, "", ""},
		row{"wati", "GET", "/agreements/<nk>", "", 403, `"right":"agreement-read"`, "", ""},
		row{"oki", "POST", "/permits", "this is no JSON", 403, `"right":"permit-request"`, "", ""},
		row{"sri/read", "POST", "/agreements/<pks>/propose", "this is no JSON", 403, `"right":"scope:write"`, "", ""},
		row{"WAIT", "", "720", "", 0, "", "", ""},
		row{"oki", "GET", "/permits", "", 401, "api-token", "", ""},
		row{"sri", "POST", "/agreements/<pks>/propose", "this is no JSON", 401, "api-token", "", ""},
	)
}

// TestCooperationRows plays the rows of agreements and permits.
func TestCooperationRows(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.play(cooperationRows(), "agreements", "permits")
}

// example makes an agreement that is in force, "janji", a permit under it that the
// province has opened, "izin", and one that is a draft, "rancangan", by rows.
func (w *town) example() {
	w.t.Helper()
	w.partners()
	var rows []row
	for _, k := range cooperationRows() {
		if (strings.Contains(k.url+k.as, "nk") || k.as == "izin" || strings.Contains(k.url, "<izin>")) && k.status < 300 && k.method == "POST" && !strings.Contains(k.url, "detach") {
			rows = append(rows, k)
		}
		if strings.HasSuffix(k.url, "<izin>/open") && k.status == 200 {
			break
		}
	}
	rows = append(rows, row{"rudi", "POST", "/permits", `{` + asking("<nk>", "Rancangan", "2026-11-30") + `}`, 201, "permit-drafted", "permit-drafted", "rancangan"})
	w.play(rows)
	w.ids["janji"] = w.ids["nk"]
}

// TestExampleIsSaid: what a program reads of an invented world says so, in the
// header of each answer and in each agreement, permit and letter.
func TestExampleIsSaid(t *testing.T) {
	w := newTown(t)
	w.example()
	said := func(want bool) {
		t.Helper()
		for _, path := range []string{"/agreements/" + w.ids["janji"], "/permits/" + w.ids["izin"], "/agreements", "/permits"} {
			got := w.send("sri", "GET", path, "")
			if is := got.Header().Get("X-Dampak-Example") == "true"; is != want || strings.Contains(got.Body.String(), `"example":true`) != want || got.Code != 200 {
				t.Errorf("%s: %d, %v", path, got.Code, got.Header())
			}
		}
	}
	said(false)
	_, err := w.MarkExample(t.Context(), store.By{Actor: event.Actor{User: "demo", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "demo"}, Why: "dunia contoh"})
	w.ok(err)
	said(true)
}
