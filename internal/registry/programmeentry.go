package registry

import (
	"regexp"
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

// The most that an entry lists of each.
const (
	mostAliases  = 30
	mostBenefits = 200
	mostStages   = 12
	mostNotes    = 200
)

// The years that an entry can speak of.
const (
	firstBenefitYear = 1990
	lastBenefitYear  = 2100
)

var dueForm = regexp.MustCompile(`^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

// hold cleans and checks what an entry says.
func (p Programme) hold(register []Programme) (Programme, error) {
	p.Names, p.Target, p.Rule = p.Names.clean(), p.Target.clean(), p.Rule.clean()
	p.RunBy, p.Source = Clean(p.RunBy), Clean(p.Source)
	if err := p.Names.check("programme-name"); err != nil {
		return p, err
	}
	if err := p.Period.Check(); err != nil {
		return p, err
	}
	for _, x := range []struct {
		field string
		words Words
	}{{"programme-target", p.Target}, {"programme-rule", p.Rule}} {
		if err := x.words.checkLong(x.field); err != nil {
			return p, err
		}
	}
	for _, x := range []struct{ field, text string }{{"programme-run-by", p.RunBy}, {"programme-source", p.Source}} {
		if x.text != "" {
			if err := CheckText(x.field, x.text, LongestReason, false); err != nil {
				return p, err
			}
		}
	}
	if p.Kind != "" && !slices.Contains(ProgrammeKinds, p.Kind) {
		return p, problem.New("programme-kind", "found", string(p.Kind), "expected", ProgrammeKinds, "field", "kind")
	}
	if p.Counts != "" && p.Counts != Families && p.Counts != Persons {
		return p, problem.New("programme-counts", "found", string(p.Counts), "expected", []Counted{Families, Persons}, "field", "counts")
	}
	var err error
	if p.Where, err = p.where(); err != nil {
		return p, err
	}
	if p.Benefits, err = benefits(p.Benefits); err != nil {
		return p, err
	}
	if p.Stages, err = stages(p.Stages); err != nil {
		return p, err
	}
	if p.Notes, err = notes(p.Notes); err != nil {
		return p, err
	}
	if err := p.variant(register); err != nil {
		return p, err
	}
	return p.named(register)
}

func (p Programme) where() ([]string, error) {
	if len(p.Where) == 0 {
		return nil, nil
	}
	all := sorted(p.Where)
	for _, code := range all {
		if _, ok := FindRegion(code); !ok {
			return nil, problem.New("region-unknown", "found", code, "field", "where")
		}
		if !Within(code, p.Region) {
			return nil, problem.New("programme-outside", "region", RegionName(code), "owner", RegionName(p.Region), "field", "where")
		}
	}
	return all, nil
}

func benefits(all []Benefit) ([]Benefit, error) {
	if len(all) > mostBenefits {
		return nil, problem.New("programme-many", "found", len(all), "most", mostBenefits, "field", "benefits")
	}
	all = slices.Clone(all)
	for i := range all {
		b := &all[i]
		b.Part, b.Rule, b.Source = b.Part.clean(), b.Rule.clean(), Clean(b.Source)
		if !b.Part.blank() {
			if err := b.Part.check("benefit-part"); err != nil {
				return nil, err
			}
		}
		if err := b.Rule.checkLong("benefit-rule"); err != nil {
			return nil, err
		}
		if err := CheckText("benefit-source", b.Source, LongestReason, false); err != nil {
			return nil, err
		}
		switch {
		case b.First < firstBenefitYear || b.First > lastBenefitYear || b.Last != 0 && (b.Last < b.First || b.Last > lastBenefitYear):
			return nil, problem.New("benefit-years", "first", b.First, "last", b.Last, "field", "benefits")
		case b.Amount == nil && b.Unit != "" || b.Amount != nil && !slices.Contains(BenefitUnits, b.Unit):
			return nil, problem.New("benefit-unit", "found", string(b.Unit), "expected", BenefitUnits, "field", "benefits")
		case b.Amount != nil && *b.Amount <= 0:
			return nil, problem.New("benefit-amount", "found", *b.Amount, "field", "benefits")
		case b.Amount == nil && b.Rule.blank():
			return nil, problem.New("benefit-empty", "first", b.First, "field", "benefits")
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

func notes(all []Note) ([]Note, error) {
	if len(all) > mostNotes {
		return nil, problem.New("programme-many", "found", len(all), "most", mostNotes, "field", "notes")
	}
	all = slices.Clone(all)
	for i := range all {
		n := &all[i]
		n.Text, n.Source = n.Text.clean(), Clean(n.Source)
		if n.Year < firstBenefitYear || n.Year > lastBenefitYear {
			return nil, problem.New("note-year", "found", n.Year, "first", firstBenefitYear, "last", lastBenefitYear, "field", "notes")
		}
		for _, x := range []struct{ field, text string }{{"note-id", n.Text.ID}, {"note-en", n.Text.EN}, {"note-source", n.Source}} {
			if err := CheckText(x.field, x.text, LongestReason, false); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func stages(all []Stage) ([]Stage, error) {
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) > mostStages {
		return nil, problem.New("programme-many", "found", len(all), "most", mostStages, "field", "stages")
	}
	out := make([]Stage, len(all))
	kind := ""
	for i, s := range all {
		name, ok := ParseStage(s.Name)
		if !ok {
			return nil, problem.New("stage-name", "found", s.Name, "field", "stages")
		}
		if s.Due != "" && !dueForm.MatchString(s.Due) {
			return nil, problem.New("stage-due", "found", s.Due, "field", "stages")
		}
		if i > 0 && (StageKind(name) != kind || compareStages(out[i-1].Name, name) >= 0) {
			return nil, problem.New("stage-order", "found", s.Name, "field", "stages")
		}
		out[i], kind = Stage{name, s.Due}, StageKind(name)
	}
	return out, nil
}

// variant checks what the entry says of the programme that it is a variant of:
// whoever does not own it may add to it, and nothing else.
func (p Programme) variant(register []Programme) error {
	if p.Variant == nil {
		return nil
	}
	at := slices.IndexFunc(register, func(o Programme) bool { return o.ID == p.Variant.Of && o.ID != p.ID })
	if at < 0 {
		return problem.New("programme-unknown", "found", p.Variant.Of, "field", "variant")
	}
	of := register[at]
	switch sort := p.Variant.Sort; {
	case sort != Extends && sort != Changes:
		return problem.New("variant-sort", "found", string(sort), "expected", []VariantSort{Extends, Changes}, "field", "variant")
	case of.Variant != nil:
		return problem.New("variant-of-variant", "name", of.Names.ID, "field", "variant")
	case sort == Extends && !of.Level.above(p.Level):
		return problem.New("variant-level", "name", of.Names.ID, "field", "variant")
	case sort == Changes && of.Owner != p.Owner:
		return problem.New("variant-owner", "name", of.Names.ID, "field", "variant")
	case sort == Changes && len(p.Where) == 0:
		return problem.New("variant-where", "name", of.Names.ID, "field", "where")
	case !of.Earlier && p.Period.From < of.Period.From || of.Period.Until != "" && p.Period.From > of.Period.Until:
		return problem.New("variant-period", "name", of.Names.ID, "from", string(of.Period.From), "until", string(of.Period.Until), "field", "from")
	}
	return nil
}
