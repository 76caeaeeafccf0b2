package graphtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// String writes what Parse reads, so that a counterexample can be pasted into a
// test. CIs come first, in the order of their ids.
func (m *Model) String() string {
	var b strings.Builder
	for _, name := range m.Names() {
		fmt.Fprintln(&b, name)
		c := m.CIs[name]
		if c.Class != "application" {
			fmt.Fprintf(&b, "%s is a %s\n", name, c.Class)
		}
		if c.Lifecycle != graph.Live {
			fmt.Fprintf(&b, "%s is %s\n", name, c.Lifecycle)
		}
		if c.Retired {
			fmt.Fprintf(&b, "%s is retired\n", name)
		}
		if c.Pinned && c.Until.IsZero() {
			fmt.Fprintf(&b, "%s is pinned\n", name)
		} else if c.Pinned {
			fmt.Fprintf(&b, "%s is pinned until %s\n", name, c.Until.Format(time.RFC3339))
		}
	}
	for _, r := range m.Relations {
		if r.Requirement == "" {
			fmt.Fprintf(&b, "%s -%s> %s%s\n", r.From, letters(r.Passes), r.To, r.optionText())
		}
	}
	for _, q := range m.Requirements {
		var members []string
		if q.ByRule {
			members = []string{q.MemberClass}
		} else if q.Rule == graph.Reaches {
			members = q.Targets
		} else {
			for _, r := range m.Members(q) {
				members = append(members, letters(r.Passes)+r.To+r.optionText())
			}
		}
		fmt.Fprintf(&b, "%s => %s: %s(%s)", q.Of, q.Name, ruleText(q), strings.Join(members, ", "))
		if q.Designed > 0 {
			fmt.Fprintf(&b, " designed %d", q.Designed)
		}
		if q.Greatest > len(members) || q.ByRule {
			fmt.Fprintf(&b, " greatest %d", q.Greatest)
		}
		if q.Spare >= 0 {
			fmt.Fprintf(&b, " spare %d", q.Spare)
		}
		d := q.Details
		if d.Headroom > 0 {
			fmt.Fprintf(&b, " headroom %d", d.Headroom)
		}
		if d.Floor != nil {
			fmt.Fprintf(&b, " floor %d", *d.Floor)
		}
		if d.Degraded != nil {
			fmt.Fprintf(&b, " degraded %d", *d.Degraded)
		}
		for _, s := range d.Steps {
			fmt.Fprintf(&b, " at %s %d", s.At.Format(time.RFC3339), s.Demand)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func (r Relation) optionText() string {
	text := ""
	if r.Grace > 0 {
		text += " grace " + r.Grace.String()
	}
	if r.Start {
		text += " start"
	}
	if !r.Since.IsZero() {
		text += " from " + r.Since.Format(time.RFC3339)
	}
	if !r.Till.IsZero() {
		text += " until " + r.Till.Format(time.RFC3339)
	}
	if r.Holds > 0 {
		text += fmt.Sprintf(" holds %d", r.Holds)
	}
	if r.Evidence != "" {
		text += " " + r.Evidence
	}
	return text
}

func letters(t Table) string {
	out := []byte("[   ]")
	for i := range 3 {
		out[i+1] = "ORGX"[t[i+1]]
	}
	return string(out)
}

func ruleText(q Requirement) string {
	text := ""
	if q.ByRule {
		text = "rule "
	}
	switch q.Rule {
	case graph.Any:
		return text + "any"
	case graph.All:
		return text + "all"
	case graph.Reaches:
		return "reaches"
	case graph.ActivePassive:
		return text + "active-passive"
	case graph.Capacity:
		return fmt.Sprintf("%d units of ", q.Details.Demand)
	case graph.Percent:
		return fmt.Sprintf("%s%d%% of ", text, q.Percent)
	}
	return fmt.Sprintf("%s%d of ", text, q.K)
}
