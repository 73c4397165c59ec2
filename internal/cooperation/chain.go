package cooperation

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Act is what an office does at its step of the chain.
type Act string

// The acts of a chain.
const (
	Recommends Act = "recommend" // advises; opens nothing
	Verifies   Act = "verify"    // returns, declines, or opens for the regions
	Answers    Act = "answer"    // grants or declines for its region
)

// Level is where a step stands.
type Level string

// The levels of a chain.
const (
	ProvinceLevel Level = "province"
	RegionLevel   Level = "region" // once for each region that is asked
)

// StepRule is one line of docs/rules/permit-chain.yaml.
type StepRule struct {
	ID      string            `yaml:"id"`
	Level   Level             `yaml:"level"`
	Offices []registry.Office `yaml:"offices"` // the first that the register has acts
	Act     Act               `yaml:"act"`
	Days    int               `yaml:"days"` // working days
	Source  string            `yaml:"source"`
	Text    map[string]string `yaml:"text"` // language -> what the step is
}

// ReadChain reads the rules of a chain. Errors: a file that is no chain, for
// whoever builds the program: unknown keys, words or offices, anything but one
// step that verifies and, after it, one that answers, or a step without days,
// source or words.
func ReadChain(b []byte) ([]StepRule, error) {
	var file struct {
		Version int        `yaml:"version"`
		Steps   []StepRule `yaml:"steps"`
	}
	if err := yaml.UnmarshalWithOptions(b, &file, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("the chain of permits: %w", err)
	}
	var decides []Act
	seen := map[string]bool{}
	for _, s := range file.Steps {
		right := map[Act]bool{Recommends: true, Verifies: s.Level == ProvinceLevel, Answers: s.Level == RegionLevel}[s.Act]
		turn := s.Level == ProvinceLevel || (s.Level == RegionLevel && slices.Contains(decides, Verifies))
		closed := slices.Contains(decides, Answers) || (s.Level == ProvinceLevel && slices.Contains(decides, Verifies))
		strange := slices.ContainsFunc(s.Offices, func(o registry.Office) bool { return !slices.Contains(registry.Offices(""), o) })
		whole := !strange && s.ID != "" && !seen[s.ID] && len(s.Offices) > 0 && s.Days > 0 && s.Source != "" && s.Text["id"] != "" && s.Text["en"] != ""
		if !right || !turn || closed || !whole {
			return nil, fmt.Errorf("the chain of permits: the step %q is not whole or not in its place", s.ID)
		}
		seen[s.ID] = true
		if s.Act != Recommends {
			decides = append(decides, s.Act)
		}
	}
	if !slices.Equal(decides, []Act{Verifies, Answers}) {
		return nil, fmt.Errorf("the chain of permits needs one step that verifies and then one that answers, and ends there")
	}
	return file.Steps, nil
}

// Step is one step of a permit's chain, as frozen at its submission.
type Step struct {
	Rule         string            `json:"rule"` // id of the rule
	Level        Level             `json:"level"`
	Region       string            `json:"region"` // BPS code of the province, or of the region
	Act          Act               `json:"act"`
	Days         int               `json:"days"`         // working days in which to act
	Offices      []registry.Office `json:"offices"`      // that the rule asks for
	Organisation string            `json:"organisation"` // id; empty: the register has none, the step falls away
}

// FallsAway tells whether no office acts at the step.
func (s Step) FallsAway() bool { return s.Organisation == "" }

// freezeChain gives the steps for the regions of a province, those of the
// province first, then region by region, with the organisations that exist on the
// day. Errors: a problem for each place that lacks an office which must decide.
func freezeChain(rules []StepRule, province string, regions []string, organisations []registry.Organisation, on registry.Day) ([]Step, problem.List) {
	var chain []Step
	var missing problem.List
	step := func(r StepRule, region string) {
		s := Step{Rule: r.ID, Level: r.Level, Region: region, Act: r.Act, Days: r.Days, Offices: slices.Clone(r.Offices)}
		for _, kind := range r.Offices {
			i := slices.IndexFunc(organisations, func(o registry.Organisation) bool {
				return o.Office == kind && o.Region == region && o.Period.Has(on)
			})
			if i >= 0 {
				s.Organisation = organisations[i].ID
				break
			}
		}
		if s.FallsAway() && s.Act != Recommends {
			missing = append(missing, problem.New("permit-no-office", "region", registry.RegionName(region), "field", "regions"))
		}
		chain = append(chain, s)
	}
	for _, place := range append([]string{province}, regions...) {
		for _, r := range rules {
			if (r.Level == ProvinceLevel) == (place == province) {
				step(r, place)
			}
		}
	}
	return chain, missing
}
