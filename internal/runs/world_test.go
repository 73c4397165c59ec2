package runs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

const (
	plan = "dampak: 1\nid: bantuan\ndata: {rumah: rumah.csv}\ndesign: {experiment: {treatment: ikut}}\noutcomes: [{column: belanja, unit: rupiah}]\n"

	// houses is the contract of public rows: they open without an agreement.
	houses = `{"dampak:contract": "1", "name": "rumah", "title": "Rumah contoh", "dampak:titleEn": "Example houses", "dampak:class": "public", "dampak:regions": ["3578"],
 "dampak:purpose": "uji", "dampak:legalBasis": "contoh", "fieldsMatch": "partial",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [
  {"name": "kode", "title": "Kode", "dampak:titleEn": "Code"},
  {"name": "ikut", "type": "integer", "title": "Ikut", "dampak:titleEn": "Takes part", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "belanja", "type": "integer", "title": "Belanja", "dampak:titleEn": "Spending", "constraints": {"minimum": 0, "maximum": 1000000}}]}`
)

var limits = study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}

// world is a record with a researcher, budi, whose study is registered, and public
// rows that two stewards have taken in.
type world struct {
	*store.Store
	t       testing.TB
	ctx     context.Context
	dir     string
	ask     store.By
	study   string
	dataset string
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// clock goes on by a millisecond whenever it is asked, and with the time of the test.
func clock() func() time.Time {
	begin, now, mu := time.Now(), time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC), sync.Mutex{}
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now.Add(time.Since(begin))
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(context.Background(), store.Config{Dir: dir, Now: clock(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{Store: s, t: t, ctx: context.Background(), dir: dir}
	machine := store.By{Actor: event.Actor{User: "mesin", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "mesin"}, Seen: store.Whatever, Why: "uji"}
	rini, token, err := w.FirstAdministrator(w.ctx, machine, access.User{Name: "Rini", Email: "rini@contoh.example", Language: "id"})
	w.ok(err)
	password := "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"
	_, err = w.Accept(w.ctx, event.Web, token, password)
	w.ok(err)
	by := func(user string) store.By {
		return store.By{Actor: event.Actor{User: user, Via: event.Web}, Seen: store.Whatever, Why: "uji"}
	}
	office, _, err := w.RegisterOrganisation(w.ctx, by(rini), registry.Organisation{Kind: registry.RegencyOffice, Region: "3578", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Kota Surabaya", Short: "Dinsos Surabaya"}}})
	w.ok(err)
	seat, _, err := w.CreatePosition(w.ctx, by(rini), registry.Position{Organisation: office, Title: "Peneliti", Period: registry.Period{From: "2026-01-01"}})
	w.ok(err)
	person := func(name string, role access.Role) store.By {
		id, token, _, err := w.AddUser(w.ctx, by(rini), access.User{Name: name, Email: name + "@contoh.example", Language: "id", Organisation: office})
		w.ok(err)
		_, err = w.Accept(w.ctx, event.Web, token, password)
		w.ok(err)
		grant, e, err := w.RequestGrant(w.ctx, by(rini), access.Grant{User: id, Role: role, Region: "3578", Organisation: office, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}})
		w.ok(err)
		if e.Type == "grant-requested" {
			_, err = w.ConfirmGrant(w.ctx, machine, grant)
			w.ok(err)
		}
		return by(id)
	}
	w.ask = person("budi", access.Researcher)
	wati, yuni := person("wati", access.DataSteward), person("yuni", access.DataSteward)

	c, err := contract.Parse([]byte(houses), "kontrak.json")
	w.ok(err)
	var rows strings.Builder
	rows.WriteString("kode,ikut,belanja\n")
	for i := range 400 {
		fmt.Fprintf(&rows, "3578,%d,%d\n", i%2, 1000+i*37%500+100*(i%2))
	}
	file := filepath.Join(t.TempDir(), "rumah.csv")
	w.ok(os.WriteFile(file, []byte(rows.String()), 0o600))
	kept := w.Contents()
	taken, err := intake.Take(w.ctx, file, intake.Options{Contract: c, Keep: &kept})
	w.ok(err)
	class, columns, regions := c.Register()
	w.dataset, _, err = w.RegisterDataset(w.ctx, wati, registry.Dataset{Owner: office, Name: "Rumah contoh", Class: class, Regions: regions, Columns: columns})
	w.ok(err)
	n, _, err := w.StageDatasetVersion(w.ctx, wati, w.dataset, registry.DatasetVersion{Rows: taken.Rows.Accepted, File: "rumah.csv", SHA256: taken.SHA256, Content: taken.Content,
		Contract: taken.ContractHash, Quality: taken.Quality, Class: class, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(w.ctx, yuni, w.dataset, n)
	w.ok(err)

	w.study, _, err = w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Studi contoh", Position: seat, User: w.ask.Actor.User, Purpose: "evaluation", Draft: &study.Protocol{
		Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}}, Data: []study.Use{{Name: "rumah", Dataset: w.dataset, Contract: taken.ContractHash}}}})
	w.ok(err)
	_, err = w.LockStudy(w.ctx, w.ask, w.study)
	w.ok(err)
	return w
}

func (w *world) config(e engine.Engine) runs.Config {
	return runs.Config{Store: w.Store, Engine: e, Dir: filepath.Join(w.dir, "runs"), Lease: 200 * time.Millisecond, Idle: 10 * time.Millisecond, Version: "uji", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (w *world) queue(edit func(*store.RunAsk)) string {
	w.t.Helper()
	ask := store.RunAsk{Limits: limits}
	if edit != nil {
		edit(&ask)
	}
	id, _, err := w.QueueRun(w.ctx, w.ask, w.study, ask)
	w.ok(err)
	return id
}

func (w *world) run(id string) (r study.Run) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(from *store.Reader) error {
		var err error
		r, _, err = store.RunOf(from, id)
		return err
	}))
	return r
}

// one does the next run with an engine.
func (w *world) one(e engine.Engine) {
	w.t.Helper()
	if did, err := w.config(e).One(w.ctx, "satu"); err != nil || !did {
		w.t.Fatal(did, err)
	}
}

func (w *world) content(hash string) string {
	w.t.Helper()
	f, err := w.Contents().Open(hash)
	w.ok(err)
	defer f.Close()
	text, err := io.ReadAll(f)
	w.ok(err)
	return string(text)
}

var duck = duckdb.New()
