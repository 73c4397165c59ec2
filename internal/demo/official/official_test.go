package official

import (
	"math"
	"testing"

	"github.com/dampak/dampak/internal/registry"
)

func TestTheFigureOfMarch2020(t *testing.T) {
	points, err := Province()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range points {
		if p.Year == 2020 && p.Period == March {
			if p.PoorThousand != 4419.10 || p.P0 != 11.09 {
				t.Errorf("March 2020: %v thousand, %v %%; BPS has 4419.10 and 11.09", p.PoorThousand, p.P0)
			}
			return
		}
	}
	t.Error("no figure of March 2020")
}

// The regions' rates weighted by population must give the province's rate:
// a typing error in a large region would show.
func TestRegionsAddUpToTheProvince(t *testing.T) {
	regions, err := Regions()
	if err != nil {
		t.Fatal(err)
	}
	if len(regions) != 38 {
		t.Fatalf("%d regions", len(regions))
	}
	points, _ := Province()
	for _, p := range points {
		if p.Period != March {
			continue
		}
		var poor, people float64
		for _, r := range regions {
			rate, ok := r.P0[p.Year]
			if !ok || rate <= 0 || rate > 40 {
				t.Fatalf("%s %d: rate %v", r.Name, p.Year, rate)
			}
			poor += rate * float64(r.Population)
			people += float64(r.Population)
		}
		// 2021 population for all years, so the weights are slightly off.
		if got := poor / people; math.Abs(got-p.P0) > 0.15 {
			t.Errorf("%d: regions give %.2f %%, the province has %.2f %%", p.Year, got, p.P0)
		}
	}
}

func TestEachTileHasItsOwnPlace(t *testing.T) {
	regions, _ := Regions()
	taken := map[[2]int]string{}
	for _, r := range regions {
		at := [2]int{r.Column, r.Row}
		if other := taken[at]; other != "" {
			t.Errorf("%s and %s stand in one tile", r.Name, other)
		}
		taken[at] = r.Name
	}
}

// TestStatistics: the figures are such as the register takes, and their regions add
// up to the province.
func TestStatistics(t *testing.T) {
	all, err := Statistics()
	if err != nil {
		t.Fatal(err)
	}
	if n := 2*20 + 38*12; len(all) < n {
		t.Errorf("%d figures, at least %d are known", len(all), n)
	}
	if found := registry.ReviewStatistics(all, nil); len(found.Refused) > 0 {
		t.Error(found.Refused)
	}
}
