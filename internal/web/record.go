package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

var nation = access.Place{Region: registry.Nation}

// manage is the way to all pages of Pengelolaan that the reader may open.
func (p *Pages) manage(c *call) error {
	s := sheet{Heading: c.t("manage.heading"), Title: c.t("manage"), Lead: c.t("manage.lead")}
	t := table{Head: c.heads("page", "what")}
	for _, n := range nouns() {
		if n.section == "" && c.has(n.read) {
			t.Rows = append(t.Rows, []cell{{Text: c.t("noun." + n.kind), Link: c.link(n.path)}, text(c.t("list." + n.kind + ".lead"))})
		}
	}
	if c.has(access.EventRead) {
		t.Rows = append(t.Rows, []cell{{Text: c.t("log"), Link: c.link("/pengelolaan/catatan")}, text(c.t("log.lead"))})
	}
	if c.who.May(access.RecordBackup, nation) == nil {
		t.Rows = append(t.Rows, []cell{{Text: c.t("backup"), Link: c.link("/pengelolaan/cadangan")}, text(c.t("backup.lead"))})
	}
	t.Rows = append(t.Rows, []cell{{Text: c.t("profile"), Link: c.link("/profil")}, text(c.t("profile.lead"))})
	if len(t.Rows) == 1 {
		s.Heading = c.t("manage.nothing")
	}
	head, err := c.o.Store.Head(c.ctx())
	if err != nil {
		return err
	}
	s.Blocks = []block{{Table: &t}, {Title: c.t("head"), Code: head.String(), Note: c.t("head.note")}}
	c.sheet(http.StatusOK, s)
	return nil
}

// logQuery is what the reader of the log looks for.
type logQuery struct {
	before int64
	store.EventFilter
	name  string         // what was typed of an object: its name, its id or KIND/ID
	found []event.Object // that go by the name, at most mostNamed
}

// mostNamed is how many objects of one name the log offers.
const mostNamed = 20

// logKinds are the kinds of objects that the log can be asked for.
var logKinds = []string{"user", "organisation", "position", "grant", "setting", "agreement", "permit", "study", "dataset", "programme", "figures", "statistics", "look", "calendar", "token", "backup", "anchor", "notice", "inbox", "digest", "record"}

// logQuery reads the address. An object may be given as KIND/ID, as a link does,
// or as a person types it: by its id or a part of its name.
func (c *call) logQuery(r *store.Reader) (logQuery, error) {
	q := c.r.URL.Query()
	out := logQuery{before: number(q.Get("sebelum")), name: strings.TrimSpace(q.Get("objek"))}
	out.User = q.Get("orang")
	if kind := q.Get("jenis"); slices.Contains(logKinds, kind) {
		out.Object.Kind = kind
	}
	if kind, id, ok := cut(out.name); ok && slices.Contains(logKinds, kind) {
		out.Object = event.Object{Kind: kind, ID: id}
		return out, nil
	}
	if out.name == "" {
		return out, nil
	}
	var err error
	if out.found, err = c.named(r, out.Object.Kind, out.name); len(out.found) == 1 {
		out.Object = out.found[0]
	}
	return out, err
}

// named finds the objects whose id is what was typed, or whose name holds it,
// among those that the reader may see.
func (c *call) named(r *store.Reader, kind, typed string) ([]event.Object, error) {
	var all []event.Object
	want := strings.ToLower(typed)
	add := func(of, id, name string) {
		if (kind == "" || kind == of) && len(all) < mostNamed && (id == typed || strings.Contains(strings.ToLower(name), want)) {
			all = append(all, event.Object{Kind: of, ID: id})
		}
	}
	n := c.names(r)
	users, err := store.Users(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	sortByName(users)
	for _, u := range users {
		add("user", u.ID, u.Name+" "+u.Email)
	}
	offices, err := store.Organisations(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	sortByRegion(offices, c.today())
	for _, o := range offices {
		for _, name := range o.Names {
			if len(all) == 0 || all[len(all)-1].ID != o.ID {
				add("organisation", o.ID, name.Full+" "+name.Short)
			}
		}
		for _, setting := range []string{registry.SigningSetting, registry.LetterheadSetting, registry.NumberPatternSetting} {
			if kind == "setting" {
				add("setting", store.SettingObject(o.ID, setting).ID, o.NameOn(c.today()).Full+" "+o.NameOn(c.today()).Short)
			}
		}
	}
	seats, err := store.Positions(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	for _, p := range seats {
		add("position", p.ID, p.Title)
	}
	if kind == "grant" {
		given, err := store.Grants(r, c.who, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, g := range given {
			add("grant", g.ID, n.of(event.Object{Kind: "grant", ID: g.ID}))
		}
	}
	return all, n.err
}

// events gives a piece of the log that the reader may see, the newest first, and
// the number before which the next piece begins; 0 where there is none.
func (q logQuery) events(c *call, r *store.Reader) (found []event.Event, next int64, err error) {
	if q.name != "" && q.Object.ID == "" {
		return nil, 0, nil // none or several go by that name
	}
	found, err = store.EventsBy(r, c.who, q.EventFilter, q.before, trailPiece)
	if len(found) == trailPiece {
		next = found[len(found)-1].Seq
	}
	return found, next, err
}

// older is the address of the piece of the log before an event.
func (c *call) older(next int64) string {
	v := c.r.URL.Query()
	v.Set("sebelum", strconv.FormatInt(next, 10))
	return c.link("/pengelolaan/catatan?" + v.Encode())
}

// logLink is the address of the events of an object.
func (c *call) logLink(o event.Object) string {
	return c.link("/pengelolaan/catatan?" + url.Values{"objek": {o.Kind + "/" + o.ID}}.Encode())
}

// log shows the log, newest first, by object or person.
func (p *Pages) log(c *call) error {
	return c.logSheet(http.StatusOK, sheet{})
}

func (c *call) logSheet(status int, s sheet) error {
	if !c.has(access.EventRead) {
		return c.missing(access.EventRead)
	}
	head, err := c.o.Store.Head(c.ctx())
	if err != nil {
		return err
	}
	heading := c.t("log.heading", "n", head.Seq)
	if c.who.May(access.EventRead, nation) != nil { // they see a part, and how large it is would take the whole log to count
		heading = c.t("log.heading-part")
	}
	s.Heading, s.Title, s.Lead, s.Crumbs = heading, c.t("log"), c.t("log.lead"), []action{{Text: c.t("manage"), Link: c.link("/pengelolaan")}}
	s.Blocks = append(s.Blocks, block{Title: c.t("head"), Code: head.String(), Note: c.t("head.note")})
	if c.who.May(access.RecordVerify, nation) == nil {
		f := form{Screen: true, Action: c.link("/pengelolaan/catatan/periksa"), Button: c.t("verify.button"), Token: c.sess.formToken("/pengelolaan/catatan/periksa"), Fields: []field{c.field("anchor", "text")}}
		s.Blocks = append(s.Blocks, block{Title: c.t("verify"), Form: &f})
	}
	err = c.view(func(r *store.Reader) error {
		n := c.names(r)
		q, err := c.logQuery(r)
		if err != nil {
			return err
		}
		f, err := c.logForm(r, n, q)
		if err != nil {
			return err
		}
		b := block{ID: "peristiwa", Title: c.t("log.events")}
		found, next, err := q.events(c, r)
		if err != nil {
			return err
		}
		n.knowEvents(found)
		for _, e := range found {
			x := n.entry(e, true)
			x.Link = c.logLink(e.Object)
			b.Timeline = append(b.Timeline, x)
		}
		var only []fact
		if q.Object.ID != "" {
			only = append(only, fact{Name: c.t("log.object"), Text: c.t("log.of."+q.Object.Kind) + ": " + n.of(q.Object)})
			if path, ok := nounPath[q.Object.Kind]; ok {
				only[0].Link = c.link(path + "/" + q.Object.ID)
			}
		}
		filter := block{ID: "cari", Title: c.t("log.search"), Form: f, Facts: only}
		switch {
		case q.name != "" && len(q.found) > 1:
			b.Note = c.t("log.several", "found", q.name)
			for _, o := range q.found {
				filter.Waiting = append(filter.Waiting, waiting{Text: n.of(o), Link: c.logLink(o), When: c.t("log.of." + o.Kind)})
			}
		case q.name != "" && q.Object.ID == "":
			b.Note = c.t("log.nothing-named", "found", q.name)
		case len(found) == 0:
			b.Note = c.t("log.none")
		}
		if c.r.URL.RawQuery != "" {
			filter.Actions = []action{{Text: c.t("log.whole"), Link: c.link("/pengelolaan/catatan"), Plain: true}}
		}
		s.Blocks = append(s.Blocks, filter, b)
		if next > 0 {
			s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("older"), Link: c.older(next), Plain: true}}})
		}
		return n.err
	})
	if err != nil {
		return err
	}
	c.sheet(status, s)
	return nil
}

// logForm asks which events of the log are to be shown.
func (c *call) logForm(r *store.Reader, n *names, q logQuery) (*form, error) {
	users, err := c.userOptions(r)
	if err != nil {
		return nil, err
	}
	if q.User != "" && !slices.ContainsFunc(users, func(o option) bool { return o.Value == q.User }) {
		users = append(users, option{q.User, n.user(q.User)}) // who has left acted too
	}
	kinds := []option{{"", c.t("all")}}
	for _, k := range logKinds {
		kinds = append(kinds, option{k, c.t("log.of." + k)})
	}
	typed := q.name
	if q.Object.ID != "" {
		typed = q.Object.Kind + "/" + q.Object.ID
	}
	return &form{Action: c.link("/pengelolaan/catatan"), Get: true, Button: c.t("log.filter"), Fields: []field{
		c.field("orang", "select", options(append([]option{{"", c.t("all")}}, users...)), value(q.User)),
		c.field("jenis", "select", options(kinds), value(q.Object.Kind)), c.field("objek", "text", value(typed), auto("off")),
	}}, nil
}

// verify proves the record, against an anchor from paper where one was typed.
func (p *Pages) verify(c *call) error {
	if err := c.who.May(access.RecordVerify, nation); err != nil {
		return err
	}
	var anchors []event.Anchor
	if typed := c.typed("anchor"); typed != "" {
		a, err := event.ParseAnchor(typed)
		if err != nil {
			return c.logSheet(http.StatusUnprocessableEntity, sheet{Notes: c.sentences(err)})
		}
		anchors = append(anchors, a)
	}
	if !c.o.checking.TryLock() {
		return problem.New("store-checking")
	}
	defer c.o.checking.Unlock()
	proof, err := c.o.Store.Verify(c.ctx(), anchors...)
	if err != nil {
		if problem.Of(err) == nil {
			return err
		}
		return c.logSheet(http.StatusOK, sheet{Notes: c.sentences(err)})
	}
	return c.logSheet(http.StatusOK, sheet{Done: sentence(c.words("verify.good", "events", proof.Head.Seq, "head", proof.Head.String(), "tables", proof.Tables,
		"rows", proof.Rows, "contents", proof.Contents, "anchors", len(anchors)))})
}

func (c *call) sentences(err error) []string {
	var all []string
	for _, p := range problem.Of(err) {
		all = append(all, c.says(p))
	}
	return all
}

// backups lists the backups that were begun, with the button for another.
func (p *Pages) backups(c *call) error { return c.backupSheet(sheet{}) }

func (c *call) backupSheet(s sheet) error {
	if err := c.who.May(access.RecordBackup, nation); err != nil {
		return err
	}
	s.Heading, s.Title, s.Lead, s.Crumbs = c.t("backup.heading"), c.t("backup"), c.t("backup.lead"), []action{{Text: c.t("manage"), Link: c.link("/pengelolaan")}}
	if c.o.Backups == "" {
		s.Blocks = append(s.Blocks, block{Note: c.t("backup.nowhere")})
	} else {
		s.Blocks = append(s.Blocks, block{Form: &form{Action: c.link("/pengelolaan/cadangan"), Button: c.t("backup.button"), Token: c.sess.formToken("/pengelolaan/cadangan")}, Note: c.t("backup.note")})
	}
	t := table{Head: c.heads("file", "when", "who", "seq"), Empty: c.t("backup.none")}
	err := c.view(func(r *store.Reader) error {
		all, err := store.Backups.Select(r, "ORDER BY id DESC")
		if err != nil {
			return err
		}
		n := c.names(r)
		for _, b := range all {
			file := b.File
			if b.RemovedAt != nil {
				file = c.t("backup.gone", "file", file, "day", c.day(registry.DayOf(*b.RemovedAt)))
			}
			t.Rows = append(t.Rows, []cell{text(file), text(i18n.Date(c.lang, b.BegunAt)), text(n.user(b.BegunBy)), text(strconv.FormatInt(b.Seq, 10))})
		}
		return n.err
	})
	if err != nil {
		return err
	}
	s.Blocks = append(s.Blocks, block{Title: c.t("backup.list"), Table: &t})
	c.sheet(http.StatusOK, s)
	return nil
}

// backup writes a backup on the server and shows what it holds.
func (p *Pages) backup(c *call) error {
	if err := c.who.May(access.RecordBackup, nation); err != nil {
		return err
	}
	if c.o.Backups == "" {
		return problem.New("backup-nowhere")
	}
	if !c.o.checking.TryLock() {
		return problem.New("store-checking")
	}
	defer c.o.checking.Unlock()
	if err := os.MkdirAll(c.o.Backups, 0o700); err != nil {
		return err
	}
	by, err := c.own()
	if err != nil {
		return err
	}
	name := "dampak-" + c.o.Now().UTC().Format("20060102T150405.000000") + ".tar.gz"
	made, err := c.o.Store.Backup(c.ctx(), by.Actor, c.o.backupPath(name))
	if err != nil {
		return err
	}
	size, sum, err := fileSum(c.o.backupPath(name))
	if err != nil {
		return err
	}
	return c.backupSheet(sheet{Done: c.t("backup.done"), Blocks: []block{{Title: c.t("backup.manifest"), Facts: []fact{
		{Name: c.t("col.file"), Text: name}, {Name: c.t("backup.size"), Text: i18n.Number(c.lang, float64(size)/1024, 0) + " kB"},
		{Name: "SHA-256", Text: sum}, {Name: c.t("head"), Text: made.Head.String()}, {Name: c.t("backup.contents"), Text: fmt.Sprint(made.Contents)},
	}, Note: c.t("backup.keep")}}})
}

func fileSum(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

// soon is how far ahead Beranda looks.
const soon = 30 // days

// waits lists what waits for the reader, the most pressing first, and tells how
// much it is: of many permits it leads to the others.
func (c *call) waits(r *store.Reader) (all []waiting, n int, err error) {
	if all, err = c.waitsInInbox(r); err != nil {
		return nil, 0, err
	}
	signatures, err := c.waitsInAgreements(r)
	if err != nil {
		return nil, 0, err
	}
	all = append(all, signatures...)
	permits, of, err := c.permitsWaiting(r, c.names(r), waitingPiece)
	if err != nil {
		return nil, 0, err
	}
	all = append(all, permits...)
	tables, err := c.figuresWaiting(r)
	if err != nil {
		return nil, 0, err
	}
	all = append(all, tables...)
	data, err := c.waitsInData(r)
	if err != nil {
		return nil, 0, err
	}
	all = append(all, data...)
	studies, err := c.waitsInStudies(r)
	if err != nil {
		return nil, 0, err
	}
	all = append(all, studies...)
	people, err := c.waitsForPeople(r)
	all = append(all, people...)
	n = len(all) - len(permits) + of
	if more := of - len(permits); more > 0 {
		all = append(all, waiting{Text: c.t("waits.permits", "n", more), Link: c.link(nounPath["permit"]) + "?menunggu=semua#menunggu"})
	}
	return all, n, err
}

// waitsForPeople are the grants, invitations and positions that wait for the reader.
func (c *call) waitsForPeople(r *store.Reader) (all []waiting, err error) {
	n := c.names(r)
	now, today := c.o.Now(), c.today()
	add := func(path, key string, pairs ...any) {
		all = append(all, waiting{Text: c.t(key, pairs...), Link: c.link(path)})
	}
	if c.has(access.GrantConfirm) {
		given, err := store.Grants(r, c.who, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, g := range given {
			if g.StateAt(now) == access.Requested && g.User != c.who.User && g.Requested.User != c.who.User &&
				c.who.May(access.GrantConfirm, access.Place{Region: g.Region, Organisation: g.Organisation}) == nil {
				add(nounPath["grant"]+"/"+g.ID, "waits.grant", "role", c.role(g.Role), "name", n.user(g.User), "by", n.user(g.Requested.User), "when", c.day(registry.DayOf(g.Requested.At)))
			}
		}
	}
	if c.has(access.UserManage) {
		users, err := store.Users(r, c.who, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if u.StatusAt(now) != access.Invited {
				continue
			}
			if u.Invitation == nil || !now.Before(u.Invitation.Until) {
				add(nounPath["user"]+"/"+u.ID, "waits.invitation-over", "name", u.Name)
			} else {
				add(nounPath["user"]+"/"+u.ID, "waits.invitation", "name", u.Name, "until", i18n.Date(c.lang, u.Invitation.Until))
			}
		}
	}
	if c.has(access.PositionManage) {
		seats, err := store.Positions(r, c.who, store.Page{})
		if err != nil {
			return nil, err
		}
		for _, p := range seats {
			for _, h := range p.Holdings {
				if d := h.Days(); d.Has(today) && d.Until != "" && d.Until <= today.Add(soon) {
					add(nounPath["position"]+"/"+p.ID, "waits.holding", "until", c.day(d.Until), "name", n.user(h.User), "capacity", c.words("capacity."+string(h.Capacity)), "title", n.of(event.Object{Kind: "position", ID: p.ID}))
				}
			}
		}
	}
	for _, g := range c.who.Grants {
		if g.Period.Until <= today.Add(soon) {
			add("/profil", "waits.own-grant", "role", c.role(g.Role), "until", c.day(g.Period.Until))
		}
	}
	return all, n.err
}

// cut parts KIND/ID.
func cut(s string) (kind, id string, ok bool) {
	for i, r := range s {
		if r == '/' {
			return s[:i], s[i+1:], i > 0 && i+1 < len(s)
		}
	}
	return "", "", false
}
