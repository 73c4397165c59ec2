package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// form is the one form component: each field with its label, help and error
// beside it. Nothing that was typed is lost when something is wrong or left for
// later (draft.go), but passwords and files.
type form struct {
	Action  string
	Button  string
	Danger  bool
	Plain   bool // its button is not the one that the page is for
	Upload  bool // multipart
	Get     bool // it asks and changes nothing
	Screen  bool // nobody fills it in on paper
	Token   string
	Seen    int64
	Fields  []field
	Above   []block  // what is read before it is filled in
	Errors  []string // that belong to no field
	Changed []entry  // what was changed since what was typed
	Since   string   // what is said above that
	Keeps   bool     // a draft of it can be kept
	Draft   string   // from when the draft is that stands in it; "" = none
}

// field kinds are those of input elements, select, area, checks; folded, an area that
// few need and that stands closed; secret, for what nobody may read
// over a shoulder or keep (it is not put back into the form); rows, a table of fields;
// and shown, which says what stands elsewhere, with the Link at which it is changed.
type field struct {
	Name, Label, Help, Kind string
	Value, Link             string
	Values                  []string // of checks
	Options                 []option
	Required                bool
	Auto                    string // autocomplete
	Accept                  string // endings of files
	Error                   string
	Wide                    bool   // checks in columns
	Rows                    int    // of an area for a long text; 0 = a few lines
	When                    string // when it is needed, of one that is not always; "" = it may be left empty
	Choose                  bool   // the first option is none: one must be chosen
	LinkWords               string // of the link of what is shown; "" = that it is changed there
	Check                   string // address at which a form is checked while this area is typed in; "" = once it is sent
	Head                    []string
	Grid                    []gridRow // of rows; Head is above them, with a first column for their names
}

// gridRow is one row of fields, each labelled by the head of its column.
type gridRow struct {
	Name, Note string
	Fields     []field
}

type option struct{ Value, Text string }

// Asks tells whether a form is for the screen alone.
func (f *form) Asks() bool { return f.Get || f.Screen || len(f.Fields) == 0 }

// Checked is the field that is checked while it is typed; nil = there is none.
func (f *form) Checked() *field {
	for i := range f.Fields {
		if f.Fields[i].Check != "" {
			return &f.Fields[i]
		}
	}
	return nil
}

// Has tells whether a value of checks or select is chosen.
func (f field) Has(value string) bool {
	if f.Kind == "checks" {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// mostBoxes is how many options a printed form shows as boxes to tick.
const mostBoxes = 12

// Long tells whether a select has too many options for that.
func (f field) Long() bool { return len(f.Options) > mostBoxes }

// field makes a field with the words of the catalogue: field.NAME, and its help
// where field.NAME.help is there.
func (c *call) field(name, kind string, edit ...func(*field)) field {
	f := field{Name: name, Kind: kind, Label: c.t("field." + name)}
	if help := c.t("field." + name + ".help"); !strings.HasPrefix(help, "[") {
		f.Help = help
	}
	for _, e := range edit {
		e(&f)
	}
	return f
}

func required(f *field)                  { f.Required = true }
func value(v string) func(*field)        { return func(f *field) { f.Value = v } }
func auto(v string) func(*field)         { return func(f *field) { f.Auto = v } }
func accept(v string) func(*field)       { return func(f *field) { f.Accept = v } }
func labelled(v string) func(*field)     { return func(f *field) { f.Label = v } }
func options(o []option) func(*field)    { return func(f *field) { f.Options = o } }
func when(v string) func(*field)         { return func(f *field) { f.When = v } }
func checkedAt(v string) func(*field)    { return func(f *field) { f.Check = v } }
func chosen(v []string) func(*field)     { return func(f *field) { f.Values = v } }
func (c *call) typed(name string) string { return registry.Clean(c.r.PostForm.Get(name)) }

// choose gives options of which one must be chosen, and none is beforehand: the first
// of a list is nobody's choice. Where there is but one, that is it.
func (c *call) choose(o []option) func(*field) {
	return func(f *field) {
		f.Required, f.Choose = true, true
		f.Options = append([]option{{"", c.t("choose")}}, o...)
		if len(o) == 1 && f.Value == "" {
			f.Value = o[0].Value
		}
	}
}

// says puts a problem into the words of a page: days as the pages write them, roles
// by their names.
func (c *call) says(p *problem.Problem) string {
	worded := *p
	worded.Values = maps.Clone(p.Values)
	for k, v := range p.Values {
		switch v := v.(type) {
		case string:
			worded.Values[k] = i18n.Day(c.lang, v)
		case registry.Day:
			worded.Values[k] = c.day(v)
		case []access.Role:
			worded.Values[k] = codes(c, "role.%.name", v)
		case []registry.OrganisationKind:
			worded.Values[k] = codes(c, "record.kind.%", v)
		case []registry.Document:
			worded.Values[k] = codes(c, "record.document.%", v)
		}
	}
	return sentence(worded.Text(c.lang))
}

// codes puts codes into words, by the key under which the catalogue has them; what is
// no code stands as it was found.
func codes[T ~string](c *call, pattern string, all []T) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = string(x)
		if key := strings.ReplaceAll(pattern, "%", out[i]); i18n.Has(c.lang, key) {
			out[i] = c.words(key)
		}
	}
	return out
}

// keep puts what was typed back into fields; of a stale form the revisions that
// it carried are not kept, for the reader now sees the newer ones.
func (c *call) keep(fields []field, stale bool) {
	for i, f := range fields {
		switch f.Kind {
		case "password", "file", "code", "secret":
		case "hidden":
			if !stale && c.r.PostForm.Has(f.Name) {
				fields[i].Value = c.r.PostForm.Get(f.Name)
			}
		case "checks":
			fields[i].Values = c.r.PostForm[f.Name]
		default:
			if c.r.PostForm.Has(f.Name) {
				fields[i].Value = c.r.PostForm.Get(f.Name)
			}
		}
	}
}

// fieldOf is the field that a problem belongs to, by its code, where its values
// do not say so.
var fieldOf = []struct{ prefix, field string }{
	{"blank-email", "email"}, {"user-email", "email"}, {"user-language", "language"}, {"user-profile", "email"},
	{"blank-name", "name"}, {"blank-full", "full"}, {"blank-short", "short"}, {"organisation-twice", "full"}, {"organisation-same-name", "full"}, {"organisation-name-order", "from"},
	{"organisation-kind", "kind"}, {"organisation-level", "region"}, {"region-", "region"}, {"organisation-has-positions", "last"},
	{"blank-title", "title"}, {"position-twice", "title"}, {"position-outside", "from"}, {"position-is-held", "last"},
	{"blank-reason", "why"}, {"blank-mandate", "mandate_number"}, {"holding-mandate-future", "mandate_date"}, {"holding-mandate-file", "mandate_file"},
	{"blank-absence", "absence"}, {"holding-absence", "absence_from"}, {"holding-capacity", "capacity"}, {"holding-same-person", "user"}, {"holding-ends", "last"},
	{"holding-outside", "from"}, {"holding-plh-present", "absence_from"}, {"holding-stood-in", "holding"}, {"holding-unknown", "holding"}, {"holding-", "capacity"},
	{"period", "until"}, {"grant-role", "role"}, {"grant-organisation", "organisation"}, {"grant-outside", "organisation"}, {"grant-regency", "region"},
	{"grant-until", "until"}, {"grant-past", "until"}, {"grant-seat", "role"}, {"grant-apart", "role"}, {"grant-member", "user"},
	{"setting-documents", "plt"}, {"upload-", "mandate_file"}, {"password-wrong", "old"}, {"password-again", "again"}, {"password-", "password"}, {"code-wrong", "code"},
	{"blank-programme-name-id", "name_id"}, {"blank-programme-name-en", "name_en"}, {"programme-twice", "name_id"}, {"blank-programme-target-id", "target_id"}, {"blank-programme-target-en", "target_en"}, {"blank-programme-rule-id", "rule_id"}, {"blank-programme-rule-en", "rule_en"},
	{"programme-alias", "aliases"}, {"blank-programme-alias", "aliases"}, {"programme-variant", "variant_of"}, {"variant-", "variant_of"}, {"benefit-", "benefits"}, {"blank-benefit", "benefits"}, {"stage-", "stages"}, {"blank-programme-source", "programme_source"}, {"blank-programme-run-by", "run_by"},
	{"user-unknown", "user"}, {"organisation-unknown", "organisation"}, {"actor-position", "acting"}, {"permit-no-position", "acting"}, {"signing-", "acting"},
}

// fieldAlias is how a field of a problem is called on a form where it has another
// name.
var fieldAlias = map[string]string{"name": "full", "reason": "why", "mandate": "mandate_number", "articles": "article", "parties": "party_1", "period": "from", "until": "period", "holiday": "holidays"}

// place puts the problems of an error beside their fields; true where it had
// problems that a form can show.
func (f *form) place(c *call, err error) bool {
	found := problem.Of(err)
	var wrong *fieldError
	if errors.As(err, &wrong) {
		found = wrong.List
	}
	for i, p := range found {
		name, _ := p.Values["field"].(string)
		if wrong != nil {
			name = wrong.fields[i]
		}
		name = strings.ReplaceAll(name, "-", "_")
		at := slices.IndexFunc(f.Fields, func(x field) bool { return name != "" && (x.Name == name || x.Name == fieldAlias[name]) })
		if at < 0 {
			for _, m := range fieldOf {
				if strings.HasPrefix(p.Code, m.prefix) {
					at = slices.IndexFunc(f.Fields, func(x field) bool { return x.Name == m.field })
					break
				}
			}
		}
		if says := c.says(p); at < 0 {
			f.Errors = append(f.Errors, says)
		} else {
			f.Fields[at].Error = join(f.Fields[at].Error, says)
		}
	}
	return len(found) > 0
}

// fieldError is problems with the names of their fields.
type fieldError struct {
	problem.List
	fields []string
}

// Unwrap gives the problems.
func (e *fieldError) Unwrap() error { return e.List }

// values reads what was typed and collects what is wrong with it.
type values struct {
	c     *call
	wrong fieldError
}

func (v *values) add(name string, err error) {
	for _, p := range problem.Of(err) {
		v.wrong.List = append(v.wrong.List, p)
		v.wrong.fields = append(v.wrong.fields, name)
	}
}

func (v *values) err() error {
	if len(v.wrong.List) == 0 {
		return nil
	}
	return &v.wrong
}

func (v *values) text(name string) string { return v.c.typed(name) }

// day reads a date; empty where nothing was typed.
func (v *values) day(name string) registry.Day {
	s := v.c.typed(name)
	if s == "" {
		return ""
	}
	d, err := registry.ParseDay(s)
	if err != nil {
		v.add(name, err)
	}
	return d
}

func (v *values) needDay(name string) registry.Day {
	d := v.day(name)
	if d == "" && !slices.Contains(v.wrong.fields, name) {
		v.add(name, problem.New("day", "found", ""))
	}
	return d
}

// object is what a command acts on, as its page shows it.
type object struct {
	event.Object
	title string // in words
	// The first line of its page with what stands below and beside it, where that is
	// more than its title and state.
	heading, lead string
	state         string
	chip          *chip        // of the state; nil: the words of states that all objects share
	place         access.Place // the first of places
	places        []access.Place
	whose         string // the user that it is; "" for others
	seen          int64
	live          string // where its page asks how far it is; "" = nothing runs
	value         any
}

// command is one form on the record: where it stands, what it asks for, and what
// it does.
type command struct {
	path  string // last part of the address
	name  string // in the life of the object, and in the catalogue: command.KIND.NAME
	makes bool   // it makes the object
	why   bool   // a reason is needed; else it may be given
	// whyWhen says when a reason is needed that is not always, in the catalogue; "" =
	// it may be left empty.
	whyWhen string
	danger  bool
	upload  bool
	most    int64 // the largest body, in bytes; 0 = mostBody
	fields  func(*call, *store.Reader, object) ([]field, error)
	above   func(*call, *store.Reader, object) ([]block, error) // what is read before the form is filled in; nil: nothing
	do      func(*call, *values, store.By, object) (then, error)
}

// then is where a command leads.
type then struct {
	to    string // path; "" = the object's page
	sheet *sheet // shown at once, for what is shown once
}

func (n noun) commandPath(c command, id string) string {
	if c.makes {
		return n.path + "/" + c.path
	}
	return n.path + "/" + id + "/" + c.path
}

// find gives what the command acts on and settles whether the form may be shown.
func (n noun) find(c *call, r *store.Reader, m command) (object, error) {
	if m.makes {
		// For which place is known once the form is sent: then the record settles it.
		if !c.mayAnywhere(n.kind, m.name) {
			here, err := c.here(r)
			if err != nil {
				return object{}, err
			}
			return object{}, c.who.MayCommand(n.kind, m.name, here, "")
		}
		return object{}, nil
	}
	o, err := n.object(c, r, c.r.PathValue("id"))
	if err != nil {
		return o, err
	}
	if err := n.may(c, o, m.name); err != nil {
		return o, err
	}
	return o, n.life.Check(o.state, m.name)
}

// mayAnywhere tells whether some grant gives the right to a command somewhere.
func (c *call) mayAnywhere(kind, command string) bool {
	n, _ := access.Needs(kind, command)
	return c.has(n.Permission)
}

// has tells whether somebody has a permission anywhere.
func (c *call) has(p access.Permission) bool {
	if c.who.Viewer != "" && p.Changes() {
		return false
	}
	return slices.ContainsFunc(access.RolesWith(p), c.who.Has)
}

// form makes the form of a command.
func (n noun) form(c *call, r *store.Reader, m command, o object) (form, error) {
	f := form{Action: c.link(c.r.URL.Path), Button: c.t("command." + n.kind + "." + m.name), Danger: m.danger, Upload: m.upload, Seen: o.seen}
	if m.fields != nil {
		fields, err := m.fields(c, r, o)
		if err != nil {
			return f, err
		}
		f.Fields = fields
	}
	if m.above != nil {
		blocks, err := m.above(c, r, o)
		if err != nil {
			return f, err
		}
		f.Above = blocks
	}
	why := c.field("why", "area")
	if label := "field.why." + n.kind + "." + m.name; i18n.Has(c.lang, "record."+label) {
		why.Label = c.t(label)
	}
	why.Required = m.why
	if !m.why {
		why.Label = c.t("field.why.optional")
	}
	if m.whyWhen != "" {
		why.When = c.t(m.whyWhen)
	}
	f.Fields = append(f.Fields, why)
	if seats := c.seats(); len(seats) > 0 {
		f.Fields = append(f.Fields, c.field("acting", "select", options(append(seats, option{"", c.t("acting.none")})), value(seats[0].Value)))
	}
	return f, nil
}

// seats are the positions from which a person may act.
func (c *call) seats() []option {
	var all []option
	for _, s := range c.self.Seats {
		all = append(all, option{s.Position, c.words("capacity."+string(s.Holding.Capacity)) + " " + s.Title})
	}
	return all
}

func (n noun) commandSheet(c *call, m command, o object, f form) sheet {
	key := "command." + n.kind + "." + m.name
	s := sheet{Heading: c.t(key), Lead: c.t(key + ".lead"), Crumbs: n.crumbs(c), Section: n.section, Blocks: append(slices.Clip(f.Above), block{Form: &f})}
	if !m.makes {
		s.Crumbs = append(s.Crumbs, action{Text: o.title, Link: c.link(n.path + "/" + o.ID)})
		s.Heading = o.title + ": " + s.Heading
	}
	return s
}

// show answers GET of a command.
func (n noun) show(m command) func(*call) error {
	return func(c *call) error {
		var f form
		var o object
		err := c.view(func(r *store.Reader) (err error) {
			if o, err = n.find(c, r, m); err != nil {
				return err
			}
			if f, err = n.form(c, r, m, o); err != nil {
				return err
			}
			if err := c.takeDraft(r, &f); err != nil || f.Draft == "" || m.makes || f.Seen >= o.seen {
				return err
			}
			f.Since = c.t("stale.draft")
			f.Changed, err = c.since(r, o.Object, f.Seen)
			f.Seen = o.seen // the reader sees what has changed
			return err
		})
		if err != nil {
			return err
		}
		f.Token = c.sess.formToken(c.r.URL.Path)
		c.sheet(http.StatusOK, n.commandSheet(c, m, o, f))
		return nil
	}
}

// send answers POST of a command: it is carried out, or the form comes back with
// what is wrong and with what was typed.
func (n noun) send(m command) func(*call) error {
	return func(c *call) error {
		var o object
		err := c.view(func(r *store.Reader) (err error) {
			o, err = n.find(c, r, m)
			return err
		})
		// An object that has changed its state meanwhile is told as a stale form.
		if err != nil && (len(problem.Of(err)) != 1 || !strings.HasPrefix(problem.Of(err)[0].Code, "state-") || o.ID == "") {
			return err
		}
		early := err
		seen := c.seen()
		if early == nil {
			if is, err := c.drafted(func() (f form, err error) {
				err = c.view(func(r *store.Reader) (err error) {
					f, err = n.form(c, r, m, o)
					return err
				})
				f.Seen = seen
				return f, err
			}); is {
				return err
			}
		}
		v := &values{c: c}
		by, err := c.by(v.text("why"), c.r.PostForm.Get("acting"), seen)
		var next then
		switch {
		case early != nil && seen != o.seen:
			err = &store.Stale{Object: o.Object, Seen: seen}
		case early != nil:
			return early
		case m.why && by.Why == "" && err == nil:
			err = problem.New("blank-reason")
		case err == nil:
			v.chosen(m, o)
			next, err = m.do(c, v, by, o)
		}
		if err == nil {
			c.dropDraft()
			return n.done(c, m, o, next)
		}
		return n.again(c, m, o, seen, err)
	}
}

// chosen notes the fields of which nothing was chosen, beside whatever else the
// command finds wrong. Where the form can no longer be made, the command says why.
func (v *values) chosen(m command, o object) {
	if m.fields == nil {
		return
	}
	_ = v.c.view(func(r *store.Reader) error {
		fields, err := m.fields(v.c, r, o)
		for _, f := range fields {
			if f.Choose && v.text(f.Name) == "" {
				v.add(f.Name, problem.New("choose"))
			}
		}
		return err
	})
}

// since are the events of an object after a revision, the first one first; what the
// reader did themself is said so.
func (c *call) since(r *store.Reader, o event.Object, seen int64) ([]entry, error) {
	history, err := r.History(o)
	if err != nil {
		return nil, err
	}
	var all []entry
	names := c.names(r)
	for _, e := range history {
		if e.Seq <= seen {
			continue
		}
		x := names.entry(e, false)
		if e.Actor.User == c.self.User {
			x.Who = c.t("you")
		}
		all = append(all, x)
	}
	return all, names.err
}

// seen is the revision that a form says it was for; 0, which no object has, where it
// says none: never store.Whatever, which the store would not look at.
func (c *call) seen() int64 {
	seen, _ := strconv.ParseInt(c.r.PostForm.Get("seen"), 10, 64)
	return max(seen, 0)
}

func (n noun) done(c *call, m command, o object, next then) error {
	switch {
	case next.sheet != nil:
		c.sheet(http.StatusOK, *next.sheet)
	case next.to != "":
		c.redirect(next.to)
	default:
		to := n.path + "/" + o.ID + "?selesai=" + m.name
		if len(c.unseen(c.attached)) > 0 {
			to += "&lampiran=" + c.attached
		}
		c.redirect(to)
	}
	return nil
}

// again shows a form once more, with what was typed.
func (n noun) again(c *call, m command, o object, seen int64, wrong error) error {
	var stale *store.Stale
	isStale := errors.As(wrong, &stale)
	var f form
	err := c.view(func(r *store.Reader) (err error) {
		if f, err = n.form(c, r, m, o); err != nil || !isStale {
			f.Seen = seen
			return err
		}
		f.Changed, err = c.since(r, stale.Object, stale.Seen)
		f.Since = c.t("stale")
		if slices.ContainsFunc(f.Changed, func(x entry) bool { return x.Who == c.t("you") }) {
			f.Since = c.t("stale.own") // nobody is told that others did what they did
		}
		if len(f.Changed) > 0 && stale.Object == o.Object {
			f.Seen = f.Changed[len(f.Changed)-1].Seq
		}
		return err
	})
	if err != nil {
		return err
	}
	c.keep(f.Fields, isStale)
	if !isStale && (statusOf(wrong) == http.StatusForbidden || !f.place(c, wrong)) {
		return wrong
	}
	if err := c.keepDraft(&f); err != nil {
		return err
	}
	f.Keeps = f.draftable()
	f.Token = c.sess.formToken(c.r.URL.Path)
	c.sheet(statusOf(wrong), n.commandSheet(c, m, o, f))
	return nil
}
