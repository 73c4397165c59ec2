package contract

import (
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// FindingCode is what was found between rows; its sentences are
// contract.finding.* and contract.example.* of the catalogue.
type FindingCode string

// The findings. None of them rejects a row: each may be right, and somebody
// should look.
const (
	RowRepeated     FindingCode = "row-repeated"     // a row is the exact copy of an earlier one
	NIKRepeated     FindingCode = "nik-repeated"     // a NIK again, in the same period and programme
	NIKHouseholds   FindingCode = "nik-households"   // a NIK in another KK than before, in the same period
	SecondHead      FindingCode = "heads"            // a KK with a second head, in the same period and programme
	Jump            FindingCode = "jump"             // a change between two periods beyond the usual
	Sum             FindingCode = "sum"              // a total that is not the sum of its rows
	Mean            FindingCode = "mean"             // the rate of a whole that is not the mean of its parts
	OfficialDiffers FindingCode = "official-differs" // another value than the official figure
	OfficialJump    FindingCode = "official-jump"    // far from the official figure
	NotLooked       FindingCode = "not-looked"       // a bound was reached; from this row on repetitions are not all counted
	NotCompared     FindingCode = "not-compared"     // the table is too long: nothing was compared in time, with totals and official figures
)

// Findings lists the findings.
var Findings = []FindingCode{RowRepeated, NIKRepeated, NIKHouseholds, SecondHead, Jump, Sum, Mean, OfficialDiffers, OfficialJump, NotLooked, NotCompared}

// MostExamples is how many examples a finding has; all are counted.
const MostExamples = 20

// Finding is what was found between rows at a field.
type Finding struct {
	Code     FindingCode    `json:"code"`
	Field    string         `json:"field"`            // name; "" of whole rows
	Count    int64          `json:"count"`            // rows, of figures cells
	Values   map[string]any `json:"values,omitempty"` // of the sentence: numbers and codes, never cells of persons
	Examples []Example      `json:"examples"`         // the first of them
}

// Example is one place of a finding.
type Example struct {
	Row      int64  `json:"row,omitempty"`      // as the file shows it; 0: none, as of the official figure of a whole
	Other    int64  `json:"other,omitempty"`    // the row that it is held against
	Region   string `json:"region,omitempty"`   // BPS code
	Period   string `json:"period,omitempty"`   // 2024, 2024-03
	Found    string `json:"found,omitempty"`    // as it may be shown: masked where it tells of a person
	Expected string `json:"expected,omitempty"` // the value before, the sum, the official figure
}

// Add counts one more and keeps it among the examples while there is room.
func (f *Finding) Add(e Example) {
	if f.Count++; len(f.Examples) < MostExamples {
		f.Examples = append(f.Examples, e)
	}
}

// Text is the finding in a sentence, without its examples.
func (f Finding) Text(l i18n.Lang) string {
	values := map[string]any{"column": f.Field, "count": f.Count}
	for k, v := range f.Values {
		values[k] = v
	}
	if code, ok := f.Values["indicator"].(string); ok {
		if i, ok := registry.FindIndicator(code); ok {
			values["indicator"] = map[i18n.Lang]string{i18n.ID: i.Words.ID, i18n.EN: i.Words.EN}[l]
		}
	}
	if kind, ok := f.Values["limit"].(string); ok {
		values["limit"] = i18n.Text(l, "contract.limit."+kind, values)
	}
	return problem.Mask(i18n.Text(l, "contract.finding."+string(f.Code), values))
}

// ExampleText is one of its examples in a line.
func (f Finding) ExampleText(l i18n.Lang, e Example) string {
	region := e.Region
	if region != "" {
		region = registry.RegionName(region)
	}
	row := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return problem.Mask(i18n.Text(l, "contract.example."+string(f.Code), map[string]any{
		"column": f.Field, "row": row(e.Row), "other": row(e.Other), "region": region, "period": e.Period, "found": shownNumber(l, e.Found), "expected": shownNumber(l, e.Expected),
	}))
}

// shownNumber writes a number with the marks of a language; what is none stays.
func shownNumber(l i18n.Lang, s string) string {
	if low, high, ok := strings.Cut(s, " - "); ok {
		return shownNumber(l, low) + " - " + shownNumber(l, high)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	_, decimals, _ := strings.Cut(s, ".")
	return i18n.Number(l, x, len(decimals))
}
