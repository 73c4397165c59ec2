package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

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
	now := o.Now
	o.Ring = func() (*identity.Ring, error) {
		path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
		if err != nil {
			return nil, err
		}
		ring, made, err := identity.Open(path, dir, rand.Reader, now())
		if made {
			_, _ = fmt.Fprintln(s.stdout, s.text("import.key-made", "path", path)) // the upload goes on
		}
		return ring, err
	}
	o.Held = func() (*identity.Ring, error) {
		path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
		if err != nil {
			return nil, err
		}
		return identity.Existing(path, dir)
	}
	return nil
}
