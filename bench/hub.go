package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// hub is the Neo4j that all its rows are measured on, and a driver beside the
// store for what a script would do there.
type hub struct {
	address string
	estate  graphtest.Estate
	driver  driver.DriverWithContext
}

// hubRows: the store in Neo4j against raw Cypher on the same server. Where no
// server can be had, the one row says so.
func hubRows(ctx context.Context, z sizes) (rows []row, err error) {
	servers, err := neo4jtest.Start(ctx, 1, neo4jtest.ForMeasuring(), os.Stderr)
	if err != nil {
		return []row{{"neo4j", "raw Cypher", "not measured: " + err.Error(), "", ""}}, nil
	}
	defer servers.Stop()
	h := &hub{address: servers.URLs[0], estate: graphtest.Estate{Seed: 1, CIs: z.peer}}
	if h.driver, err = neo4jtest.Connect(h.address); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.driver.Close(ctx)) }()
	for _, m := range []func(context.Context) ([]row, error){h.importRow, h.startRow, h.cypherRows, h.commitRows, h.lagRow} {
		got, err := m(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, got...)
	}
	return rows, nil
}

// ask runs a statement in a transaction of its own, and is the values of its one row.
func (h *hub) ask(ctx context.Context, q string, p map[string]any) ([]any, error) {
	session := h.driver.NewSession(ctx, driver.SessionConfig{FetchSize: driver.FetchAll})
	defer func() { _ = session.Close(ctx) }()
	res, err := session.Run(ctx, q, p)
	if err != nil {
		return nil, err
	}
	rec, err := res.Single(ctx)
	if err != nil {
		return nil, err
	}
	return rec.Values, nil
}

// count is the one number of a statement's one row.
func (h *hub) count(ctx context.Context, q string) (int, error) {
	v, err := h.ask(ctx, q, nil)
	if err != nil {
		return 0, err
	}
	n, _ := v[0].(int64)
	return int(n), nil
}

// opened is the store with a projection, as a process of the service has it.
type opened struct {
	*records.Ledger
	st *neo4j.Store
	p  *projection.Projection
}

func (h *hub) open(ctx context.Context) (*opened, error) { return openHub(ctx, h.address) }

func openHub(ctx context.Context, address string) (*opened, error) {
	st, err := neo4j.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	p, err := projection.Open(ctx, st, projection.Options{})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &opened{records.New(st, p, time.Now), st, p}, nil
}

func (o *opened) close() error { return errors.Join(o.p.Close(), o.st.Close()) }

// emptied is the server with nothing in it but the layout of a new store.
func (h *hub) emptied(ctx context.Context) error {
	if err := neo4jtest.Wipe(ctx, h.address); err != nil {
		return err
	}
	st, err := neo4j.Open(ctx, h.address)
	if err != nil {
		return err
	}
	return st.Close()
}

// same insists that what was loaded is the estate.
func same(s, want *graph.Snapshot, of graph.ID) error {
	id, _ := s.Lookup(want.Ref(of))
	if got, want := s.ReachCount(id, graph.Consumers), want.ReachCount(of, graph.Consumers); got != want {
		return fmt.Errorf("%d CIs depend on the worst one, of the estate %d", got, want)
	}
	if s.Len() != want.Len() || s.RelationCount() != want.RelationCount() {
		return fmt.Errorf("%d CIs and %d relations, the estate has %d and %d", s.Len(), s.RelationCount(), want.Len(), want.RelationCount())
	}
	return nil
}
