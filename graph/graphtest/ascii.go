package graphtest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Graph is a model together with the engine's snapshot of it.
type Graph struct {
	*Model
	*graph.Snapshot
}

// ID is the CI of that name. It is here because a Model and a Snapshot are one.
func (g Graph) ID(name string) graph.ID { return g.Model.ID(name) }

// New is Parse and Snapshot for a test that cannot go on without them.
func New(t testing.TB, text string) Graph {
	t.Helper()
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return Graph{m, s}
}

// Parse reads a graph, one statement a line; # begins a comment:
//
//	web -> db -> disk          web depends on db, db on disk (HARD)
//	web ~> cache               SOFT
//	web ?> search              DEGRADING
//	web -o wiki                NONE
//	web -[ORX]> odd            what AT_RISK, DEGRADED and DOWN pass on:
//	                           O OPERATIONAL, R AT_RISK, G DEGRADED, X DOWN
//	web -> ups grace 20m       options of the last relation of a line, or of a member:
//	web -> lic start           of phase START
//	web -> dns inferred        its evidence: one of those in evidences
//	web -> tmp from 2026-01-01T12:00:00Z until 2026-01-01T13:00:00Z
//	svc => any(a, b)           one of them; named any(a, b)
//	svc => db: any(a, ~b)      named db; members take "~", "?", "o " or [ORX] before the name
//	svc => all(a, b)           both
//	svc => 2 of (a, b, c)      AT_LEAST
//	svc => 60% of (a, b, c)    PERCENT
//	svc => active-passive(a, b)
//	svc => reaches(a, b)       a path over relations, both ways, to one of them
//	svc => 15 units of (a holds 10, b holds 20) headroom 10 floor 40 degraded 70
//	svc => 15 units of (a holds 20) at 2026-01-01T12:00:00Z 25    the demand from then on
//	svc => any(a) designed 2 greatest 3 spare 0
//	svc => rule any(server)    by rule: all single relations to servers
//	a is a server              its class; application otherwise
//	a is PLANNED               its lifecycle
//	a is retired
//	a is pinned                verified not impacted
//	a is pinned until 2026-01-01T00:00:00Z
//
// CIs get their ids in the order in which they are first named.
func Parse(text string) (*Model, error) {
	m := NewModel()
	var rules []Requirement // by rule: their members may be named below them
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := m.statement(line, &rules); err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", n+1, line, err)
		}
	}
	m.Requirements = append(m.Requirements, rules...)
	m.Settle()
	return m, nil
}

var (
	arrow = regexp.MustCompile(`\s+(->|~>|\?>|-o|-\[[ORGX]{3}\]>)\s+`)
	group = regexp.MustCompile(`^(\S+) => (?:([^\s:(]+): )?(rule )?(any|all|active-passive|reaches|\d+ units of |\d+ of |\d+% of )\(([^)]*)\)((?: (?:designed|greatest|spare|headroom|floor|degraded|at \S+) \d+)*)$`)
	named = regexp.MustCompile(`^([~?]\s*|o\s+|\[[ORGX]{3}\]\s*)?(\S+)( .*)?$`)
)

func (m *Model) statement(line string, rules *[]Requirement) error {
	switch {
	case strings.Contains(line, " => "):
		return m.requirement(line, rules)
	case strings.Contains(line, " is "):
		name, what, _ := strings.Cut(line, " is ")
		return m.mark(name, what)
	}
	names := arrow.Split(line, -1)
	for i, by := range arrow.FindAllStringSubmatch(line, -1) {
		table, err := tableOf(strings.Trim(by[1], "-<>[]"))
		if err != nil {
			return err
		}
		to, options, _ := strings.Cut(names[i+1], " ")
		r := Relation{From: names[i], To: to, Passes: table}
		if names[i+1] = to; i == len(names)-2 {
			err = r.options(options)
		} else if options != "" {
			err = fmt.Errorf("options stand at the end of a line")
		}
		if err != nil {
			return err
		}
		m.Relate(r)
	}
	for _, n := range names {
		if strings.ContainsAny(n, " ()=<>") || n == "" {
			return fmt.Errorf("%q is not a name", n)
		}
		m.AddCI(n)
	}
	return nil
}

// options reads what stands behind a relation.
func (r *Relation) options(text string) (err error) {
	words := strings.Fields(text)
	for len(words) > 0 && err == nil {
		word, value := words[0], ""
		if words = words[1:]; word == "grace" || word == "from" || word == "until" || word == "holds" {
			if len(words) == 0 {
				return fmt.Errorf("%s needs a value", word)
			}
			value, words = words[0], words[1:]
		}
		switch word {
		case "grace":
			r.Grace, err = time.ParseDuration(value)
		case "from":
			r.Since, err = time.Parse(time.RFC3339, value)
		case "until":
			r.Till, err = time.Parse(time.RFC3339, value)
		case "holds":
			r.Holds, err = strconv.Atoi(value)
		case "start":
			r.Start = true
		default:
			if _, ok := evidences[word]; !ok {
				return fmt.Errorf("%q is no option of a relation", word)
			}
			r.Evidence = word
		}
	}
	return err
}

// tableOf reads the middle of an arrow, or what stands before a member.
func tableOf(s string) (Table, error) {
	switch s {
	case "":
		return hard, nil
	case "~":
		return soft, nil
	case "?":
		return degrading, nil
	case "o":
		return none, nil
	}
	var t Table
	for i, c := range s {
		at := strings.IndexRune("ORGX", c)
		if at < 0 || i > 2 {
			return t, fmt.Errorf("%q is not a table of three states", s)
		}
		t[i+1] = graph.State(at)
	}
	return t, nil
}

func (m *Model) mark(name, what string) error {
	class, isClass := strings.CutPrefix(what, "a ")
	until, dated := strings.CutPrefix(what, "pinned until ")
	var failed error
	m.Change(name, func(c *CI) {
		switch {
		case isClass:
			c.Class = class
		case what == "retired":
			c.Retired = true
		case what == "pinned":
			c.Pinned = true
		case dated:
			c.Pinned = true
			c.Until, failed = time.Parse(time.RFC3339, until)
		default:
			failed = c.Lifecycle.UnmarshalText([]byte(what))
		}
	})
	return failed
}

func (m *Model) requirement(line string, rules *[]Requirement) error {
	p := group.FindStringSubmatch(line)
	if p == nil {
		return fmt.Errorf("not a requirement")
	}
	q := Requirement{Of: p[1], Name: p[2], ByRule: p[3] != "", Spare: -1}
	rule := strings.TrimSuffix(p[4], " of ")
	rule, units := strings.CutSuffix(rule, " units")
	number, _ := strconv.Atoi(strings.TrimSuffix(rule, "%"))
	switch {
	case units:
		q.Rule, q.Details.Demand = graph.Capacity, int64(number)
	case rule == "reaches":
		q.Rule = graph.Reaches
	case rule == "active-passive":
		q.Rule = graph.ActivePassive
	case rule == "any":
		q.Rule = graph.Any
	case rule == "all":
		q.Rule = graph.All
	case strings.HasSuffix(rule, "%"):
		q.Rule, q.Percent = graph.Percent, number
	default:
		q.Rule, q.K = graph.AtLeast, number
	}
	if q.Name == "" {
		q.Name = p[4] + "(" + p[5] + ")"
	}
	words := strings.Fields(p[6])
	for i := 0; i < len(words); i += 2 {
		n, _ := strconv.Atoi(words[i+1])
		switch words[i] {
		case "at": // a time, then the demand from it on
			at, err := time.Parse(time.RFC3339, words[i+1])
			if err != nil {
				return err
			}
			i++
			n, _ = strconv.Atoi(words[i+1])
			q.Details.Steps = append(q.Details.Steps, graph.DemandStep{At: at, Demand: int64(n)})
		case "floor":
			q.Details.Floor = &n
		case "degraded":
			q.Details.Degraded = &n
		default:
			*map[string]*int{"designed": &q.Designed, "greatest": &q.Greatest, "spare": &q.Spare, "headroom": &q.Details.Headroom}[words[i]] = n
		}
	}
	m.AddCI(q.Of)
	if m.Requirement(q.Of, q.Name) != nil {
		return fmt.Errorf("%s has a requirement %s already", q.Of, q.Name)
	}
	if q.ByRule {
		q.MemberClass = p[5]
		*rules = append(*rules, q)
		return nil
	}
	m.Requirements = append(m.Requirements, q)
	if strings.TrimSpace(p[5]) == "" {
		return nil
	}
	if q.Rule == graph.Reaches {
		at := &m.Requirements[len(m.Requirements)-1]
		for _, t := range strings.Split(p[5], ",") {
			m.AddCI(strings.TrimSpace(t))
			at.Targets = append(at.Targets, strings.TrimSpace(t))
		}
		return nil
	}
	for _, member := range strings.Split(p[5], ",") {
		w := named.FindStringSubmatch(strings.TrimSpace(member))
		if w == nil {
			return fmt.Errorf("%q is not a member", member)
		}
		table, err := tableOf(strings.Trim(w[1], " []"))
		if err != nil {
			return err
		}
		r := Relation{From: q.Of, To: w[2], Requirement: q.Name, Passes: table}
		if err := r.options(w[3]); err != nil {
			return err
		}
		m.Relate(r)
	}
	return nil
}
