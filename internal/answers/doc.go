// Package answers is what a run of a study answered, for whom it may be shown to: the
// numbers again from the moments that the run kept (never from rows), the report, the
// workbook and the data package of them, what leaves when a checker lets it go, and
// the numbers that a finding may rest on.
//
//	study.Run + contents ──> Answer ──> report.Input, JSON, XLSX, data package
//	                           └──> what would leave ──> Release ──> a content, store.ReleaseRun
//
// What is held back, by the first gate or by the checker, is in none of them. The room
// knows no HTTP: pages and API hand it the record, who asks and the day.
package answers
