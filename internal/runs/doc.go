// Package runs does the runs of studies that the record has in its queue. The row of
// a run is the job: a worker claims it for a while, says that it lives, and records
// the answer or why there is none.
//
//	queued -> claim -> gate: what is open to who asked, now -> view of the rows
//	       -> package run on the engine, moments kept -> first disclosure gate
//	       -> still open? -> contents -> run-answered
//
// What is not open is not there: the engine sees the columns and the rows of the
// regions that agreement, permit and the yes of the owner leave, and a run whose
// papers end while it computes is stopped and leaves nothing. A worker that dies
// leaves a lease that runs out; the next one begins anew. Nothing that was computed
// is told before all of it is in the contents.
package runs
