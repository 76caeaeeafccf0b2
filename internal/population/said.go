package population

import (
	"context"
	"fmt"
	"hash/maphash"
	"reflect"

	"github.com/faultline-itsm/faultline/graph"
)

// said is what the lines so far said, so that no two of them say different things
// about one thing: each import would then write both, again and again.
type said struct {
	cis          map[graph.ID]int32 // their lines
	refused      map[graph.Ref]int32
	requirements map[graph.RequirementKey]int32
	defined      map[string]int32
	// relations are known by a hash of 64 bits, which keeps five million of them
	// small; that two share one by chance happens once in a million such inputs, and
	// the next run has another seed.
	relations map[uint64]int32 // their places
	seed      maphash.Seed
}

func newSaid(in *input) said {
	return said{cis: make(map[graph.ID]int32, len(in.pieces[cis])), refused: map[graph.Ref]int32{}, requirements: map[graph.RequirementKey]int32{},
		defined: map[string]int32{}, relations: make(map[uint64]int32, len(in.pieces[relations])), seed: maphash.MakeSeed()}
}

func twice(what string, other int32) *graph.Error {
	return graph.Errorf(graph.Duplicate, "line %d is about the same %s", other, what).WithHint("keep one of the two lines")
}

// screen takes out, and tells, what contradicts another line or dangles; and puts
// in the stubs that are asked for.
func (c *checking) screen(ctx context.Context, ph phase, steps []step) ([]step, error) {
	names, err := c.resolve(ctx, steps)
	if err != nil {
		return nil, err
	}
	in := map[graph.Ref]int32{} // the CIs of this part
	kept := steps[:0]
	for _, st := range steps {
		e := c.said.once(st, in, names)
		if e == nil {
			e = c.relation(st, names)
		}
		switch {
		case e == errRepeated:
		case e != nil:
			c.rep.refuse(int(st.line), e)
		default:
			kept = append(kept, st)
		}
	}
	if ph == definitions {
		kept = inOrder(kept, c.cat)
	}
	if ph == relations && c.o.Stubs {
		kept = c.withStubs(kept, func(r graph.Ref, st step) bool {
			_, known := names.find(r)
			return !known
		})
	}
	return kept, nil
}

// errRepeated says that a line only repeats another one, which was told.
var errRepeated = graph.Errorf(graph.Duplicate, "repeated")

// names resolves refs.
type names struct {
	s      *graph.Snapshot
	former map[graph.Ref]graph.ID // refs that the snapshot does not know
}

func (n names) find(r graph.Ref) (graph.ID, bool) {
	if id, ok := n.s.Lookup(r); ok {
		return id, true
	}
	id, ok := n.former[r]
	return id, ok
}

// canonical is the ref that the CI of a former one has now.
func (n names) canonical(r graph.Ref) graph.Ref {
	if id, ok := n.former[r]; ok {
		return n.s.Ref(id)
	}
	return r
}

// resolve finds the ends of relations.
func (c *checking) resolve(ctx context.Context, steps []step) (n names, err error) {
	n.s = c.rehearsal.Snapshot()
	if unknown := locate(steps, n.s); len(unknown) > 0 {
		n.former, err = c.rehearsal.Named(ctx, unknown)
	}
	return n, err
}

// once refuses what an earlier line is about already.
func (s *said) once(st step, in map[graph.Ref]int32, names names) *graph.Error {
	switch op := st.op.(type) {
	case graph.PutNode:
		other, there := in[op.Node.Ref]
		if id, ok := names.s.Lookup(op.Node.Ref); ok && !there {
			other, there = s.cis[id]
		}
		if there {
			return twice("CI", other).At(-1, "name")
		}
		in[op.Node.Ref] = st.line
	case graph.Retire:
		if id, ok := names.s.Lookup(op.Node.Ref); ok && s.cis[id] != 0 {
			return graph.Errorf(graph.Duplicate, "line %d describes the CI that this one retires", s.cis[id]).WithHint("keep one of the two lines").At(-1, "ci")
		}
	case graph.PutRequirement:
		if id, ok := names.s.Lookup(op.Of.Ref); ok {
			k := graph.RequirementKey{Consumer: id, Name: op.Name}
			if other, there := s.requirements[k]; there {
				return twice("requirement", other).At(-1, "name")
			}
			s.requirements[k] = st.line
		}
	case graph.DefineClass:
		return s.define(op.Class.Name, "class", st)
	case graph.DefineRelationType:
		return s.define(op.Type.Name, "relation type", st)
	}
	return nil
}

func (s *said) define(name, what string, st step) *graph.Error {
	if other, there := s.defined[name]; there {
		return twice(what, other).At(-1, "name")
	}
	s.defined[name] = st.line
	return nil
}

// relation refuses a relation that dangles, or of which another line says something
// else.
func (c *checking) relation(st step, names names) *graph.Error {
	switch op := st.op.(type) {
	case graph.PutRelation:
		if !c.o.Stubs {
			if e := c.dangling(st, op, names); e != nil {
				return e
			}
		}
		h := st.hash
		if h == 0 {
			h = c.said.hash(names.canonical(op.From.Ref), op.Type, names.canonical(op.To.Ref), op.Requirement, op.Qualifier)
		}
		place, there := c.said.relations[h]
		if !there {
			c.said.relations[h] = st.place
			return nil
		}
		other := c.in.pieces[relations][place]
		if c.same(other, op) {
			c.rep.warn(int(st.line), fmt.Sprintf("%s: line %d says the same", subject(op), other.line), "leave one of the two lines out")
			return errRepeated
		}
		return twice("relation", other.line)
	case graph.WithdrawRelation:
		h := c.said.hash(names.canonical(op.From.Ref), op.Type, names.canonical(op.To.Ref), op.Requirement, op.Qualifier)
		if place, there := c.said.relations[h]; there {
			return graph.Errorf(graph.Duplicate, "line %d states the relation that this one withdraws", c.in.pieces[relations][place].line).WithHint("keep one of the two lines")
		}
	}
	return nil
}

// dangling refuses a relation one of whose ends nobody describes.
func (c *checking) dangling(st step, op graph.PutRelation, names names) *graph.Error {
	for i, ref := range [...]graph.Ref{op.From.Ref, op.To.Ref} {
		if [...]graph.ID{st.from, st.to}[i] != 0 || names.former[ref] != 0 {
			continue
		}
		e := graph.Errorf(graph.NotFound, "no CI is named %s", graph.Clip(ref.String())).At(-1, [...]string{"from", "to"}[i])
		if line, ok := c.said.refused[ref]; ok {
			return e.WithHint("line %d, which describes it, has an error of its own", line)
		}
		return e.WithHint("add a ci line for it, or ask for stubs")
	}
	return nil
}

// locate finds the ends of relations, and hashes those whose ends have the refs that
// they are named by. It may run beside all else.
func (s *said) locate(steps []step, known *graph.Snapshot) {
	locate(steps, known)
	for i := range steps {
		if op, ok := steps[i].op.(graph.PutRelation); ok && steps[i].from != 0 && steps[i].to != 0 {
			steps[i].hash = s.hash(op.From.Ref, op.Type, op.To.Ref, op.Requirement, op.Qualifier)
		}
	}
}

func (s *said) hash(from graph.Ref, typ string, to graph.Ref, requirement, qualifier string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, part := range [...]string{from.Class, from.Scope, from.Name, typ, to.Class, to.Scope, to.Name, requirement, qualifier} {
		_, _ = h.WriteString(part) // never fails
		_ = h.WriteByte(0)         // stands in no name
	}
	return h.Sum64()
}

// same says whether another line states exactly that relation, too.
func (c *checking) same(other piece, op graph.PutRelation) bool {
	c.reading.Lock()
	defer c.reading.Unlock()
	text, err := c.in.read(other)
	if err != nil {
		return false
	}
	ops, err := c.dec.decode(nil, relations, other, text)
	if err != nil {
		return false
	}
	for _, o := range ops {
		if reflect.DeepEqual(o, graph.Operation(op)) {
			return true
		}
	}
	return false
}

// withStubs puts before each relation the stubs that it needs: those noted before,
// and those that missing asks for, which it notes.
func (im *importing) withStubs(steps []step, missing func(graph.Ref, step) bool) []step {
	out := make([]step, 0, len(steps)+len(im.stubs))
	for _, st := range steps {
		if op, ok := st.op.(graph.PutRelation); ok {
			for _, n := range []graph.NodeRef{op.From, op.To} {
				at, noted := im.stubs[n.Ref]
				if !noted && missing(n.Ref, st) {
					im.stubs[n.Ref], at, noted = st.place, st.place, true
				}
				if noted && at == st.place {
					out = append(out, step{op: graph.PutNode{Node: n, Stub: true}, line: st.line, place: st.place})
				}
			}
		}
		out = append(out, st)
	}
	return out
}
