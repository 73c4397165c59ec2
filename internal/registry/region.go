package registry

import (
	"bytes"
	_ "embed" // the table of regions
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Nation is the code of the whole country (BPS WebAPI's domain).
const Nation = "0000"

// RegionKind is the level of a region.
type RegionKind string

// The levels that the table has; those below follow the same codes.
const (
	NationKind   RegionKind = "nation"
	ProvinceKind RegionKind = "province"
	RegencyKind  RegionKind = "kabupaten"
	CityKind     RegionKind = "kota"
)

// Region is a part of the country by its BPS code: 2 digits for a province, 4
// for a kabupaten or kota. The code of a part begins with that of the whole.
type Region struct {
	Code       string
	Kemendagri string // code of the Ministry of Home Affairs, such as 35.10; empty: none
	Kind       RegionKind
	Name       string // "Kabupaten Banyuwangi"
	Parent     string // code; empty for the nation
	Period     Period // From empty: since before the record begins
	Law        string // that made it, where From is given
}

// Codes and names after Kepmendagri on codes of government regions, as kept in
// idn-area-data (ODbL 1.0), and BPS' table that bridges both codes: for the
// kabupaten and kota of East Java the digits are the same. Kota Batu: Law 11 of
// 2001, with its day of enactment.
//
//go:embed data/regions.csv
var regionTable []byte

var regionTree = sync.OnceValue(func() []Region {
	rows, err := csv.NewReader(bytes.NewReader(regionTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("regions.csv: %v", err)) // the file is embedded
	}
	all := make([]Region, 0, len(rows)-1)
	for _, r := range rows[1:] {
		all = append(all, Region{Code: r[0], Kemendagri: r[1], Kind: RegionKind(r[2]), Name: r[3], Parent: r[4], Period: Period{From: Day(r[5]), Until: Day(r[6])}, Law: r[7]})
	}
	return all
})

// Regions gives all regions in order of code; the nation comes first.
func Regions() []Region { return slices.Clone(regionTree()) }

// FindRegion gives a region by its BPS code.
func FindRegion(code string) (Region, bool) {
	i, ok := slices.BinarySearchFunc(regionTree(), code, func(r Region, code string) int { return strings.Compare(r.Code, code) })
	if !ok {
		return Region{}, false
	}
	return regionTree()[i], true
}

// FindKemendagri gives a region by its code of the Ministry of Home Affairs.
func FindKemendagri(code string) (Region, bool) {
	for _, r := range regionTree() {
		if code != "" && r.Kemendagri == code {
			return r, true
		}
	}
	return Region{}, false
}

// RegionName is the name of a region, or its code where the table lacks it.
func RegionName(code string) string {
	if r, ok := FindRegion(code); ok {
		return r.Name
	}
	return code
}

// Within tells whether a region lies in the subtree of another, itself included.
// Neither code needs to be in the table. The empty code lies nowhere.
func Within(code, root string) bool {
	if code == "" || root == "" {
		return false
	}
	return root == Nation || strings.HasPrefix(code, root)
}

// Subtree gives the regions within another that are valid on a day, in order of
// code.
func Subtree(root string, on Day) []Region {
	tree := regionTree()
	all := make([]Region, 0, len(tree))
	for _, r := range tree {
		if Within(r.Code, root) && r.Period.Has(on) {
			all = append(all, r)
		}
	}
	return all
}

// Ancestors gives the regions that hold a region, the nearest first.
func Ancestors(code string) []Region {
	var all []Region
	r, ok := FindRegion(code)
	for ok {
		if r, ok = FindRegion(r.Parent); ok {
			all = append(all, r)
		}
	}
	return all
}
