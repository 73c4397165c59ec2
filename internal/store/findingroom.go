package store

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
)

// findingKind is the kind of object of a finding.
const findingKind = "finding"

type findingRow struct {
	ID           string          `db:"id"`
	Study        string          `db:"study"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Programme    string          `db:"programme"`
	Outcome      string          `db:"outcome"`
	State        string          `db:"state"`
	Value        json.RawMessage `db:"value"`
}

var findings = Projected[findingRow]("findings", "id")

// findingRoom keeps what is known.
type findingRoom struct{}

// Types are the events of findings.
func (findingRoom) Types() []event.Type {
	var all []event.Type
	for _, name := range []string{"finding-proposed", "finding-edited", "finding-released", "finding-superseded", "finding-withdrawn"} {
		all = append(all, event.Type{Name: name, Object: findingKind})
	}
	return all
}

// Tables are the room's.
func (findingRoom) Tables() []AnyTable { return []AnyTable{findings} }

// Apply writes the finding as the event leaves it.
func (findingRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != findingKind {
		return nil
	}
	f, err := Read[evidence.Finding](e.After)
	if err != nil {
		return err
	}
	return findings.Put(tx, findingRow{f.ID, f.Study, f.Owner, f.Region, f.Programme, f.Outcome, f.State(), e.After})
}

func findingsWhere(from From, tail string, args ...any) ([]evidence.Finding, error) {
	rows, err := findings.Select(from, tail, args...)
	return values[findingRow, evidence.Finding](rows, err, func(r findingRow) json.RawMessage { return r.Value })
}

// FindingOf gives a finding; whether it may be seen is the caller's question (Public).
func FindingOf(from From, id string) (evidence.Finding, bool, error) {
	return first(findingsWhere(from, "WHERE id = $1", id))
}

// FindingFilter picks findings; an empty field picks all.
type FindingFilter struct {
	Study, Programme, Outcome string
	State                     string
}

func (f FindingFilter) where(args []any) (string, []any) {
	tail := ""
	for _, x := range []struct{ column, value string }{{"study", f.Study}, {"programme", f.Programme}, {"outcome", f.Outcome}, {"state", f.State}} {
		if x.value != "" {
			args = append(args, x.value)
			tail += fmt.Sprintf(" AND %s = $%d", x.column, len(args))
		}
	}
	return tail, args
}

// PublicFindings are those that everybody may read: released once, also those that
// were superseded or taken back since, for who cites one must find it; the newest
// first. After of the page is the last id of the piece before.
func PublicFindings(from From, f FindingFilter, page Page) ([]evidence.Finding, error) {
	var out []evidence.Finding
	for {
		more, args := f.where([]any{evidence.Released, evidence.Superseded, evidence.Withdrawn})
		all, err := findingsWhere(from, newestFirst("WHERE state IN ($1, $2, $3)"+more, &args, page), args...)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			if Public(x) { // a proposal may have been taken back
				out = append(out, x)
			}
		}
		if page.Most == 0 || len(all) < page.Most || len(out) >= page.Most {
			return out[:min(len(out), cmp.Or(page.Most, len(out)))], nil
		}
		page.After = all[len(all)-1].ID
	}
}

// Public tells whether everybody may read a finding: it was released once.
func Public(f evidence.Finding) bool { return f.Let != nil }

// Findings are those of the studies that a standing may see, whatever their state; as
// PublicFindings else.
func Findings(from From, s access.Standing, f FindingFilter, page Page) ([]evidence.Finding, error) {
	where, args := s.Where(access.StudyRead, ofOwner, 1)
	more, args := f.where(args)
	return findingsWhere(from, newestFirst("WHERE ("+where+")"+more, &args, page), args...)
}

// newestFirst ends a tail that lists the newest first.
func newestFirst(tail string, args *[]any, page Page) string {
	if page.After != "" {
		*args = append(*args, page.After)
		tail += fmt.Sprintf(" AND id < $%d", len(*args))
	}
	tail += " ORDER BY id DESC"
	if page.Most > 0 {
		*args = append(*args, page.Most)
		tail += fmt.Sprintf(" LIMIT $%d", len(*args))
	}
	return tail
}
