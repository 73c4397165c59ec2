package intake_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const recipients = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": "nik",
 "fieldsMatch": "equal",
 "fields": [{"name": "nik", "dampak:identity": "nik", "constraints": {"required": true}}, {"name": "nama", "dampak:identity": "name", "dampak:treatment": "drop"},
  {"name": "desil", "type": "integer", "constraints": {"minimum": 1, "maximum": 10}},
  {"name": "nilai", "type": "number"}, {"name": "program", "constraints": {"enum": ["PKH", "BPNT"]}},
  {"name": "tanggal", "type": "date"}, {"name": "layak", "type": "boolean", "trueValues": ["ya"], "falseValues": ["tidak"]}]}`

// people is a file of four sound rows and four that each break a rule.
func people() string {
	return "nik;nama;desil;nilai;program;tanggal;layak\n" +
		nik(1) + ";Contoh Siti Aminah;1;1.234.567,5;PKH;31/12/2024;ya\n" +
		nik(2) + ";Contoh Budi;2;4.419,25;BPNT;01/02/2024;tidak\n" +
		nik(3) + ";Contoh Tini;12;1.000,5;PKH;01/02/2024;ya\n" + // desil
		nik(4) + ";Contoh Tono;3;;pkh;01/02/2024;\n" + // spelt as allowed
		nik(1) + ";Contoh Siti Aminah;1;7,5;PKH;31/12/2024;ya\n" + // again
		"3578991399900001;Contoh Salah;4;2.000,5;PKH;01/02/2024;ya\n" + // no such day
		nik(6) + ";=HYPERLINK(Contoh);4;-3,5;PHK;01/02/2024;ya\n" + // no such programme
		nik(7) + ";Contoh Wati;5;9,75;BPNT;15/02/2024;tidak\n"
}

func TestTake(t *testing.T) {
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	path, back := write(t, filepath.Join(dir, "penerima.csv"), people()), filepath.Join(dir, "ditolak.csv")
	r, err := take(t, path, intake.Options{Contract: parsed(t, recipients), Rejects: back, DataDir: filepath.Join(dir, "data"), Keep: &kept})
	if err != nil {
		t.Fatal(err)
	}
	if want := (contract.Rows{Read: 8, Accepted: 4, Rejected: 4}); r.Rows != want {
		t.Errorf("%+v, expected %+v: %v", r.Rows, want, r.Counts)
	}
	if r.Keys["nik"].Number != 1 || len(r.Keys) != 1 || r.Rejects != back {
		t.Errorf("%+v", r)
	}

	// What is kept: pseudonyms in, names out, numbers and days as they are.
	ring, _ := ring()
	h := ring.Hasher(identity.NIK)
	want := [][]string{
		{"nik", "desil", "nilai", "program", "tanggal", "layak"},
		{h.Sum(nik(1)), "1", "1234567.5", "PKH", "2024-12-31", "true"},
		{h.Sum(nik(2)), "2", "4419.25", "BPNT", "2024-02-01", "false"},
		{h.Sum(nik(4)), "3", "", "PKH", "2024-02-01", ""},
		{h.Sum(nik(7)), "5", "9.75", "BPNT", "2024-02-15", "false"},
	}
	if got := table(t, kept, r.Content); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("kept\n%v\nexpected\n%v", got, want)
	}

	// What is handed back: the rows as they came in, with why, for their owner.
	info, err := os.Stat(back)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	b, err := os.ReadFile(back)
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	in.Comma = ';'
	lines, err := in.ReadAll()
	if err != nil || len(lines) != 5 {
		t.Fatalf("%v %v", lines, err)
	}
	source := strings.Split(people(), "\n")
	for i, row := range []int{0, 3, 5, 6, 7} {
		was := strings.Split(source[row], ";")
		if row == 7 {
			was[1] = "'" + was[1] // no formula
		}
		if got := lines[i][:7]; !slices.Equal(got, was) {
			t.Errorf("row %d is handed back as %q, was %q", row+1, got, was)
		}
	}
	for i, why := range []string{"why rejected", "12 is above the most allowed, 10", "stands in row 2 already", "`nik`", "`PHK` is none of the allowed"} {
		if got := lines[i][7]; !strings.Contains(got, why) {
			t.Errorf("line %d says %q, expected %q", i, got, why)
		}
	}

	// What is kept of them: row, rule and a masked value.
	q := quality(t, kept, r.Quality)
	if q.Accepted != 4 || len(q.Rejects) != 4 || q.Rejects[2].Row != 7 || q.Rejects[2].Breaks[0].Rule != contract.BadIdentity || q.SHA256 != r.SHA256 || len(q.Counts) != 4 {
		t.Errorf("%+v", q)
	}
	if again := parsedContent(t, kept, r.ContractHash); again.SHA256() != r.Contract.SHA256() {
		t.Error("the contract that is kept is another one")
	}

	// The same file gives the same bytes, and the file of rejects is never replaced.
	if _, err := take(t, path, intake.Options{Contract: parsed(t, recipients), Rejects: back, Keep: &kept}); codes(err) != "intake-rejects-there" {
		t.Errorf("found %v", err)
	}
	twin, err := take(t, path, intake.Options{Contract: parsed(t, recipients), Keep: &kept})
	if err != nil || twin.Content != r.Content || twin.Quality != r.Quality || twin.Rejects != "" {
		t.Errorf("%+v %v", twin, err)
	}
}

func quality(t testing.TB, c store.Contents, hash string) intake.Quality {
	t.Helper()
	var q intake.Quality
	if err := json.Unmarshal(content(t, c, hash), &q); err != nil {
		t.Fatal(err)
	}
	return q
}

func parsedContent(t testing.TB, c store.Contents, hash string) *contract.Contract {
	t.Helper()
	return parsed(t, string(content(t, c, hash)))
}

func content(t testing.TB, c store.Contents, hash string) []byte {
	t.Helper()
	in, err := c.Open(hash)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// contents lists the files below a folder.
func contents(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// TestRefusals: nothing is kept of what is refused, and only the reasons come back.
func TestRefusals(t *testing.T) {
	bad := "nik;nama;desil;nilai;program;tanggal;layak\n" + nik(3) + ";Contoh;12;1;PKH;01/02/2024;ya\n"
	sound := "nik;nama;desil;nilai;program;tanggal;layak\n" + nik(3) + ";Contoh;2;1;PKH;01/02/2024;ya\n"
	for _, c := range []struct {
		name, file string
		o          func(*intake.Options, string)
		codes      string
		back       bool // rejected rows are handed back
	}{
		{"none accepted", bad, nil, "intake-none intake-count-maximum intake-rejects-at", true},
		{"all or nothing", people(), func(o *intake.Options, _ string) { o.AllOrNothing = true },
			"intake-all-or-nothing intake-count-identity intake-count-unique intake-count-maximum intake-count-enum intake-rejects-at", true},
		{"a column is missing", "nik;desil\n" + nik(1) + ";1\n", nil, "contract-column-absent contract-column-absent contract-column-absent contract-column-absent contract-column-absent", false},
		{"columns change midway", sound + "nik;desil;nama;nilai;program;tanggal;layak\n", nil, "grid-columns-change", false},
		{"rejects in the data folder", people(), func(o *intake.Options, data string) { o.Rejects = filepath.Join(data, "x.csv") }, "intake-rejects-inside", false},
		{"rejects without a folder", people(), func(o *intake.Options, data string) { o.Rejects = filepath.Join(data, "..", "none", "x.csv") }, "unwritable", false},
		{"everything dropped", sound, func(o *intake.Options, _ string) {
			o.Contract = parsed(t, `{"dampak:contract": "1", "dampak:class": "personal", "fieldsMatch": "partial", "fields": [{"name": "nama", "dampak:identity": "name", "dampak:treatment": "drop"}]}`)
		}, "intake-no-columns", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			data := filepath.Join(dir, "data")
			s := record(t, data)
			kept := s.Contents()
			o := intake.Options{Contract: parsed(t, recipients), Rejects: filepath.Join(dir, "back.csv"), DataDir: data, Keep: &kept}
			if c.o != nil {
				c.o(&o, data)
			}
			before := contents(t, data)
			_, err := take(t, write(t, filepath.Join(dir, "a.csv"), c.file), o)
			if got := codes(err); got != c.codes {
				t.Errorf("refused with %q, expected %q: %v", got, c.codes, err)
			}
			if after := contents(t, data); !slices.Equal(before, after) {
				t.Errorf("left in the data folder: %q", after)
			}
			if _, err := os.Stat(o.Rejects); (err == nil) != c.back {
				t.Errorf("rejected rows: %v", err)
			}
		})
	}
	// All or nothing takes a file without a fault.
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	r, err := take(t, write(t, filepath.Join(dir, "a.csv"), sound), intake.Options{Contract: parsed(t, recipients), AllOrNothing: true, Rejects: filepath.Join(dir, "back.csv"), Keep: &kept})
	if err != nil || r.Content == "" || r.Rejects != "" {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "back.csv")); !os.IsNotExist(err) {
		t.Error("a file of rejects without rejects")
	}
	// Without a place to keep it in, a file is only checked.
	if r, err = take(t, filepath.Join(dir, "a.csv"), intake.Options{Contract: parsed(t, recipients)}); err != nil || r.Content != "" || r.Rows.Accepted != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestDraft: without a contract one is inferred, identity is protected all the
// same, totals and headings are passed over and counted.
func TestDraft(t *testing.T) {
	var b strings.Builder
	b.WriteString("Rekap penerima;;;\nWilayah;NIK;Nama Penerima;KPM\n")
	for i, name := range []string{"Kabupaten Pacitan", "Kabupaten Ponorogo", "Kabupaten Trenggalek", "Kabupaten Tulungagung", "Kabupaten Blitar", "Kota Batu"} {
		fmt.Fprintf(&b, "%s;%s;Contoh Orang %d;%d\n", name, nik(10+i), i, 100+i)
	}
	b.WriteString("Jumlah;;;615\n")
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	r, err := take(t, write(t, filepath.Join(dir, "rekap.csv"), b.String()), intake.Options{Name: "rekap", Keep: &kept})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows.Accepted != 6 || r.Rows.Totals != 1 || len(r.Evidence) == 0 || r.Contract.Class != "personal" {
		t.Errorf("%+v %v", r.Rows, r.Evidence)
	}
	all := fmt.Sprint(table(t, kept, r.Content)) + string(content(t, kept, r.Quality)) + string(content(t, kept, r.ContractHash))
	for _, e := range r.Evidence {
		all += e.Text(i18n.EN) + e.Text(i18n.ID)
	}
	for i := range 6 {
		if strings.Contains(all, nik(10+i)) || strings.Contains(all, "Contoh Orang "+strconv.Itoa(i)) {
			t.Errorf("row %d tells who somebody is", i)
		}
	}
	if v := r.Version(); v.Rows != 6 || len(v.Columns) == 0 || len(v.Keys) == 0 || v.Columns[0].Words.ID == "" {
		t.Errorf("%+v", v)
	}
}

// TestGoesAway: a reader whose file changes between the passes keeps nothing.
func TestGoesAway(t *testing.T) {
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	path := write(t, filepath.Join(dir, "a.csv"), people())
	before := contents(t, filepath.Join(dir, "data"))
	_, err := take(t, path, intake.Options{Contract: parsed(t, recipients), Keep: &kept, Rejects: filepath.Join(dir, "back.csv"), Ring: func() (*identity.Ring, error) {
		if err := os.Chtimes(path, at, at.Add(time.Hour)); err != nil { // while the file is open
			t.Error(err)
		}
		return ring()
	}})
	if codes(err) != "intake-being-written" {
		t.Errorf("found %v", err)
	}
	if after := contents(t, filepath.Join(dir, "data")); !slices.Equal(before, after) {
		t.Errorf("left %q", after)
	}
	if _, err := os.Stat(filepath.Join(dir, "back.csv")); !os.IsNotExist(err) {
		t.Error("rejected rows of a file that was refused are left")
	}
}

// TestBetween: what is found between rows and periods is kept with the quality, and
// a table whose official figures are mostly others than those on record is refused.
func TestBetween(t *testing.T) {
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	var held []registry.Statistic
	var text strings.Builder
	text.WriteString("Wilayah;Tahun;Persentase Penduduk Miskin (persen)\n")
	for i := range 12 {
		v := 8 + float64(i)/4
		held = append(held, registry.Statistic{Indicator: "p0", Region: fmt.Sprint(3501 + i), Period: "2024-03", Value: &v, Decimals: 2})
		fmt.Fprintf(&text, "%d;2024;%s\n", 3501+i, strings.Replace(fmt.Sprintf("%.2f", v), ".", ",", 1))
	}
	asked := 0
	o := intake.Options{Keep: &kept, Figures: func(_ context.Context, codes []string) ([]registry.Statistic, error) {
		asked++
		if !slices.Contains(codes, "p0") {
			t.Error("asked for", codes)
		}
		return held, nil
	}}
	r, err := take(t, write(t, filepath.Join(dir, "p0.csv"), strings.Replace(text.String(), ";8,25", ";18,25", 1)), o)
	if err != nil || asked != 1 {
		t.Fatal(err, asked)
	}
	q := quality(t, kept, r.Quality)
	if len(q.Findings) != 1 || q.Findings[0].Code != contract.OfficialJump || q.Findings[0].Count != 1 || q.Findings[0].Examples[0].Row != 3 || q.Findings[0].Examples[0].Expected != "8.25" {
		t.Errorf("%+v", q.Findings)
	}
	before := contents(t, filepath.Join(dir, "data"))
	for _, v := range held {
		*v.Value += 1.5
	}
	_, err = take(t, write(t, filepath.Join(dir, "beda.csv"), text.String()), o)
	if got := codes(err); !strings.HasPrefix(got, "intake-official intake-official-cell") || problem.Of(err)[0].File != "beda.csv" {
		t.Error(err)
	}
	if after := contents(t, filepath.Join(dir, "data")); !slices.Equal(before, after) {
		t.Errorf("left %q", after)
	}
	// Persons: copies and second households, masked.
	if r, err = take(t, write(t, filepath.Join(dir, "orang.csv"), people()+nik(7)+";Contoh Wati;5;9,75;BPNT;15/02/2024;tidak\n"), intake.Options{Contract: parsed(t, recipients), Keep: &kept}); err != nil {
		t.Fatal(err)
	}
	if f := r.Findings; len(f) != 1 || f[0].Code != contract.RowRepeated || f[0].Examples[0].Other != 9 {
		t.Errorf("%+v", f)
	}
}

// TestRows: whoever takes the rows in the place of Parquet sees each accepted one
// once, and what he rejects is counted and handed back like the rest.
func TestRows(t *testing.T) {
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	for _, whole := range []bool{false, true} {
		var seen []int64
		var back bytes.Buffer
		o := intake.Options{Contract: parsed(t, recipients), Keep: &kept, RejectsTo: &back, AllOrNothing: whole, Rows: func(table *source.Table, rows *source.Batch) (all []contract.Reject) {
			for i, row := range rows.Row {
				seen = append(seen, row)
				if rows.Cells[1].Whole[i] == 2 { // desil
					all = append(all, contract.Reject{Row: row, Breaks: []contract.Break{{Rule: contract.NotAllowed, Field: table.Columns[1].Name, Value: "2", Limit: "1"}}})
				}
			}
			return all
		}}
		r, err := take(t, write(t, filepath.Join(dir, "a.csv"), people()), o)
		if fmt.Sprint(seen) != "[2 3 5 9]" {
			t.Error(seen)
		}
		if whole {
			if !strings.HasPrefix(codes(err), "intake-all-or-nothing") {
				t.Error(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := (contract.Rows{Read: 8, Accepted: 3, Rejected: 5}); r.Rows != want || r.Content != "" || r.Quality == "" || r.ContractHash == "" {
			t.Errorf("%+v", r)
		}
		q := quality(t, kept, r.Quality)
		if len(q.Rejects) != 5 || q.Rejects[0].Row != 3 || !slices.Contains(r.Counts, contract.Count{Rule: contract.NotAllowed, Field: "desil", Rows: 1}) || !strings.Contains(back.String(), "Contoh Budi") {
			t.Errorf("%+v %s", q.Rejects, back.String())
		}
	}
}
