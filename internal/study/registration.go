package study

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Registration is a protocol as it was locked.
type Registration struct {
	Protocol
	Number int64         `json:"number"` // 1, 2, 3, ...; from 2 on an amendment
	SHA256 string        `json:"sha256"` // of the frozen plan, see designs.Study
	Seal   string        `json:"seal"`   // see Checked.Seal
	By     registry.Hand `json:"by"`
	// Looked is when the study's own people had first read outcomes; nil: nobody had
	// when this was locked. Only an amendment may have it.
	Looked *time.Time `json:"looked"`
	// Measured is what they had measured of outcomes in baseline periods, which is no
	// look at outcomes; nil: nothing. The first registration alone has it.
	Measured []Measured `json:"measured,omitempty"`
	Why      string     `json:"why"`     // of an amendment; empty for the first
	Changes  []Edit     `json:"changes"` // against the registration before; none for the first
}

// Registered gives the registration that holds; false: the study is a draft.
func (s Study) Registered() (Registration, bool) {
	if len(s.Registrations) == 0 {
		return Registration{}, false
	}
	return s.Registrations[len(s.Registrations)-1], true
}

// Lock registers what the study will do. Looked is when its people first read
// outcomes of the data that the protocol names; nil: not yet. After a look nothing
// can be registered for the first time; measured is none. Event: study-locked.
func (s Study) Lock(c Checked, by registry.Hand, looked *time.Time, measured ...Measured) (registry.Change, error) {
	if err := Life.Check(s.State(), "lock"); err != nil {
		return registry.Change{}, err
	}
	if len(s.Registrations) > 0 {
		return registry.Change{}, problem.New("state-study-registered")
	}
	if looked != nil {
		return registry.Change{}, problem.New("study-looked", "day", string(registry.DayOf(*looked)))
	}
	if c.Embargo != "" && c.Embargo < registry.DayOf(by.At) {
		return registry.Change{}, problem.New("study-embargo-past", "day", string(c.Embargo), "field", "embargo")
	}
	after := s
	after.Draft = nil
	after.Registrations = []Registration{{Protocol: c.Protocol, Number: 1, SHA256: c.Design.SHA256, Seal: c.Seal(), By: by, Measured: measured, Changes: []Edit{}}}
	return registry.Change{Type: "study-locked", Before: s, After: after}, nil
}

// Amend replaces what is registered by another version, for a reason; the one before
// stays readable with every field that differs. Looked is as in Lock: an amendment
// after a look stands, and says so. Event: study-amended.
func (s Study) Amend(c Checked, by registry.Hand, why string, looked *time.Time) (registry.Change, error) {
	if err := Life.Check(s.State(), "amend"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	before, ok := s.Registered()
	if !ok {
		return registry.Change{}, problem.New("state-study-draft")
	}
	edits, err := EditsOf(before.Protocol, c.Protocol)
	if err != nil {
		return registry.Change{}, err
	}
	if len(edits) == 0 {
		return registry.Change{}, problem.New("study-amendment-same", "number", before.Number)
	}
	if c.Embargo > before.Embargo && before.Embargo < registry.DayOf(by.At) {
		return registry.Change{}, problem.New("study-embargo-over", "field", "embargo") // what was open cannot be closed
	}
	after := s
	after.Draft = nil
	after.Registrations = append(slices.Clone(s.Registrations), Registration{
		Protocol: c.Protocol, Number: before.Number + 1, SHA256: c.Design.SHA256, Seal: c.Seal(), By: by, Looked: looked, Why: registry.Clean(why), Changes: edits,
	})
	return registry.Change{Type: "study-amended", Before: s, After: after}, nil
}

// Open tells whether the registration may be shown to everybody on a day.
func (r Registration) Open(on registry.Day) bool { return r.Embargo == "" || r.Embargo < on }

// Version names a registration as registries do: 2.1 is the first small change
// after the second that mattered. A change that touches any major field is major.
func (s Study) Version(number int64) (major, minor int) {
	for _, r := range s.Registrations {
		if r.Number > number {
			break
		}
		if r.Number == 1 || slices.ContainsFunc(r.Changes, func(e Edit) bool { return e.Weight == Major }) {
			major, minor = major+1, 0
		} else {
			minor++
		}
	}
	return major, minor
}

// Withdraw takes the study back, for a reason that everybody can read from then on:
// a registered study leaves its stone and never disappears. Event: study-withdrawn.
func (s Study) Withdraw(user, why string, at time.Time) (registry.Change, error) {
	if err := Life.Check(s.State(), "withdraw"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	after := s
	after.Stone = &Withdrawal{User: user, At: at, Reason: registry.Clean(why)}
	return registry.Change{Type: "study-withdrawn", Before: s, After: after}, nil
}
