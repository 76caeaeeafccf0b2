package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Policy says who decides on changes of which people say so: an expression over what was
// found. All that hold count together.
type Policy struct {
	Name      string
	Version   int64 // rises when it is set anew
	When      string
	Approvers []string // names of people or teams, or "role:" and a role
	Quorum    int      // approvals, at least
	Auto      bool     // where it holds and no other does, nobody needs to approve
}

// Model is a kind of STANDARD change that is approved in advance, as long as its guard
// holds for what is found.
type Model struct {
	Name    string
	Title   string
	Version int64
	Guard   string
}

// PolicyOf reads a policy from its record.
func PolicyOf(r *itsm.Record) Policy {
	return Policy{Name: r.Number, Version: r.Version, When: r.Text("expression"), Approvers: r.Texts("approvers"), Quorum: int(r.Values["quorum"].Int()), Auto: r.Values["auto_approve"].Bool()}
}

// ModelOf reads a model from its record.
func ModelOf(r *itsm.Record) Model {
	return Model{Name: r.Number, Title: r.Text("title"), Version: r.Version, Guard: r.Text("expression")}
}

// History is how changes of a model went so far.
type History struct {
	N          int // carried out, and said how it went
	Successful int
	Failed     []string // the others, by number
}

// Add counts a change, if it is known how it went.
func (h *History) Add(c *Change) {
	code := c.Text("closure_code")
	if code == "" {
		return
	}
	if h.N++; code == "SUCCESSFUL" && !c.Values["backed_out"].Bool() {
		h.Successful++
	} else {
		h.Failed = append(h.Failed, c.Number)
	}
}

// Rate is the part that went well; 0 where none is closed.
func (h History) Rate() float64 {
	if h.N == 0 {
		return 0
	}
	return float64(h.Successful) / float64(h.N)
}

// Found is what rules were applied to, in words.
func (r *Result) Found() string {
	left := ""
	if len(r.After) > 0 {
		left = plural(len(r.After), "service") + " left worse for good, "
	}
	return fmt.Sprintf("%d DOWN, %d DEGRADED, %smargin %d, risk %s, %s", r.Counts.Down, r.Counts.Degraded, left, r.Margin, r.Risk.Level, plural(len(r.Conflicts), "conflict"))
}

// unlimited is the margin where no service is hit that stands on something redundant.
const unlimited = 99

// leastMargin is the least slack of the services that the change hits, and that with what
// never had any.
func (x *Solved) leastMargin(r *Result) (slack *int, margin int) {
	var hit []graph.ID
	for _, s := range r.Services {
		hit = append(hit, s.CI.at)
	}
	least, found := x.during.LeastSlack(hit)
	if !found {
		least = unlimited
	}
	margin = least
	for _, s := range r.hitServices() {
		switch {
		case s.To > graph.AtRisk: // what goes down without anything redundant in between never had a margin
			margin = min(margin, -1)
		case slices.ContainsFunc(r.After, func(left ServiceImpact) bool { return left.CI.key() == s.CI.key() }):
			margin = min(margin, 0)
		}
	}
	return &least, margin
}

// Rule is a policy or model as it was applied, so that the answer quotes what decided.
type Rule struct {
	Name       string  `json:"name"`
	Version    int     `json:"version"`
	Expression string  `json:"expression"`
	Holds      bool    `json:"holds"`
	Why        *string `json:"why,omitempty"` // it could not be evaluated
}

// applied evaluates the policies, and for a STANDARD change its model.
func (x *Solved) applied(r *Result) (rules []Rule, model *Rule) {
	facts := x.facts(r)
	rules = []Rule{}
	for _, p := range x.Policies {
		yes, why := holds(p.When, facts)
		rules = append(rules, Rule{p.Name, int(p.Version), p.When, yes, opt(why)})
	}
	if x.Model != nil {
		yes, why := holds(x.Model.Guard, facts)
		if yes && !r.Complete { // nobody looks at what is not known
			yes, why = false, "the answer is not complete"
		}
		model = &Rule{x.Model.Name, int(x.Model.Version), x.Model.Guard, yes, opt(why)}
	}
	return rules, model
}

// approvers are those who answer for what really changes its state, and those whom
// policies name; where no policy is laid down, one approval, from HIGH on two.
func (x *Solved) approvers(r *Result, about map[graph.ID]About) (out []Approver, quorum int, demands []Demand) {
	out = []Approver{}
	auto := false
	for k, p := range x.Policies {
		if !r.Rules[k].Holds {
			continue
		}
		because := fmt.Sprintf("policy %s, version %d: %s", p.Name, p.Version, p.When)
		if p.Auto {
			auto = r.Complete // what is not known, somebody looks at
			continue
		}
		quorum = max(quorum, p.Quorum)
		demands = append(demands, Demand{p.Name, p.Quorum})
		for _, who := range p.Approvers {
			if role, ok := strings.CutPrefix(who, "role:"); ok {
				out = append(out, Approver{Role: role, Because: because, Policy: p.Name})
			} else {
				out = append(out, Approver{Name: who, Because: because, Policy: p.Name})
			}
		}
	}
	if quorum == 0 && !auto {
		quorum = 1
		if rankOf(r.Risk.Level) >= rankOf(High) && x.Change.Type != Emergency {
			quorum = 2
		}
		out = append(out, Approver{Role: string(itsm.CABApprover), Because: fmt.Sprintf("risk %s takes %s", r.Risk.Level, plural(quorum, "approval"))})
	}
	seen := map[string]bool{}
	for _, s := range slices.Concat(r.Services, r.After) {
		if owner := about[s.CI.at].Owner; owner != "" && s.To >= graph.Degraded && !seen[owner] {
			seen[owner] = true
			out = append(out, Approver{Name: owner, Because: fmt.Sprintf("answers for %s, which gets %s", s.CI.Ref, s.To)})
		}
	}
	return out, quorum, demands
}
