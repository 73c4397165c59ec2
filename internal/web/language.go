package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

const cookieName = "bahasa"

type languageKey struct{}

// language takes the literal prefix /id or /en off the path before the one
// mux, and says in which language the page is.
func (p *Pages) language(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, path, prefixed := cutPrefix(r.URL.Path)
		if !prefixed {
			l = cookieLanguage(r)
			w.Header().Add("Vary", "Cookie")
		} else if cookieLanguage(r) != l || !hasCookie(r) {
			http.SetCookie(w, &http.Cookie{Name: cookieName, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
				HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		if prefixed && path == "" {
			http.Redirect(w, r, "/"+string(l)+"/", http.StatusPermanentRedirect)
			return
		}
		if prefixed && strings.HasPrefix(path, "/assets/") {
			path = "/" + string(l) + path // assets have no language: not found
		}
		inner := r.WithContext(context.WithValue(r.Context(), languageKey{}, l))
		u := new(url.URL)
		*u = *r.URL
		u.Path, u.RawPath = path, ""
		inner.URL = u
		next.ServeHTTP(w, inner)
	})
}

// cutPrefix takes /id or /en off a path.
func cutPrefix(path string) (l i18n.Lang, rest string, ok bool) {
	for _, l := range i18n.Langs {
		rest, ok := strings.CutPrefix(path, "/"+string(l))
		if ok && (rest == "" || rest[0] == '/') {
			return l, rest, true
		}
	}
	return "", path, false
}

func hasCookie(r *http.Request) bool {
	_, err := r.Cookie(cookieName)
	return err == nil
}

// cookieLanguage is the language that the reader last chose, else Indonesian.
func cookieLanguage(r *http.Request) i18n.Lang {
	if c, err := r.Cookie(cookieName); err == nil && c.Value == string(i18n.EN) {
		return i18n.EN
	}
	return i18n.ID
}

func languageOf(r *http.Request) i18n.Lang {
	if l, ok := r.Context().Value(languageKey{}).(i18n.Lang); ok {
		return l
	}
	return i18n.ID
}

func other(l i18n.Lang) i18n.Lang {
	if l == i18n.ID {
		return i18n.EN
	}
	return i18n.ID
}
