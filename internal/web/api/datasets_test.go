package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// datasetOfMalang registers a dataset of an office below.
func (w *town) datasetOfMalang() {
	w.t.Helper()
	var err error
	w.ids["data malang"], _, err = w.RegisterDataset(context.Background(), w.by("tono", ""), registry.Dataset{Owner: w.ids["Malang"], Name: "Penerima Malang", Class: registry.LimitedData, Regions: []string{"3507"},
		Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}}})
	w.ok(err)
}

// recipients is a contract on persons; what follows "contract" in an upload.
const recipients = `{"dampak:contract":"1","name":"penerima","title":"Penerima","dampak:titleEn":"Recipients","dampak:class":"personal","dampak:regions":["3507"],"dampak:purpose":"Mengukur dampak",` +
	`"dampak:legalBasis":"Perjanjian kerja sama","dampak:retention":"2029-12-31","fieldsMatch":"partial","primaryKey":["nik","tahun"],"fields":[` +
	`{"name":"nik","title":"NIK","dampak:titleEn":"NIK","dampak:identity":"nik"},{"name":"nama","dampak:identity":"name"},` +
	`{"name":"tahun","type":"year","title":"Tahun","dampak:titleEn":"Year","dampak:role":"period"},` +
	`{"name":"desil","type":"integer","title":"Desil","dampak:titleEn":"Decile","dampak:sensitivity":"personal","constraints":{"minimum":1,"maximum":10}}]}`

// people is a file of made-up persons; two of its rows are not as they should be.
func people(more ...string) string {
	rows := []string{"nik,nama,tahun,desil"}
	for _, r := range append([]string{"15|Sumini Contoh|3", "16|Wagiman Contoh|4", "17|Tukinem Contoh|11"}, more...) {
		part := strings.Split(r, "|")
		rows = append(rows, "3507"+"99"+part[0]+"0190000"+part[0][1:]+","+part[1]+",2026,"+part[2])
	}
	return strings.Join(append(rows, "3507"+"990099900001,Salah Contoh,2026,5"), "\n") + "\n"
}

// uploaded is the body with which a file of rows comes.
func uploaded(dataset, file string, more ...string) string {
	content, err := json.Marshal(file)
	if err != nil {
		panic(err)
	}
	return `PARTS {"file":` + string(content) + `,"seen":<@dataset/` + dataset + `>,` + strings.Join(append(more, seenWhy), ",") + `}`
}

func onDataset(name string) string { return `"seen":<@dataset/` + name + `>,` + seenWhy }

const holds = `"columns":[{"name":"nik","words":{"id":"NIK","en":"NIK"}},{"name":"tahun","words":{"id":"Tahun","en":"Year"}},{"name":"desil","words":{"id":"Desil","en":"Decile"}}],"programmes":["<PKH>"],"regions":["3507"]`

// datasetRows are played in order on a town with partners and two stewards.
func datasetRows() []row {
	entry := `{"organisation":"<Malang>","name":"Penerima PKH Malang","class":"personal",` + holds + `,` + seenWhy + `}`
	return []row{
		{"", "GET", "/datasets", "", 401, "api-nobody", "", ""},
		{"", "POST", "/datasets/x/versions", "this is no form", 401, "api-nobody", "", ""},
		{"wati", "GET", "/datasets", "", 403, `"right":"dataset-read"`, "", ""},
		{"wati", "GET", "/datasets/<data>", "", 403, `"right":"dataset-read"`, "", ""},
		{"budi", "GET", "/datasets?class=limited&programme=<PKH>&region=3507&name=penerima", "", 200, `"id":"<data>" & "versions_waiting":0 & "next":null & "entry_version":1 & Kantor Jatim`, "", ""},
		{"budi", "GET", "/datasets?state=withdrawn", "", 200, `"items":[]`, "", ""},
		{"budi", "GET", "/datasets?class=rahasia", "", 422, `query.class & api-choice`, "", ""},
		{"budi", "GET", "/datasets/<data>", "", 200, `"columns":[{"name":"desil" & "versions":[] & "commands":[] & PKH Plus example`, "", ""},
		{"budi", "GET", "/datasets/tidak-ada", "", 404, `api-no-object`, "", ""},
		// The entry.
		{"budi", "POST", "/datasets", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		{"tono", "POST", "/datasets", "this is no JSON", 400, `api-json`, "", ""},
		{"tono", "POST", "/datasets", `{}`, 422, `body.organisation & body.name & body.class & body.columns & body.programmes & body.regions & body.why`, "", ""},
		{"tono", "POST", "/datasets", strings.Replace(entry, "<Malang>", "<Jatim>", 1), 403, `"right":"dataset-register"`, "", ""},
		{"tono", "POST", "/datasets", strings.Replace(entry, `["3507"]`, `["3578"]`, 1), 422, `dataset-outside & body.regions`, "", ""},
		{"tono", "POST", "/datasets", strings.Replace(entry, `["<PKH>"]`, `["lain"]`, 1), 422, `programme-unknown & body.programmes`, "", ""},
		{"tono", "POST", "/datasets", strings.Replace(entry, `"name":"tahun"`, `"name":"nik"`, 1), 422, `dataset-column-twice & body.columns`, "", ""},
		{"tono", "POST", "/datasets", entry, 201, `dataset-registered`, "dataset-registered", "penerima"},
		{"tono", "POST", "/datasets", entry, 422, `dataset-twice & body.name`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/new-version", `{` + strings.Replace(holds, `"Tahun","en":"Year"`, `"Tahun data","en":"Year of the data"`, 1) + `,` + onDataset("penerima") + `}`, 200, `dataset-version-registered`, "dataset-version-registered", ""},
		{"tono", "POST", "/datasets/<penerima>/new-version", `{` + holds + `,"seen":3,` + seenWhy + `}`, 409, `"code":"stale" & "name":"Tono"`, "", ""},
		{"budi", "POST", "/datasets/<penerima>/new-version", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		// Rows.
		{"budi", "POST", "/datasets/<penerima>/versions", "this is no form", 403, `"right":"dataset-register"`, "", ""},
		{"tono/read", "POST", "/datasets/<penerima>/versions", "this is no form", 403, `"right":"scope:write"`, "", ""},
		{"tono", "POST", "/datasets/tidak-ada/versions", "this is no form", 404, `api-no-object`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", "{}", 415, `api-multipart`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", `PARTS {"seen":1,` + seenWhy + `}`, 422, `body.file & api-missing`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", `PARTS {"file":"a.csv: x","seen":1}`, 422, `body.why & api-missing`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", `PARTS {"file":"a.csv: x",` + seenWhy + `}`, 422, `body.seen & api-number`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", `PARTS {"file":"a.csv: x","warna":"biru","seen":1,` + seenWhy + `}`, 422, `body.warna & api-field-unknown`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "a.csv: "+people(), `"contract":"{"`), 422, `body.contract`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "a.csv: "), 422, `intake-empty`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "a.csv: "+people(), `"contract":`+recipients, `"all_or_nothing":"true"`), 422, `intake-all-or-nothing & "field":"body.file" & "rejected_rows":"nik,nama,tahun,desil, & Salah Contoh`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "penerima mei.csv: "+people(), `"contract":`+recipients), 201,
			`"event":"dataset-version-staged" & "version_number":1 & "rows_read":4,"rows_accepted":2,"rows_rejected":2 & "broken_rule":"maximum","column":"desil" & "broken_rule":"identity" & "rejected_rows":"nik,nama & Tukinem Contoh & "draft":false & "lacks":[]`, "dataset-version-staged", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "penerima mei.csv: "+people()), 422, `version-twice`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", `PARTS {"file":"lagi.csv: nik,nama,tahun,desil\n` + "3507" + `991801900008,Anwar Contoh,2026,2\n","seen":1,` + seenWhy + `}`, 409, `"code":"stale"`, "", ""},
		{"budi", "GET", "/datasets/<penerima>", "", 200, `"state":"staged","rows":2,"rejected":2 & "file_name":"penerima mei.csv" & "purpose":"Mengukur dampak" & "key_number":1 & "offer":{"accept":false,"withdraw":false,"others":[ & "commands":[]`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/1", "", 200, `"number":1 & "class":"personal"`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/2", "", 404, `version-unknown`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/0", "", 422, `path.number & api-least`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/1/contract", "", 200, `"dampak:contract": & "dampak:identity"`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/1/coverage", "", 200, `"cells":[{ & "few":true`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/1/quality", "", 200, `"rows_rejected":2 & "rejects":[],"rejects_more":2`, "", ""},
		{"tono", "GET", "/datasets/<penerima>/versions/1/quality", "", 200, `"rejects":[{"row": & "masked": & "rejects_more":0`, "", ""},
		{"wati", "GET", "/datasets/<penerima>/versions/1", "", 403, `dataset-read`, "", ""},
		{"wati", "GET", "/datasets/<penerima>/versions/1/contract", "", 403, `dataset-read`, "", ""},
		{"wati", "GET", "/datasets/<penerima>/versions/1/coverage", "", 403, `dataset-read`, "", ""},
		{"wati", "GET", "/datasets/<penerima>/versions/1/quality", "", 403, `dataset-read`, "", ""},
		// A second person: here of the province, for the office has nobody else.
		{"tono", "POST", "/datasets/<penerima>/accept-version", `{"version_number":1,` + onDataset("penerima") + `}`, 403, `version-own & Wahyu`, "", ""},
		{"budi", "POST", "/datasets/<penerima>/accept-version", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		{"wahyu", "GET", "/datasets?waiting=true", "", 200, `"id":"<penerima>" & "versions_waiting":1 & "next":null`, "", ""},
		{"tono", "GET", "/datasets?waiting=true", "", 200, `"items":[]`, "", ""},
		{"wahyu", "GET", "/datasets/<penerima>", "", 200, `"offer":{"accept":true,"withdraw":true & "commands":["accept-version","withdraw-version"]`, "", ""},
		{"wahyu", "POST", "/datasets/<penerima>/accept-version", `{"version_number":7,` + onDataset("penerima") + `}`, 403, `dataset-register`, "", ""},
		{"wahyu", "POST", "/datasets/<penerima>/accept-version", `{"version_number":0,` + onDataset("penerima") + `}`, 422, `body.version_number & api-least`, "", ""},
		{"wahyu", "POST", "/datasets/<penerima>/accept-version", `{"version_number":1,` + onDataset("penerima") + `}`, 200, `dataset-version-accepted`, "dataset-version-accepted", ""},
		{"wahyu", "POST", "/datasets/<penerima>/accept-version", `{"version_number":1,` + onDataset("penerima") + `}`, 409, `version-accepted`, "", ""},
		{"budi", "GET", "/datasets?region=35", "", 200, `"current":{"number":1,"state":"accepted"`, "", ""},
		// The contract of the version before serves the next one.
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "juni.csv: "+people("18|Anwar Contoh|2")), 201, `"version_number":2 & "rows_accepted":3`, "dataset-version-staged", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/2/changes", "", 200, `"version_before":1,"version_number":2 & "matched_by":["nik","tahun"] & "rows_added":{"count":0,"few":true} & "column":"desil"`, "", ""},
		{"budi", "GET", "/datasets/<penerima>/versions/1/changes", "", 404, `api-no-before`, "", ""},
		{"wati", "GET", "/datasets/<penerima>/versions/1/changes", "", 403, `dataset-read`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/withdraw-version", `{"version_number":2,` + onDataset("penerima") + `}`, 200, `dataset-version-withdrawn`, "dataset-version-withdrawn", ""},
		{"budi", "POST", "/datasets/<penerima>/withdraw-version", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		// Somebody is erased.
		{"budi", "POST", "/datasets/<penerima>/erase-person", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"nik",` + onDataset("penerima") + `}`, 422, `body.value & api-person`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"name","value":"x",` + onDataset("penerima") + `}`, 422, `body.kind & api-choice`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"nik","value":"12",` + onDataset("penerima") + `}`, 422, `body.value & erase-number`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"nik","pseudonym":"abc",` + onDataset("penerima") + `}`, 422, `body.key & api-person-key`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"nik","value":"` + "3507" + `992001900000",` + onDataset("penerima") + `}`, 422, `erase-nobody`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/erase-person", `{"kind":"nik","value":"` + "3507" + `991501900005",` + onDataset("penerima") + `}`, 200, `dataset-person-erased & "versions_erased":[{"version_number":1,"replacement":3},{"version_number":2 & "rows":2`, "dataset-person-erased", ""},
		{"budi", "GET", "/datasets/<penerima>", "", 200, `"state":"erased" & "cause":"person" & "state":"accepted","rows":1`, "", ""},
		{"budi", "POST", "/datasets/<penerima>/withdraw", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
		{"tono", "POST", "/datasets/<penerima>/withdraw", `{` + onDataset("penerima") + `}`, 200, `dataset-withdrawn`, "dataset-withdrawn", ""},
		{"tono", "POST", "/datasets/<penerima>/versions", uploaded("penerima", "juli.csv: "+people("19|Yadi Contoh|2")), 409, `state-dataset-withdrawn`, "", ""},
		{"budi", "GET", "/datasets/<penerima>", "", 200, `"state":"withdrawn" & "withdrawn":{"user":"<tono>" & "reason":"uji"`, "", ""},
		{"budi", "DELETE", "/datasets/<penerima>/versions/1", "", 405, `GET`, "", ""},
	}
}

// TestDatasetRows plays the rows of datasets.
func TestDatasetRows(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.person("sari", "Jatim")
	w.grant("sari", access.DataSteward, "35", "Jatim")
	w.keyless = true // whoever erases makes no key
	if got := w.send("sari", "POST", w.fill("/datasets/<data>/erase-person"), w.fill(`{"kind":"nik","value":"`+"3507"+`991501900005",`+onDataset("data")+`}`)); got.Code != 422 || !strings.Contains(got.Body.String(), "identity-key-none") {
		t.Errorf("without a key: %d %s", got.Code, got.Body)
	}
	w.keyless = false
	w.play(datasetRows(), "datasets")
	for _, k := range datasetRows() { // nobody who was accepted stands in an answer
		if k.method == "GET" {
			if got := w.send(k.who, "GET", w.fill(k.url), ""); strings.Contains(got.Body.String(), "Contoh,") || strings.Contains(got.Body.String(), "Sumini") || strings.Contains(got.Body.String(), "3507"+"99") {
				t.Errorf("%s: %s", k.url, got.Body)
			}
		}
	}
}

// TestChangesMakeNoKey: whoever looks at what changed leaves no key behind. With the key
// file persons are followed over a new key, without it the versions stand apart.
func TestChangesMakeNoKey(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.person("sari", "Jatim")
	w.grant("sari", access.DataSteward, "35", "Jatim")
	rows := datasetRows()
	next := slices.IndexFunc(rows, func(k row) bool { return strings.Contains(k.body, "juni.csv") })
	for _, k := range rows[:next] {
		if k.method == "POST" && k.status < 300 {
			w.play([]row{k})
		}
	}
	var err error
	w.ring, err = w.ring.Add(rand.Reader, noon)
	w.ok(err)
	w.play([]row{rows[next]})
	w.asked.Store(0)
	for keyless, says := range map[bool]string{false: `"keys_apart":false`, true: `"keys_apart":true`} {
		w.keyless = keyless
		if got := w.send("budi", "GET", w.fill("/datasets/<penerima>/versions/2/changes"), ""); got.Code != 200 || !strings.Contains(got.Body.String(), says) || w.asked.Load() > 0 {
			t.Errorf("without keys %v: asked %d times, %d %s", keyless, w.asked.Load(), got.Code, got.Body)
		}
	}
}
