package cooperation

import (
	"regexp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Signature records that a party has signed, outside the program: with pen on
// paper, or with a certified electronic signature in the system of the issuer of
// the certificate.
type Signature struct {
	Organisation string         `json:"organisation"` // id of the party
	Way          Way            `json:"way"`
	User         string         `json:"user"`     // id of the person who signed
	Position     string         `json:"position"` // id
	Capacity     event.Capacity `json:"capacity"`
	Mandate      string         `json:"mandate"` // number of the letter under which a stand-in signed; empty: the definitive holder
	Day          registry.Day   `json:"day"`
	Originals    int            `json:"originals"` // paper: how many were signed; else 0
	Meterai      bool           `json:"meterai"`   // paper: duty stamps are on them
	Issuer       string         `json:"issuer"`    // certified: of the certificate, such as BSrE; else empty
	File         File           `json:"file"`      // scan of the originals, or the PDF that came back
	Text         string         `json:"text"`      // SHA-256 of the frozen text that was signed
	Recorded     Mark           `json:"recorded"`
	Checked      *Mark          `json:"checked"`         // by a second person; nil: not yet
	Later        string         `json:"later,omitempty"` // why its day lies before the text was frozen; empty: it does not
}

// RecordedLater tells whether the signature is of a day before the record had the
// text: it was copied from a paper of that day.
func (s Signature) RecordedLater() bool { return s.Later != "" }

// Way is how somebody signed.
type Way string

// The ways.
const (
	Paper     Way = "paper"
	Certified Way = "certified" // tanda tangan elektronik tersertifikasi
)

// Ways lists the ways.
var Ways = []Way{Paper, Certified}

// RecordSignature records that a party has signed the frozen text: s has
// Organisation, Way, User, Day, Originals, Meterai, Issuer, File and Text. Seat is
// the position that signs for the party, may its office's setting. In which
// capacity and under which mandate follows from who held the position on that
// day. Why is needed for a day before the text was frozen, which is then marked.
// Event: agreement-signature-recorded.
func (b Bound) RecordSignature(s Signature, seat registry.Position, may registry.Signing, name registry.NameOf, why string, by event.Actor, at time.Time) (registry.Change, error) {
	if err := AgreementLife.Check(b.StateAt(at), "record-signature"); err != nil {
		return registry.Change{}, err
	}
	if err := b.amendable(at); err != nil {
		return registry.Change{}, err
	}
	i, err := b.party(s.Organisation)
	if err != nil {
		return registry.Change{}, err
	}
	a := b.Agreement
	if has, ok := a.Signature(s.Organisation); ok {
		return registry.Change{}, problem.New("signature-twice", "who", name(has.User), "day", string(has.Day))
	}
	if slices.ContainsFunc(a.Signatures, func(o Signature) bool { return o.User == s.User }) {
		return registry.Change{}, problem.New("signature-other-party", "who", name(s.User), "field", "user")
	}
	if s.Text != a.Frozen.SHA256 {
		return registry.Change{}, problem.New("signature-other-text", "field", "text")
	}
	if _, err := registry.ParseDay(string(s.Day)); err != nil {
		return registry.Change{}, problem.New("day", "found", string(s.Day), "field", "day")
	}
	if today := registry.DayOf(at); s.Day > today {
		return registry.Change{}, problem.New("signature-future", "day", string(s.Day), "today", string(today), "field", "day")
	}
	if seat.ID != a.Parties[i].Position {
		return registry.Change{}, problem.New("signature-position", "title", seat.Title, "field", "position")
	}
	h, err := holding(seat, s.User, s.Day, name)
	if err != nil {
		return registry.Change{}, err
	}
	if err := may.May(h.Capacity, registry.AgreementDocument); err != nil {
		return registry.Change{}, err
	}
	s.Position, s.Capacity, s.Mandate = seat.ID, h.Capacity, ""
	if h.Mandate != nil {
		s.Mandate = h.Mandate.Number
	}
	if err := s.checkWay(len(a.Parties)); err != nil {
		return registry.Change{}, err
	}
	if s.Later, err = a.later(s.Day, why); err != nil {
		return registry.Change{}, err
	}
	s.Recorded, s.Checked = MarkOf(by, at), nil
	after := a
	after.Signatures = append(slices.Clone(a.Signatures), s)
	return registry.Change{Type: "agreement-signature-recorded", Before: a, After: after}, nil
}

// holding gives how a person held a position on a day, or says that they did
// not, or no longer.
func holding(seat registry.Position, user string, on registry.Day, name registry.NameOf) (registry.Holding, error) {
	var other *registry.Period
	for _, h := range seat.Holdings {
		if h.User != user {
			continue
		}
		days := h.Days()
		if days.Has(on) {
			return h, nil
		}
		other = &days
	}
	if other == nil {
		return registry.Holding{}, problem.New("signature-no-holder", "who", name(user), "title", seat.Title, "field", "user")
	}
	return registry.Holding{}, problem.New("signature-mandate", "who", name(user), "title", seat.Title,
		"from", string(other.From), "until", string(other.Until), "day", string(on), "field", "user")
}

// checkWay holds what was signed against the way in which it was.
func (s *Signature) checkWay(parties int) error {
	if err := s.File.check("file"); err != nil {
		return err
	}
	s.Issuer = registry.Clean(s.Issuer)
	switch s.Way {
	case Paper:
		switch {
		case s.Originals < parties:
			return problem.New("signature-originals", "found", s.Originals, "expected", parties, "field", "originals")
		case !s.Meterai:
			return problem.New("signature-meterai", "field", "meterai")
		case !slices.Contains([]string{"application/pdf", "image/png", "image/jpeg"}, s.File.Type):
			return problem.New("signature-scan", "found", s.File.Type, "field", "file")
		}
		s.Issuer = ""
	case Certified:
		if err := registry.CheckText("issuer", s.Issuer, registry.LongestName, false); err != nil {
			return err
		}
		if s.File.Type != "application/pdf" {
			return problem.New("signature-pdf", "found", s.File.Type, "field", "file")
		}
		s.Originals, s.Meterai = 0, false
	default:
		return problem.New("signature-way", "field", "way")
	}
	return nil
}

// CheckSignature records that a second person has held the scan or the signed
// PDF against the frozen text: neither who recorded the signature nor who signed.
// With the last one the agreement is concluded. Event:
// agreement-signature-checked.
func (b Bound) CheckSignature(organisation string, by event.Actor, at time.Time) (registry.Change, error) {
	i, err := b.unchecked(organisation, "check-signature", at)
	if err != nil {
		return registry.Change{}, err
	}
	if err := b.amendable(at); err != nil {
		return registry.Change{}, err
	}
	a, m := b.Agreement, MarkOf(by, at)
	switch {
	case m.Same(a.Signatures[i].Recorded):
		return registry.Change{}, problem.New("signature-own-record")
	case m.User == a.Signatures[i].User:
		return registry.Change{}, problem.New("signature-own")
	}
	after := a
	after.Signatures = slices.Clone(a.Signatures)
	after.Signatures[i].Checked = &m
	return registry.Change{Type: "agreement-signature-checked", Before: a, After: after}, nil
}

// RefuseSignature drops a signature that is not checked yet and was found wrong;
// why is needed. Event: agreement-signature-refused.
func (b Bound) RefuseSignature(organisation, why string, at time.Time) (registry.Change, error) {
	i, err := b.unchecked(organisation, "refuse-signature", at)
	if err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(registry.Clean(why)); err != nil {
		return registry.Change{}, err
	}
	after := b.Agreement
	after.Signatures = slices.Delete(slices.Clone(after.Signatures), i, i+1)
	return registry.Change{Type: "agreement-signature-refused", Before: b.Agreement, After: after}, nil
}

// unchecked gives the place of a signature that waits for a second person.
func (b Bound) unchecked(organisation, command string, at time.Time) (int, error) {
	if err := AgreementLife.Check(b.StateAt(at), command); err != nil {
		return 0, err
	}
	if _, err := b.party(organisation); err != nil {
		return 0, err
	}
	i := slices.IndexFunc(b.Agreement.Signatures, func(s Signature) bool { return s.Organisation == organisation })
	if i < 0 {
		return i, problem.New("signature-none")
	}
	if m := b.Agreement.Signatures[i].Checked; m != nil {
		return i, problem.New("signature-checked", "day", string(registry.DayOf(m.At)))
	}
	return i, nil
}

// fileName leaves out paths and whatever else could mislead who saves the file.
var fileName = regexp.MustCompile(`^[^/\\]+$`)

// check says what is wrong with a file that somebody hands in; field names where.
func (f File) check(field string) error {
	switch {
	case !sha256Form.MatchString(f.SHA256) || f.Bytes <= 0 || f.Type == "":
		return problem.New("file-missing", "field", field)
	case !fileName.MatchString(f.Name):
		return problem.New("file-name", "found", f.Name, "field", field)
	}
	return registry.CheckText(field, f.Name, registry.LongestName, false)
}
