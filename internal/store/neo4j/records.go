package neo4j

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
)

// records looks up what is wanted; what does not exist is absent.
func (v *view) records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	out := graph.Records{
		Nodes:        make(map[graph.ID]*graph.Node, len(w.Nodes)),
		Relations:    make(map[graph.RelationKey]*graph.Relation, len(w.Relations)),
		Requirements: make(map[graph.RequirementKey]*graph.Requirement, len(w.Requirements)),
		ByRef:        map[graph.Ref]graph.ID{},
		ByKey:        map[graph.Key]graph.ID{},
	}
	for _, read := range []func(context.Context, graph.Wants, *graph.Records) error{v.byRef, v.byKey, v.nodes, v.relations, v.requirements} {
		if err := read(ctx, w, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (v *view) nodes(ctx context.Context, w graph.Wants, out *graph.Records) error {
	if len(w.Nodes) == 0 {
		return nil
	}
	seen := make(map[graph.ID]bool, len(w.Nodes))
	ids := make([]int64, 0, len(w.Nodes))
	for _, id := range w.Nodes {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, int64(id))
		}
	}
	list, err := bodies(ctx, v.r, getNodes, params{"ids": ids})
	if err != nil {
		return err
	}
	nodes, err := decoded(list, graph.DecodeNode)
	for _, n := range nodes {
		out.Nodes[n.ID] = n
	}
	return err
}

func (v *view) relations(ctx context.Context, w graph.Wants, out *graph.Records) error {
	if len(w.Relations) == 0 {
		return nil
	}
	rows := make([]any, len(w.Relations))
	for i, k := range w.Relations {
		rows[i] = relationRow(k)
	}
	list, err := bodies(ctx, v.r, getRelations, params{"rows": rows})
	if err != nil {
		return err
	}
	relations, err := decoded(list, graph.DecodeRelation)
	for _, x := range relations {
		out.Relations[x.RelationKey] = x
	}
	return err
}

// relationRow is a relation's key as the statements take it.
func relationRow(k graph.RelationKey) []any {
	return []any{int64(k.From), k.Type, int64(k.To), told(k.Requirement), told(k.Qualifier)}
}

func (v *view) requirements(ctx context.Context, w graph.Wants, out *graph.Records) error {
	if len(w.Requirements) == 0 {
		return nil
	}
	rows := make([]any, len(w.Requirements))
	for i, k := range w.Requirements {
		rows[i] = []any{int64(k.Consumer), told(k.Name)}
	}
	list, err := bodies(ctx, v.r, getRequirements, params{"rows": rows})
	if err != nil {
		return err
	}
	requirements, err := decoded(list, graph.DecodeRequirement)
	for _, x := range requirements {
		out.Requirements[x.RequirementKey] = x
	}
	return err
}

// byRef finds the living node of a ref, else the living one that last came with
// it as a former ref, else the retired one that last came with it.
func (v *view) byRef(ctx context.Context, w graph.Wants, out *graph.Records) error {
	if len(w.Refs) == 0 {
		return nil
	}
	texts, of := make([]string, len(w.Refs)), make(map[string]graph.Ref, len(w.Refs))
	for i, ref := range w.Refs {
		texts[i] = told(ref.String())
		of[texts[i]] = ref
	}
	return v.found(ctx, findRefs, params{"refs": texts}, func(row []any, id graph.ID) {
		if text, _ := row[0].(string); id != 0 {
			out.ByRef[of[text]] = id
		}
	})
}

// byKey finds the living node of a key, else the retired one that last came.
func (v *view) byKey(ctx context.Context, w graph.Wants, out *graph.Records) error {
	if len(w.Keys) == 0 {
		return nil
	}
	rows, of := make([]any, len(w.Keys)), make(map[graph.Key]graph.Key, len(w.Keys))
	for i, k := range w.Keys {
		as := graph.Key{Source: told(k.Source), Value: told(k.Value)}
		rows[i], of[as] = []any{as.Source, as.Value}, k
	}
	return v.found(ctx, findKeys, params{"keys": rows}, func(row []any, id graph.ID) {
		source, _ := row[0].(string)
		if value, _ := row[1].(string); id != 0 {
			out.ByKey[of[graph.Key{Source: source, Value: value}]] = id
		}
	})
}

// found calls each with the rows that a statement has collected, whose last
// value is an id or null.
func (v *view) found(ctx context.Context, q statement, p params, each func(row []any, id graph.ID)) error {
	list, err := bodies(ctx, v.r, q, p)
	for _, x := range list {
		if row, ok := x.([]any); ok && len(row) > 1 {
			id, _ := row[len(row)-1].(int64)
			each(row, graph.ID(id))
		}
	}
	return err
}
