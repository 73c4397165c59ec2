// Package access knows who may do what, where, and since when.
//
// A User is a person who may sign in. A Grant gives a user a Role in a region
// and all within it, for the objects of one organisation or of all, from a day
// to a day, for a stated reason. The table in permission.go says what each role
// may do, and how far. One table decides everywhere: Standing.May answers for
// one object and says what is missing, Standing.Where is the same rule as the
// WHERE of a list, and docs/rights.md is printed from it.
//
// A Standing is all that is known of a user at an instant. It is made by
// StandingAt from the user and the grants alone, so that it can be asked as of
// any past moment: nothing that rests on it is ever deleted. The table itself is
// that of the running program.
//
// What a study may read is one rectangle more: Case.Scope joins the standing with the
// agreement and the permit, and Case.Use asks for a dataset within it (scope.go). Looks
// at data that are not public are in look.go and audit.go.
//
// Commands on users and grants are functions of their state, as in
// internal/registry. Passwords, second factors and invitations' tokens are no
// part of that state: they never enter the log.
package access
