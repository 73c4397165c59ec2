package contract

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// beside is what stands beside the region of a row and says more of it: other
// columns of regions ("3571" or "Kota" beside "Kediri"), and the heading between
// rows under which it stands.
type beside struct {
	columns  []int    // of the file
	kinds    []int    // columns that may hold the words for a kind of region
	heading  string   // the last one
	headings []string // by row of the batch
	reads    map[string]regionRead
	key      []byte
}

// besideWords are the words of headers of such columns. A header with another word
// says of what the region is (of birth, of the office) and decides nothing.
var (
	regionWords = []string{"kab", "kabupaten", "kota", "kabkota", "kabkot", "wilayah", "daerah", "region", "regency", "municipality", "city", "prov", "provinsi", "propinsi", "province", "bps", "kemdagri", "kemendagri"}
	besideWords = []string{"kode", "kd", "code", "nama", "nm", "name", "id", "jenis", "tipe", "type", "status", "tingkat", "level", "administrasi"}
)

func newBeside(t *source.Table) *beside {
	b := &beside{reads: map[string]regionRead{}}
	for i, col := range t.Columns {
		switch all, region := besideHeader(col.Name); {
		case col.Kind == source.Day || col.Kind == source.Moment || col.Kind == source.Truth || !all:
		case region:
			b.columns = append(b.columns, i)
		case col.Kind == source.Text && slices.ContainsFunc(headerWords(col.Name), func(w string) bool { return slices.Contains(besideWords[7:], w) }):
			b.kinds = append(b.kinds, i)
		}
	}
	return b
}

// besideHeader tells whether a header has no words but these, and whether one of them
// is of regions.
func besideHeader(s string) (all, region bool) {
	words := headerWords(s)
	region = len(words) == 1 && slices.Contains(besideWords[:3], words[0])
	for _, w := range words {
		if slices.Contains(regionWords, w) {
			region = true
		} else if !slices.Contains(besideWords, w) {
			return false, false
		}
	}
	return len(words) > 0, region
}

// begin takes the headings of a batch.
func (b *beside) begin(in *source.Batch) {
	b.headings = b.headings[:0]
	marks := in.Marks
	for i, row := range in.Row {
		for len(marks) > 0 && marks[0].Row <= row {
			if m := marks[0]; m.Row == row && m.Column < 0 && m.Said == source.Section {
				b.heading = first(in, i)
			}
			marks = marks[1:]
		}
		b.headings = append(b.headings, b.heading)
	}
}

// first is the first text of a row.
func first(in *source.Batch, row int) string {
	for j := range in.Cells {
		if c := &in.Cells[j]; len(c.Text) > 0 && c.Missing[row] == "" {
			return c.Text[row]
		}
	}
	return ""
}

// hints gives what stands beside column own in row r of a batch; nil for nothing.
func (b *beside) hints(t *source.Table, in *source.Batch, r, own int) []string {
	var all []string
	for _, j := range b.columns {
		c := &in.Cells[j]
		if j == own || c.Missing[r] != "" {
			continue
		}
		s := c.Spell(t.Columns[j].Kind, r)
		if read := readRegion(s, BPS); read.rule == "" && len(read.code) > 4 { // of a kecamatan or desa
			s = read.code[:4]
		}
		all = append(all, s)
	}
	for _, j := range b.kinds {
		if c := &in.Cells[j]; j != own && c.Missing[r] == "" && registry.RegionKindOf(c.Text[r]) != "" {
			all = append(all, c.Text[r])
		}
	}
	if b.headings[r] != "" {
		all = append(all, b.headings[r])
	}
	return all
}

// region reads a cell as a region in the light of what stands beside it. A name that
// a kabupaten and a kota share becomes one of them; a region that another column
// contradicts is none.
func (b *beside) region(t *source.Table, in *source.Batch, r, own int, s string, base regionRead, system string) regionRead {
	if base.rule != "" && base.rule != Ambiguous || len(b.columns)+len(b.kinds) == 0 && b.headings[r] == "" {
		return base
	}
	b.key = append(append(b.key[:0], system...), s...)
	hints := b.hints(t, in, r, own)
	if len(hints) == 0 {
		return base
	}
	for _, h := range hints {
		b.key = append(append(b.key, 0), h...)
	}
	if read, ok := b.reads[string(b.key)]; ok {
		return read
	}
	read := base
	switch {
	case base.rule == Ambiguous:
		if one, ok := registry.MatchRegion(s, hints...).One(); ok {
			read = readRegion(one.Code, system)
		}
	case len(registry.MatchRegion(base.code[:min(4, len(base.code))], hints...).Found) > 1:
		read = regionRead{rule: Contradicts, beside: strings.Join(hints, ", ")}
	}
	if len(b.reads) < mostRegions {
		b.reads[string(b.key)] = read
	}
	return read
}
