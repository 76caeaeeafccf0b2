package server_test

import (
	"bytes"
	"encoding/json"
	"io"
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
	var worst, usual graph.ID
	most := 0
	for id := range s.Nodes() {
		n := s.ReachCount(id, graph.Consumers)
		if n > most {
			worst, most = id, n
		}
		if n > 300 && n < 400 {
			usual = id
		}
	}
	const begin = `query($ci: ID!) { impact(scenario: {effects: [{ci: {id: $ci}}]}) { revision summary complete counts { down degraded atRisk total } `
	for _, c := range []struct {
		name, question string
		of             graph.ID
	}{
		{"the verdict of the worst", begin + "} }", worst},
		{"the verdict of a usual one", begin + "} }", usual},
		{"lists of the worst", begin + "services { nodes { ci { id ref name } to } } impacted(first: 50) { nodes { ci { id ref name class } to distance } } } }", worst},
		{"lists of a usual one", begin + "services { nodes { ci { id ref name } to } } impacted(first: 50) { nodes { ci { id ref name class } to distance } } } }", usual},
	} {
		b.Run(c.name, func(b *testing.B) {
			body, err := json.Marshal(map[string]any{"query": c.question, "variables": map[string]any{"ci": view.EncodeID(c.of)}})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				answer, err := web.Client().Post(web.URL+"/graphql", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
}
