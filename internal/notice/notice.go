package notice

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// Kind is what a notice tells.
type Kind string

// The kinds.
const (
	WeeklyAnchor  Kind = "weekly-anchor"  // the head of the log, to keep outside it
	HoldingEnding Kind = "holding-ending" // the last day of whoever holds a position comes near

	AgreementEnding Kind = "agreement-ending" // the last day of an agreement comes near
	PermitWaiting   Kind = "permit-waiting"   // it is an office's turn
	PermitReturned  Kind = "permit-returned"  // it is the turn of who asks, again
	ReportDue       Kind = "report-due"       // the report of use comes due, or is late

	VersionWaiting  Kind = "version-waiting"  // a version of a dataset waits for a second person
	FiguresWaiting  Kind = "figures-waiting"  // a table of budgets or disbursements waits for a second person
	RetentionEnding Kind = "retention-ending" // the last day on which a version is kept comes near
)

// Kinds lists all.
var Kinds = []Kind{WeeklyAnchor, HoldingEnding, AgreementEnding, PermitWaiting, PermitReturned, ReportDue, VersionWaiting, FiguresWaiting, RetentionEnding}

// Ref names an object, as event.Object does.
type Ref struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Object is the object that it names.
func (r Ref) Object() event.Object { return event.Object(r) }

// The kinds of objects that notices are addressed to.
const (
	Position     = "position"     // whoever holds it
	Organisation = "organisation" // whoever holds a position of it, or has a grant for it
)

// Notice is one letter of the inbox.
type Notice struct {
	To     Ref    `json:"to"` // Position or Organisation
	Kind   Kind   `json:"kind"`
	About  Ref    `json:"about"`
	Values Values `json:"values"` // what its sentences print; may be empty
}

// Values are the values of a notice: whole numbers (int) and texts, which are
// days, anchors, codes and identifiers.
type Values map[string]any

// UnmarshalJSON reads whole numbers and texts, and refuses anything else.
func (v *Values) UnmarshalJSON(raw []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	*v = make(Values, len(all))
	for key, one := range all {
		var n int
		var s string
		if json.Unmarshal(one, &n) == nil && string(one) != "null" {
			(*v)[key] = n
		} else if err := json.Unmarshal(one, &s); err == nil && string(one) != "null" {
			(*v)[key] = s
		} else {
			return fmt.Errorf("the value %s of a notice is neither a whole number nor a text", key)
		}
	}
	return nil
}

// longestValue is the longest text of a value, in characters: an anchor fits.
const longestValue = 100

// Check says what is wrong with a notice. Those who make one are programs, so
// its errors are no sentences for people.
func (n Notice) Check() error {
	switch {
	case n.To.ID == "" || (n.To.Kind != Position && n.To.Kind != Organisation):
		return fmt.Errorf("a notice is addressed to a position or an organisation, found %q", n.To.Object())
	case !slices.Contains(Kinds, n.Kind):
		return fmt.Errorf("the notice %q is no kind of notice", n.Kind)
	case n.About.Kind == "" || n.About.ID == "":
		return fmt.Errorf("the notice %s is about nothing", n.Kind)
	}
	for key, v := range n.Values {
		switch v := v.(type) {
		case int:
		case string:
			if _, err := event.ParseAnchor(v); err == nil {
				continue // its hash may have a run of digits
			}
			if err := registry.CheckText(key, v, longestValue, false); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the value %s of the notice %s is a %T, expected a whole number or a text", key, n.Kind, v)
		}
	}
	return nil
}
