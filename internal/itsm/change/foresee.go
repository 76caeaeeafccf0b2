package change

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// foreseen is the graph as it will be by a time, as far as it matters.
type foreseen struct {
	*graph.Snapshot
	base  *base
	patch []graph.Change // that makes it of the graph as it is
	by    []Applied      // whose patches that are, as they follow each other
	not   []string       // changes of which it is not known what their patches do, and why
}

// Applied is a change whose patch is taken for applied: written on the graph with those
// before it.
type Applied struct {
	*Other
	Patch []graph.Change
}

// foresee is the graph with the patches that are applied by then.
func (c *Context) foresee(at time.Time, due []*Other) *foreseen {
	f := &foreseen{Snapshot: c.Snapshot}
	for _, o := range due {
		if !o.Until.After(at) {
			f.add(c.Snapshot, o)
		}
	}
	return f
}

func (f *foreseen) add(plain *graph.Snapshot, o *Other) {
	if f.base == nil {
		f.base = newBase(plain, nil)
	}
	more, ok := f.base.rebase(o.Patch)
	if ok {
		next, err := f.Apply(more, plain.Head())
		if ok = err == nil; ok {
			f.base.add(more)
			f.Snapshot, f.patch, f.by = next, append(f.patch, more...), append(f.by, Applied{o, more})
		}
	}
	if !ok {
		f.not = append(f.not, "what the patch of "+o.Number+" does beside those of "+f.parties()+", as they are about the same")
	}
}

func (f *foreseen) parties() string {
	var out []string
	for _, a := range f.by {
		out = append(out, a.Number)
	}
	return someOf(out)
}

// patching are the changes with patches that are scheduled, or under way, as they end, as
// far as their patches can make a difference to what is asked about some CIs: they are about
// something around these, or around what such a patch is about.
func (c *Context) patching(about []graph.ID) (out []*Other) {
	var list []*Other
	for k := range c.Others {
		if o := &c.Others[k]; len(o.Patch) > 0 && o.scheduled() {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil
	}
	near := c.Snapshot.Around(about...)
	for more := true; more; {
		more = false
		list = slices.DeleteFunc(list, func(o *Other) bool {
			ids := side{patch: o.Patch}.touched()
			if !slices.ContainsFunc(ids, near.Has) {
				return false
			}
			near.Join(c.Snapshot.Around(ids...))
			out, more = append(out, o), true
			return true
		})
	}
	slices.SortFunc(out, func(a, b *Other) int { return cmp.Or(a.Until.Compare(b.Until), strings.Compare(a.Number, b.Number)) })
	return out
}

// Around is what the answer about the change can depend on: of the graph as it is, and as
// it will be; and when it may become another one by itself, after now, as an exclusion expires,
// or a change overruns or was not begun. Zero: never.
func (c *Context) Around(about []graph.ID) (around graph.IDSet, until time.Time) {
	next := func(at time.Time) {
		if at.After(c.Now) && (until.IsZero() || at.Before(until)) {
			until = at
		}
	}
	for _, a := range c.Change.Affected {
		if a.Excluded {
			next(a.Expires)
		}
	}
	for k := range c.Others {
		o := &c.Others[k]
		if !o.scheduled() {
			continue
		}
		next(o.Until)
		if o.Overruns { // and goes on doing so: it is taken to reach the change from then on
			next(c.Now.Add(c.Change.From.Sub(c.Now) / 2))
			next(c.Change.From.Add(-time.Hour))
		}
		for _, a := range o.Affected {
			if a.Excluded {
				next(a.Expires)
			}
		}
	}
	around = c.Snapshot.Around(about...)
	due := c.patching(about)
	for _, o := range due {
		around.Join(c.foresee(o.Until, due).Around(about...))
	}
	return around, until
}

// Stage is a part of a time in which no scheduled patch changes the graph.
type Stage struct {
	graph.Window
	*graph.Snapshot
	Effects []graph.OwnEffect // the forward schedule in it
	By      []Applied         // whose patches are applied by then
}

// Stages are the parts of a time, in their order: one more for each instant at which a
// change with a patch that matters to a CI, scheduled or under way, ends.
func (c *Context) Stages(w graph.Window, about graph.ID) (out []Stage) {
	due := c.patching([]graph.ID{about})
	f := c.foresee(w.From, due)
	at := w.From
	stage := func(until time.Time) {
		if at.Before(until) {
			out = append(out, Stage{graph.Window{From: at, Until: until}, f.Snapshot, c.Forward(at, until), slices.Clone(f.by)})
			at = until
		}
	}
	for _, o := range due {
		if o.Until.After(w.From) && o.Until.Before(w.Until) {
			stage(o.Until)
			f.add(c.Snapshot, o)
		}
	}
	stage(w.Until)
	return out
}

// foretold says what the answer takes for granted of other changes: when those end that
// overrun, and which patches are applied.
func (x *Solved) foretold() (out []string) {
	for k := range x.Others {
		if o := &x.Others[k]; o.Overruns && (o.Acts(x.window) || slices.Contains(x.due, o)) {
			out = append(out, fmt.Sprintf("%s, which overruns its window, ends at %s", o.Number, stamp(o.Until)))
		}
	}
	for _, a := range x.foreseen() {
		out = append(out, fmt.Sprintf("the patch of %s, which ends at %s, is applied by then", a.Number, stamp(a.Until)))
	}
	return out
}

// foreseen are the changes whose patches any part of the answer takes for applied.
func (x *Solved) foreseen() []Applied {
	if x.later != nil {
		return x.later.by // those by when the window begins among them
	}
	return x.ahead.by
}

// unforeseen is what is not known of what others leave behind that makes a difference.
func (x *Solved) unforeseen() []string {
	out := slices.Clone(x.ahead.not)
	for k := range x.Others {
		if o := &x.Others[k]; o.Lapsed && o.leaves() && slices.ContainsFunc(side{o.Effects(), o.Patch}.touched(), x.near().Has) {
			out = append(out, "what "+o.Number+" leaves behind, whose window is over, and which nobody has begun")
		}
	}
	if x.later != nil {
		out = append(out, x.later.not...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// known is what is recorded about CIs, with what patches will have said of them by then.
func (f *foreseen) known(about map[graph.ID]About) map[graph.ID]About {
	return withPatch(f.Snapshot, about, f.patch)
}

func withPatch(s *graph.Snapshot, about map[graph.ID]About, patch []graph.Change) map[graph.ID]About {
	if len(patch) == 0 {
		return about
	}
	about = maps.Clone(about)
	if about == nil {
		about = map[graph.ID]About{}
	}
	for k := range patch {
		if n := patch[k].Node; n != nil {
			values := s.Catalogue().Effective(n)
			about[n.ID] = AboutOf(func(name string) string { return values[name].Str() })
		}
	}
	return about
}
