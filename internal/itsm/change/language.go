package change

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/faultline-itsm/faultline/graph"
)

// What expressions may name, as types: a name that is none is refused when the expression
// is written, where else it would never hold and nobody would know. docs/api.md lists
// them for people.
type (
	blastFacts struct {
		Down     int `cel:"down"`
		Degraded int `cel:"degraded"`
		AtRisk   int `cel:"atRisk"`
		Services int `cel:"services"`
	}
	changeFacts struct {
		Type    string   `cel:"type"`
		Model   string   `cel:"model"`
		Title   string   `cel:"title"`
		Minutes int      `cel:"minutes"`
		Classes []string `cel:"classes"`
	}
	serviceFacts struct {
		Ref         string `cel:"ref"`
		Criticality string `cel:"criticality"`
		To          string `cel:"to"`
		Minutes     int    `cel:"minutes"`
	}
	historyFacts struct {
		N           int     `cel:"n"`
		SuccessRate float64 `cel:"successRate"`
	}
)

// speaksOf is the language in one line, for who wrote something that is not of it.
const speaksOf = `it is CEL over blast (down, degraded, atRisk, services), margin, risk, level[risk], change (type, model, title, minutes, classes), services (each ref, criticality, to, minutes), conflicts and history (n, successRate), for example blast.down <= 3 && margin >= 1`

// ruleCost bounds what evaluating one expression may cost, in CEL's units.
const ruleCost = 20_000

// language is what expressions may name.
var language = sync.OnceValues(func() (*cel.Env, error) {
	of := func(facts string) *cel.Type { return cel.ObjectType("change." + facts) }
	return cel.NewEnv(
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[blastFacts](), reflect.TypeFor[changeFacts](), reflect.TypeFor[serviceFacts](), reflect.TypeFor[historyFacts]()),
		cel.CrossTypeNumericComparisons(true),
		cel.Macros(cel.GlobalMacro(operators.Index, 2, named)),
		cel.Variable("blast", of("blastFacts")),
		cel.Variable("margin", cel.IntType),                             // the least slack of a service during the change
		cel.Variable("risk", cel.StringType),                            // LOW, MODERATE, HIGH, CRITICAL
		cel.Variable("level", cel.MapType(cel.StringType, cel.IntType)), // level[risk] >= level["HIGH"]
		cel.Variable("change", of("changeFacts")),
		cel.Variable("services", cel.ListType(of("serviceFacts"))),
		cel.Variable("conflicts", cel.ListType(cel.StringType)), // kinds
		cel.Variable("history", of("historyFacts")),             // of the change's model
	)
})

// named reads blast["down"] as blast.down, so that both are checked as they are written.
func named(of cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
	if args[1].Kind() != ast.LiteralKind {
		return nil, nil
	}
	name, isText := args[1].AsLiteral().(types.String)
	if !isText {
		return nil, nil
	}
	return of.NewSelect(args[0], string(name)), nil
}

// compile checks an expression: it must be CEL, over what there is, and say yes or no.
func compile(text string) (cel.Program, error) {
	env, err := language()
	if err != nil {
		return nil, graph.Errorf(graph.Internal, "the language of rules is broken").Because(err)
	}
	tree, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, graph.Errorf(graph.Invalid, "the expression is wrong at %d:%d: %s", first.Location.Line(), first.Location.Column()+1, graph.Clip(first.Message)).WithHint(speaksOf)
	}
	if unknown := unknownLevel(tree); unknown != "" {
		return nil, graph.Errorf(graph.Invalid, "the expression is wrong: there is no level %q", graph.Clip(unknown)).WithHint("one of %s", strings.Join(levels, ", "))
	}
	if !tree.OutputType().IsExactType(cel.BoolType) {
		return nil, graph.Errorf(graph.Invalid, "the expression is %s, not true or false", tree.OutputType())
	}
	p, err := env.Program(tree, cel.CostLimit(ruleCost))
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "the expression cannot be evaluated: %s", graph.Clip(err.Error()))
	}
	return p, nil
}

// unknownLevel is a level that an expression names and that is none; "" where there is
// no such one. level[risk] asks by what was found, so that level is a map and CEL takes
// any name.
func unknownLevel(tree *cel.Ast) (name string) {
	ast.PostOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.SelectKind {
			return
		}
		s := e.AsSelect()
		if s.Operand().Kind() == ast.IdentKind && s.Operand().AsIdent() == "level" && rankOf(s.FieldName()) < 0 {
			name = s.FieldName()
		}
	}))
	return name
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

// hitServices are the services that get worse during the change, and those that it leaves
// worse: each once, at its worst, and with minutes without an end where it is left so.
func (r *Result) hitServices() []ServiceImpact {
	out := slices.Clone(r.Services)
	for _, left := range r.After {
		k := slices.IndexFunc(out, func(s ServiceImpact) bool { return s.CI.key() == left.CI.key() })
		if k < 0 {
			out = append(out, left)
			continue
		}
		s := &out[k]
		s.To = max(s.To, left.To)
		for _, m := range []struct{ is, left *int }{{&s.Minutes.Down, &left.Minutes.Down}, {&s.Minutes.Degraded, &left.Minutes.Degraded}, {&s.Minutes.AtRisk, &left.Minutes.AtRisk}} {
			if *m.left < 0 {
				*m.is = -1
			}
		}
	}
	return out
}

// facts are what rules speak about, of a change and what it was found to break.
func (x *Solved) facts(r *Result) map[string]any {
	services, kinds := []serviceFacts{}, []string{}
	for _, s := range r.hitServices() {
		services = append(services, serviceFacts{Ref: s.CI.Ref, Criticality: str(s.Criticality), To: s.To.String(), Minutes: s.Minutes.worse()})
	}
	for _, c := range r.Conflicts {
		if !slices.Contains(kinds, c.Kind) {
			kinds = append(kinds, c.Kind)
		}
	}
	level := map[string]int{}
	for k, l := range levels {
		level[l] = k
	}
	blast := blastFacts{Down: r.Counts.Down, Degraded: r.Counts.Degraded, AtRisk: r.Counts.AtRisk, Services: len(services)}
	if x.after != nil {
		left := x.after.Counts()
		blast.Down, blast.Degraded, blast.AtRisk = max(blast.Down, left.Down), max(blast.Degraded, left.Degraded), max(blast.AtRisk, left.AtRisk)
	}
	return map[string]any{
		"blast":  blast,
		"margin": r.Margin, "risk": r.Risk.Level, "level": level, "services": services, "conflicts": kinds,
		"change":  changeFacts{Type: x.Change.Type, Model: x.Change.Text("model"), Title: x.Change.Title, Minutes: int(x.window.Until.Sub(x.window.From).Minutes()), Classes: x.Classes()},
		"history": historyFacts{N: x.History.N, SuccessRate: x.History.Rate()},
	}
}
