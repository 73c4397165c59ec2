package did

import (
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// never is the cohort of the units never treated: a value that no cohort has,
// since 0 is read as never.
const never = 0

// frame is the plan of the panel that the look allows: periods, cohorts and the
// cells to estimate.
type frame struct {
	periods  []int64 // kept, rising
	cohorts  []int64 // to be estimated, rising
	always   []int64 // first treated at or before the first period + anticipation
	hasNever bool    // somebody is never treated
	// last is the last period + anticipation: cohorts after it are never treated.
	last int64
	// standIn is the cohort that stands in for the never treated; 0 = none.
	standIn int64
	dropped []int64 // periods left out because of standIn
	late    []int64 // cohorts first treated after the last period + anticipation
	cells   []cell
}

// cell is one ATT(g,t).
type cell struct {
	g, t     int64
	base, at int     // positions of the base period and of t in frame.periods
	controls []int64 // cohorts of the comparison group
}

func (c cell) event() int64 { return c.t - c.g }
func (c cell) post() bool   { return c.t >= c.g }
func (c cell) isBase() bool { return c.base == c.at }

// newFrame reads periods and cohorts from the look.
func (p procedure) newFrame(s estimate.Sample) (frame, error) {
	periods, cohorts := p.levels(s)
	a := int64(p.o.Anticipation)
	if len(periods) < 2 {
		return frame{}, result.Refuse("did-one-period", "column", p.o.Time, "count", len(periods), "periods", years(periods))
	}
	hasNever := slices.Contains(cohorts, never)
	cohorts = slices.DeleteFunc(cohorts, func(g int64) bool { return g == never })
	if len(cohorts) == 0 {
		return frame{}, result.Refuse("did-nobody-treated", "column", p.o.FirstTreated)
	}
	if cohorts[0] < 0 && periods[0] >= 0 {
		return frame{}, result.Refuse("did-negative-cohort", "column", p.o.FirstTreated, "cohort", cohorts[0])
	}
	f := frame{periods: periods, last: periods[len(periods)-1] + a}
	final := cohorts[len(cohorts)-1]
	if final <= periods[0]+a {
		return frame{}, result.Refuse("did-always-treated", "column", p.o.FirstTreated, "cohorts", years(cohorts), "first", periods[0])
	}
	f.hasNever = hasNever || final > f.last
	if !f.hasNever && p.o.Estimator != TWFE {
		if p.o.Comparison == NeverTreated && p.o.Estimator == CallawaySantAnna {
			return frame{}, result.Refuse("did-no-never-treated", "column", p.o.FirstTreated, "cohorts", years(cohorts))
		}
		// final - a is at most the last period, so that something is cut.
		cut := slices.IndexFunc(periods, func(t int64) bool { return t >= final-a })
		if cut < 2 {
			return frame{}, result.Refuse("did-no-comparison", "column", p.o.FirstTreated, "cohorts", years(cohorts), "last", final)
		}
		f.standIn, f.periods, f.dropped = final, periods[:cut], periods[cut:]
		f.last = f.periods[cut-1] + a
	}
	for _, g := range cohorts {
		switch {
		case g > f.last:
			f.late = append(f.late, g)
		case g <= f.periods[0]+a:
			f.always = append(f.always, g)
		default:
			f.cohorts = append(f.cohorts, g)
		}
	}
	f.late = slices.DeleteFunc(f.late, func(g int64) bool { return g == f.standIn })
	if len(f.cohorts) == 0 && f.standIn != 0 {
		return frame{}, result.Refuse("did-no-comparison", "column", p.o.FirstTreated, "cohorts", years(cohorts), "last", f.standIn)
	}
	f.cells = p.cells(f)
	if !slices.ContainsFunc(f.cells, cell.post) {
		return frame{}, result.Refuse("did-nobody-treated-yet", "column", p.o.FirstTreated, "last", f.periods[len(f.periods)-1])
	}
	return f, nil
}

// levels lists the periods inside the window and the cohorts, never among them
// as 0, rising.
func (p procedure) levels(s estimate.Sample) (periods, cohorts []int64) {
	timeKey, cohortKey := slices.Index(s.Levels.Keys, p.o.Time), slices.Index(s.Levels.Keys, p.o.FirstTreated)
	for _, g := range s.Levels.Groups {
		t, ok := g.Key[timeKey].Whole()
		if !ok || !p.inWindow(t) {
			continue
		}
		cohort, _ := g.Key[cohortKey].Whole() // missing = 0 = never
		periods, cohorts = append(periods, t), append(cohorts, cohort)
	}
	slices.Sort(periods)
	slices.Sort(cohorts)
	return slices.Compact(periods), slices.Compact(cohorts)
}

func (p procedure) inWindow(t int64) bool {
	return (p.o.WindowFrom == nil || t >= *p.o.WindowFrom) && (p.o.WindowTo == nil || t <= *p.o.WindowTo)
}

// cells lists the cells by cohort and period.
func (p procedure) cells(f frame) []cell {
	a := int64(p.o.Anticipation)
	var cells []cell
	for _, g := range f.cohorts {
		long := 0 // the last period with period + a < g
		for k, t := range f.periods {
			if t+a < g {
				long = k
			}
		}
		for k, t := range f.periods {
			c := cell{g: g, t: t, base: long, at: k}
			if p.o.BasePeriod == Varying && t < g {
				if k == 0 {
					continue
				}
				c.base = k - 1
			}
			c.controls = p.controls(f, c)
			cells = append(cells, c)
		}
	}
	return cells
}

// controls lists the cohorts of a cell's comparison group.
func (p procedure) controls(f frame, c cell) []int64 {
	controls := []int64{never}
	if p.o.Comparison == NeverTreated && (f.hasNever || f.standIn != 0) {
		return controls
	}
	after := max(c.t, f.periods[c.base]) + int64(p.o.Anticipation)
	for _, h := range f.cohorts {
		if h > after && h != c.g {
			controls = append(controls, h)
		}
	}
	return controls
}

// conds are the conditions on rows beyond the sample's: the periods kept.
func (p procedure) conds(s estimate.Sample, f frame) []moments.Cond {
	conds := slices.Clip(slices.Clone(s.Where))
	if p.o.WindowFrom != nil {
		conds = append(conds, moments.Compare{A: moments.Ref(p.o.Time), Op: moments.GreaterEqual, B: moments.Int(f.periods[0])})
	}
	if p.o.WindowTo != nil || len(f.dropped) > 0 {
		conds = append(conds, moments.Compare{A: moments.Ref(p.o.Time), Op: moments.LessEqual, B: moments.Int(f.periods[len(f.periods)-1])})
	}
	return conds
}

// years writes periods as digits, for messages.
func years(periods []int64) []string {
	words := make([]string, len(periods))
	for i, t := range periods {
		words[i] = moments.WholeKey(t).String()
	}
	return words
}
