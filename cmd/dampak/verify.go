package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
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

// check refuses a name that can be nobody's, before anything is opened.
func (f actorFlags) check() error {
	strange := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	if len([]rune(f.As)) > longestUser || strings.ContainsFunc(f.As, strange) {
		return problem.Usage("usage-as", "most", longestUser)
	}
	return nil
}

// actor is who acts on the whole record: whoever may use this machine's command
// line administers it, and the capacity says so; with --as the user of that e-mail
// address or id, if the right is theirs. The name in the operating system is kept
// either way.
func (f actorFlags) actor(s *session, record *store.Store, right access.Permission) (event.Actor, error) {
	p := people{session: s, record: record, actor: localAdministrator()}
	if f.As == "" {
		return p.actor, nil
	}
	u, err := p.find(f.As)
	if err != nil {
		return event.Actor{}, err
	}
	p.actor = event.Actor{User: u.ID, Via: event.CommandLine, Through: p.actor.Through}
	err = record.View(s.ctx, func(r *store.Reader) error {
		who, err := p.who(r)
		if err != nil {
			return err
		}
		return who.May(right, access.Place{Region: registry.Nation})
	})
	return p.actor, err
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
	Anchor   []string `help:"${help_anchor}" placeholder:"SEQ:HASH" sep:"none"`
	Rebuild  bool     `help:"${help_rebuild}"`
	NoBackup bool     `help:"${help_rebuild_no_backup}"`
	actorFlags
}

// Run proves the record: chain, state and contents, and the anchors given. With
// Rebuild it makes the tables anew where they are not what the log says.
func (c verifyCmd) Run(s *session) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	if c.NoBackup && !c.Rebuild {
		return problem.Usage("rebuild-nothing")
	}
	var anchors []event.Anchor
	for _, text := range c.Anchor {
		a, err := event.ParseAnchor(strings.TrimSpace(text))
		if err != nil {
			for _, p := range problem.Of(err) {
				p.Usage = true
			}
			return err
		}
		if a.Seq == 0 {
			return problem.Usage("anchor-empty")
		}
		anchors = append(anchors, a)
	}
	record, err := c.open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	right := access.RecordVerify
	if c.Rebuild {
		right = access.RecordBackup // it copies the record before it changes its tables
	}
	by, err := c.actor(s, record, right)
	if err != nil {
		return err
	}
	proof, err := record.Verify(s.ctx, anchors...)
	var said []string
	switch differ := store.Mendable(err); {
	case c.Rebuild && differ != nil:
		if said, err = c.rebuild(s, record, by, differ); err == nil {
			proof, err = record.Verify(s.ctx, anchors...)
			if rest := problem.Of(err); rest != nil { // contents that are gone
				err = append(problem.List{problem.New("rebuild-partly")}, rest...)
			}
		}
	case c.Rebuild && err == nil:
		said = []string{s.text("rebuild.none")}
	}
	if err != nil {
		return err
	}
	if proof.Fell > 0 {
		said = append(said, s.text("verify.fell", "seq", proof.Fell))
	}
	for _, line := range said {
		if _, err := fmt.Fprintln(s.stdout, line); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(s.stdout, s.text("verify.good", "events", proof.Head.Seq, "head", proof.Head.String(),
		"tables", proof.Tables, "rows", proof.Rows, "contents", proof.Contents, "anchors", len(anchors)))
	return err
}

// rebuild copies the record as it was found, for whoever asks what was changed,
// and makes its tables from the log, which is proven by now. It gives what there
// is to say.
func (c verifyCmd) rebuild(s *session, record *store.Store, by event.Actor, differ problem.List) (said []string, err error) {
	if !c.NoBackup {
		if c.Dir == "" {
			return nil, problem.New("rebuild-no-folder")
		}
		dir := filepath.Join(c.Dir, "backups")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, problem.New("unwritable", "path", dir).Because(err)
		}
		path := filepath.Join(dir, "rebuild-"+record.Now().Format("20060102T150405.000000")+".tar.gz")
		if _, err := record.Backup(s.ctx, by, path); err != nil {
			return nil, err
		}
		said = append(said, s.text("rebuild.backup", "path", path))
	}
	if err := record.Rebuild(s.ctx); err != nil {
		return nil, err
	}
	more := ""
	if len(differ) >= store.MostDifferences {
		more = "+"
	}
	said = append(said, s.text("rebuild.done", "differences", len(differ), "more", more))
	for _, p := range differ {
		said = append(said, "  "+p.Text(s.lang))
	}
	return said, nil
}
