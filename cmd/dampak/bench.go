package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"text/tabwriter"

	"github.com/dampak/dampak/bench"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

type benchCmd struct {
	Rows []int64 `help:"${help_rows}" default:"100000,1000000,10000000" placeholder:"N"`
	Only string  `help:"${help_only}" placeholder:"NAME"`
	// These are how the command calls itself, each time in a process of its own:
	// to make the data, to take times, in turns, and to run the study once for
	// its memory. A process starts with the peak of the one that started it, so
	// the first must stay small.
	Make    string `hidden:"" placeholder:"FILE"`
	Measure string `hidden:"" placeholder:"FILE"`
	Once    string `hidden:"" placeholder:"FILE"`
}

const (
	benchLeast  = 1000
	benchRounds = 5
)

// Run measures and prints a table.
func (c benchCmd) Run(s *session) error {
	cases := bench.Cases
	if c.Only != "" {
		found, ok := bench.Find(c.Only)
		if !ok {
			return problem.Usage("usage-only", "word", c.Only, "names", bench.Names())
		}
		cases = []bench.Case{found}
	}
	if done, err := c.asChild(s, cases[0]); done || err != nil {
		return err
	}
	for _, rows := range c.Rows {
		if rows < benchLeast {
			return problem.Usage("usage-rows", "rows", rows, "least", benchLeast)
		}
	}
	w := tabwriter.NewWriter(s.stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, s.text("bench.heading")+"\t")
	for _, one := range cases {
		sizes := c.Rows
		if one.Fixed {
			sizes = sizes[:1]
		}
		for _, rows := range sizes {
			t, err := measure(s.ctx, one, rows)
			if err != nil {
				return err
			}
			n := func(x float64, decimals int) string { return i18n.Number(s.lang, x, decimals) }
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", one.Name, n(float64(t.Rows), 0), n(t.Scan, 3), n(t.Collect, 3),
				n(t.Ratio(), 1), n(float64(t.Rounds), 0), n(t.PerRound(), 1), n(t.Run, 3), n(float64(t.Rows)/t.Run/1e6, 1), n(float64(t.Peak)/1e6, 0))
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(s.stdout, s.text("bench.note"))
	return err
}

// asChild does one of the tasks for which the command calls itself.
func (c benchCmd) asChild(s *session, one bench.Case) (bool, error) {
	var t bench.Timing
	var err error
	switch {
	case c.Make != "":
		err = one.Make(s.ctx, c.Rows[0], c.Make)
	case c.Measure != "":
		t, err = one.Measure(s.ctx, c.Measure, benchRounds)
	case c.Once != "":
		t, err = one.Once(s.ctx, c.Once)
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	return true, json.NewEncoder(s.stdout).Encode(t)
}

// measure makes the data and measures in processes of their own.
func measure(ctx context.Context, c bench.Case, rows int64) (bench.Timing, error) {
	path, remove, err := bench.TempFile()
	if err != nil {
		return bench.Timing{}, err
	}
	defer remove()
	if _, _, err := itself(ctx, c, rows, "--make", path); err != nil {
		return bench.Timing{}, err
	}
	t, _, err := itself(ctx, c, rows, "--measure", path)
	if err != nil {
		return bench.Timing{}, err
	}
	_, t.Peak, err = itself(ctx, c, rows, "--once", path)
	return t, err
}

// itself runs this program in a process of its own for one task and gives what
// it measured and its peak memory in bytes.
func itself(ctx context.Context, c bench.Case, rows int64, task, path string) (bench.Timing, int64, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Timing{}, 0, err
	}
	cmd := exec.CommandContext(ctx, self, "bench", "--only", c.Name, "--rows", strconv.FormatInt(rows, 10), task, path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return bench.Timing{}, 0, err
	}
	var t bench.Timing
	if err := json.Unmarshal(out, &t); err != nil {
		return bench.Timing{}, 0, err
	}
	return t, peakMemory(cmd.ProcessState), nil
}
