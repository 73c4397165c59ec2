package registry

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// VersionState is how far a version of the rows of a dataset has come.
type VersionState string

// The states.
const (
	Staged           VersionState = "staged"     // kept, and of no use until a second person accepts it
	Accepted         VersionState = "accepted"   // the one that studies read
	Superseded       VersionState = "superseded" // was accepted before the one that is
	VersionWithdrawn VersionState = "withdrawn"
)

// Hand says who did something with a version, and when.
type Hand struct {
	User    string    `json:"user"`
	Via     event.Via `json:"via"`
	Through string    `json:"through"` // as in event.Actor
	At      time.Time `json:"at"`
}

// HandOf takes the hand of an actor.
func HandOf(a event.Actor, at time.Time) Hand { return Hand{a.User, a.Via, a.Through, at} }

// same tells whether two hands are one person's: the same user, or the command
// line of the same user of the operating system under any name.
func (h Hand) same(o Hand) bool {
	return h.User == o.User || (h.Via == event.CommandLine && o.Via == event.CommandLine && h.Through == o.Through)
}

// PseudonymKey says under which key a column of pseudonyms stands.
type PseudonymKey struct {
	Column string `json:"column"`
	Number int    `json:"key_number"` // from 1
	ID     string `json:"key_id"`     // no secret
}

// DatasetVersion is rows of a dataset as they came in once. Its bytes are contents
// by their hash (SHA-256 in hex) and are never changed.
type DatasetVersion struct {
	Number    int64          `json:"number"` // 1, 2, 3, ... in the order of coming in
	State     VersionState   `json:"state"`
	Rows      int64          `json:"rows"`
	Rejected  int64          `json:"rejected"` // rows of the file that were not taken
	File      string         `json:"file"`     // base name of the file that the rows came in
	SHA256    string         `json:"sha256"`   // of that file, which is not kept
	Content   string         `json:"content"`  // the rows as Parquet
	Contract  string         `json:"contract"` // what they were held against, as JSON
	Quality   string         `json:"quality"`  // what was found, as JSON
	Class     Class          `json:"class"`    // of its contract
	Columns   []Column       `json:"columns"`
	Keys      []PseudonymKey `json:"keys"`
	Staged    Hand           `json:"staged"`
	Accepted  *Hand          `json:"accepted"`  // nil: not yet, or never
	Withdrawn *Withdrawal    `json:"withdrawn"` // nil: it was not
}

// Contents are the hashes of what the version keeps.
func (v DatasetVersion) Contents() []string { return []string{v.Content, v.Contract, v.Quality} }

// Current gives the accepted version of the rows; false when there is none.
func (d Dataset) Current() (DatasetVersion, bool) {
	i := slices.IndexFunc(d.Versions, func(v DatasetVersion) bool { return v.State == Accepted })
	if i < 0 {
		return DatasetVersion{}, false
	}
	return d.Versions[i], true
}

// Stage adds a version of the rows, which a second person has to accept: v has
// all but Number, State and hands. Rows of a class that is closer than the dataset's are refused, and rows that are there already, whatever file they came in. Event: dataset-version-staged.
func (d Dataset) Stage(v DatasetVersion, by Hand) (Change, error) {
	if err := DatasetLife.Check(d.State(), "new-version"); err != nil {
		return Change{}, err
	}
	if v.Rows <= 0 {
		return Change{}, problem.New("version-empty")
	}
	switch at := slices.Index(Classes, v.Class); {
	case at < 0:
		return Change{}, problem.New("dataset-class", "found", string(v.Class), "expected", Classes, "field", "class")
	case at > slices.Index(Classes, d.Class):
		return Change{}, problem.New("version-class", "name", d.Name)
	}
	v.File = Clean(filepath.Base(v.File))
	if err := CheckText("version-file", v.File, LongestName, false); err != nil {
		return Change{}, err
	}
	for _, old := range d.Versions {
		if old.Content == v.Content && old.Contract == v.Contract && old.State != VersionWithdrawn {
			return Change{}, problem.New("version-twice", "number", old.Number, "file", old.File)
		}
	}
	holds := d
	holds.Columns = v.Columns
	holds, err := holds.hold(d.Programmes)
	if err != nil {
		return Change{}, err
	}
	v.Columns = holds.Columns
	v.Keys = append([]PseudonymKey{}, v.Keys...)
	slices.SortFunc(v.Keys, func(a, b PseudonymKey) int { return strings.Compare(a.Column, b.Column) })
	v.Number, v.State, v.Staged, v.Accepted, v.Withdrawn = int64(len(d.Versions))+1, Staged, by, nil, nil
	after := d
	after.Versions = append(slices.Clone(d.Versions), v)
	return Change{Type: "dataset-version-staged", Before: d, After: after}, nil
}

// AcceptVersion puts a staged version into use: the one before it is superseded and
// the dataset has its columns. It takes another person than the one who staged
// it. Event: dataset-version-accepted.
func (d Dataset) AcceptVersion(number int64, by Hand) (Change, error) {
	return d.onVersion(number, "dataset-version-accepted", []VersionState{Staged}, func(after *Dataset, v *DatasetVersion) error {
		if v.Staged.same(by) {
			return problem.New("version-own", "number", number)
		}
		for i := range after.Versions {
			if after.Versions[i].State == Accepted {
				after.Versions[i].State = Superseded
			}
		}
		v.State, v.Accepted = Accepted, &by
		if !slices.Equal(after.Columns, v.Columns) {
			after.Columns, after.Version = v.Columns, after.Version+1
		}
		return nil
	})
}

// WithdrawVersion takes a version out of use, for a reason; the one before it does
// not come back by itself. Event: dataset-version-withdrawn.
func (d Dataset) WithdrawVersion(number int64, user, why string, at time.Time) (Change, error) {
	return d.onVersion(number, "dataset-version-withdrawn", []VersionState{Staged, Accepted, Superseded}, func(_ *Dataset, v *DatasetVersion) error {
		if err := CheckReason(why); err != nil {
			return err
		}
		v.State, v.Withdrawn = VersionWithdrawn, &Withdrawal{user, at, why}
		return nil
	})
}

func (d Dataset) onVersion(number int64, becomes string, from []VersionState, do func(*Dataset, *DatasetVersion) error) (Change, error) {
	if err := DatasetLife.Check(d.State(), "new-version"); err != nil {
		return Change{}, err
	}
	if number < 1 || number > int64(len(d.Versions)) {
		return Change{}, problem.New("version-unknown", "number", number, "last", len(d.Versions))
	}
	after := d
	after.Versions = slices.Clone(d.Versions)
	v := &after.Versions[number-1]
	if !slices.Contains(from, v.State) {
		return Change{}, problem.New("version-"+string(v.State), "number", number)
	}
	if err := do(&after, v); err != nil {
		return Change{}, err
	}
	return Change{Type: becomes, Before: d, After: after}, nil
}
