package contract

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
)

// mostSeen is how many sums a set takes. Of 3 million rows a set has 50 MB, with
// something beside the row 67 MB; the chance that any two that differ have one
// sum of 64 bits is then 1 in 4 million (n²/2⁶⁵), and all that it does is to name a
// row to look at.
const mostSeen = 3 << 20

// seenSet says for a sum in which row it came first. Open addressing in two
// slices of numbers, since a map of Go takes three times the memory.
type seenSet struct {
	sums   []uint64 // 0: free
	rows   []uint32
	beside []uint32 // nil: nothing stands beside
	n      int
	full   int64 // the first row that found no room; 0: none
}

func newSeenSet(beside bool) *seenSet {
	s := &seenSet{sums: make([]uint64, 1<<10), rows: make([]uint32, 1<<10)}
	if beside {
		s.beside = make([]uint32, 1<<10)
	}
	return s
}

// at finds the place of a sum, or the free place where it belongs.
func (s *seenSet) at(sum uint64) int {
	i := int(sum) & (len(s.sums) - 1)
	for s.sums[i] != 0 && s.sums[i] != sum {
		i = (i + 1) & (len(s.sums) - 1)
	}
	return i
}

// add notes a sum with its row and what stands beside; where it is there
// already, it gives the row and what stands beside that one.
func (s *seenSet) add(sum uint64, row int64, beside uint32) (first int64, other uint32, again bool) {
	sum = max(1, sum)
	i := s.at(sum)
	if s.sums[i] != 0 {
		if s.beside != nil {
			other = s.beside[i]
		}
		return int64(s.rows[i]), other, true
	}
	if s.n >= mostSeen || row > math.MaxUint32 {
		if s.full == 0 {
			s.full = row
		}
		return 0, 0, false
	}
	if s.n*4 >= len(s.sums)*3 {
		old := *s
		s.sums, s.rows = make([]uint64, 2*len(old.sums)), make([]uint32, 2*len(old.sums))
		if old.beside != nil {
			s.beside = make([]uint32, 2*len(old.sums))
		}
		for j, one := range old.sums {
			if one == 0 {
				continue
			}
			to := s.at(one)
			s.sums[to], s.rows[to] = one, old.rows[j]
			if old.beside != nil {
				s.beside[to] = old.beside[j]
			}
		}
		i = s.at(sum)
	}
	s.sums[i], s.rows[i] = sum, uint32(row)
	if s.beside != nil {
		s.beside[i] = beside
	}
	s.n++
	return 0, 0, false
}

// repeats finds what stands twice across rows.
type repeats struct {
	k                                    *Check
	nik, kk, relation, period, programme int // fields; -1: none
	copies, persons, again, heads        *seenSet
	found                                map[FindingCode]*Finding
	hash                                 maphash.Hash
}

// repeats begins to look: for exact copies where rows tell themselves apart (by a
// key, an identity or a region), for persons and heads where there are such
// columns. A NIK that is part of a key repeats as the key allows.
func (k *Check) repeating() *repeats {
	r := &repeats{k: k, found: map[FindingCode]*Finding{}, nik: k.numberField(identity.NIK), kk: k.numberField(identity.KK), relation: k.c.role(RelationRole), period: k.c.role(PeriodRole), programme: k.c.role(ProgrammeRole)}
	r.hash.SetSeed(seeds[0])
	if len(k.keys) > 0 || len(k.c.RegionKeys) > 0 || slices.ContainsFunc(k.c.Fields, func(f Field) bool { return f.Identity != "" }) {
		r.copies = newSeenSet(false)
	}
	if r.nik >= 0 && r.kk >= 0 {
		r.persons = newSeenSet(true)
	}
	inKey := slices.ContainsFunc(k.keys, func(key *keyCheck) bool { return slices.Contains(key.fields, r.nik) })
	if r.nik >= 0 && !inKey {
		r.again = newSeenSet(false)
	}
	if r.kk >= 0 && r.relation >= 0 {
		r.heads = newSeenSet(false)
	}
	return r
}

// numberField gives the field of numbers of a kind that a file has, -1 without.
// What is dropped is not read as a number.
func (k *Check) numberField(kind identity.Kind) int {
	return slices.IndexFunc(k.fields, func(f fieldCheck) bool { return f.Identity == kind && f.Stored() && f.column >= 0 })
}

// note counts an example.
func (r *repeats) note(code FindingCode, field string, e Example) {
	if r.found[code] == nil {
		r.found[code] = &Finding{Code: code, Field: field}
	}
	r.found[code].Add(e)
}

// row looks at row i of the batch as it came in, accepted or not.
func (r *repeats) row(in *source.Batch, i int) {
	if r.copies == nil {
		return
	}
	r.hash.Reset()
	for j := range in.Cells {
		r.cell(&in.Cells[j], r.k.in.Columns[j].Kind, i)
	}
	if first, _, again := r.copies.add(r.hash.Sum64(), in.Row[i], 0); again {
		r.note(RowRepeated, "", Example{Row: in.Row[i], Other: first})
	}
}

// cell adds a cell to the sum.
func (r *repeats) cell(c *source.Cells, kind source.Kind, i int) {
	if m := c.Missing[i]; m != "" {
		r.hash.WriteByte(0)
		r.hash.WriteString(m)
		return
	}
	var b [9]byte
	b[0] = 1
	switch kind {
	case source.Text:
		binary.LittleEndian.PutUint64(b[1:], uint64(len(c.Text[i])))
		r.hash.Write(b[:])
		r.hash.WriteString(c.Text[i])
		return
	case source.Real:
		binary.LittleEndian.PutUint64(b[1:], math.Float64bits(c.Real[i]))
	default:
		binary.LittleEndian.PutUint64(b[1:], uint64(c.Whole[i]))
	}
	r.hash.Write(b[:])
}

// accepted looks at the person and the household of an accepted row.
func (r *repeats) accepted(i int, row int64) {
	nik, kk := r.text(r.nik, i), r.text(r.kk, i)
	if r.persons != nil && nik != "" && kk != "" {
		r.begin(i, r.nik, r.period)
		if first, other, again := r.persons.add(r.hash.Sum64(), row, sum32(kk)); again && other != sum32(kk) {
			r.note(NIKHouseholds, r.k.fields[r.nik].Name, Example{Row: row, Other: first, Found: identity.Masked(identity.NIK, nik)})
		}
	}
	if r.again != nil && nik != "" {
		r.begin(i, r.nik, r.period, r.programme)
		if first, _, again := r.again.add(r.hash.Sum64(), row, 0); again {
			r.note(NIKRepeated, r.k.fields[r.nik].Name, Example{Row: row, Other: first, Found: identity.Masked(identity.NIK, nik)})
		}
	}
	if r.heads != nil && kk != "" && r.isHead(i) {
		r.begin(i, r.kk, r.period, r.programme)
		if first, _, again := r.heads.add(r.hash.Sum64(), row, 0); again {
			r.note(SecondHead, r.k.fields[r.kk].Name, Example{Row: row, Other: first, Found: identity.Masked(identity.KK, kk)})
		}
	}
}

// begin makes the sum of some fields of a row.
func (r *repeats) begin(i int, fields ...int) {
	r.hash.Reset()
	for _, j := range fields {
		if j >= 0 {
			r.cell(&r.k.work.Cells[j], r.k.fields[j].convert.to, i)
		}
	}
}

func (r *repeats) text(field, i int) string {
	if field < 0 || r.k.work.Cells[field].Missing[i] != "" {
		return ""
	}
	return r.k.work.Cells[field].Text[i]
}

func (r *repeats) isHead(i int) bool {
	c := &r.k.work.Cells[r.relation]
	return c.Missing[i] == "" && Head(c.Spell(r.k.fields[r.relation].convert.to, i))
}

// sum32 tells two KK apart, but for one pair in 2³².
func sum32(s string) uint32 { return uint32(maphash.String(seeds[1], s) >> 32) }

// Head tells whether what a table writes of the relation to the head of the
// household means the head. BPS and DTSEN code the head 1.
func Head(s string) bool {
	key := HeaderKey(s)
	if key == "1" || key == "01" {
		return true
	}
	switch strings.TrimLeft(key, "0123456789") { // "1. Kepala keluarga"
	case "kepalakeluarga", "kepalarumahtangga", "kepalart", "kepala", "krt", "head", "headofhousehold", "householdhead", "headoffamily":
		return true
	}
	return false
}

// Findings lists what was found between rows; complete after the last batch.
func (k *Check) Findings() []Finding {
	r := k.repeats
	var all []Finding
	for _, f := range r.found {
		all = append(all, *f)
	}
	full := int64(0)
	for _, s := range []*seenSet{r.copies, r.persons, r.again, r.heads} {
		if s != nil && s.full > 0 && (full == 0 || s.full < full) {
			full = s.full
		}
	}
	if full > 0 {
		all = append(all, Finding{Code: NotLooked, Count: k.rows.Read, Values: map[string]any{"row": full, "most": mostSeen}, Examples: []Example{}})
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Compare(slices.Index(Findings, a.Code), slices.Index(Findings, b.Code))
	})
	return all
}
