package store

// Reason says why a table is not made from the log. The list is closed: what
// fits none of these belongs into the log.
type Reason string

// The reasons.
const (
	Session   Reason = "session"    // who is signed in now: ends by itself
	Counter   Reason = "counter"    // rate limits and lockouts
	Draft     Reason = "draft"      // what one person has typed and not yet sent
	Lease     Reason = "lease"      // which process works on a run
	Heartbeat Reason = "heartbeat"  // that it still works
	Progress  Reason = "progress"   // how far it is
	MailQueue Reason = "mail-queue" // letters on their way; sending is an event
	BulkRows  Reason = "bulk-rows"  // rows whose hash an event carries
	Secret    Reason = "secret"     // what proves who somebody is; that it changed is an event
	Person    Reason = "person"     // what somebody is called, which can be taken away
	Place     Reason = "place"      // where on this machine something lies
)

// ofLog marks the tables of the log itself, which Do alone writes.
const ofLog Reason = "log"

// outsideTables are the program's tables outside the log.
func outsideTables() []AnyTable {
	return []AnyTable{credentials, tokenSecrets, keptDrafts, mailQueue, sessions, sentForms, attempts, codeSteps, slipKeys, runLeases, backupFolders, people}
}
