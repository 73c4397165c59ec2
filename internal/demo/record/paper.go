package record

import (
	"bytes"
	"fmt"
	"strings"
)

// Paper is a document of the demo as a PDF of one A4 page: what it would be, and
// across it that it is none. Text is Latin-1.
func Paper(title string, lines ...string) []byte {
	var page strings.Builder
	// Grey and turned by 45 degrees, under the text.
	fmt.Fprintf(&page, "q 0.86 g BT /F2 44 Tf 0.7071 0.7071 -0.7071 0.7071 95 190 Tm (%s) Tj ET Q\n", escape("CONTOH - bukan dokumen resmi"))
	y := 780
	say := func(font string, size int, s string) {
		fmt.Fprintf(&page, "BT /%s %d Tf 60 %d Td (%s) Tj ET\n", font, size, y, escape(s))
		y -= size + 7
	}
	for _, l := range wrapped(title, 52) {
		say("F2", 15, l)
	}
	y -= 12
	for _, p := range lines {
		for _, l := range wrapped(p, 86) {
			say("F1", 11, l)
		}
		y -= 8
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /Lang (id) >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

// escape writes a text as the inside of a PDF string.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`).Replace(s)
}

// wrapped breaks a text into lines of at most so many characters.
func wrapped(s string, most int) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= most {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
