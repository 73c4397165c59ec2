package experiment

import (
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxArms is the number of arms beyond which a column is taken for something
// else than a treatment: our choice.
const maxArms = 20

// arms are the names of the arms, the reference arm first and the others in
// byte order.
func (p procedure) arms(s estimate.Sample) ([]string, error) {
	var arms []string
	at := slices.Index(s.Levels.Keys, p.o.Treatment)
	for _, g := range s.Levels.Groups {
		if name := g.Key[at].String(); s.Levels.Cell(g, "rows").Count() > 0 && !slices.Contains(arms, name) {
			arms = append(arms, name)
			if len(arms) > maxArms {
				return nil, result.Refuse("experiment-many-arms", "column", p.o.Treatment, "limit", maxArms)
			}
		}
	}
	slices.Sort(arms)
	if len(arms) == 0 {
		return nil, result.Refuse("experiment-no-rows", "outcome", p.o.Outcome)
	}
	control := p.o.Control
	if control == "" && slices.Contains(arms, "0") {
		control = "0"
	}
	if len(arms) == 1 {
		if arms[0] == control {
			return nil, result.Refuse("experiment-nobody-treated", "column", p.o.Treatment, "arm", arms[0], "rows", s.Rows)
		}
		return nil, result.Refuse("experiment-all-treated", "column", p.o.Treatment, "arm", arms[0], "rows", s.Rows)
	}
	if control == "" {
		return arms, nil
	}
	i := slices.Index(arms, control)
	if i < 0 {
		return nil, result.Refuse("experiment-unknown-control", "column", p.o.Treatment, "control", control, "arms", arms)
	}
	return slices.Insert(slices.Delete(arms, i, i+1), 0, control), nil
}

// cell is the outcome in one arm of one block, and of one cluster where there
// are clusters.
type cell struct {
	arm, block int
	cluster    moments.Value
	tally
}

// trial is the experiment as it is compared: sums by arm, block and cluster.
type trial struct {
	arms   []string // the reference arm first
	blocks []string // one without a name where there are none
	// blockKeys are the blocks as the data hold them.
	blockKeys []moments.Value
	cells     []cell // in key order
	n         int64
	total     [][]tally             // by arm and block
	held      [][]int               // number of clusters by arm and block; of rows without clusters
	seen      map[moments.Value]int // clusters, numbered in order of appearance
}

// clusters is the number of clusters; 0 without any.
func (t trial) clusters() int { return len(t.seen) }

// arm is an arm over all blocks.
func (t trial) arm(a int) tally {
	var sum tally
	for _, b := range t.total[a] {
		sum = sum.plus(b)
	}
	return sum
}

// read makes the trial from the sums by arm, block and cluster.
func (p procedure) read(s estimate.Sample, so moments.Statistic) (trial, error) {
	arms, err := p.arms(s)
	if err != nil {
		return trial{}, err
	}
	t := trial{arms: arms, seen: map[moments.Value]int{}}
	blocks, keys := map[string]int{}, map[string]moments.Value{}
	blockAt, clusterAt := slices.Index(so.Keys, "block"), slices.Index(so.Keys, "cluster")
	for _, g := range so.Groups {
		name := ""
		if blockAt >= 0 {
			name = g.Key[blockAt].String()
			keys[name] = g.Key[blockAt]
		}
		if _, known := blocks[name]; !known {
			blocks[name] = 0
			t.blocks = append(t.blocks, name)
		}
	}
	slices.Sort(t.blocks)
	for i, b := range t.blocks {
		blocks[b] = i
		t.blockKeys = append(t.blockKeys, keys[b])
	}
	for range arms {
		t.total = append(t.total, make([]tally, len(t.blocks)))
		t.held = append(t.held, make([]int, len(t.blocks)))
	}
	for _, g := range so.Groups {
		c := cell{arm: slices.Index(arms, g.Key[0].String())}
		c.tally = tally{so.Cell(g, "rows").Count(), so.Cell(g, "sum"), so.Cell(g, "square")}
		if blockAt >= 0 {
			c.block = blocks[g.Key[blockAt].String()]
		}
		held := int(c.n)
		if clusterAt >= 0 {
			c.cluster, held = g.Key[clusterAt], 1
			if _, known := t.seen[c.cluster]; !known {
				t.seen[c.cluster] = len(t.seen)
			}
		}
		t.cells = append(t.cells, c)
		t.n += c.n
		t.total[c.arm][c.block] = t.total[c.arm][c.block].plus(c.tally)
		t.held[c.arm][c.block] += held
	}
	return t, nil
}
