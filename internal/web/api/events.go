package api

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// Event is a change that happened, as the API shows it; its identifier is its
// number in the log.
type Event struct {
	ID      string          `json:"id"` // the number, as in the address
	UID     string          `json:"uid"`
	Seq     int64           `json:"seq"`
	At      time.Time       `json:"at"`
	Actor   Actor           `json:"actor"`
	Object  Object          `json:"object"`
	Type    string          `json:"type"`
	Version int             `json:"version"`
	Before  json.RawMessage `json:"before"`
	After   json.RawMessage `json:"after"`
	Why     string          `json:"why"`
	Prev    string          `json:"prev"`
	Hash    string          `json:"hash"`
}

// Actor is who acted.
type Actor struct {
	User     string `json:"user"`
	Position string `json:"position"`
	Capacity string `json:"capacity"`
	Via      string `json:"via" enum:"web,api,command-line,system"`
	Through  string `json:"through"`
}

// Object names one thing that commands act on.
type Object struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

func eventOf(e event.Event) Event {
	return Event{ID: strconv.FormatInt(e.Seq, 10), UID: e.ID, Seq: e.Seq, At: e.At, Actor: Actor{e.Actor.User, e.Actor.Position, string(e.Actor.Capacity), string(e.Actor.Via), e.Actor.Through},
		Object: Object(e.Object), Type: e.Type, Version: e.Version, Before: e.Before, After: e.After, Why: e.Why, Prev: e.Prev, Hash: e.Hash}
}

// EventFilter picks events, the newest first.
type EventFilter struct {
	Paging
	Object string `query:"object" maxLength:"300"`
	User   string `query:"user" maxLength:"200"`
	Type   string `query:"type" maxLength:"200"`
}

func (d *door) events() {
	const noun = "events"
	list(d, reading(noun, eventKind, false, false, access.EventRead),
		func(r *store.Reader, c caller, f EventFilter, cursor string, most int) ([]Event, func(int) string, error) {
			var before int64
			if cursor != "" {
				n, err := strconv.ParseInt(cursor, 10, 64)
				if err != nil || n < 1 {
					return nil, nil, problem.New("api-cursor")
				}
				before = n
			}
			filter := store.EventFilter{User: f.User, Type: f.Type}
			filter.Object.Kind, filter.Object.ID, _ = strings.Cut(f.Object, "/")
			found, err := store.EventsBy(r, c.Standing, filter, before, most)
			all := make([]Event, len(found))
			for i, e := range found {
				all[i] = eventOf(e)
			}
			return all, func(i int) string { return all[i].ID }, err
		})
	read(d, reading(noun, eventKind, true, false, access.EventRead), func(r *store.Reader, c caller, id string) (Event, error) {
		seq, err := strconv.ParseInt(id, 10, 64)
		if err != nil || seq < 1 {
			return Event{}, problem.New("api-no-object", "noun", noun, "id", id)
		}
		e, ok, err := store.EventOf(r, seq)
		if err == nil && !ok {
			err = problem.New("api-no-object", "noun", noun, "id", id)
		}
		if err != nil {
			return Event{}, err
		}
		place, err := store.PlaceOf(r, e.Object)
		if err != nil {
			return Event{}, err
		}
		return eventOf(e), c.May(access.EventRead, place)
	})
}

// register declares all operations.
func (d *door) register() {
	d.organisations()
	d.regions()
	d.users()
	d.grants()
	d.positions()
	d.agreements()
	d.permits()
	d.events()
	d.statistics()
	d.datasets()
	d.programmes()
	d.budgets()
	d.findings()
	d.studies()
	d.runs()
}
