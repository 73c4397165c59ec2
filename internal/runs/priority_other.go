//go:build !linux

package runs

// comesLast does nothing here: only Linux has priorities of threads.
func comesLast() {}
