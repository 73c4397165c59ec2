// Package rules embeds the rules that the program applies and prints: one data
// file for each, each line with its source or the words "our choice".
package rules

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Words are a text of a file in both languages.
type Words struct {
	ID string `yaml:"id"`
	EN string `yaml:"en"`
}

// Read reads a file, such as "cautions.yaml", into fields that have room for all that
// stands in it. The files are part of the program: one that does not fit panics.
func Read(name string, text []byte, into any) {
	if err := yaml.UnmarshalWithOptions(text, into, yaml.DisallowUnknownField()); err != nil {
		panic(fmt.Errorf("docs/rules/%s: %w", name, err))
	}
}

// Verdict is the rule of the strength of evidence.
//
//go:embed verdict.yaml
var Verdict []byte

// Cautions are the limits at which checks and cautions speak.
//
//go:embed cautions.yaml
var Cautions []byte

// PermitChain is the chain of offices that a permit walks.
//
//go:embed permit-chain.yaml
var PermitChain []byte

// Amendments say how much a change of a registered study matters.
//
//go:embed amendments.yaml
var Amendments []byte

// Disclosure are the limits and rules of what may leave a study.
//
//go:embed disclosure.yaml
var Disclosure []byte

// Evidence is the rule of the strength of a finding.
//
//go:embed evidence.yaml
var Evidence []byte
