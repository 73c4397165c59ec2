// Package disclosure decides what may leave a study, so that the numbers of a group
// never say anything of one person in it. It does no I/O of its own: it is handed
// the data as a session that can count, and the history as a value.
//
//	Output asked for ──> Gate (automatic) ──> Decision ──> what the members see
//	                        ^ history: filters and cells, never people
//
// The second gate, a person, has its room in internal/study; a run keeps its Decisions
// for it, and for the history.
//
// # What is looked at
//
// An output is tables: rows that meet a filter, by columns. Filters and cells are
// made of registered categorical columns alone (filter.go), so that nobody can
// point at a person by a bound of their own, a calculated column or a list of rows.
// A column of numbers filters at its registered cut points only.
//
// Gate.Check applies, in this order, and the first that refuses ends it:
//
//  1. The form (gate.go): registered columns alone, no percentiles, no extremes.
//  2. The contributors of each cell (cells.go): units without weights, and how the sums
//     are made up, for the (n,k) and the p% rule.
//  3. Rules for models (model.go): no indicator of few people, degrees of freedom.
//  4. Rules for a table (withhold.go): small and dominated cells, empty and full cells
//     of personal columns; then more cells are withheld until nobody can work out a
//     withheld one too closely from the totals, those of earlier outputs over the same
//     rows among them (tableau.go, interval.go).
//  5. The history (history.go): nothing leaves with which a group of fewer than MinCell
//     people could be cut out of all that ever left, and there is a bound on how many
//     different numbers there are about the same people. lattice.go counts who is in
//     which of the cells, span.go asks what can be worked out of them (linear.go,
//     blocks.go, search.go).
//
// rules.go has the limits and the reasons, study.go what a study asks to see.
//
// # What is guaranteed, and what is not
//
// From sums over the rows of cells that left (counts, sums and what follows from
// them), by adding, subtracting and scaling them in any way, over all outputs and
// versions of a dataset, nobody can work out a sum that is about 1 to MinCell-1
// people alone, whatever weights it gives them: that is decided exactly, or refused.
// It covers dropping one person, village, week or region; complements; sub-totals;
// tables linked by margins; three of four sites against the fourth; overlapping
// groups; a version against the one before it (people who came, left, moved, or
// whose value was corrected).
//
// Withheld counts keep an interval as wide as MinCell, worked out within the table
// with its sub-totals and earlier tables over the same filter.
//
// It is not guaranteed that
//   - groups that never were a cell keep a wide interval: sums that are not negative
//     bound each other, and such bounds are only looked at for withheld cells;
//   - two datasets about the same people are compared: a lineage is one dataset;
//   - sums of products with columns of numbers cannot conspire: they are held to be in
//     general position (no two alike, none nearly constant), and their number is
//     bounded by that of the people they are about;
//   - an attacker who is most of a group learns nothing about the rest of it: the rules
//     count contributors, not what they tell each other;
//   - a refusal says nothing: it says that some group is small. Refusals for
//     differencing follow from who is in which cell and never from values; those for
//     dominance follow from values, as everywhere.
package disclosure
