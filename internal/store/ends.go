package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// What the program itself does when something ends. Nothing waits for it: what is
// open follows from the days. Each function lists what is missing and does it once,
// however many processes ask, and however long none did.

// nothingIf makes a refusal that says that somebody was first into errNothing.
func nothingIf(err error, codes ...string) error {
	if found := problem.Of(err); len(found) == 1 && slices.Contains(codes, found[0].Code) {
		return errNothing
	}
	return err
}

// itselfOn carries out a command of the program on an object that is there.
func (s *Store) itselfOn(ctx context.Context, o event.Object, why string, decide func(acting) (registry.Change, error)) error {
	_, err := s.Do(ctx, Command{Actor: itself, Object: o, Seen: Whatever, Why: why, Decide: func(tx *Tx) (Change, error) {
		c, err := decide(acting{Tx: tx, by: By{Actor: itself}})
		return Change(c), err
	}})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// RecordAgreementEnds records of each agreement whose last day is past that it has
// ended.
func (s *Store) RecordAgreementEnds(ctx context.Context) error {
	var ids []string
	err := s.View(ctx, func(r *Reader) error {
		over, err := GroundsIn(r).over(s.Now())
		if err != nil || len(over) == 0 {
			return err
		}
		in, args := among(over)
		rows, err := agreements.Select(r, "WHERE expired = 0 AND over_day = '' AND id IN "+in+" ORDER BY id", args...)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return err
	})
	for _, id := range ids {
		err = errors.Join(err, s.itselfOn(ctx, event.Object{Kind: agreementKind, ID: id}, "", func(a acting) (registry.Change, error) {
			b, err := a.agreement(id)
			if err != nil {
				return registry.Change{}, err
			}
			c, err := b.RecordExpiry(a.Now())
			return c, nothingIf(err, "agreement-end-recorded")
		}))
	}
	return err
}

// RecordSilence records of each office whose advice is overdue that its step holds
// nobody up any more, and of each region whose silence counts as a yes that it is
// deemed to agree.
func (s *Store) RecordSilence(ctx context.Context) error {
	if err := s.recordPassed(ctx); err != nil {
		return err
	}
	silent, err := s.turnsWhere(ctx, "act <> $1 AND deemed = 0", cooperation.Verifies, silenceCounts, func(p cooperation.Permit, g cooperation.Ground, place string, at time.Time) bool {
		x, _ := p.RegionAt(g, place, at)
		return x.State == cooperation.RegionDeemed && p.StateAt(g, at) == cooperation.PermitOpen
	})
	for _, x := range silent {
		err = errors.Join(err, s.itselfOn(ctx, event.Object{Kind: permitKind, ID: x.permit}, cooperation.SilenceRule, func(a acting) (registry.Change, error) {
			p, g, err := a.permit(x.permit)
			if err != nil {
				return registry.Change{}, err
			}
			c, err := p.RecordDeemed(g, x.place, itself, a.Now())
			return c, nothingIf(err, "permit-not-deemed")
		}))
	}
	return err
}

// recordPassed records each recommending step whose working days ran out, until none
// is left: behind one there may be another.
func (s *Store) recordPassed(ctx context.Context) error {
	const rounds = 5 // a chain has fewer recommendations in a row
	for range rounds {
		passed, err := s.turnsWhere(ctx, "act = $1", cooperation.Recommends, anyAgreement, func(p cooperation.Permit, g cooperation.Ground, place string, at time.Time) bool {
			_, err := p.RecordPassed(g, place, itself, at)
			return err == nil
		})
		if err != nil || len(passed) == 0 {
			return err
		}
		for _, x := range passed {
			err = errors.Join(err, s.itselfOn(ctx, event.Object{Kind: permitKind, ID: x.permit}, cooperation.PassedRule, func(a acting) (registry.Change, error) {
				p, g, err := a.permit(x.permit)
				if err != nil {
					return registry.Change{}, err
				}
				c, err := p.RecordPassed(g, x.place, itself, a.Now())
				return c, nothingIf(err, "permit-not-passed")
			}))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// turn is a place of a permit whose turn it is.
type turn struct{ permit, place string }

// turnsWhere gives the turns that a condition on permit_turns with one argument
// picks under the agreements that matter, and keep keeps now; a permit is read for
// those alone.
func (s *Store) turnsWhere(ctx context.Context, where string, act cooperation.Act, under func(cooperation.Bound) bool,
	keep func(p cooperation.Permit, g cooperation.Ground, place string, at time.Time) bool) ([]turn, error) {
	var found []turn
	err := s.View(ctx, func(r *Reader) error {
		rows, err := permitTurns.Select(r, "WHERE "+where+" ORDER BY permit, place", act)
		if err != nil {
			return err
		}
		grounds, at := GroundsIn(r), s.Now()
		var p cooperation.Permit
		for _, row := range rows {
			g, err := grounds.Of(row.Agreement)
			if err != nil {
				return err
			}
			if !under(g.Agreement) {
				continue
			}
			if p.ID != row.Permit {
				if p, _, err = PermitOf(r, row.Permit); err != nil {
					return err
				}
			}
			if keep(p, g, row.Place, at) {
				found = append(found, turn{row.Permit, row.Place})
			}
		}
		return nil
	})
	return found, err
}

func anyAgreement(cooperation.Bound) bool { return true }

// silenceCounts tells whether an agreement, or an addendum of it, has ever given
// silence a meaning.
func silenceCounts(b cooperation.Bound) bool {
	return b.Agreement.Terms.SilenceDays > 0 || slices.ContainsFunc(b.Addenda, func(a cooperation.Agreement) bool { return a.Terms.SilenceDays > 0 })
}

// RecordPermitEnds records of each permit whose days are past that its use has
// ended.
func (s *Store) RecordPermitEnds(ctx context.Context) error {
	var ids []string
	err := s.View(ctx, func(r *Reader) error {
		at := s.Now()
		grounds := GroundsIn(r)
		over, err := grounds.over(at)
		if err != nil {
			return err
		}
		args := []any{registry.DayOf(at), cooperation.PermitSubmitted, cooperation.PermitOpen}
		ended := "until_day < $1"
		if len(over) > 0 {
			var in string
			in, args = among(over, args...)
			ended += " OR agreement IN " + in
		}
		found, err := permitsWhere(r, "WHERE live = 1 AND expired = 0 AND stage IN ($2, $3) AND ("+ended+") ORDER BY id", args...)
		if err != nil {
			return err
		}
		for _, p := range found {
			g, err := grounds.Of(p.Agreement)
			if err != nil {
				return err
			}
			if state := p.StateAt(g, at); state == cooperation.PermitReporting || state == cooperation.PermitExpired {
				ids = append(ids, p.ID)
			}
		}
		return nil
	})
	for _, id := range ids {
		err = errors.Join(err, s.itselfOn(ctx, event.Object{Kind: permitKind, ID: id}, "", func(a acting) (registry.Change, error) {
			p, g, err := a.permit(id)
			if err != nil {
				return registry.Change{}, err
			}
			c, err := p.RecordExpiry(g, itself, a.Now())
			return c, nothingIf(err, "permit-expiry-recorded")
		}))
	}
	return err
}

// andStop stops, after a command that took something back, the studies under it.
// The command is in the log whatever comes of that; a duty of the jobs does what
// is then missing, and no data are open meanwhile, for the scope follows from the
// papers.
func (s *Store) andStop(ctx context.Context) func(event.Event, error) (event.Event, error) {
	return func(e event.Event, err error) (event.Event, error) {
		if err == nil {
			_ = s.StopStudies(context.WithoutCancel(ctx))
		}
		return e, err
	}
}

// stopping is a stop that a study owes to what it stands on.
type stopping struct{ study, region, rule string }

// StopStudies stops each study that still runs on what was taken back: where its
// permit, or a region of it, was revoked or withdrawn, and where its agreement has
// ended.
func (s *Store) StopStudies(ctx context.Context) error {
	var all []stopping
	err := s.View(ctx, func(r *Reader) (err error) {
		all, err = studiesToStop(r, s.Now())
		return err
	})
	for _, x := range all {
		_, failed := s.byRule(ctx, x.study, x.rule, func(a acting, st study.Study) (registry.Change, error) {
			c, err := st.Stop(x.region, itself, x.rule, a.Now())
			return c, nothingIf(err, "state-study-stopped", "state-study-withdrawn", "study-stopped-region")
		})
		if !errors.Is(failed, errNothing) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

func studiesToStop(r *Reader, at time.Time) ([]stopping, error) {
	var all []stopping
	taken, err := permitsWhere(r, "WHERE stops = 1 AND id IN (SELECT permit FROM studies WHERE state = $1) ORDER BY id", study.Running)
	if err != nil {
		return nil, err
	}
	for _, p := range taken {
		under, err := studiesWhere(r, "WHERE permit = $1 AND state = $2 ORDER BY id", p.ID, study.Running)
		if err != nil {
			return nil, err
		}
		for _, x := range under {
			for _, t := range p.TakenBack() {
				if _, is := x.StoppedIn(t.Region); is {
					continue
				}
				key := "rule.permit-revoked"
				switch {
				case t.Region != "":
					key = "rule.permit-region-revoked"
				case p.Stage() == cooperation.PermitWithdrawn:
					key = "rule.permit-withdrawn"
				}
				all = append(all, stopping{x.ID, t.Region, ruleText(key, "permit", p.Title, "region", registry.RegionName(t.Region), "reason", shorten(t.Reason))})
			}
		}
	}
	over, err := overWith(r, at, study.Running)
	if err != nil {
		return nil, err
	}
	for _, o := range over {
		all = append(all, stopping{o.study.ID, "", ruleText("rule.agreement-over", "agreement", o.bound.Agreement.About, "until", i18n.Day(i18n.ID, string(o.bound.PeriodAt(at).Until)))})
	}
	return all, nil
}

// ended is a study in a state under an agreement that is over.
type ended struct {
	study study.Study
	bound cooperation.Bound
}

func overWith(r *Reader, at time.Time, state string) ([]ended, error) {
	grounds := GroundsIn(r)
	over, err := grounds.over(at)
	if err != nil || len(over) == 0 {
		return nil, err
	}
	in, args := among(over, state)
	found, err := studiesWhere(r, "WHERE state = $1 AND agreement IN "+in+" ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	all := make([]ended, len(found))
	for i, x := range found {
		b, err := grounds.bound(x.Agreement)
		if err != nil {
			return nil, err
		}
		all[i] = ended{x, b}
	}
	return all, nil
}

// WithdrawData takes away the data of each stopped study whose agreement has ended
// and whose days for checking results are past.
func (s *Store) WithdrawData(ctx context.Context) error {
	var all []stopping
	err := s.View(ctx, func(r *Reader) error {
		at := s.Now()
		over, err := overWith(r, at, study.Stopped)
		for _, o := range over {
			last := o.bound.ReleasableUntil(at)
			if last == "" || registry.DayOf(at) <= last {
				continue
			}
			all = append(all, stopping{study: o.study.ID, rule: ruleText("rule.agreement-data", "agreement", o.bound.Agreement.About,
				"until", i18n.Day(i18n.ID, string(o.bound.PeriodAt(at).Until)), "release", i18n.Day(i18n.ID, string(last)))})
		}
		return err
	})
	for _, x := range all {
		_, failed := s.byRule(ctx, x.study, x.rule, func(a acting, st study.Study) (registry.Change, error) {
			c, err := st.WithdrawData("", x.rule, a.Now())
			return c, nothingIf(err, "state-study-withdrawn")
		})
		if !errors.Is(failed, errNothing) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// ruleText is the rule as a reason in the log, which is in Indonesian as most
// reasons there.
func ruleText(key string, pairs ...string) string {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return i18n.Text(i18n.ID, key, values)
}

// shorten leaves room for the rule around a reason.
func shorten(s string) string {
	const most = 1000
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + " ..."
	}
	return s
}
