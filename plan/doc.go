// Package plan reads the file that researchers write: YAML in, a frozen Plan
// out, or every problem of the file at once, each with its line, its column,
// what was found, what was expected and a suggestion.
//
//	bytes -> tree of nodes with places -> Plan, and a Checker with the problems
//
// What a plan says of its design is left as nodes: package designs knows the
// keys of each design, and reports to the same Checker.
package plan
