package store

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// kept are the states of objects in Go, by the number of the event that left them
// so: a permit is some ten kilobytes of JSON, and a page asks for many. A number
// stands for the same state for ever. What is kept is shared: nobody changes it.
type kept struct {
	types  *event.Types
	mu     sync.Mutex
	states map[int64]any

	// What agreements depend on, as the newest event of any of them has left it.
	agreed int64
	bounds map[string]*cooperation.Bound
	overs  map[registry.Day][]string // which were over on a day
}

// since forgets what rests on agreements as they were, where a record's newest event
// of one is newer; false where it is older, that of a reader of a moment ago.
func (k *kept) since(agreed int64) bool {
	if agreed > k.agreed || k.overs == nil {
		k.agreed, k.bounds, k.overs = agreed, map[string]*cooperation.Bound{}, map[registry.Day][]string{}
	}
	return agreed == k.agreed
}

// bound gives an agreement with what it depends on, where it is kept for a record
// whose newest event of an agreement has that number.
func (k *kept) bound(agreed int64, id string) (*cooperation.Bound, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.since(agreed) {
		return nil, false
	}
	b, ok := k.bounds[id]
	return b, ok
}

func (k *kept) putBound(agreed int64, id string, b *cooperation.Bound) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if agreed == k.agreed && len(k.bounds) < mostKept {
		k.bounds[id] = b
	}
}

// over gives the agreements that were over on a day, where that is kept as bound.
func (k *kept) over(agreed int64, day registry.Day) ([]string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.since(agreed) {
		return nil, false
	}
	all, ok := k.overs[day]
	return all, ok
}

func (k *kept) putOver(agreed int64, day registry.Day, all []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if agreed == k.agreed && len(k.overs) < mostKept {
		k.overs[day] = slices.Clip(all)
	}
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
	if v, ok := keptState[T](r, seq); ok {
		return v, nil
	}
	v, err := decode()
	if err == nil && r.keeps() {
		r.kept.put(seq, v)
	}
	return v, err
}

// stateRow is a row that has a state as its value.
type stateRow struct {
	ID       string          `db:"id"`
	Revision int64           `db:"revision"`
	Value    json.RawMessage `db:"value"`
}

// statesWhere gives the states of the rows of a table that the tail of a SELECT
// picks. Values that are kept are not read, for they are the most of a row.
func statesWhere[T any](from From, table, tail string, args ...any) ([]T, error) {
	type headRow struct {
		ID       string `db:"id"`
		Revision int64  `db:"revision"`
	}
	r := from.reader()
	rows, err := Query[headRow](from, "SELECT id, revision FROM "+table+" "+tail, args...)
	if err != nil {
		return nil, err
	}
	all := make([]T, len(rows))
	at := map[string]int{}
	var missing []string
	for i, row := range rows {
		if v, ok := keptState[T](r, row.Revision); ok {
			all[i] = v
			continue
		}
		at[row.ID] = i
		missing = append(missing, row.ID)
	}
	for some := range slices.Chunk(missing, 500) { // a statement takes so many arguments
		in, with := among(some)
		found, err := Query[stateRow](from, "SELECT id, revision, value FROM "+table+" WHERE id IN "+in, with...)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			if all[at[row.ID]], err = state(r, row.Revision, func() (T, error) { return Read[T](row.Value) }); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// keptState gives a state that is kept.
func keptState[T any](r *Reader, seq int64) (T, bool) {
	var none T
	if !r.keeps() {
		return none, false
	}
	found, ok := r.kept.get(seq)
	if !ok {
		return none, false
	}
	v, is := found.(T)
	return v, is
}

// keeps tells whether a reader may use what is kept: a replay may be of another log.
func (r *Reader) keeps() bool { return r.kept != nil && r.mode != applying }
