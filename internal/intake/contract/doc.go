// Package contract says what a dataset holds and what may be done with it, and
// holds every row against it. A contract is a Table Schema of the Data Package
// standard, version 2 (https://datapackage.org/standard/table-schema/), in JSON,
// with properties of our own that begin with "dampak:".
//
//	file -> Infer -> draft -> a person edits it -> Parse -> Contract
//	source.Reader -> Contract.Check -> rows as they are stored, pseudonyms in them
//	                                -> rows rejected, each with the rule and a masked value
//
// What the check gives never holds what tells who a person is: identity columns
// are replaced by pseudonyms or dropped in the same step, and a row in whose
// other columns an identity number is found is rejected.
//
// The identity of a contract is the SHA-256 of its canonical form: JSON with
// sorted keys, without what is left at its default, numbers in shortest form.
// Properties that neither the standard nor we have are refused with the nearest
// known name, for a misspelled "dampak:identity" must not pass in silence;
// properties of the standard that nothing here reads are kept as they are.
package contract
