package run

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

var (
	writeTable = flag.Bool("update", false, "write the calibration table")
	onlyWorld  = flag.String("world", "", "calibrate in this world alone")
	onlyClaim  = flag.String("claim", "", "calibrate this estimator alone, as the table names it")
	howOften   = flag.Int("replications", replications, "worlds for each claim; the table is written from the full number alone")
)

// replications of each cell of the table: the Monte Carlo error of a share of
// 95 % is then 0.5 points.
const replications = 2000

// cell is one row of the table.
type cell struct {
	design string
	claim  designs.Claim
	done   int // answered with a p
	none   int // refused, or without a p
	bounds int // intervals: a test alone has none
	// held, rejected: intervals that hold the truth, tests at 5 % that reject no
	// effect where there is none; warned: the claim's caution applied.
	held, rejected, warned int
	errors, squares, se    float64 // of the estimates against the truth
}

func (c *cell) add(o cell) {
	c.done, c.none, c.bounds, c.held, c.rejected, c.warned = c.done+o.done, c.none+o.none, c.bounds+o.bounds, c.held+o.held, c.rejected+o.rejected, c.warned+o.warned
	c.errors, c.squares, c.se = c.errors+o.errors, c.squares+o.squares, c.se+o.se
}

var tableColumns = []string{"design", "estimator", "world", "truth", "replications", "unanswered", "coverage", "null_rejection", "bias", "sd", "mean_se", "claim", "caution", "caution_applies"}

func (c *cell) row() []string {
	n := float64(c.done)
	bias := c.errors / n
	truth := "population"
	if c.claim.Sample {
		truth = "sample"
	}
	applies, coverage := "", ""
	if c.bounds > 0 {
		coverage = fmt.Sprintf("%.4f", float64(c.held)/float64(c.bounds))
	}
	if c.claim.Caution != "" {
		applies = fmt.Sprintf("%.3f", float64(c.warned)/n)
	}
	return []string{c.design, c.claim.Estimator, c.claim.World, truth, strconv.Itoa(c.done), strconv.Itoa(c.none),
		coverage, fmt.Sprintf("%.4f", float64(c.rejected)/n),
		fmt.Sprintf("%.4f", bias), fmt.Sprintf("%.4f", math.Sqrt(math.Max(0, c.squares/n-bias*bias))), fmt.Sprintf("%.4f", c.se/n),
		string(c.claim.Holds), c.claim.Caution, applies}
}

// outside says what of a row of the table is not as claimed.
func outside(row map[string]string) []string {
	number := func(name string) float64 {
		x, err := strconv.ParseFloat(row[name], 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	coverage, rejects, test := number("coverage"), number("null_rejection"), row["coverage"] == ""
	var wrong []string
	say := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	switch designs.Validity(row["claim"]) {
	case designs.Valid:
		say(test || coverage >= 0.93 && coverage <= 0.97, "coverage %.4f is outside 0.93 to 0.97", coverage)
		say(rejects >= 0.03 && rejects <= 0.07, "null rejection %.4f is outside 0.03 to 0.07", rejects)
	case designs.Conservative:
		say(test || coverage >= 0.93, "coverage %.4f is below 0.93", coverage)
		say(rejects <= 0.07, "null rejection %.4f is above 0.07", rejects)
	case designs.Fails:
		say(coverage < 0.93 || rejects > 0.07, "it is said to fail, with coverage %.4f and null rejection %.4f", coverage, rejects)
		say(number("caution_applies") > 0.5, "the caution %q applies in a share of %s only", row["caution"], row["caution_applies"])
	default:
		wrong = append(wrong, "no claim")
	}
	return wrong
}

// planOf writes the plan of a claim in its world.
func planOf(c designs.Claim) string {
	w := worlds[c.World]
	return fmt.Sprintf("dampak: 1\nid: calibration\ndata: {panel: panel.csv}\ndesign:\n  %s: {%s}\noutcomes: [{column: y}, {column: y0}]\ninference: {%s}\n",
		w.design, join(w.keys, c.Keys), join("draws: 200", c.Inference))
}

// join puts flow keys together; a later key stands in the place of an earlier
// one of its name.
func join(first, second string) string {
	if second == "" {
		return first
	}
	var kept []string
	for _, k := range strings.Split(first, ", ") {
		if name, _, _ := strings.Cut(k, ":"); !strings.Contains(", "+second, ", "+name+":") {
			kept = append(kept, k)
		}
	}
	return strings.Join(append(kept, second), ", ")
}

// replicate draws one world and answers it.
func replicate(t testing.TB, study *designs.Study, claim designs.Claim, number int) cell {
	seed := fnv.New64a()
	fmt.Fprintf(seed, "%s\n%s", claim.Estimator, claim.World)
	d := worlds[claim.World].draw(rand.New(rand.NewPCG(seed.Sum64(), uint64(number))))
	session, err := memory.From(map[string]memory.Table{study.Plan.Table: d.table}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Error(err)
		return cell{}
	}
	r := result.Result{}
	in := Input{Study: study, Engine: memory.New()}
	if err := analyseAll(context.Background(), in, session, newProgress(nil, 2), &r); err != nil {
		t.Errorf("%s in %s, world %d: %v", claim.Estimator, claim.World, number, err)
		return cell{none: 1}
	}
	find := func(o plan.Outcome) (result.Estimate, bool) {
		e, ok := overall(o, r)
		return e, ok && e.P != nil
	}
	answer, ok := find(study.Plan.Outcomes[0])
	null, ok2 := find(study.Plan.Outcomes[1])
	if !ok || !ok2 {
		return cell{none: 1}
	}
	truth := d.population
	if claim.Sample {
		truth = d.sample
	}
	out := cell{done: 1, errors: *answer.Estimate - truth, squares: (*answer.Estimate - truth) * (*answer.Estimate - truth)}
	if answer.SE != nil {
		out.se = *answer.SE
	}
	if answer.Lower != nil && answer.Upper != nil {
		out.bounds = 1
		if *answer.Lower <= truth && truth <= *answer.Upper {
			out.held = 1
		}
	}
	if *null.P < 0.05 {
		out.rejected = 1
	}
	b, err := book()
	if err != nil {
		t.Error(err)
	}
	for _, reason := range b.judgeOutcome(study.Plan.Outcomes[0], r).Reasons {
		if reason.Rule == claim.Caution {
			out.warned = 1
		}
	}
	return out
}

func calibrate(t testing.TB, design string, claim designs.Claim, times int) cell {
	study, err := designs.Parse([]byte(planOf(claim)), "plan.yaml")
	if err != nil {
		t.Fatalf("%s in %s: %v\n%s", claim.Estimator, claim.World, err, planOf(claim))
	}
	sum := cell{design: design, claim: claim}
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	parts := make([]cell, times)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < times; i += workers {
				parts[i] = replicate(t, study, claim, i)
			}
		})
	}
	wait.Wait()
	for _, p := range parts { // in order: the sums are then the same on any machine
		sum.add(p)
	}
	return sum
}

var tablePath = filepath.Join(testenv.Root(), "docs", "methods", "calibration.csv")

// TestCalibration draws 2,000 worlds for every claim of the registry and holds
// the claim against them; with -update it writes docs/methods/calibration.csv,
// each row when it is known, so that a run that is cut can go on by -world.
//
//	go test ./run -run 'Calibration$' -long -update -timeout 3h
func TestCalibration(t *testing.T) {
	testenv.NeedLong(t)
	known := committed(t)
	for _, e := range designs.All() {
		for _, claim := range e.Claims {
			if *onlyWorld != "" && claim.World != *onlyWorld || *onlyClaim != "" && claim.Estimator != *onlyClaim {
				continue
			}
			c := calibrate(t, e.Name, claim, *howOften)
			row := c.row()
			t.Log(strings.Join(row, " | "))
			for _, wrong := range outside(named(row)) {
				t.Errorf("%s in %s: %s", claim.Estimator, claim.World, wrong)
			}
			if *writeTable && *howOften == replications {
				known[rowKey(named(row))] = row
				writeRows(t, known)
			}
		}
	}
}

// rowKey tells the rows of the table apart.
func rowKey(row map[string]string) string {
	return row["design"] + "\n" + row["estimator"] + "\n" + row["world"]
}

// committed reads the rows of the committed table; none where there is none.
func committed(t *testing.T) map[string][]string {
	src, err := os.ReadFile(tablePath)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]string{}
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(src)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{}
	for _, row := range rows[1:] {
		known[rowKey(named(row))] = row
	}
	return known
}

// writeRows writes the known rows in the order of the registry; a row that no
// claim has any more is left out.
func writeRows(t *testing.T, known map[string][]string) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(tableColumns)
	for _, e := range designs.All() {
		for _, claim := range e.Claims {
			if row, ok := known[e.Name+"\n"+claim.Estimator+"\n"+claim.World]; ok {
				_ = w.Write(row)
			}
		}
	}
	w.Flush()
	if err := os.WriteFile(tablePath, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func named(row []string) map[string]string {
	m := map[string]string{}
	for i, name := range tableColumns {
		m[name] = row[i]
	}
	return m
}

// TestCalibrationTable: the committed table has a row for every claim, of 2,000
// worlds, and every row is as claimed.
func TestCalibrationTable(t *testing.T) {
	src, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(src)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := 1
	for _, e := range designs.All() {
		for _, claim := range e.Claims {
			if at >= len(rows) {
				t.Fatalf("the table ends before %s in %s", claim.Estimator, claim.World)
			}
			row := named(rows[at])
			at++
			if row["design"] != e.Name || row["estimator"] != claim.Estimator || row["world"] != claim.World || row["claim"] != string(claim.Holds) || row["caution"] != claim.Caution {
				t.Errorf("row %d is %s in %s, the registry has %s in %s", at, row["estimator"], row["world"], claim.Estimator, claim.World)
			}
			if done, _ := strconv.Atoi(row["replications"]); done < replications*99/100 {
				t.Errorf("%s in %s: %s replications", claim.Estimator, claim.World, row["replications"])
			}
			for _, wrong := range outside(row) {
				t.Errorf("%s in %s: %s", claim.Estimator, claim.World, wrong)
			}
		}
	}
	if at != len(rows) {
		t.Errorf("the table has %d rows, the registry %d claims", len(rows)-1, at-1)
	}
}

// TestCalibrationRuns: every claim can be tried; what it claims takes -long.
func TestCalibrationRuns(t *testing.T) {
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true}
	for _, r := range b.Rules {
		known[r.ID] = true
	}
	for _, e := range designs.All() {
		for _, claim := range e.Claims {
			if c := calibrate(t, e.Name, claim, 1); c.done+c.none != 1 {
				t.Errorf("%s in %s: %+v", claim.Estimator, claim.World, c)
			}
			if !known[claim.Caution] || (claim.Holds == designs.Fails) != (claim.Caution != "") {
				t.Errorf("%s in %s: no rule %q", claim.Estimator, claim.World, claim.Caution)
			}
		}
	}
}
