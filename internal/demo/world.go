package demo

import (
	"math"
	"math/rand/v2"

	"github.com/dampak/dampak/internal/problem"
)

// Limits and default of World.Households.
const (
	LeastHouseholds   = 500
	MostHouseholds    = 5_000_000
	DefaultHouseholds = 20_000
	villageSize       = 10 // households
	pilotVillageShare = 4  // one village in so many is in the pilot
)

// World is an invented world: the same seed and number of households give the
// same rows.
type World struct {
	Seed       uint64
	Households int
}

// household is what lasts about a household.
type household struct {
	id, region, village int // village is counted within the region
	members             int
	lasting             float64 // part of e, variance lastingShare
	score               float64 // standard normal within the region
	ministry            bool    // paid once the programme is there
	province            bool
}

// year is a household's year.
type year struct {
	base int // Y0, rupiah at prices of 2025
	gain int // of the ministry's programme
	real int // spending with all programmes
}

func (w World) check() error {
	if w.Households < LeastHouseholds || w.Households > MostHouseholds {
		return problem.Usage("demo-households", "found", w.Households, "least", LeastHouseholds, "most", MostHouseholds)
	}
	return nil
}

// shares gives the number of households of each region by population: largest
// remainders, at least four in each.
func shares(all []law, households int) []int {
	const least = 4
	var people int
	for _, l := range all {
		people += l.region.Population
	}
	n := make([]int, len(all))
	left := households
	for i, l := range all {
		n[i] = max(least, households*l.region.Population/people)
		left -= n[i]
	}
	for i := 0; left != 0; i = (i + 1) % len(n) { // the few left by rounding
		if left > 0 {
			n[i]++
			left--
		} else if n[i] > least {
			n[i]--
			left++
		}
	}
	return n
}

// source is the region's own stream of chance, so that regions can be made in
// any order.
func (w World) source(region int, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(w.Seed, purpose<<32|uint64(region)))
}

// Purposes of streams.
const (
	forPanel uint64 = iota + 1
	forPilot
	forWork
	forShocks
)

// people draws the households of a region. Their order, and so their numbers,
// is that of their villages.
func (l *law) people(chance *rand.Rand, n int) []household {
	all := make([]household, n)
	var village float64
	for i := range all {
		if i%villageSize == 0 {
			village = chance.NormFloat64()
		}
		h := &all[i]
		h.id, h.region, h.village = i+1, l.region.Code, i/villageSize+1
		own := chance.NormFloat64()
		h.lasting = float64(math.Sqrt(villageShare)*village) + float64(math.Sqrt(lastingShare-villageShare)*own)
		h.score = float64(math.Sqrt(scoreTruth/lastingShare)*h.lasting) + float64(math.Sqrt(1-scoreTruth)*chance.NormFloat64())
		h.members = members(chance)
		lot := chance.Float64()
		if h.score < ministryCut {
			h.ministry = lot >= exclusion
		} else {
			h.ministry = lot < inclusion
		}
		h.province = h.score < provinceCut
	}
	return all
}

// members draws the size of a household: 1 to 8, mean about 3.6.
func members(chance *rand.Rand) int {
	lot := chance.Float64()
	for i, upTo := range []float64{0.07, 0.23, 0.50, 0.77, 0.91, 0.97, 0.99} {
		if lot < upTo {
			return i + 1
		}
	}
	return 8
}

// live draws a household's spending in a year.
func (l *law) live(chance *rand.Rand, h household, t int) year {
	s := l.spread[t]
	e := h.lasting + float64(math.Sqrt(1-lastingShare)*chance.NormFloat64())
	y := year{base: int(math.Round(l.mean[t] * math.Exp(float64(s*e)-float64(s*s/2))))}
	y.real = y.base
	if h.ministry {
		y.gain = l.gain[t]
		y.real += y.gain
	}
	if h.province {
		y.real += provinceGainIn(firstYear + t)
	}
	return y
}

// desil is the welfare rank by the score, 1 the poorest: the score's place in
// the standard normal law.
func desil(score float64) int { return min(10, int(phi(score)*10)+1) }

// points is the score as it is kept in the file: 0 to 100, whole.
func points(score float64) int { return int(math.Round(phi(score) * 100)) }
