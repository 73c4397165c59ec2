package access

import (
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

// Two people decide together only where neither could have acted as the other. Who
// opens a way in for somebody has seen the link: whoever follows it is then, for
// all that the record knows, either of the two.

// Hands are those who may be behind an act of a user, first of all the mark of the
// act itself: then whoever has opened the way in that the user came by last or
// that is open now, or has taken the second factor away since, with those who may
// be behind them. The first way in of a user who never joined counts for nothing:
// somebody has to open it (docs/decisions/0024). The zero User, of the command
// line's own administrator, has no other hands.
func Hands(m Mark, u User) []Mark {
	all := append([]Mark{m}, u.WayIn...)
	if u.Invitation != nil && u.status() == UserActive {
		all = append(all, others(u.ID, u.Invitation.By)...)
	}
	return all
}

// Apart says why an act may not count as that of a second person beside another:
// the hands of both meet. Errors: own, the problem where both are one person's, or
// the problem hands-meet.
func Apart(first, second []Mark, own string) error {
	if len(first) == 0 || len(second) == 0 {
		return problem.New(own)
	}
	if second[0].same(first[0]) {
		return problem.New(own)
	}
	if slices.ContainsFunc(second, func(s Mark) bool { return slices.ContainsFunc(first, s.same) }) {
		return problem.New("hands-meet")
	}
	return nil
}

// others are the marks that are not a user's own; never nil.
func others(user string, all []Mark) []Mark {
	out := []Mark{}
	for _, m := range all {
		if m.User != user {
			out = append(out, m)
		}
	}
	return out
}
