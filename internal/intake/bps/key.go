package bps

import (
	"regexp"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Key is a key of the WebAPI. However it is printed, it shows nothing of itself.
type Key struct{ reveal func() string }

var keyForm = regexp.MustCompile(`^[A-Za-z0-9]{16,64}$`)

// ParseKey takes a key as BPS hands it out (https://webapi.bps.go.id/developer);
// blanks around it are cut. Errors: the problem bps-key-form, which does not repeat
// what was found.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if !keyForm.MatchString(text) {
		return Key{}, problem.Usage("bps-key-form")
	}
	return Key{func() string { return text }}, nil
}

const hidden = "•••"

func (k Key) none() bool { return k.reveal == nil }

// String hides the key.
func (k Key) String() string { return hidden }

// GoString hides the key.
func (k Key) GoString() string { return hidden }

// MarshalText hides the key.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// hide takes the key out of a text, in either case of its letters.
func (k Key) hide(text string) string {
	if k.none() {
		return text
	}
	return regexp.MustCompile("(?i)"+regexp.QuoteMeta(k.reveal())).ReplaceAllString(text, hidden)
}
