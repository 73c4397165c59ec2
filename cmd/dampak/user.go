package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// userCmd looks after people from the command line. Rights hold here as they do
// on the pages: with --as those of that user, without it those of an
// administrator; who asked for a grant does not confirm it under another name.
type userCmd struct {
	First     userFirstCmd     `cmd:"" help:"${help_user_first}"`
	Add       userAddCmd       `cmd:"" help:"${help_user_add}"`
	List      userListCmd      `cmd:"" default:"withargs" help:"${help_user_list}"`
	Show      userShowCmd      `cmd:"" help:"${help_user_show}"`
	Invite    userInviteCmd    `cmd:"" help:"${help_user_invite}"`
	Suspend   userSuspendCmd   `cmd:"" help:"${help_user_suspend}"`
	Reinstate userReinstateCmd `cmd:"" help:"${help_user_reinstate}"`
	Leave     userLeaveCmd     `cmd:"" help:"${help_user_leave}"`
	Grant     userGrantCmd     `cmd:"" help:"${help_user_grant}"`
	Confirm   userConfirmCmd   `cmd:"" help:"${help_user_confirm}"`
	Refuse    userRefuseCmd    `cmd:"" help:"${help_user_refuse}"`
	End       userEndCmd       `cmd:"" help:"${help_user_end}"`
	Roles     userRolesCmd     `cmd:"" help:"${help_user_roles}"`
}

// peopleFlags say where the record is and who acts on people in it.
type peopleFlags struct {
	recordFlags
	As string `help:"${help_user_as}" placeholder:"USER"`
}

// with opens the record for a command that somebody gives or looks with.
func (f peopleFlags) with(s *session, do func(people) error) (err error) {
	record, err := f.open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	p := people{session: s, record: record, actor: localAdministrator()}
	if f.As != "" {
		u, err := p.find(f.As)
		if err != nil {
			return err
		}
		p.actor = event.Actor{User: u.ID, Via: event.CommandLine, Through: p.actor.Through}
	}
	return do(p)
}

func localAdministrator() event.Actor {
	name := systemUser()
	return event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}
}

// people is a record and who acts on it.
type people struct {
	*session
	record *store.Store
	actor  event.Actor
}

// by says that the actor acts on things as they now are.
func (p people) by(why string) store.By {
	return store.By{Actor: p.actor, Seen: store.Whatever, Why: why}
}

// who is the standing of the actor.
func (p people) who(r *store.Reader) (access.Standing, error) {
	if p.actor.Capacity == event.LocalAdministrator {
		return access.LocalAdministrator(p.actor.User, p.record.Now()), nil
	}
	return store.Who(r, p.actor.User, p.record.Now())
}

// find gives a user by e-mail address or id.
func (p people) find(word string) (access.User, error) {
	var u access.User
	err := p.record.View(p.ctx, func(r *store.Reader) (err error) {
		var ok bool
		if u, ok, err = store.UserOf(r, word); err == nil && !ok {
			u, ok, err = store.UserByEmail(r, strings.ToLower(word))
		}
		if err == nil && !ok {
			err = problem.New("user-unknown", "found", word)
		}
		return err
	})
	return u, err
}

// organisation gives the id of an organisation by its short name or id; empty
// for an empty word.
func (p people) organisation(word string) (string, error) {
	if word == "" {
		return "", nil
	}
	var ids []string
	err := p.record.View(p.ctx, func(r *store.Reader) error {
		all, err := p.organisations(r)
		for _, o := range all {
			if o.ID == word || strings.EqualFold(o.NameOn(registry.DayOf(p.record.Now())).Short, word) {
				ids = append(ids, o.ID)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", problem.New("organisation-unknown", "found", word)
	case len(ids) > 1:
		return "", problem.New("organisation-ambiguous", "found", word)
	}
	return ids[0], nil
}

// organisations are those that the actor may see.
func (p people) organisations(r *store.Reader) ([]registry.Organisation, error) {
	who, err := p.who(r)
	if err != nil {
		return nil, err
	}
	return store.Organisations(r, who, store.Page{})
}

// shortNames are the organisations' short names by id.
func (p people) shortNames(r *store.Reader) (map[string]string, error) {
	all, err := p.organisations(r)
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.NameOn(registry.DayOf(p.record.Now())).Short
	}
	return names, err
}

func (s *session) role(r access.Role) string { return s.text("role." + string(r) + ".name") }

func (s *session) token(name, token string, until time.Time) error {
	_, err := fmt.Fprintln(s.stdout, s.text("user.token", "name", name, "until", string(registry.DayOf(until)), "token", token))
	return err
}

type userFirstCmd struct {
	recordFlags
	Name     string `arg:"" help:"${help_user_name}"`
	Email    string `required:"" help:"${help_user_email}" placeholder:"ADDRESS"`
	Language string `default:"id" enum:"id,en" help:"${help_user_language}" placeholder:"id|en"`
	Why      string `help:"${help_user_why}" placeholder:"TEXT"`
}

// Run makes the first administrator, in a new record where there is none.
func (c userFirstCmd) Run(s *session) (err error) {
	record, err := c.open(s)
	if found := problem.Of(err); len(found) == 1 && found[0].Code == "store-none" {
		record, err = store.Open(s.ctx, store.Config{Dir: c.Dir, URL: c.Database, Now: time.Now, Migrate: true})
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	why := c.Why
	if why == "" {
		why = s.text("user.first-why")
	}
	id, token, err := record.FirstAdministrator(s.ctx, store.By{Actor: localAdministrator(), Why: why}, access.User{Name: c.Name, Email: c.Email, Language: c.Language})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(s.stdout, s.text("user.first", "name", c.Name, "id", id)); err != nil {
		return err
	}
	return s.token(c.Name, token, record.Now().Add(access.InvitationLasts))
}

type userAddCmd struct {
	peopleFlags
	Name     string `arg:"" help:"${help_user_name}"`
	Email    string `required:"" help:"${help_user_email}" placeholder:"ADDRESS"`
	Office   string `help:"${help_user_office}" placeholder:"OFFICE"`
	Language string `default:"id" enum:"id,en" help:"${help_user_language}" placeholder:"id|en"`
	Why      string `help:"${help_user_why}" placeholder:"TEXT"`
}

// Run adds a user and shows the token of the invitation.
func (c userAddCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		office, err := p.organisation(c.Office)
		if err != nil {
			return err
		}
		id, token, e, err := p.record.AddUser(p.ctx, p.by(c.Why), access.User{Name: c.Name, Email: c.Email, Language: c.Language, Organisation: office})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(s.stdout, s.text("user.added", "name", c.Name, "id", id)); err != nil {
			return err
		}
		return s.token(c.Name, token, e.At.Add(access.InvitationLasts))
	})
}

type userInviteCmd struct {
	peopleFlags
	User string `arg:"" help:"${help_user_user}"`
	Why  string `help:"${help_user_why}" placeholder:"TEXT"`
}

// Run opens a new invitation and shows its token.
func (c userInviteCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		u, err := p.find(c.User)
		if err != nil {
			return err
		}
		token, e, err := p.record.InviteUser(p.ctx, p.by(c.Why), u.ID)
		if err != nil {
			return err
		}
		return s.token(u.Name, token, e.At.Add(access.InvitationLasts))
	})
}

// turnFlags are those of commands that keep a user out or let them in.
type turnFlags struct {
	peopleFlags
	User string `arg:"" help:"${help_user_user}"`
	Why  string `required:"" help:"${help_user_why}" placeholder:"TEXT"`
}

// turn carries out such a command and says what happened.
func (f turnFlags) turn(s *session, do func(*store.Store, store.By, string) (event.Event, error)) error {
	return f.with(s, func(p people) error {
		u, err := p.find(f.User)
		if err != nil {
			return err
		}
		e, err := do(p.record, p.by(f.Why), u.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.stdout, s.text("user.done."+e.Type, "name", u.Name, "seq", e.Seq))
		return err
	})
}

type userSuspendCmd struct{ turnFlags }

// Run suspends a user.
func (c userSuspendCmd) Run(s *session) error {
	return c.turn(s, func(r *store.Store, by store.By, id string) (event.Event, error) { return r.SuspendUser(s.ctx, by, id) })
}

type userReinstateCmd struct{ turnFlags }

// Run reinstates a user.
func (c userReinstateCmd) Run(s *session) error {
	return c.turn(s, func(r *store.Store, by store.By, id string) (event.Event, error) {
		return r.ReinstateUser(s.ctx, by, id)
	})
}

type userLeaveCmd struct{ turnFlags }

// Run records that a user has left.
func (c userLeaveCmd) Run(s *session) error {
	return c.turn(s, func(r *store.Store, by store.By, id string) (event.Event, error) { return r.LeaveUser(s.ctx, by, id) })
}

type userListCmd struct{ peopleFlags }

// Run lists the users that the actor may see, by name.
func (c userListCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		var lines []string
		err := p.record.View(p.ctx, func(r *store.Reader) error {
			who, err := p.who(r)
			if err != nil {
				return err
			}
			all, err := store.Users(r, who, store.Page{})
			if err != nil {
				return err
			}
			offices, err := p.shortNames(r)
			if err != nil {
				return err
			}
			slices.SortFunc(all, func(a, b access.User) int {
				return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
			})
			for _, u := range all {
				now, err := store.Who(r, u.ID, p.record.Now())
				if err != nil {
					return err
				}
				var roles []string
				for _, g := range now.Grants {
					if name := s.role(g.Role); !slices.Contains(roles, name) {
						roles = append(roles, name)
					}
				}
				lines = append(lines, row(u.Name, u.Email, s.state(string(now.Status)), dash(offices[u.Organisation]), dash(strings.Join(roles, ", "))))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			_, err = fmt.Fprintln(s.stdout, s.text("user.none"))
			return err
		}
		return s.table("user.head", lines)
	})
}

// state is the word for a state of a user or a grant.
func (s *session) state(name string) string {
	if name == "" {
		name = "none"
	}
	return s.text("state." + name)
}

func row(cells ...string) string { return strings.Join(cells, "\t") }

func dash(cell string) string {
	if cell == "" {
		return "-"
	}
	return cell
}

// table prints lines of cells that tabs part, below a head of the catalogue.
func (s *session) table(head string, lines []string) error {
	w := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, s.text(head)); err != nil {
		return err
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return w.Flush()
}
