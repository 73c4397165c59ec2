package access

import (
	"regexp"
	"slices"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Look is what one person saw, or was refused, of data that are not public: rows
// or unreleased numbers of a limited or personal dataset. Each look is an event
// of its own, on an object of its own: it changes nothing that others act on.
//
// It says under what the person looked as the door understood it at that
// instant, so that an auditor can work out again whether that was right.
type Look struct {
	User     string   `json:"user"`     // id of whom it reached, or would have
	Position string   `json:"position"` // id of the position looked from; empty: none
	As       string   `json:"as"`       // id of the user whose pages were viewed; empty but for ViewedAs
	Kind     LookKind `json:"kind"`
	Outcome  Outcome  `json:"outcome"`
	Refusal  string   `json:"refusal"` // code of the problem that refused it; empty: shown

	Study            string `json:"study"`             // id; empty: for no study
	Agreement        string `json:"agreement"`         // id; empty: under none
	AgreementVersion int64  `json:"agreement_version"` // revision, as Seen of a command; 0 without agreement
	Permit           string `json:"permit"`            // id; empty: under none
	PermitVersion    int64  `json:"permit_version"`    // as AgreementVersion
	Dataset          string `json:"dataset"`           // id
	DatasetVersion   string `json:"dataset_version"`   // SHA-256 of the content; empty: refused before one was chosen

	Columns []string        `json:"columns"` // as the dataset spells them
	Regions []string        `json:"regions"` // BPS codes of subtrees
	Period  registry.Period `json:"period"`  // of the data; empty days: without a bound
	Rows    int64           `json:"rows"`    // how many were shown or computed from; 0: refused
}

// LookKind is the way in which data reach somebody.
type LookKind string

// The kinds.
const (
	RunLook      LookKind = "run"      // the numbers of a study's run, before release
	PreviewLook  LookKind = "preview"  // rows on a page
	QualityLook  LookKind = "quality"  // a quality report with values
	ExportLook   LookKind = "export"   // a table made for taking away
	DownloadLook LookKind = "download" // the file itself
	ViewedAs     LookKind = "view-as"  // an administrator with another's eyes
)

// LookKinds lists the kinds.
var LookKinds = []LookKind{RunLook, PreviewLook, QualityLook, ExportLook, DownloadLook, ViewedAs}

// Outcome is what came of a look.
type Outcome string

// The outcomes.
const (
	LookShown   Outcome = "shown"
	LookRefused Outcome = "refused"
)

// Event is the type of the event that notes the look.
func (l Look) Event() string {
	if l.Outcome == LookRefused {
		return "look-refused"
	}
	return "rows-shown"
}

var refusalCode = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Check says what a look lacks. Errors: the problem look-incomplete, which names
// the field; only a door can have made the mistake, so nothing is shown then.
func (l Look) Check() error {
	refused := l.Outcome == LookRefused
	for _, c := range []struct {
		field string
		good  bool
	}{
		{"user", l.User != ""},
		{"kind", slices.Contains(LookKinds, l.Kind)},
		{"outcome", refused || l.Outcome == LookShown},
		{"refusal", refused == (l.Refusal != "") && (!refused || refusalCode.MatchString(l.Refusal))},
		{"as", (l.Kind == ViewedAs) == (l.As != "")},
		{"agreement_version", (l.Agreement == "") == (l.AgreementVersion == 0) && l.AgreementVersion >= 0},
		{"permit_version", (l.Permit == "") == (l.PermitVersion == 0) && l.PermitVersion >= 0},
		{"dataset", l.Dataset != ""},
		{"dataset_version", refused || l.DatasetVersion != ""},
		{"columns", refused || len(l.Columns) > 0},
		{"regions", refused || len(l.Regions) > 0},
		{"rows", l.Rows >= 0 && (!refused || l.Rows == 0)},
	} {
		if !c.good {
			return problem.New("look-incomplete", "field", c.field)
		}
	}
	for _, d := range []registry.Day{l.Period.From, l.Period.Until} {
		if d == "" {
			continue
		}
		if _, err := registry.ParseDay(string(d)); err != nil {
			return err
		}
	}
	if l.Period.Until != "" && l.Period.Until < l.Period.From {
		return problem.New("period", "from", string(l.Period.From), "until", string(l.Period.Until))
	}
	return nil
}
