package web

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// signInForm is where somebody says who they are.
func (c *call) signInForm(to string) form {
	return form{Action: c.link("/masuk"), Button: c.t("signin.button"), Fields: []field{
		c.field("email", "email", required, auto("username")), c.field("password", "password", required, auto("current-password")), c.field("ke", "hidden", value(to)),
	}}
}

func (p *Pages) signIn(c *call) error {
	if c.sess != nil {
		c.redirect(within(c.r.URL.Query().Get("ke")))
		return nil
	}
	to := c.r.URL.Query().Get("ke")
	if to == "" {
		to = c.o.Start
	}
	f := c.signInForm(within(to))
	s := sheet{Heading: c.t("signin"), Lead: c.t("signin.lead"), Blocks: []block{{Form: &f}, {Note: c.t("signin.forgot")}}}
	if c.r.URL.Query().Has("baru") {
		s.Done = c.t("signin.new")
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// signInSent answers a password. What it says and how long it takes do not tell
// whether the address is known.
func (p *Pages) signInSent(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	email, to := strings.ToLower(c.typed("email")), within(c.r.PostForm.Get("ke"))
	again := func(err error) error {
		f := c.signInForm(to)
		c.keep(f.Fields, false)
		if !f.place(c, err) {
			return err
		}
		c.sheet(statusOf(err), sheet{Heading: c.t("signin"), Lead: c.t("signin.lead"), Blocks: []block{{Form: &f}, {Note: c.t("signin.forgot")}}})
		return nil
	}
	person := "person " + email
	if err := c.attempt(person); err != nil {
		return again(err)
	}
	var u access.User
	var kept store.Credentials
	err := c.view(func(r *store.Reader) (err error) {
		if u, _, err = store.UserByEmail(r, email); err != nil {
			return err
		}
		kept, err = store.CredentialsOf(r, u.ID)
		return err
	})
	if err != nil {
		return err
	}
	right, err := rightPassword(c.ctx(), kept.Password, c.r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	if !right {
		return again(problem.New("signin-wrong"))
	}
	switch status := u.StatusAt(c.o.Now()); status {
	case access.UserActive:
	case access.Unknown: // the record is ahead of the clock
		return again(cmp.Or(c.o.Store.CheckClock(c.ctx()), error(problem.New("denied-nobody"))))
	default:
		return again(problem.New("denied-" + string(status)))
	}
	if kept.SecondFactor == "" {
		if err := c.wasRight(person); err != nil {
			return err
		}
		return c.enter(u.ID, false, to)
	}
	return c.enter(u.ID, true, "/masuk/kode?"+url.Values{"ke": {to}}.Encode())
}

// enter signs somebody in, for good or half. A token that was there before counts
// no more.
func (c *call) enter(user string, half bool, to string) error {
	token, err := c.o.sessions.begin(c.ctx(), user, half, c.sess, c.half)
	if err != nil {
		return err
	}
	http.SetCookie(c.w, c.o.cookie(c.r, token))
	c.redirect(to)
	return nil
}

func (c *call) codeForm(to string) form {
	return form{Action: c.link("/masuk/kode"), Button: c.t("signin.button"), Fields: []field{c.field("code", "code", required, auto("one-time-code")), c.field("ke", "hidden", value(to))}}
}

func (p *Pages) code(c *call) error {
	if c.half == nil {
		c.redirect("/masuk")
		return nil
	}
	f := c.codeForm(within(c.r.URL.Query().Get("ke")))
	c.sheet(http.StatusOK, sheet{Heading: c.t("code"), Lead: c.t("code.lead"), Blocks: []block{{Form: &f}}})
	return nil
}

// codeSent answers the code of the second factor.
func (p *Pages) codeSent(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	if c.half == nil {
		c.redirect("/masuk")
		return nil
	}
	user, to := c.half.User, within(c.r.PostForm.Get("ke"))
	var email string
	var kept store.Credentials
	err := c.view(func(r *store.Reader) error {
		u, _, err := store.UserOf(r, user)
		if err != nil {
			return err
		}
		email = u.Email
		kept, err = store.CredentialsOf(r, user)
		return err
	})
	if err != nil {
		return err
	}
	wrong := c.attempt("code " + user)
	if wrong == nil {
		wrong = c.rightCode(user, kept.SecondFactor, c.r.PostForm.Get("code"))
	}
	if wrong == nil {
		if err := c.wasRight("code "+user, "person "+email); err != nil {
			return err
		}
		return c.enter(user, false, to)
	}
	f := c.codeForm(to)
	if !f.place(c, wrong) {
		return wrong
	}
	c.sheet(statusOf(wrong), sheet{Heading: c.t("code"), Lead: c.t("code.lead"), Blocks: []block{{Form: &f}}})
	return nil
}

// rightCode refuses a code that is not a user's now, or was used before: each
// counts once.
func (c *call) rightCode(user, secret, code string) error {
	step, ok := totpAt(secret, code, c.o.Now())
	if ok && secret != "" {
		first, err := c.o.Store.TakeStep(c.ctx(), user, int64(step)) //nolint:gosec // of a clock
		if err != nil || first {
			return err
		}
	}
	return problem.New("code-wrong")
}

func (p *Pages) signOut(c *call) error {
	if c.sess != nil {
		if err := c.o.sessions.end(c.ctx(), c.sess); err != nil {
			return err
		}
		c.o.uploads.drop(c.sess.Hash)
	}
	http.SetCookie(c.w, c.o.cookie(c.r, ""))
	c.redirect("/")
	return nil
}

func (c *call) passwordFields() []field {
	return []field{c.field("password", "password", required, auto("new-password"), labelled(c.t("field.password.new"))), c.field("again", "password", required, auto("new-password"))}
}

// invitation shows the form with which somebody who was invited sets a password.
// Whether the link is right is told once the form is sent.
func (p *Pages) invitation(c *call) error {
	f := form{Action: c.link(c.r.URL.Path), Button: c.t("join.button"), Fields: c.passwordFields()}
	c.sheet(http.StatusOK, sheet{Heading: c.t("join"), Lead: c.t("join.lead", "least", shortestPassword), Blocks: []block{{Form: &f}}})
	return nil
}

func (p *Pages) invitationSent(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	again := func(err error) error {
		f := form{Action: c.link(c.r.URL.Path), Button: c.t("join.button"), Fields: c.passwordFields()}
		if !f.place(c, err) {
			return err
		}
		c.sheet(statusOf(err), sheet{Heading: c.t("join"), Lead: c.t("join.lead", "least", shortestPassword), Blocks: []block{{Form: &f}}})
		return nil
	}
	if err := c.attempt(""); err != nil {
		return again(err)
	}
	password := c.r.PostForm.Get("password")
	if err := checkPassword(password, c.r.PostForm.Get("again")); err != nil {
		return again(err)
	}
	encoded, err := HashPassword(c.ctx(), password)
	if err != nil {
		return err
	}
	if _, err := c.o.Store.Accept(c.ctx(), event.Web, c.r.PathValue("token"), encoded); err != nil {
		return again(err)
	}
	c.redirect("/masuk?baru=1")
	return nil
}

// firstRunOpen tells whether the token of an address is that of the first run.
func (o *office) firstRunOpen(token string) bool {
	o.first.Lock()
	defer o.first.Unlock()
	sum := sha256.Sum256([]byte(token))
	return o.first.open && subtle.ConstantTimeCompare(sum[:], o.first.hash[:]) == 1
}

func (c *call) firstForm() form {
	return form{Action: c.link(c.r.URL.Path), Button: c.t("first.button"), Fields: append([]field{
		c.field("name", "text", required, auto("name")), c.field("email", "email", required, auto("username")), c.languageField(string(c.lang)),
	}, c.passwordFields()...)}
}

func (c *call) firstSheet(f form) sheet {
	return sheet{Heading: c.t("first"), Lead: c.t("first.lead", "least", shortestPassword), Blocks: []block{{Form: &f}}}
}

// first shows the form of the first administrator to who has the link.
func (p *Pages) first(c *call) error {
	if !c.o.firstRunOpen(c.r.PathValue("token")) {
		return errNotFound
	}
	c.sheet(http.StatusOK, c.firstSheet(c.firstForm()))
	return nil
}

func (p *Pages) firstSent(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	if !c.o.firstRunOpen(c.r.PathValue("token")) {
		return errNotFound
	}
	again := func(err error) error {
		f := c.firstForm()
		c.keep(f.Fields, false)
		if !f.place(c, err) {
			return err
		}
		c.sheet(statusOf(err), c.firstSheet(f))
		return nil
	}
	u := access.User{Name: c.typed("name"), Email: c.typed("email"), Language: c.typed("language")}
	password := c.r.PostForm.Get("password")
	if err := checkPassword(password, c.r.PostForm.Get("again"), u.Name, u.Email); err != nil {
		return again(err)
	}
	encoded, err := HashPassword(c.ctx(), password)
	if err != nil {
		return err
	}
	by := store.By{Actor: event.Actor{Via: event.Web}, Why: registry.Clean(c.t("first.why"))}
	id, token, err := c.o.Store.FirstAdministrator(c.ctx(), by, u)
	if err != nil {
		return again(err)
	}
	if _, err := c.o.Store.Accept(c.ctx(), event.Web, token, encoded); err != nil {
		return err
	}
	c.o.first.Lock()
	c.o.first.open = false
	c.o.first.Unlock()
	return c.enter(id, false, "/pengelolaan")
}
