package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// permitOn is a permit with what it stands on, as it is at an instant.
type permitOn struct {
	cooperation.Permit
	g     cooperation.Ground
	at    time.Time
	steps []cooperation.StepStatus
}

// permits are the pages of permits.
func permits() noun {
	return noun{
		kind: "permit", path: nounPath["permit"], read: access.PermitRead, life: cooperation.PermitLife, section: "permits",
		load: loadPermit, answers: permitList, about: aboutPermit, at: permitPlaces, offers: offersPermit, history: permitHistory, before: "dibuka",
		commands: permitCommands(),
	}
}

func loadPermit(c *call, r *store.Reader, id string, o *object) (bool, error) {
	p, ok, err := store.PermitOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	on, err := c.permitOn(store.GroundsIn(r), p)
	if err != nil {
		return true, err
	}
	n := c.names(r)
	o.title, o.state, o.value = permitTitle(c, p), p.StateAt(on.g, on.at), on
	o.heading, o.lead, o.chip = on.says(c, n), on.lead(c, n), permitChip(c, o.state)
	return true, n.err
}

func (c *call) permitOn(grounds *store.Grounds, p cooperation.Permit) (permitOn, error) {
	g, err := grounds.Of(p.Agreement)
	at := c.o.Now()
	return permitOn{p, g, at, p.Steps(g, at)}, err
}

// permitTitle is what a permit is called: its number, or before that its title.
func permitTitle(c *call, p cooperation.Permit) string {
	if n := len(p.Letters); n > 0 {
		return p.Letters[n-1].Number.Text
	}
	return cmp.Or(p.Title, c.t("permit.untitled"))
}

func permitChip(c *call, state string) *chip {
	kind := map[string]string{cooperation.PermitOpen: "ok", cooperation.PermitSubmitted: "wait", cooperation.PermitReview: "wait", cooperation.PermitReturned: "wait",
		cooperation.PermitReporting: "wait", cooperation.PermitDeclined: "no", cooperation.PermitRevoked: "no"}[state]
	return &chip{kind, c.words("permit.state." + state)}
}

// permitPlaces are the places at which a permission counts for a permit: of the
// institution that asks for its own commands, of the offices on the chain for theirs.
func permitPlaces(o object, p access.Permission) []access.Place {
	all := access.PermitPlaces(o.value.(permitOn).Permit, o.places, p)
	if len(all) == 0 {
		return []access.Place{o.place}
	}
	return all
}

// answersFor tells whether the reader may answer for an office.
func (c *call) answersFor(o object, office string) bool { return c.who.AnswersFor(office, o.places) }

// mine are the steps that wait for an office for which the reader may answer.
func (on permitOn) mine(c *call, o object, act cooperation.Act, level cooperation.Level) []cooperation.StepStatus {
	return c.who.PermitTurns(on.steps, o.places, act, level)
}

// revocable are the regions that the reader's office may take back.
func (on permitOn) revocable(c *call, o object) []string {
	return c.who.Revocable(on.Permit, on.g, o.places, on.at)
}

// offersPermit hides the commands that would be refused because it is another
// office's turn.
func offersPermit(c *call, o object, command string) bool {
	on := o.value.(permitOn)
	return c.who.OffersPermit(on.Permit, on.g, o.places, on.at, command)
}

// last gives the last move of a command.
func (on permitOn) last(command string) (cooperation.Move, bool) {
	for _, m := range slices.Backward(on.Moves) {
		if m.Command == command {
			return m, true
		}
	}
	return cooperation.Move{}, false
}

// waiting gives the steps that are waited for; a region whose silence counts as a
// yes may still answer, but nobody waits for it.
func (on permitOn) waiting() []cooperation.StepStatus {
	return slices.DeleteFunc(slices.Clone(on.steps), func(s cooperation.StepStatus) bool {
		return s.State != "waiting" || (s.Level == cooperation.RegionLevel && on.region(s.Region).State == cooperation.RegionDeemed)
	})
}

// says is the first line of a permit: where it stands, in words.
func (on permitOn) says(c *call, n *names) string {
	state := on.StateAt(on.g, on.at)
	pairs := []any{}
	switch state {
	case cooperation.PermitSubmitted, cooperation.PermitReview:
		if w := on.waiting(); len(w) > 0 {
			pairs = append(pairs, "office", n.organisation(w[0].Organisation), "days", w[0].Waited)
		}
	case cooperation.PermitOpen:
		state, pairs = on.saysOpen(c)
	case cooperation.PermitRevoked:
		if m, ok := on.last("revoke"); ok {
			pairs = append(pairs, "day", c.day(registry.DayOf(m.Mark.At)))
		}
	case cooperation.PermitReporting, cooperation.PermitClosed:
		report := on.ReportAt(on.g, on.at)
		pairs = append(pairs, "until", c.day(on.LastDay(on.g, on.at)), "due", c.day(report.Due))
		if state == cooperation.PermitReporting {
			state = "reporting-" + report.State
			if report.Late && report.State != cooperation.ReportFiled {
				state += "-late"
			}
		}
	case cooperation.PermitExpired:
		pairs = append(pairs, "until", c.day(on.LastDay(on.g, on.at)))
	}
	return sentence(c.t("permit.says."+state, pairs...))
}

// spelled writes a small number in words.
func spelled(c *call, n int) string { return i18n.SpelledNumber(c.lang, int64(n)) }

// lead says who asks for what, under which agreement.
func (on permitOn) lead(c *call, n *names) string {
	lead := c.t("permit.lead", "title", cmp.Or(on.Title, c.t("permit.untitled")), "institution", n.organisation(on.Institution), "agreement", on.g.Agreement.Agreement.About)
	for command, state := range map[string]string{"return": cooperation.PermitReturned, "decline": cooperation.PermitDeclined, "revoke": cooperation.PermitRevoked, "withdraw": cooperation.PermitWithdrawn} {
		m, ok := on.last(command)
		now := on.StateAt(on.g, on.at)
		if ok && (now == state || (command == "withdraw" && (now == cooperation.PermitReporting || now == cooperation.PermitClosed))) {
			lead += " " + c.t("permit.because", "reason", m.Reason)
		}
	}
	return lead
}

// permitList answers "what must I answer?", then shows all permits that the reader
// may see, the newest first.
func permitList(c *call) error {
	n := permits()
	if !c.has(n.read) {
		return c.missing(n.read)
	}
	q := c.r.URL.Query()
	stage := q.Get("tahap")
	if !slices.Contains(permitStages, stage) {
		stage = ""
	}
	s := sheet{Title: c.t("noun.permit"), Section: n.section}
	t := table{Head: c.heads("permit-title", "permit-institution", "state", "permit-regions", "permit-held", "permit-until"), Empty: c.t("list.empty")}
	var older string
	err := c.view(func(r *store.Reader) error {
		names := c.names(r)
		most := waitingPiece
		if q.Get("menunggu") == "semua" {
			most = 0
		}
		mine, all, err := c.permitsWaiting(r, names, most)
		if err != nil {
			return err
		}
		s.Heading = c.t("permit.inbox.none")
		if all > 0 {
			s.Heading = sentence(c.t("permit.inbox.some", "n", all, "words", spelled(c, all)))
			b := block{ID: "menunggu", Title: c.t("permit.inbox"), Waiting: mine}
			if all > len(mine) {
				b.Note = c.t("permit.inbox.cut", "shown", len(mine), "n", all)
				b.Actions = []action{{Text: c.t("permit.inbox.all", "n", all), Link: c.link(n.path) + "?menunggu=semua", Plain: true}}
			}
			s.Blocks = append(s.Blocks, b)
		}
		listed, err := store.Permits(r, c.who, store.PermitFilter{Stage: stage, Agreement: q.Get("perjanjian")}, store.Page{After: q.Get("setelah"), Most: listPiece + 1})
		if err != nil {
			return err
		}
		if len(listed) > listPiece {
			listed = listed[:listPiece]
			q.Set("setelah", listed[listPiece-1].ID)
			older = c.link(n.path) + "?" + q.Encode()
		}
		grounds := store.GroundsIn(r)
		for _, p := range listed {
			on, err := c.permitOn(grounds, p)
			if err != nil {
				return err
			}
			t.Rows = append(t.Rows, on.row(c, names))
		}
		return names.err
	})
	if err != nil {
		return err
	}
	switch q.Get("bentuk") {
	case "csv":
		return c.file(t)
	case "xlsx":
		return c.workbook(t)
	}
	if c.mayAnywhere("permit", "draft") {
		s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("command.permit.draft"), Link: c.link(n.path + "/mohon")}}})
	}
	stages := []option{{"", c.t("all")}}
	for _, x := range permitStages {
		stages = append(stages, option{x, c.words("permit.state." + x)})
	}
	find := &form{Action: c.link(n.path), Get: true, Button: c.t("log.filter"), Fields: []field{c.field("tahap", "select", options(stages), value(stage))}}
	s.Blocks = append(s.Blocks, block{ID: "semua", Title: c.t("permit.all"), Form: find}, block{Table: &t})
	q = c.r.URL.Query()
	var more []action
	for _, x := range []string{"csv", "xlsx"} {
		q.Set("bentuk", x)
		more = append(more, action{Text: strings.ToUpper(x), Link: c.link(n.path) + "?" + q.Encode(), Plain: true})
	}
	if older != "" {
		more = append([]action{{Text: c.t("older"), Link: older}}, more...)
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, block{Actions: more})
	}
	c.sheet(http.StatusOK, s)
	return nil
}

// permitStages are those by which the list can be cut: they do not wait for days.
var permitStages = []string{cooperation.PermitDraft, cooperation.PermitSubmitted, cooperation.PermitReturned, cooperation.PermitOpen,
	cooperation.PermitDeclined, cooperation.PermitWithdrawn, cooperation.PermitRevoked, cooperation.PermitClosed}

func (on permitOn) row(c *call, n *names) []cell {
	regions, held := "", ""
	if _, opened := on.last("open"); opened {
		n := on.answers()
		pairs := []any{"yes", n.yes, "of", len(on.Regions)}
		if n.deemed > 0 {
			pairs = append(pairs, "deemed", n.deemed)
		}
		regions = c.t("permit.yes-of", pairs...)
	} else if len(on.Regions) > 0 {
		regions = c.t("permit.regions", "of", len(on.Regions))
	}
	if w := on.waiting(); len(w) > 0 {
		held = n.organisation(w[0].Organisation) + ", " + c.t("permit.waited", "n", w[0].Waited)
		if len(w) > 1 {
			held += " " + c.t("permit.held-more", "n", len(w)-1)
		}
	}
	until := ""
	if on.Period.Until != "" {
		until = c.day(on.LastDay(on.g, on.at))
	}
	title := cmp.Or(on.Title, c.t("permit.untitled"))
	if len(on.Letters) > 0 {
		title = permitTitle(c, on.Permit) + ", " + title
	}
	return []cell{{Text: title, Link: c.link(nounPath["permit"] + "/" + on.ID)}, text(n.organisation(on.Institution)), {Chip: permitChip(c, on.StateAt(on.g, on.at))}, text(regions), text(held), text(until)}
}

// waitingPiece is how many of the permits that wait a page lists at first.
const waitingPiece = 50

// permitsWaiting lists the permits that wait for the reader, the most pressing
// first, and tells how many they are. Of more than most (0: all) steps it lists
// those of the oldest permits.
func (c *call) permitsWaiting(r *store.Reader, n *names, most int) (lines []waiting, all int, err error) {
	steps, err := store.StepsWaiting(r, c.who, most)
	if err != nil {
		return nil, 0, err
	}
	all = len(steps)
	if most > 0 {
		if all, err = store.CountStepsWaiting(r, c.who); err != nil {
			return nil, 0, err
		}
	}
	requests, err := store.RequestsWaiting(r, c.who, 0)
	if err != nil {
		return nil, 0, err
	}
	type line struct {
		due  registry.Day
		says func() waiting
	}
	sorted := make([]line, 0, len(steps)+len(requests))
	for _, s := range steps {
		sorted = append(sorted, line{s.Step.Due, func() waiting {
			when := c.t("permit.due", "due", c.day(s.Step.Due))
			if s.Step.Late {
				when = c.t("permit.late", "due", c.day(s.Step.Due))
			}
			return waiting{Text: c.t("permit.wait."+string(s.Step.Act), "title", permitTitle(c, s.Permit), "region", registry.RegionName(s.Step.Region)),
				Link: c.link(nounPath["permit"] + "/" + s.Permit.ID), When: when}
		}})
	}
	for _, w := range requests {
		sorted = append(sorted, line{w.Report.Due, func() waiting {
			x := waiting{Text: c.t("permit.wait."+w.Command, "title", permitTitle(c, w.Permit)), Link: c.link(nounPath["permit"] + "/" + w.Permit.ID)}
			if w.Command == "file-report" {
				x.When = c.t("permit.due", "due", c.day(w.Report.Due))
				if w.Report.Late {
					x.When = c.t("permit.late", "due", c.day(w.Report.Due))
				}
			}
			return x
		}})
	}
	all += len(requests)
	slices.SortStableFunc(sorted, func(a, b line) int { return strings.Compare(string(a.due), string(b.due)) })
	if most > 0 {
		sorted = sorted[:min(most, len(sorted))]
	}
	for _, x := range sorted {
		lines = append(lines, x.says())
	}
	return lines, all, n.err
}

// permitRoutes are the pages of a permit beside those of its commands.
func (p *Pages) permitRoutes() []route {
	path := nounPath["permit"] + "/{id}"
	return []route{
		{"GET", path + "/surat", signedIn, p.signedIn(p.permitLetter)}, {"GET", path + "/surat/{nomor}", signedIn, p.signedIn(p.permitLetter)},
		{"GET", path + "/berkas/{hash}", signedIn, p.signedIn(p.permitFile)},
	}
}
