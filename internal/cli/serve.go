package cli

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/tracing"
)

// defaultListen is where serve and demo listen unasked.
const defaultListen = "127.0.0.1:8080"

// serve is the command that runs the service.
func (a *app) serve() *cobra.Command {
	var listen string
	var access server.Access
	var given []string
	var issuer, audience, roles, teams string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API: /graphql, /graphiql, /import, /export, /schema.graphqls, /healthz, /readyz, /metrics",
		Long: `Serves the API on this machine until it is interrupted, and lets what is under way come
to its end. The store is made where there is none. Other processes may use the same
store: an import beside it is seen within a second. A Neo4j that is not there yet, or
goes away, is waited for; until it answers reads come from memory and writes are refused.

/metrics is for Prometheus. Traces are sent where OTEL_EXPORTER_OTLP_ENDPOINT names a
collector. FAULTLINE_LOG=info logs each request, FAULTLINE_LOG_FORMAT=json for machines;
nothing that a client sent is logged but the name of its operation.

--oidc-issuer and --oidc-audience take people's tokens of an OpenID provider: their roles are in
the claim --oidc-roles, by the names that "faultline token create" takes, their teams in the claim
--oidc-teams, as CIs have them in owner and support_group. Who is shown by subject and issuer:
"faultline whoami".

With a token (FAULTLINE_TOKEN, or a file named by FAULTLINE_TOKEN_FILE) every request must
carry it, and the server may listen for other machines. The connection is not encrypted:
put a proxy that speaks TLS in front of it.`,
		Example: `  faultline serve
  faultline serve --listen 127.0.0.1:9090 --store sqlite:/var/lib/faultline/faultline.db
  FAULTLINE_NEO4J_PASSWORD_FILE=/run/secrets/neo4j faultline serve --store neo4j://db.example.org:7687
  FAULTLINE_LOG=info faultline serve
  faultline serve --limit request.body=2MiB --limit deadline.query=5s
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
			if issuer != "" {
				if access.Provider, err = identity.NewProvider(issuer, audience, roles, teams); err != nil {
					return err
				}
			} else if audience != "" {
				return usagef("--oidc-audience is given without --oidc-issuer").hinted("name who makes the tokens")
			}
			limits, _, err := a.limits(given)
			if err != nil {
				return err
			}
			l, err := listenOn(cmd.Context(), listen, access)
			if err != nil {
				return err
			}
			return a.run(cmd.Context(), l, server.Config{Actor: "local", Access: access, Limits: limits}, at, redact(t.store))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", defaultListen, "the address to listen on; port 0 takes a free one")
	cmd.Flags().StringArrayVar(&access.Hosts, "host", nil, "a name that requests may call this server by, beside localhost; with a token and without it, any")
	cmd.Flags().StringArrayVar(&access.Origins, "origin", nil, "a site whose pages may use the API, for example https://desk.example.org")
	cmd.Flags().StringVar(&issuer, "oidc-issuer", "", "an OpenID provider whose tokens say who somebody is, for example https://login.example.org/realm")
	cmd.Flags().StringVar(&audience, "oidc-audience", "", "what its tokens for this service have in aud")
	cmd.Flags().StringVar(&roles, "oidc-roles", identity.RolesClaim, "the claim that has the roles")
	cmd.Flags().StringVar(&teams, "oidc-teams", identity.TeamsClaim, "the claim that has the teams; a token without it is about all CIs")
	limitFlag(cmd, &given)
	complete(cmd, "listen", oneOf(defaultListen, "127.0.0.1:0"))
	return cmd
}

// parting is how long spans that are left may take to be sent at the end.
const parting = 3 * time.Second

// run serves the store at a place, which people know by that name, on the listener,
// with all that an operator wants to see of it, until ctx ends.
func (a *app) run(ctx context.Context, l net.Listener, cfg server.Config, at place, name string) (err error) {
	cfg.Metrics, cfg.Logger = server.NewMetrics(a.Version), a.logger("warn")
	if cfg.Tracer, err = tracing.Start(ctx, a.Getenv, a.Version, cfg.Logger); err != nil {
		f := asFailure(err)
		f.code = exitUsage
		return errors.Join(f, l.Close())
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
		defer cancel()
		_ = cfg.Tracer.Close(end) // what the collector does not take is lost
	}()
	serving, end := context.WithCancelCause(ctx)
	defer end(nil)
	observed := func(st store.Store) store.Store {
		return store.Observed(store.Observed(st, tracing.Store{}), cfg.Metrics)
	}
	led, err := a.watchLedger(serving, at, cfg.Logger, observed, end)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	a.line("serving %s at %s", a.look.clean(name), address(l))
	a.line("to try it in a browser: %s/graphiql", address(l))
	_ = a.out.Flush()
	err = errors.Join(cfg.Serve(serving, l, a.handler(led, cfg)), led.close())
	if ctx.Err() == nil && serving.Err() != nil {
		return context.Cause(serving) // what was waited for cannot be opened
	}
	return err
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
