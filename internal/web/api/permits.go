package api

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// PermitHead is what lists and the one permit say alike, as it stands now.
type PermitHead struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind" enum:",data,field-work"`
	Title       string            `json:"title"`
	Study       string            `json:"study"`
	Agreement   string            `json:"agreement"`
	Institution string            `json:"institution"`
	State       string            `json:"state" enum:"draft,submitted,province-review,returned,declined,open,reporting,closed,withdrawn,expired,revoked"`
	From        string            `json:"from"`
	Until       string            `json:"until"`
	Report      Report            `json:"report"`
	Names       map[string]string `json:"names"`
	Revision    int64             `json:"revision"`
	Example     bool              `json:"example"`
}

// PermitLine is a permit as a list shows it.
type PermitLine struct {
	PermitHead
	Places  []PlaceState `json:"places"`
	Waiting []Waiting    `json:"waiting"`
}

// PlaceState is a region that was asked, with its answer.
type PlaceState struct {
	Region string `json:"region"`
	State  string `json:"state" enum:"waiting,granted,declined,deemed,revoked"`
}

// Waiting is a step that waits for an office.
type Waiting struct {
	Rule         string `json:"rule"`
	Region       string `json:"region"`
	Organisation string `json:"organisation"`
	Due          string `json:"due"`
	Waited       int    `json:"waited"`
	Late         bool   `json:"late"`
}

// Report is where the report of use stands.
type Report struct {
	State string `json:"state" enum:"none,due,filed,returned,accepted"`
	Due   string `json:"due"`
	Late  bool   `json:"late"`
}

// Permit is one permit with all that its page shows.
type Permit struct {
	PermitHead
	Aims        string         `json:"aims"`
	Method      string         `json:"method"`
	Field       string         `json:"field_of_science"`
	Status      string         `json:"study_status" enum:",new,continued"`
	Responsible Responsible    `json:"responsible"`
	Members     []string       `json:"members"`
	Purpose     string         `json:"purpose"`
	Programmes  []string       `json:"programmes"`
	Datasets    []Columns      `json:"datasets"`
	Sample      string         `json:"sample"`
	AsksPeople  bool           `json:"asks_people"`
	Makes       string         `json:"makes"`
	Documents   []Attachment   `json:"documents"`
	Chain       []Step         `json:"chain"`
	Regions     []PermitRegion `json:"regions"`
	Open        Opening        `json:"open"`
	Deviations  []ShutRegion   `json:"deviations"`
	Moves       []Move         `json:"moves"`
	Letters     []Letter       `json:"letters"`
	Drafted     Did            `json:"drafted"`
	Commands    []string       `json:"commands"`
}

// Responsible answers for the study.
type Responsible struct {
	Position string `json:"position" maxLength:"200"`
	User     string `json:"user" maxLength:"200"`
}

// Attachment is a document of a request.
type Attachment struct {
	Kind string `json:"kind" enum:"centre-letter,terms-of-reference,integrity-pact,confidentiality,instrument,ethics"`
	File File   `json:"document"`
}

// Step is one step of the chain: whose it is, and where it stands.
type Step struct {
	Rule         string `json:"rule"`
	Words        Words  `json:"words"`
	Level        string `json:"level" enum:"province,region"`
	Region       string `json:"region"`
	Act          string `json:"act" enum:"recommend,verify,answer"`
	Organisation string `json:"organisation"`
	Days         int    `json:"working_days"`
	State        string `json:"state" enum:"later,waiting,silent,done,falls-away,dropped"`
	Since        string `json:"since_day"`
	Due          string `json:"due"`
	Waited       int    `json:"waited"`
	Late         bool   `json:"late"`
	Unknown      []int  `json:"years_without_holidays"`
	Done         *Move  `json:"done,omitempty"`
}

// PermitRegion is how a region stands to the permit.
type PermitRegion struct {
	Region string     `json:"region"`
	Name   string     `json:"name"`
	State  string     `json:"state" enum:"waiting,granted,declined,deemed,revoked"`
	Asked  *time.Time `json:"asked"`
	Silent string     `json:"silent"`
	Covers string     `json:"covers"`
	Reason string     `json:"reason"`
}

// Opening lists where the permit opens data and field work now, and why nowhere
// else.
type Opening struct {
	Data      []string     `json:"data"`
	NoData    []ShutRegion `json:"no_data"`
	FieldWork []string     `json:"field_work"`
	NoField   []ShutRegion `json:"no_field_work"`
}

// ShutRegion says why a region is not open.
type ShutRegion struct {
	Region string `json:"region"`
	Code   string `json:"why_shut"`
	Words  Words  `json:"words"`
}

// Move is a command that went through.
type Move struct {
	Did
	Command string        `json:"command"`
	Region  string        `json:"region"`
	Rule    string        `json:"rule"`
	Against bool          `json:"against"`
	Reason  string        `json:"reason"`
	Number  *OfficeNumber `json:"number,omitempty"`
	File    *File         `json:"document,omitempty"`
	Until   string        `json:"until"`
}

// Letter is the permit as it was issued. Its code is for those on the chain: who
// has it can print the letter.
type Letter struct {
	Did
	Number  OfficeNumber  `json:"number"`
	Signs   string        `json:"signs"`
	Code    string        `json:"letter_code,omitempty"`
	Places  []LetterPlace `json:"places"`
	From    string        `json:"from"`
	Until   string        `json:"until"`
	State   string        `json:"state" enum:"valid,not-begun,replaced,over,revoked"`
	Example bool          `json:"example"`
	SHA256  string        `json:"sha256"`
	Text    string        `json:"text"`
}

// LetterPlace is a region that a letter names.
type LetterPlace struct {
	Region string `json:"region"`
	Until  string `json:"until"`
	Deemed bool   `json:"deemed"`
}

// grounded is a permit with what it stands on.
type grounded struct {
	cooperation.Permit
	ground cooperation.Ground
}

func (c caller) permitHead(p grounded, names map[string]string, revision int64) PermitHead {
	days := p.PeriodAt(c.At)
	return PermitHead{ID: p.ID, Kind: string(p.Kind), Title: p.Title, Study: p.Study, Agreement: p.Agreement, Institution: p.Institution, State: p.StateAt(p.ground, c.At),
		From: string(days.From), Until: string(days.Until), Report: reportOf(p.ReportAt(p.ground, c.At)), Names: names, Revision: revision, Example: c.example}
}

func (c caller) permitLine(p grounded, offices map[string]string, revision int64) PermitLine {
	out := PermitLine{c.permitHead(p, map[string]string{p.Institution: offices[p.Institution]}, revision), []PlaceState{}, []Waiting{}}
	for _, code := range p.Regions {
		r, _ := p.RegionAt(p.ground, code, c.At)
		out.Places = append(out.Places, PlaceState{code, r.State})
	}
	for _, s := range p.Steps(p.ground, c.At) {
		if s.State == "waiting" {
			out.Waiting = append(out.Waiting, Waiting{s.Rule, s.Region, s.Organisation, string(s.Due), s.Waited, s.Late})
			out.Names[s.Organisation] = offices[s.Organisation]
		}
	}
	return out
}

func reportOf(r cooperation.Report) Report { return Report{r.State, string(r.Due), r.Late} }

// shut tells why regions are not open, in words.
func shut(all []cooperation.Shut) []ShutRegion {
	out := make([]ShutRegion, len(all))
	for i, s := range all {
		out[i] = ShutRegion{s.Region, s.Why, wordsOf("permit.shut." + s.Why)}
	}
	return out
}

func moveOf(m cooperation.Move) Move {
	return Move{didOf(m.Mark), m.Command, m.Region, m.Rule, m.Against, m.Reason, numberOf(m.Number), fileOf(m.File), string(m.Until)}
}

// through tells whether the permit goes through the hands of an organisation.
func (p grounded) through(organisation string) bool {
	_, party := p.ground.Agreement.Agreement.Party(organisation)
	return organisation != "" && (organisation == p.Institution || (party && len(p.Chain) > 0) ||
		slices.ContainsFunc(p.Chain, func(s cooperation.Step) bool { return s.Organisation == organisation }))
}

// onChain tells whether the caller works in an organisation through whose hands
// the permit goes, or in its study.
func (c caller) onChain(p grounded) bool {
	return c.User == p.Responsible.User || slices.Contains(p.Members, c.User) ||
		slices.ContainsFunc(c.Seats, func(s access.Seat) bool { return p.through(s.Organisation) }) ||
		slices.ContainsFunc(c.Grants, func(g access.Grant) bool { return p.through(g.Organisation) })
}

func (c caller) permit(p grounded, head PermitHead, steps map[string]Words, commands []string) Permit {
	out := Permit{PermitHead: head, Aims: p.Aims, Method: p.Method, Field: p.Field, Status: p.Status, Responsible: Responsible(p.Responsible), Members: texts(p.Members), Purpose: p.Purpose,
		Programmes: texts(p.Programmes), Datasets: columnsOf(p.Datasets), Sample: p.Sample, AsksPeople: p.AsksPeople, Makes: p.Makes, Documents: []Attachment{}, Chain: []Step{},
		Regions: []PermitRegion{}, Deviations: shut(p.Deviations(p.ground, c.At)), Moves: []Move{}, Letters: []Letter{}, Drafted: didOf(p.Drafted), Commands: commands}
	for _, d := range p.Documents {
		out.Documents = append(out.Documents, Attachment{string(d.Kind), File(d.File)})
	}
	for _, s := range p.Steps(p.ground, c.At) {
		st := Step{Rule: s.Rule, Words: steps[s.Rule], Level: string(s.Level), Region: s.Region, Act: string(s.Act), Organisation: s.Organisation, Days: s.Days, State: s.State,
			Since: string(s.Since), Due: string(s.Due), Waited: s.Waited, Late: s.Late, Unknown: append([]int{}, s.Unknown...)}
		if s.Done != nil {
			m := moveOf(*s.Done)
			st.Done = &m
		}
		out.Chain = append(out.Chain, st)
	}
	for _, code := range p.Regions {
		r, _ := p.RegionAt(p.ground, code, c.At)
		at := PermitRegion{Region: code, Name: registry.RegionName(code), State: r.State, Silent: string(r.Silent), Covers: string(r.Covers), Reason: r.Reason}
		if !r.Asked.IsZero() {
			at.Asked = &r.Asked
		}
		out.Regions = append(out.Regions, at)
	}
	data, noData := p.Opens(p.ground, cooperation.DataUse, c.At)
	field, noField := p.Opens(p.ground, cooperation.FieldWork, c.At)
	out.Open = Opening{texts(data), shut(noData), texts(field), shut(noField)}
	for _, m := range p.Moves {
		out.Moves = append(out.Moves, moveOf(m))
	}
	for _, l := range p.Letters {
		v, _ := p.Verify(p.ground, l.Code, c.At)
		letter := Letter{Did: didOf(l.Issued), Number: *numberOf(&l.Number), Signs: l.Position, Places: []LetterPlace{}, From: string(l.Period.From), Until: string(l.Period.Until),
			State: v.State, Example: c.example, SHA256: l.SHA256, Text: l.Text.Plain()}
		if c.onChain(p) {
			letter.Code = l.Code
		}
		for _, x := range l.Places {
			letter.Places = append(letter.Places, LetterPlace{x.Region, string(x.Until), x.Deemed})
		}
		out.Letters = append(out.Letters, letter)
	}
	return out
}

// PermitFilter picks permits, the newest first. Region: it was asked for. Waiting:
// a step, the mending of the request or the report of use waits for the caller.
type PermitFilter struct {
	Paging
	State        string `query:"state" enum:"draft,submitted,province-review,returned,declined,open,reporting,closed,withdrawn,expired,revoked"`
	Kind         string `query:"kind" enum:"data,field-work"`
	Region       string `query:"region" maxLength:"20"`
	Organisation string `query:"organisation" maxLength:"200"`
	Study        string `query:"study" maxLength:"200"`
	Agreement    string `query:"agreement" maxLength:"200"`
	Waiting      bool   `query:"waiting"`
}

// permitStage gives how far the papers of a permit in a state are, where the state
// tells.
var permitStage = map[string]string{
	cooperation.PermitDraft: cooperation.PermitDraft, cooperation.PermitSubmitted: cooperation.PermitSubmitted, cooperation.PermitReview: cooperation.PermitSubmitted,
	cooperation.PermitReturned: cooperation.PermitReturned, cooperation.PermitDeclined: cooperation.PermitDeclined, cooperation.PermitOpen: cooperation.PermitOpen,
	cooperation.PermitClosed: cooperation.PermitClosed, cooperation.PermitWithdrawn: cooperation.PermitWithdrawn, cooperation.PermitRevoked: cooperation.PermitRevoked,
}

// filter is what of the filter the store finds by itself; keeps has the last word.
func (f PermitFilter) filter() store.PermitFilter {
	out := store.PermitFilter{Stage: permitStage[f.State], Agreement: f.Agreement, Study: f.Study, Through: f.Organisation, Region: f.Region, Kind: cooperation.PermitKind(f.Kind)}
	switch f.State {
	case cooperation.PermitReporting, cooperation.PermitExpired:
		out.Live, out.Days = true, store.DaysOver
	case cooperation.PermitSubmitted, cooperation.PermitReview, cooperation.PermitOpen:
		out.Days = store.DaysLeft
	}
	return out
}

func (f PermitFilter) keeps(c caller, p grounded) bool {
	return (f.State == "" || f.State == p.StateAt(p.ground, c.At)) && (f.Study == "" || f.Study == p.Study) && (f.Agreement == "" || f.Agreement == p.Agreement) &&
		(f.Organisation == "" || p.through(f.Organisation)) && (f.Kind == "" || f.Kind == string(p.Kind)) &&
		(f.Region == "" || slices.ContainsFunc(p.Regions, func(r string) bool { return registry.Within(r, f.Region) }))
}

// onGround puts permits on what they stand on.
func onGround(grounds *store.Grounds, all []cooperation.Permit) ([]grounded, error) {
	out := make([]grounded, len(all))
	for i, p := range all {
		g, err := grounds.Of(p.Agreement)
		if err != nil {
			return nil, err
		}
		out[i] = grounded{p, g}
	}
	return out, nil
}

// permitsIn reads a list of permits with what they stand on.
func permitsIn(r *store.Reader, c caller, f PermitFilter) func(store.Page) ([]grounded, error) {
	grounds := store.GroundsIn(r)
	return func(p store.Page) ([]grounded, error) {
		var all []cooperation.Permit
		var err error
		if f.Waiting {
			all, err = f.waiting(r, c, p)
		} else {
			all, err = store.Permits(r, c.Standing, f.filter(), p)
		}
		if err != nil {
			return nil, err
		}
		return onGround(grounds, all)
	}
}

// waiting is a piece of the permits that wait for the caller and that the filter
// lets pass so far: at a step, or to be mended or reported on.
func (f PermitFilter) waiting(r *store.Reader, c caller, p store.Page) ([]cooperation.Permit, error) {
	filter := f.filter()
	filter.Waiting = true
	all, err := store.Permits(r, c.Standing, filter, p)
	if err != nil {
		return nil, err
	}
	requests, err := store.RequestsWaiting(r, c.Standing, 0)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, w := range requests {
		ids = append(ids, w.Permit.ID)
	}
	if len(ids) > 0 { // who holds a position need not have a grant to read
		seen, err := store.Permits(r, c.Standing, store.PermitFilter{Among: ids}, p)
		if err != nil {
			return nil, err
		}
		all = append(all, seen...)
	}
	all = newestFirst(all, func(x cooperation.Permit) string { return x.ID }, p.After)
	return all[:min(p.Most, len(all))], nil
}

// permitWords looks up what it takes to show one permit.
func (c caller) permitWords(r *store.Reader, p grounded) (names map[string]string, steps map[string]Words, err error) {
	words, err := store.PermitNames(r, p.Permit, p.ground, c.At)
	if err != nil {
		return nil, nil, err
	}
	users := append([]string{p.Responsible.User, p.Drafted.User}, p.Members...)
	for _, m := range p.Moves {
		users = append(users, m.Mark.User)
	}
	for _, l := range p.Letters {
		users = append(users, l.Issued.User)
	}
	if names, err = flat(r, words.Names, users); err != nil {
		return nil, nil, err
	}
	if p.Agreement != "" {
		names[p.Agreement] = p.ground.Agreement.Agreement.About
	}
	if p.Study != "" {
		s, _, err := store.StudyOf(r, p.Study)
		if err != nil {
			return nil, nil, err
		}
		names[p.Study] = s.Title
	}
	chain, err := store.PermitChain()
	steps = map[string]Words{}
	for _, s := range chain {
		steps[s.ID] = inBoth(func(l i18n.Lang) string { return s.Text[string(l)] })
	}
	return names, steps, err
}

func (d *door) permits() {
	const noun = "permits"
	shelf[PermitFilter, grounded, PermitLine]{
		noun: noun, kind: permitKind, right: access.PermitRead, pieces: permitsIn,
		id:   func(p grounded) string { return p.ID },
		keep: func(c caller, f PermitFilter, p grounded) bool { return f.keeps(c, p) },
		show: func(c caller, r *store.Reader, all []grounded) (func(grounded, int64) PermitLine, error) {
			var ids []string
			for _, p := range all {
				ids = append(ids, p.Institution)
				for _, s := range p.Turns() {
					ids = append(ids, s.Organisation)
				}
			}
			names, err := c.offices(r, ids)
			return func(p grounded, revision int64) PermitLine { return c.permitLine(p, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, permitKind, true, false, access.PermitRead), func(r *store.Reader, c caller, id string) (Permit, error) {
		p, _, err := store.PermitOf(r, id)
		if err != nil {
			return Permit{}, err
		}
		on, err := onGround(store.GroundsIn(r), []cooperation.Permit{p})
		if err != nil {
			return Permit{}, err
		}
		last, err := r.Last(event.Object{Kind: permitKind, ID: id})
		if err != nil {
			return Permit{}, err
		}
		names, steps, err := c.permitWords(r, on[0])
		head := c.permitHead(on[0], names, last.Seq)
		commands := slices.DeleteFunc(c.commandsAt(permitKind, head.State, c.object, ""), func(command string) bool {
			return !c.OffersPermit(p, on[0].ground, c.object, c.At, command)
		})
		return c.permit(on[0], head, steps, commands), err
	})
	d.documents(noun, permitKind, access.PermitRead, func(r *store.Reader, id string) ([]cooperation.File, error) {
		p, _, err := store.PermitOf(r, id)
		return p.Files(), err
	})
	d.permitCommands()
}
