package guard

import (
	"errors"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/graph"
)

// Refused is a refusal by a limit.
type Refused struct {
	Limit string // its name, as Rows has it
	Cause *graph.Error
}

func (r *Refused) Error() string { return r.Cause.Error() }

// Unwrap is the error as it is told.
func (r *Refused) Unwrap() error { return r.Cause }

// Reasons beside the names of limits.
const (
	Introspecting = "introspection" // more of the schema than any tool asks for
	Unparsable    = "parse"
	Invalid       = "validation"
)

// Reason says in one word, one of few, why the guard refused; "" where it did not.
func Reason(err error) string {
	if r, ok := errors.AsType[*Refused](err); ok {
		return r.Limit
	}
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		switch e.Extensions["code"] {
		case ParseFailed:
			return Unparsable
		case ValidationFailed:
			return Invalid
		}
	}
	return ""
}

// Reasons are all that Reason may say.
func Reasons() []string {
	out := []string{Introspecting, Unparsable, Invalid}
	for _, r := range Rows {
		out = append(out, r.Name)
	}
	return out
}

// refused is a refusal by the limit of that name. It never repeats what was sent.
func refused(limit, hint, format string, args ...any) error {
	e := graph.Errorf(graph.LimitExceeded, format, args...)
	if hint != "" {
		e = e.WithHint("%s", hint)
	}
	return &Refused{limit, e}
}

// above refuses what is above a limit.
func above(limit, what string, n, most int) error {
	if n <= most {
		return nil
	}
	return refused(limit, "split it into several requests, or ask for less at once", "the document has %s %s; at most %d are allowed", count(n), what, most)
}
