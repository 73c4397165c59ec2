package cooperation

import (
	"github.com/dampak/dampak/internal/registry"
)

// Number is a number from an office's own register.
type Number struct {
	Text    string       `json:"text"`
	Day     registry.Day `json:"day"`     // on which the office entered it
	Pattern Pattern      `json:"pattern"` // of the office, that it was held against; empty: there was none
}

// Pattern is how an office writes its numbers, such as 400.9/{n}/107.5/{year}:
// {n} stands for digits, {year} for the year of the day, {month} for its month
// in two digits, {roman} for the month in Roman numerals; all else stands for
// itself. Empty: any number.
type Pattern string
