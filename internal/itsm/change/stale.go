package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Changed says why what was decided on does not hold any more, given what the same
// change is found to break now (itsm.md, "Stale"): a CI at or above the criticality rises
// further, or is left worse for good; some service that it hits has no spare any more,
// whatever its criticality; or there is a new conflict. None: it still holds.
func Changed(then, now *Result, t Thresholds) (out []string) {
	for _, list := range []struct {
		then, now []ServiceImpact
		when      string
	}{{then.Services, now.Services, ""}, {then.After, now.After, " for good"}} {
		var was byName[graph.State]
		for _, s := range list.then {
			was.set(s.CI, s.To)
		}
		for _, s := range list.now {
			if old, listed := was.get(s.CI); rank(str(s.Criticality)) >= rank(t.Criticality) && s.To > max(old, s.From) {
				if !listed && cut(list.then, s, compareServices) {
					continue
				} else if !listed {
					old = s.From
				}
				out = append(out, fmt.Sprintf("%s would get %s%s, not %s", s.CI.Ref, s.To, list.when, old))
			}
		}
	}
	for _, ref := range now.Gone {
		if !slices.Contains(then.Gone, ref) {
			out = append(out, fmt.Sprintf("%s, which it affects, is retired", ref))
		}
	}
	out = append(out, hitAnew(then, now)...)
	if lost := spareless(then, now, t); len(lost) > 0 && now.Slack != nil && *now.Slack <= 0 && then.slack() > 0 {
		out = append(out, fmt.Sprintf("%s would have no spare left (margin %d)", strings.Join(lost, ", "), *now.Slack))
	}
	known := map[string]bool{}
	for _, c := range then.Conflicts {
		known[c.key()] = true
	}
	for _, c := range now.Conflicts {
		if !known[c.key()] && !cut(then.Conflicts, c, compareConflicts) {
			known[c.key()] = true
			out = append(out, "new: "+c.Text)
		}
	}
	return out
}

// cut says whether one that is not in a list may have been, had that not been cut: what
// comes after its last one moves up when others go.
func cut[T any](list []T, one T, compare func(a, b T) int) bool {
	return len(list) == maxListed && compare(list[len(list)-1], one) < 0
}

// compareServices puts services in order: the worst first, then the most critical, then by
// ref.
func compareServices(a, b ServiceImpact) int {
	return cmp.Or(cmp.Compare(b.To, a.To), cmp.Compare(rank(str(b.Criticality)), rank(str(a.Criticality))), strings.Compare(a.CI.Ref, b.CI.Ref))
}

// hitAnew are the CIs, no services, that count and rise further than they did.
func hitAnew(then, now *Result) (out []string) {
	services := map[string]bool{}
	for _, s := range now.Services {
		services[s.CI.key()] = true
	}
	var was byName[Hit]
	for _, h := range then.Hit {
		was.set(h.Named, h)
	}
	for _, h := range now.Hit {
		old, listed := was.get(h.Named)
		if h.To == graph.Operational || services[h.key()] || listed && (old.To == graph.Operational || h.To <= old.To) {
			continue // of what did not count then, it is only kept that it was hit
		}
		if listed {
			out = append(out, fmt.Sprintf("%s would get %s, not %s", h.Ref, h.To, old.To))
		} else {
			out = append(out, fmt.Sprintf("%s would get %s, which it did not", h.Ref, h.To))
		}
	}
	return out
}

// slack is the least slack, as far as an earlier version kept it.
func (r *Result) slack() int {
	if r.Slack != nil {
		return *r.Slack
	}
	return r.Margin
}

// spareless are the services that get worse than they did and do not count by themselves,
// by ref; the first ones.
func spareless(then, now *Result, t Thresholds) (out []string) {
	var was byName[graph.State]
	for _, s := range then.Services {
		was.set(s.CI, s.To)
	}
	for _, s := range now.Services {
		if old, _ := was.get(s.CI); len(out) < 3 && rank(str(s.Criticality)) < rank(t.Criticality) && s.To > max(old, s.From) {
			out = append(out, s.CI.Ref)
		}
	}
	return out
}

// key is what tells conflicts apart, whatever their time.
func (c *Conflict) key() string {
	return strings.Join(append([]string{c.Kind, refOf(c.CI), str(c.Requirement)}, slices.Sorted(slices.Values(c.Changes))...), "\x00")
}

// The attributes by which the service keeps that what was decided on does not hold.
const (
	staleSince   = "stale_since"
	staleBecause = "stale_because"
)

// Stale is what a change says that was found to break more than what was decided on.
func Stale(because []string, now time.Time) map[string]graph.Value {
	var why []graph.Value
	for _, b := range because {
		why = append(why, graph.StringValue(b))
	}
	return map[string]graph.Value{staleSince: graph.TimeValue(now), staleBecause: graph.ListValue(why...)}
}

// Fresh is what a change says that breaks what was decided on, and no more.
func Fresh() map[string]graph.Value {
	return map[string]graph.Value{staleSince: {}, staleBecause: {}}
}

// Unauthorised says why the model of a STANDARD change does not pre-authorise it, given
// what it is found to break; none: it does.
func Unauthorised(c *Change, now Result) []string {
	name := c.Text("model")
	switch {
	case c.From.IsZero() || c.Until.IsZero():
		return []string{"it has no planned window"}
	case len(c.Effects()) == 0 && c.Patch().IsZero():
		return []string{"it affects no CI and changes nothing in the graph"}
	case len(now.Gone) > 0:
		return []string{fmt.Sprintf("%s, which it affects, is retired", strings.Join(now.Gone, ", "))}
	case name == "":
		return []string{"it names no change model"}
	case now.Model == nil:
		return []string{fmt.Sprintf("there is no change model %q any more", name)}
	case !now.Model.Holds:
		return []string{fmt.Sprintf("the model %s, version %d, does not pre-authorise it any more: %s does not hold (%s)", name, now.Model.Version, now.Model.Expression, now.Found())}
	}
	return nil
}

// Briefly is as many reasons as a change can hold: the first ones, each cut where it is
// long, and how many more there are.
func Briefly(because []string) (out []string) {
	const most, longest = 20, 300
	for k, b := range because {
		if k == most {
			return append(out, fmt.Sprintf("and %d more", len(because)-most))
		}
		if len(b) > longest {
			b = strings.ToValidUTF8(b[:longest], "") + "…"
		}
		out = append(out, b)
	}
	return out
}
