package plan

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Kind is what a node of the file is.
type Kind int

// The kinds. Null is also an empty value.
const (
	Null Kind = iota
	Text
	Number
	Truth
	List
	Mapping
)

// Node is a value of the file with its place. The zero Node is a null without
// a place.
type Node struct {
	Kind    Kind
	Text    string  // of a text, number or truth: as written, quotes removed
	Items   []Node  // of a list
	Entries []Entry // of a mapping, in order of the file
	Line    int     // 1-based
	Column  int     // 1-based, in characters
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   Node // a Text
	Value Node
}

// Get gives the value of a key and whether the mapping has it.
func (n Node) Get(key string) (Node, bool) {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value, true
		}
	}
	return Node{}, false
}

// Float gives the value of a number, never -0.
func (n Node) Float() (float64, bool) {
	f, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != Number || err != nil {
		return 0, false
	}
	if f == 0 {
		f = 0 // -0 too
	}
	return f, true
}

// maxWhole is the largest whole number that a plan may hold: beyond it float64
// has gaps, and other readers of the canonical JSON would lose digits.
const maxWhole = 1 << 53

// Whole gives the value of a whole number, however it is spelled (2015,
// 2015.0, 1e4).
func (n Node) Whole() (int64, bool) {
	f, ok := n.Float()
	if !ok || f != math.Trunc(f) || math.Abs(f) > maxWhole {
		return 0, false
	}
	return int64(f), true
}

// Name gives a scalar as the name that a category has: text without white
// space around it, numbers as their shortest digits, truths as 1 and 0.
func (n Node) Name() (string, bool) {
	switch n.Kind {
	case Text:
		name := strings.TrimSpace(n.Text)
		return name, name != ""
	case Number:
		if i, ok := n.Whole(); ok {
			return strconv.FormatInt(i, 10), true
		}
		f, ok := n.Float()
		return strconv.FormatFloat(f, 'g', -1, 64), ok
	case Truth:
		if n.True() {
			return "1", true
		}
		return "0", true
	}
	return "", false
}

// True is the value of a truth.
func (n Node) True() bool { return n.Kind == Truth && strings.EqualFold(n.Text, "true") }

// maxDigits is the length from which digits are text.
const maxDigits = 400

var (
	number = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$`)
	padded = regexp.MustCompile(`^[-+]?0\d`) // 035 is a code, not a number
)

// scalar makes the node of a plain (unquoted) scalar. Numbers are decimal only,
// and a word such as yes, NaN or .inf stays text: what a reader sees is what
// holds.
func scalar(s string) Node {
	switch strings.ToLower(s) {
	case "", "~", "null":
		return Node{}
	case "true", "false":
		return Node{Kind: Truth, Text: s}
	}
	if len(s) < maxDigits && number.MatchString(s) && !padded.MatchString(s) {
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
			return Node{Kind: Number, Text: s}
		}
	}
	return Node{Kind: Text, Text: s}
}
