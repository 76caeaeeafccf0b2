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
	var access server.Access
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API: /graphql, /graphiql, /import, /export, /schema.graphqls, /healthz, /readyz",
		Long: `Serves the API on this machine until it is interrupted, and lets what is under way come
to its end. The store is made where there is none. Other processes may use the same
store: an import beside it is seen within a second.

With a token (FAULTLINE_TOKEN, or a file named by FAULTLINE_TOKEN_FILE) every request must
carry it, and the server may listen for other machines. The connection is not encrypted:
put a proxy that speaks TLS in front of it.`,
		Example: `  faultline serve
  faultline serve --listen 127.0.0.1:9090 --store sqlite:/var/lib/faultline/faultline.db
  FAULTLINE_NEO4J_PASSWORD_FILE=/run/secrets/neo4j faultline serve --store neo4j://db.example.org:7687
  FAULTLINE_LOG=info faultline serve
  FAULTLINE_TOKEN_FILE=/run/secrets/faultline faultline serve --listen 0.0.0.0:8080`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := a.target()
			if err != nil {
				return err
			}
			if t.serverFrom == flagged+"server" {
				return usagef("serve is the server: it takes --listen, not --server").hinted("faultline serve --listen %s", defaultListen)
			}
			at, err := a.place(t)
			if err != nil {
				return err
			}
			if access.Token, _, err = a.token(); err != nil {
				return err
			}
			l, err := listenOn(cmd.Context(), listen, access)
			if err != nil {
				return err
			}
			led, err := a.openLedger(cmd.Context(), at, writing)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			a.line("serving %s at %s", a.look.clean(redact(t.store)), address(l))
			a.line("to try it in a browser: %s/graphiql", address(l))
			_ = a.out.Flush()
			return errors.Join(access.Serve(cmd.Context(), l, a.handler(led, "local", a.logger("warn"), access)), led.close())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", defaultListen, "the address to listen on; port 0 takes a free one")
	cmd.Flags().StringArrayVar(&access.Hosts, "host", nil, "a name that requests may call this server by, beside localhost; with a token and without it, any")
	cmd.Flags().StringArrayVar(&access.Origins, "origin", nil, "a site whose pages may use the API, for example https://desk.example.org")
	complete(cmd, "listen", oneOf(defaultListen, "127.0.0.1:0"))
	return cmd
}

// listenOn listens, and where that fails names the flag that mends it.
func listenOn(ctx context.Context, address string, access server.Access) (net.Listener, error) {
	l, err := access.Listen(ctx, address)
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
	} else if f.hint != "" && !graph.IsKind(err, graph.PermissionDenied) {
		f.hint = "--listen: " + f.hint
	}
	return nil, f
}

func address(l net.Listener) string { return "http://" + l.Addr().String() }
