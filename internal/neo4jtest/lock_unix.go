//go:build unix

package neo4jtest

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until nobody else has the file, in this process or another. A
// process that is killed lets go by itself.
func lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// apart keeps a server out of our process group, so that it can be ended as a
// whole, and a Ctrl-C reaches it by way of us.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// kill ends a process and what it started, at once.
func kill(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
