package event

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one change that happened.
type Event struct {
	Seq     int64           // 1, 2, 3, ... without gaps
	ID      string          // of NewID
	At      time.Time       // UTC, whole microseconds
	Actor   Actor           // who
	Object  Object          // what was changed
	Type    string          // what happened, such as "agreement-signed"
	Version int             // of the type's Before and After, from 1
	Before  json.RawMessage // canonical JSON; nil: there was nothing
	After   json.RawMessage // canonical JSON; nil: there is nothing any more
	Why     string          // the reason given; may be empty
	Prev    string          // hash of the event before; Origin for the first
	Hash    string          // SHA-256 of Bytes, 64 lowercase hex digits
}

// Object names one thing that commands act on.
type Object struct {
	Kind string // a noun in kebab-case, such as "organisation"
	ID   string // never empty in an event
}

// String is KIND/ID.
func (o Object) String() string { return o.Kind + "/" + o.ID }

// Actor is who acts.
type Actor struct {
	User     string   // id of the person; empty only for Via System
	Position string   // id of the position (jabatan) acted from; empty for none
	Capacity Capacity // in which the position is held, or the right to act without one
	Via      Via      // the door
	Through  string   // behind the door: id of the token, name in the operating system; may be empty
}

// Capacity is the standing in which somebody acts.
type Capacity string

// The capacities. Plt, Plh and An act under a mandate.
const (
	NoCapacity         Capacity = ""                    // a person without position, or the system
	Definitive         Capacity = "definitive"          // holder of the position
	Plt                Capacity = "plt"                 // pelaksana tugas: the position is vacant
	Plh                Capacity = "plh"                 // pelaksana harian: the holder is away
	An                 Capacity = "an"                  // atas nama: signs for the holder
	LocalAdministrator Capacity = "local-administrator" // whoever may use the machine's command line
)

// Via is the door through which a command came.
type Via string

// The doors.
const (
	Web         Via = "web"
	API         Via = "api"
	CommandLine Via = "command-line"
	System      Via = "system" // the program itself, such as a reminder that fell due
)

// Origin is the hash before the first event.
const Origin = "0000000000000000000000000000000000000000000000000000000000000000"

// instant is RFC 3339 in UTC with fixed width, so that text sorts as time.
const instant = "2006-01-02T15:04:05.000000Z"

// FormatInstant writes an instant as 2026-11-25T02:14:00.000000Z, 27 characters;
// what is finer than a microsecond is cut off.
func FormatInstant(t time.Time) string { return t.UTC().Format(instant) }

// ParseInstant reads what FormatInstant writes and nothing else.
func ParseInstant(s string) (time.Time, error) {
	t, err := time.Parse(instant, s)
	if err != nil {
		return time.Time{}, err
	}
	if FormatInstant(t) != s {
		return time.Time{}, fmt.Errorf("instant %q is not of the form %s", s, instant)
	}
	return t, nil
}

var name = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// The longest texts of an event, in bytes.
const (
	maxName = 80
	maxID   = 200
	maxWhy  = 8000
)

// Check says what an event lacks, apart from its place in the chain.
func (e Event) Check() error {
	for _, t := range []struct {
		what, value string
		most        int
		blank       bool
	}{
		{"id", e.ID, maxID, false}, {"object id", e.Object.ID, maxID, false}, {"user", e.Actor.User, maxID, e.Actor.Via == System},
		{"position", e.Actor.Position, maxID, true}, {"through", e.Actor.Through, maxID, true}, {"why", e.Why, maxWhy, true},
	} {
		switch {
		case t.value == "" && !t.blank:
			return fmt.Errorf("the %s is missing", t.what)
		case len(t.value) > t.most:
			return fmt.Errorf("the %s has %d bytes, at most %d are kept", t.what, len(t.value), t.most)
		case !utf8.ValidString(t.value) || strings.ContainsRune(t.value, 0):
			return fmt.Errorf("the %s is not plain UTF-8 text", t.what)
		}
	}
	for what, v := range map[string]string{"object kind": e.Object.Kind, "type": e.Type} {
		if !name.MatchString(v) || len(v) > maxName {
			return fmt.Errorf("the %s %q is not a name in kebab-case", what, v)
		}
	}
	switch e.Actor.Capacity {
	case NoCapacity, Definitive, Plt, Plh, An, LocalAdministrator:
	default:
		return fmt.Errorf("unknown capacity %q", e.Actor.Capacity)
	}
	switch e.Actor.Via {
	case Web, API, CommandLine, System:
	default:
		return fmt.Errorf("unknown door %q", e.Actor.Via)
	}
	if e.Version < 1 {
		return fmt.Errorf("version %d, expected 1 or more", e.Version)
	}
	if e.At.Location() != time.UTC || !e.At.Equal(e.At.Truncate(time.Microsecond)) || e.At.Year() < 1 || e.At.Year() > 9999 {
		return fmt.Errorf("instant %v is not in UTC and whole microseconds", e.At)
	}
	for what, v := range map[string]json.RawMessage{"before": e.Before, "after": e.After} {
		if v == nil {
			continue
		}
		c, err := Canonical(v)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if string(c) != string(v) || string(c) == "null" {
			return fmt.Errorf("%s is not in canonical form", what)
		}
	}
	return nil
}
