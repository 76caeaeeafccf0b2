package graphtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"pgregory.net/rapid"
)

// Now is the clock of random scenarios: random pins expire before it, at it and
// after it.
var Now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Healthy draws small graphs: a handful of CIs, cycles, redundant groups of all
// rules, all transfers and random monotone tables; everything LIVE, nothing
// pinned.
func Healthy() *rapid.Generator[*Model] { return rapid.Custom(healthy) }

// Draw is Healthy with lifecycles, tombstones and pins.
func Draw() *rapid.Generator[*Model] {
	return rapid.Custom(func(t *rapid.T) *Model {
		m := healthy(t)
		for range rapid.IntRange(0, 3).Draw(t, "marks") {
			Mark(t, m)
		}
		return m
	})
}

func healthy(t *rapid.T) *Model {
	m := NewModel()
	for i := range rapid.IntRange(2, 9).Draw(t, "CIs") {
		name := string(rune('a' + i))
		m.AddCI(name)
		if rapid.IntRange(0, 3).Draw(t, "class") == 3 {
			m.Change(name, func(c *CI) { c.Class = "server" })
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "requirements") {
		AddRequirement(t, m)
	}
	for range rapid.IntRange(0, 14).Draw(t, "relations") {
		AddRelation(t, m)
	}
	m.Settle()
	return m
}

// Pick draws one CI.
func Pick(t *rapid.T, m *Model) string { return rapid.SampledFrom(m.Names()).Draw(t, "CI") }

// DrawEffects draws one to three effects.
func DrawEffects(t *rapid.T, m *Model) Effects {
	var out Effects
	for range rapid.IntRange(1, 3).Draw(t, "effects") {
		out = append(out, DrawEffect(t, m))
	}
	return out
}

// DrawEffect draws one effect, an outage more often than not.
func DrawEffect(t *rapid.T, m *Model) Effect {
	kind := rapid.SampledFrom([]graph.EffectKind{graph.Outage, graph.Outage, graph.Outage, graph.Degradation, graph.Failover, graph.Restart, graph.Remove}).Draw(t, "kind")
	return Effect{CI: Pick(t, m), Kind: kind}
}

// AddRelation draws one relation, by itself or into a requirement of its
// consumer; none where that would depend on itself.
func AddRelation(t *rapid.T, m *Model) {
	r := Relation{From: Pick(t, m), To: Pick(t, m), Passes: drawTable(t)}
	var groups []string
	for _, q := range m.Requirements {
		if q.Of == r.From && !q.ByRule && q.Rule != graph.Reaches {
			groups = append(groups, q.Name)
		}
	}
	if len(groups) > 0 && rapid.IntRange(0, 3).Draw(t, "grouped") > 0 {
		r.Requirement = rapid.SampledFrom(groups).Draw(t, "requirement")
	}
	if r.From != r.To {
		m.Relate(r)
	}
}

func drawTable(t *rapid.T) Table {
	table := rapid.SampledFrom([]Table{hard, hard, hard, hard, soft, degrading, none, {0, 9}}).Draw(t, "transfer")
	if table[1] == 9 {
		s := []int{rapid.IntRange(0, 3).Draw(t, "s1"), rapid.IntRange(0, 3).Draw(t, "s2"), rapid.IntRange(0, 3).Draw(t, "s3")}
		slices.Sort(s)
		table = Table{0, graph.State(s[0]), graph.State(s[1]), graph.State(s[2])}
	}
	return table
}

// AddRequirement draws a requirement, with members where it is not by rule.
func AddRequirement(t *rapid.T, m *Model) {
	q := Requirement{Of: Pick(t, m), Spare: -1}
	q.Rule = rapid.SampledFrom([]graph.Rule{graph.Any, graph.All, graph.AtLeast, graph.Percent, graph.ActivePassive, graph.Capacity, graph.Reaches}).Draw(t, "rule")
	switch q.Rule {
	case graph.AtLeast:
		q.K = rapid.IntRange(1, 3).Draw(t, "k")
	case graph.Percent:
		q.Percent = rapid.IntRange(1, 100).Draw(t, "percent")
	case graph.Capacity:
		drawDemand(t, m, q)
		return
	case graph.Reaches:
		drawTargets(t, m, q)
		return
	}
	if rapid.IntRange(0, 3).Draw(t, "sized") == 3 {
		q.Designed = rapid.IntRange(max(1, q.K), 4).Draw(t, "designed")
	}
	if rapid.IntRange(0, 3).Draw(t, "spared") == 3 {
		q.Spare = rapid.IntRange(0, 2).Draw(t, "spare")
	}
	if rapid.IntRange(0, 3).Draw(t, "by rule") == 3 {
		q.Name, q.ByRule, q.MemberClass = "servers", true, "server"
		if m.Requirement(q.Of, q.Name) == nil {
			m.Requirements = append(m.Requirements, q)
			m.Settle()
		}
		return
	}
	q.Name = fmt.Sprintf("q%d", len(m.Requirements)+1)
	for m.Requirement(q.Of, q.Name) != nil {
		q.Name += "x"
	}
	m.Requirements = append(m.Requirements, q)
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		if to := Pick(t, m); to != q.Of {
			m.Relate(Relation{From: q.Of, To: to, Requirement: q.Name, Passes: drawTable(t)})
		}
	}
}

// drawDemand draws a CAPACITY requirement with members that hold something, or nothing.
func drawDemand(t *rapid.T, m *Model, q Requirement) {
	percent := func(name string) *int {
		if n := rapid.SampledFrom([]int{-1, 0, 25, 90, 100}).Draw(t, name); n >= 0 {
			return &n
		}
		return nil
	}
	q.Name = fmt.Sprintf("q%d", len(m.Requirements)+1)
	for m.Requirement(q.Of, q.Name) != nil {
		q.Name += "x"
	}
	q.Details = graph.RuleDetails{Demand: rapid.Int64Range(0, 12).Draw(t, "demand"), Headroom: rapid.SampledFrom([]int{0, 0, 20, 100}).Draw(t, "headroom"),
		Degraded: percent("degraded"), Floor: percent("floor")}
	minute := 0
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		minute += rapid.IntRange(1, 40).Draw(t, "later")
		q.Details.Steps = append(q.Details.Steps, graph.DemandStep{At: Now.Add(time.Duration(minute-30) * time.Minute), Demand: rapid.Int64Range(0, 15).Draw(t, "step")})
	}
	if len(q.Details.Steps) == 0 {
		q.Details.Demand++ // without steps, nothing at all is not asked for
	}
	m.Requirements = append(m.Requirements, q)
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		if to := Pick(t, m); to != q.Of {
			m.Relate(Relation{From: q.Of, To: to, Requirement: q.Name, Passes: drawTable(t), Holds: rapid.IntRange(0, 8).Draw(t, "holds")})
		}
	}
}

// drawTargets draws a REACHES requirement.
func drawTargets(t *rapid.T, m *Model, q Requirement) {
	q.Name = fmt.Sprintf("q%d", len(m.Requirements)+1)
	for m.Requirement(q.Of, q.Name) != nil {
		q.Name += "x"
	}
	for range rapid.IntRange(1, 3).Draw(t, "targets") {
		if to := Pick(t, m); to != q.Of && !slices.Contains(q.Targets, to) {
			q.Targets = append(q.Targets, to)
		}
	}
	if len(q.Targets) > 0 {
		m.Requirements = append(m.Requirements, q)
	}
}

// Mark changes one CI's lifecycle, tombstone or pin.
func Mark(t *rapid.T, m *Model) {
	lifecycle := graph.Lifecycle(rapid.IntRange(0, int(graph.Disposed)).Draw(t, "lifecycle"))
	what := rapid.IntRange(0, 3).Draw(t, "mark")
	until := rapid.SampledFrom([]time.Duration{-time.Hour, 0, time.Hour}).Draw(t, "until")
	m.Change(Pick(t, m), func(c *CI) {
		switch what {
		case 0:
			c.Lifecycle = lifecycle
		case 1:
			c.Retired = !c.Retired
		case 2:
			c.Pinned, c.Until = !c.Pinned, time.Time{}
		case 3:
			c.Pinned, c.Until = true, Now.Add(until)
		}
	})
}

// Edit changes the model as one small batch might: a CI, relation or
// requirement comes, goes or changes.
func Edit(t *rapid.T, m *Model) {
	switch rapid.IntRange(0, 9).Draw(t, "edit") {
	case 0:
		m.AddCI(fmt.Sprintf("n%d", m.lastID+1))
	case 1, 2:
		AddRelation(t, m)
	case 3:
		if n := len(m.Relations); n > 0 {
			m.Drop(rapid.IntRange(0, n-1).Draw(t, "relation"))
		}
	case 4:
		if n := len(m.Relations); n > 0 {
			m.Relations[rapid.IntRange(0, n-1).Draw(t, "relation")].Passes = drawTable(t)
		}
	case 5:
		AddRequirement(t, m)
	case 6:
		Mark(t, m)
	case 7:
		if name := Pick(t, m); len(m.CIs) > 2 && !slices.ContainsFunc(m.Requirements, func(q Requirement) bool { return slices.Contains(q.Targets, name) }) {
			m.Purge(name)
		}
	case 8:
		editRequirement(t, m)
	case 9:
		if to := rapid.SampledFrom([]string{"a", "b", "y", "z"}).Draw(t, "name"); m.ID(to) == 0 {
			m.Rename(Pick(t, m), to)
		}
	}
}

// editRequirement drops an empty requirement or raises what it needs.
func editRequirement(t *rapid.T, m *Model) {
	if len(m.Requirements) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.Requirements)-1).Draw(t, "requirement")
	q := &m.Requirements[i]
	if !q.ByRule && len(m.Members(*q)) == 0 {
		m.Requirements = slices.Delete(m.Requirements, i, i+1)
		return
	}
	if q.Rule == graph.Reaches {
		return
	}
	if q.Rule == graph.Capacity {
		q.Details.Demand = rapid.Int64Range(1, 12).Draw(t, "demand")
		return
	}
	q.Spare = rapid.IntRange(-1, 2).Draw(t, "spare")
	if q.Rule == graph.AtLeast {
		q.K = rapid.IntRange(1, max(1, q.Designed, 3)).Draw(t, "k")
		if q.Designed > 0 {
			q.K = min(q.K, q.Designed)
		}
	}
}
