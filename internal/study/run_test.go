package study

import (
	"errors"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/problem"
)

var limits = Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}

func asksRun(dummy bool) Run {
	return Run{ID: "r1", Dummy: dummy, Limits: limits, Data: []RunData{{Name: "rumah", Dataset: "d1", Version: 2, Content: strings.Repeat("d", 64), Contract: strings.Repeat("b", 64)}}}
}

// TestRuns: a draft runs on made-up rows alone, a registered study on its data, one
// run at a time, and each end is the last word.
func TestRuns(t *testing.T) {
	c := checked(t, nil)
	draft := drafted(t)
	change, err := draft.Queue(asksRun(true), c, nil, hand)
	if err != nil {
		t.Fatal(err)
	}
	made := change.After.(Run)
	if made.State != Queued || made.Registration != 0 || made.Data[0].Content != "" || made.Region != "35" || made.SHA256 != c.Design.SHA256 {
		t.Errorf("%+v", made)
	}
	if _, err := draft.Queue(asksRun(false), c, nil, hand); problem.Of(err)[0].Code != "state-study-draft" {
		t.Errorf("rows before the registration: %v", err)
	}
	change, err = draft.Lock(c, hand, nil)
	locked := then(t, change, err)
	change, err = locked.Queue(asksRun(false), c, []Run{made}, hand)
	if err != nil {
		t.Fatal(err)
	}
	real := change.After.(Run)
	if real.Registration != 1 || real.Data[0].Version != 2 {
		t.Errorf("%+v", real)
	}
	for code, do := range map[string]func() error{
		"run-under-way": func() error { _, err := locked.Queue(asksRun(false), c, []Run{real}, hand); return err },
		"run-no-version": func() error {
			x := asksRun(false)
			x.Data[0].Content = ""
			_, err := locked.Queue(x, c, nil, hand)
			return err
		},
		"study-data-missing": func() error { x := asksRun(false); x.Data = nil; _, err := locked.Queue(x, c, nil, hand); return err },
		"run-limit": func() error {
			x := asksRun(false)
			x.Limits.Threads = 0
			_, err := locked.Queue(x, c, nil, hand)
			return err
		},
	} {
		if all := problem.Of(do()); len(all) != 1 || all[0].Code != code {
			t.Errorf("%s: %v", code, all)
		}
	}
	change, err = locked.Stop("", sari, "perjanjian berakhir", now)
	stopped := then(t, change, err)
	if _, err := stopped.Queue(asksRun(false), c, nil, hand); problem.Of(err)[0].Code != "state-study-stopped" {
		t.Error(err)
	}
	change, err = real.Finish(Answer{Result: strings.Repeat("e", 64)}, now)
	if err != nil {
		t.Fatal(err)
	}
	done := change.After.(Run)
	if done.State != Done || done.Answer.Deviations == nil || *done.Ended != now || real.State != Queued {
		t.Errorf("%+v", done)
	}
	for _, over := range []func() error{
		func() error { _, err := done.Cancel("", now); return err },
		func() error { _, err := done.Fail(nil, now); return err },
		func() error { _, err := done.ShutDown(nil, now); return err },
		func() error { _, err := done.Finish(Answer{}, now); return err },
	} {
		if all := problem.Of(over()); len(all) != 1 || all[0].Code != "state-run-done" {
			t.Errorf("%v", all)
		}
	}
	if change, err = real.Cancel("salah rencana", now); err != nil || change.After.(Run).Why != "salah rencana" {
		t.Error(err)
	}
	why := SaidOf(problem.New("run-limit", "field", "memory").In("Data penerima"))
	if change, err = real.Fail(why, now); err != nil || change.After.(Run).Problems[0].Problem().Text("en") != problem.New("run-limit", "field", "memory").In("Data penerima").Text("en") {
		t.Error(err)
	}
	if why = SaidOf(errors.New("secret")); len(why) != 1 || why[0].Code != "run-broke" {
		t.Errorf("%+v", why)
	}
}
