package api

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Quality is what was found in the file of a version. Its rejected rows, by number
// and with masked values, and examples of findings are for those who may bring rows
// in at its place.
type Quality struct {
	Checked
	Contract string        `json:"contract_sha256"`
	Draft    bool          `json:"draft"`
	Cautions []CautionCode `json:"cautions_found"`
	Rejects  []RejectedRow `json:"rejects"`
	More     int64         `json:"rejects_more"`
}

// Checked is how the rows of a file fared.
type Checked struct {
	File     string      `json:"file_name"`
	Form     string      `json:"form"`
	SHA256   string      `json:"file_sha256"`
	Read     int64       `json:"rows_read"`
	Accepted int64       `json:"rows_accepted"`
	Rejected int64       `json:"rows_rejected"`
	Totals   int64       `json:"rows_of_totals"`
	Sections int64       `json:"rows_of_headings"`
	Counts   []RuleCount `json:"broken"`
	Findings []Finding   `json:"findings"`
}

// Finding is something between rows, periods and official figures that somebody
// should look at; it rejects no row.
type Finding struct {
	Code     string           `json:"finding" enum:"row-repeated,nik-repeated,nik-households,heads,jump,sum,mean,official-differs,official-jump,not-looked,not-compared"`
	Column   string           `json:"column"`
	Count    int64            `json:"count"`
	Words    Words            `json:"words"`
	Examples []FindingExample `json:"examples"`
}

// FindingExample is one place of a finding.
type FindingExample struct {
	Row    int64  `json:"row"`
	Other  int64  `json:"other_row"`
	Region string `json:"region"`
	Period string `json:"period"`
	Words  Words  `json:"words"`
}

func findingOf(f contract.Finding) Finding {
	out := Finding{string(f.Code), f.Field, f.Count, inBoth(f.Text), []FindingExample{}}
	for _, e := range f.Examples {
		out.Examples = append(out.Examples, FindingExample{e.Row, e.Other, e.Region, e.Period, inBoth(func(l i18n.Lang) string { return f.ExampleText(l, e) })})
	}
	return out
}

// RuleCount is how many rows broke a rule at a column.
type RuleCount struct {
	Rule   string `json:"broken_rule"`
	Column string `json:"column"`
	Rows   int64  `json:"rows"`
	Words  Words  `json:"words"`
}

// CautionCode is a caution with its numbers; its texts may be cells and are not kept.
type CautionCode struct {
	Code    string         `json:"caution"`
	Numbers map[string]any `json:"numbers"`
}

// RejectedRow is a row that was not taken, by its number in the file.
type RejectedRow struct {
	Row    int64        `json:"row"`
	Breaks []BrokenRule `json:"breaks"`
}

// BrokenRule is a rule that a row broke.
type BrokenRule struct {
	Rule   string `json:"broken_rule"`
	Column string `json:"column"`
	Value  string `json:"masked"`
	Limit  string `json:"allowed"`
	Words  Words  `json:"words"`
}

// mostRejectsShown is how many rejected rows an answer lists.
const mostRejectsShown = 500

func ruleCount(c contract.Count) RuleCount {
	return RuleCount{string(c.Rule), c.Field, c.Rows, inBoth(func(l i18n.Lang) string { return intake.CountProblem(c).Text(l) })}
}

func qualityOf(q intake.Quality, rejects bool) Quality {
	out := Quality{Checked: Checked{q.File, string(q.Form), q.SHA256, q.Read, q.Accepted, q.Rejected, q.Totals, q.Sections, []RuleCount{}, []Finding{}}, Contract: q.Contract, Draft: q.Draft,
		Cautions: []CautionCode{}, Rejects: []RejectedRow{}, More: q.More + int64(len(q.Rejects))}
	for _, c := range q.Counts {
		out.Counts = append(out.Counts, ruleCount(contract.Count(c)))
	}
	for _, f := range q.Findings {
		found := findingOf(f)
		if !rejects { // an example shows values, and any value may be an outcome
			found.Examples = []FindingExample{}
		}
		out.Findings = append(out.Findings, found)
	}
	for _, c := range q.Cautions {
		out.Cautions = append(out.Cautions, CautionCode(c))
	}
	if !rejects {
		return out
	}
	for _, r := range q.Rejects[:min(len(q.Rejects), mostRejectsShown)] {
		row := RejectedRow{r.Row, []BrokenRule{}}
		for _, b := range r.Breaks {
			said := contract.Break{Rule: b.Rule, Field: b.Field, Value: b.Value, Limit: b.Limit}
			row.Breaks = append(row.Breaks, BrokenRule{string(b.Rule), b.Field, b.Value, b.Limit, inBoth(said.Text)})
		}
		out.Rejects, out.More = append(out.Rejects, row), out.More-1
	}
	return out
}

// quality is what was found in the file of a version.
func (d *door) quality(c caller, v registry.DatasetVersion, unseen store.Unseen) (Quality, error) {
	return d.qualityOf(c, v.Quality, unseen)
}

// qualityOf reads a kept quality for the caller, who looks at one object, but for what
// the caller is told nothing of.
func (d *door) qualityOf(c caller, hash string, unseen store.Unseen) (Quality, error) {
	q, err := intake.QualityOf(d.record.Contents(), hash)
	return qualityOf(q.Without(unseen.Hides), c.MayAny(access.DatasetRegister, c.object) == nil), err
}
