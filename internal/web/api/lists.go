package api

import (
	"context"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/store"
)

// Paging says which piece of a list is wanted.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (p Paging) paging() Paging { return p }

// paged is what a list is asked with: filters and a piece.
type paged interface{ paging() Paging }

// Piece is a piece of a list. Next is the cursor of the next piece; nil: this is
// the last one.
type Piece[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// list declares GET /{noun}. Look gives the objects after a cursor that the
// caller may see, at most so many, and the cursor behind each.
func list[F paged, T any](d *door, o operation, look func(*store.Reader, caller, F, string, int) ([]T, func(int) string, error)) {
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *F) (*answer[Piece[T]], error) {
		piece, err := pieceOf(ctx, d, *in, look)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &answer[Piece[T]]{piece}, nil
	})
}

// pieceOf reads the piece of a list that is asked for.
func pieceOf[F paged, T any](ctx context.Context, d *door, in F, look func(*store.Reader, caller, F, string, int) ([]T, func(int) string, error)) (out Piece[T], err error) {
	p := in.paging()
	err = d.record.View(ctx, func(r *store.Reader) error {
		// One more than wanted tells whether there is a next piece.
		all, cursor, err := look(r, calling(ctx), in, p.Cursor, p.Limit+1)
		if err != nil {
			return err
		}
		if len(all) > p.Limit {
			all = all[:p.Limit]
			next := cursor(p.Limit - 1)
			out.Next = &next
		}
		out.Items = append([]T{}, all...)
		return nil
	})
	return out, err
}

// sifted walks a list of the store in pieces until so many objects pass a filter.
func sifted[T any](after string, most int, piece func(store.Page) ([]T, error), id func(T) string, keep func(T) bool) ([]T, error) {
	var all []T
	for {
		some, err := piece(store.Page{After: after, Most: most})
		if err != nil {
			return nil, err
		}
		for _, v := range some {
			if keep(v) {
				if all = append(all, v); len(all) == most {
					return all, nil
				}
			}
		}
		if len(some) < most {
			return all, nil
		}
		after = id(some[len(some)-1])
	}
}

// shelf is a noun whose objects are of one kind and lie in the store in order of
// their identifiers.
type shelf[F paged, T, V any] struct {
	noun, kind string
	right      access.Permission
	self       bool // also without the right on what is the caller's own
	public     bool // it asks for no right, and nobody who they are
	pieces     func(*store.Reader, caller, F) func(store.Page) ([]T, error)
	one        func(*store.Reader, caller, string) (T, error) // which the door has seen
	id         func(T) string
	keep       func(caller, F, T) bool // the filter
	// show says how one is shown with its revision, after looking up at once
	// what some of them need.
	show func(caller, *store.Reader, []T) (func(T, int64) V, error)
}

// newestFirst orders a list that was gathered in any order and names some twice,
// and leaves out what is not after a cursor.
func newestFirst[T any](all []T, id func(T) string, after string) []T {
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(id(b), id(a)) })
	all = slices.CompactFunc(all, func(a, b T) bool { return id(a) == id(b) })
	return slices.DeleteFunc(all, func(v T) bool { return after != "" && id(v) >= after })
}

// whole are the pieces of a list that the store does not filter.
func whole[F paged, T any](list func(store.From, access.Standing, store.Page) ([]T, error)) func(*store.Reader, caller, F) func(store.Page) ([]T, error) {
	return func(r *store.Reader, c caller, _ F) func(store.Page) ([]T, error) {
		return func(p store.Page) ([]T, error) { return list(r, c.Standing, p) }
	}
}

// plain finds one object that shows the same to everybody.
func plain[T any](find func(store.From, string) (T, bool, error)) func(*store.Reader, caller, string) (T, error) {
	return func(r *store.Reader, _ caller, id string) (T, error) {
		v, _, err := find(r, id)
		return v, err
	}
}

// list declares GET /{noun}.
func (s shelf[F, T, V]) list(d *door) {
	o := reading(s.noun, s.kind, false, false, s.right)
	o.public = s.public
	list(d, o, func(r *store.Reader, c caller, f F, after string, most int) ([]V, func(int) string, error) {
		all, err := sifted(after, most, s.pieces(r, c, f), s.id, func(v T) bool { return s.keep(c, f, v) })
		if err != nil {
			return nil, nil, err
		}
		out, err := s.shown(c, r, all)
		return out, func(i int) string { return s.id(all[i]) }, err
	})
}

// read declares GET /{noun}/{id}; more adds what lists do not hold, nil: nothing.
func (s shelf[F, T, V]) read(d *door, more func(*store.Reader, *V) error) {
	read(d, reading(s.noun, s.kind, true, s.self, s.right), func(r *store.Reader, c caller, id string) (V, error) {
		var none V
		v, err := s.one(r, c, id)
		if err != nil {
			return none, err
		}
		all, err := s.shown(c, r, []T{v})
		if err != nil {
			return none, err
		}
		if more != nil {
			err = more(r, &all[0])
		}
		return all[0], err
	})
}

// shown gives objects as the API shows them, each with its revision.
func (s shelf[F, T, V]) shown(c caller, r *store.Reader, all []T) ([]V, error) {
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = s.id(v)
	}
	revisions, err := store.Revisions(r, s.kind, ids)
	if err != nil {
		return nil, err
	}
	show, err := s.show(c, r, all)
	if err != nil {
		return nil, err
	}
	out := make([]V, len(all))
	for i, v := range all {
		out[i] = show(v, revisions[ids[i]])
	}
	return out, nil
}
