// Package change says what differs between two versions of a dataset: rows, cells and
// distributions.
//
//	two files of Parquet -> DuckDB, joined by the primary key (pseudonyms)
//	     -> rows added, removed, changed; changed cells of each column
//	     -> numbers: mean, spread, quantiles, the difference in standard deviations
//	     -> categories: their shares
//	     -> Change: a value, with JSON and a text in both languages
//
// DuckDB may read the two files, spill into one folder that is gone afterwards, and
// touch nothing else. What spills are rows as they are stored: pseudonyms are in.
// Where the data are about persons, counts below 10 are not told, nor categories that
// so few have, and quantiles are rounded to two digits.
//
// The standardised difference is that of the means over the root of the mean of the
// two variances (Cohen 1988). The population stability index (PSI) is the sum over
// bins of (q-p)·ln(q/p), with bins at the deciles of the version before, and shares of
// nothing taken as half a row; below 0.1 is taken as no shift, from 0.25 as a large
// one (Siddiqi 2006). The total variation is half the sum of the differences of
// shares.
package change
