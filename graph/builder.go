package graph

import (
	"cmp"
	"slices"
	"strings"
)

// Builder makes a compact snapshot from a stream of records: classes and
// relation types first, then nodes, then requirements, then relations.
type Builder struct {
	cat      *Catalogue
	defs     []Change // not yet in cat
	n        names
	ids      []uint32
	byID     []uint32 // id -> place+1
	class    []uint16
	scope    []uint32
	flags    []uint8
	nameAt   []uint32
	nameBuf  []byte
	pins     map[uint32][]Pin
	reqs     []req
	reqByKey map[[2]uint32]uint32 // place of the consumer, name
	ruled    map[uint32][]uint32  // place of the consumer: its requirements by rule
	edges    []rawEdge
}

// rawEdge is a relation before relabelling: places in order of arrival.
type rawEdge struct {
	from uint32
	edge
}

// NewBuilder starts with the built-in catalogue and nothing else.
func NewBuilder() *Builder {
	return &Builder{cat: Builtin(), nameAt: []uint32{0}, pins: map[uint32][]Pin{},
		reqByKey: map[[2]uint32]uint32{}, ruled: map[uint32][]uint32{}}
}

// Add takes the after-side of one record. It fails with Invalid where a record
// names one that was not added.
func (b *Builder) Add(c Change) error {
	switch {
	case c.Class != nil || c.Type != nil:
		b.defs = append(b.defs, c)
	case c.Node != nil:
		b.catalogue()
		return b.addNode(c.Node)
	case c.Requirement != nil:
		return b.addRequirement(c.Requirement)
	case c.Relation != nil:
		b.catalogue()
		return b.addRelation(c.Relation)
	}
	return nil
}

func (b *Builder) catalogue() *Catalogue {
	if len(b.defs) > 0 {
		b.cat, b.defs = b.cat.With(b.defs...), nil
	}
	return b.cat
}

func (b *Builder) addNode(n *Node) error {
	if n.ID == 0 || n.ID > MaxID {
		return Errorf(Invalid, "node id %d is out of range", n.ID)
	}
	return b.place(uint32(n.ID), n.Ref, nodeFlags(b.cat, n), n.Pins)
}

// nodeFlags is the hot column of a record.
func nodeFlags(cat *Catalogue, n *Node) uint8 {
	f := uint8(lifecycleIn(cat.effective(n, lifecycleAttribute)))
	if n.Retired {
		f |= flagRetired
	}
	if n.Stub {
		f |= flagStub
	}
	if slices.ContainsFunc(n.Pins, func(p Pin) bool { return p.keeps() }) {
		f |= flagPinned
	}
	return f
}

func (b *Builder) place(id uint32, ref Ref, flags uint8, pins []Pin) error {
	for int(id) >= len(b.byID) {
		b.byID = append(b.byID, 0)
	}
	if b.byID[id] != 0 {
		return Errorf(Invalid, "node id %d stands twice", id)
	}
	p := uint32(len(b.ids))
	b.byID[id] = p + 1
	b.ids = append(b.ids, id)
	b.class = append(b.class, uint16(b.n.classes.learn(ref.Class)))
	b.scope = append(b.scope, b.n.scopes.learn(ref.Scope))
	b.flags = append(b.flags, flags)
	b.nameBuf = append(b.nameBuf, ref.Name...)
	b.nameAt = append(b.nameAt, uint32(len(b.nameBuf)))
	if flags&flagPinned != 0 {
		b.pins[p] = pins
	}
	return nil
}

func (b *Builder) placeOf(id ID) (uint32, error) {
	if int(id) < len(b.byID) && b.byID[id] != 0 {
		return b.byID[id] - 1, nil
	}
	return 0, Errorf(Invalid, "node %d does not exist", id)
}

func (b *Builder) addRequirement(r *Requirement) error {
	c, err := b.placeOf(r.Consumer)
	if err != nil {
		return err
	}
	q := makeReq(r, c, &b.n, (*intern[string]).learn)
	b.n.detail(&q, &r.RuleDetails)
	b.putReq(q)
	return nil
}

func (b *Builder) putReq(q req) {
	r := uint32(len(b.reqs))
	b.reqs = append(b.reqs, q)
	b.reqByKey[[2]uint32{q.consumer, q.name}] = r
	b.flags[q.consumer] |= flagGrouped
	if q.byRule {
		b.ruled[q.consumer] = append(b.ruled[q.consumer], r)
	}
}

// makeReq is the compact form of a requirement; add is how new names are interned.
func makeReq(r *Requirement, consumer uint32, n *names, add func(*intern[string], string) uint32) req {
	q := req{
		consumer: consumer, name: add(&n.requirements, r.Name),
		kGiven: int32(r.K), designed: int32(r.DesignedSize), grown: int32(r.Greatest), spareGiven: -1,
		rule: r.Rule, percent: uint8(r.Percent), byRule: r.ByRule,
	}
	if r.SpareRequired != nil {
		q.spareGiven = int32(*r.SpareRequired)
	}
	if r.ByRule {
		q.memberType = uint16(add(&n.types, r.MemberType))
		if r.MemberClass != "" {
			q.memberClass = uint16(add(&n.classes, r.MemberClass)) + 1
		}
	}
	return q
}

func (b *Builder) addRelation(r *Relation) error {
	from, err := b.placeOf(r.From)
	if err != nil {
		return err
	}
	to, err := b.placeOf(r.To)
	if err != nil {
		return err
	}
	sh, err := relationShape(b.cat, r)
	if err != nil {
		return err
	}
	sh.typ = uint16(b.n.types.learn(r.Type))
	x := rawEdge{from: from, edge: edge{to: to, shape: b.n.shapes.learn(sh)}}
	if r.Requirement != "" {
		name, ok := b.n.requirements.find(r.Requirement)
		q, found := b.reqByKey[[2]uint32{from, name}]
		if !ok || !found {
			return Errorf(Invalid, "relation %s of node %d belongs to requirement %q, which does not exist", r.Type, r.From, Clip(r.Requirement))
		}
		x.req = q + 1
	}
	b.edges = append(b.edges, x)
	return nil
}

// detail keeps the details of a requirement whose rule has some.
func (n *names) detail(q *req, d *RuleDetails) {
	if q.rule.detailed() {
		q.kGiven = int32(len(n.details))
		n.details = append(n.details, *d)
	}
}

// memberByRule says whether a bare relation of that type to that class counts in
// the requirement by rule q.
func memberByRule(cat *Catalogue, n *names, q *req, typ uint16, providerClass string) bool {
	return typ == q.memberType && (q.memberClass == 0 || cat.IsA(providerClass, n.classes.list[q.memberClass-1]))
}

// Build makes the snapshot that shows head. The builder is used up.
func (b *Builder) Build(head Head) (*Snapshot, error) {
	if int(head.LastID) >= len(b.byID) {
		if head.LastID > MaxID {
			return nil, Errorf(LimitExceeded, "the store has used more than %d node ids", MaxID)
		}
		b.byID = append(b.byID, make([]uint32, int(head.LastID)+1-len(b.byID))...)
	}
	if len(b.byID) == 0 {
		b.byID = []uint32{0}
	}
	b.groupByRule()
	label := b.relabel()
	s := &Snapshot{head: head, cat: b.catalogue(), names: b.n, relations: len(b.edges), pins: map[uint32][]Pin{}}
	s.base = b.columns(label)
	for p, pins := range b.pins {
		s.pins[label[p]] = pins
	}
	b.requirements(s.base, label)
	b.relationsOut(s, label)
	b.relationsIn(s)
	for i, f := range s.base.flags {
		if f&flagRetired == 0 {
			s.living++
		}
		if !delivers(f) {
			s.base.unhealthy = append(s.base.unhealthy, uint32(i))
		}
	}
	for r := range s.base.reqs {
		if q := &s.base.reqs[r]; q.rule == Capacity || q.state([3]uint32{}) > Operational {
			s.base.unhealthyReq = append(s.base.unhealthyReq, uint32(r))
		}
	}
	for _, sh := range s.names.shapes.list {
		s.raises = s.raises || sh.passes().Raises()
	}
	s.raises = s.raises || slices.ContainsFunc(s.base.reqs, func(q req) bool { return q.rule == Capacity })
	return s, nil
}

// groupByRule gives bare relations the requirement by rule that they count in.
func (b *Builder) groupByRule() {
	for _, of := range b.ruled { // the first by name takes a relation, whichever came first
		slices.SortFunc(of, func(r, q uint32) int {
			return strings.Compare(b.n.requirements.list[b.reqs[r].name], b.n.requirements.list[b.reqs[q].name])
		})
	}
	if len(b.ruled) == 0 {
		return
	}
	for k := range b.edges {
		e := &b.edges[k]
		if e.req != 0 || b.flags[e.from]&flagGrouped == 0 {
			continue
		}
		for _, r := range b.ruled[e.from] {
			if memberByRule(b.cat, &b.n, &b.reqs[r], b.n.shapes.list[e.shape].typ, b.n.classes.list[b.class[e.to]]) {
				e.req = r + 1
				break
			}
		}
	}
}

// relabel numbers the nodes by a breadth-first search from those that depend on
// nothing, against the direction of dependency; in order of arrival otherwise.
func (b *Builder) relabel() []uint32 {
	n := len(b.ids)
	const unseen = 1<<32 - 1
	at := make([]uint32, n+1)
	depends := make([]bool, n)
	for _, e := range b.edges {
		at[e.to+1]++
		depends[e.from] = true
	}
	for i := range n {
		at[i+1] += at[i]
	}
	consumers := make([]uint32, len(b.edges))
	next := slices.Clone(at[:n])
	for _, e := range b.edges {
		consumers[next[e.to]] = e.from
		next[e.to]++
	}
	label := make([]uint32, n)
	for i := range label {
		label[i] = unseen
	}
	order := make([]uint32, 0, n)
	visit := func(p uint32) {
		if label[p] == unseen {
			label[p] = uint32(len(order))
			order = append(order, p)
		}
	}
	search := func(done int) int {
		for ; done < len(order); done++ {
			p := order[done]
			for _, c := range consumers[at[p]:at[p+1]] {
				visit(c)
			}
		}
		return done
	}
	for p := range uint32(n) {
		if !depends[p] {
			visit(p)
		}
	}
	done := search(0)
	for p := range uint32(n) {
		visit(p)
		done = search(done)
	}
	return label
}

// columns lays the node columns out by label.
func (b *Builder) columns(label []uint32) *base {
	n := len(b.ids)
	x := &base{
		ids: make([]uint32, n), byID: b.byID, class: make([]uint16, n), scope: make([]uint32, n), flags: make([]uint8, n),
		nameAt: make([]uint32, n+1), nameBuf: make([]byte, 0, len(b.nameBuf)),
	}
	order := make([]uint32, n)
	for p, i := range label {
		order[i] = uint32(p)
		x.byID[b.ids[p]] = i + 1
	}
	living := 0
	for i, p := range order {
		x.ids[i], x.class[i], x.scope[i], x.flags[i] = b.ids[p], b.class[p], b.scope[p], b.flags[p]
		x.nameBuf = append(x.nameBuf, b.nameBuf[b.nameAt[p]:b.nameAt[p+1]]...)
		x.nameAt[i+1] = uint32(len(x.nameBuf))
		if b.flags[p]&flagRetired == 0 {
			living++
		}
	}
	x.byRef = make([]uint32, living+living/3+1)
	for i, f := range x.flags {
		if f&flagRetired != 0 {
			continue
		}
		k := slot(refHash(x.class[i], x.scope[i], string(x.name(uint32(i)))), len(x.byRef))
		for x.byRef[k] != 0 {
			if k++; k == len(x.byRef) {
				k = 0
			}
		}
		x.byRef[k] = uint32(i) + 1
	}
	return x
}

// requirements sorts them by consumer and name, and gives the edges their new
// numbers.
func (b *Builder) requirements(x *base, label []uint32) {
	order := make([]uint32, len(b.reqs))
	for r := range b.reqs {
		b.reqs[r].consumer = label[b.reqs[r].consumer]
		order[r] = uint32(r)
	}
	slices.SortFunc(order, func(r, q uint32) int {
		return cmp.Or(cmp.Compare(b.reqs[r].consumer, b.reqs[q].consumer),
			strings.Compare(b.n.requirements.list[b.reqs[r].name], b.n.requirements.list[b.reqs[q].name]))
	})
	renumber := make([]uint32, len(b.reqs))
	x.reqs = make([]req, len(b.reqs))
	for k, r := range order {
		x.reqs[k] = b.reqs[r]
		renumber[r] = uint32(k)
	}
	for k := range b.edges {
		if r := b.edges[k].req; r != 0 {
			b.edges[k].req = renumber[r-1] + 1
		}
	}
}

// relationsOut sorts the relations by consumer, requirement and provider.
func (b *Builder) relationsOut(s *Snapshot, label []uint32) {
	x, n, m := s.base, len(s.base.ids), len(b.edges)
	x.outAt = make([]uint32, n+1)
	for _, e := range b.edges {
		x.outAt[label[e.from]+1]++
	}
	for i := range n {
		x.outAt[i+1] += x.outAt[i]
	}
	sorted := make([]edge, m)
	next := slices.Clone(x.outAt[:n])
	for _, e := range b.edges {
		c := label[e.from]
		sorted[next[c]] = edge{to: label[e.to], shape: e.shape, req: e.req}
		next[c]++
	}
	b.edges = nil
	x.out, x.shape = make([]uint32, m), make([]uint16, m)
	for i := range n {
		run := sorted[x.outAt[i]:x.outAt[i+1]]
		slices.SortFunc(run, func(p, q edge) int {
			return cmp.Or(cmp.Compare(p.req, q.req), cmp.Compare(p.to, q.to), cmp.Compare(p.shape, q.shape))
		})
		for k, e := range run {
			at := x.outAt[i] + uint32(k)
			x.out[at] = e.to
			if e.shape < bigShape {
				x.shape[at] = uint16(e.shape)
			} else {
				if x.wide == nil {
					x.wide = map[uint32]uint32{}
				}
				x.shape[at], x.wide[at] = bigShape, e.shape
			}
			if e.req != 0 {
				q := &x.reqs[e.req-1]
				if q.n == 0 {
					q.first = at
				}
				q.n++
			}
		}
	}
	// A requirement without members stands where its members would.
	for r := range x.reqs {
		if q := &x.reqs[r]; q.n == 0 {
			q.first = x.outAt[q.consumer]
		}
		x.reqs[r].settle()
	}
}

// relationsIn writes the tagged words of every provider, by consumer.
func (b *Builder) relationsIn(s *Snapshot) {
	x, n := s.base, len(s.base.ids)
	x.usual = usualEvidence(s)
	x.inAt, x.infoAt = make([]uint32, n+1), make([]uint32, n+1)
	each := func(f func(c uint32, e edge, carries bool)) {
		for c := range uint32(n) {
			s.edges(c, func(e edge) bool {
				f(c, e, s.names.shapes.list[e.shape].carries())
				return true
			})
		}
	}
	each(func(_ uint32, e edge, carries bool) {
		if carries {
			x.inAt[e.to+1]++
		} else {
			x.infoAt[e.to+1]++
		}
	})
	for i := range n {
		x.inAt[i+1] += x.inAt[i]
		x.infoAt[i+1] += x.infoAt[i]
	}
	x.in, x.info = make([]uint32, x.inAt[n]), make([]uint32, x.infoAt[n])
	nextIn, nextInfo := slices.Clone(x.inAt[:n]), slices.Clone(x.infoAt[:n])
	each(func(c uint32, e edge, carries bool) {
		sh := &s.names.shapes.list[e.shape]
		if n := len(x.timed); sh.dated() && (n == 0 || x.timed[n-1] != c) {
			x.timed = append(x.timed, c)
		}
		if n := len(x.oddReqs); e.req != 0 && !sh.plain(x.usual) && (n == 0 || x.oddReqs[n-1] != e.req-1) {
			x.oddReqs = append(x.oddReqs, e.req-1)
		}
		if !carries {
			x.info[nextInfo[e.to]] = c
			nextInfo[e.to]++
			return
		}
		x.in[nextIn[e.to]] = inWord(c, e, sh, x.usual, func(o odd) uint32 {
			x.odd = append(x.odd, o)
			return uint32(len(x.odd) - 1)
		})
		nextIn[e.to]++
	})
}

// usualEvidence is the evidence of the most relations, so that the fewest need a
// row; of equals, what was seen first.
func usualEvidence(s *Snapshot) certainty {
	shapes := make([]int, len(s.names.shapes.list))
	for i, k := range s.base.shape {
		if k != bigShape {
			shapes[k]++
		} else {
			shapes[s.base.wide[uint32(i)]]++
		}
	}
	counts := map[certainty]int{}
	best := certainty{known: Probable}
	for k, n := range shapes {
		sure := s.names.shapes.list[k].sure
		if counts[sure] += n; counts[sure] > counts[best] {
			best = sure
		}
	}
	return best
}
