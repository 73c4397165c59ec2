package did

import (
	"fmt"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// examples is the number of units that a refusal names.
const examples = 5

// fault is something wrong with units: how many, the request that finds
// examples, and the refusal made from its answer.
type fault struct {
	request moments.Request
	refuse  func(moments.Statistic) error
}

// twice names units with two rows in one period.
func (c collector) twice(units int64) *fault {
	r := c.request("name units with two rows in a period")
	r.Steps = []moments.Step{
		moments.Fold{
			By:   []moments.Field{{Name: unitKey, Of: moments.Ref(c.p.o.Unit)}, {Name: "time", Of: moments.Ref(c.p.o.Time)}},
			Make: []moments.Agg{{Name: cellRows, Op: moments.Count}},
		},
		moments.Keep{Cond: moments.Compare{A: moments.Ref(cellRows), Op: moments.Greater, B: moments.Int(1)}},
	}
	r.By = []moments.Field{{Name: unitKey, Of: moments.Ref(unitKey)}, {Name: "time", Of: moments.Ref("time")}}
	r.Make = []moments.Agg{{Name: cellRows, Op: moments.Sum, Of: moments.Ref(cellRows)}}
	r.Only = examples
	return &fault{r, func(s moments.Statistic) error {
		return result.Refuse("did-duplicates", "units", units, "unit", c.p.o.Unit, "time", c.p.o.Time, "examples", list(s, func(g moments.Group) string {
			return fmt.Sprintf("%s (%s)", g.Key[0], g.Key[1])
		}))
	}}
}

// switches names units whose first period of treatment changes.
func (c collector) switches(units int64) *fault {
	r := c.request("name units whose treatment switches")
	r.Steps = append(c.byUnit(false), moments.Keep{Cond: switching})
	r.By = []moments.Field{{Name: unitKey, Of: moments.Ref(unitKey)}}
	r.Make = []moments.Agg{
		{Name: "g_min", Op: moments.Min, Of: moments.Ref("g_min")},
		{Name: "g_max", Op: moments.Max, Of: moments.Ref("g_max")},
	}
	r.Only = examples
	return &fault{r, func(s moments.Statistic) error {
		return result.Refuse("did-switching", "units", units, "column", c.p.o.FirstTreated, "examples", list(s, func(g moments.Group) string {
			low, high := s.Cell(g, "g_min").String(), s.Cell(g, "g_max").String()
			if low == high {
				high = "–" // missing in some rows
			}
			return fmt.Sprintf("%s (%s, %s)", g.Key[0], low, high)
		}))
	}}
}

// splits names units whose cluster, stratum, PSU or domain changes.
func (c collector) splits(units int64, i int) *fault {
	name := c.p.carried()[i]
	r := c.request("name units that change their " + name)
	r.Steps = append(c.byUnit(false), moments.Keep{Cond: splitBy(i)})
	r.By = []moments.Field{{Name: unitKey, Of: moments.Ref(unitKey)}, {Name: "low", Of: carriedMin(i)}, {Name: "high", Of: carriedMax(i)}}
	r.Make = []moments.Agg{{Name: cellUnits, Op: moments.Count}}
	r.Only = examples
	return &fault{r, func(s moments.Statistic) error {
		return result.Refuse("did-unit-in-two-clusters", "units", units, "cluster", name, "examples", list(s, func(g moments.Group) string {
			return fmt.Sprintf("%s (%s, %s)", g.Key[0], g.Key[1], g.Key[2])
		}))
	}}
}

// gaps counts the units missing in each period.
func (c collector) gaps(units, of int64) *fault {
	r := c.request("count the units missing in each period")
	partly := moments.Compare{A: moments.Ref(patternKey), Op: moments.Equal, B: moments.Int(0)}
	r.Steps = append(c.byUnit(false), moments.Keep{Cond: moments.All{partly, moments.Not{Cond: c.alwaysTreated()}}})
	for k := range c.f.periods {
		absent := moments.Not{Cond: moments.Known{Of: outcomeAt(k)}}
		r.Make = append(r.Make, moments.Agg{Name: string(outcomeAt(k)), Op: moments.Count, Of: moments.Case{When: absent, Then: moments.Int(1)}})
	}
	return &fault{r, func(s moments.Statistic) error {
		var missing []string
		for k, t := range c.f.periods {
			if n := s.Cell(s.Total(), string(outcomeAt(k))).Count(); n > 0 {
				missing = append(missing, fmt.Sprintf("%d (%d)", t, n))
			}
		}
		return result.Refuse("did-unbalanced", "units", units, "of", of, "periods", missing)
	}}
}

// alwaysTreated holds for cohorts that have no period before treatment.
func (c collector) alwaysTreated() moments.Cond {
	var cohorts []moments.Value
	for _, g := range c.f.always {
		cohorts = append(cohorts, moments.WholeKey(g))
	}
	return moments.Is{Of: moments.Ref(cohortKey), Values: cohorts}
}

func list(s moments.Statistic, word func(moments.Group) string) []string {
	words := make([]string, len(s.Groups))
	for i, g := range s.Groups {
		words[i] = word(g)
	}
	return words
}
