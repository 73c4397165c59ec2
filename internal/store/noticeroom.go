package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The objects and events of internal/notice. A notice that fell due is an event
// of its own, whose object is the key by which it is sent once; an anchor's
// object is its week; an inbox and a digest are a person's.
const (
	noticeKind  = "notice"
	noticeSent  = "notice-sent"
	anchorKind  = "anchor"
	anchorSent  = "anchor-sent"
	inboxKind   = "inbox"
	noticesRead = "notices-read"
)

// anchored is what anchor-sent holds.
type anchored struct {
	Anchor string   `json:"anchor"` // SEQ:HASH of the event before
	To     []string `json:"to"`     // ids of organisations
	Year   int      `json:"year"`   // of the ISO week
	Week   int      `json:"week"`
}

// marked is what notices-read holds.
type marked struct {
	Read []string `json:"read"` // ids of notices
}

// derived are the events that bring notices, and the notices that they bring: a
// pure function of the event.
var derived = map[string]func(event.Event) ([]notice.Notice, error){
	noticeSent: func(e event.Event) ([]notice.Notice, error) {
		n, err := Read[notice.Notice](e.After)
		return []notice.Notice{n}, err
	},
	anchorSent: func(e event.Event) ([]notice.Notice, error) {
		a, err := Read[anchored](e.After)
		var all []notice.Notice
		for _, id := range a.To {
			all = append(all, notice.Notice{To: notice.Ref{Kind: notice.Organisation, ID: id}, Kind: notice.WeeklyAnchor, About: notice.Ref(e.Object),
				Values: notice.Values{"anchor": a.Anchor, "year": a.Year, "week": a.Week}})
		}
		return all, err
	},
	"permit-submitted": turns, "permit-recommended": turns, "permit-step-passed": turns, "permit-opened": turns, "permit-extended": turns, "permit-returned": returned,
}

type noticeRow struct {
	ID        string          `db:"id"`
	ToKind    string          `db:"to_kind"`
	ToID      string          `db:"to_id"`
	Kind      notice.Kind     `db:"kind"`
	AboutKind string          `db:"about_kind"`
	AboutID   string          `db:"about_id"`
	Values    json.RawMessage `db:"given"`
	Seq       int64           `db:"seq"`
	At        time.Time       `db:"at"`
}

type noticeReadRow struct {
	Notice string    `db:"notice"`
	Person string    `db:"person"`
	At     time.Time `db:"at"`
}

var (
	notices     = Projected[noticeRow]("notices", "id")
	noticeReads = Projected[noticeReadRow]("notice_reads", "notice", "person")
)

// noticeRoom keeps the notices and who has read them.
type noticeRoom struct{}

// Types are the events of notices, anchors, inboxes and digests.
func (noticeRoom) Types() []event.Type {
	return []event.Type{
		{Name: noticeSent, Object: noticeKind}, {Name: anchorSent, Object: anchorKind},
		{Name: noticesRead, Object: inboxKind}, {Name: digestSent, Object: digestKind},
	}
}

// Tables are the room's.
func (noticeRoom) Tables() []AnyTable { return []AnyTable{notices, noticeReads} }

// Apply writes the notices that an event brings, and the marks of who has read.
func (noticeRoom) Apply(tx *Tx, e event.Event) error {
	if e.Type == noticesRead {
		m, err := Read[marked](e.After)
		if err != nil {
			return err
		}
		for _, id := range m.Read {
			if err := noticeReads.Put(tx, noticeReadRow{Notice: id, Person: e.Object.ID, At: e.At}); err != nil {
				return err
			}
		}
		return nil
	}
	bring := derived[e.Type]
	if bring == nil {
		return nil
	}
	all, err := bring(e)
	if err != nil {
		return err
	}
	for i, n := range all {
		values, err := event.Marshal(n.Values)
		if err != nil {
			return err
		}
		if err := notices.Put(tx, noticeRow{ID: fmt.Sprintf("%s-%d", e.ID, i+1), ToKind: n.To.Kind, ToID: n.To.ID, Kind: n.Kind,
			AboutKind: n.About.Kind, AboutID: n.About.ID, Values: values, Seq: e.Seq, At: e.At}); err != nil {
			return err
		}
	}
	return nil
}

// itself is the program as the one who acts.
var itself = event.Actor{Via: event.System}

// once carries out a command of the program itself that makes an object, unless
// the object is there: then another process, or an earlier day, has done it. False:
// it was there, or decide found nothing to do (errNothing).
func (s *Store) once(ctx context.Context, o event.Object, decide func(*Tx) (Change, error)) (event.Event, bool, error) {
	var last event.Event
	err := s.View(ctx, func(r *Reader) (err error) { // most often, and without a writer's turn
		last, err = r.Last(o)
		return err
	})
	if err != nil || last.Seq > 0 {
		return last, false, err
	}
	e, err := s.Do(ctx, Command{Actor: itself, Object: o, Decide: decide})
	var stale *Stale
	if errors.As(err, &stale) {
		return stale.Last, false, nil
	}
	if errors.Is(err, errNothing) {
		return event.Event{}, false, nil
	}
	return e, err == nil, err
}

var errNothing = errors.New("there is nothing to do")

// Notify sends a notice that fell due, once for its key; false: it was sent
// before.
func (s *Store) Notify(ctx context.Context, d notice.Due) (bool, error) {
	if err := d.Notice.Check(); err != nil {
		return false, err
	}
	_, sent, err := s.once(ctx, event.Object{Kind: noticeKind, ID: d.Key}, func(*Tx) (Change, error) {
		return Change{Type: noticeSent, After: d.Notice}, nil
	})
	return sent, err
}

// parties are the kinds of organisations that keep the anchors.
var parties = []registry.OrganisationKind{registry.MinistryCentre, registry.ProvinceOffice}

// SendAnchor sends the head of the log as it stands to both parties, once in each
// ISO week of Asia/Jakarta; false: it was sent this week, or there is nobody yet
// to send it to. A week in which no process ran has none and gets none later: what
// the head was then, nobody saw then, and today's anchor proves all that came
// before it.
func (s *Store) SendAnchor(ctx context.Context) (event.Event, bool, error) {
	name, year, week := notice.Week(s.Now())
	return s.once(ctx, event.Object{Kind: anchorKind, ID: name}, func(tx *Tx) (Change, error) {
		all, err := organisationsWhere(tx, "WHERE kind IN ($1, $2) ORDER BY id", parties[0], parties[1])
		if err != nil {
			return Change{}, err
		}
		sent := anchored{Year: year, Week: week}
		for _, o := range all {
			if o.Period.Has(registry.DayOf(tx.Now())) {
				sent.To = append(sent.To, o.ID)
			}
		}
		// Do has moved the head's number already; the last event tells where it was.
		last, err := tx.events("ORDER BY seq DESC LIMIT 1")
		if err != nil {
			return Change{}, err
		}
		if len(sent.To) == 0 || len(last) == 0 {
			return Change{}, errNothing
		}
		sent.Anchor = last[0].Anchor().String()
		return Change{Type: anchorSent, After: sent}, nil
	})
}

// holdingSteps are the days before the last day of a holding on which those who
// hold the position are told.
var holdingSteps = []int{-30, -7, -1}

// HoldingsEnding are the notices to positions whose holder's last day comes near.
func HoldingsEnding(from From, at time.Time) ([]notice.Due, error) {
	held, err := holdings.Select(from, "WHERE until_day >= $1 AND last_day = '' ORDER BY id", registry.DayOf(at))
	if err != nil {
		return nil, err
	}
	var all []notice.Due
	for _, h := range held {
		if h.holding().HeldAt(at) {
			of := notice.Ref{Kind: notice.Position, ID: h.Position}
			ends := notice.Deadline{ID: h.ID, Since: h.Begun, Day: h.Until, Steps: holdingSteps, Notice: notice.Notice{To: of, Kind: notice.HoldingEnding, About: of}}
			if due, ok := ends.Due(at); ok {
				all = append(all, due)
			}
		}
	}
	return all, nil
}

// Letter is a notice as one of those who find it in their inbox sees it.
type Letter struct {
	ID string
	notice.Notice
	Seq  int64 // of the event that brought it
	At   time.Time
	Read *time.Time // when this person marked it as read; nil: not yet
}

// addresses are the positions and organisations whose notices a person finds in
// the inbox: what they hold now, whose position they hold, and for which
// organisation they have a grant. So an inbox passes on with the position, and
// nobody needs a right to look into another's.
func addresses(who access.Standing) []string {
	if who.Status != access.UserActive {
		return nil
	}
	var all []string
	add := func(id string) {
		if id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, seat := range who.Seats {
		add(seat.Position)
		add(seat.Organisation)
	}
	for _, g := range who.Grants {
		add(g.Organisation)
	}
	return all
}

// HasInbox tells whether any notice can be addressed to a person now.
func HasInbox(who access.Standing) bool { return len(addresses(who)) > 0 }

const unreadBy = "NOT EXISTS (SELECT 1 FROM notice_reads r WHERE r.notice = notices.id AND r.person = $1)"

type countedRow struct {
	N int64 `db:"n"`
}

// Unread counts the notices in a person's inbox that they have not marked as read.
func Unread(from From, who access.Standing) (int, error) {
	to := addresses(who)
	if len(to) == 0 {
		return 0, nil
	}
	in, args := among(to, who.User)
	rows, err := Query[countedRow](from, "SELECT COUNT(*) AS n FROM notices WHERE to_id IN "+in+" AND "+unreadBy, args...)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return int(rows[0].N), nil
}

// Inbox are the notices in a person's inbox, the newest first, at most so many,
// before an identifier (empty: from the newest): those not yet marked as read, or
// those that are.
func Inbox(from From, who access.Standing, read bool, before string, most int) ([]Letter, error) {
	to := addresses(who)
	if len(to) == 0 {
		return nil, nil
	}
	in, args := among(to, who.User)
	tail := "WHERE to_id IN " + in + " AND " + unreadBy
	if read {
		tail = "WHERE to_id IN " + in + " AND NOT " + unreadBy
	}
	if before != "" {
		args = append(args, before)
		tail += fmt.Sprintf(" AND id < $%d", len(args))
	}
	args = append(args, most)
	return letters(from, who.User, tail+fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(args)), args...)
}

// LetterOf gives a notice in a person's inbox by the id; false where there is none
// such, also where it is in another's.
func LetterOf(from From, who access.Standing, id string) (Letter, bool, error) {
	to := addresses(who)
	if len(to) == 0 {
		return Letter{}, false, nil
	}
	in, args := among(to, id)
	return first(letters(from, who.User, "WHERE id = $1 AND to_id IN "+in, args...))
}

func letters(from From, person, tail string, args ...any) ([]Letter, error) {
	rows, err := notices.Select(from, tail, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	in, among := among(ids, person)
	marks, err := noticeReads.Select(from, "WHERE person = $1 AND notice IN "+in, among...)
	if err != nil {
		return nil, err
	}
	read := make(map[string]*time.Time, len(marks))
	for _, m := range marks {
		read[m.Notice] = &m.At
	}
	all := make([]Letter, len(rows))
	for i, row := range rows {
		n := notice.Notice{To: notice.Ref{Kind: row.ToKind, ID: row.ToID}, Kind: row.Kind, About: notice.Ref{Kind: row.AboutKind, ID: row.AboutID}}
		if len(row.Values) > 0 { // some notices have none
			if err := json.Unmarshal(row.Values, &n.Values); err != nil {
				return nil, err
			}
		}
		all[i] = Letter{ID: row.ID, Notice: n, Seq: row.Seq, At: row.At, Read: read[row.ID]}
	}
	return all, nil
}

// mostMarked is how many notices one command marks as read at most.
const mostMarked = 500

// MarkRead marks a notice in one's own inbox as read; an empty id: all that are
// there and are not, the newest 500 at most. Who has read what is in the log, for
// the two parties owe each other that a letter was seen.
func (s *Store) MarkRead(ctx context.Context, by By, id string) (event.Event, error) {
	by.Seen = Whatever
	return s.change(ctx, by, event.Object{Kind: inboxKind, ID: by.Actor.User}, func(a acting) (registry.Change, error) {
		var m marked
		if id != "" {
			l, err := need("notice-unknown", id, func() (Letter, bool, error) { return LetterOf(a, a.who, id) })
			switch {
			case err != nil:
				return registry.Change{}, err
			case l.Read == nil:
				m.Read = []string{id}
			}
		} else {
			all, err := Inbox(a, a.who, false, "", mostMarked)
			if err != nil {
				return registry.Change{}, err
			}
			for _, l := range all {
				m.Read = append(m.Read, l.ID)
			}
		}
		if len(m.Read) == 0 {
			return registry.Change{}, problem.New("state-notice-read")
		}
		return registry.Change{Type: noticesRead, After: m}, nil
	})
}
