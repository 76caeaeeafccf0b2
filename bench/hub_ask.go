package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// Plain reach in Cypher: the strongest form that was found (the planner makes a
// breadth-first search of it, which visits each node once), the form that people
// write first, and the one that generated APIs ask.
const (
	reachPruned  = `MATCH (s:Node {id: $id})<-[:DEPENDS_ON*1..]-(x) WITH DISTINCT x RETURN collect(x.id)`
	reachRows    = `MATCH (s:Node {id: $id})<-[:DEPENDS_ON*1..]-(x) RETURN DISTINCT x.id`
	reachLimited = `MATCH (s:Node {id: $id})<-[:DEPENDS_ON*1..10]-(x) RETURN x.id LIMIT 10000`
)

// What a change manager asks, with redundancy, which Cypher leaves out: the verdict
// with how many CIs and services get worse; and, beside it, the first fifty services
// and the fifty worst CIs by name.
const (
	impactVerdict = `query($ci: ID!) { impact(scenario: {effects: [{ci: {id: $ci}}]}) { revision summary complete counts { down degraded atRisk total } } }`
	impactListed  = `query($ci: ID!) { impact(scenario: {effects: [{ci: {id: $ci}}]}) { revision summary complete counts { down degraded atRisk total }
  services { nodes { ci { id ref name } to } } impacted(first: 50) { nodes { ci { id ref name class } to distance } } } }`
)

// Sources, by how many depend on them: so many of each power of ten.
const (
	stratum = 8
	strata  = 5
)

// source is one CI whose consumers are asked for.
type source struct {
	id            graph.ID
	reach         []int64 // by every relation; sorted
	cypher        time.Duration
	ours, listed  time.Duration
	rows, limited time.Duration
	rowsWrong     bool
	limitedWrong  bool
}

// cypherRows: who is affected, asked of Neo4j in Cypher and of the service over
// HTTP, at the same 40 sources.
func (h *hub) cypherRows(ctx context.Context) (_ []row, err error) {
	o, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	web := httptest.NewServer(server.New(server.Config{Ledger: o.Ledger, Kind: "neo4j"}))
	defer web.Close()
	session := h.driver.NewSession(ctx, driver.SessionConfig{FetchSize: driver.FetchAll})
	defer func() { _ = session.Close(ctx) }()
	list := sources(o.p.Snapshot())
	runtime.GC() // of what was loaded to be compared with
	for i := range list {
		if err := list[i].measure(ctx, session, web, o.p.Snapshot()); err != nil {
			return nil, err
		}
	}
	worst := slices.MaxFunc(list, func(a, b source) int { return cmp.Compare(len(a.reach), len(b.reach)) })
	var ratios, listRatios, rowRatios []float64
	rowsWrong, limitedWrong := 0, 0
	for _, s := range list {
		ratios = append(ratios, float64(s.cypher)/float64(s.ours))
		listRatios = append(listRatios, float64(s.cypher)/float64(s.listed))
		rowRatios = append(rowRatios, float64(s.rows)/float64(s.ours))
		if s.rowsWrong {
			rowsWrong++
		}
		if s.limitedWrong {
			limitedWrong++
		}
	}
	half, most, middle := median(ratios), float64(worst.cypher)/float64(worst.ours), list[len(list)/2]
	return []row{
		{"impact/cypher, p50", fmt.Sprintf("WITH DISTINCT, collect; %d sources, %d to %d CIs; %s for %d", len(list), len(list[0].reach), len(worst.reach), show(middle.cypher), len(middle.reach)),
			fmt.Sprintf("%s, %.1fx faster, over HTTP, with redundancy", show(middle.ours), half), ">= 10x", verdict(half >= 10)},
		{"impact/cypher, worst source", fmt.Sprintf("%s for %d CIs", show(worst.cypher), len(worst.reach)),
			fmt.Sprintf("%s, %.1fx faster", show(worst.ours), most), ">= 20x", verdict(most >= 20)},
		{"impact/cypher, with lists", "the same", fmt.Sprintf("%.1fx at p50; %s, %.1fx at the worst: with 50 services and the 50 worst by name", median(listRatios), show(worst.listed),
			float64(worst.cypher)/float64(worst.listed)), "printed", ""},
		{"impact/cypher, a row a CI", fmt.Sprintf("RETURN DISTINCT, %s at the worst; wrong for %d of %d", show(worst.rows), rowsWrong, len(list)),
			fmt.Sprintf("%.1fx at p50, %.1fx at the worst", median(rowRatios), float64(worst.rows)/float64(worst.ours)), "printed", ""},
		{"impact/cypher, *1..10 LIMIT 10000", fmt.Sprintf("%s at the worst", show(worst.limited)), fmt.Sprintf("wrong for %d of %d sources", limitedWrong, len(list)), "printed", ""},
	}, nil
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// sources are some CIs of each power of ten of consumers, the worst among them.
func sources(s *graph.Snapshot) []source {
	var by [strata][]graph.ID
	var worst graph.ID
	most := 0
	for id := range s.Nodes() {
		n := s.ReachCount(id, graph.Consumers)
		if n > most {
			worst, most = id, n
		}
		for at, bound := 0, 10; at < strata && n > 0; at, bound = at+1, bound*10 {
			if n < bound || at == strata-1 {
				by[at] = append(by[at], id)
				break
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var out []source
	for at, ids := range by {
		slices.Sort(ids)
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids = ids[:min(stratum, len(ids))]
		if at == strata-1 && len(ids) > 0 && !slices.Contains(ids, worst) {
			ids[0] = worst
		}
		for _, id := range ids {
			out = append(out, source{id: id, reach: everyConsumer(s, id)})
		}
	}
	slices.SortFunc(out, func(a, b source) int { return cmp.Compare(len(a.reach), len(b.reach)) })
	return out
}

// everyConsumer follows every relation, also those that carry no impact: what the
// Cypher asks for.
func everyConsumer(s *graph.Snapshot, of graph.ID) []int64 {
	seen := map[graph.ID]bool{}
	next := []graph.ID{of}
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		for _, l := range s.Links(id, graph.Consumers) {
			if !seen[l.From] {
				seen[l.From] = true
				next = append(next, l.From)
			}
		}
	}
	out := make([]int64, 0, len(seen))
	for id := range seen {
		out = append(out, int64(id))
	}
	slices.Sort(out)
	return out
}

// tries is how often each question is asked; the fastest counts.
const tries = 7

func (s *source) measure(ctx context.Context, session driver.SessionWithContext, web *httptest.Server, snapshot *graph.Snapshot) (err error) {
	ids := func(q string) (got []int64, took time.Duration, err error) {
		took = time.Duration(1<<63 - 1)
		for range tries {
			start := time.Now()
			if got, err = numbers(ctx, session, q, int64(s.id)); err != nil {
				return nil, 0, err
			}
			took = min(took, time.Since(start))
		}
		slices.Sort(got)
		return slices.Compact(got), took, nil
	}
	var got []int64
	if got, s.cypher, err = ids(reachPruned); err != nil {
		return err
	}
	if !slices.Equal(got, s.reach) {
		return fmt.Errorf("the pruned search in Cypher finds %d consumers of %d, there are %d", len(got), s.id, len(s.reach))
	}
	if got, s.rows, err = ids(reachRows); err != nil {
		return err
	}
	s.rowsWrong = !slices.Equal(got, s.reach)
	if got, s.limited, err = ids(reachLimited); err != nil {
		return err
	}
	s.limitedWrong = !slices.Equal(got, s.reach)

	most := snapshot.ReachCount(s.id, graph.Consumers) + 1 // itself, too
	if s.ours, err = s.asked(ctx, web, impactVerdict, most); err == nil {
		s.listed, err = s.asked(ctx, web, impactListed, most)
	}
	return err
}

// asked is how long the service takes for a question; not more CIs than most may get
// worse.
func (s *source) asked(ctx context.Context, web *httptest.Server, question string, most int) (took time.Duration, err error) {
	body, err := json.Marshal(map[string]any{"query": question, "variables": map[string]any{"ci": view.EncodeID(s.id)}})
	if err != nil {
		return 0, err
	}
	took = time.Duration(1<<63 - 1)
	for range tries {
		start := time.Now()
		total, err := impactOver(ctx, web, body)
		if err != nil {
			return 0, err
		}
		took = min(took, time.Since(start))
		if most < total {
			return 0, fmt.Errorf("%d CIs get worse with %d, on which only %d depend", total, s.id, most-1)
		}
	}
	return took, nil
}

// numbers are a statement's ids: one list, or a row each.
func numbers(ctx context.Context, session driver.SessionWithContext, q string, id int64) (out []int64, err error) {
	res, err := session.Run(ctx, q, map[string]any{"id": id})
	if err != nil {
		return nil, err
	}
	for res.Next(ctx) {
		list, ok := res.Record().Values[0].([]any)
		if !ok {
			list = res.Record().Values
		}
		for _, v := range list {
			n, _ := v.(int64)
			out = append(out, n)
		}
	}
	return out, res.Err()
}

// impactOver asks the service, and is how many CIs get worse.
func impactOver(ctx context.Context, web *httptest.Server, body []byte) (total int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, web.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := web.Client().Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	var out struct {
		Data struct {
			Impact struct {
				Complete bool
				Counts   struct{ Total int }
			}
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return 0, err
	}
	if len(out.Errors) > 0 || !out.Data.Impact.Complete {
		return 0, fmt.Errorf("the answer is not complete: %.300s", text)
	}
	return out.Data.Impact.Counts.Total, nil
}
