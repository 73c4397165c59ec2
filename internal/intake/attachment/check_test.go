package attachment

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// nik has the form of an identity number, of nobody.
const nik = "3507124101800001"

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pdf is a PDF of objects, the first of which is the catalogue.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	objects = append(objects, "<< /Title (Contoh) >>")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, len(objects), xref)
	return b.Bytes()
}

// page is a PDF of one page with a content, and more in its catalogue and its page.
func page(content, catalogue, more string, others ...string) []byte {
	return pdf(append([]string{
		"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> " + more + " >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}, others...)...)
}

func show(text string) string { return "BT /F 12 Tf 72 700 Td (" + text + ") Tj ET" }

// zipped is an archive of parts, name by name.
func zipped(parts ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		_, _ = w.Write([]byte(parts[i+1]))
	}
	_ = z.Close()
	return b.Bytes()
}

const (
	docxTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	word      = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:wp="d"><w:body>%s</w:body></w:document>`
	odtMime   = "application/vnd.oasis.opendocument.text"
)

func paragraphs(all ...string) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString("<w:p>" + p + "</w:p>")
	}
	return fmt.Sprintf(word, b.String())
}

func docx(document string, more ...string) []byte {
	return zipped(append([]string{"[Content_Types].xml", docxTypes, "word/document.xml", document}, more...)...)
}

func xlsx(t testing.TB, edit func(*excelize.File)) []byte {
	t.Helper()
	book := excelize.NewFile()
	edit(book)
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lies says of a part that it unpacks to little.
func lies(b []byte) []byte {
	b = slices.Clone(b)
	for i := range b {
		if bytes.HasPrefix(b[i:], []byte("PK\x01\x02")) {
			binary.LittleEndian.PutUint32(b[i+24:], 10)
		}
	}
	return b
}

func pictures(t testing.TB) (pngs, jpegs []byte) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	var p, j bytes.Buffer
	if err := errors.Join(png.Encode(&p, m), jpeg.Encode(&j, m, nil)); err != nil {
		t.Fatal(err)
	}
	return p.Bytes(), j.Bytes()
}

// textChunk puts a text chunk behind the head of a PNG.
func textChunk(p []byte, text string) []byte {
	const head = 8 + 25
	body := append([]byte("tEXt"), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text))) //nolint:gosec // a few letters
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return slices.Concat(p[:head], chunk, p[head:])
}

// TestCheck: each good and each bad file, by the codes of its problems, or its type
// and notes. No problem and no note of the catalogue is without a row.
func TestCheck(t *testing.T) {
	pngs, jpegs := pictures(t)
	letter := docx(paragraphs("<w:r><w:t>Surat contoh, NIP 19800101 200501 1 001</w:t></w:r>"))
	sheet := xlsx(t, func(b *excelize.File) { _ = b.SetCellValue("Sheet1", "A1", "desil") })
	odt := zipped("mimetype", odtMime, "content.xml", "<a xmlns:text='t'><text:p>Surat</text:p></a>")
	rows := []struct {
		what, name string
		content    []byte
		codes      string // of the problems; empty: it is taken
		says       string // a part of the English text of the first
		notes      string // codes
	}{
		{"a letter printed by a browser", "C:\\surat\\Surat 1.PDF", read(t, "letter.pdf"), "", "", ""},
		{"a letter in simple letters", "surat.pdf", page(show("Surat contoh"), "", ""), "", "", ""},
		{"an empty page", "surat.pdf", page("", "", ""), "", "", ""},
		{"a scan", "pindai.pdf", page("q 100 0 0 100 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q", "", ""), "", "", "scan"},
		{"a document", "surat.docx", letter, "", "", ""},
		{"a document with a picture and a table within", "surat.docx", docx(paragraphs(""), "word/media/image1.png", "x", "word/embeddings/a.xlsx", "x"), "", "", "pictures embedded"},
		{"a workbook", "tabel.xlsx", sheet, "", "", ""},
		{"an OpenDocument text", "surat.odt", odt, "", "", ""},
		{"a picture", "foto.png", pngs, "", "", "image"},
		{"a photograph", "foto.JPEG", jpegs, "", "", "image"},
		{"a text", "catatan.txt", []byte("\xef\xbb\xbfbaris satu\r\nbaris dua\f\n"), "", "", ""},
		{"a table of years", "tabel.csv", []byte("2019 2020 2021 2022;1.250.000 2.500.000 375.000;0.1234567890123456\n"), "", "", ""},
		{"a text of an old Windows", "catatan.txt", []byte("caf\xe9 1998\r\n"), "", "", ""},
		{"a text in UTF-16", "catatan.txt", []byte("\xff\xfeh\x00a\x00i\x00"), "", "", ""},
		{"a text that begins like a program", "catatan.txt", []byte("MZ adalah singkatan"), "", "", ""},

		{"no name", " ", []byte("x"), "attachment-name", "", ""},
		{"a name with a line break", "a\nb.txt", []byte("x"), "attachment-name", "", ""},
		{"a long name", strings.Repeat("a", 200) + ".txt", []byte("x"), "attachment-name", "", ""},
		{"an identity number in the name", "KTP " + nik + ".txt", []byte("x"), "attachment-identity-name", "••••••••••••••01", ""},
		{"another kind", "lagu.mp3", []byte("x"), "attachment-kind", ".docx", ""},
		{"a page of the web", "surat.html", []byte("<p>"), "attachment-kind", "", ""},
		{"no end of the name", "surat", []byte("x"), "attachment-kind", "", ""},
		{"nothing", "surat.pdf", nil, "attachment-empty", "", ""},
		{"too much", "surat.txt", make([]byte, MaxBytes+1), "attachment-large", "21 MB", ""},
		{"a PDF called a text", "surat.txt", read(t, "letter.pdf"), "attachment-type", "PDF", ""},
		{"a text called a PDF", "surat.pdf", []byte("halo"), "attachment-type-text", "", ""},
		{"a picture called a PDF", "surat.pdf", pngs, "attachment-type", "PNG", ""},
		{"a program called a PDF", "surat.pdf", []byte("MZ\x90\x00\x03\x00"), "attachment-type", "EXE", ""},
		{"a document called a workbook", "surat.xlsx", letter, "attachment-type-office", ".xlsx", ""},
		{"a workbook called a document", "surat.docx", sheet, "attachment-type-office", "", ""},
		{"an OpenDocument text called a document", "surat.docx", odt, "attachment-type-office", "", ""},
		{"a document called OpenDocument", "surat.odt", letter, "attachment-type-office", "", ""},
		{"a document of before 2007", "surat.docx", []byte(compound + "abc"), "attachment-type", "97", ""},
		{"bytes called a text", "surat.txt", []byte("a\x00\x01b"), "attachment-type-binary", "", ""},
		{"bytes called a PDF", "surat.pdf", []byte("a\x00\x01b"), "attachment-type-binary", "", ""},
		{"a control character late in a text", "surat.csv", []byte(strings.Repeat("a", 9000) + "\x07"), "attachment-type-binary", "", ""},

		{"a locked PDF", "surat.pdf", read(t, "locked.pdf"), "attachment-encrypted", "", ""},
		{"a PDF with an owner's password", "surat.pdf", read(t, "restricted.pdf"), "attachment-encrypted", "", ""},
		{"a locked workbook", "tabel.xlsx", append([]byte(compound), encryptedPackage...), "attachment-encrypted", "", ""},
		{"a locked OpenDocument text", "surat.odt", zipped("mimetype", odtMime, "META-INF/manifest.xml", "<m><encryption-data/></m>", "content.xml", "x"), "attachment-encrypted", "", ""},
		{"a PDF with a file within", "surat.pdf", read(t, "hides.pdf"), "attachment-hidden", "", ""},
		{"a picture with something behind", "foto.png", append(slices.Clone(pngs), "PK"...), "attachment-hidden", "", ""},
		{"a PDF with a script that it names", "surat.pdf", page(show("x"), "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (1) >>] >> >>", ""), "attachment-macro", "", ""},
		{"a PDF with a script on opening", "surat.pdf", page(show("x"), "/OpenAction << /S /JavaScript /JS (1) >>", ""), "attachment-macro", "", ""},
		{"a document of programs", "surat.docm", letter, "attachment-macro", "", ""},
		{"a document of programs called plain", "surat.docx", docx(paragraphs(""), "word/vbaProject.bin", "x"), "attachment-macro", "", ""},
		{"the same by its type", "surat.docx", zipped("[Content_Types].xml", strings.ReplaceAll(docxTypes, "openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main"), "word/document.xml", paragraphs("")), "attachment-macro", "", ""},
		{"a text with Basic", "surat.odt", zipped("mimetype", odtMime, "Basic/Standard/a.xml", "x", "content.xml", "<a/>"), "attachment-macro", "", ""},

		{"half a PDF", "surat.pdf", read(t, "letter.pdf")[:300], "attachment-broken", "", ""},
		{"a PDF without pages", "surat.pdf", pdf("<< /Type /Catalog >>"), "attachment-broken", "", ""},
		{"pages that go round", "surat.pdf", pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "attachment-broken", "", ""},
		{"half a picture", "foto.png", pngs[:40], "attachment-broken", "", ""},
		{"a picture with another byte", "foto.png", func() []byte { b := slices.Clone(pngs); b[len(b)-5]++; return b }(), "attachment-broken", "", ""},
		{"half a photograph", "foto.jpg", jpegs[:30], "attachment-broken", "", ""},
		{"half a document", "surat.docx", letter[:len(letter)-30], "attachment-broken", "", ""},
		{"a document without text", "surat.docx", zipped("[Content_Types].xml", docxTypes), "attachment-broken", "", ""},
		{"a part twice", "surat.docx", docx(paragraphs(""), "word/document.xml", paragraphs("")), "attachment-broken", "", ""},
		{"XML that does not close", "surat.docx", docx("<w:document><w:p>"), "attachment-broken", "", ""},
		{"an entity of its own", "surat.docx", docx(`<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>`), "attachment-broken", "", ""},
		{"too many pages", "surat.pdf", pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids ["+strings.Repeat("3 0 R ", maxPages+1)+"] /Count 501 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"), "attachment-pages", "501", ""},
		{"a bomb", "surat.docx", docx(strings.Repeat(" ", maxUnpacked+1)), "attachment-unpacks", "64", ""},
		{"a bomb that says it is small", "surat.docx", lies(docx(strings.Repeat(" ", 1<<20))), "attachment-broken", "", ""},
		{"many parts", "surat.odt", zipped(func() []string {
			all := []string{"mimetype", odtMime}
			for i := range maxParts {
				all = append(all, fmt.Sprint(i), "")
			}
			return all
		}()...), "attachment-unpacks", "", ""},

		{"numbers on two pages", "surat.pdf", read(t, "identity.pdf"), "attachment-identity-page attachment-identity-page", "••••••••••••••01 on page 1", ""},
		{"a number in a form field", "surat.pdf", page(show("x"), "", "/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V ("+nik+") /Rect [0 0 9 9] >>]"), "attachment-identity-page", "page 1", ""},
		{"a number in the properties", "surat.pdf", bytes.Replace(page(show("x"), "", ""), []byte("/Title (Contoh)"), []byte("/Title ("+nik+")"), 1), "attachment-identity-properties", "", ""},
		{"a number on a line", "tabel.csv", []byte("nama;nik\na;" + nik + "\n"), "attachment-identity-line", "on line 2", ""},
		{"a number in UTF-16", "tabel.txt", utf16("a\n" + nik), "attachment-identity-line", "on line 2", ""},
		{"many numbers", "tabel.csv", []byte(strings.Repeat(nik+"\n", 13)), strings.TrimSpace(strings.Repeat("attachment-identity-line ", 10)) + " attachment-identity-more", "", ""},
		{"a number that formats part", "surat.docx", docx(paragraphs("<w:r><w:t>satu</w:t></w:r>", "<w:r><w:t>NIK 35071241</w:t></w:r><w:r><w:t>01800001</w:t></w:r>")), "attachment-identity-paragraph", "paragraph 2", ""},
		{"a number in a header", "surat.docx", docx(paragraphs(""), "word/header1.xml", paragraphs("<w:t>"+nik+"</w:t>")), "attachment-identity-part", "word/header1.xml", ""},
		{"a number told of a picture", "surat.docx", docx(paragraphs(`<wp:docPr descr="KTP ` + nik + `"/>`)), "attachment-identity-paragraph", "", ""},
		{"a number in OpenDocument", "surat.odt", zipped("mimetype", odtMime, "content.xml", "<a xmlns:text='t'><text:p>a</text:p><text:p>3507<text:s/>1241 0180 0001</text:p></a>"), "attachment-identity-paragraph", "paragraph 2", ""},
		{"a number in a cell", "tabel.xlsx", xlsx(t, func(b *excelize.File) { _ = b.SetCellValue("Sheet1", "C7", nik) }), "attachment-identity-sheet", "row 7 of the sheet Sheet1", ""},
		{"a number kept as a number, on a hidden sheet", "tabel.xlsx", xlsx(t, func(b *excelize.File) {
			_, _ = b.NewSheet("Rahasia")
			_ = b.SetCellValue("Rahasia", "B2", 3.507124101800001e15)
			_ = b.SetSheetVisible("Rahasia", false)
		}), "attachment-identity-sheet", "sheet Rahasia", ""},
		{"a number in a comment of a cell", "tabel.xlsx", xlsx(t, func(b *excelize.File) {
			_ = b.AddComment("Sheet1", excelize.Comment{Cell: "A1", Author: "x", Paragraph: []excelize.RichTextRun{{Text: nik}}})
		}), "attachment-identity-part", "comments", ""},
		{"a number in a text of a picture", "foto.png", textChunk(pngs, "Comment\x00"+nik), "attachment-identity-properties", "", ""},
	}
	seen := map[string]bool{"problem.attachment-slow": true} // in TestTime
	for _, r := range rows {
		got, err := Check(context.Background(), r.name, r.content)
		var codes []string
		for _, p := range problem.Of(err) {
			codes = append(codes, p.Code)
			seen["problem."+p.Code] = true
			for _, l := range i18n.Langs {
				if text := p.Text(l); strings.Contains(text, nik) || strings.ContainsAny(text, "{}[]") {
					t.Errorf("%s: %s", r.what, text)
				}
			}
		}
		var notes []string
		for _, n := range got.Notes {
			notes = append(notes, n.Code)
			seen["attachment.note."+n.Code] = true
			for _, l := range i18n.Langs {
				if text := n.Text(l); strings.ContainsAny(text, "{}[]") {
					t.Errorf("%s: %s", r.what, text)
				}
			}
		}
		if strings.Join(codes, " ") != r.codes || strings.Join(notes, " ") != r.notes || (r.codes == "" && err != nil) {
			t.Errorf("%s: found %v with notes %v, expected %q with %q", r.what, err, notes, r.codes, r.notes)
		}
		if err != nil && !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %v says nothing of %q", r.what, err, r.says)
		}
		if r.codes == "" && (got.Type == "" || got.Name == "" || strings.Contains(got.Name, "\\")) {
			t.Errorf("%s: %+v", r.what, got)
		}
	}
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", "attachment.id.json"))
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if !seen[key] {
			t.Errorf("no row for %s", key)
		}
	}
}

func utf16(s string) []byte {
	b := []byte("\xff\xfe")
	for _, r := range s {
		b = append(b, byte(r), 0)
	}
	return b
}

// TestIdentities: what is one, and what only looks like one.
func TestIdentities(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
	}{
		{nik, 1}, {"NIK" + nik + "x", 1}, {"3507 1241 0180 0001", 1}, {"3507-1241-0180-0001", 1}, {"35.07.12-410180-0001", 1}, {"350712 410180 0001", 1},
		{"350712.410180.0001", 1}, {"3507\u00a01241\u00a00180\u00a00001", 1}, {"3507\u20131241\u20130180\u20130001", 1}, {"35071241\u200b01800001", 1},
		{"\uff13\uff15\uff10\uff17\uff11\uff12\uff14\uff11\uff10\uff11\uff18\uff10\uff10\uff10\uff10\uff11", 1}, {"3 5 0 7 1 2 4 1 0 1 8 0 0 0 0 1", 1},
		{"| 3 | 5 | 0 | 7 | 1 | 2 | 4 | 1 | 0 | 1 | 8 | 0 | 0 | 0 | 0 | 1 |", 1}, {"1. 3507 1241 0180 0001 dan 3578 0115 0799 0002", 2}, {nik + nik, 1},
		{"1," + nik + ",2", 1}, {"0." + nik, 1}, {"9999999999999999", 1}, // sixteen digits, whatever they are

		{"", 0}, {"198001012005011001", 0}, {"19800101 200501 1 001", 0}, {"2019 2020 2021 2022", 0}, {"1.250.000.000.000.000", 0}, {"3507 1241 0180", 0},
		{"0.1234567890123456", 0}, {"0,1234567890123456", 0}, {"3.1415926535897931", 0}, {"(031) 555 0100, 0812-3456-7890", 0}, {"100 200 300 400 500 6", 0},
		{"3507 1241 0180 00011", 0}, {"3507, 1241, 0180, 0001", 0}, {"3507 lalu 1241 0180 0001", 0}, {"800/1234/2026 tanggal 21-09-2020", 0}, {"9907 1241 0180 0001", 0}, {"3507 1299 0180 0001", 0},
		{"123456789012345", 0}, {"12345678901234567", 0},
	} {
		got := registry.IdentityNumbers(c.text)
		if len(got) != c.n {
			t.Errorf("%q: found %v, expected %d", c.text, got, c.n)
		}
		for _, s := range got {
			if strings.Count(s, "•") < 14 || len(strings.Trim(s, "•")) != 2 {
				t.Errorf("%q is shown as %q", c.text, s)
			}
		}
	}
}

// TestTime: who gives up is heard, and a file does not hold the next one back.
func TestTime(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(gone, "surat.pdf", read(t, "letter.pdf")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	over, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	if _, err := Check(over, "surat.pdf", read(t, "letter.pdf")); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != "attachment-slow" {
		t.Errorf("%v", err)
	}
	if _, err := Check(context.Background(), "surat.pdf", read(t, "letter.pdf")); err != nil {
		t.Error(err)
	}
}

// TestBrokenPDFs: a PDF with bytes changed here and there is answered in words or
// taken, and the next file is read as ever.
func TestBrokenPDFs(t *testing.T) {
	good := read(t, "identity.pdf")
	r := rand.New(rand.NewPCG(20261126, 6)) //nolint:gosec // invented data
	for range 30 {
		b := slices.Clone(good)
		for range 1 + r.IntN(40) {
			b[8+r.IntN(len(b)-8)] = byte(r.IntN(256))
		}
		answers(t, "a.pdf", b[:len(b)-r.IntN(2)*r.IntN(len(b)/2)])
	}
	if _, err := Check(context.Background(), "a.pdf", good); len(problem.Of(err)) != 2 {
		t.Error(err)
	}
}

// FuzzCheck: whatever the bytes are, there is an answer in words or a file that is
// taken, and no number is told. PDFs, which take longer, have their own.
func FuzzCheck(f *testing.F) {
	pngs, jpegs := pictures(f)
	sheet := xlsx(f, func(b *excelize.File) { _ = b.SetCellValue("Sheet1", "A1", nik) })
	for name, content := range map[string][]byte{
		"a.png": pngs, "a.jpg": jpegs, "a.xlsx": sheet, "a.docx": docx(paragraphs("<w:t>" + nik + "</w:t>")),
		"a.odt": zipped("mimetype", odtMime, "content.xml", "<a>"+nik+"</a>"), "a.txt": []byte(nik), "a.csv": utf16(nik),
	} {
		f.Add(name, content)
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if !strings.HasSuffix(strings.ToLower(strings.TrimSpace(name)), ".pdf") {
			answers(t, name, content)
		}
	})
}

func FuzzPDF(f *testing.F) {
	f.Add(page(show(nik), "", ""))
	f.Fuzz(func(t *testing.T, content []byte) { answers(t, "a.pdf", content) })
}

func answers(t *testing.T, name string, content []byte) {
	got, err := Check(context.Background(), name, content)
	switch {
	case err == nil && (got.Type == "" || got.Name == ""):
		t.Errorf("%+v", got)
	case err != nil && len(problem.Of(err)) == 0:
		t.Errorf("no words for %v", err)
	case err != nil && strings.Contains(err.Error(), nik):
		t.Error(err)
	}
}
