package duckdb

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/moments"
)

// columns of text cells, each a way in which files write numbers and names.
var cells = map[string][]string{
	"whole":       {"1", "2.0", "-3", "+4", "1e3", "", "NA", ".", "NULL", " 5 "},
	"real":        {"1.5", "-.25", "2", "1e-3", " 3.75 ", "NA"},
	"words":       {"a", "b", " a ", "A", "", "NULL"},
	"codes":       {"35.10", "35.1", "35.01", "35.10"},
	"leading":     {"007", "7", "07"},
	"long":        {"9171000000000001", "9171000000000002", "9171000000000001"},
	"mixed":       {"1", "x", "2"},
	"truths":      {"true", "FALSE", "True", ""},
	"cohorts":     {"2004", "0", "inf", "Inf", "", "2006.0"},
	"nan":         {"1", "NaN", "2"},
	"inf":         {"1", "2", "Inf"},
	"half":        {"1", "2.50", "x"},
	"word first":  {"1", "x", "2.5"},
	"large":       {"1e17", "1"},
	"beyond":      {"1e400", "1"},
	"hex":         {"0x10", "1"},
	"spaced":      {"1\u00a0", "2", "\u2003x"},
	"all missing": {"", "NA", "."},
	"thousands":   {"1.000.000", "2"},
	"comma":       {"1,5", "2"},
}

// Each way of reading each column gives what the referee gives, be it an answer
// or a problem with its row and value.
func TestReadingAgreesWithTheReferee(t *testing.T) {
	ways := map[string]moments.As{
		"number": moments.Number, "whole": moments.Whole, "category": moments.Category, "period": moments.Period, "cohort": moments.Cohort,
	}
	for label, column := range cells {
		content := "x,n\n\"" + strings.Join(column, "\",1\n\"") + "\",1\n"
		duck, mem := open(t, file(t, "t.csv", content)), referee(t, tableOf(t, content))
		for way, as := range ways {
			t.Run(label+" as "+way, func(t *testing.T) {
				r := moments.Request{Label: way, Table: "t", Columns: []moments.Column{{Name: "x", As: as}},
					By: []moments.Field{{Name: "k", Of: moments.Ref("x")}}, Make: []moments.Agg{{Name: "n", Op: moments.Count}}}
				if as != moments.Category {
					r.Make = append(r.Make, moments.Agg{Name: "s", Op: moments.Sum, Of: moments.Ref("x")})
				}
				same(t, duck, mem, r)
			})
		}
	}
}

func TestUnknownColumn(t *testing.T) {
	content := "income,size\n1,2\n"
	same(t, open(t, file(t, "t.csv", content)), referee(t, tableOf(t, content)), moments.Request{
		Label: "l", Table: "t", Columns: []moments.Column{{Name: "incom"}}, Make: []moments.Agg{{Name: "n", Op: moments.Count}}})
}
