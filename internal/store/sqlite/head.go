package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// readHead is the head as the connection's transaction sees it, and the revision
// that last changed a class or relation type.
func readHead(c *conn) (h graph.Head, defined graph.Revision, err error) {
	err = c.rows(context.Background(), getHead, func(row []driver.Value) error {
		h.Revision = graph.Revision(row[0].(int64))
		if at := row[1].(int64); h.Revision > 0 {
			h.At = time.UnixMicro(at).UTC()
		}
		h.LastID = graph.ID(row[2].(int64))
		copy(h.Hash[:], row[3].([]byte))
		copy(h.Content[:], row[4].([]byte))
		defined = graph.Revision(row[6].(int64))
		if runs := row[5].(string); runs != "[]" {
			return json.Unmarshal([]byte(runs), &h.OpenRuns)
		}
		return nil
	})
	return h, defined, err
}

func writeHead(c *conn, h graph.Head, defined graph.Revision) error {
	runs := []byte("[]")
	if len(h.OpenRuns) > 0 {
		var err error
		if runs, err = json.Marshal(h.OpenRuns); err != nil {
			return err
		}
	}
	return c.run(putHead, int64(h.Revision), h.At.UnixMicro(), int64(h.LastID), h.Hash[:], h.Content[:], string(runs), int64(defined))
}

// catalogueAt is the catalogue since a revision; committed ones are shared.
type catalogueAt struct {
	defined graph.Revision
	*graph.Catalogue
}

// catalogueOf is the catalogue that the connection's transaction sees, whose
// last definition came with the given revision.
func (s *Store) catalogueOf(c *conn, defined graph.Revision) (*graph.Catalogue, error) {
	if known := s.catalogue.Load(); known != nil && known.defined == defined {
		return known.Catalogue, nil
	}
	var defs []graph.Change
	if err := eachDefinition(context.Background(), c, func(d graph.Change) error {
		defs = append(defs, d)
		return nil
	}); err != nil {
		return nil, err
	}
	cat := graph.Builtin().With(defs...)
	s.catalogue.Store(&catalogueAt{defined, cat})
	return cat, nil
}

// eachDefinition calls each with every class, then every relation type, by name.
func eachDefinition(ctx context.Context, c *conn, each func(graph.Change) error) error {
	err := c.rows(ctx, allClasses, func(row []driver.Value) error {
		class, err := graph.DecodeClass(row[0].([]byte))
		if err != nil {
			return err
		}
		return each(graph.Change{Class: class})
	})
	if err != nil {
		return err
	}
	return c.rows(ctx, allTypes, func(row []driver.Value) error {
		t, err := graph.DecodeRelationType(row[0].([]byte))
		if err != nil {
			return err
		}
		return each(graph.Change{Type: t})
	})
}
