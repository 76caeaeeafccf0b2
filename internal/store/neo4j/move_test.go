package neo4j_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// A dump moves a store between technologies with ids, revisions and hashes equal.
func TestADumpMovesBetweenSQLiteAndNeo4j(t *testing.T) {
	var databases neo4jtest.Databases
	ctx := context.Background()
	file := func(name string) store.Store {
		st, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		return st
	}
	first := file("first.db")
	small(t, first)
	server := opened(t, databases.Empty(t))
	back := file("back.db")
	from := first
	for _, to := range []store.Store{server, back} {
		var dump bytes.Buffer
		if err := store.Dump(ctx, from, &dump); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Restore(ctx, to, &dump); err != nil {
			t.Fatal(err)
		}
		was, is := everything(t, from), everything(t, to)
		if was != is {
			t.Errorf("moved were\n%s\ninto\n%s", was, is)
		}
		from = to
	}
}

// everything is the head and the bytes of all records, in the port's order.
func everything(t *testing.T, st store.Store) string {
	t.Helper()
	var out bytes.Buffer
	h, err := st.Stream(context.Background(), func(c graph.Change) error {
		e := graph.Entry{Changes: []graph.Change{c}}
		fmt.Fprintf(&out, "%x\n", e.Append(nil))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v\n%s", h, &out)
}
