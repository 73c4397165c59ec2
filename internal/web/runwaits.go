package web

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// waitsInStudies are the answers that the reader is asked to check, the questions of a
// checker that they have to answer, and the findings that another has proposed and they
// may let everybody read.
func (c *call) waitsInStudies(r *store.Reader) (all []waiting, err error) {
	n := c.names(r)
	for _, stage := range []study.RunState{study.Requested, study.Questioned} {
		found, err := store.Runs(r, c.who, store.RunFilter{State: stage}, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			sight, err := store.SightOf(r, c.who, x)
			if err != nil {
				return nil, err
			}
			key := "waits.run-check"
			if stage == study.Questioned {
				key = "waits.run-question"
			}
			if stage == study.Requested && sight.Checks || stage == study.Questioned && sight.Own {
				all = append(all, waiting{Text: c.t(key, "study", n.of(event.Object{Kind: "study", ID: x.Study})), Link: c.link(nounPath["run"] + "/" + x.ID),
					When: c.day(registry.DayOf(x.Review[len(x.Review)-1].By.At))})
			}
		}
	}
	if c.has(access.FindingRelease) {
		found, err := store.Findings(r, c.who, store.FindingFilter{State: evidence.Proposed}, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Made.User != c.who.User && c.who.May(access.FindingRelease, access.Place{Region: f.Region, Organisation: f.Owner}) == nil {
				all = append(all, waiting{Text: c.t("waits.finding", "sentence", c.both(f.Sentence)), Link: c.link(nounPath["finding"] + "/" + f.ID), When: c.day(registry.DayOf(f.Made.At))})
			}
		}
	}
	return all, n.err
}
