package main

import (
	"fmt"

	"github.com/dampak/dampak/designs"
)

type checkCmd struct {
	Plan string `arg:"" help:"${help_plan}"`
}

// Run checks a plan without reading data and prints its identity.
func (c checkCmd) Run(s *session) error {
	src, err := readPlan(c.Plan)
	if err != nil {
		return err
	}
	study, err := designs.Parse(src, c.Plan)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("check.good", "id", study.Plan.ID, "design", study.Design.Name,
		"outcomes", len(study.Plan.Outcomes), "sha256", study.SHA256))
	return err
}
