// Package bps asks the WebAPI of BPS (Badan Pusat Statistik) for official figures
// and makes figures of the register of what it answers.
//
//	Query -> Client (cache, pace, retries) -> Answer (labels, cells) -> Statistics -> registry.Statistic
//
// A Client asks once and keeps the answer in a folder; after Config.Fresh it asks
// again, and BPS' last_update tells whether anything is new. Where BPS cannot be
// reached, what is kept stands in, and the answer says so. The key is a parameter
// of every request: it is in no error, log, file or name of a file, and is never
// sent to another host.
//
// The shape of answers: bps-statistics/stadata (MIT) and the text of BPS' own
// documentation (https://webapi.bps.go.id/documentation), held against a saved
// answer. What tables hold between the lines:
//
//   - the key of a cell is the ids of row, variable, column, year and part of the
//     year without separators. Keys are built from the lists and never parsed; two
//     cells with one key are refused;
//   - ids are numbers or texts, labels have HTML, years are counted from 1900;
//   - values are numbers or texts such as "14,45", with asterisks while they are
//     preliminary; missing cells have no key;
//   - one region has two codes while a split goes on, and rows need not be regions.
package bps
