package evidence

import (
	"sync"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/registry"
)

// Rule is one line of docs/rules/evidence.yaml.
type Rule struct {
	ID     string
	Lowers int
	Source string
	Text   registry.Words
}

type book struct {
	start map[string]int
	rules []Rule
}

var readBook = sync.OnceValue(func() book {
	var file struct {
		Version int            `yaml:"version"`
		Start   map[string]int `yaml:"start"`
		Rules   []struct {
			ID     string      `yaml:"id"`
			Lowers int         `yaml:"lowers"`
			Source string      `yaml:"source"`
			Text   rules.Words `yaml:"text"`
		} `yaml:"rules"`
	}
	rules.Read("evidence.yaml", rules.Evidence, &file)
	b := book{start: file.Start}
	for _, r := range file.Rules {
		b.rules = append(b.rules, Rule{r.ID, r.Lowers, r.Source, registry.Words(r.Text)})
	}
	return b
})

// Rules lists the lines of the rule.
func Rules() []Rule { return readBook().rules }

// Start is the number of dots from which a verdict starts; 0 where there is none.
func Start(grade string) int { return readBook().start[grade] }

// Strength is how strong the evidence behind a finding is.
type Strength struct {
	Dots    int      // 3 strong, 2 moderate, 1 weak, 0 not causal
	Grade   string   // the verdict it started from
	Start   int      // the dots that the verdict gives
	Reasons []Reason // the lines that apply, in the order of the file
}

// Reason is a line that applies.
type Reason struct {
	Rule Rule
	N    int // what it counts; 0 where it counts nothing
}

// Strength works it out from the finding and the other findings that are released,
// of any programme and outcome. Studies count once, whatever they found how often.
func (f Finding) Strength(others []Finding) Strength {
	b := readBook()
	s := Strength{Grade: f.Grade, Start: b.start[f.Grade], Dots: b.start[f.Grade]}
	same, against := map[string]bool{}, map[string]bool{}
	for _, o := range others {
		if o.Study == f.Study || o.Programme != f.Programme || o.Outcome != f.Outcome || o.Effect.Unit != f.Effect.Unit || o.State() != Released {
			continue
		}
		switch {
		case o.Effect.Upper < 0 && f.Effect.Lower > 0, o.Effect.Lower > 0 && f.Effect.Upper < 0:
			against[o.Study] = true
		case o.Effect.Direction() == f.Effect.Direction() && (o.Effect.Estimate > 0) == (f.Effect.Estimate > 0):
			same[o.Study] = true
		}
	}
	counts := map[string]int{"deviation-major": f.Major, "contradicted": len(against), "replicated": len(same)}
	applies := map[string]bool{
		"deviation-major": f.Major > 0, "amended-after-looking": f.Late, "contradicted": len(against) > 0, "replicated": len(same) > 0, "alone": len(same)+len(against) == 0,
	}
	for _, r := range b.rules {
		if applies[r.ID] {
			s.Reasons = append(s.Reasons, Reason{r, counts[r.ID]})
			s.Dots = max(s.Dots-r.Lowers, 0)
		}
	}
	return s
}
