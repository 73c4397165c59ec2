package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

func programmeCommands() []command {
	return []command{
		{path: "daftarkan", name: "register", makes: true, fields: newProgrammeFields, do: registerProgramme},
		{path: "usulkan", name: "propose", makes: true, fields: newProgrammeFields, do: proposeProgramme},
		{path: "ubah", name: "edit", fields: editProgrammeFields, do: editProgramme},
		{path: "mulai", name: "start", fields: startFields, do: startProgramme},
		{path: "batalkan", name: "drop", danger: true, why: true, do: dropProgramme},
		{path: "akhiri", name: "end", danger: true, why: true, fields: lastField, do: endProgramme},
	}
}

// newProgrammeFields are those of an entry that is to be made; ?induk= names the
// programme of which it is to be a variant.
func newProgrammeFields(c *call, r *store.Reader, _ object) ([]field, error) {
	owners, err := c.officeOptions(r, access.ProgrammeManage)
	if err != nil {
		return nil, err
	}
	p := registry.Programme{Period: registry.Period{From: c.today()}}
	of := cmp.Or(c.r.URL.Query().Get("induk"), c.r.PostForm.Get("variant_of"))
	if parent, ok, err := store.ProgrammeOf(r, of); err != nil {
		return nil, err
	} else if ok {
		p.Counts, p.Kind, p.Target = parent.Counts, parent.Kind, parent.Target
	}
	fields := []field{c.field("owner", "select", c.choose(owners))}
	variants, err := c.variantFields(r, of)
	if err != nil {
		return nil, err
	}
	return slices.Concat(fields, variants, c.programmeFields(p)), nil
}

// variantFields ask of which programme the entry is a variant.
func (c *call) variantFields(r *store.Reader, of string) ([]field, error) {
	all, err := store.AllProgrammes(r)
	if err != nil {
		return nil, err
	}
	sortProgrammes(c, all)
	parents := []option{{"", c.t("programme.no-parent")}}
	for _, p := range all {
		if p.State() != registry.ProgrammeEnded {
			parents = append(parents, option{p.ID, c.programmeName(p)})
		}
	}
	sorts := []option{{"", c.t("programme.no-parent")}}
	for _, s := range []registry.VariantSort{registry.Extends, registry.Changes} {
		sorts = append(sorts, option{string(s), c.t("programme.sort." + string(s))})
	}
	sort := ""
	if of != "" {
		sort = string(registry.Extends)
	}
	return []field{c.field("variant_of", "select", options(parents), value(of)), c.field("variant_sort", "select", options(sorts), value(sort))}, nil
}

// programmeFields are what an entry says.
func (c *call) programmeFields(p registry.Programme) []field {
	kinds := []option{{"", c.t("programme.unsaid")}}
	for _, k := range registry.ProgrammeKinds {
		kinds = append(kinds, option{string(k), c.t("programme.kind." + string(k))})
	}
	counts := []option{{"", c.t("programme.unsaid")}}
	for _, k := range []registry.Counted{registry.Families, registry.Persons} {
		counts = append(counts, option{string(k), c.t("programme.counts." + string(k))})
	}
	var where []option
	for _, r := range registry.Subtree(province, c.today()) {
		if r.Code != province {
			where = append(where, option{r.Code, r.Name})
		}
	}
	earlier := ""
	if p.Earlier {
		earlier = "yes"
	}
	return []field{
		c.field("name_id", "text", required, value(p.Names.ID)), c.field("name_en", "text", required, value(p.Names.EN)),
		c.field("from", "date", required, value(string(p.Period.From))),
		c.field("earlier", "checks", options([]option{{"yes", c.t("programme.may-be-earlier")}}), chosen([]string{earlier})),
		c.field("kind", "select", labelled(c.t("field.programme_kind")), options(kinds), value(string(p.Kind))), c.field("counts", "select", options(counts), value(string(p.Counts))),
		c.field("run_by", "text", value(p.RunBy)),
		c.field("target_id", "area", value(p.Target.ID)), c.field("target_en", "area", value(p.Target.EN)),
		c.field("rule_id", "area", value(p.Rule.ID)), c.field("rule_en", "area", value(p.Rule.EN)),
		c.field("where", "checks", options(where), chosen(p.Where), wide),
		c.field("benefits", "area", value(benefitLines(p.Benefits)), lines(8)),
		c.field("stages", "area", value(stageLines(p.Stages))), c.field("aliases", "area", value(strings.Join(p.Aliases, "\n"))),
		c.field("programme_source", "text", value(p.Source)),
	}
}

func lines(n int) func(*field) { return func(f *field) { f.Rows = n } }

// Benefits and stages are written one a line, their parts with a bar between them, as
// the help of their fields says.

func benefitLines(all []registry.Benefit) string {
	var out []string
	for _, b := range all {
		years := strconv.Itoa(b.First)
		switch {
		case b.Last == 0:
			years += "-"
		case b.Last != b.First:
			years += "-" + strconv.Itoa(b.Last)
		}
		amount := ""
		if b.Amount != nil {
			amount = strconv.FormatInt(*b.Amount, 10)
		}
		out = append(out, strings.TrimRight(strings.Join([]string{years, amount, string(b.Unit), b.Part.ID, b.Part.EN, b.Rule.ID, b.Rule.EN, b.Source}, " | "), " |"))
	}
	return strings.Join(out, "\n")
}

// benefits reads what benefitLines writes.
func (v *values) benefits(name string) []registry.Benefit {
	var all []registry.Benefit
	for i, line := range v.list(name) {
		part := make([]string, 8)
		for k, s := range strings.Split(line, "|") {
			if k < len(part) {
				part[k] = registry.Clean(s)
			}
		}
		b := registry.Benefit{Unit: registry.BenefitUnit(part[2]), Part: registry.Words{ID: part[3], EN: part[4]}, Rule: registry.Words{ID: part[5], EN: part[6]}, Source: part[7]}
		first, last, span := strings.Cut(part[0], "-")
		var err, err2 error
		b.First, err = strconv.Atoi(strings.TrimSpace(first))
		switch {
		case !span:
			b.Last = b.First
		case strings.TrimSpace(last) != "":
			b.Last, err2 = strconv.Atoi(strings.TrimSpace(last))
		}
		if err != nil || err2 != nil {
			v.add(name, problem.New("programme-line-years", "line", i+1, "found", part[0]))
			continue
		}
		if part[1] != "" {
			n, err := strconv.ParseInt(strings.NewReplacer(".", "", " ", "").Replace(part[1]), 10, 64)
			if err != nil {
				v.add(name, problem.New("programme-line-amount", "line", i+1, "found", part[1]))
				continue
			}
			b.Amount = &n
		}
		all = append(all, b)
	}
	return all
}

func stageLines(all []registry.Stage) string {
	var out []string
	for _, s := range all {
		out = append(out, strings.TrimRight(s.Name+" | "+s.Due, " |"))
	}
	return strings.Join(out, "\n")
}

func (v *values) stages(name string) []registry.Stage {
	var all []registry.Stage
	for _, line := range v.list(name) {
		stage, due, _ := strings.Cut(line, "|")
		all = append(all, registry.Stage{Name: registry.Clean(stage), Due: registry.Clean(due)})
	}
	return all
}

// list reads the lines of an area that are not blank.
func (v *values) list(name string) []string {
	var all []string
	for line := range strings.Lines(v.c.r.PostForm.Get(name)) {
		if s := registry.Clean(line); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// programme reads an entry from its form.
func (v *values) programme() registry.Programme {
	p := registry.Programme{
		Names: registry.Words{ID: v.text("name_id"), EN: v.text("name_en")}, Period: registry.Period{From: v.needDay("from")}, Earlier: v.c.r.PostForm.Get("earlier") != "",
		Kind: registry.ProgrammeKind(v.text("kind")), Counts: registry.Counted(v.text("counts")), RunBy: v.text("run_by"),
		Target: registry.Words{ID: v.text("target_id"), EN: v.text("target_en")}, Rule: registry.Words{ID: v.text("rule_id"), EN: v.text("rule_en")},
		Where: v.c.r.PostForm["where"], Benefits: v.benefits("benefits"), Stages: v.stages("stages"), Aliases: v.list("aliases"), Source: v.text("programme_source"),
	}
	if of, sort := v.text("variant_of"), v.text("variant_sort"); of != "" || sort != "" {
		p.Variant = &registry.Variant{Of: of, Sort: registry.VariantSort(sort)}
	}
	return p
}

func registerProgramme(c *call, v *values, by store.By, _ object) (then, error) {
	return makeProgramme(c, v, "register", func(p registry.Programme) (string, error) {
		id, _, err := c.o.Store.RegisterProgramme(c.ctx(), by, p)
		return id, err
	})
}

func proposeProgramme(c *call, v *values, by store.By, _ object) (then, error) {
	return makeProgramme(c, v, "propose", func(p registry.Programme) (string, error) {
		id, _, err := c.o.Store.ProposeProgramme(c.ctx(), by, p)
		return id, err
	})
}

func makeProgramme(_ *call, v *values, name string, enter func(registry.Programme) (string, error)) (then, error) {
	p := v.programme()
	p.Owner = v.text("owner")
	if err := v.err(); err != nil {
		return then{}, err
	}
	id, err := enter(p)
	return then{to: nounPath["programme"] + "/" + id + "?selesai=" + name}, err
}

func editProgrammeFields(c *call, _ *store.Reader, o object) ([]field, error) {
	return c.programmeFields(o.value.(programmeOn).Programme), nil
}

func editProgramme(c *call, v *values, by store.By, o object) (then, error) {
	p := v.programme()
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EditProgramme(c.ctx(), by, o.ID, p)
	return then{}, err
}

func startFields(c *call, _ *store.Reader, o object) ([]field, error) {
	return []field{c.field("from", "date", required, value(string(o.value.(programmeOn).Period.From)))}, nil
}

func startProgramme(c *call, v *values, by store.By, o object) (then, error) {
	first := v.needDay("from")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.StartProgramme(c.ctx(), by, o.ID, first)
	return then{}, err
}

func dropProgramme(c *call, _ *values, by store.By, o object) (then, error) {
	_, err := c.o.Store.DropProgramme(c.ctx(), by, o.ID)
	return then{}, err
}

func endProgramme(c *call, v *values, by store.By, o object) (then, error) {
	last := v.needDay("last")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EndProgramme(c.ctx(), by, o.ID, last)
	return then{}, err
}
