package api

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// caller is who sent a request.
type caller struct {
	access.Standing
	token  *store.Token // nil: a browser session
	lang   i18n.Lang
	object []access.Place // where the one object lies that is read
	notes  *[]string      // gathers what of the documents of a body has to be looked at; nil: nobody asks

	example bool // the record is of an invented world
}

type callerKey struct{}

func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// noting lets a command gather notes on the documents that it keeps.
func noting(ctx context.Context) (context.Context, *[]string) {
	c := calling(ctx)
	c.notes = new([]string)
	return withCaller(ctx, c), c.notes
}

// calling is the caller of an operation; the zero one where nobody was asked for.
func calling(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// callerOf finds out who sent a request, without looking at its body. Errors: a
// problem where it is nobody who may come in.
func (a *API) callerOf(r *http.Request) (caller, error) {
	c := caller{lang: languageOf(r.Header.Get("Accept-Language"))}
	secret, shown := bearer(r)
	var user string
	if !shown {
		var err error
		if user, err = a.session(r); err != nil {
			return c, err
		}
		if user == "" {
			return c, problem.New("api-nobody")
		}
	}
	err := a.record.View(r.Context(), func(from *store.Reader) error {
		now := a.record.Now()
		if shown {
			t, ok, err := store.TokenShown(from, secret, now)
			if err != nil {
				return err
			}
			if !ok {
				return problem.New("api-token")
			}
			c.token, user = &t, t.User
		}
		var err error
		if c.example, err = store.Example(from); err != nil {
			return err
		}
		c.Standing, err = store.Who(from, user, now)
		if err == nil && c.Status != access.UserActive {
			err = problem.New("api-user-out")
		}
		return err
	})
	return c, err
}

// bearer gives what a request shows as its token; false where it shows no
// Authorization at all. Another scheme counts as a wrong token.
func bearer(r *http.Request) (secret string, shown bool) {
	all := r.Header.Values("Authorization")
	if len(all) == 0 {
		return "", false
	}
	scheme, secret, _ := strings.Cut(all[0], " ")
	if len(all) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(secret), true
}

// challenge is the WWW-Authenticate of a refusal.
func challenge(r *http.Request) string {
	if _, shown := bearer(r); shown {
		return `Bearer realm="dampak", error="invalid_token"`
	}
	return `Bearer realm="dampak"`
}

// command is who gives a command, from which position, why and on what they saw.
// Errors: a problem where they do not hold the position.
func (c caller) command(g Given, seen int64) (store.By, error) {
	through := ""
	if c.token != nil {
		through = c.token.ID
	}
	actor, err := c.Actor(g.ActingPosition, event.API, through)
	return store.By{Actor: actor, Seen: seen, Why: g.Why}, err
}

// writes tells whether the caller may give commands at all.
func (c caller) writes() bool { return c.token == nil || c.token.Scope == store.WriteScope }

// somewhere says why a permission holds nowhere for the caller; nil: it holds in
// some place.
func (c caller) somewhere(p access.Permission, home access.Place) error {
	for _, g := range c.Grants {
		if c.May(p, g.Place()) == nil {
			return nil
		}
	}
	return c.May(p, home)
}

var matcher = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// languageOf is the language that an Accept-Language asks for, Indonesian where
// it asks for none that we have.
func languageOf(accept string) i18n.Lang {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return i18n.ID
	}
	_, i, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return i18n.ID
	}
	return i18n.Langs[i]
}
