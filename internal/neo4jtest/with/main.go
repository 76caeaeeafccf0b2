// Command with runs a command with Neo4j servers at hand: those that the
// environment names, else such as it starts and stops again. `make test` runs
// the whole suite so, on one pair of servers. Without any to be had the command
// runs all the same; its tests then say so.
//
//	go run ./internal/neo4jtest/with go test ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// servers is how many a run needs: the suite copies one store into another.
const servers = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: with command [arguments]")
		return 2
	}
	environment := os.Environ()
	s, err := neo4jtest.Start(ctx, servers, neo4jtest.ForTests(), os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "neo4jtest:", err)
	} else {
		defer s.Stop()
		environment = append(environment, s.Environment())
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environment, os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
