package web

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

func agreementCommands() []command {
	return []command{
		{path: "buat", name: "draft", makes: true, fields: draftAgreementFields, do: draftAgreement},
		{path: "ubah", name: "edit", fields: editAgreementFields, do: editAgreement},
		{path: "lampirkan", name: "attach", upload: true, most: mostAttached, fields: attachAgreementFields, do: attachToAgreement},
		{path: "lepaskan", name: "detach", danger: true, fields: detachAgreementFields, do: detachFromAgreement},
		{path: "ajukan", name: "propose", fields: proposeAgreementFields, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.ProposeAgreement(c.ctx(), by, o.ID)
			return then{}, err
		}},
		{path: "beri-nomor", name: "issue-number", fields: numberFields, do: issueNumber},
		{path: "catat-tanda-tangan", name: "record-signature", upload: true, most: mostAttached, fields: signatureFields, do: recordSignature},
		{path: "periksa-tanda-tangan", name: "check-signature", fields: checkFields, do: checkSignature},
		{path: "tolak-tanda-tangan", name: "refuse-signature", why: true, danger: true, fields: refuseFields, do: func(c *call, v *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.RefuseSignature(c.ctx(), by, o.ID, v.text("organisation"))
			return then{}, err
		}},
		{path: "akhiri", name: "terminate", why: true, danger: true, fields: terminateFields, do: terminateAgreement},
		{path: "catat-pemusnahan", name: "record-destruction", upload: true, most: mostAttached, fields: destructionFields, do: recordDestruction},
	}
}

// offersOfAgreement leaves out what the agreement itself would refuse.
func offersOfAgreement(c *call, o object, command string) bool {
	x := o.value.(agreed)
	return c.who.OffersAgreement(x.Agreement, x.places, command)
}

// ownParties are the parties for which the reader may give a command.
func (c *call) ownParties(x agreed, command string) []cooperation.Party {
	return c.who.OwnParties(x.Agreement, x.places, command)
}

func (c *call) unnumbered(x agreed) []cooperation.Party {
	return slices.DeleteFunc(c.ownParties(x, "issue-number"), func(p cooperation.Party) bool { return p.Number != nil })
}

func (c *call) unsigned(x agreed) []cooperation.Party {
	return slices.DeleteFunc(c.ownParties(x, "record-signature"), func(p cooperation.Party) bool {
		_, ok := x.Agreement.Signature(p.Organisation)
		return ok
	})
}

func unchecked(a cooperation.Agreement) []cooperation.Signature {
	return slices.DeleteFunc(slices.Clone(a.Signatures), func(s cooperation.Signature) bool { return s.Checked != nil })
}

// partyField asks for one of some parties, the one that the address names first.
func (c *call) partyField(x agreed, ids []string) field {
	all := make([]option, len(ids))
	for i, id := range ids {
		all[i] = option{id, x.names.Organisations[id]}
	}
	f := c.field("organisation", "select", required, options(all), labelled(c.t("field.party")))
	if len(all) > 0 {
		f.Value = all[0].Value
	}
	if want := c.r.URL.Query().Get("pihak"); slices.Contains(ids, want) {
		f.Value = want
	}
	return f
}

func partyIDs(parties []cooperation.Party) []string {
	ids := make([]string, len(parties))
	for i, p := range parties {
		ids[i] = p.Organisation
	}
	return ids
}

func signatureIDs(all []cooperation.Signature) []string {
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.Organisation
	}
	return ids
}

// The words of an agreement on a form: one text a line; a line that begins with
// blanks goes on with the one before. Articles begin with their heading.
var (
	articleLine = regexp.MustCompile(`(?i)^pasal\s+\d+\s*(?:[.:]\s*(.*))?$`)
	clauseLabel = regexp.MustCompile(`^\(\d+\)\s+`)
)

func linesOf(texts []string) string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = strings.ReplaceAll(s, "\n", "\n  ")
	}
	return strings.Join(all, "\n")
}

func readLines(s string) []string {
	var all []string
	for line := range strings.Lines(s) {
		text := strings.TrimSpace(line)
		switch {
		case text == "":
		case len(all) > 0 && line[0] <= ' ':
			all[len(all)-1] += "\n" + text
		default:
			all = append(all, text)
		}
	}
	return all
}

func articlesOf(articles []cooperation.Article) string {
	all := make([]string, len(articles))
	for i, a := range articles {
		all[i] = strings.TrimSpace(fmt.Sprintf("Pasal %d. %s\n%s", i+1, a.Title, linesOf(a.Paragraphs)))
	}
	return strings.Join(all, "\n\n")
}

// readArticles reads articles as articlesOf writes them, or as they stand in a
// letter: "Pasal 1", its title on the next line, paragraphs with or without (1).
// Errors: the problem of a text before the first heading.
func readArticles(s string) ([]cooperation.Article, error) {
	var all []cooperation.Article
	untitled := false
	for _, line := range readLines(s) {
		m := articleLine.FindStringSubmatch(line)
		switch last := len(all) - 1; {
		case m != nil:
			all = append(all, cooperation.Article{Title: m[1]})
			untitled = m[1] == ""
		case last < 0:
			return nil, problem.New("article-heading", "found", firstWords(line), "field", "article")
		case untitled:
			all[last].Title, untitled = line, false
		default:
			all[last].Paragraphs = append(all[last].Paragraphs, clauseLabel.ReplaceAllString(line, ""))
		}
	}
	return all, nil
}

func firstWords(s string) string {
	if words := strings.Fields(s); len(words) > 6 {
		return strings.Join(words[:6], " ") + " ..."
	}
	return s
}

// mostFormParties is how many parties the form has room for.
const mostFormParties = 4

// contentFields ask for what an agreement says.
func (c *call) contentFields(r *store.Reader, a cooperation.Content) ([]field, error) {
	seats, err := c.seatOptions(r)
	if err != nil {
		return nil, err
	}
	fields := []field{c.field("about", "text", required, value(a.About), auto("off"))}
	for i := range mostFormParties {
		f := c.field(fmt.Sprintf("party_%d", i+1), "select", options(append([]option{{"", c.t("agreement.no-party")}}, seats...)), labelled(c.t("field.party-n", "n", i+1)))
		f.Required = i < 2
		if i < len(a.Parties) {
			f.Value = a.Parties[i].Position
		}
		fields = append(fields, f)
	}
	fields = append(fields, c.field("place", "text", value(a.Place), auto("off")), c.field("day", "date", value(string(a.Day)), labelled(c.t("field.signing-day")), helped(c.t("field.signing-day.help"))),
		c.field("consideration", "area", value(linesOf(a.Considerations)), tall(6)), c.field("legal_basis", "area", value(linesOf(a.LegalBases)), tall(6)),
		c.field("article", "area", value(articlesOf(a.Articles)), tall(24)))
	scope, err := c.scopeFields(r, a.Scope)
	if err != nil {
		return nil, err
	}
	fields = append(fields, scope...)
	silent, days := []string(nil), cooperation.UsualSilence
	if a.Terms.SilenceDays > 0 {
		silent, days = []string{"ya"}, a.Terms.SilenceDays
	}
	return append(fields,
		c.field("silence", "checks", options([]option{{"ya", c.t("field.silence.yes")}}), chosen(silent)), c.field("silence_days", "number", value(strconv.Itoa(days))),
		c.field("release_days", "number", required, value(strconv.Itoa(a.Terms.ReleaseDays))), c.field("report_days", "number", required, value(strconv.Itoa(a.Terms.ReportDays)))), nil
}

// inColumns sets many boxes to tick side by side.
func inColumns(f *field) { f.Wide = true }

func helped(v string) func(*field) { return func(f *field) { f.Help = v } }

// tall makes a field for a long text, so many rows high.
func tall(rows int) func(*field) { return func(f *field) { f.Rows = rows } }

// seatOptions are the positions that there are, those of an office together; where need
// is given, of the offices for which the reader has it.
func (c *call) seatOptions(r *store.Reader, need ...access.Permission) ([]option, error) {
	all, err := store.Positions(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	n.knowOffices()
	var out []option
	for _, p := range all {
		if !p.Period.Has(c.today()) {
			continue
		}
		if len(need) > 0 {
			o, _, err := store.OrganisationOf(r, p.Organisation)
			if err != nil {
				return nil, err
			}
			lacks := func(x access.Permission) bool {
				return c.who.May(x, access.Place{Region: o.Region, Organisation: o.ID}) != nil
			}
			if slices.ContainsFunc(need, lacks) {
				continue
			}
		}
		out = append(out, option{p.ID, n.organisation(p.Organisation) + ": " + p.Title})
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return out, n.err
}

// scopeFields ask for the sides of a scope.
func (c *call) scopeFields(r *store.Reader, s cooperation.Scope) ([]field, error) {
	programmes, err := store.Programmes(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	datasets, err := store.Datasets(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	var programme, purpose []option
	for _, p := range programmes {
		programme = append(programme, option{p.ID, c.word(p.Names)})
	}
	for _, p := range cooperation.Purposes {
		purpose = append(purpose, option{p, c.words("purpose." + p)})
	}
	fields := []field{
		c.field("programmes", "checks", options(programme), chosen(s.Programmes)),
		c.field("regions", "checks", options(c.regionOptions()), chosen(s.Regions), inColumns, labelled(c.t("field.scope-regions"))),
		c.field("purposes", "checks", options(purpose), chosen(s.Purposes)),
	}
	for _, d := range datasets {
		open, named := s.Columns(d.ID)
		if d.Withdrawn != nil && !named {
			continue
		}
		columns := []option{{cooperation.All, c.t("agreement.all-columns")}}
		for _, column := range d.Columns {
			columns = append(columns, option{column.Name, column.Name + ": " + c.word(column.Words)})
		}
		fields = append(fields, c.field(dataField+d.ID, "checks", options(columns), chosen(open.Columns), inColumns, labelled(c.t("field.data", "name", d.Name, "class", c.t("agreement.class."+string(d.Class))))))
	}
	return append(fields, c.field("from", "date", value(string(s.Period.From)), labelled(c.t("field.first-day"))), c.field("until", "date", value(string(s.Period.Until)), labelled(c.t("field.last-day")))), nil
}

// dataField begins the name of the field of a dataset's columns.
const dataField = "data_"

// content reads what contentFields ask for.
func (c *call) content(v *values) (cooperation.Content, error) {
	a := cooperation.Content{About: v.text("about"), Place: v.text("place"), Day: v.day("day"), Considerations: readLines(v.text("consideration")), LegalBases: readLines(v.text("legal_basis"))}
	err := c.view(func(r *store.Reader) error {
		for i := range mostFormParties {
			id := v.text(fmt.Sprintf("party_%d", i+1))
			if id == "" {
				continue
			}
			p, ok, err := store.PositionOf(r, id)
			if err != nil {
				return err
			}
			if !ok {
				v.add(fmt.Sprintf("party_%d", i+1), problem.New("position-unknown"))
			}
			a.Parties = append(a.Parties, cooperation.Party{Organisation: p.Organisation, Position: p.ID})
		}
		return nil
	})
	if err != nil {
		return a, err
	}
	if a.Articles, err = readArticles(v.text("article")); err != nil {
		v.add("article", err)
	}
	a.Scope = c.scope(v)
	if len(c.r.PostForm["silence"]) > 0 {
		a.Terms.SilenceDays = v.whole("silence_days")
	}
	a.Terms.ReleaseDays, a.Terms.ReportDays = v.whole("release_days"), v.whole("report_days")
	return a, v.err()
}

// scope reads what scopeFields ask for.
func (c *call) scope(v *values) cooperation.Scope {
	s := cooperation.Scope{Programmes: c.r.PostForm["programmes"], Regions: c.r.PostForm["regions"], Purposes: c.r.PostForm["purposes"], Period: registry.Period{From: v.day("from"), Until: v.day("until")}}
	for name, columns := range c.r.PostForm {
		if id, ok := strings.CutPrefix(name, dataField); ok {
			s.Datasets = append(s.Datasets, cooperation.Columns{Dataset: id, Columns: columns})
		}
	}
	return s.Tidy()
}

// whole reads a whole number of days.
func (v *values) whole(name string) int {
	n, err := strconv.Atoi(v.text(name))
	if err != nil {
		v.add(name, problem.New("days-number", "found", v.text(name)))
	}
	return n
}

// draftAgreementFields ask for a new agreement. Under another, or changing one, it begins
// with what that one says.
func draftAgreementFields(c *call, r *store.Reader, _ object) ([]field, error) {
	kind, above := cooperation.Kinds()[0].Code, c.r.URL.Query().Get("induk")
	if k, ok := cooperation.FindKind(c.r.URL.Query().Get("jenis")); ok {
		kind = k.Code
	}
	a := cooperation.Content{Terms: cooperation.DefaultTerms(), Scope: cooperation.Nothing()}
	if above != "" {
		b, ok, err := store.BoundOf(r, above)
		if err != nil {
			return nil, err
		}
		if ok {
			has := b.Agreement.Content
			a.Parties, a.Scope, a.Terms = has.Parties, has.Scope, b.TermsAt(c.o.Now())
			if b.InForce(c.o.Now()) {
				a.Scope = b.ScopeAt(c.o.Now())
			}
			a.Scope.Period.From = max(a.Scope.Period.From, c.today())
		}
	}
	chosenKind, _ := cooperation.FindKind(kind)
	for _, title := range chosenKind.Articles {
		a.Articles = append(a.Articles, cooperation.Article{Title: title})
	}
	var kinds []option
	for _, k := range cooperation.Kinds() {
		kinds = append(kinds, option{k.Code, c.agreementKind(k.Code)})
	}
	parents := []option{{"", c.t("agreement.no-parent")}}
	f, err := agreementFamily(c, r)
	if err != nil {
		return nil, err
	}
	for _, x := range f.all {
		if state := f.bound[x.ID].StateAt(c.o.Now()); x.Amends == "" && state != cooperation.AgreementExpired && state != cooperation.AgreementTerminated {
			parents = append(parents, option{x.ID, c.agreementTitle(x)})
		}
	}
	fields, err := c.contentFields(r, a)
	return append([]field{c.field("kind", "select", required, options(kinds), value(kind), labelled(c.t("field.agreement-kind")), helped(c.t("field.agreement-kind.help"))), c.field("parent", "select", options(parents), value(above))}, fields...), err
}

// word is a name in the reader's language.
func (c *call) word(w registry.Words) string {
	if c.lang == i18n.EN {
		return w.EN
	}
	return w.ID
}

func draftAgreement(c *call, v *values, by store.By, _ object) (then, error) {
	a, err := c.content(v)
	if err != nil {
		return then{}, err
	}
	id, _, err := c.o.Store.DraftAgreement(c.ctx(), by, v.text("kind"), v.text("parent"), a)
	return then{to: nounPath["agreement"] + "/" + id + "?selesai=draft"}, err
}

func editAgreementFields(c *call, r *store.Reader, o object) ([]field, error) {
	return c.contentFields(r, o.value.(agreed).Agreement.Content)
}

func editAgreement(c *call, v *values, by store.By, o object) (then, error) {
	a, err := c.content(v)
	if err == nil {
		_, err = c.o.Store.EditAgreement(c.ctx(), by, o.ID, a)
	}
	return then{}, err
}

func attachAgreementFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	return c.attachField("document", required), nil
}

func attachToAgreement(c *call, v *values, by store.By, o object) (then, error) {
	f, err := v.attached("document")
	if err == nil {
		err = v.err()
	}
	if err != nil {
		return then{}, err
	}
	if f == nil {
		f = &cooperation.File{} // the command says that it is missing
	}
	_, err = c.o.Store.AttachToAgreement(c.ctx(), by, o.ID, *f)
	return then{}, err
}

func detachAgreementFields(c *call, _ *store.Reader, o object) ([]field, error) {
	var all []option
	for _, f := range o.value.(agreed).Agreement.Documents {
		all = append(all, option{f.SHA256, f.Name})
	}
	return []field{c.field("document", "select", required, options(all))}, nil
}

func detachFromAgreement(c *call, v *values, by store.By, o object) (then, error) {
	_, err := c.o.Store.DetachFromAgreement(c.ctx(), by, o.ID, v.text("document"))
	return then{}, err
}

// proposeAgreementFields show what will be frozen.
func proposeAgreementFields(c *call, _ *store.Reader, o object) ([]field, error) {
	x := o.value.(agreed)
	return []field{c.field("letter", "shown", value(c.t("propose.text", "hash", x.Text(x.names).SHA256())), leads(c.link(nounPath["agreement"]+"/"+o.ID+"/surat"), c.t("agreement.letter")))}, nil
}

// leads makes a shown field lead somewhere, in these words.
func leads(link, words string) func(*field) {
	return func(f *field) { f.Link, f.LinkWords = link, words }
}

func numberFields(c *call, r *store.Reader, o object) ([]field, error) {
	x := o.value.(agreed)
	parties := partyIDs(c.unnumbered(x))
	f := c.field("number", "text", required, auto("off"))
	for _, id := range parties {
		pattern, err := store.NumberPatternOf(r, id)
		if err != nil {
			return nil, err
		}
		if pattern != "" {
			f.Help += " " + c.t("field.number.pattern", "office", x.names.Organisations[id], "pattern", string(pattern))
		}
	}
	return []field{c.partyField(x, parties), f, c.field("number_day", "date", required, value(string(c.today())))}, nil
}

func issueNumber(c *call, v *values, by store.By, o object) (then, error) {
	n := cooperation.Number{Text: v.text("number"), Day: v.needDay("number_day")}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.IssueAgreementNumber(c.ctx(), by, o.ID, v.text("organisation"), n)
	return then{}, err
}

func signatureFields(c *call, r *store.Reader, o object) ([]field, error) {
	x := o.value.(agreed)
	parties := c.unsigned(x)
	var people []option
	n := c.names(r)
	for _, party := range parties {
		seat, ok, err := store.PositionOf(r, party.Position)
		if err != nil {
			return nil, err
		}
		for _, h := range seat.Holdings {
			if ok {
				people = append(people, option{h.User, c.t("signature.holder", "who", n.user(h.User), "capacity", c.words("capacity."+string(h.Capacity)), "title", seat.Title, "days", c.days(h.Days()))})
			}
		}
	}
	var ways []option
	for _, way := range cooperation.Ways {
		ways = append(ways, option{string(way), c.words("agreement.way." + string(way))})
	}
	frozen := ""
	if x.Agreement.Frozen != nil {
		frozen = x.Agreement.Frozen.SHA256
	}
	fields := []field{c.partyField(x, partyIDs(parties)), c.field("user", "select", required, options(people), labelled(c.t("field.signer"))), c.field("way", "select", required, options(ways)),
		c.field("day", "date", required, value(string(c.today())), labelled(c.t("field.signed-day"))),
		c.field("originals", "number", value(strconv.Itoa(len(x.Agreement.Parties)))), c.field("meterai", "checks", options([]option{{"ya", c.t("field.meterai.yes")}})), c.field("issuer", "text", auto("off"))}
	fields = append(fields, c.attachField("file", required, labelled(c.t("field.scan")))...)
	fields = append(fields, c.field("frozen", "shown", value(frozen)), field{Name: "signed_text", Kind: "hidden", Value: frozen})
	return fields, n.err
}

func recordSignature(c *call, v *values, by store.By, o object) (then, error) {
	s := cooperation.Signature{Organisation: v.text("organisation"), Way: cooperation.Way(v.text("way")), User: v.text("user"), Day: v.needDay("day"), Issuer: v.text("issuer"), Meterai: v.text("meterai") != "", Text: v.text("signed_text")}
	if s.Way == cooperation.Paper {
		s.Originals = v.whole("originals")
	}
	f, err := v.attached("file")
	if err == nil {
		err = v.err()
	}
	if err != nil {
		return then{}, err
	}
	if f != nil {
		s.File = *f
	}
	_, err = c.o.Store.RecordSignature(c.ctx(), by, o.ID, s)
	return then{}, err
}

// signaturesShown are the signatures that wait for a second person, with what that
// person holds against each other.
func (c *call) signaturesShown(r *store.Reader, o object) ([]field, error) {
	x := o.value.(agreed)
	n := c.names(r)
	fields := []field{c.partyField(x, signatureIDs(unchecked(x.Agreement)))}
	for _, s := range unchecked(x.Agreement) {
		says := c.t("signature", "who", n.user(s.User), "capacity", c.words("capacity."+string(s.Capacity)), "day", c.day(s.Day), "way", c.words("agreement.way."+string(s.Way)))
		fields = append(fields, field{Name: "shown_" + s.Organisation, Kind: "shown", Label: x.names.Organisations[s.Organisation], Value: says + ". " + c.t("signature.recorded-by", "who", n.user(s.Recorded.User), "when", i18n.Date(c.lang, s.Recorded.At)),
			Link: c.link(nounPath["agreement"] + "/" + o.ID + "/dokumen/" + s.File.SHA256), LinkWords: c.t("signature.scan", "name", s.File.Name)})
	}
	return fields, n.err
}

func checkFields(c *call, r *store.Reader, o object) ([]field, error) {
	fields, err := c.signaturesShown(r, o)
	if err != nil {
		return nil, err
	}
	var list []option
	for _, x := range checklist {
		list = append(list, option{x, c.t("checklist." + x)})
	}
	hash := ""
	if f := o.value.(agreed).Agreement.Frozen; f != nil {
		hash = f.SHA256
	}
	return append(fields, c.field("frozen", "shown", value(hash), leads(c.link(nounPath["agreement"]+"/"+o.ID+"/surat"), c.t("agreement.letter"))), c.field("checklist", "checks", options(list))), nil
}

// checklist is what the second person holds against each other, all of it.
var checklist = []string{"text", "signer", "day", "means"}

func checkSignature(c *call, v *values, by store.By, o object) (then, error) {
	for _, x := range checklist {
		if !slices.Contains(c.r.PostForm["checklist"], x) {
			v.add("checklist", problem.New("signature-checklist"))
			return then{}, v.err()
		}
	}
	_, err := c.o.Store.CheckSignature(c.ctx(), by, o.ID, v.text("organisation"))
	return then{}, err
}

func refuseFields(c *call, r *store.Reader, o object) ([]field, error) {
	return c.signaturesShown(r, o)
}

// terminateFields say what stops with the agreement, for one party ends it alone and
// at once, and that its own words on notice come first.
func terminateFields(c *call, r *store.Reader, o object) ([]field, error) {
	x := o.value.(agreed)
	children, permits, studies, err := stopsWith(c, r, x)
	if err != nil {
		return nil, err
	}
	stops := c.t("terminate.stops", "children", children, "permits", permits, "studies", studies)
	return []field{c.field("stops", "shown", value(stops)),
		c.field("notice", "shown", value(c.t("terminate.notice")), leads(c.link(nounPath["agreement"]+"/"+o.ID+"/surat"), c.t("agreement.letter"))), c.field("day", "date", required, value(string(c.today())), labelled(c.t("field.end-day")))}, nil
}

// stopsWith counts what ends with an agreement: the agreements in force under it, and
// the open permits and running studies under it and under them.
func stopsWith(c *call, r *store.Reader, x agreed) (children, permits, studies int, err error) {
	f, err := agreementFamily(c, r)
	if err != nil {
		return 0, 0, 0, err
	}
	grounds := store.GroundsIn(r)
	under := []string{x.Agreement.ID}
	for i := 0; i < len(under); i++ {
		for _, a := range f.under[under[i]] {
			if a.Amends == "" && f.bound[a.ID].InForce(x.now) {
				children++
				under = append(under, a.ID)
			}
		}
		all, err := store.PermitsUnder(r, under[i])
		if err != nil {
			return 0, 0, 0, err
		}
		for _, p := range all {
			on, err := c.permitOn(grounds, p)
			if err != nil {
				return 0, 0, 0, err
			}
			if on.StateAt(on.g, on.at) == cooperation.PermitOpen {
				permits++
			}
		}
		running, err := store.StudiesUnder(r, under[i])
		if err != nil {
			return 0, 0, 0, err
		}
		for _, s := range running {
			if s.State() == study.Running {
				studies++
			}
		}
	}
	return children, permits, studies, nil
}

func terminateAgreement(c *call, v *values, by store.By, o object) (then, error) {
	day := v.needDay("day")
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.TerminateAgreement(c.ctx(), by, o.ID, day)
	return then{}, err
}

func destructionFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	return append([]field{c.field("day", "date", required, value(string(c.today())), labelled(c.t("field.destroyed-day"))), c.field("destroyed_what", "area", required), c.field("destroyed_who", "text", required, auto("off")), c.field("destroyed_how", "area", required)},
		c.attachField("file", labelled(c.t("field.minutes")))...), nil
}

func recordDestruction(c *call, v *values, by store.By, o object) (then, error) {
	d := cooperation.Destruction{Day: v.needDay("day"), What: v.text("destroyed_what"), Who: v.text("destroyed_who"), How: v.text("destroyed_how")}
	f, err := v.attached("file")
	if err == nil {
		err = v.err()
	}
	if err != nil {
		return then{}, err
	}
	d.File = f
	_, err = c.o.Store.RecordDestruction(c.ctx(), by, o.ID, d)
	return then{}, err
}
