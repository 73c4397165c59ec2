package study

import "testing"

// TestAEA: the export has the registry's fields, in its words, and says of a study
// that is no experiment that it is none.
func TestAEA(t *testing.T) {
	number := int64(40)
	effect := 25.5
	c := checked(t, func(p *Protocol) {
		p.Hypotheses[0].Minor = true // makan
		p.Setting.Clusters, p.Setting.Detectable = &number, &effect
		p.Setting.Given.From, p.Setting.Given.Until = "2021-01-01", "2021-12-31"
	})
	change, err := drafted(t).Lock(c, hand, nil)
	s := then(t, change, err)
	r, _ := s.Registered()
	got, err := s.AEA(r, Investigator{"Sari Contoh", "B2P3KS"}, []string{"Kabupaten Malang"}, []string{"PKH"}, []string{"Dinas Sosial"})
	if err != nil {
		t.Fatal(err)
	}
	status := func(s Study) string {
		x, err := s.AEA(r, Investigator{}, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return x.Part[0].Fields[5].Value
	}
	change, err = s.Stop("", sari, "perjanjian berakhir", now)
	stopped := then(t, change, err)
	change, err = stopped.WithdrawData("sari", "izin berakhir", now)
	gone := then(t, change, err)
	change, err = s.Withdraw("sari", "tidak jadi", now)
	for name, x := range map[string]Study{"stopped": stopped, "data gone": gone, "taken back": then(t, change, err)} {
		if got := status(x); got != "Withdrawn" {
			t.Errorf("%s: %q", name, got)
		}
	}
	said := map[string]string{}
	for _, p := range got.Part {
		for _, f := range p.Fields {
			if _, twice := said[f.Name]; twice {
				t.Errorf("%s stands twice", f.Name)
			}
			said[f.Name] = f.Value
		}
	}
	for name, want := range map[string]string{
		"Trial Title": "Dampak contoh", "Country": "Indonesia", "Primary Investigator Name": "Sari Contoh", "Study Status": "On-going",
		"Intervention Start Date": "2021-01-01", "Primary Outcomes (end points)": "pengeluaran, rupiah", "Secondary Outcomes (end points)": "makan, kali",
		"Randomization Method": "Not randomised. undian desa", "Was the treatment clustered?": "No", "Sample size: planned number of clusters": "40",
		"Minimum detectable effect size for main outcomes (accounting for sample design and clustering)": "25.5 rupiah",
	} {
		if said[name] != want {
			t.Errorf("%s: %q, expected %q", name, said[name], want)
		}
	}
}
