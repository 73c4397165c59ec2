package store

import (
	"context"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on programmes. Each gives the event it led to; errors: *Stale,
// *access.Denial, a problem that says why not.

// RegisterProgramme makes an entry of a programme that runs, or ran, and gives its
// id; see registry.RegisterProgramme.
func (s *Store) RegisterProgramme(ctx context.Context, by By, p registry.Programme) (string, event.Event, error) {
	return s.enterProgramme(ctx, by, "register", p, registry.RegisterProgramme)
}

// ProposeProgramme makes an entry of a programme that is to run, and gives its id;
// see registry.ProposeProgramme.
func (s *Store) ProposeProgramme(ctx context.Context, by By, p registry.Programme) (string, event.Event, error) {
	return s.enterProgramme(ctx, by, "propose", p, registry.ProposeProgramme)
}

func (s *Store) enterProgramme(ctx context.Context, by By, command string, p registry.Programme,
	enter func(registry.Programme, registry.Organisation, []registry.Programme) (registry.Change, error)) (string, event.Event, error) {
	return s.made(ctx, by, programmeKind, func(a acting, id string) (registry.Change, error) {
		owner, err := a.owner(programmeKind, command, p.Owner)
		if err != nil {
			return registry.Change{}, err
		}
		register, err := AllProgrammes(a)
		if err != nil {
			return registry.Change{}, err
		}
		p.ID = id
		return enter(p, owner, register)
	})
}

// EditProgramme says anew what a programme is; see registry.Programme.Edit.
func (s *Store) EditProgramme(ctx context.Context, by By, id string, next registry.Programme) (event.Event, error) {
	return s.onProgramme(ctx, by, id, "edit", func(a acting, p registry.Programme) (registry.Change, error) {
		register, err := AllProgrammes(a)
		if err != nil {
			return registry.Change{}, err
		}
		return p.Edit(next, register)
	})
}

// StartProgramme records the day from which a proposal runs.
func (s *Store) StartProgramme(ctx context.Context, by By, id string, first registry.Day) (event.Event, error) {
	return s.onProgramme(ctx, by, id, "start", func(a acting, p registry.Programme) (registry.Change, error) {
		register, err := AllProgrammes(a)
		if err != nil {
			return registry.Change{}, err
		}
		return p.Start(first, register)
	})
}

// DropProgramme gives a proposal up, for the reason in by.
func (s *Store) DropProgramme(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onProgramme(ctx, by, id, "drop", func(a acting, p registry.Programme) (registry.Change, error) {
		return p.Drop(a.by.Why)
	})
}

// EndProgramme records a programme's last day.
func (s *Store) EndProgramme(ctx context.Context, by By, id string, last registry.Day) (event.Event, error) {
	return s.onProgramme(ctx, by, id, "end", func(_ acting, p registry.Programme) (registry.Change, error) {
		return p.End(last)
	})
}

func (s *Store) onProgramme(ctx context.Context, by By, id, command string, decide func(acting, registry.Programme) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: programmeKind, ID: id}, func(a acting) (registry.Change, error) {
		p, err := need("programme-unknown", id, func() (registry.Programme, bool, error) { return ProgrammeOf(a, id) })
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(programmeKind, command, p.Region, p.Owner); err != nil {
			return registry.Change{}, err
		}
		return decide(a, p)
	})
}

// RegisterKnownProgrammes enters the programmes that the program knows of itself
// (registry.KnownProgrammes), those of the ministry for one organisation and those of
// the province for another; an empty id leaves its programmes out. What the owner
// has by name is passed over. It gives the ids by code. Errors: of the first
// programme that cannot be entered; those before it are.
func (s *Store) RegisterKnownProgrammes(ctx context.Context, by By, centre, province string) (map[string]string, error) {
	var register []registry.Programme
	if err := s.View(ctx, func(r *Reader) (err error) {
		register, err = AllProgrammes(r)
		return err
	}); err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, k := range registry.KnownProgrammes() {
		p := k.Programme
		p.Owner = map[registry.Level]string{registry.MinistryLevel: centre, registry.ProvinceLevel: province}[k.Level]
		if p.Owner == "" {
			continue
		}
		if old, ok := k.Registered(p.Owner, register); ok {
			ids[k.Code] = old.ID
			continue
		}
		if of := ids[k.Extends]; of != "" {
			p.Variant = &registry.Variant{Of: of, Sort: registry.Extends}
		}
		id, _, err := s.RegisterProgramme(ctx, by, p)
		if err != nil {
			return ids, err
		}
		ids[k.Code] = id
	}
	return ids, nil
}
