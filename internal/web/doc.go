// Package web is the door of pages: net/http and html/template over plain data.
//
//	Site (plain data, filled by cmd) -> pages in Indonesian and English
//
// A handler is up at once: until Ready is called every page answers 503 with
// the progress and reloads itself. The site is swapped as a whole, so that a
// request sees one state. Pages work without JavaScript and load nothing from
// elsewhere. Figures come drawn from report/chart; only the short
// strips of the calibration table are drawn here. Pages of the methods come as
// data from internal/handbook.
//
// Addresses: each page stands at /id/... and /en/...; without that prefix it
// shows in the language of the cookie, else Indonesian. Opening a prefixed page
// sets the cookie.
//
// The pages of the record (NewOffice) come from internal/store:
//
//	request -> same site? -> language -> who asks (session, standing) -> route
//	        -> form's token -> what the record allows -> sheet of blocks
//
// A page is a sheet (sheet.go): plain data that one template draws, so there is
// one table, one form, one timeline and one chip. A kind of object is a noun
// (noun.go: people.go, offices.go, positions.go, grants.go, agreements.go, permits.go,
// data.go, programmes.go, studies.go, runs.go, finding.go) with a list, a page and one
// form for each command of its life (form.go). What an office signs is a letter
// (letter.go), Indonesian in both languages of the pages. To add a command, add a line to
// its noun and its words to the catalogue; the tests then ask for a row.
//
// What a run answered comes from internal/answers.
//
// A form carries a token that counts once, for its address and its session, and
// the revision of what it changes: who was overtaken is told by whom, and keeps
// what was typed. The plan of a study is checked while it is typed (studycheck.go,
// assets/plan.js): nothing is kept, and without JavaScript it is checked once it is
// sent. Rights are settled by the store; the pages only hide what would be
// refused. A file of data goes through the steps of upload.go, sealed until
// somebody decides. Passwords are in password.go, second factors in totp.go,
// attempts in limit.go, sessions in session.go; the store keeps all of them, so
// that a restart or a second process changes nothing.
package web
