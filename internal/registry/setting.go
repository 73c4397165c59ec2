package registry

import (
	"slices"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Document is what somebody signs.
type Document string

// The kinds of documents.
const (
	AgreementDocument Document = "agreement"
	PermitDocument    Document = "permit"
	DecisionDocument  Document = "decision"
	LetterDocument    Document = "letter"
)

// Documents lists the kinds.
var Documents = []Document{AgreementDocument, PermitDocument, DecisionDocument, LetterDocument}

// Signing is an office's setting: what those may sign who stand in for a holder.
// The definitive holder may sign all.
type Signing struct {
	Plt []Document `json:"plt"`
	Plh []Document `json:"plh"`
	An  []Document `json:"an"`
}

// DefaultSigning is the setting of an office that has made none: all but
// agreements.
func DefaultSigning() Signing {
	all := func() []Document { return []Document{PermitDocument, DecisionDocument, LetterDocument} }
	return Signing{Plt: all(), Plh: all(), An: all()}
}

// of gives what a capacity may sign.
func (s Signing) of(c event.Capacity) []Document {
	switch c {
	case event.Definitive:
		return Documents
	case event.Plt:
		return s.Plt
	case event.Plh:
		return s.Plh
	case event.An:
		return s.An
	}
	return nil
}

// May says why somebody in a capacity may not sign a document; nil: they may.
func (s Signing) May(c event.Capacity, d Document) error {
	if slices.Contains(s.of(c), d) {
		return nil
	}
	switch c {
	case event.Plt, event.Plh, event.An:
		return problem.New("signing-"+string(d), "capacity", map[event.Capacity]string{event.Plt: "Plt.", event.Plh: "Plh.", event.An: "a.n."}[c])
	}
	return problem.New("signing-no-position")
}

// ChangeSigning sets what those may sign who stand in at an organisation. Event:
// setting-changed.
func (o Organisation) ChangeSigning(before, after Signing) (Change, error) {
	if err := OrganisationLife.Check(o.State(), "change-setting"); err != nil {
		return Change{}, err
	}
	for _, list := range []*[]Document{&after.Plt, &after.Plh, &after.An} {
		sorted := []Document{}
		for _, d := range Documents {
			if slices.Contains(*list, d) {
				sorted = append(sorted, d)
			}
		}
		if len(sorted) != len(*list) {
			return Change{}, problem.New("setting-documents", "found", *list, "expected", Documents)
		}
		*list = sorted
	}
	return Change{Type: "setting-changed", Before: Setting{o.ID, SigningSetting, before}, After: Setting{o.ID, SigningSetting, after}}, nil
}

// SigningSetting is the name of the setting.
const SigningSetting = "signing"

// Setting is an office's setting as it stands in the log, where its object is
// ORGANISATION/NAME.
type Setting struct {
	Organisation string  `json:"organisation"`
	Name         string  `json:"name"`
	Signing      Signing `json:"signing"`
}
