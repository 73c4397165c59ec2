package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// statisticsKind is the kind of object of a batch of official figures.
const statisticsKind = "statistics"

type batchRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Release      string          `db:"release"`
	Value        json.RawMessage `db:"value"`
}

type statisticRow struct {
	Indicator string   `db:"indicator"`
	Region    string   `db:"region"`
	Period    string   `db:"period"`
	Revision  int64    `db:"revision"`
	Batch     string   `db:"batch"`
	Release   string   `db:"release"`
	Value     *float64 `db:"value"`
	Decimals  int64    `db:"decimals"`
	Mark      string   `db:"mark"`
	Break     string   `db:"series_break"`
	Latest    bool     `db:"latest"`
}

func (r statisticRow) statistic() registry.Statistic {
	return registry.Statistic{Indicator: r.Indicator, Region: r.Region, Period: r.Period, Value: r.Value, Decimals: int(r.Decimals), Mark: registry.Mark(r.Mark), Break: r.Break}
}

var (
	statisticBatches = Projected[batchRow]("statistic_batches", "id")
	statistics       = Projected[statisticRow]("statistics", "indicator", "region", "period", "revision")
)

// statisticRoom keeps official figures. The event of a batch carries the hash of
// its rows, which may be many.
type statisticRoom struct{}

// Types are the events of the room.
func (statisticRoom) Types() []event.Type {
	return []event.Type{{Name: "statistics-recorded", Object: statisticsKind, Content: func(e event.Event) []string {
		b, err := Read[registry.StatisticBatch](e.After)
		if err != nil {
			return nil
		}
		return []string{b.Content}
	}}}
}

// Tables are the room's.
func (statisticRoom) Tables() []AnyTable { return []AnyTable{statisticBatches, statistics} }

// Apply adds a revision of each cell of which the batch says something else than
// the release before it. The one of the newest release is the latest; of one
// release, the one that was recorded last.
func (statisticRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != statisticsKind {
		return nil
	}
	b, err := Read[registry.StatisticBatch](e.After)
	if err != nil {
		return err
	}
	if err := statisticBatches.Put(tx, batchRow{b.ID, b.Owner, b.Region, string(b.Release), e.After}); err != nil {
		return err
	}
	rows, err := tx.store.statisticRows(b.Content)
	if err != nil {
		return err
	}
	in, args := among(b.Indicators)
	kept, err := statistics.Select(tx, "WHERE indicator IN "+in+" ORDER BY indicator, region, period, release, revision", args...)
	if err != nil {
		return err
	}
	of := map[registry.Cell][]statisticRow{}
	for _, k := range kept {
		cell := k.statistic().Cell()
		of[cell] = append(of[cell], k)
	}
	for _, s := range rows {
		var before *statisticRow
		latest := true
		for i, k := range of[s.Cell()] {
			if k.Release <= string(b.Release) {
				before = &of[s.Cell()][i]
			} else {
				latest = false
			}
		}
		if before != nil && before.statistic().Same(s) {
			continue
		}
		if latest && before != nil {
			before.Latest = false
			if err := statistics.Put(tx, *before); err != nil {
				return err
			}
		}
		err := statistics.Put(tx, statisticRow{Indicator: s.Indicator, Region: s.Region, Period: s.Period, Revision: e.Seq, Batch: b.ID, Release: string(b.Release),
			Value: s.Value, Decimals: int64(s.Decimals), Mark: string(s.Mark), Break: s.Break, Latest: latest})
		if err != nil {
			return err
		}
	}
	return nil
}

// statisticRows reads the rows of a batch.
func (s *Store) statisticRows(hash string) ([]registry.Statistic, error) {
	text, err := s.contents.Read(hash)
	if err != nil {
		return nil, err
	}
	return registry.DecodeStatistics(bytes.NewReader(text))
}

// RecordStatistics records figures of a release: b has Source and Release. Who may:
// whoever may record figures of the owner. A later release of the same cell
// corrects it and keeps the earlier one. Where registry.ReviewStatistics has
// cautions the reason in by is needed. Errors: *access.Denial, the problems of
// registry.RecordStatistics, or of the contents' folder.
func (s *Store) RecordStatistics(ctx context.Context, by By, b registry.StatisticBatch, rows []registry.Statistic) (string, event.Event, error) {
	hash, _, err := s.contents.Put(ctx, bytes.NewReader(registry.EncodeStatistics(rows)))
	if err != nil {
		return "", event.Event{}, err
	}
	return s.made(ctx, by, statisticsKind, func(a acting, id string) (registry.Change, error) {
		owner, err := a.owner(statisticsKind, "record", b.Owner)
		if err != nil {
			return registry.Change{}, err
		}
		held, err := heldFor(a, rows)
		if err != nil {
			return registry.Change{}, err
		}
		b.ID, b.Content = id, hash
		return registry.RecordStatistics(b, owner, rows, held, a.by.Why, registry.DayOf(a.Now()))
	})
}

// ReviewStatistics holds rows against the record before they are recorded; see
// registry.ReviewStatistics.
func ReviewStatistics(from From, rows []registry.Statistic) (registry.Review, error) {
	held, err := heldFor(from, rows)
	if err != nil {
		return registry.Review{}, err
	}
	return registry.ReviewStatistics(rows, held), nil
}

// heldFor gives the figures that a review of rows looks at.
func heldFor(from From, rows []registry.Statistic) ([]registry.Statistic, error) {
	codes := slices.Clone(registry.WeighedBy)
	for _, r := range rows {
		if !slices.Contains(codes, r.Indicator) {
			codes = append(codes, r.Indicator)
			if len(codes) > len(registry.Indicators())+len(registry.WeighedBy) {
				break // unknown codes are refused, however many
			}
		}
	}
	found, err := Statistics(from, StatisticFilter{Indicators: codes})
	held := make([]registry.Statistic, len(found))
	for i, f := range found {
		held[i] = f.Statistic
	}
	return held, err
}

// StatisticFilter picks figures; an empty field picks all.
type StatisticFilter struct {
	Indicators []string     // codes
	Regions    []string     // BPS codes, these alone
	Within     []string     // BPS codes, each with all within it
	First      string       // the first period: a year, or a year and a month
	Last       string       // the last period, the whole of it: 2024 has 2024-09
	AsOf       registry.Day // as the releases until that day had it
	Revisions  bool         // all revisions, not the latest alone
	After      *Figured     // what comes after it; nil: from the start
	Most       int          // at most so many; 0: all
}

// Figured is where a figure stands in the order of Statistics.
type Figured struct {
	registry.Cell
	Release  registry.Day
	Revision int64
}

// Statistics gives official figures in order of indicator, region, period and
// release. They are public: no right is asked for.
func Statistics(from From, f StatisticFilter) ([]registry.Figure, error) {
	where, args := []string{"1 = 1"}, []any(nil)
	say := func(condition string, values ...any) { // each %s is the mark of a value
		marks := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		where = append(where, fmt.Sprintf(condition, marks...))
	}
	if len(f.Indicators) > 0 {
		in, with := among(f.Indicators)
		where, args = append(where, "indicator IN "+in), with
	}
	if len(f.Regions) > 0 {
		in, with := among(f.Regions, args...)
		where, args = append(where, "region IN "+in), with
	}
	if in, with := regionWithin(f.Within, args); in != "" {
		where, args = append(where, in), with
	}
	if f.First != "" {
		say("period >= %s", f.First)
	}
	if f.Last != "" {
		say(fmt.Sprintf("SUBSTR(period, 1, %d) <= %%s", len(f.Last)), f.Last)
	}
	if f.AsOf != "" {
		say("release <= %s", f.AsOf)
		if !f.Revisions {
			say(`NOT EXISTS (SELECT 1 FROM statistics AS later WHERE later.indicator = statistics.indicator AND later.region = statistics.region AND later.period = statistics.period
				AND later.release <= %s AND (later.release > statistics.release OR later.release = statistics.release AND later.revision > statistics.revision))`, f.AsOf)
		}
	} else if !f.Revisions {
		say("latest = 1")
	}
	if a := f.After; a != nil {
		say("(indicator, region, period, release, revision) > (%s, %s, %s, %s, %s)", a.Indicator, a.Region, a.Period, a.Release, a.Revision)
	}
	tail := "WHERE " + strings.Join(where, " AND ") + " ORDER BY indicator, region, period, release, revision"
	if f.Most > 0 {
		args = append(args, f.Most)
		tail += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	rows, err := statistics.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	sources := map[string]string{}
	var all []registry.Figure
	for _, row := range rows {
		s := row.statistic()
		if _, ok := sources[row.Batch]; !ok {
			b, _, err := StatisticBatchOf(from, row.Batch)
			if err != nil {
				return nil, err
			}
			sources[row.Batch] = b.Source
		}
		all = append(all, registry.Figure{Statistic: s, Batch: row.Batch, Source: sources[row.Batch], Release: registry.Day(row.Release), Revision: row.Revision, Latest: row.Latest})
	}
	return all, nil
}

// StatisticBatchOf gives a batch; false where there is none.
func StatisticBatchOf(from From, id string) (registry.StatisticBatch, bool, error) {
	return first(batchesWhere(from, "WHERE id = $1", id))
}

// StatisticBatches gives the batches in the order in which they were recorded. They
// are as public as their figures.
func StatisticBatches(from From, page Page) ([]registry.StatisticBatch, error) {
	tail, args := "WHERE id > $1 ORDER BY id", []any{page.After}
	if page.Most > 0 {
		tail, args = tail+" LIMIT $2", append(args, page.Most)
	}
	return batchesWhere(from, tail, args...)
}

func batchesWhere(from From, tail string, args ...any) ([]registry.StatisticBatch, error) {
	rows, err := statisticBatches.Select(from, tail, args...)
	return values[batchRow, registry.StatisticBatch](rows, err, func(r batchRow) json.RawMessage { return r.Value })
}
