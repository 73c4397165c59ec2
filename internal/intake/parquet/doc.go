// Package parquet reads Parquet files: flat columns, and groups of them, which
// become columns with dotted names (alamat.desa). Columns of lists and maps, of
// binary values and of geometry are no cells: they are left out and named.
//
// The format is that of https://github.com/apache/parquet-format: a footer in
// Thrift's compact form, row groups, in each a chunk a column, in each chunk pages.
// One page a column is in memory at a time, and within it values are decoded one by
// one as rows are asked for, so that no count that a file declares decides how much
// memory is taken (docs/decisions/0033-parquet-is-read-here.md).
//
// Numbers, days and truths are what the file says that they are. A decimal with
// digits after the point is a Real of 15 digits; one without is Whole. An instant
// (a timestamp adjusted to UTC) is shown on the clock of Jakarta and said so; other
// timestamps, and those of the old form INT96, keep the clock that they were written
// with. A time of the day is a text.
package parquet
