package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

const page = `{"query":"{ cis(first: 1000) { nodes { id ref name class lifecycle version } } }"}`

// answer is what the hand-written peer encodes: the same fields, by struct tags.
type answer struct {
	Data struct {
		CIs struct {
			Nodes []item `json:"nodes"`
		} `json:"cis"`
	} `json:"data"`
}

type item struct {
	ID        string `json:"id"`
	Ref       string `json:"ref"`
	Name      string `json:"name"`
	Class     string `json:"class"`
	Lifecycle string `json:"lifecycle"`
	Version   int64  `json:"version"`
}

// encodeRows: a page of 1,000 CIs through the whole GraphQL handler, against a
// handler by hand that reads the same page and uses encoding/json.
func encodeRows(ctx context.Context, _ sizes) ([]row, error) {
	path, _, remove, err := estateFile(ctx, graphtest.Estate{Seed: 1, CIs: 5000})
	if err != nil {
		return nil, err
	}
	defer remove()
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	p, err := projection.Open(ctx, st, projection.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	ours := server.New(server.Config{Ledger: records.New(st, p, time.Now)})
	theirs := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, err := st.Find(r.Context(), store.Query{First: 1000})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		cat := p.Snapshot().Catalogue()
		var a answer
		for _, n := range found.Nodes {
			a.Data.CIs.Nodes = append(a.Data.CIs.Nodes, item{view.EncodeID(n.ID), n.Ref.String(), n.Ref.Name, n.Ref.Class, graph.LifecycleOf(cat.Effective(n)).String(), n.Version})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a)
	})
	ask := func(h http.Handler) []byte {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(page))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.Bytes()
	}
	var a, b answer
	if err := json.Unmarshal(ask(ours), &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(ask(theirs), &b); err != nil {
		return nil, err
	}
	if len(a.Data.CIs.Nodes) != 1000 || !reflect.DeepEqual(a, b) {
		return nil, fmt.Errorf("the answers differ: %d rows against %d; ours begins %.300s", len(a.Data.CIs.Nodes), len(b.Data.CIs.Nodes), bytes.TrimSpace(ask(ours)))
	}
	fast, err := best(30, func() error { ask(ours); return nil })
	if err != nil {
		return nil, err
	}
	hand, err := best(30, func() error { ask(theirs); return nil })
	if err != nil {
		return nil, err
	}
	return []row{{"gql/encode", "1,000 rows by hand with encoding/json " + show(hand), fmt.Sprintf("%s, %.2fx", show(fast), float64(fast)/float64(hand)), "printed", ""}}, nil
}
