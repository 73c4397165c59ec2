package dummy_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/dummy"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// persons is a contract with a column of each kind of identity.
const persons = `{
  "dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"],
  "dampak:period": {"from": "2020-01-01", "until": "2023-12-31"},
  "fieldsMatch": "partial", "primaryKey": ["nik", "tahun"],
  "foreignKeys": [{"fields": "kode_desa", "reference": {"resource": "regions", "fields": "kemendagri"}}],
  "fields": [
    {"name": "nik", "dampak:identity": "nik", "constraints": {"required": true}},
    {"name": "no_kk", "dampak:identity": "kk"},
    {"name": "nama", "dampak:identity": "name", "dampak:treatment": "hash"},
    {"name": "hp", "dampak:identity": "phone", "dampak:treatment": "hash", "dampak:blank": 0.3},
    {"name": "alamat", "dampak:identity": "address"},
    {"name": "tanggal_lahir", "type": "date", "format": "%d/%m/%Y", "dampak:identity": "birth-date"},
    {"name": "email", "format": "email", "dampak:identity": "email", "dampak:treatment": "hash"},
    {"name": "norek", "dampak:identity": "account", "dampak:treatment": "hash"},
    {"name": "id_dtks", "dampak:identity": "member"},
    {"name": "koordinat", "dampak:identity": "location"},
    {"name": "jenis_kelamin", "dampak:role": "sex", "dampak:sensitivity": "personal", "constraints": {"enum": ["L", "P"]}},
    {"name": "hubungan", "dampak:role": "relation", "dampak:sensitivity": "personal", "constraints": {"enum": ["Kepala Keluarga", "Istri", "Anak"]}},
    {"name": "kode_desa", "constraints": {"minLength": 10, "maxLength": 10}},
    {"name": "tahun", "type": "year", "dampak:role": "period"},
    {"name": "desil", "type": "integer", "dampak:blank": 0.1, "constraints": {"minimum": 1, "maximum": 10}},
    {"name": "pengeluaran", "type": "number", "decimalChar": ",", "constraints": {"exclusiveMinimum": 0, "maximum": 9000000}},
    {"name": "pkh", "type": "boolean", "trueValues": ["YA"], "falseValues": ["TIDAK"]},
    {"name": "kode_survei", "constraints": {"pattern": "[A-C]{2}-[0-9]{3,5}(x|y)?"}},
    {"name": "bulan", "type": "yearmonth"}, {"name": "jam", "type": "datetime"}
  ]
}`

func parse(t testing.TB, src string) *contract.Contract {
	t.Helper()
	c, err := contract.Parse([]byte(src), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func made(c *contract.Contract, n int64, seed uint64) ([][]string, error) {
	r, err := dummy.New(c, n, seed)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := dummy.CSV(context.Background(), &b, r); err != nil {
		return nil, err
	}
	return csv.NewReader(&b).ReadAll()
}

func column(rows [][]string, name string) []string {
	j := slices.Index(rows[0], name)
	var all []string
	for _, r := range rows[1:] {
		all = append(all, r[j])
	}
	return all
}

// The rows have the shape that the contract describes, and are nobody's.
func TestPersons(t *testing.T) {
	const n = 4000
	rows, err := made(parse(t, persons), n, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != n+1 {
		t.Fatal(len(rows))
	}
	births, sexes := column(rows, "tanggal_lahir"), column(rows, "jenis_kelamin")
	seen := map[string]map[string]bool{}
	for i, nik := range column(rows, "nik") {
		number, fault := identity.Read(nik)
		if fault != "" || number.District[4:] != identity.InventedDistrict {
			t.Fatalf("%s: %q", nik, fault)
		}
		born, err := time.Parse("02/01/2006", births[i])
		if err != nil {
			t.Fatal(err)
		}
		woman := sexes[i] == "P"
		if d := number.Doubts(identity.NIK, identity.Beside{Born: born, Woman: &woman}); !slices.Equal(d, []identity.Doubt{identity.Invented}) {
			t.Fatalf("row %d: %v", i, d)
		}
		if seen[nik] == nil {
			seen[nik] = map[string]bool{}
		}
		seen[nik][rows[i+1][slices.Index(rows[0], "tahun")]] = true
	}
	if len(seen) != n/4 { // each person in each of the four years
		t.Errorf("%d persons", len(seen))
	}
	heads, others, families := map[string]int{}, 0, column(rows, "no_kk") // one of each family in each year
	for i, s := range column(rows, "hubungan") {
		if s == "Kepala Keluarga" {
			heads[families[i]+rows[i+1][slices.Index(rows[0], "tahun")]]++
		} else {
			others++
		}
	}
	for kk, n := range heads {
		if n != 1 {
			t.Errorf("%s has %d heads", kk, n)
		}
	}
	if len(heads) < n/4 || others < n/2 {
		t.Errorf("%d heads, %d others", len(heads), others)
	}
	blank := 0
	for _, s := range column(rows, "hp") {
		if s == "" {
			blank++
		} else if !strings.HasPrefix(s, "0800") {
			t.Fatal(s)
		}
	}
	if share := float64(blank) / n; math.Abs(share-0.3) > 0.04 { // five standard errors
		t.Errorf("%.3f blank", share)
	}
	for _, s := range column(rows, "nama") {
		if !strings.HasPrefix(s, "Contoh ") {
			t.Fatal(s)
		}
	}
	for _, s := range column(rows, "kode_desa") {
		if len(s) != 10 || !strings.HasPrefix(s, "35") {
			t.Fatal(s)
		}
	}
}

// The same seed gives the same bytes, another one others.
func TestSeed(t *testing.T) {
	c := parse(t, persons)
	one, _ := made(c, 50, 1)
	again, _ := made(c, 50, 1)
	other, _ := made(c, 50, 2)
	if fmt.Sprint(one) != fmt.Sprint(again) || fmt.Sprint(one) == fmt.Sprint(other) {
		t.Error("the seed does not decide")
	}
	longer, _ := made(c, 80, 1)
	if fmt.Sprint(column(longer, "desil")[:50]) != fmt.Sprint(column(one, "desil")) {
		t.Error("more rows change those before")
	}
}

// accepted holds rows against a contract with another check than the maker's,
// and gives what is stored.
func accepted(t interface{ Fatalf(string, ...any) }, c *contract.Contract, r source.Reader) int64 {
	ring, err := identity.NewRing(strings.NewReader(strings.Repeat("k", 32)), time.Unix(0, 0))
	if err != nil {
		t.Fatalf("%v", err)
	}
	k, err := c.Check(r.Table(), ring)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var in, out source.Batch
	for {
		if err := r.Next(context.Background(), &in); errors.Is(err, io.EOF) {
			return k.Rows().Accepted
		} else if err != nil {
			t.Fatalf("%v\n%s", err, c.JSON())
		}
		if rejects := k.Batch(&in, &out); len(rejects) > 0 {
			t.Fatalf("%v\n%s", rejects, c.JSON())
		}
	}
}

func TestShipped(t *testing.T) {
	for _, name := range contract.Shipped {
		c, _ := contract.Named(name)
		r, err := dummy.New(c, 3000, 20200921)
		if err != nil {
			t.Fatal(err)
		}
		if n := accepted(t, c, r); n != 3000 {
			t.Errorf("%s: %d", name, n)
		}
	}
}

// The way of a file: written as CSV, read by the program's own reader, which
// settles what the columns are, and accepted row for row.
func TestThroughCSV(t *testing.T) {
	contracts := map[string]*contract.Contract{"persons": parse(t, persons)}
	for _, name := range contract.Shipped {
		contracts[name], _ = contract.Named(name)
	}
	for name, c := range contracts {
		made, err := dummy.New(c, 2000, 3)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := dummy.CSV(context.Background(), &b, made); err != nil {
			t.Fatal(err)
		}
		r, err := csvfile.Open(context.Background(), bytes.NewReader(b.Bytes()), csvfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := accepted(t, c, r); n != 2000 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
}

// What is made, the contract accepts, for any contract; where nothing can be
// made, a problem says so.
func TestAccepted(t *testing.T) {
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		src := anyContract(t)
		c, err := contract.Parse([]byte(src), "c.json")
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		n := rapid.Int64Range(1, 60).Draw(t, "rows")
		r, err := dummy.New(c, n, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			if list := problem.Of(err); len(list) != 1 || !strings.HasPrefix(list[0].Code, "dummy-") {
				t.Fatalf("%v", err)
			}
			return
		}
		if got := accepted(t, c, r); got != n {
			t.Fatalf("%d of %d rows\n%s", got, n, src)
		}
		made++
	})
	if made < 50 {
		t.Errorf("only %d contracts could be filled", made)
	}
}

// anyContract draws a contract of some fields of all types.
func anyContract(t *rapid.T) string {
	var fields, names []string
	for i := range rapid.IntRange(1, 6).Draw(t, "fields") {
		name := fmt.Sprintf("k%d", i)
		low := rapid.IntRange(-50, 50).Draw(t, "low")
		high := low + rapid.IntRange(1, 100).Draw(t, "width")
		required := rapid.Bool().Draw(t, "required")
		blank := rapid.SampledFrom([]string{"0", "0.2", "0.9"}).Draw(t, "blank")
		f := rapid.SampledFrom([]string{
			`"type": "integer", "constraints": {"minimum": LOW, "exclusiveMaximum": HIGH, R}`,
			`"type": "number", "constraints": {"exclusiveMinimum": LOW, "maximum": HIGH, R}`,
			`"type": "number", "groupChar": ".", "decimalChar": ",", "constraints": {R}`,
			`"type": "integer", "constraints": {"maximum": LOW, R}`,
			`"type": "boolean", "constraints": {R}`,
			`"type": "boolean", "trueValues": ["ya"], "falseValues": ["tidak"], "constraints": {"enum": [true], R}`,
			`"type": "year", "constraints": {"minimum": 1990, R}`,
			`"type": "yearmonth", "constraints": {"minimum": "2001-11", "maximum": "2003-02", R}`,
			`"type": "date", "constraints": {"minimum": "2024-02-28", "maximum": "2024-03-02", R}`,
			`"type": "date", "format": "%d.%m.%Y", "constraints": {R}`,
			`"type": "datetime", "constraints": {R}`,
			`"type": "string", "constraints": {"minLength": 3, "maxLength": 5, R}`,
			`"type": "string", "constraints": {"pattern": "[a-z]+( [0-9]{1,2})?", "maxLength": 9, R}`,
			`"type": "string", "constraints": {"enum": ["satu", "dua", "tiga"], R}`,
			`"type": "integer", "categories": [{"value": 1, "label": "ya"}, {"value": 2, "label": "tidak"}], "constraints": {R}`,
			`"type": "string", "format": "email", "constraints": {R}`, `"type": "string", "format": "uuid", "constraints": {R}`,
			`"type": "string", "dampak:identity": "nik", "constraints": {R}`, `"type": "string", "dampak:identity": "kk", "constraints": {R}`,
			`"type": "string", "dampak:identity": "phone", "dampak:treatment": "hash", "constraints": {R}`,
			`"type": "string", "dampak:identity": "name", "constraints": {R}`,
			`"type": "date", "dampak:identity": "birth-date", "constraints": {"minimum": "1940-01-01", "maximum": "1950-12-31", R}`,
		}).Draw(t, "field")
		f = strings.NewReplacer("LOW", fmt.Sprint(low), "HIGH", fmt.Sprint(high), "R}", fmt.Sprintf(`"required": %v, "unique": %v}`, required, rapid.IntRange(0, 5).Draw(t, "unique") == 0)).Replace(f)
		fields = append(fields, fmt.Sprintf(`{"name": %q, "dampak:blank": %s, %s}`, name, blank, f))
		names = append(names, fmt.Sprintf("%q", name))
	}
	key := ""
	if n := rapid.IntRange(0, len(names)).Draw(t, "key"); n > 0 {
		key = `"primaryKey": [` + strings.Join(names[:n], ", ") + `], `
	}
	return `{"dampak:contract": "1", "dampak:class": "personal", ` + key + `"fields": [` + strings.Join(fields, ",\n") + `]}`
}

func TestRefuses(t *testing.T) {
	one := func(field, rest string) string {
		return `{"dampak:contract": "1", "dampak:class": "limited", "fieldsMatch": "partial", ` + rest + `"fields": [` + field + `]}`
	}
	for _, c := range []struct {
		name, src, code string
		rows            int64
	}{
		{"no rows", one(`{"name": "a"}`, ""), "dummy-rows", 0},
		{"too many rows", one(`{"name": "a"}`, ""), "dummy-rows", dummy.MostRows + 1},
		{"a short key", one(`{"name": "a", "type": "boolean"}`, `"primaryKey": "a", `), "dummy-few", 3},
		{"a short key of two", one(`{"name": "a", "type": "boolean"}, {"name": "b", "constraints": {"enum": ["x", "y"]}}`, `"primaryKey": ["a", "b"], `), "dummy-few", 5},
		{"a key with a pattern", one(`{"name": "a", "constraints": {"pattern": "[a-z]+"}}`, `"primaryKey": "a", `), "dummy-key", 3},
		{"keys that share a column", one(`{"name": "a"}, {"name": "b"}, {"name": "c"}`, `"uniqueKeys": [["a", "b"], ["b", "c"]], `), "dummy-key", 3},
		{"a pattern against a length", one(`{"name": "a", "constraints": {"required": true, "pattern": "[a-z]{2}", "minLength": 5}}`, ""), "dummy-refused", 1},
		{"no whole number between", one(`{"name": "a", "type": "integer", "constraints": {"exclusiveMinimum": 1, "exclusiveMaximum": 2}}`, ""), "dummy-no-value", 1},
	} {
		_, err := made(parse(t, c.src), c.rows, 1)
		if list := problem.Of(err); len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A text that a spreadsheet would take for a formula is none.
func TestFormulas(t *testing.T) {
	c := parse(t, `{"dampak:contract": "1", "dampak:class": "public", "fields": [{"name": "a", "constraints": {"required": true, "enum": ["=1+1", "@x"]}}, {"name": "n", "type": "integer", "constraints": {"minimum": -9, "maximum": -1}}]}`)
	rows, err := made(c, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		if r[0][0] != '\'' || r[1][0] != '-' {
			t.Fatal(r)
		}
	}
}

func BenchmarkDummy(b *testing.B) {
	c := parse(b, persons)
	for b.Loop() {
		r, err := dummy.New(c, 10_000, 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := dummy.CSV(context.Background(), io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "rows/s")
}

// TestHold: a column is the same in all rows of another, still with blanks and more
// than one value; one of a key or of no name stays as it is.
func TestHold(t *testing.T) {
	c := parse(t, `{"dampak:contract": "1", "name": "panel", "title": "Panel", "dampak:titleEn": "Panel", "dampak:class": "public", "primaryKey": ["keluarga", "tahun"],
 "fields": [{"name": "keluarga", "title": "Keluarga", "dampak:titleEn": "Family"}, {"name": "tahun", "type": "year", "title": "Tahun", "dampak:titleEn": "Year", "dampak:role": "period"},
  {"name": "mulai", "type": "year", "title": "Mulai", "dampak:titleEn": "First", "dampak:blank": 0.3}, {"name": "desa", "title": "Desa", "dampak:titleEn": "Village"}]}`)
	r, err := dummy.New(c, 3000, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{"mulai", "keluarga"}, {"desa", "keluarga"}, {"tahun", "keluarga"}, {"tidakada", "keluarga"}, {"desa", "tidakada"}} {
		r.Hold(pair[0], pair[1])
	}
	var b bytes.Buffer
	if err := dummy.CSV(context.Background(), &b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	of, first, years := map[string][]string{}, map[string]bool{}, map[string]bool{}
	for _, row := range rows[1:] {
		if kept, ok := of[row[0]]; ok && !slices.Equal(kept, row[2:]) {
			t.Fatalf("family %s has %q and %q", row[0], kept, row[2:])
		}
		of[row[0]], first[row[2]], years[row[1]] = row[2:], true, true
	}
	if !first[""] || len(first) < 3 || len(years) < 3 {
		t.Errorf("first years %v in years %v", first, years)
	}
}
