package main

import (
	"fmt"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// tokenCmd looks after the tokens with which programs use the API in a user's
// name.
type tokenCmd struct {
	Add  tokenAddCmd  `cmd:"" help:"${help_token_add}"`
	List tokenListCmd `cmd:"" default:"withargs" help:"${help_token_list}"`
	End  tokenEndCmd  `cmd:"" help:"${help_token_end}"`
}

// tokenLasts is how many days a token counts where --until is not given.
const tokenLasts = 90

type tokenAddCmd struct {
	peopleFlags
	User  string `required:"" help:"${help_token_user}" placeholder:"EMAIL"`
	Scope string `required:"" help:"${help_token_scope}" placeholder:"read|write"`
	Until string `help:"${help_token_until}" placeholder:"DATE"`
	Why   string `help:"${help_token_why}" placeholder:"TEXT"`
}

// Run makes a token and shows it, this once.
func (c tokenAddCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		u, err := p.find(c.User)
		if err != nil {
			return err
		}
		until := registry.Day(c.Until)
		if until == "" {
			until = registry.DayOf(p.record.Now()).Add(tokenLasts - 1)
		}
		why := c.Why
		if why == "" {
			why = s.text("token.why")
		}
		id, secret, e, err := p.record.MakeToken(p.ctx, p.by(why), u.ID, store.Scope(c.Scope), until)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.stdout, s.text("token.added", "name", u.Name, "scope", c.Scope, "until", string(until), "seq", e.Seq, "id", id)+"\n"+s.text("token.shown", "token", secret))
		return err
	})
}

type tokenListCmd struct{ peopleFlags }

// Run lists the tokens that the actor may see, the oldest first.
func (c tokenListCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		var lines []string
		err := p.record.View(p.ctx, func(r *store.Reader) error {
			who, err := p.who(r)
			if err != nil {
				return err
			}
			all, err := store.Tokens(r, who)
			if err != nil {
				return err
			}
			for _, t := range all {
				u, _, err := store.UserOf(r, t.User)
				if err != nil {
					return err
				}
				made, err := r.History(event.Object{Kind: "token", ID: t.ID})
				if err != nil {
					return err
				}
				why := ""
				if len(made) > 0 {
					why = strings.Join(strings.Fields(made[0].Why), " ")
				}
				lines = append(lines, row(t.ID, p.state(t.StateAt(p.record.Now())), u.Name, string(t.Scope), string(registry.DayOf(t.Made.At)), string(t.Until), why))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			_, err = fmt.Fprintln(s.stdout, s.text("token.none"))
			return err
		}
		return s.table("token.head", lines)
	})
}

type tokenEndCmd struct {
	peopleFlags
	ID  string `arg:"" help:"${help_token_id}"`
	Why string `required:"" help:"${help_user_why}" placeholder:"TEXT"`
}

// Run ends a token.
func (c tokenEndCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		if err := registry.CheckReason(c.Why); err != nil {
			return err
		}
		e, err := p.record.EndToken(p.ctx, p.by(c.Why), c.ID)
		if err != nil {
			return err
		}
		t, err := store.Read[store.Token](e.After)
		if err != nil {
			return problem.New("internal", "what", err.Error()).Because(err)
		}
		u, err := p.find(t.User)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.stdout, s.text("token.ended", "name", u.Name, "seq", e.Seq))
		return err
	})
}
