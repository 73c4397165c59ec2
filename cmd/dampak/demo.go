package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/demo"
	demorecord "github.com/dampak/dampak/internal/demo/record"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/web"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

type demoCmd struct {
	Households int    `help:"${help_households}" default:"20000" placeholder:"N"`
	Seed       uint64 `help:"${help_seed}" default:"20200921" placeholder:"N"`
	Addr       string `help:"${help_addr}" default:"127.0.0.1:8080" placeholder:"ADDR"`
	Dir        string `help:"${help_dir}" placeholder:"DIR"`
	Now        string `help:"${help_serve_now}" placeholder:"INSTANT"`
	NoServe    bool   `help:"${help_no_serve}"`
}

// answered is one study of the demo with what its run gave.
type answered struct {
	demo.Study
	input report.Input
}

// Run makes the world, runs its studies, and serves the pages unless told not
// to. The pages are up from the start and show the progress until all is ready.
func (c demoCmd) Run(s *session) (err error) {
	now, err := clock(c.Now)
	if err != nil {
		return err
	}
	begun := now()
	if registry.DayOf(begun) < demorecord.FirstDay {
		return problem.Usage("demo-now", "found", c.Now, "first", string(demorecord.FirstDay))
	}
	if c.NoServe {
		studies, err := c.answers(s, now, func(result.Text, float64) {})
		if err != nil {
			return err
		}
		return s.printStudies(studies)
	}
	listener, err := listen(s.ctx, c.Addr)
	if err != nil {
		return err
	}
	dir := c.recordDir(begun)
	if c.Now != "" {
		if now, err = afterLast(s.ctx, dir, now); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	record, logins, err := openDemoRecord(s, dir, now)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	defer beside(s.ctx, record, dir, nil)()
	o := web.Office{Store: record, Now: now, Start: "/perjanjian", Backups: filepath.Join(dir, "backups")}
	if err := takesUploads(s, &o, dir); err != nil {
		return errors.Join(err, listener.Close())
	}
	pages, err := office(o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := newServer(pages)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer server.Close()
	if _, err := fmt.Fprint(s.stdout, s.loginWords("http://"+listener.Addr().String()+"/", logins)); err != nil {
		return err
	}
	studies, err := c.answers(s, now, pages.Progress)
	if err != nil {
		return err
	}
	site, err := site(studies)
	if err != nil {
		return err
	}
	pages.Ready(site)
	select {
	case <-s.ctx.Done():
		return nil
	case err := <-served:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}

// portsTried is how many ports are tried when the first is taken.
const portsTried = 20

// listen takes the address, or the next free port behind it.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, problem.Usage("usage-value", "word", "--addr").Because(err)
	}
	first, err := strconv.Atoi(port)
	if err != nil || first < 0 || first > 65535 {
		return nil, problem.Usage("usage-value", "word", "--addr")
	}
	var config net.ListenConfig
	var failed error
	for i := 0; i < portsTried && first+i <= 65535; i++ {
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(first+i)))
		if err == nil {
			return l, nil
		}
		failed = err
	}
	return nil, problem.New("port-taken", "addr", addr, "what", failed.Error()).Because(failed)
}

// dir is the folder of the demo's world.
func (c demoCmd) dir() string {
	if c.Dir != "" {
		return c.Dir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "dampak", fmt.Sprintf("demo-%d-%d-%d", demo.Version, c.Seed, c.Households))
}

// recordDir is the folder of the demo's record, beside the world, whose folder holds
// nothing else. A demo of another time has one of its own: nobody would be in office
// yet in that of another.
func (c demoCmd) recordDir(begun time.Time) string {
	dir := fmt.Sprintf("%s-record-%d", c.dir(), demorecord.Version)
	if c.Now != "" {
		dir += "-" + begun.UTC().Format("20060102T150405")
	}
	return dir
}

// makingShare is the part of the progress that making the world takes.
const makingShare = 0.4

// answers makes the world, or finds it made, and runs its studies.
func (c demoCmd) answers(s *session, now func() time.Time, tell func(doing result.Text, share float64)) (out []answered, err error) {
	making := s.newBar(s.text("demo.making"))
	world, err := demo.Make(s.ctx, c.dir(), demo.Options{Seed: c.Seed, Households: c.Households}, func(share float64) {
		making.tell("", share)
		tell(inBoth("demo.making", nil), share*makingShare)
	})
	making.done()
	if err != nil {
		return nil, err
	}
	studies, err := demo.Studies(world)
	if err != nil {
		return nil, err
	}
	reader := keep(duckdb.New())
	defer func() {
		if closed := reader.Close(); err == nil {
			err = closed
		}
	}()
	for i, study := range studies {
		doing := inBoth("demo.running", map[string]any{"id": study.ID})
		one, err := s.answerDemo(study, reader, now, func(share float64) {
			tell(doing, makingShare+(1-makingShare)*(float64(i)+share)/float64(len(studies)))
		})
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	putBeside(out)
	return out, nil
}

// putBeside gives each report the answers of the studies of the same effect.
func putBeside(all []answered) {
	for i := range all {
		for _, id := range all[i].Beside {
			at := slices.IndexFunc(all, func(a answered) bool { return a.ID == id })
			if at < 0 {
				continue
			}
			other := all[at].input
			all[i].input.Beside = append(all[i].input.Beside, report.Beside{Title: both(other.Study.Plan.Title), Result: other.Result})
		}
	}
}

// inBoth gives a sentence in both languages: a page's reader chooses.
func inBoth(key string, values map[string]any) result.Text {
	return result.Text{ID: i18n.Text(i18n.ID, key, values), EN: i18n.Text(i18n.EN, key, values)}
}

// answerDemo runs one study of the demo; its report is dated now.
func (s *session) answerDemo(d demo.Study, reader engine.Engine, now func() time.Time, tell func(share float64)) (answered, error) {
	study, err := designs.Parse(d.Plan, d.PlanFile)
	if err != nil {
		return answered{}, err
	}
	table := study.Plan.Table
	sources := []engine.Source{{Name: table, Path: d.Data[table]}}
	progress := s.newBar(d.ID)
	r, err := run.Run(s.ctx, run.Input{
		Study: study, Sources: sources, Engine: reader, Version: version, Now: time.Now,
		Progress: func(doing string, share float64) { progress.tell(doing, share); tell(share) },
	})
	progress.done()
	if err != nil {
		return answered{}, err
	}
	in := report.Input{Result: r, Study: study, Source: d.Source, Notes: d.Notes, Printed: now(),
		Command: repeat(d.PlanFile, sources)}
	for _, e := range r.Estimates {
		if value, known := d.True(e); known {
			in.Truth = append(in.Truth, report.Truth{Term: e.Term, Group: e.Group, Time: e.Time, Event: e.Event, Value: value})
		}
	}
	return answered{Study: d, input: in}, nil
}

// printStudies prints each study's report as text.
func (s *session) printStudies(studies []answered) error {
	var b bytes.Buffer
	for i, a := range studies {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if err := report.Text(&b, a.input, s.lang); err != nil {
			return err
		}
	}
	_, err := s.stdout.Write(b.Bytes())
	return err
}

// grade is the verdict of a result, "" where it has none.
func grade(r result.Result) (result.Grade, result.Text) {
	if r.Verdict == nil {
		return "", result.Text{}
	}
	return r.Verdict.Grade, r.Verdict.Text
}
