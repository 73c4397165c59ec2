package cooperation

import (
	"time"

	"github.com/dampak/dampak/internal/event"
)

// Mark says who did something, from which position, and when.
type Mark struct {
	User     string         `json:"user"` // id; empty: the program itself
	Position string         `json:"position"`
	Capacity event.Capacity `json:"capacity"`
	Via      event.Via      `json:"via"`
	Through  string         `json:"through"` // as in event.Actor
	At       time.Time      `json:"at"`
}

// MarkOf takes the mark of an actor.
func MarkOf(a event.Actor, at time.Time) Mark {
	return Mark{a.User, a.Position, a.Capacity, a.Via, a.Through, at}
}

// Same tells whether two marks are one person's: the same user, or the command
// line of the same user of the operating system under any name. A second person
// is one whose mark is not the same.
func (m Mark) Same(o Mark) bool {
	return m.User == o.User || (m.Via == event.CommandLine && o.Via == event.CommandLine && m.Through == o.Through)
}

// File is a document kept as content.
type File struct {
	SHA256 string `json:"sha256"`
	Name   string `json:"name"`  // as it was given, without a path
	Type   string `json:"type"`  // media type of its content, as checked
	Bytes  int64  `json:"bytes"` // its length
}
