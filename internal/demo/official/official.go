// Package official holds official poverty figures of East Java as facts, typed
// in with their publisher. Nothing here is estimated or invented.
//
// Publisher of all: Badan Pusat Statistik (BPS), Susenas. Read from copies kept
// in public repositories:
//   - province.csv: "Jumlah dan Persentase Penduduk Miskin Menurut Provinsi", kept
//     in akbaralqahri/Kemiskinan-Indonesia; column kept_by says "press" for
//     September 2021 and 2022 (beritalima.com 17 Jan 2022, realita.co 17 Jul
//     2023), and "derived_from_press_2021-09" for September 2020, which that
//     release gives as a change.
//   - regency.csv: "Persentase Penduduk Miskin Menurut Kabupaten/Kota", March;
//     2015-2017 after R. C. Miranti (2020) kept by quarcs-lab, 2018-2025 kept in
//     elzaff/East-Java-Poverty-Map-with-RAG.
//   - regions.csv: codes and names after Kepmendagri (idn-area-data, ODbL 1.0);
//     population 2021, BPS Jawa Timur, kept by WindyRRR; Gini, one cross-section
//     from Susenas, kept by ayusufalba25; poverty line 2025, BPS WebAPI var 624,
//     kept by Rasyidarfan/CekKemiskinanByPengeluaran. The tiles' places are our own.
package official

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"sync"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/result"
)

// Publisher is how every figure of this package is cited.
var Publisher = result.Text{
	ID: "BPS, Susenas (Badan Pusat Statistik)",
	EN: "BPS, Susenas (Statistics Indonesia)",
}

// FirstYear and LastYear bound the March figures of the regions.
const (
	FirstYear = 2015
	LastYear  = 2025
)

// Period of a figure.
const (
	March     = "march"
	September = "september"
)

// Point is one figure of the province.
type Point struct {
	Year         int
	Period       string  // March or September
	PoorThousand float64 // thousand people
	P0           float64 // percent
	Line         float64 // rupiah per person and month; 0 = not kept
	KeptBy       string  // the kind of source that the figure was read from
}

// Region is one kabupaten or kota.
type Region struct {
	Code       int    // BPS code, 3501 to 3579
	Name       string // "Kabupaten Pacitan"
	ShortName  string // for a tile
	Column     int    // of the tile map, 1 to 10 from west to east
	Row        int    // 1 to 5 from north to south
	Population int    // people, 2021
	Gini       float64
	Line       float64         // rupiah per person and month, 2025
	P0         map[int]float64 // percent by year, March
}

//go:embed data/*.csv
var files embed.FS

// Province gives the figures of East Java in order of time. March and September
// 2019 to 2023 have gaps.
func Province() ([]Point, error) { return province() }

// Regions gives the 38 regions in order of code. The caller must not change them.
func Regions() ([]Region, error) { return regions() }

// Statistics gives all figures of the province and its regions as those of the
// register: poor people, poverty rates and poverty lines.
func Statistics() ([]registry.Statistic, error) {
	points, err := Province()
	if err != nil {
		return nil, err
	}
	regions, err := Regions()
	if err != nil {
		return nil, err
	}
	var all []registry.Statistic
	add := func(indicator, region, period string, v float64, decimals int) {
		if v > 0 {
			all = append(all, registry.Statistic{Indicator: indicator, Region: region, Period: period, Value: &v, Decimals: decimals})
		}
	}
	month := map[string]string{March: "-03", September: "-09"}
	for _, p := range points {
		period := strconv.Itoa(p.Year) + month[p.Period]
		add("poor", "35", period, p.PoorThousand, 2)
		add("p0", "35", period, p.P0, 2)
		add("poverty-line", "35", period, p.Line, 0)
	}
	for _, r := range regions {
		code := strconv.Itoa(r.Code)
		for year := FirstYear; year <= LastYear; year++ {
			add("p0", code, strconv.Itoa(year)+"-03", r.P0[year], 2)
		}
		add("poverty-line", code, strconv.Itoa(LastYear)+"-03", r.Line, 0)
	}
	return all, nil
}

// ProvinceLine gives the poverty line of the province for March of a year; ok
// is false where none is kept.
func ProvinceLine(year int) (line float64, ok bool) {
	points, err := province()
	if err != nil {
		return 0, false
	}
	for _, p := range points {
		if p.Year == year && p.Period == March {
			return p.Line, p.Line > 0
		}
	}
	return 0, false
}

var province = sync.OnceValues(func() ([]Point, error) {
	t, err := read("province.csv")
	if err != nil {
		return nil, err
	}
	points := make([]Point, 0, len(t.rows))
	for i := range t.rows {
		points = append(points, Point{
			Year: t.whole(i, "year"), Period: t.text(i, "period"), KeptBy: t.text(i, "kept_by"),
			PoorThousand: t.number(i, "poor_thousand"), P0: t.number(i, "p0_pct"), Line: t.number(i, "poverty_line"),
		})
	}
	return points, t.err
})

var regions = sync.OnceValues(func() ([]Region, error) {
	t, err := read("regions.csv")
	if err != nil {
		return nil, err
	}
	all := make([]Region, 0, len(t.rows))
	at := map[int]int{}
	for i := range t.rows {
		r := Region{
			Code: t.whole(i, "code"), Name: t.text(i, "name"), ShortName: t.text(i, "short_name"),
			Column: t.whole(i, "column"), Row: t.whole(i, "row"), Population: t.whole(i, "population_2021"),
			Gini: t.number(i, "gini"), Line: t.number(i, "poverty_line_2025"), P0: map[int]float64{},
		}
		at[r.Code] = len(all)
		all = append(all, r)
	}
	p, err := read("regency.csv")
	if err != nil {
		return nil, err
	}
	for i := range p.rows {
		where, known := at[p.whole(i, "code")]
		if !known {
			return nil, fmt.Errorf("official: regency.csv: row %d: a code that regions.csv lacks", i+2)
		}
		all[where].P0[p.whole(i, "year")] = p.number(i, "p0_pct")
	}
	if t.err != nil {
		return nil, t.err
	}
	return all, p.err
})

// table is a CSV file with a head row; err is its first problem.
type table struct {
	name string
	at   map[string]int
	rows [][]string
	err  error
}

func read(name string) (*table, error) {
	b, err := files.ReadFile("data/" + name)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, fmt.Errorf("official: %s: no rows: %w", name, err)
	}
	t := &table{name: name, at: map[string]int{}, rows: rows[1:]}
	for i, c := range rows[0] {
		t.at[c] = i
	}
	return t, nil
}

func (t *table) text(row int, column string) string {
	i, ok := t.at[column]
	if !ok {
		t.err = fmt.Errorf("official: %s: no column %q", t.name, column)
		return ""
	}
	return t.rows[row][i]
}

// number reads a number; a blank is 0.
func (t *table) number(row int, column string) float64 {
	s := t.text(row, column)
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("official: %s: row %d: %w", t.name, row+2, err)
	}
	return f
}

func (t *table) whole(row int, column string) int { return int(t.number(row, column)) }
