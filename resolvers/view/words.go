package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Words are the one place where proofs become sentences. Every edge shows these.
type Words struct{ Snapshot *graph.Snapshot }

// named is how many names a sentence lists before it only counts.
const named = 3

func (w Words) ref(id graph.ID) string { return w.Snapshot.Ref(id).String() }

// Step says what made a CI get into its state, for example
// "application:shop goes DOWN: it RUNS_ON server:web-01, which is DOWN".
func (w Words) Step(j graph.Justification) string {
	head := w.ref(j.CI) + " " + becomes(j.State)
	switch j.Kind {
	case graph.ByEffect:
		return head + ": " + effectWords[j.Effect]
	case graph.ByLifecycle:
		return fmt.Sprintf("%s is %s: its lifecycle is %s", w.ref(j.CI), j.State, j.Lifecycle)
	case graph.ByRetirement:
		return fmt.Sprintf("%s is %s: it is retired", w.ref(j.CI), j.State)
	case graph.ByRelation:
		return fmt.Sprintf("%s: it %s %s, which is %s%s", head, j.Relation.Type, w.ref(j.Relation.To), j.Provider, passing(j.Relation, j.Provider))
	}
	return head + ": " + w.Group(j.Requirement)
}

var effectWords = map[graph.EffectKind]string{
	graph.Outage: "an outage", graph.Degradation: "a degradation", graph.Failover: "a failover",
	graph.Restart: "a restart", graph.Remove: "it is removed",
}

func becomes(s graph.State) string {
	switch s {
	case graph.Down:
		return "goes DOWN"
	case graph.Degraded:
		return "becomes DEGRADED"
	case graph.AtRisk:
		return "is AT_RISK"
	}
	return "stays OPERATIONAL"
}

// passing explains a relation that passes on another state than the provider's.
func passing(l graph.Link, provider graph.State) string {
	if l.Transfer.Of(provider) == provider {
		return ""
	}
	return fmt.Sprintf(" (the relation is %s)", l.Transfer)
}

// Group says how a redundancy group stands, for example
// "2 of 3 members of database left, 1 needed; lost database:b".
func (w Words) Group(r *graph.RequirementState) string {
	if r.Path != nil {
		return w.path(r)
	}
	var lost []string
	for _, m := range r.Members {
		if m.State >= graph.Degraded {
			lost = append(lost, w.ref(m.Link.To))
		}
	}
	text := fmt.Sprintf("%d of %s of %q left, %d needed", r.Delivering, plural(r.N, "member"), r.Requirement.Name, r.K)
	if c := r.Capacity; c != nil {
		text = fmt.Sprintf("%d of %d units of %q left, %d needed", c.Have, c.Recorded, r.Requirement.Name, c.Demand)
		if c.Wanted > c.Demand {
			text += fmt.Sprintf(" and %d wanted", c.Wanted)
		}
	} else if r.N < r.Size {
		text += fmt.Sprintf(" (designed for %d)", r.Size)
	}
	if len(lost) > 0 {
		text += "; lost " + list(lost)
	}
	return text
}

// Interaction says what several changes do together.
func (w Words) Interaction(x graph.Interaction) string {
	text := w.ref(x.CI) + " " + becomes(x.State) + " only by " + list(x.Parties) + " together"
	if !x.From.IsZero() {
		text += ", from " + stamp(x.From)
		if !x.Until.IsZero() {
			text += " until " + stamp(x.Until)
		}
	}
	if x.Breaks != nil {
		text += fmt.Sprintf(": %q of %s breaks", x.Breaks.Requirement.Name, w.ref(x.Breaks.Requirement.Consumer))
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Doubt says what hangs on a relation that nobody confirmed.
func (w Words) Doubt(d graph.Doubt) string {
	text := fmt.Sprintf("%s %s %s is only %s", w.ref(d.Relation.From), d.Relation.Type, w.ref(d.Relation.To), d.Band)
	hangs := func(list []graph.Flip, what string) {
		if len(list) == 0 {
			return
		}
		f := list[0]
		text += fmt.Sprintf("; %s, %s is %s, not %s", what, w.ref(f.CI), f.To, f.From)
		if n := len(list) - 1; n > 0 {
			text += fmt.Sprintf(", and %s more", plural(n, "service"))
		}
	}
	hangs(d.IfTrue, "if it is true")
	hangs(d.IfFalse, "if it is not")
	return text
}

// Held says what held, for example "application:shop keeps delivering: 1 of 2
// members of database left, 1 needed; lost database:a; kept up by database:b".
func (w Words) Held(h graph.Holder) string {
	switch h.Kind {
	case graph.HeldByPin:
		return w.ref(h.CI) + " was verified as not impacted"
	case graph.NotPassedOn:
		switch {
		case h.Lapsed:
			return fmt.Sprintf("%s stays up: that it %s %s, which is %s, is not valid at that time", w.ref(h.CI), h.Relation.Type, w.ref(h.Relation.To), h.Provider)
		case h.Ignored:
			return fmt.Sprintf("%s stays up: that it %s %s, which is %s, is only %s", w.ref(h.CI), h.Relation.Type, w.ref(h.Relation.To), h.Provider, h.Band)
		}
		return fmt.Sprintf("%s stays up: it %s %s, which is %s, but the relation is %s", w.ref(h.CI), h.Relation.Type, w.ref(h.Relation.To), h.Provider, h.Relation.Transfer)
	}
	var up []string
	for _, m := range h.Requirement.Members {
		if m.State <= graph.AtRisk {
			up = append(up, w.ref(m.Link.To))
		}
	}
	text := w.ref(h.CI) + " " + holding(h.Requirement.State) + ": " + w.Group(h.Requirement)
	if len(up) > 0 {
		text += "; kept up by " + list(up)
	}
	return text
}

func holding(s graph.State) string {
	switch s {
	case graph.Operational:
		return "keeps its spare"
	case graph.AtRisk:
		return "keeps delivering without a spare"
	}
	return "is only " + s.String()
}

// Slack says why a CI did not get worse.
func (w Words) Slack(s *graph.Slack) string {
	ref := w.ref(s.CI)
	switch s.Kind {
	case graph.NotReached:
		return ref + " is not touched: nothing that it depends on is affected"
	case graph.AlreadySo:
		return fmt.Sprintf("%s was %s before", ref, s.State)
	}
	texts := make([]string, 0, named)
	for i, h := range s.Holders {
		if i == named {
			texts = append(texts, fmt.Sprintf("and %d more", len(s.Holders)-named))
			break
		}
		texts = append(texts, w.Held(h))
	}
	return strings.Join(texts, "; ")
}

// Path says a witness in one text, a step a line.
func (w Words) Path(path []graph.Justification) string {
	steps := make([]string, len(path))
	for i, j := range path {
		steps[i] = w.Step(j)
	}
	return strings.Join(steps, "\n")
}

// BlindSpot says what is not known.
func (w Words) BlindSpot(b graph.BlindSpot) string {
	switch b.Kind {
	case graph.MissingRelation:
		return fmt.Sprintf("%s has no %s: %s", w.ref(b.CI), strings.Join(b.Missing.Types, " or "), b.Missing.Reason)
	case graph.EmptyRequirement:
		return fmt.Sprintf("the redundancy group %q of %s never had a member", b.Requirement, w.ref(b.CI))
	case graph.UnstatedCapacity:
		return fmt.Sprintf("nobody says what each member of the redundancy group %q of %s holds; those count as nothing", b.Requirement, w.ref(b.CI))
	}
	return w.ref(b.CI) + " is only named by a relation; nobody has described it"
}

// Verdict is an assessment in one sentence.
func Verdict(a *graph.Assessment) string {
	c := a.Counts()
	text := "Nothing gets worse"
	if c.Total() > 0 {
		text = plural(c.Total(), "CI") + " " + verb(c.Total(), "gets", "get") + " worse: " + states(c)
		services := a.CountsOf(Services(a.Snapshot()))
		if n := services.Total(); n > 0 {
			text += "; " + plural(n, "service") + " among them: " + states(services)
		} else {
			text += "; no service among them"
		}
	}
	if !a.Complete() {
		text += "; the budget did not suffice, there may be more"
	}
	return text + "."
}

// Services tells the classes of what users and the business notice: they stand in the
// first column of pictures.
func Services(s *graph.Snapshot) func(class string) bool {
	return func(class string) bool { return s.Catalogue().Tier(class) == graph.Tiers[0] }
}

func states(c graph.Counts) string {
	text := ""
	for _, p := range [...]struct {
		n    int
		word string
	}{{c.Down, " DOWN"}, {c.Degraded, " DEGRADED"}, {c.AtRisk, " AT_RISK"}} {
		switch {
		case p.n == 0:
		case text == "":
			text = strconv.Itoa(p.n) + p.word
		default:
			text += ", " + strconv.Itoa(p.n) + p.word
		}
	}
	return text
}

// CutSets is the finding about a service in one sentence.
func (w Words) CutSets(c *graph.CutSetAnswer) string {
	service := w.ref(c.Service)
	switch {
	case c.AlreadyDown:
		return service + " is DOWN as it is."
	}
	singles := 0
	for singles < len(c.Sets) && len(c.Sets[singles]) == 1 {
		singles++
	}
	text := service + " has no single point of failure"
	if singles > 0 {
		text = service + " has " + pluralOf(singles, "single point of failure", "single points of failure")
	}
	if pairs := len(c.Sets) - singles; pairs > 0 {
		text += fmt.Sprintf(", and %s it DOWN only together,", pluralOf(pairs, "pair of CIs that takes", "pairs of CIs that take"))
	} else if c.Size > 1 {
		text += " and no pair of CIs that takes it DOWN together,"
	}
	return fmt.Sprintf("%s among %s.", text, plural(c.Candidates, "CI"))
}

// Danger says what a CI takes with it.
func (w Words) Danger(d graph.Danger) string {
	if d.Services == 0 {
		return fmt.Sprintf("%s takes %s DOWN with it, no service among them", w.ref(d.CI), plural(d.Down, "CI"))
	}
	return fmt.Sprintf("%s takes %s DOWN with it, %s among them", w.ref(d.CI), plural(d.Down, "CI"), plural(d.Services, "service"))
}

// Illusion says what redundancy is not.
func (w Words) Illusion(x graph.Illusion) string {
	h := x.Hollowed[0]
	var lost []string
	for _, id := range h.Lost {
		lost = append(lost, w.ref(id))
	}
	needed := ""
	if h.Needed > 0 { // CAPACITY counts no members
		needed = fmt.Sprintf(", %d needed", h.Needed)
	}
	does, then := "takes", map[bool]string{true: "it breaks", false: "it stands"}[h.State == graph.Down]
	if h.Behind {
		does, then = "stands behind", "they miss it together when they fail or start"
	}
	text := fmt.Sprintf("%s %s %d of %s of %q of %s at once (%s)%s: %s", w.ref(x.Shared), does, len(h.Lost), plural(h.Members, "member"),
		h.Requirement.Name, w.ref(h.Requirement.Consumer), list(lost), needed, then)
	if n := len(x.Hollowed) - 1; n > 0 {
		text += fmt.Sprintf("; and so with %s more", plural(n, "group"))
	}
	return text
}

// Safe says what a set of edits is.
func (w Words) Safe(set []graph.Edit) string {
	var out []string
	for _, e := range set {
		switch e.Kind {
		case graph.KeepUp:
			out = append(out, "keep "+w.ref(e.CI)+" up")
		case graph.AddSpare:
			text := fmt.Sprintf("give %s a spare beside %s", w.ref(e.CI), w.ref(e.Beside))
			if e.Requirement != "" {
				text += fmt.Sprintf(" in %q", e.Requirement)
			}
			out = append(out, text)
		case graph.Move:
			out = append(out, fmt.Sprintf("move %s off %s", w.ref(e.CI), w.ref(e.Beside)))
		}
	}
	return strings.Join(out, ", and ")
}

func list(names []string) string {
	if len(names) > named {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
	}
	return strings.Join(names, ", ")
}

func plural(n int, word string) string { return pluralOf(n, word, word+"s") }

func pluralOf(n int, one, many string) string { return strconv.Itoa(n) + " " + verb(n, one, many) }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// path says how a REACHES group stands, for example
// `no path over network to router:core ("uplink"); site:a and switch:b are in the way`.
func (w Words) path(r *graph.RequirementState) string {
	refs := func(ids []graph.ID) string {
		var out []string
		for k, id := range ids {
			if k == 5 {
				out = append(out, fmt.Sprintf("%d more", len(ids)-k))
				break
			}
			out = append(out, w.ref(id))
		}
		return list(out)
	}
	to := fmt.Sprintf("over %s to %s (%q)", r.Path.Plane, refs(r.Path.Targets), r.Requirement.Name)
	if len(r.Path.Targets) > 1 {
		to = fmt.Sprintf("over %s to one of %s (%q)", r.Path.Plane, refs(r.Path.Targets), r.Requirement.Name)
	}
	text := "no path " + to
	switch r.State {
	case graph.Operational:
		return "two paths or more " + to
	case graph.AtRisk:
		text = "one more CI lost leaves no path " + to
	case graph.Degraded:
		text = "only degraded paths " + to
	}
	var barrier []graph.ID
	for _, b := range r.Path.Barrier {
		barrier = append(barrier, b.CI)
	}
	if n := len(barrier); n > 0 {
		text += "; " + refs(barrier) + " " + verb(n, "is", "are") + " in the way"
	}
	return text
}
