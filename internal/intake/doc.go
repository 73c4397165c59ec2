// Package intake takes a file of an office in: it opens it by what it holds, holds
// every row against a contract, and keeps what is accepted.
//
//	file -> Open (its form by its content) -> source.Reader
//	     -> a contract that is given, or a draft inferred from the whole file
//	     -> contract.Check: pseudonyms in, breaks out
//	     -> accepted rows -> Parquet by DuckDB -> store.Contents, by SHA-256
//	     -> rejected rows -> once to a file of the caller, as they came in
//	     -> Quality: counts, row numbers, rules and masked values, kept beside
//
// Two versions that were kept are held against each other by Compare (the room change),
// and a person is taken out of one by Eraser.
//
// Of rejected rows, of rows of a file that is refused and of identity numbers
// nothing reaches a disk but the file of rejects that the caller asked for: rows
// pass from the check to Parquet as a stream, and DuckDB may not spill.
package intake
