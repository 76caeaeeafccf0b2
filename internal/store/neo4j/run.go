package neo4j

import (
	"context"
	"fmt"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// params are a statement's parameters.
type params = map[string]any

// runner runs statements: in a transaction, or each in one of its own.
type runner interface {
	run(ctx context.Context, q statement, p params) (driver.ResultWithContext, error)
}

// single runs each statement in a transaction of its own.
type single struct{ session driver.SessionWithContext }

func (s single) run(ctx context.Context, q statement, p params) (driver.ResultWithContext, error) {
	return s.session.Run(ctx, string(q), p)
}

// joint runs all statements in one transaction.
type joint struct{ tx driver.ExplicitTransaction }

func (j joint) run(ctx context.Context, q statement, p params) (driver.ResultWithContext, error) {
	return j.tx.Run(ctx, string(q), p)
}

// do runs a statement whose rows do not matter.
func do(ctx context.Context, r runner, q statement, p params) error {
	res, err := r.run(ctx, q, p)
	if err == nil {
		_, err = res.Consume(ctx)
	}
	return err
}

// row is the one row of a statement's answer, nil where there is none.
func row(ctx context.Context, r runner, q statement, p params) (values []any, err error) {
	err = rows(ctx, r, q, p, func(v []any) error {
		values = v
		return nil
	})
	return values, err
}

// rows calls each with the values of every row.
func rows(ctx context.Context, r runner, q statement, p params, each func(values []any) error) error {
	res, err := r.run(ctx, q, p)
	if err != nil {
		return err
	}
	for res.Next(ctx) {
		if err := each(res.Record().Values); err != nil {
			return err
		}
	}
	return res.Err()
}

// number is a count, the one value of the one row.
func number(ctx context.Context, r runner, q statement, p params) (int64, error) {
	v, err := row(ctx, r, q, p)
	if err != nil || len(v) == 0 {
		return 0, err
	}
	n, _ := v[0].(int64)
	return n, nil
}

// bodies are the canonical forms that a statement has collected.
func bodies(ctx context.Context, r runner, q statement, p params) ([]any, error) {
	v, err := row(ctx, r, q, p)
	if err != nil || len(v) == 0 {
		return nil, err
	}
	list, ok := v[0].([]any)
	if !ok {
		return nil, fmt.Errorf("a list was expected, not a %T", v[0])
	}
	return list, nil
}

// decoded reads canonical forms.
func decoded[T any](list []any, decode func([]byte) (*T, error)) ([]*T, error) {
	out := make([]*T, 0, len(list))
	for _, v := range list {
		b, _ := v.([]byte) // what is no bytes is damaged, and decode says so
		x, err := decode(b)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// open starts a session; its end never depends on a caller's context.
func (s *Store) open(ctx context.Context) (session driver.SessionWithContext, end func()) {
	session = s.driver.NewSession(ctx, s.session)
	return session, func() { _ = session.Close(context.WithoutCancel(ctx)) }
}

// lease tells the server when to end a transaction by itself: when nobody waits for
// it any more. Else one whose connection was lost without a word would hold its
// locks, and all who write, for as long as the longest may take.
func (s *Store) lease(ctx context.Context) func(*driver.TransactionConfig) {
	d := s.longest
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	return driver.WithTxTimeout(max(d, time.Millisecond)) // 0 would be for ever
}

// within runs f in one transaction, which is rolled back: it is for locks and
// reads.
func (s *Store) within(ctx context.Context, f func(r runner) error) error {
	session, end := s.open(ctx)
	defer end()
	tx, err := session.BeginTransaction(ctx, s.lease(ctx))
	if err != nil {
		return err
	}
	if err := f(joint{tx}); err != nil {
		_ = tx.Close(context.WithoutCancel(ctx))
		return err
	}
	return tx.Rollback(ctx)
}
