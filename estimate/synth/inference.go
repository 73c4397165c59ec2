package synth

import (
	"math"
	"math/rand/v2"
	"slices"
)

// tie is the share by which an effect may fall short of the estimate and still
// count as equally large: equal numbers reached along different ways.
const tie = 1e-10

// uncertainty is what a way of inference says of the effect.
type uncertainty struct {
	way      string
	se, p    float64   // NaN where there is none
	why      string    // the reason for a missing error: code of a caution
	effects  []float64 // of the placebos: donors in order, or draws
	fits     []float64 // their fit before treatment, donors only
	rank     int       // place of the effect among all by size, 1 = largest
	of       int
	sampling bool // effects are draws of several donors
}

// infer chooses the way and goes it. Seed and draws matter only where several
// units are treated and placebos are drawn.
func (p procedure) infer(w world, n1 int, z penalty, f fit, paths [][]float64) (uncertainty, error) {
	way := p.o.Inference
	if way == "" {
		way = Jackknife
		if n1 == 1 {
			way = Placebo
		}
	}
	switch way {
	case Placebo:
		if n1 == 1 {
			return inSpace(p.o.Method, w, z, f)
		}
		return p.drawn(w, n1, z, f)
	case Jackknife:
		return jackknife(w, paths, f), nil
	}
	return missing(None, "synth-no-inference"), nil
}

func missing(way, why string) uncertainty {
	return uncertainty{way: way, se: math.NaN(), p: math.NaN(), why: why}
}

// inSpace takes each donor in turn as the treated one, against the others.
func inSpace(method string, w world, z penalty, f fit) (uncertainty, error) {
	u := uncertainty{way: Placebo}
	for j, y := range w.donors {
		other := w.without(j)
		other.treated = y
		g, err := other.estimate(method, z)
		if err != nil {
			return u, err
		}
		u.effects = append(u.effects, g.effect)
		u.fits = append(u.fits, g.rmspe)
	}
	u.judge(f.effect)
	return u, nil
}

// drawn takes n1 donors at a time as treated, by lot.
func (p procedure) drawn(w world, n1 int, z penalty, f fit) (uncertainty, error) {
	u := uncertainty{way: Placebo, sampling: true}
	random := rand.New(rand.NewPCG(p.inf.Seed, 0))
	for range p.o.Draws {
		order := random.Perm(len(w.donors))
		chosen, rest := order[:n1], slices.Sorted(slices.Values(order[n1:]))
		slices.Sort(chosen)
		other := world{treated: meanPath(w.donors, chosen), pre: w.pre}
		for _, j := range rest {
			other.donors = append(other.donors, w.donors[j])
		}
		g, err := other.estimate(p.o.Method, z)
		if err != nil {
			return u, err
		}
		u.effects = append(u.effects, g.effect)
	}
	u.judge(f.effect)
	return u, nil
}

// judge gives the error and the rank of the effect among the placebos and
// itself.
func (u *uncertainty) judge(effect float64) {
	u.se = spread(u.effects)
	u.of = len(u.effects) + 1
	u.rank = 1
	for _, e := range u.effects {
		if math.Abs(e) >= math.Abs(effect)*(1-tie) {
			u.rank++
		}
	}
	u.p = float64(u.rank) / float64(u.of)
}

// jackknife leaves out each unit, weights fixed and brought back to sum one
// (Arkhangelsky et al. 2021, Algorithm 3). It needs two treated units and two
// donors with weight.
func jackknife(w world, paths [][]float64, f fit) uncertainty {
	if len(paths) < 2 {
		return missing(Jackknife, "synth-jackknife-one-treated")
	}
	weighted := 0
	for _, x := range f.omega {
		if x > 0 {
			weighted++
		}
	}
	if weighted < 2 {
		return missing(Jackknife, "synth-jackknife-one-donor")
	}
	contrast := func(y []float64) float64 { return mean(y[w.pre:]) - dot(f.lambda, y[:w.pre]) }
	treated := make([]float64, len(paths))
	for i, y := range paths {
		treated[i] = contrast(y)
	}
	donors := make([]float64, len(w.donors))
	for j, y := range w.donors {
		donors[j] = contrast(y)
	}
	all, base := mean(treated), dot(f.omega, donors)
	var effects []float64
	n1 := float64(len(treated))
	for _, c := range treated {
		effects = append(effects, (n1*all-c)/(n1-1)-base)
	}
	for j, c := range donors {
		effects = append(effects, all-(base-f.omega[j]*c)/(1-f.omega[j]))
	}
	// The treated or the donors' weights each sum to one without the unit left
	// out; the factor (n-1)/n of n squared deviations is Algorithm 3's.
	u := uncertainty{way: Jackknife}
	u.se = spread(effects) * math.Sqrt(float64(len(effects)-1))
	return u
}
