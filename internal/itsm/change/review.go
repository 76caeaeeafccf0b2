package change

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// Score compares what an assessment predicted with what was observed, at DEGRADED or
// worse. What the change itself touches counts in neither.
type Score struct {
	Assessment string   `json:"assessment"`
	Services   Match    `json:"services"`
	CIs        Match    `json:"cis"`        // services included
	Classes    []Match  `json:"classes"`    // CIs by class; by name
	Relations  []Match  `json:"relations"`  // what was predicted by the type of relation that passed it on, or "redundancy"; by name
	Missed     []Miss   `json:"missed"`     // observed, not predicted; by ref
	Unseen     []string `json:"unseen"`     // predicted services that nobody observed; by ref
	Deviations []string `json:"deviations"` // what the graph said at the review otherwise than the patch
}

// Match counts a prediction.
type Match struct {
	Name      string   `json:"name,omitempty"`
	Predicted int      `json:"predicted"`
	Observed  int      `json:"observed"`
	Both      int      `json:"both"`
	Precision *float64 `json:"precision"` // the part of what was predicted that was observed; none where nothing was predicted
	Recall    *float64 `json:"recall"`    // the part of what was observed that was predicted; none where nothing was observed
}

// Miss is something observed that nobody predicted, and what would have told.
type Miss struct {
	CI   Named  `json:"ci"`
	Text string `json:"text"`
}

func match(predicted, observed map[string]bool) Match {
	m := Match{Predicted: len(predicted), Observed: len(observed)}
	for ref := range predicted {
		if observed[ref] {
			m.Both++
		}
	}
	m.rate()
	return m
}

// partition is what was predicted (0) and observed (1), by a name.
type partition map[string]*[2]map[string]bool

func (p partition) add(name, ref string, which int) {
	if name == "" {
		return
	}
	if p[name] == nil {
		p[name] = &[2]map[string]bool{{}, {}}
	}
	p[name][which][ref] = true
}

func (p partition) matches() []Match {
	out := []Match{}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		m := match(p[name][0], p[name][1])
		m.Name = name
		out = append(out, m)
	}
	return out
}

// Compare scores a sealed assessment of a change against the CIs that were observed
// DEGRADED or worse while it was carried out.
func Compare(s *graph.Snapshot, c *Change, sealed *Sealed, observed []graph.ID, identify func(graph.ID) string, service func(class string) bool) Score {
	out := Score{Assessment: sealed.Number, Missed: []Miss{}, Unseen: []string{}, Deviations: []string{}}
	key := func(id graph.ID) string { return cmp.Or(identify(id), s.Ref(id).String()) } // whatever it is called by now
	own, excluded := map[string]bool{}, map[string]string{}
	reach := map[graph.ID]bool{}
	for _, a := range c.Affected {
		if a.Excluded {
			excluded[key(a.CI)] = fmt.Sprintf("%s said that the change does not touch it: %s", a.Author, a.Reason)
			continue
		}
		own[key(a.CI)] = true
		if s.Has(a.CI) {
			for _, id := range s.Reach(a.CI, graph.Consumers) {
				reach[id] = true
			}
		}
	}
	predicted, predictedServices := map[string]bool{}, map[string]bool{}
	refs := map[string]string{}
	classes, relations := partition{}, partition{}
	for _, h := range sealed.Result.Hit {
		is := h.key()
		if ref, err := graph.ParseRef(h.Ref); h.ID == "" && err == nil { // a patch was to make it
			if id, made := s.Lookup(ref); made {
				is = key(id)
			}
		}
		if !own[is] {
			predicted[is], refs[is] = true, h.Ref
			classes.add(h.Class, is, 0)
			relations.add(h.Via, is, 0)
			if service(h.Class) {
				predictedServices[is] = true
			}
		}
	}
	counts := sealed.Result.Counts
	cut := counts.Down+counts.Degraded > len(sealed.Result.Hit)
	seen, seenServices := map[string]bool{}, map[string]bool{}
	for _, id := range observed {
		r, is := s.Ref(id), key(id)
		if own[is] || seen[is] {
			continue
		}
		seen[is] = true
		classes.add(r.Class, is, 1)
		if service(r.Class) {
			seenServices[is] = true
		}
		if predicted[is] {
			continue
		}
		text := fmt.Sprintf("observed on %s: no path from the change; a relation is missing", r)
		switch {
		case excluded[is] != "":
			text = fmt.Sprintf("observed on %s: %s", r, excluded[is])
		case reach[id] && cut:
			text = fmt.Sprintf("observed on %s: it depends on the change; whether it was predicted is not kept, the assessment lists the first %d CIs", r, len(sealed.Result.Hit))
		case reach[id]:
			text = fmt.Sprintf("observed on %s: it depends on the change, but was judged to stay up; look at its redundancy, or at how sure its relations are", r)
		}
		out.Missed = append(out.Missed, Miss{Named{ID: identify(id), Ref: r.String(), Class: r.Class, at: id}, text})
	}
	for is := range predictedServices {
		if !seen[is] {
			out.Unseen = append(out.Unseen, refs[is])
		}
	}
	slices.Sort(out.Unseen)
	slices.SortFunc(out.Missed, func(a, b Miss) int { return strings.Compare(a.CI.Ref, b.CI.Ref) })
	for is := range seen {
		for _, h := range relations {
			if h[0][is] {
				h[1][is] = true
			}
		}
	}
	out.CIs, out.Services = match(predicted, seen), match(predictedServices, seenServices)
	out.Classes, out.Relations = classes.matches(), relations.matches()
	for k := range out.Relations {
		out.Relations[k].Recall = nil // no relation passed on what nobody predicted
	}
	return out
}
