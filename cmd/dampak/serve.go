package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web"
	"github.com/dampak/dampak/internal/web/api"
)

type serveCmd struct {
	recordFlags
	Addr     string `help:"${help_addr}" default:"127.0.0.1:8080" placeholder:"ADDR"`
	URL      string `name:"url" help:"${help_serve_url}" placeholder:"URL"`
	Now      string `help:"${help_serve_now}" placeholder:"INSTANT"`
	NoBackup bool   `help:"${help_serve_no_backup}"`
	mailFlags

	BehindProxy bool `help:"${help_serve_behind_proxy}"`
}

// Run opens the record, made or brought up to date where needed, and serves its
// pages until it is told to stop.
func (c serveCmd) Run(s *session) (err error) {
	now, err := clock(c.Now)
	if err != nil {
		return err
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		return problem.Usage("serve-url", "found", c.URL)
	}
	mail, err := c.mail(c.URL)
	if err != nil {
		return err
	}
	listener, err := listen(s.ctx, c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server closes it first, unless it never began
	record, err := store.Open(s.ctx, store.Config{Dir: c.Dir, URL: c.Database, Now: now, Migrate: true, NoBackup: c.NoBackup})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	if c.Now != "" {
		if err := record.CheckClock(s.ctx); err != nil {
			return err
		}
	}
	defer beside(s.ctx, record, c.Dir, mail)()
	figures, err := site(nil)
	if err != nil {
		return err
	}
	o := web.Office{Store: record, Now: now, URL: c.URL, BehindProxy: c.BehindProxy}
	if c.Dir != "" {
		o.Backups = filepath.Join(c.Dir, "backups")
		if err := takesUploads(s, &o, c.Dir); err != nil {
			return err
		}
	}
	pages, err := office(o, figures)
	if err != nil {
		return err
	}
	address := c.URL
	if address == "" {
		address = "http://" + listener.Addr().String()
	}
	address = strings.TrimSuffix(address, "/")
	first, err := pages.FirstRun(s.ctx)
	if err == nil {
		_, err = fmt.Fprintln(s.stdout, s.text("serve.ready", "url", address+"/"))
	}
	if err == nil && first != "" {
		_, err = fmt.Fprintln(s.stdout, s.text("serve.first", "url", address+"/"+string(s.lang)+first))
	}
	if err != nil {
		return err
	}
	if err := serveUntil(s.ctx, listener, pages); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("serve.stopped"))
	return err
}

// office makes the pages of a record with the API beside them.
func office(o web.Office, figures ...web.Site) (*web.Pages, error) {
	// A record of an invented world says so itself, whichever command serves it.
	err := o.Store.View(context.Background(), func(r *store.Reader) error {
		marked, err := store.Example(r)
		o.Example = o.Example || marked
		return err
	})
	if err != nil {
		return nil, err
	}
	pages := web.NewOffice(o, figures...)
	programs, err := api.New(api.Config{Record: o.Store, Session: pages.SessionUser, Origin: pages.Origin, Waiting: o.Waiting, Ring: o.Ring, Held: o.Held})
	if err != nil {
		return nil, err
	}
	pages.Mount(programs)
	return pages, nil
}

// clock is the time of day, or a clock that runs on from an instant; a day begins
// at midnight in Asia/Jakarta.
func clock(from string) (func() time.Time, error) {
	if from == "" {
		return time.Now, nil
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, from, time.FixedZone("WIB", 7*60*60))
	}
	if err != nil {
		return nil, problem.Usage("serve-now", "found", from).Because(err)
	}
	return runsOn(at), nil
}

// runsOn is a clock that begins at an instant.
func runsOn(at time.Time) func() time.Time {
	begun := time.Now()
	return func() time.Time { return at.Add(time.Since(begun)) }
}

// How long a request may take; a proof of a long record is the slowest.
const (
	headerTakes = 10 * time.Second
	bodyTakes   = 30 * time.Second
	answerTakes = 3 * time.Minute
	idleTakes   = 2 * time.Minute
	stopTakes   = 10 * time.Second
	mostHeader  = 32 << 10
)

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: headerTakes, ReadTimeout: bodyTakes, WriteTimeout: answerTakes, IdleTimeout: idleTakes, MaxHeaderBytes: mostHeader}
}

// serveUntil serves until the context ends, then lets requests under way finish.
func serveUntil(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := newServer(h)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	wait, stop := context.WithTimeout(context.WithoutCancel(ctx), stopTakes)
	defer stop()
	if err := server.Shutdown(wait); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
