package change_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // writes the files
	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/change"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
)

// file writes the rows of a query of DuckDB as Parquet.
func file(t testing.TB, query string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("COPY (" + query + ") TO '" + path + "' (FORMAT parquet)"); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return path
}

func parsed(t testing.TB, src string) *contract.Contract {
	t.Helper()
	c, err := contract.Parse([]byte(src), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compared(t testing.TB, before, after change.Side, memory int64) *change.Change {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := change.Compare(ctx, before, after, change.Options{Dir: dir, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	for _, l := range i18n.Langs {
		for _, line := range c.Lines(l) {
			if strings.ContainsAny(line, "{}[") || line == "" {
				t.Errorf("%q", line)
			}
		}
	}
	b, err := json.Marshal(c)
	var again change.Change
	if err != nil || json.Unmarshal(b, &again) != nil || again.Before != c.Before || strings.Contains(string(b), "null") {
		t.Errorf("%v %s", err, b)
	}
	return c
}

const schema = `{"dampak:contract": "1", "dampak:class": "%s", "fieldsMatch": "partial", %s
 "fields": [{"name": "k"}, {"name": "x", "type": "number"}, {"name": "n", "type": "integer"}, {"name": "s"}]}`

type row struct {
	k string
	x *float64
	s string
}

// rowsOf writes rows as a query.
func rowsOf(all []row) string {
	if len(all) == 0 {
		return "SELECT NULL::VARCHAR AS k, NULL::DOUBLE AS x, NULL::VARCHAR AS s WHERE false"
	}
	var lines []string
	for _, r := range all {
		x := "NULL"
		if r.x != nil {
			x = fmt.Sprintf("%g", *r.x)
		}
		lines = append(lines, fmt.Sprintf("('%s', %s::DOUBLE, '%s')", r.k, x, r.s))
	}
	return "SELECT * FROM (VALUES " + strings.Join(lines, ", ") + ") t(k, x, s)"
}

// What differs is what a person would count from the two tables by hand, with a key
// and without.
func TestAgainstBruteForce(t *testing.T) {
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		if runs++; runs > 25 { // each run opens DuckDB thrice
			return
		}
		keyed := rapid.Bool().Draw(rt, "keyed")
		draw := func(label string) (all []row) {
			seen := map[string]bool{}
			for _, k := range rapid.SliceOfN(rapid.IntRange(1, 25), 0, 25).Draw(rt, label) {
				one := row{k: fmt.Sprint("p", k), s: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "s")}
				if v := rapid.IntRange(-1, 8).Draw(rt, "x"); v >= 0 {
					x := float64(v) / 2
					one.x = &x
				}
				if keyed && seen[one.k] {
					continue
				}
				seen[one.k] = true
				all = append(all, one)
			}
			return all
		}
		before, after := draw("before"), draw("after")
		key := ""
		if keyed {
			key = `"primaryKey": "k",`
		}
		c := compared(t, change.Side{Path: file(t, rowsOf(before)), Contract: parsed(t, fmt.Sprintf(schema, "limited", key))}, change.Side{Path: file(t, rowsOf(after)), Contract: parsed(t, fmt.Sprintf(schema, "limited", key))}, 0)
		var added, removed, changed, cellsX, cellsS int64
		same := func(a, b *float64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
		if keyed {
			for _, b := range after {
				i := slices.IndexFunc(before, func(a row) bool { return a.k == b.k })
				if i < 0 {
					added++
					continue
				}
				a := before[i]
				if !same(a.x, b.x) {
					cellsX++
				}
				if a.s != b.s {
					cellsS++
				}
				if !same(a.x, b.x) || a.s != b.s {
					changed++
				}
			}
			for _, a := range before {
				if !slices.ContainsFunc(after, func(b row) bool { return a.k == b.k }) {
					removed++
				}
			}
		} else {
			left := slices.Clone(before)
			for _, b := range after {
				if i := slices.IndexFunc(left, func(a row) bool { return a.k == b.k && a.s == b.s && same(a.x, b.x) }); i >= 0 {
					left = slices.Delete(left, i, i+1)
				} else {
					added++
				}
			}
			removed = int64(len(left))
		}
		if c.Before != int64(len(before)) || c.After != int64(len(after)) || c.Added.N != added || c.Removed.N != removed || c.Changed.N != changed || keyed != (len(c.Key) == 1) {
			rt.Fatalf("%+v, want %d added, %d removed, %d changed", c, added, removed, changed)
		}
		for _, column := range c.Columns {
			switch column.Name {
			case "x":
				if column.Cells.N != cellsX {
					rt.Fatalf("x: %+v, want %d", column, cellsX)
				}
				numbers(rt, column, before, after)
			case "s":
				if column.Cells.N != cellsS {
					rt.Fatalf("s: %+v, want %d", column, cellsS)
				}
				shares(rt, column, before, after)
			}
		}
	})
}

func values(all []row) (x []float64) {
	for _, r := range all {
		if r.x != nil {
			x = append(x, *r.x)
		}
	}
	sort.Float64s(x)
	return x
}

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	if len(x) < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(sd / float64(len(x)-1))
}

func quantile(x []float64, share float64) float64 {
	place := share * float64(len(x)-1)
	low := int(place)
	return x[low] + (place-float64(low))*(x[min(len(x)-1, low+1)]-x[low])
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) }

// stability is PSI by its definition.
func stability(before, after []int) (out float64) {
	a, b := 0, 0
	for i := range before {
		a, b = a+before[i], b+after[i]
	}
	for i := range before {
		if before[i]+after[i] > 0 {
			p, q := max(0.5, float64(before[i]))/float64(a), max(0.5, float64(after[i]))/float64(b)
			out += (q - p) * math.Log(q/p)
		}
	}
	return out
}

func numbers(t *rapid.T, c change.Column, before, after []row) {
	a, b := values(before), values(after)
	if len(a) == 0 || len(b) == 0 {
		if c.Numbers != nil || c.Size != change.Unknown {
			t.Fatalf("%+v of nothing", c)
		}
		return
	}
	for side, x := range [][]float64{a, b} {
		s := []change.Summary{c.Numbers.Before, c.Numbers.After}[side]
		mean, sd := moments(x)
		if s.N != int64(len(x)) || !near(s.Mean, mean) || !near(s.SD, sd) {
			t.Fatalf("%+v, want %d %g %g", s, len(x), mean, sd)
		}
		for i, share := range []float64{0.1, 0.25, 0.5, 0.75, 0.9} {
			if !near(s.Quantiles[i], quantile(x, share)) {
				t.Fatalf("%+v, want %g at %g of %v", s, quantile(x, share), share, x)
			}
		}
	}
	m0, s0 := moments(a)
	m1, s1 := moments(b)
	if spread := math.Sqrt((s0*s0 + s1*s1) / 2); spread > 0 && !near(c.Numbers.Standardised, (m1-m0)/spread) {
		t.Fatalf("%+v, want %g", c.Numbers, (m1-m0)/spread)
	}
	var cuts []float64
	for i := 1; i < 10; i++ {
		cuts = append(cuts, quantile(a, float64(i)/10))
	}
	cuts = slices.Compact(cuts)
	bins := func(x []float64) []int {
		n := make([]int, len(cuts)+1)
		for _, v := range x {
			i, _ := slices.BinarySearch(cuts, v)
			n[i]++
		}
		return n
	}
	if want := stability(bins(a), bins(b)); math.Abs(c.Numbers.PSI-want) > 1e-9 {
		t.Fatalf("PSI %g, want %g: %v %v %v", c.Numbers.PSI, want, cuts, a, b)
	}
}

func shares(t *rapid.T, c change.Column, before, after []row) {
	if len(before) == 0 || len(after) == 0 {
		return
	}
	of := func(all []row) (n []int) {
		n = make([]int, 3)
		for _, r := range all {
			n[r.s[0]-'a']++
		}
		return n
	}
	a, b := of(before), of(after)
	tv := 0.0
	for i := range a {
		tv += math.Abs(float64(a[i])/float64(len(before))-float64(b[i])/float64(len(after))) / 2
	}
	if !near(c.Shares.TotalVariation, tv) || !near(c.Shares.PSI, stability(a, b)) || c.Shares.More != 0 {
		t.Fatalf("%+v, want %g %g", c.Shares, tv, stability(a, b))
	}
	for _, s := range c.Shares.Values {
		i := s.Value[0] - 'a'
		if !near(s.Before, float64(a[i])/float64(len(before))) || !near(s.After, float64(b[i])/float64(len(after))) {
			t.Fatalf("%+v, want %v %v", s, a, b)
		}
	}
}

// Of persons few are not told, nor what tells how few they are.
func TestPersons(t *testing.T) {
	c := parsed(t, fmt.Sprintf(schema, "personal", `"primaryKey": "k",`))
	// 1000 persons; 5 gone, 100 new; of "b" there are 4, of "c" 12; three incomes changed.
	before := file(t, "SELECT 'p' || i AS k, (1000 + i * 7.3)::DOUBLE AS x, CASE WHEN i < 4 THEN 'b' WHEN i < 16 THEN 'c' ELSE 'a' END AS s FROM range(1000) r(i)")
	after := file(t, "SELECT 'p' || i AS k, (1000 + i * 7.3 + CASE WHEN i IN (500, 501, 502) THEN 1 ELSE 0 END)::DOUBLE AS x, CASE WHEN i < 9 THEN 'b' WHEN i < 21 THEN 'c' ELSE 'a' END AS s FROM range(5, 1100) r(i)")
	got := compared(t, change.Side{Path: before, Contract: c}, change.Side{Path: after, Contract: c}, 0)
	if !got.Personal || got.Removed != (change.Count{Few: true}) || got.Added != (change.Count{N: 100}) {
		t.Errorf("%+v", got)
	}
	for _, column := range got.Columns {
		switch column.Name {
		case "x":
			if column.Cells != (change.Count{Few: true}) || column.Numbers.Before.Quantiles[2] != 4600 || column.Numbers.After.N != 1100 {
				t.Errorf("%+v %+v", column.Cells, column.Numbers)
			}
		case "s": // "b" is of few, and "c" would tell how few
			if len(column.Shares.Values) != 1 || column.Shares.Values[0].Value != "a" || column.Shares.More != 2 {
				t.Errorf("%+v", column.Shares)
			}
		}
	}
	if text := strings.Join(got.Lines(i18n.EN), "\n"); !strings.Contains(text, "100 added, fewer than 10 removed") {
		t.Error(text)
	}
}

// Columns come and go, change their type and their key; pseudonyms of another key
// match nobody.
func TestColumns(t *testing.T) {
	with := parsed(t, `{"dampak:contract": "1", "dampak:class": "personal", "fieldsMatch": "partial", "primaryKey": "nik",
 "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "desil", "type": "integer", "title": "Desil", "dampak:titleEn": "Decile"}, {"name": "hari", "type": "date"}]}`)
	first := file(t, "SELECT 'p' || i AS nik, i % 10 AS desil, DATE '2024-01-01' + i::INT AS hari, 1 AS lama, i::VARCHAR AS jenis FROM range(200) r(i)")
	second := file(t, "SELECT 'p' || i AS nik, (i % 10) // 2 AS desil, DATE '2024-01-01' + i::INT AS hari, 1 AS baru, i AS jenis FROM range(200) r(i)")
	one, two := identity.Key{Number: 1, ID: "a"}, identity.Key{Number: 2, ID: "b"}
	keys := func(k identity.Key) map[string]identity.Key { return map[string]identity.Key{"nik": k} }
	c := compared(t, change.Side{first, with, keys(one)}, change.Side{second, with, keys(one)}, 0)
	if fmt.Sprint(c.New, c.Lost, c.Retyped, c.Key, c.Apart, len(c.Columns)) != "[baru] [lama] [jenis] [nik] false 3" || c.Added.N+c.Removed.N != 0 {
		t.Errorf("%+v", c)
	}
	if d := c.Columns[1]; d.Size != change.Large || d.Words != (change.Words{ID: "Desil", EN: "Decile"}) || d.Numbers.Standardised > -0.5 {
		t.Errorf("%+v", d)
	}
	if nik := c.Columns[0]; nik.Numbers != nil || nik.Shares != nil || nik.Size != change.Unknown {
		t.Errorf("pseudonyms are told: %+v", nik)
	}
	if hari := c.Columns[2]; hari.Size != change.None || hari.Numbers.PSI != 0 || hari.Cells.N != 0 {
		t.Errorf("%+v", hari)
	}
	if c = compared(t, change.Side{first, with, keys(one)}, change.Side{second, with, keys(two)}, 0); !c.Apart || !slices.Contains(c.Retyped, "nik") || c.Changed.N+c.Added.N+c.Removed.N != 0 {
		t.Errorf("%+v", c)
	}
}

// After a new key persons are matched all the same where the ring has both keys: what
// stands under the older is brought to the newest while it is read.
func TestNewKey(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	first, err := identity.NewRing(strings.NewReader(strings.Repeat("a", 32)), day)
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Add(strings.NewReader(strings.Repeat("b", 32)), day)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := identity.NewRing(strings.NewReader(strings.Repeat("c", 32)), day)
	if err != nil {
		t.Fatal(err)
	}
	none := new(identity.Ring) // there is no key file
	c := parsed(t, `{"dampak:contract": "1", "dampak:class": "personal", "fieldsMatch": "partial", "primaryKey": "nik", "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "desil", "type": "integer"}]}`)
	side := func(r *identity.Ring, from, until, more int) change.Side {
		h, query := r.Hasher(identity.NIK), "SELECT NULL::VARCHAR AS nik, NULL::BIGINT AS desil WHERE false"
		for i := from; i < until; i++ {
			query += fmt.Sprintf(" UNION ALL SELECT '%s', %d", h.Sum(identity.Invent("3578", day.AddDate(0, 0, i), false, 1+i)), i%7+more)
		}
		return change.Side{Path: file(t, query), Contract: c, Keys: map[string]identity.Key{"nik": r.Newest()}}
	}
	for _, x := range []struct {
		name          string
		before, after *identity.Ring
		ring          *identity.Ring
		apart         bool
	}{
		{"one key", first, first, second, false}, {"a new key", first, second, second, false}, {"back", second, first, second, false},
		{"without the ring", first, second, nil, true}, {"no key file", first, second, none, true}, {"a ring that lacks it", first, second, first, true}, {"another's key", stranger, second, second, true},
	} {
		dir, asked := t.TempDir(), 0
		var ring func() (*identity.Ring, error)
		switch x.ring {
		case nil:
		case none:
			ring = func() (*identity.Ring, error) { return identity.Existing(filepath.Join(dir, "key.json"), "") }
		default:
			ring = func() (*identity.Ring, error) { asked++; return x.ring, nil }
		}
		got, err := change.Compare(context.Background(), side(x.before, 0, 60, 0), side(x.after, 20, 100, 1), change.Options{Dir: dir, Held: ring})
		if err != nil {
			t.Fatal(x.name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: it left %v, %v", x.name, left, err)
		}
		if got.Apart != x.apart || !x.apart && (got.Removed.N != 20 || got.Added.N != 40 || got.Changed.N != 40) {
			t.Errorf("%s: %+v", x.name, got)
		}
		if x.name == "one key" && asked > 0 {
			t.Error("the ring was asked for nothing")
		}
	}
}

// What does not fit into the memory goes by way of its own folder, and nothing is
// left; a file that is none, or that is not there, is said.
func TestBig(t *testing.T) {
	c := parsed(t, fmt.Sprintf(schema, "limited", `"primaryKey": "k",`))
	rows := func(from, to int) string {
		return file(t, fmt.Sprintf("SELECT md5(i::VARCHAR) AS k, (i %% 1000)::DOUBLE AS x, md5((i %% 7)::VARCHAR) AS s FROM range(%d, %d) r(i)", from, to))
	}
	got := compared(t, change.Side{Path: rows(0, 600_000), Contract: c}, change.Side{Path: rows(100_000, 700_000), Contract: c}, 96<<20)
	if got.Added.N != 100_000 || got.Removed.N != 100_000 || got.Changed.N != 0 {
		t.Errorf("%+v", got)
	}
	none := filepath.Join(t.TempDir(), "none")
	for _, path := range []string{none, file(t, "SELECT 1 AS k")[:3]} {
		_, err := change.Compare(context.Background(), change.Side{Path: path, Contract: c}, change.Side{Path: path, Contract: c}, change.Options{Dir: t.TempDir()})
		if all := problem.Of(err); len(all) != 1 || all[0].Code != "change-unreadable" {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := change.Compare(ctx, change.Side{Path: none, Contract: c}, change.Side{Path: none, Contract: c}, change.Options{Dir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
