// Package handbook makes the pages of the methods, the page of the rules and the
// page of calibration: what must be true for an answer, which check speaks to it,
// what is reported, by which lines the program decides, and where intervals hold
// what they promise.
//
//	designs.Methods + docs/rules + docs/methods/calibration.csv + words -> Page
//	Page -> Markdown (docs/methods, written by a test with -update)
//	Page -> HTML (internal/web)
//
// A page is data in one language: sections of paragraphs, lists and tables.
// Nothing is said here that the registry, the rules, the table or the catalogue
// do not say, so a page cannot differ from the program.
package handbook
