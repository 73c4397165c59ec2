// Package registry knows who there is and what there is. Who and where: regions with
// their codes, organisations with the history of their names, positions (jabatan) with
// those who hold them from day to day, the settings of an office, working days. What:
// programmes with their rules and benefits, datasets with their versions, official
// figures with their revisions, and what was budgeted, disbursed and used.
//
// Each noun is a plain struct that also stands in the events of the log. A
// command is a function of that state: it looks at what there is, at the clock
// it is handed, and answers with a Change or with a problem that says why not.
// It reads and writes nothing; internal/store fetches the state, appends the
// event and keeps the tables. Whether somebody may give a command is settled in
// internal/access, which stands above.
//
// People are named by their id: who they are is the business of internal/access.
package registry
