package runs

import "syscall"

// machine is how many bytes of memory the machine has; 0: it does not say.
func machine() int64 {
	var s syscall.Sysinfo_t
	if syscall.Sysinfo(&s) != nil {
		return 0
	}
	return int64(uint64(s.Totalram) * uint64(s.Unit)) //nolint:gosec,unconvert // of 32 bits on some machines
}
