package cli

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/faultline-itsm/faultline/internal/identity"
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
	c.past = a.past
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
	l, err := a.openLedger(ctx, at, p)
	if err != nil {
		return nil, err
	}
	c := a.local(l, at.name)
	// Who has a token of their own is that principal here, too.
	if token, _, err := a.token(); err != nil {
		return nil, errors.Join(err, c.close())
	} else if strings.HasPrefix(string(token), identity.Prefix) {
		c.token = token
	}
	return c, nil
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

// openLedger opens the store at a place. Reading never makes one: what is not there
// is empty.
func (a *app) openLedger(ctx context.Context, at place, p purpose) (*ledger, error) {
	st, err := a.openStore(ctx, at, p)
	if errors.Is(err, errAbsent) {
		a.warn("the store %s does not exist yet: it is read as empty", at.name)
		st, err = a.openStore(ctx, vanishing, p)
	}
	if err != nil {
		return nil, err
	}
	return a.ledgerOver(ctx, st, at.kind(), projection.Options{Logger: a.logger("off")})
}

// watchLedger opens the store at a place for a service, which outlives it: where its
// server is absent the ledger waits for it, and gaveUp is told where what comes
// cannot be opened. The store is observed, also while it is away.
func (a *app) watchLedger(ctx context.Context, at place, log *slog.Logger, observed func(store.Store) store.Store, gaveUp func(error)) (*ledger, error) {
	st, err := store.Watch(ctx, func(ctx context.Context) (store.Store, error) { return a.openStore(ctx, at, writing) },
		store.WatchOptions{Logger: log, GaveUp: gaveUp})
	if err != nil {
		return nil, err
	}
	if away := st.Away(); away != nil {
		a.warn("%s; it is waited for", asFailure(away).message)
	}
	return a.ledgerOver(ctx, observed(st), at.kind(), projection.Options{Logger: log, Wait: true})
}

func (a *app) ledgerOver(ctx context.Context, st store.Store, kind string, o projection.Options) (*ledger, error) {
	proj, err := projection.Open(ctx, st, o)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &ledger{records.New(st, proj, a.Clock), st, kind, proj}, nil
}

// handler is the API over a ledger.
func (a *app) handler(l *ledger, cfg server.Config) http.Handler {
	cfg.Ledger, cfg.Kind, cfg.Version, cfg.Clock, cfg.Import, cfg.Export = l.Ledger, l.kind, a.Version, a.Clock, a.importInto, population.Export
	return server.New(cfg)
}
