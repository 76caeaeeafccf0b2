package neo4j

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// rowsAtOnce is how many rows one statement takes.
const rowsAtOnce = 10_000

// writing are the rows of each statement that write a total of changes, in the
// order in which the statements run: names are given up before any is taken, so
// that two nodes may swap theirs, and relations come when their ends are there.
type writing struct {
	cat *graph.Catalogue

	relationsGone, requirementsGone   []any
	namesGone, keysGone, retiredGone  []any
	formerGone, nodesGone             []any
	nodesNew, nodesNewWith            []any
	nodesSame, nodesMoved             []any
	keysNew, retiredNew, formerNew    []any
	requirementsNew, requirementsSame []any
	relationsNew                      []*graph.Relation
	relationsSame                     []any
	classes, types                    []any
	redefined                         []*graph.Change // classes and types that were there before
}

// flush writes the records that were decided and not written yet.
func (t *transaction) flush() error {
	if t.broken != nil {
		return t.broken
	}
	if len(t.total.list) == 0 {
		return nil
	}
	if err := t.write(); err != nil {
		t.broken = err
		return err
	}
	t.total = total{}
	return nil
}

// record writes the entries that were decided and not written yet, for who reads
// the feed before the transaction ends.
func (t *transaction) record() error {
	if t.broken != nil {
		return t.broken
	}
	var rows []any
	if rows, t.broken = t.entryRows(); t.broken == nil {
		t.broken = t.each(addEntries, rows)
	}
	t.entries = nil
	return t.broken
}

func (t *transaction) entryRows() (rows []any, err error) {
	rows = make([]any, len(t.entries))
	for i, e := range t.entries {
		if rows[i], err = entryProperties(e); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (t *transaction) write() error {
	changes := t.total.ordered()
	was := t.cat.Catalogue
	for _, c := range changes {
		if c.Class != nil || c.Type != nil {
			t.cat = &catalogueAt{t.mark.defined, t.cat.With(*c)}
			t.fresh = t.cat
		}
	}
	w := &writing{cat: t.cat.Catalogue}
	for _, c := range changes {
		if err := w.add(c); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		q    statement
		rows []any
	}{
		{dropRelations, w.relationsGone}, {dropRequirements, w.requirementsGone},
		{parkNames, w.namesGone}, {dropKeys, w.keysGone}, {dropRetired, w.retiredGone}, {dropFormer, w.formerGone},
		{dropNodes, w.nodesGone}, {addNodes, w.nodesNew}, {addNodesWith, w.nodesNewWith}, {setNodes, w.nodesSame}, {moveNodes, w.nodesMoved},
		{addKeys, w.keysNew}, {addRetiredKeys, w.retiredNew}, {addFormer, w.formerNew},
		{addRequirements, w.requirementsNew}, {setRequirements, w.requirementsSame},
		{setRelations, w.relationsSame}, {putClasses, w.classes}, {putTypes, w.types},
	} {
		if err := t.each(step.q, step.rows); err != nil {
			return err
		}
	}
	if err := t.relate(w.relationsNew); err != nil {
		return err
	}
	for _, c := range w.redefined {
		if err := t.redefine(was, c); err != nil {
			return err
		}
	}
	return nil
}

// each runs a statement over rows, and insists that it finds what every row is
// about: where somebody has removed it by hand, nothing may be written over it.
func (t *transaction) each(q statement, rows []any) error {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		n, err := number(t.ctx, t.r, q, params{"rows": some})
		if err != nil {
			return err
		}
		if n != int64(len(some)) {
			return graph.Errorf(graph.Internal, "the store %s holds %d of %d records that a commit is about", t.s.name, n, len(some)).
				WithHint("somebody wrote behind the service's back: run faultline check")
		}
	}
	return nil
}

// add sorts a change into the rows.
func (w *writing) add(c *graph.Change) error {
	switch k := keyOf(c); k.kind {
	case nodeKind:
		w.node(c.NodeWas, c.Node)
	case requirementKind:
		w.requirement(c.RequirementWas, c.Requirement)
	case relationKind:
		w.relation(c.RelationWas, c.Relation)
	default:
		return w.definition(c)
	}
	return nil
}

func (w *writing) relation(was, is *graph.Relation) {
	switch {
	case is == nil:
		w.relationsGone = append(w.relationsGone, relationRow(was.RelationKey))
	case was == nil:
		w.relationsNew = append(w.relationsNew, is)
	default:
		w.relationsSame = append(w.relationsSame, append(relationRow(is.RelationKey), relationProperties(is, w.cat)))
	}
}

func (w *writing) requirement(was, is *graph.Requirement) {
	switch {
	case is == nil:
		w.requirementsGone = append(w.requirementsGone, []any{int64(was.Consumer), told(was.Name)})
	case was == nil:
		w.requirementsNew = append(w.requirementsNew, []any{int64(is.Consumer), requirementProperties(is)})
	default:
		w.requirementsSame = append(w.requirementsSame, []any{int64(is.Consumer), requirementProperties(is), told(is.Name)})
	}
}

func (w *writing) node(was, is *graph.Node) {
	w.names(was, is)
	switch {
	case is == nil:
		w.nodesGone = append(w.nodesGone, []any{int64(was.ID)})
		return
	case was == nil:
		p := nodeProperties(is, w.cat)
		row := columns([]any{labelsOf(is, w.cat)}, nodeColumns, p)
		if len(p) == 0 {
			w.nodesNew = append(w.nodesNew, row)
		} else {
			w.nodesNewWith = append(w.nodesNewWith, append(row, p))
		}
		return
	case !was.Retired && (is.Retired || is.Ref != was.Ref):
		w.namesGone = append(w.namesGone, []any{int64(is.ID)})
	}
	before, after := labelsOf(was, w.cat), labelsOf(is, w.cat)
	if slices.Equal(before, after) {
		w.nodesSame = append(w.nodesSame, []any{int64(is.ID), nodeProperties(is, w.cat)})
		return
	}
	w.nodesMoved = append(w.nodesMoved, []any{int64(is.ID), nodeProperties(is, w.cat), before, after})
}

// names are a node's keys and former refs, which are found by nodes of their own.
func (w *writing) names(was, is *graph.Node) {
	if was == nil {
		was = &graph.Node{}
	}
	gone := is == nil
	if gone {
		is = &graph.Node{}
	}
	moved := was.Retired != is.Retired
	for _, k := range was.Keys {
		if gone || moved || !slices.Contains(is.Keys, k) {
			to := &w.keysGone
			if was.Retired {
				to = &w.retiredGone
			}
			*to = append(*to, keyRow(k, was.ID))
		}
	}
	for _, k := range is.Keys {
		if moved || !slices.Contains(was.Keys, k) {
			to := &w.keysNew
			if is.Retired {
				to = &w.retiredNew
			}
			*to = append(*to, keyRow(k, is.ID))
		}
	}
	for _, r := range was.Aliases {
		if !slices.Contains(is.Aliases, r) {
			w.formerGone = append(w.formerGone, []any{told(r.String()), int64(was.ID)})
		}
	}
	for _, r := range is.Aliases {
		if !slices.Contains(was.Aliases, r) {
			w.formerNew = append(w.formerNew, []any{told(r.String()), int64(is.ID)})
		}
	}
}

func keyRow(k graph.Key, id graph.ID) []any {
	return []any{told(k.Source), told(k.Value), int64(id)}
}

func (w *writing) definition(c *graph.Change) error {
	switch {
	case c.Class != nil:
		w.classes = append(w.classes, []any{told(c.Class.Name), classProperties(c.Class)})
	case c.Type != nil:
		w.types = append(w.types, []any{told(c.Type.Name), typeProperties(c.Type)})
	case c.TypeWas != nil:
		return graph.Errorf(graph.Internal, "a relation type cannot be removed")
	default:
		return graph.Errorf(graph.Internal, "a class cannot be removed")
	}
	w.redefined = append(w.redefined, c)
	return nil
}

// relate adds relations, which come sorted by consumer. Their ends are found once
// each; Neo4j's own ids are good within the transaction.
func (t *transaction) relate(relations []*graph.Relation) error {
	for some := range slices.Chunk(relations, rowsAtOnce) {
		ids := make([]int64, 0, 2*len(some))
		for _, x := range some {
			ids = append(ids, int64(x.From), int64(x.To))
		}
		slices.Sort(ids)
		v, err := row(t.ctx, t.r, findEnds, params{"ids": slices.Compact(ids)})
		if err != nil {
			return err
		}
		ends := map[graph.ID]any{}
		if len(v) == 2 {
			ours, _ := v[0].([]any)
			theirs, _ := v[1].([]any)
			for i := range ours {
				id, _ := ours[i].(int64)
				ends[graph.ID(id)] = theirs[i]
			}
		}
		var usual, others []any
		for _, x := range some {
			from, to := ends[x.From], ends[x.To]
			if from == nil || to == nil {
				return graph.Errorf(graph.Internal, "the relation %d -[%s]-> %d dangles: the store %s lacks one of its ends", x.From, x.Type, x.To, t.s.name).
					WithHint("run faultline check")
			}
			row := relationValues(append(make([]any, 0, 3+len(relationColumns)), from, to, x.Type), x, t.cat.Catalogue)
			if slices.ContainsFunc(row[3+usualColumns:], func(v any) bool { return v != nil }) {
				others = append(others, row)
			} else {
				usual = append(usual, row[:3+usualColumns])
			}
		}
		if err := t.each(addRelations, usual); err != nil {
			return err
		}
		if err := t.each(addRelationsWith, others); err != nil {
			return err
		}
		var told []any // of records, whose relations say more than columns hold
		for _, x := range some {
			if len(graph.Facts(x.Type)) > 0 {
				told = append(told, append(relationRow(x.RelationKey), relationProperties(x, t.cat.Catalogue)))
			}
		}
		if err := t.each(setRelations, told); err != nil {
			return err
		}
	}
	return nil
}
