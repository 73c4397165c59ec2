package runs_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

const panel = `{"dampak:contract": "1", "name": "panel", "title": "Panel contoh", "dampak:titleEn": "Example panel", "dampak:class": "public", "dampak:regions": ["3578"], "fieldsMatch": "partial", "dampak:purpose": "uji", "dampak:legalBasis": "contoh",
 "fields": [{"name": "rumah", "type": "integer", "title": "Rumah", "dampak:titleEn": "House"}, {"name": "tahun", "type": "year", "dampak:role": "period", "title": "Tahun", "dampak:titleEn": "Year"},
  {"name": "mulai", "type": "year", "title": "Mulai", "dampak:titleEn": "Start"}, {"name": "belanja", "type": "integer", "title": "Belanja", "dampak:titleEn": "Spending"}]}`

// TestAMillionRows measures what the machine spends from the registration of a
// difference-in-differences on a million rows to its release.
func TestAMillionRows(t *testing.T) {
	testenv.NeedLong(t)
	w := newWorld(t)
	c, err := contract.Parse([]byte(panel), "kontrak.json")
	w.ok(err)
	file := filepath.Join(t.TempDir(), "panel.csv")
	f, err := os.Create(file)
	w.ok(err)
	b := bufio.NewWriter(f)
	fmt.Fprintln(b, "rumah,tahun,mulai,belanja")
	for i := range 100_000 {
		start := ""
		if i%4 > 0 {
			start = fmt.Sprint(2017 + i%4)
		}
		for year := 2015; year < 2025; year++ {
			fmt.Fprintf(b, "%d,%d,%s,%d\n", i, year, start, 1000+i*37%500+year)
		}
	}
	w.ok(b.Flush())
	w.ok(f.Close())
	kept := w.Contents()
	taken, err := intake.Take(w.ctx, file, intake.Options{Contract: c, Keep: &kept})
	w.ok(err)
	class, columns, regions := c.Register()
	wati, yuni := w.second(), w.second() // who brought the first rows in, and who took them
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		d, _, err := store.DatasetOf(r, w.dataset)
		wati.User = d.Versions[0].Staged.User
		return err
	}))
	by := store.By{Actor: wati, Seen: store.Whatever, Why: "uji"}
	id, _, err := w.RegisterDataset(w.ctx, by, registry.Dataset{Owner: w.owner(), Name: "Panel contoh", Class: class, Regions: regions, Columns: columns})
	w.ok(err)
	n, _, err := w.StageDatasetVersion(w.ctx, by, id, registry.DatasetVersion{Rows: taken.Rows.Accepted, File: "panel.csv", SHA256: taken.SHA256, Content: taken.Content, Contract: taken.ContractHash, Quality: taken.Quality, Class: class, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(w.ctx, store.By{Actor: yuni, Seen: store.Whatever, Why: "uji"}, id, n)
	w.ok(err)
	p := study.Protocol{Plan: "dampak: 1\nid: panel\ndata: {panel: panel.csv}\ndesign: {did: {unit: rumah, time: tahun, first_treated: mulai}}\noutcomes: [{column: belanja, unit: rupiah}]\n",
		Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Differs}}, Data: []study.Use{{Name: "panel", Dataset: id, Contract: taken.ContractHash, Period: "tahun"}}}
	w.study, _, err = w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Panel", Position: w.seat(), User: w.ask.Actor.User, Purpose: "evaluation", Draft: &p})
	w.ok(err)

	begin := time.Now()
	_, err = w.LockStudy(w.ctx, w.ask, w.study)
	w.ok(err)
	run := w.queue(nil)
	w.one(duck)
	r := w.run(run)
	if r.State != study.Done {
		t.Fatalf("%+v", r.Problems)
	}
	_, err = w.RequestRelease(w.ctx, w.ask, run)
	w.ok(err)
	t.Logf("registered, computed on %d rows and ready to leave in %v", taken.Rows.Accepted, time.Since(begin).Round(time.Millisecond))
	if !strings.Contains(w.content(r.Answer.Result), `"att"`) && !strings.Contains(w.content(r.Answer.Result), `"simple"`) {
		t.Error("no effect")
	}
}

// owner is the office of the study, and seat its position.
func (w *world) owner() (id string) {
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		s, _, err := store.StudyOf(r, w.study)
		id = s.Owner
		return err
	}))
	return id
}

func (w *world) seat() (id string) {
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		s, _, err := store.StudyOf(r, w.study)
		id = s.Position
		return err
	}))
	return id
}

// TestFiftyStudies measures how long fifty studies in the queue take one worker.
func TestFiftyStudies(t *testing.T) {
	testenv.NeedLong(t)
	w := newWorld(t)
	var p study.Protocol
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		s, _, err := store.StudyOf(r, w.study)
		p = s.Registrations[0].Protocol
		return err
	}))
	for i := range 50 {
		id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: fmt.Sprintf("Studi %d", i), Position: w.seat(), User: w.ask.Actor.User, Purpose: "evaluation", Draft: &p})
		w.ok(err)
		_, err = w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, w.ask, id, store.RunAsk{Limits: limits})
		w.ok(err)
	}
	begin := time.Now()
	for range 50 {
		w.one(duck)
	}
	t.Logf("fifty studies in %v", time.Since(begin).Round(time.Millisecond))
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		all, err := store.Runs(r, access.Standing{}, store.RunFilter{}, store.Page{})
		if len(all) != 0 {
			t.Error("somebody without rights lists runs")
		}
		return err
	}))
}
