package change

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// fact is one thing that a relation or a group says of itself.
type fact struct{ name, is string }

// differ are the facts that two edits both set, and not to the same: as one says it, and
// the other.
func differ(mine, theirs []fact) (here, there []fact) {
	for _, m := range mine {
		k := slices.IndexFunc(theirs, func(t fact) bool { return t.name == m.name })
		if k >= 0 && theirs[k].is != m.is {
			here, there = append(here, m), append(there, theirs[k])
		}
	}
	return here, there
}

// has puts facts into words.
func has(facts []fact) string {
	var out []string
	for _, f := range facts {
		out = append(out, f.name+" "+f.is)
	}
	return "has " + strings.Join(out, ", ")
}

// set are the facts that are another one than they were; all, where there were none.
func set(was, is []fact) (out []fact) {
	for _, f := range is {
		if !slices.Contains(was, f) {
			out = append(out, f)
		}
	}
	return out
}

// relationFacts are what is said of a relation, whoever says it, and how each source
// came to know it.
func relationFacts(cat *graph.Catalogue, r *graph.Relation) []fact {
	if r == nil {
		return nil
	}
	p := cat.EffectiveRelation(r)
	out := []fact{{"transfer", p.Transfer.String()}, {"grace", orNone(p.Grace, graph.FormatDuration)}, {"phase", p.Phase.String()},
		{"capacity", given(p.Capacity, func(n int64) string { return strconv.FormatInt(n, 10) })},
		{"weight", given(p.Weight, func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) })},
		{"valid from", orNone(p.ValidFrom, stamp)}, {"valid to", orNone(p.ValidTo, stamp)}}
	for _, c := range r.Claims {
		said := c.Method.String()
		if c.ConfirmedBy != "" {
			said += " confirmed by " + c.ConfirmedBy
		}
		out = append(out, fact{"evidence of " + c.Source, said})
	}
	return out
}

// requirementFacts are what is said of a group.
func requirementFacts(r *graph.Requirement, ref func(graph.ID) graph.Ref) []fact {
	if r == nil {
		return nil
	}
	rule := r.Rule.String()
	switch r.Rule {
	case graph.AtLeast:
		rule += " " + strconv.Itoa(r.K)
	case graph.Percent:
		rule += fmt.Sprintf(" %d%%", r.Percent)
	}
	demand := []string{strconv.FormatInt(r.Demand, 10)}
	for _, s := range r.Steps {
		demand = append(demand, fmt.Sprintf("%d from %s on", s.Demand, stamp(s.At)))
	}
	var targets []string
	for _, id := range r.Targets {
		targets = append(targets, ref(id).String())
	}
	slices.Sort(targets)
	return []fact{{"rule", rule}, {"size", orNone(r.DesignedSize, strconv.Itoa)}, {"spare", given(r.SpareRequired, strconv.Itoa)}, {"failover", orNone(r.Failover, graph.FormatDuration)},
		{"demand", strings.Join(demand, " and ")}, {"headroom", strconv.Itoa(r.Headroom)}, {"degraded", given(r.Degraded, strconv.Itoa)}, {"floor", given(r.Floor, strconv.Itoa)},
		{"targets", strings.Join(targets, " or ")}, {"plane", r.Plane}}
}

// given is a value in words, if there is one.
func given[T any](v *T, words func(T) string) string {
	if v == nil {
		return "not given"
	}
	return words(*v)
}

// orNone is a value in words, if it is not zero.
func orNone[T comparable](v T, words func(T) string) string {
	var zero T
	if v == zero {
		return "none"
	}
	return words(v)
}
