package demo

import (
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
}

// Studies gives the studies of a world in the order in which they are shown.
func Studies(m *Manifest) ([]Study, error) {
	studies := []Study{
		{ID: StudyJatim, PlanFile: "examples/jatim-2021/plan.yaml", Data: map[string]string{"panel": officialFile}, Official: true},
		{ID: StudyJatimWithoutPapua, PlanFile: "examples/jatim-2021/plan-without-papua.yaml", Data: map[string]string{"panel": officialFile}, Official: true},
		{ID: StudyDiD, PlanFile: "examples/demo-did/plan.yaml", Data: map[string]string{"households": householdsFile},
			Notes: notes("invented", "reach", "parallel")},
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
			if t.Study == s.ID {
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
		return t.Term == e.Term && same(t.Group, number(e.Group)) && same(t.Time, number(e.Time)) && (t.Term == "att-gt" || same(t.Event, e.Event))
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
