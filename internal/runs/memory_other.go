//go:build !linux

package runs

// machine is not known here.
func machine() int64 { return 0 }
