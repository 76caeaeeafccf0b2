package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// ear notes what it is told.
type ear struct{ heard []string }

type mark struct{}

func (e *ear) Call(ctx context.Context, method string) (context.Context, func(error)) {
	return context.WithValue(ctx, mark{}, method), func(err error) { e.heard = append(e.heard, fmt.Sprintf("%s %v", method, err)) }
}

func (e *ear) Committed(changes int) { e.heard = append(e.heard, fmt.Sprintf("%d changes", changes)) }

// auditing is a store that keeps something beside the records, and breaks.
type auditing struct {
	store.Store
	breaks error
}

func (a auditing) Audit(_ context.Context, found func(store.Finding)) error {
	found(store.Finding{Where: "here", Text: "something"})
	return nil
}

func (a auditing) Find(ctx context.Context, q store.Query) (store.Page, error) {
	if ctx.Value(mark{}) != "Find" {
		return store.Page{}, errors.New("the call has not the observer's context")
	}
	return store.Page{}, a.breaks
}

func open(t *testing.T) store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// entry is what makes a server, after h.
func entry(h graph.Head) *graph.Entry {
	n := &graph.Node{ID: h.LastID + 1, Ref: graph.Ref{Class: "server", Name: fmt.Sprintf("s%d", h.LastID+1)}, Version: 1, Created: h.Revision + 1, Changed: h.Revision + 1}
	e, _ := graph.Seal(graph.Entry{Actor: "kim", Source: graph.ManualSource, Changes: []graph.Change{{Node: n}}}, h)
	return &e
}

func TestAnObserverIsToldOfEveryCall(t *testing.T) {
	ctx, e := t.Context(), &ear{}
	broken := errors.New("broken")
	st := store.Observed(auditing{open(t), broken}, e)
	refusal := graph.Errorf(graph.Invalid, "no")
	for _, call := range []func() error{
		func() error { _, err := st.Head(ctx); return err },
		func() error { _, err := st.Records(ctx, graph.Wants{}); return err },
		func() error { _, err := st.Find(ctx, store.Query{First: 1}); return err },
		func() error { _, err := st.Entries(ctx, 0, 1); return err },
		func() error { _, err := st.Answer(ctx, "kim", "k"); return err },
		func() error {
			_, err := st.Stream(ctx, func(graph.Change) error { return nil })
			return err
		},
		func() error {
			_, err := st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
				h, err := tx.Head(ctx)
				return store.Write(entry(h), entry(h.After(entry(h)))), err
			})
			return err
		},
		func() error {
			_, err := st.Commit(ctx, func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, nil })
			return err
		},
		func() error {
			_, err := st.Commit(ctx, func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, refusal })
			return err
		},
		func() error {
			_, err := st.Commit(ctx, func(context.Context, store.Reader) (store.Outcome, error) {
				return store.Write(entry(graph.Head{})), nil
			}) // does not continue the ledger
			return err
		},
		func() error {
			one := func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
				h, err := tx.Head(ctx)
				return store.Write(entry(h)), err
			}
			no := func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, refusal }
			return st.CommitInTurn(ctx, slices.Values([]store.Decide{one, one, no, one}), func() {})
		},
	} {
		if err := call(); err != nil && !errors.Is(err, broken) && !graph.IsKind(err, graph.Invalid) && !graph.IsKind(err, graph.Internal) {
			t.Fatal(err)
		}
	}
	want := []string{"Head <nil>", "Records <nil>", "Find broken", "Entries <nil>", "Answer <nil>", "Stream <nil>", "1 changes", "1 changes", "Commit <nil>", "Commit <nil>", "Commit <nil>",
		"Commit revision 1 does not continue the ledger, which ends at 2", "1 changes", "1 changes", "CommitInTurn <nil>"}
	if !slices.Equal(e.heard, want) {
		t.Errorf("heard %q\nwant  %q", e.heard, want)
	}
}

// A call that is passed on unobserved would be missed by nobody.
func TestEveryMethodOfThePortIsObserved(t *testing.T) {
	port := reflect.TypeFor[store.Store]()
	for i := range port.NumMethod() {
		if name := port.Method(i).Name; name != "Close" && !slices.Contains(store.Methods, name) {
			t.Errorf("%s is not observed", name)
		}
	}
	if len(store.Methods) != port.NumMethod()-1 {
		t.Errorf("%d methods are observed", len(store.Methods))
	}
}

// A check of a store that is observed sees all that the store keeps, and an
// observer does not make an auditor of a store that is none.
func TestAnObserverHidesNothing(t *testing.T) {
	r, err := store.Check(t.Context(), store.Observed(auditing{open(t), nil}, &ear{}))
	if err != nil || len(r.Broken) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, ok := store.Observed(open(t), &ear{}).(store.Auditor); ok {
		t.Error("a store without an audit has one")
	}
}
