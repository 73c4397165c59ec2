package bps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Item is an element of one of an answer's lists.
type Item struct {
	ID    string
	Label string // plain text
}

// Variable is what the cells measure.
type Variable struct {
	Item
	Unit     string // plain text
	Decimals *int   // nil: not said
}

// Answer is a table of BPS.
type Answer struct {
	Query      Query  // zero where it was read from a file
	Origin     Origin // the same
	LastUpdate string // "2025-12-01 13:45:51", of the clock in Jakarta; empty: not said
	Variables  []Variable
	RowsAre    string // what the rows are, such as "Nama Wilayah"
	Rows       []Item
	Columns    []Item // "0", "Tidak ada" where there is one alone
	Years      []Item
	Parts      []Item // of the year
	Cells      []Cell // those that the answer has, in the order of the lists
	Cautions   problem.List
}

// Cell is one cell of a table.
type Cell struct {
	Row, Variable, Column, Year, Part Item
	Value                             *float64 // nil: missing
	Decimals                          int      // as written
	Missing                           string   // the mark where it is missing, such as "..."
	Mark                              registry.Mark
}

// The WebAPI as it writes. list takes "" and null for an empty one.
type list[T any] []T

// UnmarshalJSON reads an array, or nothing in its place.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `""`, "null", "false", "{}":
		return nil
	}
	var all []T
	err := json.Unmarshal(b, &all)
	*l = all
	return err
}

// ident is a number or a text.
type ident string

// UnmarshalJSON reads either.
func (i *ident) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*i = ident(strings.TrimSpace(s))
		return nil
	}
	if !wholeForm.Match(b) {
		return fmt.Errorf("found %s, expected a whole number or a text", cut(string(b)))
	}
	*i = ident(b)
	return nil
}

var wholeForm = regexp.MustCompile(`^-?\d+$`)

type wireItem struct {
	Val   ident `json:"val"`
	Label loose `json:"label"`
}

func (w wireItem) item() Item { return Item{string(w.Val), plain(string(w.Label))} }

type wireVariable struct {
	wireItem
	Unit    loose `json:"unit"`
	Decimal loose `json:"decimal"`
}

// content is datacontent: values by key, as they are written.
type content map[string]json.RawMessage

// UnmarshalJSON reads an object, or an empty list in its place. A key that stands
// twice with two values is an error.
func (c *content) UnmarshalJSON(b []byte) error {
	*c = content{}
	switch strings.Join(strings.Fields(string(b[:min(len(b), 8)])), "") {
	case "[]", `""`, "null":
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("datacontent is not an object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err
		}
		if old, twice := (*c)[key.(string)]; twice && !bytes.Equal(old, v) {
			return fmt.Errorf("the key %s stands twice in datacontent", cut(key.(string)))
		}
		(*c)[key.(string)] = v
	}
	return nil
}

type wire struct {
	Status       string             `json:"status"`
	Availability string             `json:"data-availability"`
	Message      loose              `json:"message"`
	Error        loose              `json:"error"`
	LastUpdate   loose              `json:"last_update"`
	Var          list[wireVariable] `json:"var"`
	Turvar       list[wireItem]     `json:"turvar"`
	LabelVervar  loose              `json:"labelvervar"`
	Vervar       list[wireItem]     `json:"vervar"`
	Tahun        list[wireItem]     `json:"tahun"`
	Turtahun     list[wireItem]     `json:"turtahun"`
	Datacontent  content            `json:"datacontent"`
}

// refusal says that an answer is none.
func refusal(status, availability string, message, reason loose) error {
	switch {
	case reason == "UserNotFound":
		return problem.New("bps-key")
	case status != "OK":
		return problem.New("bps-refused", "status", cut(status), "message", cut(plain(string(message)+" "+string(reason))))
	case availability != "available":
		return problem.New("bps-none", "found", cut(availability))
	}
	return nil
}

// stamp gives last_update of an answer that is worth keeping; false for others.
func stamp(body []byte) (string, bool) {
	var w struct {
		Status       string          `json:"status"`
		Availability string          `json:"data-availability"`
		LastUpdate   loose           `json:"last_update"`
		Datacontent  json.RawMessage `json:"datacontent"`
		Data         json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &w) != nil || w.Status != "OK" || w.Availability != "available" {
		return "", false
	}
	return string(w.LastUpdate), len(w.Datacontent) > len(`{ }`) || len(w.Data) > len(`""`)
}

// ReadAnswer reads a table from an answer that was saved as a file, or comes now.
// Errors: a problem where it is none, says that there is nothing, or can be read in
// two ways. A table without cells is an answer with a caution.
func ReadAnswer(from io.Reader) (Answer, error) {
	b, err := io.ReadAll(io.LimitReader(from, mostBytes+1))
	if err != nil {
		return Answer{}, err
	}
	if len(b) > mostBytes {
		return Answer{}, problem.New("bps-large", "most", mostBytes>>20)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return Answer{}, problem.New("bps-answer", "begins", cut(string(bytes.ToValidUTF8(b[:min(len(b), 200)], nil)))).Because(err)
	}
	if err := refusal(w.Status, w.Availability, w.Message, w.Error); err != nil {
		return Answer{}, err
	}
	a := Answer{LastUpdate: strings.TrimSpace(string(w.LastUpdate)), RowsAre: plain(string(w.LabelVervar)),
		Rows: itemsOf(w.Vervar), Columns: itemsOf(w.Turvar), Years: itemsOf(w.Tahun), Parts: itemsOf(w.Turtahun)}
	for _, v := range w.Var {
		x := Variable{Item: v.item(), Unit: plain(string(v.Unit))}
		if n, err := strconv.Atoi(strings.TrimSpace(string(v.Decimal))); err == nil && n >= 0 && n <= 6 {
			x.Decimals = &n
		}
		a.Variables = append(a.Variables, x)
	}
	if len(w.Datacontent) == 0 {
		a.Cautions = append(a.Cautions, problem.New("bps-empty"))
		return a, nil
	}
	return a, a.fill(w.Datacontent)
}

func itemsOf(all []wireItem) []Item {
	var items []Item
	for _, w := range all {
		items = append(items, w.item())
	}
	return items
}

// mostCells bounds the cells that the lists of an answer make.
const mostCells = 5_000_000

// fill finds the cells. Where a list of columns or parts is empty, keys have "0" in
// its place, or nothing: whichever the answer knows.
func (a *Answer) fill(values content) error {
	n := len(a.Rows) * len(a.Variables) * max(1, len(a.Columns)) * len(a.Years) * max(1, len(a.Parts))
	if n == 0 || n > mostCells {
		return problem.New("bps-lists", "rows", len(a.Rows), "variables", len(a.Variables), "years", len(a.Years), "found", len(values))
	}
	or := func(list []Item) [][]Item {
		if len(list) > 0 {
			return [][]Item{list}
		}
		return [][]Item{{{ID: "0"}}, {{ID: ""}}}
	}
	var best []Cell
	for _, columns := range or(a.Columns) {
		for _, parts := range or(a.Parts) {
			cells, err := a.cross(columns, parts, values)
			if err != nil {
				return err
			}
			if len(cells) > len(best) {
				best = cells
			}
		}
	}
	a.Cells = best
	if left := len(values) - len(best); left > 0 {
		a.Cautions = append(a.Cautions, problem.New("bps-left", "n", left, "all", len(values)))
	}
	return a.numbers(values)
}

// cross builds the key of each cell.
func (a *Answer) cross(columns, parts []Item, values content) ([]Cell, error) {
	made := make(map[string]bool, len(values))
	var cells []Cell
	for _, row := range a.Rows {
		for _, v := range a.Variables {
			for _, column := range columns {
				for _, year := range a.Years {
					for _, part := range parts {
						c := Cell{Row: row, Variable: v.Item, Column: column, Year: year, Part: part}
						key := c.key()
						if _, there := values[key]; !there {
							continue
						}
						if made[key] {
							return nil, problem.New("bps-ambiguous", "key", key)
						}
						made[key] = true
						cells = append(cells, c)
					}
				}
			}
		}
	}
	return cells, nil
}

func (c Cell) key() string { return c.Row.ID + c.Variable.ID + c.Column.ID + c.Year.ID + c.Part.ID }

var tag = regexp.MustCompile(`</?[A-Za-z!][^<>]*>`)

// plain makes plain text of HTML.
func plain(s string) string {
	s = html.UnescapeString(tag.ReplaceAllString(s, " "))
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
}

// readList reads a page of a list and tells how many there are.
func readList(body []byte) (rows []Row, pages int, _ error) {
	var w struct {
		Status       string          `json:"status"`
		Availability string          `json:"data-availability"`
		Message      loose           `json:"message"`
		Error        loose           `json:"error"`
		Data         json.RawMessage `json:"data"`
	}
	wrong := func(err error) error {
		return problem.New("bps-answer", "begins", cut(string(body[:min(len(body), 200)]))).Because(err)
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, 0, wrong(err)
	}
	if err := refusal(w.Status, w.Availability, w.Message, w.Error); err != nil {
		if p := problem.Of(err); len(p) == 1 && p[0].Code == "bps-none" {
			return nil, 0, nil
		}
		return nil, 0, err
	}
	var parts list[json.RawMessage]
	if err := json.Unmarshal(w.Data, &parts); err != nil {
		return nil, 0, wrong(err)
	}
	if len(parts) == 0 {
		return nil, 0, nil
	}
	var of struct {
		Pages int `json:"pages"`
	}
	var all list[map[string]loose]
	if len(parts) < 2 || json.Unmarshal(parts[0], &of) != nil || json.Unmarshal(parts[1], &all) != nil {
		return nil, 0, wrong(errors.New("data is not a head and rows"))
	}
	for _, m := range all {
		row := Row{}
		for k, v := range m {
			row[k] = plain(string(v))
		}
		rows = append(rows, row)
	}
	return rows, of.Pages, nil
}
