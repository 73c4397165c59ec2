package cooperation

import "time"

// SaidYes tells whether an office has itself agreed to the permit, and its yes
// holds at an instant: by opening the door for the province, or by granting in
// its own region. Silence is nobody's yes.
func (p Permit) SaidYes(g Ground, organisation string, at time.Time) bool {
	if p.StateAt(g, at) != PermitOpen || organisation == "" {
		return false
	}
	for _, s := range p.Chain {
		switch {
		case s.Organisation != organisation:
		case s.Act == Verifies:
			return true
		case s.Act == Answers:
			if r := p.regionAt(g, s.Region, at); r.State == RegionGranted {
				return true
			}
		}
	}
	return false
}
