package view

import (
	"time"

	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// Task is a piece of work of a change.
type Task struct{ change.Task }

// Description is what is to be done, at length.
func (t *Task) Description() *string { return text(t.Task.Description) }

// Assignee does it.
func (t *Task) Assignee() *string { return text(t.Task.Assignee) }

// Due is until when.
func (t *Task) Due() *time.Time { return instant(t.Task.Due) }

// ClosedBy did or skipped it.
func (t *Task) ClosedBy() *string { return text(t.Task.ClosedBy) }

// ClosedAt is when.
func (t *Task) ClosedAt() *time.Time { return instant(t.Task.ClosedAt) }

// Comment is what became of it.
func (t *Task) Comment() *string { return text(t.Task.Comment) }
