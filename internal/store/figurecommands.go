package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on tables of budgets and disbursements. Each gives the event it led
// to; errors: *Stale, *access.Denial, a problem that says why not.

// StageFigures brings the lines of a table in and gives the id of their batch: b has
// Owner, Kind, File, SHA256, Quality and Rejected. See registry.StageFigures.
func (s *Store) StageFigures(ctx context.Context, by By, b registry.FigureBatch, lines registry.Lines) (string, event.Event, error) {
	hash, _, err := s.contents.Put(ctx, bytes.NewReader(lines.Encode(b.Kind)))
	if err != nil {
		return "", event.Event{}, err
	}
	return s.made(ctx, by, figuresKind, func(a acting, id string) (registry.Change, error) {
		owner, err := a.owner(figuresKind, "stage", b.Owner)
		if err != nil {
			return registry.Change{}, err
		}
		others, err := figureBatchesWhere(a, "WHERE organisation = $1 AND kind = $2", owner.ID, b.Kind)
		if err != nil {
			return registry.Change{}, err
		}
		programmes, err := AllProgrammes(a)
		if err != nil {
			return registry.Change{}, err
		}
		held, err := linesHeld(a, lines)
		if err != nil {
			return registry.Change{}, err
		}
		b.ID, b.Content = id, hash
		return registry.StageFigures(b, owner, others, lines, held, programmes, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// AcceptFigures puts a batch into use; it takes a second person, as accepting a
// version of a dataset does.
func (s *Store) AcceptFigures(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onFigures(ctx, by, id, func(a acting, b registry.FigureBatch) (registry.Change, error) {
		if err := a.secondForFigures("accept", b); err != nil {
			return registry.Change{}, err
		}
		return b.Accept(registry.HandOf(a.by.Actor, a.Now()))
	})
}

// WithdrawFigures takes a batch out of use, for the reason in by: what it corrected
// counts again. One that counts takes a second person; one that waits does not.
func (s *Store) WithdrawFigures(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onFigures(ctx, by, id, func(a acting, b registry.FigureBatch) (registry.Change, error) {
		if b.State == registry.Accepted || a.may(figuresKind, "withdraw", b.Region, b.Owner) != nil {
			if err := a.secondForFigures("withdraw", b); err != nil {
				return registry.Change{}, err
			}
		}
		return b.Withdraw(a.by.Actor.User, a.by.Why, a.Now())
	})
}

func (s *Store) onFigures(ctx context.Context, by By, id string, decide func(acting, registry.FigureBatch) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: figuresKind, ID: id}, func(a acting) (registry.Change, error) {
		b, err := need("figures-unknown", id, func() (registry.FigureBatch, bool, error) { return FigureBatchOf(a, id) })
		if err != nil {
			return registry.Change{}, err
		}
		return decide(a, b)
	})
}

// ReviewFigures holds lines against the record before they are staged; see
// registry.ReviewFigures.
func ReviewFigures(from From, lines registry.Lines) (registry.FigureReview, error) {
	programmes, err := AllProgrammes(from)
	if err != nil {
		return registry.FigureReview{}, err
	}
	held, err := linesHeld(from, lines)
	if err != nil {
		return registry.FigureReview{}, err
	}
	return registry.ReviewFigures(lines, held, programmes), nil
}

func broughtFigures(b registry.FigureBatch) brought {
	return brought{figuresKind, b.Region, b.Owner, b.Staged}
}

// secondForFigures says why the actor is not the second person for a batch, and who
// could be.
func (a acting) secondForFigures(command string, b registry.FigureBatch) error {
	return a.mayBeSecond(command, broughtFigures(b), "figures-own", "figures-office-first")
}

// FigureOffer is what somebody may do with a batch now.
type FigureOffer struct {
	Accept   bool
	Withdraw bool
	// Others are the names of those who may be the second person; none: nobody may, and
	// an administrator has to give somebody the right.
	Others []string
}

// FigureOffers says what somebody may do with a batch now: what the commands would
// not refuse for lack of a right or of a second person.
func FigureOffers(from From, who access.Standing, b registry.FigureBatch) (FigureOffer, error) {
	var o FigureOffer
	if b.State == registry.VersionWithdrawn {
		return o, nil
	}
	could, err := secondsOf(from, broughtFigures(b), who.At)
	if err != nil {
		return o, err
	}
	second := who.Viewer == "" && slices.Contains(could.users, who.User)
	o.Accept, o.Withdraw = second && b.State == registry.Staged, second
	if b.State == registry.Staged {
		o.Withdraw = o.Withdraw || who.MayCommand(figuresKind, "withdraw", access.Place{Region: b.Region, Organisation: b.Owner}, "") == nil
	}
	o.Others, err = namesOf(from, could.users)
	return o, err
}

// FiguresToAccept are the batches that wait and that somebody may accept, in the order
// in which they came in.
func FiguresToAccept(from From, who access.Standing) ([]registry.FigureBatch, error) {
	if who.User == "" || who.Viewer != "" {
		return nil, nil
	}
	waiting, err := figureBatchesWhere(from, "WHERE state = $1 ORDER BY id", registry.Staged)
	if err != nil {
		return nil, err
	}
	var mine []registry.FigureBatch
	for _, b := range waiting {
		could, err := secondsOf(from, broughtFigures(b), who.At)
		if err != nil {
			return nil, err
		}
		if slices.Contains(could.users, who.User) {
			mine = append(mine, b)
		}
	}
	return mine, nil
}

// FiguresWaiting are the notices about tables that wait: to the owner's office, or to
// the province's where nobody else at the owner's may accept.
func FiguresWaiting(from From, at time.Time) ([]notice.Due, error) {
	waiting, err := figureBatchesWhere(from, "WHERE state = $1 ORDER BY id", registry.Staged)
	if err != nil {
		return nil, err
	}
	var all []notice.Due
	for _, b := range waiting {
		could, err := secondsOf(from, broughtFigures(b), at)
		if err != nil {
			return nil, err
		}
		to := cmp.Or(could.province, b.Owner)
		all = append(all, notice.Due{Key: fmt.Sprintf("%s/%s/%s", notice.FiguresWaiting, b.ID, to), Notice: notice.Notice{To: notice.Ref{Kind: notice.Organisation, ID: to},
			Kind: notice.FiguresWaiting, About: notice.Ref{Kind: figuresKind, ID: b.ID}, Values: notice.Values{"rows": int(b.Rows)}}})
	}
	return all, nil
}
