// Package methods embeds the table of calibration, which a test of run writes:
// how the intervals and tests of every estimator behave in invented worlds. The
// pages beside it are made by internal/handbook.
package methods

import _ "embed"

// Calibration is calibration.csv, with its columns named in the first line.
//
//go:embed calibration.csv
var Calibration []byte
