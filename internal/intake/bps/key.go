package bps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
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

// Where a key is found: in the environment, else in a file of its own that nobody
// else may read.
const (
	KeyVariable     = "DAMPAK_BPS_KEY"
	KeyFileVariable = "DAMPAK_BPS_KEY_FILE"
)

// FindKey gives the key of the variable KeyVariable, else that of the file that
// KeyFileVariable names, else that of dampak/bps-key in the folder of the user's
// configuration; none where that file is not there. Errors are problems: the key is
// none, or the file cannot be read, or others can read it.
func FindKey(getenv func(string) string, configDir func() (string, error)) (Key, error) {
	if text := getenv(KeyVariable); text != "" {
		return ParseKey(text)
	}
	path := getenv(KeyFileVariable)
	named := path != ""
	if !named {
		dir, err := configDir()
		if err != nil {
			return Key{}, nil //nolint:nilerr // without such a folder there is no file in it
		}
		path = filepath.Join(dir, "dampak", "bps-key")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return Key{}, nil
	}
	wrong := func(why string, err error) (Key, error) {
		return Key{}, problem.New("bps-key-file", "path", path, "why", why).Because(err)
	}
	switch {
	case err != nil:
		return wrong(cut(err.Error()), err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return wrong(fmt.Sprintf("%04o", info.Mode().Perm()), nil)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return wrong(cut(err.Error()), err)
	}
	return ParseKey(string(text))
}
