package registry_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
)

func programme() Programme {
	return Programme{ID: "pr1", Names: Words{"Program Contoh", "Example programme"}, Period: Period{From: "2024-01-01"}}
}

func dataset() Dataset {
	return Dataset{ID: "d1", Name: "Data contoh 2024", Class: LimitedData, Columns: []Column{{"desil", Words{"desil kesejahteraan", "welfare decile"}}},
		Programmes: []string{"pr2", "pr1", "pr2"}, Regions: []string{"3507"}}
}

var registered = []string{"pr1", "pr2"}

// TestRegisterRefusals: each rule of the registers, by the code of its problem; no
// problem of theirs in the catalogue is without a row.
func TestRegisterRefusals(t *testing.T) {
	ended := office()
	ended.Period.Until = "2026-01-31"
	owned := programme()
	owned.ID, owned.Owner = "pr9", "o1"
	over := owned
	over.Period.Until = "2025-12-31"
	kept := dataset()
	kept.ID, kept.Owner, kept.Region, kept.Version = "d9", "o1", "3507", 4
	gone := kept
	gone.Withdrawn = &Withdrawal{"sri", now, "keliru"}
	programmes := func(edit func(*Programme), others ...Programme) func() error {
		return func() error {
			p := programme()
			edit(&p)
			_, err := RegisterProgramme(p, office(), others)
			return err
		}
	}
	datasets := func(edit func(*Dataset), others ...Dataset) func() error {
		return func() error {
			d := dataset()
			edit(&d)
			_, err := RegisterDataset(d, office(), others, registered)
			return err
		}
	}
	rows := []struct {
		code string
		do   func() error
	}{
		{"", programmes(func(*Programme) {})},
		{"blank-programme-name-id", programmes(func(p *Programme) { p.Names.ID = " " })},
		{"blank-programme-name-en", programmes(func(p *Programme) { p.Names.EN = "" })},
		{"text-identity", programmes(func(p *Programme) { p.Names.ID = "Bantuan 3507123456789012" })},
		{"day", programmes(func(p *Programme) { p.Period.From = "" })},
		{"programme-twice", programmes(func(p *Programme) { p.Names.EN = "EXAMPLE programme" }, owned)},
		{"", programmes(func(*Programme) {}, over)},
		{"state-organisation-ended", func() error { _, err := RegisterProgramme(programme(), ended, nil); return err }},
		{"", func() error { _, err := owned.End("2026-12-31"); return err }},
		{"period", func() error { _, err := owned.End("2023-12-31"); return err }},
		{"day", func() error { _, err := owned.End(""); return err }},
		{"state-programme-ended", func() error { _, err := over.End("2026-12-31"); return err }},
		{"state-programme-running", func() error { return ProgrammeLife.Check("running", "register") }},

		{"", datasets(func(*Dataset) {})},
		{"blank-dataset", datasets(func(d *Dataset) { d.Name = "" })},
		{"dataset-class", datasets(func(d *Dataset) { d.Class = "rahasia" })},
		{"dataset-twice", datasets(func(d *Dataset) { d.Name = "data CONTOH 2024" }, kept)},
		{"", datasets(func(*Dataset) {}, gone)},
		{"dataset-columns", datasets(func(d *Dataset) { d.Columns = nil })},
		{"blank-column", datasets(func(d *Dataset) { d.Columns[0].Name = "" })},
		{"text-long", datasets(func(d *Dataset) { d.Columns[0].Name = strings.Repeat("a", 64) })},
		{"blank-column-words-id", datasets(func(d *Dataset) { d.Columns[0].Words.ID = "" })},
		{"blank-column-words-en", datasets(func(d *Dataset) { d.Columns[0].Words.EN = "" })},
		{"dataset-column-twice", datasets(func(d *Dataset) { d.Columns = append(d.Columns, Column{"DESIL", Words{"a", "b"}}) })},
		{"dataset-column-twice", datasets(func(d *Dataset) { d.Columns[0].Name = AllColumns })},
		{"programme-unknown", datasets(func(d *Dataset) { d.Programmes = []string{"pr3"} })},
		{"dataset-regions", datasets(func(d *Dataset) { d.Regions = nil })},
		{"region-unknown", datasets(func(d *Dataset) { d.Regions = []string{"9999"} })},
		{"dataset-outside", datasets(func(d *Dataset) { d.Regions = []string{"3578"} })},
		{"dataset-outside", datasets(func(d *Dataset) { d.Regions = []string{"35"} })},
		{"state-organisation-ended", func() error { _, err := RegisterDataset(dataset(), ended, nil, registered); return err }},
		{"", func() error { _, err := kept.NewVersion(dataset(), registered); return err }},
		{"dataset-columns", func() error { _, err := kept.NewVersion(Dataset{}, registered); return err }},
		{"state-dataset-withdrawn", func() error { _, err := gone.NewVersion(dataset(), registered); return err }},
		{"", func() error { _, err := kept.Withdraw("sri", "keliru", now); return err }},
		{"blank-reason", func() error { _, err := kept.Withdraw("sri", "", now); return err }},
		{"state-dataset-withdrawn", func() error { _, err := gone.Withdraw("sri", "keliru", now); return err }},
		{"state-dataset-active", func() error { return DatasetLife.Check("active", "register") }},
		{"state-calendar-kept", func() error { return CalendarLife.Check("kept", "register") }},
	}
	seen := map[string]bool{}
	for i, r := range rows {
		err := r.do()
		if found := problem.Of(err); r.code == "" && err != nil || r.code != "" && (len(found) != 1 || found[0].Code != r.code) {
			t.Errorf("row %d: found %v, expected %q", i, err, r.code)
		}
		seen[r.code] = true
	}
	// The others have their rows in the tests of what they belong to.
	elsewhere := []string{"calendar-", "blank-decree", "blank-holiday", "organisation-office", "denied-", "study", "state-study", "blank-study", "dataset-unknown"}
	var words map[string]string
	if err := json.Unmarshal(readCatalogue(t, "registers.id.json"), &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		code, ok := strings.CutPrefix(key, "problem.")
		for _, prefix := range elsewhere {
			ok = ok && !strings.HasPrefix(code, prefix)
		}
		if ok && !seen[code] {
			t.Errorf("no row for %s", code)
		}
	}
}

func TestRegisters(t *testing.T) {
	c, err := RegisterProgramme(programme(), office(), nil)
	if p := c.After.(Programme); err != nil || c.Type != "programme-registered" || p.Level != RegencyLevel || p.Owner != "o1" || p.Region != "3507" || p.State() != "running" {
		t.Errorf("%+v %v", c, err)
	}
	given := dataset()
	c, err = RegisterDataset(given, office(), nil, registered)
	if err != nil {
		t.Fatal(err)
	}
	d := c.After.(Dataset)
	if c.Type != "dataset-registered" || d.Version != 1 || d.Owner != "o1" || d.Region != "3507" || !reflect.DeepEqual(d.Programmes, registered) {
		t.Errorf("%+v", c)
	}
	if !reflect.DeepEqual(given, dataset()) {
		t.Error("the input was changed")
	}
	if _, ok := d.Column("desil"); !ok || !d.Covers("3507") || !d.Covers("3507010") || d.Covers("35") || d.Covers("3578") {
		t.Error("what it holds")
	}
	next := dataset()
	next.Columns = append(next.Columns, Column{"umur", Words{"umur dalam tahun", "age in years"}})
	next.Class, next.Name = PublicData, "lain"
	c, err = d.NewVersion(next, registered)
	if v := c.After.(Dataset); err != nil || v.Version != 2 || v.Class != LimitedData || v.Name != d.Name || len(v.Columns) != 2 || !reflect.DeepEqual(c.Before, d) {
		t.Errorf("%+v %v", c, err)
	}
	c, err = d.Withdraw("sri", "keliru", now)
	if w := c.After.(Dataset); err != nil || w.State() != "withdrawn" || d.State() != "active" || w.Withdrawn.Reason != "keliru" {
		t.Errorf("%+v %v", c, err)
	}
}
