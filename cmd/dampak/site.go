package main

import (
	"html/template"

	"github.com/dampak/dampak/internal/demo"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/web"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// site fills the pages: official figures, and the studies with their reports.
func site(studies []answered) (web.Site, error) {
	var pages []web.Study
	for _, a := range studies {
		page, err := studyPage(a)
		if err != nil {
			return web.Site{}, err
		}
		pages = append(pages, page)
	}
	return demo.Site(pages)
}

// studyPage is one study with its report in both languages.
func studyPage(a answered) (web.Study, error) {
	p := a.input.Study.Plan
	page := web.Study{
		ID: a.ID, Title: both(p.Title), Question: both(p.Question), Official: a.Official, Source: a.Source,
		Answer: result.Text{ID: report.Answer(a.input, i18n.ID), EN: report.Answer(a.input, i18n.EN)},
		Body:   map[i18n.Lang]template.HTML{},
	}
	page.Grade, page.Verdict = grade(a.input.Result)
	for _, l := range i18n.Langs {
		body, err := report.Body(a.input, l)
		if err != nil {
			return web.Study{}, err
		}
		page.Body[l] = body
	}
	return page, nil
}

func both(w plan.Words) result.Text { return result.Text{ID: w.ID, EN: w.EN} }
