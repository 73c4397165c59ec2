package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/dbase"
	"github.com/dampak/dampak/internal/intake/geojson"
	"github.com/dampak/dampak/internal/intake/jsonfile"
	"github.com/dampak/dampak/internal/intake/parquet"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/spss"
	"github.com/dampak/dampak/internal/intake/stata"
	"github.com/dampak/dampak/internal/intake/workbook"
	"github.com/dampak/dampak/internal/problem"
)

// Form is the form of a file (intake.form.*).
type Form string

// The forms.
const (
	CSV      Form = "csv"
	Workbook Form = "xlsx"
	DBase    Form = "dbf"
	Stata    Form = "dta"
	SPSS     Form = "sav"
	GeoJSON  Form = "geojson"
	JSON     Form = "json"
	Parquet  Form = "parquet"
)

// endings are the forms that a file's name promises.
var endings = map[string]Form{
	".csv": CSV, ".tsv": CSV, ".txt": CSV, ".xlsx": Workbook, ".dbf": DBase, ".dta": Stata, ".sav": SPSS, ".zsav": SPSS, ".geojson": GeoJSON,
	".json": JSON, ".jsonl": JSON, ".ndjson": JSON, ".parquet": Parquet, ".pq": Parquet,
}

// File is an open file and the reader of its rows. It is for one goroutine.
type File struct {
	source.Reader
	Name   string // base name, without what could be an identity number
	Form   Form
	SHA256 string // of its bytes, in hex

	path   string // empty: its bytes are no file of the disk
	was    os.FileInfo
	file   *os.File
	beside *os.File // the memo file of a dBase table
	open   func(context.Context) (source.Reader, error)
	said   problem.List
}

// Reading says how a file is to be read where it leaves a choice; the zero value
// leaves all to the evidence.
type Reading struct {
	Sheet    string // of a workbook; of JSON the name of the list that holds the rows
	Encoding string // of texts, such as "windows-1252"; of a workbook, JSON and Parquet without effect
}

// Open opens a file by what it holds; its name decides only where the content
// does not, and a name that promises another form is a caution. Errors are
// problems: the file cannot be read, is of a form that is not, is dangerous
// (macros, encryption, archives made to fill memory), or is being written; or of
// ctx.
func Open(ctx context.Context, path string, o Reading) (*File, error) {
	f := &File{Name: problem.Mask(filepath.Base(path)), path: path}
	err := f.start(ctx, o)
	if err != nil {
		return nil, f.in(errors.Join(err, f.Close()))
	}
	return f, nil
}

// OpenAt is Open of bytes that are no file of the disk, such as an upload that
// waits; name is the one that it came under.
func OpenAt(ctx context.Context, name string, at source.File, o Reading) (*File, error) {
	f := &File{Name: problem.Mask(filepath.Base(name))}
	err := f.begin(ctx, at, name, o)
	if err != nil {
		return nil, f.in(errors.Join(err, f.Close()))
	}
	return f, nil
}

// in names the file in problems that name none.
func (f *File) in(err error) error {
	for _, p := range problem.Of(err) {
		if p.File == "" {
			p.File = f.Name
		}
	}
	return err
}

func (f *File) start(ctx context.Context, o Reading) (err error) {
	if f.was, err = os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
		return problem.New("intake-no-file").Because(err)
	} else if err != nil {
		return problem.New("source-unreadable").Because(err)
	}
	if !f.was.Mode().IsRegular() {
		return problem.New("intake-no-regular")
	}
	if f.file, err = os.Open(f.path); err != nil {
		return problem.New("source-unreadable").Because(err)
	}
	return f.begin(ctx, io.NewSectionReader(f.file, 0, f.was.Size()), f.path, o)
}

// begin opens what the bytes are.
func (f *File) begin(ctx context.Context, at source.File, name string, o Reading) (err error) {
	if at.Size() == 0 {
		return problem.New("intake-empty")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, reading{ctx, io.NewSectionReader(at, 0, at.Size())}); err != nil {
		return cmp.Or(ctx.Err(), error(problem.New("source-unreadable").Because(err)))
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := f.Unchanged(); err != nil {
		return err
	}
	head := make([]byte, min(4096, at.Size()))
	if _, err := source.ReadAt(at, head, 0); err != nil {
		return err
	}
	ending := strings.ToLower(filepath.Ext(name))
	if f.Form, err = formOf(head, ending); err != nil {
		return err
	}
	if promised, ok := endings[ending]; ok && promised != f.Form && (promised != JSON || f.Form != GeoJSON) || ending == ".xls" {
		f.said = append(f.said, problem.New("intake-other-form", "ending", ending, "found", string(f.Form)).In(f.Name))
	}
	f.opener(at, o)
	f.Reader, err = f.open(ctx)
	return err
}

// reading ends reading when a context does.
type reading struct {
	ctx context.Context //nolint:containedctx // lives within one call
	io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// formOf tells the form of a file from its first bytes, and from its ending where
// they say nothing.
func formOf(head []byte, ending string) (Form, error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	begins := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	tag := func(s string) bool { return len(text) >= len(s) && strings.EqualFold(string(text[:len(s)]), s) }
	switch {
	case begins("PK\x03\x04"), begins("PK\x05\x06"), begins("\xd0\xcf\x11\xe0"):
		return Workbook, nil // which refuses what is none
	case begins("<stata_dta>"):
		return Stata, nil
	case begins("$FL2"), begins("$FL3"):
		return SPSS, nil
	case begins("PAR1"), begins("PARE"):
		return Parquet, nil
	case begins("SQLite format 3"):
		return "", problem.New("intake-database")
	case begins("MZ"), begins("\x7fELF"):
		return "", problem.New("intake-program")
	case tag("<!doctype"), tag("<html"), tag("<table"), tag("<head"), tag("<meta"), tag("<?xml"), tag("<workbook"):
		return "", problem.New("intake-markup")
	case dbaseHead(head):
		return DBase, nil
	case ending == ".geojson", jsonHead.Match(text) && geoHead.Match(text):
		return GeoJSON, nil
	case jsonHead.Match(text):
		return JSON, nil
	}
	switch form := endings[ending]; form {
	case DBase, Stata, SPSS, JSON, Parquet: // which say what is wrong
		return form, nil
	}
	return CSV, nil
}

// A file begins as JSON with a list, or an object with a name; a table as text may
// begin with a bracket. GeoJSON says early what it is.
var (
	jsonHead = regexp.MustCompile(`^(\{\s*["}]|\[\s*[\[{\]])`)
	geoHead  = regexp.MustCompile(`"type"\s*:\s*"(FeatureCollection|Topology)"`)
)

// dbaseVersions are the first bytes of the tables that the room dbase knows.
const dbaseVersions = "\x03\x30\x31\x32\x43\x63\x7b\x83\x8b\x8e\xcb\xf5\xfb"

// dbaseHead tells that a file begins as a dBase table: a version, the day of its
// last change, and zero bytes, which no text has.
func dbaseHead(head []byte) bool {
	if len(head) < 32 || !strings.Contains(dbaseVersions, string(head[:1])) {
		return false
	}
	return head[2] >= 1 && head[2] <= 12 && head[3] >= 1 && head[3] <= 31 && bytes.IndexByte(head[4:32], 0) >= 0
}

// opener settles how the rows are read, so that they can be read again.
func (f *File) opener(at source.File, o Reading) {
	f.open = func(ctx context.Context) (source.Reader, error) {
		switch f.Form {
		case Workbook:
			return orNone(workbook.Open(ctx, at, workbook.Options{Sheet: o.Sheet}))
		case DBase:
			return orNone(dbase.Open(at, dbase.Options{Encoding: o.Encoding, Memo: f.memo()}))
		case Stata:
			return orNone(stata.Open(at, stata.Options{Encoding: o.Encoding}))
		case SPSS:
			return orNone(spss.Open(at, spss.Options{Encoding: o.Encoding}))
		case GeoJSON:
			return orNone(geojson.Open(ctx, at))
		case JSON:
			return orNone(jsonfile.Open(ctx, at, jsonfile.Options{List: o.Sheet}))
		case Parquet:
			return orNone(parquet.Open(at))
		}
		return orNone(csvfile.Open(ctx, at, csvfile.Options{Encoding: o.Encoding}))
	}
}

// orNone keeps a nil of a type from being a reader.
func orNone[R source.Reader](r R, err error) (source.Reader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// memo gives the file of long texts beside a dBase table; nil where there is none.
func (f *File) memo() source.File {
	if f.path == "" {
		return nil
	}
	if f.beside == nil {
		stem := strings.TrimSuffix(f.path, filepath.Ext(f.path))
		for _, ending := range []string{".fpt", ".dbt", ".FPT", ".DBT"} {
			if m, err := os.Open(stem + ending); err == nil {
				f.beside = m
				break
			}
		}
	}
	if f.beside == nil {
		return nil
	}
	info, err := f.beside.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return io.NewSectionReader(f.beside, 0, info.Size())
}

// Again begins anew with the first row.
func (f *File) Again(ctx context.Context) error {
	f.closeReader()
	r, err := f.open(ctx)
	if err != nil {
		return f.in(err)
	}
	f.Reader = r
	return nil
}

// Next reads the next rows; see source.Reader.
func (f *File) Next(ctx context.Context, b *source.Batch) error {
	return f.in(f.Reader.Next(ctx, b))
}

// Cautions lists what was decided and passed over; complete after io.EOF.
func (f *File) Cautions() problem.List {
	all := append(problem.List{}, f.said...)
	for _, p := range f.Reader.Cautions() {
		one := *p // a reader may give its own list
		one.File = cmp.Or(one.File, f.Name)
		all = append(all, &one)
	}
	return all
}

// Unchanged says whether the file is still what was opened: the same file, of the
// same size and time of change. Errors: a problem when another process writes it.
func (f *File) Unchanged() error {
	if f.path == "" {
		return nil
	}
	now, err := os.Stat(f.path)
	if err != nil || !os.SameFile(now, f.was) || now.Size() != f.was.Size() || !now.ModTime().Equal(f.was.ModTime()) {
		return problem.New("intake-being-written").In(f.Name).Because(err)
	}
	return nil
}

func (f *File) closeReader() {
	if w, ok := f.Reader.(*workbook.Reader); ok {
		w.Close()
	}
}

// Close gives the file back.
func (f *File) Close() error {
	f.closeReader()
	var all []error
	for _, c := range []*os.File{f.file, f.beside} {
		if c != nil {
			all = append(all, c.Close())
		}
	}
	return errors.Join(all...)
}
