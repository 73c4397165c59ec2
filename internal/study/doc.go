// Package study holds the studies of the register: who asks what, for which
// purpose, under which agreement and permit, and whether it may still run.
//
//	register -> running -> stopped (in a region, or as a whole) -> withdrawn
//
// Agreements and permits are named by their ids alone; what they open is settled
// by internal/access. When one of them ends or is revoked the study is stopped, by
// an event of its own, and MayRun refuses from then on. Commands are functions of
// the state, as in internal/registry.
package study
