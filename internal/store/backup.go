package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// A backup is a .tar.gz: manifest.json, then dampak.db (a SQLite database of the
// whole record, also where the record is in PostgreSQL), then content/. It can
// be unpacked and read without this program.

// manifestFile is the first file of a backup.
const manifestFile = "manifest.json"

// Manifest says what a backup holds.
type Manifest struct {
	Format int    `json:"format"` // 1
	ID     string `json:"id"`     // of the backup as an object of the log
	Head   string `json:"head"`   // SEQ:HASH at which the copied log ends
	At     string `json:"at"`     // instant
}

// Copied is what Backup wrote or Restore brought back.
type Copied struct {
	Head     event.Anchor // at which the copied log ends
	Contents int
	Now      event.Anchor // Restore: the head after the event of the restoring
	Place    string       // Restore: the folder, or the database without a password
}

// Backup writes one state of the record to a new file, while others go on
// reading and writing. That it was begun, and by whom, is an event, which the
// copy holds too. The file appears whole or not at all. Errors: a problem where
// the file is there already or cannot be written.
func (s *Store) Backup(ctx context.Context, by event.Actor, path string) (Copied, error) {
	if _, err := os.Lstat(path); err == nil {
		return Copied{}, problem.New("backup-exists", "path", path)
	}
	// The work is done beside the file, where there must be room for it anyway.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".dampak-backup-*")
	if err != nil {
		return Copied{}, problem.New("unwritable", "path", path).Because(err)
	}
	defer os.RemoveAll(dir)
	id, err := event.NewID(s.Now(), s.config.Random)
	if err != nil {
		return Copied{}, err
	}
	_, err = s.Do(ctx, Command{Actor: by, Object: event.Object{Kind: backupKind, ID: id}, Decide: func(*Tx) (Change, error) {
		return Change{Type: backupBegun, After: backupState{File: filepath.Base(path)}}, nil
	}})
	if err != nil {
		return Copied{}, err
	}
	database := filepath.Join(dir, databaseFile)
	if err := s.db.copyTo(ctx, s, database); err != nil {
		return Copied{}, s.inWords(err)
	}
	if err := s.forget(ctx, database); err != nil {
		return Copied{}, err
	}
	head, err := headOf(ctx, database)
	if err != nil {
		return Copied{}, err
	}
	m := Manifest{Format: 1, ID: id, Head: head.String(), At: event.FormatInstant(s.Now())}
	needed, err := s.needsUntil(ctx, head.Seq)
	if err != nil {
		return Copied{}, s.inWords(err)
	}
	packed := filepath.Join(dir, "packed")
	contents, err := s.pack(ctx, packed, m, database, needed)
	if err == nil {
		// A hard link fails where a file has appeared meanwhile; a rename would not.
		if err = os.Link(packed, path); errors.Is(err, fs.ErrExist) {
			return Copied{}, problem.New("backup-exists", "path", path)
		} else if err != nil {
			err = os.Rename(packed, path) // a file system without links
		}
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil && problem.Of(err) == nil && ctx.Err() == nil {
		err = problem.New("unwritable", "path", path).Because(err)
	}
	if err == nil {
		err = s.rememberFolder(ctx, filepath.Dir(path))
	}
	return Copied{Head: head, Contents: contents}, err
}

// forget removes from a copy who is signed in and how often somebody has tried, for
// what is restored in a year knows nobody who is at a screen now, and where on this
// machine backups lie, for it may be restored at another.
func (s *Store) forget(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", sqliteURL(path, "_pragma", "secure_delete(1)")) // no bytes of it stay either
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, t := range s.outside {
		if d := t.declared(); slices.Contains([]Reason{Session, Counter, Place}, d.reason) {
			if _, err := db.ExecContext(ctx, "DELETE FROM "+d.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// headOf reads the head of the log in a SQLite file.
func headOf(ctx context.Context, path string) (event.Anchor, error) {
	db, err := sql.Open("sqlite", sqliteURL(path, "_query_only", "1"))
	if err != nil {
		return event.Anchor{}, err
	}
	defer db.Close()
	var head event.Anchor
	err = db.QueryRowContext(ctx, "SELECT seq, hash FROM log_head WHERE id = 1").Scan(&head.Seq, &head.Hash)
	return head, err
}

// pack writes the archive and brings it to the disk: of the contents those that the
// copied log rests on, which are older than its events and so all there, and nothing
// that was erased or that no event has come to.
func (s *Store) pack(ctx context.Context, path string, m Manifest, database string, needed map[string]bool) (contents int, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return 0, err
	}
	t := tar.NewWriter(z)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	at := s.Now()
	if err := t.WriteHeader(&tar.Header{Name: manifestFile, Mode: 0o600, Size: int64(len(text)), ModTime: at}); err != nil {
		return 0, err
	}
	if _, err := t.Write(text); err != nil {
		return 0, err
	}
	add := func(name, path string) error {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: at}); err != nil {
			return err
		}
		_, err = io.Copy(t, stopped{ctx, in})
		return err
	}
	if err := add(databaseFile, database); err != nil {
		return 0, err
	}
	for _, hash := range slices.Sorted(maps.Keys(needed)) {
		if !needed[hash] || !contentHash.MatchString(hash) || s.contents.dir == "" {
			continue
		}
		err := add(contentDir+"/"+hash[:2]+"/"+hash, s.contents.path(hash))
		if errors.Is(err, fs.ErrNotExist) {
			now, failed := s.needsUntil(ctx, math.MaxInt64)
			if failed != nil {
				return 0, failed
			}
			if now[hash] { // lost, which Verify tells: what is left is copied all the same
				continue
			}
			// Erased since the log was copied, which would miss it: the next backup knows.
			err = problem.New("content-missing", "hash", short(hash)).Because(err)
		}
		if err != nil {
			return 0, err
		}
		contents++
	}
	return contents, errors.Join(t.Close(), z.Close(), f.Sync(), f.Close())
}

// Restore brings a backup to where the configuration says: into the folder Dir,
// or with URL into a PostgreSQL database, with the contents in Dir beside it. It
// proves the record against the head that the backup names and notes in its log
// who restored it: the machine's administrator, or the user of the restored record
// with the e-mail address or id that by names, if they may copy the whole record. Folder and database must be empty or not there; they hold the
// whole record afterwards or nothing, except that a database keeps the empty
// tables of a restoring that failed. Errors: a problem where the file is no
// backup, the place holds something, or the record does not verify.
func Restore(ctx context.Context, c Config, by event.Actor, file string) (_ Copied, err error) {
	if c.Dir == "" && c.URL == "" {
		return Copied{}, problem.Usage("store-nowhere")
	}
	above := os.TempDir()
	if c.Dir != "" {
		if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
			return Copied{}, problem.New("restore-not-empty", "path", c.Dir)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Copied{}, problem.New("store-unusable", "place", c.Dir, "what", plain(err)).Because(err)
		}
		above = filepath.Dir(filepath.Clean(c.Dir))
		if err := os.MkdirAll(above, 0o700); err != nil {
			return Copied{}, problem.New("store-unusable", "place", c.Dir, "what", plain(err)).Because(err)
		}
	}
	var to *Store
	if c.URL != "" {
		if to, err = openEmpty(ctx, c); err != nil {
			return Copied{}, err
		}
		defer func() { err = errors.Join(err, to.Close()) }()
	}
	work, err := os.MkdirTemp(above, ".dampak-restore-*")
	if err != nil {
		return Copied{}, problem.New("store-unusable", "place", c.Dir, "what", plain(err)).Because(err)
	}
	defer os.RemoveAll(work)
	m, contents, err := unpack(ctx, file, work)
	if err != nil {
		return Copied{}, err
	}
	if contents > 0 && c.Dir == "" {
		return Copied{}, problem.Usage("restore-no-folder", "contents", contents)
	}
	done := Copied{Contents: contents, Place: c.place()}
	if done.Head, err = event.ParseAnchor(m.Head); err != nil {
		return Copied{}, problem.New("restore-no-backup", "path", file).Because(err)
	}
	here := Config{Dir: work, Now: c.Now, Random: c.Random, Migrate: true, NoBackup: true} // the file is the backup
	if done.Now, err = proveRestored(ctx, here, by, m, done.Head); err != nil {
		return Copied{}, err
	}
	move := func() error {
		_ = os.Remove(c.Dir) // empty, or not there: a rename then works everywhere
		if err := os.Rename(work, c.Dir); err != nil {
			return problem.New("store-unusable", "place", c.Dir, "what", plain(err)).Because(err)
		}
		return syncDir(above)
	}
	if c.URL == "" {
		return done, move()
	}
	from, err := Open(ctx, here)
	if err != nil {
		return Copied{}, err
	}
	err = to.takeOver(ctx, from, func() error {
		if err := from.Close(); err != nil || c.Dir == "" {
			return err
		}
		if err := os.Remove(filepath.Join(work, databaseFile)); err != nil {
			return err
		}
		return move()
	})
	if err != nil {
		_ = from.Close()
		return Copied{}, err
	}
	return done, nil
}

// openEmpty opens a PostgreSQL database that holds no record yet, and makes its
// tables. Errors: the problem restore-database-not-empty.
func openEmpty(ctx context.Context, c Config) (*Store, error) {
	c.Migrate = false // never that of a record which is there
	s, err := Open(ctx, c)
	if list := problem.Of(err); len(list) == 1 && list[0].Code == "store-none" {
		c.Migrate = true
		s, err = Open(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if err := s.View(ctx, s.checkEmpty); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// checkEmpty refuses a record in which anything has happened.
func (s *Store) checkEmpty(r *Reader) error {
	for _, t := range s.allTables() {
		var rows int64
		if err := r.tx.QueryRowContext(r.ctx, "SELECT COUNT(*) FROM "+t.name).Scan(&rows); err != nil {
			return err
		}
		if rows > 0 && t.name != headTable.name {
			return problem.New("restore-database-not-empty", "place", s.Place())
		}
	}
	return nil
}

// takeOver copies all tables of a record into this empty one, lets the caller
// put the contents in their place, and proves the copy, in one transaction.
func (s *Store) takeOver(ctx context.Context, from *Store, place func() error) error {
	return s.inWords(s.writing(ctx, viewing, func(tx *Tx) error {
		// Writers queue here as in Do. Contents may take longer to read than an idle
		// transaction may last.
		for _, q := range []string{"UPDATE log_head SET seq = seq WHERE id = 1", "SET LOCAL idle_in_transaction_session_timeout = 0"} {
			if _, err := tx.tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		r := &Reader{ctx: ctx, tx: tx.tx}
		if err := s.checkEmpty(r); err != nil {
			return err
		}
		err := from.view(ctx, func(old *Reader) error {
			for _, t := range s.allTables() {
				if t.name == headTable.name {
					continue
				}
				if err := t.copy(ctx, old.tx, tx.tx); err != nil {
					return err
				}
			}
			head, _, err := headTable.Get(old, int64(1))
			if err != nil {
				return err
			}
			_, err = tx.tx.ExecContext(ctx, "UPDATE log_head SET seq = $1, hash = $2, schema = $3 WHERE id = 1", head.Seq, head.Hash, head.Schema)
			return err
		})
		if err != nil {
			return err
		}
		if err := place(); err != nil {
			return err
		}
		if _, err = s.proveAll(ctx, r); err != nil && s.config.Dir != "" {
			_ = os.RemoveAll(s.config.Dir) // it was empty; after a commit that failed it stays, for who knows
		}
		return err
	}))
}

// proveRestored verifies an unpacked record, with its end at the head, and
// writes the event of the restoring.
func proveRestored(ctx context.Context, c Config, by event.Actor, m Manifest, head event.Anchor) (_ event.Anchor, err error) {
	s, err := Open(ctx, c)
	if err != nil {
		return event.Anchor{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Verify(ctx, head); err != nil {
		return event.Anchor{}, err
	}
	e, err := s.noteRestored(ctx, by, m)
	return e.Anchor(), err
}

// noteRestored writes the event of the restoring.
func (s *Store) noteRestored(ctx context.Context, by event.Actor, m Manifest) (event.Event, error) {
	if by.Capacity != event.LocalAdministrator {
		err := s.View(ctx, func(r *Reader) error {
			u, ok, err := UserOf(r, by.User)
			if err == nil && !ok {
				u, ok, err = UserByEmail(r, strings.ToLower(by.User))
			}
			if err == nil && !ok {
				err = problem.New("user-unknown", "found", by.User)
			}
			if err != nil {
				return err
			}
			by.User = u.ID
			who, err := Who(r, u.ID, s.Now())
			if err != nil {
				return err
			}
			return who.May(access.RecordBackup, access.Place{Region: registry.Nation})
		})
		if err != nil {
			return event.Event{}, err
		}
	}
	return s.Do(ctx, Command{Actor: by, Object: event.Object{Kind: backupKind, ID: m.ID}, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
		last, err := tx.Last(event.Object{Kind: backupKind, ID: m.ID})
		if err != nil {
			return Change{}, err
		}
		before, err := Read[backupState](last.After)
		after := before
		after.Restored = m.Head
		return Change{Type: backupRestored, Before: before, After: after}, err
	}})
}

// The names that a backup may hold; no other is unpacked.
var contentName = regexp.MustCompile(`^content/([0-9a-f]{2})/([0-9a-f]{64})$`)

// unpack writes the files of a backup below a folder.
func unpack(ctx context.Context, file, dir string) (m Manifest, contents int, err error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, 0, problem.New("restore-no-file", "path", file).Because(err)
	}
	if err != nil {
		return m, 0, problem.New("unreadable", "path", file).Because(err)
	}
	defer f.Close()
	defer func() {
		var disk *fs.PathError // of writing: what is read comes through gzip
		switch {
		case err == nil || problem.Of(err) != nil || ctx.Err() != nil:
		case errors.As(err, &disk):
			err = problem.New("store-unusable", "place", dir, "what", plain(err)).Because(err)
		default:
			err = problem.New("restore-no-backup", "path", file).Because(err)
		}
	}()
	z, err := gzip.NewReader(f)
	if err != nil {
		return m, 0, err
	}
	t := tar.NewReader(z)
	seen := map[string]bool{}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			// To the checksum, which stands at the end.
			if _, err := io.Copy(io.Discard, stopped{ctx, z}); err != nil {
				return m, 0, err
			}
			break
		}
		if err != nil {
			return m, 0, err
		}
		hash := contentName.FindStringSubmatch(h.Name)
		switch {
		case h.Typeflag != tar.TypeReg || seen[h.Name]:
			return m, 0, errors.New("an entry that no backup has")
		case h.Name == manifestFile:
			if err := json.NewDecoder(io.LimitReader(t, 1<<20)).Decode(&m); err != nil || m.Format != 1 {
				return m, 0, errors.Join(err, errors.New("no manifest of this format"))
			}
		case h.Name == databaseFile:
			err = unpackFile(ctx, t, filepath.Join(dir, databaseFile))
		case hash != nil && strings.HasPrefix(hash[2], hash[1]):
			contents++
			sum := sha256.New()
			err = unpackFile(ctx, io.TeeReader(t, sum), filepath.Join(dir, filepath.FromSlash(h.Name)))
			if err == nil && hex.EncodeToString(sum.Sum(nil)) != hash[2] {
				err = problem.New("content-changed", "hash", short(hash[2]))
			}
		default:
			return m, 0, errors.New("an entry that no backup has")
		}
		if err != nil {
			return m, 0, err
		}
		seen[h.Name] = true
	}
	if !seen[manifestFile] || !seen[databaseFile] {
		return m, 0, errors.New("manifest or database missing")
	}
	return m, contents, nil
}

func unpackFile(ctx context.Context, from io.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, stopped{ctx, from})
	return errors.Join(err, f.Sync(), f.Close())
}

// copyTo copies every declared table in one state to a SQLite database with the
// same schema, row by row.
func (d *postgresDB) copyTo(ctx context.Context, s *Store, path string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), "copy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fresh, err := open(ctx, Config{Dir: dir, Now: s.config.Now, Random: s.config.Random, Migrate: true},
		parts{rooms: s.rooms, outside: s.outside, migrations: s.steps, scratch: true})
	if err != nil {
		return err
	}
	defer func() { _ = fresh.Close() }()
	err = s.view(ctx, func(r *Reader) error {
		return fresh.writing(ctx, viewing, func(tx *Tx) error {
			if _, err := tx.tx.ExecContext(ctx, "DELETE FROM log_head"); err != nil {
				return err
			}
			for _, t := range s.allTables() {
				if err := t.copy(ctx, r.tx, tx.tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return fresh.db.copyTo(ctx, fresh, path)
}

// copy puts each row of a table into the same table of another database.
func (t *table) copy(ctx context.Context, from, to *sql.Tx) error {
	insert, err := to.PrepareContext(ctx, t.inserting)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	_, _, err = t.each(ctx, from, func(row []any) (bool, error) {
		_, err := insert.ExecContext(ctx, row...)
		return true, err
	})
	return err
}
