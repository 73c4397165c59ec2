package series

import (
	"cmp"
	"math"
	"slices"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// held are official figures of the register, all revisions, by what they are of.
type held map[[2]string][]registry.Statistic // indicator, region

// of gives the figures that a period of a table may mean: those of the very period,
// those within a year, or that of the year.
func (h held) of(indicator, region, period string) []registry.Statistic {
	var exact, within []registry.Statistic
	for _, s := range h[[2]string{indicator, region}] {
		switch {
		case s.Value == nil:
		case s.Period == period:
			exact = append(exact, s)
		case len(s.Period) != len(period) && s.Period[:4] == period[:4]:
			within = append(within, s)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return within
}

// near is the latest of them; false where there is none.
func (h held) near(indicator, region, period string) (float64, bool) {
	if len(period) < 4 {
		return 0, false
	}
	all := h.of(indicator, region, period)
	if len(all) == 0 || *all[len(all)-1].Value <= 0 {
		return 0, false
	}
	return *all[len(all)-1].Value, true
}

// Wants are the indicators whose official figures Official needs; none where the
// table has no such columns.
func (s *Series) Wants() []string {
	var all []string
	for k := range s.measures {
		if m := &s.measures[k]; m.indicator != "" && s.region >= 0 {
			all = append(all, m.indicator)
		}
	}
	if len(all) > 0 {
		all = append(all, registry.WeighedBy...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cell is a value of the table beside what is held of it.
type cell struct {
	line, measure int
	value         float64
	held          []registry.Statistic
}

const (
	leastCells = 10 // below so many cells nothing is refused
	mostShown  = 10
	mostShift  = 5 // rows by which labels are looked for
)

// Official takes the figures that the register holds (all revisions, the later ones
// last) and holds the table against them. Refused says that most cells of a column
// differ, by rounding and more, and names some. To be called before Findings, which
// weighs by them.
func (s *Series) Official(figures []registry.Statistic) (all []contract.Finding, refused problem.List) {
	s.order()
	s.held = held{}
	for _, f := range figures {
		at := [2]string{f.Indicator, f.Region}
		s.held[at] = append(s.held[at], f)
	}
	if s.full > 0 {
		return nil, nil
	}
	out := newFound()
	for k := range s.measures {
		refused = append(refused, s.official(k, out)...)
	}
	return out.list(s), refused
}

// official looks at one column.
func (s *Series) official(k int, out *found) problem.List {
	m := &s.measures[k]
	indicator, ok := registry.FindIndicator(m.indicator)
	if !ok || s.region < 0 {
		return nil
	}
	var cells []cell
	for i, l := range s.lines {
		p, v := m.period(l.period), s.value(i, k)
		if l.region == "" || p == "" || math.IsNaN(v) {
			continue
		}
		if all := s.held.of(indicator.Code, l.region, p); len(all) > 0 {
			cells = append(cells, cell{i, k, v, all})
		}
	}
	scale := s.scale(k, cells)
	var off []cell
	far := 0
	for _, c := range cells {
		h, same := c.nearest(c.value*scale, s.decimals[k], scale)
		if same {
			continue
		}
		off = append(off, c)
		limit, word := indicator.Jump, "apart"
		if indicator.Relative {
			limit, word = indicator.Jump*math.Abs(*h.Value), "share"
		} else if indicator.Unit.EN != "percent" {
			word = "unit"
		}
		code, values := contract.OfficialDiffers, map[string]any{"indicator": indicator.Code, "compared": len(cells)}
		if math.Abs(c.value*scale-*h.Value) > limit {
			far++
			code, values["limit"], values["most"] = contract.OfficialJump, word, indicator.Jump
			if indicator.Relative {
				values["most"] = indicator.Jump * 100
			}
		}
		l := s.lines[c.line]
		out.add(code, m, values, contract.Example{Row: l.row, Region: l.region, Period: m.period(l.period), Found: source.SpellReal(c.value), Expected: source.SpellReal(rounded6(*h.Value / scale))})
	}
	s.heldWholes(k, scale, out)
	if len(cells) < leastCells || 2*len(off) <= len(cells) {
		return nil
	}
	refused := problem.List{problem.New("intake-official", "column", m.Name, "indicator", indicator.Code, "differ", len(off), "compared", len(cells), "far", far)}
	if n := s.shifted(k, cells, scale); n != 0 {
		refused = append(refused, problem.New("intake-official-shifted", "column", m.Name, "rows", n))
	}
	slices.SortStableFunc(off, func(a, b cell) int { return cmp.Compare(b.apart(scale), a.apart(scale)) })
	for _, c := range off[:min(mostShown, len(off))] {
		l := s.lines[c.line]
		h, _ := c.nearest(c.value*scale, s.decimals[k], scale)
		refused = append(refused, problem.New("intake-official-cell", "column", m.Name, "row", l.row, "region", registry.RegionName(l.region), "period", m.period(l.period),
			"found", c.value, "expected", rounded6(*h.Value/scale)))
	}
	return refused
}

// heldWholes holds parts that are all in the table against the figure that the
// register has of their whole, where the table has no such row.
func (s *Series) heldWholes(k int, scale float64, out *found) {
	m := &s.measures[k]
	parts, own := map[line][]int{}, map[line]bool{}
	for i, l := range s.lines {
		own[line{region: l.region, period: l.period, dims: l.dims}] = true
		if up := s.parent(l.region); up != "" && !l.total {
			parts[line{region: up, period: l.period, dims: l.dims}] = append(parts[line{region: up, period: l.period, dims: l.dims}], i)
		}
	}
	for at, all := range parts {
		period := m.period(at.period)
		if own[at] || period == "" || !s.complete(at.region, period, all) {
			continue
		}
		figures := s.held.of(m.indicator, at.region, period)
		if len(figures) == 0 {
			continue
		}
		w := whole{line: all[0], ways: [][]int{all}, all: true}
		code := contract.Sum
		var made float64
		if m.adds == contract.AddsMean {
			var ok bool
			if made, ok = s.weighted(w, k); !ok {
				continue
			}
			code = contract.Mean
		} else {
			sum, ok := 0.0, m.adds == contract.AddsSum
			for _, i := range all {
				sum, ok = sum+s.value(i, k), ok && !math.IsNaN(s.value(i, k))
			}
			if made = sum; !ok {
				continue
			}
		}
		h, _ := cell{held: figures}.nearest(made*scale, s.decimals[k], scale)
		slack := 0.5*math.Pow(10, -float64(h.Decimals)) + s.slack(k, len(all), made)*scale
		if code == contract.Mean {
			slack = math.Pow(10, -float64(s.decimals[k]))*scale + 0.01*math.Abs(*h.Value) // 1 % for the weights
		}
		if math.Abs(made*scale-*h.Value) > slack {
			out.add(code, m, nil, contract.Example{Region: at.region, Period: period, Found: source.SpellReal(rounded6(*h.Value / scale)), Expected: source.SpellReal(math.Round(made*1e4) / 1e4)})
		}
	}
}

// nearest gives the held figure next to a value, and whether they are the same but
// for rounding.
func (c cell) nearest(v float64, decimals int, scale float64) (registry.Statistic, bool) {
	best := c.held[0]
	for _, h := range c.held {
		slack := max(0.5*math.Pow(10, -float64(decimals))*scale, 0.5*math.Pow(10, -float64(h.Decimals))) + 1e-6*math.Abs(*h.Value)
		if math.Abs(v-*h.Value) <= slack {
			return h, true
		}
		if math.Abs(v-*h.Value) <= math.Abs(v-*best.Value) {
			best = h
		}
	}
	return best, false
}

// apart is how far a value is from what is held, as a share of it.
func (c cell) apart(scale float64) float64 {
	h, _ := c.nearest(c.value*scale, 0, 0)
	return math.Abs(c.value*scale-*h.Value) / max(1e-9, math.Abs(*h.Value))
}

// scale is what values are multiplied by to be in the unit of the indicator: people
// may be counted in thousands, shares written as parts of 1.
func (s *Series) scale(k int, cells []cell) float64 {
	best, most := 1.0, -1
	for _, x := range []float64{1, 1000, 0.001, 1e6, 1e-6, 100, 0.01} {
		n := 0
		for _, c := range cells {
			if _, same := c.nearest(c.value*x, s.decimals[k], x); same && c.value != 0 {
				n++
			}
		}
		if n > most && (x == 1 || 2*n >= len(cells)) {
			best, most = x, n
		}
	}
	return best
}

// shifted gives by how many rows values stand beside the wrong region: with it, most
// cells agree. 0 for none.
func (s *Series) shifted(k int, cells []cell, scale float64) int {
	best, most := 0, 0
	for shift := -mostShift; shift <= mostShift; shift++ {
		n := 0
		for i := range cells {
			if j := i + shift; j >= 0 && j < len(cells) {
				if _, same := (cell{held: cells[i].held}).nearest(cells[j].value*scale, s.decimals[k], scale); same {
					n++
				}
			}
		}
		if n > most {
			best, most = shift, n
		}
	}
	if best == 0 || 2*most <= len(cells) {
		return 0
	}
	return best
}
