package graphtest

import (
	"fmt"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// CheckProof replays a proof from nothing: each rise must follow from the rises
// before it, the last must be the CI in its state, and the path must lead there
// from where the scenario acts, over CIs that rose, each passing its state on. (It
// may be longer than the distance: the shortest way may pass on less.)
// m is the graph after the patch.
func CheckProof(m *Model, q Question, a Answer, p *graph.Proof) error {
	name := m.Name(p.CI)
	if p.From != a.Baseline[name] || p.To != a.Scenario[name] {
		return fmt.Errorf("%s: the proof is of %s to %s, not of %s to %s", name, p.From, p.To, a.Baseline[name], a.Scenario[name])
	}
	known, said := States{}, map[ranked]bool{}
	for i, j := range p.Rises {
		if err := m.follows(q, known, j); err != nil {
			return fmt.Errorf("%s: rise %d, %s to %s: %w", name, i, m.Name(j.CI), j.State, err)
		}
		if was := a.Baseline[m.Name(j.CI)] >= j.State; was != j.Baseline && q.Patched == nil {
			return fmt.Errorf("%s: rise %d, %s to %s: before the scenario: %t, not %t", name, i, m.Name(j.CI), j.State, was, j.Baseline)
		}
		known[m.Name(j.CI)] = max(known[m.Name(j.CI)], j.State)
		if said[ranked{j.CI, j.State}] {
			return fmt.Errorf("%s: %s to %s is proven twice", name, m.Name(j.CI), j.State)
		}
		said[ranked{j.CI, j.State}] = true
	}
	if n := len(p.Rises); n == 0 || p.Rises[n-1].CI != p.CI || p.Rises[n-1].State != p.To {
		return fmt.Errorf("%s: the proof does not end at it in state %s", name, p.To)
	}
	return m.checkPath(q, a, p)
}

// ranked is one rise: a CI may rise several times, in the baseline and after.
type ranked struct {
	ci    graph.ID
	state graph.State
}

// follows says whether j is a rise and follows from the states known so far.
func (m *Model) follows(q Question, known States, j graph.Justification) error {
	name := m.Name(j.CI)
	c, ok := m.CIs[name]
	switch {
	case !ok:
		return fmt.Errorf("there is no such CI")
	case j.State == graph.Operational:
		return fmt.Errorf("that is no rise")
	}
	switch j.Kind {
	case graph.ByEffect:
		if !slices.ContainsFunc(q.Effects, func(e Effect) bool { return e.CI == name && e.Kind == j.Effect }) || ownState[j.Effect] != j.State {
			return fmt.Errorf("there is no effect %s of that state", j.Effect)
		}
		return nil
	case graph.ByLifecycle:
		if c.Lifecycle != j.Lifecycle || c.Lifecycle == graph.Live || c.Lifecycle == graph.InTest || j.State != graph.Down {
			return fmt.Errorf("its lifecycle is %s, not %s", c.Lifecycle, j.Lifecycle)
		}
		return nil
	case graph.ByRetirement:
		if !c.Retired || j.State != graph.Down {
			return fmt.Errorf("it is not retired")
		}
		return nil
	}
	if m.Held(name, q.Now) {
		return fmt.Errorf("a pin holds it")
	}
	if j.Kind == graph.ByRelation {
		return m.followsRelation(q, known, j)
	}
	return m.followsRequirement(q, known, j)
}

func (m *Model) followsRelation(q Question, known States, j graph.Justification) error {
	r, err := m.linked(j.Relation)
	switch {
	case err != nil:
		return err
	case j.Relation.From != j.CI:
		return fmt.Errorf("the relation is another CI's")
	case m.group(r) != "":
		return fmt.Errorf("the relation counts in requirement %s only", m.group(r))
	case j.Provider > known[r.To]:
		return fmt.Errorf("provider %s is cited at %s but proven at %s only", r.To, j.Provider, known[r.To])
	case q.passes(r, j.Provider) < j.State:
		return fmt.Errorf("the relation passes on %s at %s", q.passes(r, j.Provider), j.Provider)
	}
	return nil
}

func (m *Model) followsRequirement(asked Question, known States, j graph.Justification) error {
	if j.Requirement == nil {
		return fmt.Errorf("it names no requirement")
	}
	q := m.Requirement(m.Name(j.CI), j.Requirement.Requirement.Name)
	if q == nil || j.Requirement.Requirement.Consumer != j.CI {
		return fmt.Errorf("%s is no requirement of it", j.Requirement.Requirement.Name)
	}
	cited := States{}
	if j.Requirement.Path != nil {
		for _, b := range j.Requirement.Path.Barrier {
			name := m.Name(b.CI)
			if b.State > known[name] {
				return fmt.Errorf("%s is cited at %s but proven at %s only", name, b.State, known[name])
			}
			cited[name] = b.State
		}
	}
	for _, member := range j.Requirement.Members {
		r, err := m.linked(member.Link)
		if err != nil {
			return err
		}
		if member.State > graph.Operational && member.Provider > known[r.To] {
			return fmt.Errorf("member %s is cited at %s but proven at %s only", r.To, member.Provider, known[r.To])
		}
		cited[r.To] = member.Provider
	}
	if err := m.checkStanding(asked, *q, cited, j.Requirement); err != nil {
		return err
	}
	if j.Requirement.State < j.State {
		return fmt.Errorf("the requirement is at %s only", j.Requirement.State)
	}
	return nil
}

// checkStanding compares what is said of a requirement with the oracle's count.
func (m *Model) checkStanding(asked Question, q Requirement, states States, got *graph.RequirementState) error {
	want := m.EvaluateIn(asked.view(), q, states)
	if got.State != want.State || got.K != want.K || got.N != want.N || got.Size != want.Size ||
		got.Spare != want.Spare || got.Delivering != want.Delivering || len(got.Members) != want.N {
		return fmt.Errorf("requirement %s: got %s k=%d n=%d N=%d spare=%d delivering=%d members=%d, want %+v",
			q.Name, got.State, got.K, got.N, got.Size, got.Spare, got.Delivering, len(got.Members), want)
	}
	for _, member := range got.Members {
		r, err := m.linked(member.Link)
		if err != nil {
			return err
		}
		if m.group(r) != q.Name || r.From != q.Of {
			return fmt.Errorf("%s is no member of requirement %s", r.To, q.Name)
		}
		if member.Provider != states[r.To] || member.State != asked.member(want, r, member.Provider) {
			return fmt.Errorf("member %s of %s: got %s passing on %s, want %s passing on %s",
				r.To, q.Name, member.Provider, member.State, states[r.To], asked.member(want, r, states[r.To]))
		}
	}
	return nil
}

// view is how an instant is asked for.
func (q Question) view() View { return View{World: q.World, Now: q.Now, At: q.Now} }

// passes is what a single relation passes on at a state of its provider.
func (q Question) passes(r Relation, provider graph.State) graph.State {
	if v := q.view(); v.Counts(r) {
		return v.passes(r, States{r.To: provider})
	}
	return graph.Operational
}

// member is the same for a member of a requirement that stands so.
func (q Question) member(of Standing, r Relation, provider graph.State) graph.State {
	if of.K >= of.Size && !of.Units {
		return q.passes(r, provider)
	}
	return q.view().passes(r, States{r.To: provider})
}

// linked finds the model's relation for a link.
func (m *Model) linked(l graph.Link) (Relation, error) {
	for _, r := range m.Relations {
		if m.relationKey(r) == l.RelationKey {
			if l.Group() != m.group(r) {
				return r, fmt.Errorf("%s to %s counts in requirement %q, not %q", r.From, r.To, m.group(r), l.Group())
			}
			return r, nil
		}
	}
	return Relation{}, fmt.Errorf("there is no relation %+v", l.RelationKey)
}

func (m *Model) checkPath(q Question, a Answer, p *graph.Proof) error {
	name := m.Name(p.CI)
	if len(p.Path) == 0 || p.Path[len(p.Path)-1].CI != p.CI {
		return fmt.Errorf("%s: the path does not end there", name)
	}
	for i, j := range p.Path {
		at := m.Name(j.CI)
		if a.Scenario[at] <= a.Baseline[at] {
			return fmt.Errorf("%s: the path leads over %s, which did not rise", name, at)
		}
		if j.State > a.Scenario[at] {
			return fmt.Errorf("%s: on the path %s is %s, it is %s", name, at, j.State, a.Scenario[at])
		}
		if i == 0 {
			if q.Patched == nil && !slices.ContainsFunc(q.Effects, func(e Effect) bool { return e.CI == at }) {
				return fmt.Errorf("%s: the path starts at %s, which has no effect", name, at)
			}
			continue
		}
		if j.Kind == graph.ByRequirement && j.Requirement.Path != nil {
			// It stands in the way, and the proof is checked apart.
			if !slices.ContainsFunc(j.Requirement.Path.Barrier, func(b graph.Obstacle) bool { return b.CI == p.Path[i-1].CI }) {
				return fmt.Errorf("%s: %s stands in no path of %s", name, m.Name(p.Path[i-1].CI), at)
			}
			continue
		}
		if !m.passes(q, at, m.Name(p.Path[i-1].CI), p.Path[i-1].State, j) {
			return fmt.Errorf("%s: on the path %s passes nothing on to %s as %s", name, m.Name(p.Path[i-1].CI), at, j.Kind)
		}
	}
	for _, x := range a.Impacted {
		if x.CI == name && x.Distance > len(p.Path)-1 {
			return fmt.Errorf("%s: the path has %d relations, fewer than the distance, %d", name, len(p.Path)-1, x.Distance)
		}
	}
	return nil
}

// passes says whether the relation or requirement that j cites gives the
// consumer something from a provider in that state: the whole of j's state where it
// is a single relation, a share in it where it is a requirement.
func (m *Model) passes(q Question, consumer, provider string, state graph.State, j graph.Justification) bool {
	for _, r := range m.Relations {
		if r.From != consumer || r.To != provider || m.carried(q, r, state) == graph.Operational {
			continue
		}
		switch {
		case j.Kind == graph.ByRelation && m.relationKey(r) == j.Relation.RelationKey:
			return m.carried(q, r, state) >= j.State
		case j.Kind == graph.ByRequirement && j.Requirement != nil && m.group(r) == j.Requirement.Requirement.Name:
			return true
		}
	}
	return false
}

// CheckSlack checks what is said about a CI that did not rise: every holder must
// really hold, at states that the oracle finds too.
func CheckSlack(m *Model, q Question, a Answer, s *graph.Slack) error {
	name := m.Name(s.CI)
	if s.State != a.Scenario[name] {
		return fmt.Errorf("%s is said to be %s, it is %s", name, s.State, a.Scenario[name])
	}
	touched := slices.ContainsFunc(m.Reach(name, graph.Providers), func(p string) bool { return a.Scenario[p] > a.Baseline[p] })
	switch s.Kind {
	case graph.NotReached:
		if touched {
			return fmt.Errorf("%s is said not to be reached, but something it depends on rose", name)
		}
	case graph.AlreadySo:
		if s.State == graph.Operational && slices.ContainsFunc(m.Relations, func(r Relation) bool {
			return r.From == name && (r.Passes != none || r.Start) && a.Scenario[r.To] > a.Baseline[r.To]
		}) {
			return fmt.Errorf("%s is said to be so already, but it is OPERATIONAL and a provider of it rose", name)
		}
	case graph.HeldUp, graph.NotPassedOn, graph.HeldByPin:
		if len(s.Holders) == 0 {
			return fmt.Errorf("%s is said to be %s by nothing", name, s.Kind)
		}
	}
	for _, h := range s.Holders {
		if err := CheckHolder(m, q, a, h); err != nil {
			return fmt.Errorf("%s: holder %s: %w", name, m.Name(h.CI), err)
		}
	}
	return nil
}

// CheckHolder checks one place where an impact is said to have stopped.
func CheckHolder(m *Model, q Question, a Answer, h graph.Holder) error {
	at := m.Name(h.CI)
	rose := func(name string) bool { return a.Scenario[name] > a.Baseline[name] }
	switch h.Kind {
	case graph.HeldByPin:
		if !m.Held(at, q.Now) {
			return fmt.Errorf("it is not pinned")
		}
	case graph.NotPassedOn:
		r, err := m.linked(h.Relation)
		switch {
		case err != nil:
			return err
		case r.From != at || !rose(r.To) || h.Provider != a.Scenario[r.To]:
			return fmt.Errorf("relation to %s: said to be %s, is %s from %s", r.To, h.Provider, a.Scenario[r.To], a.Baseline[r.To])
		case m.group(r) == "" && m.carried(q, r, h.Provider) > a.Scenario[at], m.carried(q, r, h.Provider) >= h.Provider:
			return fmt.Errorf("relation to %s does pass on %s", r.To, m.carried(q, r, h.Provider))
		}
	case graph.HeldUp:
		if h.Requirement == nil {
			return fmt.Errorf("it names no requirement")
		}
		req := m.Requirement(at, h.Requirement.Requirement.Name)
		if req == nil {
			return fmt.Errorf("%s is no requirement of it", h.Requirement.Requirement.Name)
		}
		if err := m.checkStanding(q, *req, a.Scenario, h.Requirement); err != nil {
			return err
		}
		if h.Requirement.State == graph.Down {
			return fmt.Errorf("requirement %s holds nothing, it is DOWN", req.Name)
		}
		if req.Rule == graph.Reaches {
			for name := range m.linkedTo(at) {
				if name != at && rose(name) {
					return nil
				}
			}
			return fmt.Errorf("nothing rose on any path of requirement %s", req.Name)
		}
		if !slices.ContainsFunc(m.Members(*req), func(r Relation) bool { return rose(r.To) }) {
			return fmt.Errorf("no member of requirement %s rose", req.Name)
		}
	default:
		return fmt.Errorf("%s is no way to hold", h.Kind)
	}
	return nil
}
