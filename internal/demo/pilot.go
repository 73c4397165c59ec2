package demo

import (
	"math"
)

// joins is the share of households that take up the coaching when offered.
const joins = 0.7

// pilot is the trial of 2026: chance picks half of the pilot villages, whose
// households are offered coaching.
type pilot struct {
	world    World
	villages []int // numbers of villages in the pilot, in order
	seen     []candidate
}

// candidate is a household of a pilot village with both its outcomes.
type candidate struct {
	household
	before, without, gain int // gain if offered: 0 for one that would not join
}

// see takes in a household that lives in a pilot village.
func (p *pilot) see(l *law, h household, last year) {
	if h.village%pilotVillageShare != 1 {
		return
	}
	v := villageNumber(h)
	if len(p.villages) == 0 || p.villages[len(p.villages)-1] != v {
		p.villages = append(p.villages, v)
	}
	chance := p.world.source(householdNumber(h), forPilot)
	c := candidate{household: h, before: last.real, without: l.live(chance, h, years-1).real}
	if chance.Float64() < joins {
		c.gain = l.pilot
	}
	p.seen = append(p.seen, c)
}

// draw picks half of the villages (the smaller half of an odd number).
func (p *pilot) draw() map[int]bool {
	chance := p.world.source(0, forPilot)
	offered := map[int]bool{}
	for i, at := range chance.Perm(len(p.villages)) {
		if i < len(p.villages)/2 {
			offered[p.villages[at]] = true
		}
	}
	return offered
}

// write writes the pilot's file and gives its truth: the mean effect of the
// offer over all households of the pilot (ate) and over those offered (att).
func (p *pilot) write(r *rows) []Truth {
	offered := p.draw()
	var all, got, gotRows int64
	for _, c := range p.seen {
		arm := offered[villageNumber(c.household)]
		after, joined := c.without, false
		if arm {
			after, joined = after+c.gain, c.gain > 0
			got += int64(c.gain)
			gotRows++
		}
		all += int64(c.gain)
		r.whole(householdNumber(c.household), c.region, villageNumber(c.household), c.members, desil(c.score),
			truth01(arm), truth01(joined), c.before, after)
		r.end()
	}
	return []Truth{
		{Study: StudyExperiment, Term: "ate", Value: ratio(all, int64(len(p.seen)))},
		{Study: StudyExperiment, Term: "att", Value: ratio(got, gotRows)},
	}
}

func ratio(sum, rows int64) float64 {
	return rounded(float64(sum) / math.Max(1, float64(rows)))
}
