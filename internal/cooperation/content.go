package cooperation

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The most that an agreement may hold.
const (
	mostParties      = 6
	mostItems        = 26 // considerations a. to z.
	mostArticles     = 60
	mostDocuments    = 40
	longestAbout     = 400
	longestParagraph = 4000
	mostTermDays     = 366
)

var sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)

// tidy gives the content as it is kept, or says what cannot be kept. What is
// missing may still come: see missing.
func (c Content) tidy(names Names) (Content, error) {
	c.About, c.Place = registry.Clean(c.About), registry.Clean(c.Place)
	if err := registry.CheckText("about", c.About, longestAbout, false); err != nil {
		return c, err
	}
	if c.Place != "" {
		if err := registry.CheckText("place", c.Place, registry.LongestName, false); err != nil {
			return c, err
		}
	}
	if c.Day != "" {
		if _, err := registry.ParseDay(string(c.Day)); err != nil {
			return c, problem.New("day", "found", string(c.Day), "field", "day")
		}
	}
	if err := c.tidyParties(names); err != nil {
		return c, err
	}
	var err error
	if c.Considerations, err = paragraphs("consideration", c.Considerations, mostItems); err != nil {
		return c, err
	}
	if c.LegalBases, err = paragraphs("legal-basis", c.LegalBases, mostItems); err != nil {
		return c, err
	}
	if err := c.tidyArticles(); err != nil {
		return c, err
	}
	c.Scope = c.Scope.Tidy()
	if err := c.Scope.check(names); err != nil {
		return c, err
	}
	if err := c.Terms.check(); err != nil {
		return c, err
	}
	return c, nil
}

// tidyParties checks the parties; their numbers are given by another command.
func (c *Content) tidyParties(names Names) error {
	if len(c.Parties) > mostParties {
		return problem.New("agreement-many", "found", len(c.Parties), "most", mostParties, "field", "parties")
	}
	parties := make([]Party, len(c.Parties))
	for i, p := range c.Parties {
		field := fmt.Sprintf("party-%d", i+1)
		if _, ok := names.Organisations[p.Organisation]; !ok {
			return problem.New("agreement-organisation-unknown", "found", p.Organisation, "field", field)
		}
		if slices.ContainsFunc(c.Parties[:i], func(o Party) bool { return o.Organisation == p.Organisation }) {
			return problem.New("agreement-party-twice", "organisation", names.Organisations[p.Organisation], "field", field)
		}
		if p.Position != "" && (names.Positions[p.Position].Title == "" || names.Positions[p.Position].Organisation != p.Organisation) {
			return problem.New("agreement-position", "organisation", names.Organisations[p.Organisation], "field", field)
		}
		parties[i] = Party{Organisation: p.Organisation, Position: p.Position}
	}
	c.Parties = parties
	return nil
}

func (c *Content) tidyArticles() error {
	if len(c.Articles) > mostArticles {
		return problem.New("agreement-many", "found", len(c.Articles), "most", mostArticles, "field", "articles")
	}
	all := []Article{}
	for i, a := range c.Articles {
		field := fmt.Sprintf("article-%d", i+1)
		body, err := paragraphs(field, a.Paragraphs, mostItems)
		if err != nil {
			return err
		}
		a = Article{registry.Clean(a.Title), body}
		if a.Title == "" && len(a.Paragraphs) == 0 {
			continue // a line of the form that nobody filled
		}
		if a.Title == "" {
			return problem.New("blank-article", "number", i+1, "field", field)
		}
		if err := registry.CheckText(field, a.Title, registry.LongestName, false); err != nil {
			return err
		}
		all = append(all, a)
	}
	c.Articles = all
	return nil
}

// paragraphs cleans texts, leaves out blank ones and checks the rest.
func paragraphs(field string, texts []string, most int) ([]string, error) {
	all := []string{}
	for _, s := range texts {
		s = registry.Clean(s)
		if s == "" {
			continue
		}
		if err := registry.CheckText(field, s, longestParagraph, true); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) > most {
		return nil, problem.New("agreement-many", "found", len(all), "most", most, "field", field)
	}
	return all, nil
}

// check says what the scope names that is not in the register.
func (s Scope) check(names Names) error {
	for _, p := range s.Programmes {
		if _, ok := names.Programmes[p]; !ok {
			return problem.New("agreement-programme-unknown", "found", p, "field", "programmes")
		}
	}
	for _, c := range s.Datasets {
		d, ok := names.Datasets[c.Dataset]
		if !ok {
			return problem.New("agreement-dataset-unknown", "found", c.Dataset, "field", "datasets")
		}
		for _, column := range c.Columns {
			if column != All && !slices.Contains(d.Columns, column) {
				return problem.New("agreement-column-unknown", "found", column, "dataset", d.Name, "field", "datasets")
			}
		}
	}
	for _, p := range s.Purposes {
		if !slices.Contains(Purposes, p) {
			return problem.New("agreement-purpose-unknown", "found", p, "field", "purposes")
		}
	}
	for _, d := range []struct {
		field string
		day   registry.Day
	}{{"from", s.Period.From}, {"until", s.Period.Until}} {
		if d.day == "" {
			continue
		}
		if _, err := registry.ParseDay(string(d.day)); err != nil {
			return problem.New("day", "found", string(d.day), "field", d.field)
		}
	}
	if s.Period.From != "" {
		if err := s.Period.Check(); err != nil {
			return problem.New("period", "from", string(s.Period.From), "until", string(s.Period.Until), "field", "until")
		}
		for _, code := range s.Regions {
			if _, err := registry.RegionOn(code, s.Period.From); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t Terms) check() error {
	for _, d := range []struct {
		field             string
		days, least, most int
	}{{"silence-days", t.SilenceDays, 0, 60}, {"release-days", t.ReleaseDays, 0, mostTermDays}, {"report-days", t.ReportDays, 1, mostTermDays}} {
		if d.days < d.least || d.days > d.most {
			return problem.New("agreement-days", "found", d.days, "least", d.least, "most", d.most, "field", d.field)
		}
	}
	return nil
}

// missing lists what a text needs before it is put before the parties.
func (c Content) missing() problem.List {
	var all problem.List
	need := func(ok bool, what, field string) {
		if !ok {
			all = append(all, problem.New("agreement-lacks-"+what, "field", field))
		}
	}
	need(len(c.Parties) >= 2, "parties", "parties")
	need(!slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Position == "" }), "positions", "parties")
	need(len(c.Articles) > 0, "articles", "articles")
	for i, a := range c.Articles {
		if len(a.Paragraphs) == 0 {
			all = append(all, problem.New("agreement-lacks-paragraphs", "number", i+1, "title", a.Title, "field", fmt.Sprintf("article-%d", i+1)))
		}
	}
	need(len(c.Scope.Programmes) > 0, "programmes", "programmes")
	need(len(c.Scope.Regions) > 0, "regions", "regions")
	need(len(c.Scope.Datasets) > 0, "datasets", "datasets")
	need(len(c.Scope.Purposes) > 0, "purposes", "purposes")
	need(c.Scope.Period.From != "", "from", "from")
	need(c.Scope.Period.Until != "", "until", "until")
	return all
}

// outside says what the scope of an agreement names beyond the one above it,
// each thing by its name.
func (s Scope) outside(above Scope, names Names) problem.List {
	var all problem.List
	e := s.Outside(above)
	each := func(side string, of []string, name func(string) string) {
		words := make([]string, len(of))
		for i, x := range of {
			words[i] = name(x)
		}
		if len(words) > 0 {
			all = append(all, problem.New("agreement-outside-"+side, "found", words, "field", side))
		}
	}
	each("programmes", e.Programmes, func(id string) string { return called(names.Programmes, id) })
	each("regions", e.Regions, registry.RegionName)
	for _, c := range e.Datasets {
		name := names.Datasets[c.Dataset].Name
		switch open, named := above.Columns(c.Dataset); {
		case !named:
			all = append(all, problem.New("agreement-outside-datasets", "found", name, "field", "datasets"))
		case slices.Contains(c.Columns, All):
			all = append(all, problem.New("agreement-outside-columns-all", "dataset", name, "expected", open.Columns, "field", "datasets"))
		default:
			all = append(all, problem.New("agreement-outside-columns", "dataset", name, "found", c.Columns, "expected", open.Columns, "field", "datasets"))
		}
	}
	for _, p := range e.Purposes {
		all = append(all, problem.New("agreement-outside-purpose-"+p, "field", "purposes"))
	}
	if p := s.Period; e.Period && p.From != "" && p.Until != "" { // what is not filled yet is not outside
		all = append(all, problem.New("agreement-outside-period", "from", string(above.Period.From), "until", string(above.Period.Until),
			"found", string(p.From), "found_until", string(p.Until), "field", "until"))
	}
	return all
}

// fits holds an agreement against what stands above it at an instant.
func (b Bound) fits(names Names, at time.Time) error {
	a := b.Agreement
	above := b.Parent
	if a.Amends != "" {
		if err := b.amendable(at); err != nil {
			return err
		}
		if last := above.PeriodAt(at).Until; a.Scope.Period.From > last {
			return problem.New("agreement-addendum-late", "from", string(a.Scope.Period.From), "until", string(last), "field", "from")
		}
		same := len(a.Parties) == len(above.Agreement.Parties)
		for _, p := range a.Parties {
			_, is := above.Agreement.Party(p.Organisation)
			same = same && is
		}
		if !same && len(a.Parties) > 0 {
			return problem.New("agreement-addendum-parties", "field", "parties")
		}
		above = above.Parent // it may open what the amended one does not, but nothing beyond the umbrella
	}
	if above == nil {
		return nil
	}
	if s := above.StateAt(at); s == AgreementExpired || s == AgreementTerminated {
		return problem.New("agreement-parent-over", "until", string(above.PeriodAt(at).Until), "field", "parent")
	}
	open := above.at(at).scope() // in whatever state: a draft may wait for its parent
	if out := a.Scope.outside(open, names); len(out) > 0 {
		return out
	}
	return nil
}

// amendable refuses to go on with an addendum once the agreement that it changes
// is over.
func (b Bound) amendable(at time.Time) error {
	if b.Agreement.Amends == "" || b.Parent.InForce(at) {
		return nil
	}
	switch s := b.Parent.StateAt(at); s {
	case AgreementExpired, AgreementTerminated:
		return problem.New("agreement-amended-over", "until", string(b.Parent.PeriodAt(at).Until))
	}
	return problem.New("agreement-amended-not-yet")
}
