// Package evidence holds what is known from studies: findings, each one sentence with
// an effect, its interval, how strong the evidence is and where it holds.
//
//	a released run -> propose -> release (by a second person) -> superseded by a newer one
//
// How strong is a rule (docs/rules/evidence.yaml) over the run's verdict, what it
// registered, and the other findings on the same programme and outcome; it is worked
// out anew whenever it is shown, for others come later. Synthesise puts findings of
// one programme and outcome side by side. Commands are functions of the state, as in
// internal/registry; objects of other rooms are named by their ids.
package evidence
