package neo4j

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Audit finds where what people read in Neo4j is not what the records say: what
// somebody wrote in Browser. See store.Auditor. It looks without a lock, and once
// more with it before it accuses anybody.
func (s *Store) Audit(ctx context.Context, found func(store.Finding)) error {
	return s.atHead(ctx, func(ctx context.Context, r runner, m *mark) error {
		pages, err := plan(ctx, r, m.LastID)
		if err != nil {
			return err
		}
		looks := []audit{(*auditor).definitions, (*auditor).strangers}
		for _, p := range pages {
			if p.kind != classKind {
				looks = append(looks, func(a *auditor) error { return a.page(p) })
			}
		}
		for from := graph.Revision(0); from < m.Revision; from += auditedEntries {
			looks = append(looks, func(a *auditor) error { return a.entries(from, min(from+auditedEntries, m.Revision)) })
		}
		for _, look := range looks {
			if err := s.audited(ctx, r, look, found); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditedEntries is how many entries are looked at together; each may be large.
const auditedEntries = 8

// maxStrangers bounds how many nodes and relationships of others are named.
const maxStrangers = 20

// audit is one part of the work.
type audit func(a *auditor) error

// audited runs one part, and reports what it finds under the lock.
func (s *Store) audited(ctx context.Context, r runner, look audit, found func(store.Finding)) error {
	m, err := s.settle(ctx, r)
	if err != nil {
		return err
	}
	a := &auditor{ctx: ctx, view: &view{s: s, r: r, mark: m}}
	if err := look(a); err != nil || len(a.found) == 0 {
		return err
	}
	return s.within(ctx, func(r runner) error {
		m, err := lockedMark(ctx, r, lockToRead)
		if err != nil {
			return err
		}
		a := &auditor{ctx: ctx, view: &view{s: s, r: r, mark: m}}
		if err := look(a); err != nil {
			return err
		}
		for _, f := range a.found {
			found(f)
		}
		return nil
	})
}

// auditor is one look at one part.
type auditor struct {
	*view
	ctx   context.Context
	cat   *graph.Catalogue
	found []store.Finding
}

func (a *auditor) accuse(where, format string, args ...any) {
	a.found = append(a.found, store.Finding{Where: where,
		Text: fmt.Sprintf(format, args...) + ": somebody wrote behind the service's back"})
}

// page looks at the nodes, requirements or relations of some ids.
func (a *auditor) page(p page) (err error) {
	if a.cat, err = a.catalogue(a.ctx); err != nil {
		return err
	}
	q, look := auditNodes, a.nodes
	switch p.kind {
	case requirementKind:
		q, look = auditRequirements, a.requirements
	case relationKind:
		q, look = auditRelations, a.relations
	}
	list, err := bodies(a.ctx, a.r, q, params{"from": int64(p.from), "to": int64(p.to)})
	if err != nil {
		return err
	}
	return look(list)
}

func (a *auditor) nodes(list []any) error {
	var keys, former []any
	for _, v := range list {
		values, _ := v.([]any)
		id, _ := values[0].(int64)
		labels, _ := values[1].([]any)
		p, _ := values[2].(map[string]any)
		n, ok := recordIn(p, graph.DecodeNode)
		if !ok || int64(n.ID) != id {
			a.accuse(fmt.Sprintf("node %d", id), "it has no record of its own")
			continue
		}
		where := n.Ref.String()
		if want := append(labelsOf(n, a.cat), "Node"); !sameTexts(want, labels) {
			a.accuse(where, "its labels in Neo4j are %v, its record says %v", labels, want)
		}
		a.compare(where, nodeProperties(n, a.cat), p)
		for _, k := range n.Keys {
			if !n.Retired {
				keys = append(keys, keyRow(k, n.ID))
			}
		}
		for _, r := range n.Aliases {
			former = append(former, []any{told(r.String()), int64(n.ID)})
		}
	}
	if err := a.there(foundKeys, keys, "keys"); err != nil {
		return err
	}
	return a.there(foundFormer, former, "former refs")
}

// there compares how many rows are found with how many there must be.
func (a *auditor) there(q statement, rows []any, what string) error {
	if len(rows) == 0 {
		return nil
	}
	n, err := number(a.ctx, a.r, q, params{"rows": rows})
	if err == nil && n != int64(len(rows)) {
		a.accuse(what, "of %d that records name, %d are there", len(rows), n)
	}
	return err
}

func (a *auditor) requirements(list []any) error {
	for _, v := range list {
		p, _ := v.(map[string]any)
		q, ok := recordIn(p, graph.DecodeRequirement)
		if !ok {
			a.accuse(fmt.Sprintf("requirement %v of node %v", p["name"], p["consumer"]), "it has no record")
			continue
		}
		a.compare(fmt.Sprintf("requirement %q of node %d", q.Name, q.Consumer), requirementProperties(q), p)
	}
	return nil
}

func (a *auditor) relations(list []any) error {
	for _, v := range list {
		values, _ := v.([]any)
		p, _ := values[3].(map[string]any)
		where := fmt.Sprintf("relation %v -[%v]-> %v", values[0], values[1], values[2])
		x, ok := recordIn(p, graph.DecodeRelation)
		if !ok || int64(x.From) != values[0] || x.Type != values[1] || int64(x.To) != values[2] {
			a.accuse(where, "it has no record of its own")
			continue
		}
		a.compare(where, relationProperties(x, a.cat), p)
	}
	return nil
}

func (a *auditor) definitions() error {
	list, err := bodies(a.ctx, a.r, auditDefinitions, nil)
	for _, v := range list {
		values, _ := v.([]any)
		labels, _ := values[0].([]any)
		p, _ := values[1].(map[string]any)
		where := fmt.Sprintf("definition of %v", p["name"])
		class, isClass := recordIn(p, graph.DecodeClass)
		typ, isType := recordIn(p, graph.DecodeRelationType)
		switch {
		case isClass && sameTexts([]string{"Class"}, labels):
			a.compare(where, classProperties(class), p)
		case isType && sameTexts([]string{"RelationType"}, labels):
			a.compare(where, typeProperties(typ), p)
		default:
			a.accuse(where, "it has no record")
		}
	}
	return err
}

func (a *auditor) entries(after, last graph.Revision) error {
	list, err := bodies(a.ctx, a.r, auditEntries, params{"after": int64(after), "last": int64(last)})
	for _, v := range list {
		p, _ := v.(map[string]any)
		form, _ := p["_entry"].([]byte)
		where := fmt.Sprintf("revision %v", p["number"])
		e, _, err := unpack(form)
		if err != nil {
			a.accuse(where, "its entry is damaged")
			continue
		}
		want, err := entryProperties(e)
		if err != nil {
			return err
		}
		want["_entry"] = form // what it holds is the ledger's chain to check, however it was packed
		a.compare(where, want, p)
	}
	return err
}

// strangers are nodes and relationships among ours that were never written here.
func (a *auditor) strangers() error {
	most := params{"most": int64(maxStrangers), "last": int64(a.mark.LastID)}
	err := rows(a.ctx, a.r, strangers, most, func(v []any) error {
		a.accuse(fmt.Sprint(v[1]), "a node with the labels %v has no record", v[0])
		return nil
	})
	if err != nil {
		return err
	}
	return rows(a.ctx, a.r, nowhere, most, func(v []any) error {
		a.accuse(fmt.Sprint(v[1]), "a relationship %v comes from a node that is none of ours", v[0])
		return nil
	})
}

// recordIn decodes the record among properties.
func recordIn[T any](p map[string]any, decode func([]byte) (*T, error)) (*T, bool) {
	form, _ := p["_record"].([]byte)
	x, err := decode(form)
	return x, err == nil
}

// compare accuses whoever changed a property.
func (a *auditor) compare(where string, want, is map[string]any) {
	names := slices.Sorted(maps.Keys(want))
	for name := range is {
		if _, ours := want[name]; !ours {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if w, v := want[name], is[name]; !sameValue(w, v) {
			a.accuse(where, "its property %s in Neo4j is %s, its record says %s", name, shown(v), shown(w))
		}
	}
}
