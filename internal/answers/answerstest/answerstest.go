// Package answerstest is for tests alone: what a run answers on a few made-up rows.
package answerstest

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/run"
)

// Computed answers a plan of an experiment whose treatment is `ikut` and whose outcomes
// are `belanja` and `makan`, or one of them, on 60 rows: the result as JSON, and the moments from which it comes
// again.
func Computed(t testing.TB, planText string) (result, moments []byte) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	plan, err := designs.Parse([]byte(planText), "")
	ok(err)
	rows := memory.Table{Columns: []string{"ikut", "belanja", "makan"}}
	for i := range 60 {
		rows.Rows = append(rows.Rows, []string{strconv.Itoa(i % 2), strconv.Itoa(100 + i*7%50 + 20*(i%2)), strconv.Itoa(i*5%9 + i%2)})
	}
	name := plan.Plan.Table
	e, kept := replay.Recording(memory.From(map[string]memory.Table{name: rows}), func(engine.Source) (string, error) { return "uji", nil })
	got, err := run.Run(context.Background(), run.Input{Study: plan, Sources: []engine.Source{{Name: name, Called: "Rumah contoh"}}, Engine: e, Version: "uji", Now: time.Now})
	ok(err)
	var a, b bytes.Buffer
	ok(report.JSON(&a, report.Input{Result: got, Study: plan}))
	ok(kept.Write(&b))
	return a.Bytes(), b.Bytes()
}
