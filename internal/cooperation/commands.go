package cooperation

import (
	"reflect"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// DraftAgreement makes an agreement: a has ID, Kind and Content without
// documents, which come by Attach. Above is the
// agreement under which it stands, or which it amends; nil: none. Event:
// agreement-drafted.
func DraftAgreement(a Agreement, above *Bound, names Names, by event.Actor, at time.Time) (registry.Change, error) {
	kind, ok := FindKind(a.Kind)
	if !ok {
		return registry.Change{}, problem.New("agreement-kind", "field", "kind")
	}
	a = Agreement{ID: a.ID, Kind: a.Kind, Content: a.Content, Signatures: []Signature{}, Spent: []Spent{}, Drafted: MarkOf(by, at)}
	switch {
	case above == nil && len(kind.Amends) > 0:
		return registry.Change{}, problem.New("agreement-amends-nothing", "field", "parent")
	case above == nil && !kind.Root:
		return registry.Change{}, problem.New("agreement-needs-parent", "field", "parent")
	case above == nil:
	case len(kind.Amends) > 0:
		if !slices.Contains(kind.Amends, above.Agreement.Kind) {
			return registry.Change{}, problem.New("agreement-cannot-amend", "field", "parent")
		}
		a.Amends = above.Agreement.ID
	default:
		if up, _ := FindKind(above.Agreement.Kind); !slices.Contains(up.Children, a.Kind) {
			return registry.Change{}, problem.New("agreement-cannot-stand", "field", "parent")
		}
		a.Parent = above.Agreement.ID
	}
	a.Documents = []File{}
	var err error
	if a.Content, err = a.tidy(names); err != nil {
		return registry.Change{}, err
	}
	if err := (Bound{Agreement: a, Parent: above}).fits(names, at); err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "agreement-drafted", After: a}, nil
}

// Edit changes what the agreement says. A frozen text and its signatures are
// dropped, numbers that were given to it stay used, and it is a draft again. The
// documents stay as they are.
// Event: agreement-edited.
func (b Bound) Edit(to Content, names Names, at time.Time) (registry.Change, error) {
	if err := b.open("edit", at); err != nil {
		return registry.Change{}, err
	}
	to.Documents = b.Agreement.Documents
	to, err := to.tidy(names)
	if err != nil {
		return registry.Change{}, err
	}
	has := b.Agreement.Content
	has.Parties = slices.Clone(has.Parties)
	for i := range has.Parties {
		has.Parties[i].Number = nil
	}
	if reflect.DeepEqual(has, to) {
		return registry.Change{}, problem.New("agreement-unchanged")
	}
	return b.reworded("agreement-edited", to, names, at)
}

// Attach adds a document, which the text lists: as Edit. Event:
// agreement-document-attached.
func (b Bound) Attach(f File, names Names, at time.Time) (registry.Change, error) {
	if err := b.open("attach", at); err != nil {
		return registry.Change{}, err
	}
	if err := f.check("document"); err != nil {
		return registry.Change{}, err
	}
	to := b.Agreement.Content
	if slices.ContainsFunc(to.Documents, func(o File) bool { return o.SHA256 == f.SHA256 }) {
		return registry.Change{}, problem.New("agreement-document-twice", "name", f.Name, "field", "document")
	}
	if len(to.Documents) >= mostDocuments {
		return registry.Change{}, problem.New("agreement-many", "found", len(to.Documents)+1, "most", mostDocuments, "field", "document")
	}
	to.Documents = append(slices.Clone(to.Documents), f)
	return b.reworded("agreement-document-attached", to, names, at)
}

// Detach takes a document out by its SHA-256: as Edit. Event:
// agreement-document-detached.
func (b Bound) Detach(sha256 string, names Names, at time.Time) (registry.Change, error) {
	if err := b.open("detach", at); err != nil {
		return registry.Change{}, err
	}
	to := b.Agreement.Content
	i := slices.IndexFunc(to.Documents, func(f File) bool { return f.SHA256 == sha256 })
	if i < 0 {
		return registry.Change{}, problem.New("agreement-document-unknown")
	}
	to.Documents = slices.Delete(slices.Clone(to.Documents), i, i+1)
	return b.reworded("agreement-document-detached", to, names, at)
}

// open refuses a change of the words in a state that does not allow it, and once
// all parties are bound: then it takes an addendum.
func (b Bound) open(command string, at time.Time) error {
	if err := AgreementLife.Check(b.StateAt(at), command); err != nil {
		return err
	}
	if _, ok := b.Agreement.Concluded(); ok {
		return problem.New("agreement-concluded")
	}
	return nil
}

// reworded is the agreement with other words, as a draft.
func (b Bound) reworded(what string, to Content, names Names, at time.Time) (registry.Change, error) {
	after := b.Agreement
	after.Frozen, after.Signatures, after.Spent = nil, []Signature{}, slices.Clone(after.Spent)
	for _, p := range after.Parties {
		if p.Number != nil {
			after.Spent = append(after.Spent, Spent{p.Organisation, *p.Number})
		}
	}
	after.Content = to
	after.Parties = slices.Clone(to.Parties)
	for i := range after.Parties {
		after.Parties[i].Number = nil
	}
	if err := (Bound{after, b.Parent, b.Addenda}).fits(names, at); err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: what, Before: b.Agreement, After: after}, nil
}

// Propose freezes the text and puts it before the parties. Everything that it
// needs must be there: a list of problems names what is missing. Event:
// agreement-proposed.
func (b Bound) Propose(names Names, by event.Actor, at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "propose"); err != nil {
		return registry.Change{}, err
	}
	if lacks := b.Agreement.missing(); len(lacks) > 0 {
		return registry.Change{}, lacks
	}
	if _, err := b.Agreement.tidy(names); err != nil { // the register may have changed since
		return registry.Change{}, err
	}
	if err := b.fits(names, at); err != nil {
		return registry.Change{}, err
	}
	if b.Parent != nil && !b.Parent.InForce(at) {
		return registry.Change{}, problem.New("agreement-parent-not-yet")
	}
	text := b.Text(names)
	after := b.Agreement
	after.Frozen = &Frozen{MarkOf(by, at), text.SHA256(), text}
	return registry.Change{Type: "agreement-proposed", Before: b.Agreement, After: after}, nil
}

// IssueNumber gives the agreement a party's number from that office's register.
// Used are all numbers that the office has ever used; why is needed for one of a day
// before the text was frozen, which is then marked. A number of an earlier wording is
// never used again, whatever day is typed. Event: agreement-number-issued.
func (b Bound) IssueNumber(organisation string, n Number, used []Number, why string, at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "issue-number"); err != nil {
		return registry.Change{}, err
	}
	i, err := b.party(organisation)
	if err != nil {
		return registry.Change{}, err
	}
	if has := b.Agreement.Parties[i].Number; has != nil {
		return registry.Change{}, problem.New("agreement-numbered", "found", has.Text, "day", string(has.Day))
	}
	n, err = CheckNumber(n, slices.Concat(used, b.Agreement.Numbers(organisation)), at)
	if err != nil {
		return registry.Change{}, err
	}
	for _, spent := range b.Agreement.Numbers(organisation) {
		if spent.Key() == n.Key() {
			return registry.Change{}, problem.New("number-used", "found", n.Text, "year", spent.Year(), "day", string(spent.Day), "field", "number")
		}
	}
	if n.Later, err = b.Agreement.later(n.Day, why); err != nil {
		return registry.Change{}, err
	}
	after := b.Agreement
	after.Parties = slices.Clone(after.Parties)
	after.Parties[i].Number = &n
	return registry.Change{Type: "agreement-number-issued", Before: b.Agreement, After: after}, nil
}

// later says why a day lies before the record had the frozen text, as where an
// agreement that was signed on paper is copied into it; empty: it does not. Errors: a
// problem where no reason is given.
func (a Agreement) later(day registry.Day, why string) (string, error) {
	frozen := registry.DayOf(a.Frozen.At)
	if day >= frozen {
		return "", nil
	}
	why = registry.Clean(why)
	if why == "" {
		return "", problem.New("recorded-later", "day", string(day), "frozen", string(frozen), "field", "why")
	}
	return why, registry.CheckReason(why)
}

func (b Bound) party(organisation string) (int, error) {
	i := slices.IndexFunc(b.Agreement.Parties, func(p Party) bool { return p.Organisation == organisation })
	if i < 0 {
		return i, problem.New("agreement-not-party", "field", "organisation")
	}
	return i, nil
}

// Terminate ends a concluded agreement early: day is the first on which it is no
// longer in force, today at the earliest. Event: agreement-terminated.
func (b Bound) Terminate(day registry.Day, why string, by event.Actor, at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "terminate"); err != nil {
		return registry.Change{}, err
	}
	a := b.Agreement
	if a.Amends != "" {
		return registry.Change{}, problem.New("agreement-addendum-terminate")
	}
	if _, ok := a.Concluded(); !ok {
		return registry.Change{}, problem.New("agreement-not-concluded")
	}
	if a.Terminated != nil {
		return registry.Change{}, problem.New("agreement-terminates", "day", string(a.Terminated.Day))
	}
	why = registry.Clean(why)
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	if _, err := registry.ParseDay(string(day)); err != nil {
		return registry.Change{}, problem.New("day", "found", string(day), "field", "day")
	}
	today, last := registry.DayOf(at), b.PeriodAt(at).Until
	if day < today {
		return registry.Change{}, problem.New("agreement-terminate-past", "day", string(day), "today", string(today), "field", "day")
	}
	if day > last {
		return registry.Change{}, problem.New("agreement-terminate-late", "day", string(day), "until", string(last), "field", "day")
	}
	after := a
	after.Terminated = &Termination{MarkOf(by, at), day, why}
	return registry.Change{Type: "agreement-terminated", Before: a, After: after}, nil
}

// RecordExpiry is the program's own note that the agreement has ended, by its
// days or with its parent: nothing waits for it. Event: agreement-expired.
func (b Bound) RecordExpiry(at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "record-expiry"); err != nil {
		return registry.Change{}, err
	}
	if b.Agreement.Expired != nil || b.Agreement.Terminated != nil {
		return registry.Change{}, problem.New("agreement-end-recorded")
	}
	m := MarkOf(event.Actor{Via: event.System}, at)
	after := b.Agreement
	after.Expired = &m
	return registry.Change{Type: "agreement-expired", Before: b.Agreement, After: after}, nil
}

// RecordDestruction records what was destroyed after the end, by whom and how: d
// has Day, What, Who, How and File. Event: agreement-destruction-recorded.
func (b Bound) RecordDestruction(d Destruction, by event.Actor, at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "record-destruction"); err != nil {
		return registry.Change{}, err
	}
	if has := b.Agreement.Destroyed; has != nil {
		return registry.Change{}, problem.New("agreement-destroyed", "day", string(has.Day))
	}
	d.What, d.Who, d.How = registry.Clean(d.What), registry.Clean(d.Who), registry.Clean(d.How)
	for _, t := range []struct {
		field, text string
		most        int
	}{{"destroyed-what", d.What, registry.LongestReason}, {"destroyed-who", d.Who, registry.LongestName}, {"destroyed-how", d.How, registry.LongestReason}} {
		if err := registry.CheckText(t.field, t.text, t.most, t.most == registry.LongestReason); err != nil {
			return registry.Change{}, err
		}
	}
	if _, err := registry.ParseDay(string(d.Day)); err != nil {
		return registry.Change{}, problem.New("day", "found", string(d.Day), "field", "day")
	}
	today, last := registry.DayOf(at), b.PeriodAt(at).Until
	if d.Day > today || d.Day <= last {
		return registry.Change{}, problem.New("agreement-destroyed-day", "day", string(d.Day), "last", string(last), "today", string(today), "field", "day")
	}
	if d.File != nil {
		if err := d.File.check("file"); err != nil {
			return registry.Change{}, err
		}
	}
	d.Mark = MarkOf(by, at)
	after := b.Agreement
	after.Destroyed = &d
	return registry.Change{Type: "agreement-destruction-recorded", Before: b.Agreement, After: after}, nil
}
