// Package identity stands between what tells who a person is and what is kept.
// It reads identity numbers (NIK and KK), brings numbers, names, phones and
// addresses into one spelling, and replaces them by pseudonyms: HMAC-SHA-256
// (RFC 2104) under keys that lie outside the data directory.
//
//	cell -> Normal (one spelling) -> Hasher.Sum (keyed) -> pseudonym of 32 letters
//
// A pseudonym is made for a kind of identity: the same digits as a NIK and as a
// KK differ, the same NIK in two datasets is the same. It is the first 128 bits
// of the HMAC, written in the letters a to p, so that no pseudonym holds a run of
// digits that could be taken for an identity number.
//
// Keys are numbered from 1. The pseudonym of key n is an HMAC under key n of that
// of key n-1, so that what is kept is brought to a new key without knowing who
// anybody is (Ring.Rotate), and what comes in later still links with it. The
// number and the id of the key stand with each column (Key); the ring says
// whether it still has that key.
//
// Nothing here puts a value into an error: messages have Masked values alone.
//
// The structure of the NIK is that of the population administration: six digits
// of the region of first registration, the birth date as DDMMYY with 40 added to
// the day of women, four digits of a serial from 0001. The region stays when a
// person moves and the number stays when a birth date is corrected, so that these
// two are asked about and never refused.
package identity
