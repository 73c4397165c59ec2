package cooperation

import (
	"github.com/dampak/dampak/internal/event"
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
	Checked      *Mark          `json:"checked"` // by a second person; nil: not yet
}

// Way is how somebody signed.
type Way string

// The ways.
const (
	Paper     Way = "paper"
	Certified Way = "certified" // tanda tangan elektronik tersertifikasi
)

// Ways lists the ways.
var Ways = []Way{Paper, Certified}
