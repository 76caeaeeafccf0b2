package graph

import (
	"maps"
	"slices"
	"strings"
)

// Apply is the snapshot after changes that Check has planned (or that the feed
// brings), at head h. It costs what the changes touch, never the whole: s stays
// as it is and shares all the rest. Only a change of a relation type's transfer
// or impact rebuilds. It fails with Invalid where the changes do not fit s.
func (s *Snapshot) Apply(changes []Change, h Head) (*Snapshot, error) {
	if retyped(changes) {
		return s.rebuild(changes, h)
	}
	a := s.fork()
	a.s.head = h
	for k := range changes {
		if err := a.change(&changes[k]); err != nil {
			return nil, err
		}
	}
	a.regroup()
	return a.s, nil
}

// retyped says whether relations that exist would pass on something else.
func retyped(changes []Change) bool {
	for _, c := range changes {
		if c.Type != nil && c.TypeWas != nil && (c.Type.Transfer != c.TypeWas.Transfer || c.Type.Impact != c.TypeWas.Impact) {
			return true
		}
	}
	return false
}

// rebuild applies what is left of the changes to a snapshot whose relations are
// derived anew from the changed types.
func (s *Snapshot) rebuild(changes []Change, h Head) (*Snapshot, error) {
	var defs, rest []Change
	for _, c := range changes {
		if c.Type != nil || c.Class != nil {
			defs = append(defs, c)
		} else {
			rest = append(rest, c)
		}
	}
	t, err := s.restage(s.cat.With(defs...)).Build(s.head)
	if err != nil {
		return nil, err
	}
	return t.Apply(rest, h)
}

// applier is one Apply at work.
type applier struct {
	s       *Snapshot
	own     *token
	touched map[uint32]bool // consumers whose relations or requirements changed
	pins    bool            // s.pins is our own copy
	details bool            // s.names.details is our own copy
}

func (s *Snapshot) fork() *applier {
	t := &Snapshot{head: s.head, cat: s.cat, base: s.base, names: s.names, pins: s.pins,
		living: s.living, relations: s.relations, raises: s.raises}
	if s.delta == nil {
		t.delta = &delta{}
	} else {
		d := s.delta
		t.delta = &delta{nodes: *d.nodes.fork(), reqs: *d.reqs.fork(), byRef: *d.byRef.fork(),
			odd: d.odd[:len(d.odd):len(d.odd)], added: d.added, made: d.made}
	}
	return &applier{s: t, own: &token{}, touched: map[uint32]bool{}}
}

func (a *applier) change(c *Change) error {
	switch {
	case c.Class != nil || c.Type != nil:
		a.s.cat = a.s.cat.With(*c)
		return nil
	case c.Node != nil && c.NodeWas == nil:
		return a.create(c.Node)
	case c.Node != nil:
		return a.update(c.Node)
	case c.NodeWas != nil:
		return a.remove(c.NodeWas)
	case c.Requirement != nil:
		return a.putRequirement(c.Requirement)
	case c.RequirementWas != nil:
		return a.dropRequirement(c.RequirementWas)
	case c.Relation != nil:
		return a.putRelation(c.Relation)
	case c.RelationWas != nil:
		return a.dropRelation(c.RelationWas)
	}
	return nil
}

// node is the overlay of node i that this Apply may change.
func (a *applier) node(i uint32) *overlay {
	old := a.s.delta.nodes.get(i)
	if old != nil && old.owner == a.own {
		return old
	}
	o := &overlay{owner: a.own}
	if old != nil {
		*o = *old
		o.owner, o.owned = a.own, 0
	} else {
		b := a.s.base
		ref := a.s.refOf(i)
		o.id, o.class, o.scope, o.flags, o.name = b.ids[i], b.class[i], b.scope[i], b.flags[i], ref.Name
		a.s.edges(i, func(e edge) bool {
			o.out = append(o.out, e)
			return true
		})
		o.reqs = a.s.reqsOf(i)
		o.owned = 1 | 16
		lo, hi := b.inAt[i], b.inAt[i+1]
		o.in = b.in[lo:hi:hi]
		lo, hi = b.infoAt[i], b.infoAt[i+1]
		o.info = b.info[lo:hi:hi]
	}
	a.s.delta.nodes.set(a.own, i, o)
	return o
}

// mine makes one of an overlay's slices safe to change in place.
func mine[T any](o *overlay, bit uint8, list *[]T) {
	if o.owned&bit == 0 {
		*list = slices.Clone(*list)
		o.owned |= bit
	}
}

func (a *applier) create(n *Node) error {
	s := a.s
	if s.Has(n.ID) {
		return Errorf(Invalid, "node %d exists already", n.ID)
	}
	if n.ID > MaxID {
		return Errorf(LimitExceeded, "the store has used more than %d node ids", MaxID)
	}
	i := int(n.ID) - len(s.base.byID) + len(s.base.ids)
	if i < len(s.base.ids) {
		return Errorf(Invalid, "node id %d was used before", n.ID)
	}
	for s.size() < i { // ids that a refused or dry-run batch left unused
		s.delta.nodes.set(a.own, uint32(s.size()), &overlay{owner: a.own, flags: flagAbsent})
		s.delta.added++
	}
	o := &overlay{
		owner: a.own, id: uint32(n.ID), class: uint16(s.names.classes.add(n.Ref.Class)),
		scope: s.names.scopes.add(n.Ref.Scope), name: n.Ref.Name, flags: nodeFlags(s.cat, n), owned: 31,
	}
	if i == s.size() {
		s.delta.added++
	}
	s.delta.nodes.set(a.own, uint32(i), o)
	a.settled(uint32(i), o, flagAbsent, n)
	return nil
}

// settled keeps the ref table, the counts and the pins true after a node's
// columns changed.
func (a *applier) settled(i uint32, o *overlay, before uint8, n *Node) {
	s := a.s
	wasLiving, isLiving := before&(flagRetired|flagAbsent) == 0, o.flags&(flagRetired|flagAbsent) == 0
	if isLiving && !wasLiving {
		s.living++
	} else if wasLiving && !isLiving {
		s.living--
	}
	if isLiving {
		if j, ok := s.lookup(s.refOf(i)); !ok || j != i {
			k := uint32(slot(refHash(o.class, o.scope, o.name), refBuckets))
			var list []uint32
			if old := s.delta.byRef.get(k); old != nil {
				list = append(list, *old...)
			}
			list = append(list, i)
			s.delta.byRef.set(a.own, k, &list)
		}
	}
	if (before|o.flags)&flagPinned != 0 {
		if !a.pins {
			copied := make(map[uint32][]Pin, len(s.pins)+1)
			for k, v := range s.pins {
				copied[k] = v
			}
			s.pins, a.pins = copied, true
		}
		delete(s.pins, i)
		if o.flags&flagPinned != 0 {
			s.pins[i] = n.Pins
		}
	}
}

func (a *applier) find(id ID) (uint32, error) {
	i, ok := a.s.at(id)
	if !ok {
		return 0, Errorf(Invalid, "node %d does not exist", id)
	}
	return i, nil
}

func (a *applier) update(n *Node) error {
	i, err := a.find(n.ID)
	if err != nil {
		return err
	}
	o := a.node(i)
	before := o.flags
	o.scope, o.name = a.s.names.scopes.add(n.Ref.Scope), n.Ref.Name
	o.flags = nodeFlags(a.s.cat, n) | before&flagGrouped
	a.settled(i, o, before, n)
	return nil
}

func (a *applier) remove(n *Node) error {
	i, err := a.find(n.ID)
	if err != nil {
		return err
	}
	o := a.node(i)
	before := o.flags
	o.flags = flagAbsent
	a.settled(i, o, before, n)
	return nil
}

func (a *applier) putRequirement(r *Requirement) error {
	c, err := a.find(r.Consumer)
	if err != nil {
		return err
	}
	s := a.s
	q := makeReq(r, c, &s.names, (*intern[string]).add)
	if !a.details && q.rule.detailed() {
		s.names.details, a.details = slices.Clone(s.names.details), true
	}
	s.names.detail(&q, &r.RuleDetails)
	s.raises = s.raises || q.rule == Capacity
	o := a.node(c)
	place, found := slices.BinarySearchFunc(o.reqs, r.Name, func(k uint32, name string) int {
		return strings.Compare(s.names.requirements.list[s.req(k).name], name)
	})
	mine(o, 16, &o.reqs)
	if found && s.req(o.reqs[place]).byRule != q.byRule {
		// Members by rule are not members of what a person wrote: another group.
		gone := *s.req(o.reqs[place])
		gone.gone = true
		s.delta.reqs.set(a.own, o.reqs[place], &gone)
		o.reqs = slices.Delete(o.reqs, place, place+1)
		found = false
	}
	if found {
		q.n = s.req(o.reqs[place]).n // regroup counts and settles: here members may still be about to go
		s.delta.reqs.set(a.own, o.reqs[place], &q)
	} else {
		k := uint32(s.reqSize())
		s.delta.made++
		s.delta.reqs.set(a.own, k, &q)
		o.reqs = slices.Insert(o.reqs, place, k)
		o.flags |= flagGrouped
	}
	a.touched[c] = true
	return nil
}

func (a *applier) dropRequirement(r *Requirement) error {
	c, err := a.find(r.Consumer)
	if err != nil {
		return err
	}
	s, o := a.s, a.node(c)
	for place, k := range o.reqs {
		q := *s.req(k)
		if s.names.requirements.list[q.name] != r.Name {
			continue
		}
		q.gone = true
		s.delta.reqs.set(a.own, k, &q)
		mine(o, 16, &o.reqs)
		o.reqs = slices.Delete(o.reqs, place, place+1)
		if len(o.reqs) == 0 {
			o.flags &^= flagGrouped
		}
		a.touched[c] = true
		return nil
	}
	return Errorf(Invalid, "requirement %q of node %d does not exist", Clip(r.Name), r.Consumer)
}

func (a *applier) putRelation(r *Relation) error {
	c, err := a.find(r.From)
	if err != nil {
		return err
	}
	p, err := a.find(r.To)
	if err != nil {
		return err
	}
	s := a.s
	sh, err := relationShape(s.cat, r)
	if err != nil {
		return err
	}
	sh.typ = uint16(s.names.types.add(r.Type))
	e := edge{to: p, shape: s.names.shapes.add(sh)}
	s.raises = s.raises || sh.passes().Raises()
	if e.req, err = a.groupOf(c, r.Requirement); err != nil {
		return err
	}
	if old, ok := s.findEdge(c, p, r.RelationKey); ok {
		a.unlink(c, old)
		e.req = old.req
	}
	a.link(c, e)
	return nil
}

// link adds an edge at both its ends.
func (a *applier) link(c uint32, e edge) {
	o := a.node(c)
	mine(o, 1, &o.out)
	o.out = append(o.out, e)
	a.addWord(c, e)
	a.s.relations++
	a.touched[c] = true
}

// groupOf is the requirement that a relation's key names, +1, or 0.
func (a *applier) groupOf(c uint32, name string) (uint32, error) {
	if name == "" {
		return 0, nil
	}
	for _, k := range a.s.reqsOf(c) {
		if q := a.s.req(k); !q.byRule && a.s.names.requirements.list[q.name] == name {
			return k + 1, nil
		}
	}
	return 0, Errorf(Invalid, "requirement %q of node %d does not exist", Clip(name), a.s.idOf(c))
}

func (a *applier) dropRelation(r *Relation) error {
	c, err := a.find(r.From)
	if err != nil {
		return err
	}
	p, err := a.find(r.To)
	if err != nil {
		return err
	}
	e, ok := a.s.findEdge(c, p, r.RelationKey)
	if !ok {
		return Errorf(Invalid, "relation %s from node %d to node %d does not exist", r.Type, r.From, r.To)
	}
	a.unlink(c, e)
	a.touched[c] = true
	return nil
}

// unlink takes an edge out of both its ends.
func (a *applier) unlink(c uint32, e edge) {
	o := a.node(c)
	mine(o, 1, &o.out)
	o.out = slices.Delete(o.out, slices.Index(o.out, e), slices.Index(o.out, e)+1)
	a.dropWord(c, e)
	a.s.relations--
}

func (a *applier) addWord(c uint32, e edge) {
	p := a.node(e.to)
	sh := &a.s.names.shapes.list[e.shape]
	if !sh.carries() {
		mine(p, 8, &p.info)
		p.info = append(p.info, c)
		return
	}
	w := inWord(c, e, sh, a.s.base.usual, func(o odd) uint32 {
		d := a.s.delta
		d.odd = append(d.odd, o)
		return uint32(len(a.s.base.odd) + len(d.odd) - 1)
	})
	mine(p, 4, &p.extra)
	p.extra = append(p.extra, w)
}

func (a *applier) dropWord(c uint32, e edge) {
	p := a.node(e.to)
	sh := &a.s.names.shapes.list[e.shape]
	if !sh.carries() {
		mine(p, 8, &p.info)
		k := slices.Index(p.info, c)
		p.info = slices.Delete(p.info, k, k+1)
		return
	}
	var row odd
	want := inWord(c, e, sh, a.s.base.usual, func(o odd) uint32 { row = o; return 0 })
	same := func(w uint32) bool {
		if want&^indexMask != tagOdd {
			return w == want
		}
		return w&^indexMask == tagOdd && a.s.oddAt(w&indexMask) == row
	}
	if k := slices.IndexFunc(p.extra, same); k >= 0 {
		mine(p, 4, &p.extra)
		p.extra = slices.Delete(p.extra, k, k+1)
		return
	}
	k := slices.IndexFunc(p.in, same)
	mine(p, 2, &p.in)
	p.in = slices.Delete(p.in, k, k+1)
}

// regroup counts the members of every touched requirement and moves bare
// relations into, or out of, requirements by rule.
func (a *applier) regroup() {
	s := a.s
	for _, c := range slices.Sorted(maps.Keys(a.touched)) {
		o := a.node(c)
		for k := range o.out {
			e := o.out[k]
			to := uint32(0)
			if e.req != 0 && !s.req(e.req-1).byRule {
				continue
			}
			for _, r := range o.reqs {
				q := s.req(r)
				if q.byRule && memberByRule(s.cat, &s.names, q, s.names.shapes.list[e.shape].typ, s.className(e.to)) {
					to = r + 1
					break
				}
			}
			if to != e.req {
				a.dropWord(c, e)
				e.req = to
				mine(o, 1, &o.out)
				o.out[k] = e
				a.addWord(c, e)
			}
		}
		for _, r := range o.reqs {
			q := *s.req(r)
			q.n = 0
			for _, e := range o.out {
				if e.req == r+1 {
					q.n++
				}
			}
			q.settle()
			s.delta.reqs.set(a.own, r, &q)
		}
	}
}

// compactAt is the part of overlaid nodes from which a traversal pays more than
// a rebuild in the background costs (performance.md, "What was learned" 5).
const compactAt = 0.0025

// NeedsCompaction says whether Compact would pay.
func (s *Snapshot) NeedsCompaction() bool {
	return s.delta != nil && s.delta.nodes.n > 1000 && float64(s.delta.nodes.n) > compactAt*float64(s.size())
}

// Compact has the same content as s in a new base. It takes seconds on large
// graphs; s stays usable meanwhile.
func (s *Snapshot) Compact() *Snapshot {
	if s.delta == nil {
		return s
	}
	t, err := s.restage(s.cat).Build(s.head)
	if err != nil {
		panic(err) // s was built from the same content
	}
	return t
}

// restage gives the content of s to a builder with the catalogue cat, under
// which relations without a transfer of their own are derived anew.
func (s *Snapshot) restage(cat *Catalogue) *Builder {
	b := NewBuilder()
	b.cat = cat
	for id := ID(1); int(id) < len(s.base.byID)+s.size()-len(s.base.ids); id++ {
		if i, ok := s.at(id); ok {
			_ = b.place(uint32(id), s.refOf(i), s.flagsOf(i)&^flagGrouped, s.pins[i]) // ids differ
		}
	}
	renumber := map[uint32]uint32{}
	place := func(i uint32) uint32 { return b.byID[s.idOf(i)] - 1 }
	for r := range uint32(s.reqSize()) {
		q := *s.req(r)
		if q.gone || s.flagsOf(q.consumer)&flagAbsent != 0 {
			continue
		}
		q.consumer, q.n, q.first = place(q.consumer), 0, 0
		q.name = b.n.requirements.learn(s.names.requirements.list[q.name])
		if q.byRule {
			q.memberType = uint16(b.n.types.learn(s.names.types.list[q.memberType]))
			if q.memberClass > 0 {
				q.memberClass = uint16(b.n.classes.learn(s.names.classes.list[q.memberClass-1])) + 1
			}
		}
		b.n.detail(&q, s.details(&q))
		renumber[r] = uint32(len(b.reqs))
		b.putReq(q)
	}
	shapes := make([]uint32, len(s.names.shapes.list))
	for k, sh := range s.names.shapes.list {
		name := s.names.types.list[sh.typ]
		sh.ofType(cat.Type(name))
		sh.typ = uint16(b.n.types.learn(name))
		shapes[k] = b.n.shapes.learn(sh)
	}
	for c := range uint32(s.size()) {
		if s.flagsOf(c)&flagAbsent != 0 {
			continue
		}
		from := place(c)
		s.edges(c, func(e edge) bool {
			x := rawEdge{from: from, edge: edge{to: place(e.to), shape: shapes[e.shape]}}
			if e.req != 0 && !s.req(e.req-1).byRule {
				x.req = renumber[e.req-1] + 1
			}
			b.edges = append(b.edges, x)
			return true
		})
	}
	return b
}
