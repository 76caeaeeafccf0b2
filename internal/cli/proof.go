package cli

import (
	"fmt"
	"strings"
)

func (a *app) transition(from, to string) string {
	return a.look.painted(from) + a.look.pick(" → ", " -> ") + a.look.painted(to)
}

// printSteps prints a chain, each step in words and each redundancy group on the
// way with its members.
func (a *app) printSteps(path []justification) {
	for i, j := range path {
		mark, _, _ := strings.Cut(a.look.state(j.State), " ")
		a.line("%3d. %s %s", i+1, a.look.paint(stateLooks[j.State].style, mark), a.look.wrap(j.Text, 7))
		a.printMembers(j.Requirement, "       ")
	}
}

// membersShown is how many members of a group are named.
const membersShown = 8

func (a *app) printMembers(m *members, indent string) {
	if m == nil {
		return
	}
	for i, member := range m.Members {
		if i == membersShown && len(m.Members) > membersShown+1 {
			a.line("%s%s", indent, a.look.paint(dim, fmt.Sprintf("and %d more members", len(m.Members)-i)))
			return
		}
		a.line("%s%s  %s", indent, a.look.paint(stateLooks[member.State].style, fmt.Sprintf("%-13s", a.look.state(member.State))), a.look.clean(member.CI.Ref))
	}
}

// printHolds says what keeps a CI up.
func (a *app) printHolds(s *slack) {
	a.line("%s  stays %s", a.look.paint(bold, a.look.clean(s.CI.Ref)), a.look.painted(s.State))
	a.line("")
	if len(s.Holders) == 0 {
		a.line("  %s", a.look.wrap(s.Text, 2))
	}
	for _, h := range s.Holders {
		a.line("  %s %s", a.look.pick("•", "-"), a.look.wrap(h.Text, 4))
		a.printMembers(h.Requirement, "      ")
	}
}

// printProofTree prints the whole proof from the CI down to what caused it. A step
// that several others rest on is printed once and named afterwards.
func (a *app) printProofTree(p *proof) {
	if len(p.Rises) == 0 {
		return
	}
	a.line("%s  %s", a.look.paint(bold, a.look.clean(p.CI.Ref)), a.transition(p.From, p.To))
	t := proofTree{a: a, rises: p.Rises, told: map[int]bool{}}
	t.branch(len(p.Rises)-1, "")
}

type proofTree struct {
	a     *app
	rises []justification
	told  map[int]bool
}

// branch prints a step and, below it, the steps that it rests on.
func (t proofTree) branch(at int, indent string) {
	a, j := t.a, t.rises[at]
	mark, _, _ := strings.Cut(a.look.state(j.State), " ")
	text := j.Text
	if j.Baseline {
		text += " (so before)"
	}
	a.line("%s%s %s", indent, a.look.paint(stateLooks[j.State].style, mark), a.look.clean(text))
	t.told[at] = true
	lead := strings.NewReplacer("├─ ", "│  ", "└─ ", "   ", "|- ", "|  ", "`- ", "   ").Replace(indent)
	for n, cause := range j.Causes {
		twig := a.look.pick("├─ ", "|- ")
		if n == len(j.Causes)-1 {
			twig = a.look.pick("└─ ", "`- ")
		}
		if t.told[cause] {
			a.line("%s%s%s (above)", lead, twig, a.look.clean(t.rises[cause].CI.Ref))
			continue
		}
		t.branch(cause, lead+twig)
	}
}
