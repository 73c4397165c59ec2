package web

import (
	"cmp"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// grants are the pages of grants with their reasons.
func grants() noun {
	return noun{
		kind: "grant", path: nounPath["grant"], read: access.GrantRead, life: access.GrantLife,
		load: func(c *call, r *store.Reader, id string, o *object) (bool, error) {
			g, ok, err := store.GrantOf(r, id)
			if ok {
				o.title, o.state, o.value = c.names(r).of(o.Object), g.StateAt(c.o.Now()), g
			}
			return ok, err
		},
		list: listGrants, about: aboutGrant,
		offers: func(c *call, o object, command string) bool {
			g := o.value.(access.Grant)
			return (command != "confirm" && command != "refuse") || (g.User != c.self.User && g.Requested.User != c.self.User)
		},
		commands: []command{
			{path: "minta", name: "request", makes: true, why: true, fields: grantFields, do: requestGrant},
			{path: "setujui", name: "confirm", do: turnGrant((*store.Store).ConfirmGrant)},
			{path: "tolak", name: "refuse", why: true, danger: true, do: turnGrant((*store.Store).RefuseGrant)},
			{path: "akhiri", name: "end", why: true, danger: true, do: turnGrant((*store.Store).EndGrant)},
		},
	}
}

func listGrants(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("person", "role", "state", "region", "organisation", "days", "reason")}
	all, err := store.Grants(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	n := c.names(r)
	holders := make([]string, len(all))
	for i, g := range all {
		holders[i] = g.User
	}
	n.know(holders)
	n.knowOffices()
	resting, err := store.Resting(r, all, c.o.Now())
	if err != nil {
		return t, err
	}
	for _, g := range all {
		t.Rows = append(t.Rows, grantCells(c, n, g, resting))
	}
	return t, n.err
}

// stateResting is what is shown of a grant in force that rests.
const stateResting = "resting"

func grantCells(c *call, n *names, g access.Grant, resting map[string]string) []cell {
	state := g.StateAt(c.o.Now())
	if resting[g.ID] != "" {
		state = stateResting
	}
	office := c.t("all")
	if g.Organisation != "" {
		office = n.organisation(g.Organisation)
	}
	return []cell{{Text: n.user(g.User), Link: c.link(nounPath["grant"] + "/" + g.ID)}, text(c.role(g.Role)), {Chip: c.chip(state)},
		text(registry.RegionName(g.Region)), text(office), text(c.days(g.Period)), text(g.Reason)}
}

func aboutGrant(c *call, r *store.Reader, o object) ([]block, error) {
	g := o.value.(access.Grant)
	n := c.names(r)
	office := c.t("all")
	if g.Organisation != "" {
		office = n.organisation(g.Organisation)
	}
	facts := []fact{{Name: c.t("col.person"), Text: n.user(g.User), Link: c.link(nounPath["user"] + "/" + g.User)},
		{Name: c.t("col.role"), Text: c.role(g.Role) + ": " + c.words("role."+string(g.Role)+".duty")}, {Name: c.t("col.region"), Text: registry.RegionName(g.Region)},
		{Name: c.t("col.organisation"), Text: office}, {Name: c.t("col.days"), Text: c.days(g.Period)}, {Name: c.t("col.reason"), Text: g.Reason}}
	for _, m := range []struct {
		key  string
		mark *access.Mark
	}{{"requested", &g.Requested}, {"confirmed", g.Confirmed}, {"refused", g.Refused}, {"ended", g.Ended}} {
		if m.mark != nil {
			facts = append(facts, fact{Name: c.t("mark." + m.key), Text: n.user(m.mark.User) + ", " + i18n.Date(c.lang, m.mark.At)})
		}
	}
	b := block{Facts: facts}
	var more []block
	if g.Role.TwoPeople() && g.StateAt(c.o.Now()) == access.Requested {
		b.Note = c.t("grant.two")
		second, err := c.hasSecond(r, g)
		if err != nil {
			return nil, err
		}
		if !second {
			more = append(more, block{Title: c.t("grant.nobody.title"), Code: "dampak user confirm " + g.ID + " --dir FOLDER", Note: c.t("grant.nobody")})
		}
	}
	resting, err := store.Resting(r, []access.Grant{g}, c.o.Now())
	if why := resting[g.ID]; why != "" {
		b.Note = c.t("grant.rests." + why)
	}
	return append([]block{b}, more...), cmp.Or(err, n.err)
}

// hasSecond tells whether somebody is there who may answer a request: neither who
// made it nor whom it is for. Of the grants that the reader may not see nothing is
// said.
func (c *call) hasSecond(r *store.Reader, asked access.Grant) (bool, error) {
	all, err := store.Grants(r, c.who, store.Page{})
	if err != nil {
		return false, err
	}
	for _, g := range all {
		if g.InForce(c.o.Now()) && g.User != asked.User && g.User != asked.Requested.User && g.Role.Reach(access.GrantConfirm) != access.Nowhere &&
			registry.Within(asked.Region, g.Region) && (g.Organisation == "" || g.Organisation == asked.Organisation) {
			u, ok, err := store.UserOf(r, g.User)
			if err != nil || ok && u.StatusAt(c.o.Now()) == access.UserActive {
				return true, err
			}
		}
	}
	return c.who.May(access.GrantRead, nation) != nil, nil
}

func grantFields(c *call, r *store.Reader, _ object) ([]field, error) {
	users, err := c.userOptions(r)
	if err != nil {
		return nil, err
	}
	offices, err := c.officeOptions(r, access.GrantRequest)
	var roles []option
	for _, x := range access.Roles {
		if x != access.Public {
			roles = append(roles, option{string(x), c.role(x) + ": " + c.words("role."+string(x)+".duty")})
		}
	}
	return []field{
		c.field("user", "select", value(c.r.URL.Query().Get("orang")), c.choose(users)), c.field("role", "select", c.choose(roles)),
		c.field("region", "select", c.choose(c.regionsWith(access.GrantRequest)), labelled(c.t("field.grant-region"))),
		c.field("organisation", "select", options(append([]option{{"", c.t("all")}}, offices...)), labelled(c.t("field.grant-organisation"))),
		c.field("from", "date", required, value(string(c.today()))), c.field("until", "date", required, value(string(c.today().Add(364)))),
	}, err
}

func requestGrant(c *call, v *values, by store.By, _ object) (then, error) {
	period := registry.Period{From: v.needDay("from"), Until: v.day("until")}
	if err := v.err(); err != nil {
		return then{}, err
	}
	id, e, err := c.o.Store.RequestGrant(c.ctx(), by, access.Grant{User: v.text("user"), Role: access.Role(v.text("role")), Region: v.text("region"), Organisation: v.text("organisation"), Period: period})
	done := "request"
	if e.Type == "grant-given" {
		done = "give"
	}
	return then{to: nounPath["grant"] + "/" + id + "?selesai=" + done}, err
}

func turnGrant(do func(*store.Store, ctx, store.By, string) (event.Event, error)) func(*call, *values, store.By, object) (then, error) {
	return func(c *call, _ *values, by store.By, o object) (then, error) {
		_, err := do(c.o.Store, c.ctx(), by, o.ID)
		return then{}, err
	}
}
