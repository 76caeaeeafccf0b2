package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
)

// purpose says whether a command may make a store that is not there.
type purpose bool

const (
	reading purpose = false
	writing purpose = true
)

// with opens what the command line points to, lets f ask it, and closes it.
func (a *app) with(ctx context.Context, p purpose, f func(*client) error) error {
	c, err := a.connect(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.close())
}

func (a *app) connect(ctx context.Context, p purpose) (*client, error) {
	t, err := a.target()
	if err != nil {
		return nil, err
	}
	if t.server != "" {
		token, _, err := a.token()
		if err != nil {
			return nil, err
		}
		transport := &http.Transport{Proxy: nil}
		return &client{base: strings.TrimRight(t.server, "/"), name: redact(t.server), token: token, http: &http.Client{Transport: transport},
			end: func() error { transport.CloseIdleConnections(); return nil }}, nil
	}
	at, err := a.place(t)
	if err != nil {
		return nil, err
	}
	l, err := a.openLedger(ctx, at, p, nil)
	if err != nil {
		return nil, err
	}
	return a.local(l, at.name), nil
}

// local asks a ledger of this process.
func (a *app) local(l *ledger, name string) *client {
	transport := &inProcess{handler: a.handler(l, server.Config{Actor: firstOf(a.Getenv("USER"), a.Getenv("LOGNAME"), "local"), Logger: a.logger("off")})}
	return &client{base: "http://localhost", name: name, http: &http.Client{Transport: transport}, end: func() error {
		transport.wait()
		return l.close()
	}}
}

// ledger is an open store with all that stands on it.
type ledger struct {
	*records.Ledger
	store store.Store
	kind  string // sqlite or neo4j
	p     *projection.Projection
}

func (l *ledger) close() error { return errors.Join(l.p.Close(), l.store.Close()) }

// openLedger opens the store at a place, observed where somebody wants to know.
// Reading never makes one: what is not there is empty.
func (a *app) openLedger(ctx context.Context, at place, p purpose, observed func(store.Store) store.Store) (*ledger, error) {
	st, err := a.openStore(ctx, at, p)
	if errors.Is(err, errAbsent) {
		a.warn("the store %s does not exist yet: it is read as empty", at.name)
		st, err = a.openStore(ctx, vanishing, p)
	}
	if err != nil {
		return nil, err
	}
	if observed != nil {
		st = observed(st)
	}
	proj, err := projection.Open(ctx, st, projection.Options{Logger: a.logger("off")})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &ledger{records.New(st, proj, a.Clock), st, at.kind(), proj}, nil
}

// handler is the API over a ledger.
func (a *app) handler(l *ledger, cfg server.Config) http.Handler {
	cfg.Ledger, cfg.Kind, cfg.Version, cfg.Clock, cfg.Import, cfg.Export = l.Ledger, l.kind, a.Version, a.Clock, a.importInto, population.Export
	return server.New(cfg)
}
