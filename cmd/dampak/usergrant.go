package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

type userShowCmd struct {
	peopleFlags
	User string `arg:"" help:"${help_user_user}"`
	On   string `help:"${help_user_on}" placeholder:"DAY"`
}

// Run shows a user's positions and grants, now or as of the end of a day.
func (c userShowCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		at := p.record.Now()
		if c.On != "" {
			day, err := registry.ParseDay(c.On)
			if err != nil {
				return err
			}
			if at, err = endOf(day); err != nil {
				return err
			}
		}
		u, err := p.find(c.User)
		if err != nil {
			return err
		}
		return p.record.View(p.ctx, func(r *store.Reader) error { return p.show(r, u, at) })
	})
}

// endOf is the last moment of a day in Asia/Jakarta.
func endOf(day registry.Day) (time.Time, error) {
	t, err := time.ParseInLocation("2006-01-02", string(day.Add(1)), time.FixedZone("WIB", 7*60*60))
	return t.Add(-time.Microsecond).UTC(), err
}

// show prints what the record knew of a user at an instant.
func (p people) show(r *store.Reader, u access.User, at time.Time) error {
	who, err := p.who(r)
	if err != nil {
		return err
	}
	place, err := store.PlaceOf(r, event.Object{Kind: "user", ID: u.ID})
	if err != nil {
		return err
	}
	if u.ID != who.User {
		if err := who.May(access.UserRead, place); err != nil {
			return err
		}
	}
	standing, err := store.Who(r, u.ID, at)
	if err != nil {
		return err
	}
	grants, err := store.GrantsOf(r, u.ID)
	if err != nil {
		return err
	}
	offices, err := p.shortNames(r)
	if err != nil {
		return err
	}
	if err := p.table("user.head", []string{row(u.Name, u.Email, p.state(string(standing.Status)), dash(offices[u.Organisation]), dash(p.roles(standing)))}); err != nil {
		return err
	}
	var lines []string
	for _, seat := range standing.Seats {
		days := seat.Holding.Days()
		lines = append(lines, row(seat.Title, p.text("capacity."+string(seat.Holding.Capacity)), dash(offices[seat.Organisation]), string(days.From), dash(string(days.Until))))
	}
	if err := p.part("user.head-seats", lines); err != nil {
		return err
	}
	lines = nil
	for _, g := range grants {
		if at.Before(g.Requested.At) || (u.ID != who.User && who.May(access.GrantRead, g.Place()) != nil) {
			continue
		}
		office := p.text("user.all")
		if g.Organisation != "" {
			office = dash(offices[g.Organisation])
		}
		lines = append(lines, row(g.ID, p.state(g.StateAt(at)), p.role(g.Role), registry.RegionName(g.Region), office, string(g.Period.From), string(g.Period.Until), strings.Join(strings.Fields(g.Reason), " ")))
	}
	return p.part("user.head-grants", lines)
}

func (p people) roles(standing access.Standing) string {
	var all []string
	for _, g := range standing.Grants {
		all = append(all, p.role(g.Role))
	}
	return strings.Join(all, ", ")
}

// part prints a table after an empty line; nothing where it has no lines.
func (p people) part(head string, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(p.stdout); err != nil {
		return err
	}
	return p.table(head, lines)
}

type userGrantCmd struct {
	peopleFlags
	User   string `arg:"" help:"${help_user_user}"`
	Role   string `arg:"" help:"${help_user_role}"`
	Region string `required:"" help:"${help_user_region}" placeholder:"CODE"`
	Office string `help:"${help_user_office}" placeholder:"OFFICE"`
	From   string `help:"${help_user_from}" placeholder:"DAY"`
	Until  string `required:"" help:"${help_user_until}" placeholder:"DAY"`
	Why    string `required:"" help:"${help_user_why}" placeholder:"TEXT"`
}

// Run gives a role, or asks for it where a second person must confirm.
func (c userGrantCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		u, err := p.find(c.User)
		if err != nil {
			return err
		}
		office, err := p.organisation(c.Office)
		if err != nil {
			return err
		}
		from := registry.Day(c.From)
		if from == "" {
			from = registry.DayOf(p.record.Now())
		}
		id, e, err := p.record.RequestGrant(p.ctx, p.by(c.Why), access.Grant{User: u.ID, Role: access.Role(c.Role), Region: c.Region, Organisation: office,
			Period: registry.Period{From: from, Until: registry.Day(c.Until)}})
		if err != nil {
			return err
		}
		return p.granted(e, id)
	})
}

// granted says what happened to a grant.
func (p people) granted(e event.Event, id string) error {
	var g access.Grant
	var u access.User
	err := p.record.View(p.ctx, func(r *store.Reader) (err error) {
		if g, _, err = store.GrantOf(r, id); err == nil {
			u, _, err = store.UserOf(r, g.User)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.text("user.done."+e.Type, "name", u.Name, "role", p.role(g.Role), "region", registry.RegionName(g.Region), "seq", e.Seq, "id", id))
	return err
}

type userConfirmCmd struct {
	peopleFlags
	Grant string `arg:"" help:"${help_user_grant_id}"`
	Why   string `help:"${help_user_why}" placeholder:"TEXT"`
}

// Run confirms a grant that another has asked for.
func (c userConfirmCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		e, err := p.record.ConfirmGrant(p.ctx, p.by(c.Why), c.Grant)
		if err != nil {
			return err
		}
		return p.granted(e, c.Grant)
	})
}

type userRefuseCmd struct {
	peopleFlags
	Grant string `arg:"" help:"${help_user_grant_id}"`
	Why   string `required:"" help:"${help_user_why}" placeholder:"TEXT"`
}

// Run refuses a grant that another has asked for.
func (c userRefuseCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		e, err := p.record.RefuseGrant(p.ctx, p.by(c.Why), c.Grant)
		if err != nil {
			return err
		}
		return p.granted(e, c.Grant)
	})
}

type userEndCmd struct {
	peopleFlags
	Grant string `arg:"" help:"${help_user_grant_id}"`
	Why   string `required:"" help:"${help_user_why}" placeholder:"TEXT"`
}

// Run ends a grant.
func (c userEndCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		e, err := p.record.EndGrant(p.ctx, p.by(c.Why), c.Grant)
		if err != nil {
			return err
		}
		return p.granted(e, c.Grant)
	})
}

type userRolesCmd struct{}

// Run lists the roles; it needs no record.
func (userRolesCmd) Run(s *session) error {
	lines := make([]string, 0, len(access.Roles))
	for _, r := range access.Roles {
		two := s.text("user.one")
		if r.TwoPeople() {
			two = s.text("user.two")
		}
		key := "role." + string(r)
		lines = append(lines, row(string(r)+" ("+s.role(r)+")", s.text(key+".duty"), s.text(key+".holder"), two))
	}
	return s.table("user.head-roles", lines)
}
