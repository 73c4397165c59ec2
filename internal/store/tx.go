package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// From is what can be read from: a *Reader or a *Tx.
type From interface{ reader() *Reader }

// Reader is one state of the record. It lives as long as the function that it
// was handed to, and is for one goroutine.
type Reader struct {
	ctx  context.Context //nolint:containedctx // lives within one call
	tx   *sql.Tx
	mode mode
	// prepared keeps statements that a replay repeats for every event; nil: a
	// command asks each but once.
	prepared map[string]*sql.Stmt
	kept     *kept            // nil in a replay
	clock    func() time.Time // nil in a replay, which has no today
}

func (r *Reader) reader() *Reader { return r }

// mode is what a transaction may do.
type mode int

const (
	viewing  mode = iota
	deciding      // in Command.Decide: reads all, writes outside the log
	applying      // in Projection.Apply: reads and writes projected tables
	aside         // in Store.Aside: reads all, writes outside the log
)

// mayRead keeps Apply to what a replay has too: projected tables (nil: anything).
func (r *Reader) mayRead(t *table) error {
	if r.mode == applying && (t == nil || t.reason != "") {
		return errors.New("a projection reads projected tables only: a replay has no others")
	}
	return nil
}

// Tx is a Reader that writes, through the methods of Table.
type Tx struct {
	Reader
	store *Store
	now   time.Time
}

// Now is the instant of the transaction, which its event gets too.
func (tx *Tx) Now() time.Time { return tx.now }

// NewID makes an identifier (event.NewID).
func (tx *Tx) NewID() (string, error) { return event.NewID(tx.now, tx.store.config.Random) }

// exec writes to a table, if the transaction may.
func (tx *Tx) exec(t *table, statement string, args []any) error {
	_, err := tx.count(t, statement, args)
	return err
}

// count is exec that tells how many rows were written.
func (tx *Tx) count(t *table, statement string, args []any) (int64, error) {
	switch {
	case t.reason == ofLog:
		return 0, fmt.Errorf("table %s is the log: only Do writes it", t.name)
	case t.reason == "" && tx.mode != applying:
		return 0, fmt.Errorf("table %s shows the log: only a projection's Apply writes it", t.name)
	case t.reason != "" && tx.mode == applying:
		return 0, fmt.Errorf("table %s is outside the log (%s): a projection does not write it", t.name, t.reason)
	case t.reason == "" && !tx.store.projectedBy[t.name]:
		return 0, fmt.Errorf("table %s belongs to no projection of this store", t.name)
	}
	repeat, err := tx.repeated(statement) //nolint:sqlclosecheck // ends with the transaction
	if err != nil {
		return 0, err
	}
	var done sql.Result
	if repeat != nil {
		done, err = repeat.ExecContext(tx.ctx, args...)
	} else {
		done, err = tx.tx.ExecContext(tx.ctx, statement, args...)
	}
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// rows asks the database.
func (r *Reader) rows(statement string, args []any) (*sql.Rows, error) {
	repeat, err := r.repeated(statement) //nolint:sqlclosecheck // the same
	if err != nil {
		return nil, err
	}
	if repeat != nil {
		return repeat.QueryContext(r.ctx, args...)
	}
	return r.tx.QueryContext(r.ctx, statement, args...)
}

// repeated gives the prepared form of a statement in a replay, else nil. It ends
// with the transaction.
func (r *Reader) repeated(statement string) (*sql.Stmt, error) {
	if r.prepared == nil {
		return nil, nil
	}
	if s := r.prepared[statement]; s != nil {
		return s, nil
	}
	s, err := r.tx.PrepareContext(r.ctx, statement)
	if err == nil {
		r.prepared[statement] = s
	}
	return s, err
}

// View lets a function read one state of the record: what others write
// meanwhile it does not see.
func (s *Store) View(ctx context.Context, look func(*Reader) error) error {
	return s.inWords(s.view(ctx, look))
}

func (s *Store) view(ctx context.Context, look func(*Reader) error) error {
	if err := s.stillHere(); err != nil {
		return err
	}
	tx, err := s.db.read().BeginTx(ctx, s.db.snapshot())
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return look(&Reader{ctx: ctx, tx: tx, kept: s.kept, clock: s.Now})
}

// Aside lets a function write tables outside the log, all or nothing.
func (s *Store) Aside(ctx context.Context, write func(*Tx) error) error {
	return s.inWords(s.writing(ctx, aside, write))
}

// writing runs a function in one transaction of the writers.
func (s *Store) writing(ctx context.Context, m mode, work func(*Tx) error) error {
	t, err := s.db.write().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // does nothing after a commit
	if err := work(&Tx{Reader: Reader{ctx: ctx, tx: t, mode: m, kept: s.kept, clock: s.Now}, store: s, now: s.Now()}); err != nil {
		return err
	}
	if err := s.stillHere(); err != nil {
		return err
	}
	return t.Commit()
}

// stillHere refuses to go on with a database that is not the one at its path any
// more: its folder was moved, and maybe a backup restored in its place. Whatever
// were written now would be in no record that anybody opens.
func (s *Store) stillHere() error {
	if s.db.moved() {
		return problem.New("store-moved", "place", s.Place())
	}
	return nil
}
