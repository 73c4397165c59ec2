package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/study"
)

// runKind is the kind of object of a run.
const runKind = "run"

type runRow struct {
	ID           string          `db:"id"`
	Study        string          `db:"study"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	State        string          `db:"state"`
	Dummy        bool            `db:"dummy"`
	Value        json.RawMessage `db:"value"`
}

var runs = Projected[runRow]("runs", "id")

// runRoom keeps the runs of studies.
type runRoom struct{}

// Types are the events of runs.
func (runRoom) Types() []event.Type {
	keeps := func(e event.Event) []string {
		r, err := Read[study.Run](e.After)
		if err != nil {
			return nil
		}
		return r.Contents()
	}
	all := []event.Type{{Name: "run-answered", Object: runKind, Content: keeps}, {Name: "run-released", Object: runKind, Content: keeps}}
	for _, name := range []string{"run-queued", "run-cancelled", "run-failed", "run-shut", "run-release-requested", "run-release-questioned", "run-release-answered", "run-release-refused"} {
		all = append(all, event.Type{Name: name, Object: runKind})
	}
	return all
}

// Tables are the room's.
func (runRoom) Tables() []AnyTable { return []AnyTable{runs} }

// Apply writes the run as the event leaves it.
func (runRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != runKind {
		return nil
	}
	r, err := Read[study.Run](e.After)
	if err != nil {
		return err
	}
	return runs.Put(tx, runRow{r.ID, r.Study, r.Owner, r.Region, string(r.Stage()), r.Dummy, e.After})
}

func runsWhere(from From, tail string, args ...any) ([]study.Run, error) {
	rows, err := runs.Select(from, tail, args...)
	return values[runRow, study.Run](rows, err, func(r runRow) json.RawMessage { return r.Value })
}

// RunOf gives a run; whether it may be seen, and what of it, is the caller's
// question.
func RunOf(from From, id string) (study.Run, bool, error) {
	all, err := runsWhere(from, "WHERE id = $1", id)
	if err != nil || len(all) == 0 {
		return study.Run{}, false, err
	}
	return all[0], true, nil
}

// RunsOf are the runs of a study, the newest first; who sees them is the caller's
// question.
func RunsOf(from From, study string) ([]study.Run, error) {
	return runsWhere(from, "WHERE study = $1 ORDER BY id DESC", study)
}

// RunsOn are the runs that were to read rows of a dataset, in the order in which they
// were asked for; who sees what of them is the caller's question.
func RunsOn(from From, dataset string) ([]study.Run, error) {
	all, err := runsWhere(from, "WHERE dummy = $1 AND value LIKE $2 ORDER BY id", false, "%"+dataset+"%")
	return slices.DeleteFunc(all, func(r study.Run) bool {
		return !slices.ContainsFunc(r.Data, func(d study.RunData) bool { return d.Dataset == dataset })
	}), err
}

// AnsweredOn are those of them with an answer: what they showed counts when more is to
// be shown.
func AnsweredOn(from From, dataset string) ([]study.Run, error) {
	all, err := RunsOn(from, dataset)
	return slices.DeleteFunc(all, func(r study.Run) bool { return r.Answer == nil || r.Answer.Gate == "" }), err
}

// RunFilter picks runs; an empty field picks all.
type RunFilter struct {
	Study string // id
	State study.RunState
}

// Runs are those of the studies that a standing may see, the newest first: After of
// the page is the last id of the piece before. What they answered is not theirs to
// see by that alone.
func Runs(from From, s access.Standing, f RunFilter, page Page) ([]study.Run, error) {
	where, args := s.Where(access.StudyRead, access.Columns{Region: "region", Organisation: "organisation"}, 1)
	tail := "WHERE " + where
	for _, x := range []struct{ column, value string }{{"study", f.Study}, {"state", string(f.State)}} {
		if x.value != "" {
			args = append(args, x.value)
			tail += fmt.Sprintf(" AND %s = $%d", x.column, len(args))
		}
	}
	return runsWhere(from, newestFirst(tail, &args, page), args...)
}
