package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// verifyPath is where anybody checks a letter: by the code that its QR carries as
// an address, or by the sealed text that it carries where there is none.
const verifyPath = "/verifikasi"

func (p *Pages) verifyRoutes() []route {
	return []route{
		{"GET", verifyPath, everybody, p.public(p.verification)}, {"POST", verifyPath, everybody, p.public(p.slipSent)},
		{"GET", verifyPath + "/{code}", everybody, p.public(p.verifyCode)},
	}
}

// checks counts a check of a letter from where it comes, apart from the attempts to
// sign in; what was genuine does not count.
func (c *call) checks() error {
	ok, err := c.o.Store.Try(c.ctx(), c.o.Now(), triesWindow, store.Attempt{Of: c.checkOrigin(), Most: triesAnOrigin})
	if err == nil && !ok {
		err = problem.New("tries", "minutes", int(triesWindow.Minutes()))
	}
	return err
}

func (c *call) checkOrigin() string { return "check " + c.o.origin(c.r) }

// verification asks for a code, or for the text of a QR.
func (p *Pages) verification(c *call) error {
	if code := strings.TrimSpace(c.r.URL.Query().Get("kode")); code != "" {
		if good, err := cooperation.ParseCode(code); err == nil {
			code = good
		}
		c.redirect(verifyPath + "/" + url.PathEscape(code))
		return nil
	}
	return c.verifySheet(http.StatusOK, sheet{Heading: c.t("lettercheck.heading"), Lead: c.t("lettercheck.lead")}, "")
}

// verifySheet answers with the two questions below whatever a check has said.
func (c *call) verifySheet(status int, s sheet, slip string) error {
	s.Title, s.Section = c.t("lettercheck.title"), "verify"
	s.Blocks = append(s.Blocks,
		block{ID: "kode", Form: &form{Action: c.link(verifyPath), Get: true, Screen: true, Button: c.t("lettercheck.button"), Fields: []field{c.field("kode", "text", auto("off"))}}},
		block{ID: "isi-qr", Form: &form{Action: c.link(verifyPath), Screen: true, Button: c.t("lettercheck.slip.button"), Fields: []field{c.field("slip", "area", required, value(slip))}}})
	c.sheet(status, s)
	return nil
}

// verifyCode tells whether a letter is genuine and current. What is no code and
// what is nobody's get one answer.
func (p *Pages) verifyCode(c *call) error {
	if err := c.checks(); err != nil {
		return err
	}
	var v cooperation.Verification
	var found bool
	var institution string
	err := c.view(func(r *store.Reader) (err error) {
		if v, found, err = store.VerifyLetter(r, c.r.PathValue("code"), c.o.Now()); !found || err != nil {
			if problem.Of(err) != nil {
				err = nil
			}
			return err
		}
		o, ok, err := store.OrganisationOf(r, v.Institution)
		if ok {
			institution = o.NameOn(c.today()).Full
		}
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		return c.verifySheet(http.StatusNotFound, sheet{Heading: c.t("lettercheck.unknown"), Lead: c.t("lettercheck.unknown.lead")}, "")
	}
	if err := c.o.Store.TakeBack(c.ctx(), c.checkOrigin()); err != nil {
		return err
	}
	s := sheet{Heading: sentence(c.t("lettercheck.says." + v.State)), Lead: c.t("lettercheck.compare"), Chip: letterChip(c, v.State)}
	b := c.letterFacts(v.Number.Text, v.Title, v.Places, v.Period)
	b.Facts[0].Text = c.t("lettercheck.number", "number", v.Number.Text, "day", c.day(v.Number.Day))
	b.Facts = append(b.Facts, fact{Name: c.t("col.permit-institution"), Text: institution}, fact{Name: c.t("col.permit-kind"), Text: c.words("permit.kind." + string(v.Kind))})
	if v.Ended != "" {
		s.Notes = append(s.Notes, c.words("permit.letter-end."+v.Ended, "last", c.day(v.Last)))
	}
	if v.ReplacedBy != nil {
		b.Facts = append(b.Facts, fact{Name: c.t("lettercheck.replaced-by"), Text: c.t("lettercheck.number", "number", v.ReplacedBy.Text, "day", c.day(v.ReplacedBy.Day))})
	}
	if len(v.Gone) > 0 {
		var gone []string
		for _, code := range v.Gone {
			gone = append(gone, registry.RegionName(code))
		}
		b.Facts = append(b.Facts, fact{Name: c.t("lettercheck.gone"), Text: strings.Join(gone, ", ")})
	}
	s.Blocks = append(s.Blocks, b)
	s.Title, s.Section = c.t("lettercheck.title"), "verify"
	s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("lettercheck.another"), Link: c.link(verifyPath), Plain: true}}})
	c.sheet(http.StatusOK, s)
	return nil
}

// letterFacts are what a letter says, so that a reader can hold them against the
// paper.
func (c *call) letterFacts(number, title string, places []cooperation.Place, period registry.Period) block {
	var names []string
	for _, p := range places {
		name := registry.RegionName(p.Region)
		if p.Until < period.Until {
			name += " (" + c.t("permit.only-until", "until", c.day(p.Until)) + ")"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		names = []string{c.t("none")}
	}
	return block{Facts: []fact{{Name: c.t("col.permit-number"), Text: number}, {Name: c.t("field.permit-title"), Text: title},
		{Name: c.t("lettercheck.places"), Text: strings.Join(names, ", ")}, {Name: c.t("field.permit-period"), Text: c.days(period)}}}
}

// slipSent checks the sealed text of a QR: it says what the letter said on the day
// of printing.
func (p *Pages) slipSent(c *call) error {
	if err := c.parse(mostBody); err != nil {
		return err
	}
	if err := c.checks(); err != nil {
		return err
	}
	key, err := c.o.Store.SlipKey(c.ctx())
	if err != nil {
		return err
	}
	// A browser writes line breaks in its own way, and people copy blanks.
	typed := strings.TrimSpace(strings.ReplaceAll(c.r.PostForm.Get("slip"), "\r\n", "\n"))
	slip, err := cooperation.CheckSlip(typed)
	if err != nil {
		if problem.Of(err) == nil {
			return err
		}
		return c.verifySheet(http.StatusUnprocessableEntity, sheet{Heading: c.t("lettercheck.slip.bad"), Notes: c.sentences(err)}, typed)
	}
	if err := c.o.Store.TakeBack(c.ctx(), c.checkOrigin()); err != nil {
		return err
	}
	s := sheet{Heading: c.t("lettercheck.slip.good", "day", c.day(slip.Printed), "state", c.words("permit.letter-state."+slip.State)), Lead: c.t("lettercheck.slip.lead", "day", c.day(slip.Printed)), Chip: letterChip(c, slip.State)}
	facts := c.letterFacts(slip.Number, slip.Title, slip.Places, slip.Period)
	if slip.Key != key.Text() { // whole, but nobody here knows whose it is
		s.Heading, s.Chip = c.t("lettercheck.slip.foreign"), nil
		s.Notes = append(s.Notes, c.t("lettercheck.slip.foreign.note", "fingerprint", slip.Fingerprint()))
		facts.Facts = append(facts.Facts, fact{Name: c.t("lettercheck.slip.state", "day", c.day(slip.Printed)), Text: c.words("permit.letter-state." + slip.State)},
			fact{Name: c.t("lettercheck.slip.key"), Text: slip.Fingerprint()})
	}
	if slip.Example {
		s.Notes = append(s.Notes, c.t("lettercheck.slip.example"))
	}
	s.Title, s.Section = c.t("lettercheck.title"), "verify"
	s.Blocks = []block{facts,
		{Actions: []action{{Text: c.t("lettercheck.another"), Link: c.link(verifyPath), Plain: true}}}}
	c.sheet(http.StatusOK, s)
	return nil
}
