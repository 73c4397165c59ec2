// Package api is the door for programs: the record as JSON under /api/v1.
//
//	request -> who is it? (401) -> is there such an address? (404, 405)
//	        -> may they? (403) -> the body (413, 415, 422) -> the store
//
// A noun is listed with GET /{noun}, read with GET /{noun}/{id} and made with
// POST /{noun}; POST /{noun}/{id}/{command} acts on it. Lists hold what the
// caller may see: the store puts the table of rights into its SQL. Commands say
// why, and with seen which revision of the object they rest on. The store
// settles the right once more in the transaction of the change.
//
// What is public (statistics, programmes, findings) is answered to nobody too, with a tag and
// within a limit (public.go). Lists of figures are tables as well (csv.go).
//
// A document comes in the body of its command, as base64, and is looked at
// (internal/intake/attachment) before it is kept; GET /{noun}/{id}/documents/{sha256}
// gives it back. A file of rows comes as multipart/form-data and is never a file of
// the disk (upload.go); no row of a dataset leaves. What an agreement or a permit is
// now follows from days, so answers say how it stands at the instant of the request.
//
// Operations are declared once, by Go types (organisations.go, users.go, ...);
// huma checks bodies against them and writes the OpenAPI document, and Page shows
// that document to people. All words come from the catalogue, so there is a
// document in each language. An error is one answer, application/problem+json,
// made from a problem of the catalogue.
package api
