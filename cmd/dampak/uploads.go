package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/web"
)

// takesUploads lets the pages and the API of a record in a folder take files in: they
// wait in a folder of it, and pseudonyms are under the key of `dampak import`. When
// the key is made, at the first use, it is said where it is.
func takesUploads(s *session, o *web.Office, dir string) (err error) {
	if o.Waiting, err = waiting.Open(filepath.Join(dir, "waiting")); err != nil {
		return err
	}
	o.Ring = keysOf(s, dir, o.Now)
	o.Held = func() (*identity.Ring, error) {
		path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
		if err != nil {
			return nil, err
		}
		return identity.Existing(path, dir)
	}
	return nil
}

// keysOf gives the keys of pseudonyms for a record in a folder, made where there are
// none yet.
func keysOf(s *session, dir string, now func() time.Time) func() (*identity.Ring, error) {
	return func() (*identity.Ring, error) {
		path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
		if err != nil {
			return nil, err
		}
		ring, made, err := identity.Open(path, dir, rand.Reader, now())
		if made {
			_, _ = fmt.Fprintln(s.stdout, s.text("import.key-made", "path", path)) // what needs them goes on
		}
		return ring, err
	}
}
