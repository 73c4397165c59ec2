package intake_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// erasable is a contract with two columns of NIK: whose a row is, and who heads the
// family.
const erasable = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": ["nik", "tahun"], "fieldsMatch": "equal",
 "dampak:purpose": "uji", "dampak:legalBasis": "perjanjian contoh", "dampak:retention": "2031-12-31",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["kemendagri"]}}],
 "fields": [{"name": "nik_kepala", "dampak:identity": "nik"}, {"name": "nik", "dampak:identity": "nik"}, {"name": "no_kk", "dampak:identity": "kk"},
  {"name": "tahun", "type": "year", "dampak:role": "period"}, {"name": "desil", "type": "integer"}, {"name": "kode", "dampak:sensitivity": "personal"}]}`

// erasing is a record with a dataset on persons, backed up, and what is needed to erase one.
type erasing struct {
	t       *testing.T
	s       *store.Store
	o       office
	now     time.Time
	data    string
	backups string
	dataset string
}

// family is a table of n rows a year of two persons a family; the even ones head it.
func family(n int, years ...int) string {
	var b strings.Builder
	b.WriteString("nik_kepala;nik;no_kk;tahun;desil;kode\n")
	for _, year := range years {
		for i := range n {
			fmt.Fprintf(&b, "%s;%s;%s;%d;%d;%s\n", nik(i-i%2), nik(i), nik(5000+i/2), year, 1+i%10, []string{"35.78", "35.09", "35.71"}[min(2, i/20)])
		}
	}
	return b.String()
}

func newErasing(t *testing.T) *erasing {
	t.Helper()
	root := t.TempDir()
	e := &erasing{t: t, now: at, data: filepath.Join(root, "data"), backups: filepath.Join(root, "cadangan")}
	for _, name := range []string{"tmp", "in", "cadangan"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(root, "tmp"))
	s, err := store.Open(context.Background(), store.Config{Dir: e.data, Now: func() time.Time { e.now = e.now.Add(time.Millisecond); return e.now }, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	e.s, e.o = s, anOffice(t, s)
	return e
}

func (e *erasing) ok(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// bring takes rows in as a version under a ring, and has it accepted where asked.
func (e *erasing) bring(rows string, ring *identity.Ring, accept bool) {
	e.t.Helper()
	kept := e.s.Contents()
	path := write(e.t, filepath.Join(filepath.Dir(e.data), "in", "penerima.csv"), rows)
	r, err := take(e.t, path, intake.Options{Contract: parsed(e.t, erasable), DataDir: e.data, Keep: &kept, Ring: func() (*identity.Ring, error) { return ring, nil }})
	e.ok(err)
	e.ok(os.Remove(path))
	v := r.Version()
	var number int64
	if e.dataset == "" {
		e.dataset, number, _, err = e.s.RegisterDatasetWith(context.Background(), e.o.maker, registry.Dataset{Owner: e.o.id, Name: "Penerima", Class: registry.PersonalData, Columns: v.Columns, Regions: []string{"35"}}, v)
	} else {
		number, _, err = e.s.StageDatasetVersion(context.Background(), e.o.maker, e.dataset, v)
	}
	e.ok(err)
	if accept {
		_, err = e.s.AcceptDatasetVersion(context.Background(), e.o.checker, e.dataset, number)
		e.ok(err)
	}
}

func (e *erasing) versions() []registry.DatasetVersion {
	e.t.Helper()
	var d registry.Dataset
	e.ok(e.s.View(context.Background(), func(r *store.Reader) (err error) {
		d, _, err = store.DatasetOf(r, e.dataset)
		return err
	}))
	return d.Versions
}

func (e *erasing) erase(who *identity.Person) (store.ErasedPerson, error) {
	by := e.o.maker
	by.Why = "permintaan 12/2026"
	return e.s.ErasePerson(context.Background(), by, e.dataset, intake.Eraser(e.s.Contents(), who))
}

// TestErasePerson plants a person in versions that are superseded, in use, waiting and
// withdrawn, under an old key and a new one, and in a backup; erases them; and searches
// every byte of the record, its backups and temporary folders, and every cell of every
// table of both. The record verifies and rebuilds.
func TestErasePerson(t *testing.T) {
	e := newErasing(t)
	ctx := context.Background()
	old, err := ring()
	e.ok(err)
	fresh, err := old.Add(strings.NewReader(strings.Repeat("k", 64)), at)
	e.ok(err)
	e.bring(family(60, 2023), old, true)              // 1: superseded
	e.bring(family(60, 2023, 2024), old, true)        // 2: in use
	e.bring(family(60, 2024), fresh, false)           // 3: waits, under the new key
	e.bring(family(7, 2022), fresh, false)            // 4: withdrawn; has the person
	e.bring(family(6, 2021), fresh, false)            // 5: has them not
	e.bring(nik4family(nik(6), nik(7)), fresh, false) // 6: has nobody else
	_, err = e.s.WithdrawDatasetVersion(ctx, e.o.checker, e.dataset, 4)
	e.ok(err)
	person := nik(6) // heads a family of two
	var secrets []string
	for _, r := range []*identity.Ring{old, fresh} {
		p, ok := r.Hasher(identity.NIK).Of(person)
		if !ok {
			t.Fatal("no pseudonym")
		}
		secrets = append(secrets, p)
	}
	before := e.versions()
	rows := map[int64][][]string{}
	for _, v := range before {
		rows[v.Number] = table(t, e.s.Contents(), v.Content)
	}
	_, err = e.s.Backup(ctx, e.o.maker.Actor, filepath.Join(e.backups, "lama.tar.gz"))
	e.ok(err)
	search := func() []string {
		w := newTraces(t, append(secrets, person)...)
		w.folder(filepath.Dir(e.data))
		return w.found
	}
	places := map[string]bool{}
	for _, f := range search() {
		switch {
		case strings.Contains(f, "cadangan"):
			places["backup"] = true
		case strings.Contains(f, "content"):
			places["content"] = true
		}
	}
	if len(places) != 2 {
		t.Fatalf("the search does not find whom it was to find: %v", places)
	}

	who, err := fresh.PersonOf(identity.NIK, person)
	e.ok(err)
	if s := fmt.Sprintf("%v %+v %#v", who, who, who); strings.Contains(s, secrets[0]) || strings.Contains(s, secrets[1]) {
		t.Errorf("printed: %s", s)
	}
	done, err := e.erase(who)
	e.ok(err)
	if !slices.Equal(done.Erased, []int64{1, 2, 3, 4, 6}) || !slices.Equal(done.Made, []int64{7, 8, 9, 10, 11}) || done.Rows != 6 || !slices.Equal(done.Backups, []string{"lama.tar.gz"}) {
		t.Errorf("%+v", done)
	}
	removed, err := e.s.PruneBackups(ctx)
	if err != nil || !slices.Equal(removed, []string{"lama.tar.gz"}) {
		t.Fatal(removed, err)
	}
	if found := search(); len(found) > 0 {
		t.Errorf("%d traces are left: %q", len(found), found[:min(5, len(found))])
	}
	if proof, err := e.s.Verify(ctx); err != nil || proof.Erased != 5 {
		t.Error(proof, err)
	}
	e.ok(e.s.Rebuild(ctx))
	if _, err := e.s.Verify(ctx); err != nil {
		t.Error(err)
	}

	after := e.versions()
	if len(after) != 11 {
		t.Fatalf("%d versions", len(after))
	}
	for i, was := range before {
		v := after[i]
		if was.Number == 5 {
			if !v.Kept() || v.Content != was.Content {
				t.Errorf("a version without the person was touched: %+v", v)
			}
			continue
		}
		if v.State != registry.VersionErased || v.Erased.Cause != registry.PersonErased || v.Erased.Reason != "permintaan 12/2026" {
			t.Errorf("%+v", v)
		}
		left := after[v.Erased.Replacement-1]
		if left.State != was.State || left.Replaces != was.Number || left.Rows != was.Rows-v.Erased.Rows || left.Staged != was.Staged || !slices.Equal(left.Keys, was.Keys) {
			t.Errorf("%+v in place of %+v", left, was)
		}
		// All other rows are as they were, in their order; where they named the person as
		// head, that is empty.
		var want [][]string
		emptied := int64(0)
		for _, row := range rows[was.Number] {
			if slices.Contains(secrets, row[1]) {
				continue
			}
			row = slices.Clone(row)
			if slices.Contains(secrets, row[0]) {
				row[0] = ""
				emptied++
			}
			want = append(want, row)
		}
		if found := table(t, e.s.Contents(), left.Content); fmt.Sprint(found) != fmt.Sprint(want) || emptied != v.Erased.Cells {
			t.Errorf("version %d: %d cells, %d rows, want %d and %d", was.Number, v.Erased.Cells, len(found), emptied, len(want))
		}
	}
	if current, ok := (registry.Dataset{Versions: after}).Current(); !ok || current.Number != 8 {
		t.Errorf("%+v", current)
	}
	// Once more: nobody of that number is there.
	_, err = e.erase(who)
	if list := problem.Of(err); len(list) != 1 || list[0].Code != "erase-nobody" {
		t.Error(err)
	}
	// By a pseudonym of the new key the same person is found under the old one.
	p, _ := fresh.Hasher(identity.NIK).Of(nik(8))
	who, err = fresh.PersonUnder(identity.NIK, p, fresh.Newest())
	e.ok(err)
	if done, err = e.erase(who); err != nil || !slices.Equal(done.Erased, []int64{7, 8, 9}) || done.Rows != 4 {
		t.Errorf("%+v %v", done, err)
	}
	// A family by its card: all of its rows.
	who, err = fresh.PersonOf(identity.KK, nik(5000))
	e.ok(err)
	if done, err = e.erase(who); err != nil || done.Rows != 2*(1+2+1)+2+2 {
		t.Errorf("%+v %v", done, err)
	}
	if _, err := e.s.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// nik4family is a table of the persons alone, each their own head but for the second.
func nik4family(head, other string) string {
	return "nik_kepala;nik;no_kk;tahun;desil;kode\n" + head + ";" + head + ";" + nik(5003) + ";2020;1;35.78\n" + head + ";" + other + ";" + nik(5003) + ";2020;1;35.78\n"
}

// TestEraseRefusals: what cannot be done changes nothing, and says nothing of whom it
// was about.
func TestEraseRefusals(t *testing.T) {
	e := newErasing(t)
	key, err := ring()
	e.ok(err)
	e.bring(family(12, 2024), key, true)
	other, err := identity.NewRing(strings.NewReader(strings.Repeat("z", 64)), at)
	e.ok(err)
	head, err := e.s.Head(context.Background())
	e.ok(err)
	number := nik(3)
	pseudonym, _ := key.Hasher(identity.NIK).Of(number)
	person := func(r *identity.Ring, k identity.Kind, value string) func() error {
		return func() error {
			who, err := r.PersonOf(k, value)
			if err == nil {
				_, err = e.erase(who)
			}
			return err
		}
	}
	for _, c := range []struct {
		name, code string
		do         func() error
	}{
		{"not a number", "erase-number", person(key, identity.NIK, "tiga lima")},
		{"too short", "erase-number", person(key, identity.NIK, number[:15])},
		{"no kind that is hashed", "erase-kind", person(key, identity.BirthDate, number)},
		{"a kind that no column has", "erase-nobody", person(key, identity.Member, number)},
		{"nobody of that number", "erase-nobody", person(key, identity.NIK, nik(4000))},
		{"another key file", "identity-key-other", person(other, identity.NIK, number)},
		{"no pseudonym", "erase-pseudonym", func() error { _, err := key.PersonUnder(identity.NIK, number, key.Newest()); return err }},
		{"a pseudonym of a key that is not there", "identity-key-absent", func() error {
			_, err := key.PersonUnder(identity.NIK, pseudonym, identity.Key{Number: 2, ID: "x"})
			return err
		}},
		{"no reason", "blank-reason", func() error {
			who, err := key.PersonOf(identity.NIK, number)
			if err == nil {
				by := e.o.maker
				by.Why = ""
				_, err = e.s.ErasePerson(context.Background(), by, e.dataset, intake.Eraser(e.s.Contents(), who))
			}
			return err
		}},
		{"a reason that says of whom", "erase-reason", func() error {
			who, err := key.PersonOf(identity.NIK, number)
			if err == nil {
				by := e.o.maker
				by.Why = "hapus " + pseudonym
				_, err = e.s.ErasePerson(context.Background(), by, e.dataset, intake.Eraser(e.s.Contents(), who))
			}
			return err
		}},
		{"no right", "denied-nobody", func() error {
			who, err := key.PersonOf(identity.NIK, number)
			if err == nil {
				by := e.o.maker
				by.Actor.User = "hantu"
				_, err = e.s.ErasePerson(context.Background(), by, e.dataset, intake.Eraser(e.s.Contents(), who))
			}
			return err
		}},
		{"rows that are spoilt", "content-changed", func() error {
			path, err := e.s.Contents().File(e.versions()[0].Content)
			e.ok(err)
			was, err := os.ReadFile(path)
			e.ok(err)
			e.ok(os.WriteFile(path, append(slices.Clone(was), 'x'), 0o600))
			err = person(key, identity.NIK, number)()
			e.ok(os.WriteFile(path, was, 0o600))
			return err
		}},
	} {
		err := c.do()
		if codes(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		if err != nil && (strings.Contains(fmt.Sprintf("%v %+v", err, err), number[:15]) || strings.Contains(fmt.Sprintf("%v %+v", err, err), pseudonym)) {
			t.Errorf("%s: the error tells whom it is about: %v", c.name, err)
		}
	}
	if now, err := e.s.Head(context.Background()); now != head || err != nil {
		t.Errorf("%v, then %v", head, now)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	who, err := key.PersonOf(identity.NIK, number)
	e.ok(err)
	if _, err := e.s.ErasePerson(stopped, store.By{Actor: e.o.maker.Actor, Seen: store.Whatever, Why: "uji"}, e.dataset, intake.Eraser(e.s.Contents(), who)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestCoverage: the cells of a version are counted from its rows, where small numbers of
// persons are hidden.
func TestCoverage(t *testing.T) {
	for _, c := range []struct {
		name, contract, rows string
		want                 []registry.CoverageCell
	}{
		{"persons, codes of the Ministry of Home Affairs", erasable, family(43, 2023, 2024), []registry.CoverageCell{
			{Region: "3509", Period: "2023", Rows: 20}, {Region: "3509", Period: "2024", Rows: 20},
			{Region: "3571", Period: "2023", Few: true}, {Region: "3571", Period: "2024", Few: true},
			{Region: "3578", Period: "2023", Rows: 20}, {Region: "3578", Period: "2024", Rows: 20}}},
		{"villages, months, no persons", `{"dampak:contract": "1", "name": "x", "dampak:class": "limited", "fieldsMatch": "equal",
 "foreignKeys": [{"fields": ["desa"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [{"name": "desa"}, {"name": "tanggal", "type": "date", "dampak:role": "period"}, {"name": "jumlah", "type": "integer"}]}`,
			"desa;tanggal;jumlah\n3509010001;2024-01-31;1\n3509020002;2024-01-02;2\n3509020002;;3\n35;2024-02-01;4\n;2024-02-01;5\n", []registry.CoverageCell{
				{Period: "2024-02", Rows: 1}, {Region: "35", Period: "2024-02", Rows: 1}, {Region: "3509", Rows: 1}, {Region: "3509", Period: "2024-01", Rows: 2}}},
		{"what the contract says of all rows", `{"dampak:contract": "1", "name": "x", "dampak:class": "limited", "dampak:regions": ["3509"], "dampak:period": {"from": "2024-01-01", "until": "2024-12-31"}, "fieldsMatch": "equal",
 "fields": [{"name": "jumlah", "type": "integer"}]}`, "jumlah\n1\n2\n", []registry.CoverageCell{{Region: "3509", Period: "2024", Rows: 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := record(t, t.TempDir())
			kept := s.Contents()
			r, err := take(t, write(t, filepath.Join(t.TempDir(), "a.csv"), c.rows), intake.Options{Contract: parsed(t, c.contract), Keep: &kept, Ring: ring})
			if err != nil {
				t.Fatal(err)
			}
			v := r.Version()
			cells, err := store.CoverageOf(kept, v)
			if err != nil || !slices.Equal(cells, c.want) {
				t.Errorf("%+v %v", cells, err)
			}
			regions, first, last := registry.Covered(cells)
			if !slices.Equal(regions, v.Regions) || first != v.First || last != v.Last {
				t.Errorf("%v %s %s", v.Regions, v.First, v.Last)
			}
		})
	}
}
