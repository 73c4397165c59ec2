// Package source is the one shape of what a reader of files yields: columns
// with their labels, and rows in batches, so that memory does not grow with the
// rows. Each form of file has its own room beside this one; what they yield is
// not yet checked, pseudonymised or kept.
//
// A cell that holds no value is missing and keeps the mark that the file gave
// (".a", "-99", "*" for a number that did not fit); a cell that cannot be what its column is, is missing
// too and stands in Batch.Bad, so that one cell rejects its row and not the
// file. What makes the rest of a file unreadable is an error of Open or Next.
package source
