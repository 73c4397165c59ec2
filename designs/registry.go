package designs

import (
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/plan"
)

// registry lists the designs that this version answers, in the order in which
// they are explained. A new design is one line.
var registry = []*Entry{did, synthetic, experimental}

// later are the designs of the language that are not built yet.
var later = []string{"rd", "weighting", "matching", "iv", "poverty", "targeting", "incidence", "utilisation", "small-area", "simulate"}

// Entry describes one design.
type Entry struct {
	Name   string // as in the plan and in result.Estimate.Estimator
	Causal bool   // its answers are claims about effects and get a verdict
	Keys   []Key
	Terms  []string // in the order of printing; the first is the headline
	VCE    []string // of inference.vce beside "default"
	// Scores: its procedure can give the first estimate's score of every cluster,
	// which Romano-Wolf adjustment needs.
	Scores bool
	// Claims say where its intervals and tests hold what they promise.
	Claims []Claim

	// constant are the columns that are the same in all rows of another: pairs of a
	// column and that other; nil: none.
	constant func(s *Study) [][2]string
	// settle checks keys against each other and writes out defaults that depend
	// on other keys.
	settle func(v Values, at plan.Node, c *plan.Checker)
	// procedure makes the estimator for one outcome.
	procedure func(v Values, o plan.Outcome, inf plan.Inference) estimate.Procedure
}

// Title is the catalogue key of the design's name in words.
func (e *Entry) Title() string { return "design." + e.Name + ".title" }

// Summary is the catalogue key of one sentence on what the design answers.
func (e *Entry) Summary() string { return "design." + e.Name + ".summary" }

// Doc is the catalogue key of the sentence that explains one of its keys.
func (e *Entry) Doc(k Key) string { return "design." + e.Name + ".key." + k.Name }

// All lists the designs in order. Do not change what it points to.
func All() []*Entry { return slices.Clone(registry) }

// Find gives the design of a name.
func Find(name string) (*Entry, bool) {
	i := slices.IndexFunc(registry, func(e *Entry) bool { return e.Name == name })
	if i < 0 {
		return nil, false
	}
	return registry[i], true
}

// names lists the names of the designs.
func names() []string {
	all := make([]string, len(registry))
	for i, e := range registry {
		all[i] = e.Name
	}
	return all
}
