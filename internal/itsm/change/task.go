package change

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// The states of a task.
const (
	TaskOpen    = "OPEN"
	TaskDone    = "DONE"
	TaskSkipped = "SKIPPED"
)

// Task is a piece of work of a change. A change that has open ones is not finished,
// unless it is backed out.
type Task struct {
	Number, Title, Description, Assignee string
	Due                                  time.Time
	State, Author                        string
	ClosedBy                             string
	ClosedAt                             time.Time
	Comment                              string // what became of it
}

// TaskOf reads a task from its record.
func TaskOf(r *itsm.Record) Task {
	return Task{Number: r.Number, Title: r.Text("title"), Description: r.Text("description"), Assignee: r.Text("assignee"), Due: r.Time("due"), State: r.Text("state"),
		Author: r.Text("author"), ClosedBy: r.Text("closed_by"), ClosedAt: r.Time("closed_at"), Comment: r.Text("comment")}
}

// Values are what a new task's node says. It refuses one that says nothing.
func (t Task) Values() (map[string]graph.Value, error) {
	if itsm.Blank(t.Title) {
		return nil, graph.Errorf(graph.Invalid, "the title is empty").At(-1, "title").WithHint("say in one line what is to be done")
	}
	out := map[string]graph.Value{"state": graph.StringValue(TaskOpen), "title": graph.StringValue(t.Title), "author": graph.StringValue(t.Author)}
	for name, v := range map[string]string{"description": t.Description, "assignee": t.Assignee} {
		if v != "" {
			out[name] = graph.StringValue(v)
		}
	}
	if !t.Due.IsZero() {
		out["due"] = graph.TimeValue(t.Due)
	}
	return out, nil
}

// Close is what a task's node says once somebody has done or skipped it. It refuses who
// has nothing to do with it, what is closed already, and a skip without a reason.
func (t Task) Close(of *Change, who itsm.Actor, outcome, comment string, now time.Time) (map[string]graph.Value, error) {
	switch {
	case t.State != TaskOpen:
		return nil, itsm.Blocked("state", "%s closed it at %s: %s", t.ClosedBy, stamp(t.ClosedAt), t.State)
	case outcome == TaskSkipped && itsm.Blank(comment):
		return nil, graph.Errorf(graph.Invalid, "it is not said why it is skipped").At(-1, "comment")
	case who.Name != t.Assignee && who.Name != of.Implementer && who.Name != of.Requester && !who.Has(itsm.ChangeManager):
		return nil, graph.Errorf(graph.PermissionDenied, "%s neither does the task nor carries the change out", who.Name).WithHint("its assignee, the change's implementer or requester, or a change manager closes it")
	}
	out := map[string]graph.Value{"state": graph.StringValue(outcome), "closed_by": graph.StringValue(who.Name), "closed_at": graph.TimeValue(now)}
	if comment != "" {
		out["comment"] = graph.StringValue(comment)
	}
	return out, nil
}
