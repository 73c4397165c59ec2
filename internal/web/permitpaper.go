package web

import (
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// permitFile answers with a document of a permit that the reader may see.
func (p *Pages) permitFile(c *call) error {
	var file cooperation.File
	err := c.view(func(r *store.Reader) error {
		o, err := permits().object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		for _, f := range o.value.(permitOn).Files() {
			if f.SHA256 == c.r.PathValue("hash") {
				file = f
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if file.SHA256 == "" {
		return errNotFound
	}
	return c.document(file)
}

// permitLetter shows the last letter or an earlier one; before there is any, the
// draft of it.
func (p *Pages) permitLetter(c *call) error {
	n := permits()
	var s surat
	var says cooperation.Verification
	var code string
	err := c.view(func(r *store.Reader) error {
		o, err := n.object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		on := o.value.(permitOn)
		s = surat{Title: c.t("permit.letter", "title", o.title), Section: n.section, Crumbs: append(n.crumbs(c), action{Text: o.title, Link: c.link(n.path + "/" + o.ID)})}
		if s.Kop, err = c.kop(r, on.Office(cooperation.Verifies, "")); err != nil {
			return err
		}
		which := len(on.Letters)
		if asked := c.r.PathValue("nomor"); asked != "" {
			which = int(number(asked))
		}
		if which < 1 || which > len(on.Letters) {
			places := on.Places(on.g, on.at)
			if len(on.Letters) > 0 || len(places) == 0 {
				return errNotFound
			}
			names, err := store.PermitNames(r, on.Permit, on.g, on.at)
			if err != nil {
				return err
			}
			s.Says = c.t("permit.letter.is-draft")
			s.Text = on.LetterText(on.g, cooperation.Letter{Places: places, Period: registry.Period{From: on.Period.From, Until: on.LastDay(on.g, on.at)}}, names, on.at)
			return nil
		}
		l := on.Letters[which-1]
		s.Text, s.SHA256, code = l.Text, l.SHA256, l.Code
		says, _ = on.Verify(on.g, l.Code, on.at)
		s.Says = c.t("permit.letter.says", "state", c.words("permit.letter-state."+says.State))
		return nil
	})
	if err != nil {
		return err
	}
	if code != "" {
		if s.QR, err = c.letterQR(code, says); err != nil {
			return err
		}
	}
	return c.letterSheet(s)
}

// letterQR is what the QR of a letter carries: the public address of its check, or
// where there is none the sealed slip of today.
func (c *call) letterQR(code string, v cooperation.Verification) (*qrCode, error) {
	if c.o.URL != "" {
		address := c.o.address(c.r, verifyPath+"/"+code)
		return qrOf(address, i18n.Text(i18n.ID, "record.permit.qr.address", problem.New("", "address", address).Values))
	}
	key, err := c.o.Store.SlipKey(c.ctx())
	if err != nil {
		return nil, err
	}
	slip := v.Slip(key.Text(), c.today(), c.example())
	text, err := cooperation.EncodeSlip(slip, key.Sign)
	if err != nil {
		return nil, err
	}
	return qrOf(text, i18n.Text(i18n.ID, "record.permit.qr.slip", problem.New("", "day", i18n.Day(i18n.ID, string(c.today()))).Values)+" "+
		i18n.Text(i18n.ID, "permit.slip.fingerprint", map[string]any{"fingerprint": slip.Fingerprint()}))
}
