package view

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// ChangeWindow is a time in which changes may be made, or may not.
type ChangeWindow struct {
	Record *itsm.Record
	Of     *change.Window
	CIs    []*CI
}

// IsNode marks what has a global id.
func (*ChangeWindow) IsNode() {}

// ID is the global id.
func (w *ChangeWindow) ID() string { return EncodeID(w.Record.ID) }

// Number is for people.
func (w *ChangeWindow) Number() string { return w.Of.Number }

// Kind says whether changes may be made.
func (w *ChangeWindow) Kind() string { return w.Record.Text("kind") }

// Title is what it is for.
func (w *ChangeWindow) Title() string { return w.Of.Title }

// Starts is when it begins for the first time.
func (w *ChangeWindow) Starts() time.Time { return w.Of.Start }

// Duration is how long it lasts.
func (w *ChangeWindow) Duration() time.Duration { return w.Of.Length }

// Recurrence is how it recurs.
func (w *ChangeWindow) Recurrence() *string { return text(w.Of.Rule) }

// TimeZone is in whose local time.
func (w *ChangeWindow) TimeZone() *string { return text(w.Of.Zone) }

// FromState is from which state on a CI counts.
func (w *ChangeWindow) FromState() graph.State { return w.Of.State }

// Classes are those that it is about.
func (w *ChangeWindow) Classes() []string { return orEmpty(w.Of.Classes) }

// Owners are whose CIs it is about.
func (w *ChangeWindow) Owners() []string { return orEmpty(w.Of.Owners) }

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ChangeWindowPayload is what became of a window.
type ChangeWindowPayload struct {
	Revision graph.Revision
	Window   *ChangeWindow
	Errors   []UserError
	Query    Query
}
