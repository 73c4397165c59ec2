package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/examples"
	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
)

// file reads a CSV file of a world as columns; words are NaN.
func file(t *testing.T, m *Manifest, name string) (columns map[string][]float64, rows int) {
	t.Helper()
	f, err := os.Open(filepath.Join(m.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns = map[string][]float64{}
	for i, c := range all[0] {
		for _, r := range all[1:] {
			x := math.NaN()
			if r[i] != "" && !strings.HasSuffix(c, "name") {
				if x, err = strconv.ParseFloat(r[i], 64); err != nil {
					t.Fatal(err)
				}
			}
			columns[c] = append(columns[c], x)
		}
	}
	return columns, len(all) - 1
}

func world(t *testing.T, o Options) *Manifest {
	t.Helper()
	m, err := Make(context.Background(), filepath.Join(t.TempDir(), "world"), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The share of people below the line in the solved law is the official one.
func TestTheLawHasTheOfficialRate(t *testing.T) {
	all, err := laws()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for y := range years {
			want := l.region.P0[firstYear+y] / 100
			if got := l.poorShare(y, l.spread[y]); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s %d: share %v, official %v", l.region.Name, firstYear+y, got, want)
			}
			if l.mean[y] < l.region.Line {
				t.Errorf("%s %d: mean %v below the line", l.region.Name, firstYear+y, l.mean[y])
			}
			if math.Abs(l.mean[y]-l.mean[0]-all[0].mean[y]+all[0].mean[0]) > 1e-6 {
				t.Errorf("%s %d: its mean does not move with the others", l.region.Name, firstYear+y)
			}
		}
		// Away from programmes and from the base year the Gini moves; in the base
		// year it is the official one but for what programmes change.
		if got := 2*phi(l.spread[baseYear-firstYear]/math.Sqrt2) - 1; math.Abs(got-l.region.Gini) > 0.08 {
			t.Errorf("%s: Gini %v, official %v", l.region.Name, got, l.region.Gini)
		}
	}
}

// Without a programme the closed form and the integral must agree.
func TestPoorShareAgainstTheClosedForm(t *testing.T) {
	all, _ := laws()
	l := all[0]
	b := l.threshold(0, 0.6, 0)
	if got, want := integrate(density, b), phi(b); math.Abs(got-want) > 1e-7 {
		t.Errorf("integral %v, closed form %v", got, want)
	}
}

// Region by year, the share of poor people in the file lies within sampling
// error of the official rate: four standard errors with villages as clusters
// and the members of a household in one boat; and on average within one.
func TestPovertyFollowsTheOfficialFigures(t *testing.T) {
	m := world(t, Options{Seed: 7, Households: 20_000})
	c, rows := file(t, m, householdsFile)
	if want := 20_000 * years; rows != want {
		t.Fatalf("%d rows, want %d", rows, want)
	}
	type place struct{ region, year int }
	type sums struct{ poor, people float64 }
	cells := map[place]map[float64]sums{} // by village
	for i := range rows {
		at := place{int(c["region"][i]), int(c["year"][i])}
		if cells[at] == nil {
			cells[at] = map[float64]sums{}
		}
		v := cells[at][c["village"][i]]
		v.poor += c["poor"][i] * c["members"][i]
		v.people += c["members"][i]
		cells[at][c["village"][i]] = v
	}
	regions, _ := official.Regions()
	var squares, cellsSeen, poorAll, peopleAll float64
	for _, r := range regions {
		for y := firstYear; y <= lastYear; y++ {
			var all sums
			for _, v := range cells[place{r.Code, y}] {
				all.poor += v.poor
				all.people += v.people
			}
			share, want := all.poor/all.people, r.P0[y]/100
			var meat float64
			for _, v := range cells[place{r.Code, y}] {
				meat += (v.poor - want*v.people) * (v.poor - want*v.people)
			}
			z := (share - want) / (math.Sqrt(meat) / all.people)
			if len(cells[place{r.Code, y}]) >= 25 && math.Abs(z) > 4.5 {
				t.Errorf("%s %d: %.2f %%, official %.2f %% (z = %.1f)", r.Name, y, 100*share, 100*want, z)
			}
			squares += z * z
			cellsSeen++
			if y == lastYear {
				poorAll += all.poor
				peopleAll += all.people
			}
		}
	}
	if mean := squares / cellsSeen; mean > 1.8 {
		t.Errorf("mean square of z over %v cells is %.2f, far from 1", cellsSeen, mean)
	}
	t.Logf("mean z^2 %.2f; province 2025 %.2f %%, official 9.50 %%", squares/cellsSeen, 100*poorAll/peopleAll)
	if got := poorAll / peopleAll; math.Abs(got-0.095) > 0.012 {
		t.Errorf("province 2025: %.2f %%, official 9.50 %%", 100*got)
	}
}

// The truth in the manifest, recomputed from the rows: a paid household's
// effect is the law's, all others' is 0.
func TestTruthAgainstTheRows(t *testing.T) {
	m := world(t, Options{Seed: 3, Households: 2_000})
	c, rows := file(t, m, householdsFile)
	all, _ := laws()
	of := map[int]*law{}
	for i := range all {
		of[all[i].region.Code] = &all[i]
	}
	type mean struct{ sum, n float64 }
	naive := map[string]mean{}
	add := func(key string, effect float64) {
		v := naive[key]
		naive[key] = mean{v.sum + effect, v.n + 1}
	}
	for i := range rows {
		g, y := c["first_year"][i], c["year"][i]
		if math.IsNaN(g) || y < g {
			if c["ministry"][i] != 0 {
				t.Fatalf("row %d: paid before the programme came", i)
			}
			continue
		}
		effect := c["ministry"][i] * float64(of[int(c["region"][i])].gain[int(y)-firstYear])
		add("simple", effect)
		add(fmt.Sprint("event ", y-g), effect)
		add(fmt.Sprint("group ", g), effect)
		add(fmt.Sprint("calendar ", y), effect)
		add(fmt.Sprint("att-gt ", g, y), effect)
	}
	seen := 0
	for _, tr := range m.Truth {
		if tr.Study != StudyDiD {
			continue
		}
		key := tr.Term
		switch {
		case tr.Group != nil && tr.Time != nil:
			key += fmt.Sprint(" ", float64(*tr.Group), float64(*tr.Time))
		case tr.Group != nil:
			key += fmt.Sprint(" ", *tr.Group)
		case tr.Time != nil:
			key += fmt.Sprint(" ", *tr.Time)
		case tr.Event != nil:
			key += fmt.Sprint(" ", *tr.Event)
		}
		if strings.HasSuffix(key, "-overall") {
			continue
		}
		seen++
		v, ok := naive[key]
		if !ok || math.Abs(v.sum/v.n-tr.Value) > 1e-5 {
			t.Errorf("%s: %v, from the rows %v", key, tr.Value, v.sum/v.n)
		}
	}
	if seen != len(naive) {
		t.Errorf("%d truths, %d from the rows", seen, len(naive))
	}
}

// A textbook estimate on the rows finds the truth: the mean over cohorts and
// years of the change since the year before, against the never treated, is
// within four standard errors over twelve worlds.
func TestTheDifferenceInDifferencesIsUnbiased(t *testing.T) {
	all, err := laws()
	if err != nil {
		t.Fatal(err)
	}
	const worlds = 12
	var sum, squares float64
	for seed := range uint64(worlds) {
		w := World{Seed: seed, Households: 4_000}
		means, counts := map[cell]float64{}, map[int]float64{}
		truth := newLedger()
		for i, n := range shares(all, w.Households) {
			l := &all[i]
			chance := w.source(l.region.Code, forPanel)
			for _, h := range l.people(chance, n) {
				counts[l.first]++
				for y := range years {
					life := l.live(chance, h, y)
					means[cell{l.first, firstYear + y}] += float64(life.real)
					truth.add(l.first, firstYear+y, life.gain)
				}
			}
		}
		at := func(g, y int) float64 { return means[cell{g, y}] / counts[g] }
		var estimate, weights float64
		for c, n := range truth.rows {
			att := at(c.cohort, c.year) - at(c.cohort, c.cohort-1) - at(0, c.year) + at(0, c.cohort-1)
			estimate += att * float64(n)
			weights += float64(n)
		}
		miss := estimate/weights - truth.truths("")[0].Value
		sum += miss
		squares += miss * miss
	}
	mean := sum / worlds
	se := math.Sqrt((squares/worlds - mean*mean) / (worlds - 1))
	t.Logf("mean miss %.0f rupiah, standard error %.0f", mean, se)
	if math.Abs(mean) > 4*se {
		t.Errorf("mean miss %.0f rupiah with standard error %.0f", mean, se)
	}
}

func TestThePilotTellsItsTruth(t *testing.T) {
	m := world(t, Options{Seed: 11, Households: 6_000})
	c, rows := file(t, m, pilotFile)
	if rows < 1_000 {
		t.Fatalf("%d rows", rows)
	}
	arm := map[float64]float64{}
	for i := range rows {
		if before, ok := arm[c["village"][i]]; ok && before != c["offered"][i] {
			t.Fatalf("village %v in both arms", c["village"][i])
		}
		arm[c["village"][i]] = c["offered"][i]
		if c["joined"][i] > c["offered"][i] {
			t.Fatal("joined without an offer")
		}
	}
	for _, tr := range m.Truth {
		if tr.Study == StudyExperiment && (tr.Value < 45_000 || tr.Value > 75_000) {
			t.Errorf("%s = %v, far from %v of about 83 thousand", tr.Term, tr.Value, joins)
		}
	}
}

// One world is one set of bytes. The hash changes only with Version.
func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	const want = "13cc28766987"
	hash := func(seed uint64) string {
		m := world(t, Options{Seed: seed, Households: 600})
		sum := sha256.New()
		for _, name := range []string{householdsFile, pilotFile, regionsFile, manifestFile} {
			b, err := os.ReadFile(filepath.Join(m.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			sum.Write(b)
		}
		return fmt.Sprintf("%x", sum.Sum(nil))[:12]
	}
	if got := hash(1); got != want {
		t.Errorf("hash %s, want %s: raise Version when the rows are meant to change", got, want)
	}
	if hash(2) == want {
		t.Error("another seed gave the same bytes")
	}
}

var sixteen = regexp.MustCompile(`[0-9]{16}`)

func TestNothingLooksLikeAnIdentityNumber(t *testing.T) {
	m := world(t, Options{Seed: 5, Households: 600})
	entries, _ := os.ReadDir(m.Dir)
	if len(entries) != 5 {
		t.Errorf("%d files", len(entries))
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if at := sixteen.Find(b); at != nil {
			t.Errorf("%s: %s", e.Name(), at)
		}
	}
	regions, _ := official.Regions()
	b, _ := os.ReadFile(filepath.Join(m.Dir, regionsFile))
	for _, r := range regions {
		if !bytes.Contains(b, fmt.Appendf(nil, "%d,%s,", r.Code, r.Name)) {
			t.Errorf("no row of %s", r.Name)
		}
	}
}

func TestAFolderIsReusedAndNeverOverwritten(t *testing.T) {
	ctx := context.Background()
	o := Options{Seed: 1, Households: 500}
	m := world(t, o)
	again, err := Make(ctx, m.Dir, o, nil)
	if err != nil || !again.Reused || len(again.Truth) != len(m.Truth) {
		t.Fatalf("not reused: %+v, %v", again, err)
	}
	code := func(dir string, o Options) string {
		_, err := Make(ctx, dir, o, nil)
		var p *problem.Problem
		if !errors.As(err, &p) {
			t.Fatalf("no problem: %v", err)
		}
		for _, l := range i18n.Langs {
			if s := p.Text(l); strings.ContainsAny(s, "{}[]") {
				t.Errorf("bad words: %s", s)
			}
		}
		return p.Code
	}
	if got := code(m.Dir, Options{Seed: 2, Households: 500}); got != "demo-dir-other" {
		t.Error(got)
	}
	if err := os.WriteFile(filepath.Join(m.Dir, pilotFile), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := code(m.Dir, o); got != "demo-file-changed" {
		t.Error(got)
	}
	other := t.TempDir()
	kept := filepath.Join(other, "kept.txt")
	if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := code(other, o); got != "demo-dir-taken" {
		t.Error(got)
	}
	if b, _ := os.ReadFile(kept); string(b) != "mine" {
		t.Error("a file of somebody else changed")
	}
	if got := code(kept, o); got != "demo-dir-file" {
		t.Error(got)
	}
	if got := code(filepath.Join(other, "new"), Options{Households: 3}); got != "demo-households" {
		t.Error(got)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	parent := t.TempDir()
	if _, err := Make(stopped, filepath.Join(parent, "w"), o, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStudiesKnowTheirTruth(t *testing.T) {
	m := world(t, Options{Seed: 1, Households: 500})
	studies, err := Studies(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range studies {
		if s.Official == (len(s.Truth) > 0) {
			t.Errorf("%s: official %v with %d truths", s.ID, s.Official, len(s.Truth))
		}
		if !bytes.Contains(s.Plan, []byte("id: "+s.ID+"\n")) {
			t.Errorf("%s: the plan has another id", s.ID)
		}
		for _, path := range s.Data {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
		for _, n := range append(s.Notes, s.Source) {
			if n.ID == "" || n.EN == "" || strings.HasPrefix(n.ID, "[") || strings.Contains(n.ID, "{") {
				t.Errorf("%s: note %+v", s.ID, n)
			}
		}
	}
	ids := map[string]bool{}
	for _, s := range studies {
		ids[s.ID] = true
	}
	for _, s := range studies {
		for _, id := range s.Beside {
			if !ids[id] || id == s.ID {
				t.Errorf("%s stands beside %q", s.ID, id)
			}
		}
		if s.ID == StudyRegions {
			if v, ok := s.True(result.Estimate{Term: "simple", Group: result.Name("Kabupaten Malang")}); !ok || v <= 0 {
				t.Errorf("a region: %v, %v", v, ok)
			}
			if _, ok := s.True(result.Estimate{Term: "simple", Group: result.Name("Kabupaten Lain")}); ok {
				t.Error("the truth of a region that is not there")
			}
		}
	}
	did := studies[2]
	if v, ok := did.True(result.Estimate{Term: "simple"}); !ok || v < 10_000 {
		t.Errorf("simple: %v, %v", v, ok)
	}
	if v, ok := did.True(result.Estimate{Term: "event", Event: result.Int(-2)}); !ok || v != 0 {
		t.Errorf("before the programme: %v, %v", v, ok)
	}
	if v, ok := did.True(result.Estimate{Term: "att-gt", Group: result.Number(2018), Time: result.Number(2019), Event: result.Int(1)}); !ok || v <= 0 {
		t.Errorf("att-gt: %v, %v", v, ok)
	}
	if _, ok := studies[0].True(result.Estimate{Term: "att"}); ok {
		t.Error("somebody claims to know the truth of official figures")
	}
}

// The official table serves the plan: 34 provinces with all eleven March figures.
func TestTheOfficialPanelIsComplete(t *testing.T) {
	b, err := examples.Files.ReadFile("jatim-2021/panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	march := map[string]int{}
	for _, r := range all[1:] {
		if r[2] == official.March && r[4] != "" {
			march[r[0]]++
		}
		if r[0] == "Jawa Timur" && r[1] == "2020" && r[2] == official.March && (r[3] != "4419.1" || r[4] != "11.09") {
			t.Errorf("March 2020: %v", r)
		}
	}
	complete := 0
	for _, n := range march {
		if n == years {
			complete++
		}
	}
	if complete != 34 {
		t.Errorf("%d provinces with all years", complete)
	}
}
