package store

import (
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// regional is a settled town in which tono administers Malang and lina works
// there; wati and dewi administer the country beside rini.
func regional(t *testing.T, c Config) *town {
	w := settled(t, c)
	w.person("lina", "Dinsos Malang")
	w.person("dewi", "")
	w.grant("tono", access.Administrator, "3507", "")
	w.grant("wati", access.Administrator, registry.Nation, "")
	w.grant("dewi", access.Administrator, registry.Nation, "")
	return w
}

// accept follows an invitation; "" as code: it must work.
func (w *town) accept(token, code string) {
	w.t.Helper()
	_, err := w.Accept(w.ctx, event.Web, token, encoded)
	if code == "" {
		w.ok(err)
		return
	}
	hasProblem(w.t, err, code)
}

func (w *town) wayIn(by, user string) string {
	w.t.Helper()
	token, _, err := w.InviteUser(w.ctx, w.by(by, "lupa kata sandi"), w.ids[user])
	w.ok(err)
	return token
}

// TestAnInvitationIsNoStrongerThanWhoOpenedIt at the moment it is followed.
func TestAnInvitationIsNoStrongerThanWhoOpenedIt(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := regional(t, c)
		end := func(id string) {
			_, err := w.EndGrant(w.ctx, w.by("rini", "selesai"), id)
			w.ok(err)
		}
		profile := access.Profile{Name: "Lina", Email: "lina@contoh.go.id", Language: "id"}
		for _, k := range []struct {
			what, code string
			do         func()
		}{
			{"nothing meanwhile", "", func() {}},
			{"a wider right of the invited that is over", "", func() { end(w.grant("lina", access.OutputChecker, "35", "")) }},
			{"a wider right of the invited", "invitation-lapsed", func() { w.ids["wide"] = w.grant("lina", access.OutputChecker, "35", "") }},
			{"another organisation of the invited", "invitation-lapsed", func() {
				profile.Organisation = w.ids["Dinsos Surabaya"]
				_, err := w.ChangeUser(w.ctx, w.by("rini", ""), w.ids["lina"], profile)
				w.ok(err)
				profile.Organisation = w.ids["Dinsos Malang"]
			}},
			{"the invited's own password", "invitation-unknown", func() {
				_, err := w.SetPassword(w.ctx, w.by("lina", ""), encoded, "")
				w.ok(err)
			}},
			{"a suspension of the invited", "invitation-unknown", func() {
				_, err := w.SuspendUser(w.ctx, w.by("rini", "cuti"), w.ids["lina"])
				w.ok(err)
				_, err = w.ReinstateUser(w.ctx, w.by("rini", "kembali"), w.ids["lina"])
				w.ok(err)
			}},
			{"a newer one", "invitation-unknown", func() { w.wayIn("rini", "lina") }},
			{"a suspension of the other", "invitation-lapsed", func() {
				_, err := w.SuspendUser(w.ctx, w.by("rini", "cuti"), w.ids["tono"])
				w.ok(err)
			}},
		} {
			if wide := w.ids["wide"]; wide != "" {
				end(wide)
				w.ids["wide"] = ""
			}
			profile.Organisation = w.ids["Dinsos Malang"]
			_, err := w.ChangeUser(w.ctx, w.by("rini", ""), w.ids["lina"], profile)
			w.ok(err)
			token := w.wayIn("tono", "lina")
			k.do()
			t.Log(k.what)
			w.accept(token, k.code)
		}
		// Whoever never joined too: the right came before the password.
		id, token, _, err := w.AddUser(w.ctx, w.by("wati", ""), access.User{Name: "Yuda", Email: "yuda@contoh.go.id", Language: "id"})
		w.ok(err)
		w.ids["yuda"] = id
		_, err = w.SuspendUser(w.ctx, w.by("rini", "cuti"), w.ids["wati"])
		w.ok(err)
		w.accept(token, "invitation-lapsed")
		// Nobody opens one for themself.
		_, _, err = w.InviteUser(w.ctx, w.by("rini", "uji"), w.ids["rini"])
		hasProblem(t, err, "user-oneself")
		verifies(t, w.Store)
	})
}

// TestATokenIsNoStrongerThanItsMaker: it rests while whoever made it for another
// could not make it.
func TestATokenIsNoStrongerThanItsMaker(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := regional(t, c)
		until := registry.DayOf(*w.now).Add(30)
		id, secret, _, err := w.MakeToken(w.ctx, w.by("tono", "uji"), w.ids["lina"], WriteScope, until)
		w.ok(err)
		_, own, _, err := w.MakeToken(w.ctx, w.by("lina", "uji"), w.ids["lina"], WriteScope, until)
		w.ok(err)
		shown := func(secret string, want bool) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				_, ok, err := TokenShown(r, secret, *w.now)
				if ok != want {
					t.Errorf("it counts: %v", ok)
				}
				return err
			}))
		}
		use := By{Actor: event.Actor{User: w.ids["lina"], Via: event.API, Through: id}, Seen: Whatever, Why: "uji"}
		change := func() error {
			_, err := w.ChangeUser(w.ctx, use, w.ids["lina"], access.Profile{Name: "Lina", Email: "lina@contoh.go.id", Language: "en", Organisation: w.ids["Dinsos Malang"]})
			return err
		}
		shown(secret, true)
		w.ok(change())
		wide := w.grant("lina", access.OutputChecker, "35", "")
		shown(secret, false)
		shown(own, true)
		hasProblem(t, change(), "token-rests")
		_, err = w.EndGrant(w.ctx, w.by("rini", "selesai"), wide)
		w.ok(err)
		shown(secret, true)
		w.ok(change())
		_, err = w.SuspendUser(w.ctx, w.by("rini", "cuti"), w.ids["tono"])
		w.ok(err)
		shown(secret, false)
		shown(own, true)
	})
}

// TestOneWhoOpensTheWayIsNotTwo: an administrator who can come in as the other
// stands on both sides, whichever of the two she asks and answers as.
func TestOneWhoOpensTheWayIsNotTwo(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := regional(t, c)
		ask := func(by string) string {
			t.Helper()
			id, _, err := w.RequestGrant(w.ctx, w.by(by, "tugas"), access.Grant{User: w.ids["lina"], Role: access.OutputChecker, Region: "35",
				Period: registry.Period{From: registry.DayOf(*w.now), Until: registry.DayOf(*w.now).Add(90)}})
			w.ok(err)
			return id
		}
		confirm := func(by, id, code string) {
			t.Helper()
			_, err := w.ConfirmGrant(w.ctx, w.by(by, ""), id)
			if code != "" {
				hasProblem(t, err, code)
				_, err = w.EndGrant(w.ctx, w.by("rini", "keliru"), id)
				w.ok(err)
				return
			}
			w.ok(err)
			_, err = w.EndGrant(w.ctx, w.by("rini", "selesai"), id)
			w.ok(err)
		}
		// All joined by rini's links: the first way in counts for nothing.
		confirm("wati", ask("rini"), "")
		id := ask("rini")
		link := w.wayIn("rini", "wati")
		confirm("wati", id, "hands-meet")
		w.accept(link, "")
		confirm("wati", ask("rini"), "hands-meet")
		confirm("rini", ask("wati"), "hands-meet")
		confirm("wati", ask("dewi"), "")
		// Both behind one: dewi's way in too.
		w.accept(w.wayIn("rini", "dewi"), "")
		confirm("wati", ask("dewi"), "hands-meet")
		// What was asked while the way was rini's stays so.
		id = ask("wati")
		machine := consoleOf("mesin")
		token, _, err := w.InviteUser(w.ctx, machine, w.ids["wati"])
		w.ok(err)
		w.accept(token, "")
		confirm("rini", id, "hands-meet")
		confirm("wati", ask("rini"), "")
		// The second factor taken away by another.
		_, err = w.SetSecondFactor(w.ctx, w.by("wati", ""), "JBSWY3DPEHPK3PXP", "")
		w.ok(err)
		confirm("wati", ask("rini"), "")
		_, err = w.RemoveSecondFactor(w.ctx, w.by("rini", "telepon hilang"), w.ids["wati"])
		w.ok(err)
		confirm("wati", ask("rini"), "hands-meet")
		// One's own wish opens nothing.
		_, err = w.SetSecondFactor(w.ctx, w.by("dewi", ""), "JBSWY3DPEHPK3PXP", "")
		w.ok(err)
		_, err = w.RemoveSecondFactor(w.ctx, w.by("dewi", "ganti"), w.ids["dewi"])
		w.ok(err)
		confirm("dewi", ask("wati"), "hands-meet") // still through rini, who opened both
		// The machine opens anew: then it stands behind, not rini.
		token, _, err = w.InviteUser(w.ctx, machine, w.ids["dewi"])
		w.ok(err)
		w.accept(token, "")
		confirm("dewi", ask("rini"), "")
		id, _, err = w.RequestGrant(w.ctx, machine, access.Grant{User: w.ids["lina"], Role: access.OutputChecker, Region: "35", Period: registry.Period{From: registry.DayOf(*w.now), Until: registry.DayOf(*w.now).Add(90)}})
		w.ok(err)
		confirm("dewi", id, "hands-meet")
		verifies(t, w.Store)
	})
}

// TestARoleRestsWithoutWhatItAsks of its holder, comes back with it, and the past
// stays as it was.
func TestARoleRestsWithoutWhatItAsks(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		grant := w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
		has := func(who string, role access.Role, want bool) {
			t.Helper()
			if s := w.who(who, *w.now); s.Has(role) != want || (len(s.Resting) == 0) != want {
				t.Errorf("%s as %s: %v, resting %v", who, role, s.Has(role), s.Resting)
			}
		}
		move := func(to string) {
			t.Helper()
			_, err := w.ChangeUser(w.ctx, w.by("rini", ""), w.ids["budi"], access.Profile{Name: "Budi", Email: "budi@contoh.go.id", Language: "id", Organisation: w.ids[to]})
			w.ok(err)
		}
		has("budi", access.Analyst, true)
		home := *w.now
		move("Dinsos Malang")
		has("budi", access.Analyst, false)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			given, err := GrantsOf(r, w.ids["budi"])
			w.ok(err)
			resting, err := Resting(r, given, *w.now)
			if len(resting) != 1 || resting[grant] != access.RestsMember {
				t.Errorf("%v", resting)
			}
			return err
		}))
		if s := w.who("budi", home); !s.Has(access.Analyst) || s.Organisation != w.ids["Dinsos Jatim"] {
			t.Errorf("then: %+v", s)
		}
		away := *w.now
		move("Dinsos Jatim")
		has("budi", access.Analyst, true)
		if s := w.who("budi", away); s.Has(access.Analyst) {
			t.Errorf("then: %+v", s)
		}
		has("sri", access.Head, true)
		var held string
		w.ok(w.View(w.ctx, func(r *Reader) error {
			p, _, err := PositionOf(r, w.ids["Kepala Dinas"])
			held = p.Holdings[0].ID
			return err
		}))
		_, err := w.EndHolding(w.ctx, w.by("rini", "mutasi"), w.ids["Kepala Dinas"], held, "2026-11-30")
		w.ok(err)
		*w.now = registry.Day("2026-12-01").Begins()
		has("sri", access.Head, false)
		_, err = w.ChangeSigning(w.ctx, w.by("sri", "edaran"), w.ids["Dinsos Jatim"], registry.DefaultSigning())
		if found := problem.Of(err); len(found) != 2 || found[0].Code != "denied-setting-manage" || found[1].Code != access.RestsSeat {
			t.Errorf("%v", err)
		}
		w.hold("sri", "Kepala Dinas", event.Plt, "2026-12-01", "2026-12-07")
		has("sri", access.Head, true)
		*w.now = registry.Day("2026-12-08").Begins()
		has("sri", access.Head, false)
		verifies(t, w.Store)
	})
}

// TestSecretsAreSealed: what signs somebody in and was put there behind the log is
// found and named.
func TestSecretsAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := regional(t, c)
		_, err := w.SetSecondFactor(w.ctx, w.by("wati", ""), "JBSWY3DPEHPK3PXP", "")
		w.ok(err)
		w.wayIn("rini", "lina")
		id, _, _, err := w.MakeToken(w.ctx, w.by("lina", "uji"), w.ids["lina"], ReadScope, registry.DayOf(*w.now).Add(9))
		w.ok(err)
		verifies(t, w.Store)
		of := func(who string) string { return " WHERE person = '" + w.ids[who] + "'" }
		for _, k := range []struct{ do, undo, code, key, column string }{
			{"UPDATE credentials SET password = '$argon2id$v=19$m=65536,t=3,p=2$bGFpbg$bGFpbg'" + of("wati"), "UPDATE credentials SET password = '" + encoded + "'" + of("wati"), "secret-differs", w.ids["wati"], "password"},
			{"UPDATE credentials SET second_factor = ''" + of("wati"), "UPDATE credentials SET second_factor = 'JBSWY3DPEHPK3PXP'" + of("wati"), "secret-differs", w.ids["wati"], "second_factor"},
			{"UPDATE credentials SET invitation = '" + hashToken("x") + "'" + of("wati"), "UPDATE credentials SET invitation = ''" + of("wati"), "secret-differs", w.ids["wati"], "invitation"},
			{"INSERT INTO credentials VALUES ('siapa', 'x', '', '')", "DELETE FROM credentials WHERE person = 'siapa'", "secret-differs", "siapa", "password"},
			{"UPDATE token_secrets SET id = id || 'x'", "UPDATE token_secrets SET id = '" + id + "'", "token-secret-differs", id, "hash"},
			{"INSERT INTO token_secrets VALUES ('t', 'x')", "DELETE FROM token_secrets WHERE id = 't'", "token-secret-differs", "t", "hash"},
		} {
			raw(t, w.Store, k.do)
			_, err := w.Verify(w.ctx)
			if p := hasProblem(t, err, k.code); p.Values["key"] != k.key || p.Values["column"] != k.column {
				t.Errorf("%s: %v", k.do, p)
			}
			raw(t, w.Store, k.undo)
			verifies(t, w.Store)
		}
	})
}
