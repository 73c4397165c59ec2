package workbook_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/intake/workbook"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := workbook.Open(context.Background(), f, workbook.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// read gives the rows, one line each, and the codes of what was said, or of the
// error.
func read(t testing.TB, b []byte, o workbook.Options) (rows, said string) {
	t.Helper()
	r, err := workbook.Open(context.Background(), sourcetest.Bytes(b), o)
	if err != nil {
		return "", codes(problem.Of(err))
	}
	defer r.Close()
	all, err := sourcetest.Rows(r)
	if err != nil {
		return "", codes(problem.Of(err))
	}
	var lines []string
	for _, row := range all {
		lines = append(lines, strings.Join(row, "|"))
	}
	return strings.Join(lines, "\n"), codes(r.Cautions())
}

func codes(list problem.List) string {
	var all []string
	for _, p := range list {
		all = append(all, strings.TrimPrefix(p.Code, "workbook-"))
	}
	return strings.Join(all, " ")
}

const bpsRows = `No|Kabupaten/Kota|Jumlah Penduduk Miskin - Maret - (ribu)|Jumlah Penduduk Miskin - September - (ribu)|Persentase - Maret - (%)|Persentase - September - (%)|Garis Kemiskinan - 2023* - (Rp)
.|JAWA TIMUR|4188.81|...|10.35|...|507286
1|Kab. Pacitan|76.19|...|13.65|…|354500
2|Kab. Kediri|169.95|...|10.72|...|383512
3|KotaKediri|20.56|...|7.15|–|577100
4|Kota Batu|6.98|...|3.31|-|-`

const bpsSaid = "grid-ordinals grid-above grid-levels grid-below grid-numbers-indonesian grid-numbers-as-text grid-scale " +
	"grid-column-without-values grid-marks grid-column-without-values grid-marks grid-dashes " +
	"grid-numbers-ambiguous grid-dashes grid-preliminary sheets hidden-rows hidden-columns grid-totals"

const peopleRows = `NIK|No KK|nama|tanggal_lahir|desil|RT
7701012304560001|7701012304560000|Warga 0|1960-01-03|1|000
7701012304560012|7701012304560001|Warga 1|1961-02-03|2|001
7701012304560023|7701012304560002|Warga 2|1962-03-03|.|002
7701012304560034|7701012304560003|Warga 3|1963-04-03|4|003
7701012304560045|7701012304560004|Warga 4|1964-05-03|5|004
7701012304560056|7701012304560005|Warga 5|1965-06-03|6|005
7701012304560067|7701012304560006|Warga 6|1966-07-03|7|006`

const formatRows = "nama|tanggal|waktu|jam|lama|bagian|ya|hasil|tanpa|salah|kode|uang\n" +
	"Désa & Kota|2024-02-28|2024-02-28 08:30:00|07:30:00|30:00:00|12.5|1|20|.|#DIV/0!|35.1|1500000\n" +
	"baris\r\ndua|2024-02-29|2024-02-29 08:30:00|07:31:00|54:00:00|7|0|21|.|#DIV/0!|35.2|4419.1\n" +
	"Ngawi|2024-03-01|2024-03-01 08:30:00|07:32:00|78:00:00|100|1|22|.|#DIV/0!|35.3|0.3"

// What Excel or LibreOffice leaves of identity numbers that are numbers.
var lostRows = func() string {
	lines := strings.Split(peopleRows, "\n")
	for i := 1; i < len(lines); i++ {
		lines[i] = "grid-identity-digit" + lines[i][16:]
	}
	return strings.Join(lines, "\n")
}()

// What openpyxl, XlsxWriter, pandas and LibreOffice wrote, cell by cell.
func TestOtherWriters(t *testing.T) {
	const people, lost = "grid-identity grid-identity-stored grid-identity", "grid-identity grid-identity-zeros grid-identity-stored grid-identity"
	const formats = "grid-html grid-percent grid-column-without-values grid-column-without-values grid-faults grid-code-stored "
	for _, c := range []struct{ name, rows, said string }{
		{"bps.xlsx", bpsRows, bpsSaid},
		{"lo-bps.xlsx", bpsRows, bpsSaid},
		{"formats.xlsx", formatRows, formats + "formulas uncached"},
		{"since1904.xlsx", formatRows, formats + "1904 formulas uncached"},
		{"lo-formats.xlsx", strings.NewReplacer("20|.|", "20|45350|", "21|.|", "21|45351|", "22|.|", "22|45352|", "\r\n", "\n").Replace(formatRows), // it calculated what had no result
			"grid-html grid-percent grid-column-without-values grid-faults grid-code-stored formulas"},
		{"people.xlsx", peopleRows, people},
		{"lo-people.xlsx", lostRows, lost},
		{"lost.xlsx", lostRows, lost},
		{"r.xlsx", "wilayah|p0|n|tgl|ya\nKabupaten Pacitan|13.65|1|2023-03-01|1\nKota Batu|3.31|.|.|0\nDésa & lain|.|3|2023-09-30|.", ""},
		{"uncached.xlsx", "a|b|c\nk1|1|.\nk2|2|.\nk3|3|.", "grid-column-without-values formulas uncached"},
		{"old.xls", "", "old"},
		{"open.ods", "", "ods"},
	} {
		rows, said := read(t, sourcetest.Load(t, c.name), workbook.Options{})
		if rows != c.rows || said != c.said {
			t.Errorf("%s:\n%s\n[%s]\nwant\n%s\n[%s]", c.name, rows, said, c.rows, c.said)
		}
	}
}

// TestMarks: the province among its regions is a total, and a number with an
// asterisk is preliminary; rows are numbered as Excel shows them.
func TestMarks(t *testing.T) {
	r, err := workbook.Open(context.Background(), sourcetest.Bytes(sourcetest.Load(t, "bps.xlsx")), workbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b source.Batch
	if err := r.Next(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if want := []source.Mark{{Row: 8, Column: -1, Said: source.Total}, {Row: 11, Column: 6, Said: source.Preliminary}}; fmt.Sprint(b.Marks) != fmt.Sprint(want) {
		t.Error(b.Marks)
	}
	if r.Sheet != "Kemiskinan 2023" || r.Table().Label != r.Sheet || len(r.Book.Sheets) != 2 {
		t.Error(r.Sheet, r.Book.Sheets)
	}
	if l := r.Layout(); len(l.Below) != 3 || l.Below[2].Text != "Sumber: BPS, Susenas Maret 2023" || l.HeaderFirst != 4 || l.HeaderAt != 7 {
		t.Errorf("%+v", l)
	}
}

func TestSheets(t *testing.T) {
	b := sourcetest.Load(t, "bps.xlsx")
	if _, said := read(t, b, workbook.Options{Sheet: "Kemiskinan"}); said != "sheet" {
		t.Error(said)
	}
	if _, said := read(t, b, workbook.Options{Sheet: "daftar isi"}); said != "grid-no-rows" {
		t.Error(said)
	}
	if rows, said := read(t, b, workbook.Options{Sheet: "Kemiskinan 2023"}); rows != bpsRows || strings.Contains(said, "sheets") {
		t.Error(said)
	}
	_, err := workbook.Open(context.Background(), sourcetest.Bytes(b), workbook.Options{Sheet: "x"})
	if got := problem.Of(err)[0].Text("id"); got != "lembar `x` tidak ada; yang ada: Daftar Isi, Kemiskinan 2023" {
		t.Error(got)
	}
	// A hidden sheet is read when it is named, and never by itself.
	hidden := edit(t, b, "xl/workbook.xml", `name="Kemiskinan 2023" sheetId="2" state="visible"`, `name="Kemiskinan 2023" sheetId="2" state="veryHidden"`)
	if _, said := read(t, hidden, workbook.Options{}); said != "grid-no-rows" {
		t.Error(said)
	}
	if rows, said := read(t, hidden, workbook.Options{Sheet: "Kemiskinan 2023"}); rows != bpsRows || !strings.Contains(said, "hidden-sheet") {
		t.Error(said)
	}
}

// edit replaces text in one part of a workbook; a new part where it has none.
func edit(t testing.TB, b []byte, name, from, to string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	found := false
	for _, p := range z.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name == name {
			if found = true; !bytes.Contains(content, []byte(from)) {
				t.Fatalf("%s has no %s: %s", name, from, content)
			}
			content = bytes.Replace(content, []byte(from), []byte(to), 1)
		}
		add(t, w, p.Name, content)
	}
	if !found {
		add(t, w, name, []byte(to))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func add(t testing.TB, w *zip.Writer, name string, content []byte) {
	t.Helper()
	part, err := w.Create(name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const styleSheet = `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>`

// book makes a workbook of one sheet from its rows and shared texts.
func book(t testing.TB, sheet, texts string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	for _, p := range [][2]string{
		{"[Content_Types].xml", `<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`},
		{"_rels/.rels", `<Relationships><Relationship Id="r" Type="` + office + `/officeDocument" Target="/xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns:r="` + office + `"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="` + office + `/worksheet" Target="worksheets/s.xml"/>` +
			`<Relationship Id="b" Type="` + office + `/styles" Target="styles.xml"/><Relationship Id="c" Type="` + office + `/sharedStrings" Target="texts.xml"/></Relationships>`},
		{"xl/styles.xml", styleSheet},
		{"xl/texts.xml", texts},
		{"xl/worksheets/s.xml", sheet},
	} {
		add(t, w, p[0], []byte(p[1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const head = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>`

func sheet(rows string) string {
	return `<worksheet><sheetData>` + head + rows + `</sheetData></worksheet>`
}

const noTexts = `<sst/>`

// TestCells: the ways in which writers put a cell.
func TestCells(t *testing.T) {
	for _, c := range []struct{ name, rows, texts, want, said string }{
		{"without places", `<row><c><v>1</v></c><c t="str"><v>x</v></c></row>`, noTexts, "1|x", ""},
		{"a hole", `<row r="3"><c r="B3"><v>1</v></c></row><row r="4"><c r="A4"><v>2</v></c><c r="B4"><v>1</v></c></row>`, noTexts, ".|1\n2|1", ""},
		{"namespace, single quotes", `<x:row r='2'><x:c r='A2'><x:v>1</x:v></x:c><x:c r='B2' t='str'><x:v>&lt;x&#65;&#x42;&amp;</x:v></x:c></x:row>`, noTexts, "1|<xAB&", ""},
		{"comments and CDATA", `<row r="2"><!-- <c> --><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t><![CDATA[<y>]]></t></is></c></row>`, noTexts, "1|<y>", ""},
		{"shared, rich, phonetic", `<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>`,
			`<sst><si><r><t>Ked</t></r><r><t xml:space="preserve">iri </t></r><rPh><t>no</t></rPh></si><si><t>k_x000D_</t></si><si/></sst>`, "k|Kediri", ""},
		{"an empty shared text", `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>1</v></c></row>`, `<sst><si><t/></si></sst>`, ".|1", "grid-column-without-values"},
		{"dates by style, ISO dates", `<row r="2"><c r="A2" s="1"><v>45352</v></c><c r="B2" t="d"><v>2024-03-01T00:00:00</v></c></row>`, noTexts, "2024-03-01|2024-03-01", "grid-day-tails"},
		{"days that are not", `<row r="2"><c r="A2" s="1"><v>60</v></c><c r="B2" s="1"><v>59</v></c></row>`, noTexts, "not-a-day|1900-02-28", ""},
		{"a percent", `<row r="2"><c r="A2" s="2"><v>7.0000000000000007E-2</v></c><c r="B2"><v>1</v></c></row>`, noTexts, "7|1", "grid-percent"},
		{"truths", `<row r="2"><c r="A2" t="b"><v>1</v></c><c r="B2" t="b"><v>0</v></c></row>`, noTexts, "1|0", ""},
		{"faults", `<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>1</v></c></row>`, noTexts, "#N/A|1", "grid-column-without-values grid-faults"},
		{"formulas", `<row r="2"><c r="A2" t="str"><f>B2&amp;"x"</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c></row><row r="3"><c r="A3"><f>NOW()</f></c><c r="B3"><f/><v>3</v></c></row>`, noTexts,
			".|2\n.|3", "grid-column-without-values formulas uncached"},
		{"numbers as text among numbers", `<row r="2"><c r="A2"><v>1.5</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="A3" t="str"><v>4.419,10</v></c><c r="B3"><v>1</v></c></row>`, noTexts,
			"1.5|1\n4419.1|1", "grid-numbers-indonesian grid-numbers-as-text"},
		{"an exponent that is a whole number", `<row r="2"><c r="A2"><v>1.5E3</v></c><c r="B2"><v>1E-3</v></c></row>`, noTexts, "1500|0.001", ""},
		{"thousands that Excel took for decimals", `<row r="2"><c r="A2"><v>6.3</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>11.191</v></c><c r="B3"><v>1</v></c></row><row r="4"><c r="A4"><v>9.876</v></c><c r="B4"><v>1</v></c></row>`, noTexts,
			"6.3|1\n11.191|1\n9.876|1", "grid-numbers-thousands"},
		{"codes of Kemendagri that Excel took for numbers", `<row r="2"><c r="A2"><v>35.01</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>35.1</v></c><c r="B3"><v>1</v></c></row><row r="4"><c r="A4"><v>35.79</v></c><c r="B4"><v>1</v></c></row>`, noTexts,
			"35.01|1\n35.1|1\n35.79|1", "grid-region-codes"},
		{"merged cells among the data", `<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells><sheetData>`, noTexts,
			"1|1\n.|2", "merged"},
		{"a row of a later line", `<row r="1048576"><c r="A1048576"><v>1</v></c><c r="B1048576"><v>1</v></c></row>`, noTexts, "1|1", ""},
	} {
		rows, said := read(t, book(t, sheet(c.rows), c.texts), workbook.Options{})
		if _, rows, _ = strings.Cut(rows, "\n"); rows != c.want || said != c.said {
			t.Errorf("%s:\n%s\n[%s]\nwant\n%s\n[%s]", c.name, rows, said, c.want, c.said)
		}
	}
}

// TestMonthsAsTitles: dates in the header are titles.
func TestMonthsAsTitles(t *testing.T) {
	b := book(t, `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>w</v></c><c r="B1" s="1"><v>45292</v></c><c r="C1" s="1"><v>45323</v></c></row>`+
		`<row r="2"><c r="A2" t="str"><v>x</v></c><c r="B2"><v>1</v></c><c r="C2"><v>2</v></c></row></sheetData></worksheet>`, noTexts)
	if rows, said := read(t, b, workbook.Options{}); rows != "w|2024-01-01|2024-02-01\nx|1|2" || said != "" {
		t.Error(rows, said)
	}
}

// TestRefused: what cannot be read has a sentence that says what to do.
func TestRefused(t *testing.T) {
	whole := sourcetest.Load(t, "people.xlsx")
	const one = `<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c></row>`
	bad := func(rows string) []byte { return book(t, sheet(rows), noTexts) }
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"nothing", nil, "magic"},
		{"text", []byte("a,b\n1,2\n"), "magic"},
		{"another archive", edit(t, whole, "[Content_Types].xml", "spreadsheetml.sheet.main", "wordprocessingml.document.main"), "magic"},
		{"cut", whole[:len(whole)-30], "cut"},
		{"half", whole[:len(whole)/2], "cut"},
		{"encrypted", encrypted(t), "encrypted"},
		{"macros", edit(t, whole, "xl/vbaProject.bin", "", "x"), "macros"},
		{"macros by type", edit(t, whole, "[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macros"},
		{"old macros", edit(t, whole, "xl/macrosheets/sheet1.xml", "", "x"), "macros"},
		{"binary", edit(t, whole, "[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"), "macros"},
		{"binary without macros", edit(t, whole, "[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.binary.main"), "binary"},
		{"bomb", bomb(t), "bomb"},
		{"no sheets", edit(t, whole, "xl/_rels/workbook.xml.rels", "/worksheet\"", "/chartsheet\""), "no-sheets"},
		{"a sheet that is not there", edit(t, whole, "xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet9.xml"), "part"},
		{"a document type", book(t, `<!DOCTYPE x [<!ENTITY a "b">]>`+sheet(one), noTexts), "damaged"},
		{"a shared text that is not there", bad(`<row r="2"><c r="A2" t="s"><v>7</v></c></row>` + one), "damaged"},
		{"rows out of order", bad(one + one), "damaged"},
		{"cells out of order", bad(`<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`), "damaged"},
		{"a column beyond the last", bad(`<row r="2"><c r="XFE2"><v>1</v></c></row>`), "damaged"},
		{"a number that is none", bad(`<row r="2"><c r="A2"><v>1,5</v></c><c r="B2"><v>1</v></c></row>`), "damaged"},
		{"a truth that is none", bad(`<row r="2"><c r="A2" t="b"><v>ya</v></c></row>`), "damaged"},
		{"a sheet that ends early", book(t, `<worksheet><sheetData>`+head+one, noTexts), "damaged"},
		{"a sheet that ends within a cell", book(t, `<worksheet><sheetData>`+head+`<row r="2"><c r="A2"><v>1`, noTexts), "damaged"},
		{"a tag without end", bad(one + `<row r="3" x="` + strings.Repeat("y", 3<<20)), "damaged"},
		{"a text without end", bad(`<row r="2"><c r="A2" t="str"><v>` + strings.Repeat("y", 17<<20) + `</v></c><c r="B2"><v>1</v></c></row>`), "text-long"},
		{"texts that end early", book(t, sheet(one), `<sst><si><t>x`), "damaged"},
		{"no rows at all", book(t, `<worksheet><sheetData/></worksheet>`, noTexts), "grid-empty"},
	} {
		_, err := workbook.Open(context.Background(), sourcetest.Bytes(c.b), workbook.Options{})
		if got := codes(problem.Of(err)); got != c.want {
			t.Errorf("%s: %s (%v), want %s", c.name, got, err, c.want)
		}
		sourcetest.Sound(t, open, sourcetest.Bytes(c.b)) // speaks both languages
	}
}

// encrypted is a workbook that excelize encrypted.
func encrypted(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	var b bytes.Buffer
	if err := f.Write(&b, excelize.Options{Password: "rahasia"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a workbook whose sheet unpacks to a thousand times its size.
func bomb(t *testing.T) []byte {
	t.Helper()
	return book(t, `<worksheet><sheetData>`+head+strings.Repeat(" ", 100<<20)+`</sheetData></worksheet>`, noTexts)
}

// TestLyingSize: a part that unpacks to more than it says ends with an error
// when that much was read.
func TestLyingSize(t *testing.T) {
	b := book(t, sheet(strings.Repeat(" ", 1<<20)), noTexts)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	size := z.File[len(z.File)-1].UncompressedSize64
	var from [4]byte
	for i := range from {
		from[i] = byte(size >> (8 * i))
	}
	lies := bytes.ReplaceAll(b, from[:], []byte{200, 0, 0, 0})
	if _, said := read(t, lies, workbook.Options{}); said != "damaged" {
		t.Error(said)
	}
}

// TestNothingOnDisk: identity numbers may not lie in temporary folders.
func TestNothingOnDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r, err := workbook.Open(context.Background(), sourcetest.Bytes(large(t, 20_000)), workbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	for err == nil {
		err = r.Next(context.Background(), &b)
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Fatal(left)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	b := large(t, 20_000)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := workbook.Open(ctx, sourcetest.Bytes(b), workbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	var batch source.Batch
	for err == nil {
		err = r.Next(ctx, &batch)
	}
	if !errors.Is(err, context.Canceled) || len(batch.Row) > 0 {
		t.Error(err)
	}
	if _, err := workbook.Open(ctx, sourcetest.Bytes(b), workbook.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// No part of a workbook passes for the whole.
func TestCut(t *testing.T) {
	b := sourcetest.Load(t, "bps.xlsx")
	sourcetest.Cut(t, open, b, nil)
	sourcetest.Flip(t, open, book(t, sheet(`<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>`), `<sst><si><t>x</t></si></sst>`))
}

// FuzzRead demands soundness of whatever archive.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"bps.xlsx", "lo-formats.xlsx", "people.xlsx", "old.xls"} {
		f.Add(sourcetest.Load(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sourcetest.Sound(t, open, sourcetest.Bytes(b)) })
}

// FuzzSheet does the same for whatever stands in a sheet and its texts.
func FuzzSheet(f *testing.F) {
	f.Add(sheet(`<row r="2"><c r="A2" s="1"><v>45352.5</v></c><c r="B2" t="s"><v>0</v></c></row>`), `<sst><si><t>x&amp;_x000D_</t></si></sst>`)
	f.Add(`<worksheet><cols><col min="1" max="3" hidden="1"/></cols><sheetData>`+head+`<row hidden="1"><c t="b"><f>x</f><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`, noTexts)
	f.Fuzz(func(t *testing.T, s, texts string) { sourcetest.Sound(t, open, sourcetest.Bytes(book(t, s, texts))) })
}

// large is a workbook of so many rows of twelve columns, as excelize streams it:
// texts in place, an identity number, a day and numbers.
func large(t testing.TB, rows int) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	put := func(row int, cells []any) {
		if err := w.SetRow(fmt.Sprintf("A%d", row), cells); err != nil {
			t.Fatal(err)
		}
	}
	put(1, []any{"nik", "nama", "kabupaten", "kecamatan", "alamat", "tanggal_lahir", "anggota", "nilai", "desil", "penerima_pkh", "skor", "catatan"})
	for i := range rows {
		put(i+2, []any{fmt.Sprintf("7701012304%06d", i), fmt.Sprintf("Warga %d", i), "KABUPATEN PACITAN", "Arjosari", fmt.Sprintf("Dusun %d", i%977),
			excelize.Cell{StyleID: day, Value: 20000 + i%9000}, i % 9, 250000 + i, 1 + i%10, i%2 == 0, float64(i%1000) / 7, "-"})
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMemoryDoesNotGrow(t *testing.T) {
	few, many := large(t, 2_000), large(t, 40_000)
	sourcetest.Flat(t, open, bytes.NewReader(few), bytes.NewReader(many))
}

func BenchmarkRead(b *testing.B) {
	rows := 200_000
	sourcetest.Bench(b, open, bytes.NewReader(large(b, rows)), int64(rows))
}
