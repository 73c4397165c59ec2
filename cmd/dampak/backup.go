package main

import (
	"errors"

	"github.com/dampak/dampak/internal/access"
)

type backupCmd struct {
	recordFlags
	actorFlags
	Out string `short:"o" required:"" help:"${help_backup_out}" placeholder:"FILE"`
}

// Run copies the record into a file while others use it, and removes copies that
// have outlived what they may hold.
func (c backupCmd) Run(s *session) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	record, err := c.open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	by, err := c.actor(s, record, access.RecordBackup)
	if err != nil {
		return err
	}
	made, err := record.Backup(s.ctx, by, c.Out)
	if err != nil {
		return err
	}
	lines := []string{s.text("backup.done", "path", c.Out, "head", made.Head.String(), "contents", made.Contents)}
	removed, err := record.PruneBackups(s.ctx)
	if len(removed) > 0 {
		lines = append(lines, s.text("backup.removed", "files", removed))
	}
	return errors.Join(s.lines(lines...), err)
}
