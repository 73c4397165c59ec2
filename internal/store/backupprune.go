package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// BackupsLast is how long a backup is kept where the program reaches it: what was
// erased from the record is then in none of them any more. The newest of a folder
// stays, however old it is.
const BackupsLast = 35 * 24 * time.Hour

// backupEnds are how the names of backups end.
const backupEnds = ".tar.gz"

type backupFolderRow struct {
	Folder string    `db:"folder"` // absolute path
	Last   time.Time `db:"last_at"`
}

var backupFolders = Outside[backupFolderRow](Place, "backup_folders", "folder")

// rememberFolder notes that a backup lies in a folder.
func (s *Store) rememberFolder(ctx context.Context, folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	return s.Aside(ctx, func(tx *Tx) error { return backupFolders.Put(tx, backupFolderRow{folder, tx.Now()}) })
}

// taintedBackups are the backups in which somebody may be who was erased since, as
// far as the record does not know that they are gone.
func taintedBackups(from From) ([]Backup, error) {
	sets, err := entries[registry.Dataset](from, datasets, "ORDER BY id")
	if err != nil {
		return nil, err
	}
	all, err := Backups.Select(from, "WHERE removed_at IS NULL ORDER BY id")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(b Backup) bool {
		for _, d := range sets {
			for _, v := range d.Versions {
				// Copying takes a while, so that what came in within the day may be there.
				if v.Erased != nil && v.Erased.Cause == registry.PersonErased && !b.BegunAt.After(v.Erased.At) && v.Staged.At.Before(b.BegunAt.AddDate(0, 0, 1)) {
					return false
				}
			}
		}
		return true
	}), nil
}

// PruneBackups removes the backups of this record, in the folders on this machine to
// which some were written, that are older than BackupsLast, and those in which
// somebody may be who was erased since; of the latter a folder gets a new one first.
// Backups that were carried elsewhere it does not reach. It gives the names of the
// files that are gone.
func (s *Store) PruneBackups(ctx context.Context) ([]string, error) {
	var folders []backupFolderRow
	var known []Backup
	tainted := map[string]bool{}
	err := s.View(ctx, func(r *Reader) (err error) {
		if folders, err = backupFolders.Select(r, "ORDER BY folder"); err != nil || len(folders) == 0 {
			return err
		}
		if known, err = Backups.Select(r, "ORDER BY id"); err != nil {
			return err
		}
		some, err := taintedBackups(r)
		for _, b := range some {
			tainted[b.ID] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	of := map[string]Backup{}
	for _, b := range known {
		of[b.ID] = b
	}
	var removed []string
	for _, f := range folders {
		here, failed := s.pruneFolder(ctx, f.Folder, of, tainted)
		removed, err = append(removed, here...), errors.Join(err, failed)
	}
	return removed, err
}

// lying is a backup of this record in a folder.
type lying struct {
	Backup
	path string
}

func (s *Store) pruneFolder(ctx context.Context, folder string, of map[string]Backup, tainted map[string]bool) (removed []string, err error) {
	names, err := os.ReadDir(folder)
	if err != nil {
		return nil, gone(err) // a disk that is not here today
	}
	var all []lying
	for _, name := range names {
		path := filepath.Join(folder, name.Name())
		if !name.Type().IsRegular() || filepath.Ext(path) != filepath.Ext(backupEnds) {
			continue
		}
		if b, ok := of[manifestOf(path)]; ok {
			all = append(all, lying{b, path})
		}
	}
	slices.SortFunc(all, func(a, b lying) int { return a.BegunAt.Compare(b.BegunAt) })
	old := s.Now().Add(-BackupsLast)
	sound := 0 // the newest that is to stay, counted from 1
	why := make([]string, len(all))
	for i, b := range all {
		switch {
		case tainted[b.ID] || b.RemovedAt != nil:
			why[i] = backupErased
		default:
			sound = i + 1
			if b.BegunAt.Before(old) {
				why[i] = backupOld
			}
		}
	}
	if sound > 0 {
		why[sound-1] = ""
	} else if slices.Contains(why, backupErased) {
		if _, err := s.Backup(ctx, itself, filepath.Join(folder, "dampak-"+s.Now().Format("20060102T150405")+backupEnds)); err != nil {
			return nil, err
		}
	}
	for i, b := range all {
		if why[i] == "" {
			continue
		}
		if b.RemovedAt == nil {
			if err := s.noteRemoved(ctx, b.ID, why[i]); err != nil {
				return removed, err
			}
		}
		if err := os.Remove(b.path); gone(err) != nil {
			return removed, err
		}
		removed = append(removed, filepath.Base(b.path))
	}
	if len(removed) > 0 {
		err = syncDir(folder)
	}
	return removed, err
}

// noteRemoved writes the event of a removal, once.
func (s *Store) noteRemoved(ctx context.Context, id, why string) error {
	o := event.Object{Kind: backupKind, ID: id}
	_, err := s.Do(ctx, Command{Actor: itself, Object: o, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
		last, err := tx.Last(o)
		if err != nil {
			return Change{}, err
		}
		before, err := Read[backupState](last.After)
		if err == nil && before.Removed != "" {
			err = errNothing // another process has done it
		}
		after := before
		after.Removed = why
		return Change{Type: backupRemoved, Before: before, After: after}, err
	}})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// manifestOf gives the id of the backup that a file is; empty: it is none.
func manifestOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return ""
	}
	t := tar.NewReader(z)
	h, err := t.Next()
	if err != nil || h.Name != manifestFile {
		return ""
	}
	var m Manifest
	if json.NewDecoder(io.LimitReader(t, 1<<20)).Decode(&m) != nil || m.Format != 1 {
		return ""
	}
	return m.ID
}
