// Package moments is the language between estimators and engines: a Request
// says which sums over rows are wanted, a Statistic holds them, Merge adds the
// statistics of shards, and nothing in either is a person's row.
//
//	collect : rows --Request on an engine--> Statistic
//	merge   : Statistic + Statistic -> Statistic   (associative, commutative)
//	estimate: Statistic -> result                  (pure Go)
//
// A Request is a value: a table, the columns read, conditions on rows, a chain
// of steps that fold rows into fewer rows (households into clusters, say) or
// derive values from them, and the final sums by key. Engines turn it into
// their own SQL or loops; estimators never see SQL, engines never see methods.
//
// Whole-number arithmetic is exact: a sum of whole values is a big.Int, so it
// is the same bits on any engine, sharding and thread count. Real sums agree
// to about 1e-12 relative and are compared at 1e-9.
package moments
