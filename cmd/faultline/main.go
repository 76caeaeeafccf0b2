// Command faultline answers what breaks if a configuration item goes down.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/faultline-itsm/faultline/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	return cli.Main(ctx, cli.System())
}
