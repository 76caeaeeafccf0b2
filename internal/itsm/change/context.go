package change

import (
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Context is what a change is assessed in.
type Context struct {
	Snapshot *graph.Snapshot
	Now      time.Time // evidence is as of then
	Change   *Change
	Patch    []graph.Change // what its patch would change, planned on the snapshot
	Idle     bool           // it has a patch that changes nothing any more
	Others   []Other        // changes from ASSESS on that are not over
	Outages  []graph.OwnEffect
	Windows  []*Window                                     // that hold
	Policies []Policy                                      // by name
	Model    *Model                                        // of a STANDARD change; nil: it has none
	History  History                                       // of the change's model
	Alike    History                                       // of them, those that affected a class that it affects
	Identify func(graph.ID) string                         // the global id
	Words    func(*graph.Snapshot, graph.BlindSpot) string // says a blind spot
	Services func(class string) bool                       // classes of what users and the business notice
	Thresholds
}

// Other is another change.
type Other struct {
	*Change
	Patch    []graph.Change
	Unfit    bool // its patch does not fit the graph any more
	Overruns bool // it is under way, and its window is over: Until is when it is taken to end
	Lapsed   bool // it is scheduled, its window is over, and nobody has begun it
}

// OtherOf is another change as it is now. One that is under way when its window is over is
// not done until somebody says so: it is taken to overrun as long again as it has, an hour at
// least.
func OtherOf(c *Change, now time.Time) Other {
	o := Other{Change: c, Lapsed: c.State() == Scheduled && !c.Until.After(now)}
	if o.Overruns = c.State() == Implement && !c.Until.After(now); o.Overruns {
		late := *c
		late.Until = now.Add(max(time.Hour, now.Sub(c.Until)))
		late.Affected = slices.Clone(c.Affected)
		for k := range late.Affected {
			if a := &late.Affected[k]; a.Until.Equal(c.Until) {
				a.Until = late.Until
			}
		}
		o.Change = &late
	}
	return o
}

// criticalities, the greatest last. What nobody says is MEDIUM.
var criticalities = []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"}

func rank(criticality string) int {
	if k := slices.Index(criticalities, criticality); k >= 0 {
		return k
	}
	return 1
}

// About is what the assessment needs to know of a CI beside the graph.
type About struct{ Criticality, Owner, SupportGroup string }

// AboutOf is what a CI's attributes say of that.
func AboutOf(text func(attribute string) string) About {
	return About{Criticality: text("business_criticality"), Owner: text("owner"), SupportGroup: text("support_group")}
}

// within are the effects of outages, and of those of the others, within a time.
func (c *Context) within(w graph.Window, of func(*Other) bool) (out []graph.OwnEffect) {
	for _, e := range c.Outages {
		if _, ok := overlap(e.From, e.Until, w.From, w.Until); ok {
			out = append(out, e)
		}
	}
	for k := range c.Others {
		if o := &c.Others[k]; of(o) {
			out = slices.AppendSeq(out, o.within(w))
		}
	}
	return out
}

// Forward are the effects of what is open, scheduled or under way within a time: the
// forward schedule.
func (c *Context) Forward(from, until time.Time) []graph.OwnEffect {
	return c.there(c.within(graph.Window{From: from, Until: until}, (*Other).scheduled))
}

// anyway are the effects that hold within a time whatever the change does, so that it is not
// blamed for them: the forward schedule but for changes of which somebody says that they do
// not touch something. What those take nobody else says, and it must not be left out.
func (c *Context) anyway(w graph.Window) []graph.OwnEffect {
	return c.there(c.within(w, func(o *Other) bool { return o.scheduled() && len(o.Excluded(c.Now)) == 0 }))
}

func (c *Context) there(effects []graph.OwnEffect) []graph.OwnEffect {
	return slices.DeleteFunc(effects, func(e graph.OwnEffect) bool { return !c.Snapshot.Has(e.CI) })
}

// scheduled says whether it will take place, or does.
func (o *Other) scheduled() bool {
	s := o.State()
	return s == Scheduled && !o.Lapsed || s == Implement
}

// Classes are those of the CIs that the change affects by itself, by its patch, too, and of
// what that makes, each once.
func (c *Context) Classes() []string {
	out := c.Change.Classes()
	for _, id := range patchedCIs(c.Patch) {
		out = append(out, c.Snapshot.Ref(id).Class)
	}
	for k := range c.Patch {
		if n := c.Patch[k].Node; n != nil {
			out = append(out, n.Ref.Class)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(class string) bool { return class == "" }) // of what is not yet there
}
