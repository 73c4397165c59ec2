package cooperation

import (
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// Agreement is what parties have put into words and signed. One that stands
// under another names it as its Parent, one that changes another names it in
// Amends; never both. What follows from dates and from those others is asked of
// a Bound.
type Agreement struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`   // code of Kinds
	Parent string `json:"parent"` // id of the agreement above; empty: none
	Amends string `json:"amends"` // id of the agreement that it changes; empty: none
	Content
	Frozen     *Frozen      `json:"frozen"`     // nil: not proposed, or edited since
	Signatures []Signature  `json:"signatures"` // of the frozen text, at most one a party, in the order in which they were recorded
	Spent      []Spent      `json:"spent"`      // numbers that it had before an edit; they stay used
	Terminated *Termination `json:"terminated"`
	Expired    *Mark        `json:"expired"` // when the program recorded the end; nil: not yet, the end does not wait for it
	Destroyed  *Destruction `json:"destroyed"`
	Drafted    Mark         `json:"drafted"`
}

// Content is what the parties agree on: every change of it drops the frozen text
// and the signatures.
type Content struct {
	About          string       `json:"about"` // tentang, without that word
	Place          string       `json:"place"` // of signing; may be empty
	Day            registry.Day `json:"day"`   // on which the text says it is signed; empty: left open, to be written in by hand
	Parties        []Party      `json:"parties"`
	Considerations []string     `json:"considerations"` // menimbang
	LegalBases     []string     `json:"legalBases"`     // mengingat
	Articles       []Article    `json:"articles"`
	Scope          Scope        `json:"scope"` // its Period is the agreement's
	Terms          Terms        `json:"terms"`
	Documents      []File       `json:"documents"` // attached, in order
}

// Party is one side: PIHAK KESATU is the first.
type Party struct {
	Organisation string  `json:"organisation"` // id
	Position     string  `json:"position"`     // id of the position that signs
	Number       *Number `json:"number"`       // from the office's register; nil: not yet
}

// Article is a Pasal: a title and paragraphs, which are numbered where there are
// several.
type Article struct {
	Title      string   `json:"title"`
	Paragraphs []string `json:"paragraphs"`
}

// Terms are periods that the parties settle.
type Terms struct {
	SilenceDays int `json:"silenceDays"` // working days after which a silent region counts as having agreed; 0: silence is never a yes
	ReleaseDays int `json:"releaseDays"` // days after the end in which what was estimated may still be checked and released
	ReportDays  int `json:"reportDays"`  // days after the end of a permit until its report of use is due
}

// DefaultTerms are those of parties that settle nothing else.
func DefaultTerms() Terms { return Terms{SilenceDays: 0, ReleaseDays: 90, ReportDays: 30} }

// UsualSilence is the number of working days where parties do agree on silence.
const UsualSilence = 5

// Frozen is the text as it was put before the parties.
type Frozen struct {
	Mark
	SHA256 string `json:"sha256"` // of Text.Plain
	Text   Text   `json:"text"`
}

// Spent is a number that an office used for an earlier wording.
type Spent struct {
	Organisation string `json:"organisation"`
	Number
}

// Termination ends an agreement early.
type Termination struct {
	Mark
	Day    registry.Day `json:"day"` // the first day on which it is no longer in force (terhitung mulai tanggal)
	Reason string       `json:"reason"`
}

// Destruction says what became of the data after the end.
type Destruction struct {
	Mark
	Day  registry.Day `json:"day"`
	What string       `json:"what"`
	Who  string       `json:"who"` // the office or unit that did it
	How  string       `json:"how"`
	File *File        `json:"file"` // the minutes (berita acara); nil: none
}

// The states of an agreement. From Active on they follow from days and from the
// agreements that it depends on.
const (
	AgreementDraft      = "draft"
	AgreementProposed   = "proposed"   // the text is frozen
	AgreementSigned     = "signed"     // a signature is recorded; not all are checked, or its first day or that of its parent has not come
	AgreementActive     = "active"     // all signatures are checked and its days run
	AgreementAmended    = "amended"    // active, with an addendum in force
	AgreementExpired    = "expired"    // its last day, or that of its parent, is past
	AgreementTerminated = "terminated" // it, or its parent, was ended early
)

// AgreementLife is the life of an agreement.
var AgreementLife = registry.Life{
	Object: "agreement",
	States: []string{AgreementDraft, AgreementProposed, AgreementSigned, AgreementActive, AgreementAmended, AgreementExpired, AgreementTerminated},
	Steps: []registry.Step{
		{Command: "draft", From: []string{registry.None}},
		{Command: "edit", From: []string{AgreementDraft, AgreementProposed, AgreementSigned}},
		{Command: "attach", From: []string{AgreementDraft, AgreementProposed, AgreementSigned}},
		{Command: "detach", From: []string{AgreementDraft, AgreementProposed, AgreementSigned}},
		{Command: "propose", From: []string{AgreementDraft}},
		{Command: "issue-number", From: []string{AgreementProposed, AgreementSigned, AgreementActive, AgreementAmended}},
		{Command: "record-signature", From: []string{AgreementProposed, AgreementSigned}},
		{Command: "check-signature", From: []string{AgreementSigned}},
		{Command: "refuse-signature", From: []string{AgreementSigned}},
		{Command: "terminate", From: []string{AgreementSigned, AgreementActive, AgreementAmended}},
		{Command: "record-expiry", From: []string{AgreementExpired, AgreementTerminated}},
		{Command: "record-destruction", From: []string{AgreementExpired, AgreementTerminated}},
	},
}

// Party gives a party by its organisation; false where it is none.
func (a Agreement) Party(organisation string) (Party, bool) {
	for _, p := range a.Parties {
		if p.Organisation == organisation {
			return p, true
		}
	}
	return Party{}, false
}

// Signature gives what is recorded of a party; false: it has not signed.
func (a Agreement) Signature(organisation string) (Signature, bool) {
	for i := range a.Signatures {
		if a.Signatures[i].Organisation == organisation {
			return a.Signatures[i], true
		}
	}
	return Signature{}, false
}

// Numbers are all numbers that an office has used for the agreement, those of
// earlier wordings too.
func (a Agreement) Numbers(organisation string) []Number {
	var all []Number
	for _, s := range a.Spent {
		if s.Organisation == organisation {
			all = append(all, s.Number)
		}
	}
	if p, ok := a.Party(organisation); ok && p.Number != nil {
		all = append(all, *p.Number)
	}
	return all
}

// Concluded gives the instant from which the parties are bound as far as the
// record says: the check of the last signature. False: some party has not
// signed, or it is not checked.
func (a Agreement) Concluded() (time.Time, bool) {
	var last time.Time
	for _, p := range a.Parties {
		s, ok := a.Signature(p.Organisation)
		if !ok || s.Checked == nil {
			return time.Time{}, false
		}
		if s.Checked.At.After(last) {
			last = s.Checked.At
		}
	}
	return last, len(a.Parties) > 0
}
