package storetest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func answers() []promise {
	return []promise{
		{"an answer is kept with the entry that it tells of, also for another handle", answerKept},
		{"an answer is kept where nothing changed", answerAlone},
		{"what is refused leaves no answer", answerRefused},
		{"keys are a principal's own", answerPrincipals},
		{"of concurrent decisions with one key, one writes and the others find its answer", answerOnce},
		{"an answer comes back byte for byte, up to a megabyte", answerBytes},
		{"answers are forgotten once another is written after their time", answerForgotten},
	}
}

const longKept = 72 * time.Hour

// told is an answer, given some time after noon.
func told(principal, key string, after time.Duration) *store.Answer {
	return &store.Answer{Principal: principal, Key: key, Input: graph.Hash{1, 2, 3}, At: noon.Add(after), Until: noon.Add(after + longKept),
		Result: []byte(principal + " " + key)}
}

func (b *bench) answer(st store.Reader, want *store.Answer) {
	b.Helper()
	got, err := st.Answer(background, want.Principal, want.Key)
	b.must(err)
	if got == nil {
		b.Fatalf("the answer of %s to %s is not there", want.Principal, want.Key)
	}
	if got.Principal != want.Principal || got.Key != want.Key || got.Input != want.Input || !got.At.Equal(want.At) || !got.Until.Equal(want.Until) ||
		got.At.Location() != time.UTC || !bytes.Equal(got.Result, want.Result) {
		b.Errorf("the answer is %+v, kept was %+v", got, want)
	}
}

func (b *bench) noAnswer(principal, key string) {
	b.Helper()
	got, err := b.st.Answer(background, principal, key)
	b.must(err)
	if got != nil {
		b.Errorf("%s has an answer to %s: %+v", principal, key, got)
	}
}

// remembered writes an outcome of an entry with these changes and an answer.
func (b *bench) remembered(a *store.Answer, changes ...graph.Change) (graph.Head, error) {
	return b.st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		out := store.Outcome{Answer: a}
		if len(changes) == 0 {
			return out, nil
		}
		head, err := tx.Head(ctx)
		out.Entries = []*graph.Entry{seal(head, changes...)}
		return out, err
	})
}

func answerKept(b *bench) {
	a := told("tester", "k1", 0)
	h, err := b.remembered(a, created(server(1, "a"))...)
	b.must(err)
	if h.Revision != 1 {
		b.Errorf("revision %d", h.Revision)
	}
	b.answer(b.st, a)
	b.answer(b.handle(), a)
	b.noAnswer("tester", "k2")
	b.noAnswer("tester", "")
}

func answerAlone(b *bench) {
	a := told("tester", "k1", 0)
	h, err := b.remembered(a)
	b.must(err)
	if h.Revision != 0 {
		b.Errorf("revision %d", h.Revision)
	}
	b.answer(b.st, a)
	st := b.open() // as after a restart
	b.answer(st, a)
	b.must(st.Close())
	later := told("tester", "k1", time.Hour) // a key that was forgotten by its reader
	_, err = b.remembered(later)
	b.must(err)
	b.answer(b.st, later)
}

func answerRefused(b *bench) {
	b.put(created(server(1, "taken"))...)
	if _, err := b.remembered(told("tester", "k1", 0), created(server(2, "taken"))...); err == nil {
		b.Fatal("two living nodes with one ref were written")
	}
	_, err := b.st.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) {
		return store.Outcome{Answer: told("tester", "k1", 0)}, errMine
	})
	if err != errMine {
		b.Errorf("got %v", err)
	}
	b.noAnswer("tester", "k1")
}

func answerPrincipals(b *bench) {
	for _, who := range []string{"a", "b", "A", "é", ""} {
		_, err := b.remembered(told(who, "k", 0))
		b.must(err)
	}
	for _, who := range []string{"a", "b", "A", "é", ""} {
		b.answer(b.st, told(who, "k", 0))
	}
	b.noAnswer("e\u0301", "k")
	b.noAnswer("a", "K")
}

// answerOnce is what idempotency stands on: the key is looked up within the
// commit, and the commits of one group see each other's answers.
func answerOnce(b *bench) {
	other := b.handle()
	const keys, tries = 6, 8
	wrote := make([][]bool, keys)
	var wg sync.WaitGroup
	for k := range keys {
		wrote[k] = make([]bool, tries)
		for i := range tries {
			st := b.st
			if i%2 == 1 {
				st = other
			}
			wg.Go(func() {
				a := told("tester", fmt.Sprint("k", k), 0)
				a.Result = fmt.Append(nil, "try ", i)
				_, err := st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
					wrote[k][i] = false
					known, err := tx.Answer(ctx, a.Principal, a.Key)
					if err != nil || known != nil {
						return store.Outcome{}, err
					}
					head, err := tx.Head(ctx)
					if err != nil {
						return store.Outcome{}, err
					}
					wrote[k][i] = true
					return store.Outcome{Entries: []*graph.Entry{seal(head, created(server(head.LastID+1, fmt.Sprintf("s-%d-%d", k, i)))...)}, Answer: a}, nil
				})
				if err != nil {
					b.Errorf("key %d, try %d: %v", k, i, err)
				}
			})
		}
	}
	wg.Wait()
	if h, err := b.st.Head(background); err != nil || h.Revision != keys {
		b.Errorf("%d keys made %d revisions, %v", keys, h.Revision, err)
	}
	for k := range keys {
		for i, did := range wrote[k] {
			if did {
				a := told("tester", fmt.Sprint("k", k), 0)
				a.Result = fmt.Append(nil, "try ", i)
				b.answer(other, a)
			}
		}
	}
}

func answerBytes(b *bench) {
	for n, result := range [][]byte{{}, {0}, []byte("\xff\x00`'\"\\"), bytes.Repeat([]byte("0123456789abcdef"), 64<<10)} {
		a := told("tester", fmt.Sprint("`$", n, "'\U0001F512"), 0)
		a.Result = result
		_, err := b.remembered(a)
		b.must(err)
		b.answer(b.st, a)
	}
}

func answerForgotten(b *bench) {
	const old = store.MaxForgotten + 5
	for i := range old {
		_, err := b.remembered(told("tester", fmt.Sprint("old", i), time.Duration(i)*time.Second))
		b.must(err)
	}
	left := func() (n int) {
		for i := range old {
			a, err := b.st.Answer(background, "tester", fmt.Sprint("old", i))
			b.must(err)
			if a != nil {
				n++
			}
		}
		return n
	}
	_, err := b.remembered(told("tester", "young", longKept-time.Second))
	b.must(err)
	if n := left(); n != old {
		b.Errorf("%d of %d answers are left before their time", n, old)
	}
	_, err = b.remembered(told("tester", "now", longKept+time.Hour))
	b.must(err)
	if n := left(); n != old-store.MaxForgotten {
		b.Errorf("%d of %d outdated answers are left; %d are forgotten at once", n, old, store.MaxForgotten)
	}
	_, err = b.remembered(told("tester", "then", longKept+time.Hour))
	b.must(err)
	if n := left(); n != 0 {
		b.Errorf("%d outdated answers are left", n)
	}
	b.answer(b.st, told("tester", "young", longKept-time.Second))
}
