package web

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// positions are the pages of positions and those who hold them.
func positions() noun {
	return noun{
		kind: "position", path: nounPath["position"], read: access.PositionRead, life: registry.PositionLife,
		load: func(_ *call, r *store.Reader, id string, o *object) (bool, error) {
			p, ok, err := store.PositionOf(r, id)
			o.title, o.state, o.value = p.Title, p.State(), p
			return ok, err
		},
		list: listPositions, about: aboutPosition,
		offers: func(c *call, o object, command string) bool {
			return command != "end-holding" || slices.ContainsFunc(o.value.(registry.Position).Holdings, c.lasts)
		},
		commands: []command{
			{path: "buat", name: "create", makes: true, fields: positionFields, do: createPosition},
			{path: "isi", name: "begin-holding", upload: true, fields: holdingFields, do: beginHolding},
			{path: "akhiri-masa", name: "end-holding", why: true, fields: endHoldingFields, do: endHolding},
			{path: "akhiri", name: "end", danger: true, why: true, fields: lastField, do: endPosition},
		},
	}
}

func listPositions(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("position", "organisation", "state", "capacity", "holder", "days")}
	all, err := store.Positions(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	n := c.names(r)
	var holders []string
	for _, p := range all {
		if h, ok := p.InCharge(c.o.Now()); ok {
			holders = append(holders, h.User)
		}
	}
	n.know(holders)
	n.knowOffices()
	slices.SortFunc(all, func(a, b registry.Position) int {
		return cmp.Or(strings.Compare(n.organisation(a.Organisation), n.organisation(b.Organisation)), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	for _, p := range all {
		who, capacity := inCharge(c, n, p)
		t.Rows = append(t.Rows, []cell{{Text: p.Title, Link: c.link(nounPath["position"] + "/" + p.ID)}, text(n.organisation(p.Organisation)),
			{Chip: c.chip(p.State())}, text(capacity), text(who), text(c.days(p.Period))})
	}
	return t, n.err
}

// inCharge says who answers for a position now, and in which capacity.
func inCharge(c *call, n *names, p registry.Position) (who, capacity string) {
	h, ok := p.InCharge(c.o.Now())
	if !ok {
		return c.t("vacant"), ""
	}
	return n.user(h.User), c.words("capacity." + string(h.Capacity))
}

func join(a, b string) string { return strings.TrimSpace(a + " " + b) }

func aboutPosition(c *call, r *store.Reader, o object) ([]block, error) {
	p := o.value.(registry.Position)
	n := c.names(r)
	who, capacity := inCharge(c, n, p)
	blocks := []block{{Facts: []fact{
		{Name: c.t("col.organisation"), Text: o.place.Name, Link: c.link(nounPath["organisation"] + "/" + p.Organisation)},
		{Name: c.t("incharge"), Text: join(capacity, who)}, {Name: c.t("col.days"), Text: c.days(p.Period)},
	}}}
	t := table{Head: c.heads("holder", "capacity", "days", "mandate", "letter", "absence"), Empty: c.t("holdings.none")}
	for _, h := range slices.Backward(p.Holdings) {
		row := []cell{text(n.user(h.User)), text(c.words("capacity." + string(h.Capacity))), text(c.days(h.Days())), text(""), text(""), text("")}
		if h.Days().Until != "" && h.Days().Until < h.Days().From {
			row[2] = text(c.t("days.never"))
		}
		if h.Mandate != nil {
			row[3] = text(c.t("mandate", "number", h.Mandate.Number, "date", c.day(h.Mandate.Date)))
			row[4] = cell{Text: c.t("mandate.open"), Link: c.link(nounPath["position"] + "/" + p.ID + "/surat/" + h.ID)}
		}
		if h.Absence != nil {
			row[5] = text(h.Absence.Reason + ", " + c.days(h.Absence.Period))
		}
		t.Rows = append(t.Rows, row)
	}
	return append(blocks, block{Title: c.t("holdings"), Table: &t}), n.err
}

// letter answers with the letter of a mandate, as a file to keep.
func (p *Pages) letter(c *call) error {
	n := positions()
	var file string
	err := c.view(func(r *store.Reader) error {
		o, err := n.object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		for _, h := range o.value.(registry.Position).Holdings {
			if h.ID == c.r.PathValue("masa") && h.Mandate != nil {
				file = h.Mandate.File
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if file == "" {
		return errNotFound
	}
	body, err := c.kept(file)
	if err != nil {
		return err
	}
	kind := fileKindOf(body)
	c.w.Header().Set("Content-Disposition", `attachment; filename="surat-`+file[:12]+kind.ending+`"`)
	c.send(kind.mime, body)
	return nil
}

type fileKind struct{ mime, ending string }

// fileKindOf tells what a file is, from its first bytes: what somebody called it
// counts for nothing. The zero value is none that is let in.
func fileKindOf(body []byte) fileKind {
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return fileKind{"application/pdf", ".pdf"}
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return fileKind{"image/png", ".png"}
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return fileKind{"image/jpeg", ".jpg"}
	}
	return fileKind{"application/octet-stream", ".bin"}
}

func positionFields(c *call, r *store.Reader, _ object) ([]field, error) {
	offices, err := c.officeOptions(r, access.PositionManage)
	return []field{
		c.field("organisation", "select", value(c.r.URL.Query().Get("instansi")), c.choose(offices)),
		c.field("title", "text", required), c.field("from", "date", required, value(string(c.today()))),
	}, err
}

func createPosition(c *call, v *values, by store.By, _ object) (then, error) {
	from := v.needDay("from")
	if err := v.err(); err != nil {
		return then{}, err
	}
	id, _, err := c.o.Store.CreatePosition(c.ctx(), by, registry.Position{Organisation: v.text("organisation"), Title: v.text("title"), Period: registry.Period{From: from}})
	return then{to: nounPath["position"] + "/" + id + "?selesai=create"}, err
}

// userOptions are the people whom the reader may see and who have not left.
func (c *call) userOptions(r *store.Reader) ([]option, error) {
	all, err := store.Users(r, c.who, store.Page{})
	sortByName(all)
	var out []option
	for _, u := range all {
		if s := u.StatusAt(c.o.Now()); s == access.UserActive || s == access.Invited {
			out = append(out, option{u.ID, u.Name + " (" + u.Email + ")"})
		}
	}
	return out, err
}

func holdingFields(c *call, r *store.Reader, _ object) ([]field, error) {
	users, err := c.userOptions(r)
	var capacities []option
	for _, x := range []event.Capacity{event.Definitive, event.Plt, event.Plh, event.An} {
		capacities = append(capacities, option{string(x), c.t("capacity." + string(x))})
	}
	acting, away := when(c.t("needed.acting")), when(c.t("needed.away"))
	fields := []field{
		c.field("user", "select", c.choose(users)), c.field("capacity", "select", c.choose(capacities)),
		c.field("from", "date", required, value(string(c.today()))), c.field("until", "date"),
		c.field("mandate_number", "text", acting), c.field("mandate_date", "date", acting), c.field("mandate_file", "file", accept(".pdf,.png,.jpg,.jpeg"), acting),
		c.field("absence_from", "date", away), c.field("absence_until", "date", away), c.field("absence", "text", away),
	}
	if kept := c.r.PostForm.Get("mandate_kept"); c.uploaded(kept) {
		fields[6].Help = c.t("field.mandate_file.kept")
		fields = append(fields, c.field("mandate_kept", "hidden", value(kept)))
	}
	return fields, err
}

// uploaded tells whether a form carries what this session has uploaded, and not
// what another has or what somebody made up.
func (c *call) uploaded(kept string) bool { return c.sess.signed(kept, "uploaded") != "" }

// isScan refuses a file that is no scan of a letter.
func isScan(body []byte) error {
	if fileKindOf(body).ending == ".bin" {
		return problem.New("upload-kind")
	}
	return nil
}

// upload keeps the file that came with a form, if it fits, and gives its hash, or
// that of one that came with the form before; "" = none.
func (c *call) upload(name, kept string, fits func([]byte) error) (string, error) {
	if c.r.MultipartForm == nil || len(c.r.MultipartForm.File[name]) == 0 || c.r.MultipartForm.File[name][0].Size == 0 {
		return c.sess.signed(c.r.PostForm.Get(kept), "uploaded"), nil
	}
	f, err := c.r.MultipartForm.File[name][0].Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	if err := fits(body); err != nil {
		return "", err
	}
	hash, _, err := c.o.Store.Contents().Put(c.ctx(), bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	c.r.PostForm.Set(kept, hash+"."+c.sess.sign(hash, "uploaded"))
	return hash, nil
}

func beginHolding(c *call, v *values, by store.By, o object) (then, error) {
	h := registry.Holding{User: v.text("user"), Capacity: event.Capacity(v.text("capacity"))}
	h.Period = registry.Period{From: v.needDay("from"), Until: v.day("until")}
	file, err := c.upload("mandate_file", "mandate_kept", isScan)
	if err != nil {
		if len(problem.Of(err)) == 0 {
			return then{}, err
		}
		v.add("mandate_file", err)
	}
	m := registry.Mandate{Number: v.text("mandate_number"), Date: v.day("mandate_date"), File: file}
	if m != (registry.Mandate{}) || h.Capacity != event.Definitive {
		h.Mandate = &m
	}
	a := registry.Absence{Period: registry.Period{From: v.day("absence_from"), Until: v.day("absence_until")}, Reason: v.text("absence")}
	if a != (registry.Absence{}) {
		h.Absence = &a
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err = c.o.Store.BeginHolding(c.ctx(), by, o.ID, h)
	return then{}, err
}

// lasts tells whether somebody holds a position today or will.
func (c *call) lasts(h registry.Holding) bool {
	d := h.Days()
	return d.Until == "" || d.Until >= c.today()
}

func endHoldingFields(c *call, r *store.Reader, o object) ([]field, error) {
	n := c.names(r)
	var held []option
	for _, h := range o.value.(registry.Position).Holdings {
		if c.lasts(h) {
			held = append(held, option{h.ID, c.words("capacity."+string(h.Capacity)) + " " + n.user(h.User) + ", " + c.days(h.Days())})
		}
	}
	return []field{c.field("holding", "select", c.choose(held)), c.field("last", "date", required, value(string(c.today())))}, n.err
}

func endHolding(c *call, v *values, by store.By, o object) (then, error) {
	last := v.needDay("last")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EndHolding(c.ctx(), by, o.ID, v.text("holding"), last)
	return then{}, err
}

func endPosition(c *call, v *values, by store.By, o object) (then, error) {
	last := v.needDay("last")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EndPosition(c.ctx(), by, o.ID, last)
	return then{}, err
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// revision is the number of an object's last event, as text.
func (c *call) revision(r *store.Reader, o event.Object) string {
	last, err := r.Last(o)
	if err != nil {
		return "0"
	}
	return strconv.FormatInt(last.Seq, 10)
}
