package neo4j

import (
	"reflect"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// redefine brings what people read in line with a class or relation type that
// was defined anew: defaults and rankings make other effective values.
func (t *transaction) redefine(was *graph.Catalogue, c *graph.Change) error {
	if c.Type != nil {
		if before := was.Type(c.Type.Name); before == nil || before.Transfer == c.Type.Transfer {
			return nil
		}
		return t.retransfer(c.Type.Name)
	}
	if was.Class(c.Class.Name) == nil {
		return nil // nobody is of a class that was not there
	}
	prefixes := prefixesOf(t.cat.Descendants(c.Class.Name))
	for _, q := range []statement{cisWith, recordsWith, retiredWith} {
		ids, err := bodies(t.ctx, t.r, q, params{"prefixes": prefixes})
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, recordsAtOnce) {
			if err := t.rewrite(was, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewrite gives nodes the properties that they have now, where these are others.
func (t *transaction) rewrite(was *graph.Catalogue, ids []any) error {
	list, err := bodies(t.ctx, t.r, getNodes, params{"ids": ids})
	if err != nil {
		return err
	}
	nodes, err := decoded(list, graph.DecodeNode)
	if err != nil {
		return err
	}
	var rows []any
	for _, n := range nodes {
		before, after := nodeProperties(n, was), nodeProperties(n, t.cat.Catalogue)
		if !reflect.DeepEqual(before, after) {
			rows = append(rows, []any{int64(n.ID), after})
		}
	}
	return t.each(setNodes, rows)
}

// retransfer gives the relations of a type their effective transfer anew.
func (t *transaction) retransfer(typ string) error {
	var updates []any
	err := rows(t.ctx, t.r, ofTypes, params{"types": []string{typ}}, func(v []any) error {
		form, _ := v[0].([]byte)
		x, err := graph.DecodeRelation(form)
		if err == nil {
			updates = append(updates, append(relationRow(x.RelationKey), relationProperties(x, t.cat.Catalogue)))
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.each(setRelations, updates)
}

// prefixesOf are the beginnings of the refs of classes.
func prefixesOf(classes []string) []string {
	out := make([]string, len(classes))
	for i, c := range classes {
		out[i] = c + ":"
	}
	slices.Sort(out)
	return slices.Compact(out)
}
