package intake

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// mostRejects is how many rejected rows are listed one by one; all are counted.
const mostRejects = 10_000

// Quality is what was found in a file, as it is kept beside the rows. It holds
// nothing of a rejected row but its number, the rules that it broke and masked
// values.
type Quality struct {
	File     string                  `json:"file"`
	Form     Form                    `json:"form"`
	SHA256   string                  `json:"sha256"`   // of the file
	Contract string                  `json:"contract"` // its identity
	Draft    bool                    `json:"draft"`    // the contract was inferred from this very file
	Read     int64                   `json:"read"`
	Accepted int64                   `json:"accepted"`
	Rejected int64                   `json:"rejected"`
	Totals   int64                   `json:"totals"`   // rows that sum up others, passed over
	Sections int64                   `json:"sections"` // headings between rows, passed over
	Counts   []QualityCount          `json:"counts"`
	Rejects  []QualityReject         `json:"rejects"`  // the first of them
	More     int64                   `json:"more"`     // rejected rows that are not listed
	Findings []contract.Finding      `json:"findings"` // between rows, periods and official figures
	Cautions []QualityCaution        `json:"cautions"`
	Keys     map[string]identity.Key `json:"keys"` // of the columns of pseudonyms
}

// QualityCount is how many rows broke a rule at a field.
type QualityCount struct {
	Rule  contract.Rule `json:"rule"`
	Field string        `json:"field"`
	Rows  int64         `json:"rows"`
}

// QualityReject is a rejected row.
type QualityReject struct {
	Row    int64          `json:"row"` // as the file shows it
	Breaks []QualityBreak `json:"breaks"`
}

// QualityBreak is a rule that a row broke.
type QualityBreak struct {
	Rule  contract.Rule `json:"rule"`
	Field string        `json:"field"`
	Value string        `json:"value"` // masked
	Limit string        `json:"limit"` // what the contract allows
}

// QualityCaution is a caution by its code. Of its values only numbers are kept, and a
// column that the contract names: any other text may be a cell.
type QualityCaution struct {
	Code    string         `json:"code"`
	Numbers map[string]any `json:"numbers"`
}

// reject lists a rejected row. Where rows are about persons no value is shown, for
// a name may stand in any column when columns have moved.
func (q *Quality) reject(c *contract.Contract, one contract.Reject) {
	if len(q.Rejects) >= mostRejects {
		q.More++
		return
	}
	r := QualityReject{Row: one.Row}
	for _, b := range one.Breaks {
		value := problem.Mask(b.Value)
		if c.Class == registry.PersonalData && value != "" {
			if f, ok := c.Field(b.Field); !ok || f.Sensitivity == contract.Public || f.Sensitivity == contract.Limited { // others are masked already
				value = identity.Masked(identity.Name, value)
			}
		}
		r.Breaks = append(r.Breaks, QualityBreak{b.Rule, b.Field, value, b.Limit})
	}
	q.Rejects = append(q.Rejects, r)
}

// end adds what is known once all rows were seen.
func (q *Quality) end(c *contract.Contract, k *contract.Check, findings []contract.Finding, cautions problem.List, keys map[string]identity.Key) {
	n := k.Rows()
	q.Read, q.Accepted, q.Rejected, q.Totals, q.Sections, q.Keys = n.Read, n.Accepted, n.Rejected, n.Totals, n.Sections, keys
	for _, n := range k.Counts() {
		q.Counts = append(q.Counts, QualityCount(n))
	}
	q.Findings = append(q.Findings, findings...)
	for _, p := range cautions {
		one := QualityCaution{Code: p.Code, Numbers: map[string]any{}}
		for _, name := range slices.Sorted(maps.Keys(p.Values)) {
			switch v := p.Values[name].(type) {
			case int, int64, float64:
				one.Numbers[name] = v
			case string:
				if _, ok := c.Field(v); ok && name == "column" { // it stands in the contract
					one.Numbers[name] = v
				}
			}
		}
		q.Cautions = append(q.Cautions, one)
	}
}

// JSON writes the report.
func (q *Quality) JSON() []byte {
	b, err := json.MarshalIndent(q, "", " ")
	if err != nil {
		panic("intake: " + err.Error()) // plain data
	}
	return append(b, '\n')
}
