package projection_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// tampered is a store in whose records somebody gave node 2 another name.
type tampered struct{ store.Store }

func (x tampered) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	return x.Store.Stream(ctx, func(c graph.Change) error {
		if c.Node != nil && c.Node.ID == 2 {
			n := *c.Node
			n.Ref.Name = "another"
			c.Node = &n
		}
		return each(c)
	})
}

func TestVerifyFindsRecordsThatTheLedgerDoesNotLeadTo(t *testing.T) {
	st, _ := open(t, filepath.Join(t.TempDir(), "store.db"))
	add(t, st, 3)
	found, err := projection.Verify(background, st)
	must(t, err)
	if len(found) > 0 {
		t.Errorf("in a good store: %q", found)
	}
	found, err = projection.Verify(background, tampered{st})
	must(t, err)
	if len(found) != 1 || !strings.Contains(found[0], "server:another: its ref") {
		t.Errorf("%q", found)
	}
}
