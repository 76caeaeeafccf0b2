package guard

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
)

// Guard reads documents for one schema. It may be used by many goroutines.
type Guard struct {
	schema *ast.Schema
	limits Limits
	prices Prices
}

// New makes a guard.
func New(schema *ast.Schema, limits Limits, prices Prices) *Guard {
	return &Guard{schema: schema, limits: limits.Filled(), prices: prices}
}

// Limits are the limits that hold.
func (g *Guard) Limits() Limits { return g.limits }

// Read parses and validates a document that is within the limits. Each step
// bounds what the next one costs.
func (g *Guard) Read(query string) (*ast.QueryDocument, []error) {
	source := &ast.Source{Input: query}
	if err := g.tokens(source); err != nil {
		return nil, []error{err}
	}
	doc, err := parser.ParseQuery(source)
	if err != nil {
		return nil, []error{unparsable(err)}
	}
	if err := g.shape(doc); err != nil {
		return nil, []error{err}
	}
	if errs := g.validate(doc); len(errs) > 0 {
		return nil, errs
	}
	return doc, nil
}

// tokens bounds what the parser sees: size, tokens, the length of names, and how
// deep values nest.
func (g *Guard) tokens(source *ast.Source) error {
	if n := len(source.Input); n > g.limits.Size {
		return above("document.size", "bytes", n, g.limits.Size)
	}
	lex := lexer.New(source)
	inside, nesting := 0, 0 // parentheses; lists and objects within them
	for n := 0; ; n++ {
		if n > g.limits.Tokens {
			return refused("document.tokens", "split it into several requests, or give long lists as variables", "the document has more than %d tokens", g.limits.Tokens)
		}
		t, err := lex.ReadToken()
		if err != nil {
			return unparsable(err)
		}
		switch t.Kind {
		case lexer.EOF:
			return nil
		case lexer.Name:
			if len(t.Value) > g.limits.Name {
				return refused("document.name", "", "the document has a name of %d bytes; at most %d are allowed", len(t.Value), g.limits.Name)
			}
		case lexer.ParenL:
			inside++
		case lexer.ParenR:
			inside, nesting = 0, 0
		case lexer.BraceL, lexer.BracketL:
			if inside > 0 {
				nesting++
			}
			if nesting > g.limits.Nesting {
				return tooNested(g.limits.Nesting)
			}
		case lexer.BraceR, lexer.BracketR:
			nesting = max(nesting-1, 0)
		}
	}
}

func tooNested(limit int) error {
	return refused("document.nesting", "", "a value has more than %d lists and objects inside one another", limit)
}

// Codes of a document that is none.
const (
	ParseFailed      = "GRAPHQL_PARSE_FAILED"
	ValidationFailed = "GRAPHQL_VALIDATION_FAILED"
)

func unparsable(err error) error {
	e, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		e = gqlerror.Errorf("the document cannot be read")
	}
	return coded(e, ParseFailed)
}

func invalid(format string, args ...any) error {
	return coded(gqlerror.Errorf(format, args...), ValidationFailed)
}

func coded(e *gqlerror.Error, code string) error {
	if e.Extensions == nil {
		e.Extensions = map[string]any{}
	}
	e.Extensions["code"] = code
	return e
}
