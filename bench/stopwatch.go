package bench

import (
	"context"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// stopwatch is an engine that adds up the time spent in Collect, and counts.
type stopwatch struct {
	engine.Engine
	spent    time.Duration
	requests int
}

// Open opens the engine's session under the watch.
func (w *stopwatch) Open(ctx context.Context, sources []engine.Source, opts engine.Options) (engine.Session, error) {
	s, err := w.Engine.Open(ctx, sources, opts)
	if err != nil {
		return nil, err
	}
	return timedSession{Session: s, watch: w}, nil
}

type timedSession struct {
	engine.Session
	watch *stopwatch
}

// Collect answers a request and keeps the time.
func (s timedSession) Collect(ctx context.Context, r moments.Request) (moments.Statistic, error) {
	start := time.Now()
	defer func() {
		s.watch.spent += time.Since(start)
		s.watch.requests++
	}()
	return s.Session.Collect(ctx, r)
}
