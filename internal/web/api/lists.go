package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

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
// caller may see, at most so many, and the cursor of each.
func list[F paged, T any](d *door, o operation, look func(*store.Reader, caller, F, string, int) ([]T, func(T) string, error)) {
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *F) (*answer[Piece[T]], error) {
		out := new(answer[Piece[T]])
		p := (*in).paging()
		if err := d.record.View(ctx, func(r *store.Reader) error {
			// One more than wanted tells whether there is a next piece.
			all, cursor, err := look(r, calling(ctx), *in, p.Cursor, p.Limit+1)
			if err != nil {
				return err
			}
			if len(all) > p.Limit {
				all = all[:p.Limit]
				next := cursor(all[p.Limit-1])
				out.Body.Next = &next
			}
			out.Body.Items = append([]T{}, all...)
			return nil
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
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

// shown gives objects as the API shows them, each with its revision.
func shown[T, V any](r *store.Reader, kind string, all []T, id func(T) string, show func(T, int64) V) ([]V, error) {
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = id(v)
	}
	revisions, err := store.Revisions(r, kind, ids)
	if err != nil {
		return nil, err
	}
	out := make([]V, len(all))
	for i, v := range all {
		out[i] = show(v, revisions[ids[i]])
	}
	return out, nil
}
