// Package bench measures each estimator against the bare scan of the columns
// that it reads: rows a second, peak memory and the ratio of the two times. The
// ratio is what to compare: both times are taken in one process, in turns, so
// that a busy machine slows both.
package bench

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/run"
)

// Case is one estimator on one shape of made-up data.
type Case struct {
	Name string
	// Title says in a few words what is measured.
	Title string
	// Columns are those that the estimator reads, and the bare scan sums.
	Columns []string
	// Plan is the study; its data name is "data".
	Plan string
	// Fixed says that the table has one size, whatever number of rows is asked.
	Fixed bool
	// SQL makes the table of about {rows} rows.
	SQL string
}

// Cases are all that can be measured.
var Cases = []Case{
	{
		Name: "did", Title: "staggered adoption, 10 periods, errors by unit",
		Columns: []string{"unit", "year", "first_year", "y"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year}"),
		SQL:     panel,
	},
	{
		Name: "did-cluster", Title: "the same, errors by village of 100 units",
		Columns: []string{"unit", "year", "first_year", "y", "village"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, cluster: village}"),
		SQL:     panel,
	},
	{
		Name: "did-real", Title: "the same by unit, an outcome with decimals",
		Columns: []string{"unit", "year", "first_year", "y"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year}"),
		SQL:     strings.Replace(panel, "AS INTEGER) AS y", "AS INTEGER) / 7.0 AS y", 1),
	},
	{
		Name: "did-covariates", Title: "by unit, doubly robust with two covariates",
		Columns: []string{"unit", "year", "first_year", "y", "age", "size"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, covariates: [age, size]}"),
		SQL:     panel,
	},
	{
		Name: "did-regression", Title: "by unit, outcome regression with two covariates",
		Columns: []string{"unit", "year", "first_year", "y", "age", "size"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, covariates: [age, size], method: outcome-regression}"),
		SQL:     panel,
	},
	{
		Name: "did-sections", Title: "repeated cross-sections, doubly robust with two covariates",
		Columns: []string{"year", "first_year", "y", "age", "size"},
		Plan:    plan("did: {panel: false, time: year, first_treated: first_year, covariates: [age, size]}"),
		SQL:     panel,
	},
	{
		Name: "did-twfe", Title: "two-way fixed effects with the Bacon decomposition",
		Columns: []string{"unit", "year", "first_year", "y"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, estimator: twfe}"),
		SQL:     panel,
	},
	{
		Name: "did-twfe-covariate", Title: "two-way fixed effects with a covariate that moves",
		Columns: []string{"unit", "year", "first_year", "y", "hours"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, estimator: twfe, covariates: [hours]}"),
		SQL:     panel,
	},
	{
		Name: "did-wild", Title: "errors by region (38), wild bootstrap",
		Columns: []string{"unit", "year", "first_year", "y", "kabupaten"},
		Plan:    plan("did: {unit: unit, time: year, first_treated: first_year, cluster: kabupaten}") + "inference: {vce: wild}\n",
		SQL:     panel,
	},
	{
		Name: "experiment", Title: "difference in means, HC2",
		Columns: []string{"arm", "y"},
		Plan:    plan("experiment: {treatment: arm}"),
		SQL:     people,
	},
	{
		Name: "experiment-lin", Title: "with two covariates (Lin), HC2",
		Columns: []string{"arm", "y", "age", "size"},
		Plan:    plan("experiment: {treatment: arm, covariates: [age, size]}"),
		SQL:     people,
	},
	{
		Name: "experiment-cluster", Title: "villages of 1,000 randomised, CR2",
		Columns: []string{"village_arm", "village", "y"},
		Plan:    plan("experiment: {treatment: village_arm, cluster: village}"),
		SQL:     people,
	},
	{
		Name: "synth", Title: "500 regions x 20 years, all placebos", Fixed: true,
		Columns: []string{"region", "year", "y"},
		Plan:    plan("synth: {unit: region, time: year, treated: [r007], first_year: 2015}"),
		SQL:     regions,
	},
}

func plan(design string) string {
	return "dampak: 1\nid: bench\ntitle: {id: Uji cepat, en: Benchmark}\nquestion: Seberapa cepat?\ndata:\n  data: data.parquet\n" +
		"design:\n  " + design + "\noutcomes:\n  - {column: y}\n"
}

// The made-up tables. hash() gives the same values in every run.
const (
	panel = `SELECT u AS unit, CAST(2010 + t AS SMALLINT) AS year, u // 100 AS village,
	CAST(CASE (u // 100) % 8 WHEN 0 THEN 0 ELSE 2011 + (u // 100) % 8 END AS SMALLINT) AS first_year,
	CAST(500000 + hash(u) % 300000 + 20000 * t + hash(u * 16 + t) % 100000
		+ CASE WHEN (u // 100) % 8 > 0 AND 2010 + t >= 2011 + (u // 100) % 8 THEN 25000 ELSE 0 END AS INTEGER) AS y,
	CAST(20 + hash(u + 1) % 50 AS TINYINT) AS age, CAST(1 + hash(u + 2) % 8 AS TINYINT) AS size,
	CAST(hash(u * 16 + t + 5) % 60 AS TINYINT) AS hours, CAST((u // 100) % 38 AS TINYINT) AS kabupaten
	FROM range({rows} // 10) a(u), range(10) b(t) ORDER BY unit, year`
	people = `SELECT CAST(hash(i) % 2 AS TINYINT) AS arm, CAST(hash(i // 1000 + 7) % 2 AS TINYINT) AS village_arm, i // 1000 AS village,
	CAST(20 + hash(i + 1) % 50 AS TINYINT) AS age, CAST(1 + hash(i + 2) % 8 AS TINYINT) AS size,
	CAST(900000 + hash(i + 3) % 500000 + 4000 * (hash(i + 1) % 50) + 30000 * (hash(i) % 2) AS INTEGER) AS y
	FROM range({rows}) a(i)`
	regions = `SELECT 'r' || lpad(CAST(r AS VARCHAR), 3, '0') AS region, CAST(2000 + t AS SMALLINT) AS year,
	CAST(1000 + hash(r) % 500 + (3 + hash(r + 100) % 5) * t + hash(r * 32 + t) % 40 AS INTEGER) AS y
	FROM range(500) a(r), range(20) b(t)`
)

// Find gives the case of a name.
func Find(name string) (Case, bool) {
	i := slices.IndexFunc(Cases, func(c Case) bool { return c.Name == name })
	if i < 0 {
		return Case{}, false
	}
	return Cases[i], true
}

// Names lists the names of the cases.
func Names() []string {
	names := make([]string, len(Cases))
	for i, c := range Cases {
		names[i] = c.Name
	}
	return names
}

// Make writes the case's table of about the given number of rows to a Parquet
// file.
func (c Case) Make(ctx context.Context, rows int64, path string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "SET memory_limit = '4GB'"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "COPY ("+strings.ReplaceAll(c.SQL, "{rows}", strconv.FormatInt(rows, 10))+") TO '"+strings.ReplaceAll(path, "'", "''")+"' (FORMAT parquet)")
	return err
}

// Timing is what one measurement found; times in seconds are the least of the
// rounds.
type Timing struct {
	Rows    int64
	Scan    float64 // the bare scan
	Collect float64 // all requests to the engine
	Rounds  int     // requests to the engine, each a scan
	Run     float64 // the whole run: open, hash, look, collect, estimate, words
	Peak    int64   // bytes at its largest of a process that ran Once; filled by whoever started it
}

// Ratio is the time of collecting over the bare scan's.
func (t Timing) Ratio() float64 { return t.Collect / t.Scan }

// PerRound is the ratio of one request on average.
func (t Timing) PerRound() float64 { return t.Ratio() / float64(max(t.Rounds, 1)) }

// Measure times the case on a file that Make wrote, in turns with the bare
// scan.
func (c Case) Measure(ctx context.Context, path string, rounds int) (Timing, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return Timing{}, err
	}
	defer db.Close()
	best := Timing{}
	for range rounds {
		scan, err := bareScan(ctx, db, path, c.Columns)
		if err != nil {
			return Timing{}, err
		}
		once, err := c.Once(ctx, path)
		if err != nil {
			return Timing{}, err
		}
		least(&best.Scan, scan)
		least(&best.Run, once.Run)
		least(&best.Collect, once.Collect)
		best.Rows, best.Rounds = once.Rows, once.Rounds
	}
	return best, nil
}

// Once runs the study once and nothing else: what a process needs for that is
// the memory of the study.
func (c Case) Once(ctx context.Context, path string) (Timing, error) {
	study, err := designs.Parse([]byte(c.Plan), "bench.yaml")
	if err != nil {
		return Timing{}, err
	}
	watch := &stopwatch{Engine: duckdb.New()}
	start := time.Now()
	answer, err := run.Run(ctx, run.Input{
		Study: study, Sources: []engine.Source{{Name: "data", Path: path}}, Engine: watch,
		Options: engine.Options{TempDir: filepath.Dir(path)}, Version: "bench", Now: time.Now,
	})
	if err != nil {
		return Timing{}, err
	}
	return Timing{Rows: answer.Data[0].Rows, Collect: watch.spent.Seconds(), Rounds: watch.requests, Run: time.Since(start).Seconds()}, nil
}

// least keeps the smaller of two times; 0 is none yet.
func least(into *float64, seconds float64) {
	if *into == 0 || seconds < *into {
		*into = seconds
	}
}

// bareScan sums the columns, text by its length: the least work that reads
// them.
func bareScan(ctx context.Context, db *sql.DB, path string, columns []string) (float64, error) {
	sums := make([]string, len(columns))
	for i, c := range columns {
		sums[i] = `sum("` + c + `")`
		if c == "region" {
			sums[i] = `sum(length("region"))`
		}
	}
	query := "SELECT " + strings.Join(sums, ", ") + " FROM read_parquet('" + strings.ReplaceAll(path, "'", "''") + "')"
	start := time.Now()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(any)
		}
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds(), rows.Err()
}

// TempFile gives a path for a case's data in a folder of its own, and what
// removes it.
func TempFile() (string, func(), error) {
	dir, err := os.MkdirTemp("", "dampak-bench-")
	if err != nil {
		return "", nil, err
	}
	return filepath.Join(dir, "data.parquet"), func() { os.RemoveAll(dir) }, nil
}
