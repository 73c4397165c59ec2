package web

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
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

	section string // entry of the navigation under which it stands by itself; "" = Pengelolaan
	// at gives those of an object's places at which a permission counts; nil: all.
	at func(object, access.Permission) []access.Place
	// offers narrows what the rights allow on an object to what would not be refused
	// by what it is; nil: all of it.
	offers func(*call, object, string) bool
	// settles allows a command on an object that its own rule gives to who is of another
	// office; nil, or false: the table of rights settles it.
	settles func(*call, object, string) bool
	// front fills the head of the list; nil: the words of the catalogue.
	front func(*call, *store.Reader, *sheet) error
	// answers is the list where it is too long to be read whole; nil: list makes it.
	answers func(*call) error
	// before is the id of the block above which the commands stand; "" = below all.
	before string
	// history is the timeline of an object whose own words say what happened to it;
	// nil: its events, for those who may read the log.
	history func(*call, *store.Reader, object) ([]block, error)
}

func nouns() []noun {
	return []noun{people(), offices(), positions(), grants(), calendar(), agreements(), permits(), programmes(), figureBatches(), datasets(), studies(), runs(), findings()}
}

func (n noun) crumbs(c *call) []action {
	if n.section != "" {
		return []action{{Text: c.t("noun." + n.kind), Link: c.link(n.path)}}
	}
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
	if o.places, err = store.PlacesOf(r, o.Object); err != nil {
		return o, err
	}
	if len(o.places) > 0 {
		o.place = o.places[0]
	}
	if o.whose == "" || o.whose != c.who.User {
		if err := n.anyOf(o, n.read, func(at access.Place) error { return c.who.May(n.read, at) }); err != nil {
			return o, err
		}
	}
	last, err := r.Last(o.Object)
	o.seen = last.Seq
	return o, err
}

// anyOf settles a permission at the places where it counts: one is enough. Errors:
// the denial at the first of them.
func (n noun) anyOf(o object, p access.Permission, may func(access.Place) error) error {
	places := o.places
	if n.at != nil {
		places = n.at(o, p)
	}
	if len(places) == 0 {
		places = []access.Place{o.place}
	}
	return access.AnyOf(places, may)
}

// may settles a command on an object.
func (n noun) may(c *call, o object, command string) error {
	need, _ := access.Needs(n.kind, command)
	if n.settles != nil && n.settles(c, o, command) {
		return nil
	}
	return n.anyOf(o, need.Permission, func(at access.Place) error { return c.who.MayCommand(n.kind, command, at, o.whose) })
}

// allows tells whether a command is offered on the page of an object.
func (n noun) allows(c *call, o object, command string) bool {
	return n.life.Allows(o.state, command) && n.may(c, o, command) == nil && (n.offers == nil || n.offers(c, o, command))
}

// index answers with the list of what the reader may see.
func (n noun) index(c *call) error {
	if !c.has(n.read) {
		return c.missing(n.read)
	}
	if n.answers != nil {
		return n.answers(c)
	}
	var t table
	var s sheet
	err := c.view(func(r *store.Reader) (err error) {
		if t, err = n.list(c, r); err != nil || n.front == nil {
			return err
		}
		return n.front(c, r, &s)
	})
	if err != nil {
		return err
	}
	s.Title, s.Section = c.t("noun."+n.kind), n.section
	s.Heading, s.Lead = cmp.Or(s.Heading, c.t("list."+n.kind, "n", len(t.Rows))), cmp.Or(s.Lead, c.t("list."+n.kind+".lead"))
	if n.section == "" {
		s.Crumbs = n.crumbs(c)[:1]
	}
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
		s = sheet{Heading: o.title, Crumbs: n.crumbs(c), Chip: cmp.Or(o.chip, c.chip(o.state)), Section: n.section, Live: o.live}
		if o.heading != "" {
			s.Heading, s.Lead, s.Title = o.heading, o.lead, o.title
		}
		if s.Blocks, err = n.about(c, r, o); err != nil {
			return err
		}
		if done := "done." + n.kind + "." + c.r.URL.Query().Get("selesai"); i18n.Has(c.lang, "record."+done) {
			s.Done = c.t(done)
		}
		s.Notes = c.unseen(c.r.URL.Query().Get("lampiran"))
		var do []action
		for _, m := range n.commands {
			if !m.makes && n.allows(c, o, m.name) {
				do = append(do, action{Text: c.t("command." + n.kind + "." + m.name), Link: c.link(n.commandPath(m, o.ID)), Plain: m.danger})
			}
		}
		if len(do) > 0 {
			at := slices.IndexFunc(s.Blocks, func(b block) bool { return n.before != "" && b.ID == n.before })
			if at < 0 {
				at = len(s.Blocks)
			}
			s.Blocks = slices.Insert(s.Blocks, at, block{Title: c.t("commands"), Actions: do})
		}
		look := func(r *store.Reader, o object) ([]block, error) { return c.history(r, o) }
		if n.history != nil {
			look = func(r *store.Reader, o object) ([]block, error) { return n.history(c, r, o) }
		}
		history, err := look(r, o)
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
	kind := map[string]string{"active": "ok", "invited": "wait", "requested": "wait", "suspended": "no", "refused": "no", "resting": "no"}[state]
	return &chip{kind, c.words("state." + state)}
}
