package study

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/plan"
)

// LongestPlan is how long a plan may be, in characters: far beyond any that a
// person writes.
const LongestPlan = 1 << 16

// longestText is how long each text about a study may be, in characters.
const longestText = 5000

// Protocol is what a study says that it will do: its plan, what it expects, and of
// which data. Locked by its hash it is a Registration.
type Protocol struct {
	Plan       string       `json:"plan"`       // YAML, see package plan
	Hypotheses []Hypothesis `json:"hypotheses"` // in the order of the plan's outcomes, at least one each
	Data       []Use        `json:"data"`       // one for each entry of the plan's data, in its order
	Setting    Setting      `json:"setting"`
	// Embargo is the last day on which nobody but the study's own people and the
	// offices that may read it sees the registration; empty: it is open at once.
	Embargo registry.Day `json:"embargo"`
}

// Expected is the direction in which a hypothesis sees an outcome move.
type Expected string

// The directions.
const (
	Rises    Expected = "rises"
	Falls    Expected = "falls"
	Differs  Expected = "differs"   // one way or the other
	NoEffect Expected = "no-effect" // none that matters
)

// Directions lists them.
var Directions = []Expected{Rises, Falls, Differs, NoEffect}

// Hypothesis is what is expected of one outcome.
type Hypothesis struct {
	Outcome string   `json:"outcome"` // its column in the plan
	Expects Expected `json:"expects"`
	Why     string   `json:"why"`   // the reasoning; may be empty
	Minor   bool     `json:"minor"` // a secondary outcome
}

// Use says which dataset of the register stands behind a name of the plan's data.
type Use struct {
	Name     string `json:"name"`     // in the plan
	Dataset  string `json:"dataset"`  // id
	Contract string `json:"contract"` // SHA-256 of the data contract, 64 lowercase hex digits
	// Period is the column that holds the period of a row, as the contract names it;
	// empty: it has none. Baseline are the periods, as written in that column, whose
	// outcomes may be read before the registration, for power; both ends belong to it.
	Period   string    `json:"period"`
	Baseline *Baseline `json:"baseline"` // nil: no outcome at all
}

// Baseline is a stretch of periods before the programme.
type Baseline struct {
	From  string `json:"from"`
	Until string `json:"until"`
}

// Setting is what a registry asks besides the plan. Empty texts, days and nil are
// not said.
type Setting struct {
	Abstract     string          `json:"abstract"`
	Intervention string          `json:"intervention"` // what is given, to whom
	Assignment   string          `json:"assignment"`   // how it was decided who gets it
	Given        registry.Period `json:"given"`        // the days of the programme that is studied
	Studied      registry.Period `json:"studied"`      // the days of the study
	Clusters     *int64          `json:"clusters"`     // planned
	Observations *int64          `json:"observations"` // planned
	Detectable   *float64        `json:"detectable"`   // effect found with a power of 80 %, in the unit of the first outcome
	Ethics       string          `json:"ethics"`       // who approved it, and the number
}

// Checked is a protocol whose plan was read.
type Checked struct {
	Protocol
	Design *designs.Study
}

// Check cleans a protocol and reads its plan. Contracts are the hashes of the
// contracts that each dataset of the register has had. Errors: a problem.List with
// everything that is to be mended.
func (p Protocol) Check(contracts map[string][]string) (Checked, error) {
	p = p.clean()
	var all problem.List
	add := func(err error) { all = append(all, problem.Of(err)...) }
	if err := registry.CheckText("study-plan", p.Plan, LongestPlan, true); err != nil {
		return Checked{}, problem.Of(err)
	}
	d, err := designs.Parse([]byte(p.Plan), "")
	if err != nil {
		return Checked{}, err
	}
	add(p.checkHypotheses(d.Plan))
	add(p.checkData(d, contracts))
	add(p.checkTexts())
	add(p.Setting.check())
	if p.Embargo != "" {
		_, err := registry.ParseDay(string(p.Embargo))
		add(err)
	}
	if len(all) > 0 {
		return Checked{}, all
	}
	return Checked{p, d}, nil
}

func (p Protocol) clean() Protocol {
	p.Plan = registry.Clean(p.Plan)
	p.Hypotheses = slices.Clone(p.Hypotheses)
	for i := range p.Hypotheses {
		p.Hypotheses[i].Why = registry.Clean(p.Hypotheses[i].Why)
	}
	p.Data = slices.Clone(p.Data)
	s := &p.Setting
	for _, text := range s.texts() {
		*text.at = registry.Clean(*text.at)
	}
	return p
}

// checkTexts holds what is not locked yet against the one rule that holds always: no
// text may be endless, or hold somebody's identity number.
func (p Protocol) checkTexts() error {
	var all problem.List
	add := func(field, text string, most int) {
		if text != "" {
			all = append(all, problem.Of(registry.CheckText(field, text, most, true))...)
		}
	}
	add("study-plan", p.Plan, LongestPlan)
	for _, h := range p.Hypotheses {
		add("study-hypothesis", h.Why, longestText)
		add("study-hypothesis", h.Outcome, registry.LongestName)
	}
	for _, text := range p.Setting.texts() {
		add(text.name, *text.at, longestText)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

type named struct {
	name string
	at   *string
}

func (s *Setting) texts() []named {
	return []named{{"study-abstract", &s.Abstract}, {"study-intervention", &s.Intervention}, {"study-assignment", &s.Assignment}, {"study-ethics", &s.Ethics}}
}

func (s Setting) check() error {
	var all problem.List
	for _, period := range []registry.Period{s.Given, s.Studied} {
		if period != (registry.Period{}) {
			all = append(all, problem.Of(period.Check())...)
		}
	}
	for name, n := range map[string]*int64{"clusters": s.Clusters, "observations": s.Observations} {
		if n != nil && *n < 1 {
			all = append(all, problem.New("study-planned", "field", name, "found", *n))
		}
	}
	if s.Detectable != nil && !(*s.Detectable > 0) {
		all = append(all, problem.New("study-detectable", "field", "detectable", "found", *s.Detectable))
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b *problem.Problem) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// checkHypotheses wants at least one for each outcome, and puts them in the order
// of the plan.
func (p *Protocol) checkHypotheses(of plan.Plan) error {
	var all problem.List
	order := map[string]int{}
	var columns []string
	for i, o := range of.Outcomes {
		order[o.Column] = i
		columns = append(columns, o.Column)
	}
	said := map[string]bool{}
	for _, h := range p.Hypotheses {
		if _, ok := order[h.Outcome]; !ok {
			all = append(all, problem.New("study-hypothesis-outcome", "found", h.Outcome, "expected", columns, "field", "hypotheses"))
		}
		if !slices.Contains(Directions, h.Expects) {
			all = append(all, problem.New("study-hypothesis-direction", "found", string(h.Expects), "outcome", h.Outcome, "expected", Directions, "field", "hypotheses"))
		}
		said[h.Outcome] = true
	}
	for _, c := range columns {
		if !said[c] {
			all = append(all, problem.New("study-hypothesis-missing", "outcome", c, "field", "hypotheses"))
		}
	}
	if len(all) > 0 {
		return all
	}
	slices.SortStableFunc(p.Hypotheses, func(a, b Hypothesis) int { return cmp.Compare(order[a.Outcome], order[b.Outcome]) })
	return nil
}

// checkData wants one dataset for each entry of the plan's data, and puts them in
// its order.
func (p *Protocol) checkData(d *designs.Study, contracts map[string][]string) error {
	of := d.Plan
	var all problem.List
	var used []Use
	for _, source := range of.Data {
		i := slices.IndexFunc(p.Data, func(u Use) bool { return u.Name == source.Name })
		if i < 0 {
			all = append(all, problem.New("study-data-missing", "name", source.Name, "field", "data"))
			continue
		}
		u := p.Data[i]
		used = append(used, u)
		had, known := contracts[u.Dataset]
		switch {
		case !known:
			all = append(all, problem.New("dataset-unknown", "found", u.Dataset, "field", "data"))
		case !slices.Contains(had, u.Contract):
			all = append(all, problem.New("study-data-contract", "name", u.Name, "field", "data"))
		case u.Baseline != nil:
			all = append(all, problem.Of(u.Baseline.check(u, p.start(d)))...)
		}
	}
	for _, u := range p.Data {
		if !slices.ContainsFunc(of.Data, func(s plan.Source) bool { return s.Name == u.Name }) {
			all = append(all, problem.New("study-data-idle", "name", u.Name, "field", "data"))
		}
	}
	if len(all) > 0 {
		return all
	}
	p.Data = used
	return nil
}

// Seal is the identity of what is locked: the SHA-256, in hex, of the frozen plan's
// identity with hypotheses, data and setting. Comments and the spelling of the plan
// do not count.
func (c Checked) Seal() string {
	text, err := json.Marshal(struct {
		Plan       string       `json:"plan"`
		Hypotheses []Hypothesis `json:"hypotheses"`
		Data       []Use        `json:"data"`
		Setting    Setting      `json:"setting"`
	}{c.Design.SHA256, c.Hypotheses, c.Data, c.Setting})
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
