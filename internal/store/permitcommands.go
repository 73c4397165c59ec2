package store

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on permits. Each gives the event it led to; errors: *Stale,
// *access.Denial, a problem or a problem.List that says why not. Who asks needs the
// right at the place of the institution that asks; who answers acts from a position
// and needs the right where its office is. The reason of an answer is that of By.
//
// Of two offices that answer at once one is *Stale: with the new revision it may
// answer again.

// PermitChain gives the rules of the chain that a request walks.
var PermitChain = sync.OnceValues(func() ([]cooperation.StepRule, error) { return cooperation.ReadChain(rules.PermitChain) })

// DraftPermit makes a permit from a request that may still have gaps, but names its
// institution, and gives its id.
func (s *Store) DraftPermit(ctx context.Context, by By, r cooperation.Request) (string, event.Event, error) {
	return s.made(ctx, by, permitKind, func(a acting, id string) (registry.Change, error) {
		if err := a.asks("draft", r.Institution); err != nil {
			return registry.Change{}, err
		}
		if err := a.named(r); err != nil {
			return registry.Change{}, err
		}
		return cooperation.DraftPermit(id, r, a.by.Actor, a.Now())
	})
}

// asks settles a command of the institution that asks.
func (a acting) asks(command, institution string) error {
	if institution == "" {
		return problem.New("permit-missing-institution", "field", "institution")
	}
	o, err := a.organisation(institution)
	if err != nil {
		return err
	}
	return a.may(permitKind, command, o.Region, o.ID)
}

// named says which of the objects that a request names is not there.
func (a acting) named(r cooperation.Request) error {
	for _, of := range []struct {
		id   string
		find func(id string) error
	}{
		{r.Study, func(id string) error { _, err := a.study(id); return err }},
		{r.Agreement, func(id string) error { _, err := a.agreement(id); return err }},
		{r.Responsible.Position, func(id string) error { _, _, err := a.position(id); return err }},
		{r.Responsible.User, func(id string) error { _, err := a.user(id); return err }},
	} {
		if of.id == "" {
			continue
		}
		if err := of.find(of.id); err != nil {
			return err
		}
	}
	for _, id := range r.Members {
		if _, err := a.user(id); err != nil && id != "" {
			return err
		}
	}
	return nil
}

// onRequest carries out a command of the institution that asks.
func (s *Store) onRequest(ctx context.Context, by By, id, command string, decide func(acting, cooperation.Permit, cooperation.Ground) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: permitKind, ID: id}, func(a acting) (registry.Change, error) {
		p, g, err := a.permit(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.asks(command, p.Institution); err != nil {
			return registry.Change{}, err
		}
		return decide(a, p, g)
	})
}

// EditPermit replaces the request.
func (s *Store) EditPermit(ctx context.Context, by By, id string, r cooperation.Request) (event.Event, error) {
	return s.onRequest(ctx, by, id, "edit", func(a acting, p cooperation.Permit, g cooperation.Ground) (registry.Change, error) {
		if err := a.asks("edit", r.Institution); err != nil {
			return registry.Change{}, err
		}
		if err := a.named(r); err != nil {
			return registry.Change{}, err
		}
		return p.Edit(g, r, a.Now())
	})
}

// AttachToPermit puts a document whose content is kept to the request, in place of
// the one of its kind.
func (s *Store) AttachToPermit(ctx context.Context, by By, id string, d cooperation.Attachment) (event.Event, error) {
	return s.onRequest(ctx, by, id, "attach", func(a acting, p cooperation.Permit, g cooperation.Ground) (registry.Change, error) {
		c, err := p.Attach(g, d, a.Now())
		if err != nil {
			return c, err
		}
		return c, s.holds(&d.File)
	})
}

// SubmitPermit sends the request on its way through the offices that the register
// has.
func (s *Store) SubmitPermit(ctx context.Context, by By, id string) (event.Event, error) {
	chain, err := PermitChain()
	if err != nil {
		return event.Event{}, err
	}
	return s.onRequest(ctx, by, id, "submit", func(a acting, p cooperation.Permit, g cooperation.Ground) (registry.Change, error) {
		var places []string
		for _, code := range p.Regions {
			places = append(places, code, code[:min(2, len(code))])
		}
		var offices []registry.Organisation
		if places = those(places); len(places) > 0 {
			in, args := among(places)
			if offices, err = organisationsWhere(a, "WHERE region IN "+in+" ORDER BY id", args...); err != nil {
				return registry.Change{}, err
			}
		}
		names, err := PermitNames(a, p, g, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		return p.Submit(g, chain, offices, names.Names, a.by.Actor, a.Now())
	})
}

// WithdrawPermit takes the request back, for the reason in by. Studies under it
// stop, if it was open.
func (s *Store) WithdrawPermit(ctx context.Context, by By, id string) (event.Event, error) {
	return s.andStop(ctx)(s.onRequest(ctx, by, id, "withdraw", func(a acting, p cooperation.Permit, g cooperation.Ground) (registry.Change, error) {
		return p.Withdraw(g, a.by.Why, a.by.Actor, a.Now())
	}))
}

// FileReport hands in the report of use, with a few words on it in by.
func (s *Store) FileReport(ctx context.Context, by By, id string, f *cooperation.File) (event.Event, error) {
	return s.onRequest(ctx, by, id, "file-report", func(a acting, p cooperation.Permit, g cooperation.Ground) (registry.Change, error) {
		c, err := p.FileReport(g, f, a.by.Why, a.by.Actor, a.Now())
		if err != nil {
			return c, err
		}
		return c, s.holds(f)
	})
}

// PermitAnswer is what an office writes at its step; the office is that of the
// position from which By acts.
type PermitAnswer struct {
	Region  string              // BPS code; empty: the province's part of the chain
	Against bool                // recommend: it advises against
	Number  *cooperation.Number // of the office's own letter, Text and Day; nil: none
	File    *cooperation.File   // that letter, its content is kept; nil: none
}

// onAnswer carries out a command of an office.
func (s *Store) onAnswer(ctx context.Context, by By, id, command string, in PermitAnswer, decide func(acting, cooperation.Permit, cooperation.Ground, cooperation.Answer) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: permitKind, ID: id}, func(a acting) (registry.Change, error) {
		if by.Actor.Position == "" {
			return registry.Change{}, problem.New("permit-no-position", "field", "position")
		}
		p, g, err := a.permit(id)
		if err != nil {
			return registry.Change{}, err
		}
		_, office, err := a.position(by.Actor.Position)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(permitKind, command, office.Region, office.ID); err != nil {
			return registry.Change{}, err
		}
		answer := cooperation.Answer{Office: office.ID, Region: in.Region, Against: in.Against, Reason: a.by.Why, File: in.File}
		if answer.Signing, err = SigningOf(a, office.ID); err != nil {
			return registry.Change{}, err
		}
		if in.Number != nil {
			n, used, err := a.number(office.ID, *in.Number)
			if err != nil {
				return registry.Change{}, err
			}
			answer.Number, answer.Used = &n, used
		}
		c, err := decide(a, p, g, answer)
		if err != nil {
			return c, err
		}
		return c, s.holds(in.File)
	})
}

// onStep is onAnswer for a command that needs nothing but the answer.
func (s *Store) onStep(ctx context.Context, by By, id, command string, in PermitAnswer,
	do func(cooperation.Permit, cooperation.Ground, cooperation.Answer, event.Actor, time.Time) (registry.Change, error)) (event.Event, error) {
	return s.onAnswer(ctx, by, id, command, in, func(a acting, p cooperation.Permit, g cooperation.Ground, x cooperation.Answer) (registry.Change, error) {
		return do(p, g, x, a.by.Actor, a.Now())
	})
}

// RecommendPermit records what an office advises.
func (s *Store) RecommendPermit(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "recommend", in, cooperation.Permit.Recommend)
}

// ReturnPermit hands the request back to be mended.
func (s *Store) ReturnPermit(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "return", in, cooperation.Permit.Return)
}

// DeclinePermit is the province's no.
func (s *Store) DeclinePermit(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "decline", in, cooperation.Permit.Decline)
}

// OpenPermit is the province's yes.
func (s *Store) OpenPermit(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "open", in, cooperation.Permit.Open)
}

// GrantRegion is a region's yes.
func (s *Store) GrantRegion(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "grant-region", in, cooperation.Permit.Grant)
}

// DeclineRegion is a region's no.
func (s *Store) DeclineRegion(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "decline-region", in, cooperation.Permit.DeclineRegion)
}

// RevokeRegion takes back what a region opened; studies stop there at once.
func (s *Store) RevokeRegion(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.andStop(ctx)(s.onStep(ctx, by, id, "revoke-region", in, cooperation.Permit.RevokeRegion))
}

// RevokePermit takes back the whole permit; studies under it stop at once.
func (s *Store) RevokePermit(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.andStop(ctx)(s.onStep(ctx, by, id, "revoke", in, cooperation.Permit.Revoke))
}

// ExtendPermit gives the permit a later last day.
func (s *Store) ExtendPermit(ctx context.Context, by By, id string, until registry.Day, in PermitAnswer) (event.Event, error) {
	return s.onAnswer(ctx, by, id, "extend", in, func(a acting, p cooperation.Permit, g cooperation.Ground, x cooperation.Answer) (registry.Change, error) {
		return p.Extend(g, until, x, a.by.Actor, a.Now())
	})
}

// IssuePermitLetter gives out the letter for the regions that said yes so far: in
// has Number, position (id) signs it.
func (s *Store) IssuePermitLetter(ctx context.Context, by By, id, position string, in PermitAnswer) (event.Event, error) {
	return s.onAnswer(ctx, by, id, "issue-letter", in, func(a acting, p cooperation.Permit, g cooperation.Ground, x cooperation.Answer) (registry.Change, error) {
		names, err := PermitNames(a, p, g, a.Now(), position)
		if err != nil {
			return registry.Change{}, err
		}
		issue := cooperation.Issue{Answer: x, Position: position}
		if _, err := io.ReadFull(s.config.Random, issue.Random[:]); err != nil {
			return registry.Change{}, err
		}
		c, err := p.IssueLetter(g, issue, names, a.by.Actor, a.Now())
		if err != nil {
			return c, err
		}
		return c, a.signs(position, access.PermitAnswer)
	})
}

// ReturnReport hands the report of use back to be mended.
func (s *Store) ReturnReport(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "return-report", in, cooperation.Permit.ReturnReport)
}

// AcceptReport takes the report of use and closes the permit.
func (s *Store) AcceptReport(ctx context.Context, by By, id string, in PermitAnswer) (event.Event, error) {
	return s.onStep(ctx, by, id, "accept-report", in, cooperation.Permit.AcceptReport)
}
