package csvfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// text is a file whose encoding is known.
type text struct {
	file    source.File
	name    string
	skip    int64 // bytes of the mark at its start
	decoder source.Decoder
	wide    unicode.Endianness // of UTF-16
	isWide  bool
	guessed bool
	mixed   bool // most is UTF-8, some is not
}

// others are the first bytes of files that are no separated texts.
var others = []struct{ begin, code string }{
	{"PK\x03\x04", "csv-workbook"}, {"\xd0\xcf\x11\xe0", "csv-old-workbook"}, {"%PDF", "csv-pdf"}, {"\x1f\x8b", "csv-packed"}, {"PAR1", "csv-parquet"},
	{"\xff\xfe\x00\x00", "csv-utf32"}, {"\x00\x00\xfe\xff", "csv-utf32"},
}

// detect reads the whole file once to decide its encoding; asked, when not
// empty, is a person's word.
func detect(ctx context.Context, f source.File, asked string) (*text, error) {
	head := make([]byte, 4096)
	n, err := source.ReadAt(f, head, 0)
	if err != nil {
		return nil, err
	}
	if head = head[:n]; n == 0 {
		return nil, problem.New("grid-empty")
	}
	for _, o := range others {
		if bytes.HasPrefix(head, []byte(o.begin)) {
			return nil, problem.New(o.code)
		}
	}
	t := &text{file: f}
	switch {
	case asked == "UTF-16LE" || asked == "UTF-16BE":
		t.wide, t.isWide, t.name = unicode.LittleEndian, true, asked
		if asked == "UTF-16BE" {
			t.wide = unicode.BigEndian
		}
	case asked != "":
		d, ok := source.NewDecoder(asked)
		if !ok {
			return nil, problem.New("source-encoding", "found", asked)
		}
		t.decoder, t.name = d, d.Name()
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		t.wide, t.isWide, t.name = unicode.LittleEndian, true, "UTF-16LE"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		t.wide, t.isWide, t.name = unicode.BigEndian, true, "UTF-16BE"
	default:
		t.guessWide(head)
	}
	if t.isWide {
		if f.Size()%2 != 0 {
			return nil, problem.New("csv-utf16-cut", "size", f.Size())
		}
		if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
			t.skip = 2
		}
		return t, nil
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		t.skip = 3
	}
	if asked != "" {
		return t, nil
	}
	return t, t.narrow(ctx)
}

// guessWide finds UTF-16 without mark: every second byte of most is zero.
func (t *text) guessWide(head []byte) {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half < 4:
	case zeros[1]*10 >= half*7 && zeros[0] == 0:
		t.wide, t.isWide, t.name, t.guessed = unicode.LittleEndian, true, "UTF-16LE", true
	case zeros[0]*10 >= half*7 && zeros[1] == 0:
		t.wide, t.isWide, t.name, t.guessed = unicode.BigEndian, true, "UTF-16BE", true
	}
}

// narrow tells UTF-8 from Windows 1252 by all bytes of the file.
func (t *text) narrow(ctx context.Context) error {
	buffer := make([]byte, 256<<10)
	kept, good, bad := 0, int64(0), int64(0)
	for at := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := source.ReadAt(t.file, buffer[kept:], at)
		if err != nil {
			return err
		}
		at += int64(n)
		b := buffer[:kept+n]
		last := n == 0 || at >= t.file.Size()
		for len(b) > 0 && (last || utf8.FullRune(b) || b[0] < utf8.RuneSelf) {
			if len(b) >= 8 && ascii8(b) {
				b = b[8:]
				continue
			}
			if b[0] < utf8.RuneSelf {
				b = b[1:]
				continue
			}
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError && size <= 1 {
				bad++
			} else {
				good++
			}
			b = b[max(1, size):]
		}
		if last {
			break
		}
		kept = copy(buffer, b)
	}
	switch {
	case bad == 0:
		t.name, t.decoder.Sure = "UTF-8", true
	case good > bad:
		t.name, t.decoder.Sure, t.mixed = "UTF-8", true, true
	default:
		t.decoder, _ = source.NewDecoder("windows-1252")
		t.name, t.guessed = t.decoder.Name(), true
	}
	return nil
}

func ascii8(b []byte) bool {
	return (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 == 0
}

// reader gives the file's text from its start as UTF-8; characters that the
// encoding does not have are U+FFFD.
func (t *text) reader() io.Reader {
	raw := io.NewSectionReader(t.file, t.skip, t.file.Size()-t.skip)
	switch {
	case t.isWide:
		return unicode.UTF16(t.wide, unicode.IgnoreBOM).NewDecoder().Reader(failing{raw})
	case t.decoder.Charmap != nil:
		return t.decoder.Charmap.NewDecoder().Reader(failing{raw})
	}
	return failing{raw}
}

// failing turns errors of a disk into problems, and a file that shrank too.
type failing struct{ *io.SectionReader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.SectionReader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, problem.New("source-unreadable").Because(err)
	}
	return n, err
}
