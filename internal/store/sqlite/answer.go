package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/faultline-itsm/faultline/internal/store"
)

// Answer is what a key was answered with; see store.Reader.
func (s *Store) Answer(ctx context.Context, principal, key string) (a *store.Answer, err error) {
	err = s.read(ctx, func(r *reader) error {
		a, err = r.answer(principal, key)
		return err
	})
	return a, err
}

func (i *inside) Answer(ctx context.Context, principal, key string) (*store.Answer, error) {
	if err := i.check(ctx); err != nil {
		return nil, err
	}
	a, err := i.answer(principal, key)
	return a, i.s.explain(err)
}

func (r *reader) answer(principal, key string) (a *store.Answer, err error) {
	err = r.c.rows(context.Background(), getAnswer, func(row []driver.Value) error {
		a = &store.Answer{Principal: principal, Key: key,
			At: time.UnixMicro(row[1].(int64)).UTC(), Until: time.UnixMicro(row[2].(int64)).UTC(), Result: row[3].([]byte)}
		copy(a.Input[:], row[0].([]byte))
		return nil
	}, principal, key)
	return a, err
}

// remember writes an answer, and forgets some that are outdated.
func (t *transaction) remember(a *store.Answer) error {
	if err := t.c.run(forgetAnswers, a.At.UnixMicro(), int64(store.MaxForgotten)); err != nil {
		return err
	}
	return t.c.run(putAnswer, a.Principal, a.Key, a.Input[:], a.At.UnixMicro(), a.Until.UnixMicro(), a.Result)
}
