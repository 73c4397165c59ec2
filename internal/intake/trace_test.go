package intake_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// traces finds what tells who somebody is in files of every kind that the program
// writes: numbers and names as text in UTF-8 and UTF-16, numbers also as the
// binary numbers that databases keep; in every column of Parquet, every part of
// archives (XLSX, backups) and every cell of SQLite with its log.
type traces struct {
	t     testing.TB
	texts []string // in lower case
	bytes [][]byte
	found []string // place: what
}

func newTraces(t testing.TB, secrets ...string) *traces {
	w := &traces{t: t}
	for _, s := range secrets {
		w.texts = append(w.texts, strings.ToLower(s))
		units := utf16.Encode([]rune(s))
		little, big := []byte{}, []byte{}
		for _, u := range units {
			little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		}
		w.bytes = append(w.bytes, little, big)
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			for _, v := range []uint64{n, math.Float64bits(float64(n))} {
				w.bytes = append(w.bytes, binary.LittleEndian.AppendUint64(nil, v), binary.BigEndian.AppendUint64(nil, v))
			}
		}
	}
	return w
}

// look searches bytes, and what is packed in them.
func (w *traces) look(place string, b []byte) {
	lower := bytes.ToLower(b)
	for _, s := range w.texts {
		if bytes.Contains(lower, []byte(s)) {
			w.found = append(w.found, place+": "+s)
		}
	}
	for _, s := range w.bytes {
		if bytes.Contains(b, s) {
			w.found = append(w.found, fmt.Sprintf("%s: % x", place, s))
		}
	}
	switch {
	case bytes.HasPrefix(b, []byte("PAR1")):
		path := w.aside(b, "x.parquet")
		all, err := parquet(path)
		w.must(place, err)
		for _, row := range all {
			w.look(place+" row", []byte(strings.Join(row, "\x1f")))
		}
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		w.must(place, err)
		for _, part := range z.File {
			in, err := part.Open()
			w.must(place, err)
			w.read(place+"!"+part.Name, in)
			in.Close()
		}
	case bytes.HasPrefix(b, []byte("\x1f\x8b")):
		in, err := gzip.NewReader(bytes.NewReader(b))
		w.must(place, err)
		w.read(place+"!gz", in)
	case len(b) > 262 && string(b[257:262]) == "ustar":
		in := tar.NewReader(bytes.NewReader(b))
		for {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			w.must(place, err)
			w.read(place+"!"+h.Name, in)
		}
	}
}

func (w *traces) read(place string, in io.Reader) {
	b, err := io.ReadAll(in)
	w.must(place, err)
	w.look(place, b)
}

func (w *traces) aside(b []byte, name string) string {
	return write(w.t, filepath.Join(w.t.TempDir(), name), string(b))
}

func (w *traces) must(place string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s cannot be searched: %v", place, err)
	}
}

// folder searches every file below a folder. A spill of DuckDB is packed in a way
// of its own: that there is one is a trace.
func (w *traces) folder(dir string) {
	w.must(dir, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), "duckdb_temp") {
			w.found = append(w.found, path+": a spill")
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w.look(path, b)
		if bytes.HasPrefix(b, []byte("SQLite format 3")) {
			w.sqlite(path)
		}
		return nil
	}))
}

// sqlite searches a database cell by cell, for a value may lie across its pages.
func (w *traces) sqlite(path string) {
	dir := w.t.TempDir()
	for _, end := range []string{"", "-wal"} {
		if b, err := os.ReadFile(path + end); err == nil {
			write(w.t, filepath.Join(dir, "copy.db"+end), string(b))
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "copy.db"))
	w.must(path, err)
	defer db.Close()
	tables, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table'")
	w.must(path, err)
	defer tables.Close()
	var names []string
	for tables.Next() {
		var name string
		w.must(path, tables.Scan(&name))
		names = append(names, name)
	}
	w.must(path, tables.Err())
	for _, name := range names {
		w.cells(path, name, db)
	}
}

// cells searches a table of SQLite.
func (w *traces) cells(path, name string, db *sql.DB) {
	rows, err := db.Query(`SELECT * FROM "` + name + `"`)
	w.must(path, err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(path, err)
	cells := make([]any, len(columns))
	to := make([]any, len(columns))
	for i := range cells {
		to[i] = &cells[i]
	}
	for rows.Next() {
		w.must(path, rows.Scan(to...))
		for _, c := range cells {
			if b, ok := c.([]byte); ok {
				w.look(path+" "+name, b)
			} else {
				w.look(path+" "+name, fmt.Append(nil, c))
			}
		}
	}
	w.must(path, rows.Err())
}

// TestPlanted: the search finds one number in each kind of file, which shows that
// where it finds none there is none.
func TestPlanted(t *testing.T) {
	secret := nik(4711)
	number, err := strconv.ParseInt(secret, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	run := func(driver, dsn string, statements ...string) func(string) error {
		return func(dir string) error {
			db, err := sql.Open(driver, strings.ReplaceAll(dsn, "DIR", dir))
			if err != nil {
				return err
			}
			db.SetMaxOpenConns(1)
			t.Cleanup(func() { db.Close() }) // after the search: a log of SQLite goes with its last reader
			for _, s := range statements {
				if _, err := db.Exec(strings.ReplaceAll(s, "DIR", dir)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for name, plant := range map[string]func(dir string) error{
		"log": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "dampak.log"), []byte("level=INFO nik="+secret+"\n"), 0o600)
		},
		"Parquet text":     run("duckdb", "", "COPY (SELECT i, CASE WHEN i = 777 THEN '"+secret+"' ELSE 'x' || i END AS v FROM range(5000) t(i)) TO 'DIR/a' (FORMAT parquet, COMPRESSION zstd)"),
		"Parquet integer":  run("duckdb", "", "COPY (SELECT i, CASE WHEN i = 777 THEN "+secret+" ELSE i END AS v FROM range(5000) t(i)) TO 'DIR/a' (FORMAT parquet, COMPRESSION zstd)"),
		"Parquet real":     run("duckdb", "", "COPY (SELECT i, (CASE WHEN i = 777 THEN "+secret+" ELSE i END)::DOUBLE AS v FROM range(5000) t(i)) TO 'DIR/a' (FORMAT parquet, COMPRESSION zstd)"),
		"name of a column": run("duckdb", "", "COPY (SELECT 1 AS \""+secret+"\") TO 'DIR/a' (FORMAT parquet)"),
		"spill": run("duckdb", "", "SET memory_limit = '60MB'", "SET threads = 1", "SET temp_directory = 'DIR/t'",
			"CREATE TABLE t AS SELECT i, md5(i::VARCHAR) || CASE WHEN i = 777 THEN '"+secret+"' ELSE md5((i + 1)::VARCHAR) END AS v FROM range(1500000) t(i)"),
		"SQLite":         run("sqlite", "DIR/a.db", "CREATE TABLE t (v)", "INSERT INTO t VALUES ('"+secret+"')"),
		"SQLite integer": run("sqlite", "DIR/a.db", "CREATE TABLE t (v)", "INSERT INTO t VALUES ("+secret+")"),
		"SQLite long":    run("sqlite", "DIR/a.db", "CREATE TABLE t (v)", "INSERT INTO t VALUES ('"+strings.Repeat("-", 4070)+secret+"')"),
		"SQLite log":     run("sqlite", "DIR/a.db", "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t (v)", "INSERT INTO t VALUES ('"+secret+"')"),
		"XLSX": func(dir string) error {
			f := excelize.NewFile()
			defer f.Close()
			return errors.Join(f.SetCellValue("Sheet1", "B3", secret), f.SaveAs(filepath.Join(dir, "a.xlsx")))
		},
		"XLSX number": func(dir string) error {
			f := excelize.NewFile()
			defer f.Close()
			return errors.Join(f.SetCellValue("Sheet1", "B3", number), f.SaveAs(filepath.Join(dir, "a.xlsx")))
		},
		"UTF-16": func(dir string) error {
			var b []byte
			for _, u := range utf16.Encode([]rune("x;" + secret)) {
				b = binary.LittleEndian.AppendUint16(b, u)
			}
			return os.WriteFile(filepath.Join(dir, "a.txt"), b, 0o600)
		},
		"backup": func(dir string) error {
			s := record(t, t.TempDir())
			if _, _, err := s.Contents().Put(context.Background(), strings.NewReader(secret)); err != nil {
				return err
			}
			hash, _, err := s.Contents().Put(context.Background(), strings.NewReader("isi "+secret))
			if err != nil {
				return err
			}
			o := anOffice(t, s)
			id, _, err := s.RegisterDataset(context.Background(), o.maker, registry.Dataset{Owner: o.id, Name: "Contoh", Class: registry.LimitedData, Regions: []string{"35"},
				Columns: []registry.Column{{Name: "v", Words: registry.Words{ID: "v", EN: "v"}}}})
			if err != nil {
				return err
			}
			_, _, err = s.StageDatasetVersion(context.Background(), o.maker, id, registry.DatasetVersion{Rows: 1, File: "a.csv", SHA256: hash, Content: hash, Contract: hash, Quality: hash, Class: registry.LimitedData,
				Columns: []registry.Column{{Name: "v", Words: registry.Words{ID: "v", EN: "v"}}}})
			if err != nil {
				return err
			}
			_, err = s.Backup(context.Background(), o.maker.Actor, filepath.Join(dir, "a.tar.gz"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := plant(dir); err != nil {
				t.Fatal(err)
			}
			w := newTraces(t, secret)
			w.folder(dir)
			if len(w.found) == 0 {
				t.Error("the number that was planted is not found")
			}
			clean := newTraces(t, nik(4712))
			clean.folder(dir)
			if name != "spill" && len(clean.found) > 0 {
				t.Errorf("found what is not there: %q", clean.found)
			}
		})
	}
}

// office is one with two people who may bring data in.
type office struct {
	id             string
	maker, checker store.By
}

func anOffice(t testing.TB, s *store.Store) office {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	console := func(name string) store.By {
		return store.By{Actor: event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}, Seen: store.Whatever, Why: "uji"}
	}
	id, _, err := s.RegisterOrganisation(ctx, console("mesin"), registry.Organisation{Kind: registry.ProvinceOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Provinsi Jawa Timur", Short: "Dinsos Jatim"}}})
	must(err)
	o := office{id: id}
	for i, by := range []*store.By{&o.maker, &o.checker} {
		user, token, _, err := s.AddUser(ctx, console("mesin"), access.User{Name: "Petugas", Email: fmt.Sprintf("petugas%d@contoh.example", i), Language: "id", Organisation: id})
		must(err)
		_, err = s.Accept(ctx, event.Web, token, "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo")
		must(err)
		grant, e, err := s.RequestGrant(ctx, console("mesin"), access.Grant{User: user, Role: access.DataSteward, Region: "35", Organisation: id, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}})
		must(err)
		if e.Type == "grant-requested" {
			_, err = s.ConfirmGrant(ctx, console("lain"), grant)
			must(err)
		}
		*by = store.By{Actor: event.Actor{User: user, Via: event.Web}, Seen: store.Whatever, Why: "uji"}
	}
	return o
}

// TestNoTrace: identity numbers and names go in by every way that an import can
// end, and then nothing that the program touched has one of them: not the data
// directory with its database, log and contents, not the temporary folder, the
// backup, the key file, what was logged or said.
func TestNoTrace(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"tmp", "config", "in"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	in := filepath.Join(root, "in") // the officer's own files
	t.Setenv("TMPDIR", filepath.Join(root, "tmp"))
	logged, err := os.Create(filepath.Join(root, "dampak.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer logged.Close()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })

	data := filepath.Join(root, "data")
	s := record(t, data)
	o := anOffice(t, s)
	kept := s.Contents()
	said := func(text string) { fmt.Fprintln(logged, text) }

	names := []string{"Sumiatun Kasihani", "Paijo Wirasentika", "Ngatinem Lestantun", "Slamet Djojodiguno"}
	phone, street := "081299988877", "Gang Kenanga Buntu"
	var secrets []string
	var good strings.Builder
	good.WriteString("nik;no_kk;nama;no_hp;alamat;desil;program;kode_wilayah\n")
	for i := range 3000 {
		fmt.Fprintf(&good, "%s;%s;%s %d;%s;%s No %d;%d;PKH;3578\n", nik(i), nik(5000+i), names[i%4], i, phone, street, i, 1+i%10)
	}
	for i := range 3 {
		secrets = append(secrets, nik(i), nik(5000+i))
	}
	secrets = append(append(secrets, names...), phone, street)
	hidden := nik(9001)
	wrong := "3578991399" + "900123" // an impossible day
	secrets = append(secrets, hidden, wrong)
	bad := good.String() + wrong + ";" + nik(5001) + ";" + names[1] + ";" + phone + ";" + street + ";3;PKH;3578\n" +
		nik(3500) + ";" + nik(5002) + ";" + names[2] + ";" + phone + ";" + street + ";3;" + hidden + ";3578\n" + // in a column of its own
		nik(3501) + ";" + nik(5003) + ";" + names[2] + ";" + phone + ";" + street + ";3;" + names[3] + ";3578\n" + // columns that have moved
		nik(3502) + ";" + nik(5004) + ";" + names[0] + ";" + phone + ";" + street + ";" + names[0] + ";PKH;3578\n"
	given := `{"dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": "nik", "fieldsMatch": "equal",
 "dampak:purpose": "uji", "dampak:legalBasis": "perjanjian contoh", "dampak:retention": "2031-12-31",
 "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "no_kk", "dampak:identity": "kk"}, {"name": "nama", "dampak:identity": "name", "dampak:treatment": "hash"},
  {"name": "no_hp", "dampak:identity": "phone"}, {"name": "alamat", "dampak:identity": "address"}, {"name": "desil", "type": "integer"},
  {"name": "program", "constraints": {"enum": ["PKH", "BPNT"]}}, {"name": "kode_wilayah"}]}`

	// Copies, a NIK in two KK and a second head, which are named by row.
	families := "nik;no_kk;nama;hubungan\n"
	for i := range 30 {
		families += fmt.Sprintf("%s;%s;%s;%s\n", nik(i%28), nik(5000+i%24), names[i%4], []string{"Kepala Keluarga", "Anak"}[i%2])
	}
	related := strings.Replace(strings.Replace(given, `"primaryKey": "nik", "fieldsMatch": "equal",`, `"fieldsMatch": "partial",`, 1), `{"name": "desil"`, `{"name": "hubungan", "dampak:sensitivity": "personal", "dampak:role": "relation"}, {"name": "desil"`, 1)

	book := filepath.Join(in, "penerima.xlsx")
	sheet := excelize.NewFile()
	for i, line := range strings.Split(strings.TrimSpace(bad), "\n") {
		var cells []any
		for _, c := range strings.Split(line, ";") {
			cells = append(cells, c)
		}
		if err := sheet.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(sheet.SaveAs(book), sheet.Close()); err != nil {
		t.Fatal(err)
	}

	var objects []map[string]string
	lines := strings.Split(strings.TrimSpace(bad), "\n")
	for _, line := range lines[1:] {
		one := map[string]string{}
		for i, c := range strings.Split(line, ";") {
			one[strings.Split(lines[0], ";")[i]] = c
		}
		objects = append(objects, one)
	}
	answer, err := json.Marshal(map[string]any{"count": len(objects), "results": objects})
	if err != nil {
		t.Fatal(err)
	}
	columns := filepath.Join(in, "penerima.parquet")
	duck, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	sound := filepath.Join(in, "baik.parquet")
	for from, to := range map[string]string{write(t, filepath.Join(in, "penerima.csv"), bad): columns, write(t, filepath.Join(in, "baik.csv"), good.String()): sound} {
		if _, err := duck.Exec("SET temp_directory = ''; COPY (FROM read_csv('" + from + "', all_varchar = true, delim = ';')) TO '" + to + "' (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
	}
	if err := duck.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(columns)
	if err != nil {
		t.Fatal(err)
	}

	back := 0
	for _, c := range []struct {
		name, file string
		change     func(*intake.Options)
		fails      bool
	}{
		{"sound, contract given", write(t, filepath.Join(in, "a.csv"), good.String()), nil, false},
		{"some rejected", write(t, filepath.Join(in, "b.csv"), bad), nil, false},
		{"draft", write(t, filepath.Join(in, "c.csv"), good.String()), func(o *intake.Options) { o.Contract = nil }, false},
		{"workbook", book, nil, false},
		{"workbook, draft", book, func(o *intake.Options) { o.Contract = nil }, false},
		{"JSON", write(t, filepath.Join(in, "a.json"), string(answer)), nil, false},
		{"JSON, draft", filepath.Join(in, "a.json"), func(o *intake.Options) { o.Contract = nil }, false},
		{"JSON, cut short", write(t, filepath.Join(in, "b.json"), string(answer[:len(answer)/2])), nil, true},
		{"JSON, by numbers", write(t, filepath.Join(in, "c.json"), `{"`+nik(1)+`": {"nama": "`+names[1]+`"}, "`+nik(2)+`": {"nama": "`+names[2]+`"}}`), func(o *intake.Options) { o.Contract = nil }, true},
		{"Parquet", columns, nil, false},
		{"Parquet, draft", sound, func(o *intake.Options) { o.Contract = nil }, false},
		{"Parquet, damaged", write(t, filepath.Join(t.TempDir(), "b.parquet"), string(damaged(whole, 5000))), nil, true}, // no search could read it
		{"all or nothing", filepath.Join(in, "b.csv"), func(o *intake.Options) { o.AllOrNothing = true }, true},
		{"cut short", write(t, filepath.Join(in, "d.csv"), good.String()+`"`+names[0]), nil, true},
		{"being written", write(t, filepath.Join(in, "e.csv"), good.String()), func(o *intake.Options) {
			o.Ring = func() (*identity.Ring, error) {
				if err := os.Chtimes(filepath.Join(in, "e.csv"), at, at.Add(time.Hour)); err != nil {
					t.Error(err)
				}
				return ring()
			}
		}, true},
		{"no header", write(t, filepath.Join(in, "f.csv"), strings.SplitN(good.String(), "\n", 2)[1]), func(o *intake.Options) { o.Contract = nil }, true},
		{"families", write(t, filepath.Join(in, "h.csv"), families), func(o *intake.Options) { o.Contract = parsed(t, related) }, false},
		{"families, draft", filepath.Join(in, "h.csv"), func(o *intake.Options) { o.Contract = nil }, false},
		{"another layout", write(t, filepath.Join(in, "g.csv"), "a;b\n"+nik(1)+";"+names[1]+"\n"), nil, true},
	} {
		opts := intake.Options{Contract: parsed(t, given), DataDir: data, Keep: &kept, Name: "draf", Lang: i18n.ID}
		opts.Drafted = func(d *contract.Draft) error {
			said(string(d.JSON(i18n.ID)))
			return nil
		}
		back++
		opts.Rejects = filepath.Join(in, fmt.Sprintf("tolak%d.csv", back)) // asked for, and the officer's own
		if c.change != nil {
			c.change(&opts)
		}
		r, err := take(t, c.file, opts)
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			said(err.Error())
			continue
		}
		for _, e := range r.Evidence {
			said(e.Text(i18n.ID))
		}
		for _, n := range r.Counts {
			said(intake.CountProblem(n).Text(i18n.ID))
		}
		for _, f := range r.Findings {
			said(f.Text(i18n.ID))
			for _, e := range f.Examples {
				said(f.ExampleText(i18n.ID, e))
			}
		}
		if c.name == "families" && len(r.Findings) != 3 {
			t.Errorf("%s: %v", c.name, r.Findings)
		}
		v := r.Version()
		id, _, err := s.RegisterDataset(context.Background(), o.maker, registry.Dataset{Owner: o.id, Name: c.name, Class: r.Contract.Class, Columns: v.Columns, Regions: []string{"35"}})
		if err != nil {
			t.Fatal(c.name, err)
		}
		number, _, err := s.StageDatasetVersion(context.Background(), o.maker, id, v)
		if err == nil && r.Evidence == nil { // a draft does not say yet what the law asks
			_, err = s.AcceptDatasetVersion(context.Background(), o.checker, id, number)
		}
		if err != nil {
			t.Fatal(c.name, err)
		}
	}
	// A call that is given up midway.
	over, cancel := context.WithCancel(context.Background())
	_, err = intake.Take(over, filepath.Join(in, "a.csv"), intake.Options{Contract: parsed(t, given), Keep: &kept, Ring: func() (*identity.Ring, error) { cancel(); return ring() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}

	if _, err := s.Backup(context.Background(), o.maker.Actor, filepath.Join(root, "cadangan.tar.gz")); err != nil {
		t.Fatal(err)
	}
	w := newTraces(t, secrets...)
	for _, place := range []string{"data", "tmp", "config", "dampak.log", "cadangan.tar.gz"} {
		w.folder(filepath.Join(root, place))
	}
	if len(w.found) > 0 {
		t.Errorf("%d traces: %q", len(w.found), w.found[:min(10, len(w.found))])
	}
	// They are in the officer's own files: the search knows them.
	own := newTraces(t, secrets...)
	own.folder(in)
	for _, s := range secrets {
		if !slices.ContainsFunc(own.found, func(f string) bool { return strings.HasSuffix(f, ": "+strings.ToLower(s)) }) {
			t.Errorf("%s was not fed", s)
		}
	}
	if left := contents(t, filepath.Join(root, "tmp")); len(left) > 0 {
		t.Errorf("left in the temporary folder: %q", left)
	}
}
