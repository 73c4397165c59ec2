package run

import "sync"

// progress turns the rounds of all outcomes into one share of the whole. The
// number of rounds is not known before, so each further round of an outcome
// covers half of what is left of its part.
type progress struct {
	mu       sync.Mutex
	tell     func(doing string, share float64)
	outcomes int
	current  int
	done     float64 // of the current outcome
	doing    string
}

func newProgress(tell func(string, float64), outcomes int) *progress {
	return &progress{tell: tell, outcomes: max(outcomes, 1)}
}

// outcome starts the analysis of the i-th outcome.
func (p *progress) outcome(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current, p.done = i, 0
}

// round starts a round and says what it does.
func (p *progress) round(doing string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = doing
	p.done += (1 - p.done) / 2
	p.say(0)
}

// engine is told by the engine how far its current work is.
func (p *progress) engine(doing string, share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if doing != "" && p.doing == "" {
		p.doing = doing
	}
	p.say(max(share, 0))
}

func (p *progress) say(share float64) {
	if p.tell == nil {
		return
	}
	within := p.done - (1-p.done)*(1-share) // the round's part lies before p.done
	p.tell(p.doing, (float64(p.current)+max(within, 0))/float64(p.outcomes))
}
