// Package designs is the registry: what each design may be told, with which
// defaults, which terms it prints, and the estimator that answers. It also
// gives a study its identity.
//
//	bytes -> plan.Read -> the design's key table -> Study (defaults written out, canonical JSON, SHA-256)
//	Study + outcome -> estimate.Procedure
//
// A design is one file here, around a table of its keys, and one line of the
// registry. Help, pages and documentation follow from the tables.
package designs
