package web

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// auditRoutes is the page of the auditors of an agreement's parties.
func (p *Pages) auditRoutes() []route {
	return []route{{"GET", nounPath["agreement"] + "/{id}/pemeriksaan", signedIn, p.signedIn(p.audit)}}
}

// audit shows every look at data under an agreement, each held once more against
// what was open at its instant; those outside come first.
func (p *Pages) audit(c *call) error {
	id := c.r.PathValue("id")
	s := sheet{Title: c.t("audit.title"), Section: "agreements", Wide: true}
	t := table{Head: c.heads("when", "person", "look-kind", "look-study", "look-dataset", "look-columns", "look-regions", "look-rows", "look-judged"), Empty: c.t("audit.none")}
	outside := table{Head: t.Head}
	whole := table{Head: c.heads("when", "person", "position", "look-kind", "look-outcome", "look-study", "look-agreement", "look-permit", "look-dataset", "look-columns", "look-regions", "look-days", "look-rows", "look-judged")}
	err := c.view(func(r *store.Reader) error {
		b, ok, err := store.BoundOf(r, id)
		if err != nil {
			return err
		}
		if !ok {
			return errNotFound
		}
		places, err := store.PlacesOf(r, event.Object{Kind: "agreement", ID: id})
		if err != nil {
			return err
		}
		if err := c.who.MayAny(access.LookRead, places); err != nil {
			return err
		}
		about := b.Agreement.About
		s.Crumbs = []action{{Text: c.t("noun.agreement"), Link: c.link(nounPath["agreement"])}, {Text: about, Link: c.link(nounPath["agreement"] + "/" + id)}}
		looks, err := store.AuditLooks(r, id, 0, 0)
		if err != nil {
			return err
		}
		first, _, err := store.EventOf(r, 1)
		if err != nil {
			return err
		}
		n := c.names(r)
		var people []string
		for _, l := range looks {
			people = append(people, l.User)
		}
		n.know(people)
		refused := 0
		for i := len(looks) - 1; i >= 0; i-- {
			x := n.look(looks[i])
			row := x.short()
			t.Rows, whole.Rows = append(t.Rows, row), append(whole.Rows, x.whole())
			if len(looks[i].Outside) > 0 {
				outside.Rows = append(outside.Rows, row)
			}
			if looks[i].Outcome == access.LookRefused {
				refused++
			}
		}
		key := "audit.clean"
		switch {
		case len(looks) == 0:
			key = "audit.nothing"
		case len(outside.Rows) > 0:
			key = "audit.outside"
		}
		s.Heading = sentence(c.t(key, "n", len(looks), "outside", len(outside.Rows), "refused", refused))
		s.Lead = c.t("audit.lead", "agreement", about)
		s.Blocks = []block{{ID: "tidak-terlihat", Title: c.t("audit.blind"), Note: c.t("audit.blind.note", "since", i18n.Date(c.lang, first.At))}}
		return n.err
	})
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("bentuk") == "xlsx" {
		return c.workbook(whole)
	}
	var more []block
	if len(outside.Rows) > 0 {
		more = append(more, block{ID: "di-luar", Title: c.t("audit.outside.title"), Table: &outside})
	} else if len(t.Rows) > 0 {
		more = append(more, block{ID: "di-luar", Title: c.t("audit.outside.title"), Note: c.t("audit.outside.none")})
	}
	var pages *pager
	t.Rows, pages = c.cut(t.Rows)
	more = append(more, block{ID: "semua", Title: c.t("audit.all"), Table: &t, Pages: pages})
	if len(t.Rows) > 0 {
		more = append(more, block{Actions: []action{{Text: "XLSX", Link: c.link(c.r.URL.Path) + "?bentuk=xlsx", Plain: true}}})
	}
	s.Blocks = append(more, s.Blocks...)
	c.sheet(http.StatusOK, s)
	return nil
}

// lookWords are the parts of a look in words.
type lookWords struct {
	when, who, position, kind, outcome, study, agreement, under, permit, dataset, columns, regions, period, rows, judged, why string
	shown, within                                                                                                             bool
}

// short is a look as a row of the page.
func (x lookWords) short() []cell {
	judged := chip{"no", x.judged}
	switch {
	case x.within && x.shown:
		judged.Kind = "ok"
	case x.within:
		judged.Kind = ""
	}
	return []cell{text(x.when), {Text: x.who, Note: x.position}, {Text: x.kind, Note: x.outcome}, {Text: x.study, Note: x.permit + "; " + x.under}, text(x.dataset), text(x.columns),
		{Text: x.regions, Note: x.period}, text(x.rows), {Chip: &judged, Note: x.why}}
}

// whole is a look as a row of the workbook.
func (x lookWords) whole() []cell {
	var row []cell
	for _, s := range []string{x.when, x.who, x.position, x.kind, x.outcome, x.study, x.agreement, x.permit, x.dataset, x.columns, x.regions, x.period, x.rows} {
		row = append(row, text(s))
	}
	return append(row, cell{Text: x.judged, Note: x.why})
}

// look puts a look into words.
func (n *names) look(l store.AuditedLook) lookWords {
	c := n.c
	named := func(kind, id string) string {
		if id == "" {
			return "–"
		}
		return n.of(event.Object{Kind: kind, ID: id})
	}
	x := lookWords{
		when: i18n.Date(c.lang, l.At), who: n.user(l.User), position: named("position", l.Position), kind: c.t("look." + string(l.Kind)), outcome: c.t("look.shown"),
		study: named("study", l.Study), permit: named("permit", l.Permit), dataset: named("dataset", l.Dataset), columns: cmp.Or(strings.Join(l.Columns, ", "), "–"),
		rows: i18n.Number(c.lang, float64(l.Rows), 0), judged: c.t("look.within"), shown: l.Outcome == access.LookShown, within: len(l.Outside) == 0,
	}
	if l.As != "" {
		x.kind = c.t("look.as", "name", n.user(l.As))
	}
	if l.Permit != "" {
		x.permit = c.t("look.version", "name", x.permit, "seq", itoa(int(l.PermitVersion)))
	}
	if l.Agreement != "" {
		version := itoa(int(l.AgreementVersion))
		x.agreement, x.under = c.t("look.version", "name", named("agreement", l.Agreement), "seq", version), c.t("look.agreement", "seq", version)
	}
	if l.DatasetVersion != "" {
		x.dataset = c.t("look.dataset", "name", x.dataset, "hash", l.DatasetVersion[:min(12, len(l.DatasetVersion))])
	}
	var regions []string
	for _, code := range l.Regions {
		regions = append(regions, cmp.Or(registry.RegionName(code), code))
	}
	x.regions = cmp.Or(strings.Join(regions, ", "), "–")
	if l.Period.From != "" {
		x.period = c.days(l.Period)
	}
	if !x.shown {
		x.outcome, x.judged = c.t("look.refused", "why", c.refusal(l.Refusal)), c.t("look.not-shown")
	}
	if !x.within {
		var why []string
		for _, p := range l.Outside {
			why = append(why, p.Text(c.lang))
		}
		x.judged, x.why = c.t("look.outside"), strings.Join(why, "; ")
	}
	return x
}

// refusal is why a look was refused, in a few words: the whole sentence named what
// that person had asked for.
func (c *call) refusal(code string) string {
	key := "look.refusal." + code
	switch {
	case i18n.Has(c.lang, "record."+key):
	case strings.HasPrefix(code, "denied-"):
		key = "look.refusal.denied"
	default:
		key = "look.refusal.other"
	}
	return c.t(key)
}
