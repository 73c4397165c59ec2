package contract_test

import (
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

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// lines is a table of texts, as a reader of separated files gives one that
// decided nothing.
type lines struct {
	table source.Table
	rows  [][]string
	next  int
	marks []source.Mark
	bad   []source.Bad
}

func table(t testing.TB, src string) *lines {
	t.Helper()
	r := csv.NewReader(strings.NewReader(src))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	l := &lines{rows: rows[1:]}
	for _, name := range rows[0] {
		l.table.Columns = append(l.table.Columns, source.Column{Name: name, Decimals: -1})
	}
	l.table.Rows = int64(len(l.rows))
	return l
}

func (l *lines) Table() *source.Table   { return &l.table }
func (l *lines) Cautions() problem.List { return nil }

func (l *lines) Next(_ context.Context, b *source.Batch) error {
	b.Start(len(l.table.Columns))
	if l.next == len(l.rows) {
		return io.EOF
	}
	for l.next < len(l.rows) && !b.Full() {
		l.next++
		b.AddRow(int64(l.next + 1)) // the header is line 1
		for j, s := range l.rows[l.next-1] {
			b.AddText(j, s)
		}
	}
	b.Marks, b.Bad = append(b.Marks, l.marks...), append(b.Bad, l.bad...)
	return nil
}

func testRing(t testing.TB) *identity.Ring {
	t.Helper()
	r, err := identity.NewRing(strings.NewReader(strings.Repeat("k", 32)), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checked gives what is stored, as texts with the names first, and what is
// rejected as "row rule field value limit".
func checked(t testing.TB, c *contract.Contract, r source.Reader) (stored [][]string, rejected []string, k *contract.Check) {
	t.Helper()
	k, err := c.Check(r.Table(), testRing(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, col := range k.Table().Columns {
		names = append(names, col.Name)
	}
	stored = append(stored, names)
	var in, out source.Batch
	for {
		if err := r.Next(context.Background(), &in); errors.Is(err, io.EOF) {
			return stored, rejected, k
		} else if err != nil {
			t.Fatal(err)
		}
		for _, x := range k.Batch(&in, &out) {
			for _, b := range x.Breaks {
				rejected = append(rejected, fmt.Sprintf("%d %s %s %s %s", x.Row, b.Rule, b.Field, b.Value, b.Limit))
				for _, l := range i18n.Langs {
					if s := b.Text(l); unfilled.MatchString(s) {
						t.Errorf("%s: %s", b.Rule, s)
					}
				}
			}
		}
		for i := range out.Row {
			var line []string
			for j, col := range k.Table().Columns {
				line = append(line, out.Cells[j].Spell(col.Kind, i))
			}
			stored = append(stored, line)
		}
	}
}

// Each rule rejects the rows that break it, and only those, with the value and
// what is allowed.
func TestRules(t *testing.T) {
	field := func(s string) string { return around(`{"name": "a", `+s+`}`, "") }
	for _, c := range []struct {
		name, src string
		good      string // cells with blanks between
		bad       map[string]string
	}{
		{"integer", field(`"type": "integer", "constraints": {"minimum": -2, "maximum": 5}`), "-2 5 +3 0", map[string]string{"-3": "minimum a -3 -2", "6": "maximum a 6 5", "2.5": "type a 2.5 integer", "x": "type a x integer", "1e3": "type a 1e3 integer"}},
		{"integer with groups", field(`"type": "integer", "groupChar": "."`), "1.234.567 5", map[string]string{"1,5": "type a 1,5 integer"}},
		{"number", field(`"type": "number", "constraints": {"exclusiveMinimum": 0, "exclusiveMaximum": 1}`), "0.5 1e-3 .25", map[string]string{"0": "minimum a 0 0", "1": "maximum a 1 1", "NaN": "type a NaN number", "Inf": "type a Inf number", "0x1p-2": "type a 0x1p-2 number", "0,5": "type a 0,5 number", "1_0": "type a 1_0 number"}},
		{"Indonesian number", field(`"type": "number", "groupChar": ".", "decimalChar": ","`), "4.419,10 -0,5 12", map[string]string{"1,2,3": "type a 1,2,3 number"}},
		{"number among signs", field(`"type": "number", "bareNumber": false, "groupChar": "."`), "Rp1.500 12%", map[string]string{"Rp": "type a Rp number"}},
		{"both ends", field(`"type": "integer", "constraints": {"minimum": 1, "exclusiveMinimum": 1}`), "2", map[string]string{"1": "minimum a 1 1"}},
		{"boolean", field(`"type": "boolean"`), "true 1 FALSE 0", map[string]string{"ya": "type a ya boolean"}},
		{"own words", field(`"type": "boolean", "trueValues": ["YA"], "falseValues": ["TIDAK"]`), "YA TIDAK", map[string]string{"true": "type a true boolean"}},
		{"only yes", field(`"type": "boolean", "constraints": {"enum": [true]}`), "true", map[string]string{"false": "enum a 0 true"}},
		{"date", field(`"type": "date", "constraints": {"minimum": "2020-02-29"}`), "2020-02-29 2024-12-31", map[string]string{"2020-02-28": "minimum a 2020-02-28 2020-02-29", "2023-02-29": "type a 2023-02-29 date", "31/12/2024": "type a 31/12/2024 date"}},
		{"any date", field(`"type": "date", "format": "any"`), "2020-02-29 31/12/2024 1-2-2024", map[string]string{"13/13/2024": "type a 13/13/2024 date", "2024": "type a 2024 date"}},
		{"date of a pattern", field(`"type": "date", "format": "%d.%m.%y"`), "31.12.24", map[string]string{"2024-12-31": "type a 2024-12-31 date"}},
		{"year", field(`"type": "year", "constraints": {"minimum": 2000}`), "2000 2024", map[string]string{"1999": "minimum a 1999 2000", "0": "type a 0 year", "20240": "type a 20240 year"}},
		{"month", field(`"type": "yearmonth", "constraints": {"maximum": "2024-06"}`), "2024-06", map[string]string{"2024-07": "maximum a 2024-07-01 2024-06", "2024-13": "type a 2024-13 yearmonth"}},
		{"instant", field(`"type": "datetime"`), "2024-06-01T10:00:00 2024-06-01T10:00:00Z", map[string]string{"2024-06-01": "type a 2024-06-01 datetime"}},
		{"text", field(`"constraints": {"minLength": 2, "maxLength": 3}`), "ab abc äö", map[string]string{"a": "length a a 2 - 3", "abcd": "length a abcd 2 - 3"}},
		{"pattern of the whole", field(`"constraints": {"pattern": "a|bc"}`), "a bc", map[string]string{"abc": "pattern a abc a|bc"}},
		{"email", field(`"format": "email"`), "a@b.id", map[string]string{"a@b": "pattern a a@b email"}},
		{"enum", field(`"constraints": {"enum": ["APBN", "dana desa"]}`), "APBN apbn DANA-DESA", map[string]string{"APBD": "enum a APBD APBN, dana desa"}},
		{"enum of look-alikes", field(`"constraints": {"enum": ["a b", "A-B", "ab"]}`), "ab A-B", map[string]string{"AB": "enum a AB a b, A-B, ab"}},
		{"categories", field(`"type": "integer", "categories": [{"value": 1, "label": "ya"}, {"value": 2, "label": "tidak"}]`), "1 2", map[string]string{"3": "enum a 3 1, 2"}},
		{"unique", field(`"constraints": {"unique": true}`), "a b c", map[string]string{"b": "unique a b 3"}},
		{"identity hidden", field(`"title": "Catatan"`), "3578-0145 1234567890123456 NIK:357801450190000", map[string]string{"NIK:3578014501900001": "identity-in-text a ••••••••••••••01 ", "3578.0145.0190.0001": "identity-in-text a ••••••••••••••01 ", "35780145019000013578014501900002": "identity-in-text a ••••••••••••••01 ", "2024-35780145-01900001": "identity-in-text a ••••••••••••••01 ", "３５７８０１４５０１９００００１": "identity-in-text a ••••••••••••••01 "}},
		{"identity as real number", field(`"type": "number"`), "1234567890123456 0.5", map[string]string{"3578014501900001": "identity-in-text a ••••••••••••••01 "}},
		{"identity as number", field(`"type": "integer"`), "1234567890123456 357801450190000", map[string]string{"3578014501900001": "identity-in-text a ••••••••••••••01 "}},
		{"personal values are masked", field(`"dampak:sensitivity": "personal", "constraints": {"enum": ["petani"]}`), "petani", map[string]string{"dokter": "enum a d••••• petani"}},
	} {
		good := strings.Fields(c.good)
		var bad []string
		for s := range c.bad {
			bad = append(bad, s)
		}
		slices.Sort(bad)
		var b strings.Builder
		w := csv.NewWriter(&b)
		for _, s := range slices.Concat([]string{"a"}, good, bad) {
			w.Write([]string{s})
		}
		w.Flush()
		stored, rejected, k := checked(t, parse(t, c.src), table(t, b.String()))
		if len(stored)-1 != len(good) {
			t.Errorf("%s: stored %v, want %v", c.name, stored, good)
		}
		var want []string
		for i, s := range bad {
			want = append(want, fmt.Sprintf("%d %s", len(good)+2+i, c.bad[s]))
		}
		if !slices.Equal(rejected, want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(rejected, "\n"), strings.Join(want, "\n"))
		}
		var n int64
		for _, count := range k.Counts() {
			n += count.Rows
		}
		if r := k.Rows(); n != int64(len(bad)) || r.Rejected != n || r.Accepted != int64(len(good)) || r.Read != int64(len(good)+len(bad)) {
			t.Errorf("%s: %+v %v", c.name, r, k.Counts())
		}
	}
}

// A mobile number among the words of a kept text rejects the row, however it is set;
// amounts, codes, dates and numbers of letters are none, nor is anything in a column of
// numbers.
func TestHiddenPhones(t *testing.T) {
	for _, c := range []struct {
		field string
		good  []string
		bad   []string
	}{
		{`"name": "a"`,
			[]string{"Rp 812.345.678", "Rp812345678", "81234567", "bantuan 900.000 untuk 08 orang", "2024-08-17 sampai 2024-08-31", "08-12-2024 10.30", "08.12.2024", "08/12/2024", "081", "0812 3456", "kode 35.78.081.2345",
				"PKH-0812345678", "INV/0812345678/2024", "kode A0812345678", "3578081234567", "0812345678901234", "02131234567", "0351 812 3456", "12.081.234.567", "8 812 3456 789", "62.812.345.678", "Rp 62812345678", "halaman 080 1234 5678", "+62 21 8123 4567"},
			[]string{"wa 12 085712345678", "hub. 0857-1234-5678 (anak)", "0812 3456 7890", "telp:081234567890,", "hp 0812.3456.7890.", "+6281234567890", "WA +62 812-3456-7890 ya", "hp.081234567890", "WA085712345678", "085712345678/081234567890", "(+62) 812 3456 7890", "081 234 567 890", "nomor 0812345678", "(081234567890)", "０８１２３４５６７８９０", "0812 345 678"}},
		{`"name": "a", "type": "integer"`, []string{"6281234567890", "81234567890"}, nil},
		{`"name": "a", "type": "number"`, []string{"6281234567890", "81234567890.5"}, nil},
	} {
		var b strings.Builder
		w := csv.NewWriter(&b)
		for _, s := range slices.Concat([]string{"a"}, c.good, c.bad) {
			w.Write([]string{s})
		}
		w.Flush()
		stored, rejected, _ := checked(t, parse(t, around(`{`+c.field+`}`, "")), table(t, b.String()))
		if len(stored)-1 != len(c.good) || len(rejected) != len(c.bad) {
			t.Errorf("%s: stored %q, rejected %q", c.field, stored, rejected)
		}
		for i, s := range rejected {
			if !strings.HasPrefix(s, fmt.Sprintf("%d identity-in-text a ", len(c.good)+2+i)) || strings.Contains(s, "123") || strings.Contains(s, "345") {
				t.Error(s)
			}
		}
	}
}

// Blanks and the contract's own marks are missing; where a value is needed the
// row is rejected.
func TestMissing(t *testing.T) {
	c := parse(t, around(`{"name": "a", "type": "number", "constraints": {"required": true}}, {"name": "b", "missingValues": ["", "x"]}, {"name": "c", "type": "integer"}`, `"missingValues": ["...", "-9"], `))
	stored, rejected, _ := checked(t, c, table(t, "a,b,c\n1,x,-9\n...,y,1\n2,...,\n,y,2\n-9,y,3\n"))
	if got := fmt.Sprint(stored[1:]); got != "[[1 . .] [2 ... .]]" {
		t.Error(got)
	}
	if got := strings.Join(rejected, "|"); got != "3 required a  |5 required a  |6 required a  " {
		t.Error(got)
	}
}

// Values that the reader has typed already are taken as the contract's type
// where that loses nothing.
func TestTyped(t *testing.T) {
	c := parse(t, around(`{"name": "kode"}, {"name": "n", "type": "integer"}, {"name": "x", "type": "number", "missingValues": ["99"]}, {"name": "d", "type": "date"}, {"name": "m", "type": "yearmonth"}, {"name": "y", "type": "boolean"}`, ""))
	r := &typed{}
	for i, k := range []source.Kind{source.Whole, source.Real, source.Whole, source.Moment, source.Day, source.Whole} {
		r.table.Columns = append(r.table.Columns, source.Column{Name: c.Fields[i].Name, Kind: k, Decimals: -1})
	}
	r.fill = func(b *source.Batch) {
		row := func(n, a int64, x float64, w, m, d, y int64) {
			b.AddRow(n)
			b.AddWhole(0, a)
			b.AddReal(1, x)
			b.AddWhole(2, w)
			b.AddWhole(3, m)
			b.AddWhole(4, d)
			b.AddWhole(5, y)
		}
		row(2, 3509, 5, 7, -1, 19782, 1) // a microsecond before 1970 is a day of 1969
		row(3, 35, 2.5, 99, 86_400_000_000, 0, 2)
		row(4, 35, 1e300, 99, 0, 0, 0)
		b.AddRow(5)
		for i, col := range r.table.Columns {
			b.AddMissing(i, col.Kind, "-99")
		}
	}
	stored, rejected, _ := checked(t, c, r)
	if got := fmt.Sprint(stored[1:]); got != "[[3509 5 7 1969-12-31 2024-02-01 1] [. . . . . .]]" {
		t.Error(got)
	}
	if got := strings.Join(rejected, "|"); got != "3 type n 2.5 integer|3 type y 2 boolean|4 type n "+problem.Mask(source.SpellReal(1e300)[:40]+"…")+" integer" {
		t.Error(got)
	}
}

type typed struct {
	table source.Table
	fill  func(*source.Batch)
	ended bool
}

func (r *typed) Table() *source.Table   { return &r.table }
func (r *typed) Cautions() problem.List { return nil }
func (r *typed) Next(_ context.Context, b *source.Batch) error {
	b.Start(len(r.table.Columns))
	if r.ended {
		return io.EOF
	}
	r.ended = true
	r.fill(b)
	return nil
}

// A cell that the reader could not make out rejects its row; a row that it marks
// as a total or a heading is passed over and counted.
func TestMarks(t *testing.T) {
	c := parse(t, around(`{"name": "a", "type": "integer", "constraints": {"required": true, "unique": true}}`, ""))
	l := table(t, "a\n1\n2\n3\nJawa Timur\nKota\n")
	l.bad = []source.Bad{{Row: 3, Column: 0, Problem: problem.New("source-unreadable")}}
	l.marks = []source.Mark{{Row: 5, Column: -1, Said: source.Total}, {Row: 6, Column: -1, Said: source.Section}, {Row: 2, Column: 0, Said: source.Preliminary}}
	stored, rejected, k := checked(t, c, l)
	if r := k.Rows(); r != (contract.Rows{Read: 3, Accepted: 2, Rejected: 1, Totals: 1, Sections: 1}) || len(stored) != 3 || rejected[0] != "3 unreadable a  integer" {
		t.Errorf("%+v %v %v", r, stored, rejected)
	}
}

// Codes and names of regions become codes; what is ambiguous, unknown or outside
// the dataset is rejected.
func TestRegions(t *testing.T) {
	c := parse(t, around(`{"name": "w", "title": "Wilayah"}`, `"dampak:regions": ["3501", "3578", "3571", "3506"], "foreignKeys": [{"fields": ["w"], "reference": {"resource": "regions", "fields": ["code"]}}],`))
	stored, rejected, _ := checked(t, c, table(t, "w\n3501\n35.01\n3501.0\nKab. Pacitan\nKotaKediri\n3578010001\n35.78.01.1001\n350101\nKediri\n3509\nAtlantis\n3599\n12345\nKabupaten Jember\n9999999999\n"))
	if got := fmt.Sprint(stored[1:]); got != "[[3501] [3501] [3501] [3501] [3571] [3578010001] [3578011001] [350101]]" {
		t.Error(got)
	}
	if got := strings.Join(rejected, "|"); got != "10 region-ambiguous w Kediri |11 coverage-region w 3509 3501, 3506, 3571, 3578|12 region w Atlantis |13 region w 3599 |14 region w 12345 |15 coverage-region w Kabupaten Jember 3501, 3506, 3571, 3578|16 region w 9999999999 " {
		t.Error(got)
	}
	// 35.10 as a spreadsheet writes it
	if stored, _, _ := checked(t, parse(t, strings.Replace(string(c.JSON()), `"3501",`, `"3510",`, 1)), table(t, "w\n35.1\n")); len(stored) != 2 || stored[1][0] != "3510" {
		t.Error(stored)
	}
}

func TestPeriod(t *testing.T) {
	for _, c := range []struct{ kind, in, out string }{
		{"year", "2021 2023", "2020 2024"}, {"yearmonth", "2021-03 2023-06", "2021-02 2023-07"}, {"date", "2021-03-05 2023-06-30", "2021-03-04 2023-07-01"},
	} {
		k := parse(t, around(`{"name": "t", "type": "`+c.kind+`", "dampak:role": "period"}`, `"dampak:period": {"from": "2021-03-05", "until": "2023-06-30"}, `))
		stored, rejected, _ := checked(t, k, table(t, "t\n"+strings.Join(strings.Fields(c.in+" "+c.out), "\n")+"\n"))
		if len(stored) != 3 || len(rejected) != 2 || !strings.Contains(rejected[0], "coverage-period") {
			t.Errorf("%s: %v %v", c.kind, stored, rejected)
		}
	}
}

// Keys of several fields hold together; a rejected row does not hold its key, and
// a blank part holds none.
func TestKeys(t *testing.T) {
	c := parse(t, around(`{"name": "a"}, {"name": "b", "type": "integer"}, {"name": "c"}`, `"primaryKey": ["a", "b"], "uniqueKeys": [["c"]], `))
	_, rejected, _ := checked(t, c, table(t, "a,b,c\nx,1,p\nx,2,\nx,x,q\nx,1,r\ny,1,p\n,1,s\nx,3,q\nz,1,\nab,11,\na,11,\n"))
	if got := strings.Join(rejected, "|"); got != "4 type b x integer|5 unique a, b  2|6 unique c p 2|7 required a  " {
		t.Error(got)
	}
}

const person = `{"name": "nik", "dampak:identity": "nik", "constraints": {"unique": true}}, {"name": "no_kk", "dampak:identity": "kk"},
  {"name": "nama", "dampak:identity": "name", "dampak:treatment": "hash"}, {"name": "hp", "dampak:identity": "phone"}, {"name": "alamat", "dampak:identity": "address"},
  {"name": "tgl_lahir", "type": "date", "format": "any", "dampak:identity": "birth-date"}, {"name": "jk", "dampak:role": "sex", "dampak:sensitivity": "personal"}, {"name": "kode", "dampak:sensitivity": "personal"}`

const regionKey = `"foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["kemendagri"]}}], `

// Nothing that tells who a person is leaves the check: not in what is stored and
// not in what is said of rejected rows. The same person is the same pseudonym
// however the number was written.
func TestIdentity(t *testing.T) {
	c := parse(t, around(person, regionKey))
	secret := []string{"3578014501900001", "0145019", "Siti", "SITI", "Contoh", "Mawar", "0812", "3456"}
	l := table(t, `nik,no_kk,nama,hp,alamat,tgl_lahir,jk,kode
'3578014501900001,3578010101050002,Siti Contoh,0812-3456-7890,Jl. Mawar 1,05/01/1990,P,3578
3578.0105.0190.0002,3578010101050002,siti  contoh,,,1990-01-05 0:00:00,L,3501
3578 0145 0190 0001,,Siti Contoh,,,,P,3578
3578014501900000,,Siti Contoh,,,,P,3578
35780145019000,,Siti Contoh,,,,P,3578
3.51514E+15,,Siti Contoh,,,,P,3578
3578014501900003,3578010101050002,Siti Contoh,,,1990-13-45,P,3578
3578014501900004,9978010101050002,,,,,P,Siti Contoh
`)
	stored, rejected, k := checked(t, c, l)
	if fmt.Sprint(stored[0]) != "[nik no_kk nama tgl_lahir jk kode]" || len(stored) != 3 {
		t.Fatal(stored)
	}
	one, two := stored[1], stored[2]
	if want, _ := testRing(t).Hasher(identity.NIK).Of("3578014501900001"); one[0] != want || one[1] != two[1] || one[2] != two[2] || one[0] == two[0] || one[3] != "1990-01-01" {
		t.Errorf("%v\n%v", one, two)
	}
	for _, s := range one[:3] {
		if !identity.Pseudonym(s) {
			t.Errorf("%q", s)
		}
	}
	want := []string{
		"4 unique nik ••••••••••••••01 2", "5 identity nik ••••••••••••••00 serial", "6 identity nik ••••••••••••00 length", "7 identity nik •.••••••+15 digits",
		"8 type tgl_lahir •••••••••• date", "9 region kode S•••••••••• ", "9 identity no_kk ••••••••••••••02 province",
	}
	if got := strings.Join(rejected, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("\n%s", got)
	}
	all := fmt.Sprint(stored, rejected, k.Counts(), k.Cautions())
	for _, s := range secret {
		if strings.Contains(all, s) {
			t.Errorf("%q is told: %s", s, all)
		}
	}
	var codes []string
	for _, p := range k.Cautions() {
		codes = append(codes, p.Code)
	}
	if fmt.Sprint(codes) != "[contract-doubt-other-region contract-doubt-other-region]" { // NIK and KK of the second row: its person has moved
		t.Error(codes)
	}
	if keys := k.Keys(testRing(t)); len(keys) != 3 || keys["nik"] != testRing(t).Newest() {
		t.Error(keys)
	}
	spoken(t, k.Cautions())
}

// Numbers made up by dampak dummy and numbers whose last digit a spreadsheet has
// lost are told, and accepted.
func TestIdentityCautions(t *testing.T) {
	var b strings.Builder
	b.WriteString("nik,no_kk,nama,hp,alamat,tgl_lahir,jk,kode\n")
	for i := range 30 {
		fmt.Fprintf(&b, "%s,,,,,2001-02-03,L,\n", identity.Invent("3578", time.Date(1990, 1, 5, 0, 0, 0, 0, time.UTC), true, 10*(i+1)))
	}
	_, rejected, k := checked(t, parse(t, around(person, regionKey)), table(t, b.String()))
	var codes []string
	for _, p := range k.Cautions() {
		codes = append(codes, fmt.Sprint(p.Code, " ", p.Values["rows"]))
	}
	if fmt.Sprint(codes) != "[contract-doubt-invented 30 contract-doubt-other-sex 30 contract-doubt-other-birth 30 contract-identity-cut 30]" || len(rejected) > 0 {
		t.Error(codes, rejected)
	}
	spoken(t, k.Cautions())
}

// Columns are found by name or synonym, without case, blanks and punctuation; what
// the contract does not let pass is named.
func TestColumns(t *testing.T) {
	fields := `{"name": "kode_wilayah", "dampak:synonyms": ["Kode Kab/Kota"], "constraints": {"required": true}}, {"name": "tahun", "type": "year"}`
	for _, c := range []struct {
		match, header, code string
		cautions            int
	}{
		{"partial", "TAHUN,Kode_Kab Kota", "", 0}, {"partial", "kode wilayah", "", 1}, {"partial", "kode wilayah,x,tahun", "", 1}, {"partial", "tahun", "contract-column-absent", 0},
		{"partial", "kode_wilayah,KODE KAB/KOTA", "contract-column-twice", 0},
		{"exact", "kode_wilayah,tahun", "", 0}, {"exact", "tahun,kode_wilayah", "contract-columns-order", 0}, {"exact", "kode_wilayah", "contract-column-absent", 0}, {"exact", "kode_wilayah,tahun,x", "contract-columns-extra", 0},
		{"equal", "tahun,kode_wilayah", "", 0}, {"equal", "tahun,kode_wilayah,x", "contract-columns-extra", 0},
		{"subset", "tahun,kode_wilayah,x", "", 1}, {"subset", "kode_wilayah,x", "contract-column-absent", 0},
		{"superset", "kode_wilayah", "", 1}, {"superset", "kode_wilayah,x", "contract-columns-extra", 0},
	} {
		k, err := parse(t, around(fields, `"fieldsMatch": "`+c.match+`", `)).Check(table(t, c.header+"\n").Table(), nil)
		if list := problem.Of(err); c.code != "" && (len(list) == 0 || list[0].Code != c.code) || c.code == "" && err != nil {
			t.Errorf("%s %s: %v", c.match, c.header, err)
		} else if spoken(t, list); err == nil && len(k.Cautions()) != c.cautions {
			t.Errorf("%s %s: %v", c.match, c.header, k.Cautions())
		}
	}
	// A label of SPSS or Stata serves where no column has the name.
	l := table(t, "r101,tahun\n")
	l.table.Columns[0].Label = "Kode wilayah"
	if _, err := parse(t, around(fields, `"fieldsMatch": "partial", `)).Check(l.Table(), nil); err != nil {
		t.Error(err)
	}
	l = table(t, "r101,kode_wilayah\n")
	l.table.Columns[0].Label = "Kode wilayah"
	if _, err := parse(t, around(fields, `"fieldsMatch": "partial", `)).Check(l.Table(), nil); err != nil {
		t.Error(err)
	}
}

// The tables of an office come in by the contracts that ship.
func TestShippedTables(t *testing.T) {
	c, _ := contract.Named(contract.Disbursements)
	stored, rejected, k := checked(t, c, table(t, `No,Nama Program,Tahun Anggaran,Tahap,Kode Kemdagri,Kuota,KPM SK,Berhasil Salur,Gagal Salur,Alasan,KPM Bertransaksi,Pagu,Nominal SP2D,Nominal Tersalur,Tgl SP2D
1,PKH,2024,1,35.01,100,98,95,3,Rekening tidak aktif,90,75000000,73500000,71250000,15/02/2024
2,PKH,2024,1,35.1,50,-,45,5,...,40,1,1,1,2024-02-15
3,PKH,2024,1,35.01,100,98,95,3,,90,75000000,73500000,71250000,15/02/2024
4,PKH,2024,1,Kediri,1,1,1,0,,1,1,1,1,15/02/2024
5,PKH,2024,1,35.02,-1,1,1,0,,1,1,1,1,15/02/2024
`))
	if got := fmt.Sprint(stored[1:]); got != "[[PKH 2024 1 3501 100 98 95 3 Rekening tidak aktif 90 75000000 73500000 71250000 . . 2024-02-15] [PKH 2024 1 3510 50 . 45 5 . 40 1 1 1 . . 2024-02-15]]" {
		t.Error(got)
	}
	if got := strings.Join(rejected, "|"); got != "4 unique program, tahun, tahap, kode_wilayah  2|5 region-ambiguous kode_wilayah Kediri |6 minimum kuota -1 0" {
		t.Error(got)
	}
	spoken(t, k.Cautions())
	c, _ = contract.Named(contract.Budgets)
	stored, rejected, _ = checked(t, c, table(t, "TA,Program,Kode Rekening,Kab/Kota,Sumber Dana,Pagu,P-APBD,Penyerapan,Per Tanggal\n2024,PKH Plus,1.06.05,Kota Surabaya,APBD PROVINSI,1000,900,850,31-12-2024\n2024,PKH Plus,,Kota Surabaya,hibah,1,1,1,31-12-2024\n"))
	if fmt.Sprint(stored[1:]) != "[[2024 PKH Plus 1.06.05 3578 APBD provinsi 1000 900 850 2024-12-31]]" || len(rejected) != 1 {
		t.Error(stored, rejected)
	}
}

// BenchmarkCheck is the whole way of a row of persons: conversion, every rule,
// two pseudonyms, the key.
func BenchmarkCheck(b *testing.B) {
	c := parse(b, around(person+`, {"name": "desil", "type": "integer", "constraints": {"minimum": 1, "maximum": 10}}, {"name": "pengeluaran", "type": "number"}`, regionKey))
	k, err := c.Check(table(b, "nik,no_kk,nama,hp,alamat,tgl_lahir,jk,kode,desil,pengeluaran\n").Table(), testRing(b))
	if err != nil {
		b.Fatal(err)
	}
	var in, out source.Batch
	row, born := int64(0), time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		in.Start(10)
		for !in.Full() {
			row++
			in.AddRow(row)
			day := born.AddDate(0, 0, int(row%20000))
			for j, s := range []string{identity.Invent("3578", day, row%2 == 0, int(row/20000)+1), "3578990101050002", "Siti Contoh", "081234567890", "Jl. Mawar 1", day.Format(time.DateOnly), "P", "3578", "3", "1250000.5"} {
				in.AddText(j, s)
			}
		}
		b.StartTimer()
		if rejects := k.Batch(&in, &out); len(rejects) > 0 {
			b.Fatal(rejects[0])
		}
	}
	b.ReportMetric(float64(row)/b.Elapsed().Seconds(), "rows/s")
	if math.MaxInt32 < row {
		b.Fatal("serials ran out")
	}
}
