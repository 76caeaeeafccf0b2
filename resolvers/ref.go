package resolvers

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// nodeRef reads how a CI is named. Exactly one way must be given: GraphQL does
// not enforce that for variables.
func nodeRef(r *gql.CIRef) (n graph.NodeRef, err error) {
	given := 0
	if r.ID != nil {
		given++
		n.ID, err = view.DecodeID(*r.ID)
	}
	if r.Ref != nil {
		given++
		n.Ref, err = parseRef(*r.Ref)
	}
	if r.Key != nil {
		given++
		n.Key = graph.Key{Source: r.Key.Source, Value: r.Key.Value}
		if n.Key.Source == "" || n.Key.Value == "" {
			err = graph.Errorf(graph.Invalid, "a key has a source and a value")
		}
	}
	if given != 1 {
		return n, graph.Errorf(graph.Invalid, "a CI is named in %d ways", given).WithHint("give exactly one of id, ref and key")
	}
	return n, err
}

// parseRef reads a ref; edges normalise to NFC.
func parseRef(s string) (graph.Ref, error) { return graph.ParseRef(norm.NFC.String(s)) }

// lookup is the CI of that name at snapshot s, or ok is false. A former ref and a
// key are looked up in the store.
func (r *reading) lookup(ctx context.Context, s *graph.Snapshot, n graph.NodeRef) (id graph.ID, ok bool, err error) {
	if id, ok, err = r.resolve(ctx, s, n); ok && n.ID == 0 && !r.veil.names(s, id) {
		return 0, false, err // what it is called is not told, so it cannot be asked for by that
	}
	return id, ok, err
}

func (r *reading) resolve(ctx context.Context, s *graph.Snapshot, n graph.NodeRef) (id graph.ID, ok bool, err error) {
	if n.ID != 0 {
		return n.ID, s.Has(n.ID), nil
	}
	var w graph.Wants
	if n.Key != (graph.Key{}) {
		w.Keys = []graph.Key{n.Key}
	} else if id, ok = s.Lookup(n.Ref); ok {
		return id, true, nil
	} else {
		w.Refs = []graph.Ref{n.Ref}
	}
	recs, err := r.fetch(ctx, w)
	if err != nil {
		return 0, false, err
	}
	id, ok = recs.ByRef[n.Ref]
	if n.Key != (graph.Key{}) {
		id, ok = recs.ByKey[n.Key]
	}
	return id, ok && s.Has(id), nil
}

// mustLookup is lookup where the CI has to exist.
func (r *reading) mustLookup(ctx context.Context, s *graph.Snapshot, ref *gql.CIRef) (graph.ID, error) {
	n, err := nodeRef(ref)
	if err != nil {
		return 0, err
	}
	id, ok, err := r.lookup(ctx, s, n)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, graph.Errorf(graph.NotFound, "no CI is named %s", named(n)).WithHint("look for it with search, or faultline ci list")
	}
	return id, nil
}

func named(n graph.NodeRef) string {
	switch {
	case n.ID != 0:
		return view.EncodeID(n.ID)
	case n.Key != (graph.Key{}):
		return n.Key.Source + " " + n.Key.Value
	}
	return n.Ref.String()
}
