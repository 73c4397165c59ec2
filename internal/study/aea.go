package study

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dampak/dampak/designs"
)

// AEARegistry is a registration under the names of the fields of the AEA RCT registry
// (https://www.socialscienceregistry.org/site/version), in their order, for whoever
// enters it there. What a registration does not say is empty.
type AEARegistry struct {
	Part []AEAPart `json:"parts"`
}

// AEAPart is a group of fields.
type AEAPart struct {
	Title  string     `json:"title"`
	Fields []AEAField `json:"fields"`
}

// AEAField is one field.
type AEAField struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Value    string `json:"value"`
}

// Investigator is who answers for the study.
type Investigator struct{ Name, Affiliation string }

// AEA gives the export of a registration: names are those of the study's programmes,
// regions those of what its data cover. Errors: the problems of a plan that this
// program does not read any more.
func (s Study) AEA(r Registration, pi Investigator, regions, programmes []string, partners []string) (AEARegistry, error) {
	d, err := designs.Parse([]byte(r.Plan), "")
	if err != nil {
		return AEARegistry{}, err
	}
	var primary, secondary, expected []string
	for i, o := range d.Plan.Outcomes {
		label := o.Column
		if o.Label.EN != "" {
			label = o.Label.EN + " (" + o.Column + ")"
		}
		if o.Unit != "" {
			label += ", " + o.Unit
		}
		minor := false
		for _, h := range r.Hypotheses {
			if h.Outcome == o.Column {
				minor = minor || h.Minor
				line := o.Column + ": " + string(h.Expects)
				if h.Why != "" {
					line += " (" + h.Why + ")"
				}
				expected = append(expected, line)
			}
		}
		if minor && i > 0 {
			secondary = append(secondary, label)
		} else {
			primary = append(primary, label)
		}
	}
	status := "In Development"
	switch {
	case s.State() == Withdrawn || s.State() == Stopped: // the registry has no other word for what does not go on
		status = "Withdrawn"
	case s.State() == Running:
		status = "On-going"
	}
	cluster := ""
	switch v := d.Values["cluster"].(type) {
	case string:
		cluster = v
	case []string:
		cluster = strings.Join(v, ", ")
	}
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	detectable := ""
	if r.Setting.Detectable != nil {
		detectable = fmt.Sprintf("%g %s", *r.Setting.Detectable, d.Plan.Outcomes[0].Unit)
	}
	randomised := d.Design.Name == "experiment"
	unit := ""
	if randomised {
		unit = cluster
		if unit == "" {
			unit = "individual"
		}
	}
	keys, err := json.Marshal(d.Values)
	if err != nil {
		return AEARegistry{}, err
	}
	given, studied := r.Setting.Given, r.Setting.Studied
	return AEARegistry{[]AEAPart{
		{"Trial Information", []AEAField{
			{"Trial Title", true, s.Title}, {"Country", true, "Indonesia"}, {"Region", false, strings.Join(regions, "; ")},
			{"Primary Investigator Name", true, pi.Name}, {"Affiliation", false, pi.Affiliation}, {"Study Status", true, status},
			{"Keywords", true, strings.Join(append([]string{"welfare"}, programmes...), "; ")}, {"Secondary Identifying Numbers", false, "Dampak " + s.ID + ", seal " + r.Seal},
			{"Abstract", true, first(r.Setting.Abstract, d.Plan.Question.EN)},
		}},
		{"Dates", []AEAField{
			{"Trial Start Date", true, string(studied.From)}, {"Intervention Start Date", true, string(given.From)},
			{"Intervention End Date", true, string(given.Until)}, {"Trial End Date", true, string(studied.Until)},
		}},
		{"Sponsors & Partners", []AEAField{{"Trial Partner(s)", false, strings.Join(partners, "; ")}}},
		{"Experimental Details", []AEAField{
			{"Intervention(s)", true, r.Setting.Intervention},
			{"Primary Outcomes (end points)", true, strings.Join(primary, "; ")}, {"Primary Outcomes (explanation)", false, strings.Join(expected, "; ")},
			{"Secondary Outcomes (end points)", false, strings.Join(secondary, "; ")},
			{"Experimental Design", true, first(d.Plan.Question.EN, r.Setting.Abstract)},
			{"Experimental Design Details", false, d.Design.Name + " " + string(keys)},
			{"Randomization Method", true, method(randomised, r.Setting.Assignment)}, {"Randomization Unit", true, unit},
			{"Was the treatment clustered?", true, yes(randomised && cluster != "")},
		}},
		{"Experiment Characteristics", []AEAField{
			{"Sample size: planned number of clusters", true, number(r.Setting.Clusters)}, {"Sample size: planned number of observations", true, number(r.Setting.Observations)},
			{"Sample size (or number of clusters) by treatment arms", true, ""},
			{"Minimum detectable effect size for main outcomes (accounting for sample design and clustering)", false, detectable},
		}},
		{"IRB", []AEAField{{"IRB Name and Approval Number", false, r.Setting.Ethics}}},
	}}, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func yes(is bool) string {
	if is {
		return "Yes"
	}
	return "No"
}

// method says how it was decided who gets it: a study that is no experiment says so.
func method(randomised bool, assignment string) string {
	if !randomised {
		return strings.TrimSuffix("Not randomised. "+assignment, " ")
	}
	return assignment
}
