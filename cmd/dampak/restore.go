package main

import (
	"fmt"
	"time"

	"github.com/dampak/dampak/internal/store"
)

type restoreCmd struct {
	File string `arg:"" help:"${help_restore_file}"`
	Dir  string `required:"" help:"${help_restore_dir}" placeholder:"DIR"`
	actorFlags
}

// Run unpacks a backup into an empty folder and proves the record in it.
func (c restoreCmd) Run(s *session) error {
	by, err := c.actor()
	if err != nil {
		return err
	}
	got, err := store.Restore(s.ctx, store.Config{Now: time.Now}, by, c.File, c.Dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("restore.done", "path", c.Dir, "head", got.Head.String(), "contents", got.Contents, "now", got.Now.String()))
	return err
}
