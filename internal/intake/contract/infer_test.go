package contract_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/dummy"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

func infer(t testing.TB, r source.Reader, name string) *contract.Draft {
	t.Helper()
	d, err := contract.Infer(context.Background(), r, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Evidence {
		for _, l := range i18n.Langs {
			if s := e.Text(l); unfilled.MatchString(s) || strings.Contains(s, "<nil>") {
				t.Errorf("%s: %s", e.Code, s)
			}
		}
	}
	if _, err := contract.Parse(d.Contract.JSON(), "draft.json"); err != nil {
		t.Errorf("the draft is no contract: %v\n%s", err, d.Contract.JSON())
	}
	return d
}

func (l *lines) kinds(kinds ...source.Kind) *typedLines { return &typedLines{l, kinds} }

// typedLines reads whole numbers, days (as numbers) and reals from texts.
type typedLines struct {
	*lines
	kinds []source.Kind
}

func (l *typedLines) Table() *source.Table {
	for i, k := range l.kinds {
		l.table.Columns[i].Kind = k
	}
	return &l.table
}

func (l *typedLines) Next(ctx context.Context, b *source.Batch) error {
	var texts source.Batch
	if err := l.lines.Next(ctx, &texts); err != nil {
		b.Start(len(l.kinds))
		return err
	}
	b.Start(len(l.kinds))
	for i, row := range texts.Row {
		b.AddRow(row)
		for j, k := range l.kinds {
			s := texts.Cells[j].Text[i]
			var n int64
			var x float64
			switch {
			case s == "" || s == "NA":
				b.AddMissing(j, k, map[string]string{"": source.Plain, "NA": "NA"}[s])
			case k == source.Text:
				b.AddText(j, s)
			case k == source.Real:
				fmt.Sscan(s, &x)
				b.AddReal(j, x)
			case k == source.Day:
				d, _ := time.Parse(time.DateOnly, s)
				b.AddWhole(j, d.Unix()/86400)
			default:
				fmt.Sscan(s, &n)
				b.AddWhole(j, n)
			}
		}
	}
	return nil
}

// A table of an office: types, coverage, keys, allowed values and ranges, each
// with its evidence.
func TestInferTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("Kode Wilayah,Nama Kabupaten,Tahun,Program,Jumlah KPM (orang),P0,Catatan\n")
	for year := 2019; year <= 2023; year++ {
		for i := 1; i <= 20; i++ {
			for _, p := range []string{"PKH", "Sembako"} {
				note := ""
				if i == 3 {
					note = "NA"
				}
				fmt.Fprintf(&b, "35%02d,%s,%d,%s,%d,%.2f,%s\n", i, strings.TrimPrefix(registry.RegionName(fmt.Sprintf("35%02d", i)), "Kabupaten "), year, p, 100*i+year, float64(i)/100, note)
			}
		}
	}
	d := infer(t, table(t, b.String()).kinds(source.Whole, source.Text, source.Whole, source.Text, source.Whole, source.Real, source.Text), "Rekap 2023.xlsx")
	c := d.Contract
	if c.Name != "rekap_2023_xlsx" || c.Class != registry.LimitedData || fmt.Sprint(c.Regions, c.Period) != "[35] {2019-01-01 2023-12-31}" {
		t.Errorf("%s %s %v %v", c.Name, c.Class, c.Regions, c.Period)
	}
	if fmt.Sprint(c.PrimaryKey) != "[kode_wilayah nama_kabupaten tahun program]" {
		t.Error(c.PrimaryKey)
	}
	var got []string
	for _, f := range c.Fields {
		low, high := "", ""
		if f.Constraints.Minimum != nil {
			low, high = f.Constraints.Minimum.Text, f.Constraints.Maximum.Text
		}
		got = append(got, fmt.Sprint(f.Name, " ", f.Type, " ", f.Identity, f.Role, " ", low, "..", high, " ", len(f.Constraints.Enum), " ", f.Constraints.Required, " ", f.Blank, f.Missing))
	}
	want := []string{"kode_wilayah string  ..", "nama_kabupaten string  .. 20", "tahun year period ..", "program string programme .. 2", "jumlah_kpm_orang integer  0..5000", "p0 number  0..0.2", "catatan string"}
	for i, w := range want {
		if !strings.HasPrefix(got[i], w) {
			t.Errorf("%s\nwant %s", got[i], w)
		}
	}
	if !strings.HasSuffix(got[6], "false 1 [NA]") {
		t.Error(got[6])
	}
	if !slices.ContainsFunc(d.Evidence, func(e contract.Evidence) bool { return e.Code == "region" && e.Field == "kode_wilayah" }) {
		t.Error("no evidence for the region")
	}
	for _, f := range c.Fields {
		if !slices.ContainsFunc(d.Evidence, func(e contract.Evidence) bool { return e.Field == f.Name && e.Code == "type-"+string(f.Type) }) && f.Name != "kode_wilayah" {
			t.Errorf("no evidence for the type of %s", f.Name)
		}
	}
}

// What tells of persons is found by what a column holds where the header hides
// it, and by the header where the content is plain.
func TestInferIdentity(t *testing.T) {
	var b strings.Builder
	b.WriteString("Kolom A,Kolom B,Kolom C,Keterangan,Nama Lengkap,Surat,Tanggal,Lahir tgl lahir,RT,kepala_keluarga\n")
	for i := range 60 {
		born := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 300*i)
		note := "biasa"
		if i == 7 {
			note = "lihat " + identity.Invent("3578", born, false, 9)
		}
		fmt.Fprintf(&b, "'%s,%s,0812%08d,%s,Warga %d,w%d@contoh.invalid,2024-01-%02d,%s,%d,%d\n",
			identity.Invent("3509", born, i%2 == 0, i+1), identity.Invent("3509", born, false, i+1), i, note, i, i, i%28+1, born.Format(time.DateOnly), i%9+1, i%2)
	}
	text := source.Text
	d := infer(t, table(t, b.String()).kinds(text, text, text, text, text, text, source.Day, source.Day, source.Whole, source.Whole), "")
	var got []string
	for _, f := range d.Contract.Fields {
		got = append(got, fmt.Sprint(f.Name, ":", f.Identity, ":", f.Treatment))
	}
	want := "kolom_a:nik:hash kolom_b:kk:hash kolom_c:phone:drop keterangan:nik:drop nama_lengkap:name:drop surat:email:drop tanggal::keep lahir_tgl_lahir:birth-date:month rt:address:drop kepala_keluarga::keep"
	if strings.Join(got, " ") != want {
		t.Errorf("%v\nwant %s", got, want)
	}
	if d.Contract.Class != registry.PersonalData {
		t.Error(d.Contract.Class)
	}
	again := table(t, b.String()).kinds(text, text, text, text, text, text, source.Day, source.Day, source.Whole, source.Whole)
	if stored, rejected, _ := checked(t, parse(t, string(d.Contract.JSON())), again); len(stored) != 61 || len(rejected) > 0 {
		t.Errorf("%d stored, rejected %v", len(stored)-1, rejected)
	}
	if f, _ := d.Contract.Field("kepala_keluarga"); !f.NotIdentity || f.Reason == "" {
		t.Errorf("%+v", f)
	}
	// Neither the draft nor its evidence tells a value.
	all := string(d.Contract.JSON())
	for _, e := range d.Evidence {
		all += e.Text(i18n.ID)
	}
	for _, secret := range []string{"Warga", "3509", "0812", "contoh.invalid", "1950"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is told", secret)
		}
	}
}

// A value that stands in fewer than three rows may tell of one person: the list
// is not written down; ranges are rounded outwards.
func TestInferTellsNobody(t *testing.T) {
	var b strings.Builder
	b.WriteString("nik,pekerjaan,penghasilan\n")
	for i := range 100 {
		job := []string{"petani", "buruh"}[i%2]
		if i == 50 {
			job = "bupati"
		}
		fmt.Fprintf(&b, "%s,%s,%d\n", identity.Invent("3509", time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), true, i+1), job, 812_345+i)
	}
	d := infer(t, table(t, b.String()).kinds(source.Text, source.Text, source.Whole), "")
	if s := string(d.Contract.JSON()); strings.Contains(s, "bupati") || strings.Contains(s, "petani") || strings.Contains(s, "8124") || !strings.Contains(s, "900000") {
		t.Error(s)
	}
}

// A file without headers has a person in the place of its headers, who is not
// written into the draft.
func TestInferWithoutHeader(t *testing.T) {
	born := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	src := ""
	for i := range 20 {
		src += fmt.Sprintf("%s,Siti Contoh,petani\n", identity.Invent("3509", born, true, i+1))
	}
	d := infer(t, table(t, src), "")
	if s := string(d.Contract.JSON()); strings.Contains(strings.ToLower(s), "siti") || strings.Contains(s, "3509") || d.Contract.Fields[0].Identity != identity.NIK {
		t.Error(s)
	}
	if d.Evidence[0].Code != "no-header" {
		t.Error(d.Evidence[0])
	}
}

func TestInferManyColumns(t *testing.T) {
	l := &lines{table: source.Table{Columns: make([]source.Column, 1_000_000)}}
	_, err := contract.Infer(context.Background(), l, "")
	if list := problem.Of(err); len(list) != 1 || list[0].Code != "contract-columns-many" {
		t.Error(err)
	}
	spoken(t, problem.Of(err))
}

// A column "nama" of regions is no name of a person.
func TestInferRegionNames(t *testing.T) {
	var b strings.Builder
	b.WriteString("nama,p0\n")
	for _, r := range registry.Regions() {
		if r.Kind == registry.RegencyKind {
			fmt.Fprintf(&b, "%s,1\n", r.Name)
		}
	}
	d := infer(t, table(t, b.String()).kinds(source.Text, source.Whole), "")
	if f := d.Contract.Fields[0]; f.Identity != "" || !f.NotIdentity || len(d.Contract.RegionKeys) != 1 {
		t.Errorf("%+v %v", f, d.Contract.RegionKeys)
	}
}

// Labels of values become categories; a weight says that rows are persons.
func TestInferLabels(t *testing.T) {
	l := table(t, "r105,fwt\n"+strings.Repeat("1,2.5\n2,3.5\n", 30))
	l.table.Columns[0].Labels = []source.Label{{Value: "1", Text: "Perkotaan"}, {Value: "2", Text: "Perdesaan"}}
	l.table.Weight = "fwt"
	d := infer(t, l.kinds(source.Whole, source.Real), "")
	f := d.Contract.Fields[0]
	if fmt.Sprint(f.Labels) != "[Perkotaan Perdesaan]" || d.Contract.Class != registry.PersonalData || f.Sensitivity != contract.Personal {
		t.Errorf("%+v %s", f, d.Contract.Class)
	}
}

// A draft from any made-up data is a contract that protects them: read back, it
// accepts its own rows, and what it stores holds no identity number.
func TestInferThenCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SampledFrom([]string{
			around(person+`, {"name": "tahun", "type": "year", "constraints": {"required": true}}`, regionKey),
			around(`{"name": "x", "dampak:identity": "nik", "dampak:blank": 0.2}, {"name": "y", "dampak:identity": "kk"}, {"name": "z", "type": "number", "constraints": {"minimum": -5}}`, ""),
			around(`{"name": "a", "constraints": {"enum": ["ya", "tidak"]}}, {"name": "b", "type": "integer", "dampak:blank": 0.5}, {"name": "c", "type": "boolean"}`, ""),
		}).Draw(t, "contract")
		c, err := contract.Parse([]byte(src), "")
		if err != nil {
			t.Fatal(err)
		}
		rows, seed := rapid.Int64Range(1, 300).Draw(t, "rows"), rapid.Uint64().Draw(t, "seed")
		made := func() source.Reader {
			r, err := dummy.New(c, rows, seed)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		d, err := contract.Infer(context.Background(), made(), "x")
		if err != nil {
			t.Fatal(err)
		}
		back, err := contract.Parse(d.Contract.JSON(), "draft.json")
		if err != nil {
			t.Fatalf("%v\n%s", err, d.Contract.JSON())
		}
		ring, err := identity.NewRing(strings.NewReader(strings.Repeat("k", 32)), time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		r := made()
		k, err := back.Check(r.Table(), ring)
		if err != nil {
			t.Fatal(err)
		}
		var in, out source.Batch
		for r.Next(context.Background(), &in) == nil {
			if rejects := k.Batch(&in, &out); len(rejects) > 0 {
				t.Fatalf("%v\n%s", rejects[0], back.JSON())
			}
			for j, col := range k.Table().Columns {
				for i := range out.Row {
					if s := out.Cells[j].Spell(col.Kind, i); len(s) >= 16 && !identity.Pseudonym(s) {
						t.Fatalf("%s: %s", col.Name, s)
					}
				}
			}
		}
	})
}

// FuzzInfer: whatever headers and cells are, the draft is a contract, and every
// identity number in them is rejected, dropped or a pseudonym.
func FuzzInfer(f *testing.F) {
	f.Add("nik", "3578014501900001", "nama", "Siti", uint8(30))
	f.Add("a", "NIK 3578.0145.0190.0001", "b", "...", uint8(3))
	f.Add("", "\x00", "*", "\xff", uint8(1))
	f.Add("tahun", "2024", strings.Repeat("x", 100), "=1+1", uint8(9))
	f.Fuzz(func(t *testing.T, h1, c1, h2, c2 string, n uint8) {
		rows := func() *lines {
			l := &lines{}
			l.table.Columns = []source.Column{{Name: h1}, {Name: h2}}
			for range n {
				l.rows = append(l.rows, []string{c1, c2})
			}
			return l
		}
		d := infer(t, rows(), "x")
		back, err := contract.Parse(d.Contract.JSON(), "")
		if err != nil {
			t.Fatal(err)
		}
		l := rows()
		k, err := back.Check(&l.table, testRing(t))
		if err != nil {
			return // a name of two columns, or none that can be matched again
		}
		var in, out source.Batch
		for l.Next(context.Background(), &in) == nil {
			k.Batch(&in, &out)
			for j, col := range k.Table().Columns {
				for i := range out.Row {
					s := out.Cells[j].Spell(col.Kind, i)
					digits, ok := identity.Digits(s)
					if _, fault := identity.Read(digits); ok && fault == "" {
						t.Fatalf("%s: %q is stored", col.Name, s)
					}
				}
			}
		}
	})
}

func BenchmarkInfer(b *testing.B) {
	c := parse(b, around(person+`, {"name": "desil", "type": "integer"}, {"name": "pengeluaran", "type": "number"}`, regionKey))
	for b.Loop() {
		b.StopTimer()
		r, err := dummy.New(c, 20_000, 1)
		if err != nil {
			b.Fatal(err)
		}
		held := &batches{table: r.Table()}
		for {
			var one source.Batch
			if r.Next(context.Background(), &one) != nil {
				break
			}
			held.all = append(held.all, one)
		}
		b.StartTimer()
		if _, err := contract.Infer(context.Background(), held, ""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// batches are rows that were read before.
type batches struct {
	table *source.Table
	all   []source.Batch
}

func (r *batches) Table() *source.Table   { return r.table }
func (r *batches) Cautions() problem.List { return nil }
func (r *batches) Next(_ context.Context, b *source.Batch) error {
	if len(r.all) == 0 {
		b.Start(len(r.table.Columns))
		return io.EOF
	}
	*b, r.all = r.all[0], r.all[1:]
	return nil
}
