package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// SeesProtocol tells whether somebody who may see a study may see what it says that
// it does: under an embargo only the offices that may write it.
func SeesProtocol(who access.Standing, s study.Study) bool {
	current, registered := s.Registered()
	return !registered || current.Open(registry.DayOf(who.At)) || who.May(access.StudyRegister, access.Place{Region: s.Region, Organisation: s.Owner}) == nil
}

// AEAOf is the export of the registration that holds, in the fields of the AEA RCT
// registry, with the names of that day; see study.AEA. Errors: the problem
// state-study-draft where there is none.
func AEAOf(r *Reader, s study.Study, on registry.Day) (study.AEARegistry, error) {
	current, ok := s.Registered()
	if !ok {
		return study.AEARegistry{}, problem.New("state-study-draft")
	}
	var parties, regions, programmes []string
	if s.Agreement != "" {
		b, _, err := BoundOf(r, s.Agreement)
		if err != nil {
			return study.AEARegistry{}, err
		}
		for _, p := range b.Agreement.Parties {
			parties = append(parties, p.Organisation)
		}
	}
	for _, u := range current.Data {
		d, _, err := DatasetOf(r, u.Dataset)
		if err != nil {
			return study.AEARegistry{}, err
		}
		for _, code := range d.Regions {
			regions = append(regions, registry.RegionName(code))
		}
	}
	slices.Sort(regions)
	for _, id := range s.Programmes {
		p, ok, err := ProgrammeOf(r, id)
		if err != nil {
			return study.AEARegistry{}, err
		}
		if ok {
			programmes = append(programmes, cmp.Or(p.Names.EN, p.Names.ID))
		}
	}
	people, err := NamesOf(r, []string{s.User})
	if err != nil {
		return study.AEARegistry{}, err
	}
	offices, err := OrganisationsNamed(r, append([]string{s.Owner}, parties...))
	if err != nil {
		return study.AEARegistry{}, err
	}
	names := map[string]string{}
	for _, o := range offices {
		names[o.ID] = o.NameOn(on).Full
	}
	for i, id := range parties {
		parties[i] = names[id]
	}
	return s.AEA(current, study.Investigator{Name: people[s.User], Affiliation: names[s.Owner]}, slices.Compact(regions), programmes, parties)
}

// Sight is what somebody may do with what a run answered.
type Sight struct {
	Own    bool // they are of the study
	Checks bool // they may check what leaves, and are asked to
	// Shows says that they may see the numbers: everybody who may read studies once they
	// are released, before that the study's people, and the checker who was asked; none
	// before the first gate has looked at them.
	Shows  bool
	Places []access.Place // at which a right to check counts; the first is the study's
}

// SightOf tells it of somebody who may see the study of a run.
func SightOf(from From, who access.Standing, r study.Run) (x Sight, err error) {
	if x.Own, err = SeesAnswer(from, who.User, r); err != nil {
		return x, err
	}
	if x.Checks, err = ChecksAnswer(from, who, r); err != nil {
		return x, err
	}
	x.Places, err = CheckPlaces(from, r)
	x.Shows = r.Answer != nil && (r.Dummy && x.Own || r.Release != nil || r.Answer.Gate != "" && (x.Own || x.Checks))
	return x, err
}

// Offers leaves the steps of the way out to those whose steps they are.
func (x Sight) Offers(r study.Run, command string) bool {
	switch command {
	case "request-release":
		return x.Own && !r.Dummy && !r.Baseline()
	case "answer-question", "cancel":
		return x.Own
	case "question-release", "refuse-release", "release":
		return x.Checks
	}
	return true
}

// NoteAnswer notes that somebody saw the numbers of a run, by source; it notes nothing
// of what is released, made up or of public rows. It comes before anything is shown.
func (s *Store) NoteAnswer(ctx context.Context, by event.Actor, user string, r study.Run) error {
	if r.Dummy || r.Release != nil || r.Answer == nil {
		return nil
	}
	for i, o := range r.Answer.Scope {
		if i >= len(r.Data) || o.Rows == 0 {
			continue // public rows
		}
		l := access.Look{User: user, Kind: access.RunLook, Outcome: access.LookShown, Study: r.Study, Dataset: r.Data[i].Dataset, DatasetVersion: r.Data[i].Content,
			Columns: o.Columns, Regions: o.Regions, Period: o.Period, Rows: o.Rows}
		if _, err := s.NoteLook(ctx, by, l); err != nil {
			return err
		}
	}
	return nil
}
