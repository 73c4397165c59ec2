package registry_test

import (
	"strings"
	"testing"

	. "github.com/dampak/dampak/internal/registry"
)

// TestMatchRegion: the ways in which tables of offices and of BPS write a region.
func TestMatchRegion(t *testing.T) {
	for _, c := range []struct{ words, want string }{ // the name, then hints after bars; codes found
		{"Kab. Pacitan", "3501"}, {"KABUPATEN PACITAN", "3501"}, {"Pacitan", "3501"}, {"pacitan*", "3501"}, {"Kab Pacitan", "3501"}, {"Pacitan Regency", "3501"},
		{"KotaKediri", "3571"}, {"Kota Kediri", "3571"}, {"KOTA  KEDIRI", "3571"}, {"Kediri [Kota]", "3571"}, {"Kediri, Kota", "3571"}, {"Kab. Kediri", "3506"},
		{"Surabaya [Kota]", "3578"}, {"Surabaya", "3578"}, {"Kota Batu", "3579"}, {"Batu", "3579"}, {"Kab. Batu", ""}, {"Kabupaten Surabaya", ""},
		{"Kediri", "3506 3571"}, {"Blitar", "3505 3572"}, {"Malang", "3507 3573"}, {"Probolinggo", "3513 3574"}, {"Pasuruan", "3514 3575"},
		{"Mojokerto", "3516 3576"}, {"Madiun", "3519 3577"}, {"Tulung Agung", "3504"},
		{"Kediri|Kota", "3571"}, {"Kediri|Kabupaten/Regency", "3506"}, {"Kediri|Kota/Municipality", "3571"}, {"Kediri|3571", "3571"}, {"Kediri|35.06", "3506"},
		{"Kediri|Jawa Timur", "3506 3571"}, {"Pacitan|Kota", "3501"}, {"Pacitan|35", "3501"}, {"Pacitan|apa saja", "3501"}, {"Pacitan|3502", "3501 3502"}, {"?|3502", "3502"},
		{"3501", "3501"}, {"35", "35"}, {"3500", "35"}, {"0000", "0000"}, {"9999", "0000"}, {"3501.0", "3501"}, {"35.01", "3501"}, {"35,79", "3579"},
		{"35.1", "3510 mended 35.10"}, {"35.2", "3520 mended 35.20"}, {"35,1", "3510 mended 35.10"}, {"35.7", ""}, {"35.01.01.2001", ""}, {"3580", ""}, {"3501010", ""},
		{"3501 Pacitan", "3501"}, {"[3501] Pacitan", "3501"}, {"3571 Kediri", "3571"}, {"1. Pacitan", "3501"}, {"3502 Pacitan", "3502 3501"}, {"9999 Pacitan", "0000 3501"},
		{"JAWA TIMUR", "35"}, {"Provinsi Jawa Timur", "35"}, {"Prov. Jatim", "35"}, {"East Java", "35"}, {"Indonesia", "0000"}, {"INDONESIA", "0000"}, {"Nasional", "0000"},
		{"", ""}, {"Kota", ""}, {"Jumlah", ""}, {"Toba Samosir", ""}, {"Warga nomor 3500", ""}, {"3500 orang", ""}, {"Jl. Pahlawan 3501", ""}, {"...", ""},
	} {
		words := strings.Split(c.words, "|")
		m := MatchRegion(words[0], words[1:]...)
		var got []string
		for _, r := range m.Found {
			got = append(got, r.Code)
		}
		if m.Mended != "" {
			got = append(got, "mended", m.Mended)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %q, want %q", c.words, s, c.want)
		}
		if _, one := m.One(); one != (len(m.Found) == 1) {
			t.Error(c.words)
		}
	}
}

// TestEveryRegionIsFound by each of its names and codes.
func TestEveryRegionIsFound(t *testing.T) {
	for _, r := range Regions() {
		for _, name := range []string{r.Name, strings.ToUpper(r.Name), strings.ReplaceAll(r.Name, " ", ""), strings.Replace(r.Name, "Kabupaten", "Kab.", 1), r.Code, r.Kemendagri, r.Code + ".0"} {
			if got, ok := MatchRegion(name).One(); name != "" && (!ok || got.Code != r.Code) {
				t.Errorf("%q: %v", name, got)
			}
		}
	}
}

func BenchmarkMatchRegion(b *testing.B) {
	for b.Loop() {
		MatchRegion("KABUPATEN PACITAN")
	}
}
