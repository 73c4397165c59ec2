package runs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/dummy"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/run"
)

// dummyRows is how many rows are made up for a source of a run on made-up rows:
// enough for every design to answer.
const dummyRows = 5000

// closed stands in the list of deviations for a region that the run did not see.
const closed = "closed"

// job is a run in hand.
type job struct {
	Config
	worker string
	run    study.Run
	stop   context.CancelCauseFunc

	mu    sync.Mutex
	doing string
	share float64
	reads []opened // what it computes on; nil: not known yet
}

// tell is handed to package run.
func (j *job) tell(doing string, share float64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.doing, j.share = doing, min(max(share, 0), 1)
}

// beat says that the worker lives, and stops the computation when the run is no
// longer its own or what it reads is no longer open.
func (j *job) beat(ctx context.Context) {
	tick := time.NewTicker(j.Lease / 4)
	defer tick.Stop()
	missed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		j.mu.Lock()
		doing, share, reads := j.doing, j.share, j.reads
		j.mu.Unlock()
		err := j.Store.BeatRun(ctx, j.worker, j.run.ID, j.Lease, doing, share)
		switch {
		case errors.Is(err, store.ErrLeaseLost):
			j.stop(err)
			return
		case err == nil:
			missed = time.Now()
		case time.Since(missed) > j.Lease: // by now another may have it
			j.stop(store.ErrLeaseLost)
			return
		}
		_, now, err := j.open(ctx)
		if err == nil {
			err = changed(reads, now)
		}
		if errors.As(err, new(*shutError)) {
			j.stop(err)
			return
		}
	}
}

// open asks the gate, now.
func (j *job) open(ctx context.Context) (c store.Case, all []opened, err error) {
	if j.run.Dummy {
		return c, nil, nil
	}
	err = j.Store.View(ctx, func(r *store.Reader) error {
		c, all, err = gate(r, j.Store.Contents(), j.run, j.Store.Now())
		return err
	})
	return c, all, err
}

// compute answers the plan on what is open, and brings the answer into the record; what
// cannot come into it is not kept.
func (j *job) compute(ctx context.Context) error {
	plan, err := designs.Parse([]byte(j.run.Plan), "")
	if err != nil {
		return err
	}
	before, all, err := j.open(ctx)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.reads = all
	j.mu.Unlock()
	dir := filepath.Join(j.Dir, j.worker)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &unwritable{err}
	}
	defer os.RemoveAll(dir)
	sources, err := j.sources(ctx, dir, plan, all)
	if err != nil {
		return err
	}
	recording, kept := replay.Recording(j.Engine, func(s engine.Source) (string, error) { return j.identity(s) })
	// Whatever a run may take, one core and a quarter of the memory are left to the pages.
	opts := engine.Options{Threads: min(j.run.Limits.Threads, max(1, runtime.NumCPU()-1)), Memory: memory(j.run.Limits.Memory, machine()), TempDir: dir}
	d := draft{study: plan, moments: kept, sources: all, answer: study.Answer{Version: j.Version, Scope: []study.Opened{}}}
	if j.run.Baseline() {
		if d.measured, err = j.measure(ctx, recording, plan, readBy(plan, all).data.Periods, sources, opts); err != nil {
			return j.why(ctx, plan, all, opts, err)
		}
		if err := j.describe(&d.answer, plan, before, all); err != nil {
			return err
		}
		return j.record(ctx, d, opts)
	}
	got, err := run.Run(ctx, run.Input{Study: plan, Sources: sources, Engine: recording, Version: j.Version, Now: time.Now, Progress: j.tell, Options: opts})
	if err != nil {
		return j.why(ctx, plan, all, opts, err)
	}
	d.result = got
	if !j.run.Dummy && readBy(plan, all).dataset.Class != registry.PublicData {
		d.result = run.Untold(got)
	}
	if got.Verdict != nil {
		d.answer.Grade = string(got.Verdict.Grade)
	}
	if err := j.describe(&d.answer, plan, before, all); err != nil {
		return err
	}
	return j.record(ctx, d, opts)
}

// memory is what a run may take of a machine that has so many bytes; 0: not known.
func memory(asked, has int64) int64 {
	if has <= 0 {
		return asked
	}
	return min(asked, has/4*3)
}

// sources are the files of a run, cut to what is open; of made-up rows they are
// written first.
func (j *job) sources(ctx context.Context, dir string, plan *designs.Study, all []opened) ([]engine.Source, error) {
	i := slices.IndexFunc(j.run.Data, func(d study.RunData) bool { return d.Name == plan.Plan.Table })
	data := j.run.Data[i]
	if !j.run.Dummy {
		path, err := j.Store.Contents().File(data.Content)
		if err != nil {
			return nil, err
		}
		return []engine.Source{{Name: data.Name, Path: path, Called: all[i].dataset.Name, View: all[i].view}}, nil
	}
	c, err := contract.Read(j.Store.Contents(), data.Contract)
	if err != nil {
		return nil, err
	}
	rows, err := dummy.New(c, dummyRows, 1)
	if err != nil {
		return nil, err
	}
	for _, p := range plan.Constant() {
		rows.Hold(p[0], p[1])
	}
	path := filepath.Join(dir, "made-up.csv")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, &unwritable{err}
	}
	err = dummy.CSV(ctx, f, rows)
	return []engine.Source{{Name: data.Name, Path: path, Called: data.Name}}, errors.Join(err, f.Close())
}

// identity is the hash that stands for a source in the answer.
func (j *job) identity(s engine.Source) (string, error) {
	i := slices.IndexFunc(j.run.Data, func(d study.RunData) bool { return d.Name == s.Name })
	if j.run.Data[i].Content != "" {
		return j.run.Data[i].Content, nil
	}
	return run.HashFile(s.Path)
}

// describe says under what the run ran, and how it differs from what is registered.
func (j *job) describe(a *study.Answer, plan *designs.Study, c store.Case, all []opened) error {
	if j.run.Dummy {
		return nil
	}
	if c.Agreement != nil {
		a.Agreement = c.Agreement.Agreement.ID
	}
	if c.Permit != nil {
		a.Permit = c.Permit.ID
	}
	ran := study.Ran{Design: plan, Shut: map[string]string{}}
	var registration study.Registration
	if n := j.run.Registration; n > 0 { // by its number: the clock may have been set back since
		registration = c.Study.Registrations[n-1]
	}
	for _, o := range all {
		a.Scope = append(a.Scope, study.OpenedOf(o.data.Name, o.data.Dataset, o.scope))
		use := study.Use{Name: o.data.Name, Dataset: o.data.Dataset, Contract: o.data.Contract}
		if i := slices.IndexFunc(registration.Data, func(u study.Use) bool { return u.Name == o.data.Name }); i >= 0 {
			use.Period = registration.Data[i].Period
		}
		ran.Data = append(ran.Data, use)
		for _, code := range o.shut {
			if o.meant(plan.Plan, code) {
				ran.Shut[code] = closed
			}
		}
	}
	if j.run.Baseline() {
		return nil // there is no registration yet
	}
	var err error
	a.Deviations, err = study.Deviations(registration, ran)
	return err
}

func tableOf(k *replay.Kept, name string) (replay.Table, bool) {
	i := slices.IndexFunc(k.Tables, func(t replay.Table) bool { return t.Name == name })
	if i < 0 {
		return replay.Table{}, false
	}
	return k.Tables[i], true
}

func columnsOf(t replay.Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}
