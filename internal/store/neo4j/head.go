package neo4j

import (
	"context"
	"encoding/json"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// mark is the head as the database holds it: one property, so that no reader
// ever sees half of one and half of another.
type mark struct {
	text string // as stored; two are equal where their texts are
	graph.Head
	defined graph.Revision // of the last change of a class or relation type
}

// headForm is a mark's text.
type headForm struct {
	Revision graph.Revision `json:"revision"`
	At       int64          `json:"at"` // microseconds since 1970
	LastID   graph.ID       `json:"lastId"`
	Hash     []byte         `json:"hash"`
	Content  []byte         `json:"content"`
	Defined  graph.Revision `json:"defined"`
	Runs     []graph.Run    `json:"runs,omitempty"`
}

func markOf(h graph.Head, defined graph.Revision) (*mark, error) {
	text, err := json.Marshal(headForm{Revision: h.Revision, At: h.At.UnixMicro(), LastID: h.LastID,
		Hash: h.Hash[:], Content: h.Content[:], Defined: defined, Runs: h.OpenRuns})
	return &mark{text: string(text), Head: h, defined: defined}, err
}

// readMark reads what a statement that returns the head gave.
func readMark(v []any) (*mark, error) {
	if len(v) == 0 {
		return nil, graph.Errorf(graph.Invalid, "the ledger's head is gone: somebody removed it").WithHint("restore the store from a dump")
	}
	text, _ := v[0].(string)
	var f headForm
	if err := json.Unmarshal([]byte(text), &f); err != nil || len(f.Hash) != len(graph.Hash{}) || len(f.Content) != len(graph.Sum{}) {
		return nil, graph.Errorf(graph.Invalid, "the ledger's head is damaged: somebody changed it").WithHint("restore the store from a dump")
	}
	m := &mark{text: text, defined: f.Defined, Head: graph.Head{Revision: f.Revision, LastID: f.LastID, OpenRuns: f.Runs,
		Hash: graph.Hash(f.Hash), Content: graph.Sum(f.Content)}}
	if f.Revision > 0 {
		m.At = time.UnixMicro(f.At).UTC()
	}
	return m, nil
}

// catalogueAt is the catalogue since a revision; committed ones are shared.
type catalogueAt struct {
	defined graph.Revision
	*graph.Catalogue
}

// catalogueOf is the catalogue at a mark. Where it had to be read it is fresh:
// true only if what was read turns out to be of one revision.
func (s *Store) catalogueOf(ctx context.Context, r runner, m *mark) (cat, fresh *catalogueAt, err error) {
	if known := s.catalogue.Load(); known != nil && known.defined == m.defined {
		return known, nil, nil
	}
	defs, err := definitions(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	fresh = &catalogueAt{m.defined, graph.Builtin().With(defs...)}
	return fresh, fresh, nil
}

// definitions are all classes and relation types that were ever defined here.
func definitions(ctx context.Context, r runner) (defs []graph.Change, err error) {
	list, err := bodies(ctx, r, allClasses, nil)
	if err != nil {
		return nil, err
	}
	classes, err := decoded(list, graph.DecodeClass)
	if err != nil {
		return nil, err
	}
	if list, err = bodies(ctx, r, allTypes, nil); err != nil {
		return nil, err
	}
	types, err := decoded(list, graph.DecodeRelationType)
	if err != nil {
		return nil, err
	}
	for _, c := range classes {
		defs = append(defs, graph.Change{Class: c})
	}
	for _, t := range types {
		defs = append(defs, graph.Change{Type: t})
	}
	return defs, nil
}
