package workbook

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/problem"
)

// tokens splits one part into tags and the text before them. It knows what
// ECMA-376 uses of XML and refuses document types, so that no entity expands.
type tokens struct {
	in      io.Reader
	part    string
	buffer  []byte
	at, end int
	eof     bool

	name  []byte // of the tag, without namespace; valid until the next call
	attrs []byte
	text  []byte // before the tag, when keep is set
	keep  bool
	close bool // </name>
	empty bool // <name/>
}

const maxTag = 1 << 20

func newTokens(in io.Reader, part string) *tokens {
	return &tokens{in: in, part: part, buffer: make([]byte, 128<<10)}
}

func (t *tokens) damaged(err error) error {
	return problem.New("workbook-damaged", "part", t.part).Because(err)
}

// more reads on behind what is left; false at the end of the part.
func (t *tokens) more() (bool, error) {
	if t.eof {
		return false, nil
	}
	if t.at > 0 {
		copy(t.buffer, t.buffer[t.at:t.end])
		t.end -= t.at
		t.at = 0
	}
	if t.end == len(t.buffer) {
		if t.end >= maxTag {
			return false, t.damaged(errors.New("a tag too long"))
		}
		t.buffer = append(t.buffer, make([]byte, len(t.buffer))...)
	}
	for range 100 {
		n, err := t.in.Read(t.buffer[t.end:])
		t.end += n
		if err != nil {
			t.eof = true
			if !errors.Is(err, io.EOF) {
				return false, t.damaged(err)
			}
		}
		if n > 0 {
			return true, nil
		}
		if t.eof {
			return false, nil
		}
	}
	return false, t.damaged(io.ErrNoProgress)
}

// next reads up to the end of the next tag; io.EOF where there is none.
func (t *tokens) next() error {
	t.text = t.text[:0]
	for {
		if err := t.upto(); err != nil {
			return err
		}
		tag, err := t.tag()
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(tag, []byte("<!--")), tag[1] == '?':
			continue
		case bytes.HasPrefix(tag, []byte("<![CDATA[")):
			if t.keep {
				t.text = append(t.text, tag[9:len(tag)-3]...)
			}
			continue
		case tag[1] == '!':
			return t.damaged(errors.New("a document type"))
		}
		t.split(tag[1 : len(tag)-1])
		return nil
	}
}

// upto moves to the next '<' and keeps the text before it.
func (t *tokens) upto() error {
	for {
		b := t.buffer[t.at:t.end]
		n := bytes.IndexByte(b, '<')
		if n >= 0 {
			if t.keep && n > 0 {
				t.text = unescape(t.text, b[:n])
			}
			t.at += n
			return nil
		}
		if t.keep && len(b) > 0 {
			// An entity may be cut at the end of the buffer: it waits for the rest.
			if amp := bytes.LastIndexByte(b, '&'); amp >= 0 && len(b)-amp < 12 && !t.eof {
				t.text = unescape(t.text, b[:amp])
				t.at += amp
			} else {
				t.text = unescape(t.text, b)
				t.at = t.end
			}
			if len(t.text) > maxText {
				return problem.New("workbook-text-long", "part", t.part, "most", maxText>>20)
			}
		} else {
			t.at = t.end
		}
		if ok, err := t.more(); err != nil {
			return err
		} else if !ok {
			if t.at < t.end {
				continue
			}
			return io.EOF
		}
	}
}

// tag gives the whole tag at the place, up to its '>'.
func (t *tokens) tag() ([]byte, error) {
	from := 1
	for {
		b := t.buffer[t.at:t.end]
		if end := tagEnd(b, from); end > 0 {
			t.at += end
			return b[:end], nil
		}
		if ok, err := t.more(); err != nil {
			return nil, err
		} else if !ok {
			return nil, t.damaged(io.ErrUnexpectedEOF)
		}
	}
}

// tagEnd gives the length of the tag that b begins with; 0 when it is not whole.
func tagEnd(b []byte, from int) int {
	ends := ""
	switch {
	case len(b) < 2:
		return 0
	case bytes.HasPrefix(b, []byte("<!--")):
		ends = "-->"
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		ends = "]]>"
	case b[1] == '!' && len(b) < 9: // too short to tell a comment from a CDATA section
		return 0
	}
	if ends != "" {
		if n := bytes.Index(b[4:], []byte(ends)); n >= 0 {
			return 4 + n + len(ends)
		}
		return 0
	}
	n := bytes.IndexByte(b, '>')
	if n < 0 {
		return 0
	}
	if bytes.Count(b[:n], []byte{'"'})%2 == 0 && bytes.IndexByte(b[:n], '\'') < 0 {
		return n + 1
	}
	var quote byte
	for i := from; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return 0
}

// split takes a tag apart.
func (t *tokens) split(tag []byte) {
	t.close, t.empty = false, false
	if len(tag) > 0 && tag[0] == '/' {
		t.close, tag = true, tag[1:]
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		t.empty, tag = true, tag[:len(tag)-1]
	}
	n := 0
	for n < len(tag) && tag[n] > ' ' {
		n++
	}
	t.name, t.attrs = tag[:n], tag[n:]
	if colon := bytes.IndexByte(t.name, ':'); colon >= 0 {
		t.name = t.name[colon+1:]
	}
}

// attr gives the raw value of an attribute; nil where there is none.
func (t *tokens) attr(name string) []byte {
	b := t.attrs
	for {
		for len(b) > 0 && b[0] <= ' ' {
			b = b[1:]
		}
		n := bytes.IndexByte(b, '=')
		if n < 0 {
			return nil
		}
		is := bytes.TrimRight(b[:n], " \t\r\n")
		b = bytes.TrimLeft(b[n+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return nil
		}
		if string(is) == name {
			return b[1 : 1+end]
		}
		b = b[end+2:]
	}
}

// yes tells whether an attribute says so.
func (t *tokens) yes(name string) bool {
	v := string(t.attr(name))
	return v == "1" || v == "true"
}

// unescape adds text with its entities resolved; unknown ones stay as they are.
func unescape(to, b []byte) []byte {
	for {
		n := bytes.IndexByte(b, '&')
		if n < 0 {
			return append(to, b...)
		}
		to = append(to, b[:n]...)
		b = b[n:]
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			to, b = append(to, '&'), b[1:]
			continue
		}
		switch name := string(b[1:end]); name {
		case "amp":
			to = append(to, '&')
		case "lt":
			to = append(to, '<')
		case "gt":
			to = append(to, '>')
		case "quot":
			to = append(to, '"')
		case "apos":
			to = append(to, '\'')
		default:
			r, ok := reference(name)
			if !ok {
				to = append(to, b[:end+1]...)
			} else {
				to = utf8.AppendRune(to, r)
			}
		}
		b = b[end+1:]
	}
}

func reference(name string) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	var n uint64
	var err error
	if name[1] == 'x' || name[1] == 'X' {
		n, err = strconv.ParseUint(name[2:], 16, 32)
	} else {
		n, err = strconv.ParseUint(name[1:], 10, 32)
	}
	return rune(n), err == nil && n <= utf8.MaxRune
}

// controls resolves what Excel writes for control characters: _x000D_.
func controls(b []byte) []byte {
	if !bytes.Contains(b, []byte("_x")) {
		return b
	}
	to := b[:0:0]
	for i := 0; i < len(b); i++ {
		if b[i] == '_' && i+6 < len(b) && b[i+1] == 'x' && b[i+6] == '_' {
			if n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				to = utf8.AppendRune(to, rune(n))
				i += 6
				continue
			}
		}
		to = append(to, b[i])
	}
	return to
}
