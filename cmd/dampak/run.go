package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

type runCmd struct {
	Plan   string   `arg:"" help:"${help_plan}"`
	Data   []string `help:"${help_data}" placeholder:"NAME=FILE" sep:"none"`
	Engine string   `help:"${help_engine}" default:"duckdb:" placeholder:"URL"`
	Out    string   `help:"${help_out}" placeholder:"DIR"`
	Format string   `help:"${help_format}" enum:"text,json" default:"text" placeholder:"text|json"`
}

// Run answers a plan. Everything is made before anything is written.
func (c runCmd) Run(s *session) error {
	study, sources, err := loadStudy(c.Plan, c.Data)
	if err != nil {
		return err
	}
	eng, err := openEngine(c.Engine)
	if err != nil {
		return err
	}
	if err := checkOut(c.Out); err != nil {
		return err
	}
	answer, err := s.answer(study, sources, eng)
	if err != nil {
		return err
	}
	in := report.Input{Result: answer, Study: study, Command: repeat(c.Plan, sources), Printed: time.Now()}
	var printed bytes.Buffer
	if err := printAnswer(&printed, c.Format, in, s.lang); err != nil {
		return err
	}
	if c.Out != "" {
		if err := writeOut(c.Out, in); err != nil {
			return err
		}
	}
	_, err = s.stdout.Write(printed.Bytes())
	return err
}

// printAnswer prints an answer as text or JSON.
func printAnswer(w io.Writer, format string, in report.Input, lang i18n.Lang) error {
	if format == "json" {
		return report.JSON(w, in)
	}
	return report.Text(w, in, lang)
}

// answer runs a study on an engine, drawing progress where a person watches.
func (s *session) answer(study *designs.Study, sources []engine.Source, eng engine.Engine) (result.Result, error) {
	bar := s.newBar(study.Plan.ID)
	defer bar.done()
	return run.Run(s.ctx, run.Input{
		Study: study, Sources: sources, Engine: eng, Version: version,
		Now: time.Now, Progress: bar.tell,
	})
}

// repeat is the command that repeats the numbers, with file names only.
func repeat(plan string, sources []engine.Source) string {
	words := []string{"dampak", "run", filepath.Base(plan)}
	for _, src := range sources {
		words = append(words, "--data", src.Name+"="+filepath.Base(src.Path))
	}
	return strings.Join(words, " ")
}

// maxPlan is more than any plan needs: a longer file is not a plan.
const maxPlan = 1 << 20

// loadStudy reads a plan and settles which file each source is.
func loadStudy(path string, data []string) (*designs.Study, []engine.Source, error) {
	src, err := readPlan(path)
	if err != nil {
		return nil, nil, err
	}
	study, err := designs.Parse(src, path)
	if err != nil {
		return nil, nil, err
	}
	sources, err := resolve(study, path, data)
	return study, sources, err
}

func readPlan(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxPlan+1))
	if err != nil {
		return nil, cannotRead(path, err)
	}
	return src, nil
}

func cannotRead(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return problem.New("no-file", "path", path).Because(err)
	}
	return problem.New("unreadable", "path", path).Because(err)
}

// resolve gives the file of the source that the design reads: --data first,
// else the plan's own path, which is relative to the plan.
func resolve(study *designs.Study, planPath string, data []string) ([]engine.Source, error) {
	given := map[string]string{}
	for _, d := range data {
		name, file, ok := strings.Cut(d, "=")
		if !ok || name == "" || file == "" {
			return nil, problem.Usage("usage-data", "word", d)
		}
		if _, twice := given[name]; twice {
			return nil, problem.Usage("usage-data-twice", "name", name)
		}
		given[name] = file
	}
	var names []string
	paths := map[string]string{}
	for _, src := range study.Plan.Data {
		names = append(names, src.Name)
		paths[src.Name] = src.Path
		if !filepath.IsAbs(src.Path) {
			paths[src.Name] = filepath.Join(filepath.Dir(planPath), src.Path)
		}
	}
	for name, file := range given {
		if _, known := paths[name]; !known {
			return nil, problem.Usage("usage-data-unknown", "name", name, "names", names, "suggestion", problem.Nearest(name, names))
		}
		paths[name] = file
	}
	table := study.Plan.Table
	if _, err := os.Stat(paths[table]); err != nil {
		return nil, cannotRead(paths[table], err)
	}
	return []engine.Source{{Name: table, Path: paths[table]}}, nil
}

// openEngine finds the engine that a URL names.
func openEngine(url string) (engine.Engine, error) {
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "duckdb":
		return duckdb.New(), nil
	case "memory":
		return memory.New(), nil
	default:
		return nil, problem.Usage("usage-engine", "url", scheme)
	}
}
