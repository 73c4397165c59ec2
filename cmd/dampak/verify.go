package main

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"
	"unicode"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// recordFlags say where the record is; commands that use it embed them.
type recordFlags struct {
	Dir      string `help:"${help_record_dir}" placeholder:"DIR"`
	Database string `help:"${help_record_database}" placeholder:"URL"`
}

// open opens the record as it is, without bringing it up to date.
func (f recordFlags) open(s *session) (*store.Store, error) {
	return store.Open(s.ctx, store.Config{Dir: f.Dir, URL: f.Database, Now: time.Now})
}

// actorFlags say who acts; commands that write embed them.
type actorFlags struct {
	As string `help:"${help_as}" placeholder:"USER"`
}

// longestUser is the most characters of a name after --as.
const longestUser = 100

// actor is who acts from the command line: whoever may use it administers this
// machine, so the capacity says so, and the name in the operating system is kept
// also when --as gives another.
func (f actorFlags) actor() (event.Actor, error) {
	name := systemUser()
	a := event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}
	if f.As == "" {
		return a, nil
	}
	strange := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	if len([]rune(f.As)) > longestUser || strings.ContainsFunc(f.As, strange) {
		return a, problem.Usage("usage-as", "most", longestUser)
	}
	a.User = f.As
	return a, nil
}

// systemUser is the user's name in the operating system, or the number where it
// has no name.
func systemUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return strings.ToValidUTF8(u.Username, "?")
	}
	return fmt.Sprintf("uid-%d", os.Getuid())
}

type verifyCmd struct {
	recordFlags
	Anchor []string `help:"${help_anchor}" placeholder:"SEQ:HASH" sep:"none"`
}

// Run proves the record: chain, state and contents, and the anchors given.
func (c verifyCmd) Run(s *session) error {
	var anchors []event.Anchor
	for _, text := range c.Anchor {
		a, err := event.ParseAnchor(strings.TrimSpace(text))
		if err != nil {
			for _, p := range problem.Of(err) {
				p.Usage = true
			}
			return err
		}
		anchors = append(anchors, a)
	}
	record, err := c.open(s)
	if err != nil {
		return err
	}
	defer func() { _ = record.Close() }() // it only read
	proof, err := record.Verify(s.ctx, anchors...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("verify.good", "events", proof.Head.Seq, "head", proof.Head.String(),
		"tables", proof.Tables, "rows", proof.Rows, "contents", proof.Contents, "anchors", len(anchors)))
	return err
}
