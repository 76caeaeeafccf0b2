package graphtest

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// path is a REACHES requirement: the mildest state such that a walk over CIs that are
// no worse leads to a target; AT_RISK where some CI can be taken away so that no walk
// over CIs that are not DOWN is left. Where only one target is named, it is not taken.
func (m *Model) path(v View, q Requirement, states States) graph.State {
	state := graph.Down
	for s := graph.Degraded; ; s-- {
		if !m.walks(v, q, func(name string) bool { return states[name] <= s }) {
			break
		}
		if state = s; s == graph.Operational {
			break
		}
	}
	if state > graph.Operational {
		return state
	}
	for taken := range m.CIs {
		if taken == q.Of || states[taken] == graph.Down || len(q.Targets) == 1 && taken == q.Targets[0] {
			continue
		}
		if !m.walks(v, q, func(name string) bool { return states[name] < graph.Down && name != taken }) {
			return graph.AtRisk
		}
	}
	return state
}

// walks says whether a walk over such CIs leads from the requirement's to a target.
func (m *Model) walks(v View, q Requirement, over func(string) bool) bool {
	seen := map[string]bool{q.Of: true}
	for changed := true; changed; {
		changed = false
		for _, r := range m.Relations {
			if !v.valid(r) {
				continue
			}
			for _, ends := range [2][2]string{{r.From, r.To}, {r.To, r.From}} {
				if seen[ends[0]] && !seen[ends[1]] && over(ends[1]) {
					seen[ends[1]], changed = true, true
				}
			}
		}
	}
	return slices.ContainsFunc(q.Targets, func(t string) bool { return seen[t] })
}

// linkedTo are all CIs with a walk to one, whenever its relations are valid.
func (m *Model) linkedTo(name string) map[string]bool {
	out := map[string]bool{name: true}
	for changed := true; changed; {
		changed = false
		for _, r := range m.Relations {
			if out[r.From] != out[r.To] {
				out[r.From], out[r.To], changed = true, true, true
			}
		}
	}
	return out
}
