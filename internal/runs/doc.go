// Package runs does the runs of studies that the record has in its queue. The row of
// a run is the job: a worker claims it for a while, says that it lives, and records
// the answer or why there is none.
//
//	queued -> claim -> gate: what is open to who asked, now -> view of the rows
//	       -> package run on the engine, moments kept -> first disclosure gate
//	       -> contents -> still open, and nothing shown meanwhile? -> run-answered
//
// What is not open is not there: the engine sees the columns and the rows of the
// regions that agreement, permit and the yes of the owner leave, and a run whose
// papers end while it computes is stopped and leaves nothing. A worker that dies
// leaves a lease that runs out; the next one begins anew, and takes away what the dead
// one had put. Nothing that was computed is told before all of it is in the contents, and
// what does not come into the record does not stay there.
//
// Several processes may do runs on one record. The last question before an answer is
// asked in its transaction, so that two of them do not each let out one half of a pair
// that would point at somebody together.
package runs
