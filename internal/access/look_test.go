package access

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// TestLook: a look says under what somebody looked, or nothing is shown; each
// field that is missing or does not go with the others is named.
func TestLook(t *testing.T) {
	good := Look{
		User: "sari", Kind: RunLook, Outcome: LookShown, Agreement: "a", AgreementVersion: 3, Permit: "p", PermitVersion: 9,
		Dataset: "d", DatasetVersion: "f0", Columns: []string{"umur"}, Regions: []string{"35"}, Period: registry.Period{From: "2024-01-01"}, Rows: 7,
	}
	refused := func(l *Look) { l.Outcome, l.Refusal, l.Rows = LookRefused, "scope-over", 0 }
	for _, c := range []struct {
		name   string
		change func(*Look)
		field  string // "": good; else the field named, or the code of another problem
	}{
		{"shown", func(*Look) {}, ""},
		{"no rows found", func(l *Look) { l.Rows = 0 }, ""},
		{"of one's own office, under no agreement", func(l *Look) { l.Agreement, l.AgreementVersion, l.Permit, l.PermitVersion = "", 0, "", 0 }, ""},
		{"without bounds in time", func(l *Look) { l.Period = registry.Period{} }, ""},
		{"up to a day", func(l *Look) { l.Period = registry.Period{Until: "2024-01-01"} }, ""},
		{"refused", refused, ""},
		{"refused before anything was chosen", func(l *Look) { refused(l); l.DatasetVersion, l.Columns, l.Regions = "", nil, nil }, ""},
		{"viewed as another", func(l *Look) { l.Kind, l.As = ViewedAs, "budi" }, ""},
		{"by nobody", func(l *Look) { l.User = "" }, "user"},
		{"in a way that is not", func(l *Look) { l.Kind = "peek" }, "kind"},
		{"with no outcome", func(l *Look) { l.Outcome = "" }, "outcome"},
		{"shown and refused", func(l *Look) { l.Refusal = "scope-over" }, "refusal"},
		{"refused for no reason", func(l *Look) { refused(l); l.Refusal = "" }, "refusal"},
		{"refused with a sentence", func(l *Look) { refused(l); l.Refusal = "Izin habis" }, "refusal"},
		{"refused with rows", func(l *Look) { refused(l); l.Rows = 1 }, "rows"},
		{"rows below none", func(l *Look) { l.Rows = -1 }, "rows"},
		{"an agreement of no version", func(l *Look) { l.AgreementVersion = 0 }, "agreement_version"},
		{"a version of no permit", func(l *Look) { l.Permit = "" }, "permit_version"},
		{"as nobody", func(l *Look) { l.Kind = ViewedAs }, "as"},
		{"as another without viewing", func(l *Look) { l.As = "budi" }, "as"},
		{"of no data", func(l *Look) { l.Dataset = "" }, "dataset"},
		{"of no version", func(l *Look) { l.DatasetVersion = "" }, "dataset_version"},
		{"of no columns", func(l *Look) { l.Columns = nil }, "columns"},
		{"of no regions", func(l *Look) { l.Regions = nil }, "regions"},
		{"on a day that is not", func(l *Look) { l.Period.Until = "2024-02-30" }, "day"},
		{"of a period that ends before it begins", func(l *Look) { l.Period.Until = "2023-12-31" }, "period"},
	} {
		l := good
		c.change(&l)
		list := problem.Of(l.Check())
		switch {
		case c.field == "" && list != nil, c.field != "" && len(list) != 1:
			t.Errorf("%s: %v", c.name, list)
		case c.field == "" || list[0].Code == c.field:
		case list[0].Code != "look-incomplete" || !strings.Contains(list[0].Error(), "`"+c.field+"`"):
			t.Errorf("%s: %v, want %s named", c.name, list[0], c.field)
		}
	}
}
