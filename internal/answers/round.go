package answers

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// The digits that numbers of a rounded result have. Estimate, standard error and
// interval together give the degrees of freedom, and so the count, when they are exact:
// with three digits they do not.
const (
	estimateDigits = 3
	pDigits        = 2
)

// rounded gives the result with its counts rounded to the base of the rules of disclosure,
// and without what gives an exact count away: estimates have three digits, degrees of
// freedom are gone, and so are figures, the numbers of checks, and the sentences of
// cautions that name a count. Verdict and what the checks found stay.
func rounded(r result.Result) result.Result {
	unsaid := inBoth("report.count-held", nil)
	out := r
	counts := disclosure.Output{Rounded: true}
	out.Data = slices.Clone(r.Data)
	for i := range out.Data {
		out.Data[i].Rows = counts.Count(out.Data[i].Rows)
	}
	out.Estimates = slices.Clone(r.Estimates)
	for i := range out.Estimates {
		e := &out.Estimates[i]
		for _, x := range []**float64{&e.Estimate, &e.SE, &e.Lower, &e.Upper, &e.BandLower, &e.BandUpper} {
			*x = digitsOf(*x, estimateDigits)
		}
		e.P = digitsOf(e.P, pDigits)
		e.N = counts.Count(e.N)
		if e.Clusters != nil {
			e.Clusters = result.Int(counts.Count(*e.Clusters))
		}
		e.Details = roundedDetails(e.Details)
	}
	out = report.HoldChecks(out, func(string) bool { return true })
	out.Warnings = slices.Clone(r.Warnings)
	for i, w := range out.Warnings {
		for _, v := range w.Values {
			if counted(v) {
				out.Warnings[i] = result.Warning{Code: w.Code, Outcome: w.Outcome, Text: unsaid}
				break
			}
		}
	}
	w := result.Caveat("counts-rounded", "base", counts.Count(5))
	w.Text = inBoth("warning.counts-rounded", w.Values)
	out.Warnings = append(out.Warnings, w)
	out.Exhibits = nil
	return out
}

// counted tells whether a value of a sentence is a whole number, or several.
func counted(v any) bool {
	switch v := v.(type) {
	case int, int64, *int64, []int, []int64:
		return true
	case float64:
		return v == math.Trunc(v)
	}
	return false
}

// roundedDetails keeps words, p values and how many outcomes are tested together.
func roundedDetails(all map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range all {
		switch x := v.(type) {
		case string:
			out[k] = x
		case *float64:
			if strings.HasPrefix(k, "p_") {
				out[k] = digitsOf(x, pDigits)
			}
		case float64:
			if strings.HasPrefix(k, "p_") {
				out[k] = *digitsOf(&x, pDigits)
			}
		case int:
			if k == "family_size" {
				out[k] = x
			}
		}
	}
	return out
}

func digitsOf(x *float64, n int) *float64 {
	if x == nil {
		return nil
	}
	y, err := strconv.ParseFloat(strconv.FormatFloat(*x, 'g', n, 64), 64)
	if err != nil {
		return nil
	}
	return &y
}

func inBoth(key string, values map[string]any) result.Text {
	return result.Text{ID: i18n.Text(i18n.ID, key, values), EN: i18n.Text(i18n.EN, key, values)}
}
