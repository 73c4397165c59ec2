// Package run answers a plan: it opens the data on the engine it is handed,
// looks at them once, lets each outcome's procedure ask for moments in rounds,
// and adds words and the verdict to what the estimators say.
//
//	look -> Ask -> collect -> Ask -> ... -> Estimate -> words -> verdict
//
// The loop in analyse is the only place where a later pass is made from an
// earlier answer. Rows never leave the engine; the run sees moments alone.
package run
