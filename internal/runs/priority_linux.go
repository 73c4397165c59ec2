package runs

import (
	"runtime"
	"syscall"
)

// nice is how far a computation comes after what else the machine does: at 10 it gets
// about a tenth of a core that others want too.
const nice = 10

// comesLast keeps the goroutine on a thread of its own, which comes after others until
// both end, as do the threads that an engine begins from it.
func comesLast() {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice) // 0: this thread; it may always come later
}
