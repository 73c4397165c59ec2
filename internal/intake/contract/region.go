package contract

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
)

type regionRead struct {
	code   string
	rule   Rule
	beside string // of Contradicts: what says otherwise
}

// mostRegions is how many ways of writing a region are remembered.
const mostRegions = 100_000

// region reads a cell of row r as a region.
func (k *Check) region(f *fieldCheck, s string, r int) regionRead {
	read, ok := f.regions[s]
	if !ok {
		read = readRegion(s, f.system)
		if len(f.regions) < mostRegions {
			f.regions[strings.Clone(s)] = read
		}
	}
	read = k.beside.region(k.in, k.batch, r, f.column, s, read, f.system)
	if read.rule == "" && len(k.c.Regions) > 0 && !slices.ContainsFunc(k.c.Regions, func(root string) bool { return registry.Within(read.code, root) }) {
		read.rule = OtherRegion
	}
	return read
}

func readRegion(s, system string) regionRead {
	digits := strings.ReplaceAll(strings.TrimSuffix(s, ".0"), ".", "")
	if len(digits) > 4 && knownRegion(digits) {
		return regionRead{code: digits}
	}
	m := registry.MatchRegion(s)
	if r, ok := m.One(); ok {
		if system == Kemendagri && r.Kemendagri != "" {
			return regionRead{code: strings.ReplaceAll(r.Kemendagri, ".", "")}
		}
		return regionRead{code: r.Code}
	}
	if len(m.Found) > 1 {
		return regionRead{rule: Ambiguous}
	}
	if knownRegion(digits) {
		return regionRead{code: digits}
	}
	if len(s) == 4 && (s[2] == '.' || s[2] == ',') && knownRegion(s[:2]+s[3:]+"0") { // 33.10 as a number, of a province whose regions the table lacks
		return regionRead{code: s[:2] + s[3:] + "0"}
	}
	return regionRead{rule: NoRegion}
}

// knownRegion tells whether digits are the code of a region, or of one within a
// kabupaten or kota of the table (kecamatan 6 or 7 digits, desa 10, RT up to
// 16), or within a province whose kabupaten and kota the table lacks.
func knownRegion(code string) bool {
	if _, ok := registry.FindRegion(code); ok {
		return true
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return false
		}
	}
	switch len(code) {
	case 4, 6, 7, 10:
	default:
		return len(code) == 2 && identity.Province(code)
	}
	if _, ok := registry.FindRegion(code[:4]); ok {
		return true
	}
	_, tabled := registry.FindRegion(code[:2])
	return !tabled && identity.Province(code[:2])
}
