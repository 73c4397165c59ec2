package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

const permitKind = "permit"

type permitRow struct {
	ID          string          `db:"id"`
	Institution string          `db:"institution"`
	Study       string          `db:"study"`
	Agreement   string          `db:"agreement"`
	Stage       string          `db:"stage"`
	Until       registry.Day    `db:"until_day"`
	Expired     bool            `db:"expired"`
	Live        bool            `db:"live"`
	Stops       bool            `db:"stops"`
	Report      string          `db:"report"` // the last command on it; empty: none
	Revision    int64           `db:"revision"`
	Value       json.RawMessage `db:"value"`
	Kind        string          `db:"kind"`
}

type permitPlaceRow struct {
	Permit       string `db:"permit"`
	Organisation string `db:"organisation"`
	Region       string `db:"region"`
}

type permitTurnRow struct {
	Permit       string          `db:"permit"`
	Place        string          `db:"place"` // the region, or the province
	Agreement    string          `db:"agreement"`
	Until        registry.Day    `db:"until_day"`
	Rule         string          `db:"rule"`
	Act          cooperation.Act `db:"act"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"` // of the organisation
	Deemed       bool            `db:"deemed"`
}

type permitCodeRow struct {
	Code   string `db:"code"`
	Permit string `db:"permit"`
}

var (
	permits      = Projected[permitRow]("permits", "id")
	permitPlaces = Projected[permitPlaceRow]("permit_places", "permit", "organisation")
	permitTurns  = Projected[permitTurnRow]("permit_turns", "permit", "place")
	permitCodes  = Projected[permitCodeRow]("permit_codes", "code")
)

// permitRoom keeps the permits, whose hands they go through, whose turn it is, and
// the codes and numbers of the letters.
type permitRoom struct{}

// Types are the events of permits. They rest on the documents, letters and reports.
func (permitRoom) Types() []event.Type {
	files := func(e event.Event) []string {
		p, err := Read[cooperation.Permit](e.After)
		if err != nil {
			return nil
		}
		return hashes(p.Files())
	}
	var all []event.Type
	for _, name := range []string{
		"drafted", "edited", "attached", "submitted", "recommended", "returned", "declined", "opened", "region-granted", "region-declined",
		"region-revoked", "region-deemed", "step-passed", "letter-issued", "extended", "withdrawn", "revoked", "expired", "report-filed", "report-returned", "report-accepted",
	} {
		all = append(all, event.Type{Name: "permit-" + name, Object: permitKind, Content: files})
	}
	return all
}

// Tables are the room's.
func (permitRoom) Tables() []AnyTable {
	return []AnyTable{permits, permitPlaces, permitTurns, permitCodes}
}

// Apply writes the permit as the event leaves it.
func (permitRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != permitKind {
		return nil
	}
	p, err := Read[cooperation.Permit](e.After)
	if err != nil {
		return err
	}
	row := permitRow{ID: p.ID, Institution: p.Institution, Study: p.Study, Agreement: p.Agreement, Stage: p.Stage(), Until: p.PeriodAt(e.At).Until, Revision: e.Seq, Value: e.After,
		Stops: len(p.TakenBack()) > 0, Kind: string(p.Kind)}
	opened := false
	for _, m := range p.Moves {
		opened = opened || m.Command == "open"
		switch m.Command {
		case "record-expiry":
			row.Expired = true
		case "file-report", "return-report", "accept-report":
			row.Report = m.Command
		}
	}
	switch row.Stage {
	case cooperation.PermitDeclined, cooperation.PermitRevoked, cooperation.PermitClosed:
	case cooperation.PermitWithdrawn:
		row.Live = opened // a report may be due
	default:
		row.Live = true
	}
	if err := permits.Put(tx, row); err != nil {
		return err
	}
	if err := putPermitPlaces(tx, p, row.Until); err != nil {
		return err
	}
	for _, l := range p.Letters {
		if err := permitCodes.Put(tx, permitCodeRow{Code: l.Code, Permit: p.ID}); err != nil {
			return err
		}
		if err := putNumberFrom(tx, l.Issued.Position, l.Number, e.Object); err != nil {
			return err
		}
	}
	for _, m := range p.Moves {
		if m.Number == nil {
			continue
		}
		if err := putNumberFrom(tx, m.Mark.Position, *m.Number, e.Object); err != nil {
			return err
		}
	}
	return nil
}

// putNumberFrom notes a number of the office of a position.
func putNumberFrom(tx *Tx, position string, n cooperation.Number, on event.Object) error {
	seat, _, err := positions.Get(tx, position)
	if err != nil {
		return err
	}
	return putNumber(tx, seat.Organisation, n, on)
}

func putPermitPlaces(tx *Tx, p cooperation.Permit, until registry.Day) error {
	if _, err := permitPlaces.DeleteWhere(tx, "WHERE permit = $1", p.ID); err != nil {
		return err
	}
	through := []string{p.Institution}
	if len(p.Chain) > 0 { // a draft is the institution's own
		for _, s := range p.Chain {
			through = append(through, s.Organisation)
		}
		parties, err := agreementPlaces.Select(tx, "WHERE agreement = $1 ORDER BY organisation", p.Agreement)
		if err != nil {
			return err
		}
		for _, party := range parties {
			through = append(through, party.Organisation)
		}
	}
	regions := map[string]string{}
	for _, id := range those(through) {
		of, _, err := organisations.Get(tx, id)
		if err != nil {
			return err
		}
		regions[id] = of.Region
		if err := permitPlaces.Put(tx, permitPlaceRow{Permit: p.ID, Organisation: id, Region: of.Region}); err != nil {
			return err
		}
	}
	if _, err := permitTurns.DeleteWhere(tx, "WHERE permit = $1", p.ID); err != nil {
		return err
	}
	for _, s := range p.Turns() {
		row := permitTurnRow{Permit: p.ID, Place: s.Region, Agreement: p.Agreement, Until: until, Rule: s.Rule, Act: s.Act, Organisation: s.Organisation, Region: regions[s.Organisation]}
		for _, m := range p.Moves {
			switch {
			case m.Command == "extend":
				row.Deemed = false
			case m.Command == "record-deemed" && m.Region == s.Region:
				row.Deemed = true
			}
		}
		if err := permitTurns.Put(tx, row); err != nil {
			return err
		}
	}
	return nil
}

func permitsWhere(from From, tail string, args ...any) ([]cooperation.Permit, error) {
	return statesWhere[cooperation.Permit](from, "permits", tail, args...)
}

// PermitOf gives a permit; false where there is none.
func PermitOf(from From, id string) (cooperation.Permit, bool, error) {
	return first(permitsWhere(from, "WHERE id = $1", id))
}

// permitsOf gives permits by their ids, read at once.
func permitsOf(from From, ids []string) (map[string]cooperation.Permit, error) {
	of := make(map[string]cooperation.Permit, len(ids))
	for some := range slices.Chunk(those(ids), 500) { // a statement takes so many arguments
		in, args := among(some)
		found, err := permitsWhere(from, "WHERE id IN "+in, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			of[p.ID] = p
		}
	}
	return of, nil
}

// PermitFilter picks permits; an empty field picks all.
type PermitFilter struct {
	Stage     string // as of cooperation.Permit.Stage
	Agreement string // id
	Study     string // id
	Through   string // id of an organisation through whose hands they go
	Live      bool   // only those of which something may still come

	Kind    cooperation.PermitKind
	Region  string   // BPS code: only those that asked for it, or a part of it; drafts in any case
	Days    Days     // how their days stand
	Waiting bool     // only those with a step that waits for the standing, as StepsWaiting
	Among   []string // ids
}

// Days are how the days of a permit, cut by those of its agreement, stand.
type Days string

// How days stand.
const (
	DaysLeft Days = "left"
	DaysOver Days = "over" // past, or given up by withdrawing it
)

// Permits are those that a standing may see, the newest first; page.After is the
// last identifier of the piece before.
func Permits(from From, s access.Standing, f PermitFilter, page Page) ([]cooperation.Permit, error) {
	where, args := placed(s, access.PermitRead, "permit_places", "permit", "permits.id")
	for _, c := range []struct{ condition, value string }{
		{"stage = ?", f.Stage}, {"agreement = ?", f.Agreement}, {"study = ?", f.Study}, {"kind = ?", string(f.Kind)},
		{"EXISTS (SELECT 1 FROM permit_places x WHERE x.permit = permits.id AND x.organisation = ?)", f.Through},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where += " AND " + strings.Replace(c.condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
	}
	if f.Live {
		where += " AND live = 1"
	}
	if len(f.Among) > 0 {
		var in string
		in, args = among(f.Among, args...)
		where += " AND id IN " + in
	}
	if f.Region != "" {
		args = append(args, f.Region)
		where += fmt.Sprintf(" AND (stage IN ('%s', '%s') OR EXISTS (SELECT 1 FROM permit_places r WHERE r.permit = permits.id AND SUBSTR(r.region, 1, %d) = $%d))",
			cooperation.PermitDraft, cooperation.PermitReturned, len(f.Region), len(args))
	}
	grounds := GroundsIn(from)
	if f.Days != "" {
		over, err := grounds.over(s.At)
		if err != nil {
			return nil, err
		}
		args = append(args, registry.DayOf(s.At))
		past := fmt.Sprintf("(stage = '%s' OR until_day < $%d", cooperation.PermitWithdrawn, len(args))
		if len(over) > 0 {
			var in string
			in, args = among(over, args...)
			past += " OR agreement IN " + in
		}
		where += map[Days]string{DaysOver: " AND ", DaysLeft: " AND NOT "}[f.Days] + past + ")"
	}
	if f.Waiting {
		steps, with, err := stepsFor(grounds, s, args...)
		if err != nil {
			return nil, err
		}
		where, args = where+" AND id IN (SELECT t.permit"+steps+")", with
	}
	tail, args := newest(where, args, page)
	return permitsWhere(from, tail, args...)
}

// PermitsUnder are all permits under an agreement, in order of identifiers.
func PermitsUnder(from From, agreement string) ([]cooperation.Permit, error) {
	return permitsWhere(from, "WHERE agreement = $1 ORDER BY id", agreement)
}

// PermitNames gives the words of what a permit names, as they are at an instant:
// for its letter.
func PermitNames(from From, p cooperation.Permit, g cooperation.Ground, at time.Time, positions ...string) (cooperation.LetterNames, error) {
	n := naming{organisations: []string{p.Institution}, positions: append(slices.Clone(positions), p.Responsible.Position), programmes: p.Programmes}
	for _, s := range p.Chain {
		n.organisations = append(n.organisations, s.Organisation)
	}
	for _, l := range p.Letters {
		n.positions = append(n.positions, l.Position)
	}
	n.scope(cooperation.Scope{Datasets: p.Datasets})
	n.content(g.Agreement.Agreement.Content)
	var names cooperation.LetterNames
	var err error
	if names.Names, err = n.names(from, at); err != nil {
		return names, err
	}
	if names.People, err = NamesOf(from, those(append(slices.Clone(p.Members), p.Responsible.User))); err != nil {
		return names, err
	}
	head, err := LetterheadOf(from, p.Institution)
	if head != nil {
		names.Address = head.Address
	}
	return names, err
}

// StepWait is a step of a permit that waits for an office.
type StepWait struct {
	Permit cooperation.Permit
	Step   cooperation.StepStatus
}

// stepsFor is the tail of a SELECT of permit_turns t that picks the steps that wait
// for a standing: of offices for which it may answer or of which it holds a
// position, on the days of the permit and its agreement. Its arguments come behind
// those before.
func stepsFor(g *Grounds, s access.Standing, before ...any) (tail string, args []any, err error) {
	where, more := s.Where(access.PermitAnswer, access.Columns{Region: "t.region", Organisation: "t.organisation"}, len(before)+1)
	args = slices.Concat(before, more)
	if s.Status == access.UserActive {
		for _, seat := range s.Seats {
			args = append(args, seat.Organisation)
			where += fmt.Sprintf(" OR t.organisation = $%d", len(args))
		}
	}
	args = append(args, registry.DayOf(s.At))
	tail = fmt.Sprintf(" FROM permit_turns t WHERE (%s) AND t.until_day >= $%d", where, len(args))
	over, err := g.over(s.At)
	if err == nil && len(over) > 0 {
		var in string
		in, args = among(over, args...)
		tail += " AND t.agreement NOT IN " + in
	}
	return tail, args, err
}

// CountStepsWaiting counts what StepsWaiting lists.
func CountStepsWaiting(from From, s access.Standing) (int, error) {
	tail, args, err := stepsFor(GroundsIn(from), s)
	if err != nil {
		return 0, err
	}
	rows, err := Query[countedRow](from, "SELECT COUNT(*) AS n"+tail, args...)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return int(rows[0].N), nil
}

// StepsWaiting are the steps of permits that wait for a standing, the oldest permits
// first, at most so many (0: all).
func StepsWaiting(from From, s access.Standing, most int) ([]StepWait, error) {
	grounds := GroundsIn(from)
	tail, args, err := stepsFor(grounds, s)
	if err != nil {
		return nil, err
	}
	tail += " ORDER BY t.permit, t.place"
	if most > 0 {
		args = append(args, most)
		tail += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	rows, err := Query[permitTurnRow](from, "SELECT t.permit, t.place, t.agreement, t.until_day, t.rule, t.act, t.organisation, t.region, t.deemed"+tail, args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Permit
	}
	of, err := permitsOf(from, ids)
	if err != nil {
		return nil, err
	}
	var all []StepWait
	for _, row := range rows {
		p := of[row.Permit]
		g, err := grounds.Of(p.Agreement)
		if err != nil {
			return nil, err
		}
		for _, st := range p.StepsIn(g, row.Place, s.At) {
			if st.Rule == row.Rule && st.State == "waiting" {
				all = append(all, StepWait{p, st})
			}
		}
	}
	return all, nil
}

// RequestWait is a permit that waits for the institution that asks, or for the
// office that opened it.
type RequestWait struct {
	Permit  cooperation.Permit
	Command string             // submit: returned to be mended; file-report; accept-report
	Report  cooperation.Report // of the last two
}

// RequestsWaiting are the permits whose request is to be mended, or whose report of
// use is to be filed or reviewed, by a standing: in its institution by who may ask
// or holds a position of it, in the office that opened the permit by who may answer.
// The oldest first, at most so many (0: all).
func RequestsWaiting(from From, s access.Standing, most int) ([]RequestWait, error) {
	grounds := GroundsIn(from)
	over, err := grounds.over(s.At)
	if err != nil {
		return nil, err
	}
	own := access.Columns{Region: "o.region", Organisation: "o.id"}
	ask, args := s.Where(access.PermitRequest, own, 1)
	if s.Status == access.UserActive {
		for _, seat := range s.Seats {
			args = append(args, seat.Organisation)
			ask += fmt.Sprintf(" OR o.id = $%d", len(args))
		}
	}
	answer, more := s.Where(access.PermitAnswer, access.Columns{Region: "pl.region", Organisation: "pl.organisation"}, len(args)+1)
	args = append(args, more...)
	args = append(args, registry.DayOf(s.At))
	end := fmt.Sprintf("p.stage IN ('%s', '%s', '%s') OR p.until_day < $%d", cooperation.PermitReturned, cooperation.PermitWithdrawn, cooperation.PermitRevoked, len(args))
	if len(over) > 0 {
		var in string
		in, args = among(over, args...)
		end += " OR p.agreement IN " + in
	}
	statement := "SELECT p.id FROM permits p JOIN organisations o ON o.id = p.institution WHERE (p.live = 1 OR p.stage = '" + cooperation.PermitRevoked + "') AND (" + end + ") AND (" +
		"(p.stage = '" + cooperation.PermitReturned + "' AND (" + ask + ")) OR (p.stage IN ('" + cooperation.PermitOpen + "', '" + cooperation.PermitWithdrawn + "', '" + cooperation.PermitRevoked + "') AND (" +
		"(p.report <> 'file-report' AND (" + ask + ")) OR (p.report = 'file-report' AND EXISTS (SELECT 1 FROM permit_places pl WHERE pl.permit = p.id AND " + answer + "))))) ORDER BY p.id"
	type idRow struct {
		ID string `db:"id"`
	}
	rows, err := Query[idRow](from, statement, args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	of, err := permitsOf(from, ids)
	if err != nil {
		return nil, err
	}
	var all []RequestWait
	offices := map[string]access.Place{} // that opened them
	for _, id := range ids {
		if most > 0 && len(all) >= most {
			break
		}
		p := of[id]
		g, err := grounds.Of(p.Agreement)
		if err != nil {
			return nil, err
		}
		w := RequestWait{Permit: p, Report: p.ReportAt(g, s.At)}
		switch state := p.StateAt(g, s.At); {
		case state == cooperation.PermitReturned:
			w.Command = "submit"
		case state != cooperation.PermitReporting && state != cooperation.PermitRevoked:
			continue
		case w.Report.State == cooperation.ReportFiled:
			office := p.Office(cooperation.Verifies, "")
			place, known := offices[office]
			if !known {
				o, _, err := OrganisationOf(from, office)
				if err != nil {
					return nil, err
				}
				place = access.Place{Region: o.Region, Organisation: o.ID}
				offices[office] = place
			}
			if place.Organisation == "" || s.May(access.PermitAnswer, place) != nil {
				continue
			}
			w.Command = "accept-report"
		case w.Report.State == cooperation.ReportDue || w.Report.State == cooperation.ReportReturned:
			w.Command = "file-report"
		default:
			continue
		}
		all = append(all, w)
	}
	return all, nil
}

// VerifyLetter tells what the code of a letter stands for at an instant; false:
// none has it. Errors: also the problem of what cannot be a code.
func VerifyLetter(from From, code string, at time.Time) (cooperation.Verification, bool, error) {
	code, err := cooperation.ParseCode(code)
	if err != nil {
		return cooperation.Verification{}, false, err
	}
	row, ok, err := permitCodes.Get(from, code)
	if err != nil || !ok {
		return cooperation.Verification{}, false, err
	}
	p, ok, err := PermitOf(from, row.Permit)
	if err != nil || !ok {
		return cooperation.Verification{}, false, err
	}
	g, err := GroundsIn(from).Of(p.Agreement)
	if err != nil {
		return cooperation.Verification{}, false, err
	}
	v, ok := p.Verify(g, code, at)
	return v, ok, nil
}

func (a acting) permit(id string) (cooperation.Permit, cooperation.Ground, error) {
	p, err := need("permit-unknown", id, func() (cooperation.Permit, bool, error) { return PermitOf(a, id) })
	if err != nil {
		return p, cooperation.Ground{}, err
	}
	g, err := GroundsIn(a).Of(p.Agreement)
	return p, g, err
}
