package registry

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"

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
	return Change{Type: "setting-changed", Before: Setting{Organisation: o.ID, Name: SigningSetting, Signing: &before}, After: Setting{Organisation: o.ID, Name: SigningSetting, Signing: &after}}, nil
}

// Letterhead is an office's setting: the head of its papers (kop), from the top.
type Letterhead struct {
	Names   []string `json:"names"`   // lines, the office itself last; 1 to MostNameLines
	Address string   `json:"address"` // empty: none, as the next two
	Phone   string   `json:"phone"`   // of the office
	Email   string   `json:"email"`   // of the office
	Logo    string   `json:"logo"`    // SHA-256 of a picture among the contents, in hex; empty: none
}

// The most that a letterhead holds, so that it stays a head.
const (
	MostNameLines      = 4
	longestLetterLine  = 100 // characters
	longestLetterPlace = 250
)

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check cleans a letterhead and says what is wrong with it.
func (l Letterhead) check() (Letterhead, error) {
	lines := []string{}
	for _, s := range l.Names {
		if s = Clean(s); s != "" {
			lines = append(lines, s)
		}
	}
	l.Names, l.Address, l.Phone, l.Email = lines, Clean(l.Address), Clean(l.Phone), strings.ToLower(Clean(l.Email))
	if len(lines) == 0 || len(lines) > MostNameLines {
		return l, problem.New("letterhead-names", "found", len(lines), "most", MostNameLines, "field", "names")
	}
	for _, s := range lines {
		if err := CheckText("names", s, longestLetterLine, false); err != nil {
			return l, err
		}
	}
	for _, x := range []struct {
		field, text string
		most        int
	}{{"address", l.Address, longestLetterPlace}, {"phone", l.Phone, longestLetterLine}, {"office-email", l.Email, longestLetterLine}} {
		if x.text == "" {
			continue
		}
		if err := CheckText(x.field, x.text, x.most, false); err != nil {
			return l, err
		}
	}
	if a, err := mail.ParseAddress(l.Email); l.Email != "" && (err != nil || a.Address != l.Email || a.Name != "") {
		return l, problem.New("letterhead-email", "found", l.Email, "field", "office-email")
	}
	if l.Logo != "" && !sha256Hex.MatchString(l.Logo) {
		return l, problem.New("letterhead-logo", "field", "logo")
	}
	return l, nil
}

// ChangeLetterhead sets the head of an organisation's papers; before is nil where
// none was set. Whether the logo is among the contents is for the caller to see.
// Event: setting-changed.
func (o Organisation) ChangeLetterhead(before *Letterhead, after Letterhead) (Change, error) {
	if err := OrganisationLife.Check(o.State(), "change-letterhead"); err != nil {
		return Change{}, err
	}
	after, err := after.check()
	if err != nil {
		return Change{}, err
	}
	c := Change{Type: "setting-changed", After: Setting{Organisation: o.ID, Name: LetterheadSetting, Letterhead: &after}}
	if before != nil {
		c.Before = Setting{Organisation: o.ID, Name: LetterheadSetting, Letterhead: before}
	}
	return c, nil
}

// ChangeNumberPattern sets how an organisation writes the numbers of its papers;
// empty: in any way. Whether the pattern can be read is for the caller to see.
// Event: setting-changed.
func (o Organisation) ChangeNumberPattern(before, after string) (Change, error) {
	if err := OrganisationLife.Check(o.State(), "change-setting"); err != nil {
		return Change{}, err
	}
	of := func(pattern string) Setting {
		return Setting{Organisation: o.ID, Name: NumberPatternSetting, NumberPattern: &pattern}
	}
	return Change{Type: "setting-changed", Before: of(before), After: of(after)}, nil
}

// The names of the settings.
const (
	SigningSetting       = "signing"
	LetterheadSetting    = "letterhead"
	NumberPatternSetting = "number-pattern"
)

// Setting is an office's setting as it stands in the log, where its object is
// ORGANISATION/NAME. One of the values is there: that of its name.
type Setting struct {
	Organisation  string      `json:"organisation"`
	Name          string      `json:"name"`
	Signing       *Signing    `json:"signing,omitempty"`
	Letterhead    *Letterhead `json:"letterhead,omitempty"`
	NumberPattern *string     `json:"numberPattern,omitempty"` // empty: any number
}
