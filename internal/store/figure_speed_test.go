package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// TestFiguresAreQuick: the disbursements of 30 programmes in 38 regions, 10 years
// and 4 payments, and of one programme in 8,500 villages, are brought in, and a year
// of the province is read.
func TestFiguresAreQuick(t *testing.T) {
	testenv.NeedLong(t)
	w := settled(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	w.grant("budi", access.DataSteward, "35", "Dinsos Jatim")
	w.person("rara", "Dinsos Jatim")
	w.grant("rara", access.DataSteward, "35", "Dinsos Jatim")
	var programmes []registry.Programme
	for i := range 30 {
		p := registry.Programme{Owner: w.ids["B2P3KS"], Names: registry.Words{ID: fmt.Sprintf("Program %d", i), EN: fmt.Sprintf("Programme %d", i)}, Region: registry.Nation, Level: registry.MinistryLevel, Period: registry.Period{From: "2007-01-01"},
			Stages: []registry.Stage{{Name: "1"}, {Name: "2"}, {Name: "3"}, {Name: "4"}}}
		id, _, err := w.RegisterProgramme(w.ctx, consoleOf("mesin"), p)
		w.ok(err)
		p.ID = id
		programmes = append(programmes, p)
	}
	bring := func(name string, lines []registry.DisbursementLine, most time.Duration) {
		t.Helper()
		began := time.Now()
		id, _, err := w.StageFigures(w.ctx, w.by("budi", ""), registry.FigureBatch{Owner: w.ids["Dinsos Jatim"], Kind: registry.Disbursements, File: name}, registry.Lines{Disbursement: lines})
		w.ok(err)
		_, err = w.AcceptFigures(w.ctx, w.by("rara", ""), id)
		w.ok(err)
		took := time.Since(began)
		t.Logf("%s: %d lines brought in and accepted in %v", name, len(lines), took.Round(time.Millisecond))
		if took > most {
			t.Errorf("%s took %v", name, took)
		}
	}
	regions := programmes[0].Regencies("35", 2024)
	for year := 2016; year <= 2025; year++ {
		var lines []registry.DisbursementLine
		for i, p := range programmes {
			for j, region := range regions {
				for stage := 1; stage <= 4; stage++ {
					n := int64(1000 + 10*i + j)
					lines = append(lines, registry.DisbursementLine{Programme: p.ID, Region: region, Year: year, Stage: fmt.Sprint(stage), Paid: registry.Day(fmt.Sprintf("%d-%02d-20", year, 3*stage)),
						People: registry.Amounts{Quota: whole(n), Decided: whole(n - 10), Received: whole(n - 20), Failed: whole(10), Used: whole(n - 50)},
						Money:  registry.Amounts{Quota: whole(n * 500_000), Decided: whole((n - 10) * 500_000), Received: whole((n - 20) * 500_000), Failed: whole(5_000_000), Used: whole((n - 50) * 500_000)}})
				}
			}
		}
		bring(fmt.Sprintf("rekap-%d.csv", year), lines, 5*time.Second)
	}
	var villages []registry.DisbursementLine
	for i := range 8_500 {
		villages = append(villages, registry.DisbursementLine{Programme: programmes[0].ID, Region: fmt.Sprintf("%s%02d2%03d", regions[i%38], i/38%20+1, i/760+1), Year: 2025, Stage: "1", People: registry.Amounts{Received: whole(5)}})
	}
	bring("desa.csv", villages, 10*time.Second)

	began := time.Now()
	var known, stages int
	w.ok(w.View(w.ctx, func(r *Reader) error {
		l, err := Ledger(r, FigureFilter{Within: []string{"35"}, First: 2025, Last: 2025})
		if err != nil {
			return err
		}
		for _, p := range programmes {
			for _, region := range regions {
				u := l.Use(p, region, 2025)
				stages += len(u.Stages)
				if u.Known() {
					known++
				}
			}
			l.Use(p, "35", 2025)
		}
		if levels := l.Levels(programmes, "35", 2025); levels[0].Reporting != 30 {
			t.Errorf("%+v", levels[0])
		}
		return nil
	}))
	took := time.Since(began)
	t.Logf("a year of the province: %v", took.Round(time.Millisecond))
	if known != 30*38 || stages != 30*38*4 {
		t.Error(known, stages)
	}
	if took > time.Second {
		t.Errorf("a year of the province took %v", took)
	}
}
