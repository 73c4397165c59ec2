package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/change"
	"github.com/dampak/dampak/internal/registry"
)

// dataChange says what differs between a version and the one before it.
func (p *Pages) dataChange(c *call) error {
	o, v, err := c.versionAt()
	if err != nil {
		return err
	}
	before, ok := o.value.(dataset).Before(v)
	if !ok || !v.Kept() || !before.Kept() || c.o.Waiting == nil {
		return errNotFound
	}
	done, err := c.o.Waiting.Turn(c.ctx()) // it takes as much of the machine as a check
	if err != nil {
		return err
	}
	defer done()
	found, err := intake.Compare(c.ctx(), c.o.Store.Contents(), before, v, change.Options{Dir: c.o.Waiting.Folder(), Held: c.o.Held})
	if err != nil {
		return err
	}
	unseen := o.value.(dataset).unseen
	found = found.Without(unseen.Hides)
	s := sheet{Heading: c.changeSays(found, before, v), Lead: o.title, Title: c.t("data.change", "from", before.Number, "to", v.Number), Section: "data",
		Crumbs: append(datasets().crumbs(c), action{Text: o.title, Link: c.link(nounPath["dataset"] + "/" + o.ID)})}
	key := block{Note: c.t("data.change.keyless", "before", found.Before, "after", found.After)}
	if len(found.Key) > 0 {
		key.Note = c.t("data.change.key", "columns", found.Key, "before", found.Before, "after", found.After)
	}
	for _, x := range []struct {
		key   string
		names []string
	}{{"new", found.New}, {"lost", found.Lost}, {"retyped", found.Retyped}} {
		if len(x.names) > 0 {
			key.Facts = append(key.Facts, fact{Name: c.t("data.change." + x.key), Text: strings.Join(x.names, ", ")})
		}
	}
	s.Blocks = append(append(s.Blocks, c.unseenBlock(unseen)...), key, c.changedColumns(o.value.(dataset).Dataset, found))
	c.sheet(http.StatusOK, s)
	return nil
}

func (c *call) changeSays(x *change.Change, before, after registry.DatasetVersion) string {
	pairs := []any{"from", before.Number, "to", after.Number, "added", c.few(x.Added), "removed", c.few(x.Removed), "changed", c.few(x.Changed)}
	switch {
	case x.Apart:
		return c.t("data.change.apart", pairs...)
	case x.Untold && len(x.Key) == 0:
		return c.t("data.change.untold", pairs...)
	case x.Untold, len(x.Key) == 0:
		return c.t("data.change.whole", pairs...)
	}
	return c.t("data.change.heading", pairs...)
}

// few writes a count of rows or cells, of few persons without the number.
func (c *call) few(n change.Count) string {
	if n.Few {
		return c.t("data.few")
	}
	return i18n.Number(c.lang, float64(n.N), 0)
}

// showsValues tells whether pages may show how the values of a column are distributed.
// It is the one place that is asked: before a plan is registered nobody sees outcomes,
// and any column of data that are not open may be one.
func (c *call) showsValues(d registry.Dataset, _ string) bool { return d.Class == registry.PublicData }

// changedColumns are the columns that both versions have, with how many values
// changed; how they are distributed is shown of open data alone.
func (c *call) changedColumns(d registry.Dataset, x *change.Change) block {
	b := block{ID: "kolom", Title: c.t("data.change.columns")}
	if len(x.Columns) == 0 {
		b.Note = c.t("data.change.none")
		return b
	}
	t := table{Head: c.heads("column", "column-title", "changed", "shift")}
	hidden := false
	for _, col := range x.Columns {
		row := []cell{text(col.Name), text(c.inWords(registry.Words(col.Words))), text(c.few(col.Cells)), text("–")}
		if c.showsValues(d, col.Name) {
			row[3] = text(c.t("data.change.size." + string(col.Size)))
			if n := col.Numbers; n != nil {
				row[3].Note = fmt.Sprintf("%s → %s", i18n.Number(c.lang, n.Before.Mean, 2), i18n.Number(c.lang, n.After.Mean, 2))
			}
		} else {
			hidden = true
		}
		t.Rows = append(t.Rows, row)
	}
	if hidden {
		b.Note = c.t("data.change.hidden")
		t.Head = t.Head[:3]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:3]
		}
	}
	b.Table = &t
	return b
}
