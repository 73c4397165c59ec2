package registry

import (
	"bytes"
	_ "embed" // the table of indicators
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// AddUp says how the figures of regions make that of the whole.
type AddUp string

// The ways.
const (
	AddsNot  AddUp = ""     // it does not follow from them
	AddsSum  AddUp = "sum"  // they add up
	AddsMean AddUp = "mean" // it is their mean, weighted by population
)

// Indicator is something of which BPS publishes figures.
type Indicator struct {
	Code     string
	Words    Words
	Unit     Words
	Decimals int     // as BPS publishes it
	Least    float64 // what lies outside Least and Most is no such figure
	Most     float64
	// Jump is how much a figure changes at most within a year, or from one
	// release to the next, before somebody looks at it again: in the unit, or as a
	// share of the figure before where Relative is true. The three points of p0 are
	// what told a table of shifted rows from the true one; the others are wider
	// than any change between two years of East Java's regions.
	Jump     float64
	Relative bool
	Adds     AddUp
}

//go:embed data/indicators.csv
var indicatorTable []byte

var indicators = sync.OnceValue(func() []Indicator {
	rows, err := csv.NewReader(bytes.NewReader(indicatorTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("indicators.csv: %v", err)) // the file is embedded
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(fmt.Sprintf("indicators.csv: %v", err))
		}
		return v
	}
	var all []Indicator
	for _, r := range rows[1:] {
		all = append(all, Indicator{Code: r[0], Words: Words{r[1], r[2]}, Unit: Words{r[3], r[4]}, Decimals: int(number(r[5])),
			Least: number(r[6]), Most: number(r[7]), Jump: number(r[8]), Relative: r[9] == "yes", Adds: AddUp(r[10])})
	}
	slices.SortFunc(all, func(a, b Indicator) int { return strings.Compare(a.Code, b.Code) })
	return all
})

// Indicators gives all indicators in order of code.
func Indicators() []Indicator { return slices.Clone(indicators()) }

// FindIndicator gives an indicator by its code.
func FindIndicator(code string) (Indicator, bool) {
	i, ok := slices.BinarySearchFunc(indicators(), code, func(a Indicator, code string) int { return strings.Compare(a.Code, code) })
	if !ok {
		return Indicator{}, false
	}
	return indicators()[i], true
}

func indicatorCodes() []string {
	var all []string
	for _, i := range indicators() {
		all = append(all, i.Code)
	}
	return all
}
