package access

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

var update = flag.Bool("update", false, "write docs/rights.md")

var (
	now   = time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC) // 2026-11-25 in Jakarta
	today = registry.Day("2026-11-25")
	rini  = event.Actor{User: "rini", Via: event.Web}
	tono  = event.Actor{User: "tono", Via: event.Web}
	year  = registry.Period{From: "2026-11-25", Until: "2027-11-24"}
)

func person(id string, s ...Status) User {
	u := User{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Email: id + "@contoh.go.id", Language: "id", Organisation: "o1"}
	for i, status := range append([]Status{Invited}, s...) {
		u = u.turned(status, now.AddDate(-1, 0, i))
	}
	return u
}

func asked(role Role) Grant {
	return Grant{ID: "g1", User: "budi", Role: role, Region: "3507", Organisation: "o1", Period: year, Reason: "uji",
		Requested: Mark{User: "rini", Via: event.Web, At: now.Add(-time.Hour)}}
}

func given(role Role) Grant {
	g := asked(role)
	g.ID = "g0"
	g.Confirmed = &Mark{User: "tono", Via: event.Web, At: now.Add(-time.Minute)}
	return g
}

// hands are those of somebody whose way in nobody else has opened.
func hands(a event.Actor) []Mark { return []Mark{mark(a, now)} }

func seatOf(c event.Capacity, until registry.Day) Seat {
	return Seat{Position: "p1", Title: "Kepala Dinas", Organisation: "o1", Region: "3507", Holding: registry.Holding{
		ID: "h", User: "budi", Capacity: c, Period: registry.Period{From: "2026-01-01", Until: until}, Begun: now.AddDate(-1, 0, 0)}}
}

// TestRefusals: each rule of users and grants, by the code of its problem; none:
// it goes through. No problem of the catalogue is without a row here or in
// TestDenials, save those that the store alone meets.
func TestRefusals(t *testing.T) {
	adds := func(change func(*User), taken *User) func() error {
		return func() error {
			u := User{ID: "sri", Name: "Sri", Email: "Sri@Contoh.go.id ", Language: "id"}
			change(&u)
			_, err := AddUser(u, taken, hands(rini), now)
			return err
		}
	}
	office := registry.Organisation{ID: "o1", Region: "3507", Names: []registry.Name{{Full: "Dinas Sosial Kabupaten Malang", Short: "Dinsos Malang"}}}
	gone := office
	gone.Period.Until = "2026-01-31"
	requests := func(change func(*Grant), others []Grant, seats []Seat) func() error {
		return func() error {
			g := asked(Analyst)
			change(&g)
			_, err := RequestGrant(g, person("budi", UserActive), others, seats, &office, rini, true, now)
			return err
		}
	}
	role := func(r Role) func(*Grant) { return func(g *Grant) { g.Role = r } }
	confirms := func(g Grant, by event.Actor) func() error {
		return func() error {
			_, err := g.Confirm(person("budi", UserActive), nil, []Seat{seatOf(event.Definitive, "")}, []Mark{g.Requested}, hands(by), now)
			return err
		}
	}
	user := func(u User, do func(User) (registry.Change, error)) func() error {
		return func() error { _, err := do(u); return err }
	}
	suspends := func(by event.Actor, why string) func(User) (registry.Change, error) {
		return func(u User) (registry.Change, error) { return u.Suspend(by, why, now) }
	}
	reinstates := func(u User) (registry.Change, error) { return u.Reinstate(rini, "kembali", now) }
	leaves := func(seats ...Seat) func(User) (registry.Change, error) {
		return func(u User) (registry.Change, error) { return u.Leave(seats, rini, "pensiun", now) }
	}
	accepts := func(at time.Time) func(User) (registry.Change, error) {
		return func(u User) (registry.Change, error) {
			if u.status() != Left {
				u.Invitation = &Invitation{now.Add(InvitationLasts), hands(rini)}
			}
			return u.Accept(at)
		}
	}
	console := func(user, os string) event.Actor {
		return event.Actor{User: user, Via: event.CommandLine, Through: os, Capacity: event.LocalAdministrator}
	}
	byConsole := asked(Administrator)
	byConsole.Requested = mark(console("root", "root"), now)
	refused, over, closed := asked(Head), asked(Head), given(Head)
	refused.Refused, closed.Ended = &Mark{At: now}, &Mark{At: now}
	over.Period.Until = "2026-11-24"
	budi := person("budi", UserActive)
	withFactor := budi
	withFactor.SecondFactor = true

	rows := []struct {
		what, code string
		do         func() error
	}{
		{"a user", "", adds(func(*User) {}, nil)},
		{"no name", "blank-name", adds(func(u *User) { u.Name = " " }, nil)},
		{"no address", "blank-email", adds(func(u *User) { u.Email = "" }, nil)},
		{"no address but a name", "user-email", adds(func(u *User) { u.Email = "Sri <sri@contoh.go.id>" }, nil)},
		{"half an address", "user-email", adds(func(u *User) { u.Email = "sri@" }, nil)},
		{"another's address", "user-email-taken", adds(func(*User) {}, &budi)},
		{"a language", "user-language", adds(func(u *User) { u.Language = "jv" }, nil)},
		{"a number for a name", "text-identity", adds(func(u *User) { u.Name = "0000000000000000" }, nil)},
		{"one's own address", "", user(budi, func(u User) (registry.Change, error) {
			return u.Change(Profile{"Budi S.", u.Email, "en", "o1"}, &budi, false)
		})},
		{"another address, by oneself", "user-profile", user(budi, func(u User) (registry.Change, error) {
			return u.Change(Profile{u.Name, "bs@contoh.go.id", "id", "o1"}, nil, false)
		})},
		{"another organisation, by oneself", "user-profile", user(budi, func(u User) (registry.Change, error) {
			return u.Change(Profile{u.Name, u.Email, "id", "o2"}, nil, false)
		})},
		{"another organisation", "", user(budi, func(u User) (registry.Change, error) {
			return u.Change(Profile{u.Name, u.Email, "id", "o2"}, nil, true)
		})},
		{"changing who left", "state-user-left", user(person("budi", Left), func(u User) (registry.Change, error) { return u.Change(Profile{}, nil, true) })},
		{"inviting again", "", user(person("budi"), func(u User) (registry.Change, error) { return u.Invite(hands(rini), now) })},
		{"inviting the suspended", "state-user-suspended", user(person("budi", UserActive, Suspended), func(u User) (registry.Change, error) { return u.Invite(hands(rini), now) })},
		{"joining", "", user(person("budi"), accepts(now))},
		{"joining at the last moment", "", user(person("budi"), accepts(now.Add(InvitationLasts-1)))},
		{"joining too late", "invitation-expired", user(person("budi"), accepts(now.Add(InvitationLasts)))},
		{"joining twice", "invitation-unknown", user(person("budi"), func(u User) (registry.Change, error) { return u.Accept(now) })},
		{"a password before joining", "state-user-invited", user(person("budi"), User.SetPassword)},
		{"a password", "", user(budi, User.SetPassword)},
		{"a second factor", "", user(budi, User.SetSecondFactor)},
		{"a second factor before joining", "state-user-invited", user(person("budi"), User.SetSecondFactor)},
		{"removing none", "user-no-second-factor", user(budi, func(u User) (registry.Change, error) { return u.RemoveSecondFactor(hands(rini), "hilang") })},
		{"removing without reason", "blank-reason", user(withFactor, func(u User) (registry.Change, error) { return u.RemoveSecondFactor(hands(rini), "") })},
		{"removing", "", user(withFactor, func(u User) (registry.Change, error) { return u.RemoveSecondFactor(hands(rini), "telepon hilang") })},
		{"suspending", "", user(budi, suspends(rini, "cuti panjang"))},
		{"suspending without reason", "blank-reason", user(budi, suspends(rini, " "))},
		{"suspending oneself", "user-oneself", user(person("rini", UserActive), suspends(rini, "x"))},
		{"suspending twice", "state-user-suspended", user(person("budi", UserActive, Suspended), suspends(rini, "x"))},
		{"reinstating", "", user(person("budi", UserActive, Suspended), reinstates)},
		{"reinstating the active", "state-user-active", user(budi, reinstates)},
		{"leaving", "", user(budi, leaves(seatOf(event.Definitive, "2026-11-24")))},
		{"leaving a position", "user-holds", user(budi, leaves(seatOf(event.Definitive, "")))},
		{"leaving on its last day", "user-holds", user(budi, leaves(seatOf(event.Definitive, today)))},
		{"leaving twice", "state-user-left", user(person("budi", Left), leaves())},
		{"viewing as", "", user(budi, func(u User) (registry.Change, error) { return u.Viewed(rini, "bantuan") })},
		{"viewing as oneself", "user-oneself", user(person("rini", UserActive), func(u User) (registry.Change, error) { return u.Viewed(rini, "x") })},
		{"viewing without reason", "blank-reason", user(budi, func(u User) (registry.Change, error) { return u.Viewed(rini, "") })},
		{"viewing as the invited", "state-user-invited", user(person("budi"), func(u User) (registry.Change, error) { return u.Viewed(rini, "x") })},

		{"an analyst", "", requests(role(Analyst), nil, nil)},
		{"an unknown role", "grant-role", requests(role("king"), nil, nil)},
		{"the public", "grant-role", requests(role(Public), nil, nil)},
		{"no reason", "blank-reason", requests(func(g *Grant) { g.Reason = "" }, nil, nil)},
		{"no end", "grant-until", requests(func(g *Grant) { g.Period.Until = "" }, nil, nil)},
		{"no beginning", "day", requests(func(g *Grant) { g.Period.From = "" }, nil, nil)},
		{"backwards", "period", requests(func(g *Grant) { g.Period = registry.Period{From: "2027-01-01", Until: "2026-12-31"} }, nil, nil)},
		{"over before it began", "grant-past", requests(func(g *Grant) { g.Period = registry.Period{From: "2026-01-01", Until: "2026-11-24"} }, nil, nil)},
		{"its last day is today", "", requests(func(g *Grant) { g.Period = registry.Period{From: "2026-01-01", Until: today} }, nil, nil)},
		{"an unknown region", "region-unknown", requests(func(g *Grant) { g.Region = "3599" }, nil, nil)},
		{"a region of a prefix", "region-unknown", requests(func(g *Grant) { g.Region = "3" }, nil, nil)},
		{"another region than the organisation's", "grant-outside", requests(func(g *Grant) { g.Region = "3578" }, nil, nil)},
		{"an analyst of none", "grant-organisation", requests(func(g *Grant) { g.Organisation = "" }, nil, nil)},
		{"an auditor of all", "", requests(func(g *Grant) { g.Role, g.Organisation = Auditor, "" }, nil, nil)},
		{"an analyst of another", "grant-member", requests(func(g *Grant) { g.Organisation = "o2" }, nil, nil)},
		{"a kabupaten officer", "", requests(role(KabupatenOfficer), nil, nil)},
		{"a kabupaten officer of the province", "grant-regency", requests(func(g *Grant) { g.Role, g.Region = KabupatenOfficer, "35" }, nil, nil)},
		{"a head without position", "grant-seat", requests(role(Head), nil, nil)},
		{"a head", "", requests(role(Head), nil, []Seat{seatOf(event.Definitive, "")})},
		{"a Plt. as head", "", requests(role(Head), nil, []Seat{seatOf(event.Plt, "2026-12-31")})},
		{"who signs a.n. as head", "grant-seat", requests(role(Head), nil, []Seat{seatOf(event.An, "")})},
		{"who held it before", "grant-seat", requests(role(Head), nil, []Seat{seatOf(event.Definitive, "2026-11-24")})},
		{"a checker who analyses", "grant-apart-analyst", requests(role(OutputChecker), []Grant{given(Analyst)}, nil)},
		{"a checker who asked to research", "grant-apart-researcher", requests(func(g *Grant) { g.ID, g.Role = "g2", OutputChecker }, []Grant{asked(Researcher)}, nil)},
		{"an analyst who checks", "grant-apart-output-checker", requests(role(Analyst), []Grant{given(OutputChecker)}, nil)},
		{"an administrator who audits", "grant-apart-auditor", requests(role(Administrator), []Grant{given(Auditor)}, nil)},
		{"an auditor who administers", "grant-apart-administrator", requests(role(Auditor), []Grant{given(Administrator)}, nil)},
		{"an auditor who leads", "grant-apart-head", requests(role(Auditor), []Grant{given(Head)}, nil)},
		{"an auditor who serves a kabupaten", "grant-apart-kabupaten-officer", requests(role(Auditor), []Grant{given(KabupatenOfficer)}, nil)},
		{"an auditor who keeps data", "grant-apart-data-steward", requests(role(Auditor), []Grant{given(DataSteward)}, nil)},
		{"an auditor who led", "", requests(role(Auditor), []Grant{closed}, nil)},
		{"twice", "grant-twice", requests(role(Analyst), []Grant{given(Analyst)}, nil)},
		{"one after the other", "", requests(func(g *Grant) { g.Period = registry.Period{From: "2027-11-25", Until: "2028-01-01"} }, []Grant{given(Analyst)}, nil)},
		{"for the suspended", "state-user-suspended", func() error {
			_, err := RequestGrant(asked(Analyst), person("budi", UserActive, Suspended), nil, nil, &office, rini, true, now)
			return err
		}},
		{"of the ended", "state-organisation-ended", func() error {
			_, err := RequestGrant(asked(Analyst), budi, nil, nil, &gone, rini, true, now)
			return err
		}},

		{"confirming", "", confirms(asked(Head), tono)},
		{"confirming one's own request", "grant-own-request", confirms(asked(Head), rini)},
		{"confirming for oneself", "grant-for-oneself", confirms(asked(Head), event.Actor{User: "budi", Via: event.API})},
		{"confirming under another name", "grant-own-request", confirms(byConsole, console("tono", "root"))},
		{"confirming from another account", "", confirms(byConsole, console("tono", "tono"))},
		{"confirming on the web", "", confirms(byConsole, tono)},
		{"confirming twice", "state-grant-active", confirms(given(Head), tono)},
		{"confirming the refused", "state-grant-refused", confirms(refused, tono)},
		{"confirming too late", "state-grant-expired", confirms(over, tono)},
		{"confirming the ended", "state-grant-ended", confirms(closed, tono)},
		{"confirming for who left", "state-user-left", func() error {
			_, err := asked(Analyst).Confirm(person("budi", Left), nil, nil, hands(rini), hands(tono), now)
			return err
		}},
		{"a seat lost meanwhile", "grant-seat", func() error { _, err := asked(Head).Confirm(budi, nil, nil, hands(rini), hands(tono), now); return err }},
		{"a role gained meanwhile", "grant-apart-auditor", func() error {
			_, err := asked(Administrator).Confirm(budi, []Grant{given(Auditor)}, nil, hands(rini), hands(tono), now)
			return err
		}},
		{"refusing", "", func() error { _, err := asked(Head).Refuse(hands(rini), hands(tono), "belum perlu", now); return err }},
		{"refusing one's own", "grant-own-request", func() error { _, err := asked(Head).Refuse(hands(rini), hands(rini), "x", now); return err }},
		{"refusing without reason", "blank-reason", func() error { _, err := asked(Head).Refuse(hands(rini), hands(tono), "", now); return err }},
		{"confirming what one's opener asked", "hands-meet", func() error {
			_, err := asked(Head).Confirm(budi, nil, nil, hands(rini), append(hands(tono), hands(rini)...), now)
			return err
		}},
		{"confirming what was asked through one's own opening", "hands-meet", func() error {
			_, err := asked(Head).Confirm(budi, nil, nil, append(hands(rini), hands(tono)...), hands(tono), now)
			return err
		}},
		{"confirming where who gains opened the way", "hands-meet", func() error {
			_, err := asked(Head).Confirm(budi, nil, nil, hands(rini), append(hands(tono), Mark{User: "budi"}), now)
			return err
		}},
		{"resting for want of a seat", RestsSeat, func() error {
			return StandingAt(budi, []Seat{seatOf(event.Plh, "")}, []Grant{given(Head)}, now).May(PermitAnswer, Place{Region: "3507", Organisation: "o1"})
		}},
		{"resting for want of membership", RestsMember, func() error {
			away := budi
			away.Organisation = "o2"
			return StandingAt(away, nil, []Grant{given(DataSteward)}, now).May(DatasetRegister, Place{Region: "3507", Organisation: "o1"})
		}},
		{"withdrawing", "", func() error { _, err := asked(Head).End(rini, "keliru", now); return err }},
		{"ending", "", func() error { _, err := given(Head).End(rini, "mutasi", now); return err }},
		{"ending without reason", "blank-reason", func() error { _, err := given(Head).End(rini, "", now); return err }},
		{"ending twice", "state-grant-ended", func() error { _, err := closed.End(rini, "x", now); return err }},

		{"the first administrator", "", func() error {
			_, err := FirstAdministrator("g", budi, []Grant{asked(Administrator), given(Head)}, rini, "tautan pertama", now)
			return err
		}},
		{"a second first", "first-run-over", func() error {
			_, err := FirstAdministrator("g", budi, []Grant{given(Administrator)}, rini, "x", now)
			return err
		}},
		{"a first without reason", "blank-reason", func() error { _, err := FirstAdministrator("g", budi, nil, rini, "", now); return err }},
		{"another's password", "user-another", func() error {
			return Standing{User: "rini", Status: UserActive, Grants: []Grant{{Role: Administrator, Region: registry.Nation}}}.MayCommand("user", "set-password", Place{Region: "35"}, "budi")
		}},
		{"a look at nothing", "look-incomplete", func() error { return Look{}.Check() }},
		{"a position of another", "actor-position", func() error { _, err := Standing{User: "budi"}.Actor("p1", event.Web, ""); return err }},
	}
	met := map[string]bool{}
	for _, r := range rows {
		err := r.do()
		found := ""
		for _, p := range problem.Of(err) {
			found = p.Code
			speaks(t, p)
		}
		if found != r.code || (err != nil) != (r.code != "") {
			t.Errorf("%s: %q (%v), want %q", r.what, found, err, r.code)
		}
		met[found] = true
	}
	store := []string{"user-unknown", "organisation-unknown", "organisation-ambiguous", "position-unknown", "grant-unknown", "password-encoded", "invitation-lapsed"}
	for _, key := range keys(t) {
		code, ok := strings.CutPrefix(key, "problem.")
		if ok && !met[code] && !strings.HasPrefix(code, "denied-") && !strings.Contains(strings.Join(store, " "), code) {
			t.Errorf("no row is refused with %q", code)
		}
	}
}

func speaks(t *testing.T, p *problem.Problem) {
	t.Helper()
	for _, l := range i18n.Langs {
		if text := p.Text(l); strings.ContainsAny(text, "{}[]") {
			t.Errorf("%s: %s", l, text)
		}
	}
}

// TestTwoPeople: which grants are in force at once, and which wait for another.
func TestTwoPeople(t *testing.T) {
	office := registry.Organisation{ID: "o1", Region: "3507", Names: []registry.Name{{Full: "Dinas Sosial", Short: "Dinsos"}}}
	for _, r := range grantable() {
		for _, c := range []struct {
			by         event.Actor
			mayConfirm bool
		}{{rini, true}, {rini, false}, {event.Actor{User: "budi", Via: event.Web}, true}} {
			change, err := RequestGrant(asked(r), person("budi", UserActive), nil, []Seat{seatOf(event.Definitive, "")}, &office, c.by, c.mayConfirm, now)
			if err != nil {
				t.Fatal(r, err)
			}
			atOnce := c.mayConfirm && c.by.User == "rini" && r != Head && r != OutputChecker && r != Administrator
			g := change.After.(Grant)
			if g.InForce(now) != atOnce || (change.Type == "grant-given") != atOnce {
				t.Errorf("%s by %s: %s", r, c.by.User, change.Type)
			}
		}
	}
}

// TestHands: whoever opened the way in of somebody who had joined may be behind
// what they do, with those behind the opener, until another opens it and it is
// followed.
func TestHands(t *testing.T) {
	users := func(marks []Mark) (all []string) {
		for _, m := range marks {
			all = append(all, m.User)
		}
		return all
	}
	u := person("budi")
	step := func(what string, do func() (registry.Change, error), want ...string) {
		t.Helper()
		c, err := do()
		if err != nil {
			t.Fatal(what, err)
		}
		u = c.After.(User)
		if got := users(Hands(Mark{User: "budi"}, u)); !slices.Equal(got, append([]string{"budi"}, want...)) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	join := func() (registry.Change, error) { return u.Accept(now) }
	step("first invitation", func() (registry.Change, error) { return u.Invite(hands(rini), now) })
	step("joined by it", join)
	step("opened again", func() (registry.Change, error) { return u.Invite(hands(rini), now) }, "rini")
	step("one's own password", u.SetPassword)
	step("opened again", func() (registry.Change, error) { return u.Invite(append(hands(tono), hands(rini)...), now) }, "tono", "rini")
	step("followed", join, "tono", "rini")
	step("a second factor", u.SetSecondFactor, "tono", "rini")
	step("one's own password", u.SetPassword, "tono", "rini")
	step("opened by another", func() (registry.Change, error) {
		return u.Invite([]Mark{{User: "wati"}}, now)
	}, "tono", "rini", "wati")
	step("thrown away by who is in", u.SetPassword, "tono", "rini")
	step("opened by another", func() (registry.Change, error) { return u.Invite([]Mark{{User: "wati"}}, now) }, "tono", "rini", "wati")
	step("followed", join, "wati")
	step("the factor taken away", func() (registry.Change, error) { return u.RemoveSecondFactor(hands(rini), "hilang") }, "wati", "rini")
}

// TestStates of a grant from one instant to the next.
func TestStates(t *testing.T) {
	minute := func(n int) *Mark { return &Mark{At: now.Add(time.Duration(n) * time.Minute)} }
	wib := time.FixedZone("WIB", 7*3600)
	end := time.Date(2027, 11, 25, 0, 0, 0, 0, wib) // the day after the last
	ended, refused := given(Analyst), asked(Analyst)
	ended.Confirmed, ended.Ended = minute(1), minute(3)
	refused.Refused = minute(1)
	later := given(Analyst)
	later.Period.From = "2026-12-01"
	for _, c := range []struct {
		g     Grant
		at    time.Time
		state string
		force bool
	}{
		{ended, now, Requested, false}, {ended, now.Add(time.Minute), Active, true}, {ended, now.Add(3*time.Minute - 1), Active, true},
		{ended, now.Add(3 * time.Minute), Ended, false}, {refused, now, Requested, false}, {refused, now.Add(time.Minute), Refused, false},
		{given(Analyst), end.Add(-time.Microsecond), Active, true}, {given(Analyst), end, Expired, false}, {asked(Analyst), end, Expired, false},
		{later, now, Active, false}, {later, time.Date(2026, 12, 1, 0, 0, 0, 0, wib), Active, true}, {later, time.Date(2026, 12, 1, 0, 0, 0, 0, wib).Add(-1), Active, false},
	} {
		if c.g.StateAt(c.at) != c.state || c.g.InForce(c.at) != c.force {
			t.Errorf("%v at %v: %s, in force %v", c.g.Period, c.at, c.g.StateAt(c.at), c.g.InForce(c.at))
		}
	}
}

// TestDenials name the right that is missing, the region and the organisation,
// the roles that have it, and where the user has it or until when.
func TestDenials(t *testing.T) {
	place := Place{Region: "3507", Organisation: "o1", Name: "Dinas Sosial Kabupaten Malang"}
	budi := func(status Status, grants ...Grant) Standing {
		return StandingAt(person("budi", status), nil, grants, now)
	}
	for _, p := range Permissions {
		if p == PublishedRead {
			continue
		}
		err := budi(UserActive).May(p, place)
		found := problem.Of(err)
		if len(found) != 1 || found[0].Code != "denied-"+string(p) {
			t.Fatalf("%s: %v", p, err)
		}
		for _, l := range i18n.Langs {
			var names []string
			for _, r := range RolesWith(p) {
				names = append(names, i18n.Text(l, "role."+string(r)+".name", nil))
			}
			want := strings.Join(names, ", ")
			words := i18n.Text(l, "permission."+string(p), nil)
			if text := found[0].Text(l); strings.ContainsAny(text, "{}[]") || !strings.Contains(text, ": "+want+";") || !strings.Contains(text, words) ||
				!strings.Contains(text, "Kabupaten Malang") || !strings.Contains(text, place.Name) {
				t.Errorf("%s should name %q and %q: %s", p, words, want, text)
			}
		}
	}
	elsewhere, past := given(Administrator), given(Administrator)
	elsewhere.Region, elsewhere.Organisation = "3578", ""
	past.Ended = &Mark{At: now.Add(-time.Second)}
	for _, c := range []struct {
		what string
		s    Standing
		code string
		has  string
	}{
		{"nobody", Standing{}, "denied-nobody", "not signed in"},
		{"not yet joined", StandingAt(person("budi"), nil, []Grant{given(Administrator)}, now), "denied-invited", "not accepted"},
		{"suspended", budi(Suspended, given(Administrator)), "denied-suspended", "suspended"},
		{"left", budi(Left, given(Administrator)), "denied-left", "has left"},
		{"elsewhere", budi(UserActive, elsewhere), "denied-user-manage", "your right holds in Kota Surabaya only"},
		{"ended", budi(UserActive, past), "denied-user-manage", "your right ended on 2026-11-25"},
		{"viewing", budi(UserActive, given(Administrator)).ViewedBy("rini"), "denied-viewing", "viewing as Budi"},
	} {
		err := c.s.May(UserManage, place)
		found := problem.Of(err)
		if len(found) != 1 || found[0].Code != c.code || !strings.Contains(err.Error(), c.has) {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		speaks(t, found[0])
	}
	if err := budi(UserActive, given(Administrator)).May(UserManage, place); err != nil {
		t.Error(err)
	}
	if err := budi(UserActive, given(Administrator)).ViewedBy("rini").May(UserRead, place); err != nil {
		t.Error(err)
	}
	if err := (Standing{}).May(PublishedRead, place); err != nil {
		t.Error(err)
	}
}

// TestMatrix: role x permission x relation of the regions x organisation, against
// docs/rights.md as it is printed: what May says is what the page says.
func TestMatrix(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "rights.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(page), "## Permission x role\n")
	if !ok {
		t.Fatal("docs/rights.md has no table of permissions")
	}
	cells := map[string]map[string]string{}
	var head []string
	for line := range strings.Lines(after) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		parts := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		switch {
		case parts[0] == "permission":
			head = parts[1:]
		case strings.HasPrefix(parts[0], "`") && len(parts) == len(head)+1:
			name := strings.Trim(strings.SplitN(parts[0], ":", 2)[0], "`")
			cells[name] = map[string]string{}
			for i, r := range head {
				cells[name][r] = parts[i+1]
			}
		}
	}
	checked := 0
	for _, p := range Permissions {
		for _, r := range Roles {
			cell, ok := cells[string(p)][string(r)]
			if !ok {
				t.Errorf("docs/rights.md has no cell for %s and %s", p, r)
				continue
			}
			if cell == "as public" {
				cell = cells[string(p)]["public"]
			}
			all := cell == "own, sub, parent, other"
			for _, rel := range []struct{ name, region string }{{"own", "3578"}, {"sub", "3578030"}, {"parent", "35"}, {"parent", registry.Nation}, {"other", "3573"}, {"other", "3507"}} {
				for _, of := range []struct {
					grant, object string
					reaches       bool
				}{{"", "o1", true}, {"", "", true}, {"o1", "o1", true}, {"o1", "o2", false}, {"o1", "", false}} {
					s := Standing{User: "budi", Status: UserActive}
					if r != Public {
						s.Grants = []Grant{{Role: r, Region: "3578", Organisation: of.grant}}
					}
					want := all || (strings.Contains(", "+cell+",", ", "+rel.name+",") && of.reaches)
					if got := s.May(p, Place{Region: rel.region, Organisation: of.object}) == nil; got != want {
						t.Errorf("%s, %s, %s (%s), grant of %q, object of %q: %v, the page says %q", r, p, rel.name, rel.region, of.grant, of.object, got, cell)
					}
					checked++
				}
			}
		}
	}
	if checked != len(Permissions)*len(Roles)*6*5 {
		t.Errorf("%d cases", checked)
	}
}

// TestRightsPage: docs/rights.md is what the code prints.
func TestRightsPage(t *testing.T) {
	path := filepath.Join(testenv.Root(), "docs", "rights.md")
	if *update {
		if err := os.WriteFile(path, []byte(Rights()), 0o644); err != nil { //nolint:gosec // a page for all
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Rights() {
		t.Error("docs/rights.md is not what the code says: go test ./internal/access -update")
	}
}

// TestEveryCommandHasItsNeed, and every role, permission and reach is known.
func TestEveryCommandHasItsNeed(t *testing.T) {
	n := 0
	for _, l := range Lives {
		for _, step := range l.Steps {
			need, ok := Needs(l.Object, step.Command)
			if need.Program {
				if need != (Need{Program: true}) || with(Administrator, registry.Nation).MayCommand(l.Object, step.Command, Place{Region: "35"}, "") == nil {
					t.Errorf("%s/%s: somebody may give what only the program gives", l.Object, step.Command)
				}
			} else if !ok || (need.Permission == "" && !need.Self && !need.Token) {
				t.Errorf("%s/%s: nobody may", l.Object, step.Command)
			}
			if need.Permission != "" && !need.Permission.Changes() {
				t.Errorf("%s/%s asks for %s, which changes nothing", l.Object, step.Command, need.Permission)
			}
			n++
		}
	}
	if n != len(needs) {
		t.Errorf("%d commands, %d needs", n, len(needs))
	}
	for r, permissions := range table {
		for p, reach := range permissions {
			if !strings.Contains(Rights(), "| `"+string(p)+"`") || !strings.Contains(Rights(), "| `"+string(r)+"`") || (reach != Inside && reach != Anywhere) {
				t.Errorf("%s, %s: %s", r, p, reach)
			}
		}
	}
	for _, r := range Roles {
		for _, l := range i18n.Langs {
			for _, part := range []string{"name", "duty", "holder"} {
				if !i18n.Has(l, "role."+string(r)+"."+part) {
					t.Errorf("%s: no %s in %s", r, part, l)
				}
			}
		}
	}
	for _, r := range []Role{Auditor, Public} { // change nothing, whatever is added
		for _, p := range Permissions {
			if p.Changes() && p != RecordVerify && r.Reach(p) != Nowhere {
				t.Errorf("%s has %s", r, p)
			}
		}
	}
}

// TestSeats: the actor of an act names the position and its capacity.
func TestSeats(t *testing.T) {
	s := StandingAt(person("budi", UserActive), []Seat{seatOf(event.Plt, "2026-12-31")}, nil, now)
	a, err := s.Actor("p1", event.Web, "")
	if want := (event.Actor{User: "budi", Position: "p1", Capacity: event.Plt, Via: event.Web}); err != nil || a != want {
		t.Errorf("%+v %v", a, err)
	}
	if a, err = s.Actor("", event.API, "token"); err != nil || a.Capacity != event.NoCapacity || a.Through != "token" {
		t.Errorf("%+v %v", a, err)
	}
	later := StandingAt(person("budi", UserActive), []Seat{seatOf(event.Plt, "2026-12-31")}, nil, now.AddDate(0, 2, 0))
	if _, err := later.Actor("p1", event.Web, ""); err == nil {
		t.Error("a seat that ended")
	}
}

func keys(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", "access.en.json"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	var all []string
	for k := range words {
		all = append(all, k)
	}
	return all
}
