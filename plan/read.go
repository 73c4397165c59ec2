package plan

import (
	"regexp"
	"slices"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/problem"
)

// Words for the places of keys in messages: what a person finds in the file.
const (
	top        = "plan"
	inOutcomes = "outcomes"
)

// The keys of a plan.
var (
	topKeys     = []string{"dampak", "id", "title", "question", "notes", "data", "design", "outcomes", "inference", "disclosure"}
	topRequired = []string{"dampak", "id", "data", "design", "outcomes"}

	outcomeKeys  = []string{"column", "unit", "better", "label", "matters", "family"}
	outcomeLater = []string{"transform"}

	vces       = []string{Default, "hc0", "hc1", "hc2", "hc3", "cr1", "cr2", "cr3", "wild", "randomisation"}
	adjustment = []string{NoAdjustment, Holm, BenjaminiHochberg, RomanoWolf}
)

// name is what an id may be: it stands in addresses and file names.
var name = regexp.MustCompile(`^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$`)

// Read reads a plan. The file name is for messages alone. The plan is good
// only when the checker, to which package designs adds, has no problem.
func Read(src []byte, file string) (Plan, *Checker) {
	c := &Checker{file: file}
	root := c.tree(src)
	if root.Line == 0 {
		return Plan{}, c
	}
	p := Plan{Inference: Inference{Level: inference.Defaults.Level, Seed: inference.Defaults.Seed,
		Draws: inference.Defaults.Draws, VCE: Default, Adjust: NoAdjustment}}
	if !c.Fields(root, top, topKeys, nil) {
		return p, c
	}
	for _, key := range topRequired {
		c.Require(root, top, key)
	}
	readers := map[string]func(*Plan, Node){
		"dampak": c.version, "id": c.id, "data": c.data, "design": c.design,
		"outcomes": c.outcomes, "inference": c.inference, "disclosure": c.disclosure,
		"title":    func(p *Plan, n Node) { p.Title = c.words(n, "title") },
		"question": func(p *Plan, n Node) { p.Question = c.words(n, "question") },
		"notes":    c.notes,
	}
	for _, key := range topKeys { // data before design, which names a table
		if n, ok := root.Get(key); ok && n.Kind != Null {
			readers[key](&p, n)
		}
	}
	if p.Title == (Words{}) {
		p.Title = Words{ID: p.ID, EN: p.ID}
	}
	return p, c
}

func (c *Checker) version(p *Plan, n Node) {
	v, ok := n.Whole()
	if !ok || v != Version {
		c.Add(n, "plan-version", "found", found(n), "expected", Version)
		return
	}
	p.Version = int(v)
}

func (c *Checker) id(p *Plan, n Node) {
	s, ok := c.Text(n, "id")
	if ok && (!name.MatchString(s) || len(s) > 100) {
		c.Add(n, "plan-id", "found", short(s))
	}
	p.ID = s
}

// words reads a text for both languages, or one for each.
func (c *Checker) words(n Node, key string) Words {
	if n.Kind != Mapping {
		s, _ := c.Text(n, key)
		return Words{ID: s, EN: s}
	}
	c.Fields(n, key, []string{"id", "en"}, nil)
	var w Words
	if v, ok := n.Get("id"); ok {
		w.ID, _ = c.Text(v, "id")
	}
	if v, ok := n.Get("en"); ok {
		w.EN, _ = c.Text(v, "en")
	}
	if len(n.Entries) == 0 {
		c.Add(n, "plan-not-text", "key", key, "found", found(n))
	}
	if w.ID == "" {
		w.ID = w.EN
	}
	if w.EN == "" {
		w.EN = w.ID
	}
	return w
}

func (c *Checker) data(p *Plan, n Node) {
	if n.Kind != Mapping || len(n.Entries) == 0 {
		c.Add(n, "plan-data", "found", found(n))
		return
	}
	for _, e := range n.Entries {
		path, ok := c.ColumnName(e.Value, e.Key.Text)
		if !name.MatchString(e.Key.Text) && !snake.MatchString(e.Key.Text) {
			c.Add(e.Key, "plan-data-name", "found", short(e.Key.Text))
			continue
		}
		if ok {
			p.Data = append(p.Data, Source{Name: e.Key.Text, Path: path})
		}
	}
	if len(p.Data) > 0 {
		p.Table = p.Data[0].Name
	}
}

var snake = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// design reads what is the same in every design: one name, its table and its
// conditions.
func (c *Checker) design(p *Plan, n Node) {
	p.Design = n
	if n.Kind != Mapping || len(n.Entries) != 1 {
		c.Add(n, "plan-design-one", "found", found(n))
		p.Design = Node{}
		return
	}
	body := n.Entries[0].Value
	if where, ok := body.Get("where"); ok {
		p.Where = c.conditions(where)
	}
	at, ok := body.Get("table")
	if !ok {
		return
	}
	name, ok := c.Text(at, "table")
	var names []string
	for _, s := range p.Data {
		names = append(names, s.Name)
	}
	if ok && !slices.Contains(names, name) {
		c.Add(at, "plan-table", "found", short(name), "suggestion", problem.Nearest(name, names), "known", names)
		return
	}
	p.Table = name
}

func (c *Checker) notes(p *Plan, n Node) {
	items, _ := c.Items(n, "notes")
	for _, item := range items {
		if w := c.words(item, "notes"); w != (Words{}) {
			p.Notes = append(p.Notes, w)
		}
	}
}

func (c *Checker) outcomes(p *Plan, n Node) {
	items, _ := c.Items(n, "outcomes")
	seen := map[string]int{}
	for _, item := range items {
		o, ok := c.outcome(item)
		if !ok {
			continue
		}
		if line, twice := seen[o.Column]; twice {
			c.Add(o.At, "plan-outcome-twice", "column", short(o.Column), "first", line)
			continue
		}
		seen[o.Column] = o.At.Line
		p.Outcomes = append(p.Outcomes, o)
	}
}

func (c *Checker) outcome(n Node) (Outcome, bool) {
	var o Outcome
	if !c.Fields(n, inOutcomes, outcomeKeys, outcomeLater) || !c.Require(n, inOutcomes, "column") {
		return o, false
	}
	o.At, _ = n.Get("column")
	var ok bool
	o.Column, ok = c.ColumnName(o.At, "column")
	if v, given := n.Get("unit"); given {
		o.Unit, _ = c.Text(v, "unit")
	}
	if v, given := n.Get("better"); given {
		o.Better, _ = c.Choice(v, "better", []string{Higher, Lower}, nil)
	}
	if v, given := n.Get("family"); given {
		o.Family, _ = c.Text(v, "family")
	}
	if v, given := n.Get("label"); given {
		o.Label = c.words(v, "label")
	}
	if v, given := n.Get("matters"); given {
		f, isNumber := c.Number(v, "matters")
		if isNumber && f <= 0 {
			c.Add(v, "plan-not-positive", "key", "matters", "found", v.Text)
		}
		o.Matters = &f
	}
	return o, ok
}

func (c *Checker) inference(p *Plan, n Node) {
	if !c.Fields(n, "inference", []string{"level", "seed", "draws", "vce", "adjust"}, nil) {
		return
	}
	inf := &p.Inference
	if v, ok := n.Get("level"); ok {
		level, isNumber := c.Number(v, "level")
		if isNumber && (level <= 0 || level >= 1) {
			c.Add(v, "plan-level", "found", v.Text)
		}
		inf.Level = level
	}
	if v, ok := n.Get("seed"); ok {
		seed, _ := c.Whole(v, "seed", 0, maxWhole)
		inf.Seed = uint64(seed)
	}
	if v, ok := n.Get("draws"); ok {
		draws, _ := c.Whole(v, "draws", 1, MaxDraws)
		inf.Draws = int(draws)
	}
	if v, ok := n.Get("vce"); ok {
		inf.VCE, _ = c.Choice(v, "vce", vces, nil)
		inf.VCEAt = v
	}
	if v, ok := n.Get("adjust"); ok {
		inf.Adjust, _ = c.Choice(v, "adjust", adjustment, nil)
		inf.AdjustAt = v
	}
}

func (c *Checker) disclosure(p *Plan, n Node) {
	if !c.Fields(n, "disclosure", []string{"min_cell"}, nil) {
		return
	}
	if v, ok := n.Get("min_cell"); ok {
		cell, _ := c.Whole(v, "min_cell", 0, MaxDraws)
		p.Disclosure.MinCell = int(cell)
	}
}
