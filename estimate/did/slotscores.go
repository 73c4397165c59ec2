package did

import (
	"slices"

	"github.com/dampak/dampak/moments"
)

// The propensity scores of cross-sections: every cell has one of its own, fitted
// on the rows of its two periods, so that a row takes part in few of many. Sums
// are gathered by slot (see slots.go).

func slotLogit(k int) moments.Ref   { return moments.Ref(slotName("l", k)) }
func slotTreated(k int) moments.Ref { return moments.Ref(slotName("d", k)) }
func slotScore(k int) moments.Ref   { return moments.Ref(slotName("p", k)) }
func slotWeight(k int) moments.Ref  { return moments.Ref(slotName("o", k)) }

// modelsAt lists the models that rows of a place take part in.
func modelsAt(models []*model) map[place][]entry {
	pieces := make([][]piece, len(models))
	for i, m := range models {
		pieces[i] = []piece{{places: slices.Concat(m.treatedAt, m.controlAt), model: m}}
	}
	return placed(pieces)
}

// slotScores derives, for each slot whose places have a model, its score and
// whether the row is treated in it.
func (c class) slotScores(at map[place][]entry) []moments.Step {
	models := func(k int, p place) *model {
		if k < len(at[p]) {
			return at[p][k].piece.model
		}
		return nil
	}
	var logits, scores moments.Derive
	for k := range c.slots {
		logit := c.choose(func(p place) moments.Expr {
			if m := models(k, p); m != nil {
				return linear(m.xs, scaled(m.gamma, -1))
			}
			return nil
		})
		if logit == nil {
			continue
		}
		treated := c.choose(func(p place) moments.Expr {
			switch m := models(k, p); {
			case m == nil:
				return nil
			case slices.Contains(m.treatedAt, p):
				return moments.Int(1)
			default:
				return moments.Int(0)
			}
		})
		logits = append(logits, moments.Field{Name: string(slotLogit(k)), Of: logit}, moments.Field{Name: string(slotTreated(k)), Of: treated})
		inverse := moments.Div{A: moments.Int(1), B: moments.Add{moments.Int(1), moments.Exp{Of: slotLogit(k)}}}
		scores = append(scores, moments.Field{Name: string(slotScore(k)),
			Of: moments.Case{When: moments.Known{Of: slotLogit(k)}, Then: moments.First{inverse, moments.Real(0)}}})
	}
	if logits == nil {
		return nil
	}
	return []moments.Step{logits, scores}
}

// slotOdds derives the weights of comparison rows beside the scores.
func (c class) slotOdds(at map[place][]entry) []moments.Step {
	steps := c.slotScores(at)
	if steps == nil {
		return nil
	}
	var d moments.Derive
	for _, f := range steps[1].(moments.Derive) {
		k := c.slotOf(f.Name)
		p := slotScore(k)
		counts := moments.All{moments.Known{Of: p}, moments.Compare{A: slotTreated(k), Op: moments.Equal, B: moments.Int(0)},
			moments.Compare{A: p, Op: moments.Less, B: moments.Real(highScore)}}
		d = append(d, moments.Field{Name: string(slotWeight(k)), Of: moments.Case{When: counts,
			Then: moments.Mul{sectionWeight, moments.Div{A: p, B: moments.Sub{A: moments.Int(1), B: p}}}, Else: moments.Real(0)}})
	}
	return append(steps, d)
}

// slotOf finds the slot whose score has a name.
func (c class) slotOf(score string) int {
	for k := range c.slots {
		if string(slotScore(k)) == score {
			return k
		}
	}
	return -1
}

// newton asks for the sums of one Newton step (see newton).
func (c class) newton(base moments.Request, at map[place][]entry, calibrated bool, xs []moments.Expr) moments.Request {
	r := base
	r.Label = "propensity score, one step"
	r.Steps = append(append(slices.Clone(base.Steps), moments.Keep{Cond: c.holds()}), c.slotScores(at)...)
	var d moments.Derive
	for k := range c.slots {
		s, q := newtonTerms(sectionWeight, slotScore(k), moments.Compare{A: slotTreated(k), Op: moments.Equal, B: moments.Int(1)}, calibrated)
		d = append(d, moments.Field{Name: slotName("s", k), Of: s}, moments.Field{Name: slotName("q", k), Of: q})
	}
	r.Steps = append(r.Steps, d)
	r.By = c.keys()
	for k := range c.slots {
		vector(&r, slotName("g", k), moments.Ref(slotName("s", k)), xs)
		outer(&r, slotName("h", k), moments.Ref(slotName("q", k)), xs)
	}
	return r
}

// weighed asks for the sums over the odds (see weighed).
func (c class) weighed(base moments.Request, at map[place][]entry, xs []moments.Expr) moments.Request {
	r := base
	r.Label = "comparison groups weighted by odds"
	r.Steps = append(append(slices.Clone(base.Steps), moments.Keep{Cond: c.holds()}), c.slotOdds(at)...)
	r.By = c.keys()
	for k := range c.slots {
		o, p := slotWeight(k), slotScore(k)
		outer(&r, slotName("oxx", k), o, xs)
		vector(&r, slotName("oxy", k), moments.Mul{o, moments.Ref("y")}, xs)
		outer(&r, slotName("info", k), moments.Mul{sectionWeight, p, moments.Sub{A: moments.Int(1), B: p}}, xs)
		sumOf(&r, slotName("oo", k), o, o)
		treated := moments.Compare{A: slotTreated(k), Op: moments.Equal, B: moments.Int(1)}
		trimmed := moments.All{moments.Not{Cond: treated}, moments.Compare{A: p, Op: moments.GreaterEqual, B: moments.Real(highScore)}}
		r.Make = append(r.Make,
			moments.Agg{Name: slotName("trimmed", k), Op: moments.Count, Of: moments.Case{When: trimmed, Then: moments.Int(1)}},
			moments.Agg{Name: slotName("highest", k), Op: moments.Max, Of: moments.Case{When: treated, Then: p}})
	}
	return r
}

// scoresBySlot walks the rounds of all models of cross-sections: Newton's steps,
// then the sums over the odds, which it adds up by period. ok is false where
// answers are missing yet.
func scoresBySlot(base moments.Request, models []*model, calibrated bool, a *answers, xs []moments.Expr) (ok bool) {
	n := len(xs)
	for len(unfinished(models)) > 0 {
		moving := unfinished(models)
		at := modelsAt(moving)
		var ask []moments.Request
		for _, c := range classes(at) {
			ask = append(ask, c.newton(base, at, calibrated, xs))
		}
		so, ok := a.get(ask...)
		if !ok {
			return false
		}
		gradient, hessian := make([][]float64, len(moving)), make([][][]float64, len(moving))
		for i := range moving {
			gradient[i], hessian[i] = make([]float64, n), square(n)
		}
		for i, c := range classes(at) {
			for _, g := range so[i].Groups {
				for k, e := range at[c.placeOf(g)] {
					gradient[e.index] = plusTimes(gradient[e.index], 1, readVector(so[i], g, slotName("g", k), n))
					addMatrix(hessian[e.index], readOuter(so[i], g, slotName("h", k), n))
				}
			}
		}
		for i, m := range moving {
			m.step(gradient[i], hessian[i])
		}
	}
	left := arrived(models)
	at := modelsAt(left)
	var ask []moments.Request
	for _, c := range classes(at) {
		ask = append(ask, c.weighed(base, at, xs))
	}
	so, ok := a.get(ask...)
	if !ok {
		return false
	}
	for _, m := range left {
		m.odds, m.information, m.oddsAt = stratumSums{xx: square(n), xy: map[int][]float64{0: make([]float64, n)}}, square(n), map[int64]stratumSums{}
	}
	for i, c := range classes(at) {
		for _, g := range so[i].Groups {
			p := c.placeOf(g)
			for k, e := range at[p] {
				e.piece.model.addPlace(so[i], g, p, k, n)
			}
		}
	}
	return true
}

// addPlace adds the sums of one place.
func (m *model) addPlace(so moments.Statistic, g moments.Group, p place, k, n int) {
	xx, xy := readOuter(so, g, slotName("oxx", k), n), readVector(so, g, slotName("oxy", k), n)
	addMatrix(m.odds.xx, xx)
	m.odds.xy[0] = plusTimes(m.odds.xy[0], 1, xy)
	now, ok := m.oddsAt[p.period]
	if !ok {
		now = stratumSums{xx: square(n), xy: map[int][]float64{0: make([]float64, n)}}
	}
	addMatrix(now.xx, xx)
	now.xy[0] = plusTimes(now.xy[0], 1, xy)
	m.oddsAt[p.period] = now
	addMatrix(m.information, readOuter(so, g, slotName("info", k), n))
	m.square += zeroIfMissing(so.Cell(g, slotName("oo", k)))
	m.trimmed += so.Cell(g, slotName("trimmed", k)).Count()
	m.highest = max(m.highest, zeroIfMissing(so.Cell(g, slotName("highest", k))))
}
