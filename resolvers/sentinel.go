package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
)

// sentinel watches changes that wait for their decision or their time. Where a commit
// makes one break more than what was decided on, or takes away what pre-authorised it,
// it writes so on the change, with the reason, and again when that is over: so that it
// is an event, in the ledger and for who subscribed. Each change is solved again only
// where a commit touched something that its answer can depend on.
//
// What it writes is for people who wait. The verbs ask for themselves, at the head.
type sentinel struct {
	*API
	at      graph.Revision // all commits up to it were looked at
	begun   bool
	failed  bool // some change could not be looked at
	watched map[graph.ID]watched
	solved  int // how many changes were solved again, for tests
}

// watched is a change under watch.
type watched struct {
	content int64
	around  graph.IDSet // what its answer can depend on
	until   time.Time   // when something that it depends on begins or ends by itself; zero: never
	like    []string    // of which other changes, wherever they are: of its model, and of who carries it out
}

// sentinelName is whom the ledger names for what the sentinel writes.
const sentinelName = "faultline"

const (
	leastPause = 200 * time.Millisecond // between two looks
	retryAfter = 10 * time.Second       // where one failed and nothing is committed
	restFactor = 2                      // it rests so many times as long as it worked
	maxCatchUp = 2000                   // commits that are looked through; of more, all changes are solved again
)

// Watch is a sentinel at work, until ctx ends. Several services over one store may each
// have one.
func (a *API) Watch(ctx context.Context) {
	s := &sentinel{API: a, watched: map[graph.ID]watched{}}
	for ctx.Err() == nil {
		changed := a.Ledger.Projection().Changed()
		began := time.Now()
		err := s.look(ctx)
		if err != nil && ctx.Err() == nil && a.Logger != nil {
			a.Logger.LogAttrs(ctx, slog.LevelWarn, "scheduled changes could not be looked at; it is tried again", slog.Any("cause", err))
		}
		again := time.NewTimer(retryAfter)
		if next := s.next(); err == nil && next.IsZero() {
			again.Stop() // there is nothing to try again before the next commit
		} else if err == nil {
			again.Reset(max(next.Sub(s.Clock()), 0))
		}
		rest := time.NewTimer(max(leastPause, restFactor*time.Since(began)))
		select {
		case <-ctx.Done():
		case <-rest.C:
			select {
			case <-ctx.Done():
			case <-changed:
			case <-again.C:
			}
		}
		rest.Stop()
		again.Stop()
	}
}

// look looks at what was committed since it looked last.
func (s *sentinel) look(ctx context.Context) error {
	if err := s.Ledger.Projection().Ready(); err != nil {
		return nil //nolint:nilerr // it is looked at once the store is there
	}
	snapshot := s.Ledger.Projection().Snapshot()
	next := s.next()
	due := !next.IsZero() && !next.After(s.Clock())
	if s.begun && snapshot.Revision() <= s.at && !s.failed && !due {
		return nil
	}
	touched, like, all, err := s.touched(ctx, snapshot)
	if err != nil {
		return err
	}
	if !all && len(touched)+len(like) == 0 && !s.failed && !due {
		s.at = snapshot.Revision()
		return nil
	}
	// What a change's patch says is read as a request would read it.
	ctx = context.WithValue(ctx, readingKey{}, &reading{api: s.API, snapshot: snapshot, written: true, records: map[graph.ID]*graph.Node{}})
	room := s.Ledger.Room(snapshot)
	waiting := &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.In, Values: texts([]string{change.Authorize, change.Scheduled})}
	changes, err := room.All(ctx, graph.ChangeClass, &store.Filter{Test: waiting})
	if err != nil {
		return err
	}
	known := map[graph.ID]watched{}
	var failed []error
	for _, r := range changes {
		x := change.Of(r)
		w, seen := s.watched[x.ID]
		if seen && !all && w.content == x.Content && !w.passed(room.Now()) && !touches(touched, w.around) && !slices.ContainsFunc(w.like, func(of string) bool { return like[of] }) {
			known[x.ID] = w
			continue
		}
		now, err := s.checked(ctx, room, x)
		if err != nil { // the others are looked at all the same; this one again, the next time
			failed = append(failed, fmt.Errorf("%s: %w", x.Number, err))
			continue
		}
		known[x.ID] = now
	}
	s.watched, s.at, s.begun, s.failed = known, snapshot.Revision(), true, len(failed) > 0
	return errors.Join(failed...)
}

// passed says whether something began or ended that the answer can depend on.
func (w watched) passed(now time.Time) bool { return !w.until.IsZero() && !w.until.After(now) }

// next is when the first of such times passes; zero: there is none.
func (s *sentinel) next() (next time.Time) {
	for _, w := range s.watched {
		if !w.until.IsZero() && (next.IsZero() || w.until.Before(next)) {
			next = w.until
		}
	}
	return next
}

// checked is check, and what the answer can depend on. A panic is an error of this
// change alone: the service goes on.
func (s *sentinel) checked(ctx context.Context, room *records.Room, x *change.Change) (w watched, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.recovered(ctx, p)
		}
	}()
	if err := s.check(ctx, room, x); err != nil {
		return w, err
	}
	around, until, err := s.around(ctx, room, x)
	return watched{x.Content, around, until, likeOf(x.Values)}, err
}

// about are the CIs to which a change does something, and those that its patch is about.
func (a *API) about(ctx context.Context, room *records.Room, x *change.Change) (ids []graph.ID) {
	for _, e := range x.Effects() {
		ids = append(ids, e.CI)
	}
	patch, _ := a.patchOf(ctx, room, x) // one that does not fit depends on what it names, which its refusal says
	for k := range patch {
		ids = append(ids, patch[k].Nodes()...)
	}
	return ids
}

func touches(touched []graph.ID, around graph.IDSet) bool {
	return slices.ContainsFunc(touched, around.Has)
}

// around is what the answer about a change can depend on: on the graph as it is, and as
// scheduled patches will have made it by then; and when something of that begins or ends.
func (s *sentinel) around(ctx context.Context, room *records.Room, x *change.Change) (around graph.IDSet, until time.Time, err error) {
	c, err := s.context(ctx, room, x, graph.Window{From: x.From, Until: x.Until})
	if err != nil {
		if _, expected := refusal(err); !expected {
			return nil, until, err
		}
		c = change.Context{Snapshot: room.Snapshot(), Now: room.Now(), Change: x} // its patch does not fit the graph as it is
	}
	about := append(append(s.about(ctx, room, x), x.Needs...), x.ID)
	for _, a := range x.Affected { // what it is said not to touch, too
		about = append(about, a.CI)
	}
	around, until = c.Around(about)
	around.Add(x.ID)
	return around, until, nil
}

// quiet are classes of records on which no answer depends.
var quiet = []string{graph.VoteClass, graph.CommentClass, graph.AssessmentClass, graph.TaskClass, graph.TokenClass, graph.DelegationClass, graph.SequenceClass, graph.BaselineClass}

// byItself says whether a sentinel wrote an entry: nothing but what changes say. Somebody
// may have its name, and report an outage.
func byItself(e *graph.Entry) bool {
	return e.Actor == sentinelName && e.Source == graph.RecordSource && !slices.ContainsFunc(e.Changes, func(c graph.Change) bool {
		return c.Node == nil || c.Node.Ref.Class != graph.ChangeClass
	})
}

// touched are the nodes that commits since the last look were about, those that a record
// is about included; all says that anything may be different.
func (s *sentinel) touched(ctx context.Context, now *graph.Snapshot) (ids []graph.ID, like map[string]bool, all bool, err error) {
	if !s.begun || now.Revision()-s.at > maxCatchUp {
		return nil, nil, true, nil
	}
	like = map[string]bool{}
	for at := s.at; at < now.Revision(); {
		entries, err := s.Ledger.Store().Entries(ctx, at, min(entriesAtOnce, int(now.Revision()-at)))
		if err != nil || len(entries) == 0 {
			return nil, nil, true, err
		}
		for i := range entries {
			at = entries[i].Revision
			if byItself(&entries[i]) {
				continue
			}
			for k := range entries[i].Changes {
				c := &entries[i].Changes[k]
				if c.Class != nil || c.ClassWas != nil || c.Type != nil || c.TypeWas != nil {
					return nil, nil, true, nil
				}
				for _, n := range []*graph.Node{c.NodeWas, c.Node} {
					if n != nil && n.Ref.Class == graph.ChangeClass {
						for _, of := range likeOf(said(n)) {
							like[of] = true
						}
					}
				}
				for _, id := range c.Nodes() {
					switch class := now.Ref(id).Class; {
					case class == graph.WindowClass || class == graph.PolicyClass || class == graph.ModelClass || class == graph.ThresholdClass:
						return nil, nil, true, nil
					case slices.Contains(quiet, class):
					case now.Catalogue().Kept(class):
						ids = append(ids, id)
						for _, l := range now.Links(id, graph.Providers) {
							ids = append(ids, l.To)
						}
						if c.Node != nil && !said(c.Node)["patch"].IsZero() || c.NodeWas != nil && !said(c.NodeWas)["patch"].IsZero() {
							return nil, nil, true, nil // what it patches, or did, may be patched by others
						}
					default:
						ids = append(ids, id)
					}
				}
			}
		}
	}
	return ids, like, false, nil
}

// likeOf are the model of a change, of whose history rules speak, and who carries it out,
// who has one pair of hands.
func likeOf(values map[string]graph.Value) (out []string) {
	for _, name := range []string{"model", "implementer"} {
		if v := values[name].Str(); v != "" {
			out = append(out, name+" "+v)
		}
	}
	return out
}

// check writes on a change what is different from what stands there.
func (s *sentinel) check(ctx context.Context, room *records.Room, x *change.Change) error {
	s.solved++
	because, err := s.undone(ctx, room, x)
	if err != nil || slices.Equal(because, x.Texts("stale_because")) {
		return err
	}
	_, err = s.Ledger.Decide(ctx, graph.Batch{Actor: sentinelName}, nil, func(ctx context.Context, room *records.Room) (out records.Decision, err error) {
		all, err := room.Records(ctx, x.ID)
		if err != nil || len(all) == 0 {
			return out, errors.Join(err, errUnchanged)
		}
		now := change.Of(all[0])
		if state := now.State(); state != change.Authorize && state != change.Scheduled {
			return out, errUnchanged
		}
		because, err := s.undone(ctx, room, now)
		if err != nil || slices.Equal(because, now.Texts("stale_because")) {
			return out, errors.Join(err, errUnchanged)
		}
		values := change.Fresh()
		out.Says = x.Number + " holds again"
		if len(because) > 0 {
			values = change.Stale(because, room.Now())
			if since := now.Time("stale_since"); !since.IsZero() {
				values["stale_since"] = graph.TimeValue(since) // it was so before, for other reasons
			}
			out.Says = x.Number + " turned stale: " + because[0]
		}
		out.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: x.ID}, Attributes: values}}
		return out, nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// errUnchanged ends a decision that turned out to be none.
var errUnchanged = errors.New("nothing is different")

// undone says why what was decided on a change does not hold any more; none: it does, or
// nothing was decided on.
func (s *sentinel) undone(ctx context.Context, room *records.Room, x *change.Change) ([]string, error) {
	if x.Type == change.Standard {
		because, err := s.unauthorised(ctx, room, x)
		return change.Briefly(because), err
	}
	sealed, err := last(ctx, room, x)
	if err != nil || sealed == nil || sealed.Content != x.Content {
		return nil, err
	}
	because, err := s.stale(ctx, room, x, sealed)
	return change.Briefly(because), err
}
