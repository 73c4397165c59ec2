// Package store keeps the record: the log of internal/event, the tables that
// show the state it leads to, and the contents it rests on. It runs on SQLite
// (a folder) and on PostgreSQL (a URL) with the same SQL text.
//
// # Writing
//
// Store.Do is the way to write. It opens a transaction whose first statement
// moves the head of the log, so that writers queue on both databases; Decide
// looks at what is there and answers with a Change; the change becomes one
// event, chained to the log; each Projection applies the event to its tables;
// all is committed or nothing is. The same Apply replays the log: Verify proves
// that log and tables agree, Rebuild makes the tables anew.
//
// A Table is declared by a Go struct and is of one of two sorts. Projected
// tables are written by Apply alone. Tables outside the log (Outside, with a
// Reason from a closed list) are written by Store.Aside, or by Decide in the
// same transaction as the event. Contents holds files by their SHA-256.
//
// A look at data that are not public changes nothing, and is noted all the same:
// Store.NoteLook makes an event on an object of its own, before anything is shown.
//
// # Adding a room
//
// A migration with the tables, a struct for each, a Projection with the event
// types and Apply, one line in projections. The tests then run it on both
// databases and hold its tables against the migration. A later change of a
// projected table needs no filling in SQL: after a migration of an older record
// Open rebuilds the projected tables from the log. So no table outside the log
// may refer to a projected one by a foreign key.
//
// # The SQL that both run
//
// Columns are TEXT, BIGINT and DOUBLE PRECISION; truth is 0 and 1, instants are
// texts of event.FormatInstant, dates YYYY-MM-DD, money whole rupiah in BIGINT,
// identifiers come from Tx.NewID. Placeholders are $1, $2; ON CONFLICT and
// RETURNING are there. Not used: the database's clock, autoincrement, FOR
// UPDATE, = ANY, ILIKE, JSON operators, LIKE on names, NUMERIC. A sum of BIGINT
// is NUMERIC in PostgreSQL: write CAST(SUM(x) AS BIGINT). Lists are ordered by
// identifiers, codes and instants, which sort alike everywhere; names sort as
// the database's locale wants, so they are sorted in Go.
package store
