// Package study holds studies: who asks what, for which purpose, under which agreement
// and permit; what was said before looking; the runs that answer, and how an answer
// gets out.
//
//	Begin, Edit -> draft (Protocol) -> Lock -> Registration -> Amend -> Registration ...
//	Queue -> Run (made-up rows, or rows once registered) -> Finish, Fail, ShutDown, Cancel
//	a finished run -> Request -> Question <-> Reply -> LetGo (a Release) or Refuse
//
// A Protocol is the plan with its hypotheses and the data that it reads, under which
// contract (protocol.go). A registration locks it under a SHA-256 and never changes
// (registration.go); what an amendment or a run says differently is listed field by
// field and weighed by docs/rules/amendments.yaml (edit.go, deviation.go). A run is the
// job and what became of it (run.go); who checks an answer is none of the study's people
// (review.go). A registration can be had under the names of the AEA RCT registry (aea.go).
//
// Agreements and permits are named by their ids alone; what they open is settled by
// internal/access. When one of them ends or is revoked the study is stopped, by an event
// of its own, and MayRun refuses from then on. Nothing here computes or stores:
// internal/runs does the runs, internal/answers shows what they answered. Commands are
// functions of the state, as in internal/registry.
package study
