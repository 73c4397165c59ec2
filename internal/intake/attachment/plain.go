package attachment

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image/jpeg"
	"image/png"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	encodings "golang.org/x/text/encoding/unicode"
)

// lookText reads a text line by line: UTF-8, UTF-16 with its mark, or the code page
// of an older Windows.
func lookText(_ context.Context, f *file) error {
	text, err := decode(f.content)
	if err != nil {
		return f.refuse("type-binary", "extension", path.Ext(f.name))
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.ContainsFunc(line, func(r rune) bool {
			return (unicode.IsControl(r) && !strings.ContainsRune("\t\r\n\f\x1a", r)) || r == utf8.RuneError
		}) {
			return f.refuse("type-binary", "extension", path.Ext(f.name))
		}
		f.read(line, "line", "n", n)
	}
	return nil
}

func decode(b []byte) (string, error) {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		b, err := encodings.UTF16(encodings.LittleEndian, encodings.ExpectBOM).NewDecoder().Bytes(b)
		return string(b), err
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return string(b), nil
	}
	b, err := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(b), err
}

// maxPixels is far beyond a page at 600 dots per inch, in pixels.
const maxPixels = 100_000_000

// lookPNG walks the chunks of a PNG, whose checks must hold, to its end, behind
// which nothing may stand. Text chunks are read.
func lookPNG(_ context.Context, f *file) error {
	c, err := png.DecodeConfig(bytes.NewReader(f.content))
	if err != nil || c.Width*c.Height > maxPixels {
		return f.broken()
	}
	const sign, frame = 8, 12 // bytes: the beginning; length, name and check of a chunk
	for b := f.content[sign:]; ; {
		if len(b) < frame {
			return f.broken()
		}
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(len(b)-frame) {
			return f.broken()
		}
		name, body := string(b[4:8]), b[8:8+n]
		if crc32.ChecksumIEEE(b[4:8+n]) != binary.BigEndian.Uint32(b[8+n:]) {
			return f.broken()
		}
		b = b[frame+n:]
		switch name {
		case "tEXt", "iTXt":
			f.read(strings.ToValidUTF8(string(body), " "), "properties")
		case "IEND":
			if len(b) > 0 {
				return f.refuse("hidden")
			}
			f.notes = append(f.notes, Note{Code: "image"})
			return nil
		}
	}
}

// lookJPEG asks for a head that can be read and for the mark of the end.
func lookJPEG(_ context.Context, f *file) error {
	c, err := jpeg.DecodeConfig(bytes.NewReader(f.content))
	if err != nil || c.Width*c.Height > maxPixels || bytes.LastIndex(f.content, []byte("\xff\xd9")) < 0 {
		return f.broken()
	}
	f.notes = append(f.notes, Note{Code: "image"})
	return nil
}
