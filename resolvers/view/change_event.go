package view

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// ChangeEvent is what became of a change in one commit.
type ChangeEvent struct {
	Revision graph.Revision
	At       time.Time
	By       string
	Kinds    []string
	Change   *Change
	From, To *string
	Because  []string
}

// IsChangeStreamEvent marks what a stream of changes sends.
func (*ChangeEvent) IsChangeStreamEvent() {}
