package graph

import (
	"cmp"
	"slices"
)

// WantedNames are the names that b uses and s cannot resolve: refs that no living
// node has (they may be former or retired ones), and all keys.
func WantedNames(b Batch, s *Snapshot) Wants {
	w := Wants{}
	refs, keys := map[Ref]bool{}, map[Key]bool{}
	key := func(k Key) {
		if k != (Key{}) && !keys[k] {
			keys[k] = true
			w.Keys = append(w.Keys, k)
		}
	}
	name := func(n NodeRef) {
		key(n.Key)
		if n.Ref.IsZero() || refs[n.Ref] {
			return
		}
		if _, ok := s.lookup(n.Ref); !ok {
			refs[n.Ref] = true
			w.Refs = append(w.Refs, n.Ref)
		}
	}
	for _, op := range b.Ops {
		one, other := operands(op)
		name(one)
		name(other)
		switch op := op.(type) {
		case PutNode:
			for _, k := range op.Keys {
				key(k)
			}
			if op.Node.Ref.IsZero() && op.Name != "" {
				name(NodeRef{Ref: op.created()})
			}
		case PutKey:
			key(op.Key)
		case PutRequirement:
			for _, n := range op.Reach {
				name(n)
			}
		}
	}
	return w
}

// operands are the nodes that an operation names; the zero NodeRef where there is
// none.
func operands(op Operation) (one, other NodeRef) {
	switch op := op.(type) {
	case PutNode:
		return op.Node, other
	case ClaimAttributes:
		return op.Node, other
	case WithdrawClaim:
		return op.Node, other
	case Rename:
		return op.Node, other
	case PutKey:
		return op.Node, other
	case SetPin:
		return op.Node, other
	case Unpin:
		return op.Node, other
	case Retire:
		return op.Node, other
	case Restore:
		return op.Node, other
	case Purge:
		return op.Node, other
	case PutRelation:
		return op.From, op.To
	case WithdrawRelation:
		return op.From, op.To
	case Confirm:
		return op.From, op.To
	case PutRequirement:
		return op.Of, other
	case WithdrawRequirement:
		return op.Of, other
	}
	return one, other
}

// WantedRecords are the records that Check needs of those that exist, with the
// names in r resolved. What the batch itself makes is not among them.
func WantedRecords(b Batch, s *Snapshot, r Records) Wants {
	w := &wanting{s: s, r: r, nodes: map[ID]bool{}, relations: map[RelationKey]bool{}, requirements: map[RequirementKey]bool{}}
	for _, op := range b.Ops {
		w.operation(op)
		if one, _ := operands(op); b.Teams != nil { // whose it is stands in its record
			w.each(one, w.node)
		}
		w.naming(op)
	}
	return w.Wants
}

// WantedKeys are, once the records are loaded, the keys of the nodes that the batch
// restores: another node may have them by now.
func WantedKeys(b Batch, r Records) (w Wants) {
	restores := false
	for _, op := range b.Ops {
		_, is := op.(Restore)
		restores = restores || is
	}
	if !restores {
		return w
	}
	for _, n := range r.Nodes {
		if n.Retired {
			w.Keys = append(w.Keys, n.Keys...)
		}
	}
	slices.SortFunc(w.Keys, compareKeys)
	return w
}

type wanting struct {
	Wants
	s            *Snapshot
	r            Records
	nodes        map[ID]bool
	relations    map[RelationKey]bool
	requirements map[RequirementKey]bool
	taken        map[NodeRef][]ID // who took a name in the batch so far
	refs         map[ID]Ref       // of those that took one
}

// each calls f with the nodes that n may name when its operation is reached: the one
// at the head, and those that took the name before it. One too many does no harm.
func (w *wanting) each(n NodeRef, f func(ID)) {
	if id := w.id(n); id != 0 {
		f(id)
	}
	for _, id := range w.taken[n] {
		f(id)
	}
}

// naming notes who takes a name, so that later operations find it by that.
func (w *wanting) naming(op Operation) {
	switch op := op.(type) {
	case PutNode:
		for _, k := range op.Keys {
			w.take(op.Node, func(ID) NodeRef { return NodeRef{Key: k} })
		}
	case PutKey:
		w.take(op.Node, func(ID) NodeRef { return NodeRef{Key: op.Key} })
	case Rename:
		w.take(op.Node, func(id ID) NodeRef {
			is := w.refOf(id)
			is.Scope, is.Name = cmp.Or(op.Scope, is.Scope), cmp.Or(op.Name, is.Name)
			return NodeRef{Ref: is}
		})
	case Restore:
		w.take(op.Node, func(id ID) NodeRef { return NodeRef{Ref: w.refOf(id)} })
	}
}

func (w *wanting) refOf(id ID) Ref {
	if r, ok := w.refs[id]; ok {
		return r
	}
	return w.s.Ref(id)
}

func (w *wanting) take(node NodeRef, name func(ID) NodeRef) {
	w.each(node, func(id ID) {
		n := name(id)
		if w.taken == nil {
			w.taken, w.refs = map[NodeRef][]ID{}, map[ID]Ref{}
		}
		if !n.Ref.IsZero() {
			w.refs[id] = n.Ref
		}
		if !slices.Contains(w.taken[n], id) {
			w.taken[n] = append(w.taken[n], id)
		}
	})
}

func (w *wanting) operation(op Operation) {
	switch op := op.(type) {
	case PutRelation:
		w.relation(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier})
	case WithdrawRelation:
		w.relation(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier})
	case Confirm:
		w.relation(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier})
	case PutRequirement:
		w.each(op.Of, w.requirementsOf)
	case WithdrawRequirement:
		w.each(op.Of, w.requirementsOf)
	case Purge:
		w.each(op.Node, w.everything)
	default:
		one, _ := operands(op)
		w.each(one, w.node)
	}
}

func (w *wanting) id(n NodeRef) ID {
	switch {
	case n.ID != 0:
		return n.ID
	case n.Key != Key{}:
		return w.r.ByKey[n.Key]
	}
	if id, ok := w.s.Lookup(n.Ref); ok {
		return id
	}
	return w.r.ByRef[n.Ref]
}

func (w *wanting) node(id ID) {
	if id != 0 && !w.nodes[id] && w.s.Has(id) {
		w.nodes[id] = true
		w.Nodes = append(w.Nodes, id)
	}
}

func (w *wanting) relation(from, to NodeRef, k RelationKey) {
	w.each(from, func(id ID) {
		k.From = id
		w.requirementsOf(id) // also where the batch makes the provider
		w.each(to, func(id ID) {
			k.To = id
			w.stored(k)
		})
	})
}

// stored wants a relation that the snapshot has.
func (w *wanting) stored(k RelationKey) {
	if _, ok := w.s.Link(k); ok && !w.relations[k] {
		w.relations[k] = true
		w.Relations = append(w.Relations, k)
	}
}

// requirementsOf wants the requirements of a consumer: a change of its relations
// can change the named one and those by rule, and a written one keeps a rule of its
// name away.
func (w *wanting) requirementsOf(id ID) {
	i, ok := w.s.at(id)
	if !ok {
		return
	}
	for _, r := range w.s.reqsOf(i) {
		k := RequirementKey{id, w.s.names.requirements.list[w.s.req(r).name]}
		if !w.requirements[k] {
			w.requirements[k] = true
			w.Requirements = append(w.Requirements, k)
		}
	}
}

// everything is what goes with a purged node.
func (w *wanting) everything(id ID) {
	w.node(id)
	if !w.s.Has(id) {
		return
	}
	for _, d := range []Direction{Providers, Consumers} {
		for _, l := range w.s.Links(id, d) {
			w.stored(l.RelationKey)
			w.requirementsOf(l.From)
		}
	}
	w.requirementsOf(id)
}
