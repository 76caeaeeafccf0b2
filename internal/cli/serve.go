package cli

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/server"
)

// defaultListen is where serve and demo listen unasked.
const defaultListen = "127.0.0.1:8080"

// serve is the command that runs the service.
func (a *app) serve() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API: /graphql, /import, /export, /schema.graphqls, /healthz, /readyz",
		Long: `Serves the API on this machine until it is interrupted, and lets what is under way come
to its end. The store is made where there is none. Other processes may use the same
store: an import beside it is seen within a second.`,
		Example: `  faultline serve
  faultline serve --listen 127.0.0.1:9090 --store sqlite:/var/lib/faultline/faultline.db
  FAULTLINE_LOG=info faultline serve`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := a.target()
			if err != nil {
				return err
			}
			if t.serverFrom == flagged+"server" {
				return usagef("serve is the server: it takes --listen, not --server").hinted("faultline serve --listen %s", defaultListen)
			}
			path, err := storePath(t.store, t.storeFrom)
			if err != nil {
				return err
			}
			l, err := listenOn(cmd.Context(), listen)
			if err != nil {
				return err
			}
			led, err := a.openLedger(cmd.Context(), path, writing)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			a.line("serving %s at %s", a.look.clean(t.store), address(l))
			_ = a.out.Flush()
			return errors.Join(server.Serve(cmd.Context(), l, a.handler(led, "local", a.logger("warn"))), led.close())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", defaultListen, "the address of this machine to listen on; port 0 takes a free one")
	complete(cmd, "listen", oneOf(defaultListen, "127.0.0.1:0"))
	return cmd
}

// listenOn listens, and where that fails names the flag that mends it.
func listenOn(ctx context.Context, address string) (net.Listener, error) {
	l, err := server.Listen(ctx, address)
	if err == nil {
		return l, nil
	}
	f := asFailure(err)
	if graph.IsKind(err, graph.Invalid) {
		f.code = exitUsage
	}
	if graph.IsKind(err, graph.PermissionDenied) {
		f.code = exitUsage // of what was asked for, not of who asked
	}
	if strings.Contains(f.message, "in use") {
		f.hint = "choose another one, for example --listen 127.0.0.1:0, which takes a free port"
	} else if f.hint != "" {
		f.hint = "--listen: " + f.hint
	}
	return nil, f
}

func address(l net.Listener) string { return "http://" + l.Addr().String() }
