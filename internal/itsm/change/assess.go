package change

import (
	"cmp"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Engine is the version of what assesses; another one may find something else.
const Engine = "1"

// opt is a text that may be missing.
func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Solved is a change solved in its context, before CIs are looked up.
type Solved struct {
	Context
	window    graph.Window
	due       []*Other     // whose patches will be applied, as they end
	ahead     *foreseen    // the graph by when the window begins; ids are those of the graph as it is
	later     *foreseen    // by when it ends; nil where it leaves nothing behind
	focus     *graph.Focus // what the change reaches
	during    *graph.Assessment
	single    *graph.Assessment // as if nothing else were scheduled; during, where nothing that matters is
	after     *graph.Assessment // nil: it leaves nothing behind
	joint     *graph.Assessment // with other changes; nil: none overlaps
	others    []Other           // those that may act on the same CIs at the same time
	alone     []*graph.Assessment
	cut       int                                // others that overlap and are too many to compare
	sharing   *[]sharedDependent                 // once it was asked for
	rebased   []graph.Change                     // its patch, on the graph by when it ends
	patched   *graph.Snapshot                    // the graph with its patch alone, once it was asked for
	followers int                                // changes of which it was asked what they do upon that
	pairs     int                                // how often it was asked what another change and this one leave behind
	apart     []string                           // changes of which that is not known
	edits     *edits                             // what its patch does, once it was asked for
	solo      map[graph.Window]*graph.Assessment // what it does in a time alone, where that was asked
	around    *graph.IDSet                       // what answers about it can depend on
	told      [3]int                             // services, services after, conflicts: how many there are in all
}

// maxOthers bounds the changes that one is compared with: sets of them are solved.
const maxOthers = 60

// Solve solves a change in its context (itsm.md, "Assessment"). It fails with Invalid
// where the window or an interval is empty.
func Solve(c Context) (*Solved, error) {
	x, err := solveWindow(c)
	if err == nil && len(c.Patch)+len(removals(c.Change)) > 0 {
		x.after, err = x.left()
	}
	return x, err
}

// solveWindow solves what happens in the change's window, not what is left behind.
func solveWindow(c Context) (*Solved, error) {
	x := &Solved{Context: c, window: graph.Window{From: c.Change.From, Until: c.Change.Until}}
	x.due = c.patching(c.about())
	x.ahead = c.foresee(x.window.From, x.due)
	s := x.ahead.Snapshot
	mine := c.Change.Effects()
	var err error
	// What makes no difference to anything that the change makes worse is not looked at.
	x.focus = s.Focus(c.Now, mine, c.within(x.window, func(*Other) bool { return true }))
	options := graph.Options{Now: c.Now, Window: &x.window, Focus: x.focus}
	excluded := c.Change.Excluded(c.Now)
	forward := c.anyway(x.window)
	var alone, compared error
	together(func() {
		x.during, err = graph.Assess(s, graph.Scenario{Effects: mine, Context: forward, Excluded: excluded}, options)
	}, func() {
		if x.heeds(forward) {
			x.single, alone = graph.Assess(s, graph.Scenario{Effects: mine, Context: x.openIn(x.window), Excluded: excluded}, options)
		}
	}, func() { compared = x.compare(mine, options) })
	if err = cmp.Or(err, alone, compared); err != nil {
		return nil, err
	}
	if x.single == nil {
		x.single = x.during
	}
	return x, nil
}

// Whole is what happens in the change's window, in the context and on the graph that it is
// assessed in, of all CIs: an assessment looks at what the change makes worse alone.
func (x *Solved) Whole() (*graph.Assessment, error) {
	return graph.Assess(x.ahead.Snapshot, graph.Scenario{Effects: x.Change.Effects(), Context: x.anyway(x.window), Excluded: x.Change.Excluded(x.Now)}, graph.Options{Now: x.Now, Window: &x.window})
}

// heeds says whether what is scheduled can make a difference to what the change takes.
func (x *Solved) heeds(forward []graph.OwnEffect) bool {
	return slices.ContainsFunc(forward, func(e graph.OwnEffect) bool {
		return x.focus.Meets(graph.Headline, e.CI) && !slices.ContainsFunc(x.Outages, func(o graph.OwnEffect) bool { return o.Party == e.Party })
	})
}

// runs are the change with what is scheduled, and as if nothing else were: what both
// take is not blamed on the one that is decided on later, but they collide all the same.
func (x *Solved) runs() []*graph.Assessment {
	if x.single == x.during {
		return []*graph.Assessment{x.during}
	}
	return []*graph.Assessment{x.during, x.single}
}

// compare solves the change together with those that overlap it and may act on the
// same CIs, and each of them alone.
func (x *Solved) compare(mine []graph.OwnEffect, options graph.Options) error {
	var together []graph.OwnEffect
	all := x.Change.Excluded(x.Now)
	open := x.openIn(x.window)
	for _, o := range x.Others {
		effects := x.meeting(&o)
		if len(effects) == 0 {
			continue
		}
		if len(x.others) == maxOthers {
			x.cut++
			continue
		}
		x.others = append(x.others, o)
		together = append(together, effects...)
		theirs := o.Excluded(x.Now)
		all = BothExclude(all, theirs)
		a, err := graph.Assess(x.ahead.Snapshot, graph.Scenario{Effects: effects, Context: open, Excluded: theirs}, options)
		if err != nil {
			return err
		}
		x.alone = append(x.alone, a)
	}
	if len(x.others) == 0 {
		return nil
	}
	var err error
	x.joint, err = graph.Assess(x.ahead.Snapshot, graph.Scenario{Effects: slices.Concat(mine, together), Context: open, Excluded: all}, options)
	return err
}

// overlap is what two half-open intervals share; a zero end is none.
func overlap(aFrom, aUntil, bFrom, bUntil time.Time) (graph.Window, bool) {
	w := graph.Window{From: aFrom, Until: aUntil}
	if bFrom.After(w.From) {
		w.From = bFrom
	}
	if w.Until.IsZero() || !bUntil.IsZero() && bUntil.Before(w.Until) {
		w.Until = bUntil
	}
	return w, w.Until.IsZero() || w.From.Before(w.Until)
}
