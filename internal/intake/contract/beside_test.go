package contract_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/registry"
)

// TestBeside: what stands beside a name says which region it is, or that it cannot
// be that one.
func TestBeside(t *testing.T) {
	for name, c := range map[string]struct{ text, key, want string }{
		"a code beside the name":           {"kode,kabupaten,x\n3571,Kediri,1\n3506,Kediri,2\n35.09,Jember,3\n", "kabupaten", "3571 3506 3509"},
		"the name beside the code":         {"kode,kabupaten,x\n3571,Kediri,1\n3506,Kediri,2\n3501,Pacitan,3\n", "kode", "3571 3506 3501"},
		"the kind in a column":             {"jenis,nama,x\nKab.,Malang,1\nKota,Malang,2\nKabupaten,Blitar,3\n", "nama", "3507 3573 3505"},
		"the kind, in English":             {"type,region,x\nRegency,Madiun,1\nMunicipality,Madiun,2\n", "region", "3519 3577"},
		"a heading between the rows":       {"Wilayah,P0,GK\nKabupaten,,\nKediri,1,2\nMalang,3,4\nKota,,\nKediri,5,6\nMalang,7,8\n", "Wilayah", "3506 3507 3571 3573"},
		"the code of a kecamatan":          {"kode_wilayah,kabupaten,x\n3571010,Kediri,1\n350601,Kediri,2\n", "kabupaten", "3571 3506"},
		"codes as numbers with a point":    {"kode,kabupaten,x\n35.1,Banyuwangi,1\n35.71,Kediri,2\n35.06,Kediri,3\n", "kode", "3510 3571 3506"},
		"such codes of other provinces":    {"kode,x\n33.1,1\n33.01,2\n35.8,3\n99.1,4\n", "kode", "3310 3301 region() region()"},
		"such a code that says otherwise":  {"kode,kabupaten,x\n35.1,Pacitan,1\n35.01,Pacitan,2\n", "kode", "region-contradicts(Pacitan) 3501"},
		"a name that says otherwise":       {"kode,kabupaten,x\n3501,Ponorogo,1\n3502,Ponorogo,2\n3503,Kediri,3\n", "kode", "region-contradicts(Ponorogo) 3502 region-contradicts(Kediri)"},
		"a code that says otherwise":       {"kode,kabupaten,x\n3501,Ponorogo,1\n3502,Ponorogo,2\n", "kabupaten", "region-contradicts(3501) 3502"},
		"the kind says otherwise":          {"jenis,nama,x\nKota,Pacitan,1\nKab.,Pacitan,2\n", "nama", "3501 3501"}, // there is no Kota Pacitan: the word decides nothing
		"the province beside it":           {"provinsi,kabupaten,x\nJawa Timur,Pacitan,1\nJawa Timur,Kediri,2\n", "kabupaten", "3501 region-ambiguous()"},
		"a kind that is none":              {"status,kabupaten,x\nAktif,Kediri,1\nKota,Kediri,2\n", "kabupaten", "region-ambiguous() 3571"},
		"nothing beside it":                {"nilai,kabupaten,x\n3571,Kediri,1\n2,Pacitan,2\n", "kabupaten", "region-ambiguous() 3501"},
		"where somebody was born":          {"kabupaten lahir,kabupaten,x\nPonorogo,Pacitan,1\n", "kabupaten", "3501"},
		"the code of a programme":          {"kode program,kabupaten,x\n3502,Pacitan,1\n", "kabupaten", "3501"},
		"a code beside that is missing":    {"kode,kabupaten,x\n,Kediri,1\n3571,Kediri,2\n", "kabupaten", "region-ambiguous() 3571"},
		"what is beside it means nothing":  {"kode,kabupaten,x\nAB-1,Pacitan,1\nAB-2,Ngawi,2\n", "kabupaten", "3501 3521"},
		"codes of BPS and of the ministry": {"kode bps,kode kemendagri,x\n3501,35.01,1\n3510,35.1,2\n3510,35.2,3\n", "kode bps", "3501 3510 region-contradicts(35.2)"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte(c.text)), csvfile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			agreed := &contract.Contract{Name: "x", Title: "x", Match: contract.Partial, Class: registry.LimitedData,
				Fields:     []contract.Field{{Name: c.key, Type: contract.String, Treatment: contract.Keep, Sensitivity: contract.Public}},
				RegionKeys: []contract.RegionKey{{Field: c.key, System: contract.BPS}}}
			k, err := agreed.Check(r.Table(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var in, out source.Batch
			if err := r.Next(context.Background(), &in); err != nil {
				t.Fatal(err)
			}
			found := map[int64]string{}
			for _, one := range k.Batch(&in, &out) {
				found[one.Row] = fmt.Sprintf("%s(%s)", one.Breaks[0].Rule, one.Breaks[0].Limit)
			}
			for i, row := range out.Row {
				found[row] = out.Cells[0].Text[i]
			}
			var got []string
			for _, row := range in.Row {
				if f, ok := found[row]; ok {
					got = append(got, f)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}

// TestDraftBeside: a draft finds the column of regions though its names alone would
// not say which they are.
func TestDraftBeside(t *testing.T) {
	r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte("jenis,nama,p0\nKab.,Kediri,1.5\nKota,Kediri,2.5\nKab.,Malang,3.5\nKota,Malang,4.5\n")), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := contract.Infer(context.Background(), r, "p0")
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Contract; len(c.RegionKeys) != 1 || c.RegionKeys[0].Field != "nama" || len(c.Regions) != 1 || c.Regions[0] != "35" {
		t.Errorf("%+v %v %+v", c.RegionKeys, c.Regions, d.Evidence)
	}
}
