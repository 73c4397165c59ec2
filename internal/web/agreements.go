package web

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// agreements are the pages of agreements: which doors are open, until when.
func agreements() noun {
	return noun{
		kind: "agreement", path: nounPath["agreement"], section: "agreements", read: access.AgreementRead, life: cooperation.AgreementLife,
		load: loadAgreement, answers: agreementIndex, about: aboutAgreement, offers: offersOfAgreement, history: agreementHistory,
		commands: agreementCommands(),
	}
}

// agreed is an agreement with all that its page says of it.
type agreed struct {
	cooperation.Bound
	names  cooperation.Names
	places []access.Place // of its parties
	now    time.Time
}

func loadAgreement(c *call, r *store.Reader, id string, o *object) (bool, error) {
	b, ok, err := store.BoundOf(r, id)
	if err != nil || !ok {
		return false, err
	}
	x := agreed{Bound: b, now: c.o.Now()}
	if x.names, err = store.AgreementNames(r, b, x.now); err != nil {
		return false, err
	}
	if x.places, err = store.PlacesOf(r, o.Object); err != nil {
		return false, err
	}
	o.value, o.state, o.title = x, b.StateAt(x.now), c.agreementTitle(b.Agreement)
	o.chip = c.agreementChip(o.state)
	o.heading, o.lead = sentence(c.opens(b, o.state)), o.title
	return true, nil
}

func (c *call) agreementKind(code string) string { return c.words("agreement.kind." + code) }

func (c *call) agreementTitle(a cooperation.Agreement) string {
	return c.t("agreement.title", "kind", c.agreementKind(a.Kind), "about", a.About)
}

func (c *call) agreementChip(state string) *chip {
	kind := map[string]string{cooperation.AgreementActive: "ok", cooperation.AgreementAmended: "ok", cooperation.AgreementProposed: "wait", cooperation.AgreementSigned: "wait", cooperation.AgreementTerminated: "no"}[state]
	return &chip{kind, c.words("agreement.state." + state)}
}

// opens says in one clause what an agreement opens, would open or has opened.
func (c *call) opens(b cooperation.Bound, state string) string {
	a, now := b.Agreement, c.o.Now()
	if a.Amends != "" {
		return c.t("agreement.opens.addendum", "opens", a.Scope.Words(c.lang))
	}
	switch state {
	case cooperation.AgreementActive, cooperation.AgreementAmended:
		return c.t("agreement.opens.now", "opens", b.ScopeAt(now).Words(c.lang))
	case cooperation.AgreementExpired, cooperation.AgreementTerminated:
		scope := lastScope(b, now)
		scope.Period.Until = "" // it is said once
		return c.t("agreement.opens.once", "until", c.day(b.PeriodAt(now).Until), "opens", scope.Words(c.lang))
	}
	return c.t("agreement.opens.then", "opens", a.Scope.Words(c.lang))
}

// lastScope is what an agreement that has ended opened on its last day, by the
// words then in force; its own where it never came into force.
func lastScope(b cooperation.Bound, now time.Time) cooperation.Scope {
	last := b.PeriodAt(now).Until
	scope := b.ScopeAt(last.Add(1).Begins().Add(-time.Nanosecond))
	if scope.OpensNothing() {
		scope = b.Agreement.Scope
	}
	scope.Period.Until = last
	return scope
}

// daysLeft is the number of days until a last one; negative once it is past.
func daysLeft(today, last registry.Day) int {
	return int(last.Begins().Sub(today.Begins()).Hours()+1) / 24
}

// family are the agreements that a reader may see, each bound to those that it
// depends on.
type family struct {
	all   []cooperation.Agreement // the newest first
	bound map[string]*cooperation.Bound
	under map[string][]cooperation.Agreement // by parent, or by what they amend
}

func agreementFamily(c *call, r *store.Reader) (*family, error) {
	all, err := store.Agreements(r, c.who, store.AgreementFilter{}, store.Page{})
	f := &family{all: all, bound: map[string]*cooperation.Bound{}, under: map[string][]cooperation.Agreement{}}
	for _, a := range slices.Backward(all) { // the oldest first
		f.under[a.Parent+a.Amends] = append(f.under[a.Parent+a.Amends], a) // never both
		f.bound[a.ID] = &cooperation.Bound{Agreement: a}
	}
	for _, a := range all {
		b := f.bound[a.ID]
		b.Parent = f.bound[a.Parent+a.Amends] // nil where there is none
		for _, x := range f.under[a.ID] {
			if x.Amends != "" {
				b.Addenda = append(b.Addenda, x)
			}
		}
	}
	return f, err
}

// walk goes through the agreements, each above those that hang on it.
func (f *family) walk(each func(b *cooperation.Bound, depth int)) {
	var down func(a cooperation.Agreement, depth int)
	down = func(a cooperation.Agreement, depth int) {
		each(f.bound[a.ID], depth)
		for _, x := range f.under[a.ID] {
			down(x, depth+1)
		}
	}
	for _, a := range f.all {
		if a.Parent+a.Amends == "" || f.bound[a.Parent+a.Amends] == nil {
			down(a, 0)
		}
	}
}

// agreementIndex answers with the list: which doors are open, until when.
func agreementIndex(c *call) error {
	s := sheet{Title: c.t("noun.agreement"), Section: "agreements"}
	t := table{Head: c.heads("agreement", "state", "opens", "parties", "days", "left"), Empty: c.t("list.empty")}
	err := c.view(func(r *store.Reader) error {
		f, err := agreementFamily(c, r)
		if err != nil {
			return err
		}
		c.doors(f, &s)
		t.Rows, err = agreementRows(c, r, f)
		return err
	})
	if err != nil {
		return err
	}
	if c.mayAnywhere("agreement", "draft") {
		var do []action
		for _, k := range cooperation.Kinds() {
			if k.Root {
				do = append(do, action{Text: c.t("agreement.new", "kind", c.agreementKind(k.Code)), Link: c.link(nounPath["agreement"] + "/buat?jenis=" + k.Code), Plain: len(do) > 0})
			}
		}
		s.Blocks = append(s.Blocks, block{Actions: do})
	}
	return c.list(s, t)
}

// agreementRows are the rows of the list, each above those that hang on it.
func agreementRows(c *call, r *store.Reader, f *family) ([][]cell, error) {
	n := c.names(r)
	n.knowOffices()
	now, today := c.o.Now(), c.today()
	var rows [][]cell
	f.walk(func(b *cooperation.Bound, depth int) {
		a, state := b.Agreement, b.StateAt(now)
		period, left := b.PeriodAt(now), ""
		if b.InForce(now) && period.Until != "" {
			left = c.t("agreement.left", "n", daysLeft(today, period.Until))
		}
		rows = append(rows, []cell{{Text: c.agreementTitle(a), Link: c.link(nounPath["agreement"] + "/" + a.ID), Indent: min(depth, 2)}, {Chip: c.agreementChip(state)},
			text(sentence(c.opens(*b, state))), text(n.parties(a)), text(c.openDays(period)), text(left)})
	})
	return rows, n.err
}

// openDays writes a period of which days may be missing.
func (c *call) openDays(p registry.Period) string {
	if p.From == "" || (p.Until != "" && p.Until < p.From) {
		return ""
	}
	return c.days(p)
}

func (n *names) parties(a cooperation.Agreement) string {
	all := make([]string, len(a.Parties))
	for i, p := range a.Parties {
		all[i] = n.organisation(p.Organisation)
	}
	return strings.Join(all, ", ")
}

// doors says in the head of the list which doors are open, until when.
func (c *call) doors(f *family, s *sheet) {
	now := c.o.Now()
	var open int
	datasets, regions, programmes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var last, first registry.Day
	var next *cooperation.Bound
	for _, a := range f.all {
		b := f.bound[a.ID]
		if a.Amends != "" || !b.InForce(now) {
			continue
		}
		open++
		scope := b.ScopeAt(now)
		for _, d := range scope.Datasets {
			datasets[d.Dataset] = true
		}
		for _, region := range scope.Regencies() {
			regions[region] = true
		}
		for _, p := range scope.Programmes {
			programmes[p] = true
		}
		until := b.PeriodAt(now).Until
		last = max(last, until)
		if next == nil || until < first {
			next, first = b, until
		}
	}
	if open == 0 {
		s.Heading, s.Lead = c.t("agreement.front.none"), c.t("list.agreement.lead")
		return
	}
	s.Heading = c.t("agreement.front", "n", open, "datasets", len(datasets), "regions", len(regions), "programmes", len(programmes), "until", c.day(last))
	s.Lead = c.t("agreement.front.next", "title", c.agreementTitle(next.Agreement), "until", c.day(first), "left", daysLeft(c.today(), first))
}

func aboutAgreement(c *call, r *store.Reader, o object) ([]block, error) {
	x := o.value.(agreed)
	n := c.names(r)
	do := []action{{Text: c.t("agreement.letter"), Link: c.link(nounPath["agreement"] + "/" + o.ID + "/surat"), Plain: true}}
	if c.who.MayAny(access.LookRead, o.places) == nil {
		do = append(do, action{Text: c.t("audit.link"), Link: c.link(nounPath["agreement"] + "/" + o.ID + "/pemeriksaan"), Plain: true})
	}
	blocks := []block{{Facts: c.agreementFacts(n, x)}, {Actions: append(do, c.below(x)...)}}
	blocks = append(blocks, c.partiesBlock(n, x), c.opensBlock(x))
	under, err := c.underBlock(r, x)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, under, c.documentsBlock(x), c.remindersBlock(x))
	return slices.DeleteFunc(blocks, func(b block) bool {
		return b.Table == nil && b.Facts == nil && b.Actions == nil && b.Note == ""
	}), n.err
}

// below are the ways to draft what may hang on the agreement.
func (c *call) below(x agreed) []action {
	state := x.StateAt(x.now)
	if !c.mayAnywhere("agreement", "draft") || x.Agreement.Amends != "" || state == cooperation.AgreementExpired || state == cooperation.AgreementTerminated {
		return nil
	}
	var do []action
	kind, _ := cooperation.FindKind(x.Agreement.Kind)
	to := c.link(nounPath["agreement"]+"/buat") + "?induk=" + x.Agreement.ID + "&jenis="
	for _, child := range kind.Children {
		do = append(do, action{Text: c.t("agreement.child", "kind", c.agreementKind(child)), Link: to + child, Plain: true})
	}
	for _, k := range cooperation.Kinds() {
		if x.InForce(x.now) && slices.Contains(k.Amends, x.Agreement.Kind) {
			do = append(do, action{Text: c.t("agreement.new", "kind", c.agreementKind(k.Code)), Link: to + k.Code, Plain: true})
		}
	}
	return do
}

// agreementHistory is the timeline for those who have a hand in the agreement: what
// was done, by whom, when and why. What changed in it stands in the log.
func agreementHistory(c *call, r *store.Reader, o object) ([]block, error) {
	if c.who.May(access.EventRead, o.place) == nil {
		return c.history(r, o)
	}
	if denied := c.mayHaveFiles(o.value.(agreed)); denied != nil {
		return nil, nil //nolint:nilerr // it is no mistake: who has no hand in it sees no history
	}
	return c.deeds(r, o)
}

func (c *call) agreementFacts(n *names, x agreed) []fact {
	a := x.Agreement
	var facts []fact
	add := func(key, text, link string) {
		if text != "" {
			facts = append(facts, fact{Name: c.t("agreement.fact." + key), Text: text, Link: link})
		}
	}
	if x.Parent != nil {
		key := "parent"
		if a.Amends != "" {
			key = "amends"
		}
		add(key, c.agreementTitle(x.Parent.Agreement), c.link(nounPath["agreement"]+"/"+x.Parent.Agreement.ID))
	}
	period, today := x.PeriodAt(x.now), c.today()
	days := c.openDays(period)
	if x.InForce(x.now) && period.Until != "" {
		days += " (" + c.t("agreement.left", "n", daysLeft(today, period.Until)) + ")"
	}
	add("period", days, "")
	if t := a.Terminated; t != nil {
		add("terminated", c.t("agreement.terminated", "day", c.day(t.Day), "reason", t.Reason, "who", n.user(t.User)), "")
	}
	if state := x.StateAt(x.now); state == cooperation.AgreementExpired || state == cooperation.AgreementTerminated {
		switch until := x.ReleasableUntil(x.now); {
		case a.Destroyed != nil:
		case until >= today:
			add("after", c.t("agreement.after.release", "until", c.day(until)), "")
		default:
			add("after", c.t("agreement.after.destroy", "until", c.day(until)), "")
		}
	}
	if d := a.Destroyed; d != nil {
		add("destroyed", c.t("agreement.destroyed", "day", c.day(d.Day), "what", d.What, "who", d.Who, "how", d.How), "")
	}
	return facts
}

// opensBlock is the scope side by side, and the terms, in words.
func (c *call) opensBlock(x agreed) block {
	scope, terms := x.Agreement.Scope, x.TermsAt(x.now)
	note := ""
	switch state := x.StateAt(x.now); {
	case x.Agreement.Amends != "":
	case state == cooperation.AgreementExpired || state == cooperation.AgreementTerminated:
		scope = lastScope(x.Bound, x.now)
	case x.InForce(x.now):
		if scope = x.ScopeAt(x.now); !reflect.DeepEqual(scope, x.Agreement.Scope) {
			note = c.t("agreement.cut")
		}
	}
	b := block{ID: "membuka", Title: c.t("agreement.opens"), Note: note}
	t := table{Head: c.heads("dataset", "columns"), Empty: c.t("agreement.no-datasets")}
	for _, d := range scope.Datasets {
		columns := strings.Join(d.Columns, ", ")
		if slices.Contains(d.Columns, cooperation.All) {
			columns = c.t("agreement.all-columns")
		}
		t.Rows = append(t.Rows, []cell{text(cmp.Or(x.names.Datasets[d.Dataset].Name, d.Dataset)), text(columns)})
	}
	b.Table = &t
	each := func(ids []string, name func(string) string) string {
		all := make([]string, len(ids))
		for i, id := range ids {
			all[i] = name(id)
		}
		return cmp.Or(strings.Join(all, ", "), c.t("none"))
	}
	silence := c.words("agreement.text.silence-never")
	if terms.SilenceDays > 0 {
		silence = c.words("agreement.text.silence", "n", terms.SilenceDays)
	}
	for _, f := range []struct{ key, text string }{
		{"programmes", each(scope.Programmes, func(id string) string { return cmp.Or(x.names.Programmes[id], id) })},
		{"regions", each(scope.Regions, registry.RegionName)},
		{"purposes", each(scope.Purposes, func(p string) string { return c.words("purpose." + p) })},
		{"silence", silence},
		{"release", c.words("agreement.text.release", "n", terms.ReleaseDays)},
		{"report", c.words("agreement.text.report", "n", terms.ReportDays)},
	} {
		b.Facts = append(b.Facts, fact{Name: c.t("agreement.fact." + f.key), Text: f.text})
	}
	return b
}

// partiesBlock says who signs, under which number, and whether they have.
func (c *call) partiesBlock(n *names, x agreed) block {
	t := table{Head: c.heads("party", "signatory", "number", "signature", "scan"), Empty: c.t("agreement.no-parties")}
	for _, p := range x.Agreement.Parties {
		seat := x.names.Positions[p.Position]
		number := c.t("agreement.number.open")
		if p.Number != nil {
			number = c.t("agreement.number", "number", p.Number.Text, "day", c.day(p.Number.Day))
		}
		row := []cell{{Text: cmp.Or(x.names.Organisations[p.Organisation], p.Organisation), Link: c.link(nounPath["organisation"] + "/" + p.Organisation)},
			text(join(cmp.Or(seat.Title, c.t("vacant")), signatory(seat))), text(number), {Chip: &chip{"", c.t("signature.none")}}, text("")}
		if s, ok := x.Agreement.Signature(p.Organisation); ok {
			state := &chip{"wait", c.t("signature.recorded")}
			if s.Checked != nil {
				state = &chip{"ok", c.t("signature.checked", "by", n.user(s.Checked.User))}
			}
			row[3] = cell{Text: c.t("signature", "who", n.user(s.User), "capacity", c.words("capacity."+string(s.Capacity)), "day", c.day(s.Day), "way", c.words("agreement.way."+string(s.Way))), Chip: state}
			row[4] = c.fileCell(x, s.File)
		}
		t.Rows = append(t.Rows, row)
	}
	b := block{ID: "para-pihak", Title: c.t("agreement.parties"), Table: &t}
	if f := x.Agreement.Frozen; f != nil {
		b.Facts = []fact{{Name: c.t("agreement.fact.frozen"), Text: c.t("agreement.frozen", "when", i18n.Date(c.lang, f.At), "who", n.user(f.User), "hash", f.SHA256)}}
	}
	return b
}

func signatory(s cooperation.Signatory) string {
	if s.Name == "" {
		return ""
	}
	return "(" + s.Name + ")"
}

// fileCell names a document; whoever works on the agreement for a party may have it.
func (c *call) fileCell(x agreed, f cooperation.File) cell {
	if c.mayHaveFiles(x) != nil {
		return text(f.Name)
	}
	return cell{Text: f.Name, Link: c.link(nounPath["agreement"] + "/" + x.Agreement.ID + "/dokumen/" + f.SHA256)}
}

// mayHaveFiles says why somebody may not have the documents of an agreement: it
// takes a hand in it at the place of a party. Others see names and hashes.
func (c *call) mayHaveFiles(x agreed) error {
	var denied error
	for _, at := range x.places {
		for _, p := range []access.Permission{access.AgreementPrepare, access.AgreementCheck, access.AgreementDecide, access.LookRead} {
			err := c.who.May(p, at)
			if err == nil {
				return nil
			}
			denied = cmp.Or(denied, err)
		}
	}
	return denied
}

func (c *call) documentsBlock(x agreed) block {
	t := table{Head: c.heads("document", "size", "sha256"), Empty: c.t("agreement.no-documents")}
	for _, f := range x.Agreement.Documents {
		t.Rows = append(t.Rows, []cell{c.fileCell(x, f), text(c.t("permit.kb", "n", (f.Bytes+1023)/1024)), text(f.SHA256)})
	}
	if d := x.Agreement.Destroyed; d != nil && d.File != nil {
		t.Rows = append(t.Rows, []cell{c.fileCell(x, *d.File), text(c.t("permit.kb", "n", (d.File.Bytes+1023)/1024)), text(d.File.SHA256)})
	}
	b := block{ID: "dokumen", Title: c.t("agreement.documents"), Table: &t}
	if len(t.Rows) > 0 && c.mayHaveFiles(x) != nil {
		b.Note = c.t("agreement.documents.shut")
	}
	return b
}

// underBlock lists what hangs on the agreement.
func (c *call) underBlock(r *store.Reader, x agreed) (block, error) {
	f, err := agreementFamily(c, r)
	if err != nil || len(f.under[x.Agreement.ID]) == 0 {
		return block{}, err
	}
	t := table{Head: c.heads("agreement", "state", "opens", "days")}
	for _, a := range f.under[x.Agreement.ID] {
		b := f.bound[a.ID]
		state := b.StateAt(x.now)
		t.Rows = append(t.Rows, []cell{{Text: c.agreementTitle(a), Link: c.link(nounPath["agreement"] + "/" + a.ID)}, {Chip: c.agreementChip(state)}, text(sentence(c.opens(*b, state))), text(c.openDays(b.PeriodAt(x.now)))})
	}
	return block{ID: "di-bawahnya", Title: c.t("agreement.under"), Table: &t}, nil
}

// remindersBlock lists the reminders of the end, those that were due and those to
// come as the end stands now.
func (c *call) remindersBlock(x agreed) block {
	if _, ok := x.Agreement.Concluded(); !ok {
		return block{}
	}
	far := x.PeriodAt(x.now).Until.Add(1).Begins()
	t := table{Head: c.heads("reminder", "days-before", "state")}
	for _, e := range x.EndNotices(x.Agreement.Drafted.At, far) {
		state := chip{"", c.t("reminder.to-come")}
		if !e.Due.Begins().After(x.now) {
			state = chip{"ok", c.t("reminder.due")}
		}
		t.Rows = append(t.Rows, []cell{text(c.day(e.Due)), text(c.t("reminder.before", "n", e.Days, "last", c.day(e.Last))), {Chip: &state}})
	}
	if len(t.Rows) == 0 {
		return block{}
	}
	return block{ID: "pengingat", Title: c.t("agreement.reminders"), Table: &t}
}

// agreementOf is the agreement that an address names.
func (c *call) agreementOf(r *store.Reader) (agreed, error) {
	o, err := agreements().object(c, r, c.r.PathValue("id"))
	if err != nil {
		return agreed{}, err
	}
	return o.value.(agreed), nil
}

// agreementLetter answers with the agreement as it is printed.
func (p *Pages) agreementLetter(c *call) error {
	var s surat
	err := c.view(func(r *store.Reader) error {
		x, err := c.agreementOf(r)
		if err != nil {
			return err
		}
		a := x.Agreement
		title := c.agreementTitle(a)
		s = surat{Title: title, Section: "agreements", Crumbs: []action{{Text: c.t("noun.agreement"), Link: c.link(nounPath["agreement"])}, {Text: title, Link: c.link(nounPath["agreement"] + "/" + a.ID)}},
			Says: c.t("agreement.letter.draft"), Text: x.Letter(x.names), Meterai: true}
		if a.Frozen != nil {
			s.SHA256, s.Says = a.Frozen.SHA256, c.t("agreement.letter.frozen")
		}
		if len(a.Parties) > 0 {
			s.Kop, err = c.kop(r, a.Parties[0].Organisation)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.letterSheet(s)
}

// agreementFile answers with one of the documents of an agreement.
func (p *Pages) agreementFile(c *call) error {
	var file *cooperation.File
	err := c.view(func(r *store.Reader) error {
		x, err := c.agreementOf(r)
		if err != nil {
			return err
		}
		if err := c.mayHaveFiles(x); err != nil {
			return err
		}
		for _, f := range x.Agreement.Files() {
			if f.SHA256 == c.r.PathValue("hash") {
				file = &f
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case file == nil:
		return errNotFound
	}
	return c.document(*file)
}

// agreementRoutes are those beside the list, the pages and the forms.
func (p *Pages) agreementRoutes() []route {
	at := nounPath["agreement"] + "/{id}"
	return []route{{"GET", at + "/surat", signedIn, p.signedIn(p.agreementLetter)}, {"GET", at + "/dokumen/{hash}", signedIn, p.signedIn(p.agreementFile)}}
}

// waitsInAgreements are the signatures that wait for the reader, and the data that
// are to be destroyed.
func (c *call) waitsInAgreements(r *store.Reader) ([]waiting, error) {
	all, err := store.SignaturesWaiting(r, c.who, 0)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	var out []waiting
	for _, s := range all {
		path := map[string]string{"record-signature": "catat-tanda-tangan", "check-signature": "periksa-tanda-tangan"}[s.Command]
		out = append(out, waiting{Text: c.t("waits."+s.Command, "party", n.organisation(s.Organisation), "title", c.agreementTitle(s.Agreement)),
			Link: c.link(nounPath["agreement"] + "/" + s.Agreement.ID + "/" + path + "?pihak=" + s.Organisation)})
	}
	if n.err != nil || !c.has(access.AgreementDecide) {
		return out, n.err
	}
	f, err := agreementFamily(c, r)
	if err != nil {
		return nil, err
	}
	theirs, err := store.Agreements(r, c.who, store.AgreementFilter{Right: access.AgreementDecide}, store.Page{})
	if err != nil {
		return nil, err
	}
	now := c.o.Now()
	for _, a := range theirs {
		b := f.bound[a.ID]
		if b == nil {
			continue
		}
		state, until := b.StateAt(now), b.ReleasableUntil(now)
		if a.Amends != "" || a.Destroyed != nil || (state != cooperation.AgreementExpired && state != cooperation.AgreementTerminated) || until >= c.today() {
			continue
		}
		out = append(out, waiting{Text: c.t("waits.record-destruction", "title", c.agreementTitle(a)), Link: c.link(nounPath["agreement"] + "/" + a.ID + "/catat-pemusnahan"), When: c.day(until.Add(1))})
	}
	return out, nil
}

// ofAgreements are what agreements are called.
func (n *names) ofAgreements(o event.Object) (string, error) {
	a, ok, err := store.AgreementOf(n.r, o.ID)
	if !ok {
		return "", err
	}
	return n.c.agreementTitle(a), err
}
