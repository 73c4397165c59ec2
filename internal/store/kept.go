package store

import (
	"encoding/json"
	"sync"

	"github.com/dampak/dampak/internal/event"
)

// kept are the states of objects in Go, by the number of the event that left them
// so: a permit is some ten kilobytes of JSON, and a page asks for many. A number
// stands for the same state for ever. What is kept is shared: nobody changes it.
type kept struct {
	types  *event.Types
	mu     sync.Mutex
	states map[int64]any
}

// mostKept is how many states are kept.
const mostKept = 1024

func (k *kept) get(seq int64) (any, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.states[seq]
	return v, ok
}

func (k *kept) put(seq int64, v any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for old := range k.states { // any one: the order of a map is chance
		if len(k.states) < mostKept {
			break
		}
		delete(k.states, old)
	}
	k.states[seq] = v
}

// state gives the state that an event has left, decoding it where it is not kept.
func state[T any](r *Reader, seq int64, decode func() (T, error)) (T, error) {
	if r.kept == nil || r.mode == applying { // a replay may be of another log
		return decode()
	}
	if found, ok := r.kept.get(seq); ok {
		if v, is := found.(T); is {
			return v, nil
		}
	}
	v, err := decode()
	if err == nil {
		r.kept.put(seq, v)
	}
	return v, err
}

// stateIn is state for a row that has the state as its value.
func stateIn[T any](r *Reader, revision int64, value json.RawMessage) (T, error) {
	return state(r, revision, func() (T, error) { return Read[T](value) })
}
