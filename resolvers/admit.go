package resolvers

import (
	"context"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/tracing"
)

// NotByGet is the code of a mutation that came where only queries are taken.
const NotByGet = "METHOD_NOT_ALLOWED"

// StreamOnly is the code of a subscription that came where one answer is given.
const StreamOnly = "STREAM_ONLY"

// admitted is a request whose document may be answered.
type admitted struct {
	doc      *ast.QueryDocument
	cost     guard.Cost
	priced   bool
	deadline time.Duration
}

type admittedKey struct{}

// admitted is admit, with its span and its account.
func (a *API) admitted(ctx context.Context, q Request) (ad admitted, errs []error) {
	_, span := tracing.Begin(ctx, "guard")
	ad, errs = a.admit(q)
	reason := ""
	if errs != nil {
		reason = guard.Reason(errs[0])
	}
	span.Number("faultline.cost", int64(ad.cost.Requested))
	span.End(reason)
	if q.Account == nil {
		return ad, errs
	}
	*q.Account = Account{Cost: ad.cost.Requested, Refusal: reason}
	if ad.doc != nil {
		if op := ad.doc.Operations.ForName(q.OperationName); op != nil {
			q.Account.Read, q.Account.Operation, q.Account.Type = true, op.Name, string(op.Operation)
		}
	}
	return ad, errs
}

// admit reads the document, once for all requests that repeat it, and prices it
// with the variables of this one.
func (a *API) admit(q Request) (ad admitted, errs []error) {
	doc, known := a.documents.get(q.Query)
	if !known {
		if doc, errs = a.guard.Read(q.Query); errs != nil {
			return ad, errs
		}
		a.documents.add(q.Query, doc)
	}
	ad.doc, ad.deadline = doc, a.QueryDeadline
	op := doc.Operations.ForName(q.OperationName)
	if op == nil {
		return ad, nil // the executor says that there is none of that name
	}
	if op.Operation == ast.Mutation {
		ad.deadline = a.MutationDeadline
	}
	if op.Operation == ast.Subscription && !q.follows {
		return ad, []error{&gqlerror.Error{Message: "a subscription is answered as a stream only", Extensions: map[string]any{"code": StreamOnly,
			"hint": "send Accept: text/event-stream, or use a WebSocket with the protocol graphql-transport-ws"}}}
	}
	if q.ReadOnly && op.Operation == ast.Mutation {
		return ad, []error{&gqlerror.Error{Message: "only queries are taken by GET", Extensions: map[string]any{"code": NotByGet, "hint": "send mutations by POST"}}}
	}
	cost, err := a.guard.Cost(doc, op, q.Variables)
	ad.cost, ad.priced = cost, true
	if err != nil {
		return ad, []error{err}
	}
	return ad, nil
}

// admittedDocument hands the executor the document that was admitted, so that it
// is neither parsed nor validated a second time.
type admittedDocument struct{}

func (admittedDocument) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	ad, ok := ctx.Value(admittedKey{}).(admitted)
	return ad.doc, ok
}

func (admittedDocument) Add(context.Context, string, *ast.QueryDocument) {}
