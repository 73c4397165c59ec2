package store

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// TestRegisters: each command by who may give it and who may not, the lists that
// follow, and the program's own stops; replayed on both databases.
func TestRegisters(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
		w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
		jatim, malang := w.ids["Dinsos Jatim"], w.ids["Dinsos Malang"]
		denied := func(err error, p access.Permission) {
			t.Helper()
			var d *access.Denial
			if !errors.As(err, &d) || d.Permission != p {
				t.Errorf("expected the want of %s, found %v", p, err)
			}
		}
		refused := func(err error, code string) {
			t.Helper()
			if found := problem.Of(err); len(found) != 1 || found[0].Code != code {
				t.Errorf("expected %s, found %v", code, err)
			}
		}
		by := func(who, why string, seen int64) By {
			b := w.by(who, why)
			b.Seen = seen
			return b
		}

		entry := registry.Programme{Owner: jatim, Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2024-01-01"}}
		_, _, err := w.RegisterProgramme(w.ctx, w.by("tono", ""), entry)
		denied(err, access.ProgrammeManage)
		programme, made, err := w.RegisterProgramme(w.ctx, w.by("budi", ""), entry)
		w.ok(err)
		_, _, err = w.RegisterProgramme(w.ctx, w.by("budi", ""), entry)
		refused(err, "programme-twice")
		_, err = w.EndProgramme(w.ctx, by("tono", "", made.Seq), programme, "2026-12-31")
		denied(err, access.ProgrammeManage)

		rows := registry.Dataset{Owner: malang, Name: "Data contoh", Class: registry.PersonalData, Programmes: []string{programme}, Regions: []string{"3507"},
			Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}}}
		_, _, err = w.RegisterDataset(w.ctx, w.by("wati", ""), rows) // the steward of another office
		denied(err, access.DatasetRegister)
		dataset, first, err := w.RegisterDataset(w.ctx, w.by("tono", ""), rows)
		w.ok(err)
		unknown := rows
		unknown.Programmes = []string{"tidak ada"}
		_, err = w.NewDatasetVersion(w.ctx, by("tono", "", first.Seq), dataset, unknown)
		refused(err, "programme-unknown")
		second, err := w.NewDatasetVersion(w.ctx, by("tono", "", first.Seq), dataset, rows)
		w.ok(err)
		_, err = w.WithdrawDataset(w.ctx, by("budi", "keliru", second.Seq), dataset)
		denied(err, access.DatasetRegister)
		_, err = w.WithdrawDataset(w.ctx, by("tono", "keliru", second.Seq), dataset)
		w.ok(err)

		x := study.Study{Title: "Studi contoh", Position: w.ids["Kepala Dinas"], User: w.ids["budi"], Purpose: "evaluation", Programmes: []string{programme}, Agreement: "pks-1"}
		_, _, err = w.RegisterStudy(w.ctx, w.by("tono", ""), x)
		denied(err, access.StudyRegister)
		nobody := x
		nobody.User = "tidak ada"
		_, _, err = w.RegisterStudy(w.ctx, w.by("budi", ""), nobody)
		refused(err, "user-unknown")
		id, e, err := w.RegisterStudy(w.ctx, w.by("budi", ""), x)
		w.ok(err)
		_, err = w.NameStudyPermit(w.ctx, by("budi", "", e.Seq), id, "pks-1", "izin-1")
		w.ok(err)
		e, err = w.StopStudyByRule(w.ctx, id, "3507", "izin izin-1 dicabut di 3507")
		w.ok(err)
		if e.Actor != (event.Actor{Via: event.System}) || e.Why == "" {
			t.Errorf("%+v", e)
		}
		_, err = w.StopStudyByRule(w.ctx, id, "3507", "izin izin-1 dicabut di 3507")
		refused(err, "study-stopped-region")
		_, err = w.WithdrawStudyDataByRule(w.ctx, id, "perjanjian pks-1 berakhir")
		refused(err, "state-study-running")
		_, err = w.StopStudy(w.ctx, by("sri", "perjanjian berakhir", e.Seq), id, "") // the head of the office
		w.ok(err)
		_, err = w.WithdrawStudyDataByRule(w.ctx, id, "perjanjian pks-1 berakhir 90 hari lalu")
		w.ok(err)
		_, err = w.StopStudyByRule(w.ctx, "tidak-ada", "", "aturan")
		refused(err, "study-unknown")

		w.ok(w.View(w.ctx, func(r *Reader) error {
			s, ok, err := StudyOf(r, id)
			if err != nil || !ok || s.State() != study.Withdrawn || s.Permit != "izin-1" || len(s.Stops) != 2 || s.Region != "35" {
				t.Errorf("%+v %v", s, err)
			}
			d, ok, err := DatasetOf(r, dataset)
			if err != nil || !ok || d.Version != 2 || d.State() != "withdrawn" || d.Region != "3507" {
				t.Errorf("%+v %v", d, err)
			}
			p, ok, err := ProgrammeOf(r, programme)
			if err != nil || !ok || p.Level != registry.ProvinceLevel {
				t.Errorf("%+v %v", p, err)
			}
			for agreement, n := range map[string]int{"pks-1": 1, "pks-2": 0} {
				under, err := StudiesUnder(r, agreement)
				if len(under) != n || err != nil {
					t.Errorf("%s: %v %v", agreement, under, err)
				}
			}
			// Lists give what May allows: everybody who works with the record sees
			// them, whoever is not signed in nothing.
			for who, n := range map[string]int{"tono": 1, "agus": 1, "": 0} {
				s := access.Standing{}
				if who != "" {
					if s, err = Who(r, w.ids[who], *w.now); err != nil {
						return err
					}
				}
				programmes, err := Programmes(r, s, Page{})
				datasets, err2 := Datasets(r, s, Page{Most: 5})
				studies, err3 := Studies(r, s, Page{})
				if errors.Join(err, err2, err3) != nil || len(programmes) != n || len(datasets) != n || len(studies) != n {
					t.Errorf("%q sees %d programmes, %d datasets, %d studies", who, len(programmes), len(datasets), len(studies))
				}
			}
			// The log of an entry is read where its owner is.
			for o, want := range map[event.Object]access.Place{
				{Kind: programmeKind, ID: programme}: {Region: "35", Organisation: jatim},
				{Kind: datasetKind, ID: dataset}:     {Region: "3507", Organisation: malang},
				{Kind: studyKind, ID: id}:            {Region: "35", Organisation: jatim},
			} {
				if got, err := PlaceOf(r, o); err != nil || got.Region != want.Region || got.Organisation != want.Organisation {
					t.Errorf("%v: %+v %v", o, got, err)
				}
			}
			var types []string
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if slices.Contains([]string{programmeKind, datasetKind, studyKind}, e.Object.Kind) {
					types = append(types, e.Type)
				}
			}
			want := []string{"programme-registered", "dataset-registered", "dataset-version-registered", "dataset-withdrawn",
				"study-registered", "study-permit-named", "study-stopped", "study-stopped", "study-data-withdrawn"}
			if !slices.Equal(types, want) {
				t.Errorf("%v", types)
			}
			return nil
		}))
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
	})
}

// TestDatasetVersions: rows that came in count once a second person accepts them,
// take the place of those before, and are withdrawn for a reason; replayed on both
// databases with their contents.
func TestDatasetVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
		w.person("yuni", "Dinsos Surabaya")
		w.grant("yuni", access.DataSteward, "3578", "Dinsos Surabaya")
		wati, yuni := w.by("wati", "uji"), w.by("yuni", "uji")
		refused := func(err error, code string) {
			t.Helper()
			if found := problem.Of(err); len(found) != 1 || found[0].Code != code {
				t.Errorf("expected %s, found %v", code, err)
			}
		}
		kept := func(text string) string {
			hash, _, err := w.Contents().Write(w.ctx, func(path string) error { return os.WriteFile(path, []byte(text), 0o600) })
			w.ok(err)
			return hash
		}
		desil := registry.Column{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}
		umur := registry.Column{Name: "umur", Words: registry.Words{ID: "umur", EN: "age"}}
		id, _, err := w.RegisterDataset(w.ctx, wati, registry.Dataset{Owner: w.ids["Dinsos Surabaya"], Name: "Data contoh", Class: registry.LimitedData, Regions: []string{"3578"}, Columns: []registry.Column{desil}})
		w.ok(err)
		version := func(rows string, columns ...registry.Column) registry.DatasetVersion {
			return registry.DatasetVersion{Rows: 3, File: "data/penerima.csv", SHA256: kept(rows), Content: kept(rows), Contract: kept("kontrak"), Quality: kept("mutu"), Class: registry.LimitedData, Columns: columns, Purpose: "uji", LegalBasis: "perjanjian contoh"}
		}
		_, _, err = w.StageDatasetVersion(w.ctx, w.by("tono", ""), id, version("satu", desil))
		var d *access.Denial
		if !errors.As(err, &d) {
			t.Errorf("an officer of another office staged a version: %v", err)
		}
		first, _, err := w.StageDatasetVersion(w.ctx, wati, id, version("satu", desil))
		w.ok(err)
		_, _, err = w.StageDatasetVersion(w.ctx, yuni, id, version("satu", desil))
		refused(err, "version-twice")
		_, err = w.AcceptDatasetVersion(w.ctx, wati, id, first)
		refused(err, "version-own")
		_, err = w.AcceptDatasetVersion(w.ctx, yuni, id, 7)
		refused(err, "version-unknown")
		_, err = w.AcceptDatasetVersion(w.ctx, yuni, id, first)
		w.ok(err)
		_, err = w.AcceptDatasetVersion(w.ctx, yuni, id, first)
		refused(err, "version-accepted")
		second, _, err := w.StageDatasetVersion(w.ctx, yuni, id, version("dua", desil, umur))
		w.ok(err)
		_, err = w.AcceptDatasetVersion(w.ctx, wati, id, second)
		w.ok(err)
		_, err = w.WithdrawDatasetVersion(w.ctx, w.by("yuni", ""), id, first)
		refused(err, "blank-reason")
		_, err = w.WithdrawDatasetVersion(w.ctx, yuni, id, first)
		w.ok(err)
		_, _, err = w.StageDatasetVersion(w.ctx, wati, id, version("tiga"))
		refused(err, "dataset-columns")
		empty := version("empat", desil)
		empty.Rows = 0
		_, _, err = w.StageDatasetVersion(w.ctx, wati, id, empty)
		refused(err, "version-empty")
		closer := version("enam", desil)
		closer.Class = registry.PersonalData
		_, _, err = w.StageDatasetVersion(w.ctx, wati, id, closer)
		refused(err, "version-class")
		closer.Class = ""
		_, _, err = w.StageDatasetVersion(w.ctx, wati, id, closer)
		refused(err, "dataset-class")
		numbered := version("lima", desil)
		numbered.File = "3578000101900001.csv"
		_, _, err = w.StageDatasetVersion(w.ctx, wati, id, numbered)
		refused(err, "text-identity")
		w.ok(w.View(w.ctx, func(r *Reader) error {
			d, _, err := DatasetOf(r, id)
			if now, ok := d.Current(); err != nil || !ok || now.Number != second || now.File != "penerima.csv" || len(d.Columns) != 2 || d.Version != 2 || d.Versions[0].State != registry.VersionWithdrawn {
				t.Errorf("%+v %v", d, err)
			}
			return nil
		}))
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
		if err := os.Remove(w.Contents().path(version("dua").Content)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Verify(w.ctx); err == nil {
			t.Error("rows that are gone were not missed")
		}
	})
}
