package population

import (
	"cmp"
	"context"
	"errors"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// checking is the first pass: it applies the rules to the whole input and writes
// nothing.
type checking struct {
	*importing
	rehearsal *records.Rehearsal
	said      said
	done      int
	plans     []*graph.Plan // of the part at hand
	kept      int           // changes in the plans of all parts
}

// keptChanges is how many changes are kept from the check to the writing, so that
// they need not be worked out twice; of a larger input the rest is checked again. A
// change takes some 300 bytes.
const keptChanges = 1_000_000

func (c *checking) check(ctx context.Context) error {
	c.said = newSaid(c.in)
	for ph := range phases {
		c.dec.learn(c.rehearsal.Snapshot().Catalogue())
		from := 0
		// Only relations name ends, and no CI goes while they are read; what a stub
		// adds meanwhile is looked for again.
		known := c.rehearsal.Snapshot()
		next := func() (portion, bool) {
			if from >= len(c.in.pieces[ph]) {
				return portion{}, false
			}
			p := c.read(ph, from)
			c.said.locate(p.steps, known)
			from = max(p.to, from+1)
			return p, true
		}
		for p := range ahead(next) {
			if err := c.part(ctx, p); err != nil {
				return err
			}
		}
	}
	if c.in.all() == 0 {
		c.rep.progress("check", 0, 0)
	}
	return nil
}

func (c *checking) part(ctx context.Context, p portion) error {
	if err := cmp.Or(p.err, ctx.Err()); err != nil {
		return err
	}
	for _, b := range p.bad {
		c.rep.refuse(int(b.line), b.why)
	}
	steps, err := c.screen(ctx, p.phase, p.steps)
	if err != nil {
		return err
	}
	c.plans = c.plans[:0]
	if p.changes, err = c.try(ctx, steps); err != nil {
		return err
	}
	if len(c.plans) == 1 && c.kept+len(c.plans[0].Changes) <= keptChanges && !c.o.DryRun {
		p.plan = c.plans[0]
		c.kept += len(p.plan.Changes)
	}
	c.parts = append(c.parts, p.part)
	c.done += p.to - p.from
	c.rep.progress("check", c.done, c.in.all())
	return c.rep.err
}

// leastTried is how many steps are tried at once after one was refused.
const leastTried = 32

// try checks steps in order and tells each that is refused; what follows it is
// checked as if it were not there. After a refusal only a few are tried at once, and
// twice as many with each success, so that an input in which every line is refused
// costs not much more than a good one.
func (c *checking) try(ctx context.Context, steps []step) (changes bool, err error) {
	for window := len(steps); len(steps) > 0; {
		now := steps[:min(window, len(steps))]
		plan, err := c.rehearsal.Check(ctx, c.batch(now))
		if err == nil {
			changes = len(plan.Changes) > 0 || changes
			c.plans = append(c.plans, plan)
			c.passed(now, plan)
			steps, window = steps[len(now):], 2*window
			continue
		}
		e, ok := errors.AsType[*graph.Error](err)
		if !ok || e.Op < 0 || e.Op >= len(now) || e.Kind == graph.Internal {
			return changes, err
		}
		before, err := c.try(ctx, now[:e.Op])
		if err != nil {
			return changes, err
		}
		changes = changes || before
		c.refused(now[e.Op], e)
		steps, window = steps[e.Op+1:], leastTried
	}
	return changes, nil
}

func (c *checking) refused(st step, e *graph.Error) {
	if op, ok := st.op.(graph.PutNode); ok && !op.Stub {
		c.said.refused[op.Node.Ref] = st.line
	}
	c.rep.refuse(int(st.line), e)
}

// passed notes what became of steps.
func (c *checking) passed(steps []step, plan *graph.Plan) {
	for i, e := range plan.Effects {
		st := &steps[i]
		if st.counted {
			continue
		}
		c.rep.count(st.op, e.Outcome)
		if op, ok := st.op.(graph.PutNode); ok && !op.Stub {
			if other, ok := c.said.cis[e.ID]; ok && e.ID != 0 {
				c.rep.refuse(int(st.line), twice("CI", other).At(-1, "name"))
			} else {
				c.said.cis[e.ID] = st.line
			}
		}
		switch {
		case c.o.DryRun && e.Outcome != graph.Unchanged:
			c.rep.write(Planned{"plan", int(st.line), e.Outcome.String(), subject(st.op), e.Note})
		case e.Note != "":
			c.rep.warn(int(st.line), subject(st.op)+": "+e.Note, "")
		}
	}
}

// subject names what an operation is about.
func subject(op graph.Operation) string {
	switch op := op.(type) {
	case graph.PutNode:
		return op.Node.Ref.String()
	case graph.Retire:
		return op.Node.Ref.String()
	case graph.PutRequirement:
		return op.Of.Ref.String() + " requirement " + op.Name
	case graph.PutRelation:
		return linked(op.From, op.Type, op.To, op.Requirement, op.Qualifier)
	case graph.WithdrawRelation:
		return linked(op.From, op.Type, op.To, op.Requirement, op.Qualifier)
	case graph.DefineClass:
		return "class " + op.Class.Name
	case graph.DefineRelationType:
		return "relation type " + op.Type.Name
	}
	return ""
}

func linked(from graph.NodeRef, typ string, to graph.NodeRef, requirement, qualifier string) string {
	out := from.Ref.String() + " " + typ + " " + to.Ref.String()
	if requirement != "" {
		out += " in " + requirement
	}
	if qualifier != "" {
		out += " (" + qualifier + ")"
	}
	return out
}
