package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

const persons = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": "nik", "fieldsMatch": "partial",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "kode"}, {"name": "ikut", "type": "integer", "constraints": {"minimum": 0, "maximum": 1}}, {"name": "kelompok"}, {"name": "belanja", "type": "integer"}]}`

// room is a folder of contents for the gate, by names that stand for hashes.
type room struct {
	dir string
	k   *contract.Contract
}

func (r room) contents() contents {
	return contents{func(hash string) (string, error) {
		path := filepath.Join(r.dir, hash+".csv")
		if _, err := os.Stat(path); err != nil {
			return "", problem.New("content-missing", "hash", hash)
		}
		return path, nil
	}, func(string) (*contract.Contract, error) { return r.k, nil }}
}

// rows writes so many people, some of them of a small group; gone are left out.
func (r room) rows(t *testing.T, hash string, n, small int, gone ...int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("nik,kode,ikut,kelompok,belanja\n")
	for i := range n {
		group := "besar"
		if i < small {
			group = "kecil"
		}
		region := "3578"
		if i%2 == 1 {
			region = "3507"
		}
		if len(gone) == 0 || gone[0] != i {
			fmt.Fprintf(&b, "orang-%03d,%s,%d,%s,%d\n", i, region, i/2%2, group, 100+i*37%91)
		}
	}
	if err := os.WriteFile(filepath.Join(r.dir, hash+".csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFirstGate: what a study shows of persons is held against all that was shown of
// the same people before, whoever showed it, in whichever version and cut.
func TestFirstGate(t *testing.T) {
	k, err := contract.Parse([]byte(persons), "kontrak.json")
	if err != nil {
		t.Fatal(err)
	}
	r := room{t.TempDir(), k}
	r.rows(t, "satu", 200, 4)
	r.rows(t, "dua", 200, 4, 7) // the same people without one
	plan := func(where string) *designs.Study {
		s, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {data: x.csv}\ndesign: {experiment: {treatment: ikut"+where+"}}\noutcomes: [{column: belanja}]\n"), "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	of := func(content string, regions ...string) opened {
		o := opened{data: study.RunData{Name: "data", Dataset: "d1", Content: content, Contract: "kontrak"}, dataset: registry.Dataset{ID: "d1", Name: "Penerima", Class: registry.PersonalData}}
		if len(regions) > 0 {
			o.view = &engine.View{Rows: []engine.Within{{Column: "kode", Prefixes: regions}}}
		}
		return o
	}
	ask := func(s *designs.Study, o opened, history ...gated) (gated, error) {
		return disclose(context.Background(), duckdb.New(), engine.Options{TempDir: r.dir, Threads: 1}, s, o, history, r.contents())
	}
	refused := func(name string, err error) {
		t.Helper()
		all := problem.Of(err)
		if len(all) == 0 || !strings.HasPrefix(all[0].Code, "disclosure-") && all[0].Code != erased {
			t.Errorf("%s: %v", name, err)
		}
		for _, l := range []string{"orang-", r.dir} {
			if err != nil && strings.Contains(err.Error(), l) {
				t.Errorf("%s names %s: %v", name, l, err)
			}
		}
	}

	first, err := ask(plan(""), of("satu"))
	if err != nil || len(first.Decisions) != 1 || len(first.Seen) != 1 {
		t.Fatalf("an honest study is refused: %+v %v", first, err)
	}
	text, err := json.Marshal(first)
	if err != nil || strings.Contains(string(text), "orang-") {
		t.Errorf("the history holds people: %s %v", text, err)
	}
	var back gated
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	_, err = ask(plan(", where: [{column: kelompok, is: kecil}]"), of("satu"))
	refused("four people", err)
	_, err = ask(plan(", where: [{column: kelompok, is: besar}]"), of("satu"), back)
	refused("all but four, after all", err)
	if _, err := ask(plan(", where: [{column: kelompok, is: besar}]"), of("satu")); err != nil {
		t.Errorf("all but four, first: %v", err)
	}
	_, err = ask(plan(""), of("dua"), back)
	refused("the version without one, after all", err)
	if _, err := ask(plan(""), of("satu", "3578"), back); err != nil {
		t.Errorf("half the regions after all of them: %v", err)
	}
	_, err = ask(plan(", where: [{column: belanja, above: 150}]"), of("satu"))
	refused("a bound of one's own", err)

	// Rows that are gone cannot be compared with, which is no leave.
	if err := os.Remove(filepath.Join(r.dir, "satu.csv")); err != nil {
		t.Fatal(err)
	}
	_, err = ask(plan(""), of("dua"), back)
	refused("after an erasure", err)
	if _, err := ask(plan(""), of("satu")); err == nil || problem.Of(err)[0].Code != "content-missing" {
		t.Errorf("its own rows are gone: %v", err)
	}

	public := of("hilang")
	public.dataset.Class = registry.PublicData
	if got, err := ask(plan(", where: [{column: kelompok, is: kecil}]"), public); err != nil || !got.Public {
		t.Errorf("published figures: %+v %v", got, err)
	}
}

// TestAsTheRulesSeeIt: groups, sums and whose row it is, by the contract.
func TestAsTheRulesSeeIt(t *testing.T) {
	k, err := contract.Parse([]byte(persons), "kontrak.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {data: x.csv}\ndesign: {experiment: {treatment: ikut}}\noutcomes: [{column: belanja}]\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	d := dataOf(k, seen{Dataset: "d1", Version: "v"}, "t", s.Plan)
	var columns []string
	for _, c := range d.Columns {
		columns = append(columns, fmt.Sprint(c.Name, c.Public))
	}
	if d.Unit != "nik" || strings.Join(columns, " ") != "kodetrue ikutfalse kelompokfalse" || strings.Join(d.Measures, " ") != "belanja" || d.MinCell != disclosure.MinCell() {
		t.Errorf("%+v", d)
	}

	// A plan raises what the dataset brings, and cannot lower it.
	for asks, want := range map[int]int{1: disclosure.MinCell(), disclosure.MinCell() + 15: disclosure.MinCell() + 15} {
		s.Plan.Disclosure.MinCell = asks
		if d := dataOf(k, seen{Dataset: "d1", Version: "v"}, "t", s.Plan); d.MinCell != want {
			t.Errorf("a plan that asks for %d has %d", asks, d.MinCell)
		}
	}
}

// TestWhatWasReadIsWhatIsOpen: rows of a region that closed while a run computed are
// not those that are open now.
func TestWhatWasReadIsWhatIsOpen(t *testing.T) {
	of := func(prefixes ...string) opened {
		return opened{data: study.RunData{Name: "data"}, view: &engine.View{Rows: []engine.Within{{Column: "kode", Prefixes: prefixes}}}}
	}
	if !of("3507", "3578").same(of("3507", "3578")) || of("3507", "3578").same(of("3578")) || of("3578").same(opened{data: study.RunData{Name: "data"}}) {
		t.Error("another view counts as the same, or the same as another")
	}
}
