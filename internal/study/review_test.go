package study

import (
	"testing"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// TestWhatLeaves: an answer is asked for, questioned, answered and released by
// somebody who is not of the study; each step is kept, and none is given by the
// wrong hand or at the wrong time.
func TestWhatLeaves(t *testing.T) {
	change, err := drafted(t).Lock(checked(t, nil), hand, nil)
	s := then(t, change, err)
	queue, err := s.Queue(asksRun(false), checked(t, nil), nil, hand)
	if err != nil {
		t.Fatal(err)
	}
	queued := queue.After.(Run)
	finish, err := queued.Finish(Answer{}, now)
	if err != nil {
		t.Fatal(err)
	}
	done := finish.After.(Run)
	people := s.People(done, []string{"rano"})
	checker := registry.HandOf(event.Actor{User: "tini", Via: event.Web}, now)
	step := func(c registry.Change, err error) Run {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c.After.(Run)
	}
	refused := func(code string, err error) {
		t.Helper()
		if all := problem.Of(err); len(all) != 1 || all[0].Code != code {
			t.Errorf("expected %s, found %v", code, err)
		}
	}
	_, err = queued.Request("", hand)
	refused("state-run-queued", err)
	made := done
	made.Dummy = true
	_, err = made.Request("", hand)
	refused("review-dummy", err)
	_, err = done.LetGo(Release{Content: "x"}, "", people, checker)
	refused("state-run-done", err)

	asked := step(done.Request("", hand))
	for _, own := range []string{"sari", "rano", ""} { // who registered and asked, a member, nobody
		by := registry.HandOf(event.Actor{User: own, Via: event.Web}, now)
		_, err = asked.LetGo(Release{Content: "x"}, "", people, by)
		refused("review-own", err)
		_, err = asked.Question("?", people, by)
		refused("review-own", err)
		_, err = asked.Refuse("tidak", people, by)
		refused("review-own", err)
	}
	_, err = asked.Question(" ", people, checker)
	refused("blank-review", err)
	questioned := step(asked.Question("Mengapa sel Kota Blitar dipisah?", people, checker))
	_, err = questioned.LetGo(Release{Content: "x"}, "", people, checker)
	refused("state-run-questioned", err)
	answered := step(questioned.Reply("Kota dan kabupaten dihitung terpisah", hand))
	no := step(answered.Refuse("sel terlalu kecil", people, checker))
	again := step(no.Request("digabung", hand))
	_, err = again.LetGo(Release{Content: "x", Held: []string{"b"}}, "", people, checker)
	refused("blank-review", err) // what is kept back has a reason
	out := step(again.LetGo(Release{Content: "x", Held: []string{"b", "a", "b"}}, "sel kecil", people, checker))
	if out.Stage() != Released || out.Release.Content != "x" || len(out.Release.Held) != 2 || out.Release.Held[0] != "a" || len(out.Review) != 6 || done.Stage() != Done {
		t.Errorf("%+v", out)
	}
	_, err = out.Refuse("terlambat", people, checker)
	refused("state-run-released", err)
}
