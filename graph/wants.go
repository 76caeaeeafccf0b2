package graph

// WantedNames are the names that b uses and s cannot resolve: refs that no living
// node has (they may be former or retired ones), and all keys.
func WantedNames(b Batch, s *Snapshot) Wants {
	w := Wants{Living: make(map[Ref]ID, len(b.Ops))}
	keys := map[Key]bool{}
	key := func(k Key) {
		if k != (Key{}) && !keys[k] {
			keys[k] = true
			w.Keys = append(w.Keys, k)
		}
	}
	name := func(n NodeRef) {
		key(n.Key)
		if n.Ref.IsZero() {
			return
		}
		if _, ok := w.Living[n.Ref]; ok {
			return
		}
		id, ok := s.Lookup(n.Ref)
		if w.Living[n.Ref] = id; !ok {
			w.Refs = append(w.Refs, n.Ref)
		}
	}
	for _, op := range b.Ops {
		for _, n := range operands(op) {
			name(n)
		}
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
		}
	}
	return w
}

// operands are the nodes that an operation names.
func operands(op Operation) []NodeRef {
	switch op := op.(type) {
	case PutNode:
		return []NodeRef{op.Node}
	case ClaimAttributes:
		return []NodeRef{op.Node}
	case WithdrawClaim:
		return []NodeRef{op.Node}
	case Rename:
		return []NodeRef{op.Node}
	case PutKey:
		return []NodeRef{op.Node}
	case SetPin:
		return []NodeRef{op.Node}
	case Unpin:
		return []NodeRef{op.Node}
	case Retire:
		return []NodeRef{op.Node}
	case Restore:
		return []NodeRef{op.Node}
	case Purge:
		return []NodeRef{op.Node}
	case PutRelation:
		return []NodeRef{op.From, op.To}
	case WithdrawRelation:
		return []NodeRef{op.From, op.To}
	case Confirm:
		return []NodeRef{op.From, op.To}
	case PutRequirement:
		return []NodeRef{op.Of}
	case WithdrawRequirement:
		return []NodeRef{op.Of}
	}
	return nil
}

// WantedRecords are the records that Check needs of those that exist, with the
// names in r resolved. What the batch itself makes is not among them.
func WantedRecords(b Batch, s *Snapshot, r Records) Wants {
	w := &wanting{s: s, r: r, nodes: map[ID]bool{}, relations: map[RelationKey]bool{}, requirements: map[RequirementKey]bool{}}
	for _, op := range b.Ops {
		w.operation(op)
	}
	return w.Wants
}

type wanting struct {
	Wants
	s            *Snapshot
	r            Records
	nodes        map[ID]bool
	relations    map[RelationKey]bool
	requirements map[RequirementKey]bool
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
		w.requirementsOf(w.id(op.Of), op.Name)
	case WithdrawRequirement:
		w.requirementsOf(w.id(op.Of), op.Name)
	case Purge:
		w.everything(w.id(op.Node))
	default:
		for _, n := range operands(op) {
			w.node(w.id(n))
		}
	}
}

func (w *wanting) id(n NodeRef) ID {
	switch {
	case n.ID != 0:
		return n.ID
	case n.Key != Key{}:
		return w.r.ByKey[n.Key]
	}
	if id, ok := w.s.livingIn(w.r, n.Ref); ok {
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
	k.From, k.To = w.id(from), w.id(to)
	w.requirementsOf(k.From, k.Requirement) // also where the batch makes the provider
	w.stored(k)
}

// stored wants a relation that the snapshot has.
func (w *wanting) stored(k RelationKey) {
	if w.relations[k] {
		return
	}
	if _, ok := w.s.Link(k); ok {
		w.relations[k] = true
		w.Relations = append(w.Relations, k)
	}
}

// requirementsOf wants those requirements of a consumer that a change of its
// relations can change: the named one and those by rule.
func (w *wanting) requirementsOf(id ID, name string) {
	i, ok := w.s.at(id)
	if !ok {
		return
	}
	for _, r := range w.s.reqsOf(i) {
		q := w.s.req(r)
		k := RequirementKey{id, w.s.names.requirements.list[q.name]}
		if (q.byRule || k.Name == name) && !w.requirements[k] {
			w.requirements[k] = true
			w.Requirements = append(w.Requirements, k)
		}
	}
}

// everything is what goes with a purged node.
func (w *wanting) everything(id ID) {
	w.node(id)
	i, ok := w.s.at(id)
	if !ok {
		return
	}
	for _, d := range []Direction{Providers, Consumers} {
		for _, l := range w.s.Links(id, d) {
			w.stored(l.RelationKey)
			w.requirementsOf(l.From, l.Requirement)
		}
	}
	for _, r := range w.s.reqsOf(i) {
		w.requirementsOf(id, w.s.names.requirements.list[w.s.req(r).name])
	}
}
