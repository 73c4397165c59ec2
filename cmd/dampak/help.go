package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

// language settles the language of messages before anything else is read:
// --lang, then DAMPAK_LANG, then the locale of the system (an Indonesian one
// gives Indonesian), else English, the language of plans and of this command
// line. Reports always hold both.
func language(args []string, getenv func(string) string) i18n.Lang {
	for i, a := range args {
		value, ok := strings.CutPrefix(a, "--lang=")
		if a == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok {
			if value == string(i18n.ID) {
				return i18n.ID
			}
			return i18n.EN
		}
	}
	for _, name := range []string{"DAMPAK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			if v == "id" || strings.HasPrefix(v, "id_") || strings.HasPrefix(v, "id-") {
				return i18n.ID
			}
			return i18n.EN
		}
	}
	return i18n.EN
}

// helpWords are the help sentences that the command line's tags name.
func (s *session) helpWords() map[string]string {
	words := map[string]string{}
	for _, key := range i18n.Keys(s.lang) {
		if name, ok := strings.CutPrefix(key, "help."); ok {
			words["help_"+name] = i18n.Raw(s.lang, key)
		}
	}
	return words
}

func wantsHelp(args []string) bool {
	return len(args) == 0 || slices.Contains(args, "--help") || slices.Contains(args, "-h") || args[0] == "help"
}

// help satisfies kong, which never calls it: help is asked for in wantsHelp.
func (s *session) help(kong.HelpOptions, *kong.Context) error { return nil }

// printHelp prints the help of the whole program, or of the sub-command that
// the arguments name, in the session's language throughout.
func (s *session) printHelp(parser *kong.Kong, args []string) int {
	for _, node := range parser.Model.Children {
		if slices.Contains(args, node.Name) {
			for _, child := range node.Children {
				if slices.Contains(args, child.Name) {
					node = child
					break
				}
			}
			s.printCommand(node)
			return exitAnswered
		}
	}
	fmt.Fprintf(s.stdout, "%s\n\n%s\n", s.text("help.program"), s.text("help.commands"))
	for _, node := range parser.Model.Children {
		fmt.Fprintf(s.stdout, "  dampak %-8s %s\n", node.Name, node.Help)
	}
	fmt.Fprintf(s.stdout, "\n%s\n", s.text("help.more"))
	return exitAnswered
}

func (s *session) printCommand(node *kong.Node) {
	words := []string{"dampak", node.Path()}
	for _, a := range node.Positional {
		words = append(words, strings.ToUpper(a.Name))
	}
	fmt.Fprintf(s.stdout, "%s %s\n\n%s\n\n", s.text("help.usage"), strings.Join(words, " "), node.Help)
	for _, a := range node.Positional {
		fmt.Fprintf(s.stdout, "  %-24s %s\n", strings.ToUpper(a.Name), a.Help)
	}
	for _, child := range node.Children {
		fmt.Fprintf(s.stdout, "  %-24s %s\n", child.Path(), child.Help)
	}
	flags := node.Flags
	for up := node.Parent; up != nil; up = up.Parent {
		flags = append(slices.Clone(flags), up.Flags...)
	}
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() {
			name += " " + f.FormatPlaceHolder()
		}
		fmt.Fprintf(s.stdout, "  %-24s %s\n", name, f.Help)
	}
}

// kongSays are the parser's messages with the code of our sentence for each;
// the first group is the word it speaks of.
var kongSays = []struct {
	says *regexp.Regexp
	code string
}{
	{regexp.MustCompile(`^unknown flag (--?\S+?)(?:, did you mean.*)?$`), "usage-flag"},
	{regexp.MustCompile(`^unexpected argument (.+?)(?:, did you mean.*)?$`), "usage-argument"},
	{regexp.MustCompile(`^expected "?<?([\w-]+)>?`), "usage-missing"},
	{regexp.MustCompile(`^missing flags: (.+)$`), "usage-missing"},
	{regexp.MustCompile(`^(--\S+?):? (?:must be|expected|missing)`), "usage-value"},
	{regexp.MustCompile(`^(--\S+?): `), "usage-value"},
}

// usage turns a message of the parser into a problem in our words.
func usage(err error) error {
	if problem.Of(err) != nil {
		return err
	}
	for _, k := range kongSays {
		if m := k.says.FindStringSubmatch(err.Error()); m != nil {
			return problem.Usage(k.code, "word", m[1]).Because(err)
		}
	}
	return problem.Usage("usage", "what", err.Error()).Because(err)
}
