package store

import (
	"context"
	"encoding/hex"
	"io"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// What people are called, and how they are reached, stands in one table outside the
// log: no event has it, so that it can be taken away without touching the chain. The
// event that leads to it carries a seal, the SHA-256 of it with a random salt, which
// Verify holds against it; once the row is gone the seal tells nothing.

type personRow struct {
	Person string `db:"person"`
	Name   string `db:"name"`
	Email  string `db:"email"`
	Salt   string `db:"salt"` // empty: from before there were seals
}

var people = Outside[personRow](Person, "people", "person")

func (p personRow) seal() string { return sealOf(p.Salt + "\x00" + p.Name + "\x00" + p.Email) }

// saltBytes is the length of a salt: nobody tries out 128 bits.
const saltBytes = 16

// keepPerson keeps what a user is called where a command has made or changed it, and
// gives the state with its seal. Other states it gives back.
func (tx *Tx) keepPerson(after any) (any, error) {
	u, is := after.(access.User)
	if !is {
		return after, nil
	}
	p, there, err := people.Get(tx, u.ID)
	switch {
	case err != nil:
		return nil, err
	case u.Name == "":
		u.Seals.Profile = ""
		return u, people.Delete(tx, u.ID)
	case there && p.Name == u.Name && p.Email == u.Email:
		if u.Seals.Profile = p.seal(); p.Salt == "" {
			u.Seals.Profile = access.UnknownSeal
		}
		return u, nil
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(tx.store.config.Random, salt); err != nil {
		return nil, err
	}
	p = personRow{u.ID, u.Name, u.Email, hex.EncodeToString(salt)}
	u.Seals.Profile = p.seal()
	return u, people.Put(tx, p)
}

// calledOf gives what users are called, by id. A replay does not know it.
func calledOf(from From, rows []userRow) (map[string]personRow, error) {
	of := make(map[string]personRow, len(rows))
	if from.reader().mode == applying {
		return of, nil
	}
	ids := make([]string, len(rows))
	for i, u := range rows {
		ids[i] = u.ID
	}
	for some := range slices.Chunk(ids, 500) { // a statement takes so many arguments
		in, args := among(some)
		found, err := people.Select(from, "WHERE person IN "+in, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			of[p.Person] = p
		}
	}
	return of, nil
}

// ForgetUser takes away what a user who has left is called, for the reason in by.
// Events that programs before this one wrote, papers that the user signed, and copies
// of the record that were made until then still have it.
func (s *Store) ForgetUser(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onUser(ctx, by, id, "forget", func(a acting, u access.User) (registry.Change, error) {
		return u.Forget(a.by.Actor, a.by.Why)
	})
}
