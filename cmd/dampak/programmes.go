package main

import (
	"fmt"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// programmesCmd enters the programmes that sources know into the register of a
// record; without offices it lists them.
type programmesCmd struct {
	peopleFlags
	Centre   string `help:"${help_programmes_centre}" placeholder:"OFFICE"`
	Province string `help:"${help_programmes_province}" placeholder:"OFFICE"`
	Why      string `help:"${help_programmes_why}" placeholder:"TEXT"`
}

// Run enters what the register does not have, and prints each with its id.
func (c programmesCmd) Run(s *session) error {
	return c.with(s, func(p people) error {
		centre, err := p.organisation(c.Centre)
		if err != nil {
			return err
		}
		province, err := p.organisation(c.Province)
		if err != nil {
			return err
		}
		if centre == "" && province == "" {
			return problem.Usage("programmes-offices")
		}
		why := c.Why
		if why == "" {
			why = s.text("programmes.why")
		}
		var before []registry.Programme
		if err := p.record.View(p.ctx, func(r *store.Reader) (err error) {
			before, err = store.AllProgrammes(r)
			return err
		}); err != nil {
			return err
		}
		ids, err := p.record.RegisterKnownProgrammes(p.ctx, p.by(why), centre, province)
		there := map[string]bool{}
		for _, b := range before {
			there[b.ID] = true
		}
		for _, k := range registry.KnownProgrammes() {
			id, ok := ids[k.Code]
			if !ok {
				continue
			}
			key := "programmes.entered"
			if there[id] {
				key = "programmes.there"
			}
			name := k.Names.EN
			if s.lang == "id" {
				name = k.Names.ID
			}
			if _, failed := fmt.Fprintln(s.stdout, s.text(key, "name", name, "id", id)); failed != nil {
				return failed
			}
		}
		return err
	})
}
