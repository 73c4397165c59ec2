package store

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// PositionsOf are the positions of an organisation with their holdings, the oldest
// first. Who may see them is the caller's question.
func PositionsOf(from From, organisation string) ([]registry.Position, error) {
	return positionsWhere(from, "WHERE organisation = $1 ORDER BY id", organisation)
}

// UsersOf are the users of an organisation, by name. Who may see them is the
// caller's question.
func UsersOf(from From, organisation string) ([]access.User, error) {
	all, err := usersWhere(from, "WHERE organisation = $1 ORDER BY id", organisation)
	slices.SortStableFunc(all, func(a, b access.User) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}
