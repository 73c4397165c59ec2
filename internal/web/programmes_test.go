package web

import (
	"html"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

func rp(n int64) *int64 { return &n }

// funded adds to a world: a programme of the ministry and one of the province that
// extends it, their budget and payments in three regions, of which a second person has
// accepted all but one table.
func (w *world) funded() {
	w.t.Helper()
	ctx := w.t.Context()
	w.person("walidata-dua", "provinsi")
	w.gives("walidata-dua", access.DataSteward, "35", "provinsi", "2027-10-01")
	id, e, err := w.store.RegisterProgramme(ctx, w.by("admin", ""), registry.Programme{Owner: w.ids["pusat"], Names: registry.Words{ID: "Program Keluarga Harapan", EN: "Family Hope Programme"}, Period: registry.Period{From: "2007-01-01"},
		Kind: registry.CashKind, Counts: registry.Families, Target: registry.Words{ID: "keluarga miskin <b>dengan</b> anak atau lansia", EN: "poor families with children or elders"}, Aliases: []string{"PKH"},
		Stages: []registry.Stage{{Name: "1", Due: "03-31"}, {Name: "2", Due: "06-30"}},
		Benefits: []registry.Benefit{{Part: registry.Words{ID: "ibu hamil", EN: "pregnant women"}, Amount: rp(3_000_000), Unit: registry.PersonYear, First: 2025, Source: "Kemensos 2025"},
			{Amount: rp(2_400_000), Unit: registry.FamilyYear, First: 2019, Last: 2024, Rule: registry.Words{ID: "empat tahap", EN: "four payments"}, Source: "Juknis 2019"}}})
	w.made("pkh", id, e, err)
	id, e, err = w.store.RegisterProgramme(ctx, w.by("analyst", ""), registry.Programme{Owner: w.ids["provinsi"], Names: registry.Words{ID: "PKH Plus", EN: "PKH Plus"}, Period: registry.Period{From: "2019-01-01"}, Counts: registry.Persons,
		Variant: &registry.Variant{Of: w.ids["pkh"], Sort: registry.Extends}, Where: []string{"3507", "3527"}})
	w.made("pkhplus", id, e, err)
	id, e, err = w.store.ProposeProgramme(ctx, w.by("analyst", ""), registry.Programme{Owner: w.ids["provinsi"], Names: registry.Words{ID: "Usulan lansia", EN: "Proposal for elders"}, Period: registry.Period{From: "2027-03-01"}})
	w.made("usulan", id, e, err)
	line := func(region, stage string, quota, decided, received, used *int64, paid registry.Day) registry.DisbursementLine {
		l := registry.DisbursementLine{Programme: w.ids["pkh"], Region: region, Year: 2025, Stage: stage, People: registry.Amounts{Quota: quota, Decided: decided, Received: received, Used: used}, Paid: paid}
		if received != nil && decided != nil {
			l.People.Failed, l.Reason = rp(*decided-*received), "rekening tidak aktif"
			l.Money.Received = rp(*received * 600_000)
		}
		return l
	}
	w.ids["tabel-anggaran"] = w.brings("anggaran-2025.xlsx", registry.Budgets, registry.Lines{Budget: []registry.BudgetLine{
		{Programme: w.ids["pkh"], Region: "3507", Year: 2025, Fund: registry.NationalFund, Position: "2025-12-31", Original: rp(100_000_000_000), Revised: rp(120_000_000_000), Spent: rp(114_000_000_000)},
		{Programme: w.ids["pkh"], Region: "3527", Year: 2025, Fund: registry.NationalFund, Position: "2025-12-31", Original: rp(80_000_000_000)},
		{Programme: w.ids["pkhplus"], Region: "3507", Year: 2025, Fund: registry.ProvinceFund, Position: "2025-12-31", Original: rp(2_000_000_000), Spent: rp(1_900_000_000)},
	}}, true)
	w.ids["tabel-salur"] = w.brings("rekap-2025.csv", registry.Disbursements, registry.Lines{Disbursement: []registry.DisbursementLine{
		line("3507", "1", rp(50_000), rp(49_000), rp(47_500), rp(46_000), "2025-04-14"), line("3507", "2", rp(50_000), rp(49_500), rp(48_000), nil, "2025-06-20"),
		line("3527", "1", rp(30_000), rp(30_000), rp(21_000), nil, "2025-05-01"),
	}}, true)
	w.ids["tabel-menunggu"] = w.brings("rekap-2026.csv", registry.Disbursements, registry.Lines{Disbursement: []registry.DisbursementLine{
		{Programme: w.ids["pkh"], Region: "3507", Year: 2025, Stage: "1", People: registry.Amounts{Quota: rp(50_000), Decided: rp(49_000), Received: rp(20_000)}, Reason: "=perintah", Paid: "2025-04-14"},
	}}, false)
}

// brings stages a table of the province's office, and has it accepted.
func (w *world) brings(file string, kind registry.FigureKind, lines registry.Lines, accepted bool) string {
	w.t.Helper()
	id, _, err := w.store.StageFigures(w.t.Context(), w.by("data-steward", ""), registry.FigureBatch{Owner: w.ids["provinsi"], Kind: kind, File: file, SHA256: strings.Repeat("ab", 32), Rejected: 2}, lines)
	w.ok(err)
	if accepted {
		w.done(w.store.AcceptFigures(w.t.Context(), w.by("walidata-dua", ""), id))
	}
	return id
}

const newProgramme = "name_id=Bantuan contoh baru&name_en=A new example&from=2026-01-01&owner=@provinsi"

var rowsOfProgrammes = []row{
	{"", "GET", "/program", "", 303, "", 0}, {"", "GET", "/program/@pkh", "", 303, "", 0}, {"nobody", "GET", "/program", "", 403, "Anda tidak berhak melihat program", 0},
	{"researcher", "GET", "/program", "", 200, "2 program berjalan: 1 kementerian, 1 provinsi, 0 kabupaten/kota", 0}, {"researcher", "GET", "/program?cari=plus", "", 200, "1 baris", 0},
	{"researcher", "GET", "/program?bentuk=csv&urut=-9", "", 200, "Program Keluarga Harapan", 0}, {"researcher", "GET", "/program?bentuk=xlsx", "", 200, "xl/worksheets", 0},
	// Is it used, does it reach the poor?
	{"researcher", "GET", "/program/@pkh", "", 200, "Program Keluarga Harapan, Provinsi Jawa Timur 2025: 69.000 keluarga menerima", 0},
	{"researcher", "GET", "/program/@pkh", "", 200, "keluarga miskin &lt;b&gt;dengan&lt;/b&gt; anak atau lansia. 2 dari 38 kabupaten/kota melapor untuk 2025.", 0},
	{"researcher", "GET", "/program/@pkh", "", 200, "pagu perubahan + pagu murni", 0}, {"researcher", "GET", "/program/@pkh", "", 200, "belum dilaporkan", 0},
	{"researcher", "GET", "/program/@pkh", "", 200, "rekening tidak aktif", 0}, {"researcher", "GET", "/program/@pkh", "", 200, "Rp3.000.000 per orang per tahun", 0}, {"researcher", "GET", "/program/@pkh", "", 200, "Juknis 2019", 0},
	{"researcher", "GET", "/program/@pkh", "", 200, "memperluas program di halaman ini", 0}, {"researcher", "GET", "/program/@pkh", "", 200, "2 dari 38 kabupaten/kota", 0},
	{"researcher", "GET", "/program/@pkh", "", 200, "Orang walidata-dua, 27 November 2026", 0}, {"researcher", "GET", "/program/@pkh", "", 200, "tengahnya 14 hari terlambat, terlama 31 hari terlambat", 0},
	{"researcher", "GET", "/program/@pkh?wilayah=3507", "", 200, "Kabupaten Malang 2025: 48.000 keluarga menerima, 96\u00a0% sasaran; pagu Rp120,00 miliar, 95\u00a0% terealisasi", 0},
	{"researcher", "GET", "/program/@pkh?wilayah=3507", "", 200, "Tahap demi tahap, Kabupaten Malang 2025", 0}, {"researcher", "GET", "/program/@pkh?wilayah=3510", "", 200, "belum ada laporan untuk Kabupaten Banyuwangi, 2025", 0},
	{"researcher", "GET", "/program/@pkh?wilayah=3201&tahun=1999", "", 200, "Provinsi Jawa Timur 2025", 0}, {"researcher", "GET", "/program/@pkh?gambar=uang", "", 200, "<svg font-family=", 0}, {"researcher", "GET", "/program/@pkh?gambar=peta", "", 200, "Kabupaten Malang: 96\u00a0% sasaran terlayani", 0},
	{"researcher", "GET", "/program/@pkhplus", "", 200, "Pagu, juta rupiah", 0}, {"researcher", "GET", "/program/@usulan", "", 200, "Usulan lansia: usulan, rencana mulai 1 Maret 2027", 0}, {"researcher", "GET", "/program/tidakada", "", 404, "", 0},
	{"researcher", "GET", "/program/@pkh/wilayah?urut=-8", "", 200, "38 baris", 0}, {"researcher", "GET", "/program/@pkh/wilayah?bentuk=csv&cari=malang", "", 200, "Kabupaten Malang,\"120.000,0\",\"114.000,0\",\"95,0\",50.000,49.500,48.000,", 0},
	{"nobody", "GET", "/program/@pkh/wilayah", "", 403, "melihat anggaran, penyaluran", 0},
	// The region has the same from the other side.
	{"researcher", "GET", "/wilayah/3507", "", 200, "Uang bantuan di Kabupaten Malang, 2025", 0}, {"researcher", "GET", "/wilayah/3507", "", 200, "Tiga tingkat pemerintahan berdampingan, 2025", 0},
	{"researcher", "GET", "/wilayah/3510", "", 200, "Belum ada anggaran atau penyaluran yang dilaporkan untuk", 0}, {"researcher", "GET", "/wilayah", "", 200, "Program melapor, 2025", 0}, {"nobody", "GET", "/wilayah/3507", "", 200, "PKH Plus", 0},
	// Tables that come in.
	{"", "GET", "/angka", "", 303, "", 0}, {"nobody", "GET", "/angka", "", 403, "Anda tidak berhak", 0}, {"researcher", "GET", "/angka", "", 200, "3 tabel anggaran dan penyaluran", 0}, {"researcher", "GET", "/angka?bentuk=csv", "", 200, "rekap-2026.csv", 0},
	{"researcher", "GET", "/angka/@tabel-menunggu", "", 200, "Menunggu orang kedua", 0}, {"researcher", "GET", "/angka/@tabel-menunggu", "", 200, "Orang walidata-dua", 0}, {"researcher", "GET", "/angka/@tabel-menunggu", "", 200, "2025, tahap 1, kolom kpm_salur: tabel ini 20.000, yang berlaku sekarang 47.500: perbaikan lebih dari separuhnya", 0},
	{"researcher", "GET", "/angka/@tabel-anggaran", "", 200, "pagu", 0}, {"researcher", "GET", "/angka/tidakada", "", 404, "", 0},
	{"walidata-dua", "GET", "/", "", 200, "Periksa dan terima tabel penyaluran rekap-2026.csv dari Dinsos Jatim", 0},
	{"researcher", "GET", "/angka/@tabel-menunggu/terima", "", 403, "", 0}, {"data-steward", "POST", "/angka/@tabel-menunggu/terima", "", 409, "", 0},
	{"data-steward", "GET", "/angka/@tabel-menunggu/terima", "", 422, "dibawa masuk oleh Anda sendiri; perlu orang kedua: Orang walidata-dua", 0}, {"data-steward", "GET", "/angka/@tabel-menunggu/tarik", "", 200, "Tarik tabel ini", 0},
	{"walidata-dua", "GET", "/angka/@tabel-menunggu/terima", "", 200, "Terima tabel ini", 0}, {"walidata-dua", "POST", "/angka/@tabel-menunggu/terima", "", 303, "", 1},
	{"researcher", "GET", "/program/@pkh?wilayah=3507", "", 200, "48.000 keluarga menerima", 0}, // the payment that had most still counts
	{"walidata-dua", "GET", "/angka/@tabel-menunggu/tarik", "", 200, "Tarik tabel ini", 0}, {"walidata-dua", "POST", "/angka/@tabel-menunggu/tarik", "", 422, "alasan", 0}, {"walidata-dua", "POST", "/angka/@tabel-menunggu/tarik", "why=keliru", 303, "", 1},
	{"researcher", "GET", "/angka/@tabel-menunggu", "", 200, "keliru", 0},
	// Commands.
	{"analyst", "GET", "/program/daftarkan", "", 200, "Daftarkan program", 0}, {"analyst", "GET", "/program/daftarkan?induk=@pkh", "", 200, `value="extends" selected`, 0}, {"researcher", "GET", "/program/daftarkan", "", 403, "", 0},
	{"analyst", "POST", "/program/daftarkan", newProgramme + "&benefits=2025 | 200.000 | family-month | | | | | Juknis%0A2026- | | | | | tunai | cash | Juknis&stages=q1 | 03-31&aliases=BCB", 303, "", 1},
	{"analyst", "POST", "/program/daftarkan", "name_id=&name_en=&from=2026-01-01&owner=@provinsi", 422, "nama program dalam bahasa Indonesia belum diisi", 0},
	{"analyst", "POST", "/program/daftarkan", strings.Replace(newProgramme, "baru", "lain", 1) + "&benefits=dua ribu | 5", 422, "baris 1: tahun `dua ribu` tidak dikenal", 0},
	{"analyst", "POST", "/program/daftarkan", strings.Replace(newProgramme, "baru", "lain", 1) + "&benefits=2025 | lima", 422, "bukan rupiah penuh", 0},
	{"analyst", "POST", "/program/daftarkan", strings.Replace(newProgramme, "@provinsi", "@pusat", 1), 403, "", 0},
	{"analyst", "GET", "/program/usulkan", "", 200, "Usulkan program", 0}, {"analyst", "POST", "/program/usulkan", "name_id=Usulan contoh&name_en=An example&from=2027-01-01&owner=@provinsi&variant_of=@pkh&variant_sort=extends", 303, "", 1},
	{"analyst", "GET", "/program/@pkh/ubah", "", 403, "", 0}, {"analyst", "GET", "/program/@pkhplus/ubah", "", 200, "Ubah keterangan", 0},
	{"analyst", "POST", "/program/@pkhplus/ubah", "name_id=PKH Plus Jatim&name_en=PKH Plus&from=2019-01-01&counts=person&where=3507&where=3527&earlier=yes", 303, "", 1},
	{"analyst", "GET", "/program/@usulan/mulai", "", 200, "Catat mulai berjalan", 0}, {"analyst", "GET", "/program/@usulan/batalkan", "", 200, "Batalkan usulan", 0}, {"analyst", "POST", "/program/@usulan/batalkan", "", 422, "alasan", 0},
	{"analyst", "POST", "/program/@usulan/mulai", "from=2026-11-01", 303, "", 1}, {"analyst", "POST", "/program/@usulan/batalkan", "why=batal", 409, "", 0},
	{"analyst", "GET", "/program/@usulan/akhiri", "", 200, "Akhiri program", 0}, {"analyst", "POST", "/program/@usulan/akhiri", "last=2026-11-20&why=selesai", 303, "", 1}, {"researcher", "GET", "/program/@usulan", "", 200, "berakhir", 0},
}

// TestStewardAcceptsForAnOfficeOfOne: where an office has nobody else, the page of its
// table lets a steward of the province be the second person, and nobody of another.
func TestStewardAcceptsForAnOfficeOfOne(t *testing.T) {
	w := newWorld(t)
	w.funded()
	id, _, err := w.store.StageFigures(t.Context(), w.by("kabupaten-officer", ""), registry.FigureBatch{Owner: w.ids["malang"], Region: "3507", Kind: registry.Disbursements, File: "rekap-malang.csv", SHA256: strings.Repeat("cd", 32)}, registry.Lines{Disbursement: []registry.DisbursementLine{
		{Programme: w.ids["pkh"], Region: "3507", Year: 2026, Stage: "1", People: registry.Amounts{Quota: rp(50_000)}},
	}})
	w.ok(err)
	at := "/angka/" + id
	for who, want := range map[string]int{"analyst": 403, "researcher": 403, "walidata-dua": 200} {
		if got := w.get(who, at+"/terima"); got.Code != want {
			t.Errorf("%s: %d, want %d", who, got.Code, want)
		}
	}
	if got := w.post("kabupaten-officer", at+"/terima", ""); got.Code != 409 {
		t.Errorf("own table: %d", got.Code)
	}
	if got := w.get("kabupaten-officer", at+"/terima"); got.Code != 422 || !strings.Contains(got.Body.String(), "Orang walidata-dua") || strings.Contains(got.Body.String(), "Anda orang kedua") {
		t.Errorf("the form of one's own table: %d", got.Code)
	}
	if page := w.get("walidata-dua", at).Body.String(); !strings.Contains(page, at+"/terima") {
		t.Error("the page does not offer what the steward may do")
	}
	w.sends("walidata-dua", at+"/terima", "")
}

// TestWhoRunsAProgramme: lists name who the register says runs a programme, and its
// owner where it does not.
func TestWhoRunsAProgramme(t *testing.T) {
	w := newWorld(t)
	w.funded()
	id, e, err := w.store.RegisterProgramme(t.Context(), w.by("admin", ""), registry.Programme{Owner: w.ids["pusat"], Names: registry.Words{ID: "Program Indonesia Pintar", EN: "Smart Indonesia"}, Period: registry.Period{From: "2014-01-01"}, RunBy: "Kementerian Pendidikan <Dasar>"})
	w.made("pip", id, e, err)
	for _, at := range []string{"/program", "/wilayah/3507", "/program/@pkhplus"} {
		page := w.get("researcher", w.fill(at)).Body.String()
		_, row, ok := strings.Cut(page, "/program/"+id)
		row, _, _ = strings.Cut(row, "</tr>")
		if !ok || !strings.Contains(row, "Kementerian Pendidikan &lt;Dasar&gt;") {
			t.Errorf("%s: %s", at, row)
		}
	}
}

// TestPartsOfParts: a number of which every part is there, and one is itself of half a
// year, is not shown as whole.
func TestPartsOfParts(t *testing.T) {
	w := newWorld(t)
	w.funded()
	id, e, err := w.store.RegisterProgramme(t.Context(), w.by("analyst", ""), registry.Programme{Owner: w.ids["provinsi"], Names: registry.Words{ID: "Sembako contoh", EN: "Staple food example"}, Period: registry.Period{From: "2020-01-01"}, Counts: registry.Families, Where: []string{"3507"}})
	w.made("sembako", id, e, err)
	half := func(stage string) registry.Lines {
		return registry.Lines{Disbursement: []registry.DisbursementLine{{Programme: id, Region: "3507", Year: 2026, Stage: stage, People: registry.Amounts{Quota: rp(1000), Received: rp(913)}}}}
	}
	row := func() string {
		_, row, _ := strings.Cut(w.get("researcher", "/program?tahun=2026").Body.String(), "/program/"+id)
		row, _, _ = strings.Cut(row, "</tr>")
		return row
	}
	w.brings("semester-1.csv", registry.Disbursements, half("s1"), true)
	if got := row(); !strings.Contains(got, "913") || !strings.Contains(got, "sebagian") || strings.Contains(got, "91,3") {
		t.Errorf("half a year: %s", got)
	}
	if page := w.get("researcher", "/program/"+id+"?wilayah=3507&tahun=2026").Body.String(); !strings.Contains(page, "1 dari 2 bagian") || strings.Contains(page, "91\u00a0%") {
		t.Error("the page of half a year says what part it is of the target")
	}
	w.brings("semester-2.csv", registry.Disbursements, half("s2"), true)
	if got := row(); strings.Contains(got, "sebagian") || !strings.Contains(got, "91,3") {
		t.Errorf("the year: %s", got)
	}
}

// TestBenefitsAreReadAsTheyAreWritten: what the form of an entry shows comes back as it
// was when it is sent unchanged.
func TestBenefitsAreReadAsTheyAreWritten(t *testing.T) {
	w := newWorld(t)
	w.funded()
	at := func() registry.Programme {
		var p registry.Programme
		w.ok(w.store.View(t.Context(), func(r *store.Reader) (err error) { p, _, err = store.ProgrammeOf(r, w.ids["pkh"]); return err }))
		return p
	}
	before := at()
	v := w.opened("admin", "/program/@pkh/ubah")
	page := w.get("admin", "/program/@pkh/ubah").Body.String()
	for _, area := range []string{"target_id", "target_en", "rule_id", "rule_en", "benefits", "stages", "aliases"} {
		_, rest, ok := strings.Cut(page, `id="f-`+area+`"`)
		if !ok {
			t.Fatal(area)
		}
		_, rest, _ = strings.Cut(rest, ">")
		text, _, _ := strings.Cut(rest, "</textarea>")
		v.Set(area, html.UnescapeString(text))
	}
	for k, x := range map[string]string{"name_id": before.Names.ID, "name_en": before.Names.EN, "from": string(before.Period.From), "kind": string(before.Kind), "counts": string(before.Counts)} {
		v.Set(k, x)
	}
	if got := w.sendForm("admin", "/program/@pkh/ubah", v); got.Code != 303 && !strings.Contains(got.Body.String(), "tidak ada yang berubah") {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	after := at()
	if len(after.Benefits) != 2 || benefitLines(after.Benefits) != benefitLines(before.Benefits) || stageLines(after.Stages) != stageLines(before.Stages) || after.Target != before.Target {
		t.Errorf("%+v\n%+v", after, before)
	}
}
