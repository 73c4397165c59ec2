package demo

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/dampak/dampak/examples"
	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// Ids of the studies of the demo: the ids of their plans.
const (
	StudyJatim             = "jatim-2021"
	StudyJatimWithoutPapua = "jatim-2021-without-papua"
	StudyDiD               = "demo-did"
	StudyTwoWay            = "demo-did-twfe"
	StudyCovariates        = "demo-did-covariates"
	StudyWithoutCovariates = "demo-did-without-covariates"
	StudyFew               = "demo-did-few"
	StudyFewUsual          = "demo-did-few-usual-error"
	StudyBroken            = "demo-did-broken"
	StudyRegions           = "demo-did-regions"
	StudyExperiment        = "demo-experiment"
)

// Study is one study that the demo runs.
type Study struct {
	ID       string
	PlanFile string            // for messages: "examples/demo-did/plan.yaml"
	Plan     []byte            // YAML
	Data     map[string]string // name in the plan -> path
	Truth    []Truth           // nil for a study on official figures: nobody knows it
	Official bool              // the figures are official, else invented
	Source   result.Text       // "data resmi: ..." or "data contoh: ..."
	Notes    []result.Text     // what a reader of the invented world must know; the plan's own notes come before
	Beside   []string          // ids of studies of the same effect, to be read beside this one

	sameTruth string // id of the study whose effect this one seeks; "" = its own
}

// Studies gives the studies of a world in the order in which they are shown.
func Studies(m *Manifest) ([]Study, error) {
	households := func() map[string]string { return map[string]string{"households": householdsFile} }
	studies := []Study{
		{ID: StudyJatim, PlanFile: "examples/jatim-2021/plan.yaml", Data: map[string]string{"panel": officialFile}, Official: true},
		{ID: StudyJatimWithoutPapua, PlanFile: "examples/jatim-2021/plan-without-papua.yaml", Data: map[string]string{"panel": officialFile}, Official: true},
		{ID: StudyDiD, PlanFile: "examples/demo-did/plan.yaml", Data: households(), Beside: []string{StudyTwoWay},
			Notes: notes("invented", "reach", "parallel")},
		{ID: StudyTwoWay, PlanFile: "examples/demo-did-twfe/plan.yaml", Data: households(), Beside: []string{StudyDiD},
			Notes: notes("invented", "two-way", "reach")},
		{ID: StudyCovariates, PlanFile: "examples/demo-did-covariates/plan.yaml", Data: households(), Beside: []string{StudyWithoutCovariates},
			Notes: notes("invented", "alike")},
		{ID: StudyWithoutCovariates, PlanFile: "examples/demo-did-covariates/plan-without.yaml", Data: households(), Beside: []string{StudyCovariates},
			Notes: notes("invented", "anybody"), sameTruth: StudyCovariates},
		{ID: StudyFew, PlanFile: "examples/demo-did-few/plan.yaml", Data: households(), Beside: []string{StudyFewUsual},
			Notes: notes("invented", "few")},
		{ID: StudyFewUsual, PlanFile: "examples/demo-did-few/plan-usual-error.yaml", Data: households(), Beside: []string{StudyFew},
			Notes: notes("invented", "few-usual"), sameTruth: StudyFew},
		{ID: StudyBroken, PlanFile: "examples/demo-did-broken/plan.yaml", Data: households(),
			Notes: notes("invented", "broken")},
		{ID: StudyRegions, PlanFile: "examples/demo-did-regions/plan.yaml", Data: households(),
			Notes: notes("invented", "regions")},
		{ID: StudyExperiment, PlanFile: "examples/demo-experiment/plan.yaml", Data: map[string]string{"pilot": pilotFile},
			Notes: notes("invented", "offer")},
	}
	for i := range studies {
		s := &studies[i]
		plan, err := examples.Files.ReadFile(s.PlanFile[len("examples/"):])
		if err != nil {
			return nil, err
		}
		s.Plan = plan
		s.Source = both("demo.source.invented", nil)
		if s.Official {
			s.Source = result.Text{
				ID: i18n.Text(i18n.ID, "demo.source.official", map[string]any{"publisher": official.Publisher.ID}),
				EN: i18n.Text(i18n.EN, "demo.source.official", map[string]any{"publisher": official.Publisher.EN}),
			}
		}
		for name, file := range s.Data {
			s.Data[name] = filepath.Join(m.Dir, file)
		}
		for _, t := range m.Truth {
			if t.Study == cmp.Or(s.sameTruth, s.ID) {
				s.Truth = append(s.Truth, t)
			}
		}
	}
	return studies, nil
}

// True gives the known effect of an estimate; ok is false where none is known.
// Estimates of times before the programme have a true effect of 0.
func (s Study) True(e result.Estimate) (value float64, ok bool) {
	if len(s.Truth) == 0 {
		return 0, false
	}
	if e.Event != nil && *e.Event < 0 {
		return 0, true
	}
	at := slices.IndexFunc(s.Truth, func(t Truth) bool {
		return t.Term == e.Term && t.Domain == domain(e.Group) && same(t.Group, number(e.Group)) && same(t.Time, number(e.Time)) && (t.Term == "att-gt" || same(t.Event, e.Event))
	})
	if at < 0 {
		return 0, false
	}
	return s.Truth[at].Value, true
}

func number(l *result.Label) *int64 {
	if l == nil || l.IsName {
		return nil
	}
	return &l.Number
}

// domain is the name of a group; "" where it is a number or there is none.
func domain(l *result.Label) string {
	if l == nil || !l.IsName {
		return ""
	}
	return l.Name
}

func same(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func notes(keys ...string) []result.Text {
	out := make([]result.Text, len(keys))
	for i, k := range keys {
		out[i] = both("demo.note."+k, nil)
	}
	return out
}

func both(key string, values map[string]any) result.Text {
	return result.Text{ID: i18n.Text(i18n.ID, key, values), EN: i18n.Text(i18n.EN, key, values)}
}
