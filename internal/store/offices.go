package store

import (
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on organisations, positions and settings. Each gives the event it
// led to; errors: *Stale, *access.Denial, a problem that says why not.

// RegisterOrganisation makes an organisation and gives its id; see
// registry.RegisterOrganisation.
func (s *Store) RegisterOrganisation(ctx context.Context, by By, o registry.Organisation) (string, event.Event, error) {
	return s.made(ctx, by, organisationKind, func(a acting, id string) (registry.Change, error) {
		if err := a.may(organisationKind, "register", o.Region, ""); err != nil {
			return registry.Change{}, err
		}
		others, err := organisationsWhere(a, "WHERE region = $1", o.Region)
		if err != nil {
			return registry.Change{}, err
		}
		o.ID = id
		return registry.RegisterOrganisation(o, others, a.Now())
	})
}

// onOrganisation carries out a command on an organisation that is there.
func (s *Store) onOrganisation(ctx context.Context, by By, id, command string, decide func(acting, registry.Organisation) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: organisationKind, ID: id}, func(a acting) (registry.Change, error) {
		o, err := a.organisation(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(organisationKind, command, o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		return decide(a, o)
	})
}

// RenameOrganisation gives an organisation another name from a day on.
func (s *Store) RenameOrganisation(ctx context.Context, by By, id string, to registry.Name) (event.Event, error) {
	return s.onOrganisation(ctx, by, id, "rename", func(a acting, o registry.Organisation) (registry.Change, error) {
		others, err := organisationsWhere(a, "WHERE region = $1 AND id <> $2", o.Region, o.ID)
		if err != nil {
			return registry.Change{}, err
		}
		return o.Rename(to, others, a.Now())
	})
}

// EndOrganisation records an organisation's last day.
func (s *Store) EndOrganisation(ctx context.Context, by By, id string, last registry.Day) (event.Event, error) {
	return s.onOrganisation(ctx, by, id, "end", func(a acting, o registry.Organisation) (registry.Change, error) {
		seats, err := positionsWhere(a, "WHERE organisation = $1 ORDER BY id", o.ID)
		if err != nil {
			return registry.Change{}, err
		}
		return o.End(last, seats)
	})
}

// SettingObject is the object in the log of an organisation's setting.
func SettingObject(organisation, name string) event.Object {
	return event.Object{Kind: settingKind, ID: organisation + "/" + name}
}

// ChangeSigning sets what those may sign who stand in at an organisation.
func (s *Store) ChangeSigning(ctx context.Context, by By, organisation string, to registry.Signing) (event.Event, error) {
	return s.change(ctx, by, SettingObject(organisation, registry.SigningSetting), func(a acting) (registry.Change, error) {
		o, err := a.organisation(organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(organisationKind, "change-setting", o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		before, err := SigningOf(a, organisation)
		if err != nil {
			return registry.Change{}, err
		}
		return o.ChangeSigning(before, to)
	})
}

// ChangeLetterhead sets the head of an organisation's papers. Its logo must be
// among the contents.
func (s *Store) ChangeLetterhead(ctx context.Context, by By, organisation string, to registry.Letterhead) (event.Event, error) {
	return s.change(ctx, by, SettingObject(organisation, registry.LetterheadSetting), func(a acting) (registry.Change, error) {
		o, err := a.organisation(organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(organisationKind, "change-letterhead", o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		before, err := LetterheadOf(a, organisation)
		if err != nil {
			return registry.Change{}, err
		}
		c, err := o.ChangeLetterhead(before, to)
		if err != nil || to.Logo == "" {
			return c, err
		}
		logo, err := s.contents.Open(to.Logo)
		if err != nil {
			return c, err
		}
		return c, logo.Close()
	})
}

// ChangeNumberPattern sets how an organisation writes the numbers of its papers;
// empty: in any way. It is one of the settings of change-setting.
func (s *Store) ChangeNumberPattern(ctx context.Context, by By, organisation string, to cooperation.Pattern) (event.Event, error) {
	return s.change(ctx, by, SettingObject(organisation, registry.NumberPatternSetting), func(a acting) (registry.Change, error) {
		o, err := a.organisation(organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(organisationKind, "change-setting", o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		to = cooperation.Pattern(registry.Clean(string(to)))
		if err := to.Check(); err != nil {
			return registry.Change{}, err
		}
		before, err := NumberPatternOf(a, organisation)
		if err != nil {
			return registry.Change{}, err
		}
		return o.ChangeNumberPattern(string(before), string(to))
	})
}

// CreatePosition makes a position and gives its id; see registry.CreatePosition.
func (s *Store) CreatePosition(ctx context.Context, by By, p registry.Position) (string, event.Event, error) {
	return s.made(ctx, by, positionKind, func(a acting, id string) (registry.Change, error) {
		o, err := a.organisation(p.Organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(positionKind, "create", o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		others, err := positionsWhere(a, "WHERE organisation = $1", o.ID)
		if err != nil {
			return registry.Change{}, err
		}
		p.ID = id
		return registry.CreatePosition(p, o, others)
	})
}

// onPosition carries out a command on a position that is there.
func (s *Store) onPosition(ctx context.Context, by By, id, command string, decide func(acting, registry.Position) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: positionKind, ID: id}, func(a acting) (registry.Change, error) {
		p, o, err := a.position(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(positionKind, command, o.Region, o.ID); err != nil {
			return registry.Change{}, err
		}
		return decide(a, p)
	})
}

// EndPosition records a position's last day.
func (s *Store) EndPosition(ctx context.Context, by By, id string, last registry.Day) (event.Event, error) {
	return s.onPosition(ctx, by, id, "end", func(a acting, p registry.Position) (registry.Change, error) {
		return p.End(last, nameOf(a))
	})
}

// BeginHolding lets a person hold a position; see registry.Position.BeginHolding.
// The letter of the mandate must be among the contents.
func (s *Store) BeginHolding(ctx context.Context, by By, position string, h registry.Holding) (event.Event, error) {
	return s.onPosition(ctx, by, position, "begin-holding", func(a acting, p registry.Position) (registry.Change, error) {
		u, err := a.user(h.User)
		if err != nil {
			return registry.Change{}, err
		}
		if status := u.StatusAt(a.Now()); !slices.Contains([]access.Status{access.Invited, access.UserActive}, status) {
			return registry.Change{}, problem.New("state-user-" + string(status))
		}
		if h.ID, err = a.NewID(); err != nil {
			return registry.Change{}, err
		}
		c, err := p.BeginHolding(h, nameOf(a), a.Now())
		if err != nil || h.Mandate == nil {
			return c, err
		}
		letter, err := s.contents.Open(h.Mandate.File)
		if err != nil {
			return c, err
		}
		return c, letter.Close()
	})
}

// EndHolding records the last day on which a person holds a position.
func (s *Store) EndHolding(ctx context.Context, by By, position, holding string, last registry.Day) (event.Event, error) {
	return s.onPosition(ctx, by, position, "end-holding", func(a acting, p registry.Position) (registry.Change, error) {
		return p.EndHolding(holding, last, nameOf(a), a.Now())
	})
}
