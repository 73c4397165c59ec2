package store

import (
	"context"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on agreements. Each gives the event it led to; errors: *Stale,
// *access.Denial, a problem or a problem.List that says why not. Who gives one
// needs the right at the place of a party; to enter a number or a signature, of
// that party.

// DraftAgreement makes an agreement of a kind, under or changing the agreement
// above (id; empty: none), and gives its id; see cooperation.DraftAgreement.
func (s *Store) DraftAgreement(ctx context.Context, by By, kind, above string, c cooperation.Content) (string, event.Event, error) {
	return s.made(ctx, by, agreementKind, func(a acting, id string) (registry.Change, error) {
		if err := a.atParty("draft", c.Parties); err != nil {
			return registry.Change{}, err
		}
		var up *cooperation.Bound
		var of naming
		of.content(c)
		if above != "" {
			b, err := a.agreement(above)
			if err != nil {
				return registry.Change{}, err
			}
			up = &b
			for b := up; b != nil; b = b.Parent {
				of.content(b.Agreement.Content)
			}
		}
		names, err := of.names(a, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		return cooperation.DraftAgreement(cooperation.Agreement{ID: id, Kind: kind, Content: c}, up, names, a.by.Actor, a.Now())
	})
}

// onAgreement carries out a command on an agreement that is there; party is the
// organisation at whose place the right is needed, empty: any party's.
func (s *Store) onAgreement(ctx context.Context, by By, id, command, party string, decide func(acting, cooperation.Bound) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: agreementKind, ID: id}, func(a acting) (registry.Change, error) {
		b, err := a.agreement(id)
		if err != nil {
			return registry.Change{}, err
		}
		at := b.Agreement.Parties
		if party != "" {
			at = []cooperation.Party{{Organisation: party}}
		}
		if err := a.atParty(command, at); err != nil {
			return registry.Change{}, err
		}
		return decide(a, b)
	})
}

// EditAgreement changes what an agreement says; its documents stay. Who edits stays
// a party.
func (s *Store) EditAgreement(ctx context.Context, by By, id string, to cooperation.Content) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "edit", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		if err := a.atParty("edit", to.Parties); err != nil {
			return registry.Change{}, err
		}
		with := b
		with.Agreement.Content = to
		names, err := AgreementNames(a, with, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		return b.Edit(to, names, a.Now())
	})
}

// AttachToAgreement adds a document whose content is kept.
func (s *Store) AttachToAgreement(ctx context.Context, by By, id string, f cooperation.File) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "attach", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		names, err := AgreementNames(a, b, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		c, err := b.Attach(f, names, a.Now())
		if err != nil {
			return c, err
		}
		return c, s.holds(&f)
	})
}

// DetachFromAgreement takes a document out by its SHA-256.
func (s *Store) DetachFromAgreement(ctx context.Context, by By, id, sha256 string) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "detach", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		names, err := AgreementNames(a, b, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		return b.Detach(sha256, names, a.Now())
	})
}

// ProposeAgreement freezes the text and puts it before the parties.
func (s *Store) ProposeAgreement(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "propose", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		names, err := AgreementNames(a, b, a.Now())
		if err != nil {
			return registry.Change{}, err
		}
		c, err := b.Propose(names, a.by.Actor, a.Now())
		if err != nil {
			return c, err
		}
		var lacks problem.List
		for _, p := range b.Agreement.Parties {
			if err := a.signs(p.Position, access.AgreementDecide); err != nil {
				found := problem.Of(err)
				if found == nil {
					return registry.Change{}, err
				}
				lacks = append(lacks, found...)
			}
		}
		if len(lacks) > 0 {
			return registry.Change{}, lacks
		}
		return c, nil
	})
}

// signs says why nothing is signed from a position: nobody is in charge of it, or
// whoever is may not decide for its office.
func (a acting) signs(position string, needs access.Permission) error {
	seat, office, err := a.position(position)
	if err != nil {
		return err
	}
	short := office.NameOn(registry.DayOf(a.Now())).Short
	h, held := seat.InCharge(a.Now())
	if !held {
		return problem.New("signs-vacant", "title", seat.Title, "office", short, "field", "position")
	}
	who, err := Who(a, h.User, a.Now())
	if err != nil {
		return err
	}
	if who.May(needs, access.Place{Region: office.Region, Organisation: office.ID}) != nil {
		return problem.New("signs-not-head", "who", nameOf(a)(h.User), "title", seat.Title, "office", short, "field", "position")
	}
	return nil
}

// IssueAgreementNumber enters a party's number: n has Text and Day.
func (s *Store) IssueAgreementNumber(ctx context.Context, by By, id, party string, n cooperation.Number) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "issue-number", party, func(a acting, b cooperation.Bound) (registry.Change, error) {
		n, used, err := a.number(party, n)
		if err != nil {
			return registry.Change{}, err
		}
		return b.IssueNumber(party, n, used, a.by.Why, a.Now())
	})
}

// RecordSignature records that a party has signed: see
// cooperation.Bound.RecordSignature.
func (s *Store) RecordSignature(ctx context.Context, by By, id string, sig cooperation.Signature) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "record-signature", sig.Organisation, func(a acting, b cooperation.Bound) (registry.Change, error) {
		var seat registry.Position
		if p, is := b.Agreement.Party(sig.Organisation); is && p.Position != "" {
			var err error
			if seat, _, err = a.position(p.Position); err != nil {
				return registry.Change{}, err
			}
		}
		may, err := SigningOf(a, sig.Organisation)
		if err != nil {
			return registry.Change{}, err
		}
		c, err := b.RecordSignature(sig, seat, may, nameOf(a), a.by.Why, a.by.Actor, a.Now())
		if err != nil {
			return c, err
		}
		return c, s.holds(&sig.File)
	})
}

// CheckSignature records that a second person has held a party's signature against
// the frozen text.
func (s *Store) CheckSignature(ctx context.Context, by By, id, party string) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "check-signature", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		return b.CheckSignature(party, a.by.Actor, a.Now())
	})
}

// RefuseSignature drops a party's signature that was found wrong, for the reason in
// by.
func (s *Store) RefuseSignature(ctx context.Context, by By, id, party string) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "refuse-signature", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		return b.RefuseSignature(party, a.by.Why, a.Now())
	})
}

// TerminateAgreement ends an agreement early, for the reason in by: day is the first
// on which it is no longer in force. Studies under it stop once that day has come.
func (s *Store) TerminateAgreement(ctx context.Context, by By, id string, day registry.Day) (event.Event, error) {
	return s.andStop(ctx)(s.onAgreement(ctx, by, id, "terminate", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		return b.Terminate(day, a.by.Why, a.by.Actor, a.Now())
	}))
}

// RecordDestruction records what was destroyed after the end: d has Day, What, Who,
// How and File.
func (s *Store) RecordDestruction(ctx context.Context, by By, id string, d cooperation.Destruction) (event.Event, error) {
	return s.onAgreement(ctx, by, id, "record-destruction", "", func(a acting, b cooperation.Bound) (registry.Change, error) {
		c, err := b.RecordDestruction(d, a.by.Actor, a.Now())
		if err != nil {
			return c, err
		}
		return c, s.holds(d.File)
	})
}

// holds says whether a content on which an event rests is kept; nil: there is none
// to hold.
func (s *Store) holds(f *cooperation.File) error {
	if f == nil {
		return nil
	}
	if !contentHash.MatchString(f.SHA256) {
		return problem.New("file-missing", "field", "file")
	}
	content, err := s.contents.Open(f.SHA256)
	if err != nil {
		return err
	}
	return content.Close()
}
