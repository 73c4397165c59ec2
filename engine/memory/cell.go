package memory

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// cell is one value while a request is evaluated: missing, whole, real or a
// name.
type cell struct {
	kind  cellKind
	whole *big.Int
	real  float64
	name  string
}

type cellKind uint8

const (
	missing cellKind = iota
	whole
	real
	name
)

func wholeCell(i *big.Int) cell { return cell{kind: whole, whole: i} }
func realCell(f float64) cell {
	if math.IsNaN(f) {
		return cell{}
	}
	return cell{kind: real, real: f}
}
func nameCell(s string) cell { return cell{kind: name, name: s} }

// float is the number of a whole or real cell.
func (c cell) float() float64 {
	if c.kind == whole {
		f, _ := new(big.Float).SetInt(c.whole).Float64()
		return f
	}
	return c.real
}

// key is the cell as a key of a group.
func (c cell) key() moments.Value {
	switch c.kind {
	case whole:
		return moments.WholeKey(c.whole.Int64())
	case real:
		return moments.RealKey(c.real)
	case name:
		return moments.NameKey(c.name)
	default:
		return moments.Missing
	}
}

// ofValue is the cell of a constant in a condition.
func ofValue(v moments.Value) cell {
	if i, ok := v.Whole(); ok {
		return wholeCell(big.NewInt(i))
	}
	if s, ok := v.Name(); ok {
		return nameCell(s)
	}
	if f, ok := v.Float(); ok {
		return realCell(f)
	}
	return cell{}
}

// isBlank tells whether the text of a file's cell means a missing value.
func isBlank(s string) bool { return s == "" || s == "NA" || s == "." || s == "NULL" }

// read reads the text of a file's cell as a request says.
func read(text string, as moments.As) (cell, *problem.Problem) {
	text = strings.TrimSpace(text)
	if isBlank(text) {
		return cell{}, nil
	}
	switch as {
	case moments.Category:
		return nameCell(category(text)), nil
	case moments.Number:
		f, ok := number(text)
		if !ok {
			return cell{}, problem.New("not-a-number", "value", text, "expected", "number")
		}
		return realCell(f), nil
	}
	if as == moments.Cohort {
		if l := strings.ToLower(text); l == "inf" {
			return cell{}, nil
		}
	}
	f, ok := number(text)
	if !ok {
		return cell{}, problem.New("not-a-number", "value", text, "expected", "whole")
	}
	if f != math.Trunc(f) {
		return cell{}, problem.New("not-whole", "value", text)
	}
	if as == moments.Cohort && f == 0 {
		return cell{}, nil
	}
	i, _ := new(big.Float).SetFloat64(f).Int(nil)
	return wholeCell(i), nil
}

// number reads a finite decimal number.
func number(text string) (float64, bool) {
	if strings.ContainsAny(text, "_xXpPnN") { // Go's own forms and the words NaN, Inf
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// category is the name that a text stands for: whole numbers as their shortest
// digits, truths as 1 and 0, else the text.
func category(text string) string {
	switch strings.ToLower(text) {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	if f, ok := number(text); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return text
}
