package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Env is what a run of the program gets from outside.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Clock          func() time.Time
	Version        string
	Width          func(stream any) int // of the terminal behind a stream; 0: it is none
}

// The exit codes, as ui.md, "Terminal", lists them.
const (
	exitOK = iota
	exitError
	exitUsage
	exitTripped
	exitUnauthorised
	exitConflict
	exitInterrupted = 130 // what a shell makes of Ctrl-C
)

// app is one run of the program.
type app struct {
	Env
	out   *bufio.Writer
	flags globals
	past  past     // what of time the command asks about
	can   []string // the ways of printing of this command
	look  look     // of stdout
	tell  look     // of stderr
}

// Main runs one command and returns the exit code. A context that ends stops it:
// what was under way is given up between two chunks, never within one.
func Main(ctx context.Context, env Env) int {
	a := &app{Env: env, out: bufio.NewWriterSize(env.Stdout, 64<<10)}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(a.out)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if flushed := a.out.Flush(); err == nil && flushed != nil {
		err = failf("the output could not be written: %s", flushed).hinted("look for room on the disk, and at what reads the pipe")
	}
	return a.exit(ctx, err)
}

// exit says what went wrong, if anything, and gives the exit code.
func (a *app) exit(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	f := asFailure(err)
	if ctx.Err() != nil && f.code != exitUsage {
		f.code = exitInterrupted
		if _, told := errors.AsType[*failure](err); !told || f.kind == unavailable {
			f.message, f.hint = "interrupted", ""
		}
	}
	if f.message != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.tell.paint(red, "error:"), a.tell.clean(f.message))
	}
	if f.hint != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.tell.paint(dim, "hint:"), a.tell.clean(f.hint))
	}
	return f.code
}

// warn says something on stderr that does not change the outcome.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.Stderr, "%s %s\n", a.tell.paint(yellow, "warning:"), a.tell.clean(fmt.Sprintf(format, args...)))
}

// note says on stderr what a reader of stdout should know.
func (a *app) note(format string, args ...any) {
	_ = a.out.Flush() // so that it stands below what it is about
	fmt.Fprintln(a.Stderr, a.tell.clean(fmt.Sprintf(format, args...)))
}

// next names the next useful command, to a person only.
func (a *app) next(args ...string) {
	if !a.tell.tty {
		return
	}
	_ = a.out.Flush()
	fmt.Fprintln(a.Stderr, a.tell.paint(dim, "next: "+a.command(args...)))
}
