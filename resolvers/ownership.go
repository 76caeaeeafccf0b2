package resolvers

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// ownerships know which CIs teams answer for. A right is one of today, whatever point
// in time is asked about, so they follow the head of the ledger; each set of teams is
// counted out once, and then moved on by what was changed.
type ownerships struct {
	mu    sync.Mutex
	known map[string]*ownership // by the teams
	line  []string              // in which they came
}

// maxOwnerships bounds how many sets of teams are remembered; where there are more, the
// oldest one is begun anew.
const maxOwnerships = 64

// countsWithin is how long all CIs of some teams may take to be counted out.
const countsWithin = 2 * time.Minute

// ownership is the CIs that some teams answer for, retired ones included.
type ownership struct {
	teams []string

	moving sync.Mutex // one request moves it on
	mu     sync.RWMutex
	at     graph.Revision // it is true there
	cis    map[graph.ID]struct{}
}

func (o *ownership) has(id graph.ID) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	_, ok := o.cis[id]
	return ok
}

// owned is what teams answer for, at the newest revision or later.
func (a *API) owned(ctx context.Context, teams []string) (*ownership, error) {
	o := a.owners.of(teams)
	o.moving.Lock()
	defer o.moving.Unlock()
	s := a.Ledger.Projection().Snapshot()
	if o.cis == nil || s.Revision() > o.at+maxBehind {
		// Who gives up waiting does not undo the work: the next one needs it, too.
		whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), countsWithin)
		defer cancel()
		if err := o.count(whole, a.Ledger.Store(), s.Catalogue()); err != nil {
			return nil, err
		}
	}
	return o, o.follow(ctx, a.Ledger.Store(), s)
}

func (k *ownerships) of(teams []string) *ownership {
	teams = slices.Compact(slices.Sorted(slices.Values(teams)))
	name := strings.Join(teams, "\x00")
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := k.known[name]; o != nil {
		return o
	}
	if k.known == nil {
		k.known = map[string]*ownership{}
	}
	if len(k.known) == maxOwnerships {
		delete(k.known, k.line[0])
		k.line = k.line[1:]
	}
	o := &ownership{teams: teams}
	k.known[name], k.line = o, append(k.line, name)
	return o
}

// ofTeams is the CIs that teams answer for, as a filter of the store.
func ofTeams(teams []string) *store.Filter {
	by := func(attribute string) store.Filter {
		return test(store.Test{Field: store.Attribute, Attribute: attribute, Op: store.In, Values: texts(teams)})
	}
	return &store.Filter{Or: []store.Filter{by(graph.OwnerAttribute), by(graph.SupportGroupAttribute)}}
}

// count reads all of them. What is changed while it reads is read again by follow.
func (o *ownership) count(ctx context.Context, st store.Store, cat *graph.Catalogue) error {
	head, err := st.Head(ctx)
	if err != nil {
		return err
	}
	cis := map[graph.ID]struct{}{}
	for _, retired := range []bool{false, true} {
		q := store.Query{Classes: cat.Descendants("ci"), Retired: retired, Filter: ofTeams(o.teams), First: maxPage}
		for more := len(o.teams) > 0; more; {
			page, err := st.Find(ctx, q)
			if err != nil {
				return err
			}
			for _, n := range page.Nodes {
				cis[n.ID] = struct{}{}
			}
			if more = page.More; more {
				q.After = &page.Cursors[len(page.Cursors)-1]
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at, o.cis = head.Revision, cis
	return nil
}

// follow takes in what was committed since. Where classes changed, so may what is true
// of CIs by default: then all are read again.
func (o *ownership) follow(ctx context.Context, st store.Store, s *graph.Snapshot) error {
	for o.at < s.Revision() {
		entries, err := st.Entries(ctx, o.at, min(entriesAtOnce, int(s.Revision()-o.at)))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return graph.Errorf(graph.Unavailable, "the ledger ends before revision %d", s.Revision()).WithHint("try again")
		}
		for i := range entries {
			if o.takeIn(&entries[i], s.Catalogue()) {
				return o.count(ctx, st, s.Catalogue())
			}
		}
	}
	return nil
}

// takeIn is one entry; it says whether it changed classes.
func (o *ownership) takeIn(e *graph.Entry, cat *graph.Catalogue) (classes bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range e.Changes {
		switch c := &e.Changes[i]; {
		case c.Class != nil || c.ClassWas != nil:
			return true
		case c.Node != nil && cat.AnswersFor(o.teams, c.Node):
			o.cis[c.Node.ID] = struct{}{}
		case c.Node != nil:
			delete(o.cis, c.Node.ID)
		case c.NodeWas != nil:
			delete(o.cis, c.NodeWas.ID)
		}
	}
	o.at = e.Revision
	return false
}
