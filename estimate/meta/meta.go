// Package meta puts many estimates of one kind side by side: the effects of 38
// regions, or of many studies. Each is known with its own error, so that the
// largest and the smallest of them are partly chance. The package estimates how
// much the true effects differ, draws each estimate towards the mean as far as
// its error asks for, and says which ranks the data cannot rule out.
//
// # Sources
//
// Between variance: Paule and Mandel (1982), Journal of Research of the NBS 87;
// DerSimonian and Laird (1986), Controlled Clinical Trials 7; I2: Higgins and
// Thompson (2002), Statistics in Medicine 21. Shrinkage: Morris (1983), JASA 78.
// Ranks: Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies
// 91, confidence sets from simultaneous tests of all differences.
package meta

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/dampak/dampak/inference"
)

// Study is one estimate with its standard error, > 0.
type Study struct {
	Name     string
	Estimate float64
	SE       float64
}

// Row is what the others say about a study.
type Row struct {
	Study
	// Shrunk is the mean of the study's true effect given all estimates, under a
	// normal distribution of effects with the between variance found. Its standard
	// error takes the uncertainty of the mean and of the between variance into
	// account; Lower and Upper are the quantiles of the options' level.
	Shrunk, ShrunkSE, Lower, Upper float64
	// RankLow and RankHigh bound the rank of the true effect, 1 the largest, for
	// all studies at once at the options' level.
	RankLow, RankHigh int
}

// Pooled is the answer about all studies.
type Pooled struct {
	Mean, SE float64 // of the distribution of effects, with its error
	Tau2     float64 // between variance (Paule-Mandel), >= 0
	Q, QP    float64 // Cochran's test that all effects are equal; chi-square with J - 1
	I2       float64 // share of the variance between estimates that is not chance, 0 to 1
	Rows     []Row   // in the order given
}

// Pool puts studies side by side; false with fewer than two. They count as
// independent: effects that share a comparison group are not quite, which makes
// the shrinkage cautious. Draws and Seed of the options are those of the ranks.
func Pool(studies []Study, o inference.Options) (Pooled, bool) {
	n := float64(len(studies))
	if len(studies) < 2 {
		return Pooled{}, false
	}
	p := Pooled{Tau2: PauleMandel(studies)}
	fixed, _ := mean(studies, 0)
	for _, s := range studies {
		p.Q += square((s.Estimate - fixed) / s.SE)
	}
	p.QP = distuv.ChiSquared{K: n - 1}.Survival(p.Q)
	if p.Q > n-1 {
		p.I2 = 1 - (n-1)/p.Q
	}
	p.Mean, p.SE = mean(studies, p.Tau2)
	low, high := ranks(studies, o)
	spread := newSpread(studies, p.Tau2)
	for i, s := range studies {
		r := Row{Study: s, RankLow: low[i], RankHigh: high[i]}
		b := s.SE * s.SE / (s.SE*s.SE + p.Tau2) // the weight of the mean
		r.Shrunk = b*p.Mean + (1-b)*s.Estimate
		r.ShrunkSE = math.Sqrt(spread.about(s, r.Shrunk))
		r.Lower, r.Upper = spread.quantile(s, (1-o.Level)/2), spread.quantile(s, (1+o.Level)/2)
		p.Rows = append(p.Rows, r)
	}
	return p, true
}

// spread is what the estimates say about the between standard deviation: its
// likelihood on a grid, the mean integrated out, under a flat prior (Gelman,
// Bayesian Data Analysis, section 5.4). With fewer than four studies that says
// too little, and the one value found stands alone.
type spread struct{ points []point }

type point struct{ tau2, weight, mean, se float64 }

func newSpread(studies []Study, found float64) spread {
	if len(studies) < 4 {
		m, se := mean(studies, found)
		return spread{[]point{{found, 1, m, se}}}
	}
	const steps = 400
	var widest float64
	m, _ := mean(studies, 0)
	for _, s := range studies {
		widest = math.Max(widest, math.Abs(s.Estimate-m)+s.SE)
	}
	widest *= 2
	all := make([]point, steps)
	logs, most := make([]float64, steps), math.Inf(-1)
	for k := range all {
		tau := widest * (float64(k) + 0.5) / steps
		all[k].tau2 = tau * tau
		all[k].mean, all[k].se = mean(studies, tau*tau)
		logs[k] = math.Log(all[k].se)
		for _, s := range studies {
			v := s.SE*s.SE + tau*tau
			logs[k] -= (math.Log(v) + square(s.Estimate-all[k].mean)/v) / 2
		}
		most = math.Max(most, logs[k])
	}
	var total float64
	for k := range all {
		all[k].weight = math.Exp(logs[k] - most)
		total += all[k].weight
	}
	for k := range all {
		all[k].weight /= total
	}
	return spread{all}
}

// about is the mean square of a study's true effect about a value.
func (sp spread) about(s Study, value float64) float64 {
	var sum float64
	for _, k := range sp.points {
		b := s.SE * s.SE / (s.SE*s.SE + k.tau2)
		variance := (1-b)*s.SE*s.SE + b*b*k.se*k.se
		sum += k.weight * (variance + square(b*k.mean+(1-b)*s.Estimate-value))
	}
	return sum
}

// quantile is that of a study's true effect given all estimates: of a mixture
// of normals, one for each point.
func (sp spread) quantile(s Study, p float64) float64 {
	below := func(x float64) float64 {
		var sum float64
		for _, k := range sp.points {
			b := s.SE * s.SE / (s.SE*s.SE + k.tau2)
			sd := math.Sqrt((1-b)*s.SE*s.SE + b*b*k.se*k.se)
			sum += k.weight * distuv.UnitNormal.CDF((x-b*k.mean-(1-b)*s.Estimate)/sd)
		}
		return sum
	}
	low, high := s.Estimate-20*s.SE, s.Estimate+20*s.SE
	for _, k := range sp.points {
		low, high = math.Min(low, k.mean-20*s.SE), math.Max(high, k.mean+20*s.SE)
	}
	for range 60 {
		if middle := (low + high) / 2; below(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// mean is the mean weighted by inverse variances, tau2 added to each, with its
// standard error.
func mean(studies []Study, tau2 float64) (value, se float64) {
	var weights float64
	for _, s := range studies {
		w := 1 / (s.SE*s.SE + tau2)
		weights += w
		value += w * s.Estimate
	}
	return value / weights, 1 / math.Sqrt(weights)
}

// PauleMandel is the between variance at which Cochran's Q has its expectation,
// J - 1; 0 where Q is smaller already.
func PauleMandel(studies []Study) float64 {
	excess := func(tau2 float64) float64 {
		m, _ := mean(studies, tau2)
		var q float64
		for _, s := range studies {
			q += square(s.Estimate-m) / (s.SE*s.SE + tau2)
		}
		return q - float64(len(studies)-1)
	}
	if excess(0) <= 0 {
		return 0
	}
	low, high := 0.0, square(studies[0].SE)
	for excess(high) > 0 {
		low, high = high, 2*high
	}
	for range 200 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break
		}
		if excess(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// DerSimonianLaird is the between variance by the method of moments.
func DerSimonianLaird(studies []Study) float64 {
	m, _ := mean(studies, 0)
	var q, w, w2 float64
	for _, s := range studies {
		one := 1 / (s.SE * s.SE)
		q += one * square(s.Estimate-m)
		w += one
		w2 += one * one
	}
	return math.Max(0, (q-float64(len(studies)-1))/(w-w2/w))
}

// ranks bounds every rank at once: study i ranks surely below j where the
// difference of their estimates passes the critical value of the largest
// studentised difference over all pairs.
func ranks(studies []Study, o inference.Options) (low, high []int) {
	n := len(studies)
	random := rand.New(rand.NewPCG(o.Seed, 77))
	draws := max(o.Draws, 1)
	largest := make([]float64, draws)
	z := make([]float64, n)
	for b := range largest {
		for i, s := range studies {
			z[i] = s.SE * random.NormFloat64()
		}
		for i, s := range studies {
			for j := i + 1; j < n; j++ {
				t := math.Abs(z[i]-z[j]) / math.Hypot(s.SE, studies[j].SE)
				largest[b] = math.Max(largest[b], t)
			}
		}
	}
	slices.Sort(largest)
	critical := largest[max(int(math.Ceil(o.Level*float64(draws)))-1, 0)]
	low, high = make([]int, n), make([]int, n)
	for i, s := range studies {
		low[i], high[i] = 1, n
		for j, other := range studies {
			t := (other.Estimate - s.Estimate) / math.Hypot(s.SE, other.SE)
			switch {
			case i == j:
			case t > critical:
				low[i]++ // surely below the other
			case t < -critical:
				high[i]--
			}
		}
	}
	return low, high
}

func square(x float64) float64 { return x * x }
