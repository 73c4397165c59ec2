package store

import (
	"context"
	"time"
)

// Attempt is what an attempt to come in counts under: who, or from where. Only
// its hash is kept.
type Attempt struct {
	Of   string
	Most int64 // within the window that the first one opens
}

type attemptRow struct {
	Hash  string    `db:"hash"`
	N     int64     `db:"n"`
	Until time.Time `db:"until_at"`
}

// codeStep stands apart from the credentials, which commands read and write
// whole: one that was under way could put an older step back.
type codeStep struct {
	User string `db:"person"`
	Step int64  `db:"step"`
}

var (
	attempts  = Outside[attemptRow](Counter, "attempts", "hash")
	codeSteps = Outside[codeStep](Counter, "code_steps", "person")
)

// mostAttempts is how many counters there may be. Flooded beyond it, those make
// room that counted least and end first: who has tried often stays counted, and
// nobody new is kept out.
const mostAttempts = 50_000

// Try counts an attempt under each of some keys within a window that the first
// attempt opens; false where one of them has had too many, and then none counts.
// Processes count together.
func (s *Store) Try(ctx context.Context, at time.Time, window time.Duration, under ...Attempt) (may bool, err error) {
	var rows []attemptRow
	look := func(from From) error {
		rows, may = nil, true
		for _, u := range under {
			row, ok, err := attempts.Get(from, hashToken(u.Of))
			if err != nil {
				return err
			}
			if !ok || !at.Before(row.Until) || row.Until.After(at.Add(window)) { // the last: of a clock that was ahead
				row = attemptRow{Hash: hashToken(u.Of), Until: at.Add(window)}
			}
			row.N++
			rows, may = append(rows, row), may && row.N <= u.Most
		}
		return nil
	}
	// Whoever goes on trying waits for no writer, and no writer for them.
	if err := s.View(ctx, func(r *Reader) error { return look(r) }); err != nil || !may {
		return false, err
	}
	err = s.counting(ctx, func(tx *Tx) error {
		if _, err := attempts.DeleteWhere(tx, "WHERE until_at <= $1", at); err != nil {
			return err
		}
		if err := look(tx); err != nil || !may {
			return err
		}
		count, err := Query[struct {
			N int64 `db:"n"`
		}](tx, "SELECT COUNT(*) FROM attempts")
		if err != nil {
			return err
		}
		if count[0].N >= mostAttempts {
			if _, err := attempts.DeleteWhere(tx, "WHERE hash IN (SELECT hash FROM attempts WHERE hash <> '' ORDER BY n, until_at, hash LIMIT $1)", mostAttempts/10); err != nil {
				return err
			}
		}
		for _, row := range rows {
			if err := attempts.Put(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return may && err == nil, err
}

// never is when the row ends at which those who count queue.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// counting changes the counters. Those who do queue at a row of its own, as
// commands do at the head of the log: so they count one after another on both
// databases, and no two wait for each other's rows.
func (s *Store) counting(ctx context.Context, change func(*Tx) error) error {
	return s.Aside(ctx, func(tx *Tx) error {
		if _, err := attempts.Insert(tx, attemptRow{Until: never}, "ON CONFLICT (hash) DO UPDATE SET n = attempts.n"); err != nil {
			return err
		}
		return change(tx)
	})
}

// TakeBack undoes what an attempt that was right has counted: one from where it
// came, all of those who tried.
func (s *Store) TakeBack(ctx context.Context, from string, who ...string) error {
	return s.counting(ctx, func(tx *Tx) error {
		if _, err := attempts.Update(tx, "SET n = n - 1 WHERE hash = $1 AND n > 0", hashToken(from)); err != nil {
			return err
		}
		for _, w := range who {
			if err := attempts.Delete(tx, hashToken(w)); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeStep notes the step of a one-time code that a user has given; false where
// it or a later one was used before, whichever process took it. A step that lies
// ahead of all that a code may have now was left by a clock that was ahead: it
// locks nobody out.
func (s *Store) TakeStep(ctx context.Context, user string, step int64) (first bool, err error) {
	err = s.Aside(ctx, func(tx *Tx) error {
		n, err := codeSteps.Insert(tx, codeStep{User: user, Step: step}, "ON CONFLICT (person) DO UPDATE SET step = excluded.step WHERE code_steps.step < excluded.step OR code_steps.step > excluded.step + 2")
		first = n == 1
		return err
	})
	return first && err == nil, err
}
