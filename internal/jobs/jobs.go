package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// every is how long the loop waits between two rounds.
const every = 3 * time.Minute

// Config is what the loop works with.
type Config struct {
	Store *store.Store // its clock is the loop's
	Mail  *Mail        // nil: no e-mail is sent
	Log   *slog.Logger // takes what went wrong, without secrets and addresses
}

// sources list the notices that have fallen due at an instant, whether they were
// sent or not.
var sources = []func(store.From, time.Time) ([]notice.Due, error){
	store.HoldingsEnding, store.AgreementsEnding, store.ReportsDue, store.VersionsWaiting, store.FiguresWaiting, store.RetentionsEnding,
}

type duty struct {
	name string
	do   func(context.Context) error
}

// duties come in this order, so that an e-mail counts what the round has brought.
func (c Config) duties() []duty {
	s := c.Store
	all := []duty{
		{"anchor", c.anchor},
		// What has ended, and what ends with it: silence counts while a permit is open.
		{"silence", s.RecordSilence}, {"ends of permits", s.RecordPermitEnds}, {"ends of agreements", s.RecordAgreementEnds},
		{"stops of studies", s.StopStudies}, {"withdrawal of data", s.WithdrawData},
		{"notices", c.notices},
		// What is to be gone, in the record, then in its copies.
		{"retention of data", s.ExpireVersions}, {"backups", c.backups}, {"contents", c.contents},
	}
	if c.Mail != nil {
		all = append(all, duty{"digests", c.digests})
	}
	return all
}

// Run does at once and then every few minutes what is due, until the context
// ends. A duty that fails is told to the log and tried again in the next round;
// the others go on.
func Run(ctx context.Context, c Config) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		c.Round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round asks each duty once.
func (c Config) Round(ctx context.Context) {
	for _, d := range c.duties() {
		if err := d.do(ctx); err != nil && !errors.Is(err, context.Canceled) {
			c.Log.Error("a duty failed", "duty", d.name, "error", problem.Mask(err.Error()))
		}
	}
}

func (c Config) anchor(ctx context.Context) error {
	_, _, err := c.Store.SendAnchor(ctx)
	return err
}

func (c Config) backups(ctx context.Context) error {
	_, err := c.Store.PruneBackups(ctx)
	return err
}

func (c Config) contents(ctx context.Context) error {
	_, err := c.Store.SweepContents(ctx)
	return err
}

// notices sends the notices whose day has come.
func (c Config) notices(ctx context.Context) error {
	now := c.Store.Now()
	var all []notice.Due
	err := c.Store.View(ctx, func(r *store.Reader) error {
		for _, list := range sources {
			found, err := list(r, now)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	for _, d := range all {
		_, failed := c.Store.Notify(ctx, d)
		err = errors.Join(err, failed)
	}
	return err
}

// digests sends the e-mails whose turn it is.
func (c Config) digests(ctx context.Context) error {
	if err := c.Store.QueueDigests(ctx); err != nil {
		return err
	}
	var refused error
	for {
		d, ok, err := c.Store.TakeDigest(ctx)
		if err != nil || !ok {
			return errors.Join(refused, err)
		}
		outcome, failed := c.Mail.send(ctx, d, c.Store.Now())
		// What came of it is kept although the program is being stopped.
		done := context.WithoutCancel(ctx)
		switch outcome {
		case sent:
			err = c.Store.DigestSent(done, d)
		case notSent:
			err = c.Store.RetryDigest(done, d, c.Store.Now().Add(wait(d.Tries)))
		}
		refused = errors.Join(refused, failed, err)
		if outcome == notSent || err != nil {
			return refused // the server's trouble is everybody's: next round
		}
	}
}

// wait is how long after a failed try the next one comes: 5, 10, 20 minutes, at
// most half a day.
func wait(tries int) time.Duration {
	return min(5*time.Minute<<min(tries-1, 10), 12*time.Hour)
}
