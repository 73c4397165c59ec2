package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/dampak/dampak/internal/jobs"
	"github.com/dampak/dampak/internal/problem"
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

// beside runs the jobs of a record beside its pages, until stop, which waits for
// what is under way; the record is closed after that.
func beside(ctx context.Context, record *store.Store, mail *jobs.Mail) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		jobs.Run(ctx, jobs.Config{Store: record, Mail: mail, Log: slog.Default()})
	}()
	return func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(stopTakes): // a mail server that does not answer
		}
	}
}
