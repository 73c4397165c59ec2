package power

import (
	"errors"
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

// Every number that cannot be is named, whatever else the design says.
func TestImpossible(t *testing.T) {
	const clusters = "clusters"
	for _, c := range []struct {
		what, from string
		spoil      func(*Design)
		name       string
	}{
		{"nobody treated", "trial", func(d *Design) { d.Treated = 0 }, NameShare},
		{"all treated", "trial", func(d *Design) { d.Treated = 1 }, NameShare},
		{"no spread", "trial", func(d *Design) { d.SD = 0 }, NameSD},
		{"spread not a number", "trial", func(d *Design) { d.SD = math.NaN() }, NameSD},
		{"spread without end", "trial", func(d *Design) { d.SD = math.Inf(1) }, NameSD},
		{"spread beyond numbers", "trial", func(d *Design) { d.SD = 1e308 }, NameSD},
		{"two units", "trial", func(d *Design) { d.Units = 2 }, NameUnits},
		{"units without end", "trial", func(d *Design) { d.Units = math.Inf(1) }, NameUnits},
		{"half a unit in a cluster", "trial", func(d *Design) { d.ClusterSize = 0.5 }, NameClusterSize},
		{"two clusters", clusters, func(d *Design) { d.Units = 40 }, NameClusters},
		{"one treated cluster", clusters, func(d *Design) { d.Treated = 1.0 / 40 }, NameArm},
		{"one comparison unit", "trial", func(d *Design) { d.Treated = 299.0 / 300 }, NameArm},
		{"correlation above one", clusters, func(d *Design) { d.ICC = 2 }, NameICC},
		{"correlation below zero", clusters, func(d *Design) { d.ICC = -0.1 }, NameICC},
		{"before below zero", "panel", func(d *Design) { d.Before = -1 }, NameBefore},
		{"no after", "panel", func(d *Design) { d.After = 0 }, NameAfter},
		{"rho one", "panel", func(d *Design) { d.Rho = 1 }, NameRho},
		{"rho two", "panel", func(d *Design) { d.Rho = 2 }, NameRho},
		{"level one", "trial", func(d *Design) { d.Level = 1 }, NameLevel},
		{"power one", "trial", func(d *Design) { d.Power = 1 }, NamePower},
		{"power at the size of the test", "trial", func(d *Design) { d.Power = 1 - d.Level }, NamePower},
		{"power below the size of the test", "trial", func(d *Design) { d.Power = 0.01 }, NamePower},
	} {
		d := designs[c.from]
		c.spoil(&d)
		for call, err := range errorsOf(d) {
			var out *RangeError
			if !errors.As(err, &out) || out.Name != c.name {
				t.Errorf("%s: %s says %v, want the name %s", c.what, call, err, c.name)
			}
		}
	}
	for _, effect := range []float64{0, -1, math.NaN(), math.Inf(1), 1e300} {
		_, err := designs["trial"].Needed(effect)
		var out *RangeError
		if !errors.As(err, &out) || out.Name != NameEffect {
			t.Errorf("effect %v: %v", effect, err)
		}
	}
}

func errorsOf(d Design) map[string]error {
	_, detectable := d.Detectable()
	_, curve := d.Curve([]float64{0.5, 1, 2})
	_, chance := d.Chance(1)
	return map[string]error{"Detectable": detectable, "Curve": curve, "Chance": chance}
}

// The power against the smallest effects: every number is finite and above 0 at
// the ends of what is accepted.
func TestFiniteAtTheEnds(t *testing.T) {
	for _, sd := range []float64{LeastSize, MostSize} {
		for _, level := range []float64{0.5, 0.999999} {
			for _, wanted := range []float64{1 - level + 1e-9, 1 - 1e-12} {
				for _, units := range []float64{4, MostUnits} {
					d := Design{Units: units, Treated: 0.5, SD: sd, Before: 1, After: 1, Rho: 0.999999, Level: level, Power: wanted}
					mde, err := d.Detectable()
					if err != nil || !(mde > 0) || math.IsInf(mde, 0) {
						t.Errorf("%+v: %v (%v)", d, mde, err)
					}
				}
			}
		}
	}
}

// An effect too small for any sample looked at is not called impossible: the
// error says how many units are not enough, and they are not.
func TestTooMany(t *testing.T) {
	for _, name := range []string{"trial", "clusters"} {
		d := designs[name]
		_, err := d.Needed(1e-9)
		var many *TooManyError
		if !errors.As(err, &many) || many.Units < MostUnits/2 || many.Units > MostUnits {
			t.Fatalf("%s: %v", name, err)
		}
		d.Units = many.Units
		if mde, err := d.Detectable(); err != nil || mde <= 1e-9 {
			t.Errorf("%s: %v units detect %v (%v)", name, many.Units, mde, err)
		}
	}
}

// Clusters that hold both arms: a small share treated is not few treated clusters.
func TestMixedClusters(t *testing.T) {
	d := designs["clusters"]
	d.Treated = 1.0 / 40
	if _, err := d.Detectable(); err == nil {
		t.Error("one whole cluster treated has an error")
	}
	d.Mixed = true
	if _, err := d.Detectable(); err != nil || d.Arm() != 20 {
		t.Errorf("20 units treated in mixed clusters: arm %v, %v", d.Arm(), err)
	}
}
