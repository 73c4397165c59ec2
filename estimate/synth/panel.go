package synth

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// examples is the number of units that a refusal names.
const examples = 5

// panel is the balanced table of one outcome: every unit in every year.
type panel struct {
	units   []string
	years   []int64
	y       [][]float64 // unit x year
	treated []int       // positions of treated units, at least one
	donors  []int       // positions of the others, at least two
	pre     int         // years before treatment, at least two, fewer than years
}

// read makes the panel of the answer to Ask, or says why it is none.
func (p procedure) read(s moments.Statistic) (panel, error) {
	cells, first, err := p.cells(s)
	if err != nil {
		return panel{}, err
	}
	if len(cells) == 0 {
		return panel{}, result.Refuse("synth-no-rows", "outcome", p.o.Outcome)
	}
	d := panel{units: slices.Sorted(maps.Keys(cells))}
	years := map[int64]bool{}
	for _, path := range cells {
		for year := range path {
			years[year] = true
		}
	}
	d.years = slices.Sorted(maps.Keys(years))
	if err := d.balanced(cells); err != nil {
		return panel{}, err
	}
	for _, u := range d.units {
		path := make([]float64, len(d.years))
		for t, year := range d.years {
			path[t] = cells[u][year]
		}
		d.y = append(d.y, path)
	}
	return d, p.treat(&d, first)
}

// cells gives the outcome by unit and year, and the year of first treatment of
// each treated unit where a column has it.
func (p procedure) cells(s moments.Statistic) (cells map[string]map[int64]float64, first map[string]int64, err error) {
	cells = map[string]map[int64]float64{}
	first = map[string]int64{}
	type state struct {
		year    int64
		treated bool
	}
	seen := map[string]state{}
	var twice, changed []string
	for _, g := range s.Groups {
		unit := g.Key[0].String()
		year, _ := g.Key[1].Whole()
		if cells[unit] == nil {
			cells[unit] = map[int64]float64{}
		}
		if len(g.Key) > 2 {
			f, treated := g.Key[2].Whole()
			now := state{f, treated}
			if before, ok := seen[unit]; ok && before != now && !slices.Contains(changed, unit) {
				changed = append(changed, unit)
			}
			seen[unit] = now
			if treated {
				first[unit] = f
			}
		}
		_, again := cells[unit][year]
		if again || s.Cell(g, "rows").Count() > 1 {
			twice = append(twice, fmt.Sprintf("%s %d", unit, year))
		}
		cells[unit][year] = s.Cell(g, "sum").Float()
	}
	if len(changed) > 0 {
		return nil, nil, result.Refuse("synth-treatment-varies", "column", p.o.FirstTreated, "units", len(changed), "examples", some(changed))
	}
	if len(twice) > 0 {
		return nil, nil, result.Refuse("synth-twice", "unit", p.o.Unit, "time", p.o.Time, "count", len(twice), "examples", some(twice))
	}
	return cells, first, nil
}

// balanced refuses units that lack years, naming both.
func (d panel) balanced(cells map[string]map[int64]float64) error {
	var lacking []string
	for _, u := range d.units {
		var years []string
		for _, year := range d.years {
			if _, ok := cells[u][year]; !ok {
				years = append(years, fmt.Sprint(year))
			}
		}
		if len(years) > 0 {
			lacking = append(lacking, u+" ("+strings.Join(abridge(years), " ")+")")
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return result.Refuse("synth-unbalanced", "units", len(lacking), "of", len(d.units), "years", len(d.years), "examples", some(lacking))
}

// treat sets who is treated from when, and refuses what cannot be compared.
func (p procedure) treat(d *panel, first map[string]int64) error {
	year, names := int64(0), map[string]bool{}
	if p.o.FirstTreated != "" {
		starts := map[int64]bool{}
		last := d.years[len(d.years)-1]
		for u, f := range first {
			if f <= last { // later ones are untreated in all years seen
				starts[f], names[u] = true, true
			}
		}
		if len(starts) > 1 {
			return result.Refuse("synth-staggered", "column", p.o.FirstTreated, "years", slices.Sorted(maps.Keys(starts)))
		}
		for f := range starts {
			year = f
		}
	} else {
		year = *p.o.FirstYear
		for _, n := range p.o.Treated {
			if _, ok := slices.BinarySearch(d.units, n); !ok {
				return result.Refuse("synth-unknown-unit", "unit", p.o.Unit, "name", n, "suggestion", nearest(n, d.units))
			}
			names[n] = true
		}
	}
	for i, u := range d.units {
		if names[u] {
			d.treated = append(d.treated, i)
		} else {
			d.donors = append(d.donors, i)
		}
	}
	for d.pre < len(d.years) && d.years[d.pre] < year {
		d.pre++
	}
	from, to := d.years[0], d.years[len(d.years)-1]
	switch {
	case len(d.treated) == 0:
		return result.Refuse("synth-nobody-treated", "column", p.o.FirstTreated, "from", from, "to", to)
	case len(d.donors) == 0:
		return result.Refuse("synth-all-treated", "units", len(d.units))
	case len(d.donors) < 2:
		return result.Refuse("synth-few-donors", "donors", len(d.donors))
	case d.pre == len(d.years):
		return result.Refuse("synth-no-years-after", "first", year, "to", to)
	case d.pre < 2:
		return result.Refuse("synth-few-years-before", "before", d.pre, "first", year, "from", from)
	}
	return nil
}

// world is the real comparison.
func (d panel) world() world {
	w := world{treated: meanPath(d.y, d.treated), pre: d.pre}
	for _, j := range d.donors {
		w.donors = append(w.donors, d.y[j])
	}
	return w
}

func (d panel) names(at []int) []string {
	names := make([]string, len(at))
	for i, j := range at {
		names[i] = d.units[j]
	}
	return names
}

func some(names []string) []string { return names[:min(len(names), examples)] }

func abridge(years []string) []string {
	if len(years) <= examples {
		return years
	}
	return append(slices.Clone(years[:examples]), "...")
}

// nearest is the name with the fewest letters to change, or "" where none is
// near.
func nearest(name string, names []string) string {
	best, at := "", 1+len([]rune(name))/3
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d <= at && (best == "" || d < at) {
			best, at = n, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein 1966).
func distance(a, b string) int {
	r, s := []rune(a), []rune(b)
	line := make([]int, len(s)+1)
	for j := range line {
		line[j] = j
	}
	for i, x := range r {
		diagonal := line[0]
		line[0] = i + 1
		for j, y := range s {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = line[j+1]
			line[j+1] = min(cost, line[j+1]+1, line[j]+1)
		}
	}
	return line[len(s)]
}
