package web

import (
	"net/http"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// noun is a kind of object of the record with its pages: a list, a page for each
// object, and a form for each command.
type noun struct {
	kind     string
	path     string
	read     access.Permission
	life     registry.Life
	load     func(*call, *store.Reader, string, *object) (bool, error)
	list     func(*call, *store.Reader) (table, error)
	about    func(*call, *store.Reader, object) ([]block, error)
	commands []command
}

func nouns() []noun { return []noun{people(), offices(), positions(), grants()} }

func (n noun) crumbs(c *call) []action {
	return []action{{Text: c.t("manage"), Link: c.link("/pengelolaan")}, {Text: c.t("noun." + n.kind), Link: c.link(n.path)}}
}

// object gives an object that the reader may see.
func (n noun) object(c *call, r *store.Reader, id string) (object, error) {
	o := object{Object: event.Object{Kind: n.kind, ID: id}}
	ok, err := n.load(c, r, id, &o)
	if err != nil {
		return o, err
	}
	if !ok {
		return o, errNotFound
	}
	if o.place, err = store.PlaceOf(r, o.Object); err != nil {
		return o, err
	}
	if o.whose == "" || o.whose != c.who.User {
		if err := c.who.May(n.read, o.place); err != nil {
			return o, err
		}
	}
	last, err := r.Last(o.Object)
	o.seen = last.Seq
	return o, err
}

// index answers with the list of what the reader may see.
func (n noun) index(c *call) error {
	if !c.has(n.read) {
		return c.missing(n.read)
	}
	var t table
	err := c.view(func(r *store.Reader) (err error) {
		t, err = n.list(c, r)
		return err
	})
	if err != nil {
		return err
	}
	s := sheet{Title: c.t("noun." + n.kind), Heading: c.t("list."+n.kind, "n", len(t.Rows)), Lead: c.t("list." + n.kind + ".lead"), Crumbs: n.crumbs(c)[:1]}
	var do []action
	for _, m := range n.commands {
		if m.makes && c.mayAnywhere(n.kind, m.name) {
			do = append(do, action{Text: c.t("command." + n.kind + "." + m.name), Link: c.link(n.commandPath(m, ""))})
		}
	}
	if len(do) > 0 {
		s.Blocks = append(s.Blocks, block{Actions: do})
	}
	t.Empty = c.t("list.empty")
	return c.list(s, t)
}

// page answers with an object: what it is, what may be done with it, and what
// happened to it.
func (n noun) page(c *call) error {
	var s sheet
	err := c.view(func(r *store.Reader) error {
		o, err := n.object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		s = sheet{Heading: o.title, Crumbs: n.crumbs(c), Chip: c.chip(o.state)}
		if s.Blocks, err = n.about(c, r, o); err != nil {
			return err
		}
		for _, m := range n.commands {
			if c.r.URL.Query().Get("selesai") == m.name {
				s.Done = c.t("done." + n.kind + "." + m.name)
			}
		}
		var do []action
		allowed := c.who.Commands(n.life, o.state, o.place, o.whose)
		for _, m := range n.commands {
			if !m.makes && slices.Contains(allowed, m.name) {
				do = append(do, action{Text: c.t("command." + n.kind + "." + m.name), Link: c.link(n.commandPath(m, o.ID)), Plain: m.danger})
			}
		}
		if len(do) > 0 {
			s.Blocks = append(s.Blocks, block{Title: c.t("commands"), Actions: do})
		}
		history, err := c.history(r, o)
		s.Blocks = append(s.Blocks, history...)
		return err
	})
	if err != nil {
		return err
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// chip is a state as a word with a shape.
func (c *call) chip(state string) *chip {
	kind := map[string]string{"active": "ok", "invited": "wait", "requested": "wait", "suspended": "no", "refused": "no"}[state]
	return &chip{kind, c.words("state." + state)}
}
