package main

import (
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bar draws the progress of one study on a watched terminal; elsewhere it does
// nothing.
type bar struct {
	container *mpb.Progress
	bar       *mpb.Bar
	doing     atomic.Value
}

// steps is the resolution of a bar.
const steps = 1000

func (s *session) newBar(name string) *bar {
	b := &bar{}
	b.doing.Store("")
	if !s.watched {
		return b
	}
	b.container = mpb.NewWithContext(s.ctx, mpb.WithOutput(s.stderr), mpb.WithWidth(40))
	b.bar = b.container.AddBar(steps, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WC{C: decor.DindentRight | decor.DextraSpace})),
		mpb.AppendDecorators(decor.Percentage(), decor.Any(func(decor.Statistics) string { return "  " + b.doing.Load().(string) })))
	return b
}

// tell moves the bar; shares never go back.
func (b *bar) tell(doing string, share float64) {
	b.doing.Store(doing)
	if b.bar != nil {
		b.bar.SetCurrent(int64(min(share, 0.999) * steps))
	}
}

// done takes the bar away.
func (b *bar) done() {
	if b.bar != nil {
		b.bar.SetCurrent(steps)
		b.container.Wait()
	}
}
