package sqlite

import (
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// write puts an entry into the ledger and its changes into the tables. Names are
// given up before any is taken, so that two nodes may swap theirs; relations
// come last and sorted, because unsorted ones cost six times as much.
func (t *transaction) write(e *graph.Entry) error {
	if err := t.c.run(putEntry, int64(e.Revision), e.At.UnixMicro(), e.Hash[:], e.Append(nil)); err != nil {
		return err
	}
	var relations []*graph.Change
	for i := range e.Changes {
		c := &e.Changes[i]
		if c.Relation != nil || c.RelationWas != nil {
			relations = append(relations, c)
		}
		if err := t.giveUpNames(c); err != nil {
			return err
		}
	}
	for i := range e.Changes {
		if err := t.change(e.Revision, &e.Changes[i]); err != nil {
			return err
		}
	}
	slices.SortStableFunc(relations, func(a, b *graph.Change) int {
		return compareRelations(relationKey(a), relationKey(b))
	})
	for _, c := range relations {
		if err := t.relation(c); err != nil {
			return err
		}
	}
	return nil
}

// change writes all but relations.
func (t *transaction) change(at graph.Revision, c *graph.Change) error {
	switch {
	case c.Node != nil || c.NodeWas != nil:
		return t.node(c.NodeWas, c.Node)
	case c.Requirement != nil:
		r := c.Requirement
		return t.c.run(putRequirement, int64(r.Consumer), r.Name, t.body(r.Append))
	case c.RequirementWas != nil:
		return t.c.run(dropRequired, int64(c.RequirementWas.Consumer), c.RequirementWas.Name)
	case c.Class != nil || c.ClassWas != nil || c.Type != nil || c.TypeWas != nil:
		t.defined = at
		return t.define(c)
	}
	return nil
}

// body encodes a record into the transaction's buffer; the driver copies it.
func (t *transaction) body(encode func([]byte) []byte) []byte {
	t.buf = encode(t.buf[:0])
	return t.buf
}

func (t *transaction) relation(c *graph.Change) error {
	k := relationKey(c)
	typ, err := t.words.learn(k.Type)
	if err != nil {
		return err
	}
	req, err := t.words.learn(k.Requirement)
	if err != nil {
		return err
	}
	from, to := int64(k.From), int64(k.To)
	switch {
	case c.Relation == nil:
		return t.c.run(dropRelation, from, typ, to, req, k.Qualifier)
	case c.RelationWas == nil:
		return t.c.run(addRelation, from, typ, to, req, k.Qualifier, t.body(c.Relation.Append))
	}
	return t.c.run(setRelation, t.body(c.Relation.Append), from, typ, to, req, k.Qualifier)
}

func relationKey(c *graph.Change) graph.RelationKey {
	if c.Relation != nil {
		return c.Relation.RelationKey
	}
	return c.RelationWas.RelationKey
}

// compareRelations is the port's order of relations.
func compareRelations(a, b graph.RelationKey) int {
	switch {
	case a.From != b.From:
		return less(a.From < b.From)
	case a.Type != b.Type:
		return strings.Compare(a.Type, b.Type)
	case a.To != b.To:
		return less(a.To < b.To)
	case a.Requirement != b.Requirement:
		return strings.Compare(a.Requirement, b.Requirement)
	}
	return strings.Compare(a.Qualifier, b.Qualifier)
}

func less(is bool) int {
	if is {
		return -1
	}
	return 1
}

// define writes a class or relation type, and the index rows that a class's new
// attributes or ranking change.
func (t *transaction) define(c *graph.Change) error {
	switch {
	case c.Type != nil:
		if err := t.c.run(putType, c.Type.Name, t.body(c.Type.Append)); err != nil {
			return err
		}
		t.cat = t.cat.With(*c)
		return nil
	case c.Class != nil:
		if err := t.c.run(putClass, c.Class.Name, t.body(c.Class.Append)); err != nil {
			return err
		}
		was := t.cat
		t.cat = was.With(*c)
		return t.reindex(was, c.Class.Name)
	case c.TypeWas != nil:
		return graph.Errorf(graph.Internal, "a relation type cannot be removed")
	}
	return graph.Errorf(graph.Internal, "a class cannot be removed")
}
