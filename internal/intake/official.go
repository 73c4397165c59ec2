package intake

import (
	"context"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// OfficialFigures gives the official figures on record, all revisions, for the
// Figures of Options.
func OfficialFigures(record *store.Store) func(context.Context, []string) ([]registry.Statistic, error) {
	return func(ctx context.Context, indicators []string) (all []registry.Statistic, err error) {
		err = record.View(ctx, func(r *store.Reader) error {
			found, err := store.Statistics(r, store.StatisticFilter{Indicators: indicators, Revisions: true})
			for _, f := range found {
				all = append(all, f.Statistic)
			}
			return err
		})
		return all, err
	}
}
