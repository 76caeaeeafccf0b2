package drill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// deadline is what every request has in a drill, and every transaction.
const deadline = time.Second

// service is the service over the store at an address, as serve puts it together.
type service struct {
	http.Handler
	st *store.Watched
	p  *projection.Projection
}

func serving(t testing.TB, address string) *service {
	t.Helper()
	ctx := context.Background()
	st, err := store.Watch(ctx, func(ctx context.Context) (store.Store, error) {
		return neo4j.Open(ctx, address, neo4j.Longest(deadline))
	}, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := projection.Open(ctx, st, projection.Options{Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	return &service{st: st, p: p, Handler: server.New(server.Config{Ledger: records.New(st, p, time.Now),
		Limits: server.Limits{Query: deadline, Mutation: deadline}})}
}

func (s *service) close(t testing.TB) {
	t.Helper()
	if err := s.p.Close(); err != nil {
		t.Error(err)
	}
	if err := s.st.Close(); err != nil {
		t.Error(err)
	}
}

// answer is what a client of the API reads.
type answer struct {
	status int
	took   time.Duration
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	Extensions struct{ Revision, StaleSince string }
}

func (a *answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// ask sends a GraphQL request.
func (s *service) ask(query string) (a answer) {
	body, _ := json.Marshal(map[string]any{"query": query})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	w := httptest.NewRecorder()
	start := time.Now()
	s.ServeHTTP(w, r)
	a.took, a.status = time.Since(start), w.Code
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		a.Errors = append(a.Errors, struct {
			Message    string
			Extensions struct{ Code string }
		}{Message: fmt.Sprintf("no JSON: %s", w.Body)})
	}
	return a
}

// upsert makes a server, or does nothing where it is there.
func (s *service) upsert(name string) answer {
	return s.ask(fmt.Sprintf(`mutation { upsertCIs(input: {items: [{ci: {ref: "server:%s"}}]}) { revision errors { message } } }`, name))
}

// ready is the answer of /readyz.
func (s *service) ready() (status int, body map[string]any) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	_ = json.Unmarshal(w.Body.Bytes(), &body)
	return w.Code, body
}
