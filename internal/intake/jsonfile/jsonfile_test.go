package jsonfile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/jsonfile"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := jsonfile.Open(context.Background(), f, jsonfile.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// What pandas, polars and R wrote is what pandas reads, cell by cell.
func TestAgainstOtherReaders(t *testing.T) {
	for _, name := range []string{"pandas-records.json", "pandas-lines.json", "pandas-indent.json", "polars.json", "polars.ndjson", "r.json", "r.ndjson"} {
		t.Run(name, func(t *testing.T) {
			r, err := open(sourcetest.Bytes(sourcetest.Load(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Compare(t, r, "testdata/table.csv")
		})
	}
}

// table reads a text to lines of cells, names first.
func table(t *testing.T, text, list string) (string, problem.List) {
	t.Helper()
	r, err := jsonfile.Open(context.Background(), sourcetest.Bytes([]byte(text)), jsonfile.Options{List: list})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sourcetest.Rows(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = strings.Join(row, "|")
	}
	return strings.Join(lines, "\n"), r.Cautions()
}

// TestForms: where the rows may stand, and what becomes of what is in them.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct{ text, list, want string }{
		"a list":             {`[{"a": 1, "b": "x"}, {"b": "y", "a": 2}]`, "", "a|b\n1|x\n2|y"},
		"one after another":  {"{\"a\": 1}\n{\"a\": 2}\n", "", "a\n1\n2"},
		"on one line":        {`{"a": 1}{"a": 2}`, "", "a\n1\n2"},
		"a single object":    {`{"a": 1, "b": null}`, "", "a|b\n1|."},
		"an answer":          {`{"count": 2, "next": null, "results": [{"a": 1}, {"a": 2}], "more": {"x": [1, 2]}}`, "", "a\n1\n2"},
		"a list deeper":      {`{"d": {"meta": {"n": 2}, "results": [{"a": 1}, {"a": 2}]}, "ok": true}`, "", "a\n1\n2"},
		"a list by its name": {`{"rumah": [{"a": 1}], "d": {"anggota": [{"b": 2}, {"b": 3}]}}`, "D.Anggota", "b\n2\n3"},
		"objects within":     {`[{"id": 1, "alamat": {"desa": "Ngadirojo", "letak": {"rt": "002"}}}, {"id": 2, "alamat": null}]`, "", "id|alamat.desa|alamat.letak.rt|alamat\n1|Ngadirojo|002|.\n2|.|.|."},
		"lists within":       {`[{"id": 1, "anggota": [{"u": 3}], "tag": []}, {"id": 2, "tag": ["a"]}]`, "", "id\n1\n2"},
		"a list or a value":  {`[{"id": 1, "tag": "a"}, {"id": 2, "tag": ["a", "b"]}]`, "", "id|tag\n1|a\n2|[\"a\", \"b\"]"},
		"a name twice":       {`[{"a": 1, "a": 2}, {"a": 3}]`, "", "a\n2\n3"},
		"a mark, blanks":     {"\ufeff \n [ {\"a\" : 1 } , {\"a\":2}\n]\n ", "", "a\n1\n2"},
		"escapes":            {`[{"n\u0061ma \"x\"": "D\u00e9sa\n\"A\"", "b": "\ud83d\ude00"}]`, "", "nama \"x\"|b\nDésa\n\"A\"|😀"},
		"codes and numbers":  {`[{"kode": 35.10, "nik": 3515141502900001, "x": 1.5e3}, {"kode": "35.2", "nik": "3515141502900002", "x": 2}]`, "", "kode|nik|x\n35.10|3515141502900001|1500\n35.2|3515141502900002|2"},
		"truths, no values":  {`[{"ya": true, "k": "", "n": "NA"}, {"ya": false, "k": null, "n": "1.234,5"}]`, "", "ya|k|n\n1|.|NA\n0|.|1234.5"},
		"no name":            {`[{"": 1, " a ": 2}]`, "", "a\n2"},
		"a name with a dot":  {`[{"a.b": 1, "c": {"d": 2}}]`, "", "a.b|c.d\n1|2"},
		"letters of no UTF8": {"[{\"a\": \"D\xe9sa\"}, {\"a\": \"Tuban\"}]", "", "a\ngrid-letters\nTuban"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := table(t, c.text, c.list); got != c.want {
				t.Errorf("%s\nwant\n%s", got, c.want)
			}
		})
	}
	_, said := table(t, `[{"id": 1, "anggota": [{"u": 3}], "tag": []}]`, "")
	found := ""
	for _, p := range said {
		if p.Code == "json-left" {
			found = p.Values["columns"].(string)
		}
	}
	if found != "anggota, tag" {
		t.Errorf("left out: %q", found)
	}
}

// TestBadFiles: each has its own problem.
func TestBadFiles(t *testing.T) {
	wide := strings.Repeat(`{"a":`, 12) + "[{}]" + strings.Repeat("}", 12)
	var many strings.Builder
	many.WriteString("[{\"k0\": 0")
	for i := range 20_000 {
		fmt.Fprintf(&many, `, "k%d": 1`, i+1)
	}
	many.WriteString("}]")
	for name, c := range map[string]struct{ text, want string }{
		"a text":                {`"abc"`, "json-magic"},
		"a number":              {"1", "json-magic"},
		"no JSON":               {"nama,nik\n", "json-damaged"},
		"an empty list":         {"[]", "json-empty"},
		"an empty answer":       {`{"count": 0, "results": []}`, "json-empty"},
		"objects of nothing":    {"[{}, {}]", "json-no-columns"},
		"only lists":            {`[{"a": [1]}]`, "json-no-columns"},
		"UTF-16":                {"\xff\xfe[\x00]\x00", "json-encoding"},
		"UTF-16 unmarked":       {"[\x00]\x00", "json-encoding"},
		"cut":                   {`[{"a": 1}, {"a": 2`, "json-cut"},
		"cut between":           {`[{"a": 1}, {"a": 2}`, "json-cut"},
		"cut in an answer":      {`{"n": 1, "data": [{"a": 1}]`, "json-cut"},
		"cut lines":             {"{\"a\": 1}\n{\"a\": ", "json-cut"},
		"damaged":               {`[{"a": 1}, {"a": 2,, "b": 3}]`, "json-damaged"},
		"damaged lines":         {"{\"a\": 1}\n{\"a\": x}\n", "json-damaged"},
		"single quotes":         {"[{'a': 1}]", "json-damaged"},
		"more after":            {`[{"a": 1}] [{"a": 2}]`, "json-damaged"},
		"a comma at the end":    {`[{"a": 1},]`, "json-damaged"},
		"rows without names":    {`[["a", "b"], [1, 2]]`, "json-rows"},
		"split by pandas":       {`{"columns": ["a"], "index": [0], "data": [[1]]}`, "json-rows"},
		"columns of pandas":     {`{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}`, "json-columns"},
		"rows by their numbers": {`{"0": {"a": 1, "b": "x"}, "1": {"a": 2, "b": "y"}}`, "json-columns"},
		"persons by numbers":    {`{"7715142304560001": {"a": 1}, "7715142304560002": {"a": 2}}`, "json-columns"},
		"columns of R":          {`{"a": [1, 2], "b": ["x", "y"]}`, "json-columns"},
		"values":                {`[{"a": 1}, 2]`, "json-row"},
		"null among rows":       {`[{"a": 1}, null]`, "json-row"},
		"several lists":         {`{"rumah": [{"a": 1}], "anggota": [{"b": 2}]}`, "json-lists"},
		"a map":                 {`{"type": "FeatureCollection", "features": [{"type": "Feature"}]}`, "json-geo"},
		"nested":                {wide, "json-deep"},
		"20,001 columns":        {many.String(), "grid-columns"},
		"10,000 deep":           {strings.Repeat(`{"a":`, 20_000), "json-deep"},
		"deep lists":            {"[" + strings.Repeat("[", 20_000), "json-damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sourcetest.Sound(t, open, sourcetest.Bytes([]byte(c.text)))
			got := ""
			if list := problem.Of(err); len(list) > 0 {
				got = list[0].Code
			}
			if got != c.want {
				t.Errorf("found %q (%v), want %q", got, err, c.want)
			}
		})
	}
	if _, err := jsonfile.Open(context.Background(), sourcetest.Bytes([]byte(`{"a": [{"b": 1}]}`)), jsonfile.Options{List: "c"}); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != "json-list" {
		t.Error(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := jsonfile.Open(over, sourcetest.Bytes([]byte(`[{"a": 1}]`)), jsonfile.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestLong: a value that would fill memory is refused, wherever it stands.
func TestLong(t *testing.T) {
	x := []byte(strings.Repeat("x", 1<<20))
	for name, f := range map[string]*sourcetest.Repeated{
		"a row":    {Head: []byte(`[{"a": 1}, {"a": "`), Part: x, Tail: []byte(`"}]`), Times: 70},
		"a name":   {Head: []byte(`[{"a": 1}, {"`), Part: x, Tail: []byte(`": 1}]`), Times: 70},
		"a member": {Head: []byte(`{"x": "`), Part: x, Tail: []byte(`", "rows": [{"a": 1}]}`), Times: 70},
	} {
		if _, err := sourcetest.Sound(t, open, f); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != "json-long" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCut(t *testing.T) {
	sourcetest.Cut(t, open, []byte(`{"n": 2, "rows": [{"a": 1, "b": {"c": "x"}}, {"a": 2}], "ok": true}`), nil)
}

func TestFlip(t *testing.T) {
	sourcetest.Flip(t, open, []byte(`{"n": 2, "rows": [{"a": 1, "b": {"c": "x\n"}}, {"a": 2, "l": [1]}], "ok": true}`))
}

// TestMemory: rows do not decide it.
func TestMemory(t *testing.T) {
	part := []byte(`{"kode": "3501", "nama": "Kabupaten Pacitan", "alamat": {"desa": "Contoh"}, "n": 12.5},` + "\n")
	file := func(n int64) *sourcetest.Repeated {
		return &sourcetest.Repeated{Head: []byte(`{"data": [`), Part: part, Tail: []byte(`{"kode": "3502"}]}`), Times: n}
	}
	sourcetest.Flat(t, open, file(2_000), file(40_000))
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`[{"a": 1, "b": {"c": "x\n"}}, {"a": null, "l": [1]}]`, "{\"a\": 1}\n{\"a\": true}", `{"n": 2, "d": {"rows": [{"a": "35.1"}]}, "x": [[]]}`, `{"a": {"0": 1}}`, "\ufeff[{\"\\u0061\": \"\xff\"}]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = sourcetest.Sound(t, open, sourcetest.Bytes(b)) // what it says does not matter here, only that it is sound
	})
}

func BenchmarkRead(b *testing.B) {
	const n = 100_000
	part := []byte(`{"kode": "3501", "nama": "Kabupaten Pacitan", "nik": "3501010101900001", "n": 12.5},` + "\n")
	sourcetest.Bench(b, open, &sourcetest.Repeated{Head: []byte("["), Part: part, Tail: []byte(`{"kode": "3502"}]`), Times: n - 1}, n)
}
