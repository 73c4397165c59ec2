package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

var noon = time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)

const encoded = "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"

// town is a record with an API: both institutions, three offices below, and a
// person for each role in East Java, each with tokens.
type town struct {
	*store.Store
	t      testing.TB
	api    *API
	dir    string            // of the record
	ids    map[string]string // of what was made, by a short name
	tokens map[string]string // by the name of the user; "NAME/read" for the other scope
	mu     sync.Mutex
	now    time.Time

	invitation string // of the user who was made last

	ring    *identity.Ring // the keys of pseudonyms
	keyless bool           // there is no key file of them
	asked   atomic.Int64   // how often keys were asked for that are made where there are none
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *town) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *town) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) by(who, why string) store.By {
	return store.By{Actor: event.Actor{User: w.ids[who], Via: event.Web}, Seen: store.Whatever, Why: why}
}

var machine = store.By{Actor: event.Actor{User: "mesin", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "mesin"}, Seen: store.Whatever, Why: "uji"}

// roleOf are the people of the town who hold a role, all in region 35.
var roleOf = map[string]access.Role{
	"sri": access.Head, "ani": access.Analyst, "budi": access.Researcher, "tono": access.KabupatenOfficer, "wahyu": access.DataSteward,
	"oki": access.OutputChecker, "dewi": access.Administrator, "agus": access.Auditor,
}

func newTown(t testing.TB) *town {
	t.Helper()
	ctx := context.Background()
	w := &town{t: t, ids: map[string]string{}, tokens: map[string]string{}, now: noon}
	var err error
	w.dir = t.TempDir()
	w.Store, err = store.Open(ctx, store.Config{Dir: w.dir, Now: w.clock, Migrate: true})
	w.ok(err)
	t.Cleanup(func() { w.ok(w.Close()) })
	id, token, err := w.FirstAdministrator(ctx, store.By{Actor: event.Actor{Via: event.Web}, Why: "tautan pertama"}, access.User{Name: "Rini", Email: "rini@contoh.go.id", Language: "id"})
	w.ok(err)
	w.joined("rini", id, token)
	for _, o := range []struct {
		short  string
		kind   registry.OrganisationKind
		region string
	}{{"B2P3KS", registry.MinistryCentre, registry.Nation}, {"Jatim", registry.ProvinceOffice, "35"}, {"Malang", registry.RegencyOffice, "3507"}, {"Surabaya", registry.RegencyOffice, "3578"}, {"Pusdatin", registry.MinistryCentre, registry.Nation}} {
		w.ids[o.short], _, err = w.RegisterOrganisation(ctx, w.by("rini", ""), registry.Organisation{Kind: o.kind, Region: o.region, Period: registry.Period{From: "2020-01-01"}, Names: []registry.Name{{Full: "Kantor " + o.short, Short: o.short}}})
		w.ok(err)
	}
	for _, p := range []struct{ name, of string }{{"sri", "Jatim"}, {"ani", "Jatim"}, {"budi", "Jatim"}, {"tono", "Malang"}, {"wahyu", "Jatim"}, {"oki", "Jatim"}, {"dewi", "Jatim"}, {"agus", "B2P3KS"}, {"wati", "Surabaya"}, {"joko", "Pusdatin"}} {
		w.person(p.name, p.of)
	}
	for _, p := range []struct{ title, of string }{{"Kepala", "Jatim"}, {"Kepala Malang", "Malang"}, {"Kepala Pusdatin", "Pusdatin"}} {
		w.ids[p.title], _, err = w.CreatePosition(ctx, w.by("rini", ""), registry.Position{Organisation: w.ids[p.of], Title: p.title, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
	}
	_, err = w.BeginHolding(ctx, w.by("rini", ""), w.ids["Kepala"], registry.Holding{User: w.ids["sri"], Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01"}})
	w.ok(err)
	for name, role := range roleOf {
		region, of := "35", ""
		switch role {
		case access.KabupatenOfficer:
			region, of = "3507", "Malang"
		case access.Head, access.Analyst, access.Researcher, access.DataSteward:
			of = "Jatim"
		}
		w.grant(name, role, region, of)
	}
	w.grant("joko", access.Auditor, registry.Nation, "")
	room, err := waiting.Open(t.TempDir())
	w.ok(err)
	w.ring, err = identity.NewRing(rand.Reader, noon)
	w.ok(err)
	w.api, err = New(Config{Record: w.Store, Session: func(r *http.Request) (string, error) { return w.ids[r.Header.Get("X-Test-Session")], nil },
		Origin: func(r *http.Request) string { return r.Header.Get("X-Test-Origin") }, Waiting: room, Ring: func() (*identity.Ring, error) { w.asked.Add(1); return w.ring, nil },
		Held: func() (*identity.Ring, error) {
			if w.keyless {
				return identity.Existing(filepath.Join(w.dir, "none", "key.json"), "")
			}
			return w.ring, nil
		}})
	w.ok(err)
	return w
}

func (w *town) person(name, of string) {
	w.t.Helper()
	id, token, _, err := w.AddUser(context.Background(), w.by("rini", ""), access.User{Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@contoh.go.id", Language: "id", Organisation: w.ids[of]})
	w.ok(err)
	w.joined(name, id, token)
}

func (w *town) joined(name, id, invitation string) {
	w.t.Helper()
	w.ids[name] = id
	_, err := w.Accept(context.Background(), event.Web, invitation, encoded)
	w.ok(err)
	for key, scope := range map[string]store.Scope{name: store.WriteScope, name + "/read": store.ReadScope} {
		w.ids["token "+key], w.tokens[key], _, err = w.MakeToken(context.Background(), w.by(name, "uji"), id, scope, "2026-12-31")
		w.ok(err)
	}
}

func (w *town) grant(who string, role access.Role, region, of string) {
	w.t.Helper()
	id, e, err := w.RequestGrant(context.Background(), w.by("rini", "tugas"), access.Grant{User: w.ids[who], Role: role, Region: region, Organisation: w.ids[of],
		Period: registry.Period{From: "2026-11-25", Until: "2027-11-24"}})
	w.ok(err)
	if e.Type == "grant-requested" {
		_, err = w.ConfirmGrant(context.Background(), machine, id)
		w.ok(err)
	}
	w.ids["grant "+who] = id
}

func (w *town) standing(name string) (s access.Standing) {
	w.t.Helper()
	w.ok(w.View(context.Background(), func(r *store.Reader) (err error) {
		s, err = store.Who(r, w.ids[name], w.Now())
		return err
	}))
	return s
}

func (w *town) places(kind, id string) (all []access.Place) {
	w.t.Helper()
	w.ok(w.View(context.Background(), func(r *store.Reader) (err error) {
		all, err = store.PlacesOf(r, event.Object{Kind: kind, ID: id})
		return err
	}))
	return all
}

func (w *town) head() int64 {
	w.t.Helper()
	head, err := w.Head(context.Background())
	w.ok(err)
	return head.Seq
}

var placeholder = regexp.MustCompile(`<(@[a-z]+/)?([^<>]+)>`)

// fill puts identifiers for <NAME> and revisions for <@KIND/NAME>.
func (w *town) fill(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		part := placeholder.FindStringSubmatch(m)
		id, ok := w.ids[part[2]]
		if !ok {
			return m
		}
		if part[1] == "" {
			return id
		}
		var last event.Event
		w.ok(w.View(context.Background(), func(r *store.Reader) (err error) {
			last, err = r.Last(event.Object{Kind: strings.Trim(part[1], "@/"), ID: id})
			return err
		}))
		b, err := json.Marshal(last.Seq)
		w.ok(err)
		return string(b)
	})
}

// send sends a request as somebody; an empty name is nobody. A body that begins with
// PARTS is multipart/form-data: a JSON object of the parts, the file as its name and
// content with ": " between them.
func (w *town) send(who, method, url, body string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	var from io.Reader
	kind := "application/json"
	if parts, ok := strings.CutPrefix(body, "PARTS "); ok {
		body, kind = w.multipart(parts)
	}
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, Base+url, from)
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token, ok := w.tokens[who]; ok {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	return out
}

// multipart writes the parts of an upload, in the order of their names.
func (w *town) multipart(parts string) (body, kind string) {
	w.t.Helper()
	all := map[string]any{}
	w.ok(json.Unmarshal([]byte(parts), &all))
	var b bytes.Buffer
	to := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text, isText := all[name].(string)
		if !isText { // a contract, or a number
			one, err := json.Marshal(all[name])
			w.ok(err)
			text = string(one)
		}
		if name != "file" {
			w.ok(to.WriteField(name, text))
			continue
		}
		file, content, _ := strings.Cut(text, ": ")
		part, err := to.CreateFormFile("file", file)
		w.ok(err)
		_, err = io.WriteString(part, content)
		w.ok(err)
	}
	w.ok(to.Close())
	return b.String(), to.FormDataContentType()
}

// operations are those of the document, by id.
func (w *town) operations() map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for _, item := range w.api.documents[i18n.EN].api.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete, item.Options, item.Trace} {
			if op != nil {
				all[op.OperationID] = op
			}
		}
	}
	return all
}

// operationOf gives the operation that answers an address; nil where none does.
func (w *town) operationOf(method, url string) *huma.Operation {
	r := httptest.NewRequest(method, Base+url, nil)
	_, pattern := w.api.mux.Handler(r)
	for _, op := range w.operations() {
		if pattern == op.Method+" "+op.Path {
			return op
		}
	}
	return nil
}

// fits holds an answer against the document: its status, its type and its body.
func (w *town) fits(op *huma.Operation, got *httptest.ResponseRecorder) {
	w.t.Helper()
	body := got.Body.Bytes()
	doc := w.api.documents[i18n.EN].api
	schema := doc.Components.Schemas.Map()["Problem"]
	kind := problemType
	if got.Code < 300 {
		kind = "application/json"
		answer := op.Responses[map[int]string{200: "200", 201: "201"}[got.Code]]
		if answer == nil {
			w.t.Errorf("%s answers %d, which the document does not have", op.OperationID, got.Code)
			return
		}
		said, _, _ := strings.Cut(got.Header().Get("Content-Type"), ";")
		if answer.Content["*/*"] != nil || said != kind && answer.Content[said] != nil { // a document, a table, a package
			return
		}
		schema = answer.Content[kind].Schema
	}
	if got.Header().Get("Content-Type") != kind {
		w.t.Errorf("%d has the type %q", got.Code, got.Header().Get("Content-Type"))
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&v); err != nil {
		w.t.Errorf("%d: %v: %s", got.Code, err, body)
		return
	}
	var found huma.ValidateResult
	huma.Validate(doc.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &found)
	for _, err := range found.Errors {
		w.t.Errorf("%d does not fit the document: %v: %s", got.Code, err, body)
	}
}
