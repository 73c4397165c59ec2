package run

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
)

// TestSmallCellsStayIn: an outcome leaves where each cell of its design has as many
// contributors as the plan asks for, counted by hand; else it is null, or the plan has no
// answer. Blank outcomes count for nobody.
func TestSmallCellsStayIn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		b.WriteString("arm,block,y,z\n")
		count := map[string]map[string]int{"y": {}, "z": {}}
		for block := range rapid.IntRange(1, 3).Draw(r, "blocks") {
			for arm := range 2 {
				for i := range rapid.IntRange(3, 14).Draw(r, "rows") {
					y, z := fmt.Sprint(100+i*i), fmt.Sprint(7*i%5)
					if rapid.IntRange(0, 9).Draw(r, "blank") == 0 {
						z = ""
					}
					fmt.Fprintf(&b, "%d,b%d,%s,%s\n", arm, block, y, z)
					for _, cell := range []string{fmt.Sprint("arm ", arm), fmt.Sprint("block ", block)} {
						count["y"][cell]++
						if z != "" {
							count["z"][cell]++
						}
					}
				}
			}
		}
		least := rapid.IntRange(1, 30).Draw(r, "least")
		small := func(outcome string) bool {
			for _, n := range count[outcome] {
				if n < least {
					return true
				}
			}
			return false
		}
		plan := "dampak: 1\nid: a\ndata: {d: d.csv}\ndesign: {experiment: {treatment: arm, blocks: block}}\noutcomes: [{column: y}, {column: z}]\ndisclosure: {min_cell: %d}\n"
		file := write(t, b.String())
		open, err := answer(t, fmt.Sprintf(plan, 0), file)
		if err != nil || open.Status != result.StatusOK {
			r.Skip("too thin for the design itself")
		}
		got, err := answer(t, fmt.Sprintf(plan, least), file)
		if small("y") && small("z") {
			if all := problem.Of(err); len(all) != 1 || all[0].Code != "refusal.small-cell" {
				r.Fatalf("both are small: %v", err)
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		for _, outcome := range []string{"y", "z"} {
			a, b := of(got, outcome), of(open, outcome)
			if small(outcome) {
				if len(a) != 1 || a[0].Estimate != nil || a[0].SE != nil || a[0].Lower != nil || a[0].P != nil || a[0].N != 0 || got.Status != result.StatusPartial {
					r.Fatalf("%s leaves with cells %v under %d: %+v", outcome, count[outcome], least, a)
				}
				said := false
				for _, w := range got.Warnings {
					said = said || w.Outcome == outcome && strings.Contains(w.Text.ID, "min_cell") && strings.Contains(w.Text.EN, "min_cell")
				}
				if !said {
					r.Fatalf("%s: no warning says so: %+v", outcome, got.Warnings)
				}
				for _, d := range got.Diagnostics {
					if d.Outcome == outcome {
						r.Fatalf("a check of what stays in: %+v", d)
					}
				}
				continue
			}
			if len(a) != len(b) || len(b) == 0 || b[0].Estimate == nil || a[0].Estimate == nil || *a[0].Estimate != *b[0].Estimate {
				r.Fatalf("%s: %+v, without a rule %+v", outcome, a, b)
			}
		}
	})
}

func of(r result.Result, outcome string) (all []result.Estimate) {
	for _, e := range r.Estimates {
		if e.Outcome == outcome {
			all = append(all, e)
		}
	}
	return all
}

// TestUnitsContribute: a unit that is seen in many periods contributes once to a cell.
func TestUnitsContribute(t *testing.T) {
	var b strings.Builder
	b.WriteString("u,t,g,y,w\n")
	for u := range 24 { // u0 is left out by the plan
		g := ""
		if u <= 9 {
			g = "2"
		}
		for year := 1; year <= 3; year++ {
			fmt.Fprintf(&b, "u%d,%d,%s,%d,%d\n", u, year, g, u*u%7+year*(1+u%3), min(u, 1))
		}
	}
	file := write(t, b.String())
	for least, passes := range map[int]bool{9: true, 10: false} {
		_, err := answer(t, fmt.Sprintf("dampak: 1\nid: a\ndata: {d: d.csv}\ndesign: {did: {unit: u, time: t, first_treated: g, where: [{column: w, is: 1}]}}\noutcomes: [{column: y}]\ndisclosure: {min_cell: %d}\n", least), file)
		if (err == nil) != passes {
			t.Errorf("min_cell %d: %v", least, err)
		}
	}
}

// TestSmallCellsAgainWithoutRows: the count of contributors is among the moments that are
// kept, so that the same plan is answered from them.
func TestSmallCellsAgainWithoutRows(t *testing.T) {
	file := write(t, "arm,y\n"+strings.Repeat("0,1\n1,5\n0,4\n1,2\n", 5))
	study, err := designs.Parse([]byte("dampak: 1\nid: a\ndata: {d: d.csv}\ndesign: {experiment: {treatment: arm}}\noutcomes: [{column: y}]\ndisclosure: {min_cell: 10}\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Study: study, Sources: []engine.Source{{Name: "d", Path: file}}, Version: "test", Now: func() time.Time { return time.Unix(0, 0) }}
	recording, kept := replay.Recording(memory.New(), func(engine.Source) (string, error) { return "hash", nil })
	in.Engine = recording
	first, err := Run(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Sources, in.Engine = kept.Sources(), kept.Replay()
	again, err := Run(context.Background(), in)
	if err != nil || *again.Estimates[0].Estimate != *first.Estimates[0].Estimate {
		t.Errorf("%+v %v", again.Estimates, err)
	}
}
