package spss_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/intake/spss"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := spss.Open(f, spss.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// marked spells the mark of a missing cell after "!", as make.R does, so that it
// cannot pass for a value.
type marked struct{ source.Reader }

func (m marked) Next(ctx context.Context, b *source.Batch) error {
	err := m.Reader.Next(ctx, b)
	for _, c := range b.Cells {
		for i, mark := range c.Missing {
			if mark != "" && mark != source.Plain {
				c.Missing[i] = "!" + mark
			}
		}
	}
	return err
}

var files = []string{
	"haven-byte.sav", "haven-none.sav", "haven-zlib.zsav", "haven-long.sav", "one.sav", "many.sav", "empty.sav",
	"pspp-byte.sav", "pspp-none.sav", "pspp-zlib.zsav",
}

// What haven and PSPP wrote is what haven and this reader read, cell by cell.
func TestAgainstOtherReaders(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			r, err := open(sourcetest.Bytes(sourcetest.Load(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			base, _, _ := strings.Cut(name, ".")
			sourcetest.Compare(t, marked{r}, "testdata/"+base+".csv")
			var got []string
			for _, c := range r.Table().Columns {
				got = append(got, c.Name+"||"+c.Label)
				for _, l := range c.Labels {
					got = append(got, c.Name+"|"+l.Value+"|"+l.Text)
				}
			}
			rows, err := csv.NewReader(bytes.NewReader(sourcetest.Load(t, base+"-labels.csv"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, row := range rows[1:] {
				want = append(want, strings.Join(row, "|"))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
				t.Errorf("labels:\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestTable(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "pspp-byte.sav")))
	if err != nil {
		t.Fatal(err)
	}
	s := r.Table()
	if s.Label != "Susenas buatan" || s.Rows != 5 || s.Encoding != "UTF-8" || s.Weight != "FWT" {
		t.Errorf("%+v", s)
	}
	var got []string
	for _, c := range s.Columns {
		got = append(got, c.Format+" "+[]string{"text", "whole", "real", "day", "moment", "truth"}[c.Kind]+[]string{"", " week", " month", " quarter"}[c.Span]+
			strings.TrimRight(" "+strings.Join(c.Missing, ", "), " "))
	}
	want := []string{
		"F5 real", "F2 real", "F1 real 8, 9", "F5.1 real 97 THRU HI, -1", "A1 text X", "A12 text", "A20 text", "DATE11 day", "EDATE10 day", "MOYR8 day month",
		"QYR6 day quarter", "WKYR8 day week", "DATETIME23.2 moment", "TIME8 real", "WKDAY9 real", "COMMA16.2 real LO THRU -1", "PCT8.1 real", "F13.6 real", "A700 text",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s\nwant\n%s", g, w)
	}
}

// Missing values of texts longer than 8 bytes, which haven refuses.
func TestMissingLongTexts(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "pspp-longmissing.sav")))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sourcetest.Rows(marked{r})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"KODE", "aaaa-bbbb-01", "aaaa-bbbb-02", "!99", "!TT", "aaaa-bbbb-01"} {
		if rows[i][1] != want {
			t.Errorf("row %d: %q, want %q", i, rows[i][1], want)
		}
	}
}

// swapped turns a plain file of haven into the other byte order: every number,
// no text.
func swapped(t *testing.T, b []byte) []byte {
	t.Helper()
	b = bytes.Clone(b)
	at := 64
	var isText []bool
	var texts int // slots still to come of the text
	n := func() int {
		v := int(int32(binary.LittleEndian.Uint32(b[at:])))
		for i := range 2 {
			b[at+i], b[at+3-i] = b[at+3-i], b[at+i]
		}
		at += 4
		return v
	}
	eight := func() {
		for i := range 4 {
			b[at+i], b[at+7-i] = b[at+7-i], b[at+i]
		}
		at += 8
	}
	for range 5 {
		n()
	}
	eight()
	at = 176
	for {
		switch kind := n(); kind {
		case 2:
			width, labelled, missing := n(), n(), n()
			n()
			n()
			at += 8
			if labelled == 1 {
				at += (n() + 3) / 4 * 4
			}
			for range max(missing, -missing) {
				if width > 0 {
					at += 8
				} else {
					eight()
				}
			}
			if width > 0 {
				texts = (width + 7) / 8
			}
			isText = append(isText, texts > 0)
			texts = max(0, texts-1)
		case 3:
			start := at
			for range n() {
				at += 8
				at += (int(b[at]) + 8) / 8 * 8
			}
			end := at
			n()
			text := false
			for range n() {
				text = isText[n()-1]
			}
			after := at
			for at = start + 4; at < end && !text; {
				eight()
				at += (int(b[at]) + 8) / 8 * 8
			}
			at = after
		case 7:
			subtype, size, count := n(), n(), n()
			for range count {
				switch {
				case size == 4 && subtype != 21:
					n()
				case size == 8:
					eight()
				default:
					at += size
				}
			}
		case 999:
			n()
			for at < len(b) {
				for _, text := range isText {
					if text {
						at += 8
					} else {
						eight()
					}
				}
			}
			return b
		default:
			t.Fatalf("record %d at %d", kind, at)
		}
	}
}

// No program at hand writes the big byte order: haven's file is turned.
func TestBigEndian(t *testing.T) {
	r, err := open(sourcetest.Bytes(swapped(t, sourcetest.Load(t, "haven-none.sav"))))
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Compare(t, marked{r}, "testdata/haven-none.csv")
	if c := r.Table().Columns[1]; len(c.Labels) != 3 || c.Labels[2] != (source.Label{Value: "71", Text: "Kota Kediri"}) {
		t.Errorf("%+v", c)
	}
}

// Texts of another encoding: as the file says, as its code page says, as the
// caller says, or guessed.
func TestEncodings(t *testing.T) {
	whole := sourcetest.Load(t, "pspp-none.sav")
	latin := bytes.ReplaceAll(whole, []byte("W\xc3\xa9tan"), []byte("W\xe9tan "))
	record := bytes.Index(latin, []byte("UTF-8")) - 16
	without := append(bytes.Clone(latin[:record]), latin[record+16+5:]...)
	infoAt := bytes.Index(without, []byte("\x07\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x08\x00\x00\x00")) + 16 + 28
	page := func(n uint32) []byte {
		b := bytes.Clone(without)
		binary.LittleEndian.PutUint32(b[infoAt:], n)
		return b
	}
	for name, c := range map[string]struct {
		b     []byte
		asked string
		want  string
		code  string
	}{
		"the caller":         {latin, "windows-1252", "Wétan", ""},
		"UTF-8, but is not":  {latin, "", "W\ufffdtan", ""},
		"guessed":            {page(2), "", "Wétan", "source-guessed-encoding"},
		"code page":          {page(1252), "", "Wétan", ""},
		"another code page":  {page(850), "", "WÚtan", ""},
		"unknown code page":  {page(932), "", "Wétan", "source-guessed-encoding"},
		"unknown encoding":   {bytes.Replace(latin, []byte("UTF-8"), []byte("Big-5"), 1), "", "", "source-encoding"},
		"unknown, but asked": {bytes.Replace(latin, []byte("UTF-8"), []byte("Big-5"), 1), "latin1", "Wétan", ""},
	} {
		r, err := spss.Open(sourcetest.Bytes(c.b), spss.Options{Encoding: c.asked})
		if err != nil {
			if code(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		rows, err := sourcetest.Rows(r)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, row := range rows {
			found = found || row[6] == c.want
		}
		caution := ""
		if len(r.Cautions()) > 0 {
			caution = r.Cautions()[0].Code
		}
		if !found || caution != c.code {
			t.Errorf("%s: %v, caution %q, want %q", name, found, caution, c.code)
		}
	}
}

func code(err error) string {
	if list := problem.Of(err); len(list) > 0 {
		return list[0].Code
	}
	return ""
}

// set overwrites bytes of a copy.
func set(b []byte, at int, with string) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

// declared has another number of rows in the record that counts beyond int32.
func declared(b []byte, rows uint64) []byte {
	b = bytes.Clone(b)
	at := bytes.Index(b, []byte("\x07\x00\x00\x00\x10\x00\x00\x00\x08\x00\x00\x00\x02\x00\x00\x00"))
	binary.LittleEndian.PutUint64(b[at+24:], rows)
	return b
}

// Each damage has its own problem, and a count that lies allocates nothing.
func TestBadFiles(t *testing.T) {
	whole := sourcetest.Load(t, "haven-byte.sav")
	plain := sourcetest.Load(t, "haven-none.sav")
	zlib := sourcetest.Load(t, "haven-zlib.zsav")
	long := sourcetest.Load(t, "haven-long.sav")
	labels := bytes.Index(whole, []byte("\x0bTulungagung")) - 16 // record 3
	whose := bytes.Index(whole[labels:], []byte("\x04\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00")) + labels
	// A .zsav's header stands after record 999 and says where itself and the trailer are.
	head := bytes.Index(zlib, []byte("\xe7\x03\x00\x00\x00\x00\x00\x00")) + 8
	trailer := int(binary.LittleEndian.Uint64(zlib[head+8:]))
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":              {nil, "spss-magic"},
		"text":               {[]byte("URUT,PSU\n"), "spss-magic"},
		"encrypted":          {append([]byte("\x1c\x00\x00\x00\x00\x00\x00\x00ENCRYPTEDSAV"), 0, 0), "spss-encrypted"},
		"head only":          {whole[:100], "spss-cut"},
		"byte order":         {set(whole, 64, "\x09"), "spss-record"},
		"compression 7":      {set(whole, 72, "\x07"), "spss-record"},
		"zlib by name alone": {set(whole, 0, "$FL3"), "spss-record"},
		"bias":               {set(whole, 84, "\xff\xff\xff\xff\xff\xff\xff\xff"), "spss-record"},
		"weight -1":          {set(whole, 76, "\xff\xff\xff\xff"), "spss-weight"},
		"weight 999":         {set(whole, 76, "\xe7\x03\x00\x00"), "spss-weight"},
		"weight within text": {set(whole, 76, "\x07\x00\x00\x00"), "spss-weight"},
		"2^31 rows":          {declared(whole, math.MaxInt32), "spss-rows-cut"},
		"2^31 rows, plain":   {declared(plain, math.MaxInt64), "spss-rows-cut"},
		"31 rows":            {declared(whole, 31), "spss-rows-cut"},
		"record 5":           {set(whole, 176, "\x05"), "spss-record"},
		"width 256":          {set(whole, 180, "\x00\x01\x00\x00"), "spss-record"},
		"width -2":           {set(whole, 180, "\xfe\xff\xff\xff"), "spss-record"},
		"continues nothing":  {set(whole, 180, "\xff\xff\xff\xff"), "spss-record"},
		"goes on":            {set(whole, 180, "\x10\x00\x00\x00"), "spss-record"},
		"4 missing":          {set(whole, 188, "\x04\x00\x00\x00"), "spss-record"},
		"-1 missing":         {set(whole, 188, "\xff\xff\xff\xff"), "spss-record"},
		"label 2^31":         {bytes.Replace(whole, []byte("\x0e\x00\x00\x00Kabupaten"), []byte("\xff\xff\xff\x7fKabupaten"), 1), "spss-cut"},
		"label negative":     {bytes.Replace(whole, []byte("\x0e\x00\x00\x00Kabupaten"), []byte("\xff\xff\xff\xffKabupaten"), 1), "spss-cut"},
		"no name":            {bytes.Replace(set(whole, 200, "        "), []byte("URUT=URUT\t"), nil, 1), "spss-record"},
		"name twice":         {bytes.Replace(set(whole, 200, "R102    "), []byte("URUT=URUT"), []byte("XXXX=XXXX"), 1), "column-twice"},
		"labels 2^31":        {set(whole, labels+4, "\xff\xff\xff\x7f"), "spss-cut"},
		"labels negative":    {set(whole, labels+4, "\xff\xff\xff\xff"), "spss-record"},
		"labels of none":     {set(whole, whose, "\x05"), "spss-record"},
		"labels of column 0": {set(whole, whose+8, "\x00"), "spss-labels"},
		"labels of 99":       {set(whole, whose+8, "\x63"), "spss-labels"},
		"labels within text": {set(whole, whose+8, "\x07"), "spss-labels"},
		"very short":         {bytes.Replace(long, []byte("=2095"), []byte("=0255"), 1), "spss-record"},
		"longer":             {bytes.Replace(long, []byte("=2095"), []byte("=9999"), 1), "spss-record"},
		"shorter":            {bytes.Replace(long, []byte("=2095"), []byte("=0260"), 1), ""},
		"zlib header":        {set(zlib, head, "\x01"), "spss-record"},
		"zlib trailer":       {set(zlib, head+8, "\xff\xff\xff\xff\xff\xff\xff\x7f"), "spss-cut"},
		"zlib trailer less":  {set(zlib, head+8, "\x00\x00\x00\x00\x00\x00\x00\x80"), "spss-record"},
		"zlib blocks":        {set(zlib, trailer+20, "\xff\xff\xff\x7f"), "spss-record"},
		"zlib block place":   {set(zlib, trailer+24+8, "\x01"), "spss-record"},
		"zlib block larger":  {set(zlib, trailer+24+16, "\xff\xff\xff\x7f"), "spss-record"},
		"zlib block smaller": {set(zlib, trailer+24+16, "\x08\x00\x00\x00"), "spss-zlib"},
		"zlib block short":   {set(zlib, trailer+24+16, "\x00\x00\x80\x00"), "spss-zlib"},
		"zlib stream":        {set(zlib, head+24, "\x00\x00"), "spss-zlib"},
		"zlib checksum":      {set(zlib, trailer-1, "\x00"), "spss-zlib"},
		"zlib inside":        {set(zlib, head+60, "\x00\x00\x00\x00\x00\x00\x00\x00"), "spss-zlib"},
	} {
		_, err := sourcetest.Sound(t, open, sourcetest.Bytes(c.b))
		if got := code(err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A file with more rows than it declares is read as it declares, with a caution.
func TestRowsBeyond(t *testing.T) {
	for _, name := range []string{"haven-byte.sav", "haven-none.sav", "haven-zlib.zsav"} {
		r, err := open(sourcetest.Bytes(declared(sourcetest.Load(t, name), 29)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if got := r.Cautions(); err != nil || len(rows) != 30 || len(got) != 1 || got[0].Code != "spss-rows-beyond" {
			t.Errorf("%s: %d rows, %v, %v", name, len(rows)-1, err, got)
		}
	}
}

// A file that does not say how many rows it has is read to its end.
func TestRowsUnknown(t *testing.T) {
	for _, name := range []string{"haven-byte.sav", "haven-none.sav", "haven-zlib.zsav"} {
		b := set(declared(sourcetest.Load(t, name), math.MaxUint64), 80, "\xff\xff\xff\xff")
		r, err := open(sourcetest.Bytes(b))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := sourcetest.Rows(r); err != nil || len(rows) != 31 || r.Table().Rows != -1 {
			t.Errorf("%s: %d rows of %d, %v", name, len(rows)-1, r.Table().Rows, err)
		}
		if _, err := sourcetest.Sound(t, open, sourcetest.Bytes(b[:len(b)-3])); err == nil {
			t.Errorf("%s: cut within its last row", name)
		}
	}
}

// One set of labels for all of many variables is made once: a small file must
// not become a large dictionary.
func TestSharedLabels(t *testing.T) {
	const n = 30_000
	whole := sourcetest.Load(t, "haven-byte.sav")
	b := bytes.Clone(whole[:176])
	put := func(numbers ...uint32) {
		for _, x := range numbers {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	for i := range n {
		put(2, 0, 0, 0, 0x050800, 0x050800)
		b = append(b, "V"+strings.Repeat("0", 5)+"  "...)
		for at, x := len(b)-3, i; x > 0; at, x = at-1, x/10 {
			b[at] = byte('0' + x%10)
		}
	}
	put(3, n)
	for range n {
		b = append(b, "\x00\x00\x00\x00\x00\x00\xf0\x3f\x07satusat"...)
	}
	put(4, n)
	for i := range n {
		put(uint32(i + 1))
	}
	put(999, 0)
	r, err := open(sourcetest.Bytes(b))
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Table().Columns; len(c) != n || len(c[n-1].Labels) != n || c[0].Labels[5] != (source.Label{Value: "1", Text: "satusat"}) {
		t.Error(len(c))
	}
}

// A date outside every calendar is a bad cell; its row is read.
func TestBadDate(t *testing.T) {
	b := sourcetest.Load(t, "haven-none.sav")
	row := len(b) - 30*8*(1+1+1+1+1+3+1+1+1+1)
	for v, want := range map[float64]string{
		1e15: "spss-date", -1e15: "spss-date", 13928630400: "2024-03-01", 13928630400 + 86399: "2024-03-01", 0: "1582-10-14",
		math.NaN(): ".", -math.MaxFloat64: ".",
	} {
		c := bytes.Clone(b)
		binary.LittleEndian.PutUint64(c[row+8*8:], math.Float64bits(v))
		r, err := open(sourcetest.Bytes(c))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if err != nil || rows[1][6] != want {
			t.Errorf("%v: %v %q, want %q", v, err, rows[1], want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, name := range []string{"haven-byte.sav", "haven-none.sav", "haven-zlib.zsav", "pspp-byte.sav"} {
		sourcetest.Cut(t, open, sourcetest.Load(t, name), nil)
	}
	sourcetest.Flip(t, open, sourcetest.Load(t, "haven-byte.sav"))
	sourcetest.Flip(t, open, sourcetest.Load(t, "haven-zlib.zsav"))
}

func TestCancel(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "many.sav")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b source.Batch
	if err := r.Next(ctx, &b); !errors.Is(err, context.Canceled) || len(b.Row) > 0 {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range append(files, "pspp-longmissing.sav") {
		if name != "many.sav" {
			f.Add(sourcetest.Load(f, name))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = sourcetest.Sound(t, open, sourcetest.Bytes(b))
	})
}

// many is a file of so many rows, made by repeating those of haven's that are
// compressed by bytecode, without the code that ends them.
func many(t testing.TB, rows int64) source.File {
	whole := sourcetest.Load(t, "haven-byte.sav")
	from := bytes.Index(whole, []byte("\xe7\x03\x00\x00\x00\x00\x00\x00")) + 8
	part := bytes.Clone(whole[from:])
	for at := 0; at < len(part); {
		codes := part[at : at+8]
		at += 8 + 8*bytes.Count(codes, []byte{253})
		if i := bytes.IndexByte(codes, 252); i >= 0 {
			codes[i] = 0
		}
	}
	return &sourcetest.Repeated{Head: declared(whole[:from], uint64(rows)), Part: part, Times: rows / 30}
}

func TestMemoryDoesNotGrow(t *testing.T) { sourcetest.Flat(t, open, many(t, 30_000), many(t, 600_000)) }

func BenchmarkRead(b *testing.B) { sourcetest.Bench(b, open, many(b, 999_990), 999_990) }
