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
	s := sheet{Title: c.t("audit.title"), Section: "agreements"}
	t := table{Head: c.heads("when", "person", "position", "look-kind", "look-outcome", "look-study", "look-permit", "look-dataset", "look-columns", "look-regions", "look-days", "look-rows", "look-judged"), Empty: c.t("audit.none")}
	outside := table{Head: t.Head}
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
		if err := store.MayAny(c.who, access.LookRead, places); err != nil {
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
			row := n.look(looks[i])
			t.Rows = append(t.Rows, row)
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
		return c.workbook(t)
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

// look is a look in words.
func (n *names) look(l store.AuditedLook) []cell {
	c := n.c
	position := ""
	if l.Position != "" {
		position = n.of(event.Object{Kind: "position", ID: l.Position})
	}
	kind := c.t("look." + string(l.Kind))
	if l.As != "" {
		kind = c.t("look.as", "name", n.user(l.As))
	}
	outcome := cell{Chip: &chip{"ok", c.t("look.shown")}}
	if l.Outcome == access.LookRefused {
		outcome = cell{Chip: &chip{"no", c.t("look.refused", "code", l.Refusal)}}
	}
	study := ""
	if l.Study != "" {
		study = n.of(event.Object{Kind: "study", ID: l.Study})
	}
	permit := text("–")
	if l.Permit != "" {
		permit = cell{Text: c.t("look.version", "name", n.of(event.Object{Kind: "permit", ID: l.Permit}), "seq", itoa(int(l.PermitVersion))), Link: c.link(nounPath["permit"] + "/" + l.Permit)}
	}
	dataset := n.of(event.Object{Kind: "dataset", ID: l.Dataset})
	if l.DatasetVersion != "" {
		dataset = c.t("look.dataset", "name", dataset, "hash", l.DatasetVersion[:min(12, len(l.DatasetVersion))])
	}
	var regions []string
	for _, code := range l.Regions {
		regions = append(regions, cmp.Or(registry.RegionName(code), code))
	}
	period := "–"
	if l.Period.From != "" {
		period = c.days(l.Period)
	}
	judged := cell{Chip: &chip{"ok", c.t("look.within")}}
	switch {
	case len(l.Outside) > 0:
		var why []string
		for _, p := range l.Outside {
			why = append(why, p.Text(c.lang))
		}
		judged = cell{Chip: &chip{"no", c.t("look.outside", "why", strings.Join(why, "; "))}}
	case l.Outcome == access.LookRefused:
		judged = cell{Chip: &chip{"", c.t("look.not-shown")}}
	}
	return []cell{text(i18n.Date(c.lang, l.At)), text(n.user(l.User)), text(cmp.Or(position, "–")), text(kind), outcome, text(cmp.Or(study, "–")), permit, text(dataset),
		text(strings.Join(l.Columns, ", ")), text(strings.Join(regions, ", ")), text(period), text(i18n.Number(c.lang, float64(l.Rows), 0)), judged}
}
