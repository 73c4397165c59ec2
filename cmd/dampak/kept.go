package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/dampak/dampak/engine"
)

// kept is an engine that reads each set of files once, for studies that share
// them: Close on a session of it does nothing, Close of the engine ends them all. Studies
// must run one after the other.
type kept struct {
	engine.Engine
	sessions map[string]engine.Session
	progress func(doing string, share float64) // of the study that runs
}

func keep(e engine.Engine) *kept { return &kept{Engine: e, sessions: map[string]engine.Session{}} }

// Open opens the sources, or gives the session that holds them already.
func (k *kept) Open(ctx context.Context, sources []engine.Source, opts engine.Options) (engine.Session, error) {
	k.progress = opts.Progress
	key := fmt.Sprint(sources)
	if s, ok := k.sessions[key]; ok {
		return lasting{s}, nil
	}
	opts.Progress = func(doing string, share float64) {
		if k.progress != nil {
			k.progress(doing, share)
		}
	}
	s, err := k.Engine.Open(ctx, sources, opts)
	if err != nil {
		return nil, err
	}
	k.sessions[key] = s
	return lasting{s}, nil
}

// Close ends all sessions.
func (k *kept) Close() error {
	var all []error
	for _, s := range k.sessions {
		all = append(all, s.Close())
	}
	return errors.Join(all...)
}

// lasting is a session that stays open.
type lasting struct{ engine.Session }

// Close leaves the session to its engine.
func (lasting) Close() error { return nil }
