package registry

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// Provenance says where a figure comes from.
type Provenance struct {
	Batch     string // id
	Revision  int64  // number of the event that accepted the batch
	Latest    bool   // no other line counts in its place
	Withdrawn bool   // its batch was taken out of use
	// Parts is 0 of a line that a table has; of one that was added up from lines
	// below its region it is how many those are, and Batch and Revision are those
	// of the newest of them.
	Parts int
}

// BudgetFigure is a budget line with where it comes from.
type BudgetFigure struct {
	BudgetLine
	Provenance
}

// DisbursementFigure is a disbursement line with where it comes from.
type DisbursementFigure struct {
	DisbursementLine
	Provenance
}

// FigureKind is which of the two kinds of lines a batch holds.
type FigureKind string

// The kinds.
const (
	Budgets       FigureKind = "budget"
	Disbursements FigureKind = "disbursement"
)

// FigureKinds lists the kinds.
var FigureKinds = []FigureKind{Budgets, Disbursements}

// FigureBatch is the lines of one table that was brought in. Its rows are a
// content: EncodeBudget and EncodeDisbursements write them.
type FigureBatch struct {
	ID         string       `json:"id"`
	Kind       FigureKind   `json:"kind"`
	Owner      string       `json:"owner"`  // id of the organisation that brought it in
	Region     string       `json:"region"` // the owner's, BPS code
	State      VersionState `json:"state"`
	File       string       `json:"file"`   // base name of the table
	SHA256     string       `json:"sha256"` // of that file, which is not kept
	Content    string       `json:"content"`
	Quality    string       `json:"quality"`  // content: what was found in the table, as JSON; empty: nothing is kept of that
	Rows       int64        `json:"rows"`     // lines
	Rejected   int64        `json:"rejected"` // rows of the table that were not taken
	Programmes []string     `json:"programmes"`
	First      int          `json:"first"`    // the first year
	Last       int          `json:"last"`     // the last year
	Cautions   int64        `json:"cautions"` // how many were known when it was staged
	Staged     Hand         `json:"staged"`
	Accepted   *Hand        `json:"accepted"`  // nil: not yet, or never
	Withdrawn  *Withdrawal  `json:"withdrawn"` // nil: it was not
}

// Contents are the hashes of what the batch keeps.
func (b FigureBatch) Contents() []string {
	if b.Quality == "" {
		return []string{b.Content}
	}
	return []string{b.Content, b.Quality}
}

// FiguresLife is the life of a batch.
var FiguresLife = Life{
	Object: "figures", States: []string{string(Staged), string(Accepted), string(VersionWithdrawn)},
	Steps: []Step{{"stage", []string{None}}, {"accept", []string{string(Staged)}}, {"withdraw", []string{string(Staged), string(Accepted)}}},
}

// ProgrammeYear is a year of a programme.
type ProgrammeYear struct {
	Programme string // id
	Year      int
}

// FigureGround is what the rows of an office's table are read against.
type FigureGround struct {
	Owner      Organisation
	Programmes []Programme              // of the register
	Kinds      map[ProgrammeYear]string // StageKind of the years that are on record
}

// Lines are the rows of a batch: of its kind, the other list is empty.
type Lines struct {
	Budget       []BudgetLine
	Disbursement []DisbursementLine
}

func (l Lines) len() int { return len(l.Budget) + len(l.Disbursement) }

// place is what lines of both kinds are of, without fund and stage.
type place struct {
	programme, region string
	year              int
}

func (l Lines) places() []place {
	all := make([]place, 0, l.len())
	for _, b := range l.Budget {
		all = append(all, place{b.Programme, b.Region, b.Year})
	}
	for _, d := range l.Disbursement {
		all = append(all, place{d.Programme, d.Region, d.Year})
	}
	return all
}

// Encode writes the lines as they are kept; see EncodeBudget and EncodeDisbursements.
func (l Lines) Encode(kind FigureKind) []byte {
	if kind == Budgets {
		return EncodeBudget(l.Budget)
	}
	return EncodeDisbursements(l.Disbursement)
}

// StageFigures brings a batch in, which a second person has to accept: b has ID,
// Kind, File, SHA256, Content, Quality, Rejected. Held are the lines that count and
// are of the same programmes and years, others the owner's batches. Lines outside
// the owner's region, of a programme that the register lacks, or that no such line
// can be are refused, and rows that are there already. Event: figures-staged.
func StageFigures(b FigureBatch, owner Organisation, others []FigureBatch, lines, held Lines, programmes []Programme, by Hand) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	if !slices.Contains(FigureKinds, b.Kind) {
		return Change{}, problem.New("figures-kind", "found", string(b.Kind), "expected", FigureKinds, "field", "kind")
	}
	b.Owner, b.Region, b.Rows, b.File = owner.ID, owner.Region, int64(lines.len()), Clean(filepath.Base(b.File))
	if err := CheckText("version-file", b.File, LongestName, false); err != nil {
		return Change{}, err
	}
	if lines.len() == 0 || b.Kind == Budgets && len(lines.Budget) == 0 || b.Kind == Disbursements && len(lines.Disbursement) == 0 {
		return Change{}, problem.New("figures-none")
	}
	for _, old := range others {
		if old.Content == b.Content && old.State != VersionWithdrawn {
			return Change{}, problem.New("figures-twice", "file", old.File)
		}
	}
	b.Programmes = nil
	for i, at := range lines.places() {
		if !Within(at.region, owner.Region) {
			return Change{}, problem.New("figures-outside", "region", RegionName(at.region), "owner", RegionName(owner.Region))
		}
		if i == 0 {
			b.First, b.Last = at.year, at.year
		}
		b.First, b.Last = min(b.First, at.year), max(b.Last, at.year)
		b.Programmes = append(b.Programmes, at.programme)
	}
	b.Programmes = sorted(b.Programmes)
	found := ReviewFigures(lines, held, programmes)
	if len(found.Refused) > 0 {
		return Change{}, found.Refused
	}
	b.Cautions = int64(found.Found)
	b.State, b.Staged, b.Accepted, b.Withdrawn = Staged, by, nil, nil
	return Change{Type: "figures-staged", After: b}, nil
}

// Accept puts a batch into use: its lines count from now on. Whether it is a second
// person is settled where hands are known. Event: figures-accepted.
func (b FigureBatch) Accept(by Hand) (Change, error) {
	if err := FiguresLife.Check(string(b.State), "accept"); err != nil {
		return Change{}, err
	}
	after := b
	after.State, after.Accepted = Accepted, &by
	return Change{Type: "figures-accepted", Before: b, After: after}, nil
}

// Withdraw takes a batch out of use, for a reason: what its lines corrected counts
// again. Event: figures-withdrawn.
func (b FigureBatch) Withdraw(user, why string, at time.Time) (Change, error) {
	if err := FiguresLife.Check(string(b.State), "withdraw"); err != nil {
		return Change{}, err
	}
	if err := CheckReason(why); err != nil {
		return Change{}, err
	}
	after := b
	after.State, after.Withdrawn = VersionWithdrawn, &Withdrawal{user, at, why}
	return Change{Type: "figures-withdrawn", Before: b, After: after}, nil
}
