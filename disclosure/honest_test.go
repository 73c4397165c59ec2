package disclosure

import (
	"context"
	_ "embed"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/i18n"
)

//go:embed testdata/honest.yaml
var honestFile []byte

// request is one of testdata/honest.yaml.
type request struct {
	Title   string              `yaml:"title"`
	Data    string              `yaml:"data"`
	Kind    string              `yaml:"kind"`
	By      []string            `yaml:"by"`
	Where   map[string][]string `yaml:"where"`
	Measure string              `yaml:"measure"`
	Weights []string            `yaml:"weights"`
	Margins bool                `yaml:"margins"`
}

func honest(t testing.TB) []request {
	t.Helper()
	var out []request
	if err := yaml.UnmarshalWithOptions(honestFile, &out, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	return out
}

// among is the filter of columns with values.
func among(where map[string][]string) Filter {
	part := Part{}
	for _, c := range slices.Sorted(maps.Keys(where)) {
		part = append(part, Test{Column: c, Values: where[c]}.tidy())
	}
	return Filter{part}
}

// output is the request as it reaches the gate.
func (r request) output(d Data) Output {
	out := Output{ID: r.Title, Title: r.Title, Dataset: d.Dataset, Version: d.Version, Covariates: r.Weights, Model: r.Kind != "table"}
	if r.Measure != "" {
		out.Measures = []string{r.Measure}
	}
	out.Tables = tables(among(r.Where), r.By, r.Margins)
	return out
}

// tables are a table and, with margins, its sub-totals.
func tables(where Filter, by []string, margins bool) []Table {
	out := []Table{{Where: where, By: by}}
	if margins {
		for skip := range by {
			out = append(out, Table{Where: where, By: slices.Delete(slices.Clone(by), skip, skip+1)})
		}
		if len(by) > 1 {
			out = append(out, Table{Where: where})
		}
	}
	return out
}

// releaseHonest sends the honest requests through the gate, each with all before it
// as history, and gives how many left whole.
func releaseHonest(t testing.TB) (asked, left int) {
	first, second := people()
	counter := openTables(t, map[string]memory.Table{"people": first, "people-2": second, "panel": panelRows()})
	data := map[string]Data{"people": peopleData("people"), "people-2": peopleData("people-2"), "panel": panelData()}
	gate := Gate{Versions: []Data{data["people"], data["people-2"], data["panel"]}, Counter: counter}
	var history []Output
	for _, r := range honest(t) {
		asked++
		start := time.Now()
		d, err := gate.Check(context.Background(), history, r.output(data[r.Data]))
		if err != nil {
			t.Fatalf("%s: %v", r.Title, err)
		}
		if took := time.Since(start); testing.Verbose() {
			t.Logf("%-50s %v", r.Title, took.Round(time.Millisecond))
		}
		for _, why := range d.Refused {
			t.Errorf("%s: refused: %s", r.Title, why.Text(i18n.EN))
		}
		if len(d.Withheld) > 0 {
			t.Errorf("%s: %d cells withheld, the first %v of table %d: %s", r.Title, len(d.Withheld), d.Withheld[0].Cell, d.Withheld[0].Table, d.Withheld[0].Reason.Text(i18n.EN))
		}
		if d.Leaves() {
			history = append(history, d.Output)
			if len(d.Withheld) == 0 {
				left++
			}
		}
	}
	return asked, left
}
