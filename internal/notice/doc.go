// Package notice is what the program tells people without being asked: the
// letters of the inbox (kotak masuk).
//
// A Notice is addressed to a position or to an organisation, never to a person:
// who holds the position later finds it too. It has a kind, values (numbers,
// days, anchors: no personal data) and the object it is about; its sentences are
// in the catalogue (notice.KIND.title and .text). It comes into being by an
// event, so a replay of the log has it again.
//
// A Deadline is a day on which something must be done or ends, with the days
// before and after on which somebody is reminded. Due is the pure question which
// of its notices has fallen due between two instants; it depends on no job having
// run at midnight.
//
// # Adding a kind
//
// A Kind here, in Kinds, and its two sentences in the catalogue. A notice that an
// event brings by itself is one line in internal/store (derived); those that fall
// due on a day come from a function that is one line in internal/jobs (sources).
package notice
