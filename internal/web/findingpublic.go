package web

import (
	"cmp"
	"net/http"

	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// publicPath is where everybody reads what was found, without saying who they are.
const publicPath = "/publik"

func (p *Pages) findingRoutes() []route {
	return []route{{"GET", publicPath, everybody, p.public(p.publicFindings)}, {"GET", publicPath + "/{id}", everybody, p.public(p.publicFinding)}}
}

// publicFindings lists what was released, also what was superseded or taken back
// since, and the stones of studies that were.
func (p *Pages) publicFindings(c *call) error {
	s := sheet{Title: c.t("public.title"), Section: "public", Lead: c.t("public.lead")}
	var t table
	var below []block
	err := c.view(func(r *store.Reader) error {
		all, err := store.PublicFindings(r, store.FindingFilter{}, store.Page{})
		if err != nil {
			return err
		}
		s.Heading = c.findingsSay(all)
		if t, err = c.findingsTable(r, all, func(evidence.Finding) string { return publicPath }); err != nil {
			return err
		}
		if c.o.api != nil {
			below = append(below, block{Actions: []action{{Text: c.t("finding.json"), Link: "/api/v1/findings", Plain: true}}})
		}
		stones, err := c.stonesTable(r)
		if stones != nil {
			below = append(below, block{ID: "ditarik", Title: c.t("public.stones", "n", len(stones.Rows)), Note: c.t("public.stones.note"), Table: stones})
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.list(s, t, below...)
}

// mostNewest is how many findings Beranda shows.
const mostNewest = 5

// newestFindings are the newest of those that stand, for Beranda; nil: there is none.
func (c *call) newestFindings(r *store.Reader) (*block, error) {
	all, err := store.PublicFindings(r, store.FindingFilter{}, store.Page{})
	if err != nil {
		return nil, err
	}
	b := &block{ID: "temuan", Title: c.findingsSay(all), Actions: []action{{Text: c.t("public.all"), Link: c.link(publicPath), Plain: true}}}
	for _, f := range all {
		if f.State() == evidence.Released && len(b.Waiting) < mostNewest {
			b.Waiting = append(b.Waiting, waiting{Text: c.both(f.Sentence), Link: c.link(publicPath + "/" + f.ID), When: c.strengthWords(f.Strength(all))})
		}
	}
	if len(b.Waiting) == 0 {
		return nil, nil
	}
	return b, nil
}

// stonesTable lists the studies that were taken back; nil: there is none.
func (c *call) stonesTable(r *store.Reader) (*table, error) {
	all, err := store.StudiesWithdrawn(r)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	t := &table{Head: c.heads("study-title", "study-owner", "stone-day", "stone-why")}
	for _, s := range all {
		if s.Stone != nil {
			t.Rows = append(t.Rows, []cell{text(c.stoneTitle(s)), text(n.organisation(s.Owner)), text(c.day(registry.DayOf(s.Stone.At))), text(cmp.Or(s.Stone.Reason, "–"))})
		}
	}
	if len(t.Rows) == 0 {
		return nil, n.err
	}
	return t, n.err
}

// stoneTitle is the title of a study that was taken back, as far as everybody may read
// it: what was never registered was not made public, nor what is under an embargo.
func (c *call) stoneTitle(s study.Study) string {
	switch current, registered := s.Registered(); {
	case !registered:
		return c.t("public.stone.unregistered")
	case !current.Open(c.today()):
		return c.t("public.stone.embargo", "day", c.day(current.Embargo))
	}
	return s.Title
}

// publicFinding is one finding, with the line by which it is cited.
func (p *Pages) publicFinding(c *call) error {
	var s sheet
	err := c.view(func(r *store.Reader) error {
		f, ok, err := store.FindingOf(r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		if !ok || !store.Public(f) {
			return errNotFound
		}
		on, err := findingWith(r, f)
		if err != nil {
			return err
		}
		n := c.names(r)
		s = sheet{Heading: c.both(f.Sentence), Lead: c.effectWords(f.Effect), Chip: c.findingChip(f), Section: "public", Crumbs: []action{{Text: c.t("public.title"), Link: c.link(publicPath)}}}
		if s.Blocks, err = c.findingBlocks(r, n, on, publicPath); err != nil {
			return err
		}
		day := c.day(registry.DayOf(f.Let.At))
		s.Blocks = append(s.Blocks, block{ID: "kutip", Title: c.t("public.cite"), Code: c.t("public.citation", "owner", n.organisation(f.Owner), "sentence", c.both(f.Sentence), "study", on.of.Title, "day", day, "address", c.link(publicPath+"/"+f.ID)), Note: c.t("public.cite.note")})
		if c.o.api != nil {
			s.Blocks[len(s.Blocks)-1].Actions = []action{{Text: c.t("finding.json"), Link: "/api/v1/findings/" + f.ID, Plain: true}}
		}
		return n.err
	})
	if err != nil {
		return err
	}
	c.sheet(http.StatusOK, s)
	return nil
}
