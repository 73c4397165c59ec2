package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

// repeats is the command that gives the numbers of a data package again.
const repeats = "dampak estimate rencana.yaml momen.json"

// answered is the answer of a run as its readers see it.
type answered struct {
	runOn
	result result.Result
	plan   *designs.Study
}

// answered gives the answer of the run of the address to who may see it; that they saw
// it is noted first, but of what is released or made up.
func (c *call) answered() (x answered, err error) {
	err = c.view(func(r *store.Reader) error {
		o, err := runs().object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		x.runOn = o.value.(runOn)
		return nil
	})
	if err != nil {
		return x, err
	}
	if !x.sight.Shows {
		return x, errNotFound
	}
	if err := c.o.Store.NoteAnswer(c.ctx(), event.Actor{User: c.self.User, Via: event.Web}, c.who.User, x.Run); err != nil {
		return x, err
	}
	x.result, x.plan, err = c.again(x.Run)
	return x, err
}

// again computes the answer again from what the run kept, without what is held back.
func (c *call) again(x study.Run) (result.Result, *designs.Study, error) {
	plan, err := designs.Parse([]byte(x.Plan), "")
	if err != nil {
		return result.Result{}, nil, err
	}
	text, err := c.kept(x.Answer.Moments)
	if err != nil {
		return result.Result{}, nil, err
	}
	kept, err := replay.Read(bytes.NewReader(text), "")
	if err != nil {
		return result.Result{}, nil, err
	}
	got, err := run.Run(c.ctx(), run.Input{Study: plan, Sources: kept.Sources(), Engine: kept.Replay(), Version: x.Answer.Version, Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return got, plan, err
	}
	held, err := c.heldByGate(x)
	if err != nil {
		return got, plan, err
	}
	if x.Release != nil {
		held = append(held, x.Release.Held...)
	}
	return report.Hold(got, held), plan, nil
}

// heldByGate are the estimates that the first gate kept back.
func (c *call) heldByGate(x study.Run) ([]string, error) {
	if x.Answer.Gate == "" {
		return nil, nil
	}
	text, err := c.kept(x.Answer.Gate)
	if err != nil {
		return nil, err
	}
	var said struct {
		Held []string `json:"held"`
	}
	return said.Held, json.Unmarshal(text, &said)
}

func (c *call) reportOf(x answered) report.Input {
	source := result.Text{ID: i18n.Text(i18n.ID, "record.run.source.real", nil), EN: i18n.Text(i18n.EN, "record.run.source.real", nil)}
	if x.Dummy {
		source = result.Text{ID: i18n.Text(i18n.ID, "record.run.source.dummy", nil), EN: i18n.Text(i18n.EN, "record.run.source.dummy", nil)}
	}
	return report.Input{Result: x.result, Study: x.plan, Command: repeats, Source: source, Printed: c.o.Now()}
}

// runReport shows the report of a run.
func (p *Pages) runReport(c *call) error {
	x, err := c.answered()
	if err != nil {
		return err
	}
	in := c.reportOf(x)
	body, err := report.Body(in, c.lang)
	if err != nil {
		return err
	}
	title := x.of.Title
	shown := Study{ID: x.ID, Title: result.Text{ID: title, EN: title}, Body: map[i18n.Lang]template.HTML{c.lang: body}, Source: in.Source}
	p.render(c.w, c.r, http.StatusOK, "runreport", view{Words: title, Section: "studies", Data: map[string]any{
		"study": shown, "back": c.link(nounPath["run"] + "/" + x.ID), "title": c.t("run.title", "study", title, "day", c.day(registry.DayOf(x.Queued.At))),
	}})
	return nil
}

// runJSON answers with the result as the contract has it: of what is released exactly
// what left.
func (p *Pages) runJSON(c *call) error {
	x, err := c.answered()
	if err != nil {
		return err
	}
	text, err := c.resultOf(x)
	if err != nil {
		return err
	}
	c.attachment("application/json; charset=utf-8", "hasil.json")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(text) // a reader who has gone needs no answer
	return nil
}

func (c *call) resultOf(x answered) ([]byte, error) {
	if x.Release != nil {
		return c.kept(x.Release.Content)
	}
	return c.kept(x.Answer.Result)
}

// runTables answers with all tables of the report as a workbook.
func (p *Pages) runTables(c *call) error {
	x, err := c.answered()
	if err != nil {
		return err
	}
	b, err := c.workbookOf(x)
	if err != nil {
		return err
	}
	c.attachment("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "tabel.xlsx")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(b.Bytes()) // the same
	return nil
}

func (c *call) workbookOf(x answered) (_ *bytes.Buffer, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	for i, t := range report.Sheets(c.reportOf(x), c.lang) {
		name := fmt.Sprintf("%d", i+1)
		if i == 0 {
			if err := book.SetSheetName(book.GetSheetName(0), name); err != nil {
				return nil, err
			}
		} else if _, err := book.NewSheet(name); err != nil {
			return nil, err
		}
		rows := slices.Concat([][]any{{t.Title}, t.Head}, t.Rows)
		for k, row := range rows {
			for m, v := range row {
				at, err := excelize.CoordinatesToCellName(m+1, k+1)
				if err == nil {
					err = setCell(book, name, at, v)
				}
				if err != nil {
					return nil, err
				}
			}
		}
	}
	return book.WriteToBuffer()
}

// setCell writes a number or a text; no text is a formula.
func setCell(book *excelize.File, sheet, at string, v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case float64:
		return book.SetCellFloat(sheet, at, v, -1, 64)
	case int64:
		return book.SetCellInt(sheet, at, v)
	}
	return book.SetCellStr(sheet, at, fmt.Sprint(v))
}

// runPackage answers with all that repeats the numbers: plan, result, tables and, where
// nothing is held back, the moments.
func (p *Pages) runPackage(c *call) error {
	x, err := c.answered()
	if err != nil {
		return err
	}
	numbers, err := c.resultOf(x)
	if err != nil {
		return err
	}
	tables, err := c.workbookOf(x)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.HTML(&page, c.reportOf(x)); err != nil {
		return err
	}
	files := []packed{{"rencana.yaml", "application/yaml", []byte(x.Plan)}, {"hasil.json", "application/json", numbers}, {"tabel.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", tables.Bytes()}, {"laporan.html", "text/html", page.Bytes()}}
	held, err := c.heldByGate(x.Run)
	if err != nil {
		return err
	}
	command := ""
	if len(held) == 0 && (x.Release == nil || len(x.Release.Held) == 0) {
		moments, err := c.kept(x.Answer.Moments)
		if err != nil {
			return err
		}
		files = append(files, packed{"momen.json", "application/json", moments})
		command = repeats
	}
	b, err := pack(x, files, command)
	if err != nil {
		return err
	}
	c.attachment("application/zip", "paket-"+cut12(x.Answer.Result)+".zip")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(b) // the same
	return nil
}
