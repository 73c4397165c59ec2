package registry_test

import (
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
)

func TestOffices(t *testing.T) {
	made := func(kind OrganisationKind, office Office, region string) Organisation {
		return Organisation{ID: "o9", Kind: kind, Office: office, Region: region, Period: Period{From: "2020-01-01"}, Names: []Name{{Full: "Badan Contoh", Short: "Badan"}}}
	}
	for _, r := range []struct {
		code   string
		o      Organisation
		office Office
	}{
		{"", made(MinistryCentre, "", Nation), ResearchOffice},
		{"", made(ProvinceOffice, "", "35"), SocialOffice},
		{"", made(RegencyOffice, "", "3507"), SocialOffice},
		{"", made(ProvinceOffice, "kesbangpol", "35"), "kesbangpol"},
		{"", made(RegencyOffice, "dpmptsp", "3507"), "dpmptsp"},
		{"organisation-office", made(MinistryCentre, "kesbangpol", Nation), ""},
		{"organisation-office", made(RegencyOffice, "Dinas", "3507"), ""},
		{"organisation-level-regency-office", made(RegencyOffice, "bappeda", "35"), ""},
	} {
		c, err := RegisterOrganisation(r.o, []Organisation{office()}, now)
		if r.code != "" {
			if p := problem.Of(err); len(p) != 1 || p[0].Code != r.code {
				t.Errorf("%s, %s: found %v", r.o.Kind, r.o.Office, err)
			}
			continue
		}
		if err != nil || c.After.(Organisation).Office != r.office {
			t.Errorf("%s, %s: %+v %v", r.o.Kind, r.o.Office, c.After, err)
		}
	}
	for _, o := range Offices("") {
		if !i18n.Has(i18n.ID, "record.office."+string(o)) || !i18n.Has(i18n.EN, "record.office."+string(o)) {
			t.Errorf("%s has no words", o)
		}
	}
	for _, level := range OrganisationKinds {
		if !slices.Contains(Offices(level), OfficeOf(level)) || !slices.Contains(Offices(level), SocialOffice) {
			t.Errorf("%s", level)
		}
	}
	// What an organisation does stays through its life.
	o := made(ProvinceOffice, "kesbangpol", "35")
	o.Names[0].From = "2020-01-01"
	renamed, err := o.Rename(Name{"Badan Lain", "BL", "2021-01-01"}, nil, now)
	if err != nil || renamed.After.(Organisation).Office != "kesbangpol" {
		t.Error(renamed, err)
	}
}
