package contract

import (
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

// Rule is what a row can break; its sentence is contract.rule.* of the catalogue.
type Rule string

// The rules.
const (
	Unreadable     Rule = "unreadable"         // the reader could not make it out
	WrongType      Rule = "type"               // no value of the field's type
	Blank          Rule = "required"           // missing where a value is required
	TooSmall       Rule = "minimum"            // below the least, or not above it
	TooLarge       Rule = "maximum"            //
	NotAllowed     Rule = "enum"               // none of the allowed values
	WrongPattern   Rule = "pattern"            // also of the formats email, uri and uuid
	WrongLength    Rule = "length"             //
	NoRegion       Rule = "region"             // no code or name of a region
	Ambiguous      Rule = "region-ambiguous"   // a name that a kabupaten and a kota share
	Contradicts    Rule = "region-contradicts" // another column of the row names another region
	OtherRegion    Rule = "coverage-region"    // outside the regions that the dataset covers
	OtherPeriod    Rule = "coverage-period"    // outside its period
	BadIdentity    Rule = "identity"           // an identity number of impossible structure
	HiddenIdentity Rule = "identity-in-text"   // an identity or mobile number in a column that should hold none
	Repeated       Rule = "unique"             // the value or key stands in an earlier row
)

// Rules lists the rules.
var Rules = []Rule{Unreadable, WrongType, Blank, TooSmall, TooLarge, NotAllowed, WrongPattern, WrongLength, NoRegion, Ambiguous, Contradicts, OtherRegion, OtherPeriod, BadIdentity, HiddenIdentity, Repeated}

// Break is one rule broken by one row.
type Break struct {
	Rule  Rule
	Field string           // name; of a key of several fields, their names with commas
	Value string           // as it may be shown: masked where it tells of a person
	Limit string           // what the contract allows; of Repeated the number of the earlier row; of BadIdentity the identity.Fault
	Why   *problem.Problem // of Unreadable what the reader says of the cell, with its text; nil otherwise. For whoever sent the file
}

// Text is the break in a sentence.
func (b Break) Text(l i18n.Lang) string {
	if b.Why != nil {
		return problem.Mask(b.Why.Text(l))
	}
	limit := b.Limit
	if b.Rule == BadIdentity {
		limit = i18n.Text(l, "identity.fault."+limit, nil)
	}
	return problem.Mask(i18n.Text(l, "contract.rule."+string(b.Rule), map[string]any{"column": b.Field, "value": b.Value, "limit": limit}))
}

// Reject is a row that is not taken.
type Reject struct {
	Row    int64 // as the reader numbers it
	Breaks []Break
}

// Count is how many rows broke a rule at a field.
type Count struct {
	Rule  Rule
	Field string
	Rows  int64
}
