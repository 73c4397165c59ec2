package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// The invented constants of earnings and food, in rupiah per person and month
// at prices of 2025. Neither enters spending or poverty.
const (
	growth         = 11_000 // of earnings a year, everywhere
	informalLag    = 14_000 // by which informal workers fall behind each year
	schoolPremium  = 22_000 // of earnings for each year of schooling
	leastEarnings  = 350_000
	earningsNoise  = 60_000 // standard deviation of a household's year
	earningsShock  = 4_000  // of a region's year, which all its households share
	foodGrowth     = 6_000
	foodNoise      = 40_000
	foodShock      = 8_000
	barnFirst      = 2021
	marketFirst    = 2021
	marketRegions  = 14
	barnPoorGain   = 26_000 // of a household whose score is below the mean
	barnOtherGain  = 12_000
	usualSchooling = 9
)

// capitalWaves are the years in which business capital is handed out.
var capitalWaves = [2]int{2019, 2022}

// pandemic is what earnings fell by in a year, everywhere.
var pandemic = map[int]int{2020: 45_000, 2021: 25_000}

// work is what a region's earnings and food are drawn from.
type work struct {
	informal float64 // share of households that live from informal work
	trend    int     // by which earnings grow faster than elsewhere each year
	market   int     // first year of renovated markets, which change nothing; 0 = never
	barn     int     // first year of food barns; 0 = never
	capital  int     // full gain of a household with business capital
}

// worker is what lasts about a household's work, and what it receives.
type worker struct {
	informal  bool
	schooling int // years
	capital   int // first year of business capital; 0 = never
	earnings  float64
	food      float64
}

// workYear is a household's year of earnings and food.
type workYear struct {
	earnings, capital int // with the gain of business capital, and that gain
	food, barn        int // with the gain of food barns, and that gain
}

// setWork gives each region its law of earnings. Markets are renovated where
// trade already grows fastest; food barns come to every second of the ten
// kabupaten that the ministry reached first.
func setWork(all []law) {
	for i := range all {
		l := &all[i]
		code := l.region.Code
		l.work = work{informal: 0.35, trend: 1_500*(code*7%10) - 6_750, capital: 4_000 + 8_000*(code*11%9)}
		if code%100 < cityCodes {
			l.work.informal = 0.45 + 0.05*float64(code%4)
		}
	}
	byTrend := make([]*law, len(all))
	trial := 0
	for i := range all {
		byTrend[i] = &all[i]
		if all[i].first == waves[0].first {
			if trial%2 == 0 {
				all[i].work.barn = barnFirst
			}
			trial++
		}
	}
	slices.SortFunc(byTrend, func(a, b *law) int {
		return cmp.Or(cmp.Compare(b.work.trend, a.work.trend), cmp.Compare(a.region.Code, b.region.Code))
	})
	for _, l := range byTrend[:marketRegions] {
		l.work.market = marketFirst
	}
}

// cityCodes is the last part of a region's code from which it is a kota.
const cityCodes = 70

// shocks are what a region's years have in common for all its households.
type shocks struct{ earnings, food [years]float64 }

func (w World) shocks(l *law) shocks {
	chance := w.source(l.region.Code, forShocks)
	var s shocks
	for t := range years {
		s.earnings[t] = earningsShock * chance.NormFloat64()
		s.food[t] = foodShock * chance.NormFloat64()
	}
	return s
}

// hire draws the work of a household. Business capital goes to informal workers
// above all, and to those with little schooling.
func (l *law) hire(chance *rand.Rand, h household) worker {
	var k worker
	k.informal = chance.Float64() < l.work.informal
	years := 8.5 + float64(2.2*h.lasting) + float64(2.5*chance.NormFloat64())
	k.schooling = int(math.Round(math.Min(16, math.Max(0, years))))
	index := -2 - float64(0.06*float64(k.schooling-usualSchooling))
	if k.informal {
		index += 2.3
	}
	lot, wave := chance.Float64(), capitalWaves[chance.IntN(2)]
	if lot < 1/(1+math.Exp(-index)) {
		k.capital = wave
	}
	k.earnings = math.Max(leastEarnings, float64(0.6*l.mean[0]*math.Exp(float64(0.45*h.lasting)-0.1))+float64(schoolPremium*(k.schooling-usualSchooling)))
	k.food = math.Max(leastEarnings/2, float64(0.45*l.mean[0]*math.Exp(float64(0.35*h.lasting)-0.06)))
	return k
}

// labour draws a household's year. Noise ends at three standard deviations, so
// that nothing is negative.
func (l *law) labour(chance *rand.Rand, h household, k worker, t int, s *shocks) workYear {
	noise := func() float64 { return math.Max(-3, math.Min(3, chance.NormFloat64())) }
	year := firstYear + t
	earnings := k.earnings + float64((growth+l.work.trend)*t-pandemic[year]) + s.earnings[t] + float64(earningsNoise*noise())
	if k.informal {
		earnings -= float64(informalLag * t)
	}
	food := k.food + float64(foodGrowth*t) + s.food[t] + float64(foodNoise*noise())
	y := workYear{earnings: int(math.Round(earnings)), food: int(math.Round(food))}
	if k.capital > 0 && year >= k.capital {
		y.capital = l.work.capital
		if year == k.capital {
			y.capital /= 2
		}
		y.earnings += y.capital
	}
	if l.work.barn > 0 && year >= l.work.barn {
		y.barn = barnOtherGain
		if h.score < 0 {
			y.barn = barnPoorGain
		}
		y.food += y.barn
	}
	return y
}

// workTruth adds up the effects of the programmes on earnings and food.
type workTruth struct {
	capital, barn, market ledger
	informal              ledger            // of business capital on informal workers
	byRegion              map[string]ledger // the same by region
}

func newWorkTruth() workTruth {
	return workTruth{newLedger(), newLedger(), newLedger(), newLedger(), map[string]ledger{}}
}

func (w workTruth) add(l *law, k worker, t int, y workYear) {
	year := firstYear + t
	w.capital.add(k.capital, year, y.capital)
	w.barn.add(l.work.barn, year, y.barn)
	w.market.add(l.work.market, year, 0)
	if !k.informal {
		return
	}
	w.informal.add(k.capital, year, y.capital)
	if w.byRegion[l.region.Name].rows == nil {
		w.byRegion[l.region.Name] = newLedger()
	}
	w.byRegion[l.region.Name].add(k.capital, year, y.capital)
}

// truths are the effects of every study of earnings and food.
func (w workTruth) truths() []Truth {
	out := slices.Concat(w.capital.truths(StudyCovariates), w.barn.truths(StudyFew), w.market.truths(StudyBroken), w.informal.truths(StudyRegions))
	names := slices.Sorted(keys(w.byRegion))
	for _, name := range names {
		if l := w.byRegion[name]; len(l.rows) > 0 {
			out = append(out, Truth{Study: StudyRegions, Term: "simple", Domain: name, Value: l.mean(func(cell) bool { return true })})
		}
	}
	return out
}
