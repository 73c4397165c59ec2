package registry

import (
	"cmp"
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
	VersionErased    VersionState = "erased" // its rows are gone for good
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

// Same tells whether two hands are one person's: the same user, or the command
// line of the same user of the operating system under any name.
func (h Hand) Same(o Hand) bool {
	return h.User == o.User || (h.Via == event.CommandLine && o.Via == event.CommandLine && h.Through == o.Through)
}

// PseudonymKey says under which key a column of pseudonyms stands.
type PseudonymKey struct {
	Column string `json:"column"`
	Number int    `json:"key_number"` // from 1
	ID     string `json:"key_id"`     // no secret
}

// DatasetVersion is rows of a dataset as they came in once. Its bytes are contents
// by their hash (SHA-256 in hex) and are never changed; they go when a person is to
// be erased or the day of their retention is over, and the version says so.
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

	// What the law asks of data that are not public (UU 27/2022), from the contract.
	Purpose    string `json:"used_for,omitempty"`    // what the data are processed for
	LegalBasis string `json:"legal_basis,omitempty"` // and on what basis
	Retention  Day    `json:"retention,omitempty"`   // the last day on which the rows are kept; empty: no last day

	// What the rows are of; all empty where that is not known.
	Regions  []string `json:"regions,omitempty"`  // BPS codes, sorted
	First    string   `json:"first,omitempty"`    // the first period, a year or a year and a month
	Last     string   `json:"last,omitempty"`     // the last period
	Coverage string   `json:"coverage,omitempty"` // content of the cells (EncodeCoverage)

	Supersedes int64    `json:"supersedes,omitempty"` // number of the version in whose place it came into use; 0: none
	Replaces   int64    `json:"replaces,omitempty"`   // number of the version whose rows these are, without a person; 0: none
	Erased     *Erasure `json:"erased,omitempty"`     // nil: the rows are kept
}

// ErasureCause is why rows are gone.
type ErasureCause string

// The causes.
const (
	PersonErased  ErasureCause = "person"    // somebody's rows were to go
	RetentionOver ErasureCause = "retention" // the last day was over
)

// Erasure says that the rows of a version are gone, and what came in their place.
type Erasure struct {
	User        string       `json:"user"` // id; empty: the program itself
	At          time.Time    `json:"at"`
	Cause       ErasureCause `json:"cause"`
	Reason      string       `json:"reason"`      // empty: the retention's last day
	Rows        int64        `json:"rows"`        // that went and did not come back in the replacement
	Cells       int64        `json:"cells"`       // of other rows, which named the person and are empty in the replacement
	Replacement int64        `json:"replacement"` // number of the version in its place; 0: none
}

// Kept tells whether there are rows to read, in whatever state the version is.
func (v DatasetVersion) Kept() bool { return v.Erased == nil }

// Contents are the hashes of what the version keeps.
func (v DatasetVersion) Contents() []string {
	all := []string{v.Contract, v.Quality}
	if v.Kept() {
		all = append(all, v.Content)
	}
	if v.Coverage != "" {
		all = append(all, v.Coverage)
	}
	return all
}

// Gone gives the hash of the rows of a version that was erased; false: they are kept.
func (v DatasetVersion) Gone() (string, bool) { return v.Content, !v.Kept() }

// VersionOfContent finds a version by the hash of its rows, one that is kept before
// one that is not, the newest first; false where there is none.
func (d Dataset) VersionOfContent(hash string) (DatasetVersion, bool) {
	var found DatasetVersion
	for _, v := range d.Versions {
		if v.Content == hash && (found.Number == 0 || v.Kept() || !found.Kept()) {
			found = v
		}
	}
	return found, found.Number > 0
}

// Current gives the accepted version of the rows; false when there is none.
func (d Dataset) Current() (DatasetVersion, bool) {
	i := slices.IndexFunc(d.Versions, func(v DatasetVersion) bool { return v.State == Accepted })
	if i < 0 {
		return DatasetVersion{}, false
	}
	return d.Versions[i], true
}

// Newest is the version that is now in use, or where none is the one that came in last;
// false: no rows came in yet.
func (d Dataset) Newest() (DatasetVersion, bool) {
	if v, ok := d.Current(); ok || len(d.Versions) == 0 {
		return v, ok
	}
	return d.Versions[len(d.Versions)-1], true
}

// Before is the version with which one is compared: the one whose place it took or is
// to take, whether its rows are kept or not; false: there is none.
func (d Dataset) Before(v DatasetVersion) (DatasetVersion, bool) {
	number := cmp.Or(v.Replaces, v.Supersedes)
	if current, ok := d.Current(); number == 0 && ok && v.State == Staged {
		number = current.Number
	}
	if number < 1 || number > int64(len(d.Versions)) {
		return DatasetVersion{}, false
	}
	return d.Versions[number-1], true
}

// Stage adds a version of the rows, which a second person has to accept: v has
// all but Number, State, hands and what became of it. Rows of a class that is closer
// than the dataset's are refused, rows that are there already, whatever file they
// came in, and rows that were erased. Event: dataset-version-staged.
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
	v.Purpose, v.LegalBasis = Clean(v.Purpose), Clean(v.LegalBasis)
	for _, said := range []struct{ field, text string }{{"purpose", v.Purpose}, {"legal-basis", v.LegalBasis}} {
		if said.text == "" {
			continue // a draft may not say it yet; AcceptVersion asks
		}
		if err := CheckText(said.field, said.text, LongestReason, true); err != nil {
			return Change{}, err
		}
	}
	if v.Retention != "" && v.Retention < DayOf(by.At) {
		return Change{}, problem.New("version-retention-over", "day", string(v.Retention))
	}
	for _, old := range d.Versions {
		if hash, gone := old.Gone(); gone && hash == v.Content {
			return Change{}, problem.New("version-was-erased", "number", old.Number, "day", string(DayOf(old.Erased.At)))
		}
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
	v.Supersedes, v.Replaces, v.Erased = 0, 0, nil
	after := d
	after.Versions = append(slices.Clone(d.Versions), v)
	return Change{Type: "dataset-version-staged", Before: d, After: after}, nil
}

// AcceptVersion puts a staged version into use: the one before it is superseded and
// the dataset has its columns. It takes another person than the one who staged
// it, and of data that are not public all that the law asks for. Event:
// dataset-version-accepted.
func (d Dataset) AcceptVersion(number int64, by Hand) (Change, error) {
	return d.onVersion("accept-version", number, "dataset-version-accepted", []VersionState{Staged}, func(after *Dataset, v *DatasetVersion) error {
		if v.Staged.Same(by) {
			return problem.New("version-own", "number", number)
		}
		if err := v.complete(); err != nil {
			return err
		}
		for i := range after.Versions {
			if after.Versions[i].State == Accepted {
				after.Versions[i].State, v.Supersedes = Superseded, after.Versions[i].Number
			}
		}
		v.State, v.Accepted = Accepted, &by
		if !slices.Equal(after.Columns, v.Columns) {
			after.Columns, after.Version = v.Columns, after.Version+1
		}
		return nil
	})
}

// complete says what the law asks of data of its class and the version does not say.
func (v DatasetVersion) complete() error {
	var lacks []string
	if v.Class != PublicData {
		if v.Purpose == "" {
			lacks = append(lacks, "dampak:purpose")
		}
		if v.LegalBasis == "" {
			lacks = append(lacks, "dampak:legalBasis")
		}
	}
	if v.Class == PersonalData && v.Retention == "" {
		lacks = append(lacks, "dampak:retention")
	}
	if len(lacks) > 0 {
		return problem.New("version-incomplete", "number", v.Number, "properties", lacks)
	}
	return nil
}

// WithdrawVersion takes a version out of use, for a reason; the one before it does
// not come back by itself, and its rows are kept until the retention is over. Who
// brought it in does so alone only as long as it waits. Event:
// dataset-version-withdrawn.
func (d Dataset) WithdrawVersion(number int64, by Hand, why string) (Change, error) {
	return d.onVersion("withdraw-version", number, "dataset-version-withdrawn", []VersionState{Staged, Accepted, Superseded}, func(_ *Dataset, v *DatasetVersion) error {
		if v.State != Staged && v.Staged.Same(by) {
			return problem.New("version-own", "number", number)
		}
		if err := CheckReason(why); err != nil {
			return err
		}
		v.State, v.Withdrawn = VersionWithdrawn, &Withdrawal{by.User, by.At, why}
		return nil
	})
}

// Rewritten is what is left of the rows of a version without a person.
type Rewritten struct {
	Removed  int64    // rows of the person
	Cells    int64    // of other rows that named the person, and are empty now
	Rows     int64    // that are left; 0: nothing of what follows
	Content  string   // their hash
	Regions  []string // as of DatasetVersion, with the next three
	First    string
	Last     string
	Coverage string
}

// ErasePerson takes a person out of versions that are kept: each of all (by its number) is
// erased, and what is left of its rows is a new version in the same state, by the
// same hands. Who the person was is said nowhere. Event: dataset-person-erased.
func (d Dataset) ErasePerson(all map[int64]Rewritten, by Hand, why string) (Change, error) {
	if err := DatasetLife.Check(d.State(), "erase-person"); err != nil {
		return Change{}, err
	}
	if err := CheckReason(why); err != nil {
		return Change{}, err
	}
	after := d
	after.Versions = slices.Clone(d.Versions)
	found := false
	for i, v := range d.Versions {
		w, is := all[v.Number]
		if !is || !v.Kept() || w.Removed+w.Cells == 0 {
			continue
		}
		found = true
		gone := &Erasure{User: by.User, At: by.At, Cause: PersonErased, Reason: why, Rows: w.Removed, Cells: w.Cells}
		if w.Rows > 0 {
			gone.Replacement = int64(len(after.Versions)) + 1
			left := v
			left.Number, left.Replaces, left.Rows = gone.Replacement, v.Number, w.Rows
			left.Content, left.Regions, left.First, left.Last, left.Coverage = w.Content, w.Regions, w.First, w.Last, w.Coverage
			after.Versions = append(after.Versions, left)
		}
		after.Versions[i].State, after.Versions[i].Erased = VersionErased, gone
	}
	if !found {
		return Change{}, problem.New("erase-nobody", "name", d.Name)
	}
	return Change{Type: "dataset-person-erased", Before: d, After: after}, nil
}

// Expired are the numbers of the versions whose retention is over on a day and whose
// rows are still kept.
func (d Dataset) Expired(today Day) []int64 {
	var all []int64
	for _, v := range d.Versions {
		if v.Kept() && v.Retention != "" && v.Retention < today {
			all = append(all, v.Number)
		}
	}
	return all
}

// Expire erases the versions whose retention is over. Event:
// dataset-versions-expired.
func (d Dataset) Expire(at time.Time) (Change, error) {
	if err := DatasetLife.Check(d.State(), "expire"); err != nil {
		return Change{}, err
	}
	over := d.Expired(DayOf(at))
	if len(over) == 0 {
		return Change{}, problem.New("version-not-over", "name", d.Name)
	}
	after := d
	after.Versions = slices.Clone(d.Versions)
	for _, number := range over {
		v := &after.Versions[number-1]
		v.State, v.Erased = VersionErased, &Erasure{At: at, Cause: RetentionOver, Rows: v.Rows}
	}
	return Change{Type: "dataset-versions-expired", Before: d, After: after}, nil
}

func (d Dataset) onVersion(command string, number int64, becomes string, from []VersionState, do func(*Dataset, *DatasetVersion) error) (Change, error) {
	if err := DatasetLife.Check(d.State(), command); err != nil {
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
