package web

import (
	"bytes"
	"image"
	_ "image/jpeg" // logos
	_ "image/png"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// kop is the head of an office's papers in words: it stands on every printed page.
type kop struct {
	Names []string // the office itself last
	Lines []string // address, then telephone and e-mail
	Logo  string   // address of the picture; "" = none
	Set   bool     // false: nobody has set it, so the office's name stands there
}

// kop gives the head of an organisation's papers; nil where there is no such
// organisation.
func (c *call) kop(r *store.Reader, organisation string) (*kop, error) {
	x, ok, err := store.OrganisationOf(r, organisation)
	if err != nil || !ok {
		return nil, err
	}
	l, err := store.LetterheadOf(r, organisation)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return &kop{Names: []string{x.NameOn(c.today()).Full}}, nil
	}
	k := &kop{Names: l.Names, Set: true}
	if l.Address != "" {
		k.Lines = append(k.Lines, l.Address)
	}
	var reach []string
	if l.Phone != "" {
		reach = append(reach, c.t("kop.phone", "phone", l.Phone))
	}
	if l.Email != "" {
		reach = append(reach, c.t("kop.email", "email", l.Email))
	}
	if len(reach) > 0 {
		k.Lines = append(k.Lines, strings.Join(reach, " · "))
	}
	if l.Logo != "" {
		k.Logo = nounPath["organisation"] + "/" + organisation + "/logo/" + l.Logo
	}
	return k, nil
}

// office is the organisation for which a person prints: that of the first
// position they hold, else the one they belong to; "" = none.
func (c *call) office() string {
	if len(c.self.Seats) > 0 {
		return c.self.Seats[0].Organisation
	}
	return c.self.Organisation
}

// logo answers with the picture of an office's letterhead. It is on the papers
// that the office sends out, so whoever is signed in may have it.
func (p *Pages) logo(c *call) error {
	var l *registry.Letterhead
	err := c.view(func(r *store.Reader) (err error) {
		l, err = store.LetterheadOf(r, c.r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	if l == nil || l.Logo == "" || l.Logo != c.r.PathValue("hash") {
		return errNotFound
	}
	body, err := c.kept(l.Logo)
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	c.send(fileKindOf(body).mime, body)
	return nil
}

// The largest logo: it is loaded with every page.
const (
	mostLogo     = 200 << 10 // bytes
	mostLogoSide = 2000      // pixels
)

// isLogo refuses a file that is no picture of a sensible size.
func isLogo(body []byte) error {
	size, kind, err := image.DecodeConfig(bytes.NewReader(body))
	switch {
	case err != nil || (kind != "png" && kind != "jpeg"):
		return problem.New("logo-kind", "field", "logo")
	case len(body) > mostLogo || size.Width > mostLogoSide || size.Height > mostLogoSide:
		return problem.New("logo-large", "found", len(body)/1024, "width", size.Width, "height", size.Height, "most", mostLogo/1024, "side", mostLogoSide, "field", "logo")
	}
	return nil
}

func letterheadFields(c *call, r *store.Reader, o object) ([]field, error) {
	l, err := store.LetterheadOf(r, o.ID)
	if err != nil {
		return nil, err
	}
	if l == nil {
		l = &registry.Letterhead{Names: []string{o.title}}
	}
	fields := []field{
		c.field("names", "area", required, value(strings.Join(l.Names, "\n"))),
		c.field("address", "text", value(l.Address), auto("off")), c.field("phone", "text", value(l.Phone), auto("off")), c.field("office_email", "email", value(l.Email), auto("off")),
		c.field("logo", "file", accept(".png,.jpg,.jpeg")),
	}
	if l.Logo != "" {
		fields[4].Help = c.t("field.logo.kept")
		fields = append(fields, c.field("logo_off", "checks", options([]option{{"ya", c.t("field.logo_off.yes")}})))
	}
	if kept := c.r.PostForm.Get("logo_kept"); c.uploaded(kept) {
		fields[4].Help = c.t("field.logo.uploaded")
		fields = append(fields, c.field("logo_kept", "hidden", value(kept)))
	}
	// The setting is an object of its own: the form goes by its revision.
	return append(fields, c.field("setting_seen", "hidden", value(c.revision(r, store.SettingObject(o.ID, registry.LetterheadSetting))))), nil
}

func changeLetterhead(c *call, v *values, by store.By, o object) (then, error) {
	var before *registry.Letterhead
	err := c.view(func(r *store.Reader) (err error) {
		before, err = store.LetterheadOf(r, o.ID)
		return err
	})
	if err != nil {
		return then{}, err
	}
	l := registry.Letterhead{Names: strings.Split(v.text("names"), "\n"), Address: v.text("address"), Phone: v.text("phone"), Email: v.text("office_email")}
	if l.Logo, err = c.upload("logo", "logo_kept", isLogo); err != nil {
		if len(problem.Of(err)) == 0 {
			return then{}, err
		}
		v.add("logo", err)
	}
	if l.Logo == "" && before != nil && v.text("logo_off") == "" {
		l.Logo = before.Logo
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	by.Seen = number(v.text("setting_seen"))
	_, err = c.o.Store.ChangeLetterhead(c.ctx(), by, o.ID, l)
	return then{}, err
}

// letterheadBlock shows an office's letterhead as it will be on paper.
func (c *call) letterheadBlock(r *store.Reader, o object) (block, error) {
	k, err := c.kop(r, o.ID)
	b := block{ID: "kop", Title: c.t("kop"), Kop: k}
	if err == nil && !k.Set {
		b.Note = c.t("kop.unset")
	}
	return b, err
}
