package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers/answerstest"
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
	id, _, err := w.DraftStudy(ctx, w.by("rudi", ""), study.Study{Title: "Dampak contoh", Position: w.ids["Kepala B2P3KS"], User: w.ids["rudi"], Purpose: "evaluation", Programmes: slices.DeleteFunc([]string{w.ids["PKH"]}, func(id string) bool { return id == "" }), Draft: &p})
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
	result, moments := answerstest.Computed(w.t, r.Plan)
	a := study.Answer{Result: w.kept(string(result)), Moments: w.kept(string(moments)), Gate: gate, Version: "uji", Grade: "strong",
		Deviations: []study.Edit{{Field: "plan.inference.level", Before: "0.95", After: "0.9", Weight: study.Major}}}
	if !r.Dummy {
		a.Scope = []study.Opened{{Name: "rumah", Columns: []string{"belanja"}, Regions: []string{"35"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}, Rows: 60}}
	}
	_, err = w.AnswerRun(ctx, "uji", r.ID, a)
	w.ok(err)
}

// protocolOnly is that of protocol with another plan.
func protocolOnly(plan string) string {
	text, err := json.Marshal(plan)
	if err != nil {
		panic(err)
	}
	return `{"plan":` + string(text) + `,"hypotheses":[{"outcome":"belanja","expects":"rises"}],"data":[{"name":"rumah","dataset":"<rumah>","contract_sha256":"<kontrak>"}],"setting":{}}`
}

func finding(run, key, outcome, sentence string) string {
	return `{"run":"` + run + `","key":"` + key + `","programme":"<PKH>","outcome":"` + outcome + `","sentence":{"id":"` + sentence + `","en":"It rose."},` + seenWhy + `}`
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
		{"rudi", "GET", "/runs/<coba>/result", "", 404, `answer-none`, "", ""},
		{"rudi", "GET", "/runs/<coba>/tables", "", 404, `answer-none`, "", ""}, {"rudi", "GET", "/runs/<coba>/package", "", 404, `answer-none`, "", ""},
		{"wati", "GET", "/runs/<coba>/tables", "", 403, `"right":"study-read"`, "", ""}, {"wati", "GET", "/runs/<coba>/package", "", 403, `"right":"study-read"`, "", ""},
		{"wati", "POST", "/runs", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs", "this is no JSON", 400, `api-json`, "", ""},
		{"rudi", "POST", "/runs", `{}`, 422, `body.study & body.made_up & body.why`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"tidak-ada","made_up":true,` + seenWhy + `}`, 422, `study-unknown`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,` + seenWhy + `}`, 409, `state-study-draft`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "lagi"},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,"limits":{"memory":1,"seconds":600,"threads":1},` + seenWhy + `}`, 422, `body.limits.memory & run-limit`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,"limits":{"memory":1},` + seenWhy + `}`, 422, `body.limits.seconds & api-missing`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,"protocol":` + protocolOnly("id: setengah") + `,` + seenWhy + `}`, 422, `plan-`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":true,"protocol":` + strings.Replace(protocolOnly(inquiry), `"outcome":"belanja"`, `"outcome":"lain"`, 1) + `,` + seenWhy + `}`, 422, `body.protocol.hypotheses & study-hypothesis-outcome`, "", ""},
		{"ani", "POST", "/runs/<lagi>/cancel", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<lagi>/cancel", `{"seen":1,` + seenWhy + `}`, 409, `stale`, "", ""},
		{"rudi", "POST", "/runs/<lagi>/cancel", `{` + onRun("lagi") + `}`, 200, `run-cancelled`, "run-cancelled", ""},
	})
	w.worked("")
	w.play([]row{
		{"rudi", "GET", "/runs/<coba>/result", "", 200, `"estimates": & "term":"att"`, "", ""},
		{"ani", "GET", "/runs/<coba>/result", "", 404, `answer-closed`, "", ""},
		{"rudi", "POST", "/runs/<coba>/request-release", `{` + onRun("coba") + `}`, 422, `review-dummy`, "", ""},
		{"rudi", "POST", "/studies/<contoh>/register", `{` + onStudy("contoh") + `}`, 200, `study-locked`, "study-locked", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,"limits":{"memory":1073741824,"seconds":60,"threads":1},"protocol":` + protocolOnly(inquiry+"inference:\n  level: 0.9\n") + `,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "hitungan"},
		{"rudi", "GET", "/runs/<hitungan>", "", 200, `"limits":{"memory":1073741824,"seconds":60,"threads":1}`, "", ""},
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,` + seenWhy + `}`, 422, `run-under-way`, "", ""},
	})
	w.worked(w.kept(`{"held":[]}`))
	w.play([]row{
		{"rudi", "GET", "/runs/<hitungan>", "", 200, `"state":"done" & "deviations":[{"field":"plan.inference.level" & "opened":[{"name":"rumah","columns":["belanja"] & "shows":true & "commands":["request-release"]`, "", ""},
		{"ani", "GET", "/runs/<hitungan>", "", 200, `"shows":false & "commands":[]`, "", ""},
		{"ani", "GET", "/runs/<hitungan>/result", "", 404, `answer-closed & only the people of its study see them`, "", ""}, {"ani", "GET", "/runs/<hitungan>/tables", "", 404, `answer-closed`, "", ""}, {"ani", "GET", "/runs/<hitungan>/package", "", 404, `answer-closed`, "", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 404, `answer-closed`, "", ""}, {"cek", "GET", "/runs/<hitungan>/tables", "", 404, `answer-closed`, "", ""}, {"cek", "GET", "/runs/<hitungan>/package", "", 404, `answer-closed`, "", ""},
		{"cek", "GET", "/runs/<hitungan>/release", "", 404, `answer-closed`, "", ""}, {"rudi", "GET", "/runs/<hitungan>/release", "", 403, `"right":"release-check"`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/release", `{` + onRun("hitungan") + `}`, 409, `state-run-done`, "", ""},
		{"ani", "POST", "/runs/<hitungan>/request-release", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<hitungan>/request-release", `{` + onRun("hitungan") + `}`, 200, `run-release-requested`, "run-release-requested", ""},
		{"rudi", "POST", "/runs/<hitungan>/question-release", `{` + onRun("hitungan") + `}`, 403, `"right":"release-check"`, "", ""},
		{"cek", "GET", "/runs/<hitungan>", "", 200, `"shows":true & "commands":["question-release","refuse-release","release"]`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/question-release", `{"seen":<@run/hitungan>,"why":" "}`, 422, `body.why`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/question-release", `{` + onRun("hitungan") + `}`, 200, `run-release-questioned`, "run-release-questioned", ""},
		{"ani", "POST", "/runs/<hitungan>/answer-question", "this is no JSON", 403, `"right":"rows-use"`, "", ""},
		{"rudi", "POST", "/runs/<hitungan>/answer-question", `{` + onRun("hitungan") + `}`, 200, `run-release-answered`, "run-release-answered", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 200, `"estimates": & "term":"att"`, "rows-shown", ""},
		{"cek", "GET", "/runs/<hitungan>/tables", "", 200, `xl/worksheets`, "rows-shown", ""}, {"rudi", "GET", "/runs/<hitungan>/package", "", 200, `datapackage.json & momen.json`, "rows-shown", ""},
		{"cek", "GET", "/runs/<hitungan>/release", "", 200, `"key":"belanja/att","outcome":"belanja","term":"att","group":null & "n":60,"unit":"rupiah" & "held_keys":[],"public_rows":false & "earlier":[]`, "rows-shown", ""},
		{"rudi", "GET", "/runs/<hitungan>/result", "", 200, `"estimates": & "term":"att"`, "rows-shown", ""},
		{"rudi", "POST", "/runs/<hitungan>/refuse-release", "this is no JSON", 403, `"right":"release-check"`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/refuse-release", `{` + onRun("hitungan") + `}`, 200, `run-release-refused`, "run-release-refused", ""},
		{"cek", "GET", "/runs/<hitungan>/result", "", 404, `answer-closed`, "", ""},
		{"ani", "GET", "/runs/<hitungan>", "", 200, `"review":[{"state":"requested","user":"<rudi>" & "state":"refused","user":"<cek>"`, "", ""},
		{"rudi", "POST", "/runs/<hitungan>/request-release", `{` + onRun("hitungan") + `}`, 200, `run-release-requested`, "run-release-requested", ""},
		{"ani", "POST", "/runs/<hitungan>/release", "this is no JSON", 403, `"right":"release-check"`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/release", `{"held_keys":["lain/att"],` + onRun("hitungan") + `}`, 422, `body.held_keys & answer-key & lain/att`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/release", `{"seen":1,` + seenWhy + `}`, 409, `stale`, "", ""},
		{"cek", "POST", "/runs/<hitungan>/release", `{` + onRun("hitungan") + `}`, 200, `"event":"run-released" & "sha256":" & "numbers":[{"key":"belanja/att" & "held_keys":[]`, "run-released", ""},
		{"cek", "POST", "/runs/<hitungan>/release", `{` + onRun("hitungan") + `}`, 409, `state-run-released`, "", ""},
		{"ani", "GET", "/runs/<hitungan>/result", "", 200, `"term":"att"`, "", ""}, {"ani", "GET", "/runs/<hitungan>/tables", "", 200, `xl/worksheets`, "", ""}, {"ani", "GET", "/runs/<hitungan>/package", "", 200, `momen.json`, "", ""},
		// The next one on the same rows: what was let go before stands beside it.
		{"rudi", "POST", "/runs", `{"study":"<contoh>","made_up":false,"protocol":` + strings.Replace(protocolOnly(inquiry+"  - column: makan\n    unit: kali\n"), `"hypotheses":[`, `"hypotheses":[{"outcome":"makan","expects":"differs"},`, 1) + `,` + seenWhy + `}`, 201, `run-queued`, "run-queued", "kedua"},
	})
	w.worked(w.kept(`{"held":[]}`))
	w.play([]row{
		{"rudi", "POST", "/runs/<kedua>/request-release", `{` + onRun("kedua") + `}`, 200, `run-release-requested`, "run-release-requested", ""},
		{"cek", "GET", "/runs/<kedua>/release", "", 200, `"earlier":[{"run":"<hitungan>" & "state":"released" & "user":"<cek>","reason":"uji" & "outcomes":["belanja"] & "left":1,"held":0`, "rows-shown", ""},
		{"cek", "POST", "/runs/<kedua>/release", `{"held_keys":["belanja/att","makan/att"],` + onRun("kedua") + `}`, 422, `answer-nothing`, "", ""},
		{"cek", "GET", "/runs/<kedua>/release", "", 200, `"se":3.84618`, "rows-shown", ""}, {"cek", "GET", "/runs/<kedua>/release?rounded=true", "", 200, `"se":3.85`, "rows-shown", ""}, {"cek", "GET", "/runs/<kedua>/release?rounded=ya", "", 422, `query.rounded`, "", ""},
		{"cek", "POST", "/runs/<kedua>/release", `{"held_keys":["belanja/att"],"rounded":true,` + onRun("kedua") + `}`, 200, `"numbers":[{"key":"makan/att" & "held_keys":["belanja/att"],"rounded":true`, "run-released", ""},
		{"ani", "GET", "/runs/<kedua>/result", "", 200, `"estimate":null & held-back & "outcome":"makan" & counts-rounded`, "", ""},
		{"ani", "GET", "/runs/<kedua>", "", 200, `"held":1,"rounded":true`, "", ""},
	})
	if zip := w.send("ani", "GET", "/runs/"+w.ids["kedua"]+"/package", "").Body.String(); !strings.Contains(zip, "hasil.json") || strings.Contains(zip, "momen.json") {
		t.Error("where a number is held back the moments leave")
	}
	// What left may be found; what did not, not.
	w.play([]row{
		{"wati", "POST", "/findings", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"", "POST", "/findings", "{}", 401, `api-nobody`, "", ""},
		{"rudi", "POST", "/findings", `{}`, 422, `body.run & body.key & body.programme & body.outcome & body.sentence & body.why`, "", ""},
		{"rudi", "POST", "/findings", finding("<kedua>", "belanja/att", "belanja", "Naik."), 422, `body.key & finding-number`, "", ""},
		{"rudi", "POST", "/findings", finding("<coba>", "belanja/att", "belanja", "Naik."), 422, `body.key & finding-number`, "", ""},
		{"rudi", "POST", "/findings", finding("tidak-ada", "belanja/att", "belanja", "Naik."), 422, `body.key & finding-number`, "", ""},
		{"rudi", "POST", "/findings", finding("<hitungan>", "belanja/lain", "belanja", "Naik."), 422, `body.key & finding-number`, "", ""},
		{"rudi", "POST", "/findings", finding("<hitungan>", "belanja/att", "Belanja Orang", "Naik."), 422, `body.outcome & finding-outcome`, "", ""},
		{"rudi", "POST", "/findings", finding("<hitungan>", "belanja/att", "belanja", ""), 422, `body.sentence.id`, "", ""},
		{"rudi", "POST", "/findings", finding("<hitungan>", "belanja/att", "belanja", "Naik."), 201, `finding-proposed`, "finding-proposed", "temuan"},
		{"", "GET", "/findings/<temuan>", "", 404, `api-no-object`, "", ""}, {"wati", "GET", "/findings/<temuan>", "", 404, `api-no-object`, "", ""}, {"", "GET", "/findings?state=proposed", "", 200, `"items":[]`, "", ""}, {"wati", "GET", "/findings?state=proposed", "", 200, `"items":[]`, "", ""},
		{"rudi", "GET", "/findings/<temuan>", "", 200, `"state":"proposed" & "level":0.9 & "unit":"rupiah" & "released":"" & "commands":["edit"]`, "", ""}, {"rudi", "GET", "/findings?state=proposed", "", 200, `"id":"<temuan>"`, "", ""}, {"rudi", "GET", "/findings", "", 200, `"items":[]`, "", ""},
		{"ani", "POST", "/findings/<temuan>/edit", "this is no JSON", 403, `"right":"study-register"`, "", ""},
		{"rudi", "POST", "/findings/<temuan>/edit", `{"sentence":{"id":" ","en":"b"},"seen":<@finding/temuan>,` + seenWhy + `}`, 422, `body.sentence.id`, "", ""},
		{"rudi", "POST", "/findings/<temuan>/edit", `{"sentence":{"id":"Belanja naik.","en":"Spending rose."},"whom":"keluarga","seen":<@finding/temuan>,` + seenWhy + `}`, 200, `finding-edited`, "finding-edited", ""},
		{"rudi", "POST", "/findings/<temuan>/release", "this is no JSON", 403, `"right":"finding-release"`, "", ""},
		{"hesti", "GET", "/findings/<temuan>", "", 200, `"commands":["edit","release","withdraw"]`, "", ""},
		{"hesti", "POST", "/findings/<temuan>/release", `{"seen":1,` + seenWhy + `}`, 409, `stale`, "", ""},
		{"hesti", "POST", "/findings/<temuan>/release", `{"seen":<@finding/temuan>,` + seenWhy + `}`, 200, `finding-released`, "finding-released", ""},
		{"", "GET", "/findings/<temuan>", "", 200, `Belanja naik. & "commands":[]`, "", ""},
		{"rudi", "POST", "/findings/<temuan>/edit", `{"sentence":{"id":"a","en":"b"},"seen":<@finding/temuan>,` + seenWhy + `}`, 409, `state-finding-released`, "", ""},
		{"rudi", "POST", "/findings/<temuan>/withdraw", "this is no JSON", 403, `"right":"finding-release"`, "", ""},
		{"hesti", "POST", "/findings/<temuan>/withdraw", `{"seen":<@finding/temuan>,"why":" "}`, 422, `body.why`, "", ""},
		{"hesti", "POST", "/findings/<temuan>/withdraw", `{"seen":<@finding/temuan>,` + seenWhy + `}`, 200, `finding-withdrawn`, "finding-withdrawn", ""},
		{"", "GET", "/findings?state=withdrawn", "", 200, `"reason":"uji"`, "", ""},
	}, "findings")
}
