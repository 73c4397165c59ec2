package web

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// trailPiece is how many events of a person or of the log stand on one page.
const trailPiece = 50

// profile shows somebody what the record knows of them, and their own trail.
func (p *Pages) profile(c *call) error {
	before := number(c.r.URL.Query().Get("sebelum"))
	s := sheet{Heading: c.t("profile.heading", "name", c.who.Name), Title: c.t("profile"), Lead: c.t("profile.lead")}
	switch done := c.r.URL.Query().Get("selesai"); done {
	case "change", "set-password", "set-second-factor", "remove-second-factor", "end-token":
		s.Done = c.t("done.user." + done)
	}
	err := c.view(func(r *store.Reader) error {
		u, ok, err := store.UserOf(r, c.who.User)
		if err != nil || !ok {
			return err
		}
		o := object{Object: userObject(u.ID), whose: u.ID, value: u, title: u.Name}
		if s.Blocks, err = aboutPerson(c, r, o); err != nil {
			return err
		}
		n := c.names(r)
		if opened := n.wayIn(u); len(opened) > 0 {
			s.Blocks = append([]block{{Title: c.t("profile.way.title"), Note: strings.Join(opened, " ")}}, s.Blocks...)
		}
		tokens, err := ownTokens(c, r)
		if err != nil {
			return err
		}
		if len(tokens) > 0 {
			t := table{Head: c.heads("scope", "made", "until-day")}
			for _, x := range tokens {
				t.Rows = append(t.Rows, []cell{text(c.t("scope." + string(x.Scope))), text(n.user(x.Made.User) + ", " + i18n.Date(c.lang, x.Made.At)), text(c.day(x.Until))})
			}
			b := block{Title: c.t("profile.tokens"), Note: c.t("profile.tokens.note"), Table: &t}
			s.Blocks = append(s.Blocks, b)
			if c.who.Viewer == "" {
				s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("profile.token-end"), Link: c.link("/profil/token"), Plain: true}}})
			}
		}
		if c.who.Viewer == "" {
			do := []action{{Text: c.t("profile.change"), Link: c.link("/profil/ubah")}, {Text: c.t("profile.password"), Link: c.link("/profil/kata-sandi")},
				{Text: c.t("profile.second"), Link: c.link("/profil/faktor-kedua")}}
			if u.SecondFactor {
				do = append(do, action{Text: c.t("profile.second-remove"), Link: c.link("/profil/faktor-kedua/hapus"), Plain: true})
			}
			s.Blocks = append(s.Blocks, block{Title: c.t("commands"), Actions: do})
		}
		events, err := r.Trail(u.ID, before, trailPiece)
		if err != nil {
			return err
		}
		n.knowEvents(events)
		b := block{ID: "jejak", Title: c.t("profile.trail"), Note: c.t("profile.trail.note")}
		for _, e := range events {
			b.Timeline = append(b.Timeline, n.entry(e, false))
		}
		s.Blocks = append(s.Blocks, b)
		if len(events) == trailPiece {
			s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("older"), Link: c.link("/profil") + "?sebelum=" + strconv.FormatInt(events[len(events)-1].Seq, 10) + "#jejak", Plain: true}}})
		}
		return n.err
	})
	if err != nil {
		return err
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// ownForm is a form of somebody about themself: where it stands and what it asks.
type ownForm struct {
	path, name string
	fields     func(*call, access.User) ([]field, []block, error)
	do         func(*call, access.User) error
}

func ownForms() []ownForm {
	return []ownForm{
		{"/profil/ubah", "change", func(c *call, u access.User) ([]field, []block, error) {
			return []field{c.field("name", "text", required, value(u.Name), auto("name")), c.languageField(u.Language)}, nil, nil
		}, changeOneself},
		{"/profil/kata-sandi", "set-password", func(c *call, _ access.User) ([]field, []block, error) {
			return append([]field{c.field("old", "password", required, auto("current-password"))}, c.passwordFields()...), nil, nil
		}, changePassword},
		{"/profil/faktor-kedua", "set-second-factor", secondFields, setSecond},
		{"/profil/faktor-kedua/hapus", "remove-second-factor", func(c *call, _ access.User) ([]field, []block, error) {
			return []field{c.field("old", "password", required, auto("current-password")), c.field("why", "area", required)}, nil, nil
		}, removeSecond},
		{"/profil/token", "end-token", tokenFields, endToken},
	}
}

// wayIn says who else could come in as a user, and since when.
func (n *names) wayIn(u access.User) []string {
	var all []string
	for _, m := range access.Hands(access.Mark{User: u.ID}, u)[1:] {
		all = append(all, n.c.t("profile.way", "name", n.user(m.User), "when", i18n.Date(n.c.lang, m.At)))
	}
	return all
}

// ownTokens are the tokens with which programs act as the reader now.
func ownTokens(c *call, r *store.Reader) ([]store.Token, error) {
	all, err := store.Tokens(r, access.Standing{User: c.who.User})
	return slices.DeleteFunc(all, func(t store.Token) bool { return t.User != c.who.User || t.StateAt(c.o.Now()) != access.Active }), err
}

func tokenFields(c *call, _ access.User) ([]field, []block, error) {
	var all []option
	err := c.view(func(r *store.Reader) error {
		tokens, err := ownTokens(c, r)
		n := c.names(r)
		for _, t := range tokens {
			all = append(all, option{t.ID, c.t("token.line", "scope", c.t("scope."+string(t.Scope)), "by", n.user(t.Made.User), "when", i18n.Date(c.lang, t.Made.At), "until", c.day(t.Until))})
		}
		return cmp.Or(err, n.err)
	})
	return []field{c.field("token", "select", required, options(all)), c.field("why", "area")}, nil, err
}

// endToken asks for no password: it takes a way in away and opens none.
func endToken(c *call, u access.User) error {
	id, mine := c.typed("token"), false
	err := c.view(func(r *store.Reader) error {
		t, ok, err := store.TokenOf(r, id)
		mine = ok && t.User == u.ID
		return err
	})
	if err == nil && !mine {
		err = problem.New("token-unknown", "found", id, "field", "token")
	}
	if err != nil {
		return err
	}
	by, err := c.own()
	if err == nil {
		by.Why = c.typed("why")
		_, err = c.o.Store.EndToken(c.ctx(), by, id)
	}
	return err
}

// user is who is signed in, as the record has them.
func (c *call) user() (u access.User, err error) {
	err = c.view(func(r *store.Reader) (err error) {
		u, _, err = store.UserOf(r, c.self.User)
		return err
	})
	return u, err
}

func (o ownForm) sheet(c *call, status int, u access.User, wrong error) error {
	fields, before, err := o.fields(c, u)
	if err != nil {
		return err
	}
	f := form{Action: c.link(o.path), Button: c.t("own." + o.name), Fields: fields, Danger: o.name == "remove-second-factor"}
	var stale *store.Stale
	if wrong != nil {
		c.keep(f.Fields, false)
		if !errors.As(wrong, &stale) && !f.place(c, wrong) {
			return wrong
		}
	}
	f.Token = c.sess.formToken(o.path)
	if err := c.view(func(r *store.Reader) error {
		history, err := r.History(userObject(u.ID))
		n := c.names(r)
		for _, e := range history {
			if stale != nil && e.Seq > stale.Seen {
				f.Changed = append(f.Changed, n.entry(e, false))
			}
			f.Seen = e.Seq
		}
		return cmp.Or(err, n.err)
	}); err != nil {
		return err
	}
	s := sheet{Heading: c.t("own." + o.name), Lead: c.t("own."+o.name+".lead", "least", shortestPassword),
		Crumbs: []action{{Text: c.t("profile"), Link: c.link("/profil")}}, Blocks: append(before, block{Form: &f})}
	c.sheet(status, s)
	return nil
}

func (o ownForm) show(c *call) error {
	if c.who.Viewer != "" {
		return problem.New("denied-viewing", "name", c.who.Name)
	}
	u, err := c.user()
	if err != nil {
		return err
	}
	return o.sheet(c, http.StatusOK, u, nil)
}

func (o ownForm) send(c *call) error {
	u, err := c.user()
	if err != nil {
		return err
	}
	if err := o.do(c, u); err != nil {
		return o.sheet(c, statusOf(err), u, err)
	}
	c.redirect("/profil?selesai=" + o.name)
	return nil
}

// own is the person on their own password, second factor or token; what they saw
// does not matter, for it stands on no page.
func (c *call) own() (store.By, error) { return c.by("", "", store.Whatever) }

func changeOneself(c *call, u access.User) error {
	by, err := c.by("", "", c.seen())
	if err == nil {
		_, err = c.o.Store.ChangeUser(c.ctx(), by, u.ID, access.Profile{Name: c.typed("name"), Language: c.typed("language"), Email: u.Email, Organisation: u.Organisation})
	}
	return err
}

// proves checks the password of somebody who is signed in already, for what
// whoever finds an open screen must not do.
func (c *call) proves(u access.User) error {
	if err := c.attempt("person " + u.Email); err != nil {
		return err
	}
	var kept store.Credentials
	err := c.view(func(r *store.Reader) (err error) {
		kept, err = store.CredentialsOf(r, u.ID)
		return err
	})
	if err != nil {
		return err
	}
	right, err := rightPassword(c.ctx(), kept.Password, c.r.PostForm.Get("old"))
	if err == nil && !right {
		err = problem.New("password-wrong")
	}
	if err == nil {
		err = c.wasRight("person " + u.Email)
	}
	return err
}

// changePassword sets a new password and signs the person out everywhere else.
func changePassword(c *call, u access.User) error {
	if err := c.proves(u); err != nil {
		return err
	}
	password := c.r.PostForm.Get("password")
	if err := checkPassword(password, c.r.PostForm.Get("again"), u.Name, u.Email); err != nil {
		return err
	}
	encoded, err := HashPassword(c.ctx(), password)
	if err != nil {
		return err
	}
	by, err := c.own()
	if err == nil {
		_, err = c.o.Store.SetPassword(c.ctx(), by, encoded, c.sess.Hash)
	}
	return err
}

// secondFields shows the secret of a new second factor; it counts once a code of
// it was given. A form that comes back shows the same.
func secondFields(c *call, u access.User) ([]field, []block, error) {
	number := c.r.PostForm.Get("number")
	if number == "" {
		number = rand.Text()
	}
	secret, err := c.sess.newTOTP(number)
	if err != nil {
		return nil, nil, err
	}
	picture, err := totpPicture(secret, u.Email)
	return []field{c.field("old", "password", required, auto("current-password")), c.field("code", "code", required, auto("one-time-code")), c.field("number", "hidden", value(number))},
		[]block{{Picture: picture, Code: secret, Note: c.t("second.note")}}, err
}

func setSecond(c *call, u access.User) error {
	if err := c.proves(u); err != nil {
		return err
	}
	number := c.r.PostForm.Get("number")
	if number == "" {
		return problem.New("code-wrong")
	}
	secret, err := c.sess.newTOTP(number)
	if err == nil {
		err = c.rightCode(u.ID, secret, c.r.PostForm.Get("code"))
	}
	if err != nil {
		return err
	}
	by, err := c.own()
	if err == nil {
		_, err = c.o.Store.SetSecondFactor(c.ctx(), by, secret, c.sess.Hash)
	}
	return err
}

func removeSecond(c *call, u access.User) error {
	if err := c.proves(u); err != nil {
		return err
	}
	by, err := c.own()
	by.Why = c.typed("why")
	if err == nil {
		_, err = c.o.Store.RemoveSecondFactor(c.ctx(), by, u.ID)
	}
	return err
}
