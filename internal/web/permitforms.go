package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/result"
)

// permitCommands are the forms of a permit, in the order in which they come in its
// life.
func permitCommands() []command {
	answer := func(path, name string, m command) command {
		m.path, m.name, m.upload, m.most = path, name, true, mostAttached
		return m
	}
	return []command{
		{path: "mohon", name: "draft", makes: true, fields: draftPermitFields, do: draftPermit},
		{path: "ubah", name: "edit", fields: editPermitFields, do: editPermit},
		{path: "lampirkan", name: "attach", upload: true, most: mostAttached, fields: attachPermitFields, do: attachToPermit},
		{path: "ajukan", name: "submit", fields: submitPermitFields, do: submitPermit},
		answer("rekomendasikan", "recommend", command{fields: recommendFields, do: recommendPermit}),
		answer("buka", "open", command{fields: answerFields, do: answerPermit((*store.Store).OpenPermit)}),
		answer("kembalikan", "return", command{why: true, fields: answerFields, do: answerPermit((*store.Store).ReturnPermit)}),
		answer("tolak", "decline", command{why: true, danger: true, fields: answerFields, do: answerPermit((*store.Store).DeclinePermit)}),
		answer("izinkan-wilayah", "grant-region", command{fields: regionAnswerFields, do: answerPermit((*store.Store).GrantRegion)}),
		answer("tolak-wilayah", "decline-region", command{why: true, danger: true, fields: regionAnswerFields, do: answerPermit((*store.Store).DeclineRegion)}),
		answer("terbitkan-surat", "issue-letter", command{fields: letterFields, do: issueLetter}),
		answer("perpanjang", "extend", command{why: true, fields: extendFields, do: extendPermit}),
		{path: "laporkan", name: "file-report", upload: true, most: mostAttached, fields: reportFields, do: fileReport},
		answer("terima-laporan", "accept-report", command{fields: answerFields, do: answerPermit((*store.Store).AcceptReport)}),
		answer("kembalikan-laporan", "return-report", command{why: true, fields: answerFields, do: answerPermit((*store.Store).ReturnReport)}),
		{path: "tarik", name: "withdraw", why: true, danger: true, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.WithdrawPermit(c.ctx(), by, o.ID)
			return then{}, err
		}},
		answer("cabut-wilayah", "revoke-region", command{why: true, danger: true, fields: revokeRegionFields, do: answerPermit((*store.Store).RevokeRegion)}),
		answer("cabut", "revoke", command{why: true, danger: true, fields: answerFields, do: answerPermit((*store.Store).RevokePermit)}),
	}
}

// ask makes a field of a permit: its words are field.permit-NAME.
func (c *call) ask(name, kind string, edit ...func(*field)) field {
	named := func(f *field) { f.Name = name }
	return c.field("permit-"+strings.ReplaceAll(name, "_", "-"), kind, append([]func(*field){named}, edit...)...)
}

// shown says what an answer is, with the way to change it.
func (c *call) shown(name, says, link string) field {
	return c.ask(name, "shown", value(says), func(f *field) { f.Link, f.Help = link, "" })
}

func selected(v string, all []option) func(*field) {
	return func(f *field) { f.Options, f.Value = all, v }
}

// studyOptions are the studies for which the reader may ask.
func (c *call) studyOptions(r *store.Reader) ([]option, error) {
	all, err := store.Studies(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	var out []option
	for _, s := range all {
		if s.Reads() && c.who.May(access.PermitRequest, access.Place{Region: s.Region, Organisation: s.Owner}) == nil {
			out = append(out, option{s.ID, s.Title + " (" + n.organisation(s.Owner) + ")"})
		}
	}
	return out, n.err
}

// agreementOptions are the agreements in force.
func (c *call) agreementOptions(r *store.Reader) ([]option, error) {
	all, err := store.Agreements(r, c.who, store.AgreementFilter{Stage: cooperation.StageConcluded}, store.Page{})
	if err != nil {
		return nil, err
	}
	var out []option
	grounds := store.GroundsIn(r)
	for _, a := range all {
		g, err := grounds.Of(a.ID)
		if err != nil {
			return nil, err
		}
		if g.Agreement.InForce(c.o.Now()) && a.Amends == "" {
			out = append(out, option{a.ID, c.t("permit.agreement-until", "about", a.About, "until", c.day(g.Agreement.PeriodAt(c.o.Now()).Until))})
		}
	}
	return out, nil
}

func (c *call) permitKinds() []option {
	var out []option
	for _, k := range cooperation.PermitKinds {
		out = append(out, option{string(k), c.words("permit.kind." + string(k))})
	}
	return out
}

// draftPermitFields ask first for what settles all other questions.
func draftPermitFields(c *call, r *store.Reader, _ object) ([]field, error) {
	studies, err := c.studyOptions(r)
	if err != nil {
		return nil, err
	}
	agreements, err := c.agreementOptions(r)
	return []field{
		c.ask("study", "select", required, selected(c.r.URL.Query().Get("studi"), studies)),
		c.ask("agreement", "select", required, selected(c.r.URL.Query().Get("perjanjian"), agreements)),
		c.ask("kind", "select", required, options(c.permitKinds())),
	}, err
}

// draftPermit begins a request with what the study's entry says already.
func draftPermit(c *call, v *values, by store.By, _ object) (then, error) {
	var of study.Study
	err := c.view(func(r *store.Reader) error {
		s, ok, err := store.StudyOf(r, v.text("study"))
		if err == nil && !ok {
			v.add("study", problem.New("permit-missing-study"))
		}
		of = s
		return err
	})
	if err = cmp.Or(err, v.err()); err != nil {
		return then{}, err
	}
	id, _, err := c.o.Store.DraftPermit(c.ctx(), by, cooperation.Request{
		Study: of.ID, Agreement: v.text("agreement"), Institution: of.Owner, Kind: cooperation.PermitKind(v.text("kind")), Title: of.Title, Status: "new",
		Responsible: cooperation.Researcher{Position: of.Position, User: of.User}, Purpose: of.Purpose, Programmes: of.Programmes,
	})
	return then{to: nounPath["permit"] + "/" + id + "/ubah"}, err
}

// datasetField is the name of the field of a dataset's columns.
func datasetField(id string) string { return "kolom_" + id }

// editPermitFields are the questions in an order in which an officer answers them:
// what is studied, by whom, where and when, with which data.
func editPermitFields(c *call, r *store.Reader, o object) ([]field, error) {
	on := o.value.(permitOn)
	studies, err := c.studyOptions(r)
	if err != nil {
		return nil, err
	}
	agreements, err := c.agreementOptions(r)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(agreements, func(x option) bool { return x.Value == on.Agreement }) { // it is over meanwhile
		agreements = append([]option{{on.Agreement, on.g.Agreement.Agreement.About}}, agreements...)
	}
	people, err := store.UsersOf(r, on.Institution)
	if err != nil {
		return nil, err
	}
	var users []option
	for _, u := range people {
		if s := u.StatusAt(on.at); s == access.UserActive || s == access.Invited || u.ID == on.Responsible.User || slices.Contains(on.Members, u.ID) {
			users = append(users, option{u.ID, u.Name})
		}
	}
	seats, err := store.PositionsOf(r, on.Institution)
	if err != nil {
		return nil, err
	}
	var positions []option
	for _, p := range seats {
		positions = append(positions, option{p.ID, p.Title})
	}
	opens := on.g.Agreement.ScopeAt(on.at)
	names, err := store.AgreementNames(r, on.g.Agreement, on.at)
	if err != nil {
		return nil, err
	}
	var purposes, programmes, regions, statuses []option
	for _, p := range opens.Purposes {
		purposes = append(purposes, option{p, c.words("purpose." + p)})
	}
	for _, p := range opens.Programmes {
		programmes = append(programmes, option{p, cmp.Or(names.Programmes[p], p)})
	}
	for _, code := range opens.Regencies() {
		regions = append(regions, option{code, registry.RegionName(code)})
	}
	for _, s := range cooperation.StudyStatuses {
		statuses = append(statuses, option{s, c.words("permit.status." + s)})
	}
	fields := []field{
		c.ask("study", "select", required, selected(on.Study, studies)), c.ask("agreement", "select", required, selected(on.Agreement, agreements)),
		c.ask("kind", "select", required, selected(string(on.Kind), c.permitKinds())),
		c.ask("title", "text", required, value(on.Title), auto("off")), c.ask("aims", "area", required, value(on.Aims)), c.ask("method", "area", required, value(on.Method)),
		c.ask("field", "text", required, value(on.Field)), c.ask("status", "select", required, selected(on.Status, statuses)),
		c.ask("responsible", "select", required, selected(on.Responsible.User, users)), c.ask("responsible_position", "select", required, selected(on.Responsible.Position, positions)),
		c.ask("members", "checks", options(users), chosen(on.Members)),
		c.ask("purpose", "select", required, selected(on.Purpose, purposes)), c.ask("programmes", "checks", options(programmes), chosen(on.Programmes)),
		c.ask("regions", "checks", options(regions), chosen(on.Regions), wide),
		c.ask("from", "date", required, value(string(on.Period.From))), c.ask("until", "date", required, value(string(on.Period.Until))),
	}
	if len(opens.Datasets) > 0 {
		fields = append(fields, c.shown("datasets", c.t("permit.datasets-below"), ""))
	}
	for _, d := range opens.Datasets {
		x, err := c.columnsField(r, d, on.Datasets)
		if err != nil {
			return nil, err
		}
		fields = append(fields, x)
	}
	if on.Kind == cooperation.FieldWork {
		asks := []string{}
		if on.AsksPeople {
			asks = append(asks, "ya")
		}
		fields = append(fields, c.ask("sample", "area", required, value(on.Sample)), c.ask("asks_people", "checks", options([]option{{"ya", c.t("permit.asks-people")}}), chosen(asks)),
			c.ask("makes", "text", required, value(on.Makes)))
	}
	return fields, nil
}

func wide(f *field) { f.Wide = true }

// columnsField asks for the columns of one dataset that the agreement opens.
func (c *call) columnsField(r *store.Reader, opens cooperation.Columns, asked []cooperation.Columns) (field, error) {
	d, ok, err := store.DatasetOf(r, opens.Dataset)
	if err != nil || !ok {
		return field{Kind: "hidden", Name: datasetField(opens.Dataset)}, err
	}
	var columns []option
	if slices.Contains(opens.Columns, cooperation.All) {
		columns = append(columns, option{cooperation.All, c.t("permit.every-column")})
	}
	for _, x := range d.Columns {
		if opens.Has(x.Name) {
			columns = append(columns, option{x.Name, x.Name + ": " + in(c.lang, result.Text(x.Words))})
		}
	}
	f := field{Name: datasetField(d.ID), Kind: "checks", Label: c.t("permit.columns-of", "name", d.Name), Options: columns}
	for _, a := range asked {
		if a.Dataset == d.ID {
			f.Values = a.Columns
		}
	}
	return f, nil
}

func editPermit(c *call, v *values, by store.By, o object) (then, error) {
	on := o.value.(permitOn)
	r := cooperation.Request{
		Study: v.text("study"), Agreement: v.text("agreement"), Institution: on.Institution, Kind: cooperation.PermitKind(v.text("kind")),
		Title: v.text("title"), Aims: v.text("aims"), Method: v.text("method"), Field: v.text("field"), Status: v.text("status"),
		Responsible: cooperation.Researcher{Position: v.text("responsible_position"), User: v.text("responsible")}, Members: c.r.PostForm["members"],
		Purpose: v.text("purpose"), Programmes: c.r.PostForm["programmes"], Regions: c.r.PostForm["regions"],
		Period: registry.Period{From: v.day("from"), Until: v.day("until")}, Sample: v.text("sample"), AsksPeople: v.text("asks_people") != "", Makes: v.text("makes"),
	}
	for name, columns := range c.r.PostForm {
		if id, ok := strings.CutPrefix(name, datasetField("")); ok && len(columns) > 0 {
			r.Datasets = append(r.Datasets, cooperation.Columns{Dataset: id, Columns: columns})
		}
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EditPermit(c.ctx(), by, o.ID, r)
	return then{}, err
}

func (c *call) attachmentKinds(on permitOn) []option {
	var out []option
	for _, k := range cooperation.AttachmentKinds {
		if on.Kind != cooperation.FieldWork && (k == cooperation.Instrument || k == cooperation.EthicsClearance) {
			continue
		}
		out = append(out, option{string(k), c.words("permit.attachment." + string(k))})
	}
	return out
}

func attachPermitFields(c *call, _ *store.Reader, o object) ([]field, error) {
	return append([]field{c.ask("attachment", "select", required, selected(c.r.URL.Query().Get("jenis"), c.attachmentKinds(o.value.(permitOn))))},
		c.attachField("file", required, labelled(c.t("field.permit-file")))...), nil
}

func attachToPermit(c *call, v *values, by store.By, o object) (then, error) {
	f, err := v.attached("file")
	if err != nil {
		return then{}, err
	}
	if f == nil && v.err() == nil {
		v.add("file", problem.New("permit-file"))
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err = c.o.Store.AttachToPermit(c.ctx(), by, o.ID, cooperation.Attachment{Kind: cooperation.AttachmentKind(v.text("attachment")), File: *f})
	return then{}, err
}

// submitPermitFields show every answer and document once more: what is missing or
// lies outside the agreement stands beside it.
func submitPermitFields(c *call, r *store.Reader, o object) ([]field, error) {
	on := o.value.(permitOn)
	n := c.names(r)
	words, err := store.PermitNames(r, on.Permit, on.g, on.at)
	if err != nil {
		return nil, err
	}
	edit := c.link(nounPath["permit"] + "/" + on.ID + "/ubah")
	each := func(ids []string, name func(string) string) string {
		var all []string
		for _, id := range ids {
			all = append(all, name(id))
		}
		return strings.Join(all, ", ")
	}
	person := func(id string) string { return cmp.Or(words.People[id], id) }
	word := func(key, code string) string {
		if code == "" {
			return ""
		}
		return c.words(key + code)
	}
	var data []string
	for _, d := range on.Datasets {
		says, err := c.columnWords(r, d)
		if err != nil {
			return nil, err
		}
		data = append(data, says)
	}
	responsible := person(on.Responsible.User)
	if title := words.Positions[on.Responsible.Position].Title; title != "" {
		responsible += ", " + title
	}
	period := ""
	if on.Period.From != "" {
		period = c.days(on.Period)
	}
	title := ""
	if s, ok, err := store.StudyOf(r, on.Study); err != nil {
		return nil, err
	} else if ok {
		title = s.Title
	}
	fields := []field{
		c.shown("study", title, edit), c.shown("agreement", on.g.Agreement.Agreement.About, edit), c.shown("institution", n.organisation(on.Institution), ""),
		c.shown("kind", word("permit.kind.", string(on.Kind)), edit), c.shown("title", on.Title, edit), c.shown("aims", on.Aims, edit), c.shown("method", on.Method, edit),
		c.shown("field", on.Field, edit), c.shown("status", word("permit.status.", on.Status), edit), c.shown("responsible", responsible, edit),
		c.shown("members", each(on.Members, person), edit), c.shown("purpose", word("purpose.", on.Purpose), edit),
		c.shown("programmes", each(on.Programmes, func(id string) string { return cmp.Or(words.Programmes[id], id) }), edit),
		c.shown("regions", each(on.Regions, registry.RegionName), edit), c.shown("period", period, edit), c.shown("datasets", strings.Join(data, "; "), edit),
	}
	if on.Kind == cooperation.FieldWork {
		fields = append(fields, c.shown("sample", on.Sample, edit), c.shown("makes", on.Makes, edit))
	}
	for _, k := range c.attachmentKinds(on) {
		has := ""
		for _, d := range on.Documents {
			if string(d.Kind) == k.Value {
				has = d.File.Name
			}
		}
		x := c.shown("file", has, c.link(nounPath["permit"]+"/"+on.ID+"/lampirkan?jenis="+k.Value))
		x.Name, x.Label = strings.ReplaceAll(k.Value, "-", "_"), k.Text
		fields = append(fields, x)
	}
	return fields, n.err
}

func submitPermit(c *call, _ *values, by store.By, o object) (then, error) {
	_, err := c.o.Store.SubmitPermit(c.ctx(), by, o.ID)
	return then{}, err
}

// ownLetter asks for the office's own letter: a number with its day from its
// register, and the document; none is needed.
func (c *call) ownLetter() []field {
	return append([]field{c.ask("number", "text", auto("off")), c.ask("number_day", "date")}, c.attachField("file", labelled(c.t("field.permit-own-file")))...)
}

func answerFields(c *call, _ *store.Reader, _ object) ([]field, error) { return c.ownLetter(), nil }

// answered reads what an office wrote.
func (v *values) answered() (store.PermitAnswer, error) {
	a := store.PermitAnswer{Region: v.text("region"), Against: v.text("against") != ""}
	if n := (cooperation.Number{Text: v.text("number"), Day: v.day("number_day")}); n.Text != "" || n.Day != "" {
		a.Number = &n
	}
	var err error
	if a.File, err = v.attached("file"); err == nil {
		err = v.err()
	}
	return a, err
}

func answerPermit(do func(*store.Store, ctx, store.By, string, store.PermitAnswer) (event.Event, error)) func(*call, *values, store.By, object) (then, error) {
	return func(c *call, v *values, by store.By, o object) (then, error) {
		a, err := v.answered()
		if err == nil {
			_, err = do(c.o.Store, c.ctx(), by, o.ID, a)
		}
		return then{}, err
	}
}

// regionField asks for which region somebody answers.
func (c *call) regionField(codes []string) field {
	var all []option
	for _, code := range codes {
		all = append(all, option{code, registry.RegionName(code)})
	}
	asked := c.r.URL.Query().Get("wilayah")
	return c.ask("region", "select", required, selected(asked, all))
}

func recommendFields(c *call, _ *store.Reader, o object) ([]field, error) {
	on := o.value.(permitOn)
	var places []string
	for _, level := range []cooperation.Level{cooperation.ProvinceLevel, cooperation.RegionLevel} {
		for _, s := range on.mine(c, o, cooperation.Recommends, level) {
			places = append(places, s.Region)
		}
	}
	return append([]field{c.regionField(places), c.ask("against", "checks", options([]option{{"ya", c.t("permit.against")}}))}, c.ownLetter()...), nil
}

func recommendPermit(c *call, v *values, by store.By, o object) (then, error) {
	a, err := v.answered()
	if err == nil {
		if !slices.Contains(o.value.(permitOn).Regions, a.Region) { // the province's part of the chain
			a.Region = ""
		}
		_, err = c.o.Store.RecommendPermit(c.ctx(), by, o.ID, a)
	}
	return then{}, err
}

func regionAnswerFields(c *call, _ *store.Reader, o object) ([]field, error) {
	var places []string
	for _, s := range o.value.(permitOn).mine(c, o, cooperation.Answers, cooperation.RegionLevel) {
		places = append(places, s.Region)
	}
	return append([]field{c.regionField(places)}, c.ownLetter()...), nil
}

func revokeRegionFields(c *call, _ *store.Reader, o object) ([]field, error) {
	return append([]field{c.regionField(o.value.(permitOn).revocable(c, o))}, c.ownLetter()...), nil
}

func letterFields(c *call, r *store.Reader, o object) ([]field, error) {
	on := o.value.(permitOn)
	n := c.names(r)
	seats, err := store.PositionsOf(r, on.Office(cooperation.Verifies, ""))
	if err != nil {
		return nil, err
	}
	var signs []option
	for _, p := range seats {
		if h, held := p.InCharge(on.at); held {
			signs = append(signs, option{p.ID, c.words("capacity."+string(h.Capacity)) + " " + p.Title + ": " + n.user(h.User)})
		}
	}
	var places []string
	for _, p := range on.Places(on.g, on.at) {
		places = append(places, registry.RegionName(p.Region))
	}
	return []field{
		c.shown("places", strings.Join(places, ", "), c.link(nounPath["permit"]+"/"+on.ID+"/surat")),
		c.ask("letter_number", "text", required, auto("off"), func(f *field) { f.Name = "number" }),
		c.ask("number_day", "date", required, value(string(c.today()))), c.ask("signs", "select", required, options(signs), func(f *field) { f.Name = "position" }),
	}, n.err
}

func issueLetter(c *call, v *values, by store.By, o object) (then, error) {
	a, err := v.answered()
	if err == nil {
		_, err = c.o.Store.IssuePermitLetter(c.ctx(), by, o.ID, v.text("position"), a)
	}
	return then{}, err
}

func extendFields(c *call, _ *store.Reader, o object) ([]field, error) {
	on := o.value.(permitOn)
	return append([]field{c.shown("now", c.day(on.PeriodAt(on.at).Until), ""), c.ask("extend_until", "date", required, func(f *field) { f.Name = "until" })}, c.ownLetter()...), nil
}

func extendPermit(c *call, v *values, by store.By, o object) (then, error) {
	until := v.needDay("until")
	a, err := v.answered()
	if err == nil {
		_, err = c.o.Store.ExtendPermit(c.ctx(), by, o.ID, until, a)
	}
	return then{}, err
}

func reportFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	return c.attachField("file", required, labelled(c.t("field.permit-report"))), nil
}

func fileReport(c *call, v *values, by store.By, o object) (then, error) {
	f, err := v.attached("file")
	if err = cmp.Or(err, v.err()); err == nil {
		_, err = c.o.Store.FileReport(c.ctx(), by, o.ID, f)
	}
	return then{}, err
}

func itoa(n int) string { return strconv.Itoa(n) }
