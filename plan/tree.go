package plan

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a plan file. Nobody writes a plan near them; what lies beyond is a
// wrong file, or one made to exhaust the reader.
const (
	maxBytes    = 1 << 20
	maxLine     = 1 << 16
	maxBrackets = 1 << 12
)

// tree reads a file into nodes. It returns a null node when the file has no
// tree at all; the checker then says why.
func (c *Checker) tree(src []byte) Node {
	src, ok := c.bytes(src)
	if !ok {
		return Node{}
	}
	file, err := parseYAML(src)
	if err != nil {
		c.syntax(err)
		return Node{}
	}
	var roots []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			roots = append(roots, d.Body)
		}
	}
	switch len(roots) {
	case 0:
		c.Add(Node{Line: 1, Column: 1}, "plan-empty")
		return Node{}
	case 1:
		return c.node(roots[0], 0)
	}
	c.Add(Node{Line: c.place(roots[1].GetToken()).Line, Column: 1}, "plan-documents", "documents", len(roots))
	return Node{}
}

// bytes checks the file before any parser sees it, and makes its line ends one.
func (c *Checker) bytes(src []byte) ([]byte, bool) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if len(src) > maxBytes {
		c.Add(Node{Line: 1, Column: 1}, "plan-too-large", "limit", maxBytes>>10)
		return nil, false
	}
	src = bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	c.lines = bytes.Split(src, []byte("\n"))
	for i, line := range c.lines {
		c.line(i+1, line)
	}
	if len(c.problems) == 0 && len(bytes.TrimSpace(src)) == 0 {
		c.Add(Node{Line: 1, Column: 1}, "plan-empty")
	}
	if n := bytes.Count(src, []byte("[")) + bytes.Count(src, []byte("{")); n > maxBrackets {
		c.Add(Node{Line: 1, Column: 1}, "plan-brackets", "brackets", n, "limit", maxBrackets)
	}
	return src, len(c.problems) == 0
}

// line checks one line of the file.
func (c *Checker) line(number int, line []byte) {
	at := Node{Line: number, Column: 1}
	if len(line) > maxLine {
		c.Add(at, "plan-line-too-long", "bytes", len(line), "limit", maxLine)
		return
	}
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		at.Column = utf8.RuneCount(line[:i]) + 1
		if r == utf8.RuneError && size == 1 {
			c.Add(at, "plan-not-utf8")
			return
		}
		if r < ' ' && r != '\t' || r == 0x7f {
			c.Add(at, "plan-control-character", "code", int(r))
			return
		}
		i += size
	}
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
	if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && len(indent) < len(line) && line[len(indent)] != '#' {
		at.Column = tab + 1
		c.Add(at, "plan-tab")
	}
}

var errParser = errors.New("plan: the YAML parser gave up")

// parseYAML parses, and turns a panic of the parser into an error: a plan comes
// from outside.
func parseYAML(src []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, errParser
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

// syntax reports where the parser stopped. Its own words are English only, so
// they stay in the cause.
func (c *Checker) syntax(err error) {
	at := Node{Line: 1, Column: 1}
	var placed interface {
		error
		GetToken() *token.Token
	}
	if errors.As(err, &placed) {
		at = c.place(placed.GetToken())
	}
	c.Add(at, "plan-syntax").Because(err)
}

// maxDepth is deeper than any plan; deeper values are refused as syntax.
const maxDepth = 32

// node turns a node of the parser into ours.
func (c *Checker) node(n ast.Node, depth int) Node {
	if n == nil {
		return Node{}
	}
	at := c.place(n.GetToken())
	if depth > maxDepth {
		c.Add(at, "plan-syntax")
		return at
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(n.Values, at, depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, at, depth)
	case *ast.SequenceNode:
		at.Kind = List
		for _, v := range n.Values {
			at.Items = append(at.Items, c.node(v, depth+1))
		}
		return at
	case *ast.StringNode:
		if t := n.GetToken().Type; t == token.SingleQuoteType || t == token.DoubleQuoteType {
			at.Kind, at.Text = Text, n.Value
			return at
		}
		return placed(scalar(n.Value), at)
	case *ast.LiteralNode:
		if n.Value != nil {
			at.Text = strings.TrimRight(n.Value.Value, "\n")
		}
		at.Kind = Text
		return at
	case *ast.NullNode:
		return at
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return placed(scalar(n.GetToken().Value), at)
	}
	c.Add(at, "plan-anchor")
	switch n := n.(type) {
	case *ast.AnchorNode:
		return c.node(n.Value, depth+1)
	case *ast.TagNode:
		return c.node(n.Value, depth+1)
	}
	at.Kind, at.Text = Text, n.GetToken().Value // so that it is not called empty as well
	return at
}

// mapping reads entries and reports keys that stand twice; the first holds.
func (c *Checker) mapping(values []*ast.MappingValueNode, at Node, depth int) Node {
	at.Kind = Mapping
	first := map[string]int{}
	for i, v := range values {
		key := c.place(v.Key.GetToken())
		if i == 0 && (key.Line < at.Line || key.Line == at.Line && key.Column < at.Column) {
			at.Line, at.Column = key.Line, key.Column
		}
		if v.Key.IsMergeKey() || !plainKey(v.Key) {
			c.Add(key, "plan-anchor")
			continue
		}
		key.Kind, key.Text = Text, v.Key.GetToken().Value
		value := c.node(v.Value, depth+1)
		if value.Line < key.Line || value.Kind == Null {
			value.Line, value.Column = key.Line, key.Column
		}
		if line, twice := first[key.Text]; twice {
			c.Add(key, "plan-key-twice", "key", key.Text, "first", line)
			continue
		}
		first[key.Text] = key.Line
		at.Entries = append(at.Entries, Entry{Key: key, Value: value})
	}
	return at
}

func plainKey(k ast.MapKeyNode) bool {
	switch k.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return true
	}
	return false
}

func placed(n, at Node) Node {
	n.Line, n.Column = at.Line, at.Column
	return n
}

// place is where a token stands, kept inside the file.
func (c *Checker) place(t *token.Token) Node {
	at := Node{Line: 1, Column: 1}
	if t == nil || t.Position == nil {
		return at
	}
	at.Line = min(max(t.Position.Line, 1), max(len(c.lines), 1))
	width := 0
	if len(c.lines) > 0 {
		width = utf8.RuneCount(c.lines[at.Line-1])
	}
	at.Column = min(max(t.Position.Column, 1), width+1)
	return at
}
