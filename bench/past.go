package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// revisionsBack is how far the past is that is asked for.
const revisionsBack = 10_000

// pastRows: the graph as of many revisions ago, against a cold start of the same file.
func pastRows(ctx context.Context, z sizes) (rows []row, err error) {
	e := graphtest.Estate{Seed: 1, CIs: z.peer}
	path, _, remove, err := estateFile(ctx, e)
	if err != nil {
		return nil, err
	}
	defer remove()
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	p, err := projection.Open(ctx, st, projection.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	then := p.Snapshot()
	was := then.ReachCount(e.Worst(), graph.Consumers)
	ledger := records.New(st, p, time.Now)
	for n := range revisionsBack {
		op := graph.Operation(graph.PutNode{Node: graph.NodeRef{ID: graph.ID(1 + n%z.peer)}, Attributes: map[string]graph.Value{"description": graph.StringValue(fmt.Sprint("step ", n))}})
		if n%10 == 0 {
			op = graph.PutRelation{From: graph.NodeRef{ID: graph.ID(2 + n%z.peer)}, Type: "DEPENDS_ON", To: graph.NodeRef{ID: e.Worst()}, Qualifier: "bench"}
			if graph.ID(2+n%z.peer) == e.Worst() {
				continue
			}
		}
		if _, err := ledger.Commit(ctx, graph.Batch{Actor: "bench", Source: "bench", Ops: []graph.Operation{op}}); err != nil {
			return nil, err
		}
	}
	cold, err := best(3, func() error {
		_, err := projection.Load(ctx, st)
		return err
	})
	if err != nil {
		return nil, err
	}
	var past *projection.Moment
	took, err := best(3, func() (err error) {
		past, err = projection.NewHistory(st).At(ctx, then.Revision())
		return err
	})
	if err != nil {
		return nil, err
	}
	if got := past.Snapshot.ReachCount(e.Worst(), graph.Consumers); got != was {
		return nil, fmt.Errorf("as of revision %d %d CIs depend on the worst, then %d did", then.Revision(), got, was)
	}
	ratio := float64(took) / float64(cold)
	return []row{{"asOf", fmt.Sprintf("a cold start of %d CIs %d ms, %d revisions later", z.peer, cold.Milliseconds(), p.Snapshot().Revision()-then.Revision()),
		fmt.Sprintf("%d ms, %.2fx", took.Milliseconds(), ratio), "<= 2x", verdict(ratio <= 2)}}, nil
}
