package change

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
)

// distribution compares the values of a column.
func (p *pair) distribution(ctx context.Context, c *Change, column *Column) error {
	q := name(column.Name)
	n, err := p.numbers(ctx, fmt.Sprintf("SELECT (SELECT count(%s) FROM v0), (SELECT count(%s) FROM v1)", q, q))
	if err != nil {
		return err
	}
	filled := [2]int64{int64(n[0]), int64(n[1])}
	share := func(filled, rows int64) float64 {
		if rows == 0 {
			return 0
		}
		missing := rows - filled
		if c.Personal && missing > 0 && missing < few { // as one would know how few they are
			missing = 0
		}
		return float64(missing) / float64(rows)
	}
	column.Missing = Pair{share(filled[0], c.Before), share(filled[1], c.After)}
	least := int64(1)
	if c.Personal {
		least = few
	}
	if filled[0] < least || filled[1] < least || p.pseudonyms(column.Name) {
		return nil
	}
	switch kind := p.types[1][column.Name]; kind {
	case "BIGINT", "DOUBLE":
		return p.measured(ctx, c, column, q+"::DOUBLE")
	case "DATE":
		return p.measured(ctx, c, column, fmt.Sprintf("(%s - DATE '1970-01-01')::DOUBLE", q))
	case "TIMESTAMP":
		return p.measured(ctx, c, column, fmt.Sprintf("epoch(%s) / 86400", q))
	}
	return p.shares(ctx, c, column, q)
}

// quantiles are those of a Summary.
var quantiles = [5]float64{0.1, 0.25, 0.5, 0.75, 0.9}

// measured compares numbers.
func (p *pair) measured(ctx context.Context, c *Change, column *Column, value string) error {
	out := &Numbers{}
	var cuts []float64
	for side, to := range []*Summary{&out.Before, &out.After} {
		n, err := p.numbers(ctx, fmt.Sprintf("SELECT count(x), avg(x), stddev_samp(x) FROM (SELECT %s AS x FROM v%d)", value, side))
		if err != nil {
			return err
		}
		to.N, to.Mean, to.SD = int64(n[0]), n[1], n[2]
		if math.IsNaN(to.SD) {
			to.SD = 0 // one value
		}
		at := quantiles[:]
		if side == 0 {
			at = append(at, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8)
		}
		found, err := p.ranked(ctx, value, side, to.N, at)
		if err != nil {
			return err
		}
		copy(to.Quantiles[:], found)
		if side == 0 { // the deciles
			for i, share := range at {
				if share != 0.25 && share != 0.75 {
					cuts = append(cuts, found[i])
				}
			}
			slices.Sort(cuts)
			cuts = slices.Compact(cuts)
		}
	}
	spread := math.Sqrt((out.Before.SD*out.Before.SD + out.After.SD*out.After.SD) / 2)
	if spread > 0 {
		out.Standardised = (out.After.Mean - out.Before.Mean) / spread
	}
	var bins [2][]float64
	for side := range bins {
		query := "SELECT "
		for i := 0; i <= len(cuts); i++ { // (cut before, cut]
			switch {
			case len(cuts) == 0:
				query += "count(x)"
			case i == 0:
				query += fmt.Sprintf("count(*) FILTER (x <= %s)", real64(cuts[0]))
			case i == len(cuts):
				query += fmt.Sprintf(", count(*) FILTER (x > %s)", real64(cuts[i-1]))
			default:
				query += fmt.Sprintf(", count(*) FILTER (x > %s AND x <= %s)", real64(cuts[i-1]), real64(cuts[i]))
			}
		}
		var err error
		if bins[side], err = p.numbers(ctx, query+fmt.Sprintf(" FROM (SELECT %s AS x FROM v%d)", value, side)); err != nil {
			return err
		}
	}
	out.PSI = psi(bins[0], bins[1])
	column.Size = size(out.PSI)
	if math.Abs(out.Standardised) >= large && column.Size == None { // a small shift of all values moves few bins
		column.Size = Moderate
	}
	if c.Personal {
		for _, s := range []*Summary{&out.Before, &out.After} {
			s.N = c.told(s.N)
			for i := range s.Quantiles {
				s.Quantiles[i] = significant(s.Quantiles[i], 2)
			}
		}
	}
	column.Numbers = out
	return nil
}

// real64 writes a number so that DuckDB reads the same.
func real64(x float64) string { return fmt.Sprintf("(%.17g)::DOUBLE", x) }

// significant rounds to so many digits.
func significant(x float64, digits int) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// ranked gives quantiles by the ranks of sorted values, since a sort of DuckDB can
// go by way of the disk and its quantile functions cannot.
func (p *pair) ranked(ctx context.Context, value string, side int, n int64, at []float64) ([]float64, error) {
	var ranks []string
	for _, share := range at {
		low := math.Floor(share * float64(n-1))
		ranks = append(ranks, fmt.Sprintf("%.0f, %.0f", low+1, min(float64(n), low+2)))
	}
	rows, err := p.conn.QueryContext(ctx, fmt.Sprintf("SELECT r, x FROM (SELECT x, row_number() OVER (ORDER BY x) AS r FROM (SELECT %s AS x FROM v%d) WHERE x IS NOT NULL) WHERE r IN (%s)", value, side, strings.Join(ranks, ", ")))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64]float64{}
	for rows.Next() {
		var r int64
		var x float64
		if err := rows.Scan(&r, &x); err != nil {
			return nil, err
		}
		found[r] = x
	}
	out := make([]float64, len(at))
	for i, share := range at {
		place := share * float64(n-1)
		low := math.Floor(place)
		a, b := found[int64(low)+1], found[min(n, int64(low)+2)]
		out[i] = a + (place-low)*(b-a)
	}
	return out, rows.Err()
}

// psi is the population stability index of two rows of counts; a bin without rows
// counts as half a row.
func psi(before, after []float64) float64 {
	sum := func(all []float64) (n float64) {
		for _, x := range all {
			n += x
		}
		return n
	}
	a, b := sum(before), sum(after)
	out := 0.0
	for i := range before {
		if before[i] == 0 && after[i] == 0 {
			continue
		}
		p, q := max(before[i], 0.5)/a, max(after[i], 0.5)/b
		out += (q - p) * math.Log(q/p)
	}
	return out
}

func size(psi float64) Size {
	switch {
	case psi >= large:
		return Large
	case psi >= moderate:
		return Moderate
	}
	return None
}

// shares compares categories. A column with more of them than mostShares has texts
// of its own, of which nothing is told.
func (p *pair) shares(ctx context.Context, c *Change, column *Column, q string) error {
	rows, err := p.conn.QueryContext(ctx, fmt.Sprintf("SELECT x, count(*) FILTER (v = 0) AS a, count(*) FILTER (v = 1) AS b FROM (SELECT %s::VARCHAR AS x, 0 AS v FROM v0 UNION ALL SELECT %s::VARCHAR, 1 FROM v1) WHERE x IS NOT NULL GROUP BY x LIMIT %d", q, q, mostShares+1))
	if err != nil {
		return err
	}
	defer rows.Close()
	type category struct {
		value string
		n     [2]float64
	}
	var all []category
	for rows.Next() {
		var one category
		var value sql.NullString
		if err := rows.Scan(&value, &one.n[0], &one.n[1]); err != nil {
			return err
		}
		one.value = value.String
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(all) > mostShares {
		return nil
	}
	slices.SortFunc(all, func(a, b category) int {
		return cmp.Or(cmp.Compare(b.n[0]+b.n[1], a.n[0]+a.n[1]), cmp.Compare(a.value, b.value))
	})
	out := &Shares{Values: []Share{}}
	var counts [2][]float64
	var n [2]float64
	for _, one := range all {
		for side := range counts {
			counts[side] = append(counts[side], one.n[side])
			n[side] += one.n[side]
		}
	}
	hidden := map[int]bool{}
	if c.Personal {
		hidden = unsaid(counts)
	}
	for i, one := range all {
		pair := Pair{one.n[0] / n[0], one.n[1] / n[1]}
		out.TotalVariation += math.Abs(pair.After-pair.Before) / 2
		if hidden[i] {
			out.More++
			continue
		}
		out.Values = append(out.Values, Share{one.value, pair})
	}
	out.PSI = psi(counts[0], counts[1])
	column.Size = size(out.PSI)
	column.Shares = out
	return nil
}

// unsaid are the categories, the most frequent first, that are not told: those of few
// persons, and as many more, the rarest first, that what is left out is not of few
// either: one would know it from the rest.
func unsaid(counts [2][]float64) map[int]bool {
	hidden := map[int]bool{}
	for _, side := range counts {
		for i, n := range side {
			if n > 0 && n < few {
				hidden[i] = true
			}
		}
	}
	for _, side := range counts {
		for {
			left, rarest := 0.0, -1
			for i, n := range side {
				if hidden[i] {
					left += n
				} else if n > 0 && (rarest < 0 || n < side[rarest]) {
					rarest = i
				}
			}
			if left == 0 || left >= few || rarest < 0 {
				break
			}
			hidden[rarest] = true
		}
	}
	return hidden
}
