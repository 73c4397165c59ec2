package disclosure

import (
	"context"
	"slices"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine/memory"
)

// TestOfStudy: what plans ask to see, and what the gate says of it.
func TestOfStudy(t *testing.T) {
	head := "dampak: 1\nid: s\ntitle: s\ndata: {panel: panel.csv}\n"
	first, _ := people()
	counter := openTables(t, map[string]memory.Table{"panel": panelRows(), "people": first})
	for _, c := range []struct {
		doc, plan, rule string
		data            Data
		want            string // filter and cells of the tables
		covariates      []string
	}{
		{"a did", head + "design: {did: {unit: id, time: year, first_treated: cohort}}\noutcomes: [{column: spending}]\n", "", panelData(),
			"[[spending!]] year,cohort; ", nil},
		{"a did with conditions and groups", head + "design: {did: {unit: id, time: year, first_treated: cohort, by: kind, where: [{column: region, not_in: ['3501']}]}}\noutcomes: [{column: spending}]\n", "", panelData(),
			"[[kind!;region!3501;spending!]] year,cohort,kind; ", nil},
		{"a did with a covariate", head + "design: {did: {unit: id, time: year, first_treated: cohort, covariates: [size]}}\noutcomes: [{column: spending}]\n", "", panelData(),
			"[[size!;spending!]] year,cohort; ", []string{"size"}},
		{"an experiment in blocks", head + "design: {experiment: {treatment: arm, blocks: region}}\noutcomes: [{column: spending}]\n", "", peopleData("people"),
			"[[spending!]] arm; [[spending!]] region; ", nil},
		{"an income above a bound", head + "design: {experiment: {treatment: arm, where: [{column: income, above: 1000}]}}\noutcomes: [{column: spending}]\n", "unregistered", peopleData("people"), "", nil},
		{"an age at a cut point", head + "design: {experiment: {treatment: arm, where: [{column: age, at_least: 30}]}}\noutcomes: [{column: spending}]\n", "", peopleData("people"),
			"[[age=1,2,3;spending!]] arm; ", nil},
		{"an age beside one", head + "design: {experiment: {treatment: arm, where: [{column: age, at_least: 31}]}}\noutcomes: [{column: spending}]\n", "cut-point", peopleData("people"), "", nil},
		{"arms of a column that is not registered", head + "design: {experiment: {treatment: id}}\noutcomes: [{column: spending}]\n", "unregistered", peopleData("people"), "[[spending!]] id; ", nil},
		{"an outcome that is not registered", head + "design: {experiment: {treatment: arm}}\noutcomes: [{column: id}]\n", "unregistered", peopleData("people"), "[[]] arm; ", nil},
	} {
		study, err := designs.Parse([]byte(c.plan), "plan.yaml")
		if err != nil {
			t.Fatalf("%s: %v", c.doc, err)
		}
		outputs, why := OfStudy(c.data, study)
		if why != nil {
			if why.Rule != c.rule {
				t.Errorf("%s: refused by %s", c.doc, why.Rule)
			}
			continue
		}
		got := ""
		for _, table := range outputs[0].Tables {
			got += table.Where.short() + " "
			for i, by := range table.By {
				got += map[bool]string{true: ","}[i > 0] + by
			}
			got += "; "
		}
		if got != c.want || !slices.Equal(outputs[0].Covariates, c.covariates) {
			t.Errorf("%s: %s with %q, want %s with %q", c.doc, got, outputs[0].Covariates, c.want, c.covariates)
		}
		d, err := Gate{Versions: []Data{c.data}, Counter: counter}.Check(context.Background(), nil, outputs[0])
		if err != nil {
			t.Fatal(err)
		}
		if d.Leaves() != (c.rule == "") || !d.Leaves() && d.Refused[0].Rule != c.rule {
			t.Errorf("%s: refused by %v, want %q", c.doc, d.Refused, c.rule)
		}
	}
}
