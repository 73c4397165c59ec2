package contract

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
)

type keyCheck struct {
	name   string
	fields []int
	seen   map[[2]uint64]int64
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func (k *Check) key(names []string) {
	one := &keyCheck{name: strings.Join(names, ", "), seen: map[[2]uint64]int64{}}
	for _, n := range names {
		one.fields = append(one.fields, k.c.index(n))
	}
	k.keys = append(k.keys, one)
}

// unique holds the keys of a row that is sound otherwise.
func (k *Check) unique(i int, row int64) {
	type claim struct {
		key *keyCheck
		sum [2]uint64
	}
	var claims []claim
	for _, key := range k.keys {
		k.buffer = k.buffer[:0]
		blank := false
		for _, j := range key.fields {
			f, c := &k.fields[j], &k.work.Cells[j]
			if c.Missing[i] != "" {
				blank = true // the standard lets missing values of unique fields repeat
				continue
			}
			switch f.convert.to {
			case source.Text:
				k.buffer = binary.AppendUvarint(k.buffer, uint64(len(c.Text[i])))
				k.buffer = append(k.buffer, c.Text[i]...)
			case source.Real:
				k.buffer = binary.LittleEndian.AppendUint64(k.buffer, math.Float64bits(c.Real[i]+0))
			default:
				k.buffer = binary.LittleEndian.AppendUint64(k.buffer, uint64(c.Whole[i]))
			}
		}
		if blank {
			continue
		}
		sum := [2]uint64{maphash.Bytes(seeds[0], k.buffer), maphash.Bytes(seeds[1], k.buffer)}
		if first, ok := key.seen[sum]; ok {
			value := ""
			if len(key.fields) == 1 {
				j := key.fields[0]
				value = shown(k.fields[j].Field, k.work.Cells[j].Spell(k.fields[j].convert.to, i))
			}
			k.breaks[i] = append(k.breaks[i], Break{Rule: Repeated, Field: key.name, Value: value, Limit: strconv.FormatInt(first, 10)})
		}
		claims = append(claims, claim{key, sum})
	}
	if len(k.breaks[i]) == 0 {
		for _, c := range claims {
			c.key.seen[c.sum] = row
		}
	}
}
