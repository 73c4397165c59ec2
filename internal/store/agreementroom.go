package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

const agreementKind = "agreement"

type agreementRow struct {
	ID       string          `db:"id"`
	Kind     string          `db:"kind"`
	Parent   string          `db:"parent"`
	Amends   string          `db:"amends"`
	Stage    string          `db:"stage"`
	Until    registry.Day    `db:"until_day"`
	Over     registry.Day    `db:"over_day"`
	Expired  bool            `db:"expired"`
	Revision int64           `db:"revision"`
	Value    json.RawMessage `db:"value"`
}

type agreementPlaceRow struct {
	Agreement    string `db:"agreement"`
	Organisation string `db:"organisation"`
	Region       string `db:"region"`
	Signature    string `db:"signature"` // empty: none; else as the next two
}

const (
	signatureRecorded = "recorded"
	signatureChecked  = "checked"
)

var (
	agreements      = Projected[agreementRow]("agreements", "id")
	agreementPlaces = Projected[agreementPlaceRow]("agreement_places", "agreement", "organisation")
)

// agreementRoom keeps the agreements, and the numbers on them.
type agreementRoom struct{}

// Types are the events of agreements. They rest on the documents, the scans and
// the minutes.
func (agreementRoom) Types() []event.Type {
	files := func(e event.Event) []string {
		a, err := Read[cooperation.Agreement](e.After)
		if err != nil {
			return nil
		}
		return hashes(a.Files())
	}
	var all []event.Type
	for _, name := range []string{
		"drafted", "edited", "document-attached", "document-detached", "proposed", "number-issued", "signature-recorded",
		"signature-checked", "signature-refused", "terminated", "expired", "destruction-recorded",
	} {
		all = append(all, event.Type{Name: "agreement-" + name, Object: agreementKind, Content: files})
	}
	return all
}

func hashes(files []cooperation.File) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.SHA256)
	}
	return all
}

// Tables are the room's.
func (agreementRoom) Tables() []AnyTable {
	return []AnyTable{agreements, agreementPlaces, officeNumbers}
}

// Apply writes the agreement as the event leaves it.
func (agreementRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != agreementKind {
		return nil
	}
	a, err := Read[cooperation.Agreement](e.After)
	if err != nil {
		return err
	}
	if err := agreements.Put(tx, agreementRow{ID: a.ID, Kind: a.Kind, Parent: a.Parent, Amends: a.Amends, Stage: a.Stage(), Until: a.Scope.Period.Until,
		Over: a.OverDay(), Expired: a.Expired != nil, Revision: e.Seq, Value: e.After}); err != nil {
		return err
	}
	if _, err := agreementPlaces.DeleteWhere(tx, "WHERE agreement = $1", a.ID); err != nil {
		return err
	}
	for _, p := range a.Parties {
		of, _, err := organisations.Get(tx, p.Organisation)
		if err != nil {
			return err
		}
		row := agreementPlaceRow{Agreement: a.ID, Organisation: p.Organisation, Region: of.Region}
		if s, signed := a.Signature(p.Organisation); signed {
			row.Signature = signatureRecorded
			if s.Checked != nil {
				row.Signature = signatureChecked
			}
		}
		if err := agreementPlaces.Put(tx, row); err != nil {
			return err
		}
	}
	for _, s := range a.Spent {
		if err := putNumber(tx, s.Organisation, s.Number, e.Object); err != nil {
			return err
		}
	}
	for _, p := range a.Parties {
		if p.Number != nil {
			if err := putNumber(tx, p.Organisation, *p.Number, e.Object); err != nil {
				return err
			}
		}
	}
	return nil
}

func agreementsWhere(from From, tail string, args ...any) ([]cooperation.Agreement, error) {
	return statesWhere[cooperation.Agreement](from, "agreements", tail, args...)
}

// AgreementOf gives an agreement without what it depends on; false where there is
// none.
func AgreementOf(from From, id string) (cooperation.Agreement, bool, error) {
	return first(agreementsWhere(from, "WHERE id = $1", id))
}

// BoundOf gives an agreement with all that it depends on: those above it, those
// that it amends, the addenda of each; false where there is none.
func BoundOf(from From, id string) (cooperation.Bound, bool, error) {
	b, err := GroundsIn(from).find(id)
	if err != nil || b == nil {
		return cooperation.Bound{}, false, err
	}
	return *b, true, nil
}

// AgreementFilter picks agreements; an empty field picks all.
type AgreementFilter struct {
	Stage string            // as of cooperation.Agreement.Stage
	Party string            // id of an organisation
	Above string            // id of the agreement under which they stand or which they amend
	Root  bool              // only those that stand under none and amend none
	Right access.Permission // to which the standing has the right; empty: access.AgreementRead
}

// Agreements are those that a standing may see, the newest first; page.After is the
// last identifier of the piece before.
func Agreements(from From, s access.Standing, f AgreementFilter, page Page) ([]cooperation.Agreement, error) {
	where, args := placed(s, cmp.Or(f.Right, access.AgreementRead), "agreement_places", "agreement", "agreements.id")
	add := func(condition string, values ...string) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where += " AND " + condition
	}
	if f.Stage != "" {
		add("stage = ?", f.Stage)
	}
	if f.Party != "" {
		add("EXISTS (SELECT 1 FROM agreement_places x WHERE x.agreement = agreements.id AND x.organisation = ?)", f.Party)
	}
	if f.Above != "" {
		add("(parent = ? OR amends = ?)", f.Above, f.Above)
	}
	if f.Root {
		where += " AND parent = '' AND amends = ''"
	}
	tail, args := newest(where, args, page)
	return agreementsWhere(from, tail, args...)
}

// placed is the condition under which a standing may see an object of several
// places: at one of them.
func placed(s access.Standing, p access.Permission, table, column, id string) (where string, args []any) {
	at, args := s.Where(p, access.Columns{Region: "pl.region", Organisation: "pl.organisation"}, 1)
	switch at {
	case "1 = 1", "1 = 0":
		return at, args
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s pl WHERE pl.%s = %s AND %s)", table, column, id, at), args
}

// newest is the tail of a SELECT for a piece of a list from its newest entry on.
func newest(where string, args []any, page Page) (tail string, with []any) {
	tail = "WHERE " + where
	if page.After != "" {
		args = append(args, page.After)
		tail += fmt.Sprintf(" AND id < $%d", len(args))
	}
	tail += " ORDER BY id DESC"
	if page.Most > 0 {
		args = append(args, page.Most)
		tail += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return tail, args
}

// Grounds give what permits stand on; each agreement and the calendar are read
// once. They live as long as what they read from.
type Grounds struct {
	from     From
	calendar *registry.Calendar
	bounds   map[string]*cooperation.Bound // nil: there is none
	newest   *moment                       // event of an agreement; nil: not asked yet
}

// GroundsIn begins reading grounds.
func GroundsIn(from From) *Grounds {
	return &Grounds{from: from, bounds: map[string]*cooperation.Bound{}}
}

// Of gives the ground of permits under an agreement (id); of none, or one that is
// not there, a ground on which nothing is open.
func (g *Grounds) Of(agreement string) (cooperation.Ground, error) {
	if g.calendar == nil {
		c, err := CalendarOf(g.from)
		if err != nil {
			return cooperation.Ground{}, err
		}
		g.calendar = &c
	}
	b, err := g.bound(agreement)
	return cooperation.Ground{Agreement: b, Calendar: *g.calendar}, err
}

// agreed gives the newest event of an agreement; Seq 0: there is none.
func (g *Grounds) agreed() (moment, error) {
	if g.newest == nil {
		found, _, err := first(Query[moment](g.from, "SELECT seq, at FROM events WHERE seq = (SELECT MAX(revision) FROM agreements)"))
		if err != nil {
			return moment{}, err
		}
		g.newest = &found
	}
	return *g.newest, nil
}

func (g *Grounds) bound(agreement string) (cooperation.Bound, error) {
	b, err := g.find(agreement)
	if err != nil || b == nil {
		return cooperation.Bound{}, err
	}
	return *b, nil
}

// find is BoundOf; nil: there is no such agreement.
func (g *Grounds) find(id string) (*cooperation.Bound, error) {
	if b, ok := g.bounds[id]; ok || id == "" {
		return b, nil
	}
	r := g.from.reader()
	if r.keeps() {
		agreed, err := g.agreed()
		if err != nil {
			return nil, err
		}
		if b, ok := r.kept.bound(agreed.Seq, id); ok {
			g.bounds[id] = b
			return b, nil
		}
	}
	a, ok, err := AgreementOf(g.from, id)
	if err != nil || !ok {
		return nil, err
	}
	b := &cooperation.Bound{Agreement: a}
	if b.Addenda, err = agreementsWhere(g.from, "WHERE amends = $1 ORDER BY id", id); err != nil {
		return nil, err
	}
	if above := a.Parent + a.Amends; above != "" { // never both
		if b.Parent, err = g.find(above); err == nil && b.Parent == nil {
			err = fmt.Errorf("agreement %s: there is no agreement %s above it", id, above)
		}
		if err != nil {
			return nil, err
		}
	}
	g.bounds[id] = b
	if r.keeps() {
		r.kept.putBound(g.newest.Seq, id, b)
	}
	return b, nil
}

// endRow is what of an agreement tells roughly when it ends.
type endRow struct {
	ID      string       `db:"id"`
	Parent  string       `db:"parent"`
	Amends  string       `db:"amends"`
	Until   registry.Day `db:"until_day"`
	Over    registry.Day `db:"over_day"`
	Expired bool         `db:"expired"`
}

// ending gives the concluded agreements, without addenda, that may be over before
// a day, today or later: surely over today, where that is recorded of them or of one
// above them, or perhaps before the day, where a first look at the days says so.
// Bound says it exactly.
func ending(from From, today, before registry.Day) (surely, perhaps []string, err error) {
	rows, err := Query[endRow](from, "SELECT id, parent, amends, until_day, over_day, expired FROM agreements WHERE stage = $1 ORDER BY id", cooperation.StageConcluded)
	if err != nil {
		return nil, nil, err
	}
	of := make(map[string]endRow, len(rows))
	early := map[string]bool{} // by its own days or those of an addendum
	for _, row := range rows {
		of[row.ID] = row
		if row.Until < before || (row.Over != "" && row.Over <= before) {
			early[row.ID] = true
			if row.Amends != "" {
				early[row.Amends] = true
			}
		}
	}
	for _, row := range rows {
		if row.Amends != "" {
			continue
		}
		sure, may := false, false
		for up, ok := row, true; ok; up, ok = of[up.Parent] {
			sure = sure || up.Expired || (up.Over != "" && up.Over <= today)
			may = may || early[up.ID]
		}
		switch {
		case sure:
			surely = append(surely, row.ID)
		case may:
			perhaps = append(perhaps, row.ID)
		}
	}
	return surely, perhaps, nil
}

// over gives the agreements whose last day is past at an instant. Nobody changes
// the list.
func (g *Grounds) over(at time.Time) ([]string, error) {
	today := registry.DayOf(at)
	var agreed moment
	r := g.from.reader()
	if r.keeps() {
		var err error
		if agreed, err = g.agreed(); err != nil {
			return nil, err
		}
	}
	// After the newest event all instants of a day see the same.
	keeps := r.keeps() && !at.Before(agreed.At)
	if keeps {
		if all, ok := r.kept.over(agreed.Seq, today); ok {
			return all, nil
		}
	}
	all, perhaps, err := ending(g.from, today, today)
	if err != nil {
		return nil, err
	}
	for _, id := range perhaps {
		b, err := g.bound(id)
		if err != nil {
			return nil, err
		}
		if last := b.PeriodAt(at).Until; last != "" && last < today {
			all = append(all, id)
		}
	}
	if keeps {
		r.kept.putOver(agreed.Seq, today, all)
	}
	return all, nil
}

// naming are the ids whose words an agreement or a permit needs.
type naming struct{ organisations, positions, programmes, datasets []string }

func (n *naming) content(c cooperation.Content) {
	for _, p := range c.Parties {
		n.organisations, n.positions = append(n.organisations, p.Organisation), append(n.positions, p.Position)
	}
	n.scope(c.Scope)
}

func (n *naming) scope(s cooperation.Scope) {
	n.programmes = append(n.programmes, s.Programmes...)
	for _, d := range s.Datasets {
		n.datasets = append(n.datasets, d.Dataset)
	}
}

// those gives each of some ids once, without the empty one.
func those(ids []string) []string {
	all := slices.Compact(slices.Sorted(slices.Values(ids)))
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}

// names reads the words on a day; what is not registered has none.
func (n naming) names(from From, at time.Time) (cooperation.Names, error) {
	day := registry.DayOf(at)
	names := cooperation.Names{Organisations: map[string]string{}, Positions: map[string]cooperation.Signatory{}, Programmes: map[string]string{}, Datasets: map[string]cooperation.Dataset{}}
	if ids := those(n.positions); len(ids) > 0 {
		in, args := among(ids)
		found, err := positionsWhere(from, "WHERE id IN "+in, args...)
		if err != nil {
			return names, err
		}
		for _, p := range found {
			s := cooperation.Signatory{Organisation: p.Organisation, Title: p.Title}
			if h, held := p.InCharge(at); held {
				s.Name, s.Capacity, s.Mandate = nameOf(from)(h.User), h.Capacity, h.Mandate
			}
			names.Positions[p.ID] = s
		}
	}
	if ids := those(n.organisations); len(ids) > 0 {
		in, args := among(ids)
		found, err := organisationsWhere(from, "WHERE id IN "+in, args...)
		if err != nil {
			return names, err
		}
		for _, o := range found {
			names.Organisations[o.ID] = o.NameOn(day).Full
		}
	}
	if ids := those(n.programmes); len(ids) > 0 {
		in, args := among(ids)
		found, err := entries[registry.Programme](from, programmes, "WHERE id IN "+in, args...)
		if err != nil {
			return names, err
		}
		for _, p := range found {
			names.Programmes[p.ID] = p.Names.ID
		}
	}
	if ids := those(n.datasets); len(ids) > 0 {
		in, args := among(ids)
		found, err := entries[registry.Dataset](from, datasets, "WHERE id IN "+in, args...)
		if err != nil {
			return names, err
		}
		for _, d := range found {
			of := cooperation.Dataset{Name: d.Name}
			for _, c := range d.Columns {
				of.Columns = append(of.Columns, c.Name)
			}
			names.Datasets[d.ID] = of
		}
	}
	return names, nil
}

// AgreementNames gives the words of what an agreement names, as they are at an
// instant: for its text and its scope.
func AgreementNames(from From, b cooperation.Bound, at time.Time) (cooperation.Names, error) {
	var n naming
	n.content(b.Agreement.Content)
	for up := b.Parent; up != nil; up = up.Parent {
		n.content(up.Agreement.Content)
	}
	for _, a := range b.Addenda {
		n.scope(a.Scope)
	}
	return n.names(from, at)
}

// SignatureWait is a party whose signature waits for somebody.
type SignatureWait struct {
	Agreement    cooperation.Agreement
	Organisation string // of the party
	Command      string // record-signature or check-signature
}

// SignaturesWaiting are the signatures that a standing could record or check, the
// newest agreements first, at most so many (0: all).
func SignaturesWaiting(from From, s access.Standing, most int) ([]SignatureWait, error) {
	at := access.Columns{Region: "pl.region", Organisation: "pl.organisation"}
	record, args := s.Where(access.AgreementPrepare, at, 1)
	check, more := s.Where(access.AgreementCheck, access.Columns{Region: "own.region", Organisation: "own.organisation"}, len(args)+1)
	args = append(args, more...)
	statement := "SELECT pl.agreement, pl.organisation, pl.region, pl.signature FROM agreement_places pl JOIN agreements a ON a.id = pl.agreement" +
		" WHERE a.stage IN ('" + cooperation.AgreementProposed + "', '" + cooperation.AgreementSigned + "')" +
		" AND ((pl.signature = '' AND " + record + ") OR (pl.signature = '" + signatureRecorded + "' AND EXISTS (SELECT 1 FROM agreement_places own WHERE own.agreement = pl.agreement AND " + check + ")))" +
		" ORDER BY pl.agreement DESC, pl.organisation"
	rows, err := Query[agreementPlaceRow](from, statement, args...)
	if err != nil {
		return nil, err
	}
	var all []SignatureWait
	for _, row := range rows {
		if most > 0 && len(all) == most {
			break
		}
		a, _, err := AgreementOf(from, row.Agreement)
		if err != nil {
			return nil, err
		}
		w := SignatureWait{Agreement: a, Organisation: row.Organisation, Command: "record-signature"}
		if row.Signature == signatureRecorded {
			w.Command = "check-signature"
			if has, ok := a.Signature(row.Organisation); ok && (has.Recorded.User == s.User || has.User == s.User) {
				continue // a second person checks
			}
		}
		all = append(all, w)
	}
	return all, nil
}

func (a acting) agreement(id string) (cooperation.Bound, error) {
	return need("agreement-unknown", id, func() (cooperation.Bound, bool, error) { return BoundOf(a, id) })
}

// atParty settles a command on an agreement: the actor needs the right at the place
// of one of its parties. Errors: the *access.Denial at the first, or a problem
// where there are no parties.
func (a acting) atParty(command string, parties []cooperation.Party) error {
	var denied error
	for _, p := range parties {
		o, err := a.organisation(p.Organisation)
		if err != nil {
			return err
		}
		if err = a.may(agreementKind, command, o.Region, o.ID); err == nil {
			return nil
		}
		if denied == nil {
			denied = err
		}
	}
	if denied == nil {
		denied = problem.New("agreement-own-party", "field", "parties")
	}
	return denied
}
