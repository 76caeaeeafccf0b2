package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// tombOf is what tells a retired node's names from those of the living.
func tombOf(n *graph.Node) int64 {
	if n.Retired {
		return int64(n.ID)
	}
	return 0
}

func (t *transaction) place(r graph.Ref) (class, scope int64, err error) {
	if class, err = t.words.learn(r.Class); err != nil {
		return 0, 0, err
	}
	scope, err = t.words.learn(r.Scope)
	return class, scope, err
}

// giveUpNames frees the ref and the keys that a node will no longer have.
func (t *transaction) giveUpNames(c *graph.Change) error {
	was, is := c.NodeWas, c.Node
	if was == nil {
		return nil
	}
	if is != nil && (is.Ref != was.Ref || is.Retired != was.Retired) {
		if err := t.c.run(parkNode, int64(was.ID)); err != nil {
			return err
		}
	}
	for _, k := range was.Keys {
		if is != nil && is.Retired == was.Retired && slices.Contains(is.Keys, k) {
			continue
		}
		source, err := t.words.learn(k.Source)
		if err != nil {
			return err
		}
		if err := t.c.run(dropKey, source, k.Value, tombOf(was)); err != nil {
			return err
		}
	}
	return nil
}

// node writes a node's row and the rows by which it is found.
func (t *transaction) node(was, is *graph.Node) error {
	if err := t.nodeRow(was, is); err != nil {
		return err
	}
	if err := t.aliases(was, is); err != nil {
		return err
	}
	if is != nil {
		for _, k := range is.Keys {
			if was != nil && was.Retired == is.Retired && slices.Contains(was.Keys, k) {
				continue
			}
			source, err := t.words.learn(k.Source)
			if err != nil {
				return err
			}
			if err := t.c.run(addKey, source, k.Value, tombOf(is), int64(is.ID)); err != nil {
				return err
			}
		}
	}
	return t.index(t.cat, was, t.cat, is)
}

func (t *transaction) nodeRow(was, is *graph.Node) error {
	if is == nil {
		return t.c.run(dropNode, int64(was.ID))
	}
	if was != nil && was.Ref == is.Ref && was.Retired == is.Retired {
		return t.c.run(setNode, t.body(is.Append), int64(is.ID))
	}
	class, scope, err := t.place(is.Ref)
	if err != nil {
		return err
	}
	if was == nil {
		return t.c.run(addNode, int64(is.ID), class, scope, is.Ref.Name, tombOf(is), t.body(is.Append))
	}
	return t.c.run(moveNode, class, scope, is.Ref.Name, tombOf(is), t.body(is.Append), int64(is.ID))
}

func (t *transaction) aliases(was, is *graph.Node) error {
	var before, after []graph.Ref
	if was != nil {
		before = was.Aliases
	}
	if is != nil {
		after = is.Aliases
	}
	for _, r := range before {
		if slices.Contains(after, r) {
			continue
		}
		class, scope, err := t.place(r)
		if err != nil {
			return err
		}
		if err := t.c.run(dropAlias, r.Name, class, scope, int64(was.ID)); err != nil {
			return err
		}
	}
	for _, r := range after {
		if slices.Contains(before, r) {
			continue
		}
		class, scope, err := t.place(r)
		if err != nil {
			return err
		}
		if err := t.c.run(addAlias, r.Name, class, scope, int64(is.ID)); err != nil {
			return err
		}
	}
	return nil
}

// indexed is one row of the attribute index.
type indexed struct {
	attribute string
	value     graph.Value
}

// indexRows are the index rows of a node under a catalogue: the values of its
// indexed attributes that are not just the class's default, which nearly every
// node has, so that an index would only repeat the table. The retired have none.
func indexRows(cat *graph.Catalogue, n *graph.Node) (rows []indexed) {
	if n == nil || n.Retired || len(n.Claims)+len(n.Pins) == 0 {
		return nil
	}
	var effective map[string]graph.Value
	for _, def := range cat.Attributes(n.Ref.Class) {
		if !def.Indexed || def.Type == graph.ListKind || !spokenOf(n, def.Name) {
			continue
		}
		if effective == nil {
			effective = cat.Effective(n)
		}
		v := effective[def.Name]
		if v.IsZero() || isDefault(def, v) {
			continue
		}
		rows = append(rows, indexed{def.Name, v})
	}
	return rows
}

// spokenOf says whether anybody says something about the attribute.
func spokenOf(n *graph.Node, attribute string) bool {
	for i := range n.Claims {
		if _, ok := n.Claims[i].Attributes[attribute]; ok {
			return true
		}
	}
	return slices.ContainsFunc(n.Pins, func(p graph.Pin) bool { return p.Attribute == attribute })
}

func isDefault(def graph.AttributeDef, v graph.Value) bool {
	if def.Default == "" {
		return false
	}
	d, err := graph.ParseText(def, def.Default)
	return err == nil && d.Equal(v)
}

// column is a value as the index holds it; the kind stands beside it, so numbers
// of different kinds never meet.
func column(v graph.Value) driver.Value {
	switch v.Kind() {
	case graph.StringKind:
		return v.Str()
	case graph.FloatKind:
		return v.Float()
	case graph.BoolKind:
		if v.Bool() {
			return int64(1)
		}
		return int64(0)
	case graph.TimeKind:
		return v.Time().UnixMicro()
	case graph.DurationKind:
		return int64(v.Duration())
	}
	return v.Int()
}

// index replaces the index rows of a node, which may have been made under
// another catalogue.
func (t *transaction) index(catWas *graph.Catalogue, was *graph.Node, cat *graph.Catalogue, is *graph.Node) error {
	before, after := indexRows(catWas, was), indexRows(cat, is)
	same := func(rows []indexed, r indexed) bool {
		return slices.ContainsFunc(rows, func(o indexed) bool { return o.attribute == r.attribute && o.value.Equal(r.value) })
	}
	for _, r := range before {
		if !same(after, r) {
			if err := t.indexRow(dropAttribute, r, was.ID); err != nil {
				return err
			}
		}
	}
	for _, r := range after {
		if !same(before, r) {
			if err := t.indexRow(addAttribute, r, is.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *transaction) indexRow(q statement, r indexed, id graph.ID) error {
	attribute, err := t.words.learn(r.attribute)
	if err != nil {
		return err
	}
	return t.c.run(q, attribute, int64(r.value.Kind()), column(r.value), int64(id))
}

// reindex makes the index rows of a class's nodes anew, subclasses included,
// after its definition has changed.
func (t *transaction) reindex(was *graph.Catalogue, class string) error {
	for _, name := range t.cat.Descendants(class) {
		word, err := t.words.find(name)
		if err != nil {
			return err
		}
		for last := int64(0); word != 0; {
			// In portions: rows must not be written below a walk over them.
			var nodes []*graph.Node
			err := t.c.rows(context.Background(), livingOfClass, func(row []driver.Value) error {
				n, err := graph.DecodeNode(row[0].([]byte))
				if err != nil {
					return err
				}
				if nodes = append(nodes, n); len(nodes) == 1000 {
					return errStop
				}
				return nil
			}, word, last)
			if err != nil {
				return err
			}
			if len(nodes) == 0 {
				break
			}
			for _, n := range nodes {
				if err := t.index(was, n, t.cat, n); err != nil {
					return err
				}
			}
			last = int64(nodes[len(nodes)-1].ID)
		}
	}
	return nil
}
