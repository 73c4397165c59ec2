package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// aboutPermit is the page of a permit below its first line.
func aboutPermit(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(permitOn)
	n := c.names(r)
	words, err := store.PermitNames(r, on.Permit, on.g, on.at)
	if err != nil {
		return nil, err
	}
	posts := &posts{c: c, r: r, known: map[string]string{}}
	var blocks []block
	if steps := on.way(c, n, posts); len(steps) > 0 {
		blocks = append(blocks, block{Steps: steps})
	}
	if len(on.Regions) > 0 {
		blocks = append(blocks, block{ID: "wilayah", Title: c.t("permit.answers"), Table: on.regionTable(c, n, posts)})
	}
	opened, err := on.opened(c, r, words)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, opened...)
	letters := on.letters(c)
	if on.lettersLag() && c.answersFor(o, on.Office(cooperation.Verifies, "")) {
		letters.Note = c.t("permit.letter-lags")
	}
	blocks = append(blocks, letters, on.asked(c, words), on.documents(c))
	return blocks, cmp.Or(posts.err, n.err)
}

// posts say which position of an office is in charge of a permit that lies there.
type posts struct {
	c     *call
	r     *store.Reader
	known map[string]string
	err   error
}

// of is an office's first position that has somebody in charge; "" = none.
func (p *posts) of(office string) string {
	if title, ok := p.known[office]; ok || p.err != nil {
		return title
	}
	all, err := store.PositionsOf(p.r, office)
	p.err = err
	p.known[office] = ""
	for _, seat := range all {
		if _, held := seat.InCharge(p.c.o.Now()); held {
			p.known[office] = seat.Title
			break
		}
	}
	return p.known[office]
}

// way is the chain as steps: the request, the province, the regions together, the
// report of use.
func (on permitOn) way(c *call, n *names, held *posts) []step {
	submitted, ok := on.last("submit")
	if !ok || len(on.steps) == 0 {
		return nil
	}
	word := func(kind string) string { return c.t("permit.way.is." + cmp.Or(kind, "later")) }
	all := []step{{"done", word("done"), c.t("permit.way.asks", "institution", n.organisation(on.Institution)), c.day(registry.DayOf(submitted.Mark.At))}}
	if on.StateAt(on.g, on.at) == cooperation.PermitReturned {
		all[0].Kind, all[0].Word = "now", word("now")
	}
	position := func(m cooperation.Mark) string {
		title, _, _ := strings.Cut(n.of(event.Object{Kind: "position", ID: m.Position}), ", ")
		if m.Position == "" {
			title = n.user(m.User)
		}
		if m.Capacity == event.Plt || m.Capacity == event.Plh || m.Capacity == event.An {
			title = c.words("capacity."+string(m.Capacity)) + " " + title
		}
		return title
	}
	for _, s := range on.steps {
		if s.Level != cooperation.ProvinceLevel {
			continue
		}
		office := n.organisation(s.Organisation)
		x := step{Title: c.t("permit.way."+string(s.Act), "office", office)}
		switch s.State {
		case "done":
			x.Kind = "done"
			key := s.Done.Command
			if s.Done.Against {
				key = "against"
			}
			x.Title = c.t("permit.way.did."+key, "office", office)
			x.Text = c.day(registry.DayOf(s.Done.Mark.At)) + " · " + position(s.Done.Mark)
		case "waiting":
			x.Kind = "now"
			x.Text = strings.TrimPrefix(held.of(s.Organisation)+" · ", " · ") + c.t("permit.waited", "n", s.Waited) + ", " + on.due(c, s)
		case "falls-away":
			x.Kind = "gone"
			x.Title = c.t("permit.way.gone", "offices", officeKinds(c, s.Offices))
		case "dropped":
			x.Kind = "gone"
		}
		x.Word = word(x.Kind)
		if s.State == "dropped" {
			x.Word = c.words("permit.step.dropped")
		}
		all = append(all, x)
	}
	regions := step{Title: c.t("permit.way.regions")}
	_, opened := on.last("open")
	switch state := on.StateAt(on.g, on.at); {
	case opened && state == cooperation.PermitOpen && on.answers().waiting > 0:
		regions.Kind = "now"
	case opened:
		regions.Kind = "done"
	case state == cooperation.PermitDeclined || state == cooperation.PermitWithdrawn || state == cooperation.PermitExpired:
		regions.Kind = "gone"
	}
	if opened {
		regions.Text = on.counts(c)
	}
	if gone := on.goneInRegions(); gone > 0 {
		regions.Text = strings.TrimPrefix(regions.Text+". "+c.t("permit.way.gone-regions", "n", gone), ". ")
	}
	regions.Word = word(regions.Kind)
	report := on.ReportAt(on.g, on.at)
	last := step{Title: c.t("permit.way.report")}
	switch report.State {
	case cooperation.ReportAccepted:
		last.Kind, last.Text = "done", c.words("permit.report.accepted")
	case cooperation.NoReport:
		switch on.StateAt(on.g, on.at) {
		case cooperation.PermitDeclined, cooperation.PermitWithdrawn, cooperation.PermitExpired, cooperation.PermitRevoked:
			last.Kind = "gone"
		}
	default:
		last.Text = c.t("permit.due", "due", c.day(report.Due))
		if on.StateAt(on.g, on.at) == cooperation.PermitReporting {
			last.Kind, last.Text = "now", on.reportSays(c, report)
		}
	}
	last.Word = word(last.Kind)
	return append(all, regions, last)
}

// reportSays says where the report of use stands, with the day by which it is to
// come while it is to come.
func (on permitOn) reportSays(c *call, report cooperation.Report) string {
	says := c.words("permit.report." + report.State)
	if report.State != cooperation.ReportDue && report.State != cooperation.ReportReturned {
		return says
	}
	key := "permit.due"
	if report.Late {
		key = "permit.late"
	}
	return says + ", " + c.t(key, "due", c.day(report.Due))
}

func officeKinds(c *call, kinds []registry.Office) string {
	var all []string
	for _, k := range kinds {
		all = append(all, c.t("office."+string(k)))
	}
	return strings.Join(all, " / ")
}

// goneInRegions counts the recommending offices that the register lacks there.
func (on permitOn) goneInRegions() int {
	n := 0
	for _, s := range on.steps {
		if s.Level == cooperation.RegionLevel && s.State == "falls-away" {
			n++
		}
	}
	return n
}

// due says until when a step should be done.
func (on permitOn) due(c *call, s cooperation.StepStatus) string {
	key := "permit.due"
	if s.Late {
		key = "permit.late"
	}
	out := c.t(key, "due", c.day(s.Due))
	if len(s.Unknown) > 0 {
		var years []string
		for _, y := range s.Unknown {
			years = append(years, itoa(y))
		}
		out += " " + c.t("permit.waits-unknown", "years", strings.Join(years, ", "))
	}
	return out
}

// regionTable says what each region answered, and who holds the request there.
func (on permitOn) regionTable(c *call, n *names, held *posts) *table {
	t := &table{Head: c.heads("region", "permit-answer", "permit-date", "permit-held", "permit-waits", "permit-letter")}
	for _, code := range on.Regions {
		r := on.region(code)
		x := chip{"wait", c.words("permit.region." + r.State)}
		var date, office, note, waits, due string
		letter := text("")
		var now, answer *cooperation.StepStatus
		for i, s := range on.steps {
			if s.Region != code {
				continue
			}
			if s.State == "waiting" {
				now = &on.steps[i]
			}
			if s.Act == cooperation.Answers {
				answer = &on.steps[i]
			}
		}
		for _, m := range slices.Backward(on.Moves) {
			if m.Region == code && m.Command != "recommend" {
				date = strings.ReplaceAll(c.day(registry.DayOf(m.Mark.At)), " ", "\u00a0")
				break
			}
		}
		for _, m := range slices.Backward(on.Moves) {
			if m.Region == code && m.Command != "recommend" && (m.Number != nil || m.File != nil) { // advice is no answer
				letter = on.paper(c, m)
				break
			}
		}
		if answer != nil {
			office = n.organisation(answer.Organisation)
		}
		switch r.State {
		case cooperation.RegionGranted:
			x.Kind = "ok"
			if r.Covers < on.PeriodAt(on.at).Until {
				note = c.t("permit.only-until", "until", c.day(r.Covers))
			}
		case cooperation.RegionDeemed:
			if on.Kind == cooperation.FieldWork {
				x.Kind = "ok"
			}
		case cooperation.RegionDeclined, cooperation.RegionRevoked:
			x.Kind, note = "no", r.Reason
		case cooperation.RegionWaiting:
			switch {
			case answer != nil && answer.State == "dropped":
				x = chip{"", c.t("permit.unanswered")}
				if _, opened := on.last("open"); !opened {
					x.Text = c.words("permit.step.dropped")
				}
			case now == nil:
				x = chip{"", c.words("permit.step.later")}
			case now.Act == cooperation.Recommends:
				x.Text = c.t("permit.waits-recommendation")
			}
		}
		if now != nil && (r.State == cooperation.RegionWaiting || r.State == cooperation.RegionGranted) {
			office = n.organisation(now.Organisation)
			if post := held.of(now.Organisation); post != "" {
				office += ", " + post
			}
			waits, due = c.t("permit.waited", "n", now.Waited), on.due(c, *now)
			if r.State == cooperation.RegionWaiting && now.Act == cooperation.Answers && r.Silent != "" {
				due += "; " + c.t("permit.silent", "silent", c.day(r.Silent))
			}
		}
		t.Rows = append(t.Rows, []cell{text(registry.RegionName(code)), {Chip: &x, Note: note}, text(cmp.Or(date, "–")), text(office), {Text: cmp.Or(waits, "–"), Note: due}, letter})
	}
	return t
}

// paper is an office's own letter to a move, with the document where there is one.
func (on permitOn) paper(c *call, m cooperation.Move) cell {
	var x cell
	if m.Number != nil {
		x.Text = m.Number.Text
	}
	if m.File != nil {
		x.Text, x.Link = cmp.Or(x.Text, m.File.Name), on.fileLink(c, *m.File)
	}
	return x
}

func (on permitOn) fileLink(c *call, f cooperation.File) string {
	return c.link(nounPath["permit"] + "/" + on.ID + "/berkas/" + f.SHA256)
}

// opened says what is open now, why the rest is not, and what that does to the
// study's sample.
func (on permitOn) opened(c *call, r *store.Reader, words cooperation.LetterNames) ([]block, error) {
	scope := on.ScopeAt(on.g, on.at).Meet(on.g.Agreement.ScopeAt(on.at))
	places := func(codes []string) string {
		all := make([]string, len(codes))
		for i, code := range codes {
			all[i] = registry.RegionName(code)
		}
		return strings.Join(all, ", ")
	}
	first, b := block{ID: "dibuka", Title: c.t("permit.opened")}, block{}
	if !scope.OpensNothing() {
		first.Note = sentence(scope.Words(c.lang))
		var data []string
		for _, d := range scope.Datasets {
			columns, err := c.columnWords(r, d)
			if err != nil {
				return nil, err
			}
			data = append(data, columns)
		}
		b.Facts = append(b.Facts, fact{Name: c.t("col.permit-datasets"), Text: strings.Join(data, "; ")}, fact{Name: c.t("permit.rows-of"), Text: places(scope.Regions)})
	}
	enter, shut := on.Opens(on.g, on.Kind, on.at)
	if on.Kind == cooperation.FieldWork && len(enter) > 0 {
		if scope.OpensNothing() && len(on.Datasets) > 0 {
			first.Note = c.t("permit.opened.no-data")
		}
		b.Facts = append(b.Facts, fact{Name: c.t("permit.enter"), Text: places(enter)})
	}
	if len(b.Facts) > 0 {
		var programmes []string
		for _, p := range on.Programmes {
			programmes = append(programmes, cmp.Or(words.Programmes[p], p))
		}
		b.Facts = append(b.Facts, fact{Name: c.t("col.permit-programmes"), Text: strings.Join(programmes, ", ")}, fact{Name: c.t("col.permit-purpose"), Text: c.words("purpose." + on.Purpose)},
			fact{Name: c.t("col.permit-until"), Text: c.day(on.LastDay(on.g, on.at))})
	}
	if report := on.ReportAt(on.g, on.at); report.State != cooperation.NoReport {
		b.Facts = append(b.Facts, fact{Name: c.t("permit.way.report"), Text: on.reportSays(c, report)})
	}
	if first.Note == "" && len(enter) == 0 {
		first.Note = on.opensNothing(c)
	}
	blocks := []block{first}
	if len(b.Facts) > 0 {
		blocks = append(blocks, b)
	}
	if len(shut) > 0 {
		blocks = append(blocks, block{ID: "tertutup", Title: c.t("permit.shut"), Table: shutTable(c, shut)})
	}
	if on.Kind == cooperation.FieldWork && len(on.Datasets) > 0 {
		_, data := on.Opens(on.g, cooperation.DataUse, on.at)
		data = slices.DeleteFunc(data, func(s cooperation.Shut) bool { return !slices.Contains(enter, s.Region) })
		if len(data) > 0 {
			blocks = append(blocks, block{ID: "tanpa-data", Title: c.t("permit.shut-data"), Table: shutTable(c, data)})
		}
	}
	if missing := on.Deviations(on.g, on.at); len(missing) > 0 {
		t := shutTable(c, missing)
		blocks = append(blocks, block{ID: "simpangan", Title: c.t("permit.deviations"), Table: t, Note: c.t("permit.deviations.note")})
	}
	return blocks, nil
}

func shutTable(c *call, all []cooperation.Shut) *table {
	t := &table{Head: c.heads("region", "permit-why")}
	for _, s := range all {
		t.Rows = append(t.Rows, []cell{text(registry.RegionName(s.Region)), text(sentence(c.words("permit.shut." + s.Why)))})
	}
	return t
}

// columnWords names a dataset with the columns of it that are meant.
func (c *call) columnWords(r *store.Reader, d cooperation.Columns) (string, error) {
	known, ok, err := store.DatasetOf(r, d.Dataset)
	if err != nil || !ok {
		return d.Dataset, err
	}
	if slices.Contains(d.Columns, cooperation.All) {
		return c.t("permit.columns-all", "name", known.Name), nil
	}
	return c.t("permit.columns", "name", known.Name, "columns", strings.Join(d.Columns, ", ")), nil
}

// lettersLag tells whether the last letter names other places than have said yes.
func (on permitOn) lettersLag() bool {
	if on.StateAt(on.g, on.at) != cooperation.PermitOpen {
		return false
	}
	now := on.Places(on.g, on.at)
	return len(on.Letters) > 0 && !slices.Equal(now, on.Letters[len(on.Letters)-1].Places)
}

// letters lists the letters, the newest first, or the way to the draft.
func (on permitOn) letters(c *call) block {
	path := nounPath["permit"] + "/" + on.ID + "/surat"
	b := block{ID: "surat", Title: c.t("permit.letters")}
	if len(on.Letters) == 0 {
		b.Note = c.t("permit.letters.none")
		if len(on.Places(on.g, on.at)) > 0 {
			b.Actions = []action{{Text: c.t("permit.letter.draft"), Link: c.link(path), Plain: true}}
		}
		return b
	}
	t := table{Head: c.heads("permit-number", "permit-date", "permit-regions", "state", "permit-check")}
	for i, l := range slices.Backward(on.Letters) {
		v, _ := on.Verify(on.g, l.Code, on.at)
		var places []string
		for _, p := range l.Places {
			places = append(places, registry.RegionName(p.Region))
		}
		t.Rows = append(t.Rows, []cell{{Text: l.Number.Text, Link: c.link(path + "/" + itoa(i+1))}, text(c.day(l.Number.Day)), text(strings.Join(places, ", ")), {Chip: letterChip(c, v.State)},
			{Text: c.t("permit.letter.check"), Link: c.link(verifyPath + "/" + l.Code)}})
	}
	b.Table, b.Actions = &t, []action{{Text: c.t("permit.letter.print"), Link: c.link(path)}}
	return b
}

func letterChip(c *call, state string) *chip {
	kind := map[string]string{"valid": "ok", "not-begun": "wait", "revoked": "no"}[state]
	return &chip{kind, c.words("permit.letter-state." + state)}
}

// asked is the request as it was made.
func (on permitOn) asked(c *call, words cooperation.LetterNames) block {
	b := block{ID: "permohonan", Title: c.t("permit.request")}
	add := func(key, says string) {
		if says != "" {
			b.Facts = append(b.Facts, fact{Name: c.t("field.permit-" + key), Text: says})
		}
	}
	add("title", on.Title)
	if on.Kind != "" {
		b.Facts = append(b.Facts, fact{Name: c.t("col.permit-kind"), Text: c.words("permit.kind." + string(on.Kind))})
	}
	add("aims", on.Aims)
	add("method", on.Method)
	add("field", on.Field)
	if on.Status != "" {
		add("status", c.words("permit.status."+on.Status))
	}
	add("sample", on.Sample)
	add("makes", on.Makes)
	if on.Responsible.User != "" {
		add("responsible", strings.TrimSuffix(cmp.Or(words.People[on.Responsible.User], on.Responsible.User)+", "+words.Positions[on.Responsible.Position].Title, ", "))
	}
	var members []string
	for _, m := range on.Members {
		members = append(members, cmp.Or(words.People[m], m))
	}
	add("members", strings.Join(members, ", "))
	b.Facts = append(b.Facts, fact{Name: c.t("field.permit-agreement"), Text: on.g.Agreement.Agreement.About, Link: c.link(nounPath["agreement"] + "/" + on.Agreement)})
	if on.Period.From != "" {
		add("period", c.days(on.PeriodAt(on.at)))
	}
	return b
}

// documents lists the attached documents, each by its hash.
func (on permitOn) documents(c *call) block {
	t := table{Head: c.heads("permit-document", "file", "permit-size", "permit-sha256"), Empty: c.t("permit.documents.none")}
	row := func(kind string, f cooperation.File) {
		t.Rows = append(t.Rows, []cell{text(kind), {Text: f.Name, Link: on.fileLink(c, f)}, text(c.t("permit.kb", "n", (f.Bytes+1023)/1024)), text(f.SHA256)})
	}
	for _, d := range on.Documents {
		row(c.words("permit.attachment."+string(d.Kind)), d.File)
	}
	for _, m := range on.Moves {
		if m.File != nil {
			row(sentence(c.t("permit.move."+m.Command, "region", registry.RegionName(m.Region))), *m.File)
		}
	}
	return block{ID: "dokumen", Title: c.t("permit.documents"), Table: &t}
}

// permitHistory is the timeline for everyone on the chain, in the words of what
// happened.
func permitHistory(c *call, r *store.Reader, o object) ([]block, error) {
	log := c.who.May(access.EventRead, o.place) == nil
	events, err := r.History(o.Object)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	n.knowEvents(events)
	var all []entry
	for _, e := range slices.Backward(events) {
		x := n.entry(e, log)
		x.Link = "" // it is this page
		if p, err := store.Read[cooperation.Permit](e.After); err == nil && len(p.Moves) > 0 {
			if m := p.Moves[len(p.Moves)-1]; m.Mark.At.Equal(e.At) && m.Region != "" && e.Type != "permit-letter-issued" { // a letter adds no move
				x.What = c.t("permit.move."+m.Command, "region", registry.RegionName(m.Region))
			}
		}
		if kind, ok := attached(e); ok {
			x.What = c.t("permit.attached", "document", c.words("permit.attachment."+string(kind)))
		}
		if all = append(all, x); len(all) == historyPiece {
			break
		}
	}
	b := block{ID: "riwayat", Title: c.t("history"), Timeline: all}
	if log {
		b.Actions = []action{{Text: c.t("history.log"), Link: c.logLink(o.Object), Plain: true}}
	}
	return []block{b}, n.err
}

// attached tells which document an event put to a request.
func attached(e event.Event) (cooperation.AttachmentKind, bool) {
	if e.Type != "permit-attached" {
		return "", false
	}
	before, _ := store.Read[cooperation.Permit](e.Before) // none: all of them are new
	after, err := store.Read[cooperation.Permit](e.After)
	i := slices.IndexFunc(after.Documents, func(a cooperation.Attachment) bool { return !slices.Contains(before.Documents, a) })
	if err != nil || i < 0 {
		return "", false
	}
	return after.Documents[i].Kind, true
}
