package api

import (
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Region is a part of the country as the API shows it; its identifier is its BPS
// code.
type Region struct {
	ID         string `json:"id"`
	Kemendagri string `json:"kemendagri"`
	Kind       string `json:"kind" enum:"nation,province,kabupaten,kota"`
	Name       string `json:"name"`
	Parent     string `json:"parent"`
	From       string `json:"from"`
	Until      string `json:"until"`
	Law        string `json:"law"`
	// Of one region alone, not in lists.
	Above []RegionName `json:"above,omitempty"`
	Below []RegionName `json:"below,omitempty"`
}

// RegionName is a region by its code and name.
type RegionName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func regionOf(r registry.Region) Region {
	return Region{ID: r.Code, Kemendagri: r.Kemendagri, Kind: string(r.Kind), Name: r.Name, Parent: r.Parent, From: string(r.Period.From), Until: string(r.Period.Until), Law: r.Law}
}

// RegionFilter picks regions. On: valid on the day. Name: a part of it.
type RegionFilter struct {
	Paging
	Within     string `query:"within" maxLength:"20"`
	Kind       string `query:"kind" enum:"nation,province,kabupaten,kota"`
	Parent     string `query:"parent" maxLength:"20"`
	Kemendagri string `query:"kemendagri" maxLength:"20"`
	Name       string `query:"name" maxLength:"200"`
	On         string `query:"on" format:"date"`
}

func (f RegionFilter) keeps(r registry.Region) bool {
	return (f.Within == "" || registry.Within(r.Code, f.Within)) && (f.Kind == "" || f.Kind == string(r.Kind)) && (f.Parent == "" || f.Parent == r.Parent) &&
		(f.Kemendagri == "" || f.Kemendagri == r.Kemendagri) && (f.On == "" || r.Period.Has(registry.Day(f.On))) &&
		strings.Contains(strings.ToLower(r.Name), strings.ToLower(f.Name))
}

// known refuses a region that a query names and nobody knows; "" is none.
func known(field, code string) error {
	if _, ok := registry.FindRegion(code); code != "" && !ok {
		return problem.New("api-region", "found", code, "field", field)
	}
	return nil
}

// regions are the same in every record and no secret: whoever is signed in may
// see them, with no right of its own.
func (d *door) regions() {
	const noun = "regions"
	list(d, reading(noun, "", false, false, ""),
		func(_ *store.Reader, _ caller, f RegionFilter, after string, most int) ([]Region, func(int) string, error) {
			if err := known("query.within", f.Within); err != nil {
				return nil, nil, err
			}
			var all []Region
			for _, r := range registry.Regions() {
				if r.Code > after && f.keeps(r) && len(all) < most {
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
		out := regionOf(r)
		for _, up := range registry.Ancestors(id) {
			out.Above = append(out.Above, RegionName{up.Code, up.Name})
		}
		for _, part := range registry.Regions() {
			if part.Parent == id {
				out.Below = append(out.Below, RegionName{part.Code, part.Name})
			}
		}
		return out, nil
	})
}
