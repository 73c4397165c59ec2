package did

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
	"gonum.org/v1/gonum/mat"
)

// maxScores is the most influence functions whose products are gathered at
// once: their number is about half its square.
const maxScores = 300

// scoreSet is a set of influence functions of a unit (or a row), one for each
// cell, and the weights that cohort shares are made of.
type scoreSet struct {
	names  []string
	fields moments.Derive
	pieces [][]piece     // of each: the places where it is not 0
	share  map[int64]int // cohort -> position
	cell   map[*cell]int // cell -> position
}

// newScores lists the shares first, then the cells of jobs. Periods are those of
// rows, none for units.
func newScores(cohorts []int64, weight moments.Expr, periods ...int64) scoreSet {

	s := scoreSet{share: map[int64]int{}, cell: map[*cell]int{}}
	for _, g := range cohorts {
		s.share[g] = len(s.names)
		own := piece{of: weight, places: []place{{cohort: g}}}
		if len(periods) > 0 {
			own.places = rowsOf(periods, g)
		}
		s.add(fmt.Sprintf("share%d", s.share[g]), own)
	}
	return s
}

func (s *scoreSet) add(name string, pieces ...piece) {
	s.names = append(s.names, name)
	s.pieces = append(s.pieces, pieces)
	of := moments.Expr(moments.Real(0))
	for _, p := range slices.Backward(pieces) {
		if len(p.places) == 0 {
			continue
		}
		of = moments.Case{When: class{places: p.places}.holds(), Then: p.of, Else: of}
	}
	s.fields = append(s.fields, moments.Field{Name: name, Of: of})
}

func (s *scoreSet) addCell(c *cell, influence []piece) {
	s.cell[c] = len(s.names)
	s.add(fmt.Sprintf("psi%d", len(s.names)), influence...)
}

// covarianceRequests asks for the products of influence functions summed within
// the groups that errors rest on. The request given yields units (or rows) that
// have the scores' fields; key says how a column is found there.
func (p procedure) covarianceRequests(base moments.Request, s scoreSet, key func(column string) moments.Expr) ([]moments.Request, error) {
	if n := len(s.names); n > maxScores {
		return nil, result.Refuse("did-too-many-scores", "scores", n, "limit", maxScores)
	}
	steps := append(slices.Clone(base.Steps), s.fields)
	within := func(label string, by ...moments.Field) moments.Request {
		r := base
		r.Label = label
		r.Steps = append(slices.Clone(steps), moments.Fold{By: by, Make: append(sums(s.names), p.fpcOf()...)})
		r.Make = append([]moments.Agg{{Name: cellClusters, Op: moments.Count}}, s.holders()...)
		r.Make = append(r.Make, moments.Gram(s.names)...)
		return r
	}
	by := func(name, column string) moments.Field { return moments.Field{Name: name, Of: key(column)} }
	switch {
	case p.survey():
		keys := []moments.Field{}
		if p.o.Strata != "" {
			keys = append(keys, by("stratum", p.o.Strata))
		}
		psu := p.o.PSU
		if psu == "" {
			psu = p.o.Unit
		}
		if psu == "" { // each row of a cross-section was drawn by itself
			r := base
			r.Label = "influence functions by stratum"
			r.Steps, r.By = steps, keys
			r.Make = append([]moments.Agg{{Name: cellClusters, Op: moments.Count}}, s.holders()...)
			r.Make = append(append(r.Make, moments.Gram(s.names)...), p.fpcRange()...)
			return []moments.Request{r}, nil
		}
		r := within("influence functions by stratum and PSU", append(slices.Clone(keys), by("psu", psu))...)
		for _, k := range keys {
			r.By = append(r.By, moments.Field{Name: k.Name, Of: moments.Ref(k.Name)})
		}
		r.Make = append(r.Make, p.fpcRange()...)
		return []moments.Request{r}, nil
	case len(p.o.Clusters) == 2:
		a, b := p.o.Clusters[0], p.o.Clusters[1]
		return []moments.Request{
			within("influence functions by "+a, by("a", a)),
			within("influence functions by "+b, by("b", b)),
			within("influence functions by "+a+" and "+b, by("a", a), by("b", b)),
		}, nil
	case len(p.o.Clusters) == 1:
		return []moments.Request{within("influence functions by "+p.o.Clusters[0], by("a", p.o.Clusters[0]))}, nil
	}
	at := placed(s.pieces)
	var list []moments.Request
	for _, c := range classes(at) {
		r := base
		if when := p.rowsOf(c, s); when != nil {
			r.Where = append(slices.Clone(base.Where), when)
		}
		list = append(list, c.gramRequest(r, at))
	}
	return list, nil
}

// rowsOf is a condition on rows that holds for the units of a class, so that
// those of other classes are not folded; nil where there is none as plain.
func (p procedure) rowsOf(c class, s scoreSet) moments.Cond {
	var cohorts []int64
	for _, pl := range c.places {
		cohorts = append(cohorts, pl.cohort)
	}
	first := moments.Ref(p.o.FirstTreated)
	switch {
	case c.byPeriod():
		return nil // rows are not folded
	case !slices.Contains(cohorts, never):
		return moments.Is{Of: first, Values: wholeKeys(cohorts)}
	case len(cohorts) == 1:
		return moments.Not{Cond: moments.Is{Of: first, Values: wholeKeys(slices.Sorted(maps.Keys(s.share)))}}
	default:
		return nil
	}
}

// groupRequest asks for the scores of each cluster by itself, with its number of
// units and their weight. The base is that of covarianceRequests.
func (p procedure) groupRequest(base moments.Request, s scoreSet, cluster, weight moments.Expr) moments.Request {
	r := base
	r.Label = "influence functions by cluster"
	r.Steps = append(slices.Clone(base.Steps), append(slices.Clone(s.fields), moments.Field{Name: "own_weight", Of: weight}))
	r.By = []moments.Field{{Name: clusterKey, Of: cluster}}
	r.Make = append([]moments.Agg{{Name: cellUnits, Op: moments.Count}, {Name: "weight", Op: moments.Sum, Of: moments.Ref("own_weight")}}, sums(s.names)...)
	return r
}

// readScoreGroups reads the answer, by cluster.
func (s scoreSet) readScoreGroups(so moments.Statistic) []groupSums {
	all := make([]groupSums, len(so.Groups))
	for i, g := range so.Groups {
		part := groupPart{units: so.Cell(g, cellUnits).Count(), weight: zeroIfMissing(so.Cell(g, "weight"))}
		for _, name := range s.names {
			part.sums = append(part.sums, zeroIfMissing(so.Cell(g, name)))
		}
		all[i] = groupSums{name: g.Key[0].String(), parts: []groupPart{part}}
	}
	byName(all)
	return all
}

// checkGroups refuses more clusters than are looked at one by one.
func (p procedure) checkGroups(clusters int64) error {
	if clusters > maxGroups {
		return result.Refuse("did-too-many-clusters", "clusters", clusters, "limit", maxGroups, "for", p.groupsFor())
	}
	return nil
}

// fpcOf carries the finite population correction to the PSU.
func (p procedure) fpcOf() []moments.Agg {
	if p.o.FPC == "" {
		return nil
	}
	return []moments.Agg{{Name: "fpc", Op: moments.Max, Of: moments.Ref("fpc")}, {Name: "fpc_low", Op: moments.Min, Of: moments.Ref("fpc_low")}}
}

// fpcRange tells whether a stratum has one finite population correction.
func (p procedure) fpcRange() []moments.Agg {
	if p.o.FPC == "" {
		return nil
	}
	return []moments.Agg{{Name: "fpc_max", Op: moments.Max, Of: moments.Ref("fpc")}, {Name: "fpc_min", Op: moments.Min, Of: moments.Ref("fpc_low")}}
}

// holders counts the groups that hold units of each cohort.
func (s scoreSet) holders() []moments.Agg {
	var list []moments.Agg
	for g, at := range s.share {
		some := moments.Compare{A: moments.Ref(s.names[at]), Op: moments.NotEqual, B: moments.Int(0)}
		list = append(list, moments.Agg{Name: clustersOf(g), Op: moments.Count, Of: moments.Case{When: some, Then: moments.Int(1)}})
	}
	slices.SortFunc(list, func(a, b moments.Agg) int { return compareStrings(a.Name, b.Name) })
	return list
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// spread is the matrix of sums of products that a covariance is made of.
type spread struct {
	products   [][]float64
	clusters   int64 // the smaller number of two
	clustersOf map[int64]int64
	df         float64 // 0 = normal
	mended     bool    // a two-way matrix was not positive semi-definite
}

// readCovariance makes the matrix of the kind of error that the options ask for.
func (p procedure) readCovariance(s scoreSet, so []moments.Statistic) (spread, error) {
	if p.survey() {
		return p.readSurvey(s, so[0])
	}
	if len(p.o.Clusters) == 0 {
		out := spread{products: square(len(s.names)), clustersOf: map[int64]int64{}}
		at := placed(s.pieces)
		for i, c := range classes(at) {
			c.addGram(so[i], at, &out)
		}
		return out, nil
	}
	out := s.readGram(so[0])
	if len(so) == 3 {
		second, both := s.readGram(so[1]), s.readGram(so[2])
		v, mended := inference.TwoWay(symmetric(out.products), symmetric(second.products), symmetric(both.products))
		out.mended = mended
		for i := range out.products {
			for j := range out.products {
				out.products[i][j] = v.At(i, j)
			}
		}
		if second.clusters < out.clusters {
			out.clusters, out.clustersOf = second.clusters, second.clustersOf
		}
	}
	return out, nil
}

func symmetric(m [][]float64) *mat.SymDense {
	s := mat.NewSymDense(len(m), nil)
	for i := range m {
		for j := i; j < len(m); j++ {
			s.SetSym(i, j, m[i][j])
		}
	}
	return s
}

func (s scoreSet) readGram(so moments.Statistic) spread {
	total := so.Total()
	out := spread{products: s.crosses(so, total), clusters: so.Cell(total, cellClusters).Count(), clustersOf: map[int64]int64{}}
	for g := range s.share {
		out.clustersOf[g] = so.Cell(total, clustersOf(g)).Count()
	}
	return out
}

func (s scoreSet) crosses(so moments.Statistic, g moments.Group) [][]float64 {
	m := square(len(s.names))
	for i, a := range s.names {
		for j := i; j < len(s.names); j++ {
			m[i][j] = zeroIfMissing(so.Cell(g, moments.Cross(a, s.names[j])))
			m[j][i] = m[i][j]
		}
	}
	return m
}

// readSurvey is the variance between PSUs within strata: in each stratum of n
// PSUs n/(n-1) (1-f) times the sum of centred products; PSU less strata degrees
// of freedom.
func (p procedure) readSurvey(s scoreSet, so moments.Statistic) (spread, error) {
	out := spread{products: square(len(s.names)), clustersOf: map[int64]int64{}}
	for _, g := range so.Groups {
		n := so.Cell(g, cellClusters).Count()
		name := ""
		if len(g.Key) > 0 {
			name = g.Key[0].String()
		}
		rest := 1.0
		if p.o.FPC != "" {
			low, high := so.Cell(g, "fpc_min").Float(), so.Cell(g, "fpc_max").Float()
			if low != high || !(low > 0) || (low > 1 && low < float64(n)) {
				return out, result.Refuse("did-fpc", "column", p.o.FPC, "stratum", name, "low", low, "high", high, "psus", n)
			}
			if rest = 1 - low; low > 1 {
				rest = 1 - float64(n)/low
			}
		}
		if n == 1 && rest > 0 {
			return out, result.Refuse("did-lonely-psu", "stratum", name, "strata", p.o.Strata)
		}
		out.clusters += n
		for c := range s.share {
			out.clustersOf[c] += so.Cell(g, clustersOf(c)).Count()
		}
		if n == 1 {
			continue
		}
		times := rest * float64(n) / float64(n-1)
		sum := make([]float64, len(s.names))
		for i, name := range s.names {
			sum[i] = zeroIfMissing(so.Cell(g, name))
		}
		for i, row := range s.crosses(so, g) {
			for j, x := range row {
				out.products[i][j] += times * (x - sum[i]*sum[j]/float64(n))
			}
		}
	}
	out.df = float64(out.clusters) - float64(len(so.Groups))
	if !(out.df > 0) {
		return out, result.Refuse("did-lonely-psu", "stratum", "", "strata", p.o.Strata)
	}
	return out, nil
}

// scorePanel is a panel whose features are influence functions: what aggregates
// load on.
func scorePanel(of panel, s scoreSet, sp spread) panel {
	of.products = map[[2]int][][]float64{{0, 0}: sp.products}
	of.blocks, of.width = 1, len(s.names)
	of.scores = &s
	of.clusters, of.clustersOf = sp.clusters, sp.clustersOf
	of.df, of.mended = sp.df, sp.mended
	return of
}
