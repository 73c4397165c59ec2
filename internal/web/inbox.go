package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// inboxPath is where the notices stand that are addressed to the reader's
// positions and organisations; each has a page under its id.
const inboxPath = "/kotak-masuk"

// How many notices stand on one page of the inbox.
const (
	unreadPiece = 100
	readPiece   = 50
)

func (p *Pages) inboxRoutes() []route {
	return []route{
		{"GET", inboxPath, signedIn, p.signedIn(p.inbox)}, {"POST", inboxPath, signedIn, p.changes(p.markAll)},
		{"GET", inboxPath + "/{id}", signedIn, p.signedIn(p.letterPage)}, {"POST", inboxPath + "/{id}", signedIn, p.changes(p.markOne)},
	}
}

// inboxWords are those of the link to the inbox in the head of each page; ""
// where nobody is signed in.
func (p *Pages) inboxWords(r *http.Request) string {
	c := callOf(r)
	if c == nil || c.sess == nil {
		return ""
	}
	unread := 0
	err := c.view(func(from *store.Reader) (err error) {
		unread, err = store.Unread(from, c.who)
		return err
	})
	if err != nil { // a page without the count is still a page
		p.office.Log.Error("the inbox could not be counted", "error", problem.Mask(err.Error()))
	}
	if unread == 0 {
		return c.t("inbox")
	}
	return c.t("inbox.count", "n", unread)
}

// waitsInInbox is the line of Beranda for what is unread.
func (c *call) waitsInInbox(r *store.Reader) ([]waiting, error) {
	unread, err := store.Unread(r, c.who)
	if err != nil || unread == 0 {
		return nil, err
	}
	return []waiting{{Text: c.t("waits.inbox", "n", unread), Link: c.link(inboxPath)}}, nil
}

// inbox shows what is unread, the newest first, then what the reader has read.
func (p *Pages) inbox(c *call) error {
	s := sheet{Title: c.t("inbox"), Section: "inbox", Lead: c.t("inbox.lead")}
	if c.r.URL.Query().Has("selesai") {
		s.Done = c.t("done.inbox")
	}
	before := c.r.URL.Query().Get("sebelum")
	err := c.view(func(r *store.Reader) error {
		n := c.names(r)
		u, _, err := store.UserOf(r, c.who.User)
		if err != nil {
			return err
		}
		if opened := n.wayIn(u); len(opened) > 0 {
			s.Blocks = append(s.Blocks, block{Title: c.t("profile.way.title"), Note: strings.Join(opened, " ")})
		}
		count, err := store.Unread(r, c.who)
		if err != nil {
			return err
		}
		s.Heading = c.t("inbox.some", "n", count)
		if count == 0 {
			s.Heading = c.t("inbox.none")
		}
		unread, err := store.Inbox(r, c.who, false, "", unreadPiece)
		if err != nil {
			return err
		}
		read, err := store.Inbox(r, c.who, true, before, readPiece)
		if err != nil {
			return err
		}
		if len(unread) > 0 {
			b := block{ID: "belum-dibaca", Title: c.t("inbox.unread"), Waiting: n.lines(unread)}
			if count > len(unread) {
				b.Note = c.t("inbox.more", "n", len(unread))
			}
			s.Blocks = append(s.Blocks, b)
			if c.who.Viewer == "" {
				s.Blocks = append(s.Blocks, block{Form: &form{Action: c.link(inboxPath), Button: c.t("inbox.mark-all"), Token: c.sess.formToken(inboxPath)}})
			}
		}
		if len(read) > 0 {
			s.Blocks = append(s.Blocks, block{ID: "sudah-dibaca", Title: c.t("inbox.read"), Waiting: n.lines(read)})
		}
		if len(read) == readPiece {
			s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("older"), Link: c.link(inboxPath) + "?" + url.Values{"sebelum": {read[len(read)-1].ID}}.Encode() + "#sudah-dibaca", Plain: true}}})
		}
		if len(unread)+len(read) == 0 {
			empty := c.t("inbox.empty")
			if !store.HasInbox(c.who) {
				empty = c.t("inbox.nobody")
			}
			s.Heading, s.Blocks = c.t("inbox"), append(s.Blocks, block{Note: empty})
		}
		return n.err
	})
	if err != nil {
		return err
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// lines are notices as a list, each with its first sentence, its addressee and
// its day.
func (n *names) lines(all []store.Letter) []waiting {
	lines := make([]waiting, len(all))
	for i, l := range all {
		day, _, _ := strings.Cut(i18n.Date(n.c.lang, l.At), ",")
		lines[i] = waiting{Text: n.c.t("inbox.line", "title", n.says(l, "title"), "to", n.of(l.To.Object())), Link: n.c.link(inboxPath + "/" + l.ID), When: day}
	}
	return lines
}

// says gives a sentence of a notice, its days in words.
func (n *names) says(l store.Letter, part string) string {
	pairs := []any{"object", n.of(l.About.Object())}
	for key, v := range l.Values {
		if s, ok := v.(string); ok {
			if d, err := registry.ParseDay(s); err == nil {
				v = n.c.day(d)
			}
		}
		pairs = append(pairs, key, v)
	}
	return n.c.words("notice."+string(l.Kind)+"."+part, pairs...)
}

// letterPage shows one notice.
func (p *Pages) letterPage(c *call) error {
	var s sheet
	err := c.view(func(r *store.Reader) error {
		l, ok, err := store.LetterOf(r, c.who, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		if !ok {
			return errNotFound
		}
		n := c.names(r)
		s = sheet{Heading: n.says(l, "title"), Section: "inbox", Lead: n.says(l, "text"), Crumbs: []action{{Text: c.t("inbox"), Link: c.link(inboxPath)}}, Chip: &chip{"wait", c.t("inbox.unread")}}
		if code, ok := l.Values["anchor"].(string); ok {
			s.Blocks = append(s.Blocks, block{Title: c.t("inbox.anchor"), Code: code})
		}
		about := fact{Name: c.t("inbox.about"), Text: n.of(l.About.Object())}
		if about.Link, err = c.linkTo(r, l.About.Object()); err != nil {
			return err
		}
		facts := []fact{{Name: c.t("inbox.to"), Text: n.of(l.To.Object())}, {Name: c.t("inbox.when"), Text: i18n.Date(c.lang, l.At)}, about,
			{Name: c.t("inbox.seq"), Text: strconv.FormatInt(l.Seq, 10)}}
		if l.Read != nil {
			s.Chip = &chip{"ok", c.t("inbox.read")}
			facts = append(facts, fact{Name: c.t("inbox.read-at"), Text: i18n.Date(c.lang, *l.Read)})
		}
		s.Blocks = append(s.Blocks, block{Facts: facts})
		if l.Read == nil && c.who.Viewer == "" {
			s.Blocks = append(s.Blocks, block{Form: &form{Action: c.link(c.r.URL.Path), Button: c.t("inbox.mark"), Token: c.sess.formToken(c.r.URL.Path)}})
		}
		return n.err
	})
	if err != nil {
		return err
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// linkTo is the address of an object's page for who may open it, else "".
func (c *call) linkTo(r *store.Reader, o event.Object) (string, error) {
	for _, n := range nouns() {
		if n.kind != o.Kind {
			continue
		}
		place, err := store.PlaceOf(r, o)
		if err != nil || c.who.May(n.read, place) != nil {
			return "", err
		}
		return c.link(n.path + "/" + o.ID), nil
	}
	return "", nil
}

func (p *Pages) markAll(c *call) error { return c.mark("") }

func (p *Pages) markOne(c *call) error {
	err := c.view(func(r *store.Reader) error {
		_, ok, err := store.LetterOf(r, c.who, c.r.PathValue("id"))
		if err == nil && !ok {
			err = errNotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.mark(c.r.PathValue("id"))
}

// mark marks a notice as read, or all (empty).
func (c *call) mark(id string) error {
	by, err := c.own()
	if err == nil {
		_, err = c.o.Store.MarkRead(c.ctx(), by, id)
	}
	if err != nil {
		return err
	}
	c.redirect(inboxPath + "?selesai")
	return nil
}

// ofNotices are what the objects of notices are called.
func (n *names) ofNotices(o event.Object) string {
	switch o.Kind {
	case "anchor":
		year, week, _ := strings.Cut(o.ID, "-W")
		return n.c.t("anchor.title", "week", strings.TrimPrefix(week, "0"), "year", year)
	case "inbox":
		return n.user(o.ID)
	case "digest":
		person, _, _ := strings.Cut(o.ID, "/")
		return n.user(person)
	}
	return ""
}
