package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Proof is what Verify found in order.
type Proof struct {
	Head     event.Anchor // of the log; its Seq is the number of events
	Tables   int          // projected tables compared
	Rows     int64        // rows in them
	Contents int          // contents that events rest on, each read whole
	Erased   int          // contents that an event has erased, each found to be gone
	Fell     int64        // the first event whose instant is before that of the one before; 0: none
}

// MostDifferences is how many differences Verify lists; it looks for no more.
const MostDifferences = 20

// Verify proves one state of the record, while others go on writing: that the
// log is whole and passes through the anchors, that each row of each projected
// table is what a replay of the log makes, and that the contents are what their
// hashes say. The replay runs in a SQLite database of its own, so PostgreSQL is
// also held against SQLite. Errors: the first *event.Fault; or a problem.List of
// the differences, each with table, key and column.
func (s *Store) Verify(ctx context.Context, anchors ...event.Anchor) (Proof, error) {
	var proof Proof
	err := s.View(ctx, func(r *Reader) (err error) {
		proof, err = s.proveAll(ctx, r, anchors...)
		return err
	})
	if err != nil {
		return Proof{}, err
	}
	return proof, nil
}

// Mendable are those of the errors of Verify that Rebuild mends: the chain is
// whole, the tables are not what it leads to. nil where there is none.
func Mendable(err error) problem.List {
	var list problem.List
	for _, p := range problem.Of(err) {
		if p.Code == stateDiffers || p.Code == stateUnlogged || p.Code == stateMissing {
			list = append(list, p)
		}
	}
	return list
}

// The differences between a table and the replay of the log.
const (
	stateDiffers  = "state-differs"
	stateUnlogged = "state-unlogged"
	stateMissing  = "state-missing"
)

// proveAll does the work of Verify on one state: what prove does, and that secrets
// are those of which the log holds the seals.
func (s *Store) proveAll(ctx context.Context, r *Reader, anchors ...event.Anchor) (Proof, error) {
	proof, err := s.prove(ctx, r, anchors...)
	var found problem.List
	if err != nil && !errors.As(err, &found) {
		return proof, err
	}
	secrets, err := unsealed(r, MostDifferences-len(found))
	if err != nil {
		return proof, err
	}
	if found = append(found, secrets...); len(found) > 0 {
		return proof, found
	}
	return proof, nil
}

// prove proves log, tables and contents.
func (s *Store) prove(ctx context.Context, r *Reader, anchors ...event.Anchor) (proof Proof, err error) {
	if proof.Head, err = r.Head(); err != nil {
		return proof, err
	}
	if err := event.Verify(falling(r.Log(0), &proof.Fell), proof.Head, anchors...); err != nil {
		return proof, err
	}
	if err := beside(r, proof.Head); err != nil {
		return proof, err
	}
	rests := newNeeds(s.types)
	replayed, done, err := s.replay(ctx, r, rests)
	if err != nil {
		return proof, err
	}
	defer done()
	is, err := s.db.shape(ctx, r.tx)
	if err != nil {
		return proof, err
	}
	made, err := shapeOf(ctx, replayed)
	if err != nil {
		return proof, err
	}
	found := is.differs(s.db.wanted(made))
	for hash, needed := range rests.settle() {
		var err error
		if needed {
			proof.Contents++
			err = s.contents.Check(ctx, hash)
		} else {
			proof.Erased++
			err = s.contents.absent(hash)
		}
		if err != nil && problem.Of(err) == nil {
			return proof, err
		}
		found = append(found, problem.Of(err)...)
	}
	slices.SortFunc(found, func(a, b *problem.Problem) int { return strings.Compare(a.Error(), b.Error()) })
	found = found[:min(len(found), MostDifferences)]
	for _, t := range s.projected() {
		rows, differences, err := compare(ctx, r.tx, replayed, t, MostDifferences-len(found))
		if err != nil {
			return proof, err
		}
		proof.Tables, proof.Rows = proof.Tables+1, proof.Rows+rows
		if found = append(found, differences...); len(found) >= MostDifferences {
			break
		}
	}
	if len(found) > 0 {
		return proof, found
	}
	return proof, nil
}

// falling notes the first event of a log whose instant falls. That is no fault:
// programs of before let a clock that was set back go by.
func falling(log iter.Seq2[event.Event, error], first *int64) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		var last time.Time
		for e, err := range log {
			if err == nil && *first == 0 && e.At.Before(last) {
				*first = e.Seq
			}
			last = e.At
			if !yield(e, err) {
				return
			}
		}
	}
}

// beside finds what stands in the table of the log and is not one of the events 1
// to the head, which the chain's proof has walked: a row under another number, or
// the id of an event once more. The database refuses both, unless somebody has
// taken its conditions away.
func beside(r *Reader, head event.Anchor) error {
	strange, err := Query[struct {
		Seq string `db:"seq"`
		ID  string `db:"id"`
	}](r, "SELECT CAST(seq AS TEXT), CAST(id AS TEXT) FROM events WHERE seq < 1 OR seq > $1 OR id IN (SELECT id FROM events GROUP BY id HAVING COUNT(*) > 1) ORDER BY seq LIMIT 1", head.Seq)
	if err != nil {
		return err
	}
	if len(strange) > 0 {
		return problem.New("log-beside", "found", strange[0].Seq, "id", strange[0].ID, "head", head.Seq)
	}
	count, err := Query[struct {
		N int64 `db:"n"`
	}](r, "SELECT COUNT(*) FROM events")
	if err == nil && count[0].N != head.Seq {
		err = problem.New("log-beside", "found", fmt.Sprint(count[0].N), "id", "", "head", head.Seq)
	}
	return err
}

// replay applies the log to the tables of a new database and collects the
// contents it rests on. The database is gone after done.
func (s *Store) replay(ctx context.Context, log *Reader, rests *needs) (_ *sql.DB, done func(), err error) {
	dir, err := os.MkdirTemp("", "dampak-replay-*")
	if err != nil {
		return nil, nil, err
	}
	fresh, err := open(ctx, Config{Dir: dir, Now: s.config.Now, Random: s.config.Random, Migrate: true},
		parts{rooms: s.rooms, outside: s.outside, migrations: s.steps, scratch: true, contents: s.contents})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	done = func() {
		_ = fresh.Close()
		os.RemoveAll(dir)
	}
	err = fresh.writing(ctx, applying, func(tx *Tx) error {
		tx.prepared = map[string]*sql.Stmt{}
		for e, err := range log.Log(0) {
			if err != nil {
				return err
			}
			if err := s.applyWith(tx, e, rests); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		done()
		return nil, nil, err
	}
	return fresh.db.read(), done, nil
}

// applyWith applies an event and notes its contents.
func (s *Store) applyWith(tx *Tx, e event.Event, rests *needs) error {
	lifted, err := s.types.Lift(e)
	if err != nil {
		return err
	}
	if err := rests.add(lifted); err != nil {
		return err
	}
	return s.apply(tx, e)
}

// compare holds each row of a table against the replayed one, and gives the
// number of rows and at most so many differences.
func compare(ctx context.Context, live *sql.Tx, replayed *sql.DB, t *table, most int) (int64, problem.List, error) {
	known, err := replayed.PrepareContext(ctx, t.getting)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = known.Close() }()
	var found problem.List
	differs := func(code string, row []any, column string) {
		if len(found) < most {
			found = append(found, problem.New(code, "table", t.name, "key", t.keyText(row), "column", column))
		}
	}
	rows, both, err := t.each(ctx, live, func(row []any) (bool, error) {
		other, ok, err := t.one(ctx, known, row)
		if err != nil {
			return false, err
		}
		if !ok {
			differs(stateUnlogged, row, "")
			return false, nil
		}
		for i, c := range t.columns {
			if row[i] != other[i] {
				differs(stateDiffers, row, c.name)
			}
		}
		return true, nil
	})
	if err != nil {
		return 0, nil, err
	}
	here, err := live.PrepareContext(ctx, t.getting)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = here.Close() }()
	var expected int64
	if err := replayed.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.name).Scan(&expected); err != nil {
		return 0, nil, err
	}
	if expected == both {
		return rows, found, nil
	}
	_, _, err = t.each(ctx, replayed, func(row []any) (bool, error) {
		_, ok, err := t.one(ctx, here, row)
		if err == nil && !ok {
			differs(stateMissing, row, "")
		}
		return ok, err
	})
	return rows, found, err
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each walks the rows of a table as the database holds them; it counts them and
// those for which look says yes.
func (t *table) each(ctx context.Context, from querier, look func(row []any) (bool, error)) (all, yes int64, err error) {
	rows, err := from.QueryContext(ctx, t.selecting)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := t.raw(rows)
		if err != nil {
			return 0, 0, err
		}
		ok, err := look(row)
		if err != nil {
			return 0, 0, err
		}
		all++
		if ok {
			yes++
		}
	}
	return all, yes, rows.Err()
}

// one gives the row with the same key.
func (t *table) one(ctx context.Context, statement *sql.Stmt, like []any) ([]any, bool, error) {
	key := make([]any, len(t.keys))
	for i, k := range t.keys {
		key[i] = like[k]
	}
	rows, err := statement.QueryContext(ctx, key...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, false, rows.Err()
	}
	row, err := t.raw(rows)
	return row, err == nil, err
}

// raw reads a row without judging the types: string, int64, float64, nil.
func (t *table) raw(rows *sql.Rows) ([]any, error) {
	row := make([]any, len(t.columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, v := range row {
		if b, ok := v.([]byte); ok {
			row[i] = "bytes " + string(b) // no column of ours holds them
		}
	}
	return row, nil
}

func (t *table) keyText(row []any) string {
	words := make([]string, len(t.keys))
	for i, k := range t.keys {
		words[i] = fmt.Sprint(row[k])
	}
	return strings.Join(words, "/")
}

// Rebuild makes the projected tables anew from the log, in one transaction, for
// a record whose tables were changed behind the log or whose projections have
// changed. Others wait meanwhile. Errors: the log's first *event.Fault, then
// nothing is touched.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.inWords(s.writing(ctx, applying, func(tx *Tx) error {
		// Writers queue here as in Do.
		if _, err := tx.tx.ExecContext(ctx, "UPDATE log_head SET schema = $1 WHERE id = 1", s.target); err != nil {
			return err
		}
		log := &Reader{ctx: ctx, tx: tx.tx}
		head, err := log.Head()
		if err != nil {
			return err
		}
		if err := event.Verify(log.Log(0), head); err != nil {
			return err
		}
		if err := beside(log, head); err != nil {
			return err
		}
		tx.prepared = map[string]*sql.Stmt{}
		tables := s.projected()
		slices.Reverse(tables) // those that refer before those referred to
		for _, t := range tables {
			if _, err := tx.tx.ExecContext(ctx, "DELETE FROM "+t.name); err != nil { //nolint:gosec // a declared name
				return err
			}
		}
		for e, err := range log.Log(0) {
			if err != nil {
				return err
			}
			if err := s.apply(tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
}
