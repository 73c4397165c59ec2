package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

const encoded = "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"

// town is a record with two institutions, people and positions, made by
// commands alone.
type town struct {
	*Store
	t   *testing.T
	ctx context.Context
	now *time.Time
	ids map[string]string // of what was made, by a short name
}

// newTown opens a record whose clock stands until it is moved.
func newTown(t *testing.T, c Config) *town {
	t.Helper()
	now := noon
	var mu sync.Mutex
	c.Now = func() time.Time { // several may ask at once
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now
	}
	s, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &town{Store: s, t: t, ctx: context.Background(), now: &now, ids: map[string]string{}}
	id, token, err := s.FirstAdministrator(w.ctx, By{Actor: event.Actor{Via: event.Web}, Why: "tautan pertama"}, access.User{Name: "Rini", Email: "rini@contoh.go.id", Language: "id"})
	w.ok(err)
	w.ids["rini"] = id
	_, err = s.Accept(w.ctx, event.Web, token, encoded)
	w.ok(err)
	return w
}

func (w *town) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// by acts on the web without position.
func (w *town) by(who, why string) By {
	return By{Actor: event.Actor{User: w.ids[who], Via: event.Web}, Seen: Whatever, Why: why}
}

var consoleOf = func(name string) By {
	return By{Actor: event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}, Seen: Whatever, Why: "uji"}
}

func (w *town) organisation(short string, kind registry.OrganisationKind, region string) {
	w.t.Helper()
	id, _, err := w.RegisterOrganisation(w.ctx, w.by("rini", ""), registry.Organisation{Kind: kind, Region: region, Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Kantor " + short, Short: short}}})
	w.ok(err)
	w.ids[short] = id
}

// person adds a user who joins.
func (w *town) person(name, organisation string) {
	w.t.Helper()
	id, token, _, err := w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@contoh.go.id", Language: "id", Organisation: w.ids[organisation]})
	w.ok(err)
	_, err = w.Accept(w.ctx, event.Web, token, encoded)
	w.ok(err)
	w.ids[name] = id
}

func (w *town) position(title, organisation string) {
	w.t.Helper()
	id, _, err := w.CreatePosition(w.ctx, w.by("rini", ""), registry.Position{Organisation: w.ids[organisation], Title: title, Period: registry.Period{From: "2026-01-01"}})
	w.ok(err)
	w.ids[title] = id
}

// grant gives a role for a year; a second person confirms where one is needed.
func (w *town) grant(who string, role access.Role, region, organisation string) string {
	w.t.Helper()
	id, e, err := w.RequestGrant(w.ctx, w.by("rini", "tugas"), access.Grant{User: w.ids[who], Role: role, Region: region, Organisation: w.ids[organisation],
		Period: registry.Period{From: registry.DayOf(*w.now), Until: registry.DayOf(*w.now).Add(364)}})
	w.ok(err)
	if e.Type == "grant-requested" {
		_, err = w.ConfirmGrant(w.ctx, consoleOf("mesin"), id)
		w.ok(err)
	}
	return id
}

// letter keeps a letter among the contents.
func (w *town) letter() *registry.Mandate {
	w.t.Helper()
	hash, _, err := w.Contents().Put(w.ctx, strings.NewReader("surat perintah"))
	w.ok(err)
	return &registry.Mandate{Number: "821.2/104/2026", Date: registry.DayOf(*w.now), File: hash}
}

func (w *town) hold(who, title string, c event.Capacity, from, until registry.Day) {
	w.t.Helper()
	h := registry.Holding{User: w.ids[who], Capacity: c, Period: registry.Period{From: from, Until: until}}
	if c != event.Definitive {
		h.Mandate = w.letter()
	}
	_, err := w.BeginHolding(w.ctx, w.by("rini", ""), w.ids[title], h)
	w.ok(err)
}

func (w *town) who(name string, at time.Time) access.Standing {
	w.t.Helper()
	var s access.Standing
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		s, err = Who(r, w.ids[name], at)
		return err
	}))
	return s
}

// settled is a town with both institutions, a kabupaten, heads and an officer.
func settled(t *testing.T, c Config) *town {
	w := newTown(t, c)
	w.organisation("B2P3KS", registry.MinistryCentre, registry.Nation)
	w.organisation("Dinsos Jatim", registry.ProvinceOffice, "35")
	w.organisation("Dinsos Malang", registry.RegencyOffice, "3507")
	w.organisation("Dinsos Surabaya", registry.RegencyOffice, "3578")
	for name, of := range map[string]string{"sri": "Dinsos Jatim", "budi": "Dinsos Jatim", "tono": "Dinsos Malang", "wati": "Dinsos Surabaya", "agus": "B2P3KS"} {
		w.person(name, of)
	}
	w.position("Kepala Dinas", "Dinsos Jatim")
	w.hold("sri", "Kepala Dinas", event.Definitive, "2026-01-01", "")
	w.grant("sri", access.Head, "35", "Dinsos Jatim")
	w.grant("tono", access.KabupatenOfficer, "3507", "Dinsos Malang")
	w.grant("agus", access.Auditor, registry.Nation, "")
	return w
}

// TestAnOfficeIsSetUp as the story of the issue tells: from the first run to a
// Plt. with a mandate, all of it in the log, proven by replay on both databases.
func TestAnOfficeIsSetUp(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		before := *w.now
		position := w.ids["Kepala Dinas"]
		var held string
		w.ok(w.View(w.ctx, func(r *Reader) error {
			p, _, err := PositionOf(r, position)
			held = p.Holdings[0].ID
			return err
		}))
		_, err := w.EndHolding(w.ctx, w.by("rini", "pensiun"), position, held, "2026-11-30")
		w.ok(err)
		w.hold("budi", "Kepala Dinas", event.Plt, "2026-12-01", "2027-02-28")
		_, err = w.ChangeSigning(w.ctx, w.by("sri", "edaran 3/2026"), w.ids["Dinsos Jatim"], registry.Signing{Plt: []registry.Document{registry.LetterDocument}})
		w.ok(err)
		_, err = w.RenameOrganisation(w.ctx, w.by("rini", "Pergub"), w.ids["Dinsos Jatim"], registry.Name{Full: "Dinas Sosial <b>P3A</b>", Short: "Dinsos P3A", From: "2027-01-01"})
		w.ok(err)
		*w.now = time.Date(2026, 12, 2, 2, 0, 0, 0, time.UTC)

		if s := w.who("sri", *w.now); len(s.Seats) != 0 || s.Has(access.Head) || len(s.Resting) != 1 {
			t.Errorf("%+v", s)
		}
		if s := w.who("sri", before); len(s.Seats) != 1 {
			t.Errorf("%+v", s)
		}
		acting := w.by("budi", "surat")
		acting.Actor.Position, acting.Actor.Capacity = position, event.Plt
		w.grant("budi", access.Head, "35", "Dinsos Jatim")
		_, err = w.ChangeSigning(w.ctx, acting, w.ids["Dinsos Jatim"], registry.DefaultSigning())
		w.ok(err)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			last, err := r.Last(SettingObject(w.ids["Dinsos Jatim"], registry.SigningSetting))
			if last.Actor != acting.Actor {
				t.Errorf("%+v", last.Actor)
			}
			o, _, err2 := OrganisationOf(r, w.ids["Dinsos Jatim"])
			if len(o.Names) != 2 || o.NameOn("2026-12-31").Short != "Dinsos Jatim" || o.NameOn("2027-01-01").Full != "Dinas Sosial <b>P3A</b>" {
				t.Errorf("%+v", o)
			}
			p, _, err3 := PositionOf(r, position)
			if h, ok := p.InCharge(*w.now); !ok || h.User != w.ids["budi"] || h.Mandate == nil {
				t.Errorf("%+v", h)
			}
			// An object's event begins where the one before ended, and no event
			// holds a secret.
			after := map[event.Object]string{}
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if was, ok := after[e.Object]; ok && string(e.Before) != was {
					t.Errorf("event %d (%s):\n%s\n%s", e.Seq, e.Type, was, e.Before)
				}
				after[e.Object] = string(e.After)
				if strings.Contains(string(e.Encode()), "argon2id") {
					t.Errorf("event %d holds a password", e.Seq)
				}
			}
			return errors.Join(err, err2, err3)
		}))
		proof := verifies(t, w.Store)
		if proof.Contents != 1 {
			t.Errorf("%+v", proof)
		}
		w.ok(w.Rebuild(w.ctx))
		if again := verifies(t, w.Store); again != proof {
			t.Errorf("%+v, %+v", proof, again)
		}
	})
}

// TestWhoMayDoWhat: each row is one who tries one command; the code is that of
// the refusal, none: it goes through.
func TestWhoMayDoWhat(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		waiting, _, err := w.RequestGrant(w.ctx, w.by("rini", "tugas"), access.Grant{User: w.ids["budi"], Role: access.Administrator, Region: "35", Period: registry.Period{From: "2026-11-25", Until: "2027-11-24"}})
		w.ok(err)
		own, _, err := w.RequestGrant(w.ctx, w.by("sri", "tugas"), access.Grant{User: w.ids["sri"], Role: access.Analyst, Region: "35", Organisation: w.ids["Dinsos Jatim"], Period: registry.Period{From: "2026-11-25", Until: "2027-11-24"}})
		w.ok(err)
		w.person("ani", "Dinsos Jatim")
		w.person("eko", "Dinsos Jatim")
		w.grant("ani", access.Administrator, "35", "")
		w.grant("eko", access.Auditor, registry.Nation, "")
		office := func(kind registry.OrganisationKind, region string) registry.Organisation {
			return registry.Organisation{Kind: kind, Region: region, Period: registry.Period{From: "2026-01-01"}, Names: []registry.Name{{Full: "Dinas Baru", Short: "Baru"}}}
		}
		analyst := func(who string) access.Grant {
			return access.Grant{User: w.ids[who], Role: access.Analyst, Region: "35", Organisation: w.ids["Dinsos Jatim"], Period: registry.Period{From: "2026-11-25", Until: "2027-11-24"}}
		}
		elsewhere := w.by("sri", "uji")
		elsewhere.Actor.Position, elsewhere.Actor.Capacity = w.ids["Kepala Dinas"], event.Plt // holds it definitively
		webAsMachine := consoleOf("rini")
		webAsMachine.Actor.Via = event.Web
		stale := w.by("rini", "uji")
		stale.Seen = 1
		for _, row := range []struct {
			what, code string
			do         func() (event.Event, error)
		}{
			{"nobody registers", "denied-nobody", func() (event.Event, error) {
				_, e, err := w.RegisterOrganisation(w.ctx, By{Actor: event.Actor{User: "hantu", Via: event.Web}}, office(registry.RegencyOffice, "3501"))
				return e, err
			}},
			{"a head registers", "denied-organisation-manage", func() (event.Event, error) {
				_, e, err := w.RegisterOrganisation(w.ctx, w.by("sri", ""), office(registry.RegencyOffice, "3501"))
				return e, err
			}},
			{"a head changes the setting of another", "denied-setting-manage", func() (event.Event, error) {
				return w.ChangeSigning(w.ctx, w.by("sri", ""), w.ids["Dinsos Malang"], registry.DefaultSigning())
			}},
			{"an auditor suspends", "denied-user-manage", func() (event.Event, error) { return w.SuspendUser(w.ctx, w.by("agus", "uji"), w.ids["tono"]) }},
			{"an officer adds", "denied-user-manage", func() (event.Event, error) {
				_, _, e, err := w.AddUser(w.ctx, w.by("tono", ""), access.User{Name: "X", Email: "x@contoh.go.id", Language: "id", Organisation: w.ids["Dinsos Malang"]})
				return e, err
			}},
			{"an officer views as", "denied-view-as", func() (event.Event, error) {
				_, e, err := w.ViewAs(w.ctx, w.by("tono", "uji"), w.ids["wati"])
				return e, err
			}},
			{"a head gives a role of another organisation", "denied-grant-request", func() (event.Event, error) {
				g := analyst("tono")
				g.Organisation = w.ids["Dinsos Malang"]
				_, e, err := w.RequestGrant(w.ctx, w.by("sri", "uji"), g)
				return e, err
			}},
			{"a head gives a role for all organisations", "denied-grant-request", func() (event.Event, error) {
				g := analyst("budi")
				g.Organisation = ""
				_, e, err := w.RequestGrant(w.ctx, w.by("sri", "uji"), g)
				return e, err
			}},
			{"a head gives a role above", "denied-grant-request", func() (event.Event, error) {
				g := analyst("budi")
				g.Region = registry.Nation
				_, e, err := w.RequestGrant(w.ctx, w.by("sri", "uji"), g)
				return e, err
			}},
			{"a head confirms for another organisation", "denied-grant-confirm", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, w.by("sri", ""), waiting) }},
			{"the machine confirms what is not there", "grant-unknown", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, consoleOf("mesin"), "tidak-ada") }},
			{"who asked confirms", "grant-own-request", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, w.by("rini", ""), waiting) }},
			{"who gains confirms", "grant-for-oneself", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, w.by("sri", ""), own) }},
			{"from a position in another capacity", "actor-position", func() (event.Event, error) {
				return w.ChangeSigning(w.ctx, elsewhere, w.ids["Dinsos Jatim"], registry.DefaultSigning())
			}},
			{"an unknown user holds", "user-unknown", func() (event.Event, error) {
				return w.BeginHolding(w.ctx, w.by("rini", ""), w.ids["Kepala Dinas"], registry.Holding{User: "hantu"})
			}},
			{"two definitive holders", "holding-definitive-taken", func() (event.Event, error) {
				return w.BeginHolding(w.ctx, w.by("rini", ""), w.ids["Kepala Dinas"], registry.Holding{User: w.ids["budi"], Capacity: event.Definitive, Period: registry.Period{From: "2026-12-01"}})
			}},
			{"a letter that was not uploaded", "content-missing", func() (event.Event, error) {
				return w.BeginHolding(w.ctx, w.by("rini", ""), w.ids["Kepala Dinas"], registry.Holding{User: w.ids["budi"], Capacity: event.Plh, Period: registry.Period{From: "2026-12-01", Until: "2026-12-02"},
					Absence: &registry.Absence{Period: registry.Period{From: "2026-12-01", Until: "2026-12-02"}, Reason: "cuti"}, Mandate: &registry.Mandate{Number: "1", Date: "2026-11-25", File: strings.Repeat("ab", 32)}})
			}},
			{"an unknown position", "position-unknown", func() (event.Event, error) { return w.EndPosition(w.ctx, w.by("rini", ""), "tidak-ada", "2026-12-31") }},
			{"an unknown organisation", "organisation-unknown", func() (event.Event, error) {
				return w.EndOrganisation(w.ctx, w.by("rini", ""), "tidak-ada", "2026-12-31")
			}},
			{"an organisation in use", "organisation-has-positions", func() (event.Event, error) {
				return w.EndOrganisation(w.ctx, w.by("rini", ""), w.ids["Dinsos Jatim"], "2026-12-31")
			}},
			{"a name twice", "organisation-twice", func() (event.Event, error) {
				o := office(registry.ProvinceOffice, "35")
				o.Names[0].Short = "dinsos jatim"
				_, e, err := w.RegisterOrganisation(w.ctx, w.by("rini", ""), o)
				return e, err
			}},
			{"a taken address", "user-email-taken", func() (event.Event, error) {
				_, _, e, err := w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: "Sri", Email: " SRI@contoh.go.id", Language: "id"})
				return e, err
			}},
			{"a user of an unknown organisation", "organisation-unknown", func() (event.Event, error) {
				_, _, e, err := w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: "X", Email: "x@contoh.go.id", Language: "id", Organisation: "tidak-ada"})
				return e, err
			}},
			{"a password of somebody with a wider right", "denied-user-manage", func() (event.Event, error) {
				_, e, err := w.InviteUser(w.ctx, w.by("ani", ""), w.ids["eko"])
				return e, err
			}},
			{"the eyes of somebody with a wider right", "denied-view-as", func() (event.Event, error) {
				_, e, err := w.ViewAs(w.ctx, w.by("ani", "uji"), w.ids["eko"])
				return e, err
			}},
			{"the eyes of somebody within", "", func() (event.Event, error) {
				_, e, err := w.ViewAs(w.ctx, w.by("ani", "uji"), w.ids["tono"])
				return e, err
			}},
			{"a stale form", "stale", func() (event.Event, error) { return w.SuspendUser(w.ctx, stale, w.ids["tono"]) }},
			{"no reason", "blank-reason", func() (event.Event, error) { return w.SuspendUser(w.ctx, w.by("rini", " "), w.ids["tono"]) }},
			{"an identity number in the reason", "text-identity", func() (event.Event, error) {
				return w.RenameOrganisation(w.ctx, w.by("rini", "0000000000000000"), w.ids["B2P3KS"], registry.Name{Full: "BP2P3KS", Short: "BP2P3KS", From: "2027-01-01"})
			}},
			{"suspending oneself", "user-oneself", func() (event.Event, error) { return w.SuspendUser(w.ctx, w.by("rini", "uji"), w.ids["rini"]) }},
			{"leaving a position", "user-holds", func() (event.Event, error) { return w.LeaveUser(w.ctx, w.by("rini", "mutasi"), w.ids["sri"]) }},
			{"another's profile", "denied-user-manage", func() (event.Event, error) {
				return w.ChangeUser(w.ctx, w.by("tono", ""), w.ids["wati"], access.Profile{})
			}},
			{"one's own organisation", "user-profile", func() (event.Event, error) {
				return w.ChangeUser(w.ctx, w.by("tono", ""), w.ids["tono"], access.Profile{Name: "Tono", Email: "tono@contoh.go.id", Language: "en", Organisation: w.ids["B2P3KS"]})
			}},
			{"one's own language", "", func() (event.Event, error) {
				return w.ChangeUser(w.ctx, w.by("tono", ""), w.ids["tono"], access.Profile{Name: "Tono", Email: "tono@contoh.go.id", Language: "en", Organisation: w.ids["Dinsos Malang"]})
			}},
			{"a plain password", "password-encoded", func() (event.Event, error) { return w.SetPassword(w.ctx, w.by("tono", ""), "rahasia", "") }},
			{"one's own password", "", func() (event.Event, error) { return w.SetPassword(w.ctx, w.by("tono", ""), encoded, "") }},
			{"another's second factor", "denied-user-manage", func() (event.Event, error) { return w.RemoveSecondFactor(w.ctx, w.by("tono", "uji"), w.ids["wati"]) }},
			{"a second first run", "first-run-over", func() (event.Event, error) {
				_, _, err := w.FirstAdministrator(w.ctx, consoleOf("mesin"), access.User{Name: "X", Email: "x@contoh.go.id", Language: "id"})
				return event.Event{}, err
			}},
			{"another confirms", "", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, consoleOf("mesin"), waiting) }},
			{"twice", "state-grant-active", func() (event.Event, error) { return w.ConfirmGrant(w.ctx, consoleOf("mesin"), waiting) }},
		} {
			head, err := w.Head(w.ctx)
			w.ok(err)
			e, err := row.do()
			found := ""
			for _, p := range problem.Of(err) {
				found = p.Code
			}
			if found != row.code || (err != nil) != (row.code != "") {
				t.Errorf("%s: %q (%v), want %q", row.what, found, err, row.code)
			}
			after, err := w.Head(w.ctx)
			w.ok(err)
			if want := map[bool]int64{true: head.Seq + 1, false: head.Seq}[row.code == ""]; after.Seq != want || (row.code == "" && e.Seq != want) {
				t.Errorf("%s: the log went from %d to %d", row.what, head.Seq, after.Seq)
			}
		}
		if _, err := w.SuspendUser(w.ctx, webAsMachine, w.ids["tono"]); err == nil {
			t.Error("the web acted as the machine")
		}
		verifies(t, w.Store)
	})
}

// TestAGrantEndsAtOnce: a right counts until the instant at which it ended or
// the last moment of its last day, and the past can still be asked.
func TestAGrantEndsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		id := w.grant("budi", access.Administrator, "35", "")
		given := *w.now
		place := access.Place{Region: "3507"}
		_, err := w.SuspendUser(w.ctx, w.by("budi", "uji"), w.ids["tono"])
		w.ok(err)
		_, err = w.ReinstateUser(w.ctx, w.by("budi", "uji"), w.ids["tono"])
		w.ok(err)
		_, err = w.EndGrant(w.ctx, w.by("rini", "mutasi"), id)
		w.ok(err)
		_, err = w.SuspendUser(w.ctx, w.by("budi", "uji"), w.ids["tono"])
		hasProblem(t, err, "denied-user-manage")
		var denial *access.Denial
		if !errors.As(err, &denial) || denial.Permission != access.UserManage || denial.Place.Organisation != w.ids["Dinsos Malang"] || !strings.Contains(err.Error(), "your right ended on 2026-11-25") {
			t.Error(err)
		}
		if err := w.who("budi", given).May(access.UserManage, place); err != nil {
			t.Error(err)
		}
		if w.who("budi", *w.now).May(access.UserManage, place) == nil || w.who("budi", noon).May(access.UserManage, place) == nil {
			t.Error("the grant counts when it does not")
		}
		last := time.Date(2027, 11, 24, 16, 59, 59, 999999000, time.UTC) // in Jakarta the end of its last day
		if w.who("tono", last).May(access.UserRead, access.Place{Region: "3507", Organisation: w.ids["Dinsos Malang"]}) != nil ||
			w.who("tono", last.Add(time.Microsecond)).May(access.UserRead, access.Place{Region: "3507", Organisation: w.ids["Dinsos Malang"]}) == nil {
			t.Error("the last day is not the last")
		}
		// Suspended: nothing counts, until reinstated.
		_, err = w.SuspendUser(w.ctx, w.by("rini", "uji"), w.ids["sri"])
		w.ok(err)
		_, err = w.ChangeSigning(w.ctx, w.by("sri", ""), w.ids["Dinsos Jatim"], registry.DefaultSigning())
		hasProblem(t, err, "denied-suspended")
		verifies(t, w.Store)
	})
}

// TestInvitations: a token opens once, for a week, and only the newest.
func TestInvitations(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		id, first, _, err := w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: "Dewi", Email: "dewi@contoh.go.id", Language: "id"})
		w.ok(err)
		second, _, err := w.InviteUser(w.ctx, w.by("rini", ""), id)
		w.ok(err)
		accept := func(token, code string) {
			t.Helper()
			_, err := w.Accept(w.ctx, event.Web, token, encoded)
			if code == "" {
				w.ok(err)
			} else {
				hasProblem(t, err, code)
			}
		}
		accept(first, "invitation-unknown")
		accept("", "invitation-unknown")
		if _, err := w.Accept(w.ctx, event.Web, second, "rahasia"); err == nil {
			t.Error("a plain password was kept")
		}
		*w.now = w.now.Add(access.InvitationLasts)
		accept(second, "invitation-expired")
		third, _, err := w.InviteUser(w.ctx, w.by("rini", ""), id)
		w.ok(err)
		accept(third, "")
		accept(third, "invitation-unknown")
		reset, e, err := w.InviteUser(w.ctx, w.by("rini", "lupa kata sandi"), id)
		w.ok(err)
		if e.Type != "user-invited" {
			t.Error(e.Type)
		}
		accept(reset, "")
		last, _, err := w.InviteUser(w.ctx, w.by("rini", ""), id)
		w.ok(err)
		_, err = w.SuspendUser(w.ctx, w.by("rini", "uji"), id)
		w.ok(err)
		accept(last, "invitation-unknown")
		_, err = w.LeaveUser(w.ctx, w.by("rini", "mutasi"), id)
		w.ok(err)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			c, err := CredentialsOf(r, id)
			if c != (Credentials{Person: id}) {
				t.Errorf("%+v", c)
			}
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				for _, secret := range []string{first, second, third, hashToken(third), encoded} {
					if strings.Contains(string(e.Encode()), secret) {
						t.Errorf("event %d holds a secret", e.Seq)
					}
				}
			}
			return err
		}))
		// The address is free for the next one.
		_, _, _, err = w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: "Dewi Baru", Email: "dewi@contoh.go.id", Language: "id"})
		w.ok(err)
		verifies(t, w.Store)
	})
}

// TestFirstRun goes on where it was interrupted, and only until there is an
// administrator.
func TestFirstRun(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, err := Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx := context.Background()
		rini := access.User{Name: "Rini", Email: "rini@contoh.go.id", Language: "id"}
		_, _, err = s.FirstAdministrator(ctx, By{Actor: event.Actor{Via: event.Web}}, rini)
		hasProblem(t, err, "blank-reason")
		// Interrupted between user and grant: the clock of a cancelled context.
		id, err := event.NewID(s.Now(), s.config.Random)
		if err != nil {
			t.Fatal(err)
		}
		err = s.firstly(ctx, By{Actor: event.Actor{User: id, Via: event.Web}, Seen: Whatever, Why: "uji"}, event.Object{Kind: userKind, ID: id}, func(a acting) (registry.Change, error) { return a.add(rini, id, "x") })
		if err != nil {
			t.Fatal(err)
		}
		got, token, err := s.FirstAdministrator(ctx, By{Actor: event.Actor{Via: event.Web}, Why: "tautan pertama"}, rini)
		if err != nil || got != id {
			t.Fatal(got, id, err)
		}
		if _, err := s.Accept(ctx, event.Web, token, encoded); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.FirstAdministrator(ctx, By{Actor: event.Actor{Via: event.Web}, Why: "lagi"}, access.User{Name: "X", Email: "x@contoh.go.id", Language: "id"})
		hasProblem(t, err, "first-run-over")
		err = s.View(ctx, func(r *Reader) error {
			who, err := Who(r, id, s.Now())
			if !who.Has(access.Administrator) || who.May(access.OrganisationManage, access.Place{Region: "3507"}) != nil {
				t.Errorf("%+v", who)
			}
			open, err2 := FirstRun(r)
			if open {
				t.Error("the first run is open")
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Error(err)
		}
		if p := verifies(t, s); p.Head.Seq != 4 {
			t.Errorf("%+v", p)
		}
	})
}

// TestViewAs reads as another and changes nothing; the log has it.
func TestViewAs(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		lent, e, err := w.ViewAs(w.ctx, w.by("rini", "bantuan telepon"), w.ids["sri"])
		w.ok(err)
		if e.Type != "user-viewed-as" || e.Why != "bantuan telepon" || e.Object.ID != w.ids["sri"] {
			t.Errorf("%+v", e)
		}
		place := access.Place{Region: "35", Organisation: w.ids["Dinsos Jatim"]}
		if lent.May(access.UserRead, place) != nil || lent.May(access.SettingManage, place) == nil || lent.May(access.EventRead, place) == nil {
			t.Errorf("%+v", lent)
		}
		if sql, _ := lent.Where(access.SettingManage, access.Columns{Region: "region", Organisation: "id"}, 1); sql != "1 = 0" {
			t.Error(sql)
		}
		verifies(t, w.Store)
	})
}
