package web

import (
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

type ctx = context.Context

// offices are the pages of organisations.
func offices() noun {
	return noun{
		kind: "organisation", path: nounPath["organisation"], read: access.OrganisationRead, life: registry.OrganisationLife,
		load: func(c *call, r *store.Reader, id string, o *object) (bool, error) {
			x, ok, err := store.OrganisationOf(r, id)
			if ok {
				o.title, o.state, o.value = x.NameOn(c.today()).Full, x.State(), x
			}
			return ok, err
		},
		list: listOffices, about: aboutOffice,
		history: func(c *call, r *store.Reader, o object) ([]block, error) {
			var settings []event.Object
			for _, s := range []string{registry.SigningSetting, registry.LetterheadSetting, registry.NumberPatternSetting} {
				settings = append(settings, store.SettingObject(o.ID, s))
			}
			return c.history(r, o, settings...)
		},
		commands: []command{
			{path: "daftarkan", name: "register", makes: true, fields: officeFields, do: registerOffice},
			{path: "ganti-nama", name: "rename", fields: renameFields, do: renameOffice},
			{path: "tanda-tangan", name: "change-setting", fields: signingFields, do: changeSigning},
			{path: "kop", name: "change-letterhead", upload: true, fields: letterheadFields, do: changeLetterhead},
			{path: "akhiri", name: "end", danger: true, why: true, fields: lastField, do: endOffice},
		},
	}
}

func listOffices(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("organisation", "short", "kind", "office", "region", "state", "days")}
	all, err := store.Organisations(r, c.who, store.Page{})
	sortByRegion(all, c.today())
	for _, o := range all {
		name := o.NameOn(c.today())
		indent := 0
		if o.Region != registry.Nation {
			indent = len(o.Region) / 2
		}
		t.Rows = append(t.Rows, []cell{{Text: name.Full, Link: c.link(nounPath["organisation"] + "/" + o.ID), Indent: indent}, text(name.Short),
			text(c.t("kind." + string(o.Kind))), text(c.t("office." + string(o.Office))), text(registry.RegionName(o.Region)), {Chip: c.chip(o.State())}, text(c.days(o.Period))})
	}
	return t, err
}

func aboutOffice(c *call, r *store.Reader, o object) ([]block, error) {
	x := o.value.(registry.Organisation)
	blocks := []block{{Facts: []fact{{Name: c.t("col.kind"), Text: c.t("kind." + string(x.Kind))}, {Name: c.t("col.office"), Text: c.t("office." + string(x.Office))}, {Name: c.t("col.region"), Text: registry.RegionName(x.Region)},
		{Name: c.t("col.days"), Text: c.days(x.Period)}}}}
	names := table{Head: c.heads("name", "short", "from")}
	for i := len(x.Names) - 1; i >= 0; i-- {
		names.Rows = append(names.Rows, []cell{text(x.Names[i].Full), text(x.Names[i].Short), text(c.day(x.Names[i].From))})
	}
	blocks = append(blocks, block{Title: c.t("names"), Table: &names})
	all, err := store.Positions(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	seats := table{Head: c.heads("position", "state", "holder", "days"), Empty: c.t("positions.none")}
	for _, p := range all {
		if p.Organisation == x.ID {
			who, capacity := inCharge(c, n, p)
			seats.Rows = append(seats.Rows, []cell{{Text: p.Title, Link: c.link(nounPath["position"] + "/" + p.ID)}, {Chip: c.chip(p.State())}, text(join(capacity, who)), text(c.days(p.Period))})
		}
	}
	blocks = append(blocks, block{Title: c.t("noun.position"), Table: &seats})
	if c.who.MayCommand("position", "create", o.place, "") == nil && x.State() == "active" {
		blocks = append(blocks, block{Actions: []action{{Text: c.t("command.position.create"), Link: c.link(nounPath["position"] + "/buat?instansi=" + x.ID)}}})
	}
	signing, err := store.SigningOf(r, x.ID)
	if err != nil {
		return nil, err
	}
	t := table{Head: c.heads("capacity", "signs")}
	for _, s := range []struct {
		capacity event.Capacity
		may      []registry.Document
	}{{event.Definitive, registry.Documents}, {event.Plt, signing.Plt}, {event.Plh, signing.Plh}, {event.An, signing.An}} {
		t.Rows = append(t.Rows, []cell{text(c.words("capacity." + string(s.capacity))), text(c.documents(s.may))})
	}
	head, err := c.letterheadBlock(r, o)
	if err != nil {
		return nil, err
	}
	return append(blocks, block{Title: c.t("signing"), Note: c.t("signing.note"), Table: &t}, head), n.err
}

func (c *call) documents(all []registry.Document) string {
	s := ""
	for i, d := range all {
		if i > 0 {
			s += ", "
		}
		s += c.t("document." + string(d))
	}
	if s == "" {
		return c.t("none")
	}
	return s
}

// regionsWith are the regions in which the reader has a right, a part below its whole.
func (c *call) regionsWith(p access.Permission) []option {
	return slices.DeleteFunc(c.regionOptions(), func(o option) bool {
		return !slices.ContainsFunc(c.who.Grants, func(g access.Grant) bool {
			return g.Role.Reach(p) != access.Nowhere && registry.Within(o.Value, g.Region)
		})
	})
}

// regionOptions are all regions, a part below its whole.
func (c *call) regionOptions() []option {
	var all []option
	for _, r := range registry.Regions() {
		all = append(all, option{r.Code, r.Code + " " + r.Name})
	}
	return all
}

func officeFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	var kinds []option
	for _, k := range registry.OrganisationKinds {
		kinds = append(kinds, option{string(k), c.t("kind." + string(k))})
	}
	offices := []option{{"", c.t("office-by-kind")}}
	for _, o := range registry.Offices("") {
		offices = append(offices, option{string(o), c.t("office." + string(o))})
	}
	return []field{
		c.field("full", "text", required), c.field("short", "text", required),
		c.field("kind", "select", c.choose(kinds)), c.field("office", "select", options(offices)),
		c.field("region", "select", c.choose(c.regionsWith(access.OrganisationManage))),
		c.field("from", "date", required, value(string(c.today()))),
	}, nil
}

func registerOffice(c *call, v *values, by store.By, _ object) (then, error) {
	from := v.needDay("from")
	if err := v.err(); err != nil {
		return then{}, err
	}
	id, _, err := c.o.Store.RegisterOrganisation(c.ctx(), by, registry.Organisation{Kind: registry.OrganisationKind(v.text("kind")), Office: registry.Office(v.text("office")), Region: v.text("region"),
		Period: registry.Period{From: from}, Names: []registry.Name{{Full: v.text("full"), Short: v.text("short"), From: from}}})
	return then{to: nounPath["organisation"] + "/" + id + "?selesai=register"}, err
}

func renameFields(c *call, _ *store.Reader, o object) ([]field, error) {
	name := o.value.(registry.Organisation).NameOn(c.today())
	return []field{c.field("full", "text", required, value(name.Full)), c.field("short", "text", required, value(name.Short)), c.field("from", "date", required, value(string(c.today())))}, nil
}

func renameOffice(c *call, v *values, by store.By, o object) (then, error) {
	from := v.needDay("from")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.RenameOrganisation(c.ctx(), by, o.ID, registry.Name{Full: v.text("full"), Short: v.text("short"), From: from})
	return then{}, err
}

func lastField(c *call, _ *store.Reader, _ object) ([]field, error) {
	return []field{c.field("last", "date", required, value(string(c.today())))}, nil
}

func endOffice(c *call, v *values, by store.By, o object) (then, error) {
	last := v.needDay("last")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EndOrganisation(c.ctx(), by, o.ID, last)
	return then{}, err
}

func signingFields(c *call, r *store.Reader, o object) ([]field, error) {
	s, err := store.SigningOf(r, o.ID)
	if err != nil {
		return nil, err
	}
	var documents []option
	for _, d := range registry.Documents {
		documents = append(documents, option{string(d), c.t("document." + string(d))})
	}
	// The setting is an object of its own: the form goes by its revision.
	return []field{
		c.field("plt", "checks", labelled(c.words("capacity.plt")), options(documents), chosen(spell(s.Plt))),
		c.field("plh", "checks", labelled(c.words("capacity.plh")), options(documents), chosen(spell(s.Plh))),
		c.field("an", "checks", labelled(c.words("capacity.an")), options(documents), chosen(spell(s.An))),
		c.field("setting_seen", "hidden", value(c.revision(r, store.SettingObject(o.ID, registry.SigningSetting)))),
	}, nil
}

func spell(all []registry.Document) []string {
	var out []string
	for _, d := range all {
		out = append(out, string(d))
	}
	return out
}

func changeSigning(c *call, v *values, by store.By, o object) (then, error) {
	read := func(name string) []registry.Document {
		all := []registry.Document{}
		for _, s := range c.r.PostForm[name] {
			all = append(all, registry.Document(s))
		}
		return all
	}
	by.Seen = number(v.text("setting_seen"))
	_, err := c.o.Store.ChangeSigning(c.ctx(), by, o.ID, registry.Signing{Plt: read("plt"), Plh: read("plh"), An: read("an")})
	return then{}, err
}
