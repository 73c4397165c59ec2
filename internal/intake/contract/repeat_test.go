package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// number makes an identity number that can be nobody's.
func number(n int) string {
	return identity.Invent("3578", time.Date(1970, 1, 1+n, 0, 0, 0, 0, time.UTC), false, 1+n)
}

// said lists findings as "code field count: row<other value, ...".
func said(t testing.TB, all []contract.Finding) string {
	t.Helper()
	var lines []string
	for _, f := range all {
		var at []string
		for _, e := range f.Examples {
			at = append(at, strings.TrimSpace(fmt.Sprintf("%d<%d %s", e.Row, e.Other, e.Found)))
			for _, l := range i18n.Langs {
				if s := f.ExampleText(l, e); unfilled.MatchString(s) || s == "" {
					t.Errorf("%s: %q", f.Code, s)
				}
			}
		}
		for _, l := range i18n.Langs {
			if s := f.Text(l); unfilled.MatchString(s) || s == "" {
				t.Errorf("%s: %q", f.Code, s)
			}
		}
		lines = append(lines, fmt.Sprintf("%s %s %d: %s", f.Code, f.Field, f.Count, strings.Join(at, ", ")))
	}
	return strings.Join(lines, "\n")
}

const household = `{"dampak:contract": "1", "dampak:class": "personal", "fieldsMatch": "partial", %s
 "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "no_kk", "dampak:identity": "kk"},
  {"name": "hubungan", "dampak:sensitivity": "personal", "dampak:role": "relation"},
  {"name": "tahun", "type": "year", "dampak:role": "period"}, {"name": "program", "dampak:role": "programme"}]}`

// What stands twice is named by row with masked numbers, and rejects nothing.
func TestRepeats(t *testing.T) {
	mask := func(n int) string { return identity.Masked(identity.NIK, number(n)) }
	for _, c := range []struct {
		name, keys string
		rows       []string // nik kk relation year programme
		want       string
		rejected   string
	}{
		{"sound", "", []string{"1 10 istri 2024 PKH", "2 10 kepala_keluarga 2024 PKH", "3 11 1 2024 PKH"}, "", ""},
		{"exact copies", "", []string{"1 10 anak 2024 PKH", "2 10 anak 2024 PKH", "1 10 anak 2024 PKH", "1 10 anak 2024 PKH"},
			"row-repeated  2: 4<2, 5<2\nnik-repeated nik 2: 4<2 " + mask(1) + ", 5<2 " + mask(1), ""},
		{"other programme, other year", "", []string{"1 10 anak 2024 PKH", "1 10 anak 2024 BPNT", "1 10 anak 2025 PKH"}, "", ""},
		{"two households", "", []string{"1 10 anak 2024 PKH", "1 11 anak 2024 BPNT", "1 11 anak 2025 PKH"}, "nik-households nik 1: 3<2 " + mask(1), ""},
		{"two heads", "", []string{"1 10 Kepala_Keluarga 2024 PKH", "2 10 KRT 2024 PKH", "3 10 1._Kepala_Rumah_Tangga 2024 BPNT", "4 10 1 2025 PKH", "5 11 head 2024 PKH"},
			"heads no_kk 1: 3<2 " + mask(10), ""},
		{"blank numbers", "", []string{"- 10 anak 2024 PKH", "- 11 istri 2024 PKH", "1 - 1 2024 PKH", "2 - 1 2024 PKH"}, "", ""},
		{"in a key", `"primaryKey": ["nik", "program"],`, []string{"1 10 anak 2024 PKH", "1 10 anak 2025 PKH", "1 10 anak 2025 BPNT"}, "", "3 unique nik, program  2"},
		{"one row a household", `"uniqueKeys": ["no_kk"],`, []string{"1 10 anak 2024 PKH", "2 10 anak 2025 PKH", "3 11 anak 2025 PKH"}, "", "3 unique no_kk " + mask(10) + " 2"},
		// Of a rejected row only that it is a copy is said: its numbers may be wrong.
		{"rejected", `"primaryKey": "nik",`, []string{"1 10 1 2024 PKH", "1 11 1 2024 PKH", "1 10 1 2024 PKH"}, "row-repeated  1: 4<2", "3 unique nik " + mask(1) + " 2|4 unique nik " + mask(1) + " 2"},
	} {
		var b strings.Builder
		b.WriteString("nik,no_kk,hubungan,tahun,program\n")
		for _, row := range c.rows {
			f := strings.Fields(row)
			for i, s := range f[:2] {
				n := 0
				if fmt.Sscan(s, &n); n > 0 {
					f[i] = number(n)
				} else {
					f[i] = ""
				}
			}
			b.WriteString(strings.ReplaceAll(strings.Join(f, ","), "_", " ") + "\n")
		}
		_, rejected, k := checked(t, parse(t, fmt.Sprintf(household, c.keys)), table(t, b.String()))
		if got := said(t, k.Findings()); got != c.want {
			t.Errorf("%s: found\n%s\nwant\n%s", c.name, got, c.want)
		}
		if got := strings.Join(rejected, "|"); got != c.rejected {
			t.Errorf("%s: rejected %s, want %s", c.name, got, c.rejected)
		}
	}
	// Rows that nothing tells apart may be the same.
	_, _, k := checked(t, parse(t, around(`{"name": "a"}`, "")), table(t, "a\nx\nx\n"))
	if all := k.Findings(); len(all) > 0 {
		t.Error(all)
	}
}

// The counts are those of a naive count, however many rows, in batches of any size.
func TestRepeatsAgree(t *testing.T) {
	c := parse(t, fmt.Sprintf(household, ""))
	rapid.Check(t, func(rt *rapid.T) {
		type one struct{ nik, kk, year int }
		rows := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) one {
			return one{rapid.IntRange(1, 12).Draw(rt, "nik"), rapid.IntRange(30, 33).Draw(rt, "kk"), rapid.IntRange(2020, 2021).Draw(rt, "year")}
		}), 1, 60).Draw(rt, "rows")
		var b strings.Builder
		b.WriteString("nik,no_kk,hubungan,tahun,program\n")
		copies, again, households := 0, 0, 0
		seen, first := map[one]bool{}, map[[2]int]int{}
		for _, r := range rows {
			fmt.Fprintf(&b, "%s,%s,anak,%d,PKH\n", number(r.nik), number(r.kk), r.year)
			if seen[r] {
				copies++
			}
			seen[r] = true
			if kk, ok := first[[2]int{r.nik, r.year}]; !ok {
				first[[2]int{r.nik, r.year}] = r.kk
			} else {
				again++
				if kk != r.kk {
					households++
				}
			}
		}
		_, _, k := checked(t, c, table(t, b.String()))
		got := map[contract.FindingCode]int{}
		for _, f := range k.Findings() {
			got[f.Code] = int(f.Count)
		}
		if got[contract.RowRepeated] != copies || got[contract.NIKRepeated] != again || got[contract.NIKHouseholds] != households {
			rt.Errorf("%v, want %d copies, %d again, %d in two households", got, copies, again, households)
		}
	})
}

// Totals give the values of rows that sum up others, and nothing of persons.
func TestTotals(t *testing.T) {
	src := "wilayah,tahun,kpm,nilai\nKabupaten Pacitan,2024,5,1.5\nJawa Timur,2024,5,x\nJumlah,,7,2\n"
	with := func(class string) *contract.Check {
		l := table(t, src)
		l.marks = []source.Mark{{Row: 3, Column: -1, Said: source.Total}, {Row: 4, Column: -1, Said: source.Total}}
		_, _, k := checked(t, parse(t, `{"dampak:contract": "1", "dampak:class": "`+class+`", "fieldsMatch": "equal", "foreignKeys": [{"fields": "wilayah", "reference": {"resource": "regions", "fields": "code"}}],
 "fields": [{"name": "wilayah"}, {"name": "tahun", "type": "year"}, {"name": "kpm", "type": "integer", "constraints": {"maximum": 5}}, {"name": "nilai", "type": "number"}]}`), l)
		return k
	}
	k := with("limited")
	var got []string
	for i := range k.Totals().Row {
		var line []string
		for j, col := range k.Table().Columns {
			line = append(line, k.Totals().Cells[j].Spell(col.Kind, i))
		}
		got = append(got, strings.Join(line, " "))
	}
	if fmt.Sprint(got) != "[35 2024 5 . . . 7 2]" || k.Rows().Totals != 2 || k.Rows().Accepted != 1 {
		t.Error(got, k.Rows())
	}
	if n := len(with("personal").Totals().Row); n != 0 {
		t.Error("totals of data on persons:", n)
	}
}

// The roles of a draft, and what a contract says of rows together.
func TestBetweenRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("NIK,No KK,Hub. Kepala KK,Jenis Kelamin,Program\n")
	for i := range 20 {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s\n", number(i), number(i), []string{"Kepala Keluarga", "Istri"}[i%2], []string{"L", "P"}[i%2], []string{"PKH", "BPNT"}[i%2])
	}
	d := infer(t, table(t, b.String()), "penerima")
	got := ""
	for _, f := range d.Contract.Fields {
		got += string(f.Role) + " "
	}
	if got != "  relation sex programme " {
		t.Error(got)
	}
	// With its reasons the draft is the same contract.
	for _, l := range i18n.Langs {
		src := d.JSON(l)
		again, err := contract.Parse(src, "draft.json")
		if err != nil || again.SHA256() != d.Contract.SHA256() {
			t.Errorf("%v\n%s", err, src)
		}
		if n := strings.Count(string(src), "dampak:evidence"); n != 6 || !strings.Contains(string(src), d.Evidence[0].Text(l)) {
			t.Errorf("%d places with reasons\n%s", n, src)
		}
	}
	for _, c := range []struct{ property, canonical, code string }{
		{`"dampak:jump": 3`, `"dampak:jump":"3"`, ""}, {`"dampak:jump": "12.5 %"`, `"dampak:jump":"12.5%"`, ""}, {`"dampak:jump": "none"`, `"dampak:jump":"none"`, ""},
		{`"dampak:adds": "mean"`, `"dampak:adds":"mean"`, ""}, {`"dampak:indicator": "p0"`, `"dampak:indicator":"p0"`, ""},
		{`"dampak:indicator": "none", "dampak:reason": "hitungan sendiri"`, `"dampak:indicator":"none"`, ""}, {`"dampak:evidence": ["karena"]`, `"name":"a"`, ""},
		{`"dampak:jump": 0`, "", "contract-jump"}, {`"dampak:jump": "-3"`, "", "contract-jump"}, {`"dampak:jump": "NaN"`, "", "contract-jump"}, {`"dampak:jump": "Inf%"`, "", "contract-jump"}, {`"dampak:jump": [3]`, "", "contract-jump"}, {`"dampak:jump": "tiga"`, "", "contract-jump"},
		{`"dampak:adds": "max"`, "", "contract-word"}, {`"dampak:indicator": "p9"`, "", "contract-word"}, {`"dampak:indicator": "none"`, "", "contract-reason"}, {`"dampak:evidence": "karena"`, "", "contract-kind"},
	} {
		src := around(`{"name": "a", "type": "number", `+c.property+`}`, "")
		k, err := contract.Parse([]byte(src), "a.json")
		if c.code != "" {
			if got := problem.Of(err); len(got) != 1 || got[0].Code != c.code {
				t.Errorf("%s: %v, want %s", c.property, err, c.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.property, err)
			continue
		}
		if s := string(k.Canonical()); !strings.Contains(s, c.canonical) || strings.Contains(s, "evidence") {
			t.Errorf("%s: %s", c.property, s)
		}
		if again, err := contract.Parse(k.JSON(), "b.json"); err != nil || again.SHA256() != k.SHA256() {
			t.Errorf("%s: read back as another: %v", c.property, err)
		}
	}
	for _, property := range []string{`"dampak:jump": 3`, `"dampak:adds": "sum"`, `"dampak:indicator": "p0"`} {
		if _, err := contract.Parse([]byte(around(`{"name": "a", `+property+`}`, "")), "a.json"); err == nil {
			t.Errorf("%s of a text", property)
		}
	}
}
