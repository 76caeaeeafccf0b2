package cli

import (
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/term"
)

// System is the environment of this process: the one place that asks the
// operating system.
func System() Env {
	return Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Clock: time.Now, Version: buildVersion(), Width: terminalWidth,
	}
}

// terminalWidth is how wide the terminal behind a stream is, 0 where it is none.
func terminalWidth(stream any) int {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// buildVersion is what the Go command knows of the build.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}
