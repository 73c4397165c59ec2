package web

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// names gives what objects are called, each looked up once.
type names struct {
	c     *call
	r     *store.Reader
	known map[event.Object]string
	err   error
}

func (c *call) names(r *store.Reader) *names {
	return &names{c: c, r: r, known: map[event.Object]string{}}
}

func userObject(id string) event.Object { return event.Object{Kind: "user", ID: id} }

// of is what an object is called; its id where nothing is known.
func (n *names) of(o event.Object) string {
	if name, ok := n.known[o]; ok {
		return name
	}
	name, err := n.find(o)
	if err != nil && n.err == nil {
		n.err = err
	}
	if name == "" {
		name = o.ID
	}
	n.known[o] = name
	return name
}

// know looks up the names of many users at once: a list would ask for each.
func (n *names) know(users []string) {
	slices.Sort(users)
	found, err := store.NamesOf(n.r, slices.Compact(users))
	if err != nil && n.err == nil {
		n.err = err
	}
	for id, name := range found {
		n.known[userObject(id)] = name
	}
}

// knowOffices looks up the names of the organisations that the reader may see.
func (n *names) knowOffices() {
	all, err := store.Organisations(n.r, n.c.who, store.Page{})
	if err != nil && n.err == nil {
		n.err = err
	}
	for _, o := range all {
		n.known[event.Object{Kind: "organisation", ID: o.ID}] = o.NameOn(n.c.today()).Short
	}
}

// knowEvents looks up the users of events at once.
func (n *names) knowEvents(events []event.Event) {
	var users []string
	for _, e := range events {
		if e.Actor.User != "" {
			users = append(users, e.Actor.User)
		}
		if e.Object.Kind == "user" {
			users = append(users, e.Object.ID)
		}
	}
	n.know(users)
}

func (n *names) find(o event.Object) (string, error) {
	switch o.Kind {
	case "user":
		u, ok, err := store.UserOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return n.c.called(u), err
	case "organisation":
		x, ok, err := store.OrganisationOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return x.NameOn(n.c.today()).Short, err
	case "position":
		p, ok, err := store.PositionOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return p.Title + ", " + n.organisation(p.Organisation), err
	case "grant":
		g, ok, err := store.GrantOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return n.c.t("grant.title", "role", n.c.role(g.Role), "name", n.user(g.User), "region", registry.RegionName(g.Region)), err
	case "programme":
		x, _, err := store.ProgrammeOf(n.r, o.ID)
		if n.c.lang == i18n.EN {
			return x.Names.EN, err
		}
		return x.Names.ID, err
	case "figures":
		b, _, err := store.FigureBatchOf(n.r, o.ID)
		return b.File, err
	case "token":
		t, ok, err := store.TokenOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return n.ofToken(t.User, t.Until), err
	case "study":
		x, _, err := store.StudyOf(n.r, o.ID)
		return x.Title, err
	case "finding":
		x, _, err := store.FindingOf(n.r, o.ID)
		return n.c.both(x.Sentence), err
	case "dataset":
		x, _, err := store.DatasetOf(n.r, o.ID)
		return x.Name, err
	case "statistics":
		x, _, err := store.StatisticBatchOf(n.r, o.ID)
		return x.Source, err
	case "agreement":
		return n.ofAgreements(o)
	case "permit":
		p, ok, err := store.PermitOf(n.r, o.ID)
		if !ok {
			return "", err
		}
		return permitTitle(n.c, p), err
	case "setting":
		id, _, _ := bytes.Cut([]byte(o.ID), []byte("/"))
		return n.organisation(string(id)), nil
	case "backup":
		b, _, err := store.Backups.Get(n.r, o.ID)
		return b.File, err
	}
	return n.ofNotices(o), nil
}

func (n *names) user(id string) string { return n.of(userObject(id)) }

// programmes are what programmes are called.
func (n *names) programmes(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = n.of(event.Object{Kind: "programme", ID: id})
	}
	return out
}

func (n *names) organisation(id string) string {
	return n.of(event.Object{Kind: "organisation", ID: id})
}

func (c *call) role(r access.Role) string { return c.words("role." + string(r) + ".name") }

// actor is who acted, with the position they acted from.
func (n *names) actor(a event.Actor) string {
	if a.Via == event.System {
		return n.c.t("actor.system")
	}
	who := n.user(a.User)
	if a.Capacity == event.LocalAdministrator {
		return n.c.t("actor.local", "name", who)
	}
	if a.Position == "" {
		return who
	}
	capacity := ""
	if a.Capacity != event.Definitive {
		capacity = n.c.words("capacity."+string(a.Capacity)) + " "
	}
	return who + ", " + capacity + n.of(event.Object{Kind: "position", ID: a.Position})
}

// entry puts an event into words; rows says what changed, key by key.
func (n *names) entry(e event.Event, rows bool) entry {
	x := entry{When: i18n.Date(n.c.lang, e.At), Who: n.actor(e.Actor), Why: e.Why, Seq: e.Seq, Hash: e.Hash, Object: n.of(e.Object)}
	key := "event." + e.Type
	if i18n.Has(n.c.lang, "record."+key) {
		x.What = n.c.t(key, append(n.told(e), "object", x.Object)...)
	} else {
		x.What = e.Type + ": " + x.Object
	}
	if rule := "permit.rule." + e.Why; i18n.Has(n.c.lang, rule) { // by which the program acted
		x.Why = n.c.words(rule)
	}
	if path, ok := nounPath[e.Object.Kind]; ok {
		x.Link = n.c.link(path + "/" + e.Object.ID)
	}
	if rows {
		x.Rows, x.Raw = n.differences(e), raw(e)
	}
	return x
}

// nounPath is where the pages of a kind of object stand.
var nounPath = map[string]string{"user": "/pengelolaan/orang", "organisation": "/pengelolaan/instansi", "position": "/pengelolaan/jabatan", "grant": "/pengelolaan/hak", "calendar": "/pengelolaan/kalender",
	"agreement": "/perjanjian", "permit": "/izin", "dataset": "/data", "programme": "/program", "figures": "/angka",
	"study": "/studi", "run": "/hitungan", "finding": "/temuan"}

// historyPiece is how many events an object's page shows; the log has them all.
const historyPiece = 20

// history is the timeline of an object, and of what belongs to it, the newest event
// first, for those who may read the log there.
func (c *call) history(r *store.Reader, o object, belongs ...event.Object) ([]block, error) {
	if may := c.who.May(access.EventRead, o.place) == nil; !may {
		return nil, nil
	}
	events, err := store.EventsBy(r, c.who, store.EventFilter{Object: o.Object}, 0, historyPiece)
	if err != nil {
		return nil, err
	}
	for _, b := range belongs {
		more, err := store.EventsBy(r, c.who, store.EventFilter{Object: b}, 0, historyPiece)
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	slices.SortFunc(events, func(a, b event.Event) int { return cmp.Compare(b.Seq, a.Seq) })
	events = events[:min(len(events), historyPiece)]
	n := c.names(r)
	n.knowEvents(events)
	var all []entry
	for _, e := range events {
		all = append(all, n.entry(e, true))
	}
	return []block{{ID: "riwayat", Title: c.t("history"), Timeline: all, Actions: []action{{Text: c.t("history.log"), Link: c.logLink(o.Object), Plain: true}}}}, n.err
}

// deeds are for whoever sees an object without its log: what was done, by whom, when and
// why; what changed in it is left out.
func (c *call) deeds(r *store.Reader, o object) ([]block, error) {
	events, err := r.History(o.Object)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	n.knowEvents(events)
	var all []entry
	for _, e := range slices.Backward(events[max(len(events)-historyPiece, 0):]) {
		all = append(all, n.entry(e, false))
	}
	return []block{{ID: "riwayat", Title: c.t("history"), Timeline: all}}, n.err
}
