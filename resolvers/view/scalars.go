package view

import (
	"encoding"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
)

// The functions below are how gqlgen writes and reads the scalars and the enums
// of the schema that the domain has values for.

func written(text string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b, _ := json.Marshal(text) // a string always marshals
		_, _ = w.Write(b)
	})
}

func read[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](v any) (t T, err error) {
	s, ok := v.(string)
	if !ok {
		return t, graph.Errorf(graph.Invalid, "a text was expected")
	}
	return t, P(&t).UnmarshalText([]byte(s))
}

// MarshalTime writes an instant in UTC.
func MarshalTime(t time.Time) graphql.Marshaler { return written(t.UTC().Format(time.RFC3339Nano)) }

// UnmarshalTime reads RFC 3339, to the microsecond.
func UnmarshalTime(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, graph.Errorf(graph.Invalid, "this is not a time").WithHint("write it as RFC 3339, for example 2026-11-24T08:30:00Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalJSON writes any value in its JSON form.
func MarshalJSON(v any) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b, err := json.Marshal(v)
		if err != nil {
			b = []byte("null")
		}
		_, _ = w.Write(b)
	})
}

// UnmarshalJSON takes any value as it is.
func UnmarshalJSON(v any) (any, error) { return v, nil }

// MarshalDuration writes ISO 8601.
func MarshalDuration(d time.Duration) graphql.Marshaler { return written(graph.FormatDuration(d)) }

// UnmarshalDuration reads ISO 8601.
func UnmarshalDuration(v any) (time.Duration, error) {
	s, _ := v.(string)
	return graph.ParseDuration(s)
}

// MarshalRevision writes a revision as text.
func MarshalRevision(r graph.Revision) graphql.Marshaler {
	return written(strconv.FormatUint(uint64(r), 10))
}

// UnmarshalRevision reads a revision, as text or as a number.
func UnmarshalRevision(v any) (graph.Revision, error) {
	n, err := strconv.ParseUint(digits(v), 10, 63)
	if err != nil {
		return 0, graph.Errorf(graph.Invalid, "this is not a revision").WithHint("a revision is a whole number from 0 on")
	}
	return graph.Revision(n), nil
}

// MarshalInt64 writes a number as text.
func MarshalInt64(n int64) graphql.Marshaler { return written(strconv.FormatInt(n, 10)) }

// UnmarshalInt64 reads a whole number, as text or as a number.
func UnmarshalInt64(v any) (int64, error) {
	n, err := strconv.ParseInt(digits(v), 10, 64)
	if err != nil {
		return 0, graph.Errorf(graph.Invalid, "this is not a whole number of 64 bits")
	}
	return n, nil
}

// digits is the text of what a client may write for a whole number.
func digits(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// MarshalTransfer writes the transfer's name or table.
func MarshalTransfer(t graph.Transfer) graphql.Marshaler { return written(t.String()) }

// UnmarshalTransfer reads what MarshalTransfer writes.
func UnmarshalTransfer(v any) (graph.Transfer, error) {
	s, _ := v.(string)
	return graph.ParseTransfer(s)
}

// MarshalState writes a state's name.
func MarshalState(s graph.State) graphql.Marshaler { return written(s.String()) }

// UnmarshalState reads a state's name.
func UnmarshalState(v any) (graph.State, error) { return read[graph.State](v) }

// MarshalEffectKind writes an effect's name.
func MarshalEffectKind(k graph.EffectKind) graphql.Marshaler { return written(k.String()) }

// UnmarshalEffectKind reads an effect's name.
func UnmarshalEffectKind(v any) (graph.EffectKind, error) { return read[graph.EffectKind](v) }

// MarshalDirection writes a direction's name.
func MarshalDirection(d graph.Direction) graphql.Marshaler { return written(d.String()) }

// UnmarshalDirection reads a direction's name.
func UnmarshalDirection(v any) (graph.Direction, error) { return read[graph.Direction](v) }

// MarshalRule writes a rule's name.
func MarshalRule(r graph.Rule) graphql.Marshaler { return written(r.String()) }

// UnmarshalRule reads a rule's name.
func UnmarshalRule(v any) (graph.Rule, error) { return read[graph.Rule](v) }

// MarshalLifecycle writes a lifecycle's name.
func MarshalLifecycle(l graph.Lifecycle) graphql.Marshaler { return written(l.String()) }

// UnmarshalLifecycle reads a lifecycle's name.
func UnmarshalLifecycle(v any) (graph.Lifecycle, error) { return read[graph.Lifecycle](v) }

// MarshalWorld writes a world's name.
func MarshalWorld(w graph.World) graphql.Marshaler { return written(w.String()) }

// UnmarshalWorld reads a world's name.
func UnmarshalWorld(v any) (graph.World, error) { return read[graph.World](v) }

// MarshalBand writes a band's name.
func MarshalBand(b graph.Band) graphql.Marshaler { return written(b.String()) }

// UnmarshalBand reads a band's name.
func UnmarshalBand(v any) (graph.Band, error) { return read[graph.Band](v) }

// MarshalPhase writes a phase's name; an unstated one is RUN.
func MarshalPhase(p graph.Phase) graphql.Marshaler {
	return written(max(p, graph.RunPhase).String())
}

// UnmarshalPhase reads a phase's name.
func UnmarshalPhase(v any) (graph.Phase, error) { return read[graph.Phase](v) }

// MarshalMethod writes a method's name.
func MarshalMethod(m graph.Method) graphql.Marshaler { return written(m.String()) }

// UnmarshalMethod reads a method's name.
func UnmarshalMethod(v any) (graph.Method, error) { return read[graph.Method](v) }

// MarshalImpact writes whether impact flows.
func MarshalImpact(i graph.Impact) graphql.Marshaler { return written(i.String()) }

// UnmarshalImpact reads whether impact flows.
func UnmarshalImpact(v any) (graph.Impact, error) { return read[graph.Impact](v) }

// MarshalAttributeType writes a value type in upper case, as enums are.
func MarshalAttributeType(k graph.ValueKind) graphql.Marshaler {
	return written(strings.ToUpper(k.String()))
}

// UnmarshalAttributeType reads what MarshalAttributeType writes.
func UnmarshalAttributeType(v any) (graph.ValueKind, error) {
	s, _ := v.(string)
	return read[graph.ValueKind](strings.ToLower(s))
}
