package power

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dampak/dampak/inference"
)

var designs = map[string]Design{
	"trial":             {Units: 300, Treated: 0.5, SD: 10, Level: 0.95, Power: 0.8},
	"few treated":       {Units: 400, Treated: 0.2, SD: 3, Level: 0.9, Power: 0.9},
	"clusters":          {Units: 800, Treated: 0.5, SD: 5, ClusterSize: 20, ICC: 0.1, Level: 0.95, Power: 0.8},
	"two periods":       {Units: 200, Treated: 0.5, SD: 10, Before: 1, After: 1, Rho: 0.6, Level: 0.95, Power: 0.8},
	"panel":             {Units: 200, Treated: 0.4, SD: 10, Before: 3, After: 2, Rho: 0.5, Level: 0.95, Power: 0.8},
	"panel in clusters": {Units: 600, Treated: 0.5, SD: 10, ClusterSize: 15, ICC: 0.2, Before: 2, After: 2, Rho: 0.4, Level: 0.95, Power: 0.8},
}

// Closed form against simulation: outcomes are drawn with the effect that should
// just be detected, arms are compared with an ordinary t test of cluster means
// (of changes), and the share of rejections is the power within 5 points, the
// spread of estimates the standard error within 5 %.
func TestSimulation(t *testing.T) {
	for name, d := range designs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			effect, err := d.Detectable()
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, uint64(len(name))))
			const worlds = 3000
			rejected, sum, squares := 0, 0.0, 0.0
			for range worlds {
				estimate, se, df := simulate(d, effect, random)
				sum += estimate
				squares += estimate * estimate
				if inference.StudentP(estimate, se, df) < 1-d.Level {
					rejected++
				}
			}
			if share := float64(rejected) / worlds; math.Abs(share-d.Power) > 0.05*d.Power {
				t.Errorf("rejects %.3f, want %.2f", share, d.Power)
			}
			spread := math.Sqrt(squares/worlds - sum/worlds*sum/worlds)
			if math.Abs(spread/d.SE()-1) > 0.05 {
				t.Errorf("spread %.4f, standard error %.4f", spread, d.SE())
			}
			if p, err := d.Chance(effect); err != nil || math.Abs(p-d.Power) > 1e-6 {
				t.Errorf("power against it %v (%v)", p, err)
			}
		})
	}
}

func simulate(d Design, effect float64, random *rand.Rand) (estimate, se, df float64) {
	k := int(math.Max(d.ClusterSize, 1))
	clusters := int(d.Units) / k
	treated := int(math.Round(float64(clusters) * d.Treated))
	// Every period has a unit part and a shock, each shared within clusters by ICC.
	periods := d.Before + d.After
	if d.Before == 0 {
		periods = 1
	}
	lasting, fresh := math.Sqrt(math.Max(d.Rho, 0)), math.Sqrt(1-math.Max(d.Rho, 0))
	if d.Before == 0 {
		lasting, fresh = 0, 1
	}
	shared, own := math.Sqrt(d.ICC), math.Sqrt(1-d.ICC)
	means := make([]float64, clusters)
	for c := range clusters {
		common := make([]float64, periods+1)
		for i := range common {
			common[i] = random.NormFloat64()
		}
		for range k {
			unit := shared*common[periods] + own*random.NormFloat64()
			var value float64
			for p := range periods {
				y := d.SD * (lasting*unit + fresh*(shared*common[p]+own*random.NormFloat64()))
				switch {
				case d.Before == 0:
					value += y
				case p < d.Before:
					value -= y / float64(d.Before)
				default:
					value += y / float64(d.After)
				}
			}
			if c < treated {
				value += effect
			}
			means[c] += value / float64(k)
		}
	}
	mean := func(of []float64) (m, ss float64) {
		for _, x := range of {
			m += x / float64(len(of))
		}
		for _, x := range of {
			ss += (x - m) * (x - m)
		}
		return m, ss
	}
	m1, s1 := mean(means[:treated])
	m0, s0 := mean(means[treated:])
	df = float64(clusters - 2)
	pooled := (s1 + s0) / df
	return m1 - m0, math.Sqrt(pooled * (1/float64(treated) + 1/float64(clusters-treated))), df
}

// Needed is the inverse of Detectable, to the cluster.
func TestNeeded(t *testing.T) {
	for name, d := range designs {
		effect, _ := d.Detectable()
		n, err := d.Needed(effect)
		if err != nil || math.Abs(n-d.Units) > math.Max(d.ClusterSize, 1) {
			t.Errorf("%s: needs %v units for what %v detect (%v)", name, n, d.Units, err)
		}
	}
}

// Bloom's multiple: 2.80 standard errors with many units.
func TestBloom(t *testing.T) {
	d := Design{Units: 1e6, Treated: 0.5, SD: 1, Level: 0.95, Power: 0.8}
	if mde, _ := d.Detectable(); math.Abs(mde/d.SE()-2.8016) > 1e-3 {
		t.Errorf("%v standard errors", mde/d.SE())
	}
}

func TestImpossible(t *testing.T) {
	good := designs["trial"]
	for name, spoil := range map[string]func(*Design){
		"nobody treated": func(d *Design) { d.Treated = 0 },
		"no spread":      func(d *Design) { d.SD = 0 },
		"two units":      func(d *Design) { d.Units = 2 },
		"no after":       func(d *Design) { d.Before = 1 },
		"rho one":        func(d *Design) { d.Rho = 1 },
		"not a number":   func(d *Design) { d.SD = math.NaN() },
	} {
		d := good
		spoil(&d)
		if _, err := d.Detectable(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := good.Needed(0); err == nil {
		t.Error("no effect needs no sample")
	}
}
