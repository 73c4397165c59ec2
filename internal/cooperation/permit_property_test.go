package cooperation_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
)

// life draws an agreement, a permit under it, and what happens to it: commands of
// whoever, most of which are refused. The snapshots are the permit after each
// command that went through.
func life(t *rapid.T, rules []StepRule) (Ground, []Permit, []time.Time) {
	g := permitGround(rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "silence"))
	rarely := func(what string) bool { return rapid.IntRange(0, 4).Draw(t, what) == 4 }
	r := request(rapid.SampledFrom(PermitKinds).Draw(t, "kind"))
	r.Regions = rapid.SampledFrom([][]string{{"3526", "3527", "3528"}, {"3526", "3527"}, {"3528"}}).Draw(t, "asked")
	r.Period.From = registry.Day("2026-01-20").Add(rapid.IntRange(0, 40).Draw(t, "from"))
	r.Period.Until = r.Period.From.Add(rapid.IntRange(20, 150).Draw(t, "days"))
	a := &g.Agreement.Agreement
	a.Scope.Period.Until = r.Period.Until.Add(rapid.IntRange(0, 90).Draw(t, "agreed for longer"))
	if rarely("another agreement") {
		a.Scope.Period.Until = r.Period.Until.Add(rapid.IntRange(-1, 0).Draw(t, "agreed for less"))
		a.Scope.Regions = []string{"3526", "3528"}
	}
	if rarely("ended early") {
		day := registry.Day("2026-02-01").Add(rapid.IntRange(0, 200).Draw(t, "ended"))
		a.Terminated = &Termination{Mark: Mark{At: on(day.Add(-rapid.IntRange(0, 20).Draw(t, "told")))}, Day: day, Reason: "x"}
	}
	if rarely("amended") {
		less := *a
		less.ID, less.Amends, less.Scope.Regions = "a2", "a1", []string{"3527"}
		less.Scope.Period.From = registry.Day("2026-02-01").Add(rapid.IntRange(0, 90).Draw(t, "amended from"))
		g.Agreement.Addenda = []Agreement{less}
	}

	c, err := DraftPermit("i1", r, researcher, on("2026-01-12"))
	if err != nil {
		t.Fatal(err)
	}
	p := c.After.(Permit)
	for _, k := range AttachmentKinds {
		c, err := p.Attach(g, Attachment{k, scan}, on("2026-01-12"))
		if err != nil {
			t.Fatal(err)
		}
		p = c.After.(Permit)
	}
	at := on("2026-01-13")
	all, when := []Permit{p}, []time.Time{at}
	try := func(c registry.Change, err error) {
		if err == nil {
			p = c.After.(Permit)
			all, when = append(all, p), append(when, at)
		}
	}
	pass := func(days int) {
		at = at.Add(time.Second + time.Duration(rapid.IntRange(1, days*24).Draw(t, "hours"))*time.Hour)
	}
	pass(5)
	if !rarely("rough") { // most get through the door, so that the rest has something to do
		try(p.Submit(g, rules, organisations(), permitNames.Names, researcher, at))
		pass(5)
		try(p.Recommend(g, signing("k35", ""), official, at))
		pass(5)
		try(p.Open(g, signing("d35", ""), official, at))
	}
	offices := []string{"d35", "k35", "d3526", "k3526", "d3527", "m3527", "d3528"}
	for range rapid.IntRange(10, 40).Draw(t, "commands") {
		pass(7)
		region := rapid.SampledFrom([]string{"3526", "3527", "3528", "3529"}).Draw(t, "region")
		office := rapid.SampledFrom([]string{"d" + region, "d" + region, "d35", offices[rapid.IntRange(0, 6).Draw(t, "any")]}).Draw(t, "office")
		answer := why(signing(office, region), "alasan")
		whole := why(signing("d35", ""), "alasan")
		switch rapid.IntRange(0, 23).Draw(t, "command") {
		case 20:
			try(p.Submit(g, rules, organisations(), permitNames.Names, researcher, at))
		case 21:
			try(p.Open(g, whole, official, at))
		case 22:
			try(p.Return(g, whole, official, at))
		case 0, 4, 5, 6:
			first := map[string]string{"3526": "k3526", "3527": "m3527"}[region]
			try(p.Recommend(g, signing(first, region), official, at))
		case 1, 7, 8, 9, 10:
			try(p.Grant(g, answer, official, at))
		case 12:
			try(p.DeclineRegion(g, answer, official, at))
		case 13:
			try(p.RevokeRegion(g, answer, official, at))
		case 14:
			try(p.Extend(g, p.PeriodAt(at).Until.Add(rapid.IntRange(1, 60).Draw(t, "longer")), whole, official, at))
		case 23:
			try(p.RecordPassed(g, rapid.SampledFrom([]string{"35", region}).Draw(t, "place"), system, at))
		case 3, 15:
			try(p.RecordDeemed(g, region, system, at))
		case 17:
			if rarely("really") {
				try(p.Revoke(g, whole, official, at))
			}
		case 18:
			if rarely("really") {
				try(p.Withdraw(g, "alasan", researcher, at))
			}
		case 2, 11:
			in := Issue{Answer: whole, Position: "p-kadis"}
			in.Number = &Number{Text: "070", Day: registry.DayOf(at)}
			try(p.IssueLetter(g, in, permitNames, official, at))
		case 16:
			try(p.FileReport(g, &scan, "", researcher, at))
		case 19:
			try(p.AcceptReport(g, whole, official, at))
		}
	}
	return g, all, when
}

// saidYes tells, from the moves alone, whether a region's own office said yes to
// a day, and nobody took it back by then.
func saidYes(p Permit, region string, at time.Time) bool {
	yes := false
	for _, m := range p.Moves {
		if m.Mark.At.After(at) {
			break
		}
		switch {
		case m.Command == "grant-region" && m.Region == region && m.Until >= registry.DayOf(at):
			yes = true
		case m.Command == "revoke" || (m.Command == "revoke-region" && m.Region == region):
			return false
		}
	}
	return yes
}

// wasSilent tells whether a region's office had the request, or an extension of
// it, for more working days than the agreement gives it, without an answer to it.
func wasSilent(g Ground, p Permit, region string, at time.Time) bool {
	terms := g.Agreement.Agreement.Terms.SilenceDays
	if terms == 0 {
		return false
	}
	for i, m := range p.Moves { // each instant from which it may have had it
		if m.Mark.At.After(at) {
			break
		}
		if m.Command != "open" && m.Command != "extend" {
			continue
		}
		end := at
		for _, later := range p.Moves[i+1:] {
			answers := later.Region == region && (later.Command == "grant-region" || later.Command == "decline-region")
			if answers && later.Mark.At.Before(end) {
				end = later.Mark.At
			}
		}
		if n, _ := g.Calendar.WorkingDays(registry.DayOf(m.Mark.At), registry.DayOf(end)); n > terms {
			return true
		}
		// The day after the last working day may itself be none.
		if due, _ := g.Calendar.AddWorkingDays(registry.DayOf(m.Mark.At), terms); registry.DayOf(end) > due {
			return true
		}
	}
	return false
}

// TestWhatAPermitOpens: on random agreements, permits, answers and instants.
func TestWhatAPermitOpens(t *testing.T) {
	rules := chain(t)
	opens := map[PermitKind]int{}
	silences, letters := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g, all, when := life(t, rules)
		p := all[len(all)-1]
		instants := append(slices.Clone(when), on("2026-01-11"))
		for range 10 {
			instants = append(instants, when[len(when)-1].Add(time.Duration(rapid.IntRange(1, 60*24).Draw(t, "hours later"))*time.Hour))
		}
		for _, at := range instants {
			state := p.StateAt(g, at)
			if !slices.Contains(PermitLife.States, state) {
				t.Fatal(state)
			}
			for _, place := range append([]string{"35"}, p.Regions...) {
				steps := slices.DeleteFunc(p.Steps(g, at), func(s StepStatus) bool { return s.Region != place })
				if in := p.StepsIn(g, place, at); len(in) != len(steps) || (len(in) > 0 && !reflect.DeepEqual(in, steps)) {
					t.Fatalf("in %s: %+v, want %+v", place, in, steps)
				}
			}
			agreed := g.Agreement.ScopeAt(at)
			for _, use := range PermitKinds {
				regions, shut := p.Opens(g, use, at)
				opens[use] += len(regions)
				asked := slices.Clone(regions)
				for _, s := range shut {
					asked = append(asked, s.Region)
					if !slices.Contains(ShutWhys, s.Why) {
						t.Fatalf("%s is shut because of %q", s.Region, s.Why)
					}
				}
				slices.Sort(asked)
				if !slices.Equal(asked, p.Regions) {
					t.Fatalf("open %v, shut %v, asked %v", regions, shut, p.Regions)
				}
				for _, r := range regions {
					switch yes := saidYes(p, r, at); {
					case state != PermitOpen || !g.Agreement.InForce(at) || !p.PeriodAt(at).Has(registry.DayOf(at)):
						t.Fatalf("%s is open while the permit is %s and the agreement %s", r, state, g.Agreement.StateAt(at))
					case !slices.ContainsFunc(agreed.Regions, func(q string) bool { return registry.Within(r, q) }):
						t.Fatalf("%s is open, the agreement opens %v", r, agreed.Regions)
					case use == FieldWork && p.Kind != FieldWork:
						t.Fatalf("a permit for data opens %s for field work", r)
					case !yes && use == DataUse:
						t.Fatalf("the data of %s are open, and its office never said yes", r)
					case !yes && !wasSilent(g, p, r, at):
						t.Fatalf("%s is open for field work without yes or silence: %+v", r, p.Moves)
					case !yes:
						silences++
					}
				}
			}
			// What the permit opens, met with what the agreement opens, exceeds neither.
			own := p.ScopeAt(g, at)
			both := own.Meet(agreed)
			if e := both.Outside(own); len(e.Regions)+len(e.Datasets)+len(e.Programmes)+len(e.Purposes) > 0 {
				t.Fatalf("%+v", e)
			}
			if e := both.Outside(agreed); len(e.Regions)+len(e.Datasets)+len(e.Programmes)+len(e.Purposes) > 0 {
				t.Fatalf("%+v", e)
			}
			// A letter names no region that is not open on its day, or will be on the first.
			for _, l := range p.Letters {
				letters++
				regions, shut := p.Opens(g, p.Kind, l.Issued.At)
				for _, place := range l.Places {
					if !slices.Contains(regions, place.Region) && !slices.Contains(shut, Shut{place.Region, "not-begun"}) {
						t.Fatalf("the letter of %v names %s: %v", l.Issued.At, place.Region, shut)
					}
					if place.Until < registry.DayOf(l.Issued.At) || place.Until > p.LastDay(g, l.Issued.At) || (place.Deemed && p.Kind != FieldWork) {
						t.Fatalf("%+v", place)
					}
				}
				if v, ok := p.Verify(g, l.Code, at); ok && v.State == "valid" {
					now, _ := p.Opens(g, p.Kind, at)
					for _, place := range v.Places {
						if !slices.Contains(now, place.Region) {
							t.Fatalf("%s is said to be valid in %s", l.Number.Text, place.Region)
						}
					}
				}
			}
		}
	})
	t.Logf("%v open, %d silences, %d letters", opens, silences, letters)
	if opens[DataUse] == 0 || opens[FieldWork] == 0 || silences == 0 || letters == 0 {
		t.Errorf("too little happened: %v open, %d silences, %d letters", opens, silences, letters)
	}
}

// TestPermitAsOfThen: what the record says later changes nothing of what was so
// before; and the event holds the whole state.
func TestPermitAsOfThen(t *testing.T) {
	rules := chain(t)
	rapid.Check(t, func(t *rapid.T) {
		g, all, when := life(t, rules)
		last := all[len(all)-1]
		b, err := json.Marshal(last)
		if err != nil {
			t.Fatal(err)
		}
		var back Permit
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		for i, p := range all {
			at := when[i]
			if p.StateAt(g, at) != last.StateAt(g, at) || back.StateAt(g, at) != last.StateAt(g, at) {
				t.Fatalf("%v: it was %s, now it was %s", at, p.StateAt(g, at), last.StateAt(g, at))
			}
			for _, use := range PermitKinds {
				was, _ := p.Opens(g, use, at)
				is, _ := last.Opens(g, use, at)
				again, _ := back.Opens(g, use, at)
				if !slices.Equal(was, is) || !slices.Equal(again, is) {
					t.Fatalf("%v: %v were open, now %v were", at, was, is)
				}
			}
			for _, st := range last.Steps(g, at) {
				if !slices.Contains(StepStates, st.State) || (st.State == "waiting" || st.State == "silent") != (st.Since != "") {
					t.Fatalf("%+v", st)
				}
			}
		}
	})
}

// BenchmarkOpens: 38 regions, all answered and extended.
func BenchmarkOpens(b *testing.B) {
	g := permitGround(5)
	r := request(DataUse)
	r.Regions = nil
	var all []registry.Organisation
	all = append(all, organisations()[:2]...)
	for _, x := range registry.Subtree("35", "2026-01-01")[1:] {
		r.Regions = append(r.Regions, x.Code)
		all = append(all, registry.Organisation{ID: "d" + x.Code, Office: registry.SocialOffice, Region: x.Code, Period: registry.Period{From: "2020-01-01"}})
	}
	s := begin(b, g, r)
	s.do(s.p.Submit(g, chain(b), all, permitNames.Names, researcher, on("2026-01-28")))
	s.open("2026-02-02")
	for _, x := range r.Regions {
		s.grant(x, "2026-02-03")
	}
	s.do(s.p.Extend(g, "2026-12-31", why(signing("d35", ""), "x"), official, on("2026-06-01")))
	at := on("2026-06-02")
	if regions, _ := s.p.Opens(g, DataUse, at); len(regions) != 38 {
		b.Fatal(regions)
	}
	for b.Loop() {
		s.p.ScopeAt(g, at)
	}
}
