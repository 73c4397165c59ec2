package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// KeyFileVariable names the key file; without it the file is in the user's
// folder of configuration.
const KeyFileVariable = "DAMPAK_KEY_FILE"

// secretBytes is the length of a key, that of the hash's output (RFC 2104
// section 3).
const secretBytes = sha256.Size

// mostKeyFile is the largest key file that is read.
const mostKeyFile = 1 << 20

// Key says under which key a column stands; it holds no secret.
type Key struct {
	Number int    `json:"number"` // from 1
	ID     string `json:"id"`     // from the key itself, so that another key of that number is told apart
}

type key struct {
	Key
	made   registry.Day
	secret []byte
}

// Ring is the keys of an installation, the oldest first. It is safe for many
// goroutines and never printed: it has no exported part.
type Ring struct{ keys []key }

// keyFile is the form of the file.
type keyFile struct {
	Note string     `json:"note"`
	Keys []keyEntry `json:"keys"`
}

type keyEntry struct {
	Key
	Made   registry.Day `json:"made"`
	Secret string       `json:"secret"`
}

// note stands in the file, in both languages, for who finds it.
const note = "Kunci pseudonim Dampak. Simpan salinannya di tempat aman; bila hilang, data baru tidak dapat dihubungkan dengan data lama. / " +
	"Dampak's key of pseudonyms. Keep a copy in a safe place; if it is lost, new data cannot be linked with old data."

// NewRing makes a ring of one new key from a source of random bytes.
func NewRing(random io.Reader, at time.Time) (*Ring, error) { return (&Ring{}).Add(random, at) }

// Add gives a ring with one key more, from a source of random bytes. The ring
// itself is not changed.
func (r *Ring) Add(random io.Reader, at time.Time) (*Ring, error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("identity: no random bytes for a key: %w", err)
	}
	next := &Ring{append(append([]key{}, r.keys...), key{Key{len(r.keys) + 1, idOf(secret)}, registry.DayOf(at), secret})}
	return next, nil
}

// idOf names a secret without giving it away: a hash of 256 random bits says
// nothing of them.
func idOf(secret []byte) string {
	sum := sha256.Sum256(append([]byte("dampak/key-id\x00"), secret...))
	return hex.EncodeToString(sum[:6])
}

// Newest is the key under which new columns stand.
func (r *Ring) Newest() Key { return r.keys[len(r.keys)-1].Key }

// Known is a key with the day on which it was made.
type Known struct {
	Key
	Made registry.Day
}

// Known lists the keys, the oldest first; it tells no secret.
func (r *Ring) Known() []Known {
	all := make([]Known, len(r.keys))
	for i, k := range r.keys {
		all[i] = Known{k.Key, k.made}
	}
	return all
}

// Holds says whether the ring has the key of a column. Errors: a problem when
// the number is beyond the ring, or the key of that number is another one.
func (r *Ring) Holds(column Key) error {
	if column.Number < 1 || column.Number > len(r.keys) {
		return problem.New("identity-key-absent", "number", column.Number, "keys", len(r.keys))
	}
	if have := r.keys[column.Number-1].Key; have != column {
		return problem.New("identity-key-other", "number", column.Number, "found", have.ID, "expected", column.ID)
	}
	return nil
}

// String keeps secrets out of %v and %+v.
func (r *Ring) String() string { return fmt.Sprintf("identity.Ring of %d keys", len(r.keys)) }

// GoString keeps secrets out of %#v.
func (r *Ring) GoString() string { return r.String() }

// KeyPath gives the place of the key file: what KeyFileVariable says, else
// dampak/pseudonym-key.json in the user's folder of configuration.
func KeyPath(getenv func(string) string, configDir func() (string, error)) (string, error) {
	if p := getenv(KeyFileVariable); p != "" {
		return p, nil
	}
	dir, err := configDir()
	if err != nil {
		return "", problem.New("identity-key-nowhere", "variable", KeyFileVariable).Because(err)
	}
	return filepath.Join(dir, "dampak", "pseudonym-key.json"), nil
}

// Open reads the key file, and makes it with one key where there is none; made
// says so, for the caller to tell where it is and that losing it ends linkage.
// DataDir is the data directory, in which the file may not lie; "" when there is
// none. Errors are problems: the file lies in the data directory, others can
// read it, it is no key file, or it cannot be made.
func Open(path, dataDir string, random io.Reader, at time.Time) (ring *Ring, made bool, err error) {
	if err := outside(path, dataDir); err != nil {
		return nil, false, err
	}
	ring, err = read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, false, err
	}
	fresh, err := NewRing(random, at)
	if err != nil {
		return nil, false, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, false, problem.New("identity-key-unwritable", "path", path).Because(err)
	}
	if err := fresh.place(path, os.Link); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process was first: its key is the key
			if ring, err = read(path); !errors.Is(err, fs.ErrNotExist) {
				return ring, false, err
			}
		}
		return nil, false, problem.New("identity-key-unwritable", "path", path).Because(err)
	}
	return fresh, true, nil
}

// Existing reads the key file as Open does, and never makes one: what erases or looks
// for a person is of no use under a new key. Errors are problems: those of Open, and
// that there is no key file.
func Existing(path, dataDir string) (*Ring, error) {
	if err := outside(path, dataDir); err != nil {
		return nil, err
	}
	ring, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(noKey, "path", path, "variable", KeyFileVariable)
	}
	return ring, err
}

// NoKey tells whether Existing found no key file.
func NoKey(err error) bool {
	all := problem.Of(err)
	return len(all) == 1 && all[0].Code == noKey
}

const noKey = "identity-key-none"

// Save replaces the key file by that of a ring with more keys, in one step. The
// same rules as for Open hold.
func (r *Ring) Save(path, dataDir string) error {
	if err := outside(path, dataDir); err != nil {
		return err
	}
	old, err := read(path)
	if err != nil {
		return err
	}
	for _, k := range old.keys { // a key once used is never lost
		if err := r.Holds(k.Key); err != nil {
			return err
		}
	}
	if err := r.place(path, os.Rename); err != nil {
		return problem.New("identity-key-unwritable", "path", path).Because(err)
	}
	return nil
}

// place writes the file beside its place and puts it there by link (which fails
// where there is one) or rename (which replaces it).
func (r *Ring) place(path string, put func(from, to string) error) (err error) {
	out := keyFile{Note: note}
	for _, k := range r.keys {
		out.Keys = append(out.Keys, keyEntry{k.Key, k.made, base64.StdEncoding.EncodeToString(k.secret)})
	}
	content, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename there is nothing of that name
	defer f.Close()
	if _, err := f.Write(append(content, '\n')); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return put(f.Name(), path)
}

// read gives the ring of a file; fs.ErrNotExist where there is none.
func read(path string) (*Ring, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, problem.New("identity-key-unreadable", "path", path).Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, problem.New("identity-key-unreadable", "path", path).Because(err)
	}
	if !info.Mode().IsRegular() || info.Size() > mostKeyFile {
		return nil, problem.New("identity-key-form", "path", path)
	}
	// Windows has no such bits; there the folder of configuration is the user's own.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, problem.New("identity-key-open", "path", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	content, err := io.ReadAll(io.LimitReader(f, mostKeyFile))
	if err != nil {
		return nil, problem.New("identity-key-unreadable", "path", path).Because(err)
	}
	var in keyFile
	// The decoder's error may quote what it met, which is secret: it is dropped.
	if json.Unmarshal(content, &in) != nil || len(in.Keys) == 0 {
		return nil, problem.New("identity-key-form", "path", path)
	}
	ring := &Ring{}
	for i, e := range in.Keys {
		secret, err := base64.StdEncoding.DecodeString(e.Secret)
		if err != nil || len(secret) != secretBytes || e.Number != i+1 || e.ID != idOf(secret) {
			return nil, problem.New("identity-key-form", "path", path)
		}
		ring.keys = append(ring.keys, key{e.Key, e.Made, secret})
	}
	return ring, nil
}

// outside refuses a path in the data directory, however it is written.
func outside(path, dataDir string) error {
	if dataDir == "" {
		return nil
	}
	file, err := settled(path)
	if err != nil {
		return problem.New("identity-key-unreadable", "path", path).Because(err)
	}
	dir, err := settled(dataDir)
	if err != nil {
		return problem.New("identity-key-unreadable", "path", dataDir).Because(err)
	}
	rel, err := filepath.Rel(dir, file)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return problem.New("identity-key-inside", "path", path, "dir", dataDir, "variable", KeyFileVariable)
	}
	return nil
}

// settled gives a path without symbolic links, as far as it exists.
func settled(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for at := path; ; {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		up := filepath.Dir(at)
		if up == at {
			return path, nil
		}
		rest, at = filepath.Join(filepath.Base(at), rest), up
	}
}
