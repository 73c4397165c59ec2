package meta

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dampak/dampak/inference"
)

var options = inference.Options{Level: 0.95, Seed: 1, Draws: 4000}

// Two studies by hand: estimates 0 and 4, errors 1 and 1. Q = 8, and
// (0-2)^2 + (4-2)^2 = 8 = 1 + tau2 gives tau2 = 7 by both methods.
func TestTwoStudiesByHand(t *testing.T) {
	s := []Study{{"a", 0, 1}, {"b", 4, 1}}
	p, ok := Pool(s, options)
	if !ok || math.Abs(p.Tau2-7) > 1e-9 || math.Abs(DerSimonianLaird(s)-7) > 1e-9 || p.Mean != 2 || math.Abs(p.Q-8) > 1e-12 {
		t.Fatalf("%+v", p)
	}
	if want := 2.0/8 + 0; math.Abs(p.Rows[0].Shrunk-want) > 1e-9 { // 1/8 of the mean 2
		t.Errorf("shrunk %v, want %v", p.Rows[0].Shrunk, want)
	}
	if math.Abs(p.I2-7.0/8) > 1e-12 {
		t.Errorf("I2 %v", p.I2)
	}
	// |4|/sqrt 2 = 2.83 passes the critical value of one pair, 1.96.
	if r := p.Rows; r[1].RankHigh != 1 || r[0].RankLow != 2 {
		t.Errorf("ranks %+v", r)
	}
}

func TestEqualStudiesShrinkToTheMean(t *testing.T) {
	p, _ := Pool([]Study{{"a", 3, 1}, {"b", 3, 2}, {"c", 3, 0.5}}, options)
	for _, r := range p.Rows {
		if math.Abs(r.Shrunk-3) > 1e-12 || p.Tau2 != 0 || r.RankLow != 1 || r.RankHigh != 3 {
			t.Errorf("%+v", r)
		}
	}
	if _, ok := Pool([]Study{{"a", 3, 1}}, options); ok {
		t.Error("one study was pooled")
	}
}

// 38 regions, 400 worlds: shrunk intervals cover their true effects in 95 % of
// cases on average over regions, ranks cover all at once in at least 95 % of
// worlds, and shrinking halves the squared error at least.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	o := options
	o.Draws = 1000
	covered, all, worlds := 0, 0, 100
	var raw, shrunk float64
	for range worlds {
		truth := make([]float64, 38)
		studies := make([]Study, 38)
		for i := range truth {
			truth[i] = 10 + 2*random.NormFloat64()
			se := 1 + 3*random.Float64()
			studies[i] = Study{SE: se, Estimate: truth[i] + se*random.NormFloat64()}
		}
		p, _ := Pool(studies, o)
		right := true
		for i, r := range p.Rows {
			if r.Lower <= truth[i] && truth[i] <= r.Upper {
				covered++
			}
			raw += square(studies[i].Estimate - truth[i])
			shrunk += square(r.Shrunk - truth[i])
			rank := 1
			for _, x := range truth {
				if x > truth[i] {
					rank++
				}
			}
			right = right && r.RankLow <= rank && rank <= r.RankHigh
		}
		if right {
			all++
		}
	}
	if share := float64(covered) / float64(38*worlds); share < 0.93 || share > 0.975 {
		t.Errorf("intervals cover %.3f", share)
	}
	if share := float64(all) / float64(worlds); share < 0.93 {
		t.Errorf("ranks cover %.3f", share)
	}
	if shrunk > raw/2 {
		t.Errorf("squared error %.0f after shrinking, %.0f before", shrunk, raw)
	}
}
