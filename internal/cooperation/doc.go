// Package cooperation holds what two institutions agree on, and the doors that
// it opens.
//
//	umbrella agreement > child agreement -> permit of a study -> answers of the regions
//	        \________________ Scope (rectangle) ________________/
//
// An Agreement names its parties, its text and its Scope: programmes, regions,
// datasets with columns, purposes. It is signed on paper or with a certified
// electronic signature outside the program, which freezes the text and records
// that it was signed. A Permit lets one study into regions under one agreement:
// it walks a Chain of offices, the province opens the door, and each region
// answers for itself.
//
// Commands are functions of the object's state, as in internal/registry; who may
// give them is settled by internal/access. What follows from dates (active,
// expired, deemed, reminders) is computed from the state and an instant, so that
// it can be asked as of any moment and never waits for a job; events such as
// "agreement-expired" only record it. Nothing here stores, asks a clock or knows
// a database.
package cooperation
