package inference

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ErrSingular is the error of a regression whose regressors are collinear.
var ErrSingular = errors.New("inference: the cross-products have no inverse")

// ClusterMoment is what a linear regression with k regressors keeps of one
// cluster c: never a row.
type ClusterMoment struct {
	Gram  *mat.SymDense // X_c'X_c, k by k
	Score *mat.VecDense // X_c'e_c, k; e the residuals of the whole regression
}

// ClusterErrors are errors of one linear combination l'b of coefficients.
type ClusterErrors struct {
	CR0, CR1, CR2 float64 // standard errors
	// CR3 is the jackknife error, sqrt((G-1)/G sum_c (l'b_(c) - l'b)^2) with b_(c)
	// from all clusters but c (MacKinnon, Nielsen and Webb 2023, CV3); NaN where
	// CR2 is.
	CR3 float64
	DF  float64 // Bell-McCaffrey degrees of freedom of CR2; NaN where CR2 has none
	// Full is the number of clusters that alone determine a part of l'b: its
	// residuals there are zero, so CR2 has nothing to learn from and is NaN.
	Full int
}

// Tolerances relative to one: sums of real numbers are correct to about 1e-12.
const (
	// fullLeverage is how near to one an eigenvalue of a cluster's leverage
	// counts as one.
	fullLeverage = 1e-9
	// flat is the share of the largest eigenvalue of a cluster's cross-products
	// below which a direction does not vary in the cluster.
	flat = 1e-12
)

// ClusterRobust gives the cluster-robust errors of l'b for each combination l
// (length k) of the coefficients of a least-squares regression on n rows,
// from the moments of its clusters. Nothing given is modified. Regressors
// should be of one scale. ErrSingular where they are collinear.
//
// With M = (X'X)^-1 the errors are sqrt(l' M S M l) for
//
//	CR0: S = sum_c X_c'e_c e_c'X_c
//	CR1: CR0 times G/(G-1) (n-1)/(n-k)
//	CR2: S = sum_c X_c'A_c e_c e_c'A_c X_c,  A_c = (I - X_c M X_c')^(-1/2), symmetric
//
// (Bell and McCaffrey 2002). The degrees of freedom of CR2 are those of
// Satterthwaite under equal, independent errors: with g_c = A_c X_c M l and
// P_cd = g_c'(I - H)_cd g_d, df = (sum_c P_cc)^2 / sum_cd P_cd^2 (Pustejovsky
// and Tipton 2018, section 2.2, with the identity as working model).
//
// Rows are not needed: X_c = O R with R'R = X_c'X_c and orthonormal columns O,
// so X_c M X_c' = O K O' with the small K = R M R' = Q diag(v) Q', and
// A_c X_c = O Q diag((1-v)^(-1/2)) Q' R.
func ClusterRobust(clusters []ClusterMoment, n int64, combinations []*mat.VecDense) ([]ClusterErrors, error) {
	bread, err := invertTotal(clusters)
	if err != nil {
		return nil, err
	}
	k := bread.SymmetricDim()
	meats := make([]*meat, len(combinations))
	for i, l := range combinations {
		meats[i] = &meat{weights: mat.NewVecDense(k, nil), cross: mat.NewSymDense(k, nil)}
		meats[i].weights.MulVec(bread, l)
	}
	for _, c := range clusters {
		h, err := newHat(c, bread)
		if err != nil {
			return nil, err
		}
		for _, m := range meats {
			m.add(c, h)
		}
	}
	g := float64(len(clusters))
	out := make([]ClusterErrors, len(combinations))
	for i, m := range meats {
		out[i] = m.errors(bread)
		out[i].CR1 = math.NaN()
		if g > 1 && n > int64(k) {
			out[i].CR1 = out[i].CR0 * math.Sqrt(g/(g-1)*float64(n-1)/float64(n-int64(k)))
		}
	}
	return out, nil
}

// invertTotal gives (X'X)^-1.
func invertTotal(clusters []ClusterMoment) (*mat.SymDense, error) {
	if len(clusters) == 0 {
		return nil, ErrSingular
	}
	total := mat.NewSymDense(clusters[0].Gram.SymmetricDim(), nil)
	for _, c := range clusters {
		total.AddSym(total, c.Gram)
	}
	var chol mat.Cholesky
	if !chol.Factorize(total) || chol.Cond() > 1e15 {
		return nil, ErrSingular
	}
	bread := new(mat.SymDense)
	var condition mat.Condition // of large numbers beside small ones: still an inverse
	if err := chol.InverseTo(bread); err != nil && !errors.As(err, &condition) {
		return nil, ErrSingular
	}
	return bread, nil
}

// hat is a cluster's part of the hat matrix, O Q diag(leverage) Q' O', on the
// regressors that are not zero in the cluster.
type hat struct {
	columns  []int      // of the regression: those not zero in the cluster
	leverage []float64  // v, in [0, 1]
	turn     *mat.Dense // Q'R: len(leverage) by len(columns)
	back     *mat.Dense // Q'R'^-1 (generalised), so that O'e = back X_c'e
}

func newHat(c ClusterMoment, bread *mat.SymDense) (hat, error) {
	var h hat
	for j := range c.Gram.SymmetricDim() {
		if c.Gram.At(j, j) > 0 {
			h.columns = append(h.columns, j)
		}
	}
	size := len(h.columns)
	if size == 0 {
		return h, nil
	}
	gram, inner := mat.NewSymDense(size, nil), mat.NewSymDense(size, nil)
	for a, i := range h.columns {
		for b := a; b < size; b++ {
			gram.SetSym(a, b, c.Gram.At(i, h.columns[b]))
			inner.SetSym(a, b, bread.At(i, h.columns[b]))
		}
	}
	values, vectors, err := decompose(gram)
	if err != nil {
		return h, err
	}
	// R = diag(sqrt(gamma)) E' over the directions that vary in the cluster.
	var root, inverse [][]float64
	for j := size - 1; j >= 0 && values[j] > flat*values[size-1]; j-- {
		r, b := mat.Col(nil, j, vectors), mat.Col(nil, j, vectors)
		scale := math.Sqrt(values[j])
		for i := range r {
			r[i] *= scale
			b[i] /= scale
		}
		root, inverse = append(root, r), append(inverse, b)
	}
	r, b := stack(root), stack(inverse)
	var half, small mat.Dense
	half.Mul(r, inner)
	small.Mul(&half, r.T())
	h.leverage, vectors, err = decompose(symmetric(&small))
	if err != nil {
		return h, err
	}
	for i, v := range h.leverage {
		h.leverage[i] = math.Min(1, math.Max(0, v))
	}
	h.turn, h.back = new(mat.Dense), new(mat.Dense)
	h.turn.Mul(vectors.T(), r)
	h.back.Mul(vectors.T(), b)
	return h, nil
}

// decompose gives eigenvalues in rising order and eigenvectors in columns.
func decompose(s *mat.SymDense) ([]float64, *mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return nil, nil, ErrSingular
	}
	vectors := new(mat.Dense)
	eigen.VectorsTo(vectors)
	return eigen.Values(nil), vectors, nil
}

func stack(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

// symmetric takes away what rounding made of the two halves.
func symmetric(m *mat.Dense) *mat.SymDense {
	k, _ := m.Dims()
	s := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			s.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return s
}

// meat gathers over the clusters what one combination needs.
type meat struct {
	weights    *mat.VecDense // M l: the weight of each regressor in l'b
	cr0, cr2   float64
	cr3        float64
	clusters   int
	trace      float64       // sum_c P_cc
	within     float64       // sum_c P_cc^2 - (u_c'M u_c)^2
	cross      *mat.SymDense // sum_c u_c u_c', u_c = X_c'g_c
	determined int
}

// add adds a cluster: P_cc is the sum of squares of Q'R M l over the directions
// with v < 1, and P_cd is -u_c'M u_d across clusters.
func (m *meat) add(c ClusterMoment, h hat) {
	m.clusters++
	plain := mat.Dot(m.weights, c.Score)
	m.cr0 += plain * plain
	size := len(h.columns)
	if size == 0 {
		return
	}
	weights, score := mat.NewVecDense(size, nil), mat.NewVecDense(size, nil)
	for a, j := range h.columns {
		weights.SetVec(a, m.weights.AtVec(j))
		score.SetVec(a, c.Score.AtVec(j))
	}
	var along, pull mat.VecDense
	along.MulVec(h.turn, weights)
	pull.MulVec(h.back, score)
	length := mat.Dot(&along, &along)
	u := make([]float64, size)
	var adjusted, dropped, own, self float64
	full := false
	for i, v := range h.leverage {
		t := along.AtVec(i)
		if 1-v < fullLeverage {
			full = full || t*t > fullLeverage*length
			continue
		}
		f := 1 / math.Sqrt(1-v)
		adjusted += f * t * pull.AtVec(i)
		dropped += f * f * t * pull.AtVec(i)
		own += t * t
		self += f * f * t * t * v // g_c'H_cc g_c = u_c'M u_c
		for a := range u {
			u[a] += h.turn.At(i, a) * f * t
		}
	}
	m.cr2 += adjusted * adjusted
	m.cr3 += dropped * dropped
	m.trace += own
	m.within += own*own - self*self
	for a, i := range h.columns {
		for b := a; b < size; b++ {
			j := h.columns[b]
			m.cross.SetSym(i, j, m.cross.At(i, j)+u[a]*u[b])
		}
	}
	if full {
		m.determined++
	}
}

// errors closes the sums: over all pairs, sum (u_c'M u_d)^2 = tr(M U M U) with
// U = sum u u'.
func (m *meat) errors(bread *mat.SymDense) ClusterErrors {
	out := ClusterErrors{CR0: math.Sqrt(m.cr0), CR2: math.NaN(), CR3: math.NaN(), DF: math.NaN(), Full: m.determined}
	if m.determined > 0 {
		return out
	}
	out.CR2 = math.Sqrt(m.cr2)
	out.CR3 = math.Sqrt(m.cr3 * float64(m.clusters-1) / float64(m.clusters))
	var mu mat.Dense
	mu.Mul(bread, m.cross)
	var pairs float64
	k, _ := mu.Dims()
	for i := range k {
		for j := range k {
			pairs += mu.At(i, j) * mu.At(j, i)
		}
	}
	if pairs += m.within; pairs > 0 {
		out.DF = m.trace * m.trace / pairs
	}
	return out
}
