package graph

import (
	"cmp"
	"slices"
)

// Danger is what one CI takes DOWN when it fails alone, with an empty context.
type Danger struct {
	CI       ID
	Services int // DOWN with it
	Down     int // CIs DOWN with it, itself aside
}

// DangerAnswer ranks CIs by what they take with them.
type DangerAnswer struct {
	Revision  Revision
	Ranked    []Danger // the most services DOWN first, then the most CIs, then by ref
	Evaluated int      // CIs that were failed
	Complete  bool     // every living CI was
}

// sweepBudget bounds how many relations a sweep of the whole estate follows: some
// seconds. CIs stand in the order of their indexes, those that depend on nothing
// first, so that what takes most with it is failed before the budget is used up.
const sweepBudget = 80_000_000

// Dangerous fails every living CI once and ranks the first most dangerous ones, of
// the classes that of keeps (nil: of all). services tells the classes of what users
// and the business notice. Only DOWN counts: who is degraded or at risk, an
// assessment of the CI tells. It costs what all DOWN sets together hold.
func (s *Snapshot) Dangerous(first int, services, of func(class string) bool) *DangerAnswer {
	out := &DangerAnswer{Revision: s.Revision(), Complete: true}
	isService := s.ofClasses(services)
	wanted := func(uint32) bool { return true }
	if of != nil {
		wanted = s.ofClasses(of)
	}
	p := newProbe(s, true, nil)
	defer p.close()
	var all []dangerRow
	for i := range uint32(s.size()) {
		if s.flagsOf(i)&(flagRetired|flagAbsent) != 0 || !wanted(i) {
			continue
		}
		if p.words > sweepBudget {
			out.Complete = false
			break
		}
		out.Evaluated++
		p.own(i, Down)
		p.run()
		row := dangerRow{node: i, down: -1}
		for _, n := range p.fell() {
			if p.of(n) == Down {
				row.down++
				if n != i && isService(n) {
					row.services++
				}
			}
		}
		p.undo()
		if row.down > 0 {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(x, y dangerRow) int {
		return cmp.Or(cmp.Compare(y.services, x.services), cmp.Compare(y.down, x.down), s.compareRefs(x.node, y.node))
	})
	for _, r := range all[:min(first, len(all))] {
		out.Ranked = append(out.Ranked, Danger{CI: s.idOf(r.node), Services: r.services, Down: r.down})
	}
	return out
}

type dangerRow struct {
	node           uint32
	services, down int
}
