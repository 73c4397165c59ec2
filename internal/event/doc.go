// Package event is the log: what was changed, by whom, when and why, in an
// order that nobody can alter unseen.
//
// A command yields one Event. Seal gives it the next number and the hash of the
// event before it, and closes it with its own SHA-256 over its canonical bytes
// (JSON, keys sorted, one spelling for each value: Canonical). Verify walks a
// log and names the first event that was changed, removed or reordered. A chain
// cannot stop its keeper from writing it anew: for that an Anchor (SEQ:HASH) is
// printed on paper that others hold, and Verify checks the log against it.
//
// An event is never rewritten. Its type has a version; pure functions (Lift)
// bring what an older program wrote to the newest version when it is read.
//
// The package holds no state and does no I/O: clock and random source are
// arguments, storing is the business of internal/store.
package event
