package resolvers

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/tracing"
)

// Config is what the API stands on.
type Config struct {
	Ledger  *records.Ledger
	Kind    string           // of the store, for people
	Version string           // of the service
	Actor   string           // whom the ledger names for what arrives here
	Clock   func() time.Time // what pins expire by
	Random  io.Reader        // what tokens are made of; nil is the system's
	Logger  *slog.Logger     // gets the causes of internal errors
	ByToken bool             // requests carry the static token

	Limits           guard.Limits  // of documents; zero is the default
	QueryDeadline    time.Duration // 0 is 10 s
	MutationDeadline time.Duration // 0 is 15 s
}

// API answers GraphQL requests over one ledger. It may be used by many
// goroutines.
type API struct {
	Config
	exec      *executor.Executor
	guard     *guard.Guard
	documents *documents
	answers   *answers
	plans     *plans
	history   *projection.History
	owners    ownerships
}

// How long an answer may take where nobody says it.
const queryDeadline, mutationDeadline = 10 * time.Second, 15 * time.Second

// New makes the API.
func New(cfg Config) *API {
	if cfg.QueryDeadline == 0 {
		cfg.QueryDeadline = queryDeadline
	}
	if cfg.MutationDeadline == 0 {
		cfg.MutationDeadline = mutationDeadline
	}
	a := &API{Config: cfg, documents: &documents{}, answers: newAnswers(), plans: newPlans()}
	if cfg.Ledger != nil { // without one only the schema is asked for
		a.history = projection.NewHistory(cfg.Ledger.Store())
	}
	schema := gql.Schema(gql.Config{Resolvers: root{a}})
	a.guard = guard.New(schema.Schema(), cfg.Limits, prices)
	a.exec = executor.New(schema)
	a.exec.SetQueryCache(admittedDocument{})
	a.exec.SetErrorPresenter(a.present)
	a.exec.SetRecoverFunc(a.recovered)
	a.exec.Use(introspection{})
	a.exec.Use(permission{a})
	a.exec.Use(redaction{})
	return a
}

// introspection lets clients read the schema.
type introspection struct{}

func (introspection) ExtensionName() string                   { return "Introspection" }
func (introspection) Validate(graphql.ExecutableSchema) error { return nil }
func (introspection) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = false
	return nil
}

// Request is one GraphQL request.
type Request struct {
	ID            string // for the log and for people who ask what went wrong
	Query         string
	OperationName string
	Variables     map[string]any
	Min           graph.Revision  // answer at this revision or a later one
	ReadOnly      bool            // refuse mutations
	Cost          bool            // say in extensions.cost what it cost
	Resume        *graph.Revision // of a subscription: instead of its own after
	Principal     *itsm.Actor     // who sends it; nil: whoever may reach the service
	Account       *Account        // filled in for the log and the metrics; nil: nobody asks

	follows bool // it may be answered more than once
}

// Account is what is told of a request to operators. Of what the client sent it
// has nothing but the operation's name.
type Account struct {
	Read      bool   // the document was read, so the rest is known
	Operation string // its name, or ""
	Type      string // query, mutation or subscription
	Cost      int
	Refusal   string // why the guard refused, see guard.Reason
}

// attempts is how often a query is answered again because records were newer
// than its snapshot; for the first strict ones a newer store alone is a reason.
const attempts, strict = 8, 6

// Execute answers a request: one answer, one revision. A document that is not
// worth answering is refused before anything is read for it.
func (a *API) Execute(ctx context.Context, q Request) (resp *graphql.Response) {
	ctx = context.WithValue(ctx, requestKey{}, q.ID)
	if q.Principal != nil {
		ctx = context.WithValue(ctx, principalKey{}, *q.Principal)
	}
	defer func() {
		if p := recover(); p != nil { // outside of resolvers the executor lets a panic pass
			resp = a.refuse(ctx, a.recovered(ctx, p))
		}
	}()
	ad, errs := a.admitted(ctx, q)
	if errs != nil {
		resp = a.refuse(ctx, errs...)
	} else {
		within, cancel := context.WithTimeout(context.WithValue(ctx, admittedKey{}, ad), ad.deadline)
		defer cancel()
		within, span := tracing.Begin(within, "execute")
		resp = a.answer(within, q)
		span.End(codeOf(resp))
	}
	if q.Cost && ad.priced {
		resp.Extensions["cost"] = ad.cost
	}
	return resp
}

// answer answers at one revision. A query whose records turn out to be newer than
// its snapshot is answered again at a newer one.
func (a *API) answer(ctx context.Context, q Request) *graphql.Response {
	min := q.Min
	for n := 0; ; n++ {
		s, err := a.snapshot(ctx, min)
		if err != nil {
			return a.refuse(ctx, err)
		}
		r := &reading{api: a, snapshot: s, strict: n < strict, records: map[graph.ID]*graph.Node{}}
		if r.veil, err = a.veil(ctx); err != nil {
			return a.refuse(ctx, err)
		}
		if err := a.travel(ctx, q, r); err != nil {
			return a.refuse(ctx, err)
		}
		resp := a.run(context.WithValue(ctx, readingKey{}, r), q)
		if resp == nil { // the executor's word for: it was given up
			return a.refuse(ctx, ctx.Err())
		}
		if r.behind == 0 || r.written {
			return r.stamp(resp)
		}
		if n == attempts {
			return a.refuse(ctx, graph.Errorf(graph.Unavailable, "the graph changes faster than it can be read").WithHint("try again"))
		}
		min = r.behind
	}
}

// snapshot is the newest one, once it has reached the revision.
func (a *API) snapshot(ctx context.Context, min graph.Revision) (*graph.Snapshot, error) {
	if err := a.Ledger.Projection().Ready(); err != nil {
		return nil, err
	}
	if s := a.Ledger.Projection().Snapshot(); s.Revision() >= min {
		return s, nil
	}
	return a.Ledger.Projection().Await(ctx, min)
}

func (a *API) run(ctx context.Context, q Request) *graphql.Response {
	ctx = graphql.StartOperationTrace(ctx)
	now := graphql.Now()
	params := &graphql.RawParams{Query: q.Query, OperationName: q.OperationName, Variables: q.Variables, ReadTime: graphql.TraceTiming{Start: now, End: now}}
	op, errs := a.exec.CreateOperationContext(ctx, params)
	if errs != nil {
		return a.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
	}
	responses, ctx := a.exec.DispatchOperation(ctx, op)
	return responses(ctx)
}

// refuse answers a request that was not begun, or cannot be brought to its end.
func (a *API) refuse(ctx context.Context, errs ...error) *graphql.Response {
	resp := &graphql.Response{Extensions: map[string]any{}}
	for _, err := range errs {
		resp.Errors = append(resp.Errors, a.present(ctx, err))
	}
	return a.stamp(resp, a.Ledger.Projection().Snapshot().Revision())
}
