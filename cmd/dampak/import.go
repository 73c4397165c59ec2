package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// importCmd takes a file of an office in. Without a record it only checks.
type importCmd struct {
	peopleFlags
	File         string `arg:"" help:"${help_import_file}"`
	Contract     string `help:"${help_import_contract}" placeholder:"CONTRACT"`
	Draft        string `help:"${help_import_draft}" placeholder:"FILE.json"`
	Rejects      string `help:"${help_import_rejects}" placeholder:"FILE.csv"`
	AllOrNothing bool   `help:"${help_import_all_or_nothing}"`
	Sheet        string `help:"${help_import_sheet}" placeholder:"NAME"`
	Encoding     string `help:"${help_import_encoding}" placeholder:"NAME"`
	Dataset      string `help:"${help_import_dataset}" placeholder:"NAME"`
	Office       string `help:"${help_import_office}" placeholder:"OFFICE"`
	Why          string `help:"${help_import_why}" placeholder:"TEXT"`
	officialFlags
}

// Run checks the file against the contract, and keeps the accepted rows where a
// record is named.
func (c importCmd) Run(s *session) error {
	if flag := c.misplaced(); flag != "" {
		return problem.Usage("import-flag", "flag", flag)
	}
	if c.official() {
		return c.takeOfficial(s)
	}
	o := intake.Options{Reading: intake.Reading{Sheet: c.Sheet, Encoding: c.Encoding}, AllOrNothing: c.AllOrNothing, Rejects: c.Rejects, DataDir: c.Dir, Lang: s.lang}
	if c.Contract != "" {
		k, err := readContract(c.Contract)
		if err != nil {
			return err
		}
		o.Contract = k
	}
	if c.Draft != "" {
		if c.Contract != "" {
			return problem.Usage("import-draft-contract")
		}
		if _, err := os.Stat(c.Draft); err == nil {
			return problem.New("import-draft-there", "path", c.Draft)
		}
		o.Drafted = func(d *contract.Draft) error {
			err := writeFile(c.Draft, func(w io.Writer) error {
				_, err := w.Write(d.JSON(s.lang))
				return err
			})
			if err != nil {
				return problem.New("unwritable", "path", c.Draft).Because(err)
			}
			return nil
		}
	}
	if c.Dir == "" && c.Database == "" {
		if c.As != "" || c.Dataset != "" || c.Office != "" {
			return problem.Usage("import-no-record")
		}
		return c.look(s, o)
	}
	if c.Dir == "" {
		return problem.Usage("store-no-folder")
	}
	return c.with(s, func(p people) error { return c.keep(p, o) })
}

// look checks the file; the pseudonyms are under a key that is gone afterwards.
func (c importCmd) look(s *session, o intake.Options) error {
	o.Ring = func() (*identity.Ring, error) { return identity.NewRing(rand.Reader, time.Now()) }
	r, err := intake.Take(s.ctx, c.File, o)
	if err != nil {
		return err
	}
	return s.lines(append(c.report(s, r), s.text("import.checked"))...)
}

// keep takes the file in as a version of a dataset of an office, for a second
// person to accept.
func (c importCmd) keep(p people, o intake.Options) error {
	owner, err := c.owner(p, access.DatasetRegister)
	if err != nil {
		return err
	}
	contents := p.record.Contents()
	o.Keep = &contents
	keyPath, made := "", false
	o.Ring = func() (*identity.Ring, error) {
		path, err := identity.KeyPath(os.Getenv, os.UserConfigDir)
		if err != nil {
			return nil, err
		}
		keyPath = path
		ring, isNew, err := identity.Open(path, c.Dir, rand.Reader, p.record.Now())
		made = isNew
		return ring, err
	}
	o.Figures = intake.OfficialFigures(p.record)
	if kind, ok := figuresOf(o.Contract); ok {
		return c.keepFigures(p, o, owner, kind)
	}
	o.Allow = func(r *intake.Result) error { return c.allowed(p, owner, r) }
	r, err := intake.Take(p.ctx, c.File, o)
	if err != nil {
		if all := problem.Of(err); made && all != nil { // it is said only once
			return append(all, problem.New("import-key-made", "path", keyPath))
		}
		return err
	}
	d, number, seq, err := c.stage(p, owner, r)
	if err != nil {
		return err
	}
	lines := c.report(p.session, r)
	switch {
	case made:
		lines = append(lines, p.text("import.key-made", "path", keyPath))
	case keyPath != "":
		lines = append(lines, p.text("import.key", "path", keyPath))
	}
	return p.lines(append(lines, p.text("import.staged", "name", d.Name, "number", number, "office", owner.NameOn(registry.DayOf(p.record.Now())).Short,
		"seq", seq, "content", r.Content))...)
}

// owner is the office whose data these are, where the actor has the right that is
// needed.
func (c importCmd) owner(p people, need access.Permission) (registry.Organisation, error) {
	id, err := p.organisation(c.Office)
	if err != nil {
		return registry.Organisation{}, err
	}
	var owner registry.Organisation
	err = p.record.View(p.ctx, func(r *store.Reader) error {
		who, err := p.who(r)
		if err != nil {
			return err
		}
		if id == "" {
			u, ok, err := store.UserOf(r, p.actor.User)
			if err != nil {
				return err
			}
			if !ok || u.Organisation == "" {
				return problem.Usage("import-no-office")
			}
			id = u.Organisation
		}
		o, ok, err := store.OrganisationOf(r, id)
		if err != nil {
			return err
		}
		if !ok {
			return problem.New("organisation-unknown", "found", id)
		}
		owner = o
		return who.May(need, access.Place{Region: o.Region, Organisation: o.ID, Name: o.NameOn(registry.DayOf(p.record.Now())).Short})
	})
	return owner, err
}

// entry finds the dataset among the owner's, or gives what would be registered;
// its ID is empty then.
func (c importCmd) entry(p people, owner registry.Organisation, r *intake.Result) (registry.Dataset, error) {
	entry := r.Entry(owner, c.Dataset)
	err := p.record.View(p.ctx, func(from *store.Reader) error {
		who, err := p.who(from)
		if err != nil {
			return err
		}
		all, err := store.Datasets(from, who, store.Page{})
		for _, d := range all {
			if d.Owner == owner.ID && (d.ID == c.Dataset || d.State() == "active" && strings.EqualFold(d.Name, entry.Name)) {
				entry = d
			}
		}
		return err
	})
	return entry, err
}

// allowed says whether the register would take the version, before its rows are
// kept.
func (c importCmd) allowed(p people, owner registry.Organisation, r *intake.Result) error {
	d, err := c.entry(p, owner, r)
	if err != nil {
		return err
	}
	return intake.Takes(d, owner, r)
}

// stage adds the version to its dataset, which it registers where there is none.
func (c importCmd) stage(p people, owner registry.Organisation, r *intake.Result) (d registry.Dataset, number, seq int64, err error) {
	if d, err = c.entry(p, owner, r); err != nil {
		return d, 0, 0, err
	}
	id, number, e, err := intake.Stage(p.ctx, p.record, p.by(c.Why), d, r)
	d.ID = id
	return d, number, e.Seq, err
}

// mostShownExamples is how many examples of a finding are printed; the quality report
// has more.
const mostShownExamples = 5

// report says what was found in a file.
func (c importCmd) report(s *session, r *intake.Result) []string {
	lines := []string{s.text("import.read", "file", r.File, "form", s.text("intake.form."+string(r.Form)), "sha256", r.SHA256)}
	for _, q := range r.Cautions {
		lines = append(lines, s.text("import.note", "what", q.Text(s.lang)))
	}
	if r.Evidence != nil {
		lines = append(lines, s.text("import.draft"))
		for _, e := range r.Evidence {
			lines = append(lines, "  "+e.Text(s.lang))
		}
		if c.Draft != "" {
			lines = append(lines, s.text("import.draft-at", "path", c.Draft))
		}
	} else {
		lines = append(lines, s.text("import.contract", "contract", nameOf(r.Contract, c.Contract), "sha256", r.Contract.SHA256()))
	}
	n := r.Rows
	lines = append(lines, s.text("import.rows", "read", n.Read, "accepted", n.Accepted, "rejected", n.Rejected))
	if n.Totals+n.Sections > 0 {
		lines = append(lines, s.text("import.skipped", "totals", n.Totals, "sections", n.Sections))
	}
	for _, count := range r.Counts {
		lines = append(lines, "  "+intake.CountProblem(count).Text(s.lang))
	}
	for _, f := range r.Findings {
		lines = append(lines, s.text("import.note", "what", f.Text(s.lang)))
		for _, e := range f.Examples[:min(mostShownExamples, len(f.Examples))] {
			lines = append(lines, "  "+f.ExampleText(s.lang, e))
		}
		if more := f.Count - mostShownExamples; more > 0 && len(f.Examples) > mostShownExamples {
			lines = append(lines, "  "+s.text("import.more", "n", more))
		}
	}
	if _, ok := figuresOf(r.Contract); !ok { // of which the register says what a dataset must
		lines = append(lines, s.incomplete(r.Contract)...)
	}
	switch {
	case r.Rejects != "":
		lines = append(lines, s.text("import.rejects", "path", r.Rejects, "rows", n.Rejected))
	case n.Rejected > 0:
		lines = append(lines, s.text("import.rejects-gone"))
	}
	return lines
}

// incomplete says what a contract lacks before its data can be accepted.
func (s *session) incomplete(c *contract.Contract) (lines []string) {
	var properties, columns []string
	for _, q := range c.Incomplete() {
		if column, ok := q.Values["column"].(string); ok {
			columns = append(columns, "`"+column+"`")
		} else {
			properties = append(properties, fmt.Sprintf("`%v`", q.Values["property"]))
		}
	}
	if len(properties) > 0 {
		lines = append(lines, s.text("import.note", "what", s.text("import.incomplete", "properties", properties)))
	}
	if len(columns) > 0 {
		lines = append(lines, s.text("import.note", "what", s.text("import.untitled", "columns", columns)))
	}
	return lines
}

func (s *session) lines(all ...string) error {
	_, err := fmt.Fprintln(s.stdout, strings.Join(all, "\n"))
	return err
}
