package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/dampak/dampak/internal/problem"
)

// contentDir is the folder of contents in the folder of the record.
const contentDir = "content"

// Contents keeps files by their SHA-256: ab/abcd... below its folder. A content
// is written once and never changed; an event that rests on it carries its hash.
type Contents struct {
	dir    string
	writer string // see Of; may be empty
}

// Of says who writes, by a name that a file may have: what they leave half written when
// they die can then be told from what others are writing (RemoveHalf).
func (c Contents) Of(writer string) Contents { return Contents{c.dir, writer + "."} }

// RemoveHalf removes what the writer has begun to write: they no longer live.
func (c Contents) RemoveHalf() error {
	if c.dir == "" || c.writer == "" {
		return nil
	}
	half, err := filepath.Glob(filepath.Join(c.dir, writing+c.writer+"*"))
	for _, path := range half {
		err = errors.Join(err, c.remove(path))
	}
	return err
}

// writing begins the name of what is being written.
const writing = "new-"

var contentHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Put keeps what a reader gives and returns its hash (64 lowercase hex digits)
// and its length in bytes. When it returns, the file is whole and on the disk.
// It comes before the event: a content without an event does no harm.
func (c Contents) Put(ctx context.Context, from io.Reader) (hash string, size int64, err error) {
	if c.dir == "" {
		return "", 0, problem.Usage("store-no-folder")
	}
	defer func() {
		switch {
		case err == nil || problem.Of(err) != nil || ctx.Err() != nil:
		case errors.Is(err, syscall.ENOSPC):
			err = problem.New("store-full", "place", c.dir).Because(err)
		default:
			err = problem.New("store-unusable", "place", c.dir, "what", plain(err)).Because(err)
		}
	}()
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", 0, err
	}
	f, err := os.CreateTemp(c.dir, writing+c.writer+"*")
	if err != nil {
		return "", 0, err
	}
	defer func() {
		f.Close()
		os.Remove(f.Name()) // gone when it was renamed
	}()
	sum := sha256.New()
	if size, err = io.Copy(io.MultiWriter(f, sum), stopped{ctx, from}); err != nil {
		return "", 0, err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", 0, err
	}
	path := c.path(hash)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", 0, err
	}
	return hash, size, errors.Join(syncDir(filepath.Dir(path)), syncDir(c.dir))
}

// Write keeps what a function writes into the file whose place it is given, which is
// not there yet; otherwise as Put. An error of the function keeps nothing.
func (c Contents) Write(ctx context.Context, write func(path string) error) (hash string, size int64, err error) {
	if c.dir == "" {
		return "", 0, problem.Usage("store-no-folder")
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", 0, problem.New("store-unusable", "place", c.dir, "what", plain(err)).Because(err)
	}
	dir, err := os.MkdirTemp(c.dir, writing+c.writer+"*")
	if err != nil {
		return "", 0, problem.New("store-unusable", "place", c.dir, "what", plain(err)).Because(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows")
	if err := write(path); err != nil {
		return "", 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return c.Put(ctx, f)
}

func (c Contents) path(hash string) string { return filepath.Join(c.dir, hash[:2], hash) }

// Open gives a content. Reading it to the end fails if it is not what its hash
// says. Errors: a problem where there is no such content.
func (c Contents) Open(hash string) (io.ReadCloser, error) {
	if c.dir == "" {
		return nil, problem.Usage("store-no-folder")
	}
	if !contentHash.MatchString(hash) {
		return nil, fmt.Errorf("content %q: not a SHA-256 in hex", hash)
	}
	f, err := os.Open(c.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New("content-missing", "hash", short(hash)).Because(err)
	}
	if err != nil {
		return nil, problem.New("store-unusable", "place", c.dir, "what", plain(err)).Because(err)
	}
	return &checked{File: f, hash: hash, sum: sha256.New()}, nil
}

// Read gives a content whole, once it is proved to be what its hash says. Errors: as
// Open, and of a content that is another.
func (c Contents) Read(hash string) ([]byte, error) {
	f, err := c.Open(hash)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// File gives the place of a content, for a reader that opens files itself. The file
// is never to be changed, and is not checked (Check). Errors: as Open.
func (c Contents) File(hash string) (string, error) {
	f, err := c.Open(hash)
	if err != nil {
		return "", err
	}
	return c.path(hash), f.Close()
}

// Check reads a content whole and compares it with its hash.
func (c Contents) Check(ctx context.Context, hash string) error {
	f, err := c.Open(hash)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, stopped{ctx, f})
	return err
}

// absent checks that what was erased is not there.
func (c Contents) absent(hash string) error {
	if c.dir == "" || !contentHash.MatchString(hash) {
		return nil
	}
	if _, err := os.Lstat(c.path(hash)); !errors.Is(err, fs.ErrNotExist) {
		return problem.New("content-not-erased", "hash", short(hash)).Because(err)
	}
	return nil
}

// each calls a function with every content, in order of hashes.
func (c Contents) each(do func(hash, path string) error) error {
	if c.dir == "" {
		return nil
	}
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !contentHash.MatchString(d.Name()) {
			return err // what is being written has another name
		}
		return do(d.Name(), path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // none was kept yet
	}
	return err
}

// short is enough of a hash to find it by, and never looks like an identity
// number.
func short(hash string) string { return hash[:12] }

// checked hashes while it is read.
type checked struct {
	*os.File
	hash string
	sum  interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	_, _ = c.sum.Write(p[:n]) // a hash takes all
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.sum.Sum(nil)) != c.hash {
		return n, problem.New("content-changed", "hash", short(c.hash))
	}
	return n, err
}

// WriteTo is hidden: it would pass by Read.
func (c *checked) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}

// stopped ends reading when a context does.
type stopped struct {
	ctx context.Context //nolint:containedctx // lives within one call
	io.Reader
}

func (s stopped) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

// syncFile brings a file written by others to the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir brings a folder's entries to the disk.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	// Some systems do not sync folders; there the rename itself is enough.
	if err := f.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		f.Close()
		return err
	}
	return f.Close()
}
