package disclosure

import (
	"maps"
	"slices"

	"github.com/dampak/dampak/moments"
)

// differences refuses what would give away a small group together with what left
// before: over all rows, and for each measure over the rows that know it.
func (c *check) differences() error {
	out := *c.output()
	outputs := append(slices.Clone(c.history), out)
	versions, why := c.versions(outputs)
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	need := int64(c.data.MinCell)
	for _, measure := range append([]string{""}, union(out.Measures, out.Covariates)...) {
		if same, err := c.knownEverywhere(versions, measure); err != nil {
			return err
		} else if same {
			continue // the rows that know it are all rows, and there is one version
		}
		l, why, err := look(c.ctx, c.gate.Counter, versions, outputs, measure, need)
		if err != nil {
			return err
		}
		if why != nil {
			c.decision.Refused = append(c.decision.Refused, *why)
			return nil
		}
		steps := int(limit("search-steps"))
		switch l.isolates(need, steps, func(released) bool { return true }) {
		case isFound:
			c.refuse("differencing", "earlier", c.names(l, need), "limit", c.data.MinCell)
			return nil
		case notKnown:
			c.refuse("not-proved")
			return nil
		}
	}
	return nil
}

// knownEverywhere tells whether a look by a measure would see what that over all rows
// sees: one version, with no value missing.
func (c *check) knownEverywhere(versions []Data, measure string) (bool, error) {
	if measure == "" || len(versions) > 1 {
		return false, nil
	}
	r := moments.Request{Label: "look for missing values", Table: c.data.Table, Columns: []moments.Column{c.data.read(measure)},
		Make: []moments.Agg{{Name: "all", Op: moments.Count}, {Name: "known", Op: moments.Count, Of: moments.Ref(measure)}}}
	answer, err := c.gate.Counter.Collect(c.ctx, r)
	if err != nil {
		return false, err
	}
	total := answer.Total()
	return answer.Cell(total, "all").Count() == answer.Cell(total, "known").Count(), nil
}

// versions gives the versions that outputs are of, the new one's last; a reason
// where one of them cannot be read or compared.
func (c *check) versions(outputs []Output) ([]Data, *Reason) {
	var out []Data
	for _, o := range outputs {
		if o.Version == c.data.Version || slices.ContainsFunc(out, func(d Data) bool { return d.Version == o.Version }) {
			continue
		}
		d, known := c.gate.version(o.Dataset, o.Version)
		if !known || d.Unit == "" || c.data.Unit == "" {
			r := because("versions-apart", "column", c.data.Unit)
			return nil, &r
		}
		out = append(out, d)
	}
	return append(out, c.data), nil
}

// names gives the titles of the fewest earlier outputs that could be found with which
// the new one gives something away: one where one does, else those that are left
// when no more can be spared.
func (c *check) names(l *lattice, need int64) []string {
	last := len(c.history)
	unsafe := func(with map[int]bool) bool {
		return l.isolates(need, int(limit("search-steps"))/10, func(r released) bool { return r.output == last || with[r.output] }) != isSafe
	}
	if unsafe(nil) {
		return []string{c.output().Title}
	}
	for i, h := range c.history {
		if unsafe(map[int]bool{i: true}) {
			return []string{h.Title}
		}
	}
	with := map[int]bool{}
	for i := range c.history {
		with[i] = true
	}
	for i := range c.history {
		delete(with, i)
		if !unsafe(with) {
			with[i] = true
		}
	}
	var out []string
	for _, i := range slices.Sorted(maps.Keys(with)) {
		out = append(out, c.history[i].Title)
	}
	return out
}

// numbers refuses what would leave too many different numbers about the same people,
// where some of them are sums of products with columns of numbers: then no two are
// alike, and as many as there are people give everyone away.
func (c *check) numbers() error {
	outputs := append(slices.Clone(c.history), *c.output())
	if !slices.ContainsFunc(outputs, func(o Output) bool { return len(o.Covariates) > 0 }) {
		return nil
	}
	versions, why := c.versions(outputs)
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	// A group that can be cut out of the weighted sums has to have as many people as
	// there are numbers about it, and the degrees of freedom more.
	spare := int64(limit("degrees-of-freedom"))
	var total int64
	for _, o := range outputs {
		for _, t := range o.Tables {
			total += int64(len(t.Cells) * (1 + len(o.Covariates)))
		}
	}
	l, why, err := look(c.ctx, c.gate.Counter, versions, outputs, "", spare+total)
	if err != nil {
		return err
	}
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	weighted := func(r released) bool { return len(outputs[r.output].Covariates) > 0 }
	var most int64
	for _, r := range l.rows {
		if !weighted(r) {
			continue
		}
		var about int64
		for _, o := range l.rows {
			if overlap(r.variables, o.variables) {
				about += int64(1 + len(outputs[o.output].Covariates))
			}
		}
		most = max(most, about)
	}
	if l.isolates(spare+most, int(limit("search-steps")), weighted) != isSafe {
		c.refuse("many-numbers", "limit", int(spare))
	}
	return nil
}

func overlap(a, b vector) bool {
	if len(b) < len(a) {
		a, b = b, a
	}
	for v := range a {
		if _, both := b[v]; both {
			return true
		}
	}
	return false
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
