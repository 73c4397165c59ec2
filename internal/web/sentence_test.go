package web

import "testing"

// A problem begins with a capital, a file keeps the name it came with.
func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"berkasnya kosong":             "Berkasnya kosong.",
		"rekap.csv: berkasnya kosong.": "rekap.csv: berkasnya kosong.",
		"kosong: isi dahulu":           "Kosong: isi dahulu.",
		"maksudnya ini?":               "Maksudnya ini?",
		"":                             ".",
	} {
		if got := sentence(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
