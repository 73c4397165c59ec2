package designs

import (
	"reflect"
	"slices"
	"testing"

	didest "github.com/dampak/dampak/estimate/did"
	"github.com/dampak/dampak/estimate/experiment"
	"github.com/dampak/dampak/estimate/synth"
)

// TestLimitsAreThoseOfTheRules: each line of the file is a limit that an
// estimator reads, with its source and both texts, and what a Go program gets
// without the file is the same.
func TestLimitsAreThoseOfTheRules(t *testing.T) {
	if l := limitsOf[didest.Limits]("did"); l != didest.UsualLimits() {
		t.Errorf("did: %+v against %+v", l, didest.UsualLimits())
	}
	if l := limitsOf[experiment.Limits]("experiment"); l != experiment.UsualLimits() {
		t.Errorf("experiment: %+v against %+v", l, experiment.UsualLimits())
	}
	if l := limitsOf[synth.Limits]("synth"); l != synth.UsualLimits() {
		t.Errorf("synth: %+v against %+v", l, synth.UsualLimits())
	}
	read := map[string][]string{AnyDesign: {"rows-left-out"}}
	for design, limits := range map[string]any{"did": didest.Limits{}, "experiment": experiment.Limits{}, "synth": synth.Limits{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(limits)) {
			read[design] = append(read[design], kebab(f.Name))
		}
	}
	seen := map[string]bool{}
	for _, l := range limitsFile() {
		if !slices.Contains(read[l.Design], l.ID) || seen[l.Design+l.ID] {
			t.Errorf("nobody reads %s of %s, or it stands twice", l.ID, l.Design)
		}
		seen[l.Design+l.ID] = true
		if l.Source == "" || l.Text.ID == "" || l.Text.EN == "" || l.Text.ID == l.Text.EN {
			t.Errorf("%s of %s lacks a source or a text", l.ID, l.Design)
		}
	}
}
