// Package dummy makes rows of the shape that a contract describes, so that a plan
// can be tried before access to the data is given. They are drawn from the
// contract alone, never from data: each value by itself, within its type, range,
// allowed values and share of blanks, keys without repetition. Which columns follow
// from another is the plan's to say, not the contract's (Reader.Hold).
//
// Nobody is in them. Identity numbers have the sound structure that the contract
// asks for, but their district is 99, which no kabupaten or kota has; names begin
// with "Contoh" (example), phones with 0800, e-mail ends in .invalid (RFC 2606).
// An import says of such numbers that they are made up.
//
// Every row is held against the contract before it is given, so that what this
// room makes, the contract accepts, or there is a problem that says why not. The
// same contract, number of rows and seed give the same bytes.
package dummy
