package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// runs are the pages of what studies compute: what was asked, how far it is, whether
// it did what was registered, and how it leaves.
func runs() noun {
	return noun{
		kind: "run", path: nounPath["run"], section: "studies", read: access.StudyRead, life: study.RunLife,
		load: loadRun, list: listRuns, about: aboutRun, commands: runCommands(), offers: offersRun, at: runPlaces, before: "jawaban",
	}
}

func (p *Pages) runRoutes() []route {
	at := nounPath["run"] + "/{id}"
	return []route{
		{"GET", at + "/kemajuan", signedIn, p.signedIn(p.runProgress)}, {"GET", at + "/laporan", signedIn, p.signedIn(p.runReport)},
		{"GET", at + "/hasil.json", signedIn, p.signedIn(runFile(answers.JSONType+"; charset=utf-8", runJSON))}, {"GET", at + "/tabel.xlsx", signedIn, p.signedIn(runFile(answers.WorkbookType, runTables))},
		{"GET", at + "/paket.zip", signedIn, p.signedIn(runFile(answers.PackageType, runPackage))},
	}
}

// runOn is a run with its study and what the reader may do with its answer.
type runOn struct {
	study.Run
	of    study.Study
	lease store.RunLease
	taken bool
	sight store.Sight
	gone  []answers.Gone

	computed *answers.Answer // once a page has worked it out; use answer
}

// answer is the answer of a run that has one, worked out once for a page. Whether it
// may be shown is the caller's question.
func (on runOn) answer(c *call) (answers.Answer, error) {
	if on.computed.Plan == nil {
		a, err := answers.Of(c.ctx(), c.o.Store.Contents(), on.Run)
		if err != nil {
			return a, err
		}
		*on.computed = a
	}
	return *on.computed, nil
}

func loadRun(c *call, r *store.Reader, id string, o *object) (bool, error) {
	x, ok, err := store.RunOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	on := runOn{Run: x, computed: new(answers.Answer)}
	if on.of, _, err = store.StudyOf(r, x.Study); err != nil {
		return true, err
	}
	if on.lease, on.taken, err = store.LeaseOf(r, id); err != nil {
		return true, err
	}
	if on.sight, err = store.SightOf(r, c.who, x); err != nil {
		return true, err
	}
	if on.gone, err = answers.GoneOf(r, x); err != nil {
		return true, err
	}
	o.title, o.state, o.value, o.chip = c.t("run.title", "study", on.of.Title, "day", c.day(registry.DayOf(x.Queued.At))), string(x.Stage()), on, c.runChip(x)
	o.heading, o.lead = on.says(c), on.of.Title
	if way := on.wayOut(c); way != "" { // it is what somebody waits for; what the run did stands below
		o.heading, o.lead = way, on.of.Title+". "+on.says(c)+"."
	}
	if x.State == study.Queued && on.runs(c) {
		o.chip.Text = c.t("run.state.running")
	} else if x.State == study.Queued {
		o.chip.Text = c.t("run.state.waiting")
	}
	if x.State == study.Queued {
		o.live = c.link(nounPath["run"] + "/" + id + "/kemajuan")
	}
	return true, nil
}

// runPlaces are where a permission counts: a checker's at the offices whose data were
// read too, all others at the study's.
func runPlaces(o object, p access.Permission) []access.Place {
	on := o.value.(runOn)
	if p == access.ReleaseCheck {
		return on.sight.Places
	}
	return on.sight.Places[:1]
}

// offersRun leaves the steps of the way out to those whose steps they are.
func offersRun(_ *call, o object, command string) bool {
	on := o.value.(runOn)
	return on.sight.Offers(on.Run, command)
}

func (c *call) runChip(r study.Run) *chip {
	stage := r.Stage()
	kind := map[study.RunState]string{study.Queued: "wait", study.Done: "ok", study.Released: "ok", study.Requested: "wait", study.Questioned: "wait", study.Failed: "no", study.Shut: "no", study.Refused: "no", study.Cancelled: "empty"}[stage]
	return &chip{kind, c.t("run.state." + string(stage))}
}

// runs tells whether a worker has the run in hand.
func (on runOn) runs(c *call) bool { return on.taken && on.lease.Until.After(c.o.Now()) }

// longestHeading is how many letters of a question or a reason fit the first line.
const longestHeading = 120

// wayOut says how far the answer is on its way out; "" where nobody asked for it yet.
func (on runOn) wayOut(c *call) string {
	if len(on.Review) == 0 || on.State != study.Done {
		return ""
	}
	last := on.Review[len(on.Review)-1]
	says := last.Text
	if utf8.RuneCountInString(says) > longestHeading {
		says = "" // it stands whole among the steps
	}
	return c.t("run.out."+string(on.Stage()), "text", says, "day", c.day(registry.DayOf(last.By.At)))
}

// phases are the words of what a worker does first and last; between them it sums what
// the plan asks for.
var phases = map[string]string{"look at the columns": "look", "count the contributors of each cell": "cells", "baseline": "baseline"}

func (on runOn) says(c *call) string {
	switch {
	case on.State == study.Queued && on.runs(c):
		return c.t("run.says.runs", "share", on.lease.Share, "doing", c.t("run.doing."+cmp.Or(phases[on.lease.Doing], "sums")))
	case on.State == study.Done && on.Dummy:
		return c.t("run.says.tried")
	case on.State == study.Done && on.Baseline():
		return c.t("run.says.measured")
	case on.State == study.Done && len(on.Answer.Deviations) == 0:
		return c.t("run.says.faithful")
	case on.State == study.Done:
		return c.t("run.says.done", "n", len(on.Answer.Deviations))
	}
	return c.t("run.says." + string(on.State))
}

func listRuns(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("run-asked", "study-title", "run-rows", "run-state", "run-by", "run-deviations")}
	all, err := store.Runs(r, c.who, store.RunFilter{}, store.Page{Most: 1000})
	if err != nil {
		return t, err
	}
	n := c.names(r)
	titles := map[string]study.Study{}
	for _, x := range all {
		if _, ok := titles[x.Study]; !ok {
			if titles[x.Study], _, err = store.StudyOf(r, x.Study); err != nil {
				return t, err
			}
		}
		of := titles[x.Study]
		row := c.runsTable(n, studyOn{Study: of, runs: []study.Run{x}}).Rows[0]
		t.Rows = append(t.Rows, append([]cell{row[0], {Text: of.Title, Link: c.link(nounPath["study"] + "/" + of.ID)}}, row[1:]...))
	}
	return t, n.err
}

func aboutRun(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(runOn)
	n := c.names(r)
	facts := []fact{
		{Name: c.t("col.study-title"), Text: on.of.Title, Link: c.link(nounPath["study"] + "/" + on.of.ID)}, {Name: c.t("col.run-rows"), Text: c.rowsWords(on.Run)},
		{Name: c.t("run.asked"), Text: c.hand(n, &on.Queued)},
	}
	if on.Why != "" {
		facts = append(facts, fact{Name: c.t("field.why"), Text: on.Why})
	}
	blocks := []block{{Facts: facts}}
	if len(on.Problems) > 0 {
		b := block{ID: "sebab", Title: c.t("run.problems")}
		for _, p := range on.Problems {
			b.Lines = append(b.Lines, c.says(p.Problem()))
			if strings.HasPrefix(p.Code, "disclosure-") {
				b.Actions = c.allRules("keluar")
			}
		}
		blocks = append(blocks, b)
	}
	if on.Answer != nil && on.Baseline() {
		b, err := c.measurementBlock(r, on.Run)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	} else if on.Answer != nil {
		more, err := c.answerBlocks(r, on)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	if len(on.Review) > 0 {
		blocks = append(blocks, c.wayOutBlock(n, on))
	}
	if on.sight.Checks {
		more, err := reviewBlocks(c, r, o)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	if on.Answer != nil {
		blocks = append(blocks, c.answerGround(on)...)
	}
	how := c.howBlock(on)
	called, err := dataCalled(r, on.Run)
	if err != nil {
		return nil, err
	}
	for _, d := range on.Data {
		if says, ok := called[d.Name]; ok {
			how.Facts = slices.Insert(how.Facts, 1, fact{Name: c.t("noun.dataset"), Text: in(c.lang, says) + ": SHA-256 " + d.Content})
		}
	}
	return append(blocks, how), n.err
}

// wayOutBlock are the steps of an answer to everybody, the next one too.
func (c *call) wayOutBlock(n *names, on runOn) block {
	b := block{ID: "keluar", Title: c.t("run.review")}
	for i, x := range on.Review {
		word := c.t("run.state." + string(x.Stage))
		if i > 0 && on.Review[i-1].Stage == study.Questioned && x.Stage == study.Requested {
			word = c.t("run.replied")
		}
		b.Steps = append(b.Steps, step{Kind: "done", Word: word, Title: c.hand(n, &x.By), Text: x.Text})
	}
	if next := on.Stage(); next == study.Requested || next == study.Questioned {
		b.Steps = append(b.Steps, step{Kind: "now", Word: c.t("run.next"), Title: c.t("run.next." + string(next))})
	}
	if on.Release != nil && len(on.Release.Held) > 0 {
		b.Note = c.t("run.held", "n", len(on.Release.Held), "why", on.Release.Why)
	}
	if on.Release != nil && on.Release.Rounded {
		b.Lines = append(b.Lines, c.t("run.rounded"))
	}
	return b
}

// wayOutAbove stands above the forms of those who ask and answer.
func wayOutAbove(c *call, r *store.Reader, o object) ([]block, error) {
	n := c.names(r)
	return []block{c.wayOutBlock(n, o.value.(runOn))}, n.err
}

// howBlock says by what the run is known, within which limits it ran, and how its numbers
// are repeated.
func (c *call) howBlock(on runOn) block {
	facts := []fact{{Name: c.t("run.plan"), Text: on.SHA256}}
	if a := on.Answer; a != nil {
		facts = append(facts, fact{Name: c.t("run.result"), Text: a.Result}, fact{Name: c.t("run.version"), Text: a.Version})
		if out := on.Release; !on.Baseline() && (out == nil || len(out.Held) == 0 && !out.Rounded) {
			facts = append(facts, fact{Name: c.t("run.repeat"), Text: answers.Repeat})
		}
	}
	return block{ID: "cara", Title: c.t("run.how"), Facts: append(facts, fact{Name: c.t("run.limits"), Text: c.t("run.limits.says", "memory", on.Limits.Memory>>20, "seconds", on.Limits.Seconds, "threads", on.Limits.Threads)})}
}

// answerBlocks say under what a run answered, and where its report is. They show no
// number of the answer.
func (c *call) answerBlocks(r *store.Reader, on runOn) ([]block, error) {
	a := on.Answer
	var facts []fact
	if a.Agreement != "" {
		x, ok, err := store.AgreementOf(r, a.Agreement)
		if err != nil {
			return nil, err
		}
		if ok {
			facts = append(facts, fact{Name: c.t("noun.agreement"), Text: c.agreementTitle(x), Link: c.link(nounPath["agreement"] + "/" + x.ID)})
		}
	}
	if a.Permit != "" {
		x, ok, err := store.PermitOf(r, a.Permit)
		if err != nil {
			return nil, err
		}
		if ok {
			facts = append(facts, fact{Name: c.t("noun.permit"), Text: x.Title, Link: c.link(nounPath["permit"] + "/" + x.ID)})
		}
	}
	for _, x := range on.gone {
		facts = append(facts, fact{Name: c.t("run.gone"), Text: c.t("run.gone.says", "dataset", x.Dataset, "number", x.Version, "day", c.day(x.Day), "replacement", x.Replacement)})
	}
	b := block{ID: "jawaban", Title: c.t("run.answer"), Facts: facts}
	if on.sight.Shows {
		at := nounPath["run"] + "/" + on.ID
		b.Actions = []action{{Text: c.t("run.report"), Link: c.link(at + "/laporan")}, {Text: c.t("run.tables"), Link: c.link(at + "/tabel.xlsx"), Plain: true},
			{Text: c.t("run.json"), Link: c.link(at + "/hasil.json"), Plain: true}, {Text: c.t("run.package"), Link: c.link(at + "/paket.zip"), Plain: true}}
		if on.Release != nil && c.mayAnywhere("finding", "propose") {
			b.Actions = append(b.Actions, action{Text: c.t("command.finding.propose"), Link: c.link(nounPath["finding"]+"/usulkan") + "?hitungan=" + on.ID, Plain: true})
		}
	} else {
		b.Note = c.t("run.closed")
	}
	return []block{b}, nil
}

// answerGround says where a run differs from what was registered, and what was open to it.
func (c *call) answerGround(on runOn) (blocks []block) {
	a := on.Answer
	if len(a.Deviations) > 0 && store.SeesProtocol(c.who, on.of) { // they tell what is registered
		t := c.editsTable(a.Deviations)
		t.Head = c.heads("study-field", "run-registered", "run-ran", "study-weight")
		blocks = append(blocks, block{ID: "penyimpangan", Title: c.t("run.deviates", "n", len(a.Deviations)), Note: c.t("run.deviates.note"), Table: &t, Actions: c.allRules("perubahan")})
	}
	if len(a.Scope) > 0 {
		t := table{Head: c.heads("study-name", "run-columns", "run-regions", "run-days", "run-seen")}
		for _, s := range a.Scope {
			days, rows := "–", c.count(s.Rows)
			if s.Rows == 0 { // what anybody may read is not counted
				rows = text(c.t("run.public-rows"))
			}
			if s.Period.From != "" {
				days = c.days(s.Period)
			}
			t.Rows = append(t.Rows, []cell{text(s.Name), text(cmp.Or(strings.ReplaceAll(strings.Join(s.Columns, ", "), "*", c.t("run.all-columns")), "–")), text(c.regionNames(s.Regions)), text(days), rows})
		}
		blocks = append(blocks, block{ID: "terbuka", Title: c.t("run.open"), Note: c.t("run.open.note"), Table: &t})
	}
	return blocks
}

// runCommands are the forms of a run.
func runCommands() []command {
	step := func(path, name string, do func(*store.Store, *call, store.By, string) error, m command) command {
		m.path, m.name = path, name
		m.do = func(c *call, _ *values, by store.By, o object) (then, error) {
			return then{}, do(c.o.Store, c, by, o.ID)
		}
		return m
	}
	return []command{
		{path: "jalankan", name: "queue", makes: true, fields: queueFields, do: queueRun},
		step("batalkan", "cancel", func(s *store.Store, c *call, by store.By, id string) error {
			_, err := s.CancelRun(c.ctx(), by, id)
			return err
		}, command{danger: true}),
		step("minta-lepas", "request-release", func(s *store.Store, c *call, by store.By, id string) error {
			_, err := s.RequestRelease(c.ctx(), by, id)
			return err
		}, command{}),
		step("tanya", "question-release", func(s *store.Store, c *call, by store.By, id string) error {
			_, err := s.QuestionRelease(c.ctx(), by, id)
			return err
		}, command{why: true, above: wayOutAbove}),
		step("jawab", "answer-question", func(s *store.Store, c *call, by store.By, id string) error {
			_, err := s.AnswerQuestion(c.ctx(), by, id)
			return err
		}, command{why: true, above: wayOutAbove}),
		step("jangan-lepas", "refuse-release", func(s *store.Store, c *call, by store.By, id string) error {
			_, err := s.RefuseRelease(c.ctx(), by, id)
			return err
		}, command{why: true, danger: true}),
		{path: "lepas", name: "release", whyWhen: "run.release.why", fields: releaseFields, above: reviewBlocks, do: releaseRun},
	}
}

// queueFields ask of which study, and whether on made-up rows.
func queueFields(c *call, r *store.Reader, _ object) ([]field, error) {
	all, err := store.Studies(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	var out []option
	for _, s := range slices.Backward(all) {
		if state := s.State(); (state == study.Running || state == study.Drafted) && c.who.May(access.RowsUse, access.Place{Region: s.Region, Organisation: s.Owner}) == nil {
			out = append(out, option{s.ID, s.Title})
		}
	}
	return []field{
		c.study("of", "select", c.choose(out), func(f *field) { f.Value = cmp.Or(c.r.URL.Query().Get("studi"), f.Value) }),
		c.study("rows", "select", required, options([]option{{"dummy", c.t("run.dummy")}, {inBaseline, c.t("run.baseline")}, {"real", c.t("run.real")}}), value(c.askedRows())),
		c.study("other_plan", "folded", lines(16)),
	}, nil
}

func queueRun(c *call, v *values, by store.By, _ object) (then, error) {
	rows := v.text("rows")
	ask := store.RunAsk{Dummy: rows != "real" && rows != inBaseline, Baseline: rows == inBaseline, Limits: study.UsualLimits}
	if plan := v.text("other_plan"); plan != "" {
		d, err := designs.Parse([]byte(plan), "")
		if err != nil {
			v.add("other_plan", err)
			return then{}, v.err()
		}
		if ask.Protocol, err = c.deviating(v.text("of"), plan, d); err != nil {
			return then{}, err
		}
	}
	id, _, err := c.o.Store.QueueRun(c.ctx(), by, v.text("of"), ask)
	return then{to: nounPath["run"] + "/" + id}, err
}

// deviating is what a study wrote with another plan: of an outcome that it expected
// nothing of it expects that it differs.
func (c *call) deviating(id, plan string, d *designs.Study) (*study.Protocol, error) {
	var p study.Protocol
	err := c.view(func(r *store.Reader) error {
		s, ok, err := store.StudyOf(r, id)
		if !ok {
			return err
		}
		if registered, ok := s.Registered(); ok {
			p = registered.Protocol
		} else if s.Draft != nil {
			p = *s.Draft
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Plan = plan
	var all []study.Hypothesis
	for _, o := range d.Plan.Outcomes {
		one := study.Hypothesis{Outcome: o.Column, Expects: study.Differs}
		if i := slices.IndexFunc(p.Hypotheses, func(h study.Hypothesis) bool { return h.Outcome == o.Column }); i >= 0 {
			one = p.Hypotheses[i]
		}
		all = append(all, one)
	}
	p.Hypotheses = all
	return &p, nil
}

// runProgress says how far a run is.
func (p *Pages) runProgress(c *call) error {
	var on runOn
	err := c.view(func(r *store.Reader) error {
		o, err := runs().object(c, r, c.r.PathValue("id"))
		if err == nil {
			on = o.value.(runOn)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(c.w).Encode(map[string]any{"running": on.State == study.Queued, "words": on.says(c)}) // a reader who has gone needs no answer
	return nil
}
