package web

import (
	"cmp"
	"context"
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
)

// studyCommands are the forms of a study: first what settles all other questions, then
// the questions that make its plan, then the plan itself.
func studyCommands() []command {
	return []command{
		{path: "baru", name: "draft", makes: true, fields: draftStudyFields, do: draftStudy},
		{path: "ubah", name: "edit", fields: editStudyFields, above: proposalsAbove, do: editStudy},
		{path: "daftarkan", name: "lock", do: lockStudy((*store.Store).LockStudy)},
		{path: "catat-perubahan", name: "amend", why: true, do: lockStudy((*store.Store).AmendStudy)},
		{path: "izin", name: "name-permit", fields: namePermitFields, do: func(c *call, v *values, by store.By, o object) (then, error) {
			permit, _, _ := strings.Cut(v.text("permit"), " ")
			var agreement string
			err := c.view(func(r *store.Reader) error {
				p, ok, err := store.PermitOf(r, permit)
				if ok {
					agreement = p.Agreement
				}
				return err
			})
			if err != nil {
				return then{}, err
			}
			_, err = c.o.Store.NameStudyPermit(c.ctx(), by, o.ID, agreement, permit)
			return then{}, err
		}},
		{path: "hentikan", name: "stop", why: true, danger: true, fields: stopStudyFields, do: func(c *call, v *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.StopStudy(c.ctx(), by, o.ID, v.text("region"))
			return then{}, err
		}},
		{path: "tarik", name: "withdraw", why: true, danger: true, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.WithdrawStudy(c.ctx(), by, o.ID)
			return then{}, err
		}},
		{path: "tarik-data", name: "withdraw-data", why: true, danger: true, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.WithdrawStudyData(c.ctx(), by, o.ID)
			return then{}, err
		}},
	}
}

// lockStudy locks what is written unless it lacks something: a column among it, for the
// record does not read contracts.
func lockStudy(lock func(*store.Store, context.Context, store.By, string) (event.Event, error)) func(*call, *values, store.By, object) (then, error) {
	return func(c *call, _ *values, by store.By, o object) (then, error) {
		if lacks := o.value.(studyOn).lacks; len(lacks) > 0 {
			return then{}, problem.List(lacks)
		}
		_, err := lock(c.o.Store, c.ctx(), by, o.ID)
		return then{}, err
	}
}

// offersStudy leaves out what the study would refuse: a first registration of what is
// registered, an amendment of what is not, either of what is not whole; and a permit
// where none was asked for.
func offersStudy(_ *call, o object, command string) bool {
	on := o.value.(studyOn)
	switch command {
	case "lock":
		return on.Draft != nil && len(on.lacks) == 0 && len(on.Registrations) == 0
	case "amend":
		return on.Draft != nil && len(on.lacks) == 0 && len(on.Registrations) > 0
	case "name-permit":
		return slices.ContainsFunc(on.permits, func(p cooperation.Permit) bool { return p.ID != on.Permit })
	}
	return true
}

// draftStudyFields ask first what the study is about and which data it reads: the
// questions that follow depend on it.
func draftStudyFields(c *call, r *store.Reader, _ object) ([]field, error) {
	seats, err := c.seatOptions(r, access.StudyRegister)
	if err != nil {
		return nil, err
	}
	programmes, err := c.programmeOptions(r)
	if err != nil {
		return nil, err
	}
	agreements, err := c.agreementOptions(r)
	if err != nil {
		return nil, err
	}
	sets, err := c.datasetOptions(r)
	if err != nil {
		return nil, err
	}
	var purposes []option
	for _, p := range cooperation.Purposes {
		purposes = append(purposes, option{p, c.words("purpose." + p)})
	}
	return []field{
		c.study("title", "text", required), c.study("question", "area", required),
		c.study("programmes", "checks", options(programmes), wide), c.study("intervention", "area"),
		c.study("dataset", "select", c.choose(sets)), c.study("purpose", "select", c.choose(purposes)),
		c.study("agreement", "select", options(append([]option{{"", c.t("study.papers.none")}}, agreements...))),
		c.study("position", "select", c.choose(seats)),
	}, nil
}

// study makes a field of a study: its words are field.study-NAME.
func (c *call) study(name, kind string, edit ...func(*field)) field {
	named := func(f *field) { f.Name = name }
	return c.field("study-"+strings.ReplaceAll(name, "_", "-"), kind, append([]func(*field){named}, edit...)...)
}

func (c *call) programmeOptions(r *store.Reader) ([]option, error) {
	all, err := store.Programmes(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	sortProgrammes(c, all)
	var out []option
	for _, p := range all {
		out = append(out, option{p.ID, c.programmeName(p)})
	}
	return out, nil
}

// datasetOptions are the datasets that a study could read: their contract is known.
func (c *call) datasetOptions(r *store.Reader) ([]option, error) {
	all, err := store.Datasets(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	n.knowOffices()
	var out []option
	for _, d := range all {
		if d.State() == "active" && len(d.Versions) > 0 {
			out = append(out, option{d.ID, d.Name + " (" + n.organisation(d.Owner) + ")"})
		}
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return out, n.err
}

// dataName is what a plan made from questions calls its one source.
const dataName = "data"

func draftStudy(c *call, v *values, by store.By, _ object) (then, error) {
	p := study.Protocol{Setting: study.Setting{Abstract: v.text("question"), Intervention: v.text("intervention")}}
	err := c.view(func(r *store.Reader) error {
		d, ok, err := store.DatasetOf(r, v.text("dataset"))
		if err != nil || !ok {
			return err
		}
		use := study.Use{Name: dataName, Dataset: d.ID}
		if k, err := c.studyContract(d); err != nil {
			return err
		} else if k.contract != nil {
			use.Contract, use.Period = k.version.Contract, k.period()
		}
		p.Data = []study.Use{use}
		return nil
	})
	if err == nil {
		err = v.err()
	}
	if err != nil {
		return then{}, err
	}
	id, _, err := c.o.Store.DraftStudy(c.ctx(), by, study.Study{
		Title: v.text("title"), Position: v.text("position"), User: by.Actor.User, Purpose: v.text("purpose"),
		Programmes: c.r.PostForm["programmes"], Agreement: v.text("agreement"), Draft: &p,
	})
	return then{to: nounPath["study"] + "/" + id + "/ubah"}, err
}

// editStudyFields ask the questions that make a plan while there is none, and show the
// plan once there is one.
func editStudyFields(c *call, r *store.Reader, o object) ([]field, error) {
	on := o.value.(studyOn)
	p := on.written()
	if p.Plan == "" {
		return c.planQuestions(r, on)
	}
	var hypotheses []string
	for _, h := range p.Hypotheses {
		minor := ""
		if h.Minor {
			minor = c.t("study.secondary")
		}
		hypotheses = append(hypotheses, strings.TrimRight(strings.Join([]string{h.Outcome, c.words("change.value.expects." + string(h.Expects)), h.Why, minor}, " | "), " |"))
	}
	s := p.Setting
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	detectable := ""
	if s.Detectable != nil {
		detectable = strconv.FormatFloat(*s.Detectable, 'g', -1, 64)
	}
	measured, err := c.fromBaseline(r, on, p)
	if err != nil {
		return nil, err
	}
	fields := []field{
		c.study("hypotheses", "area", required, value(strings.Join(hypotheses, "\n")), lines(4)),
		c.study("abstract", "area", value(s.Abstract)), c.study("intervention", "area", value(s.Intervention)), c.study("assignment", "area", value(s.Assignment)),
		c.study("given_from", "date", value(string(s.Given.From))), c.study("given_until", "date", value(string(s.Given.Until))),
		c.study("studied_from", "date", value(string(s.Studied.From))), c.study("studied_until", "date", value(string(s.Studied.Until))),
		c.study("clusters", "text", value(number(s.Clusters))), c.study("observations", "text", value(number(s.Observations))), c.study("detectable", "text", value(detectable), measured),
		c.study("ethics", "text", value(s.Ethics)),
	}
	sets, err := c.datasetOptions(r)
	if err != nil {
		return nil, err
	}
	for i, u := range p.Data {
		fields = append(fields, c.study("dataset", "select", options(sets), value(u.Dataset), func(f *field) {
			f.Name, f.Label = "dataset_"+strconv.Itoa(i), c.t("field.study-dataset-of", "name", u.Name)
		}))
		from, until := "", ""
		if u.Baseline != nil {
			from, until = u.Baseline.From, u.Baseline.Until
		}
		if i == 0 {
			fields = append(fields, c.study("baseline_from", "text", value(from)), c.study("baseline_until", "text", value(until)))
		}
	}
	return append(fields, c.study("embargo", "date", value(string(p.Embargo))),
		c.study("plan", "area", required, value(p.Plan), lines(28), checkedAt(c.link(nounPath["study"]+"/"+on.ID+"/periksa")))), nil
}

// written is what the form of a study shows: the draft, else what is registered.
func (on studyOn) written() study.Protocol {
	if on.Draft != nil {
		return *on.Draft
	}
	if r, ok := on.Registered(); ok {
		return r.Protocol
	}
	return study.Protocol{}
}

func editStudy(c *call, v *values, by store.By, o object) (then, error) {
	p := o.value.(studyOn).written()
	if p.Plan == "" && !c.r.PostForm.Has("plan") {
		made, err := c.planFromAnswers(v, p, o.value.(studyOn).Study)
		if err != nil {
			return then{}, err
		}
		_, err = c.o.Store.EditStudy(c.ctx(), by, o.ID, made)
		return then{}, err
	}
	if err := c.view(func(r *store.Reader) (err error) {
		p, err = c.writtenPlan(v, r, p)
		return err
	}); err != nil {
		return then{}, err
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err := c.o.Store.EditStudy(c.ctx(), by, o.ID, p)
	return then{}, err
}

// writtenPlan is the protocol as the form of a plan has it, in place of the one before;
// what cannot be read is noted beside its field.
func (c *call) writtenPlan(v *values, r *store.Reader, p study.Protocol) (study.Protocol, error) {
	p.Plan = v.text("plan")
	p.Hypotheses = v.hypotheses("hypotheses")
	p.Setting = study.Setting{
		Abstract: v.text("abstract"), Intervention: v.text("intervention"), Assignment: v.text("assignment"), Ethics: v.text("ethics"),
		Given: registry.Period{From: v.day("given_from"), Until: v.day("given_until")}, Studied: registry.Period{From: v.day("studied_from"), Until: v.day("studied_until")},
		Clusters: v.planned("clusters"), Observations: v.planned("observations"), Detectable: v.effect("detectable"),
	}
	p.Embargo = v.day("embargo")
	p.Data = slices.Clone(p.Data)
	for i := range p.Data {
		u := &p.Data[i]
		id := cmp.Or(v.text("dataset_"+strconv.Itoa(i)), u.Dataset)
		d, ok, err := store.DatasetOf(r, id)
		if err != nil {
			return p, err
		}
		if !ok {
			continue
		}
		k, err := c.studyContract(d)
		if err != nil {
			return p, err
		}
		u.Dataset, u.Contract, u.Period = id, k.version.Contract, k.period()
		if i == 0 {
			u.Baseline = v.baseline()
		}
	}
	return p, nil
}

// baseline reads the periods before the programme; nil where none was typed.
func (v *values) baseline() *study.Baseline {
	from, until := v.text("baseline_from"), v.text("baseline_until")
	if from == "" && until == "" {
		return nil
	}
	return &study.Baseline{From: from, Until: until}
}

// hypotheses reads one a line: outcome, direction, reasoning and whether it is
// secondary, with bars between them; directions in either language or as codes.
func (v *values) hypotheses(name string) []study.Hypothesis {
	var out []study.Hypothesis
	for i, line := range v.list(name) {
		parts := strings.Split(line, "|")
		for k := range parts {
			parts[k] = strings.TrimSpace(parts[k])
		}
		part := func(k int) string {
			if k < len(parts) {
				return parts[k]
			}
			return ""
		}
		h := study.Hypothesis{Outcome: part(0), Expects: study.Expected(part(1)), Why: part(2), Minor: part(3) != ""}
		for _, d := range study.Directions {
			if strings.EqualFold(part(1), v.c.words("change.value.expects."+string(d))) {
				h.Expects = d
			}
		}
		if !slices.Contains(study.Directions, h.Expects) {
			v.add(name, problem.New("study-hypothesis-line", "line", i+1, "found", part(1)))
		}
		out = append(out, h)
	}
	return out
}

// planned reads a number of what is planned; nil where nothing was typed.
func (v *values) planned(name string) *int64 {
	s := v.text(name)
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(strings.NewReplacer(".", "", ",", "", " ", "").Replace(s), 10, 64)
	if err != nil {
		v.add(name, problem.New("study-planned", "field", name, "found", s))
		return nil
	}
	return &n
}

// effect reads a number with decimals, in the marks of either language.
func (v *values) effect(name string) *float64 {
	s := v.text(name)
	if s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	if err != nil {
		v.add(name, problem.New("study-effect", "field", name, "found", s))
		return nil
	}
	return &f
}

// namePermitFields ask under which permit the study stands.
func namePermitFields(c *call, r *store.Reader, o object) ([]field, error) {
	var out []option
	for _, p := range o.value.(studyOn).permits {
		says, err := c.permitSays(r, p)
		if err != nil {
			return nil, err
		}
		out = append(out, option{p.ID, says.Text + " (" + says.Chip.Text + ")"})
	}
	return []field{c.study("permit", "select", c.choose(out))}, nil
}

func stopStudyFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	return []field{c.study("region", "select", options(append([]option{{"", c.t("study.everywhere")}}, c.regionOptions()...)))}, nil
}
