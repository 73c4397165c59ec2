package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/result"
)

//go:embed pages/*.html
var pageFiles embed.FS

// The pages, each with the frame and the functions of its language.
var templates = func() map[i18n.Lang]map[string]*template.Template {
	all := map[i18n.Lang]map[string]*template.Template{}
	for _, l := range i18n.Langs {
		frame := template.Must(template.New("frame.html").Funcs(words(l)).ParseFS(pageFiles, "pages/frame.html"))
		all[l] = map[string]*template.Template{}
		for _, name := range []string{"home", "studies", "study", "runreport", "notfound", "progress", "methods", "method", "sheet", "letter", "api"} {
			all[l][name] = template.Must(template.Must(frame.Clone()).ParseFS(pageFiles, "pages/"+name+".html"))
		}
	}
	return all
}()

// view is what a page is made from.
type view struct {
	Lang        i18n.Lang
	Title       string // key, or the words themselves when Words is set
	Words       string
	Section     string // current entry of the navigation
	Reload      bool
	CSS, Report string   // addresses of styles
	Live        string   // where the page asks how far something is; "" = it does not
	Typed       bool     // what is typed on it is checked meanwhile
	Script      string   // address of the program that asks
	Here, Other string   // this page's address in both languages
	Account     *account // nil: these pages have no record
	Nonce       string   // of the page's own style, which is for paper
	Example     bool     // the record is an invented one
	Data        map[string]any
}

// account is what the head of each page says of who is signed in.
type account struct {
	Name    string // "" = nobody
	Kop     *kop   // of the reader's office, on paper; nil = none
	Inbox   string // words of the link to the inbox, with the number that is unread
	Viewing string // as whom the pages are seen; "" = oneself
	Form    string // token of the form that ends that
	Printed string // on paper: by whom, when, and the head of the record
}

// account tells who is signed in.
func (p *Pages) account(r *http.Request) *account {
	a := &account{Inbox: p.inboxWords(r)}
	c := callOf(r)
	if c == nil { // a request that was refused before anything was known of it
		return a
	}
	printed := "printed.public"
	if c.sess != nil {
		a.Name, printed = c.self.Name, "printed"
		if c.who.Viewer != "" {
			a.Viewing, a.Form = c.who.Name, c.sess.formToken(stopViewingPath)
		}
	}
	err := c.view(func(from *store.Reader) error {
		head, err := from.Head()
		if err != nil {
			return err
		}
		a.Printed = c.t(printed, "name", a.Name, "when", i18n.Date(c.lang, p.office.Now()), "head", head.String())
		if office := c.office(); office != "" {
			a.Kop, err = c.kop(from, office)
		}
		return err
	})
	if err != nil { // a page without its paper is still a page
		p.office.Log.Error("a page has nothing for paper", "error", problem.Mask(err.Error()))
	}
	return a
}

// words are the functions of templates in a language.
func words(l i18n.Lang) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, pairs ...any) string {
			return i18n.Text(l, key, result.MakeValues(pairs...))
		},
		"say":     func(t result.Text) string { return in(l, t) },
		"number":  func(x float64, decimals int) string { return i18n.Number(l, x, decimals) },
		"day":     func(s string) string { return i18n.Day(l, s) },
		"dots":    dots,
		"grade":   func(g result.Grade) string { return i18n.Text(l, "web.grade."+string(g), nil) },
		"cssText": cssText,
		"inline":  inline,
		"strip":   strip,
		"page":    func(name string) string { return pageLink(l, name) },
		"link":    func(path string) string { return "/" + string(l) + path },
		"stop":    func() string { return "/" + string(l) + stopViewingPath },
		"body":    func(s Study) template.HTML { return s.Body[l] },
	}
}

func in(l i18n.Lang, t result.Text) string {
	if l == i18n.EN {
		return t.EN
	}
	return t.ID
}

// dots draws the strength of evidence: three for strong, none for not causal.
func dots(g result.Grade) [3]bool {
	n := map[result.Grade]int{result.Strong: 3, result.Moderate: 2, result.Weak: 1}[g]
	return [3]bool{n > 0, n > 1, n > 2}
}

// cssText writes a text as a string of CSS, in which nothing can end it.
func cssText(s string) template.CSS {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:-", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\%x `, r)
		}
	}
	b.WriteByte('"')
	return template.CSS(b.String()) //nolint:gosec // every other sign is escaped
}

// render writes a page; a template that fails is a mistake of ours, so nothing
// half-made leaves.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, page string, v view) {
	v.Lang = languageOf(r)
	v.Example = p.office.Example
	v.CSS, v.Report = p.css, p.report
	v.Account = p.account(r)
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	v.Nonce = hex.EncodeToString(raw[:])
	allowed := strings.Replace(policy, "style-src 'self'", "style-src 'self' 'nonce-"+v.Nonce+"'", 1)
	switch {
	case v.Live != "":
		v.Script = p.live
	case v.Typed:
		v.Script = p.plan
	}
	if v.Script != "" {
		allowed += livePolicy
	}
	w.Header().Set("Content-Security-Policy", allowed)
	v.Here, v.Other = "/"+string(v.Lang)+r.URL.Path, "/"+string(other(v.Lang))+r.URL.Path
	if v.Words == "" {
		v.Words = i18n.Text(v.Lang, v.Title, nil)
	}
	var b bytes.Buffer
	if err := templates[v.Lang][page].ExecuteTemplate(&b, "frame.html", v); err != nil {
		http.Error(w, i18n.Text(v.Lang, "web.failed", nil), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(v.Lang))
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who has gone needs no answer
}

func (p *Pages) studies(w http.ResponseWriter, r *http.Request, s *Site) {
	p.render(w, r, http.StatusOK, "studies", view{Title: "web.studies.title", Section: "studies", Data: map[string]any{"site": s}})
}

func (p *Pages) study(w http.ResponseWriter, r *http.Request, s *Site) {
	at := slices.IndexFunc(s.Studies, func(st Study) bool { return st.ID == r.PathValue("id") })
	if at < 0 {
		p.notFound(w, r, s)
		return
	}
	study := s.Studies[at]
	body := study.Body[languageOf(r)]
	p.render(w, r, http.StatusOK, "study", view{Words: in(languageOf(r), study.Title), Section: "studies", Data: map[string]any{
		"study": study, "heading": !bytes.Contains([]byte(body), []byte("<h1")),
	}})
}

func (p *Pages) notFound(w http.ResponseWriter, r *http.Request, _ *Site) {
	p.render(w, r, http.StatusNotFound, "notfound", view{Title: "web.notfound.title"})
}
