package guard

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// enough ends a validation that has found as many errors as are told: a rule has
// no other way to be stopped, and each error costs suggestions.
type enough struct{}

// validate holds the document against the schema.
func (g *Guard) validate(doc *ast.QueryDocument) (errs []error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(enough); !ok {
				panic(p)
			}
		}
	}()
	set := rules.NewRules()
	for name, rule := range rules.NewDefaultRules().GetInner() {
		set.AddRule(name, func(events *validator.Events, _ validator.AddErrFunc) {
			rule(events, func(options ...validator.ErrorOption) {
				e := &gqlerror.Error{Rule: name}
				for _, o := range options {
					o(e)
				}
				errs = append(errs, coded(e, ValidationFailed))
				if len(errs) >= g.limits.Errors {
					panic(enough{})
				}
			})
		})
	}
	for _, e := range validator.ValidateWithRules(g.schema, doc, set) {
		errs = append(errs, coded(e, ValidationFailed))
	}
	return errs
}
