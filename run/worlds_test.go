package run

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine/memory"
)

// drawn is one draw of an invented world: its table, with the outcome y and the
// same outcome without any effect y0, the keys of the design that the world
// settles, and the mean effect on the treated.
type drawn struct {
	table              memory.Table
	population, sample float64
}

// invented is a world: the keys that its data settle, and a draw.
type invented struct {
	design, keys string
	draw         func(r *rand.Rand) drawn
}

const panelKeys = "unit: id, time: year, first_treated: first"

var worlds = map[string]invented{
	designs.WorldSame:      {"did", panelKeys, panelWorld{effect: func(_, _ int, _ float64) float64 { return 1 }}.draw},
	designs.WorldDiffering: {"did", panelKeys, panelWorld{effect: growing}.draw},
	designs.WorldCovariate: {"did", panelKeys, panelWorld{effect: growing, trend: 0.8}.draw},
	designs.WorldMoving:    {"did", panelKeys, panelWorld{effect: func(_, _ int, _ float64) float64 { return 1 }, moving: 0.8}.draw},
	designs.WorldFewTrends: {"did", panelKeys + ", cluster: region",
		clusterWorld{firsts: []int{2003, 2003, 2003, 2005, 2005, 2005, 0, 0, 0, 0, 0, 0}, trend: 0.3}.draw},
	designs.WorldSections: {"did", "time: year, first_treated: first, panel: false", panelWorld{effect: growing, trend: 0.8, sections: true}.draw},
	designs.WorldFewClusters: {"did", panelKeys + ", cluster: region",
		clusterWorld{firsts: []int{2003, 2003, 2003, 2005, 2005, 2005, 0, 0, 0, 0, 0, 0}}.draw},
	designs.WorldFewTreated: {"did", panelKeys + ", cluster: region",
		clusterWorld{firsts: append([]int{2004, 2004}, make([]int, 18)...)}.draw},
	designs.WorldSurvey:      {"did", panelKeys + ", weights: w, strata: stratum, psu: region", surveyWorld},
	designs.WorldRows:        {"experiment", "treatment: arm", trial{clusters: 60, blocks: 1}.draw},
	designs.WorldBlocks:      {"experiment", "treatment: arm, blocks: block", trial{clusters: 60, blocks: 3}.draw},
	designs.WorldClusters:    {"experiment", "treatment: arm, cluster: region", trial{clusters: 24, blocks: 1}.draw},
	designs.WorldTenClusters: {"experiment", "treatment: arm, cluster: region", trial{clusters: 10, blocks: 1}.draw},
	designs.WorldAlike:       {"synth", synthKeys(8), factorWorld{treated: 8}.draw},
	designs.WorldFactors:     {"synth", synthKeys(8), factorWorld{treated: 8, moved: true}.draw},
	designs.WorldOneTreated:  {"synth", synthKeys(1), factorWorld{treated: 1, moved: true}.draw},
}

func text(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// growing: the earlier cohort gains twice as much, and gains grow every year.
func growing(first, year int, _ float64) float64 {
	gain := 0.6 * float64(year-first+1)
	if first <= 2003 {
		gain *= 2
	}
	return gain
}

// panelWorld is a panel, or cross-sections, of people treated in 2003, 2004 or
// 2005 with chances that depend on x.
type panelWorld struct {
	effect   func(first, year int, x float64) float64
	trend    float64 // of the untreated outcome, a year and unit of x
	moving   float64 // of the outcome, a unit of x, which then moves
	sections bool
}

func (p panelWorld) draw(r *rand.Rand) drawn {
	d := drawn{table: memory.Table{Columns: []string{"id", "year", "first", "x", "y", "y0"}}}
	firsts := []int{0, 2003, 2004, 2005}
	shock := make([]float64, 6)
	for t := range shock {
		shock[t] = r.NormFloat64()
	}
	person := func(id int) (first int, x, level float64) {
		x = r.NormFloat64()
		pull := 0.0
		if p.trend != 0 {
			pull = 0.5 * x
		}
		// Never treated with weight 1.2 against exp(pull) each of the waves.
		w := math.Exp(pull)
		u := r.Float64() * (1.2 + 3*w)
		if u >= 1.2 {
			first = firsts[1+min(int((u-1.2)/w), 2)]
		}
		return first, x, 0.5*x + r.NormFloat64()
	}
	var sum, count, expected, chance float64
	row := func(id, t, first int, x, level, noise float64) {
		y0 := level + shock[t] + p.trend*x*float64(t) + p.moving*x + noise
		y, year := y0, 2001+t
		if first != 0 && year >= first {
			e := p.effect(first, year, x)
			y += e
			sum, count = sum+e, count+1
		}
		d.table.Rows = append(d.table.Rows, []string{fmt.Sprint("u", id), fmt.Sprint(year), fmt.Sprint(first), text(x), text(y), text(y0)})
	}
	for id := range 300 {
		if p.sections {
			for t := range 4 {
				first, x, level := person(id)
				row(id*4+t, t, first, x, level, r.NormFloat64())
			}
			continue
		}
		first, x, level := person(id)
		noise := r.NormFloat64()
		for t := range 6 {
			if p.moving != 0 {
				x = 0.7*x + r.NormFloat64()
				if first != 0 {
					x += 0.2 * float64(t)
				}
			}
			noise = 0.5*noise + math.Sqrt(0.75)*r.NormFloat64()
			row(id, t, first, x, level, noise)
		}
	}
	// Each wave has the same chance, whatever pulls.
	periods := 6
	if p.sections {
		periods = 4
	}
	for _, first := range firsts[1:] {
		for year := first; year < 2001+periods; year++ {
			expected += p.effect(first, year, 0)
			chance++
		}
	}
	d.population, d.sample = expected/chance, sum/count
	return d
}

// clusterWorld has treatment by cluster, drawn by lot, with shocks that last by
// cluster and 12 units in each.
type clusterWorld struct {
	firsts []int
	trend  float64 // of the untreated outcome, a year and unit of x
}

func (p clusterWorld) draw(r *rand.Rand) drawn {
	d := drawn{table: memory.Table{Columns: []string{"id", "region", "year", "first", "x", "y", "y0"}}, population: 1, sample: 1}
	for c, at := range r.Perm(len(p.firsts)) {
		first := p.firsts[at]
		var shocks [6]float64
		s := 0.5 * r.NormFloat64()
		for t := range shocks {
			s = 0.6*s + 0.4*r.NormFloat64()
			shocks[t] = s
		}
		for u := range 12 {
			level, x := r.NormFloat64(), 0.0
			if p.trend != 0 {
				x = r.NormFloat64()
			}
			for t, s := range shocks {
				year, y0 := 2001+t, level+s+0.3*float64(t)+p.trend*x*float64(t)+r.NormFloat64()
				y := y0
				if first != 0 && year >= first {
					y++
				}
				d.table.Rows = append(d.table.Rows, []string{fmt.Sprintf("u%d.%d", c, u), fmt.Sprint("c", c), fmt.Sprint(year), fmt.Sprint(first), text(x), text(y), text(y0)})
			}
		}
	}
	return d
}

// surveyWorld is a panel of eight strata with five PSUs each, eight people in
// each PSU, weights that differ by stratum and shocks by PSU; the effect too
// differs by stratum.
func surveyWorld(r *rand.Rand) drawn {
	d := drawn{table: memory.Table{Columns: []string{"id", "region", "stratum", "w", "year", "first", "y", "y0"}}}
	var sum, weights, population, all float64
	for h := range 8 {
		w, effect := float64(1+h), 0.5+0.25*float64(h)
		for c := range 5 {
			s := 0.0
			var shocks [5]float64
			for t := range shocks {
				s = 0.5*s + 0.4*r.NormFloat64()
				shocks[t] = s
			}
			for u := range 8 {
				first := []int{0, 0, 2003, 2004}[r.IntN(4)]
				level := 0.3*float64(h) + r.NormFloat64()
				for t, s := range shocks {
					year, y0 := 2001+t, level+s+0.2*float64(t)+r.NormFloat64()
					y := y0
					if first != 0 && year >= first {
						y += effect
						sum, weights = sum+w*effect, weights+w
					}
					d.table.Rows = append(d.table.Rows, []string{fmt.Sprintf("u%d.%d.%d", h, c, u), fmt.Sprintf("p%d.%d", h, c), fmt.Sprint("h", h), text(w), fmt.Sprint(year), fmt.Sprint(first), text(y), text(y0)})
				}
			}
		}
		population, all = population+w*effect, all+w
	}
	d.population, d.sample = population/all, sum/weights
	return d
}

// trial is an experiment on people or on clusters of unequal size, 40 % of each
// block's clusters treated; effects differ between people and with x.
type trial struct{ clusters, blocks int }

func (p trial) draw(r *rand.Rand) drawn {
	d := drawn{table: memory.Table{Columns: []string{"arm", "region", "block", "x", "y", "y0"}}, population: 2}
	arm := make([]int, p.clusters)
	for b := range p.blocks {
		var mine []int
		for c := b; c < p.clusters; c += p.blocks {
			mine = append(mine, c)
		}
		r.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		for _, c := range mine[:max(2, 2*len(mine)/5)] {
			arm[c] = 1
		}
	}
	var sum, treated float64
	for c := range p.clusters {
		shared := 0.7 * r.NormFloat64()
		size := 1
		if p.clusters < 40 {
			size = 3 + c%5*4
		}
		for range size {
			x := r.NormFloat64()
			y0 := shared + x + float64(c%p.blocks) + r.NormFloat64()
			y := y0
			if arm[c] == 1 {
				effect := 2 + 0.5*x + 0.5*r.NormFloat64()
				y += effect
				sum, treated = sum+effect, treated+1
			}
			d.table.Rows = append(d.table.Rows, []string{fmt.Sprint(arm[c]), fmt.Sprint("c", c), fmt.Sprint("b", c%p.blocks), text(x), text(y), text(y0)})
		}
	}
	d.sample = sum / treated
	return d
}

// factorWorld is a panel of 40 units and 12 years with one factor that moves
// some units more than others; where moved is set, the treated more than most.
type factorWorld struct {
	treated int
	moved   bool
}

func synthKeys(treated int) string {
	if treated > 1 {
		return "unit: id, time: year, first_treated: first"
	}
	return "unit: id, time: year, treated: [u0], first_year: 2009"
}

func (p factorWorld) draw(r *rand.Rand) drawn {
	d := drawn{table: memory.Table{Columns: []string{"id", "year", "first", "y", "y0"}}, population: 1, sample: 1}
	var factor [12]float64
	for t := range factor {
		if t > 0 {
			factor[t] = 0.8 * factor[t-1]
		}
		factor[t] += r.NormFloat64()
	}
	for u := range 40 {
		first, load := 0, r.Float64()
		if u < p.treated {
			first = 2009
			if p.moved {
				load = 0.3 + 0.7*r.Float64()
			}
		}
		level := r.NormFloat64()
		for t, f := range factor {
			year, y0 := 2001+t, level+load*f+0.5*r.NormFloat64()
			y := y0
			if first != 0 && year >= first {
				y++
			}
			d.table.Rows = append(d.table.Rows, []string{fmt.Sprint("u", u), fmt.Sprint(year), fmt.Sprint(first), text(y), text(y0)})
		}
	}
	return d
}
