package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/report"
)

// estimateCmd answers a plan again from what its run kept.
type estimateCmd struct {
	Plan   string `arg:"" help:"${help_plan}"`
	File   string `arg:"" help:"${help_moments}"`
	Out    string `help:"${help_out}" placeholder:"DIR"`
	Format string `help:"${help_format}" enum:"text,json" default:"text" placeholder:"text|json"`
}

// Run answers the plan without its rows.
func (c estimateCmd) Run(s *session) error {
	src, err := readPlan(c.Plan)
	if err != nil {
		return err
	}
	study, err := designs.Parse(src, c.Plan)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return cannotRead(c.File, err)
	}
	defer f.Close()
	kept, err := replay.Read(f, c.File)
	if err != nil {
		return err
	}
	if err := checkOut(c.Out); err != nil {
		return err
	}
	answer, err := s.answer(study, kept.Sources(), kept.Replay())
	if err != nil {
		return err
	}
	in := report.Input{Result: answer, Study: study, Printed: time.Now(),
		Command: strings.Join([]string{"dampak", "estimate", filepath.Base(c.Plan), filepath.Base(c.File)}, " ")}
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
