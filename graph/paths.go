package graph

import (
	"slices"
	"sync"
	"time"
)

// network is the relations of one plane as paths run over them: both ways, whatever
// they pass on and however sure they are, as long as they are valid.
type network struct {
	at    []uint32 // len n+1
	links []netLink
	part  []uint32 // by node: the number of its connected component, from 1; 0: no link
	plane string
}

type netLink struct{ to, shape uint32 }

// goal is one thing that REACHES requirements ask for: a path over a plane to one of
// some targets. All requirements that ask for the same are answered by one search.
type goal struct {
	*network
	targets []uint32
	reqs    []uint32
}

// goals are what the snapshot's REACHES requirements ask for; found once.
func (s *Snapshot) goals() []goal {
	if len(s.names.details) == 0 {
		return nil
	}
	s.paths.once.Do(func() {
		networks := map[string]*network{}
		at := map[string]int{}
		for r := range uint32(s.reqSize()) {
			q := s.req(r)
			if q.gone || q.rule != Reaches || s.flagsOf(q.consumer)&flagAbsent != 0 {
				continue
			}
			d := s.details(q)
			key := d.Plane + "\x00" + string(putList(nil, d.Targets, func(b []byte, id ID) []byte { return putUint(b, uint64(id)) }))
			k, known := at[key]
			if !known {
				if networks[d.Plane] == nil {
					networks[d.Plane] = s.network(d.Plane)
				}
				g := goal{network: networks[d.Plane]}
				for _, id := range d.Targets {
					if i, ok := s.at(id); ok {
						g.targets = append(g.targets, i)
					}
				}
				k = len(s.paths.goals)
				at[key] = k
				s.paths.goals = append(s.paths.goals, g)
			}
			s.paths.goals[k].reqs = append(s.paths.goals[k].reqs, r)
		}
	})
	return s.paths.goals
}

// pathCache is the goals of one snapshot.
type pathCache struct {
	once  sync.Once
	goals []goal
}

// goalOf is the goal that REACHES requirement r asks for.
func (s *Snapshot) goalOf(r uint32) *goal {
	goals := s.goals()
	return &goals[slices.IndexFunc(goals, func(g goal) bool { return slices.Contains(g.reqs, r) })]
}

// network collects the relations of a plane.
func (s *Snapshot) network(plane string) *network {
	on := make([]bool, len(s.names.shapes.list))
	for k := range s.names.shapes.list {
		t := s.cat.Type(s.names.types.list[s.names.shapes.list[k].typ])
		on[k] = t != nil && t.Plane == plane
	}
	n := &network{at: make([]uint32, s.size()+1), part: make([]uint32, s.size()), plane: plane}
	each := func(f func(a uint32, l netLink)) {
		for i := range uint32(s.size()) {
			if s.flagsOf(i)&flagAbsent != 0 {
				continue
			}
			s.edges(i, func(e edge) bool {
				if on[e.shape] && e.to != i {
					f(i, netLink{e.to, e.shape})
					f(e.to, netLink{i, e.shape})
				}
				return true
			})
		}
	}
	each(func(a uint32, _ netLink) { n.at[a+1]++ })
	for i := range s.size() {
		n.at[i+1] += n.at[i]
	}
	n.links = make([]netLink, n.at[s.size()])
	next := slices.Clone(n.at)
	each(func(a uint32, l netLink) {
		n.links[next[a]] = l
		next[a]++
	})
	parts := uint32(0)
	for i := range uint32(s.size()) {
		if len(n.of(i)) == 0 || n.part[i] != 0 {
			continue
		}
		parts++
		n.part[i] = parts
		for queue := []uint32{i}; len(queue) > 0; queue = queue[1:] {
			for _, l := range n.of(queue[0]) {
				if n.part[l.to] == 0 {
					n.part[l.to] = parts
					queue = append(queue, l.to)
				}
			}
		}
	}
	return n
}

// leads says whether node i may lie on a path from consumer c, whatever is valid.
func (n *network) leads(i, c uint32) bool { return n.part[i] != 0 && n.part[i] == n.part[c] }

// partsMet are the connected parts whose questions a search came by. One that goes over
// a graph breadth first needs them once each: whoever is met first is as near to all of
// a part as any.
type partsMet map[goalPart]bool

type goalPart struct {
	goal int
	part uint32
}

// first notes a part, and says whether it was not met before. Nil notes nothing.
func (m partsMet) first(goal int, part uint32) bool {
	at := goalPart{goal, part}
	if part == 0 || m[at] {
		return false
	}
	if m != nil {
		m[at] = true
	}
	return true
}

// asking calls f for each consumer of a REACHES requirement on whose paths node i may
// lie, on its way or as the consumer itself; those of parts that were met aside.
func (s *Snapshot) asking(i uint32, met partsMet, f func(c uint32)) {
	for k, g := range s.goals() {
		if !met.first(k, g.part[i]) {
			continue
		}
		for _, r := range g.reqs {
			if c := s.req(r).consumer; c != i && g.leads(i, c) {
				f(c)
			}
		}
	}
}

// askingOver are the consumers that ask for a path over relations of that type.
func (s *Snapshot) askingOver(typ string) (out []uint32) {
	t := s.cat.Type(typ)
	for _, g := range s.goals() {
		if t == nil || g.plane != t.Plane {
			continue
		}
		for _, r := range g.reqs {
			out = append(out, s.req(r).consumer)
		}
	}
	return out
}

// asked calls f for each node that may lie on a path that consumer c asks for; those of
// parts that were met aside.
func (s *Snapshot) asked(c uint32, met partsMet, f func(i uint32)) {
	for k, g := range s.goals() {
		if !slices.ContainsFunc(g.reqs, func(r uint32) bool { return s.req(r).consumer == c }) || !met.first(k, g.part[c]) {
			continue
		}
		for i, part := range g.part {
			if part == g.part[c] && uint32(i) != c {
				f(uint32(i))
			}
		}
	}
}

func (n *network) of(i uint32) []netLink { return n.links[n.at[i]:n.at[i+1]] }

// search is what one goal finds at an instant, given the states of all CIs.
type search struct {
	g     *goal
	s     *Snapshot
	at    time.Time
	state func(uint32) State
	best  map[uint32]State // by node: the best path from it to a target, itself included; DOWN where absent
	split map[uint32]bool  // nodes that one more CI lost would cut off
}

// find answers the goal for all nodes at once: the best path by a search from the
// targets, state by state; who hangs on one CI by the biconnected components of what
// is not DOWN (J. Hopcroft, R. Tarjan, "Efficient algorithms for graph
// manipulation", 1973), whose root is the one target, or stands before all of them.
func (g *goal) find(s *Snapshot, at time.Time, state func(uint32) State) *search {
	x := &search{g: g, s: s, at: at, state: state, best: map[uint32]State{}, split: map[uint32]bool{}}
	var waiting [4][]uint32
	enter := func(i uint32, through State) {
		st := max(state(i), through)
		if old, ok := x.best[i]; st < Down && (!ok || st < old) {
			x.best[i] = st
			waiting[st] = append(waiting[st], i)
		}
	}
	for _, t := range g.targets {
		enter(t, Operational)
	}
	for level := Operational; level < Down; level++ {
		for k := 0; k < len(waiting[level]); k++ {
			i := waiting[level][k]
			if x.best[i] != level {
				continue
			}
			x.near(i, func(j uint32) { enter(j, level) })
		}
	}
	x.cut()
	return x
}

// near calls f for the neighbours over relations that are valid.
func (x *search) near(i uint32, f func(uint32)) {
	for _, l := range x.g.of(i) {
		if x.s.names.shapes.list[l.shape].valid(x.at) {
			f(l.to)
		}
	}
}

// cut finds the nodes with a CI between them and the targets that every path needs.
func (x *search) cut() {
	const before = 1<<32 - 1 // the root before several targets
	order := map[uint32]int{}
	low := map[uint32]int{}
	top := map[uint32]uint32{} // where the component of the relation to a node's parent begins
	var roots []uint32
	for _, t := range x.g.targets {
		if x.state(t) < Down {
			roots = append(roots, t)
		}
	}
	neighbours := func(i uint32) (out []uint32) {
		if i == before {
			return roots
		}
		x.near(i, func(j uint32) {
			if x.state(j) < Down {
				out = append(out, j)
			}
		})
		if len(x.g.targets) > 1 && slices.Contains(roots, i) {
			out = append(out, before)
		}
		return out
	}
	root := uint32(before)
	if len(x.g.targets) == 1 {
		if len(roots) == 0 {
			return
		}
		root = roots[0]
	}
	type visit struct {
		node, parent uint32
		next         []uint32
	}
	order[root], low[root] = 0, 0
	stack := []visit{{root, root, neighbours(root)}}
	var preorder []visit
	for len(stack) > 0 {
		v := &stack[len(stack)-1]
		if len(v.next) == 0 {
			if len(stack) > 1 {
				p := stack[len(stack)-2].node
				low[p] = min(low[p], low[v.node])
			}
			stack = stack[:len(stack)-1]
			continue
		}
		n := v.next[0]
		v.next = v.next[1:]
		if k, seen := order[n]; seen {
			low[v.node] = min(low[v.node], k)
			continue
		}
		order[n], low[n] = len(order), len(order)
		w := visit{n, v.node, neighbours(n)}
		preorder = append(preorder, w)
		stack = append(stack, w)
	}
	for _, v := range preorder {
		if v.parent == root || low[v.node] >= order[v.parent] {
			top[v.node] = v.parent
		} else {
			top[v.node] = top[v.parent]
		}
		if top[v.node] != root {
			x.split[v.node] = true
		}
	}
}

// from is what a path from consumer c passes on: the worst CI of the best one, c aside,
// and AT_RISK where one more CI lost would leave none.
func (x *search) from(c uint32) State {
	st := Down
	x.near(c, func(j uint32) {
		if b, ok := x.best[j]; ok {
			st = min(st, b)
		}
	})
	if st == Operational && x.alone(c) {
		st = AtRisk
	}
	return st
}

// alone says whether every path from c needs the same CI.
func (x *search) alone(c uint32) bool {
	if x.state(c) < Down {
		return x.split[c]
	}
	// It is DOWN by itself; its paths are what they would be if it were not.
	up := &search{g: x.g, s: x.s, at: x.at, split: map[uint32]bool{}, state: func(i uint32) State {
		if i == c {
			return Operational
		}
		return x.state(i)
	}}
	up.cut()
	return up.split[c]
}

// passesOn is what REACHES requirement r passes on.
func (x *search) passesOn(r uint32) State { return x.from(x.s.req(r).consumer) }

// barrier is what stands in the way of a path from c that is better than st: the CIs
// at st or worse that are first met, or, where paths are only too few, those that are
// DOWN; by index.
func (x *search) barrier(c uint32, st State) []uint32 {
	blocked := st
	x.near(c, func(j uint32) {
		if b, ok := x.best[j]; ok && b < st {
			blocked = Down // there is a path that is well, and no other
		}
	})
	seen := map[uint32]bool{c: true}
	var out []uint32
	for queue := []uint32{c}; len(queue) > 0; queue = queue[1:] {
		x.near(queue[0], func(j uint32) {
			if seen[j] {
				return
			}
			seen[j] = true
			if x.state(j) >= blocked {
				out = append(out, j)
			} else {
				queue = append(queue, j)
			}
		})
	}
	slices.Sort(out)
	return out
}

// reachable evaluates what REACHES requirements ask for on the states so far, and says
// whether that raised anything.
func (v *solver) reachable() (some bool) {
	goals := v.s.goals()
	if len(goals) == 0 || v.searched == v.nodes+1 {
		return false
	}
	v.searched = v.nodes + 1
	v.wave()
	for k := range goals {
		x := goals[k].find(v.s, v.read.at, v.passed)
		v.words += len(goals[k].links)
		for _, r := range goals[k].reqs {
			q := v.s.req(r)
			before := v.of(q.consumer)
			if before == Down {
				continue
			}
			v.raise(q.consumer, x.passesOn(r))
			some = some || v.of(q.consumer) > before
		}
	}
	return some
}

// paths completes how a REACHES requirement stands.
func (m *moment) paths(r uint32, state func(uint32) State, out *RequirementState) {
	g := m.s.goalOf(r)
	x := g.find(m.s, m.read.at, state)
	c := m.s.req(r).consumer
	out.State = x.from(c)
	byRef := func(nodes []uint32) []ID {
		nodes = slices.Clone(nodes)
		slices.SortFunc(nodes, m.s.compareRefs)
		return m.s.idsOf(nodes)
	}
	out.Path = &PathState{Plane: g.plane, Targets: byRef(g.targets)}
	if out.State > Operational {
		for _, id := range byRef(x.barrier(c, out.State)) {
			i, _ := m.s.at(id)
			out.Path.Barrier = append(out.Path.Barrier, Obstacle{id, state(i)})
		}
	}
}
