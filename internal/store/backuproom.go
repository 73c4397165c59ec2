package store

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// The life of a backup: it is begun (the event comes before the copy, so the
// copy holds it), it may be restored (the event stands in the record that came of
// it), and it is removed where the program reaches it.
const (
	backupKind     = "backup"
	backupBegun    = "backup-begun"
	backupRestored = "backup-restored"
	backupRemoved  = "backup-removed"
)

// Why a backup was removed.
const (
	backupOld    = "old"    // older than BackupsLast
	backupErased = "erased" // it may hold the rows of somebody who was erased since
)

// backupState is a backup as its events tell it.
type backupState struct {
	File     string `json:"file"`               // base name, as its maker named it
	Restored string `json:"restored,omitempty"` // SEQ:HASH at which the copy ended
	Removed  string `json:"removed,omitempty"`  // why; empty: it was not
}

// Backup is a row of the table of backups.
type Backup struct {
	ID         string     `db:"id"`
	File       string     `db:"file"`
	Seq        int64      `db:"seq"` // of the event that began it: the copy reaches at least so far
	BegunAt    time.Time  `db:"begun_at"`
	BegunBy    string     `db:"begun_by"`
	RestoredAt *time.Time `db:"restored_at"` // nil: this record did not come from it
	RestoredBy *string    `db:"restored_by"`
	RemovedAt  *time.Time `db:"removed_at"` // nil: nobody has removed it that the record knows of
}

// Backups are all backups that were begun.
var Backups = Projected[Backup]("backups", "id")

// backupRoom keeps the table of backups.
type backupRoom struct{}

// Types are the events of a backup.
func (backupRoom) Types() []event.Type {
	return []event.Type{{Name: backupBegun, Object: backupKind}, {Name: backupRestored, Object: backupKind}, {Name: backupRemoved, Object: backupKind}}
}

// Tables is the table of backups.
func (backupRoom) Tables() []AnyTable { return []AnyTable{Backups} }

// Apply follows a backup.
func (backupRoom) Apply(tx *Tx, e event.Event) error {
	switch e.Type {
	case backupBegun:
		state, err := Read[backupState](e.After)
		if err != nil {
			return err
		}
		return Backups.Put(tx, Backup{ID: e.Object.ID, File: state.File, Seq: e.Seq, BegunAt: e.At, BegunBy: who(e.Actor)})
	case backupRestored:
		row, ok, err := Backups.Get(tx, e.Object.ID)
		if err != nil || !ok {
			return err
		}
		by := who(e.Actor)
		row.RestoredAt, row.RestoredBy = &e.At, &by
		return Backups.Put(tx, row)
	case backupRemoved:
		row, ok, err := Backups.Get(tx, e.Object.ID)
		if err != nil || !ok {
			return err
		}
		row.RemovedAt = &e.At
		return Backups.Put(tx, row)
	}
	return nil
}

// strict decodes JSON that holds no other keys than the struct.
func strict(raw json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
