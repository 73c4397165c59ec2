package demo

import (
	"cmp"
	"math"
	"slices"

	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/demo/record"
)

// The invented constants of the world. Money is rupiah per person and month at
// prices of 2025; shares are of one.
const (
	firstYear = official.FirstYear
	lastYear  = official.LastYear
	years     = lastYear - firstYear + 1
	baseYear  = 2020 // the year from which m_r is taken; d is 0 then

	villageShare = 0.12 // of the variance of e
	lastingShare = 0.93 // of the variance of e: village and household together
	scoreTruth   = 0.80 // of the variance of the score that is the lasting part of e

	ministryCut   = -0.35 // of the score, in standard deviations
	provinceCut   = -1.10
	exclusion     = 0.15 // of those below the ministry's cut who receive nothing
	inclusion     = 0.06 // of those above it who receive all the same
	provinceFirst = 2022
	provinceGain  = 45_000
	pilotGain     = 95_000
	fallbackDrift = 0.055 // yearly growth of the line where official figures lack it
)

// wave is the first year of the ministry's programme in the regions by falling
// official rate of 2015: the poorest first, the least poor not at all.
var waves = []struct{ regions, first int }{{10, 2018}, {9, 2020}, {9, 2022}, {10, 0}}

// law is what a region's households are drawn from.
type law struct {
	region official.Region
	first  int            // first year of the ministry's programme; 0 = never
	mean   [years]float64 // of Y0
	spread [years]float64 // s_rt
	line   [years]float64 // in rupiah of the year
	gain   [years]int     // of a household that the ministry's programme pays
	late   [years]int     // months by which the year's money came late
	pilot  int            // gain of a coached household in 2026
	work   work           // of earnings and food
}

// laws solves the laws of all regions. Nothing in them is random.
func laws() ([]law, error) {
	regions, err := official.Regions()
	if err != nil {
		return nil, err
	}
	drift := commonChange(regions)
	all := make([]law, len(regions))
	for i, r := range regions {
		l := law{region: r, first: firstTreated(regions, r), pilot: pilotGain - 4_000*(r.Code%7)}
		base := baseMean(r, r.P0[baseYear])
		for t := range years {
			l.mean[t] = base + drift[t]
			l.line[t] = math.Round(r.Line * lineRatio(firstYear+t))
			l.late[t] = record.MonthsLate(r.Code, firstYear+t)
			l.gain[t] = l.ministryGain(firstYear + t)
			l.spread[t] = l.solveSpread(t)
		}
		all[i] = l
	}
	setWork(all)
	return all, nil
}

// giniSpread is the s of a log-normal law with a Gini.
func giniSpread(gini float64) float64 { return math.Sqrt2 * quantile((1+gini)/2) }

// baseMean is the mean of the log-normal law with the region's Gini whose share
// below its line is rate (percent).
func baseMean(r official.Region, rate float64) float64 {
	s := giniSpread(r.Gini)
	return r.Line * math.Exp(s*s/2-s*quantile(rate/100))
}

// commonChange gives d_t: the mean over regions, by population, of how the mean
// would have moved had each kept its Gini.
func commonChange(regions []official.Region) [years]float64 {
	var d [years]float64
	for t := range years {
		var people float64
		for _, r := range regions {
			n := float64(r.Population)
			d[t] += n * (baseMean(r, r.P0[firstYear+t]) - baseMean(r, r.P0[baseYear]))
			people += n
		}
		d[t] = math.Round(d[t] / people)
	}
	return d
}

func firstTreated(regions []official.Region, r official.Region) int {
	order := slices.SortedFunc(slices.Values(regions), func(a, b official.Region) int {
		return cmp.Or(cmp.Compare(b.P0[firstYear], a.P0[firstYear]), cmp.Compare(a.Code, b.Code))
	})
	at := slices.IndexFunc(order, func(o official.Region) bool { return o.Code == r.Code })
	for _, w := range waves {
		if at < w.regions {
			return w.first
		}
		at -= w.regions
	}
	return 0
}

// lineRatio is the line of a year over that of 2025, after the province's
// official lines; years without one are carried back at a fixed rate.
func lineRatio(year int) float64 {
	last, _ := official.ProvinceLine(lastYear)
	for y := year; y <= lastYear; y++ {
		if line, ok := official.ProvinceLine(y); ok {
			return line / last * math.Pow(1+fallbackDrift, float64(year-y))
		}
	}
	return 1
}

// ministryGain is the effect on a household that is paid: it grows over the
// first three years, differs by region, and shrinks with money that comes late.
func (l *law) ministryGain(year int) int {
	if l.first == 0 || year < l.first {
		return 0
	}
	full := 110_000 + 6_000*(l.region.Code%10)
	ramp := min(year-l.first+2, 4) // halves, three quarters, whole
	return full * ramp / 4 * (24 - l.late[year-firstYear]) / 24
}

// provinceGainIn is the effect of the province's programme.
func provinceGainIn(year int) int {
	if year < provinceFirst {
		return 0
	}
	return provinceGain
}

// solveSpread finds s_rt by bisection: the share below the line rises with it.
func (l *law) solveSpread(t int) float64 {
	target := l.region.P0[firstYear+t] / 100
	low, high := 0.05, 3.0
	for range 60 {
		mid := (low + high) / 2
		if l.poorShare(t, mid) < target {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// poorShare is the expected share of people below the line in a year for a
// spread s, programmes included. Receipt depends on the score, whose
// correlation with e is rho; the share is the sum over the four states of
// receipt of the integral of phi(e) P(state | e) below the state's threshold.
func (l *law) poorShare(t int, s float64) float64 {
	ministry, province := float64(l.gain[t]), float64(provinceGainIn(firstYear+t))
	if ministry == 0 && province == 0 {
		return phi(l.threshold(t, s, 0))
	}
	below := func(cut, e float64) float64 {
		rho := math.Sqrt(lastingShare * scoreTruth)
		return phi((cut - rho*e) / math.Sqrt(1-rho*rho))
	}
	states := []struct {
		gain float64
		p    func(e float64) float64
	}{
		{ministry + province, func(e float64) float64 { return below(provinceCut, e) * (1 - exclusion) }},
		{province, func(e float64) float64 { return below(provinceCut, e) * exclusion }},
		{ministry, func(e float64) float64 {
			return (below(ministryCut, e)-below(provinceCut, e))*(1-exclusion) + (1-below(ministryCut, e))*inclusion
		}},
		{0, func(e float64) float64 {
			return (below(ministryCut, e)-below(provinceCut, e))*exclusion + (1-below(ministryCut, e))*(1-inclusion)
		}},
	}
	var share float64
	for _, state := range states {
		share += integrate(func(e float64) float64 { return density(e) * state.p(e) }, l.threshold(t, s, state.gain))
	}
	return share
}

// threshold is the e below which a household with a gain is poor.
func (l *law) threshold(t int, s, gain float64) float64 {
	z := l.region.Line - gain
	if z <= 0 {
		return -8
	}
	return (math.Log(z/l.mean[t]) + s*s/2) / s
}

// integrate gives the integral from -8 to b by Simpson's rule.
func integrate(f func(float64) float64, b float64) float64 {
	const a, n = -8.0, 120
	if b <= a {
		return 0
	}
	h := (b - a) / n
	sum := f(a) + f(b)
	for i := 1; i < n; i++ {
		sum += f(a+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

func phi(x float64) float64     { return math.Erfc(-x/math.Sqrt2) / 2 }
func density(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// quantile is the normal quantile of p in (0, 1).
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
