package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/problem"
)

// node is a value of JSON with its place.
type node struct {
	at      int // offset of its first byte
	kind    kind
	text    string // of a string; digits of a number
	truth   bool
	items   []*node
	members []member
}

type kind string

// The kinds of JSON, in the words of the catalogue (contract.json.*).
const (
	jsonObject kind = "object"
	jsonArray  kind = "array"
	jsonString kind = "string"
	jsonNumber kind = "number"
	jsonTruth  kind = "boolean"
	jsonNull   kind = "null"
)

type member struct {
	name  string
	at    int
	value *node
}

// deepest is how far values may lie within each other; a contract needs six.
const deepest = 32

// parser walks the tokens of a text and collects problems with their places.
type parser struct {
	src  []byte
	file string
	d    *json.Decoder
	list problem.List
}

// add notes a problem at an offset.
func (p *parser) add(at int, code string, pairs ...any) {
	line := 1 + bytes.Count(p.src[:at], []byte("\n"))
	column := 1 + utf8.RuneCount(p.src[bytes.LastIndexByte(p.src[:at], '\n')+1:at])
	p.list = append(p.list, problem.New(code, pairs...).In(p.file).At(line, column))
}

// tree reads the whole text. Nil when it is no JSON.
func (p *parser) tree() *node {
	if !utf8.Valid(p.src) {
		at := 0
		for at < len(p.src) {
			r, size := utf8.DecodeRune(p.src[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		p.add(at, "contract-not-utf8")
		return nil
	}
	var whole json.RawMessage
	if err := json.Unmarshal(p.src, &whole); err != nil {
		at := len(p.src)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Error() != "unexpected end of JSON input" {
			at = min(len(p.src), max(0, int(syntax.Offset)-1))
		}
		p.add(at, "contract-not-json", "what", about(p.src, at))
		return nil
	}
	p.d = json.NewDecoder(bytes.NewReader(p.src))
	p.d.UseNumber()
	return p.value(0)
}

// about quotes what stands at an offset.
func about(src []byte, at int) string {
	s := string(src[at:min(len(src), at+20)])
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	return strings.ToValidUTF8(s, "")
}

// next gives the next token and where it begins.
func (p *parser) next() (json.Token, int) {
	at := int(p.d.InputOffset())
	for at < len(p.src) && strings.IndexByte(" \t\r\n,:", p.src[at]) >= 0 {
		at++
	}
	t, err := p.d.Token()
	if err != nil && !errors.Is(err, io.EOF) { // the text was found sound before
		panic("contract: " + err.Error())
	}
	return t, min(at, len(p.src))
}

func (p *parser) value(depth int) *node {
	t, at := p.next()
	n := &node{at: at}
	switch v := t.(type) {
	case string:
		n.kind, n.text = jsonString, v
	case json.Number:
		n.kind, n.text = jsonNumber, string(v)
	case bool:
		n.kind, n.truth = jsonTruth, v
	case json.Delim:
		if depth == deepest {
			p.add(at, "contract-too-deep", "most", deepest)
		}
		if v == '[' {
			n.kind = jsonArray
		} else {
			n.kind = jsonObject
		}
		seen := map[string]bool{}
		for p.d.More() {
			if n.kind == jsonArray {
				n.items = append(n.items, p.value(depth+1))
				continue
			}
			key, at := p.next()
			m := member{key.(string), at, p.value(depth + 1)}
			if seen[m.name] {
				p.add(at, "contract-key-twice", "property", m.name)
				continue
			}
			seen[m.name] = true
			n.members = append(n.members, m)
		}
		p.next()
	default:
		n.kind = jsonNull
	}
	return n
}

// get gives a member of an object; nil when it is absent or null.
func (n *node) get(name string) *node {
	for _, m := range n.members {
		if m.name == name && m.value.kind != jsonNull {
			return m.value
		}
	}
	return nil
}

// plain gives a value as encoding/json would with UseNumber.
func (n *node) plain() any {
	switch n.kind {
	case jsonString:
		return n.text
	case jsonNumber:
		return json.Number(n.text)
	case jsonTruth:
		return n.truth
	case jsonArray:
		all := make([]any, len(n.items))
		for i, x := range n.items {
			all[i] = x.plain()
		}
		return all
	case jsonObject:
		all := map[string]any{}
		for _, m := range n.members {
			all[m.name] = m.value.plain()
		}
		return all
	}
	return nil
}
