package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
)

// TestLoadRegisters measures 200 requests a second of what is public, and of budgets,
// on the figures of a province: 38 regions in 16 years with a correction each, 120
// programmes, and four payments of each programme, region and year. It judges answers,
// not times.
func TestLoadRegisters(t *testing.T) {
	testenv.NeedLong(t)
	const rate, seconds = 200, 20
	w := newTown(t)
	w.partners()
	var regions []string
	for _, r := range registry.Subtree("35", registry.DayOf(w.Now())) {
		if len(r.Code) == 4 {
			regions = append(regions, r.Code)
		}
	}
	indicators := registry.Indicators()
	for round, release := range []registry.Day{"2025-12-01", "2026-06-01"} {
		var rows []registry.Statistic
		for _, i := range indicators {
			for _, region := range regions {
				for year := 2010; year < 2026; year++ {
					v := i.Least + (i.Most-i.Least)/100 + float64(round)/100
					rows = append(rows, registry.Statistic{Indicator: i.Code, Region: region, Period: strconv.Itoa(year), Value: &v, Decimals: 2})
				}
			}
		}
		by := w.by("ani", "beban")
		_, _, err := w.RecordStatistics(context.Background(), by, registry.StatisticBatch{Owner: w.ids["Jatim"], Source: "BPS", Release: release}, rows)
		w.ok(err)
	}
	var programmes []string
	for i := range 120 {
		id, _, err := w.RegisterProgramme(context.Background(), w.by("ani", ""), registry.Programme{Owner: w.ids["Jatim"], Names: registry.Words{ID: fmt.Sprint("Program ", i), EN: fmt.Sprint("Programme ", i)}, Period: registry.Period{From: "2010-01-01"}})
		w.ok(err)
		programmes = append(programmes, id)
	}
	var lines registry.Lines
	for _, p := range programmes[:10] {
		for _, region := range regions {
			for year := 2021; year < 2027; year++ {
				for quarter := range 4 {
					lines.Disbursement = append(lines.Disbursement, registry.DisbursementLine{Programme: p, Region: region, Year: year, Stage: fmt.Sprint("q", quarter+1), People: registry.Amounts{Quota: number(1000), Received: number(900)}})
				}
			}
		}
	}
	batch, _, err := w.StageFigures(context.Background(), w.by("wahyu", "beban"), registry.FigureBatch{Owner: w.ids["Jatim"], Kind: registry.Disbursements, File: "rekap.xlsx", SHA256: someHash}, lines)
	w.ok(err)
	w.person("sari", "Jatim")
	w.grant("sari", "data-steward", "35", "Jatim")
	_, err = w.AcceptFigures(context.Background(), store.By{Actor: w.by("sari", "").Actor, Seen: store.Whatever, Why: "beban"}, batch)
	w.ok(err)

	l := serve(w)
	asked := []string{"/statistics?indicator=p0&within=35&from=2025", "/statistics?region=3507", "/statistics?within=35&limit=2000", "/statistics?revisions=true&region=3507&format=csv", "/statistics/p0.3507.2024",
		"/programmes", "/programmes?region=3507&year=2026", "/programmes/" + programmes[3]}
	staff := []string{"/budgets/disbursements?programme=" + programmes[3] + "&from_year=2026", "/programmes/" + programmes[3] + "/utilisation?region=35&year=2026&by_region=true", "/budgets/levels?region=35&year=2026"}
	l.rush(rate, seconds, func(i int) {
		if i%10 == 0 {
			l.get("budi", staff[i/10%len(staff)])
			return
		}
		l.nobody(asked[i%len(asked)], i)
	})
	for _, url := range slices.Concat(asked, staff) {
		who := map[bool]string{true: "budi"}[slices.Contains(staff, url)]
		l.alone(url, 20, func(int) (string, string) { return who, url })
	}
	l.print()
}

// nobody asks without saying who it is, from one of many origins, and asks again
// whether the answer has changed.
func (l *load) nobody(url string, i int) {
	name, _, _ := strings.Cut(url, "/0")
	origin := strconv.Itoa(i % 97)
	tag := l.askAs("GET "+name, http.MethodGet, url, "", http.StatusOK, "X-Test-Origin", origin)
	l.askAs("again", http.MethodGet, url, "", http.StatusNotModified, "X-Test-Origin", origin, "If-None-Match", tag)
}
