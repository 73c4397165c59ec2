package parquet_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/parquet"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := parquet.Open(f)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// What pyarrow, fastparquet and polars wrote and pyarrow reads is what this reader
// reads, cell by cell: every type, encoding, codec and version of pages.
func TestAgainstOtherReaders(t *testing.T) {
	for _, name := range []string{
		"arrow-none", "arrow-snappy", "arrow-gzip", "arrow-brotli", "arrow-lz4", "arrow-zstd", "arrow-old:", "arrow-int96:", "arrow-decimals:", "arrow-encodings1:", "arrow-encodings2:",
		"arrow-nested:", "arrow-empty:", "arrow-many:", "arrow-long:", "fast-uncompressed", "fast-snappy", "fast-zstd",
		"polars-uncompressed", "polars-snappy", "polars-gzip", "polars-brotli", "polars-lz4", "polars-zstd",
	} {
		name, own := strings.CutSuffix(name, ":")
		t.Run(name, func(t *testing.T) {
			r, err := open(sourcetest.Bytes(sourcetest.Load(t, name+".parquet")))
			if err != nil {
				t.Fatal(err)
			}
			to := name
			if !own {
				to, _, _ = strings.Cut(name, "-")
			}
			sourcetest.Compare(t, r, "testdata/"+to+".csv")
			for _, c := range r.Cautions() {
				t.Log(c)
			}
		})
	}
}

// TestTable: what the file says of its columns is kept, and what is no cell is
// named.
func TestTable(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "arrow-zstd.parquet")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []source.Column{
		{Name: "ya", Kind: source.Truth, Format: "BOOLEAN", Decimals: -1}, {Name: "i64", Kind: source.Whole, Format: "INT64", Decimals: -1}, {Name: "u32", Kind: source.Whole, Format: "UINT32", Decimals: -1},
		{Name: "f16", Kind: source.Real, Format: "FLOAT16", Decimals: -1}, {Name: "teks", Kind: source.Text, Format: "STRING", Decimals: -1}, {Name: "byte", Kind: source.Text, Format: "BYTE_ARRAY", Decimals: -1},
		{Name: "hari", Kind: source.Day, Format: "DATE", Decimals: -1}, {Name: "jam", Kind: source.Text, Format: "TIME(us)", Decimals: -1}, {Name: "saat_ns", Kind: source.Moment, Format: "TIMESTAMP(ns)", Decimals: -1},
		{Name: "saat_utc", Kind: source.Moment, Format: "TIMESTAMP(us,UTC)", Decimals: -1}, {Name: "d5_2", Kind: source.Real, Format: "DECIMAL(7,2)", Decimals: 2},
		{Name: "d38_0", Kind: source.Whole, Format: "DECIMAL(38,0)", Decimals: -1}, {Name: "kosong", Kind: source.Text, Format: "NULL", Decimals: -1},
	} {
		found := false
		for _, c := range r.Table().Columns {
			found = found || c.Name == want.Name && c.Kind == want.Kind && c.Format == want.Format && c.Decimals == want.Decimals
		}
		if !found {
			t.Errorf("no column %+v in %+v", want, r.Table().Columns)
		}
	}
	if n := r.Table().Rows; n != 120 {
		t.Error(n)
	}
	for name, want := range map[string]string{"arrow-zstd": "parquet-bytes byte parquet-instants saat_utc saat_wib", "arrow-nested": "parquet-lists anggota.list.element.umur tag.list.element peta.key_value.key peta.key_value.value",
		"arrow-int96": "parquet-int96 saat_us saat_ns", "arrow-many": ""} {
		r, err := open(sourcetest.Bytes(sourcetest.Load(t, name+".parquet")))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range r.Cautions() {
			got = append(got, p.Code, strings.ReplaceAll(p.Values["columns"].(string), ",", ""))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", name, s, want)
		}
	}
}

func code(err error) string {
	if list := problem.Of(err); len(list) > 0 {
		return list[0].Code
	}
	return ""
}

// TestBadFiles: each damage has its own problem, and no number that a file declares
// decides how much memory is taken.
func TestBadFiles(t *testing.T) {
	whole := sourcetest.Load(t, "arrow-nested.parquet")
	one := func(c built) []byte { return build(1, c) }
	schema := func(n int) fields {
		all := []fields{{{4, "schema"}, {5, n}}}
		for range n {
			all = append(all, fields{{1, 1}, {3, 0}, {4, "k"}})
		}
		return fields{{1, 1}, {2, all}, {3, 0}, {4, []fields{}}}
	}
	deep := []fields{}
	for range 100 {
		deep = append(deep, fields{{4, "g"}, {5, 1}})
	}
	packed := func(b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b)
		w.Close()
		return z.Bytes()
	}
	for name, c := range map[string]struct {
		b    []byte
		want string // "": it is read
	}{
		"empty":               {nil, "parquet-magic"},
		"text":                {[]byte("nama,nik\nA,1\n"), "parquet-magic"},
		"head alone":          {[]byte("PAR1"), "parquet-cut"},
		"no tail":             {whole[:len(whole)-1], "parquet-cut"},
		"encrypted":           {append([]byte("PARE"), whole[4:]...), "parquet-encrypted"},
		"encrypted footer":    {append(bytes.Clone(whole[:len(whole)-4]), "PARE"...), "parquet-encrypted"},
		"footer longer":       {append(bytes.Clone(whole[:len(whole)-8]), "\xff\xff\x00\x00PAR1"...), "parquet-cut"},
		"footer of no sense":  {append(bytes.Repeat([]byte("PAR1"), 20), "\x20\x00\x00\x00PAR1"...), "parquet-damaged"},
		"no schema":           {closed([]byte("PAR1"), fields{{1, 1}}), "parquet-schema"},
		"no columns":          {closed([]byte("PAR1"), schema(0)), "parquet-schema"},
		"20,000 columns":      {closed([]byte("PAR1"), schema(20_000)), "grid-columns"},
		"deep":                {closed([]byte("PAR1"), fields{{1, 1}, {2, deep}, {3, 0}}), "parquet-schema"},
		"a list that lies":    {append([]byte("PAR1\x15\x02\x29\xfc\xff\xff\xff\xff\x07"), "\x09\x00\x00\x00PAR1"...), "parquet-damaged"},
		"rows that lie":       {closed([]byte("PAR1"), fields{{1, 1}, {2, []fields{{{4, "s"}, {5, 1}}, {{1, 2}, {3, 0}, {4, "k"}}}}, {3, 7}}), "parquet-rows"},
		"in another file":     {closed([]byte("PAR1"), fields{{1, 1}, {2, []fields{{{4, "s"}, {5, 1}}, {{1, 2}, {3, 0}, {4, "k"}}}}, {3, 1}, {4, []fields{{{1, []fields{{{1, "a.parquet"}, {2, 0}}}}, {3, 1}}}}}), "parquet-apart"},
		"plain":               {one(built{kind: 2, values: 9, data: longs(9), unpacked: -1}), ""},
		"too few values":      {one(built{kind: 2, values: 9, data: longs(8), unpacked: -1}), "parquet-page"},
		"a page that lies":    {one(built{kind: 2, values: 9, data: longs(9), unpacked: 80}), "parquet-page"},
		"2 GB unpacked":       {one(built{kind: 2, values: 9, codec: 6, data: longs(9), unpacked: 1<<31 - 1}), "parquet-page-long"},
		"negative":            {one(built{kind: 2, values: 9, data: longs(9), header: fields{{1, 0}, {2, 72}, {3, -72}}}), "parquet-page"},
		"2^31 values":         {one(built{kind: 2, values: 1 << 30, data: longs(9), unpacked: -1}), "parquet-page"},
		"LZO":                 {one(built{kind: 2, values: 9, codec: 3, data: longs(9), unpacked: -1}), "parquet-codec"},
		"snappy of no sense":  {one(built{kind: 2, values: 9, codec: 1, data: longs(9), unpacked: -1}), "parquet-page"},
		"gzip of no sense":    {one(built{kind: 2, values: 9, codec: 2, data: longs(9), unpacked: -1}), "parquet-page"},
		"gzip bomb":           {one(built{kind: 2, values: 9, codec: 2, data: packed(make([]byte, 64<<20)), unpacked: 72}), ""}, // nothing more is unpacked
		"brotli of nothing":   {one(built{kind: 2, values: 9, codec: 4, data: []byte{}, unpacked: 72}), "parquet-page"},
		"brotli of no sense":  {one(built{kind: 2, values: 9, codec: 4, data: longs(9), unpacked: -1}), "parquet-page"},
		"LZ4 of no sense":     {one(built{kind: 2, values: 9, codec: 5, data: longs(9), unpacked: 1 << 20}), "parquet-page"},
		"zstd of no sense":    {one(built{kind: 2, values: 9, codec: 6, data: longs(9), unpacked: -1}), "parquet-page"},
		"raw LZ4 of no sense": {one(built{kind: 2, values: 9, codec: 7, data: longs(9), unpacked: 1 << 20}), "parquet-page"},
		"bit packed":          {one(built{kind: 2, values: 9, encoding: 4, data: longs(9), unpacked: -1}), "parquet-encoding"},
		"delta of texts":      {one(built{kind: 6, values: 9, encoding: 5, data: longs(9), unpacked: -1}), "parquet-encoding"},
		"2^40 differences":    {one(built{kind: 2, values: 9, encoding: 5, data: []byte("\x80\x01\x04\xff\xff\xff\xff\xff\x1f\x00\x00\x00\x00\x00\x00"), unpacked: -1}), "parquet-page"},
		"no dictionary":       {one(built{kind: 2, values: 9, encoding: 8, data: []byte("\x01\x12\x00"), unpacked: -1}), "parquet-page"},
		"a dictionary":        {one(built{kind: 2, values: 9, encoding: 8, data: []byte("\x01\x12\x01"), unpacked: -1, dictionary: longs(2), entries: 2}), ""},
		"beyond a dictionary": {one(built{kind: 2, values: 9, encoding: 8, data: []byte("\x02\x12\x02"), unpacked: -1, dictionary: longs(2), entries: 2}), "parquet-page"},
		"a short dictionary":  {one(built{kind: 2, values: 9, encoding: 8, data: []byte("\x01\x12\x00"), unpacked: -1, dictionary: longs(2), entries: 1 << 30}), "parquet-page"},
		"texts beyond":        {one(built{kind: 6, values: 1, data: []byte("\xff\xff\xff\x7fabc"), unpacked: -1}), "parquet-page"},
		"too much in one row": {sourcetest.Load(t, "arrow-wide-row.parquet"), "parquet-row-long"},
		"damaged, with a sum": {flip(sourcetest.Load(t, "arrow-snappy.parquet"), 200), "parquet-page"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sourcetest.Sound(t, open, sourcetest.Bytes(c.b))
			if got := code(err); got != c.want {
				t.Errorf("found %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func flip(b []byte, at int) []byte {
	b[at] ^= 1
	return b
}

// TestCells: what cannot be a value is a bad cell, and a number with more digits
// than are kept is said.
func TestCells(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "arrow-odd.parquet")))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sourcetest.Rows(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"u64|d38_0|d30_10|byte|hari|saat|x|x (2)",
		"1|7|12345678901.123457|baik|2024-02-27|2024-02-27 08:30:00|a|b",
		"parquet-number|parquet-number|0.0000000001|parquet-letters|parquet-date|parquet-date|a|b",
		".|.|.|.|.|.|.|.",
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	last := r.Cautions()[len(r.Cautions())-1]
	if last.Code != "parquet-rounded" || last.Values["row"] != int64(1) || last.Values["n"] != int64(1) {
		t.Error(last, last.Values)
	}
}

// TestCut: a part never passes for the whole.
func TestCut(t *testing.T) {
	sourcetest.Cut(t, open, sourcetest.Load(t, "arrow-nested.parquet"), nil)
}

// TestFlip: whatever a byte becomes, the reader keeps its promises.
func TestFlip(t *testing.T) {
	for _, name := range []string{"arrow-nested", "arrow-encodings2", "fast-snappy"} {
		whole := sourcetest.Load(t, name+".parquet")
		sourcetest.Flip(t, open, whole)
		footer := int(binary.LittleEndian.Uint32(whole[len(whole)-8:])) + 8
		for n := len(whole) - footer; n < len(whole); n += 11 {
			for _, to := range []byte{0, 0x19, 0xff} {
				changed := bytes.Clone(whole)
				changed[n] = to
				if r, err := open(sourcetest.Bytes(changed)); err == nil && r.Table().Rows > 100_000 {
					continue // a run of one value may be that long
				}
				_, _ = sourcetest.Sound(t, open, sourcetest.Bytes(changed)) // what it says does not matter here, only that it is sound
			}
		}
	}
}

// TestMemory: rows do not decide it.
func TestMemory(t *testing.T) {
	const n = 10_000
	columns := []built{{kind: 2, values: n, data: longs(n), unpacked: -1}, {kind: 6, values: n, data: texts(n, "Kabupaten Pacitan"), unpacked: -1}}
	at := func(groups int) source.File {
		path := filepath.Join(t.TempDir(), "a.parquet")
		if err := os.WriteFile(path, build(groups, columns...), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return io.NewSectionReader(f, 0, info.Size())
	}
	sourcetest.Flat(t, open, at(4), at(80))
}

// TestEndless: a run of 2^30 rows in seven bytes is read row by row.
func TestEndless(t *testing.T) {
	r, err := open(sourcetest.Bytes(build(1, built{kind: 2, values: 1 << 30, encoding: 8, data: []byte("\x01\x80\x80\x80\x80\x08\x01"), unpacked: -1, dictionary: longs(2), entries: 2})))
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	for range 5 {
		if err := r.Next(context.Background(), &b); err != nil || len(b.Row) != 1024 || b.Cells[0].Whole[1023] != 1 {
			t.Fatal(len(b.Row), err)
		}
	}
}

func TestStopped(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "arrow-long.parquet")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var b source.Batch
	if err := r.Next(ctx, &b); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := r.Next(ctx, &b); !errors.Is(err, context.Canceled) || len(b.Row) > 0 {
		t.Error(err, len(b.Row))
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"arrow-nested", "arrow-encodings1", "arrow-encodings2", "arrow-none", "arrow-snappy", "arrow-lz4", "fast-zstd", "polars-gzip", "polars-brotli", "arrow-odd"} {
		f.Add(sourcetest.Load(f, name+".parquet"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := open(sourcetest.Bytes(b)); err == nil && r.Table().Rows > 100_000 {
			t.Skip("a run of one value may be that long, and reading it finds nothing more")
		}
		_, _ = sourcetest.Sound(t, open, sourcetest.Bytes(b)) // what it says does not matter here, only that it is sound
	})
}

func BenchmarkRead(b *testing.B) {
	const n, groups = 10_000, 50
	whole := build(groups, built{kind: 2, values: n, data: longs(n), unpacked: -1}, built{kind: 6, values: n, data: texts(n, "3515141502900001"), unpacked: -1},
		built{kind: 6, values: n, encoding: 8, data: []byte("\x01\xa0\x9c\x01\x01"), unpacked: -1, dictionary: texts(2, "Kabupaten Pacitan"), entries: 2})
	sourcetest.Bench(b, open, sourcetest.Bytes(whole), n*groups)
}
