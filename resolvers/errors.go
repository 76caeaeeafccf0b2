package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// present is the one place where an error becomes a GraphQL error: its kind is
// extensions.code, its hint extensions.hint, and of a fault of ours nothing is
// shown but the request's id, under which the log has the cause.
func (a *API) present(ctx context.Context, err error) *gqlerror.Error {
	id, _ := ctx.Value(requestKey{}).(string)
	out := &gqlerror.Error{Extensions: map[string]any{}}
	shown, isGraphQL := errors.AsType[*gqlerror.Error](err)
	if isGraphQL {
		out.Path, out.Locations = clipPath(shown.Path), shown.Locations
	} else if graphql.HasOperationContext(ctx) {
		out.Path = graphql.GetPath(ctx)
	}
	if id != "" {
		out.Extensions["requestId"] = id
	}
	known, isKnown := errors.AsType[*graph.Error](err)
	switch {
	case isKnown:
	case errors.Is(err, context.DeadlineExceeded):
		out.Message, out.Extensions["code"] = "the request was not answered within its deadline", DeadlineExceeded
		out.Extensions["hint"] = "ask for less at once; of a mutation, send it again under the same idempotencyKey: it happens once"
		return out
	case errors.Is(err, context.Canceled):
		known = graph.Errorf(graph.Unavailable, "the request was given up before it was answered")
	case isGraphQL && shown.Err == nil: // the document, not a resolver
		out.Message, out.Extensions["code"] = clipMessage(shown.Message), code(shown)
		if hint, ok := shown.Extensions["hint"]; ok {
			out.Extensions["hint"] = hint
		}
		return out
	default:
		known = graph.AsError(err)
	}
	if known.Kind == graph.Internal {
		a.log(ctx, "internal error", id, err)
		known = graph.Errorf(graph.Internal, "internal error").WithHint("report it with the request id; the service's log has the cause")
	} else if known.Cause != nil {
		a.log(ctx, known.Message, id, known.Cause)
	}
	say := func(text string) string { return text }
	if r, ok := ctx.Value(readingKey{}).(*reading); ok && r.veil.partial() {
		say = func(text string) string { return r.veil.text(r.at(), text, false) }
	}
	out.Message, out.Extensions["code"] = say(known.Message), known.Kind.String()
	if known.Hint != "" {
		out.Extensions["hint"] = say(known.Hint)
	}
	return out
}

func code(e *gqlerror.Error) any {
	if c, ok := e.Extensions["code"]; ok {
		return c
	}
	return "GRAPHQL_VALIDATION_FAILED"
}

// codeOf is the code of an answer's first error, "" where it has none.
func codeOf(resp *graphql.Response) string {
	if len(resp.Errors) == 0 {
		return ""
	}
	code, _ := resp.Errors[0].Extensions["code"].(string)
	return code
}

func (a *API) log(ctx context.Context, message, id string, cause error) {
	if a.Logger != nil {
		a.Logger.LogAttrs(ctx, slog.LevelError, message, slog.String("request", id), slog.Any("cause", cause))
	}
}

// recovered turns a panic into an internal error.
func (a *API) recovered(_ context.Context, p any) error {
	return graph.Errorf(graph.Internal, "internal error").Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
}

// refusal is an expected error as data; ok is false for all others.
func refusal(err error, path ...string) (e view.UserError, ok bool) {
	known, isKnown := errors.AsType[*graph.Error](err)
	if !isKnown {
		return nil, false
	}
	if known.Field != "" {
		path = append(path, strings.Split(known.Field, ".")...)
	}
	e = view.Refused(known, path...)
	return e, e != nil
}

// DeadlineExceeded is the code of what took too long.
const DeadlineExceeded = "DEADLINE_EXCEEDED"

// maxMessage is how many bytes of what the parser and the validator say are told:
// they repeat what was sent.
const maxMessage = 400

func clipMessage(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}

// clip shortens what a client sent, so that no error echoes megabytes.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	if r := []rune(s[:min(len(s), 4*81)]); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// clipPath shortens the names of a path: those of variables are the client's.
func clipPath(p ast.Path) ast.Path {
	out := make(ast.Path, 0, len(p))
	for _, e := range p {
		if name, ok := e.(ast.PathName); ok {
			e = ast.PathName(clip(string(name)))
		}
		out = append(out, e)
	}
	return out
}
