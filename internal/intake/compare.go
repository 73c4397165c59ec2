package intake

import (
	"context"
	"encoding/json"

	"github.com/dampak/dampak/internal/intake/change"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Compare says what differs between two versions of a dataset whose rows are kept.
// Errors: those of change.Compare, and of what is kept.
func Compare(ctx context.Context, contents store.Contents, before, after registry.DatasetVersion, o change.Options) (*change.Change, error) {
	var sides [2]change.Side
	for i, v := range []registry.DatasetVersion{before, after} {
		q, err := QualityOf(contents, v.Quality)
		if err != nil {
			return nil, err
		}
		k, err := contract.Read(contents, v.Contract)
		if err != nil {
			return nil, err
		}
		path, err := contents.File(v.Content)
		if err != nil {
			return nil, err
		}
		sides[i] = change.Side{Path: path, Contract: k, Keys: q.Keys}
	}
	return change.Compare(ctx, sides[0], sides[1], o)
}

// QualityOf reads what was found in a file, by the hash under which it is kept.
func QualityOf(contents store.Contents, hash string) (q Quality, err error) {
	src, err := contents.Read(hash)
	if err == nil {
		err = json.Unmarshal(src, &q)
	}
	return q, err
}
