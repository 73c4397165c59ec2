package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Bytes are what Hash is taken of: the event as canonical JSON without its own
// hash. Keys: actor (capacity, position, through, user, via), after, at,
// before, id, object (id, kind), prev, seq, type, version, why.
func (e Event) Bytes() []byte { return e.appendJSON(nil, false) }

// Encode gives the event with its hash as one line of canonical JSON, without a
// newline: the form in which logs travel.
func (e Event) Encode() []byte { return e.appendJSON(nil, true) }

// appendJSON writes the keys in byte order; before and after are canonical.
func (e Event) appendJSON(b []byte, withHash bool) []byte {
	text := func(key, s string) { b = appendString(append(b, key...), s) }
	raw := func(key string, v json.RawMessage) {
		b = append(b, key...)
		if v == nil {
			v = json.RawMessage("null")
		}
		b = append(b, v...)
	}
	text(`{"actor":{"capacity":`, string(e.Actor.Capacity))
	text(`,"position":`, e.Actor.Position)
	text(`,"through":`, e.Actor.Through)
	text(`,"user":`, e.Actor.User)
	text(`,"via":`, string(e.Actor.Via))
	raw(`},"after":`, e.After)
	text(`,"at":`, FormatInstant(e.At))
	raw(`,"before":`, e.Before)
	if withHash {
		text(`,"hash":`, e.Hash)
	}
	text(`,"id":`, e.ID)
	text(`,"object":{"id":`, e.Object.ID)
	text(`,"kind":`, e.Object.Kind)
	text(`},"prev":`, e.Prev)
	b = strconv.AppendInt(append(b, `,"seq":`...), e.Seq, 10)
	text(`,"type":`, e.Type)
	b = strconv.AppendInt(append(b, `,"version":`...), int64(e.Version), 10)
	text(`,"why":`, e.Why)
	return append(b, '}')
}

// sum is the hash that the event should have.
func (e Event) sum() string {
	s := sha256.Sum256(e.Bytes())
	return hex.EncodeToString(s[:])
}

// Seal makes an event the next one after a head: it sets Seq, Prev and Hash.
// Errors: what Check finds.
func Seal(e Event, head Anchor) (Event, error) {
	e.Seq, e.Prev = head.Seq+1, head.Hash
	if err := e.Check(); err != nil {
		return Event{}, fmt.Errorf("event %s: %w", e.Type, err)
	}
	e.Hash = e.sum()
	return e, nil
}

// Decode reads a line that Encode wrote and nothing else: any other spelling,
// a missing or an unknown key is an error. It does not look at the hash; Verify
// does.
func Decode(line []byte) (Event, error) {
	var w struct {
		Actor struct {
			User     string   `json:"user"`
			Position string   `json:"position"`
			Capacity Capacity `json:"capacity"`
			Via      Via      `json:"via"`
			Through  string   `json:"through"`
		} `json:"actor"`
		After  json.RawMessage `json:"after"`
		At     string          `json:"at"`
		Before json.RawMessage `json:"before"`
		Hash   string          `json:"hash"`
		ID     string          `json:"id"`
		Object struct {
			ID   string `json:"id"`
			Kind string `json:"kind"`
		} `json:"object"`
		Prev    string `json:"prev"`
		Seq     int64  `json:"seq"`
		Type    string `json:"type"`
		Version int    `json:"version"`
		Why     string `json:"why"`
	}
	if err := json.Unmarshal(line, &w); err != nil {
		return Event{}, err
	}
	at, err := ParseInstant(w.At)
	if err != nil {
		return Event{}, err
	}
	e := Event{
		Seq: w.Seq, ID: w.ID, At: at, Actor: Actor(w.Actor), Object: Object{Kind: w.Object.Kind, ID: w.Object.ID},
		Type: w.Type, Version: w.Version, Before: orNil(w.Before), After: orNil(w.After), Why: w.Why, Prev: w.Prev, Hash: w.Hash,
	}
	if err := e.Check(); err != nil {
		return Event{}, err
	}
	if !bytes.Equal(e.Encode(), line) {
		return Event{}, errors.New("the line is not in the log's own spelling")
	}
	return e, nil
}

func orNil(v json.RawMessage) json.RawMessage {
	if string(v) == "null" {
		return nil
	}
	return v
}
