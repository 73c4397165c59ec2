package cooperation

import (
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// PermitKind is what a permit is for, and so what a region may open.
type PermitKind string

// The kinds. A permit for field work may name datasets too, such as the frame
// that its sample is drawn from; they open by an office's yes alone.
const (
	DataUse   PermitKind = "data"       // rows that are already held
	FieldWork PermitKind = "field-work" // a survey
)

// PermitKinds lists the kinds.
var PermitKinds = []PermitKind{DataUse, FieldWork}

// StudyStatuses are what a permit says of its study: new, or one that goes on
// from an earlier permit.
var StudyStatuses = []string{"new", "continued"}

// Request is what the centre asks for. It may have gaps until it is submitted.
type Request struct {
	Study       string          `json:"study"`       // id
	Agreement   string          `json:"agreement"`   // id; the one under which the study enters
	Institution string          `json:"institution"` // id of the organisation that asks
	Kind        PermitKind      `json:"kind"`
	Title       string          `json:"title"`
	Aims        string          `json:"aims"`
	Method      string          `json:"method"`
	Field       string          `json:"field"`  // of science (bidang)
	Status      string          `json:"status"` // one of StudyStatuses
	Responsible Researcher      `json:"responsible"`
	Members     []string        `json:"members"` // ids of users
	Purpose     string          `json:"purpose"` // code of the agreement's purposes
	Programmes  []string        `json:"programmes"`
	Regions     []string        `json:"regions"` // BPS codes of kabupaten and kota, of one province
	Datasets    []Columns       `json:"datasets"`
	Period      registry.Period `json:"period"`
	Sample      string          `json:"sample"`     // field work: whom, how many, how chosen
	AsksPeople  bool            `json:"asksPeople"` // field work: people are interviewed or examined
	Makes       string          `json:"makes"`      // field work: the dataset that comes of it
}

// Researcher answers for the study.
type Researcher struct {
	Position string `json:"position"` // id
	User     string `json:"user"`     // id
}

// AttachmentKind is what an attached document is.
type AttachmentKind string

// The documents that a request needs; the last two for field work alone, ethics
// where people are asked.
const (
	CentreLetter     AttachmentKind = "centre-letter"
	TermsOfReference AttachmentKind = "terms-of-reference" // KAK
	IntegrityPact    AttachmentKind = "integrity-pact"
	Confidentiality  AttachmentKind = "confidentiality"
	Instrument       AttachmentKind = "instrument"
	EthicsClearance  AttachmentKind = "ethics"
)

// AttachmentKinds lists the kinds in the order in which they are shown.
var AttachmentKinds = []AttachmentKind{CentreLetter, TermsOfReference, IntegrityPact, Confidentiality, Instrument, EthicsClearance}

// Attachment is a document of a request.
type Attachment struct {
	Kind AttachmentKind `json:"kind"`
	File File           `json:"file"`
}

// Move is a command that went through after the request was first submitted.
// The moves in their order, with the days, give every state of the permit, now
// and at any earlier instant.
type Move struct {
	Command string       `json:"command"` // of PermitLife
	Region  string       `json:"region"`  // BPS code; of the province or empty: the permit as a whole
	Rule    string       `json:"rule"`    // of the step that acted, or of the silence; empty: none
	Against bool         `json:"against"` // recommend: advises against it
	Reason  string       `json:"reason"`
	Number  *Number      `json:"number"` // of the office's own letter; nil: none given
	File    *File        `json:"file"`   // that letter, or the report; nil: none given
	Until   registry.Day `json:"until"`  // grant, record-deemed: the last day covered; extend: the new last day; record-passed: the last day for the step
	Mark    Mark         `json:"mark"`
}

// Permit lets one study into regions under one agreement. Its state at an
// instant is computed from the request, the moves and the days: StateAt, and for
// a region RegionAt.
type Permit struct {
	ID string `json:"id"`
	Request
	Documents []Attachment `json:"documents"` // at most one of a kind, in the order of AttachmentKinds
	Chain     []Step       `json:"chain"`     // frozen at the last submission; empty before
	Moves     []Move       `json:"moves"`
	Letters   []Letter     `json:"letters"` // the last one holds
	Drafted   Mark         `json:"drafted"`
}

// The states of a permit.
const (
	PermitDraft     = "draft"
	PermitSubmitted = "submitted"       // the province's recommending offices have it
	PermitReview    = "province-review" // the province verifies
	PermitReturned  = "returned"        // to be mended and submitted again
	PermitDeclined  = "declined"
	PermitOpen      = "open"      // for the regions that said yes
	PermitReporting = "reporting" // use has ended, the report of use is due or under review
	PermitClosed    = "closed"
	PermitWithdrawn = "withdrawn" // before any region was opened
	PermitExpired   = "expired"   // its days passed and no region was ever opened
	PermitRevoked   = "revoked"
)

// PermitLife is the life of a permit. Reporting and expired follow from the days.
var PermitLife = registry.Life{
	Object: "permit",
	States: []string{PermitDraft, PermitSubmitted, PermitReview, PermitReturned, PermitDeclined, PermitOpen, PermitReporting, PermitClosed, PermitWithdrawn, PermitExpired, PermitRevoked},
	Steps: []registry.Step{
		{Command: "draft", From: []string{registry.None}},
		{Command: "edit", From: []string{PermitDraft, PermitReturned}},
		{Command: "attach", From: []string{PermitDraft, PermitReturned}},
		{Command: "submit", From: []string{PermitDraft, PermitReturned}},
		{Command: "recommend", From: []string{PermitSubmitted, PermitReview, PermitOpen}},
		{Command: "return", From: []string{PermitReview}},
		{Command: "decline", From: []string{PermitReview}},
		{Command: "open", From: []string{PermitReview}},
		{Command: "grant-region", From: []string{PermitOpen}},
		{Command: "decline-region", From: []string{PermitOpen}},
		{Command: "revoke-region", From: []string{PermitOpen}},
		{Command: "record-deemed", From: []string{PermitOpen}},
		{Command: "record-passed", From: []string{PermitReview, PermitOpen}},
		{Command: "issue-letter", From: []string{PermitOpen}},
		{Command: "extend", From: []string{PermitOpen}},
		{Command: "withdraw", From: []string{PermitDraft, PermitSubmitted, PermitReview, PermitReturned, PermitOpen}},
		{Command: "revoke", From: []string{PermitOpen}},
		{Command: "record-expiry", From: []string{PermitReporting, PermitExpired}},
		{Command: "file-report", From: []string{PermitReporting, PermitRevoked}},
		{Command: "return-report", From: []string{PermitReporting, PermitRevoked}},
		{Command: "accept-report", From: []string{PermitReporting, PermitRevoked}},
	},
}

// The longest texts of a request, in characters.
const longestRequestText = 5000

// DraftPermit makes a permit from a request that may still have gaps. Event:
// permit-drafted.
func DraftPermit(id string, r Request, by event.Actor, at time.Time) (registry.Change, error) {
	r, err := r.tidy()
	if err != nil {
		return registry.Change{}, err
	}
	p := Permit{ID: id, Request: r, Documents: []Attachment{}, Chain: []Step{}, Moves: []Move{}, Letters: []Letter{}, Drafted: MarkOf(by, at)}
	return registry.Change{Type: "permit-drafted", After: p}, nil
}

// Edit replaces the request. Event: permit-edited.
func (p Permit) Edit(g Ground, r Request, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "edit"); err != nil {
		return registry.Change{}, err
	}
	r, err := r.tidy()
	if err != nil {
		return registry.Change{}, err
	}
	after := p
	after.Request = r
	return registry.Change{Type: "permit-edited", Before: p, After: after}, nil
}

// Attach puts a document to the request, in place of the one of its kind. The
// content was checked and kept by the caller. Event: permit-attached.
func (p Permit) Attach(g Ground, a Attachment, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "attach"); err != nil {
		return registry.Change{}, err
	}
	if !slices.Contains(AttachmentKinds, a.Kind) {
		return registry.Change{}, problem.New("permit-attachment-kind", "found", string(a.Kind), "expected", AttachmentKinds, "field", "kind")
	}
	after := p
	after.Documents = []Attachment{}
	for _, k := range AttachmentKinds {
		if k == a.Kind {
			after.Documents = append(after.Documents, a)
		} else if f, ok := p.document(k); ok {
			after.Documents = append(after.Documents, Attachment{k, f})
		}
	}
	return registry.Change{Type: "permit-attached", Before: p, After: after}, nil
}

func (p Permit) document(k AttachmentKind) (File, bool) {
	i := slices.IndexFunc(p.Documents, func(a Attachment) bool { return a.Kind == k })
	if i < 0 {
		return File{}, false
	}
	return p.Documents[i].File, true
}

// Submit sends the request on its way: rules are the chain's, organisations those
// that the register has. Errors: all that is missing or lies outside the agreement
// at once, as a problem.List. Event: permit-submitted.
func (p Permit) Submit(g Ground, rules []StepRule, organisations []registry.Organisation, names Names, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "submit"); err != nil {
		return registry.Change{}, err
	}
	lacks := p.missing()
	if p.Agreement != "" {
		lacks = append(lacks, p.outside(g.Agreement, names, at)...)
	}
	for _, c := range p.Datasets {
		d, known := names.Datasets[c.Dataset]
		agreed, _ := g.Agreement.ScopeAt(at).Columns(c.Dataset) // what lies outside is said already
		for _, column := range c.Columns {
			if known && column != All && agreed.Has(column) && !slices.Contains(d.Columns, column) {
				lacks = append(lacks, problem.New("permit-unknown-column", "dataset", d.Name, "found", column, "expected", strings.Join(d.Columns, ", "), "field", "datasets"))
			}
		}
	}
	if today := registry.DayOf(at); p.Period.Until != "" && p.Period.Until < today {
		lacks = append(lacks, problem.New("permit-past", "until", string(p.Period.Until), "today", string(today), "field", "until"))
	}
	province, err := p.province()
	if err != nil {
		lacks = append(lacks, err)
	}
	after := p
	if province != "" {
		chain, none := freezeChain(rules, province, p.Regions, organisations, registry.DayOf(at))
		after.Chain, lacks = chain, append(lacks, none...)
	}
	if len(lacks) > 0 {
		return registry.Change{}, lacks
	}
	after.Moves = append(slices.Clone(p.Moves), Move{Command: "submit", Mark: MarkOf(by, at)})
	return registry.Change{Type: "permit-submitted", Before: p, After: after}, nil
}

// Withdraw takes the request back. Where a region was opened before, use ends at
// once and the report of use falls due. Event: permit-withdrawn.
func (p Permit) Withdraw(g Ground, reason string, by event.Actor, at time.Time) (registry.Change, error) {
	return p.move(g, "permit-withdrawn", Move{Command: "withdraw", Reason: reason}, by, at)
}

// move adds a move that its command's state allows and whose reason is given.
func (p Permit) move(g Ground, kind string, m Move, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), m.Command); err != nil {
		return registry.Change{}, err
	}
	if m.Reason = registry.Clean(m.Reason); needsReason(m) {
		if err := registry.CheckReason(m.Reason); err != nil {
			return registry.Change{}, err
		}
	} else if err := checkOptional("reason", m.Reason, registry.LongestReason); err != nil {
		return registry.Change{}, err
	}
	m.Mark = MarkOf(by, at)
	after := p
	after.Moves = append(slices.Clone(p.Moves), m)
	return registry.Change{Type: kind, Before: p, After: after}, nil
}

func needsReason(m Move) bool {
	switch m.Command {
	case "return", "decline", "decline-region", "revoke", "revoke-region", "extend", "withdraw", "return-report":
		return true
	}
	return m.Against
}

// tidy gives a request as it is kept: texts cleaned, lists sorted and without
// repeats. Errors: a problem for what cannot stand even in a draft.
func (r Request) tidy() (Request, error) {
	for _, t := range []struct {
		field string
		text  *string
		most  int
		lines bool
	}{
		{"title", &r.Title, 2 * registry.LongestName, false}, {"aims", &r.Aims, longestRequestText, true}, {"method", &r.Method, longestRequestText, true},
		{"field", &r.Field, registry.LongestName, false}, {"sample", &r.Sample, longestRequestText, true}, {"makes", &r.Makes, registry.LongestName, false},
	} {
		*t.text = registry.Clean(*t.text)
		if *t.text == "" {
			continue
		}
		if err := registry.CheckText(t.field, *t.text, t.most, t.lines); err != nil {
			return r, err
		}
	}
	if r.Kind != "" && !slices.Contains(PermitKinds, r.Kind) {
		return r, problem.New("permit-kind", "found", string(r.Kind), "expected", PermitKinds, "field", "kind")
	}
	if r.Status != "" && !slices.Contains(StudyStatuses, r.Status) {
		return r, problem.New("permit-status", "found", r.Status, "expected", StudyStatuses, "field", "status")
	}
	if r.Period.From != "" || r.Period.Until != "" {
		if err := r.Period.Check(); err != nil {
			return r, err
		}
	}
	r.Members, r.Programmes, r.Regions = tidyList(r.Members), tidyList(r.Programmes), tidyList(r.Regions)
	for _, code := range r.Regions {
		region, ok := registry.FindRegion(code)
		if !ok || (region.Kind != registry.RegencyKind && region.Kind != registry.CityKind) {
			return r, problem.New("permit-region", "found", code, "field", "regions")
		}
	}
	datasets := []Columns{}
	for _, c := range r.Datasets {
		c.Columns = tidyList(c.Columns)
		if slices.Contains(c.Columns, All) {
			c.Columns = []string{All}
		}
		if slices.ContainsFunc(datasets, func(d Columns) bool { return d.Dataset == c.Dataset }) {
			return r, problem.New("permit-dataset-twice", "dataset", c.Dataset, "field", "datasets")
		}
		datasets = append(datasets, c)
	}
	slices.SortFunc(datasets, func(a, b Columns) int { return strings.Compare(a.Dataset, b.Dataset) })
	r.Datasets = datasets
	if r.Kind != FieldWork {
		r.Sample, r.AsksPeople, r.Makes = "", false, ""
	}
	return r, nil
}

func tidyList(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = registry.Clean(s); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func checkOptional(field, text string, most int) error {
	if text == "" {
		return nil
	}
	return registry.CheckText(field, text, most, true)
}

// missing lists what a complete request still needs, each with a sentence.
func (p Permit) missing() problem.List {
	var lacks problem.List
	need := func(what string, there bool) {
		if !there {
			lacks = append(lacks, problem.New("permit-missing-"+what, "field", what))
		}
	}
	field := p.Kind == FieldWork
	need("study", p.Study != "")
	need("agreement", p.Agreement != "")
	need("institution", p.Institution != "")
	need("kind", p.Kind != "")
	need("title", p.Title != "")
	need("aims", p.Aims != "")
	need("method", p.Method != "")
	need("field", p.Field != "")
	need("status", p.Status != "")
	need("responsible", p.Responsible.Position != "" && p.Responsible.User != "")
	need("purpose", p.Purpose != "")
	need("programmes", len(p.Programmes) > 0)
	need("regions", len(p.Regions) > 0)
	need("period", p.Period.From != "" && p.Period.Until != "")
	need("datasets", field || len(p.Datasets) > 0)
	for _, d := range p.Datasets {
		if len(d.Columns) == 0 {
			lacks = append(lacks, problem.New("permit-missing-columns", "dataset", d.Dataset, "field", "datasets"))
		}
	}
	need("sample", !field || p.Sample != "")
	need("makes", !field || p.Makes != "")
	for _, k := range AttachmentKinds {
		_, there := p.document(k)
		switch k {
		case Instrument:
			there = there || !field
		case EthicsClearance:
			there = there || !field || !p.AsksPeople
		}
		need(string(k), there)
	}
	return lacks
}

// outside lists what the request names beyond what its agreement opens now.
func (p Permit) outside(b Bound, names Names, at time.Time) problem.List {
	if !b.InForce(at) {
		return problem.List{problem.New("permit-agreement-not-in-force", "field", "agreement")}
	}
	var all problem.List
	scope := b.ScopeAt(at)
	ask := Scope{Programmes: p.Programmes, Regions: p.Regions, Datasets: p.Datasets, Period: p.Period}
	if p.Purpose != "" {
		ask.Purposes = []string{p.Purpose}
	}
	e := ask.Outside(scope)
	each := func(field string, list []string, name func(string) string) {
		for _, x := range list {
			all = append(all, problem.New("permit-outside-"+field, "found", name(x), "field", field))
		}
	}
	each("programmes", e.Programmes, func(id string) string { return called(names.Programmes, id) })
	each("regions", e.Regions, registry.RegionName)
	for _, c := range e.Datasets {
		name := c.Dataset
		if d, ok := names.Datasets[c.Dataset]; ok {
			name = d.Name
		}
		columns := slices.DeleteFunc(slices.Clone(c.Columns), func(s string) bool { return s == All })
		all = append(all, problem.New("permit-outside-datasets", "dataset", name, "columns", columns, "field", "datasets"))
	}
	if len(e.Purposes) > 0 {
		all = append(all, problem.New("permit-outside-purpose", "field", "purpose"))
	}
	if e.Period && p.Period.From != "" && p.Period.Until != "" {
		all = append(all, problem.New("permit-outside-period", "from", string(scope.Period.From), "until", string(scope.Period.Until), "field", "period"))
	}
	return all
}

// province gives the code of the one province of the regions asked; empty while
// there is none.
func (r Request) province() (string, *problem.Problem) {
	var found string
	for _, code := range r.Regions {
		of := code[:min(2, len(code))] // a part's code begins with that of the whole
		if found != "" && of != found {
			return "", problem.New("permit-provinces", "one", registry.RegionName(found), "other", registry.RegionName(of), "field", "regions")
		}
		found = of
	}
	return found, nil
}
