package web

import (
	"slices"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Which regions a plan is about, where it is not all that the data hold: said in the
// plan, a region that a permit does not open is no departure from it.

// regionKey is the column whose codes of regions a plan can name: kept, and not of
// villages or provinces by its lengths, for a condition asks for the very code. False:
// there is none.
func (h held) regionKey() (contract.RegionKey, bool) {
	if h.contract == nil || len(h.contract.RegionKeys) == 0 {
		return contract.RegionKey{}, false
	}
	key := h.contract.RegionKeys[0]
	f, _ := h.contract.Field(key.Field)
	n := f.Constraints
	return key, f.Stored() && n.MinLength <= regencyDigits && (n.MaxLength == 0 || n.MaxLength >= regencyDigits)
}

// regencyDigits is how long the code of a kabupaten or kota is.
const regencyDigits = 4

// regencies are the kabupaten and kota of which a dataset holds rows.
func (c *call) regencies(d registry.Dataset) []string {
	return cooperation.Scope{Regions: d.Regions, Period: registry.Period{From: c.today()}}.Regencies()
}

// regionQuestion asks which of them the study is about; those of its permit are chosen
// already. None: the data do not tell regions, or have one alone, or the permit does not
// open the column that does.
func (c *call) regionQuestion(r *store.Reader, on studyOn, d registry.Dataset, k held) ([]field, error) {
	key, ok := k.regionKey()
	codes := c.regencies(d)
	if !ok || len(codes) < 2 {
		return nil, nil
	}
	var asked []string
	if i := slices.IndexFunc(on.permits, func(p cooperation.Permit) bool { return p.ID == on.Permit }); i >= 0 {
		p := on.permits[i]
		if open, _ := (cooperation.Scope{Datasets: p.Datasets}).Columns(d.ID); !open.Has(key.Field) {
			return nil, nil
		}
		g, err := store.GroundsIn(r).Of(p.Agreement)
		if err != nil {
			return nil, err
		}
		_, shut := p.Opens(g, cooperation.DataUse, c.o.Now())
		asked = slices.DeleteFunc(slices.Clone(p.Regions), func(code string) bool {
			return slices.ContainsFunc(shut, func(s cooperation.Shut) bool {
				return s.Region == code && (s.Why == cooperation.RegionDeclined || s.Why == cooperation.RegionRevoked)
			})
		})
	}
	var all []option
	for _, code := range codes {
		if _, ok := key.Spelled(code); ok {
			all = append(all, option{code, registry.RegionName(code)})
		}
	}
	return []field{c.study("regions", "checks", options(all), chosen(asked), wide)}, nil
}

// regionsAnswered are the regions that were chosen, nil for all that the data hold, and
// the condition of a plan that says so.
func (c *call) regionsAnswered(v *values, d registry.Dataset, k held) (codes []string, where []map[string]any) {
	key, ok := k.regionKey()
	all := c.regencies(d)
	if !ok {
		return nil, nil
	}
	var spelled []string
	for _, code := range c.r.PostForm["regions"] {
		as, named := key.Spelled(code)
		if !named || !slices.Contains(all, code) {
			v.add("regions", problem.New("study-region", "found", code, "dataset", d.Name))
			return nil, nil
		}
		codes, spelled = append(codes, code), append(spelled, as)
	}
	if len(codes) == 0 || len(codes) == len(all) {
		return nil, nil
	}
	return codes, []map[string]any{{"column": key.Field, "in": spelled}}
}

// rowsIn is how many rows are of some regions, as far as may be told; nil: all. Zero:
// not told.
func (c *call) rowsIn(k held, codes []string) (rows int64, err error) {
	if codes == nil {
		return k.version.Rows, nil
	}
	cells, err := store.CoverageOf(c.o.Store.Contents(), k.version)
	for _, x := range cells {
		if slices.Contains(codes, x.Region) {
			rows += x.Rows
		}
	}
	return rows, err
}
