package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// people are the pages of users.
func people() noun {
	return noun{
		kind: "user", path: nounPath["user"], read: access.UserRead, life: access.UserLife,
		load: func(c *call, r *store.Reader, id string, o *object) (bool, error) {
			u, ok, err := store.UserOf(r, id)
			o.title, o.state, o.whose, o.value = c.called(u), string(u.StatusAt(c.o.Now())), u.ID, u
			return ok, err
		},
		list: listPeople, about: aboutPerson,
		offers: func(c *call, o object, command string) bool {
			u := o.value.(access.User)
			return (o.ID != c.self.User || (command != "invite" && command != "remove-second-factor")) && (u.SecondFactor || command != "remove-second-factor") && (u.Name != "" || command != "forget")
		},
		commands: []command{
			{path: "tambah", name: "add", makes: true, fields: personFields, do: addPerson},
			{path: "undang", name: "invite", fields: notOnOneself, do: invitePerson},
			{path: "ubah", name: "change", fields: personFields, do: changePerson},
			{path: "lihat-sebagai", name: "view-as", why: true, do: viewAs},
			{path: "tangguhkan", name: "suspend", why: true, danger: true, do: turnPerson((*store.Store).SuspendUser)},
			{path: "pulihkan", name: "reinstate", why: true, do: turnPerson((*store.Store).ReinstateUser)},
			{path: "hapus-faktor-kedua", name: "remove-second-factor", why: true, danger: true, fields: notOnOneself, do: removeFactorOfPerson},
			{path: "keluarkan", name: "leave", why: true, danger: true, do: turnPerson((*store.Store).LeaveUser)},
			{path: "lupakan", name: "forget", why: true, danger: true, do: turnPerson((*store.Store).ForgetUser)},
		},
	}
}

func listPeople(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("name", "email", "state", "organisation", "roles")}
	all, err := store.Users(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	given, err := store.Grants(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	roles := map[string][]string{}
	resting, err := store.Resting(r, given, c.o.Now())
	if err != nil {
		return t, err
	}
	for _, g := range given {
		if name := c.role(g.Role); g.InForce(c.o.Now()) && resting[g.ID] == "" && !slices.Contains(roles[g.User], name) {
			roles[g.User] = append(roles[g.User], name)
		}
	}
	for _, g := range c.who.Grants { // one's own are known to oneself
		if name := c.role(g.Role); !slices.Contains(roles[c.who.User], name) {
			roles[c.who.User] = append(roles[c.who.User], name)
		}
	}
	others := ""
	if !c.has(access.GrantRead) {
		others = c.t("roles.closed")
	}
	sortByName(all)
	n := c.names(r)
	n.knowOffices()
	for _, u := range all {
		office := ""
		if u.Organisation != "" {
			office = n.organisation(u.Organisation)
		}
		t.Rows = append(t.Rows, []cell{{Text: c.called(u), Link: c.link(nounPath["user"] + "/" + u.ID)}, text(u.Email),
			{Chip: c.chip(string(u.StatusAt(c.o.Now())))}, text(office), text(cmp.Or(strings.Join(roles[u.ID], ", "), others))})
	}
	return t, n.err
}

// called is the name of a user, or what stands in its place.
func (c *call) called(u access.User) string {
	if u.Name == "" {
		return c.t("user.forgotten")
	}
	return u.Name
}

func sortByName(all []access.User) {
	slices.SortFunc(all, func(a, b access.User) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
}

// heads are the heads of a table's columns.
func (c *call) heads(keys ...string) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = c.t("col." + k)
	}
	return all
}

func aboutPerson(c *call, r *store.Reader, o object) ([]block, error) {
	u := o.value.(access.User)
	n := c.names(r)
	now, err := store.Who(r, u.ID, c.o.Now())
	if err != nil {
		return nil, err
	}
	facts := []fact{{Name: c.t("col.email"), Text: u.Email}, {Name: c.t("col.organisation"), Text: c.t("none")},
		{Name: c.t("field.language"), Text: c.t("language." + u.Language)}, {Name: c.t("second-factor"), Text: c.yes(u.SecondFactor)}}
	if u.Organisation != "" {
		facts[1].Text, facts[1].Link = n.organisation(u.Organisation), c.link(nounPath["organisation"]+"/"+u.Organisation)
	}
	if u.Invitation != nil {
		facts = append(facts, fact{Name: c.t("invitation.until"), Text: i18n.Date(c.lang, u.Invitation.Until)})
	}
	seats := table{Head: c.heads("position", "capacity", "organisation", "days"), Empty: c.t("seats.none")}
	for _, s := range now.Seats {
		seats.Rows = append(seats.Rows, []cell{{Text: s.Title, Link: c.link(nounPath["position"] + "/" + s.Position)},
			text(c.words("capacity." + string(s.Holding.Capacity))), text(n.organisation(s.Organisation)), text(c.days(s.Holding.Days()))})
	}
	blocks := []block{{Facts: facts}, {Title: c.t("seats"), Table: &seats}}
	given, err := store.GrantsOf(r, u.ID)
	if err != nil {
		return nil, err
	}
	resting, err := store.Resting(r, given, c.o.Now())
	if err != nil {
		return nil, err
	}
	own := c.who.User == u.ID
	t := table{Head: c.heads("role", "state", "region", "organisation", "days", "reason"), Empty: c.t("grants.none")}
	for _, g := range given {
		read := c.who.May(access.GrantRead, g.Place()) == nil
		if own || read {
			t.Rows = append(t.Rows, grantCells(c, n, g, resting)[1:])
		}
		if read {
			t.Rows[len(t.Rows)-1][0].Link = c.link(nounPath["grant"] + "/" + g.ID)
		}
	}
	blocks = append(blocks, block{Title: c.t("noun.grant"), Table: &t})
	if c.mayAnywhere("grant", "request") && !own {
		blocks = append(blocks, block{Actions: []action{{Text: c.t("command.grant.request"), Link: c.link(nounPath["grant"] + "/minta?orang=" + u.ID)}}})
	}
	return blocks, n.err
}

func (c *call) yes(b bool) string {
	if b {
		return c.t("yes")
	}
	return c.t("no")
}

func personFields(c *call, r *store.Reader, o object) ([]field, error) {
	u, _ := o.value.(access.User)
	offices, err := c.officeOptions(r, access.UserManage)
	if err != nil {
		return nil, err
	}
	if u.Organisation != "" && !slices.ContainsFunc(offices, func(o option) bool { return o.Value == u.Organisation }) {
		offices = append(offices, option{u.Organisation, c.names(r).organisation(u.Organisation)})
	}
	language := u.Language
	if language == "" {
		language = "id"
	}
	return []field{
		c.field("name", "text", required, value(u.Name), auto("off")),
		c.field("email", "email", required, value(u.Email), auto("off")),
		c.field("organisation", "select", value(u.Organisation), options(append([]option{{"", c.t("none")}}, offices...))),
		c.languageField(language),
	}, nil
}

func (c *call) languageField(v string) field {
	return c.field("language", "select", required, value(v), options([]option{{"id", c.t("language.id")}, {"en", c.t("language.en")}}))
}

// officeOptions are the organisations that exist today and for which the reader has a
// right, in order of the regions.
func (c *call) officeOptions(r *store.Reader, p access.Permission) ([]option, error) {
	all, err := store.Organisations(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	sortByRegion(all, c.today())
	var out []option
	for _, o := range all {
		if o.State() == "active" && c.who.May(p, access.Place{Region: o.Region, Organisation: o.ID}) == nil {
			out = append(out, option{o.ID, o.NameOn(c.today()).Full})
		}
	}
	return out, nil
}

func sortByRegion(all []registry.Organisation, on registry.Day) {
	rank := func(o registry.Organisation) string {
		if o.Region == registry.Nation {
			return ""
		}
		return o.Region
	}
	slices.SortFunc(all, func(a, b registry.Organisation) int {
		return cmp.Or(strings.Compare(rank(a), rank(b)), strings.Compare(a.NameOn(on).Full, b.NameOn(on).Full), strings.Compare(a.ID, b.ID))
	})
}

// invitation is the page that shows the link of an invitation, once.
func (c *call) invitation(name, id, token string) *sheet {
	return &sheet{Heading: c.t("invited.heading", "name", name), Lead: c.t("invited.lead", "days", int(access.InvitationLasts.Hours()/24)), Crumbs: people().crumbs(c),
		Blocks: []block{{Code: c.o.address(c.r, c.link("/undangan/"+token)), Note: c.t("invited.note")},
			{Actions: []action{{Text: c.t("invited.to", "name", name), Link: c.link(nounPath["user"] + "/" + id)}, {Text: c.t("command.user.add"), Link: c.link(nounPath["user"] + "/tambah"), Plain: true}}}}}
}

func addPerson(c *call, v *values, by store.By, _ object) (then, error) {
	u := access.User{Name: v.text("name"), Email: v.text("email"), Language: v.text("language"), Organisation: v.text("organisation")}
	id, token, _, err := c.o.Store.AddUser(c.ctx(), by, u)
	if err != nil {
		return then{}, err
	}
	return then{sheet: c.invitation(u.Name, id, token)}, nil
}

// notOnOneself refuses what changes how its own reader signs in: on the profile that
// asks for the password, for whoever finds an open screen must not do it.
func notOnOneself(c *call, _ *store.Reader, o object) ([]field, error) {
	if o.ID == c.self.User {
		return nil, problem.New("denied-own-way")
	}
	return nil, nil
}

func removeFactorOfPerson(c *call, v *values, by store.By, o object) (then, error) {
	if _, err := notOnOneself(c, nil, o); err != nil {
		return then{}, err
	}
	return turnPerson((*store.Store).RemoveSecondFactor)(c, v, by, o)
}

func invitePerson(c *call, _ *values, by store.By, o object) (then, error) {
	if _, err := notOnOneself(c, nil, o); err != nil {
		return then{}, err
	}
	token, _, err := c.o.Store.InviteUser(c.ctx(), by, o.ID)
	if err != nil {
		return then{}, err
	}
	return then{sheet: c.invitation(o.title, o.ID, token)}, nil
}

func changePerson(c *call, v *values, by store.By, o object) (then, error) {
	_, err := c.o.Store.ChangeUser(c.ctx(), by, o.ID, access.Profile{Name: v.text("name"), Email: v.text("email"), Language: v.text("language"), Organisation: v.text("organisation")})
	return then{}, err
}

func turnPerson(do func(*store.Store, ctx, store.By, string) (event.Event, error)) func(*call, *values, store.By, object) (then, error) {
	return func(c *call, _ *values, by store.By, o object) (then, error) {
		_, err := do(c.o.Store, c.ctx(), by, o.ID)
		return then{}, err
	}
}

// viewAs lets an administrator look at the pages as somebody else sees them.
func viewAs(c *call, _ *values, by store.By, o object) (then, error) {
	if _, _, err := c.o.Store.ViewAs(c.ctx(), by, o.ID); err != nil {
		return then{}, err
	}
	return then{to: "/"}, c.o.sessions.view(c.ctx(), c.sess, o.ID)
}

const stopViewingPath = "/berhenti-melihat"

func (p *Pages) stopViewing(c *call) error {
	to := "/"
	if c.sess.Viewing != "" {
		to = nounPath["user"] + "/" + c.sess.Viewing
	}
	if err := c.o.sessions.view(c.ctx(), c.sess, ""); err != nil {
		return err
	}
	c.redirect(to)
	return nil
}
