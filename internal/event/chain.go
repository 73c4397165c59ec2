package event

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strconv"

	"github.com/dampak/dampak/internal/problem"
)

// Anchor is a place in the log: the number and the hash of an event. It is
// printed as SEQ:HASH on letters and reports; the head of the log is one too.
type Anchor struct {
	Seq  int64  // 0 for the empty log
	Hash string // 64 lowercase hex digits; Origin for the empty log
}

// String is SEQ:HASH.
func (a Anchor) String() string { return strconv.FormatInt(a.Seq, 10) + ":" + a.Hash }

// Anchor is the place of the event.
func (e Event) Anchor() Anchor { return Anchor{Seq: e.Seq, Hash: e.Hash} }

var anchor = regexp.MustCompile(`^(0|[1-9][0-9]{0,17}):([0-9a-f]{64})$`)

// ParseAnchor reads SEQ:HASH.
func ParseAnchor(s string) (Anchor, error) {
	m := anchor.FindStringSubmatch(s)
	if m == nil {
		return Anchor{}, problem.New("anchor", "found", s)
	}
	seq, err := strconv.ParseInt(m[1], 10, 64)
	return Anchor{Seq: seq, Hash: m[2]}, err
}

// FaultKind is what was done to a log.
type FaultKind string

// The kinds of faults. The last two only an anchor can show.
const (
	Changed   FaultKind = "changed"   // an event does not hold what was written
	Removed   FaultKind = "removed"   // an event that others were written after is gone
	Reordered FaultKind = "reordered" // an event stands at another place than it was written at
	Added     FaultKind = "added"     // an event stands behind the head
	Headless  FaultKind = "headless"  // the last event and the head of the log disagree
	Truncated FaultKind = "truncated" // the log ends before the anchor
	Rewritten FaultKind = "rewritten" // the log is whole, but another than the anchored one
)

// Fault is the first thing that is wrong in a log. It is an error that carries
// a problem with its sentence.
type Fault struct {
	Kind    FaultKind
	Seq     int64  // the place
	ID      string // of the event that stands there; empty when none does
	Object  Object // of the same event
	Written int64  // Reordered: the place at which it was written; 0 unknown
}

// Unwrap gives the problem in words.
func (f *Fault) Unwrap() error {
	object := ""
	if f.Object.ID != "" {
		object = f.Object.String()
	}
	return problem.New("log-"+string(f.Kind), "seq", f.Seq, "id", f.ID, "object", object, "written", f.Written)
}

// Error is the English sentence.
func (f *Fault) Error() string { return f.Unwrap().Error() }

// Unreadable is the fault of an event whose columns no longer hold an event.
func Unreadable(seq int64, id string) *Fault { return &Fault{Kind: Changed, Seq: seq, ID: id} }

func fault(kind FaultKind, e Event) *Fault {
	return &Fault{Kind: kind, Seq: e.Seq, ID: e.ID, Object: e.Object}
}

// Verify proves a log: that each event holds what was written, in the order in
// which it was written, up to the head, and that it passes through the anchors.
// The log comes in the order of Seq and is walked once more when a fault is
// found, to tell what was done. Errors: a *Fault for the first event that is
// wrong (a fault that the log itself yields counts as one), or an error of the
// log.
func Verify(log iter.Seq2[Event, error], head Anchor, anchors ...Anchor) error {
	last := Anchor{Hash: Origin}
	if err := passes(last, anchors); err != nil {
		return err
	}
	for e, err := range log {
		var f *Fault
		if errors.As(err, &f) && f.Seq == last.Seq+1 {
			return f
		}
		if err != nil && f == nil {
			return err
		}
		if f != nil || e.Seq != last.Seq+1 || e.Prev != last.Hash || e.Check() != nil || e.sum() != e.Hash {
			if f != nil {
				e = Event{Seq: f.Seq, ID: f.ID}
			}
			return tell(log, last, e, head)
		}
		last = e.Anchor()
		if last.Seq == head.Seq+1 {
			return fault(Added, e)
		}
		if err := passes(last, anchors); err != nil {
			return err
		}
		if last.Seq == head.Seq && last.Hash != head.Hash {
			return fault(Headless, e)
		}
	}
	if last.Seq < head.Seq {
		return &Fault{Kind: Removed, Seq: last.Seq + 1}
	}
	for _, a := range anchors {
		if a.Seq > last.Seq {
			return &Fault{Kind: Truncated, Seq: a.Seq, Written: last.Seq}
		}
	}
	return nil
}

func passes(at Anchor, anchors []Anchor) error {
	for _, a := range anchors {
		if a.Seq == at.Seq && a.Hash != at.Hash {
			return &Fault{Kind: Rewritten, Seq: a.Seq}
		}
	}
	return nil
}

// manyRemoved is how many removed events the search for an event's own place
// looks past.
const manyRemoved = 1_000_000

// tell finds out what was done where the event e does not follow the place
// last. Only hashes are believed: an event was written at the place with which
// its content gives its hash.
func tell(log iter.Seq2[Event, error], last Anchor, e Event, head Anchor) error {
	expected := last.Seq + 1
	written, count := int64(0), int64(0)
	var missing *Event // what was written at the expected place, wherever it stands
	for other, err := range log {
		if err != nil || other.Check() != nil {
			continue
		}
		count++
		if at := other; other.Seq != expected {
			if at.Seq = expected; at.sum() == other.Hash && missing == nil {
				missing = &other
			}
		}
	}
	if e.Check() == nil {
		// The head may have been tampered with too: its number bounds no loop.
		most := min(max(head.Seq, count), count+manyRemoved)
		for k := int64(1); k <= most+1 && written == 0; k++ {
			at := e
			if at.Seq = k; at.sum() == e.Hash {
				written = k
			}
		}
	}
	switch {
	case e.Seq != expected && missing != nil:
		f := fault(Reordered, *missing)
		f.Written = expected
		return f
	case e.Seq != expected:
		return &Fault{Kind: Removed, Seq: expected}
	case written == 0:
		return fault(Changed, e)
	case written == expected && last.Seq > 0:
		// Whole in itself, but it was written after an event with another hash.
		return before(log, last)
	case written == expected:
		return fault(Changed, e)
	case missing == nil:
		return &Fault{Kind: Removed, Seq: expected}
	}
	f := fault(Reordered, e)
	f.Written = written
	return f
}

// before names the event at a place whose hash its successor does not know.
func before(log iter.Seq2[Event, error], at Anchor) error {
	for e, err := range log {
		if err == nil && e.Seq == at.Seq {
			return fault(Changed, e)
		}
	}
	return fmt.Errorf("event %d is gone while the log is read", at.Seq)
}
