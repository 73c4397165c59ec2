// Package rules embeds the rules that the program applies and prints: one data
// file for each, each line with its source or the words "our choice".
package rules

import _ "embed"

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
