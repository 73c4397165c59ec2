package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/dampak/dampak/moments"
)

// record is one record of a census in each part.
type record struct {
	unit  string
	keys  [][]cell // by part; nil: not there
	holds []string // by part
	split bool
}

// Count answers a census in loops.
func (s session) Count(_ context.Context, c moments.Census) (moments.Tally, error) {
	if _, err := c.Check(); err != nil {
		return moments.Tally{}, err
	}
	t := moments.Tally{}
	var records []*record
	byName := map[string]*record{}
	for part := range c.Parts {
		r := c.Rows(part)
		rows, err := s[r.Table].read(r)
		if err != nil {
			return moments.Tally{}, err
		}
		envs, err := r.Check()
		if err != nil {
			return moments.Tally{}, err
		}
		kinds, err := finalKinds(r, envs[0])
		if err != nil {
			return moments.Tally{}, err
		}
		rows = apply(moments.Keep{Cond: moments.All(r.Where)}, rows, envs[0])
		width := len(c.Parts[part].Key)
		for i, g := range fold(r.By, r.Make, rows, kinds) {
			found := g.key[:len(g.key)-width]
			name := fmt.Sprint(i) // each group a record: one part, and rows told apart by unit and key
			switch {
			case c.Parts[part].Unit == "":
				if len(g.rows) == 0 {
					continue
				}
				for range g.rows {
					records = append(records, &record{unit: fmt.Sprint(len(records)), keys: [][]cell{g.key}, holds: []string{""}})
				}
				continue
			case found[0].kind == missing:
				t.Nameless++
				continue
			case len(c.Parts) > 1:
				name = written(found)
			}
			own := byName[name]
			if own == nil {
				own = &record{unit: found[0].name, keys: make([][]cell, len(c.Parts)), holds: make([]string, len(c.Parts))}
				byName[name] = own
				records = append(records, own)
			}
			own.split = own.split || own.keys[part] != nil
			own.keys[part] = append([]cell{}, g.key[len(g.key)-width:]...)
			if c.Parts[part].Value != nil {
				own.holds[part] = numbers(g.cells)
			}
		}
	}
	return tally(t, c, records)
}

// written is cells as a text that tells them apart.
func written(cells []cell) string {
	out := ""
	for _, c := range cells {
		out += fmt.Sprintf("%d %q|", c.kind, c.key().String())
	}
	return out
}

// numbers is numbers as a text that is the same whether they are whole or real.
func numbers(cells []cell) string {
	out := ""
	for _, c := range cells {
		if c.kind == missing {
			out += "-|"
			continue
		}
		out += fmt.Sprintf("%v|", c.float())
	}
	return out
}

// tally counts units by atom, and by the set of their small atoms.
func tally(t moments.Tally, c moments.Census, records []*record) (moments.Tally, error) {
	index := map[string]int{}
	units := []map[string]bool{}
	for _, r := range records {
		if r.split {
			t.Split++
			continue
		}
		seen, id := make([]moments.Seen, len(r.keys)), ""
		for i, k := range r.keys {
			seen[i].Same = i
			if k == nil {
				id += "absent;"
				continue
			}
			seen[i].Key = []moments.Value{}
			for _, v := range k {
				seen[i].Key = append(seen[i].Key, v.key())
			}
			for j := range i {
				if r.keys[j] != nil && r.holds[j] == r.holds[i] {
					seen[i].Same = j
					break
				}
			}
			id += fmt.Sprintf("%s%d;", written(k), seen[i].Same)
		}
		a, known := index[id]
		if !known {
			a = len(t.Atoms)
			index[id] = a
			t.Atoms = append(t.Atoms, moments.Atom{Seen: seen})
			units = append(units, map[string]bool{})
		}
		units[a][r.unit] = true
	}
	if limit := censusLimit(c); len(t.Atoms) > limit {
		return moments.Tally{}, &moments.ErrTooManyGroups{Label: c.Label, Limit: limit}
	}
	of := map[string][]int{}
	for a := range t.Atoms {
		t.Atoms[a].Units = int64(len(units[a]))
		if t.Atoms[a].Units >= c.Small {
			continue
		}
		for u := range units[a] {
			of[u] = append(of[u], a)
		}
	}
	counted := map[string]int{}
	for _, atoms := range of {
		slices.Sort(atoms)
		id := fmt.Sprint(atoms)
		p, known := counted[id]
		if !known {
			p = len(t.Profiles)
			counted[id] = p
			t.Profiles = append(t.Profiles, moments.Profile{Atoms: atoms})
		}
		t.Profiles[p].Units++
	}
	t.Sort()
	return t, nil
}

func censusLimit(c moments.Census) int {
	if c.Limit > 0 {
		return c.Limit
	}
	return moments.DefaultLimit
}
