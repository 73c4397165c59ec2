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
	// Measure and Once are how the command calls itself: times are taken in one
	// process, in turns; memory in another, which runs the study once.
	Measure string `hidden:"" placeholder:"FILE"`
	Once    bool   `hidden:""`
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
	if c.Measure != "" {
		measured := func() (bench.Timing, error) { return cases[0].Measure(s.ctx, c.Measure, benchRounds) }
		if c.Once {
			measured = func() (bench.Timing, error) { return cases[0].Once(s.ctx, c.Measure) }
		}
		t, err := measured()
		if err != nil {
			return err
		}
		return json.NewEncoder(s.stdout).Encode(t)
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
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", one.Name, n(float64(t.Rows), 0), n(t.Scan, 3), n(t.Collect, 3),
				n(t.Ratio(), 1), n(t.Run, 3), n(float64(t.Rows)/t.Run/1e6, 1), n(float64(t.Peak)/1e6, 0))
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(s.stdout, s.text("bench.note"))
	return err
}

// measure makes the data and measures in processes of their own.
func measure(ctx context.Context, c bench.Case, rows int64) (bench.Timing, error) {
	path, remove, err := bench.TempFile()
	if err != nil {
		return bench.Timing{}, err
	}
	defer remove()
	if err := c.Make(ctx, rows, path); err != nil {
		return bench.Timing{}, err
	}
	t, _, err := itself(ctx, c, rows, path)
	if err != nil {
		return bench.Timing{}, err
	}
	_, t.Peak, err = itself(ctx, c, rows, path, "--once")
	return t, err
}

// itself runs this program in a process of its own and gives what it measured
// and its peak memory in bytes.
func itself(ctx context.Context, c bench.Case, rows int64, path string, more ...string) (bench.Timing, int64, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Timing{}, 0, err
	}
	args := append([]string{"bench", "--only", c.Name, "--rows", strconv.FormatInt(rows, 10), "--measure", path}, more...)
	cmd := exec.CommandContext(ctx, self, args...)
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
