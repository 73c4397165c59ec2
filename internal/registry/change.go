package registry

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/problem"
)

// Change is what a command leads to.
type Change struct {
	Type          string // of the event
	Before, After any    // the object's state; nil: there was, there will be nothing
}

// None is the state of an object that is not there yet.
const None = ""

// Step is one command of an object's life: in which states it may be given.
// Where it leads is the business of the command.
type Step struct {
	Command string
	From    []string // states; None: it makes the object
}

// Life is the table of an object's states and commands. Commands ask it before
// anything else, and the documentation is printed from it.
type Life struct {
	Object string // the kind, as in events
	States []string
	Steps  []Step
}

// Check refuses a command that the state does not allow, and one that the table
// does not have.
func (l Life) Check(state, command string) error {
	if !l.Allows(state, command) {
		return problem.New("state-" + l.Object + "-" + state)
	}
	return nil
}

// Allows tells whether a command may be given in a state.
func (l Life) Allows(state, command string) bool {
	return slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Command == command && slices.Contains(s.From, state) })
}

// The longest texts, in characters.
const (
	LongestName   = 200
	LongestReason = 2000
)

// CheckText says what is wrong with a text that somebody typed: it may not be
// blank, longer than most characters, hold control characters other than line
// breaks where lines is true, or what nobody sees, or hold what may be somebody's
// identity number, however it is spelt; the number of an official (NIP) may stand
// in a text of several lines. The problem's value "field" names the field.
func CheckText(field, s string, most int, lines bool) error {
	strange := func(r rune) bool {
		return r == utf8.RuneError || (unicode.IsControl(r) && (!lines || r != '\n')) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(unseen, r)
	}
	switch {
	case strings.TrimSpace(s) == "":
		return problem.New("blank-"+field, "field", field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, strange):
		return problem.New("text-strange", "field", field, "found", strings.Join(strings.Fields(strings.Map(printable, s)), " "))
	case utf8.RuneCountInString(s) > most:
		return problem.New("text-long", "field", field, "most", most, "found", utf8.RuneCountInString(s))
	}
	if found := written(s, lines); len(found) > 0 {
		return problem.New("text-identity", "field", field, "found", found[0])
	}
	return nil
}

// unseen are signs that show nothing and are no format characters (Cf): fillers,
// the joiner of graphemes, the empty pattern of Braille.
const unseen = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// Clean gives a text as it is kept: without blanks around it, lines ended by \n.
func Clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// CheckReason is CheckText for the reason of a command that needs one.
func CheckReason(why string) error { return CheckText("reason", why, LongestReason, true) }

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}
