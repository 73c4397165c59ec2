package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/jobs"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
)

// mailFlags say where the weekly e-mail goes out. A password in the variable is
// not seen by who lists the machine's processes.
type mailFlags struct {
	SMTP     string `name:"smtp" env:"DAMPAK_SMTP" help:"${help_serve_smtp}" placeholder:"URL"`
	MailFrom string `help:"${help_serve_mail_from}" placeholder:"ADDRESS"`
}

// mail is the way out for e-mail to readers of pages at an address; nil where
// none is configured.
func (f mailFlags) mail(pages string) (*jobs.Mail, error) {
	if f.SMTP == "" {
		if f.MailFrom != "" {
			return nil, problem.Usage("serve-mail-alone")
		}
		return nil, nil
	}
	return jobs.NewMail(f.SMTP, f.MailFrom, pages)
}

// beside runs the jobs of a record, and the runs of its studies, beside its pages,
// until stop, which waits for what is under way; the record is closed after that. Dir
// is the record's folder; without one it keeps no rows, and no run has any.
func beside(ctx context.Context, record *store.Store, dir string, mail *jobs.Mail) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { jobs.Run(ctx, jobs.Config{Store: record, Mail: mail, Log: slog.Default()}) })
	if dir != "" {
		all.Go(func() {
			err := runs.Work(ctx, runs.Config{Store: record, Engine: duckdb.New(), Dir: filepath.Join(dir, "runs"), Version: version, Log: slog.Default()}, workerName())
			if err != nil {
				slog.Error("no runs are done", "error", problem.Mask(err.Error()))
			}
		})
	}
	return func() {
		cancel()
		ended := make(chan struct{})
		go func() { defer close(ended); all.Wait() }()
		select {
		case <-ended:
		case <-time.After(stopTakes): // a mail server that does not answer
		}
	}
}

// workerName tells this process from any other, on this machine or another.
func workerName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
