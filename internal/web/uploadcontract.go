package web

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// uploadReads shows how a file was read and the contract that a person settles.
func (c *call) uploadReads(status int, s uploadState) error {
	p := s.preview
	persons := 0
	for i := range s.contract.Fields {
		if s.contract.Fields[i].Identity != "" {
			persons++
		}
	}
	page := c.uploadPage(c.t("upload.read", "rows", p.Read, "columns", len(p.Columns), "persons", persons), c.t("upload.read.lead", "file", p.File, "form", c.words("intake.form."+string(p.Form))), 1)
	if s.rejects {
		page.Blocks = append(page.Blocks, c.rejectsBlock(s))
	}
	if len(p.Sheets) > 1 {
		var all []option
		for _, name := range p.Sheets {
			all = append(all, option{name, problem.Mask(name)})
		}
		f := c.uploadForm("/lembar", "upload.sheet.read", c.field("sheet", "select", options(all), value(p.Sheet), required))
		f.Plain = true
		page.Blocks = append(page.Blocks, block{ID: "lembar", Title: c.t("upload.sheet"), Form: f})
	}
	lines := c.sayAll(p.Cautions)
	if len(lines) == 0 {
		lines = []string{c.t("upload.cautions.none")}
	}
	page.Blocks = append(page.Blocks, block{ID: "pembacaan", Title: c.t("upload.how"), Lines: lines}, c.firstRows(p))
	f, err := c.contractForm(s)
	if err != nil {
		return err
	}
	if s.wrong != nil && !f.place(c, s.wrong) {
		return s.wrong
	}
	title := "upload.contract"
	if s.kind != "" {
		title = "upload.contract.fixed"
	}
	page.Blocks = append(page.Blocks, block{ID: "kontrak", Title: c.t(title), Form: f}, c.dropBlock("upload.drop"))
	c.sheet(status, page)
	return nil
}

// mostColumns is how many columns of the first rows are shown; a wide file would be
// no page any more. All columns stand in the contract below.
const mostColumns = 12

// firstRows are the first rows of a file, with nobody in them.
func (c *call) firstRows(p *intake.Preview) block {
	shown := min(len(p.Columns), mostColumns)
	t := table{Head: []string{c.t("col.row")}}
	for _, col := range p.Columns[:shown] {
		t.Head = append(t.Head, col.Name)
	}
	t.Labels = t.Head
	for _, row := range p.Rows {
		cells := []cell{text(fmt.Sprint(row.Row))}
		if row.Said != "" {
			cells[0].Note = c.t("upload.row." + row.Said)
		}
		for _, s := range row.Cells[:shown] {
			cells = append(cells, text(s))
		}
		t.Rows = append(t.Rows, cells)
	}
	b := block{ID: "baris", Title: c.t("upload.rows"), Table: &t, Note: c.t("upload.rows.note", "n", len(p.Rows))}
	if shown < len(p.Columns) {
		b.Note = c.t("upload.rows.some", "n", len(p.Rows), "shown", shown, "columns", len(p.Columns))
	}
	return b
}

// Uses of a column, beside the kinds of identity ("id:nik" ...).
const (
	useKeep = "keep" // as it is
	useDrop = "drop" // not stored
	useNone = "none" // its header names identity and it holds none
	useID   = "id:"
)

// useOf tells how a contract uses a column.
func useOf(f *contract.Field) string {
	switch {
	case f.Identity != "" && (f.Treatment != contract.Drop || contract.Usual(f.Identity) == contract.Drop):
		return useID + string(f.Identity)
	case f.Treatment == contract.Drop:
		return useDrop
	case f.NotIdentity:
		return useNone
	}
	return useKeep
}

// contractForm is the form of what a dataset promises: of the whole, and of each
// column in a table. What was typed stays in it.
func (c *call) contractForm(s uploadState) (*form, error) {
	f := c.uploadForm("/kontrak", "upload.check")
	k := s.contract
	if s.kind != "" {
		f.Fields = []field{{Name: "columns", Kind: "shown", Label: c.t("field.upload_columns"), Value: c.columnsInWords(k)}}
		return f, nil
	}
	regions, err := c.regionsOf(s.office)
	if err != nil {
		return nil, err
	}
	classes := make([]option, len(registry.Classes))
	for i, x := range registry.Classes {
		classes[i] = option{string(x), c.t("data.class."+string(x)) + ": " + c.t("data.class."+string(x)+".needs")}
	}
	region := ""
	if len(k.Regions) > 0 && slices.ContainsFunc(regions, func(o option) bool { return o.Value == k.Regions[0] }) {
		region = k.Regions[0]
	}
	f.Fields = []field{
		c.field("title", "text", required, value(k.Title), labelled(c.t("field.upload_title")), help(c.t("field.upload_title.help"))),
		c.field("title_en", "text", value(k.TitleEn), labelled(c.t("field.upload_title_en"))),
		c.field("upload_class", "select", required, options(classes), value(string(k.Class))),
	}
	if len(k.Regions) > 1 {
		f.Fields = append(f.Fields, c.field("upload_regions", "shown", value(c.regionNames(k.Regions))))
	} else {
		f.Fields = append(f.Fields, c.field("upload_region", "select", required, options(regions), value(cmp.Or(region, first(regions)))))
	}
	f.Fields = append(f.Fields,
		c.field("upload_purpose", "area", value(k.Purpose), when(c.t("upload.when.limited"))), c.field("upload_basis", "area", value(k.LegalBasis), when(c.t("upload.when.limited"))),
		c.field("upload_until", "date", value(string(k.Retention)), when(c.t("upload.when.personal"))), c.contractColumns(s), c.field("upload_reason", "area", value(reasonOf(k)), when(c.t("upload.when.none"))))
	c.keep(f.Fields, false)
	return f, nil
}

func first(all []option) string {
	if len(all) == 0 {
		return ""
	}
	return all[0].Value
}

// reasonOf is the reason why columns whose headers name identity hold none.
func reasonOf(k *contract.Contract) string {
	for i := range k.Fields {
		if k.Fields[i].NotIdentity && k.Fields[i].Reason != "" {
			return k.Fields[i].Reason
		}
	}
	return ""
}

// regionsOf are the regions that an office's data may cover: its own, and those in it.
func (c *call) regionsOf(office string) ([]option, error) {
	var all []option
	err := c.view(func(r *store.Reader) error {
		o, ok, err := store.OrganisationOf(r, office)
		if err != nil || !ok {
			return err
		}
		for _, x := range registry.Subtree(o.Region, c.today()) {
			if len(x.Code) <= 4 {
				all = append(all, option{x.Code, registry.RegionName(x.Code)})
			}
		}
		return nil
	})
	return all, err
}

// uses are what may be done with a column.
func (c *call) uses() []option {
	all := []option{{useKeep, c.t("upload.use.keep")}, {useDrop, c.t("upload.use.drop")}}
	for _, k := range identity.Kinds {
		all = append(all, option{useID + string(k), c.t("upload.use.identity", "kind", c.words("identity.kind."+string(k)), "then", c.t("upload.then."+string(contract.Usual(k))))})
	}
	return append(all, option{useNone, c.t("upload.use.none")})
}

// contractColumns is the table of the columns, each with why the draft says what it
// says.
func (c *call) contractColumns(s uploadState) field {
	uses := c.uses()
	sensitivities := []option{}
	for _, x := range []contract.Sensitivity{contract.Public, contract.Limited, contract.Personal} {
		sensitivities = append(sensitivities, option{string(x), c.t("data.sensitivity." + string(x))})
	}
	heads := c.heads("column", "column-title", "unit", "use", "sensitivity", "limits")
	whole := c.field("columns", "rows", labelled(c.t("field.upload_columns")), help(c.t("field.upload_columns.help")))
	whole.Head = heads
	typed := func(name, was string) string {
		if c.r.PostForm.Has("title") { // the form was sent
			return c.r.PostForm.Get(name)
		}
		return was
	}
	why := map[string][]string{}
	if s.dataset == "" {
		for _, e := range s.preview.Draft.Evidence {
			if e.Field != "" && !slices.Contains(evident, e.Code) && !strings.HasPrefix(e.Code, "type-") {
				why[e.Field] = append(why[e.Field], e.Text(c.lang))
			}
		}
	}
	for i := range s.contract.Fields {
		f := &s.contract.Fields[i]
		at := fmt.Sprintf("c%d_", i)
		limits := ""
		rule := c.limitsOf(f)
		if rule != "" {
			limits = "1"
		}
		sensitivity := f.Sensitivity
		if sensitivity == contract.Identity {
			sensitivity = contract.Personal
		}
		row := gridRow{Name: f.Name, Note: strings.Join(append([]string{c.t("data.type." + string(f.Type))}, why[f.Name]...), ". "), Fields: []field{
			{Name: at + "title", Label: heads[1], Value: typed(at+"title", f.Title)},
			{Name: at + "unit", Label: heads[2], Value: typed(at+"unit", f.Unit)},
			{Name: at + "use", Label: heads[3], Kind: "select", Options: uses, Value: typed(at+"use", useOf(f))},
			{Name: at + "sensitivity", Label: heads[4], Kind: "select", Options: sensitivities, Value: typed(at+"sensitivity", string(sensitivity))},
			{Name: at + "limits", Label: heads[5], Kind: "check", Value: typed(at+"limits", limits)},
		}}
		if rule != "" {
			row.Note += ". " + c.t("upload.limits", "limits", rule)
		}
		whole.Grid = append(whole.Grid, row)
	}
	return whole
}

// evident is evidence for what stands beside it anyway: the kind of value and its
// limits.
var evident = []string{"required", "range", "enum", "unique"}

// limitsOf are the rules of a column in words.
func (c *call) limitsOf(f *contract.Field) string {
	var all []string
	k := &f.Constraints
	if k.Required {
		all = append(all, c.t("data.limit.required"))
	}
	if k.Unique {
		all = append(all, c.t("data.limit.unique"))
	}
	for _, x := range []struct {
		key string
		is  *contract.Literal
	}{{"minimum", k.Minimum}, {"maximum", k.Maximum}, {"above", k.AboveMinimum}, {"below", k.BelowMaximum}} {
		if x.is != nil {
			all = append(all, c.t("data.limit."+x.key, "found", c.bound(f, x.is)))
		}
	}
	if k.MinLength > 0 {
		all = append(all, c.t("data.limit.shortest", "n", k.MinLength))
	}
	if k.MaxLength > 0 {
		all = append(all, c.t("data.limit.longest", "n", k.MaxLength))
	}
	if k.Pattern != "" {
		all = append(all, c.t("data.limit.pattern", "found", k.Pattern))
	}
	var values []string
	for _, l := range f.Allowed() {
		values = append(values, l.Text)
	}
	if len(values) > 0 {
		all = append(all, c.t("data.limit.enum", "found", strings.Join(values, ", ")))
	}
	return strings.Join(all, "; ")
}

// bound writes a limit as the reader writes numbers; a year stays as it is.
func (c *call) bound(f *contract.Field, l *contract.Literal) string {
	if x, err := strconv.ParseInt(l.Text, 10, 64); err == nil && l.Number && f.Type != contract.Year {
		return i18n.Number(c.lang, float64(x), 0)
	}
	return l.Text
}

// columnsInWords lists the columns of a contract that comes with the program.
func (c *call) columnsInWords(k *contract.Contract) string {
	var all []string
	for i := range k.Fields {
		f := &k.Fields[i]
		line := f.Name + ": " + c.title(f)
		if rule := c.limitsOf(f); rule != "" {
			line += " (" + rule + ")"
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// typedContract makes the contract as the form says. Errors: what is wrong with it,
// beside the fields.
func (c *call) typedContract(s uploadState) (*contract.Contract, error) {
	k := *s.contract
	k.Fields = slices.Clone(k.Fields)
	v := &values{c: c}
	k.Title, k.TitleEn, k.Class = v.text("title"), cmp.Or(v.text("title_en"), v.text("title")), registry.Class(v.text("upload_class"))
	k.Purpose, k.LegalBasis, k.Retention = v.text("upload_purpose"), v.text("upload_basis"), v.day("upload_until")
	if k.Title == "" {
		v.add("title", problem.New("upload-untitled"))
	}
	if k.Retention != "" && k.Retention <= c.today() {
		v.add("upload_until", problem.New("upload-retention", "day", k.Retention))
	}
	if !slices.Contains(registry.Classes, k.Class) {
		v.add("upload_class", problem.New("choose"))
	}
	if len(k.Regions) < 2 {
		if region := v.text("upload_region"); region != "" {
			k.Regions = []string{region}
		}
		if _, ok := registry.FindRegion(v.text("upload_region")); !ok {
			v.add("upload_region", problem.New("choose"))
		}
	}
	reason := v.text("upload_reason")
	for i := range k.Fields {
		f := &k.Fields[i]
		at := fmt.Sprintf("c%d_", i)
		if title := v.text(at + "title"); title != f.Title {
			f.Title, f.TitleEn = title, ""
		}
		f.Title = cmp.Or(f.Title, f.Name)
		f.TitleEn = cmp.Or(f.TitleEn, f.Title)
		f.Unit = v.text(at + "unit")
		if c.r.PostForm.Get(at+"limits") == "" {
			f.Constraints, f.Categories, f.Labels = contract.Constraints{}, nil, nil
		}
		if use := v.text(at + "use"); use != useOf(f) {
			c.use(f, use, reason)
		} else if use == useNone {
			f.Reason = reason
		}
		if x := contract.Sensitivity(v.text(at + "sensitivity")); f.Identity == "" && slices.Contains([]contract.Sensitivity{contract.Public, contract.Limited, contract.Personal}, x) {
			f.Sensitivity = x
		}
	}
	made, err := contract.Parse(k.JSON(), "")
	var open []any // columns that are closer than the class
	for _, p := range problem.Of(err) {
		if p.Code == "contract-class" {
			open = append(open, p.Values["column"])
			continue
		}
		v.add(c.fieldOfContract(p), &problem.Problem{Code: p.Code, Values: p.Values}) // without a place in a text that nobody sees
	}
	if len(open) > 0 {
		v.add("upload_class", problem.New("upload-class", "columns", open))
	}
	return made, v.err()
}

// use changes what is done with a column.
func (c *call) use(f *contract.Field, use, reason string) {
	f.Identity, f.NotIdentity, f.Treatment, f.Reason = "", false, contract.Keep, ""
	if f.Sensitivity == contract.Identity {
		f.Sensitivity = contract.Personal
	}
	kind, isIdentity := strings.CutPrefix(use, useID)
	switch {
	case isIdentity && slices.Contains(identity.Kinds, identity.Kind(kind)):
		f.Identity, f.Sensitivity = identity.Kind(kind), contract.Identity
		f.Treatment = contract.Usual(f.Identity)
		if f.Treatment == contract.Month && f.Type != contract.Date && f.Type != contract.Datetime {
			f.Treatment = contract.Drop
		}
		if f.Identity != identity.BirthDate && f.Identity != identity.Location {
			f.Type, f.Format = contract.String, ""
		}
		f.Constraints, f.Categories, f.Labels = contract.Constraints{Required: f.Constraints.Required, Unique: f.Constraints.Unique}, nil, nil
	case use == useDrop:
		f.Treatment, f.Constraints = contract.Drop, contract.Constraints{} // what is not stored rejects no row
		if kind, _ := contract.HeaderIdentity(f.Name); kind != "" {
			c.use(f, useID+string(kind), reason)
			f.Treatment = contract.Drop
		}
	case use == useNone:
		f.NotIdentity, f.Reason = true, reason
	}
}

// fieldOfContract is the field of the form that a problem of a contract belongs to.
func (c *call) fieldOfContract(p *problem.Problem) string {
	if p.Code == "contract-reason" {
		return "upload_reason"
	}
	if p.Values["column"] != nil {
		return "columns"
	}
	return ""
}

// passingRing gives keys for a check that keeps nothing: what is made with them is
// gone afterwards.
func passingRing() (*identity.Ring, error) { return identity.NewRing(rand.Reader, time.Now()) }
