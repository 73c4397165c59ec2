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
package web
