//go:build !unix

package neo4jtest

import (
	"os"
	"syscall"
)

// lock does nothing where files cannot be locked: run the packages with -p 1.
func lock(string) (release func(), err error) { return func() {}, nil }

func apart() *syscall.SysProcAttr { return nil }

func kill(p *os.Process) error { return p.Kill() }
