package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/dampak/dampak/internal/intake/identity"
)

// keyCmd shows the key file of pseudonyms, and adds a key to it.
type keyCmd struct {
	Dir string `help:"${help_key_dir}" placeholder:"DIR"`
	New bool   `help:"${help_key_new}"`
}

// Run says where the keys are and which, without their secrets. A new key goes over
// the older ones: what comes in later still links with what is kept.
func (c keyCmd) Run(s *session) error {
	path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !c.New {
		return s.lines(s.text("key.none", "path", path))
	}
	now := time.Now()
	ring, made, err := identity.Open(path, c.Dir, rand.Reader, now)
	if err != nil {
		return err
	}
	if c.New && !made {
		if ring, err = ring.Add(rand.Reader, now); err != nil {
			return err
		}
		if err := ring.Save(path, c.Dir); err != nil {
			return err
		}
	}
	lines := []string{s.text("import.key", "path", path)}
	if made {
		lines[0] = s.text("import.key-made", "path", path)
	}
	for _, k := range ring.Known() {
		lines = append(lines, "  "+s.text("key.known", "number", k.Number, "id", k.ID, "day", string(k.Made)))
	}
	if c.New && !made {
		lines = append(lines, s.text("key.added", "number", ring.Newest().Number))
	}
	return s.lines(lines...)
}
