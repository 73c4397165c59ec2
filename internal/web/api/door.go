package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// door is the API while its operations are declared, with words in a language.
type door struct {
	*API
	lang i18n.Lang
	huma huma.API
}

// operation is one thing that the API does.
type operation struct {
	id      string // rename-organisation; its words are api.op.ID
	noun    string // organisations
	kind    string // of its objects in the log; empty: no object
	command string // of the object's life; empty: it reads
	one     bool   // of one object
	method  string // api only; worked out
	right   access.Permission
	self    bool           // also without the right on what is the caller's own
	public  bool           // it asks nobody who they are
	second  bool           // the right at another place may do: a second person of the office above
	whole   bool           // it holds the whole object against the rules, not its body alone
	file    bool           // its body may bring a document
	sub     string         // what stands between the noun and its object: another kind of objects
	below   string         // what follows the object's address
	made    string         // sub of the address of what it makes
	query   url.Values     // of the request that is going on
	places  []access.Place // of the object, once it is going on
}

type operationKey struct{}

// operating is the operation that is going on.
func operating(ctx context.Context) operation {
	o, _ := ctx.Value(operationKey{}).(operation)
	return o
}

// The extensions of an operation in the document: which right it asks for, whether
// it is public, and of which life which command it is.
const (
	rightExtension   = "x-right"
	selfExtension    = "x-own"
	publicExtension  = "x-public"
	secondExtension  = "x-second-person"
	commandExtension = "x-command"
)

// life is how a noun's objects are called in rights.
var lives = map[string]registry.Life{}

func init() {
	for _, l := range access.Lives {
		lives[l.Object] = l
	}
}

// reading is an operation that looks.
func reading(noun, kind string, one, self bool, right access.Permission) operation {
	verb := "list-"
	if one {
		verb = "read-"
	}
	return operation{id: verb + noun, noun: noun, kind: kind, one: one, method: http.MethodGet, right: right, self: self}
}

// commanding is an operation that gives a command; making says that it makes the
// object.
func commanding(noun, kind, command string, making bool) operation {
	need, ok := access.Needs(kind, command)
	if !ok || need.Token {
		panic("api: no right is settled for " + kind + "/" + command)
	}
	return operation{id: command + "-" + kind, noun: noun, kind: kind, command: command, one: !making, method: http.MethodPost, right: need.Permission, self: need.Self}
}

// open is an operation that reads what is public.
func (o operation) open() operation { o.public = true; return o }

// under is an operation at an address below that of the object, and in is one of
// other objects of the noun; id names it.
func (o operation) under(below, id string) operation { o.below, o.id = below, id; return o }
func (o operation) in(sub, id string) operation      { o.sub, o.id = sub, id; return o }

// bySecond is an operation of a second person, who may be of the office above: which
// place counts is the store's to settle.
func (o operation) bySecond() operation { o.second = true; return o }

// bringing is an operation whose body may bring a document.
func (o operation) bringing() operation { o.file = true; return o }

// holding is an operation that holds the whole object against the rules.
func (o operation) holding() operation { o.whole = true; return o }

func (o operation) path() string {
	p := Base + "/" + o.noun + o.sub
	if o.one {
		p += "/{id}"
	}
	if o.one && o.command != "" && o.below == "" {
		p += "/" + o.command
	}
	return p + o.below
}

// declare gives what huma needs to know of an operation.
func (d *door) declare(o operation) huma.Operation {
	h := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path(), Tags: []string{o.noun}, Summary: i18n.Text(d.lang, "api.op."+o.id, nil),
		Errors:     []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden},
		Extensions: map[string]any{}, Middlewares: huma.Middlewares{d.guard(o)},
		// One more than allowed: huma refuses a body that reaches its limit.
		MaxBodyBytes: LargestBody + 1,
	}
	if o.file {
		h.MaxBodyBytes, h.BodyReadTimeout = largestUpload+1, uploadLasts
	}
	if o.public {
		d.public.patterns[o.method+" "+h.Path] = true
		h.Errors = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests}
		h.Security = []map[string][]string{{}, {"token": {}}}
		h.Extensions[publicExtension] = true
		h.Description = i18n.Text(d.lang, "api.public", map[string]any{"most": publicMost})
	}
	if o.right != "" {
		h.Extensions[rightExtension] = string(o.right)
		h.Description = i18n.Text(d.lang, "api.right", map[string]any{"right": string(o.right), "words": i18n.Text(d.lang, "permission."+string(o.right), nil)})
	}
	if o.second {
		h.Extensions[secondExtension] = true
		key := "api.second." + o.kind
		if !i18n.Has(d.lang, key) {
			key = "api.second"
		}
		h.Description += i18n.Text(d.lang, key, nil)
	}
	if o.self {
		h.Extensions[selfExtension] = true
		h.Description += i18n.Text(d.lang, "api.own", nil)
	}
	if o.one {
		h.Errors = append(h.Errors, http.StatusNotFound)
	}
	if o.command != "" {
		h.Extensions[commandExtension] = o.kind + "/" + o.command
		h.Errors = append(h.Errors, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if o.command != "" && !o.one {
		h.DefaultStatus = http.StatusCreated
	}
	return h
}

// guard settles the right before the body is read, as far as the address tells:
// at the object's place, or for what is to be made, whether it holds anywhere.
func (d *door) guard(o operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := calling(ctx.Context())
		places, err := d.allowed(ctx.Context(), c, o, ctx.Param("id"))
		if err != nil {
			p := inWordsOf(o, c.lang, err)
			for k, v := range p.GetHeaders() {
				ctx.SetHeader(k, v[0])
			}
			ctx.SetHeader("Content-Type", problemType)
			ctx.SetStatus(p.Status)
			_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // nobody is left to tell
			return
		}
		mine := o // of this request alone
		u := ctx.URL()
		mine.places, mine.query = places, u.Query()
		next(huma.WithValue(ctx, operationKey{}, mine))
	}
}

// allowed also gives the places of the object that it has looked up.
func (d *door) allowed(ctx context.Context, c caller, o operation, id string) (places []access.Place, err error) {
	if o.command != "" && c.token != nil && c.token.Scope != store.WriteScope {
		return nil, problem.New("token-read-only")
	}
	if o.right == "" {
		return nil, nil
	}
	err = d.record.View(ctx, func(r *store.Reader) error {
		own := o.self && o.kind == userKind && id == c.User
		if !own && !o.self {
			home, err := store.PlaceOf(r, event.Object{Kind: userKind, ID: c.User})
			if err != nil {
				return err
			}
			if err := c.somewhere(o.right, home); err != nil {
				return err
			}
		}
		if !o.one || o.kind == eventKind {
			return nil
		}
		places, err = store.PlacesOf(r, event.Object{Kind: o.kind, ID: id})
		switch {
		case err != nil:
			return err
		case len(places) == 0:
			return problem.New("api-no-object", "noun", o.noun, "id", id)
		case o.second:
			return nil
		case o.command != "":
			whose := ""
			if o.kind == userKind {
				whose = id
			}
			return access.AnyOf(places, func(at access.Place) error { return c.MayCommand(o.kind, o.command, at, whose) })
		case o.self && o.kind == grantKind:
			g, _, err := store.GrantOf(r, id)
			if err != nil || g.User == c.User {
				return err
			}
		case own:
			return nil
		}
		return c.MayAny(o.right, places)
	})
	return places, err
}

// The kinds of objects in the log.
const (
	organisationKind = "organisation"
	positionKind     = "position"
	userKind         = "user"
	grantKind        = "grant"
	eventKind        = "event"
	agreementKind    = "agreement"
	permitKind       = "permit"
)

// Given says why a command is given, and from which position.
type Given struct {
	Why            string `json:"why" minLength:"1" maxLength:"2000"`
	ActingPosition string `json:"acting_position,omitempty" maxLength:"100"`
}

func (g Given) given() Given { return g }

// Seen says on which revision of an object a command rests.
type Seen struct {
	Seen int64 `json:"seen" minimum:"1"`
}

func (s Seen) seen() int64 { return s.Seen }

// OnObject is what each command on an object that is there says.
type OnObject struct {
	Seen
	Given
}

// body is that of a command on an object that is there.
type body interface {
	given() Given
	seen() int64
}

// OnlyWhy is the body of a command that needs nothing more than a reason.
type OnlyWhy struct{ OnObject }

// made is the body of a command that makes an object.
type made interface{ given() Given }

// Done is the answer of a command.
type Done struct {
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
	Event    string `json:"event"`
	Anchor   string `json:"anchor"`
	// Of a command that brought a document: what nobody but a person can look into.
	Notes []string `json:"document_notes,omitempty"`
}

func doneWith(e event.Event, notes []string) Done {
	d := done(e)
	d.Notes = notes
	return d
}

func done(e event.Event) Done {
	return Done{ID: e.Object.ID, Revision: e.Seq, Event: e.Type, Anchor: e.Anchor().String()}
}

type answer[T any] struct{ Body T }

type created[T any] struct {
	Location string `header:"Location"`
	Body     T
}

type onOne[B any] struct {
	ID   string `path:"id" maxLength:"200"`
	Body B
}

type ofNew[B any] struct{ Body B }

type one struct {
	ID string `path:"id" maxLength:"200"`
}

// read declares GET /{noun}/{id}.
func read[T any](d *door, o operation, look func(*store.Reader, caller, string) (T, error)) {
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *one) (*answer[T], error) {
		out := new(answer[T])
		if err := d.record.View(ctx, func(r *store.Reader) (err error) {
			c := calling(ctx)
			c.object = operating(ctx).places
			out.Body, err = look(r, c, in.ID)
			return err
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
}

// act declares POST /{noun}/{id}/{command}, with an example of its body.
func act[B body](d *door, o operation, example B, do func(context.Context, store.By, string, B) (event.Event, error)) {
	answering(d, o, example, func(ctx context.Context, by store.By, id string, b B) (Done, error) {
		ctx, notes := noting(ctx)
		e, err := do(ctx, by, id, b)
		return doneWith(e, *notes), err
	})
}

// create declares POST /{noun}, with an example of its body.
func create[B made](d *door, o operation, example B, do func(context.Context, store.By, B) (string, event.Event, error)) {
	creating(d, o, example, func(ctx context.Context, by store.By, b B) (string, Done, error) {
		ctx, notes := noting(ctx)
		id, e, err := do(ctx, by, b)
		return id, doneWith(e, *notes), err
	})
}

// answering is act for a command that tells more than what it led to.
func answering[B body, T any](d *door, o operation, example B, do func(context.Context, store.By, string, B) (T, error)) {
	h := d.declare(o)
	huma.Register(d.huma, h, func(ctx context.Context, in *onOne[B]) (*answer[T], error) {
		by, err := calling(ctx).command(in.Body.given(), in.Body.seen())
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		out := new(answer[T])
		if out.Body, err = do(ctx, by, in.ID, in.Body); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
	d.example(h, example)
}

// creating is create for a command that tells more than what it led to.
func creating[B made, T any](d *door, o operation, example B, do func(context.Context, store.By, B) (string, T, error)) {
	h := d.declare(o)
	huma.Register(d.huma, h, func(ctx context.Context, in *ofNew[B]) (*created[T], error) {
		by, err := calling(ctx).command(in.Body.given(), 0)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		id, out, err := do(ctx, by, in.Body)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &created[T]{Location: Base + "/" + o.noun + o.made + "/" + id, Body: out}, nil
	})
	d.example(h, example)
}

func (d *door) example(h huma.Operation, example any) {
	d.huma.OpenAPI().Paths[h.Path].Post.RequestBody.Content["application/json"].Example = example
}

// commandsOf are those that the caller may give an object now.
func (c caller) commandsOf(kind, state string, at access.Place, whose string) []string {
	return c.commandsAt(kind, state, []access.Place{at}, whose)
}

// commandsAt is commandsOf for an object of several places.
func (c caller) commandsAt(kind, state string, places []access.Place, whose string) []string {
	may := map[string]bool{}
	for _, at := range places {
		for _, name := range c.Commands(lives[kind], state, at, whose) {
			may[name] = true
		}
	}
	all := []string{}
	for _, step := range lives[kind].Steps {
		name := step.Command
		if !may[name] {
			continue
		}
		if n, _ := access.Needs(kind, name); !n.Token && offered[kind+"/"+name] && c.writes() {
			all = append(all, name)
		}
	}
	return all
}

// offered are the commands that the API has. Passwords, second factors and
// looking as another user are matters of the pages: nobody signs in here.
var offered = map[string]bool{
	"organisation/register": true, "organisation/rename": true, "organisation/end": true, "organisation/change-setting": true,
	"position/create": true, "position/end": true, "position/begin-holding": true, "position/end-holding": true,
	"user/add": true, "user/invite": true, "user/change": true, "user/suspend": true, "user/reinstate": true, "user/leave": true, "user/forget": true,
	"user/remove-second-factor": true,
	"statistics/record":         true,
	"programme/propose":         true, "programme/register": true, "programme/edit": true, "programme/start": true, "programme/drop": true, "programme/end": true,
	"figures/stage": true, "figures/accept": true, "figures/withdraw": true,
	"dataset/register": true, "dataset/new-version": true, "dataset/accept-version": true, "dataset/withdraw-version": true, "dataset/withdraw": true, "dataset/erase-person": true,
	"study/draft": true, "study/edit": true, "study/lock": true, "study/amend": true, "study/name-permit": true, "study/stop": true, "study/withdraw": true, "study/withdraw-data": true,
	"run/queue": true, "run/cancel": true, "run/request-release": true, "run/answer-question": true, "run/question-release": true, "run/refuse-release": true, "run/release": true,
	"finding/propose": true, "finding/edit": true, "finding/release": true, "finding/withdraw": true,
	"grant/request": true, "grant/confirm": true, "grant/refuse": true, "grant/end": true,
	"agreement/draft": true, "agreement/edit": true, "agreement/attach": true, "agreement/detach": true, "agreement/propose": true, "agreement/issue-number": true,
	"agreement/record-signature": true, "agreement/check-signature": true, "agreement/refuse-signature": true, "agreement/terminate": true, "agreement/record-destruction": true,
	"permit/draft": true, "permit/edit": true, "permit/attach": true, "permit/submit": true, "permit/recommend": true, "permit/return": true, "permit/decline": true,
	"permit/open": true, "permit/grant-region": true, "permit/decline-region": true, "permit/revoke-region": true, "permit/issue-letter": true, "permit/extend": true,
	"permit/withdraw": true, "permit/revoke": true, "permit/file-report": true, "permit/return-report": true, "permit/accept-report": true,
}

// finish puts words to all fields and answers, and writes the document.
func (d *door) finish() (document, error) {
	doc := d.huma.OpenAPI()
	for of, s := range doc.Components.Schemas.Map() {
		for name, p := range s.Properties {
			if p.Ref != "" {
				continue
			}
			key := "api.field." + of + "." + name // a name may mean something else in one place
			if !i18n.Has(d.lang, key) {
				key = "api.field." + name
			}
			p.Description = i18n.Text(d.lang, key, nil)
		}
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				key := "api.field." + op.OperationID + "." + p.Name
				if !i18n.Has(d.lang, key) {
					key = "api.field." + p.Name
				}
				p.Description = i18n.Text(d.lang, key, nil)
			}
			for status, r := range op.Responses {
				if _, err := strconv.Atoi(status); err == nil {
					r.Description = i18n.Text(d.lang, "api.status."+status, nil)
				}
				for name, h := range r.Headers {
					h.Description = i18n.Text(d.lang, "api.field."+strings.ToLower(name), nil)
				}
			}
		}
	}
	b, err := json.Marshal(doc)
	return document{doc, append(b, '\n'), fmt.Sprintf(`"%x"`, sha256.Sum256(b))}, err
}
