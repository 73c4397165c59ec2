package grid

import (
	"strings"
	"sync"

	"github.com/dampak/dampak/internal/registry"
)

// class is what a label says of its row.
type class uint8

const (
	noClass class = iota
	regency
	province
	nation
	sum // "Jumlah"
)

// class looks up what a label says of its row.
func (r *Reader) class(s []byte) class {
	if len(s) > 60 || !mayLabel(s) {
		return noClass
	}
	if c, ok := r.known[string(s)]; ok {
		return c
	}
	c := classify(string(s))
	if len(r.known) < maxKnown {
		r.known[string(s)] = c
	}
	return c
}

// sumWords begin what names a total, the longer before those they begin with.
var sumWords = []string{"grandtotal", "subtotal", "subjumlah", "jumlahseluruhnya", "jumlah", "total"}

// beginnings are the first letters of all that classify knows.
var beginnings = sync.OnceValue(func() map[[3]byte]bool {
	all := map[[3]byte]bool{}
	add := func(s string) {
		if s = Key(s); len(s) >= 3 {
			all[[3]byte([]byte(s))] = true
		}
	}
	for _, w := range sumWords {
		add(w)
	}
	for _, w := range registry.RegionNames() {
		add(w)
	}
	return all
})

// mayLabel passes over most names of persons without more looking: texts whose first
// letters begin no name of a region or total.
func mayLabel(s []byte) bool {
	var first [3]byte
	n := 0
	for _, c := range s {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			first[n] = c | 0x20
			if n++; n == 3 {
				return beginnings()[first]
			}
		case n == 0 || c >= 0x80: // a code, a bracket, HTML
			return true
		}
	}
	return true
}

func classify(s string) class {
	s, _ = plain(s)
	k := strings.TrimRight(Key(s), "0123456789")
	for _, w := range sumWords {
		if rest, ok := strings.CutPrefix(k, w); ok {
			switch rest {
			case "", "total", "jumlah", "kabupaten", "kota", "kabupatenkota", "kabkota", "seluruh", "keseluruhan":
				return sum
			}
			if len(registry.MatchRegion(rest).Found) > 0 {
				return sum
			}
		}
	}
	found := registry.MatchRegion(s).Found
	if len(found) == 0 {
		return noClass
	}
	switch found[0].Kind {
	case registry.NationKind:
		return nation
	case registry.ProvinceKind:
		return province
	default:
		return regency
	}
}

// total gives the label that makes a row a total.
func (r *Reader) total(row *Row) []byte {
	for i := range row.Cells {
		c := &row.Cells[i]
		if c.Column >= len(r.at) || r.at[c.Column] == nil || !r.at[c.Column].labelled {
			continue
		}
		switch k := r.class(c.Text); {
		case k == sum, k == nation && r.at[c.Column].nationSum, k == province && r.at[c.Column].total:
			return c.Text
		}
	}
	return nil
}
