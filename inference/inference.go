// Package inference turns estimates and their covariance into what is printed:
// intervals, simultaneous bands, tests, degrees of freedom. It knows nothing of
// designs. Nothing here has a global or a random source of its own: a seed is
// an argument.
package inference

// Options are what a plan says of inference. The zero value is not valid: use
// Defaults.
type Options struct {
	Level float64 // of intervals and bands, in (0, 1)
	Seed  uint64
	Draws int // of bands, placebos and randomisation
}

// Defaults are the options of a plan that says nothing.
var Defaults = Options{Level: 0.95, Seed: 20200921, Draws: 10000}
