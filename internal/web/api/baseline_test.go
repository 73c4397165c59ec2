package api

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// TestBaselineRows: a draft's baseline is measured for its people alone, and its
// registration names it.
func TestBaselineRows(t *testing.T) {
	w := newTown(t)
	w.example()
	w.inquiries()
	w.queued("coba")
	ctx := context.Background()
	_, err := w.EditStudy(ctx, store.By{Actor: w.by("rudi", "").Actor, Seen: store.Whatever}, w.ids["contoh"], study.Protocol{Plan: inquiry, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}},
		Data:    []study.Use{{Name: "rumah", Dataset: w.ids["rumah"], Contract: w.ids["kontrak"], Period: "tahun", Baseline: &study.Baseline{From: "2018", Until: "2020"}}},
		Setting: study.Setting{Given: registry.Period{From: "2021-01-01", Until: "2021-12-31"}}})
	w.ok(err)
	w.play([]row{
		{"rudi", "GET", "/runs/<coba>/baseline", "", 404, `answer-none`, "", ""},
		{"wati", "GET", "/runs/<coba>/baseline", "", 403, `"right":"study-read"`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,"measures_baseline":true,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "ukur"},
		{"ani", "GET", "/runs/<ukur>", "", 200, `"made_up":false,"measures_baseline":true & "shows":false`, "", ""},
	})
	for _, gate := range []string{"", w.kept(`{"held":[]}`)} { // the run on made-up rows stands before it
		if gate == "" {
			w.worked("")
			continue
		}
		r, _, ok, err := w.ClaimRun(ctx, "uji", time.Minute)
		w.ok(err)
		if !ok || r.ID != w.ids["ukur"] || !r.Baseline() {
			t.Fatalf("%+v", r)
		}
		text, err := json.Marshal([]study.Measurement{{Outcome: "belanja", From: "2018", Until: "2020", Rows: 1200, Units: 1200, Periods: 1, Mean: 1543.5, SD: 250}})
		w.ok(err)
		_, err = w.AnswerRun(ctx, "uji", r.ID, study.Answer{Result: w.kept(string(text)), Moments: w.kept("momen"), Gate: gate, Version: "uji",
			Scope: []study.Opened{{Name: "rumah", Columns: []string{"belanja"}, Regions: []string{"35"}, Rows: 1200}}})
		w.ok(err)
	}
	w.play([]row{
		{"rudi", "GET", "/runs/<coba>/baseline", "", 404, `answer-no-baseline`, "", ""},
		{"ani", "GET", "/runs/<ukur>/baseline", "", 404, `answer-closed`, "", ""},
		{"rudi", "GET", "/runs/<ukur>/baseline", "", 200, `"outcome":"belanja","first_period":"2018","last_period":"2020" & "mean":1543.5,"standard_deviation":250 & "detectable":40.4`, "rows-shown", ""},
		{"rudi", "GET", "/runs/<ukur>/result", "", 404, `answer-baseline`, "", ""}, {"rudi", "GET", "/runs/<ukur>/tables", "", 404, `answer-baseline`, "", ""}, {"rudi", "GET", "/runs/<ukur>/package", "", 404, `answer-baseline`, "", ""},
		{"rudi", "GET", "/runs/<ukur>", "", 200, `"commands":[]`, "", ""},
		{"rudi", "POST", "/runs/<ukur>/request-release", `{` + onRun("ukur") + `}`, 422, `review-baseline`, "", ""},
		{"rudi", "POST", "/studies/<contoh>/register", `{` + onStudy("contoh") + `}`, 200, `study-locked`, "study-locked", ""},
		{"ani", "GET", "/studies/<contoh>", "", 200, `"looked":null,"baseline_measured":[{"run":"<ukur>","dataset":"<rumah>","outcomes":["belanja"],"first_period":"2018","last_period":"2020"`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,"measures_baseline":true,` + seenWhy + `}`, 409, `run-baseline-registered`, "", ""},
	})
}
