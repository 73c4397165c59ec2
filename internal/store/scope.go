package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// Case is an access.Case with the revisions that a look notes.
type Case struct {
	access.Case
	AgreementVersion int64 // of the study's agreement; 0: it has none
	PermitVersion    int64
}

// CaseOf gathers what the record said at an instant, now or past, about a person's
// use of data for a study; datasets are those that are asked for besides those that
// the agreement names. Errors: the problem study-unknown where the study was not
// there.
func CaseOf(from From, user, studyID string, at time.Time, datasets ...string) (Case, error) {
	return newPast(from).caseAt(user, studyID, at, datasets)
}

// past reads objects as they stood at instants: an object's state at an instant is
// what its last event until then left. Who asks for many instants has whole set:
// then the events of an object are listed once.
type past struct {
	from  From
	whole bool
	lists map[event.Object][]moment
	seen  []int64 // numbers of the events that a case rests on
	// What does not change while a past lives:
	people    map[string]person
	addenda   map[string][]string
	calendars []string
	known     bool // calendars are listed
}

type moment struct {
	Seq int64     `db:"seq"`
	At  time.Time `db:"at"`
}

// person is what standings of a user are made of.
type person struct {
	user   access.User
	there  bool
	seats  []access.Seat
	grants []access.Grant
	homes  []membershipRow
}

func newPast(from From) *past {
	return &past{from: from, lists: map[event.Object][]moment{}, people: map[string]person{}, addenda: map[string][]string{}}
}

// revision gives the number of an object's last event until an instant; 0: none.
func (p *past) revision(o event.Object, at time.Time) (int64, error) {
	if !p.whole {
		rows, err := Query[moment](p.from, "SELECT seq, at FROM events WHERE object_kind = $1 AND object_id = $2 AND at <= $3 ORDER BY seq DESC LIMIT 1", o.Kind, o.ID, at)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		return rows[0].Seq, nil
	}
	list, ok := p.lists[o]
	if !ok {
		var err error
		if list, err = Query[moment](p.from, "SELECT seq, at FROM events WHERE object_kind = $1 AND object_id = $2 ORDER BY seq", o.Kind, o.ID); err != nil {
			return 0, err
		}
		p.lists[o] = list
	}
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].At.After(at) {
			return list[i].Seq, nil
		}
	}
	return 0, nil
}

// stateAt gives an object as it stood at an instant; revision 0: it was not there.
func stateAt[T any](p *past, kind, id string, at time.Time) (v T, revision int64, err error) {
	seq, err := p.revision(event.Object{Kind: kind, ID: id}, at)
	if err != nil || seq == 0 {
		return v, 0, err
	}
	p.seen = append(p.seen, seq)
	r := p.from.reader()
	v, err = state(r, seq, func() (T, error) {
		var none T
		e, ok, err := EventOf(r, seq)
		if err == nil && !ok {
			err = fmt.Errorf("event %d is gone", seq)
		}
		if err != nil {
			return none, err
		}
		if r.kept != nil {
			if e, err = r.kept.types.Lift(e); err != nil {
				return none, err
			}
		}
		return Read[T](e.After)
	})
	return v, seq, err
}

func (p *past) standing(user string, at time.Time) (access.Standing, error) {
	who, ok := p.people[user]
	if !ok {
		var err error
		if who.user, who.there, err = UserOf(p.from, user); err != nil {
			return access.Standing{}, err
		}
		if who.there {
			if who.seats, err = seatsOf(p.from, user); err != nil {
				return access.Standing{}, err
			}
			if who.grants, err = GrantsOf(p.from, user); err != nil {
				return access.Standing{}, err
			}
			if who.homes, err = homesOf(p.from, user); err != nil {
				return access.Standing{}, err
			}
		}
		p.people[user] = who
	}
	if !who.there {
		return access.Standing{At: at}, nil
	}
	u := who.user
	u.Organisation = homeAt(who.homes, at)
	return access.StandingAt(u, who.seats, who.grants, at), nil
}

// bound is BoundOf at an instant; nil: the agreement was not there.
func (p *past) bound(id string, at time.Time) (*cooperation.Bound, int64, error) {
	a, revision, err := stateAt[cooperation.Agreement](p, agreementKind, id, at)
	if err != nil || revision == 0 {
		return nil, 0, err
	}
	b := &cooperation.Bound{Agreement: a}
	ids, ok := p.addenda[id]
	if !ok {
		type idRow struct {
			ID string `db:"id"`
		}
		rows, err := Query[idRow](p.from, "SELECT id FROM agreements WHERE amends = $1 ORDER BY id", id)
		if err != nil {
			return nil, 0, err
		}
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		p.addenda[id] = ids
	}
	for _, id := range ids {
		x, there, err := stateAt[cooperation.Agreement](p, agreementKind, id, at)
		if err != nil {
			return nil, 0, err
		}
		if there > 0 {
			b.Addenda = append(b.Addenda, x)
		}
	}
	if above := a.Parent + a.Amends; above != "" { // never both
		if b.Parent, _, err = p.bound(above, at); err == nil && b.Parent == nil {
			err = fmt.Errorf("agreement %s: there was no agreement %s above it", id, above)
		}
	}
	return b, revision, err
}

func (p *past) calendar(at time.Time) (registry.Calendar, error) {
	if !p.known {
		type idRow struct {
			ID string `db:"id"`
		}
		rows, err := Query[idRow](p.from, "SELECT id FROM calendars ORDER BY id")
		if err != nil {
			return registry.Calendar{}, err
		}
		for _, row := range rows {
			p.calendars = append(p.calendars, row.ID)
		}
		p.known = true
	}
	var kept []registry.CalendarYear
	for _, id := range p.calendars {
		y, there, err := stateAt[registry.CalendarYear](p, calendarKind, id, at)
		if err != nil {
			return registry.Calendar{}, err
		}
		if there > 0 {
			kept = append(kept, y)
		}
	}
	if len(kept) == 0 {
		return shippedCalendar(), nil
	}
	return registry.NewCalendar(append(registry.ShippedYears(), kept...)...), nil
}

func (p *past) caseAt(user, studyID string, at time.Time, asked []string) (Case, error) {
	p.seen = p.seen[:0]
	var c Case
	var err error
	if c.Who, err = p.standing(user, at); err != nil {
		return c, err
	}
	var there int64
	if c.Study, there, err = stateAt[study.Study](p, studyKind, studyID, at); err != nil {
		return c, err
	}
	if there == 0 {
		return c, problem.New("study-unknown", "found", studyID)
	}
	c.Place = access.Place{Region: c.Study.Region, Organisation: c.Study.Owner}
	if c.Who.May(access.RowsUse, c.Place) != nil { // a refusal names the office
		if c.Place, err = placeIn(p.from, c.Study.Region, c.Study.Owner); err != nil {
			return c, err
		}
	}
	ids := asked
	if c.Study.Agreement != "" {
		if c.Agreement, c.AgreementVersion, err = p.bound(c.Study.Agreement, at); err != nil {
			return c, err
		}
	}
	if c.Agreement != nil {
		for _, d := range c.Agreement.ScopeAt(at).Datasets {
			ids = append(ids[:len(ids):len(ids)], d.Dataset)
		}
	}
	if c.Study.Permit != "" {
		permit, revision, err := stateAt[cooperation.Permit](p, permitKind, c.Study.Permit, at)
		if err != nil {
			return c, err
		}
		if revision > 0 {
			c.Permit, c.PermitVersion = &permit, revision
			if c.Calendar, err = p.calendar(at); err != nil {
				return c, err
			}
		}
	}
	for _, id := range those(ids) {
		d, there, err := stateAt[registry.Dataset](p, datasetKind, id, at)
		if err != nil {
			return c, err
		}
		if there > 0 {
			c.Datasets = append(c.Datasets, d)
		}
	}
	return c, nil
}

// AuditedLook is a look with what of it was outside what was open at its instant.
type AuditedLook struct {
	NotedLook
	Outside problem.List // none: within
}

// AuditLooks works out again, for the looks and refusals under an agreement after an
// event's number, at most so many (0: all), whether each was within the scope as of
// its instant. Who may see them is the caller's question.
func AuditLooks(from From, agreement string, after int64, most int) ([]AuditedLook, error) {
	noted, err := LooksUnder(from, agreement, after, most)
	if err != nil {
		return nil, err
	}
	p := newPast(from)
	p.whole = true
	found := map[string]problem.List{}
	all := make([]AuditedLook, len(noted))
	for i, l := range noted {
		all[i].NotedLook = l
		if l.Study == "" {
			all[i].Outside = l.OutsideNoStudy()
			continue
		}
		if l.Outcome == access.LookRefused {
			continue
		}
		c, err := p.caseAt(l.User, l.Study, l.At, []string{l.Dataset})
		if found := problem.Of(err); len(found) == 1 && found[0].Code == "study-unknown" {
			all[i].Outside = l.OutsideNoStudy()
			continue
		}
		if err != nil {
			return nil, err
		}
		// What is open depends on what the case rests on, the standing and the day;
		// many looks share all of it.
		key := p.key(c, l)
		out, known := found[key]
		if !known {
			out = c.Outside(l.Look, l.At)
			found[key] = out
		}
		all[i].Outside = out
	}
	return all, nil
}

// key names all that a look's being outside depends on.
func (p *past) key(c Case, l NotedLook) string {
	var b strings.Builder
	say := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(strconv.Itoa(len(s)))
			b.WriteByte(':')
			b.WriteString(s)
		}
	}
	say(l.User, l.Study, l.Agreement, l.Permit, l.Dataset, string(registry.DayOf(l.At)), string(c.Who.Status))
	for _, g := range c.Who.Grants {
		say(g.ID)
	}
	for _, s := range p.seen { // in the order in which a case is always gathered
		say(strconv.FormatInt(s, 10))
	}
	say("columns")
	say(l.Columns...)
	say("regions")
	say(l.Regions...)
	return b.String()
}
