package problem

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
)

func TestTextIsOneLineAndPlaced(t *testing.T) {
	p := New("plan-id", "found", "A\nB").In("plan.yaml").At(2, 5)
	for _, l := range i18n.Langs {
		text := p.Text(l)
		if !strings.HasPrefix(text, "plan.yaml:2:5: ") || strings.Contains(text, "\n") {
			t.Errorf("%s: %q", l, text)
		}
	}
}

func TestIdentityNumbersAreMasked(t *testing.T) {
	digits := strings.Repeat("7", 14) + "42" // made up: no region has the code 77
	got := Mask("id " + digits + ", 123456789012345")
	if want := "id " + strings.Repeat("•", 14) + "42, 123456789012345"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"outcomes", "data", "design"}
	for word, want := range map[string]string{"outcom": "outcomes", "dseign": "design", "DATA": "data", "zebra": ""} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestOfFindsProblemsInside(t *testing.T) {
	p := New("a")
	if got := Of(fmt.Errorf("x: %w", List{p, p})); len(got) != 2 {
		t.Error(got)
	}
	if got := Of(fmt.Errorf("x: %w", p)); len(got) != 1 || got[0] != p {
		t.Error(got)
	}
	if Of(fmt.Errorf("x")) != nil {
		t.Error("a problem out of nothing")
	}
}
