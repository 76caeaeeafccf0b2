package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/faultline-itsm/faultline/graph"
)

// records looks up what is wanted; what does not exist is absent.
func (r *reader) records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	out := graph.Records{
		Nodes:        make(map[graph.ID]*graph.Node, len(w.Nodes)),
		Relations:    make(map[graph.RelationKey]*graph.Relation, len(w.Relations)),
		Requirements: make(map[graph.RequirementKey]*graph.Requirement, len(w.Requirements)),
		ByRef:        map[graph.Ref]graph.ID{},
		ByKey:        map[graph.Key]graph.ID{},
	}
	if err := r.byRef(ctx, w.Refs, out.ByRef); err != nil {
		return out, err
	}
	if err := r.byKey(ctx, w.Keys, out.ByKey); err != nil {
		return out, err
	}
	for _, id := range w.Nodes {
		if _, ok := out.Nodes[id]; ok {
			continue
		}
		if body, err := r.one(ctx, getNode, int64(id)); err != nil {
			return out, err
		} else if body != nil {
			if out.Nodes[id], err = graph.DecodeNode(body); err != nil {
				return out, err
			}
		}
	}
	for _, k := range w.Relations {
		if err := r.relation(ctx, k, out.Relations); err != nil {
			return out, err
		}
	}
	for _, k := range w.Requirements {
		if body, err := r.one(ctx, getRequirement, int64(k.Consumer), k.Name); err != nil {
			return out, err
		} else if body != nil {
			if out.Requirements[k], err = graph.DecodeRequirement(body); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func (r *reader) relation(ctx context.Context, k graph.RelationKey, into map[graph.RelationKey]*graph.Relation) error {
	typ, err := r.words.find(k.Type)
	if err != nil || typ == 0 {
		return err
	}
	req, err := r.words.find(k.Requirement)
	if err != nil || req == 0 {
		return err
	}
	body, err := r.one(ctx, getRelation, int64(k.From), typ, int64(k.To), req, k.Qualifier)
	if err != nil || body == nil {
		return err
	}
	into[k], err = graph.DecodeRelation(body)
	return err
}

// one is the body of at most one row, nil where there is none.
func (r *reader) one(ctx context.Context, q statement, args ...driver.Value) (body []byte, err error) {
	err = r.c.rows(ctx, q, func(row []driver.Value) error {
		body = row[0].([]byte)
		return errStop
	}, args...)
	return body, err
}

// byRef finds the living node of a ref, else the living one that last came with
// it as a former ref, else the retired one that last came with it.
func (r *reader) byRef(ctx context.Context, refs []graph.Ref, into map[graph.Ref]graph.ID) error {
	if len(refs) == 0 {
		return nil
	}
	aliases, err := r.c.number(anyAlias)
	if err != nil {
		return err
	}
	// Words that the store has never seen are asked for once, not for each ref.
	numbers := map[string]int64{}
	number := func(word string) (int64, error) {
		n, ok := numbers[word]
		if ok {
			return n, nil
		}
		n, err := r.words.find(word)
		numbers[word] = n
		return n, err
	}
	for _, ref := range refs {
		class, err := number(ref.Class)
		if err != nil {
			return err
		}
		scope, err := number(ref.Scope)
		if err != nil {
			return err
		}
		if class == 0 || scope == 0 {
			continue
		}
		living, retired, err := r.livingOrRetired(ctx, findNamed, ref.Name, class, scope)
		if err != nil {
			return err
		}
		if living == 0 && aliases != 0 {
			if living, err = r.c.number(findAlias, ref.Name, class, scope); err != nil {
				return err
			}
		}
		if living == 0 {
			living = retired
		}
		if living != 0 {
			into[ref] = graph.ID(living)
		}
	}
	return nil
}

// byKey finds the living node of a key, else the retired one that last came.
func (r *reader) byKey(ctx context.Context, keys []graph.Key, into map[graph.Key]graph.ID) error {
	if len(keys) == 0 {
		return nil
	}
	if any, err := r.c.number(anyKey); err != nil || any == 0 {
		return err
	}
	for _, k := range keys {
		source, err := r.words.find(k.Source)
		if err != nil {
			return err
		}
		if source == 0 {
			continue
		}
		living, retired, err := r.livingOrRetired(ctx, findKey, source, k.Value)
		if err != nil {
			return err
		}
		if living == 0 {
			living = retired
		}
		if living != 0 {
			into[k] = graph.ID(living)
		}
	}
	return nil
}

// livingOrRetired reads rows of (node, tomb) by ascending tomb.
func (r *reader) livingOrRetired(ctx context.Context, q statement, args ...driver.Value) (living, retired int64, err error) {
	err = r.c.rows(ctx, q, func(row []driver.Value) error {
		node, tomb := row[0].(int64), row[1].(int64)
		if tomb == 0 {
			living = node
			return errStop
		}
		retired = node
		return nil
	}, args...)
	return living, retired, err
}
