package web

import (
	"html/template"
	"net/http"

	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// answered gives the answer of the run of the address to who may see it.
func (c *call) answered() (on runOn, a answers.Answer, err error) {
	if err = c.view(func(r *store.Reader) error {
		o, err := runs().object(c, r, c.r.PathValue("id"))
		if err == nil {
			on = o.value.(runOn)
		}
		return err
	}); err != nil {
		return on, a, err
	}
	a, err = c.openAnswer(on.ID)
	return on, a, err
}

// openAnswer gives the answer of a run to the reader, who is noted with who they view as.
func (c *call) openAnswer(id string) (answers.Answer, error) {
	return answers.Open(c.ctx(), c.o.Store, event.Actor{User: c.self.User, Via: event.Web}, c.who, id)
}

// runReport shows the report of a run.
func (p *Pages) runReport(c *call) error {
	on, a, err := c.answered()
	if err != nil {
		return err
	}
	in := a.Report(c.o.Now())
	if err := c.view(func(r *store.Reader) (err error) { in.Called, err = dataCalled(r, on.Run); return err }); err != nil {
		return err
	}
	body, err := report.Body(in, c.lang)
	if err != nil {
		return err
	}
	trial := ""
	if on.Dummy { // its first sentence would be read as an answer
		trial = c.t("run.report.dummy")
	}
	title := on.of.Title
	shown := Study{ID: on.ID, Title: result.Text{ID: title, EN: title}, Body: map[i18n.Lang]template.HTML{c.lang: body}, Source: in.Source}
	p.render(c.w, c.r, http.StatusOK, "runreport", view{Words: title, Section: "studies", Data: map[string]any{
		"study": shown, "trial": trial, "back": c.link(nounPath["run"] + "/" + on.ID), "title": c.t("run.title", "study", title, "day", c.day(registry.DayOf(on.Queued.At))),
	}})
	return nil
}

// dataCalled names the datasets that a run read, with their versions, by what its plan
// calls them; of made-up rows there is none.
func dataCalled(r *store.Reader, x study.Run) (map[string]result.Text, error) {
	out := map[string]result.Text{}
	for _, d := range x.Data {
		set, ok, err := store.DatasetOf(r, d.Dataset)
		if err != nil {
			return nil, err
		}
		if ok && d.Version > 0 {
			says := func(l i18n.Lang) string {
				return i18n.Text(l, "record.run.data.version", map[string]any{"dataset": set.Name, "number": d.Version})
			}
			out[d.Name] = result.Text{ID: says(i18n.ID), EN: says(i18n.EN)}
		}
	}
	return out, nil
}

// runFile makes a page that answers with a file of the answer of a run.
func runFile(mediaType string, file func(*call, runOn, answers.Answer) (name string, body []byte, err error)) func(*call) error {
	return func(c *call) error {
		on, a, err := c.answered()
		if err != nil {
			return err
		}
		name, body, err := file(c, on, a)
		if err != nil {
			return err
		}
		c.attachment(mediaType, name)
		c.w.WriteHeader(http.StatusOK)
		_, _ = c.w.Write(body) // a reader who has gone needs no answer
		return nil
	}
}

func runJSON(_ *call, _ runOn, a answers.Answer) (string, []byte, error) {
	text, err := a.JSON()
	return "hasil.json", text, err
}

func runTables(c *call, _ runOn, a answers.Answer) (string, []byte, error) {
	book, err := a.Workbook(c.lang)
	return "tabel.xlsx", book, err
}

func runPackage(c *call, on runOn, a answers.Answer) (string, []byte, error) {
	zip, err := a.Package(c.lang, c.o.Now(), on.of.Title, on.gone)
	return a.PackageName(), zip, err
}
