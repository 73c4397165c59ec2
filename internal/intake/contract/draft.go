package contract

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// region finds the column of codes of regions: one of codes before one of names.
func (n *infer) region() {
	best := -1
	for i, col := range n.columns {
		f := &n.c.Fields[i]
		if f.Identity != "" || col.looked == 0 || f.Type == Number || f.Type == Year || float64(col.regions) < 0.9*float64(col.looked) {
			continue
		}
		hint := slices.ContainsFunc(headerWords(col.Name), func(w string) bool {
			return slices.Contains([]string{"kode", "code", "kab", "kabupaten", "kota", "kabkota", "kabkot", "wilayah", "region", "regency", "daerah", "prov", "provinsi", "province", "kecamatan", "kec", "desa", "kelurahan", "kel", "kemdagri", "kemendagri", "bps", "kdprov", "kdprop", "kdkab", "kdkec", "kdkel", "kddesa"}, w)
		})
		if !hint && (!col.letters || len(col.codes) < 3) {
			continue
		}
		if best < 0 || n.columns[best].letters && !col.letters || n.columns[best].letters == col.letters && longestCode(col) > longestCode(n.columns[best]) {
			best = i
		}
	}
	if best < 0 {
		for i, col := range n.columns {
			if col.ambiguous > 0 && float64(col.regions+col.ambiguous) >= 0.9*float64(col.looked) && col.letters {
				n.say(n.c.Fields[i].Name, "region-ambiguous", "rows", col.ambiguous)
			}
		}
		return
	}
	f := &n.c.Fields[best]
	f.Type = String
	n.c.RegionKeys = []RegionKey{{f.Name, BPS}}
	codes := n.columns[best].codes
	n.say(f.Name, "region", "share", float64(n.columns[best].regions)/float64(n.columns[best].looked), "regions", len(codes))
	cover := ""
	for code := range codes {
		code = code[:min(4, len(code))]
		switch {
		case cover == "" || registry.Within(cover, code):
			cover = code
		case registry.Within(code, cover):
		case cover[:2] == code[:2] && code != registry.Nation:
			cover = code[:2]
		default:
			cover = registry.Nation
		}
	}
	if _, ok := registry.FindRegion(cover); ok {
		n.c.Regions = []string{cover}
		n.say("", "coverage-region", "region", registry.RegionName(cover))
	}
}

func longestCode(c *column) int {
	most := 0
	for code := range c.codes {
		most = max(most, len(code))
	}
	return most
}

// values settles the allowed values and ranges of a column whose values may be
// written down.
func (n *infer) values(col *column, f *Field) {
	if f.Identity != "" || col.filled == 0 || n.c.region(f.Name) != "" {
		return
	}
	labels := map[string]string{}
	for _, l := range col.Labels {
		labels[l.Value] = l.Text
	}
	if (f.Type == String || f.Type == Integer && len(labels) > 0) && col.distinct != nil && col.filled >= 10*int64(len(col.distinct)) && col.bad == 0 {
		var all []string
		least := int64(math.MaxInt64)
		for s, rows := range col.distinct {
			all, least = append(all, s), min(least, rows)
		}
		if least >= leastEach {
			f.list(all, labels)
			n.say(f.Name, "enum", "number", len(f.Allowed()), "rows", col.filled, "least", leastEach)
			return
		}
		n.say(f.Name, "enum-rare", "least", leastEach)
	}
	switch f.Type {
	case Integer, Number:
		low, high := outward(col.low, col.high)
		f.Constraints.Minimum, f.Constraints.Maximum = &Literal{source.SpellReal(low), true}, &Literal{source.SpellReal(high), true}
		n.say(f.Name, "range", "low", low, "high", high)
	}
}

// list makes allowed values: with words where the file has them.
func (f *Field) list(values []string, labels map[string]string) {
	numeric := f.Type == Integer
	if numeric {
		slices.SortFunc(values, func(a, b string) int { return cmp.Compare(f.order(a), f.order(b)) })
	} else {
		slices.Sort(values)
	}
	for _, s := range values {
		if len(labels) > 0 {
			f.Categories, f.Labels = append(f.Categories, Literal{s, numeric}), append(f.Labels, labels[s])
		} else {
			f.Constraints.Enum = append(f.Constraints.Enum, Literal{s, numeric})
		}
	}
}

// outward widens a range to numbers of one significant digit, so that the least
// and the most of a file, which may be of one person, are not written down.
func outward(low, high float64) (float64, float64) {
	up := func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		size := math.Pow(10, math.Floor(math.Log10(x)))
		y := math.Ceil(x/size) * size
		if y < 10 && x > 1 {
			y = 10
		}
		if y < x || math.IsInf(y, 0) {
			return x
		}
		return y
	}
	if low >= 0 {
		return 0, up(high)
	}
	return -up(-low), up(high)
}

// period finds the column of time and what it covers.
func (n *infer) period() {
	for i := range n.c.Fields {
		f, col := &n.c.Fields[i], n.columns[i]
		words := headerWords(col.Name)
		timed := f.Type == Year || (f.Type == YearMonth || f.Type == Date) && slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"periode", "period", "bulan", "month"}, w) })
		if f.Identity != "" || !timed || col.filled == 0 {
			continue
		}
		f.Role = PeriodRole
		day := func(x float64, last bool) registry.Day {
			if f.Type != Year {
				return registry.Day(time.Unix(int64(x)*86400, 0).UTC().Format(time.DateOnly))
			}
			if last {
				return registry.Day(time.Date(int(x), 12, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
			}
			return registry.Day(time.Date(int(x), 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		from, until := day(col.low, false), day(col.high, true)
		if _, err := registry.ParseDay(string(from)); err == nil {
			n.c.Period = registry.Period{From: from, Until: until}
			n.say(f.Name, "period", "from", string(from), "until", string(until))
		}
		return
	}
}

// roleHeaders are the headers, as HeaderKey, of columns with a role.
var roleHeaders = map[Role][]string{
	ProgrammeRole: {"program", "namaprogram", "programbantuan", "namabantuan", "jenisbantuan", "jenisbansos", "bansos", "programme", "programmename"},
	SexRole:       {"jeniskelamin", "jnskelamin", "jk", "kelamin", "lp", "sex", "gender"},
	RelationRole: {"hubungankeluarga", "hubungandengankepalakeluarga", "hubungandgkepalakeluarga", "hubkepalakk", "hubkepalakeluarga", "hubungankepalakeluarga", "hubungandengankrt", "hubungankrt", "hubkrt",
		"hubungandengankepalarumahtangga", "hubungankk", "hubkk", "shdk", "statushubungankeluarga", "statushubungandalamkeluarga", "relationtohead", "relationshiptohead"},
}

// roles finds the programme, the sex and the relation to the head of the household.
func (n *infer) roles() {
	for _, r := range []Role{ProgrammeRole, SexRole, RelationRole} {
		for i, col := range n.columns {
			f := &n.c.Fields[i]
			if f.Identity != "" || f.Role != "" || !slices.Contains(roleHeaders[r], HeaderKey(col.Name)) || col.distinct == nil && r != ProgrammeRole {
				continue
			}
			known, head := true, false
			for s := range col.distinct {
				known, head = known && Woman(s) != nil, head || Head(s)
			}
			if r == SexRole && !known || r == RelationRole && !head || col.filled == 0 {
				continue
			}
			f.Role = r
			n.say(f.Name, "role-"+string(r))
			break
		}
	}
}

// key finds what tells rows apart: columns whose headers say so, together; else
// one column that repeats nothing.
func (n *infer) key() {
	if n.rows < 2 {
		return
	}
	whole := func(i int) bool { return n.columns[i].blank == 0 && n.columns[i].bad == 0 && n.columns[i].filled > 0 }
	for i, col := range n.columns {
		f := &n.c.Fields[i]
		if col.unique != nil && whole(i) && f.Type != Number && f.Type != Date && (f.Identity == identity.NIK || f.Identity == identity.Member || slices.Contains(n.keyish, i) || strings.HasPrefix(HeaderKey(col.Name), "id")) {
			n.c.PrimaryKey = []string{f.Name}
			n.say("", "key", "columns", n.c.PrimaryKey, "rows", min(n.rows, int64(len(col.unique))))
			return
		}
	}
	if n.keys == nil || len(n.keyish) == 0 {
		return
	}
	var names []string
	for _, i := range n.keyish {
		if !whole(i) {
			return
		}
		names = append(names, n.c.Fields[i].Name)
	}
	n.c.PrimaryKey = names
	n.say("", "key", "columns", names, "rows", min(n.rows, int64(len(n.keys))))
}
