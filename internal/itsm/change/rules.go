package change

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

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
	N          int // closed
	Successful int
}

// Rate is the part that went well; 0 where none is closed.
func (h History) Rate() float64 {
	if h.N == 0 {
		return 0
	}
	return float64(h.Successful) / float64(h.N)
}

// ruleCost bounds what evaluating one expression may cost, in CEL's units.
const ruleCost = 20_000

// language is what expressions may name. docs/api.md lists it for people.
var language = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("blast", cel.MapType(cel.StringType, cel.IntType)),                  // down, degraded, atRisk, services
		cel.Variable("margin", cel.IntType),                                              // the least slack of a service during the change
		cel.Variable("risk", cel.StringType),                                             // LOW, MODERATE, HIGH, CRITICAL
		cel.Variable("level", cel.MapType(cel.StringType, cel.IntType)),                  // level[risk] >= level["HIGH"]
		cel.Variable("change", cel.MapType(cel.StringType, cel.DynType)),                 // type, model, title, minutes, classes
		cel.Variable("services", cel.ListType(cel.MapType(cel.StringType, cel.DynType))), // ref, criticality, to, minutes
		cel.Variable("conflicts", cel.ListType(cel.StringType)),                          // kinds
		cel.Variable("history", cel.MapType(cel.StringType, cel.DoubleType)),             // n, successRate: of the change's model
	)
})

// compile checks an expression: it must be CEL, over what there is, and say yes or no.
func compile(text string) (cel.Program, error) {
	env, err := language()
	if err != nil {
		return nil, graph.Errorf(graph.Internal, "the language of rules is broken").Because(err)
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, graph.Errorf(graph.Invalid, "the expression is wrong at %d:%d: %s", first.Location.Line(), first.Location.Column()+1, graph.Clip(first.Message)).
			WithHint(`it is CEL over blast, margin, risk, level, change, services, conflicts and history, for example blast["down"] <= 3 && margin >= 1`)
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		return nil, graph.Errorf(graph.Invalid, "the expression is %s, not true or false", ast.OutputType())
	}
	p, err := env.Program(ast, cel.CostLimit(ruleCost))
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "the expression cannot be evaluated: %s", graph.Clip(err.Error()))
	}
	return p, nil
}

// CheckRule refuses an expression that is none.
func CheckRule(text string) error {
	_, err := compile(text)
	return err
}

// holds evaluates an expression; one that fails, for example by its cost, does not hold,
// and why says so.
func holds(text string, facts map[string]any) (yes bool, why string) {
	p, err := compile(text)
	if err != nil {
		return false, graph.AsError(err).Message
	}
	v, _, err := p.Eval(facts)
	if err != nil {
		return false, graph.Clip(err.Error())
	}
	return v == types.True, ""
}

// Facts are what rules speak about, of a change and what it was found to break.
func (x *Solved) facts(r *Result) map[string]any {
	services, kinds := []map[string]any{}, []string{}
	for _, s := range r.Services {
		services = append(services, map[string]any{"ref": s.CI.Ref, "criticality": str(s.Criticality), "to": s.To.String(), "minutes": max(0, s.Minutes.Down) + max(0, s.Minutes.Degraded)})
	}
	for _, c := range r.Conflicts {
		if !slices.Contains(kinds, c.Kind) {
			kinds = append(kinds, c.Kind)
		}
	}
	classes := []string{}
	for _, a := range x.Change.Affected {
		if c := a.Ref.Class; !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
	}
	level := map[string]int{}
	for k, l := range levels {
		level[l] = k
	}
	return map[string]any{
		"blast":  map[string]int{"down": r.Counts.Down, "degraded": r.Counts.Degraded, "atRisk": r.Counts.AtRisk, "services": len(r.Services)},
		"margin": r.Margin, "risk": r.Risk.Level, "level": level, "services": services, "conflicts": kinds,
		"change":  map[string]any{"type": x.Change.Type, "model": x.Change.Text("model"), "title": x.Change.Title, "minutes": int(x.window.Until.Sub(x.window.From).Minutes()), "classes": classes},
		"history": map[string]float64{"n": float64(x.History.N), "successRate": x.History.Rate()},
	}
}

// Found is what rules were applied to, in words.
func (r *Result) Found() string {
	return fmt.Sprintf("%d DOWN, %d DEGRADED, margin %d, risk %s, %s", r.Counts.Down, r.Counts.Degraded, r.Margin, r.Risk.Level, plural(len(r.Conflicts), "conflict"))
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
	// What goes down without anything redundant in between never had a margin.
	if slices.ContainsFunc(r.Services, func(s ServiceImpact) bool { return s.To > graph.AtRisk }) {
		margin = min(least, -1)
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
			auto = true
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
