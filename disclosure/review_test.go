package disclosure

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

var noon = time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC)

// decided is a table of three cells that the first gate let pass.
func decided(asks ...Reason) Decision {
	return Decision{Output: Output{Dataset: "people", Tables: []Table{{Where: Everything(), By: []string{"sex"}, Cells: []Cell{{"L"}, {"P"}, {Blank}}}}}, Asks: asks}
}

// TestReview: the way through the second gate, and each step that is not one.
func TestReview(t *testing.T) {
	const author, member, checker = "sari", "budi", "tini"
	begin := func() Review {
		r, err := Submit(decided(), []string{author, member}, author, noon)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	asked := func() Review {
		r, err := begin().Ask(checker, "why so fine?", noon)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	p := []Place{{0, Cell{"L"}}}
	model := begin()
	model.Decision.Output.Model = true
	looked, err := Submit(decided(because("all-equal", "column", "income")), []string{author}, author, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		doc, code string
		do        func() (Review, error)
	}{
		{"an author accepts", "gate-own", func() (Review, error) { return begin().Accept(author, "", noon) }},
		{"a member of the study accepts", "gate-own", func() (Review, error) { return begin().Accept(member, "", noon) }},
		{"an author asks", "gate-own", func() (Review, error) { return begin().Ask(member, "why?", noon) }},
		{"an author suppresses", "gate-own", func() (Review, error) { return begin().Suppress(author, p, "small", noon) }},
		{"an author rejects", "gate-own", func() (Review, error) { return begin().Reject(author, "no", noon) }},
		{"a checker answers", "gate-not-author", func() (Review, error) { return asked().Answer(checker, "so", noon) }},
		{"an answer without a question", "gate-state", func() (Review, error) { return begin().Answer(author, "so", noon) }},
		{"accepted while a question is open", "gate-state", func() (Review, error) { return asked().Accept(checker, "", noon) }},
		{"a question without words", "gate-no-text", func() (Review, error) { return begin().Ask(checker, "", noon) }},
		{"an answer without words", "gate-no-text", func() (Review, error) { return asked().Answer(author, "", noon) }},
		{"suppressed without a reason", "gate-no-text", func() (Review, error) { return begin().Suppress(checker, p, "", noon) }},
		{"rejected without a reason", "gate-no-text", func() (Review, error) { return begin().Reject(checker, "", noon) }},
		{"accepted without the look asked for", "gate-no-text", func() (Review, error) { return looked.Accept(checker, "", noon) }},
		{"a cell that is not there", "gate-cell-unknown", func() (Review, error) { return begin().Suppress(checker, []Place{{0, Cell{"x"}}}, "small", noon) }},
		{"a table that is not there", "gate-cell-unknown", func() (Review, error) { return begin().Suppress(checker, []Place{{3, Cell{"L"}}}, "small", noon) }},
		{"no cell", "gate-no-cells", func() (Review, error) { return begin().Suppress(checker, nil, "small", noon) }},
		{"a number of a model", "gate-no-cells", func() (Review, error) { return model.Suppress(checker, p, "small", noon) }},
		{"a cell twice", "gate-cell-unknown", func() (Review, error) {
			r, err := begin().Suppress(checker, p, "small", noon)
			if err != nil {
				return r, err
			}
			return r.Suppress(checker, p, "small", noon)
		}},
		{"all cells suppressed, then accepted", "gate-nothing", func() (Review, error) {
			r, err := begin().Suppress(checker, []Place{{0, Cell{"L"}}, {0, Cell{"P"}}, {0, Cell{Blank}}}, "small", noon)
			if err != nil {
				return r, err
			}
			return r.Accept(checker, "", noon)
		}},
		{"accepted twice", "gate-state", func() (Review, error) {
			r, err := begin().Accept(checker, "", noon)
			if err != nil {
				return r, err
			}
			return r.Accept(checker, "", noon)
		}},
		{"submitted by a stranger", "gate-not-author", func() (Review, error) { return Submit(decided(), []string{author}, checker, noon) }},
		{"submitted though refused", "gate-nothing", func() (Review, error) {
			d := decided()
			d.Refused = []Reason{because("nothing-left", "limit", 10)}
			return Submit(d, []string{author}, author, noon)
		}},
	} {
		_, err := c.do()
		var p *problem.Problem
		if !errors.As(err, &p) || p.Code != c.code {
			t.Errorf("%s: error %v, want %s", c.doc, err, c.code)
		}
	}
	// The whole way: asked, answered, one cell suppressed, accepted.
	r := asked()
	r, err = r.Answer(member, "the plan says so", noon)
	if err == nil {
		r, err = r.Suppress(checker, p, "a rumour is about", noon)
	}
	if err == nil {
		r, err = r.Accept(checker, "", noon)
	}
	if err != nil {
		t.Fatal(err)
	}
	if left := r.Leaves().Tables[0].Cells; len(left) != 2 || slices.Equal(left[0], Cell{"L"}) || r.State != Accepted || r.Checker() != checker || len(r.Steps) != 5 {
		t.Errorf("leaves %v in state %s by %q after %d steps", left, r.State, r.Checker(), len(r.Steps))
	}
	if before := r.Decision.Output.Tables[0].Cells; len(before) != 3 {
		t.Error("what the members saw was changed")
	}
	if begun := begin(); begun.Checker() != "" {
		t.Error("a checker before anybody checked")
	}
}

// TestToldCells: a withheld cell that its total gives keeps the table from leaving,
// until one more cell, or the total, stays too.
func TestToldCells(t *testing.T) {
	d := Decision{Output: Output{Dataset: "people", Tables: []Table{
		{Where: Everything(), By: []string{"sex", "age"}, Cells: []Cell{{"L", "0"}, {"L", "1"}, {"P", "0"}, {"P", "1"}}},
		{Where: Everything(), By: []string{"sex"}, Cells: []Cell{{"L"}, {"P"}}}}}}
	for _, c := range []struct {
		doc   string
		cells []Place
		told  int
	}{
		{"one cell of a line", []Place{{0, Cell{"L", "0"}}}, 1},
		{"two cells of a line", []Place{{0, Cell{"L", "0"}}, {0, Cell{"L", "1"}}}, 0},
		{"a cell and its total", []Place{{0, Cell{"L", "0"}}, {1, Cell{"L"}}}, 0},
		{"a cell and another's total", []Place{{0, Cell{"L", "0"}}, {1, Cell{"P"}}}, 1},
	} {
		r, err := Submit(d, []string{"sari"}, "sari", noon)
		if err == nil {
			r, err = r.Suppress("tini", c.cells, "small", noon)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Told(); len(got) != c.told {
			t.Errorf("%s: told %v", c.doc, got)
		}
		if _, err := r.Accept("tini", "", noon); (err != nil) != (c.told > 0) {
			t.Errorf("%s: accepted with %v", c.doc, err)
		}
	}
}

// TestEarlier: what a checker sees beside a new output.
func TestEarlier(t *testing.T) {
	history := []Output{
		{ID: "other data", Dataset: "panel", Tables: []Table{{Where: Everything(), By: []string{"sex"}}}},
		{ID: "whole", Dataset: "people", Tables: []Table{{Where: Everything()}}},
		{ID: "age", Dataset: "people", Tables: []Table{{Where: Everything(), By: []string{"age"}}}},
		{ID: "women by age", Dataset: "people", Tables: []Table{{Where: Filter{{{Column: "sex", Values: []string{"P"}}}}, By: []string{"age"}}}},
	}
	var got []string
	for _, o := range Earlier(history, decided().Output) {
		got = append(got, o.ID)
	}
	if want := []string{"whole", "women by age"}; !slices.Equal(got, want) {
		t.Errorf("earlier outputs %q, want %q", got, want)
	}
}
