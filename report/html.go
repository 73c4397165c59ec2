package report

import (
	"bytes"
	_ "embed" // the template and the style
	"html/template"
	"io"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

//go:embed report.html
var source string

//go:embed report.css
var style string

// CSS is the style of the report's bodies, for pages that embed them.
func CSS() string { return style }

// explained are the terms of the tables that a reader may never have met.
var explained = []string{"interval", "band", "se", "p"}

// page is the template; t and dots are the words and marks it uses.
var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"t": func(l i18n.Lang, key string, pairs ...any) string {
		values := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			values[pairs[i].(string)] = pairs[i+1]
		}
		return i18n.Text(l, key, values)
	},
	"dots": func(n int) template.HTML {
		return template.HTML(strings.Repeat("●", n) + "<i>" + strings.Repeat("○", 3-n) + "</i>") //nolint:gosec // two constants
	},
	"code":  code,
	"terms": func() []string { return explained },
	"css":   func() template.CSS { return template.CSS(style) }, //nolint:gosec // our own file
}).Parse(source))

// code sets the names of columns and keys, which stand between backticks.
func code(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if part = template.HTMLEscapeString(part); i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

// HTML writes one self-contained file with both languages, Indonesian first;
// the choice of language is a pair of radio buttons, without scripts. Nothing
// is fetched from outside.
func HTML(w io.Writer, in Input) error {
	return page.ExecuteTemplate(w, "file", []view{in.see(i18n.ID), in.see(i18n.EN)})
}

// Body gives the report in one language, for a page that has its own frame. It
// has no inline style and no script.
func Body(in Input, l i18n.Lang) (template.HTML, error) {
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "body", in.see(l)); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // made by html/template
}
