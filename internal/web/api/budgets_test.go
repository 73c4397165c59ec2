package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

func number(v int64) *int64 { return &v }

// figuresOfMalang gives an office below a programme of its own and two tables of it:
// one of budgets that waits, and one of disbursements that counts.
func (w *town) figuresOfMalang() {
	w.t.Helper()
	ctx := context.Background()
	var err error
	w.ids["program malang"], _, err = w.RegisterProgramme(ctx, w.by("tono", ""), registry.Programme{Owner: w.ids["Malang"], Names: registry.Words{ID: "Rantang Kasih contoh", EN: "Meals example"}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	var lines registry.Lines
	for year := 2024; year < 2027; year++ {
		lines.Budget = append(lines.Budget, registry.BudgetLine{Programme: w.ids["PKH"], Region: "3507", Year: year, Fund: registry.ProvinceFund, Position: registry.Day(fmt.Sprintf("%d-06-30", year)), Original: number(2e9), Spent: number(15e8)})
		lines.Disbursement = append(lines.Disbursement, registry.DisbursementLine{Programme: w.ids["PKH"], Region: "3507", Year: year, Stage: "q1", People: registry.Amounts{Quota: number(1000), Decided: number(950), Received: number(900)}, Paid: registry.Day(fmt.Sprintf("%d-04-10", year))})
	}
	w.ids["tabel"], _, err = w.StageFigures(ctx, w.by("tono", ""), registry.FigureBatch{Owner: w.ids["Malang"], Kind: registry.Budgets, File: "anggaran.xlsx", SHA256: someHash}, registry.Lines{Budget: lines.Budget})
	w.ok(err)
	w.ids["rekap"], _, err = w.StageFigures(ctx, w.by("tono", ""), registry.FigureBatch{Owner: w.ids["Malang"], Kind: registry.Disbursements, File: "rekap.xlsx", SHA256: someHash}, registry.Lines{Disbursement: lines.Disbursement})
	w.ok(err)
	_, err = w.AcceptFigures(ctx, w.by("wahyu", ""), w.ids["rekap"])
	w.ok(err)
}

// registers adds what makes the lists of the registers long enough for pieces.
func (w *town) registers() {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.AcceptFigures(ctx, w.by("wahyu", ""), w.ids["tabel"])
	w.ok(err)
	for i := range 3 {
		_, _, err := w.RegisterProgramme(ctx, w.by("ani", ""), registry.Programme{Owner: w.ids["Jatim"], Names: registry.Words{ID: fmt.Sprint("Program ", i), EN: fmt.Sprint("Programme ", i)}, Period: registry.Period{From: "2024-01-01"}})
		w.ok(err)
		_, _, err = w.StageFigures(ctx, w.by("tono", ""), registry.FigureBatch{Owner: w.ids["Malang"], Kind: registry.Disbursements, File: "rekap.xlsx", SHA256: someHash},
			registry.Lines{Disbursement: []registry.DisbursementLine{{Programme: w.ids["PKH"], Region: "3507", Year: 2026, Stage: fmt.Sprint("q", i+2), People: registry.Amounts{Received: number(900)}}}})
		w.ok(err)
		_, _, err = w.RegisterDataset(ctx, w.by("wahyu", ""), registry.Dataset{Owner: w.ids["Jatim"], Name: fmt.Sprint("Data ", i), Class: registry.LimitedData, Regions: []string{"35"}, Columns: []registry.Column{{Name: "a", Words: registry.Words{ID: "a", EN: "a"}}}})
		w.ok(err)
	}
}

func onProgramme(name string) string { return `"seen":<@programme/` + name + `>,` + seenWhy }
func onFigures(name string) string   { return `"seen":<@figures/` + name + `>,` + seenWhy }

const says = `"title":{"id":"BLT Kabupaten","en":"Regency cash aid"},"kind":"cash","counts":"family","from":"2026-01-01","target":{"id":"keluarga miskin","en":"poor families"},` +
	`"benefits":[{"part":{"id":"","en":""},"amount":300000,"per":"family-quarter","terms":{"id":"","en":""},"first_year":2026,"last_year":0,"source":"Perbup 2/2026"}],"payments":[{"stage":"q1","due_day":"03-31"}]`

// programmeRows are played in order on a town with partners.
var programmeRows = []row{
	{"", "GET", "/programmes", "", 200, `"title":{"id":"PKH Plus contoh","en":"PKH Plus example"} & "state":"running" & Kantor Jatim & "next":null`, "", ""},
	{"", "GET", "/programmes/<PKH>", "", 200, `"level":"province" & "benefits":[] & "commands":[] & "runs_in":[{"id":"35"`, "", ""},
	{"ani", "GET", "/programmes/<PKH>", "", 200, `"commands":["edit","end"]`, "", ""},
	{"", "GET", "/programmes/tidak-ada", "", 404, `api-no-object`, "", ""},
	{"", "GET", "/programmes?level=desa", "", 422, `query.level & api-choice`, "", ""},
	{"", "POST", "/programmes", "this is no JSON", 401, `api-nobody`, "", ""},
	{"budi", "POST", "/programmes", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	{"tono", "POST", "/programmes", `{}`, 422, `body.organisation & body.title & body.from & body.why`, "", ""},
	{"tono", "POST", "/programmes", `{"organisation":"<Jatim>",` + says + `,` + seenWhy + `}`, 403, `"right":"programme-manage"`, "", ""},
	{"tono", "POST", "/programmes", `{"organisation":"<Malang>",` + strings.Replace(says, "family-quarter", "week", 1) + `,` + seenWhy + `}`, 422, `body.benefits[0].per & api-choice`, "", ""},
	{"tono", "POST", "/programmes", `{"organisation":"<Malang>",` + strings.Replace(says, "BLT Kabupaten", "", 1) + `,` + seenWhy + `}`, 422, `body.title`, "", ""},
	{"tono", "POST", "/programmes", `{"organisation":"<Malang>","where":["3578"],` + says + `,` + seenWhy + `}`, 422, `body.where & programme-outside`, "", ""},
	{"tono", "POST", "/programmes/propose", `{"organisation":"<Malang>",` + says + `,` + seenWhy + `}`, 201, `programme-proposed`, "programme-proposed", "blt"},
	{"budi", "POST", "/programmes/propose", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	// What is proposed is not public.
	{"", "GET", "/programmes?name=blt", "", 200, `"items":[]`, "", ""},
	{"", "GET", "/programmes/<blt>", "", 404, `api-no-object`, "", ""},
	{"wati", "GET", "/programmes/<blt>", "", 404, `api-no-object`, "", ""},
	{"budi", "GET", "/programmes?state=proposed", "", 200, `"id":"<blt>" & "next":null`, "", ""},
	{"budi", "GET", "/programmes/<blt>", "", 200, `"state":"proposed" & "per":"family-quarter" & "amount":300000 & "due_day":"03-31" & poor families`, "", ""},
	{"tono", "POST", "/programmes/<blt>/edit", `{` + strings.Replace(says, "Perbup 2/2026", "Perbup 3/2026", 1) + `,` + onProgramme("blt") + `}`, 200, `programme-edited`, "programme-edited", ""},
	{"tono", "POST", "/programmes/<blt>/edit", `{` + says + `,"seen":1,` + seenWhy + `}`, 409, `"code":"stale" & "name":"Tono"`, "", ""},
	{"budi", "POST", "/programmes/<blt>/edit", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	{"tono", "POST", "/programmes/<blt>/end", `{"last":"2026-12-31",` + onProgramme("blt") + `}`, 409, `state-programme-proposed`, "", ""},
	{"tono", "POST", "/programmes/<blt>/start", `{"from":"2026-02-01",` + onProgramme("blt") + `}`, 200, `programme-started`, "programme-started", ""},
	{"budi", "POST", "/programmes/<blt>/start", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	{"", "GET", "/programmes?region=3507&year=2026&level=regency&kind=cash", "", 200, `"id":"<blt>" & "next":null`, "", ""},
	{"", "GET", "/programmes?region=3578&year=2025", "", 200, `"id":"<PKH>" & "next":null`, "", ""},
	{"", "GET", "/programmes?region=3404", "", 200, `"items":[]`, "", ""},
	{"", "GET", "/programmes?region=3507", "", 200, `"id":"<PKH>" & "id":"<blt>"`, "", ""},
	{"tono", "POST", "/programmes/<blt>/end", `{"last":"2026-12-31",` + onProgramme("blt") + `}`, 200, `programme-ended`, "programme-ended", ""},
	{"budi", "POST", "/programmes/<blt>/end", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	{"tono", "POST", "/programmes/propose", `{"organisation":"<Malang>",` + strings.ReplaceAll(strings.Replace(says, "BLT Kabupaten", "BLT Lain", 1), "Regency cash aid", "Other aid") + `,` + seenWhy + `}`, 201, `programme-proposed`, "programme-proposed", "lain"},
	{"tono", "POST", "/programmes/<lain>/drop", `{` + onProgramme("lain") + `}`, 200, `programme-dropped`, "programme-dropped", ""},
	{"budi", "POST", "/programmes/<lain>/drop", "this is no JSON", 403, `"right":"programme-manage"`, "", ""},
	{"", "GET", "/programmes/<lain>", "", 404, `api-no-object`, "", ""},
	// One that extends another.
	{"hesti", "POST", "/programmes", `{"organisation":"<B2P3KS>","title":{"id":"PKH contoh","en":"PKH example"},"from":"2007-01-01",` + seenWhy + `}`, 201, `programme-registered`, "programme-registered", "induk"},
	{"ani", "POST", "/programmes", `{"organisation":"<Jatim>","variant":{"of":"<induk>","sort":"extends"},"title":{"id":"PKH Plus lain","en":"Another PKH Plus"},"from":"2014-01-01",` + seenWhy + `}`, 201, `programme-registered`, "programme-registered", "plus"},
	{"", "GET", "/programmes/<induk>", "", 200, `"variants":[{"id":"<plus>","title":{"id":"PKH Plus lain","en":"Another PKH Plus"},"sort":"extends","state":"running"}]`, "", ""},
	{"", "GET", "/programmes/<plus>", "", 200, `"variant":{"of":"<induk>","sort":"extends"} & PKH example`, "", ""},
	{"", "GET", "/programmes?variant_of=<induk>", "", 200, `"id":"<plus>" & "next":null`, "", ""},
}

// TestProgrammeRows plays the rows of programmes, and of how far they were used.
func TestProgrammeRows(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.play(programmeRows)
	w.figuresOfMalang()
	w.play(append(programmeRows[:0:0],
		row{"", "GET", "/programmes/<PKH>/utilisation?region=35&year=2026", "", 401, `api-nobody`, "", ""},
		row{"wati", "GET", "/programmes/<PKH>/utilisation?region=35&year=2026", "", 403, `"right":"figure-read"`, "", ""},
		row{"budi", "GET", "/programmes/<PKH>/utilisation", "", 422, `query.region & query.year`, "", ""},
		row{"budi", "GET", "/programmes/<PKH>/utilisation?region=0000&year=2026", "", 422, `query.region & api-region`, "", ""},
		row{"budi", "GET", "/programmes/<PKH>/utilisation?region=9999&year=2026", "", 422, `query.region & api-region`, "", ""},
		row{"budi", "GET", "/programmes/tidak-ada/utilisation?region=35&year=2026", "", 404, `api-no-object`, "", ""},
		row{"budi", "GET", "/programmes/<PKH>/utilisation?region=3507&year=2026", "", 200,
			`"recipients":{"allocated":{"amount":1000,"senses":["quota"],"batches":["<rekap>"] & "received":{"amount":900,"senses":["received"] & "used":{"amount":null & "served":{"share":0.9 & "days_late":10 & "regions":[]`, "", ""},
		row{"budi", "GET", "/programmes/<PKH>/utilisation?region=35&year=2026&by_region=true", "", 200, `"expected":38 & "region_name":"Kabupaten Malang" & "region_name":"Kota Batu"`, "", ""},
		row{"budi", "GET", "/budgets/levels?region=35&year=2026", "", 200, `"level":"ministry" & "level":"province","running":2,"reporting":1`, "", ""},
	))
}

// line is a budget line of a body.
func line(region, original string) string {
	return `{"programme":"<PKH>","region":"` + region + `","year":2025,"fund":"apbd-regency","position_day":"2025-12-31","budget_code":"=1.06","original":` + original + `,"revised":null,"spent":700000000}`
}

func staged(of, lines string) string {
	return `{"organisation":"<` + of + `>","kind":"budget","file_name":"anggaran.csv","budget_lines":[` + lines + `],"disbursement_lines":[],` + seenWhy + `}`
}

// budgetRows are played in order on a town with figures.
var budgetRows = []row{
	{"", "GET", "/budgets", "", 401, "api-nobody", "", ""},
	{"wati", "GET", "/budgets", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/disbursements", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/batches", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/batches/<tabel>", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/batches/<tabel>/lines", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/batches/<tabel>/quality", "", 403, `"right":"figure-read"`, "", ""},
	{"wati", "GET", "/budgets/levels?region=35&year=2026", "", 403, `"right":"figure-read"`, "", ""},
	{"budi", "GET", "/budgets/levels?region=35&year=2026", "", 200, `"level":"regency"`, "", ""},
	// What waits does not count.
	{"budi", "GET", "/budgets", "", 200, `"items":[]`, "", ""},
	{"budi", "GET", "/budgets/disbursements?programme=<PKH>&within=35&from_year=2026", "", 200, `"year":2026 & "people":{"quota":1000,"decided":950,"received":900,"failed":null,"used":null} & "batch":"<rekap>" & PKH Plus example & "next":null`, "", ""},
	{"budi", "GET", "/budgets/disbursements?region_digits=3", "", 422, `query.region_digits & api-choice`, "", ""},
	{"budi", "GET", "/budgets/disbursements?cursor=x", "", 422, `api-cursor`, "", ""},
	{"budi", "GET", "/budgets?cursor=a.b.c.d.e.f.g", "", 422, `api-cursor`, "", ""},
	{"budi", "GET", "/budgets/batches?state=staged", "", 200, `"id":"<tabel>" & "kind":"budget" & "rows":3 & "first_year":2024 & "next":null`, "", ""},
	{"budi", "GET", "/budgets/batches?kind=budget&programme=lain", "", 200, `"items":[]`, "", ""},
	{"wahyu", "GET", "/budgets/batches?waiting=true", "", 200, `"id":"<tabel>" & "next":null`, "", ""},
	{"tono", "GET", "/budgets/batches?waiting=true", "", 200, `"items":[]`, "", ""},
	{"wahyu", "GET", "/budgets/batches/<tabel>", "", 200, `"offer":{"accept":true & "commands":["accept","withdraw"] & Kantor Malang & Tono`, "", ""},
	{"budi", "GET", "/budgets/batches/tidak-ada", "", 404, `api-no-object`, "", ""},
	{"budi", "GET", "/budgets/batches/<tabel>/lines", "", 200, `"budget_lines":[{"programme":"<PKH>","region":"3507","year":2024 & "disbursement_lines":[]`, "", ""},
	{"budi", "GET", "/budgets/batches/<tabel>/quality", "", 404, `api-no-object`, "", ""},
	{"tono", "POST", "/budgets/batches/<tabel>/accept", `{` + onFigures("tabel") + `}`, 403, `figures-own & Wahyu`, "", ""},
	{"budi", "POST", "/budgets/batches/<tabel>/accept", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
	{"wahyu", "POST", "/budgets/batches/<tabel>/accept", `{"seen":1,` + seenWhy + `}`, 409, `"code":"stale"`, "", ""},
	{"wahyu", "POST", "/budgets/batches/<tabel>/accept", `{` + onFigures("tabel") + `}`, 200, `figures-accepted`, "figures-accepted", ""},
	{"wahyu", "POST", "/budgets/batches/<tabel>/accept", `{` + onFigures("tabel") + `}`, 409, `state-figures-accepted`, "", ""},
	{"budi", "GET", "/budgets?within=3507&until_year=2025&limit=1", "", 200, `"year":2024 & "original":2000000000,"revised":null,"spent":1500000000 & "next":"`, "", ""},
	{"budi", "GET", "/budgets?within=3507,9999", "", 422, `query.within & api-region & 9999`, "", ""},
	{"budi", "GET", "/budgets?within=35070", "", 422, `query.within & api-region`, "", ""},
	{"budi", "GET", "/budgets/disbursements?within=99", "", 422, `query.within & api-region & 99`, "", ""},
	{"budi", "GET", "/budgets?within=0000,350701,3507012001&until_year=2025&limit=1", "", 200, `"year":2024`, "", ""},
	{"budi", "GET", "/budgets?format=csv&from_year=2026", "", 200, `<PKH>,PKH Plus example,3507,Kabupaten Malang,2026,apbd-province,2026-06-30,,2000000000,,1500000000,<tabel>`, "", ""},
	// Lines by JSON.
	{"", "POST", "/budgets", "this is no JSON", 401, `api-nobody`, "", ""},
	{"budi", "POST", "/budgets", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
	{"tono", "POST", "/budgets", `{}`, 422, `body.organisation & body.kind & body.file_name & body.budget_lines & body.why`, "", ""},
	{"tono", "POST", "/budgets", staged("Jatim", line("3507", "1")), 403, `"right":"dataset-register"`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", ""), 422, `figures-none`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", line("3578", "1")), 422, `figures-outside`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", line("3507", "1.5")), 422, `body.budget_lines[0].original & api-number`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", strings.Replace(line("3507", "1"), "apbd-regency", "kas", 1)), 422, `body.budget_lines[0].fund & api-choice`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", line("3507", "-1")), 422, `figure-beyond`, "", ""},
	{"tono", "POST", "/budgets", staged("Malang", line("3507", "900000000")), 201, `figures-staged`, "figures-staged", "baris"},
	{"tono", "POST", "/budgets", staged("Malang", line("3507", "900000000")), 422, `figures-twice`, "", ""},
	{"tono", "POST", "/budgets/batches/<baris>/withdraw", `{` + onFigures("baris") + `}`, 200, `figures-withdrawn`, "figures-withdrawn", ""},
	{"budi", "POST", "/budgets/batches/<baris>/withdraw", "this is no JSON", 403, `"right":"dataset-register"`, "", ""},
	// A table as a file.
	{"budi", "POST", "/budgets/files", "this is no form", 403, `"right":"dataset-register"`, "", ""},
	{"tono", "POST", "/budgets/files", "{}", 415, `api-multipart`, "", ""},
	{"tono", "POST", "/budgets/files", `PARTS {"file":"a.csv: x","organisation":"<Malang>","contract":"lain",` + seenWhy + `}`, 422, `body.contract & api-choice & anggaran, rekap-penyaluran`, "", ""},
	{"tono", "POST", "/budgets/files", `PARTS {"file":"a.csv: x","organisation":"<Jatim>","contract":"anggaran",` + seenWhy + `}`, 403, `"right":"dataset-register"`, "", ""},
	{"tono", "POST", "/budgets/files", `PARTS {"file":"a.csv: x","organisation":"lain","contract":"anggaran",` + seenWhy + `}`, 422, `body.organisation & organisation-unknown`, "", ""},
	{"tono", "POST", "/budgets/files", `PARTS {"file":"rekap.csv: ` + recap + `","organisation":"<Malang>","contract":"rekap-penyaluran",` + seenWhy + `}`, 201,
		`figures-staged & "rows_read":3,"rows_accepted":1,"rows_rejected":2 & "broken_rule":"figure-outside" & "broken_rule":"figure-programme" & "rejected_rows":"program,tahun`, "figures-staged", "unggahan"},
	{"tono", "GET", "/budgets/batches/<unggahan>/quality", "", 200, `"rows_rejected":2 & "masked"`, "", ""},
	{"wahyu", "POST", "/budgets/batches/<unggahan>/accept", `{` + onFigures("unggahan") + `}`, 200, `figures-accepted`, "figures-accepted", ""},
	{"budi", "GET", "/budgets/disbursements?from_year=2026", "", 200, `"received":850 & "batch":"<unggahan>" & "next":null`, "", ""},
	{"budi", "GET", "/budgets/disbursements?from_year=2026&revisions=true", "", 200, `"batch":"<rekap>" & "latest":false & "batch":"<unggahan>"`, "", ""},
	{"budi", "GET", "/budgets/batches/<tabel>/quality", "", 404, `api-no-object`, "", ""},
}

// recap is a table under the contract of disbursements; two of its rows are not taken.
const recap = `program,tahun,tahap,kode wilayah,kuota,KPM ditetapkan,KPM salur,KPM gagal salur\nPKH Plus contoh,2026,Triwulan 1,35.07,1000,950,850,100\nPKH Plus contoh,2026,Triwulan 1,35.78,1000,950,850,100\nProgram Entah,2026,Triwulan 1,35.07,10,10,10,0\n`

// TestBudgetRows plays the rows of budgets and disbursements.
func TestBudgetRows(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.figuresOfMalang()
	w.play(budgetRows, "budgets")
}

// TestLinesAsTable: lines in pieces, the next of which Link names.
func TestLinesAsTable(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.figuresOfMalang()
	w.registers()
	for _, list := range []string{"/budgets", "/budgets/disbursements"} {
		var years []string
		url := list + "?limit=2&format=csv"
		for url != "" && len(years) < 20 {
			got := w.send("budi", "GET", url, "")
			rows, err := csv.NewReader(got.Body).ReadAll()
			w.ok(err)
			for _, r := range rows[1:] {
				years = append(years, r[4])
			}
			if url = strings.TrimSuffix(strings.TrimPrefix(got.Header().Get("Link"), "<"), `>; rel="next"`); url != "" {
				url = list + url
			}
		}
		if strings.Join(years, " ") != "2024 2025 2026" {
			t.Errorf("%s: %q", list, years)
		}
	}
}

// TestExampleIsSaidOfRegisters: an invented world says so in each entry.
func TestExampleIsSaidOfRegisters(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.figuresOfMalang()
	_, err := w.MarkExample(t.Context(), store.By{Actor: event.Actor{User: "demo", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "demo"}, Why: "dunia contoh"})
	w.ok(err)
	w.grant("wati", access.Researcher, "3578", "Surabaya")
	for _, path := range []string{"/programmes", "/programmes/<PKH>", "/datasets", "/datasets/<data>", "/budgets/batches", "/budgets/batches/<tabel>"} {
		got := w.send("wati", "GET", w.fill(path), "")
		if got.Header().Get("X-Dampak-Example") != "true" || !strings.Contains(got.Body.String(), `"example":true`) {
			t.Errorf("%s: %d %v", path, got.Code, got.Header())
		}
	}
}
