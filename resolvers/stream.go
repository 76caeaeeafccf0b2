package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// maxBehind is how many commits the reader of a stream may fall behind, once it
// had caught up, before it is told to resync.
const maxBehind = 256

// entriesAtOnce is how many entries a stream fetches: each may be large.
const entriesAtOnce = 16

// Stream is an operation that is answered more than once. A subscription is a
// place in the ledger, not a queue: what a reader has not taken yet stays where it
// is kept anyway, so that a thousand commits cost the service nothing, however slow
// its readers are. Each event is the operation executed at one revision. It is for
// one goroutine.
type Stream struct {
	api     *API
	request Request
	adm     admitted

	takes    func(*graph.Change) bool // what is for it; nil: all
	cursor   graph.Revision           // all up to it was taken
	sent     graph.Revision           // all up to it was answered, or is not for this stream
	begun    bool
	current  bool // it had caught up
	page     []graph.Entry
	event    gql.LedgerEvent // nil while it is being opened
	failed   error
	finished bool

	state     bool      // it tells how something is, not what was committed
	is, told  string    // how it is by the last look, and by the last answer
	evaluated time.Time // when it was looked at last
}

type streamKey struct{}

// Follow begins an operation that may be answered more than once: a subscription,
// or a query or mutation, which has one answer. A response says why not.
func (a *API) Follow(ctx context.Context, q Request) (*Stream, *graphql.Response) {
	q.follows = true
	s := &Stream{api: a, request: q}
	ctx = context.WithValue(ctx, requestKey{}, q.ID)
	var errs []error
	if s.adm, errs = a.admitted(ctx, q); errs != nil {
		return nil, a.refuse(ctx, errs...)
	}
	if s.single() {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(s.context(ctx), s.adm.deadline)
	defer cancel()
	at, err := a.snapshot(ctx, q.Min)
	if err != nil {
		return nil, a.refuse(ctx, err)
	}
	r := &reading{api: a, snapshot: at, records: map[graph.ID]*graph.Node{}}
	if r.veil, err = a.veil(ctx); err != nil {
		return nil, a.refuse(ctx, err)
	}
	resp := a.run(context.WithValue(ctx, readingKey{}, r), q)
	switch {
	case s.begun: // there is no event yet, and so no answer
		return s, nil
	case resp == nil:
		return nil, a.refuse(ctx, ctx.Err())
	}
	return nil, r.stamp(resp)
}

func (s *Stream) context(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, requestKey{}, s.request.ID)
	if s.request.Principal != nil {
		ctx = context.WithValue(ctx, principalKey{}, *s.request.Principal)
	}
	return context.WithValue(context.WithValue(ctx, admittedKey{}, s.adm), streamKey{}, s)
}

// single says whether the operation is no subscription.
func (s *Stream) single() bool {
	op := s.adm.doc.Operations.ForName(s.request.OperationName)
	return op == nil || op.Operation != ast.Subscription
}

// Revision is where to go on after the last answer: 0 for an operation that is no
// subscription.
func (s *Stream) Revision() graph.Revision { return s.sent }

// Wait waits for the next answer; false is the end.
func (s *Stream) Wait(ctx context.Context) bool {
	if s.finished {
		return false
	}
	if s.single() {
		s.finished = true
		return true
	}
	if s.state {
		return s.waitForState(ctx)
	}
	for {
		if e, ok := s.take(); ok {
			s.event = e
			return true
		}
		changed := s.api.Ledger.Projection().Changed()
		head := s.api.Ledger.Projection().Snapshot().Revision()
		switch {
		case head <= s.cursor:
			s.current = true
			select {
			case <-changed:
			case <-ctx.Done():
				return false
			}
		case s.current && head-s.cursor > maxBehind:
			s.event, s.finished = view.ResyncRequired{From: s.cursor, Newest: head}, true
			return true
		default:
			page, err := s.api.Ledger.Store().Entries(ctx, s.cursor, min(entriesAtOnce, int(head-s.cursor)))
			if ctx.Err() != nil {
				return false
			}
			if err == nil && len(page) == 0 {
				err = graph.Errorf(graph.Unavailable, "the ledger ends before revision %d", head).WithHint("subscribe again")
			}
			if err != nil {
				s.failed, s.finished = err, true
				return true
			}
			s.page = page
		}
	}
}

// How often a state is looked at: however often the graph changes, and where it does not,
// as time passes.
const stateEvery, stateAnyway = 250 * time.Millisecond, time.Minute

// waitForState waits until a state may be another one. What was committed in between is
// of no account, so nobody falls behind.
func (s *Stream) waitForState(ctx context.Context) bool {
	anyway := time.NewTimer(stateAnyway)
	defer anyway.Stop()
	for waits := s.event != nil; waits; {
		changed := s.api.Ledger.Projection().Changed()
		if head := s.api.Ledger.Projection().Snapshot().Revision(); head > s.cursor {
			s.cursor = head
			break
		}
		select {
		case <-changed:
		case <-anyway.C:
			waits = false
		case <-ctx.Done():
			return false
		}
	}
	pace := time.NewTimer(stateEvery - time.Since(s.evaluated))
	defer pace.Stop()
	select {
	case <-pace.C:
	case <-ctx.Done():
		s.cursor = s.sent // it is looked at the next time
		return false
	}
	s.event, s.evaluated = view.ResyncRequired{}, time.Now() // it is not being opened
	return true
}

// take is the next entry of the page that is for this stream.
func (s *Stream) take() (*view.LedgerEntry, bool) {
	for len(s.page) > 0 {
		e := &s.page[0]
		s.page, s.cursor = s.page[1:], e.Revision
		out := &view.LedgerEntry{Entry: e, Takes: s.takes}
		if s.takes == nil || slices.ContainsFunc(e.Changes, func(c graph.Change) bool { return s.takes(&c) }) {
			return out, true
		}
	}
	return nil, false
}

// Response is the answer that Wait has found; nil where it turned out to be the last one
// again. One with errors is the last: who comes
// back after Revision misses nothing.
func (s *Stream) Response(ctx context.Context) *graphql.Response {
	if s.single() {
		q := s.request
		q.follows = false
		return s.api.Execute(ctx, q)
	}
	ctx = s.context(ctx)
	if s.failed != nil {
		return s.api.refuse(ctx, s.failed)
	}
	ctx, cancel := context.WithTimeout(ctx, s.adm.deadline)
	defer cancel()
	if err := s.still(ctx); err != nil {
		s.finished = true
		return s.api.refuse(ctx, err)
	}
	q := s.request
	q.Min = max(q.Min, s.cursor)
	resp := s.api.answer(ctx, q)
	switch {
	case len(resp.Errors) > 0:
		s.finished = true
	case s.state && s.is == s.told:
		s.sent = s.cursor
		return nil
	default:
		s.sent, s.told = s.cursor, s.is
	}
	return resp
}

// still refuses an event to whose token was revoked, or lost its roles, since the stream
// began.
func (s *Stream) still(ctx context.Context) error {
	if s.request.Principal == nil {
		return nil
	}
	who, err := identity.Still(ctx, s.api.Ledger.Room(s.api.Ledger.Projection().Snapshot()), *s.request.Principal)
	if err == nil {
		s.request.Principal = &who
	}
	return err
}

// following answers subscriptions.
type following struct{ *API }

func (f following) RevisionCommitted(ctx context.Context, after *graph.Revision) (<-chan gql.LedgerEvent, error) {
	if err := readingOf(ctx).veil.whole("revisionCommitted"); err != nil {
		return nil, err
	}
	return f.next(ctx, after, nil)
}

func (f following) CIChanged(ctx context.Context, filter *gql.CIFilter, after *graph.Revision) (<-chan gql.LedgerEvent, error) {
	takes, err := f.changes(ctx, filter)
	if err != nil {
		return nil, err
	}
	return f.next(ctx, after, takes)
}

// next gives the one event that is being answered; while the stream is being opened it
// has none yet, and is only told where to begin.
func (f following) next(ctx context.Context, after *graph.Revision, takes func(*graph.Change) bool) (<-chan gql.LedgerEvent, error) {
	s, opening, err := f.opened(ctx, after, takes)
	if err != nil {
		return nil, err
	}
	out := make(chan gql.LedgerEvent, 1)
	defer close(out)
	switch event := s.event.(type) {
	case *view.LedgerEntry:
		e := &view.LedgerEntry{Entry: event.Entry, Takes: event.Takes, Snapshot: readingOf(ctx).at()}
		out <- e
		return out, expandChanges(ctx, []*view.LedgerEntry{e})
	default:
		if !opening {
			out <- event
		}
	}
	return out, nil
}

// mayFollow refuses a subscription to who may not ask for it.
func (f following) mayFollow(ctx context.Context) error {
	return permitted(f.actor(ctx), "Subscription", graphql.GetFieldContext(ctx).Field.Name)
}

// opened tells a stream that is being opened where to begin, and refuses it to who may
// not ask for it; afterwards it has an event.
func (f following) opened(ctx context.Context, after *graph.Revision, takes func(*graph.Change) bool) (s *Stream, opening bool, err error) {
	s = ctx.Value(streamKey{}).(*Stream)
	if err := f.mayFollow(ctx); err != nil {
		return nil, false, err
	}
	if s.event != nil {
		return s, false, nil
	}
	s.cursor = readingOf(ctx).at().Revision()
	if s.request.Resume != nil && !s.state {
		after = s.request.Resume
	}
	if after != nil {
		if _, err := f.Ledger.Projection().Await(ctx, *after); err != nil {
			return nil, true, err
		}
		s.cursor = *after
	}
	s.sent, s.takes, s.begun = s.cursor, takes, true
	return s, true, nil
}

// changes are those of CIs that the filter takes, as they were before or as they
// are after.
func (f following) changes(ctx context.Context, filter *gql.CIFilter) (func(*graph.Change) bool, error) {
	projection := f.Ledger.Projection()
	q, err := pageQuery(readingOf(ctx).at().Catalogue(), filter, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	small := func(string, int) (int, error) { return 0, nil } // nothing is searched through
	if err := q.Validate(readingOf(ctx).at().Catalogue(), small); err != nil {
		return nil, err
	}
	veil := readingOf(ctx).veil
	return func(c *graph.Change) bool {
		cat := projection.Snapshot().Catalogue()
		return veil.takes(cat, c) && (c.NodeWas != nil && q.Takes(c.NodeWas, cat) || c.Node != nil && q.Takes(c.Node, cat))
	}, nil
}
