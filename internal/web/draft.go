package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// A draft is what somebody typed into a form and did not send: kept when they
// press the button for it and when a form comes back with what is wrong, shown
// when they open the form again, and forgotten once it is sent or thrown away.
// Passwords, codes, files and identity numbers are never kept.

// draftButton is the name of the buttons of a draft, with what they do.
const (
	draftButton = "draf"
	draftKeep   = "simpan"
	draftDrop   = "buang"
)

// draftable tells whether a field is one that a draft keeps. Of the hidden ones
// those are kept that carry the revision of a setting, which goes with what was
// typed.
func (f field) draftable() bool {
	switch f.Kind {
	case "password", "code", "secret", "file", "rows":
		return false
	case "hidden":
		return strings.HasSuffix(f.Name, "_seen")
	}
	return true
}

// draftable tells whether a form has anything that a draft keeps.
func (f *form) draftable() bool {
	return slices.ContainsFunc(f.Fields, func(x field) bool { return x.draftable() && x.Kind != "hidden" })
}

// keepDraft keeps what was typed into a form, with the revision that it is for. Of
// a form that only shows what will be sent, and asks for a reason that nobody gave,
// nothing is kept: it would be stale once what is missing was added elsewhere.
func (c *call) keepDraft(f *form) error {
	if !f.draftable() || !slices.ContainsFunc(f.Fields, func(x field) bool {
		return x.draftable() && x.Kind != "shown" && x.Name != "acting" && (x.Name != "why" || c.typed(x.Name) != "")
	}) {
		return nil
	}
	d := store.KeptDraft{Person: c.self.User, Address: c.r.URL.Path, Seen: f.Seen, Fields: map[string][]string{}}
	for _, x := range f.Fields {
		if typed, ok := c.r.PostForm[x.Name]; ok && x.draftable() && !slices.ContainsFunc(typed, func(s string) bool { return problem.Mask(s) != s }) {
			d.Fields[x.Name] = typed
		} else if x.Kind == "checks" && !ok {
			d.Fields[x.Name] = nil // none was chosen
		}
	}
	return c.o.Store.KeepDraft(c.ctx(), d)
}

// takeDraft puts a draft into a form that is opened, and says from when it is.
func (c *call) takeDraft(r *store.Reader, f *form) error {
	f.Keeps = f.draftable()
	d, ok, err := store.DraftOf(r, c.self.User, c.r.URL.Path, c.o.Now())
	if err != nil || !ok || !f.Keeps {
		return err
	}
	for i, x := range f.Fields {
		typed, was := d.Fields[x.Name]
		switch {
		case !was || !x.draftable():
		case x.Kind == "checks":
			f.Fields[i].Values = typed
		case len(typed) > 0:
			f.Fields[i].Value = typed[0]
		}
	}
	f.Seen, f.Draft = d.Seen, c.t("draft.from", "when", i18n.Date(c.lang, d.Kept))
	return nil
}

// dropDraft forgets the draft of the form that was sent. What was done stays done
// where that fails.
func (c *call) dropDraft() {
	if err := c.o.Store.DropDraft(c.ctx(), c.self.User, c.r.URL.Path); err != nil {
		c.o.Log.Error("a draft was not dropped", "page", c.pattern(), "error", problem.Mask(err.Error()))
	}
}

// drafted answers a button of the draft; false where the form itself was sent.
func (c *call) drafted(f func() (form, error)) (bool, error) {
	switch c.r.PostForm.Get(draftButton) {
	case draftKeep:
		typed, err := f()
		if err == nil {
			err = c.keepDraft(&typed)
		}
		if err != nil {
			return true, err
		}
	case draftDrop:
		if err := c.o.Store.DropDraft(c.ctx(), c.self.User, c.r.URL.Path); err != nil {
			return true, err
		}
	default:
		return false, nil
	}
	http.Redirect(c.w, c.r, c.link(c.r.URL.Path), http.StatusSeeOther)
	return true, nil
}
