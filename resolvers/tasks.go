package resolvers

import (
	"context"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// The tasks of changes.

// tasksOf are the tasks of a change, the oldest first.
func tasksOf(ctx context.Context, room *records.Room, of graph.ID) (out []change.Task, err error) {
	all, err := room.Parts(ctx, graph.TaskClass, of)
	for _, r := range inOrder(all) {
		out = append(out, change.TaskOf(r))
	}
	return out, err
}

func (c changes) Tasks(ctx context.Context, of *view.Change) ([]*view.Task, error) {
	all, err := tasksOf(ctx, c.room(ctx), of.Of.ID)
	out := []*view.Task{}
	for _, t := range all {
		out = append(out, &view.Task{Task: t})
	}
	return out, err
}

func (c changing) AddChangeTask(ctx context.Context, in gql.AddChangeTaskInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.TaskVerb, itsm.Input{}, nil,
		func(d *deciding, x *change.Change, _ *itsm.Input) (out records.Decision, err error) {
			t := change.Task{Title: in.Title, Description: value(in.Description), Assignee: value(in.Assignee), Due: value(in.Due), Author: d.who.Name}
			values, err := t.Values()
			if err != nil {
				return out, err
			}
			name, err := d.nextPart(graph.TaskClass, "T", x)
			out.Ops = itsm.Part(graph.TaskClass, name, graph.NodeRef{ID: x.ID}, values)
			return out, err
		})
}

func (c changing) CloseChangeTask(ctx context.Context, in gql.CloseChangeTaskInput) (*view.ChangePayload, error) {
	number, _, _ := strings.Cut(in.Task, ".")
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, number, change.CloseTaskVerb, itsm.Input{}, decidedBy,
		func(d *deciding, x *change.Change, say *itsm.Input) (out records.Decision, err error) {
			r, err := d.room.Record(d.ctx, graph.TaskClass, in.Task)
			if err != nil {
				return out, at("task", err)
			}
			if in.Outcome == change.TaskDone { // which is to carry out a part of the change
				say.Values["carried_out_by"] = x.By(d.who.Name)
			}
			values, err := change.TaskOf(r).Close(x, d.who, in.Outcome, value(in.Comment), d.room.Now())
			out.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: r.ID}, Attributes: values}}
			return out, err
		})
}

// undone refuses to finish what has open tasks.
func (d *deciding) undone(x *change.Change) error {
	all, err := tasksOf(d.ctx, d.room, x.ID)
	var open []string
	for _, t := range all {
		if t.State == change.TaskOpen {
			open = append(open, t.Number+" "+t.Title)
		}
	}
	if err != nil || len(open) == 0 {
		return err
	}
	return itsm.Blocked("tasks", "what is to be done is not done: %s", strings.Join(open, ", ")).WithHint("do or skip them, or say that it is backed out")
}
