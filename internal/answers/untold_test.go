package answers

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

const planOfYears = "dampak: 1\nid: panel\ndata: {data: rumah.csv}\ndesign: {did: {unit: nik, time: tahun, first_treated: mulai}}\noutcomes: [{column: belanja}, {column: makan}]\n"

// TestARefusedOutcomeNamesNobody: of two outcomes one is refused since somebody has two
// rows in a year. Among persons no sentence, number or file of the answer names them;
// of public rows the sentence says which.
func TestARefusedOutcomeNamesNobody(t *testing.T) {
	rows := memory.Table{Columns: []string{"nik", "tahun", "mulai", "belanja", "makan"}}
	for i := range 40 {
		for year := 2018; year < 2022; year++ {
			begin := ""
			if i%2 == 1 {
				begin = "2020"
			}
			rows.Rows = append(rows.Rows, []string{fmt.Sprintf("samaran%d", i), fmt.Sprint(year), begin, fmt.Sprint(100 + i*7%50 + year%7), fmt.Sprint(i % 9)})
		}
	}
	rows.Rows = append(rows.Rows, []string{"samaran5", "2019", "2020", "", "3"})
	plan, err := designs.Parse([]byte(planOfYears), "")
	ok(t, err)
	e, moments := replay.Recording(memory.From(map[string]memory.Table{"data": rows}), func(engine.Source) (string, error) { return "uji", nil })
	_, err = run.Run(t.Context(), run.Input{Study: plan, Sources: []engine.Source{{Name: "data"}}, Engine: e, Version: "uji", Now: time.Now})
	ok(t, err)
	var text bytes.Buffer
	ok(t, moments.Write(&text))
	for gate, named := range map[string]bool{`{"held":[],"public":true}`: true, `{"held":[]}`: false} {
		a := answered(t, gate, func(kept store.Contents, x *study.Run) {
			x.Plan = planOfYears
			x.Answer.Moments = put(t, kept, text.Bytes())
		})
		all, _ := files(t, a)
		if a.Result.Status != result.StatusPartial || a.Whole() != named {
			t.Errorf("%s: whole %v", gate, a.Whole())
		}
		all["tabel.xlsx"] = cells(t, all["tabel.xlsx"])
		found := false
		for name, file := range all {
			if has := strings.Contains(file, "samaran5"); has {
				found = true
				if !named {
					t.Errorf("%s names somebody", name)
				}
			}
		}
		if found != named {
			t.Errorf("%s: named %v", gate, found)
		}
	}
}
