package api

import (
	"maps"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// What agreements and permits have in common.

// Scope is what an agreement, or a permit in it, opens: the columns of the
// datasets in the regions, for the programmes and purposes, on the days.
type Scope struct {
	Programmes []string  `json:"programmes" maxItems:"500"`
	Regions    []string  `json:"regions" maxItems:"600"`
	Datasets   []Columns `json:"datasets" maxItems:"200"`
	Purposes   []string  `json:"purposes" maxItems:"20"`
	From       OpenDay   `json:"from"`
	Until      OpenDay   `json:"until"`
}

// OpenDay is a day as year-month-day, or empty while it is not settled.
type OpenDay string

// Schema says so in the document; the rooms below check the day.
func (OpenDay) Schema(huma.Registry) *huma.Schema {
	most := 10
	return &huma.Schema{Type: huma.TypeString, MaxLength: &most}
}

// Columns are the columns of one dataset; "*": all.
type Columns struct {
	Dataset string   `json:"dataset" maxLength:"200"`
	Columns []string `json:"columns" maxItems:"500"`
}

func columnsOf(all []cooperation.Columns) []Columns {
	out := make([]Columns, len(all))
	for i, c := range all {
		out[i] = Columns{c.Dataset, texts(c.Columns)}
	}
	return out
}

func columns(all []Columns) []cooperation.Columns {
	out := make([]cooperation.Columns, len(all))
	for i, c := range all {
		out[i] = cooperation.Columns(c)
	}
	return out
}

func scopeOf(s cooperation.Scope) Scope {
	return Scope{texts(s.Programmes), texts(s.Regions), columnsOf(s.Datasets), texts(s.Purposes), OpenDay(s.Period.From), OpenDay(s.Period.Until)}
}

func (s Scope) scope() cooperation.Scope {
	return cooperation.Scope{Programmes: s.Programmes, Regions: s.Regions, Datasets: columns(s.Datasets), Purposes: s.Purposes, Period: period(s.From, s.Until)}
}

func period(from, until OpenDay) registry.Period {
	return registry.Period{From: registry.Day(from), Until: registry.Day(until)}
}

// Words are a sentence in both languages.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

func inBoth(say func(i18n.Lang) string) Words { return Words{say(i18n.ID), say(i18n.EN)} }

func wordsOf(key string) Words {
	return inBoth(func(l i18n.Lang) string { return i18n.Text(l, key, nil) })
}

// inLang gives words of the register in a language.
func inLang(l i18n.Lang, w registry.Words) string {
	if l == i18n.EN {
		return w.EN
	}
	return w.ID
}

// Did says who did something, from which position, through which door, and when.
type Did struct {
	Mark
	Position string `json:"position"`
	Capacity string `json:"capacity" enum:",definitive,plt,plh,an,local-administrator"`
}

func didOf(m cooperation.Mark) Did {
	return Did{Mark{m.User, string(m.Via), m.At}, m.Position, string(m.Capacity)}
}

func didOrNot(m *cooperation.Mark) *Did {
	if m == nil {
		return nil
	}
	d := didOf(*m)
	return &d
}

// OfficeNumber is a number from an office's own register.
type OfficeNumber struct {
	Text string `json:"text" maxLength:"200"`
	Day  string `json:"day" format:"date"`
}

func numberOf(n *cooperation.Number) *OfficeNumber {
	if n == nil {
		return nil
	}
	return &OfficeNumber{n.Text, string(n.Day)}
}

func (n *OfficeNumber) number() *cooperation.Number {
	if n == nil {
		return nil
	}
	return &cooperation.Number{Text: n.Text, Day: registry.Day(n.Day)}
}

// File is a document that is kept; its content is answered by the address
// documents/SHA256 of what it belongs to.
type File struct {
	SHA256 string `json:"sha256"`
	Name   string `json:"name"`
	Type   string `json:"media_type"`
	Bytes  int64  `json:"bytes"`
}

func fileOf(f *cooperation.File) *File {
	if f == nil {
		return nil
	}
	out := File(*f)
	return &out
}

func filesOf(all []cooperation.File) []File {
	out := make([]File, len(all))
	for i, f := range all {
		out[i] = File(f)
	}
	return out
}

// What examples name.
const (
	someID   = "06h124smd00g40r40m30e0820c"
	someHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var someFile = Upload{"surat.txt", "c3VyYXQK"}

// flat puts the names of all that an answer mentions by identifier into one table.
func flat(r *store.Reader, words cooperation.Names, users []string) (map[string]string, error) {
	names, err := store.NamesOf(r, users)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, some := range []map[string]string{names, words.Organisations, words.Programmes} {
		maps.Copy(all, some)
	}
	for id, p := range words.Positions {
		all[id] = p.Title
	}
	for id, d := range words.Datasets {
		all[id] = d.Name
	}
	return all, nil
}
