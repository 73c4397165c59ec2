package main

import (
	"fmt"
	"time"

	"github.com/dampak/dampak/internal/store"
)

type restoreCmd struct {
	File string `arg:"" help:"${help_restore_file}"`
	recordFlags
	actorFlags
}

// Run brings a backup back into an empty folder or PostgreSQL database and
// proves the record there.
func (c restoreCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	by := localAdministrator()
	if c.As != "" {
		by.User, by.Capacity = c.As, "" // the restored record says who that is
	}
	got, err := store.Restore(s.ctx, store.Config{Dir: c.Dir, URL: c.Database, Now: time.Now}, by, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("restore.done", "path", got.Place, "head", got.Head.String(), "contents", got.Contents, "now", got.Now.String()))
	return err
}
