package runs

import (
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/intake/contract"
)

// TestMeant: a region that the plan itself leaves out was not meant, whichever way it
// says so and whichever codes the column holds.
func TestMeant(t *testing.T) {
	for _, c := range []struct {
		system, where, code string
		meant               bool
	}{
		{"code", "", "3526", true}, {"code", "{column: tahun, is: 3526}", "3527", true},
		{"code", "{column: kode, in: ['3526', '3529']}", "3526", true}, {"code", "{column: kode, in: ['3526', '3529']}", "3527", false},
		{"code", "{column: kode, is: '3526010'}", "3526", true}, {"code", "{column: kode, is: '35'}", "3526", true}, {"code", "{column: kode, is: 3526}", "3527", false},
		{"code", "{column: kode, not_in: ['3526']}", "3526", false}, {"code", "{column: kode, not: '3526'}", "3527", true}, {"code", "{column: kode, not: '3526010'}", "3526", true},
		{"kemendagri", "{column: kode, is: '3526'}", "3526", true}, {"kemendagri", "{column: kode, is: '3526'}", "3527", false},
	} {
		k, err := contract.Parse([]byte(`{"dampak:contract": "1", "name": "x", "title": "X", "dampak:titleEn": "X", "dampak:class": "public", "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["`+c.system+`"]}}], "fields": [{"name": "kode", "title": "Kode", "dampak:titleEn": "Code"}, {"name": "tahun", "type": "year", "title": "Tahun", "dampak:titleEn": "Year"}]}`), "")
		if err != nil {
			t.Fatal(err)
		}
		where := ""
		if c.where != "" {
			where = ", where: [" + c.where + "]"
		}
		d, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {d: d.csv}\ndesign: {experiment: {treatment: ikut"+where+"}}\noutcomes: [{column: y}]\n"), "")
		if err != nil {
			t.Fatal(err)
		}
		o := opened{contract: k}
		if got := o.meant(d.Plan, c.code); got != c.meant {
			t.Errorf("%s by %s: %s is meant: %v", c.where, c.system, c.code, got)
		}
	}
}
