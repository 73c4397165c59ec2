package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"html"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
)

var update = flag.Bool("update", false, "write the golden drawings")

func ptr(x float64) *float64 { return &x }

// hostile would end an attribute or start an element if it were not escaped.
const hostile = `<script>"&'` + "\u2028"

// drawings are one drawing of each kind, in a width and a language.
func drawings(width int, l i18n.Lang) map[string]string {
	points := []Point{
		{At: -2, Value: 0.1, Lower: ptr(-0.2), Upper: ptr(0.4), BandLower: ptr(-0.3), BandUpper: ptr(0.5)},
		{At: -1, Value: 0},
		{At: 0, Value: -0.4, Lower: ptr(-0.7), Upper: ptr(-0.1), BandLower: ptr(-0.9), BandUpper: ptr(0.1), Truth: ptr(-0.5)},
		{At: 1, Value: -0.6, Lower: ptr(-1), Upper: ptr(-0.2), BandLower: ptr(-1.1), BandUpper: ptr(-0.1)},
	}
	rows := []Row{
		{Name: "gelombang 2018", Value: ptr(-1.5), Lower: ptr(-2), Upper: ptr(-1), Text: "−1,50"},
		{Name: hostile, Value: ptr(0.5), Lower: ptr(-0.5), Upper: ptr(1.5), Raw: ptr(0.9), Truth: ptr(0.2)},
		{Name: "naik", Value: ptr(2), Lower: ptr(1), Upper: ptr(3), Strong: true},
		{Name: "tanpa galat", Value: ptr(1)},
		{Name: "tanpa angka"},
	}
	first := int64(2021)
	return map[string]string{
		"event-study": EventStudy(l, width, "Efek "+hostile, "periode", points),
		"paths": Paths(l, width, "Jalur", []int64{2019, 2020, 2021, 2022},
			[]Line{{Name: "Jawa Timur", Values: []float64{10.4, 11.1, 11.4, 10.4}}, {Name: "pembanding", Values: []float64{10.8, 11.1, 11.5, 10.9}, Dashed: true}},
			&first, map[int64]float64{2020: 1}),
		"forest": Forest(l, width, "Efek", "efek (rupiah)", rows, -1),
		"weights": Weights(l, width, "Bobot "+hostile, "bobot", []Mark{{Weight: 0.5, Value: 2}, {Weight: 0.2, Value: 1, Kind: 1}, {Weight: 0.3, Value: -1, Kind: 2}, {Weight: 0.1, Value: 0.5, Kind: 3}},
			[]Kind{{Mark: 0, Words: "penerima, dibanding yang tidak pernah menerima: 50 %"}, {Mark: 2, Words: hostile}}, 0.9, ptr(1.8)),
		"balance":  Balance(l, width, "Serupa?", "selisih baku", rows[:2], []float64{0.1, 0.25}),
		"bars":     Bars(width, "Bobot", []Bar{{Name: "Jawa Barat", Size: 0.126, Text: "12,6 %"}, {Name: hostile, Size: 0.01, Text: "1 %"}}),
		"placebos": Placebos(l, width, "Peringkat", "perubahan", []Placebo{{Name: "a", Value: -1}, {Name: "Jawa Timur", Value: -0.4, Treated: true}, {Name: "b", Value: 2}}),
		"series":   Series(l, width, "Miskin", []Dated{{At: 2019, Label: "2019", Value: 4112.25}, {At: 2020, Label: "2020", Value: 4419.10}, {At: 2020.5, Value: 4585.97}}, 1, "Maret 2020"),
		"funnel": Funnel(width, "Sembako "+hostile, []Stage{{Name: "Dialokasikan", Sense: "kuota", Value: ptr(12_345_678), Text: "12.345.678 keluarga"},
			{Name: "Disalurkan", Sense: hostile, Value: ptr(11_000_000), Text: "11.000.000 keluarga", Share: "89 %"}, {Name: "Diterima", Sense: "berhasil salur", Text: "belum dilaporkan"},
			{Name: "Digunakan", Sense: "transaksi", Value: ptr(9_000_000), Text: "9.000.000 keluarga", Share: "82 %"}}),
		"tracks": Tracks(l, width, "Kemiskinan", []Track{{Name: "Kabupaten Probolinggo", Points: []Dated{{At: 2014.5, Value: 20.4}, {At: 2015, Label: "2015", Value: 20.8}, {At: 2020, Label: "2020", Value: 18.6}, {At: 2025, Label: "2025", Value: 16.3}}},
			{Name: hostile, Points: []Dated{{At: 2015, Label: "2015", Value: 12.3}, {At: 2020.5, Value: 11.5}}}}, ptr(2020), "Maret 2020: 18,61 %", []float64{2015}),
		"tile-links": TileMap(width, "Peta", []Tile{{Column: 1, Row: 1, Name: "Tuban", Value: 14.1, Text: "14,1", Link: "/id/wilayah/3523", Says: "Kabupaten Tuban: " + hostile}, {Column: 2, Row: 1, Name: "Gresik", Value: math.NaN(), Text: "–"}}, [4]float64{6, 9, 12, 15}, [5]string{"a", "b", "c", "d", "e"}),
		"tile-map":   TileMap(width, "Peta", []Tile{{Column: 1, Row: 1, Name: "Tuban", Value: 14.1, Text: "14,1"}, {Column: 10, Row: 2, Name: hostile, Value: 3, Text: "3,0"}}, [4]float64{6, 9, 12, 15}, [5]string{"a", "b", "c", "d", "e"}),
	}
}

// TestGolden keeps each drawing to the letter: go test ./report/chart -update
// writes them; look at them before you commit.
func TestGolden(t *testing.T) {
	for kind, svg := range drawings(Wide, i18n.ID) {
		path := filepath.Join("testdata", kind+".svg")
		if *update {
			if err := os.WriteFile(path, []byte(svg), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if svg != string(want) {
			t.Errorf("%s differs from its golden drawing", kind)
		}
	}
}

var sizes = regexp.MustCompile(`font-size="(\d+)"`)

// TestEveryDrawing: well-formed, names escaped, nothing from outside, no NaN, a
// label for those who listen, text of at least 12 px.
func TestEveryDrawing(t *testing.T) {
	for _, width := range []int{Wide, Narrow, Full} {
		for _, l := range i18n.Langs {
			for kind, svg := range drawings(width, l) {
				d := xml.NewDecoder(strings.NewReader(svg))
				for {
					_, err := d.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatalf("%s at %d: %v", kind, width, err)
					}
				}
				if strings.Contains(svg, "<script") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Contains(svg, "style=") {
					t.Errorf("%s at %d holds what it must not", kind, width)
				}
				if strings.Count(svg, "http") != 1 || !strings.Contains(svg, `role="img" aria-label="`) && !strings.Contains(svg, `role="group" aria-label="`) {
					t.Errorf("%s at %d refers outside or has no label", kind, width)
				}
				for _, m := range sizes.FindAllStringSubmatch(svg, -1) {
					if n, err := strconv.Atoi(m[1]); err != nil || n < 12 {
						t.Errorf("%s at %d has text of %s px", kind, width, m[1])
					}
				}
			}
		}
	}
}

var placed = regexp.MustCompile(`<text x="([0-9.-]+)" y="([0-9.-]+)" text-anchor="(\w+)"[^>]*>([^<]*)<`)

// TestWordsStayInTheDrawing and off each other, also with long numbers on a
// phone, by the width that the widest fonts give them.
func TestWordsStayInTheDrawing(t *testing.T) {
	big := func(x float64) *float64 { return ptr(x * 123_456) }
	rows := []Row{{Name: "Kabupaten Probolinggo", Value: big(-1), Lower: big(-2), Upper: big(1), Text: "1–38"}, {Name: "Kota Batu", Value: big(2), Lower: big(1), Upper: big(3), Text: "2–38"}}
	for _, width := range []int{Wide, Narrow} {
		for name, svg := range map[string]string{
			"forest":      Forest(i18n.ID, width, "x", "efek (rupiah)", rows, 1),
			"balance":     Balance(i18n.ID, width, "x", "efek", rows, []float64{0.1}),
			"placebos":    Placebos(i18n.ID, width, "x", "efek", []Placebo{{Name: "a", Value: -1e6}, {Name: "Jawa Timur", Value: 3e6, Treated: true}}),
			"event-study": EventStudy(i18n.ID, width, "x", "periode", []Point{{At: -1, Value: -250_000}, {At: 0, Value: 1_250_000}}),
			"funnel":      Funnel(width, "x", []Stage{{Name: "Dialokasikan", Sense: "pagu perubahan", Value: ptr(1e13), Text: "Rp10,25 triliun"}, {Name: "Disalurkan", Sense: "realisasi menurut perintah bayar", Value: ptr(9e12), Text: "Rp9,75 triliun", Share: "95 %"}}),
			"tracks":      Tracks(i18n.ID, width, "x", []Track{{Name: "Kabupaten Probolinggo", Points: []Dated{{At: 2010, Label: "2010", Value: 20}, {At: 2011, Label: "2011", Value: 20}, {At: 2012, Label: "2012", Value: 20}, {At: 2025, Label: "2025", Value: 16}}}}, ptr(2012), "Maret 2012: 20,00 % penduduk miskin", nil),
			"weights":     Weights(i18n.ID, width, "x", "bobot", []Mark{{Weight: 0.3, Value: -250_000}}, []Kind{{Words: "yang lebih dahulu, dibanding yang belum menerima: 44,2 %"}}, 1e6, nil),
		} {
			type box struct{ left, right, y float64 }
			var boxes []box
			for _, m := range placed.FindAllStringSubmatch(svg, -1) {
				x, _ := strconv.ParseFloat(m[1], 64)
				y, _ := strconv.ParseFloat(m[2], 64)
				w := textWidth(html.UnescapeString(m[4]))
				left := map[string]float64{start: x, middle: x - w/2, end: x - w}[m[3]]
				b := box{left, left + w, y}
				if b.left < -0.5 || b.right > float64(width)+0.5 {
					t.Errorf("%s at %d: %q from %.1f to %.1f", name, width, m[4], b.left, b.right)
				}
				for _, o := range boxes {
					if b.left < o.right && o.left < b.right && math.Abs(b.y-o.y) < textSize-2 {
						t.Errorf("%s at %d: %q lies on another text", name, width, m[4])
					}
				}
				boxes = append(boxes, b)
			}
		}
	}
}

// TestColourMeansOneThing: where less is better, a sure fall is teal and a sure
// rise is rust and square; what chance may have done is grey and hollow.
func TestColourMeansOneThing(t *testing.T) {
	one := func(value, lower, upper float64) string {
		return Forest(i18n.ID, Wide, "x", "y", []Row{{Name: "a", Value: &value, Lower: &lower, Upper: &upper}}, -1)
	}
	if svg := one(-2, -3, -1); !strings.Contains(svg, better) || strings.Contains(svg, worse) {
		t.Error("a sure fall is not teal")
	}
	if svg := one(2, 1, 3); !strings.Contains(svg, worse) || strings.Contains(svg, "<circle") {
		t.Error("a sure rise is not a rust square")
	}
	if svg := one(1, -1, 3); strings.Contains(svg, worse) || strings.Contains(svg, better) || !strings.Contains(svg, `fill="`+paper+`"`) {
		t.Error("what cannot be told is not grey and hollow")
	}
}

// TestTicksAreRound and cover the values.
func TestTicksAreRound(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {-3.2, 7.9}, {1e6, 3e6}, {0, 0}, {0.0011, 0.0019}} {
		ticks, step := nice(c[0], c[1], 5)
		if ticks[0] > c[0] || ticks[len(ticks)-1] < c[1] || step <= 0 || len(ticks) > 12 {
			t.Errorf("nice(%v) = %v", c, ticks)
		}
	}
}
