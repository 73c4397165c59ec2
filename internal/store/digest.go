package store

import (
	"context"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
)

// The weekly digest tells a person by e-mail that something waits in the inbox,
// and no more. A digest waits in the queue, one process takes it, and that it was
// sent is an event. Between taking and that event nobody else takes it: where a
// process dies there, or the answer of the mail server is lost, the letter may or
// may not have gone, and is not sent again. The next week has another.
const (
	digestKind = "digest"
	digestSent = "digest-sent"
)

// mailRow is a digest on its way.
type mailRow struct {
	Person string     `db:"person"`
	Week   string     `db:"week"`
	Tries  int64      `db:"tries"`
	Next   *time.Time `db:"next_at"` // nil: taken, or given up
}

var mailQueue = Outside[mailRow](MailQueue, "mail_queue", "person", "week")

// Digest is a letter to one person in one week.
type Digest struct {
	Person   string // id
	Week     string // of notice.Week
	Tries    int    // this one included
	Email    string
	Language string
	Unread   int // notices; at least 1
}

func digestObject(person, week string) event.Object {
	return event.Object{Kind: digestKind, ID: person + "/" + week}
}

// sentDigest is what digest-sent holds.
type sentDigest struct {
	Notices int `json:"notices"` // that waited when it was sent
}

// unreadOf gives an active user with an e-mail address, and how many notices wait
// for them at an instant; 0 for anybody else.
func unreadOf(from From, person string, at time.Time) (access.User, int, error) {
	u, ok, err := UserOf(from, person)
	if err != nil || !ok || u.Email == "" {
		return u, 0, err
	}
	who, err := Who(from, person, at)
	if err != nil {
		return u, 0, err
	}
	n, err := Unread(from, who)
	return u, n, err
}

// QueueDigests queues this week's digest for each active user for whom notices
// wait and who has not had one, and forgets those of weeks that are over. A record
// that was restored this week sends none: this week's may have gone out after the
// backup was made.
func (s *Store) QueueDigests(ctx context.Context) error {
	week, _, _ := notice.Week(s.Now())
	var due []string
	keep := week
	err := s.View(ctx, func(r *Reader) error {
		restored, err := Backups.Select(r, "WHERE restored_at IS NOT NULL ORDER BY restored_at DESC LIMIT 1")
		if err != nil {
			return err
		}
		if len(restored) > 0 {
			if of, _, _ := notice.Week(*restored[0].RestoredAt); of == week {
				keep = ""
				return nil
			}
		}
		active, err := users.Select(r, "WHERE status = $1 AND id IN (SELECT person FROM people WHERE email <> '') ORDER BY id", access.UserActive)
		if err != nil {
			return err
		}
		for _, u := range active {
			if _, queued, err := mailQueue.Get(r, u.ID, week); err != nil || queued {
				if err != nil {
					return err
				}
				continue
			}
			_, n, err := unreadOf(r, u.ID, s.Now())
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			last, err := r.Last(digestObject(u.ID, week))
			if err != nil {
				return err
			}
			if last.Seq == 0 {
				due = append(due, u.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Aside(ctx, func(tx *Tx) error {
		if err := tx.exec(mailQueue.declared(), "DELETE FROM mail_queue WHERE week <> $1", []any{keep}); err != nil {
			return err
		}
		now := event.FormatInstant(tx.Now())
		for _, person := range due {
			// What another process has queued meanwhile stays as it is.
			if err := tx.exec(mailQueue.declared(), "INSERT INTO mail_queue (person, week, tries, next_at) VALUES ($1, $2, 0, $3) ON CONFLICT (person, week) DO NOTHING", []any{person, week, now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeDigest takes a digest whose turn it is, for this caller alone; false where
// there is none. Those for whom nothing waits any more, or who have had theirs, are
// taken out of the queue.
func (s *Store) TakeDigest(ctx context.Context) (Digest, bool, error) {
	for {
		var taken []mailRow
		var d Digest
		err := s.Aside(ctx, func(tx *Tx) (err error) {
			week, _, _ := notice.Week(tx.Now())
			taken, err = query[mailRow](&tx.Reader, mailQueue.columns, `UPDATE mail_queue SET tries = tries + 1, next_at = NULL
				WHERE week = $1 AND next_at <= $2 AND person = (SELECT MIN(q.person) FROM mail_queue q WHERE q.week = $1 AND q.next_at <= $2)
				RETURNING person, week, tries, next_at`, []any{week, event.FormatInstant(tx.Now())})
			if err != nil || len(taken) == 0 {
				return err
			}
			u, n, err := unreadOf(tx, taken[0].Person, tx.Now())
			if err != nil {
				return err
			}
			last, err := tx.Last(digestObject(taken[0].Person, week))
			if err != nil {
				return err
			}
			if n == 0 || last.Seq > 0 {
				return mailQueue.Delete(tx, taken[0].Person, week)
			}
			d = Digest{Person: u.ID, Week: week, Tries: int(taken[0].Tries), Email: u.Email, Language: u.Language, Unread: n}
			return nil
		})
		if err != nil || len(taken) == 0 || d.Unread > 0 {
			return d, err == nil && d.Unread > 0, err
		}
	}
}

// DigestSent records that a digest that was taken has been sent.
func (s *Store) DigestSent(ctx context.Context, d Digest) error {
	_, _, err := s.once(ctx, digestObject(d.Person, d.Week), func(tx *Tx) (Change, error) {
		return Change{Type: digestSent, After: sentDigest{d.Unread}}, mailQueue.Delete(tx, d.Person, d.Week)
	})
	return err
}

// RetryDigest puts a digest that was taken, and for certain not sent, back into
// the queue for a later instant.
func (s *Store) RetryDigest(ctx context.Context, d Digest, at time.Time) error {
	return s.Aside(ctx, func(tx *Tx) error {
		return mailQueue.Put(tx, mailRow{Person: d.Person, Week: d.Week, Tries: int64(d.Tries), Next: &at})
	})
}
