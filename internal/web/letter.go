package web

import (
	"fmt"
	"html/template"
	"image/color"
	"net/http"
	"regexp"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
)

// surat is a formal letter as it is printed on A4. Its words are Indonesian in
// both languages of the pages, for they are what is signed; so is its foot.
type surat struct {
	Title   string // of the page, in the reader's language
	Crumbs  []action
	Section string // entry of the navigation
	Says    string // to who looks at it on the screen; "" = nothing
	Kop     *kop   // of the office that issues it; nil = none
	Text    cooperation.Text
	SHA256  string // of the frozen text; "" = it is a draft and says so across each page
	Meterai bool   // each signature has a place for a duty stamp
	QR      *qrCode
}

// qrCode is a picture that a telephone reads, with the words that say what it is.
type qrCode struct {
	Picture template.HTML
	Says    string
}

// suratPart is a piece of a letter that is kept together: one block, or the
// signatures side by side.
type suratPart struct {
	Kind  cooperation.BlockKind
	Label string
	Lines []string
	Signs []suratSign
	Key   string // of an item that names a fact: its name without number and colon
}

type suratSign struct {
	Label  string
	Above  []string // office and position
	Name   string
	Stamps bool
}

// parts puts the blocks of the text into pieces.
func (s *surat) parts() []suratPart {
	var all []suratPart
	for _, b := range s.Text {
		p := suratPart{Kind: b.Kind, Label: datesWhole(b.Label), Lines: strings.Split(datesWhole(b.Text), "\n")}
		last := len(all) - 1
		switch b.Kind {
		case cooperation.SignatureBlock:
			sign := suratSign{Label: p.Label, Above: p.Lines, Stamps: s.Meterai}
			// The name stands below a blank line, which is the place for the signature.
			for i, line := range p.Lines {
				if line == "" {
					sign.Above, sign.Name = p.Lines[:i], strings.TrimSpace(strings.Join(p.Lines[i:], " "))
					break
				}
			}
			if last >= 0 && all[last].Kind == b.Kind {
				all[last].Signs = append(all[last].Signs, sign)
				continue
			}
			p.Lines, p.Signs = nil, []suratSign{sign}
		case cooperation.ItemBlock:
			if number, name, ok := strings.Cut(b.Label, " "); ok {
				p.Label, p.Key = number, strings.TrimSuffix(name, ":")
			}
		}
		all = append(all, p)
	}
	return all
}

// datesWhole keeps the parts of each date on one line: the text that is signed has
// plain blanks, the page has others.
func datesWhole(text string) string {
	return writtenDate.ReplaceAllStringFunc(text, func(date string) string { return strings.ReplaceAll(date, " ", "\u00a0") })
}

// writtenDate is a day as an Indonesian letter writes it.
var writtenDate = func() *regexp.Regexp {
	var months []string
	for m := range 12 {
		name := strings.Fields(i18n.Day(i18n.ID, fmt.Sprintf("2020-%02d-01", m+1)))[1]
		months = append(months, name)
	}
	return regexp.MustCompile(`\b[0-9]{1,2} (` + strings.Join(months, "|") + `) [0-9]{4}\b`)
}()

// letterSheet answers with a letter.
func (c *call) letterSheet(s surat) error {
	foot := ""
	err := c.view(func(r *store.Reader) error {
		head, err := r.Head()
		foot = i18n.Text(i18n.ID, "record.printed", map[string]any{"name": c.self.Name, "when": i18n.Date(i18n.ID, c.o.Now()), "head": head.String()})
		return err
	})
	if err != nil {
		return err
	}
	state := i18n.Text(i18n.ID, "record.letter.unfrozen", nil)
	if s.SHA256 != "" {
		state = i18n.Text(i18n.ID, "record.letter.frozen", map[string]any{"hash": s.SHA256})
	}
	data := map[string]any{"surat": &s, "parts": s.parts(), "foot": foot + ". " + state, "example": c.example()}
	c.p.render(c.w, c.r, http.StatusOK, "letter", view{Words: s.Title, Section: s.Section, Data: data})
	return nil
}

// example tells whether the record is an invented one, so that whatever leaves it
// says so.
func (c *call) example() bool { return c.o.Example }

// qrOf draws a text as a QR code that stands a fold or a stain (level M).
func qrOf(payload, says string) (*qrCode, error) {
	code, err := qr.Encode(payload, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("the QR of a letter: %w", err)
	}
	const quiet = 4 // modules of margin that readers need
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && dark(code.At(x, y)) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	size := n + 2*quiet
	return &qrCode{Says: says, Picture: template.HTML(fmt.Sprintf( //nolint:gosec // numbers alone
		`<svg viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img" aria-label="QR"><rect width="%d" height="%d" fill="#fff"/><path d="%s" fill="#000"/></svg>`,
		size, size, size, size, path.String()))}, nil
}

func dark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}
