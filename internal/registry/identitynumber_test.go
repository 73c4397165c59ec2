package registry

import (
	"testing"

	"github.com/dampak/dampak/internal/problem"
)

// TestWrittenTexts: an identity number is refused however it is spelt, and what
// nobody sees; what offices write stays.
func TestWrittenTexts(t *testing.T) {
	const identity, strange = "text-identity", "text-strange"
	for _, c := range []struct{ text, name, reason string }{
		{"Siti 3507124101800001", identity, identity}, {"Siti 3507 1241 0180 0001", identity, identity}, {"35.07.12.410180.0001", identity, identity},
		{"3507-1241-0180-0001", identity, identity}, {"3507 12410180 0001", identity, identity}, {"350 712 410 180 000 1", identity, identity},
		{"\uff13\uff15\uff10\uff17\uff11\uff12\uff14\uff11\uff10\uff11\uff18\uff10\uff10\uff10\uff10\uff11", identity, identity},
		{"\u0663\u0665\u0660\u0667\u0661\u0662\u0664\u0661\u0660\u0661\u0668\u0660\u0660\u0660\u0660\u0661", identity, identity},
		{"0000000000000000", identity, identity}, {"12345678901234567", identity, identity},
		{"Siti\u200b", strange, strange}, {"Si\u00adti", strange, strange}, {"\ufeffSiti", strange, strange}, {"Siti\u3164", strange, strange}, {"Siti\u202e", strange, strange},
		{"198001012005011001", identity, ""}, {"NIP 19800101 200501 1 001", "", ""}, {"198013012005011001", identity, identity},
		{"12-11-2026 - 01-12-2026", "", ""}, {"2026-11-25 2026-12-31", "", ""}, {"800/1234/2026", "", ""}, {"0812-3456-7890", "", ""}, {"S\u00e9kolah na\u0308if", "", ""},
		{"Rp1.250.000.000.000.000", "", ""}, {"3507 1299 0180 0001", "", ""},
	} {
		for _, k := range []struct {
			lines bool
			want  string
		}{{false, c.name}, {true, c.reason}} {
			got := ""
			for _, p := range problem.Of(CheckText("name", c.text, LongestName, k.lines)) {
				got = p.Code
			}
			if got != k.want {
				t.Errorf("%q, several lines %v: %q, want %q", c.text, k.lines, got, k.want)
			}
		}
	}
}
