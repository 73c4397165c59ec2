package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dampak/dampak/internal/store"
)

// noted is the file in a worker's folder that says which contents it is about to put:
// whoever comes after a worker that died takes those away that no event names.
const noted = "contents"

// note writes down a content before it is put.
func note(dir string, content []byte) error {
	f, err := os.OpenFile(filepath.Join(dir, noted), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	_, err = f.WriteString(hex.EncodeToString(sum[:]) + "\n")
	return errors.Join(err, f.Close())
}

// sweep removes what workers left that no longer live: rows that a computation had
// spilt, maybe, and contents that did not come into the record. A worker that lives has
// a lease before it has a folder.
func (c Config) sweep(ctx context.Context) error {
	left, err := os.ReadDir(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var live map[string]bool
	if err := c.Store.View(ctx, func(r *store.Reader) error {
		live, err = store.LiveWorkers(r, c.Store.Now())
		return err
	}); err != nil {
		return err
	}
	for _, e := range left {
		if !live[e.Name()] {
			err = errors.Join(err, c.bury(ctx, e.Name()))
		}
	}
	return err
}

// bury removes the folder of a worker that died, and what it put.
func (c Config) bury(ctx context.Context, worker string) error {
	if err := c.Store.Contents().Of(worker).RemoveHalf(); err != nil {
		return err
	}
	dir := filepath.Join(c.Dir, worker)
	text, err := os.ReadFile(filepath.Join(dir, noted))
	if err == nil {
		err = c.Store.DiscardContents(ctx, strings.Fields(string(text))...)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(dir)
}
