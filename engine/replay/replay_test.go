package replay_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/run"
)

const planText = `dampak: 1
id: latihan
data: {orang: orang.csv}
design: {experiment: {treatment: ikut}}
outcomes: [{column: upah, unit: rupiah}]
`

func rows() string {
	var b strings.Builder
	b.WriteString("ikut,upah,kota\n")
	for i := range 60 {
		b.WriteString(strings.Join([]string{string('0' + rune(i%2)), string('1' + rune(i*7%9)), "3507"}, ",") + "\n")
	}
	return b.String()
}

func answer(t *testing.T, plan string, e engine.Engine, sources []engine.Source) (string, error) {
	t.Helper()
	study, err := designs.Parse([]byte(plan), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Run(context.Background(), run.Input{Study: study, Sources: sources, Engine: e, Version: "test", Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := report.JSON(&out, report.Input{Result: r, Study: study}); err != nil {
		t.Fatal(err)
	}
	return out.String(), nil
}

// TestRepeats: a run from what was kept gives the same bytes, without the file.
func TestRepeats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orang.csv")
	if err := os.WriteFile(path, []byte(rows()), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := []engine.Source{{Name: "orang", Path: path, Called: "Peserta"}}
	plain, err := answer(t, planText, memory.New(), sources)
	if err != nil {
		t.Fatal(err)
	}
	e, kept := replay.Recording(memory.New(), func(s engine.Source) (string, error) { return run.HashFile(s.Path) })
	first, err := answer(t, planText, e, sources)
	if err != nil || first != plain {
		t.Fatalf("recording changes the answer: %v\n%s\n%s", err, first, plain)
	}
	var file bytes.Buffer
	if err := kept.Write(&file); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), path) {
		t.Error("the file of moments names a folder")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	back, err := replay.Read(&file, "momen.json")
	if err != nil {
		t.Fatal(err)
	}
	again, err := answer(t, planText, back.Replay(), back.Sources())
	if err != nil || again != plain {
		t.Fatalf("%v\n%s\n%s", err, again, plain)
	}

	// What was not asked then has no answer now.
	_, err = answer(t, strings.Replace(planText, "treatment: ikut", "treatment: ikut, where: [{column: kota, is: '3507'}]", 1), back.Replay(), back.Sources())
	if all := problem.Of(err); len(all) != 1 || all[0].Code != "moments-not-asked" {
		t.Errorf("%v", err)
	}
	_, err = answer(t, planText, back.Replay(), []engine.Source{{Name: "lain"}})
	if all := problem.Of(err); len(all) != 1 || all[0].Code != "moments-table" {
		t.Errorf("%v", err)
	}
}

// TestOtherFiles: what is no file of moments is refused as such.
func TestOtherFiles(t *testing.T) {
	for _, text := range []string{"", "{}", `{"dampak_moments":2}`, `{"dampak_moments":1,"people":[]}`, `{"dampak_moments":1}{}`, "ikut,upah\n"} {
		_, err := replay.Read(strings.NewReader(text), "x.json")
		if all := problem.Of(err); len(all) != 1 || all[0].Code != "moments-file" || all[0].File != "x.json" {
			t.Errorf("%q: %v", text, err)
		}
	}
}
