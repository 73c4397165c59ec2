package api

import (
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Region is a part of the country as the API shows it.
type Region struct {
	ID         string `json:"id"`
	Kemendagri string `json:"kemendagri"`
	Kind       string `json:"kind" enum:"nation,province,kabupaten,kota"`
	Name       string `json:"name"`
	Parent     string `json:"parent"`
	From       string `json:"from"`
	Until      string `json:"until"`
	Law        string `json:"law"`
}

func regionOf(r registry.Region) Region {
	return Region{ID: r.Code, Kemendagri: r.Kemendagri, Kind: string(r.Kind), Name: r.Name, Parent: r.Parent, From: string(r.Period.From), Until: string(r.Period.Until), Law: r.Law}
}

// RegionFilter picks regions.
type RegionFilter struct {
	Paging
	Within string `query:"within" maxLength:"20"`
	Kind   string `query:"kind" enum:"nation,province,kabupaten,kota"`
}

// regions are the same in every record and no secret: whoever is signed in may
// see them, with no right of its own.
func (d *door) regions() {
	const noun = "regions"
	list(d, reading(noun, "", false, false, ""),
		func(_ *store.Reader, _ caller, f RegionFilter, after string, most int) ([]Region, func(int) string, error) {
			var all []Region
			for _, r := range registry.Regions() {
				if r.Code > after && (f.Within == "" || registry.Within(r.Code, f.Within)) && (f.Kind == "" || f.Kind == string(r.Kind)) && len(all) < most {
					all = append(all, regionOf(r))
				}
			}
			return all, func(i int) string { return all[i].ID }, nil
		})
	read(d, reading(noun, "", true, false, ""), func(_ *store.Reader, _ caller, id string) (Region, error) {
		r, ok := registry.FindRegion(id)
		if !ok {
			return Region{}, problem.New("api-no-object", "noun", noun, "id", id)
		}
		return regionOf(r), nil
	})
}
