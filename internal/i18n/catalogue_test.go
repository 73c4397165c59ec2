package i18n

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{([A-Za-z_]+)[^}|]*\}|\[\[([A-Za-z_]+)\|`)

// named lists the values that a sentence prints or depends on; English plural
// words {n|one|many} have no counterpart in Indonesian and are left out.
func named(s string) []string {
	var all []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		if name := m[1] + m[2]; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// TestCataloguesAgree: both languages have the same keys with the same values,
// and no sentence is empty.
func TestCataloguesAgree(t *testing.T) {
	if _, err := catalogue(); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]Lang{{ID, EN}, {EN, ID}} {
		for _, key := range Keys(pair[0]) {
			a, b := Raw(pair[0], key), Raw(pair[1], key)
			if strings.TrimSpace(a) == "" || strings.TrimSpace(b) == "" {
				t.Errorf("%s: empty or missing in one language", key)
				continue
			}
			if !slices.Equal(named(a), named(b)) {
				t.Errorf("%s: %s has %q, %s has %q", key, pair[0], named(a), pair[1], named(b))
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		x        float64
		decimals int
		id, en   string
	}{
		{4419.10, 2, "4.419,10", "4,419.10"},
		{-0.41, 2, "−0,41", "−0.41"},
		{-0.001, 2, "0,00", "0.00"},
		{math.Copysign(0, -1), 0, "0", "0"},
		{11.09, -1, "11,1", "11.1"},
		{1234567, 0, "1.234.567", "1,234,567"},
	} {
		if got := Number(ID, c.x, c.decimals); got != c.id {
			t.Errorf("id %v: %q, want %q", c.x, got, c.id)
		}
		if got := Number(EN, c.x, c.decimals); got != c.en {
			t.Errorf("en %v: %q, want %q", c.x, got, c.en)
		}
	}
}

func TestOptionalPart(t *testing.T) {
	const s = "a[[x|, b {x}]]"
	if got := Fill(EN, s, map[string]any{"x": ""}); got != "a" {
		t.Error(got)
	}
	if got := Fill(EN, s, map[string]any{"x": "c"}); got != "a, b c" {
		t.Error(got)
	}
}

// A p below what is written has its own sign.
func TestSmallP(t *testing.T) {
	for p, want := range map[float64]string{0.0001: "(p < 0.001)", 0.25: "(p = 0.250)"} {
		if got := Fill(EN, "(p = {x:p})", map[string]any{"x": p}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
