package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	runroom "github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// studies are the pages of studies: what do we ask, and did we say so before looking?
func studies() noun {
	return noun{
		kind: "study", path: nounPath["study"], section: "studies", read: access.StudyRead, life: study.Life,
		load: loadStudy, list: listStudies, front: studiesFront, about: aboutStudy, commands: studyCommands(), offers: offersStudy, before: "rencana",
	}
}

func (p *Pages) studyRoutes() []route {
	at := nounPath["study"] + "/{id}"
	return []route{{"GET", at + "/aea.json", signedIn, p.signedIn(p.studyAEA)}, {"POST", at + "/periksa", signedIn, p.signedIn(p.checkPlan)}}
}

// studiesDoor answers with the studies of the record to who is signed in, with the
// examples of the program to everybody else and to who asks for them.
func (p *Pages) studiesDoor(w http.ResponseWriter, r *http.Request) {
	if c := callOf(r); c != nil && c.sess != nil && !r.URL.Query().Has("contoh") {
		p.signedIn(studies().index)(w, r)
		return
	}
	p.whenReady(p.studies)(w, r)
}

// studyDoor answers with an example where the address names one, else with a study of
// the record.
func (p *Pages) studyDoor(w http.ResponseWriter, r *http.Request) {
	s := p.site.Load()
	example := s != nil && slices.ContainsFunc(s.Studies, func(x Study) bool { return x.ID == r.PathValue("id") })
	if example || s == nil && !recordID(r.PathValue("id")) {
		p.whenReady(p.study)(w, r)
		return
	}
	p.signedIn(studies().page)(w, r)
}

// recordID tells whether a text looks like an id of the record.
func recordID(s string) bool {
	return len(s) == 26 && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// studyOn is a study with its runs and the permits that were asked for it.
type studyOn struct {
	study.Study
	runs    []study.Run          // the newest first
	permits []cooperation.Permit // those that the reader may see
	lacks   []*problem.Problem   // what its draft lacks before it can be registered
}

func loadStudy(c *call, r *store.Reader, id string, o *object) (bool, error) {
	s, ok, err := store.StudyOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	on := studyOn{Study: s}
	if on.runs, err = store.RunsOf(r, id); err != nil {
		return true, err
	}
	if on.permits, err = store.Permits(r, c.who, store.PermitFilter{Study: id}, store.Page{}); err != nil {
		return true, err
	}
	if on.Draft != nil {
		if on.lacks, err = runroom.Lacks(r, c.o.Store.Contents(), *on.Draft); err != nil {
			return true, err
		}
	}
	o.title, o.state, o.value, o.chip = s.Title, s.State(), on, c.stageChip(on)
	o.heading, o.lead = on.says(c), s.Title
	return true, nil
}

// studyStage is where a study is, in the words of its page.
func (on studyOn) stage() string {
	switch state := on.State(); {
	case state == study.Withdrawn && on.Stone == nil:
		return "gone" // stopped, and its data were taken back: the study was not
	case state != study.Running:
		return state
	case len(on.Registrations) == 0:
		return "recorded"
	case slices.ContainsFunc(on.runs, func(r study.Run) bool { return r.Release != nil }):
		return "released"
	case slices.ContainsFunc(on.runs, func(r study.Run) bool { return !r.Dummy && !r.Baseline() }):
		return "running"
	}
	return "registered"
}

func (c *call) studyChip(s study.Study) *chip {
	stage := studyOn{Study: s}.stage()
	kind := map[string]string{study.Drafted: "empty", "recorded": "empty", "registered": "ok", study.Stopped: "no", study.Withdrawn: "no", "gone": "no"}[stage]
	return &chip{kind, c.t("study.stage." + stage)}
}

// says is the first line of a study: whether it said what it does before looking.
func (on studyOn) says(c *call) string {
	r, registered := on.Registered()
	switch {
	case on.Stone != nil:
		return c.t("study.says.withdrawn", "day", c.day(registry.DayOf(on.Stone.At)), "why", on.Stone.Reason)
	case !registered && on.Draft == nil:
		return c.t("study.says.recorded")
	case !registered:
		return c.t("study.says.draft")
	}
	major, minor := on.Version(r.Number)
	first := on.Registrations[0]
	pairs := []any{"day", c.day(registry.DayOf(first.By.At)), "version", itoa(major) + "." + itoa(minor), "amendments", len(on.Registrations) - 1, "runs", on.done()}
	switch {
	case on.done() == 0:
		return c.t("study.says.registered", pairs...)
	case len(on.Registrations) == 1:
		return c.t("study.says.ran-as-said", pairs...)
	}
	return c.t("study.says.ran", pairs...)
}

// done is how many runs on rows have an answer.
func (on studyOn) done() (n int) {
	for _, r := range on.runs {
		if r.State == study.Done && !r.Dummy && !r.Baseline() {
			n++
		}
	}
	return n
}

func studiesFront(c *call, r *store.Reader, s *sheet) error {
	all, err := store.Studies(r, c.who, store.Page{})
	if err != nil {
		return err
	}
	before := 0
	for _, x := range all {
		if len(x.Registrations) > 0 {
			before++
		}
	}
	s.Heading, s.Lead = c.t("study.front", "n", len(all), "registered", before), c.t("study.front.lead")
	return nil
}

func listStudies(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("study-title", "study-owner", "study-programmes", "study-stage", "study-version", "study-registered", "study-runs")}
	all, err := store.Studies(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	n := c.names(r)
	for _, s := range slices.Backward(all) {
		on := studyOn{Study: s}
		if on.runs, err = store.RunsOf(r, s.ID); err != nil {
			return t, err
		}
		version, when := text("–"), text("–")
		if x, ok := s.Registered(); ok {
			major, minor := s.Version(x.Number)
			first := registry.DayOf(s.Registrations[0].By.At)
			version, when = text(itoa(major)+"."+itoa(minor)), cell{Text: c.day(first), Order: string(first)}
		}
		t.Rows = append(t.Rows, []cell{{Text: s.Title, Link: c.link(nounPath["study"] + "/" + s.ID)}, text(n.organisation(s.Owner)), text(strings.Join(n.programmes(s.Programmes), ", ")),
			{Chip: c.stageChip(on)}, version, when, c.count(int64(len(on.runs)))})
	}
	return t, n.err
}

func (c *call) stageChip(on studyOn) *chip {
	x := c.studyChip(on.Study)
	x.Text = c.t("study.stage." + on.stage())
	return x
}

func aboutStudy(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(studyOn)
	n := c.names(r)
	facts, err := c.studyFacts(r, n, on)
	if err != nil {
		return nil, err
	}
	blocks := []block{{Facts: facts}}
	answer, err := c.studyAnswers(r, on)
	if err != nil {
		return nil, err
	}
	if answer != nil {
		blocks = append(blocks, *answer)
	}
	current, registered := on.Registered()
	if registered && !store.SeesProtocol(c.who, on.Study) {
		return append(blocks, block{ID: "rencana", Title: c.t("study.registration"), Note: c.t("study.embargoed", "day", c.day(current.Embargo)), Facts: c.sealFacts(n, on, current)}), n.err
	}
	if registered {
		more, err := c.protocolBlocks(r, "rencana", c.t("study.registration"), current.Protocol)
		if err != nil {
			return nil, err
		}
		more[0].Facts = append(c.sealFacts(n, on, current), more[0].Facts...)
		more[0].Actions = []action{{Text: c.t("study.aea"), Link: c.link(nounPath["study"] + "/" + on.ID + "/aea.json"), Plain: true}}
		blocks = append(blocks, more...)
		blocks = append(blocks, c.amendmentBlocks(n, on)...)
	}
	if on.Draft != nil {
		more, err := c.draftBlocks(r, on)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	before, err := c.baselineBlocks(r, on)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, before...)
	b := block{ID: "hitungan", Title: c.t("study.runs")}
	if len(on.runs) > 0 {
		b.Table = c.runsTable(n, on)
	}
	if state := on.State(); (state == study.Running || state == study.Drafted) && on.written().Plan != "" && c.who.May(access.RowsUse, o.place) == nil {
		b.Actions = []action{{Text: c.t("command.run.queue"), Link: c.link(nounPath["run"]+"/jalankan") + "?studi=" + on.ID}}
	}
	if b.Table != nil || b.Actions != nil {
		blocks = append(blocks, b)
	}
	return blocks, n.err
}

func (c *call) studyFacts(r *store.Reader, n *names, on studyOn) ([]fact, error) {
	facts := []fact{
		{Name: c.t("col.study-owner"), Text: n.organisation(on.Owner)}, {Name: c.t("study.answers"), Text: n.user(on.User)},
		{Name: c.t("col.study-programmes"), Text: cmp.Or(strings.Join(n.programmes(on.Programmes), ", "), c.t("study.no-programme"))},
		{Name: c.t("study.purpose"), Text: c.words("purpose." + on.Purpose)},
	}
	if on.Agreement == "" {
		facts = append(facts, fact{Name: c.t("study.papers"), Text: c.t("study.papers.none")})
	} else {
		a, ok, err := store.AgreementOf(r, on.Agreement)
		if err != nil {
			return nil, err
		}
		if ok {
			facts = append(facts, fact{Name: c.t("noun.agreement"), Text: c.agreementTitle(a), Link: c.link(nounPath["agreement"] + "/" + a.ID)})
		}
	}
	permit, ok, err := c.permitFact(r, on)
	if err != nil {
		return nil, err
	}
	if ok {
		facts = append(facts, permit)
	}
	for _, stop := range on.Stops {
		where := c.t("study.everywhere")
		if stop.Region != "" {
			where = registry.RegionName(stop.Region)
		}
		facts = append(facts, fact{Name: c.t("study.stopped"), Text: c.t("study.stopped-in", "where", where, "day", c.day(registry.DayOf(stop.At)), "why", stop.Reason)})
	}
	return facts, n.err
}

// permitFact says under which permit a study stands, whether it opens anything and until
// when; and to who may do so how it is asked for and named. A study without an agreement
// needs none.
func (c *call) permitFact(r *store.Reader, on studyOn) (fact, bool, error) {
	says := fact{Name: c.t("noun.permit")}
	may := c.who.May(access.StudyRegister, access.Place{Region: on.Region, Organisation: on.Owner}) == nil
	switch {
	case on.Permit != "":
		p, ok, err := store.PermitOf(r, on.Permit)
		if err != nil || !ok {
			return says, ok, err
		}
		says, err = c.permitSays(r, p)
		return says, true, err
	case len(on.permits) > 0:
		newest := slices.MaxFunc(on.permits, func(a, b cooperation.Permit) int { return cmp.Compare(a.ID, b.ID) })
		says, err := c.permitSays(r, newest)
		if may && on.Reads() {
			says.Link = c.link(nounPath["study"] + "/" + on.ID + "/izin")
			says.Text += ": " + c.t("study.permit.unnamed")
		}
		return says, true, err
	case on.Agreement == "" || !may:
		return says, false, nil
	case !on.Reads():
		says.Text = c.t("study.permit.later")
		return says, on.State() == study.Drafted, nil
	}
	says.Text, says.Link = c.t("study.permit.none"), c.link(nounPath["permit"]+"/mohon?studi="+on.ID)
	return says, true, nil
}

// permitSays is a permit with its state and the last day on which it opens anything.
func (c *call) permitSays(r *store.Reader, p cooperation.Permit) (fact, error) {
	on, err := c.permitOn(store.GroundsIn(r), p)
	if err != nil {
		return fact{}, err
	}
	state := on.StateAt(on.g, on.at)
	says := fact{Name: c.t("noun.permit"), Text: permitTitle(c, p), Link: c.link(nounPath["permit"] + "/" + p.ID), Chip: permitChip(c, state)}
	if last := on.LastDay(on.g, on.at); state == cooperation.PermitOpen && last != "" {
		says.Text = c.t("study.permit.until", "permit", says.Text, "day", c.day(last))
	}
	return says, nil
}

// studyAnswers lead to what a study has answered so far: its released reports, and the
// findings that stand on them; nil: there is nothing.
func (c *call) studyAnswers(r *store.Reader, on studyOn) (*block, error) {
	b := block{ID: "jawaban", Title: c.t("study.answers-so-far")}
	all, err := c.known(r)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.Study == on.ID {
			b.Waiting = append(b.Waiting, waiting{Text: c.both(f.Sentence), Link: c.link(nounPath["finding"] + "/" + f.ID), When: c.strengthWords(f.Strength(all))})
		}
	}
	for _, x := range on.runs {
		if x.Release != nil {
			b.Waiting = append(b.Waiting, waiting{Text: c.t("study.report-of", "day", c.day(registry.DayOf(x.Queued.At))), Link: c.link(nounPath["run"] + "/" + x.ID + "/laporan")})
		}
	}
	if len(b.Waiting) == 0 {
		return nil, nil
	}
	return &b, nil
}

// sealFacts say when what was locked.
func (c *call) sealFacts(n *names, on studyOn, r study.Registration) []fact {
	major, minor := on.Version(r.Number)
	facts := []fact{
		{Name: c.t("study.seal"), Text: r.Seal}, {Name: c.t("col.study-version"), Text: itoa(major) + "." + itoa(minor)},
		{Name: c.t("study.locked"), Text: c.hand(n, &r.By)}, {Name: c.t("study.looked"), Text: c.lookedWords(r)},
	}
	for _, before := range on.Registrations {
		if before.Number < r.Number {
			major, minor := on.Version(before.Number)
			facts = append(facts, fact{Name: c.t("study.seal-of", "version", itoa(major)+"."+itoa(minor)), Text: c.t("study.seal-on", "seal", before.Seal, "day", c.day(registry.DayOf(before.By.At)))})
		}
	}
	facts = append(facts, c.measuredFacts(r)...)
	if r.Embargo != "" {
		facts = append(facts, fact{Name: c.t("study.embargo"), Text: c.day(r.Embargo)})
	}
	return facts
}

// lookedWords say whether outcomes had been read when a registration was locked.
func (c *call) lookedWords(r study.Registration) string {
	if r.Looked == nil {
		return c.t("study.looked.not")
	}
	return c.t("study.looked.on", "day", c.day(registry.DayOf(*r.Looked)))
}

// protocolBlocks show what a study says that it does, in words, then as the plan.
func (c *call) protocolBlocks(r *store.Reader, id, title string, p study.Protocol) ([]block, error) {
	var facts []fact
	d, err := designs.Parse([]byte(p.Plan), "")
	if err == nil {
		facts = append(facts, fact{Name: c.t("study.question"), Text: i18nWords(c, d.Plan.Question.ID, d.Plan.Question.EN)}, fact{Name: c.t("study.design"), Text: c.words(d.Design.Title())})
	}
	for _, x := range []struct{ key, says string }{{"abstract", p.Setting.Abstract}, {"intervention", p.Setting.Intervention}, {"assignment", p.Setting.Assignment}, {"ethics", p.Setting.Ethics}} {
		if x.says != "" {
			facts = append(facts, fact{Name: c.t("study." + x.key), Text: x.says})
		}
	}
	for _, x := range []struct {
		key  string
		days registry.Period
	}{{"given", p.Setting.Given}, {"studied", p.Setting.Studied}} {
		if x.days.From != "" {
			facts = append(facts, fact{Name: c.t("study." + x.key), Text: c.days(x.days)})
		}
	}
	for _, x := range []struct {
		key string
		n   *int64
	}{{"clusters", p.Setting.Clusters}, {"observations", p.Setting.Observations}} {
		if x.n != nil {
			facts = append(facts, fact{Name: c.t("study." + x.key), Text: i18n.Number(c.lang, float64(*x.n), 0)})
		}
	}
	if s := p.Setting.Detectable; s != nil {
		effect := i18n.Format(c.lang, *s, "")
		if err == nil && len(d.Plan.Outcomes) > 0 {
			effect = strings.TrimSpace(effect + " " + d.Plan.Outcomes[0].Unit)
		}
		facts = append(facts, fact{Name: c.t("study.detectable"), Text: c.t("study.detectable.says", "effect", effect)})
	}
	blocks := []block{{ID: id, Title: title, Facts: facts}}
	if len(p.Hypotheses) > 0 {
		t := table{Head: c.heads("study-outcome", "study-expects", "study-reasoning", "study-weight")}
		for _, h := range p.Hypotheses {
			weight := c.t("study.primary")
			if h.Minor {
				weight = c.t("study.secondary")
			}
			t.Rows = append(t.Rows, []cell{text(h.Outcome), text(c.words("change.value.expects." + string(h.Expects))), text(cmp.Or(h.Why, "–")), text(weight)})
		}
		blocks = append(blocks, block{Title: c.t("study.hypotheses"), Table: &t})
	}
	if len(p.Data) > 0 {
		t := table{Head: c.heads("study-name", "study-dataset", "study-contract", "study-baseline")}
		for _, u := range p.Data {
			set, ok, err := store.DatasetOf(r, u.Dataset)
			if err != nil {
				return nil, err
			}
			name := cell{Text: u.Dataset}
			if ok {
				name = cell{Text: set.Name, Link: c.link(nounPath["dataset"] + "/" + set.ID)}
			}
			before := c.t("study.baseline.none")
			if u.Baseline != nil {
				before = c.t("study.baseline.some", "from", u.Baseline.From, "until", u.Baseline.Until)
			}
			t.Rows = append(t.Rows, []cell{text(u.Name), name, text(cut12(u.Contract)), text(before)})
		}
		blocks = append(blocks, block{Title: c.t("study.data"), Table: &t})
	}
	if d != nil && d.Design != nil && err == nil {
		var says []string
		for _, x := range d.Conditions() {
			says = append(says, c.words(x.Key, pairsOf(x.Values)...))
		}
		if len(says) > 0 {
			blocks = append(blocks, block{Title: c.t("study.must-hold"), Note: c.t("study.must-hold.note"), Lines: says})
		}
	}
	if p.Plan != "" {
		blocks = append(blocks, block{Title: c.t("study.plan"), Code: p.Plan})
	}
	return blocks, nil
}

func pairsOf(values map[string]any) []any {
	var out []any
	for k, v := range values {
		out = append(out, k, v)
	}
	return out
}

func cut12(hash string) string { return hash[:min(len(hash), 12)] }

// i18nWords gives the words of the reader's language, or those that are there.
func i18nWords(c *call, id, en string) string {
	if c.lang == i18n.EN {
		return cmp.Or(en, id)
	}
	return cmp.Or(id, en)
}

// amendmentBlocks show what was changed after the first registration, field by field.
func (c *call) amendmentBlocks(n *names, on studyOn) []block {
	var out []block
	for _, r := range slices.Backward(on.Registrations) {
		if r.Number == 1 {
			continue
		}
		major, minor := on.Version(r.Number)
		t := c.editsTable(r.Changes)
		out = append(out, block{Title: c.t("study.amendment", "version", itoa(major)+"."+itoa(minor)), Note: c.t("study.amended", "by", c.hand(n, &r.By), "why", r.Why) + " " + c.t("study.looked") + ": " + c.lookedWords(r) + ".", Table: &t, Actions: c.allRules("perubahan")})
	}
	return out
}

// editsTable lists fields in which two protocols differ, what matters first.
func (c *call) editsTable(all []study.Edit) table {
	t := table{Head: c.heads("study-field", "study-before", "study-after", "study-weight")}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b study.Edit) int { return cmp.Compare(a.Weight, b.Weight) }) // major before minor
	for _, e := range sorted {
		kind := "empty"
		if e.Weight == study.Major {
			kind = "wait"
		}
		t.Rows = append(t.Rows, []cell{{Text: c.both(study.RuleOf(e.Field).Text), Note: e.Field}, text(cmp.Or(c.editWords(e.Before), "–")), text(cmp.Or(c.editWords(e.After), "–")),
			{Chip: &chip{kind, c.words("change.value.weight." + string(e.Weight))}}})
	}
	return t
}

// editWords writes a value of a protocol without the marks of JSON around a text, and a
// day as the pages write days.
func (c *call) editWords(s string) string {
	var v string
	if json.Unmarshal([]byte(s), &v) == nil {
		return i18n.Day(c.lang, v)
	}
	return s
}

// draftBlocks show what is written and not locked, after what it still lacks.
func (c *call) draftBlocks(r *store.Reader, on studyOn) ([]block, error) {
	id := "rencana" // above which the commands stand
	if len(on.Registrations) > 0 {
		id = "rancangan"
	}
	blocks, err := c.protocolBlocks(r, id, c.t("study.draft"), *on.Draft)
	if err != nil {
		return nil, err
	}
	blocks[0].Note = c.t("study.draft.whole")
	if on.State() == study.Withdrawn {
		blocks[0].Note = c.t("study.draft.withdrawn")
	} else if len(on.lacks) > 0 {
		lacks := block{ID: "kurang", Title: c.t("study.draft.lacks")}
		for _, p := range on.lacks {
			lacks.Lines = append(lacks.Lines, c.says(p))
		}
		blocks[0].Note = ""
		blocks = slices.Insert(blocks, 0, lacks)
	}
	if before, ok := on.Registered(); ok && len(on.lacks) == 0 {
		edits, err := study.EditsOf(before.Protocol, *on.Draft)
		if err != nil {
			return nil, err
		}
		if len(edits) > 0 {
			t := c.editsTable(edits)
			blocks = append(blocks, block{Title: c.t("study.draft.differs"), Table: &t, Actions: c.allRules("perubahan")})
		}
	}
	if len(on.Registrations) == 0 {
		proposals, err := c.proposals(r, *on.Draft)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, proposals...)
	}
	return blocks, nil
}

func (c *call) runsTable(n *names, on studyOn) *table {
	t := table{Head: c.heads("run-asked", "run-rows", "run-state", "run-by", "run-deviations")}
	for _, r := range on.runs {
		deviates := "–"
		if r.Answer != nil && !r.Dummy && !r.Baseline() {
			deviates = c.t("run.deviations", "n", len(r.Answer.Deviations))
		}
		t.Rows = append(t.Rows, []cell{{Text: i18n.Date(c.lang, r.Queued.At), Link: c.link(nounPath["run"] + "/" + r.ID), Order: r.ID}, text(c.rowsWords(r)), {Chip: c.runChip(r)}, text(n.user(r.Queued.User)), text(deviates)})
	}
	return &t
}

// studyAEA answers with the export of the registration.
func (p *Pages) studyAEA(c *call) error {
	var out study.AEARegistry
	err := c.view(func(r *store.Reader) error {
		o, err := studies().object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		on := o.value.(studyOn)
		if _, ok := on.Registered(); !ok || !store.SeesProtocol(c.who, on.Study) {
			return errNotFound
		}
		out, err = store.AEAOf(r, on.Study, c.today())
		return err
	})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	c.attachment("application/json; charset=utf-8", "aea-rct-registry.json")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(text) // a reader who has gone needs no answer
	return nil
}
