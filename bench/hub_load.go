package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/population"
)

// The fastest way to write the graph that was found: rows as lists, 10,000 a
// statement, the ends of relations by Neo4j's own ids.
const (
	rawRows         = 10_000
	rawNodes        = `UNWIND $rows AS r CREATE (n:Node:CI:$(r[0]) {id: r[1], ref: r[2], class: r[3], scope: r[4], name: r[5], lifecycle: r[6]}) RETURN count(n)`
	rawRequirements = `UNWIND $rows AS r MATCH (c:Node {id: r[0]}) USING INDEX c:Node(id) CREATE (c)-[:HAS_REQUIREMENT]->(q:Requirement {consumer: r[0], name: r[1], rule: r[2], needed: r[3], size: r[4]}) RETURN count(q)`
	rawEnds         = `UNWIND $ids AS i MATCH (n:Node {id: i}) USING INDEX n:Node(id) RETURN collect(i), collect(id(n))`
	rawRelations    = `UNWIND $rows AS r MATCH (a) WHERE id(a) = r[0] MATCH (b) WHERE id(b) = r[1] CREATE (a)-[x:$(r[2]) {transfer: r[3], requirement: r[4]}]->(b) RETURN count(x)`
)

// loadRaw writes the estate as a script would: what people read of it, without
// records, revisions and rules.
func (h *hub) loadRaw(ctx context.Context) error {
	var nodes, requirements []any
	var relations []*graph.Relation
	put := func(q string, rows *[]any) error {
		if len(*rows) == 0 {
			return nil
		}
		v, err := h.ask(ctx, q, map[string]any{"rows": *rows})
		if err == nil && v[0] != int64(len(*rows)) {
			err = fmt.Errorf("%v of %d rows were written", v[0], len(*rows))
		}
		*rows = (*rows)[:0]
		return err
	}
	err := h.estate.Changes(func(c graph.Change) error {
		switch {
		case c.Node != nil:
			n := c.Node
			if nodes = append(nodes, []any{n.Ref.Class, int64(n.ID), n.Ref.String(), n.Ref.Class, n.Ref.Scope, n.Ref.Name, "LIVE"}); len(nodes) == rawRows {
				return put(rawNodes, &nodes)
			}
		case c.Requirement != nil:
			q := c.Requirement
			if requirements = append(requirements, []any{int64(q.Consumer), q.Name, q.Rule.String(), int64(q.Needed()), int64(q.Size())}); len(requirements) == rawRows {
				return put(rawRequirements, &requirements)
			}
		default:
			relations = append(relations, c.Relation)
		}
		return nil
	})
	if err := errors.Join(err, put(rawNodes, &nodes), put(rawRequirements, &requirements)); err != nil {
		return err
	}
	for some := range slices.Chunk(relations, rawRows) {
		rows, err := h.rawEnds(ctx, some)
		if err != nil {
			return err
		}
		if err := put(rawRelations, &rows); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) rawEnds(ctx context.Context, relations []*graph.Relation) (rows []any, err error) {
	var ids []int64
	for _, x := range relations {
		ids = append(ids, int64(x.From), int64(x.To))
	}
	slices.Sort(ids)
	v, err := h.ask(ctx, rawEnds, map[string]any{"ids": slices.Compact(ids)})
	if err != nil {
		return nil, err
	}
	ours, _ := v[0].([]any)
	theirs, _ := v[1].([]any)
	at := make(map[any]any, len(ours))
	for i := range ours {
		at[ours[i]] = theirs[i]
	}
	for _, x := range relations {
		transfer := graph.Hard
		if t := x.Claims[0].Transfer; t != nil {
			transfer = *t
		}
		var requirement any
		if x.Requirement != "" {
			requirement = x.Requirement
		}
		rows = append(rows, []any{at[int64(x.From)], at[int64(x.To)], x.Type, transfer.String(), requirement})
	}
	return rows, nil
}

// importRow: NDJSON to durable in Neo4j and queryable here, rules, records and
// ledger and all, against the raw statements for the same graph.
func (h *hub) importRow(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "faultline-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text := filepath.Join(dir, "estate.ndjson")
	if err := write(text, h.estate); err != nil {
		return nil, err
	}
	want, err := h.estate.Build()
	if err != nil {
		return nil, err
	}
	raw, ours, checked := time.Duration(1<<63-1), time.Duration(1<<63-1), time.Duration(0)
	n := 0
	for range 2 { // in turns, the best of each; the import last: the rows below ask it
		if err := h.emptied(ctx); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := h.loadRaw(ctx); err != nil {
			return nil, fmt.Errorf("the raw statements: %w", err)
		}
		raw = min(raw, time.Since(start))
		if n, err = h.count(ctx, `MATCH ()-[x]->() RETURN count(x)`); err != nil {
			return nil, err
		}
		if err := h.emptied(ctx); err != nil {
			return nil, err
		}
		check, took, err := h.imported(ctx, text, want)
		if err != nil {
			return nil, err
		}
		if took < ours {
			ours, checked = took, check
		}
		written, err := h.count(ctx, `MATCH ()-[x]->() RETURN count(x)`)
		if err != nil || written != n {
			return nil, errors.Join(err, fmt.Errorf("the import wrote %d relationships, the raw statements %d", written, n))
		}
	}
	ratio := float64(raw) / float64(ours)
	return []row{{"import/neo4j", fmt.Sprintf("raw UNWIND ... CREATE %.1f s, %d CIs, %d relationships", raw.Seconds(), want.Len(), n),
		fmt.Sprintf("%.1f s, %.2fx its rate; %.1f s of it to check", ours.Seconds(), ratio, checked.Seconds()), ">= 0.8x", verdict(ratio >= 0.8)}}, nil
}

// imported is how long an import took, and how much of it before anything was written.
func (h *hub) imported(ctx context.Context, text string, want *graph.Snapshot) (check, took time.Duration, err error) {
	o, err := h.open(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	in, err := os.Open(text)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	start := time.Now()
	if err := population.Import(ctx, o.Ledger, in, population.Options{Actor: "bench"}, func(line any) error {
		if p, ok := line.(population.Progress); ok && p.Phase == "check" {
			check = time.Since(start)
		}
		return nil
	}); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	return check, took, same(o.p.Snapshot(), want, h.estate.Worst())
}

// drainPages are the fastest way to read a topology that was found: pages by
// Neo4j's own ids, columns collected; what a replica needs of it, and no more.
var drainPages = []struct{ last, page string }{
	{`MATCH (n:Node) RETURN max(id(n))`, `UNWIND range($lo, $hi) AS i MATCH (n:Node) WHERE id(n) = i RETURN collect(i), collect(n.id), collect(n.ref), collect(n.class), collect(n.lifecycle)`},
	{`MATCH (q:Requirement) RETURN max(id(q))`, `UNWIND range($lo, $hi) AS i MATCH (q:Requirement) WHERE id(q) = i RETURN collect(q.consumer), collect(q.name), collect(q.rule), collect(q.needed), collect(q.size)`},
	{`MATCH ()-[x]->() RETURN max(id(x))`, `UNWIND range($lo, $hi) AS i MATCH (a)-[x]->(b) WHERE id(x) = i RETURN collect(id(a)), collect(id(b)), collect(type(x)), collect(coalesce(x.transfer, '')), collect(coalesce(x.requirement, ''))`},
}

// Of the drain: rows a page, and sessions at once.
const (
	drainRows     = 20_000
	drainSessions = 2
)

// drained reads the topology raw, builds nothing of it, and counts its values.
func (h *hub) drained(ctx context.Context) (values int, err error) {
	var mu sync.Mutex
	for _, d := range drainPages {
		last, err := h.count(ctx, d.last)
		if err != nil {
			return 0, err
		}
		turns := make(chan struct{}, drainSessions)
		var wg sync.WaitGroup
		var failed error
		for lo := 0; lo <= last; lo += drainRows {
			turns <- struct{}{}
			wg.Go(func() {
				defer func() { <-turns }()
				v, err := h.ask(ctx, d.page, map[string]any{"lo": lo, "hi": min(lo+drainRows-1, last)})
				mu.Lock()
				defer mu.Unlock()
				if failed = errors.Join(failed, err); err == nil {
					column, _ := v[0].([]any)
					values += len(column)
				}
			})
		}
		if wg.Wait(); failed != nil {
			return 0, failed
		}
	}
	return values, nil
}

// startRow: from Bolt to a projection that answers, against the raw drain of what
// it needs.
func (h *hub) startRow(ctx context.Context) ([]row, error) {
	want, err := h.estate.Build()
	if err != nil {
		return nil, err
	}
	raw, ours := time.Duration(1<<63-1), time.Duration(1<<63-1)
	values := 0
	for range 6 { // in turns; the first are to warm the server up
		start := time.Now()
		if values, err = h.drained(ctx); err != nil {
			return nil, err
		}
		raw = min(raw, time.Since(start))
		start = time.Now()
		o, err := h.open(ctx)
		if err != nil {
			return nil, err
		}
		o.p.Snapshot().ReachCount(h.estate.Worst(), graph.Consumers)
		ours = min(ours, time.Since(start))
		if err := errors.Join(same(o.p.Snapshot(), want, h.estate.Worst()), o.close()); err != nil {
			return nil, err
		}
	}
	if records := want.Len() + want.RelationCount(); values < records {
		return nil, fmt.Errorf("the raw drain read %d rows of %d records", values, records)
	}
	ratio := float64(raw) / float64(ours)
	return []row{{"start/neo4j", fmt.Sprintf("raw drain %.2f s, %d rows", raw.Seconds(), values),
		fmt.Sprintf("%.2f s to the first answer, %.2fx its rate", ours.Seconds(), ratio), ">= 0.8x", verdict(ratio >= 0.8)}}, nil
}
