package change

import (
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

// Lines says in words what differs, a sentence a line: rows, columns, then each
// column that changed.
func (c *Change) Lines(l i18n.Lang) []string {
	say := func(key string, pairs ...any) string {
		values := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			values[pairs[i].(string)] = pairs[i+1]
		}
		return problem.Mask(i18n.Text(l, "compare."+key, values))
	}
	count := func(n Count) string {
		if n.Few {
			return say("few")
		}
		return i18n.Number(l, float64(n.N), 0)
	}
	all := []string{say("rows", "before", c.Before, "after", c.After)}
	switch key := strings.Join(c.Key, ", "); {
	case c.Apart:
		all = append(all, say("apart", "key", key))
	case key == "":
		all = append(all, say("whole", "added", count(c.Added), "removed", count(c.Removed)))
	default:
		all = append(all, say("keyed", "key", key, "added", count(c.Added), "removed", count(c.Removed), "changed", count(c.Changed)))
	}
	for _, columns := range []struct {
		key   string
		names []string
	}{{"new", c.New}, {"lost", c.Lost}, {"retyped", c.Retyped}} {
		if len(columns.names) > 0 {
			all = append(all, say(columns.key, "columns", columns.names))
		}
	}
	same := 0
	for _, column := range c.Columns {
		cells := column.Cells != Count{}
		if !cells && column.Size != Moderate && column.Size != Large {
			same++
			continue
		}
		title := map[i18n.Lang]string{i18n.ID: column.Words.ID, i18n.EN: column.Words.EN}[l]
		line := say("column", "column", title)
		if cells {
			line += say("cells", "cells", count(column.Cells))
		}
		if n := column.Numbers; n != nil {
			line += say("numbers", "before", n.Before.Mean, "after", n.After.Mean, "standardised", n.Standardised)
		}
		if s := column.Shares; s != nil {
			line += say("shares", "moved", s.TotalVariation)
		}
		all = append(all, line+say("size."+string(column.Size)))
	}
	if same > 0 {
		all = append(all, say("same", "columns", same))
	}
	return all
}
