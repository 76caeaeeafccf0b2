package neo4j

import (
	"context"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Answer is what a key was answered with; see store.Reader.
func (s *Store) Answer(ctx context.Context, principal, key string) (a *store.Answer, err error) {
	err = s.atHead(ctx, func(ctx context.Context, r runner, _ *mark) error {
		a, err = answerOf(ctx, r, principal, key)
		return err
	})
	return a, err
}

// Answer looks among those that wait to be written first.
func (i *inside) Answer(ctx context.Context, principal, key string) (*store.Answer, error) {
	if err := i.check(ctx, false); err != nil {
		return nil, err
	}
	if a, ok := i.t.answers[answerKey{principal, key}]; ok {
		return a, nil
	}
	a, err := answerOf(i.t.ctx, i.t.r, principal, key)
	return a, i.t.fail(ctx, err)
}

type answerKey struct{ principal, key string }

func answerOf(ctx context.Context, r runner, principal, key string) (*store.Answer, error) {
	v, err := row(ctx, r, getAnswer, params{"principal": told(principal), "key": told(key)})
	if err != nil || len(v) == 0 {
		return nil, err
	}
	input, _ := v[0].([]byte)
	at, dated := v[1].(time.Time)
	until, limited := v[2].(time.Time)
	result, kept := v[3].([]byte)
	if len(input) != len(graph.Hash{}) || !dated || !limited || !kept {
		return nil, graph.Errorf(graph.Internal, "an answer by idempotency key is damaged: somebody changed it in Neo4j")
	}
	return &store.Answer{Principal: principal, Key: key, Input: graph.Hash(input), At: at.UTC(), Until: until.UTC(), Result: result}, nil
}

// remember writes the answers of the transaction, and forgets some that are
// outdated.
func (t *transaction) remember() error {
	if len(t.answers) == 0 {
		return nil
	}
	rows := make([]any, 0, len(t.answers))
	var now time.Time
	for _, a := range t.answers {
		rows = append(rows, []any{told(a.Principal), told(a.Key), a.Input[:], a.At, a.Until, a.Result})
		if a.At.After(now) {
			now = a.At
		}
	}
	if err := do(t.ctx, t.r, forgetAnswers, params{"at": now, "most": int64(store.MaxForgotten)}); err != nil {
		return err
	}
	return t.each(putAnswers, rows)
}
