package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/run"
)

// TestEstimate: the answer from the file of moments is that of the run, and another
// plan is told what its file lacks.
func TestEstimate(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plan := "dampak: 1\nid: latihan\ndata: {orang: orang.csv}\ndesign: {experiment: {treatment: ikut}}\noutcomes: [{column: upah}]\n"
	write("plan.yaml", plan)
	write("lain.yaml", strings.Replace(plan, "column: upah", "column: jam", 1))
	rows := "ikut,upah,jam\n"
	for i := range 40 {
		rows += string('0'+rune(i%2)) + "," + string('1'+rune(i*7%9)) + ",3\n"
	}
	write("orang.csv", rows)
	study, sources, err := loadStudy(at("plan.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, kept := replay.Recording(memory.New(), func(s engine.Source) (string, error) { return run.HashFile(s.Path) })
	if _, err := run.Run(context.Background(), run.Input{Study: study, Sources: sources, Engine: e, Version: version, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := kept.Write(&file); err != nil {
		t.Fatal(err)
	}
	write("momen.json", file.String())
	said := func(status int, args ...string) (string, string) {
		var out, bad bytes.Buffer
		s := &session{ctx: context.Background(), stdout: &out, stderr: &bad, lang: i18n.EN}
		if got := s.main(args); got != status {
			t.Fatalf("%v: status %d: %s", args, got, bad.String())
		}
		return out.String(), bad.String()
	}
	plain := func(text string) string {
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		delete(v, "seconds")
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(again)
	}
	ran, _ := said(exitAnswered, "run", at("plan.yaml"), "--engine", "memory:", "--format", "json")
	if err := os.Remove(at("orang.csv")); err != nil {
		t.Fatal(err)
	}
	again, _ := said(exitAnswered, "estimate", at("plan.yaml"), at("momen.json"), "--format", "json")
	if plain(ran) != plain(again) {
		t.Errorf("%s\n%s", ran, again)
	}
	text, _ := said(exitAnswered, "estimate", at("plan.yaml"), at("momen.json"), "--out", at("laporan"))
	if !strings.Contains(text, "upah") {
		t.Errorf("%s", text)
	}
	if _, err := os.Stat(at("laporan")); err != nil {
		t.Error(err)
	}
	if out, bad := said(exitProblem, "estimate", at("lain.yaml"), at("momen.json")); out != "" || !strings.Contains(bad, "not in the file of moments") {
		t.Errorf("%q %q", out, bad)
	}
	if _, bad := said(exitProblem, "estimate", at("plan.yaml"), at("plan.yaml")); !strings.Contains(bad, "not a file of moments") {
		t.Errorf("%q", bad)
	}
	if _, bad := said(exitProblem, "estimate", at("plan.yaml"), at("hilang.json")); !strings.Contains(bad, "hilang.json") {
		t.Errorf("%q", bad)
	}
}
