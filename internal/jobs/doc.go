// Package jobs does what falls due while the program serves: it sends the weekly
// anchor to both parties, the notices whose day has come, and the weekly e-mail to
// those whose inbox has something unread.
//
//	every few minutes -> each duty: what is due now and not yet done? -> commands of the program itself
//
// A duty asks the record, not a memory of its own: what was done is an event, and
// an event is made once (store.Notify, store.SendAnchor). So several processes may
// run the loop, none needs to run at midnight, and a machine that was off for a
// month does on its return what is still true: one anchor, of each deadline the
// last notice, one e-mail. What was missed in between is not made up for; a letter
// dated today that speaks of last month would be false, and a hundred of them
// would bury the one that matters.
//
// # Adding notices
//
// A function that lists what has fallen due (notice.Deadline says it of a day), and
// one line in sources.
package jobs
