package plan

import (
	"errors"
	"math"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/dampak/dampak/internal/problem"
)

// Node is one value of a plan file with its place. It is a mapping (Fields), a
// list (Items) or a scalar (Scalar: string, int64, float64, bool or nil).
type Node struct {
	Line, Column int
	Kind         NodeKind
	Scalar       any
	Fields       []Field
	Items        []*Node
}

// Field is one key of a mapping.
type Field struct {
	Key   string
	Place *Node // of the key
	Value *Node
}

// NodeKind tells a mapping, a list and a scalar apart.
type NodeKind int

// The kinds of node.
const (
	Scalar NodeKind = iota
	Mapping
	List
)

// Get gives the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// maxDepth is more nesting than any plan has.
const maxDepth = 20

// parseYAML reads one YAML document into nodes. Anchors, aliases, tags and
// merge keys are refused: a plan says each thing once, where it stands.
func (d *Decoder) parseYAML(src []byte) *Node {
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, column := 1, 1
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			line, column = syntax.Token.Position.Line, syntax.Token.Position.Column
		}
		d.add(problem.New("plan-yaml").At(line, column).Because(err))
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		d.add(problem.New("plan-empty").At(1, 1))
		return nil
	case 1:
		return d.convert(bodies[0], 0)
	default:
		line, column := place(bodies[1].GetToken())
		d.add(problem.New("plan-two-documents").At(line, column))
		return nil
	}
}

func place(t *token.Token) (line, column int) {
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return max(t.Position.Line, 1), max(t.Position.Column, 1)
}

func (d *Decoder) convert(n ast.Node, depth int) *Node {
	line, column := place(n.GetToken())
	out := &Node{Line: line, Column: column}
	if depth > maxDepth {
		d.add(problem.New("plan-too-deep").At(line, column))
		return out
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		out.Kind = Mapping
		for _, v := range n.Values {
			d.field(out, v, depth)
		}
	case *ast.MappingValueNode:
		out.Kind = Mapping
		d.field(out, n, depth)
	case *ast.SequenceNode:
		out.Kind = List
		for _, v := range n.Values {
			out.Items = append(out.Items, d.convert(v, depth+1))
		}
	case *ast.StringNode:
		out.Scalar = n.Value
	case *ast.LiteralNode:
		out.Scalar = n.Value.Value
	case *ast.IntegerNode:
		out.Scalar = integer(n.Value)
	case *ast.FloatNode:
		out.Scalar = n.Value
	case *ast.BoolNode:
		out.Scalar = n.Value
	case *ast.NullNode:
	case *ast.InfinityNode:
		out.Scalar = n.Value
	case *ast.NanNode:
		out.Scalar = math.NaN()
	default: // anchors, aliases, tags, merge keys
		d.add(problem.New("plan-not-plain", "found", n.Type().String()).At(line, column))
	}
	return out
}

func integer(v any) any {
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
		return float64(v)
	default:
		return math.NaN()
	}
}

func (d *Decoder) field(into *Node, v *ast.MappingValueNode, depth int) {
	line, column := place(v.Key.GetToken())
	if len(into.Fields) == 0 {
		into.Line, into.Column = line, column // a mapping stands where its first key stands
	}
	key := v.Key.GetToken().Value
	if into.Get(key) != nil {
		d.add(problem.New("plan-key-twice", "key", key).At(line, column))
		return
	}
	value := d.convert(v.Value, depth+1)
	into.Fields = append(into.Fields, Field{Key: key, Place: &Node{Line: line, Column: column}, Value: value})
}
