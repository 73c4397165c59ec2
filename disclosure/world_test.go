package disclosure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
)

// The invented world of testdata/honest.yaml.
const (
	worldSeed = 20200921
	regions   = 38
)

// region gives the code of the i-th kabupaten or kota.
func region(i int) string {
	if i < 29 {
		return strconv.Itoa(3501 + i)
	}
	return strconv.Itoa(3571 + i - 29)
}

func kind(region string) string {
	if region >= "3571" {
		return "kota"
	}
	return "kabupaten"
}

// quota gives n values with the given shares, in random order.
func quota(r *rand.Rand, n int, values []string, shares ...float64) []string {
	out, sum := make([]string, 0, n), 0.0
	for i, v := range values {
		sum += shares[i]
		for len(out) < int(math.Round(sum*float64(n))) {
			out = append(out, v)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var peopleColumns = []string{"id", "region", "kind", "sex", "age", "decile", "programme", "poor", "arm", "income", "spending"}

// peopleRows makes people of a region.
func peopleRows(r *rand.Rand, prefix, code string, n int) [][]string {
	sex := quota(r, n, []string{"L", "P"}, .5, .5)
	bin := quota(r, n, []string{"18", "30", "45", "60"}, .28, .26, .24, .22)
	decile := quota(r, n, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, .1, .1, .1, .1, .1, .1, .1, .1, .1, .1)
	programme := quota(r, n, []string{"pkh", "sembako", "none"}, .34, .33, .33)
	poor := quota(r, n, []string{"1", "0"}, .35, .65)
	arm := quota(r, n, []string{"treated", "control"}, .5, .5)
	var rows [][]string
	for i := range n {
		low, _ := strconv.Atoi(bin[i])
		income := math.Round(math.Exp(14 + 0.5*r.NormFloat64()))
		rows = append(rows, []string{fmt.Sprintf("%s%s-%d", prefix, code, i), code, kind(code), sex[i], strconv.Itoa(low + r.IntN(12)), decile[i],
			programme[i], poor[i], arm[i], fmt.Sprint(int(income)), fmt.Sprint(int(income * (0.5 + r.Float64()/2)))})
	}
	return rows
}

// people makes the register and the vintage after it: a tenth of each region left,
// some moved to the next region, more came, and some values were corrected.
func people() (first, second memory.Table) {
	r := rand.New(rand.NewPCG(worldSeed, 1))
	first.Columns, second.Columns = peopleColumns, peopleColumns
	for i := range regions {
		rows := peopleRows(r, "p", region(i), 160+4*i)
		first.Rows = append(first.Rows, rows...)
		for j, row := range rows {
			row = slices.Clone(row)
			switch {
			case j < 40:
				continue
			case j < 46:
				row[1] = region((i + 1) % regions)
				row[2] = kind(row[1])
			case j < 90:
				x, _ := strconv.Atoi(row[9])
				y, _ := strconv.Atoi(row[10])
				row[9], row[10] = fmt.Sprint(x+1+r.IntN(1000)), fmt.Sprint(y+1+r.IntN(1000))
			}
			second.Rows = append(second.Rows, row)
		}
		second.Rows = append(second.Rows, peopleRows(r, "q", region(i), 48)...)
	}
	return first, second
}

// panelRows makes 40 households a region over five years.
func panelRows() memory.Table {
	r := rand.New(rand.NewPCG(worldSeed, 2))
	t := memory.Table{Columns: []string{"id", "region", "kind", "year", "cohort", "size", "spending"}}
	for i := range regions {
		cohort := quota(r, 40, []string{"", "2021", "2022"}, .4, .3, .3)
		for j := range 40 {
			size, base := 1+r.IntN(8), math.Exp(14+0.4*r.NormFloat64())
			for year := 2019; year <= 2023; year++ {
				t.Rows = append(t.Rows, []string{fmt.Sprintf("h%s-%d", region(i), j), region(i), kind(region(i)), strconv.Itoa(year), cohort[j],
					strconv.Itoa(size), fmt.Sprint(int(base * (1 + 0.1*r.NormFloat64())))})
			}
		}
	}
	return t
}

// peopleData is a version of the register in the session's table of that name.
func peopleData(version string) Data {
	return Data{Dataset: "people", Version: version, Table: version, Unit: "id", MinCell: MinCell(),
		Columns: []Column{{Name: "region", Public: true}, {Name: "kind", Public: true}, {Name: "sex", Public: true}, {Name: "age", Cuts: []float64{30, 45, 60}, Public: true},
			{Name: "decile"}, {Name: "programme"}, {Name: "poor"}, {Name: "arm"}},
		Measures: []string{"income", "spending"}}
}

func panelData() Data {
	return Data{Dataset: "panel", Version: "panel", Table: "panel", Unit: "id", Record: []string{"year"}, MinCell: MinCell(),
		Columns:  []Column{{Name: "region", Public: true}, {Name: "kind", Public: true}, {Name: "year", Public: true}, {Name: "cohort", Public: true}},
		Measures: []string{"size", "spending"}}
}

// openTables opens tables on the referee.
func openTables(t testing.TB, tables map[string]memory.Table) engine.Counter {
	t.Helper()
	s, err := memory.From(tables).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.(engine.Counter)
}
