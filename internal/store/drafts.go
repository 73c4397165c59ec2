package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// DraftLasts is how long a draft is kept.
const DraftLasts = 30 * 24 * time.Hour

// KeptDraft is what one person typed into one form and has not sent. It is for that
// person alone, and stands outside the log: nothing has happened yet.
type KeptDraft struct {
	Person  string
	Address string // path of the form, without its language
	Fields  map[string][]string
	// Seen is the revision of the object that the form was opened for, so that who
	// sends it later is told what others changed meanwhile.
	Seen int64
	Kept time.Time // set by KeepDraft
}

type keptDraftRow struct {
	Person  string          `db:"person"`
	Address string          `db:"address"`
	Fields  json.RawMessage `db:"fields"`
	Seen    int64           `db:"revision"`
	Kept    time.Time       `db:"kept_at"`
}

var keptDrafts = Outside[keptDraftRow](Draft, "kept_drafts", "person", "address")

// KeepDraft keeps a draft in place of the one before, and forgets those of
// anybody that are older than DraftLasts. What may not be kept (passwords, codes,
// files, identity numbers) is for the caller to leave out.
func (s *Store) KeepDraft(ctx context.Context, d KeptDraft) error {
	fields, err := event.Marshal(d.Fields)
	if err != nil {
		return err
	}
	return s.Aside(ctx, func(tx *Tx) error {
		old, err := keptDrafts.Select(tx, "WHERE kept_at <= $1", tx.Now().Add(-DraftLasts))
		if err != nil {
			return err
		}
		for _, o := range old {
			if err := keptDrafts.Delete(tx, o.Person, o.Address); err != nil {
				return err
			}
		}
		return keptDrafts.Put(tx, keptDraftRow{Person: d.Person, Address: d.Address, Fields: fields, Seen: d.Seen, Kept: tx.Now()})
	})
}

// DraftOf gives what a person typed into a form at an address; false where there
// is none, or none young enough at an instant.
func DraftOf(from From, person, address string, at time.Time) (KeptDraft, bool, error) {
	row, ok, err := keptDrafts.Get(from, person, address)
	if err != nil || !ok || at.Sub(row.Kept) >= DraftLasts {
		return KeptDraft{}, false, err
	}
	d := KeptDraft{Person: row.Person, Address: row.Address, Seen: row.Seen, Kept: row.Kept}
	return d, true, json.Unmarshal(row.Fields, &d.Fields)
}

// DropDraft forgets a draft, if there is one.
func (s *Store) DropDraft(ctx context.Context, person, address string) error {
	return s.Aside(ctx, func(tx *Tx) error { return keptDrafts.Delete(tx, person, address) })
}
