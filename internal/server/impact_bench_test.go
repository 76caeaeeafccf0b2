package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// A change manager's question, at the source that most depend on and at a usual one:
// through HTTP, GraphQL, guard and compression, of 100,000 CIs.
func BenchmarkImpactOverHTTP(b *testing.B) {
	st, err := sqlite.Open(b.Context(), ":memory:")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	p, err := projection.Open(b.Context(), st, projection.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	l := records.New(st, p, time.Now)
	e := graphtest.Estate{Seed: 1, CIs: 100_000}
	var text bytes.Buffer
	if err := e.WriteNDJSON(&text); err != nil {
		b.Fatal(err)
	}
	if err := population.Import(b.Context(), l, bytes.NewReader(text.Bytes()), population.Options{}, func(any) error { return nil }); err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(server.New(server.Config{Ledger: l}))
	defer web.Close()
	s := p.Snapshot()
	var worst, some graph.ID
	most := 0
	for id := range s.Nodes() {
		n := s.ReachCount(id, graph.Consumers)
		if n > most {
			worst, most = id, n
		}
		if n > 300 && n < 400 {
			some = id
		}
	}
	for name, id := range map[string]graph.ID{"worst": worst, "hundreds": some} {
		b.Run(name, func(b *testing.B) {
			body, _ := json.Marshal(map[string]any{"query": `query($ci: ID!) { impact(scenario: {effects: [{ci: {id: $ci}}]}) { revision summary complete
  counts { down degraded atRisk total } services { nodes { ci { id ref name } to } } impacted(first: 50) { nodes { ci { id ref name class } to distance } } } }`, "variables": map[string]any{"ci": view.EncodeID(id)}})
			for b.Loop() {
				r, _ := http.NewRequest(http.MethodPost, web.URL+"/graphql", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				a, err := web.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, a.Body)
				_ = a.Body.Close()
			}
		})
	}
}
