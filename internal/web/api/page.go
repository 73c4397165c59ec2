package api

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/i18n"
)

//go:embed page.html
var pageText string

// pageTemplate has "main", what stands between the frames of a page, and "page",
// a frame of its own. The functions are those of a language, set when it is drawn.
var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{"t": func(string) string { return "" }}).Parse(pageText))

type pageView struct {
	Lang, Style, Document string
	Nouns                 []pageNoun
}

type pageNoun struct {
	ID, Name   string
	Operations []pageOperation
}

type pageOperation struct {
	ID, Method, Path, Summary, About, Example, Media string
	Parameters, Body, Answer                         []pageField
	Statuses                                         []pageStatus
}

// pageField is a field with its way there: signing.plt, items[].id.
type pageField struct {
	Name, Type, Text string
	Choices          []string
	Needed           bool
}

type pageStatus struct{ Code, Text string }

// Main is the page of the document in a language, without a frame: what stands
// in the main part of a page that loads the style of internal/web.
func (a *API) Main(l i18n.Lang) (template.HTML, error) {
	b, err := a.draw("main", l, "")
	return template.HTML(b), err //nolint:gosec // html/template wrote it
}

// Page shows the document on a page of its own, in the language that a function
// finds for a request; style is the address of a style sheet.
func (a *API) Page(style string, language func(*http.Request) i18n.Lang) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := language(r)
		b, err := a.draw("page", l, style)
		if err != nil {
			write(w, inWords(l, err))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Language", string(l))
		_, _ = w.Write(b) // nobody is left to tell
	})
}

func (a *API) draw(part string, l i18n.Lang, style string) ([]byte, error) {
	t, err := pageTemplate.Clone()
	if err != nil {
		return nil, err
	}
	t.Funcs(template.FuncMap{"t": func(key string) string { return i18n.Text(l, key, nil) }})
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, part, a.documents[l].view(l, style))
	return b.Bytes(), err
}

// view puts the document in the order of reading: by noun, lists first, then what
// reads, makes and acts.
func (d document) view(l i18n.Lang, style string) pageView {
	v := pageView{Lang: string(l), Style: style, Document: documentPath}
	nouns := map[string][]pageOperation{}
	for _, path := range slices.Sorted(maps.Keys(d.api.Paths)) {
		item := d.api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op != nil {
				nouns[op.Tags[0]] = append(nouns[op.Tags[0]], d.operation(l, op))
			}
		}
	}
	for _, noun := range slices.Sorted(maps.Keys(nouns)) {
		v.Nouns = append(v.Nouns, pageNoun{ID: noun, Name: i18n.Text(l, "api.noun."+noun, nil), Operations: nouns[noun]})
	}
	return v
}

func (d document) operation(l i18n.Lang, op *huma.Operation) pageOperation {
	out := pageOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description}
	for _, p := range op.Parameters {
		f := d.field(l, p.Name, p.Schema, p.Required)
		f.Text = p.Description
		out.Parameters = append(out.Parameters, f)
	}
	if op.RequestBody != nil {
		media := bodyOf(op)
		if op.RequestBody.Content[multipartType] != nil {
			out.Media = multipartType
		}
		out.Body = d.fields(l, "", media.Schema, true)
		if b, err := json.MarshalIndent(media.Example, "", "  "); err == nil {
			out.Example = string(b)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if code, err := strconv.Atoi(status); err == nil {
			out.Statuses = append(out.Statuses, pageStatus{status, r.Description})
			if media := r.Content["application/json"]; code < 300 && media != nil {
				out.Answer = d.fields(l, "", media.Schema, false)
			}
		}
	}
	return out
}

// bodyOf is the one form in which an operation takes its body.
func bodyOf(op *huma.Operation) *huma.MediaType {
	for _, media := range op.RequestBody.Content {
		return media
	}
	return &huma.MediaType{}
}

func (d document) resolved(s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return d.api.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fields lists the fields of an object and of what lies in it; those that are
// needed come first, in their order.
func (d document) fields(l i18n.Lang, way string, s *huma.Schema, body bool) []pageField {
	s = d.resolved(s)
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		order := func(name string) int {
			if i := slices.Index(s.Required, name); i >= 0 {
				return i
			}
			return len(s.Required)
		}
		return cmp.Or(order(a)-order(b), strings.Compare(a, b))
	})
	var all []pageField
	for _, name := range names {
		p := s.Properties[name]
		all = append(all, d.field(l, way+name, p, body && slices.Contains(s.Required, name)))
		switch inner := d.resolved(p); {
		case inner.Type == huma.TypeObject:
			all = append(all, d.fields(l, way+name+".", inner, body)...)
		case inner.Type == huma.TypeArray && d.resolved(inner.Items).Type == huma.TypeObject:
			all = append(all, d.fields(l, way+name+"[].", inner.Items, body)...)
		}
	}
	return all
}

func (d document) field(l i18n.Lang, name string, s *huma.Schema, needed bool) pageField {
	text := s.Description
	// A reference has none of its own.
	for _, key := range []string{"api.field." + s.Ref[strings.LastIndex(s.Ref, "/")+1:], "api.field." + name[strings.LastIndex(name, ".")+1:]} {
		if text == "" && i18n.Has(l, key) {
			text = i18n.Text(l, key, nil)
		}
	}
	s = d.resolved(s)
	kind := s.Type
	switch {
	case s.Format == "date" || s.Format == "date-time":
		kind = s.Format
	case s.Extensions["contentMediaType"] != nil:
		kind = "file"
	case kind == "":
		kind = "any"
	}
	f := pageField{Name: name, Type: i18n.Text(l, "api.type."+kind, nil), Text: text, Needed: needed}
	choices := s.Enum
	if s.Type == huma.TypeArray && s.Items != nil {
		choices = d.resolved(s.Items).Enum
	}
	for _, c := range choices {
		if word, ok := c.(string); ok && word != "" {
			f.Choices = append(f.Choices, word)
		}
	}
	return f
}
