package change

import (
	"maps"
	"slices"
)

// Record is what many reviews found together: how often what was predicted was
// observed, and what was observed predicted.
type Record struct {
	Reviews   int
	Services  Match
	CIs       Match
	Classes   []Match // by name
	Relations []Match // by name
}

// Sum adds up scores. Each counts by its numbers, so that a change that hit a hundred
// CIs says more than one that hit two.
func Sum(scores []Score) Record {
	out := Record{Reviews: len(scores)}
	classes, relations := map[string]*Match{}, map[string]*Match{}
	for _, s := range scores {
		out.Services.add(s.Services)
		out.CIs.add(s.CIs)
		for _, list := range []struct {
			of []Match
			to map[string]*Match
		}{{s.Classes, classes}, {s.Relations, relations}} {
			for _, m := range list.of {
				if list.to[m.Name] == nil {
					list.to[m.Name] = &Match{Name: m.Name}
				}
				list.to[m.Name].add(m)
			}
		}
	}
	out.Services.rate()
	out.CIs.rate()
	for name := range relations {
		relations[name].Observed = 0 // what nobody predicted was passed on by none
	}
	out.Classes, out.Relations = rated(classes), rated(relations)
	return out
}

func (m *Match) add(n Match) {
	m.Predicted, m.Observed, m.Both = m.Predicted+n.Predicted, m.Observed+n.Observed, m.Both+n.Both
}

// rate works out precision and recall.
func (m *Match) rate() {
	part := func(n int) *float64 {
		if n == 0 {
			return nil
		}
		p := float64(m.Both) / float64(n)
		return &p
	}
	m.Precision, m.Recall = part(m.Predicted), part(m.Observed)
}

func rated(by map[string]*Match) []Match {
	out := []Match{}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		by[name].rate()
		out = append(out, *by[name])
	}
	return out
}

// On is the part of a record that an assessment stands on: the classes that it predicts
// to be hit, and the types of relations that pass it on.
func (r Record) On(result *Result) Record {
	classes, relations := map[string]bool{}, map[string]bool{}
	for _, h := range result.Hit {
		if h.Via != "" {
			classes[h.Class], relations[h.Via] = true, true
		}
	}
	r.Classes = slices.DeleteFunc(slices.Clone(r.Classes), func(m Match) bool { return !classes[m.Name] })
	r.Relations = slices.DeleteFunc(slices.Clone(r.Relations), func(m Match) bool { return !relations[m.Name] })
	return r
}
