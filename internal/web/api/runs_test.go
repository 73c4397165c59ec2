package api

import (
	"context"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// queued asks for runs on made-up rows of a study of the centre, which is made if it is
// not there.
func (w *town) queued(names ...string) {
	w.t.Helper()
	ctx := context.Background()
	p := study.Protocol{Plan: inquiry, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}}, Data: []study.Use{{Name: "rumah", Dataset: w.ids["rumah"], Contract: w.ids["kontrak"]}}}
	id, _, err := w.DraftStudy(ctx, w.by("rudi", ""), study.Study{Title: "Dampak contoh", Position: w.ids["Kepala B2P3KS"], User: w.ids["rudi"], Purpose: "evaluation", Draft: &p})
	w.ok(err)
	w.ids["contoh"] = id
	for _, name := range names {
		w.ids[name], _, err = w.QueueRun(ctx, w.by("rudi", ""), id, store.RunAsk{Dummy: true, Limits: study.UsualLimits})
		w.ok(err)
	}
}

// worked lets a worker answer the oldest run that waits.
func (w *town) worked(gate string) {
	w.t.Helper()
	ctx := context.Background()
	r, _, ok, err := w.ClaimRun(ctx, "uji", time.Minute)
	w.ok(err)
	if !ok {
		w.t.Fatal("no run waits")
	}
	a := study.Answer{Result: w.kept(`{"estimates":[1]}`), Moments: w.kept("momen"), Gate: gate, Version: "uji",
		Deviations: []study.Edit{{Field: "plan.inference.level", Before: "0.95", After: "0.9", Weight: study.Major}}}
	if !r.Dummy {
		a.Scope = []study.Opened{{Name: "rumah", Columns: []string{"belanja"}, Regions: []string{"35"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}, Rows: 60}}
	}
	_, err = w.AnswerRun(ctx, "uji", r.ID, a)
	w.ok(err)
}

func onRun(name string) string { return `"seen":<@run/` + name + `>,` + seenWhy }

// TestRunRows plays the rows of runs: what the numbers need, and who sees them.
func TestRunRows(t *testing.T) {
	w := newTown(t)
	w.example()
	w.inquiries()
	w.queued("coba")
	w.person("cek", "Jatim")
	w.grant("cek", access.OutputChecker, "35", "")
	w.play([]row{
		{"", "GET", "/runs", "", 401, "api-nobody", "", ""},
		{"wati", "GET", "/runs", "", 403, `"right":"study-read"`, "", ""},
		{"wati", "GET", "/runs/<coba>", "", 403, `"right":"study-read"`, "", ""},
		{"wati", "GET", "/runs/<coba>/result", "", 403, `"right":"study-read"`, "", ""},
		{"ani", "GET", "/runs?study=<contoh>&state=queued", "", 200, `"id":"<coba>" & "made_up":true & "next":null & Rudi`, "", ""},
		{"ani", "GET", "/runs?state=selesai", "", 422, `query.state & api-choice`, "", ""},
		{"ani", "GET", "/runs/tidak-ada", "", 404, `api-no-object`, "", ""},
		{"ani", "GET", "/runs/<coba>", "", 200, `"shows":false & "commands":[]`, "", ""},
		{"rudi", "GET", "/runs/<coba>", "", 200, `"memory":2147483648 & "commands":["cancel"]`, "", ""},
		{"rudi", "GET", "/runs/<coba>/result", "", 404, `api-no-object`, "", ""},
		{"wati", "POST", "/runs", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs", "this is no JSON", 400, `api-json`, "", ""},
		{"rudi", "POST", "/runs", `{}`, 422, `body.study & body.made_up & body.why`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"tidak-ada","made_up":true,` + seenWhy + `}`, 422, `study-unknown`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,` + seenWhy + `}`, 409, `state-study-draft`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "lagi"},
		{"ani", "POST", "/runs/<lagi>/cancel", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<lagi>/cancel", `{"seen":1,` + seenWhy + `}`, 409, `stale`, "", ""},
		{"rudi", "POST", "/runs/<lagi>/cancel", `{` + onRun("lagi") + `}`, 200, `run-cancelled`, "run-cancelled", ""},
	})
	w.worked("")
	w.play([]row{
		{"rudi", "GET", "/runs/<coba>/result", "", 200, `"estimates":[1]`, "", ""},
		{"ani", "GET", "/runs/<coba>/result", "", 404, `api-no-object`, "", ""},
		{"rudi", "POST", "/runs/<coba>/request-release", `{` + onRun("coba") + `}`, 422, `review-dummy`, "", ""},
		{"rudi", "POST", "/studies/<contoh>/register", `{` + onStudy("contoh") + `}`, 200, `study-locked`, "study-locked", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "hitungan"},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,` + seenWhy + `}`, 422, `run-under-way`, "", ""},
	})
	w.worked(w.kept(`{"held":[]}`))
	w.play([]row{
		{"rudi", "GET", "/runs/<hitungan>", "", 200, `"state":"done" & "deviations":[{"field":"plan.inference.level" & "opened":[{"name":"rumah","columns":["belanja"] & "shows":true & "commands":["request-release"]`, "", ""},
		{"ani", "GET", "/runs/<hitungan>", "", 200, `"shows":false & "commands":[]`, "", ""},
		{"ani", "GET", "/runs/<hitungan>/result", "", 404, `api-no-object`, "", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 404, `api-no-object`, "", ""},
		{"ani", "POST", "/runs/<hitungan>/request-release", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<hitungan>/request-release", `{` + onRun("hitungan") + `}`, 200, `run-release-requested`, "run-release-requested", ""},
		{"rudi", "POST", "/runs/<hitungan>/question-release", `{` + onRun("hitungan") + `}`, 403, `"right":"release-check"`, "", ""},
		{"cek", "GET", "/runs/<hitungan>", "", 200, `"shows":true & "commands":["question-release","refuse-release"]`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/question-release", `{"seen":<@run/hitungan>,"why":" "}`, 422, `body.why`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/question-release", `{` + onRun("hitungan") + `}`, 200, `run-release-questioned`, "run-release-questioned", ""},
		{"ani", "POST", "/runs/<hitungan>/answer-question", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<hitungan>/answer-question", `{` + onRun("hitungan") + `}`, 200, `run-release-answered`, "run-release-answered", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 200, `"estimates":[1]`, "rows-shown", ""},
		{"rudi", "GET", "/runs/<hitungan>/result", "", 200, `"estimates":[1]`, "rows-shown", ""},
		{"rudi", "POST", "/runs/<hitungan>/refuse-release", "this is no JSON", 403, `"right":"release-check"`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/refuse-release", `{` + onRun("hitungan") + `}`, 200, `run-release-refused`, "run-release-refused", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 404, `api-no-object`, "", ""},
		{"ani", "GET", "/runs/<hitungan>", "", 200, `"review":[{"state":"requested","user":"<rudi>" & "state":"refused","user":"<cek>"`, "", ""},
	})
}
