package view

import (
	"github.com/faultline-itsm/faultline/graph"
)

// UserError is an expected refusal, as data.
type UserError interface {
	IsUserError()
	Says() string
}

// Refusal is what all refusals say.
type Refusal struct {
	Message string
	Path    []string
	Code    string
}

// IsUserError marks a refusal.
func (Refusal) IsUserError() {}

// Says is what is wrong, in words.
func (r Refusal) Says() string { return r.Message }

type (
	// ValidationError says that the input is wrong.
	ValidationError struct{ Refusal }
	// NotFound says that something is not there.
	NotFound struct{ Refusal }
	// PermissionDenied says that the rights do not suffice.
	PermissionDenied struct{ Refusal }
	// LimitExceeded says that it is too much at once.
	LimitExceeded struct{ Refusal }
	// IdempotencyKeyReused says that the key belongs to another request.
	IdempotencyKeyReused struct{ Refusal }
	// VersionConflict says that somebody was faster.
	VersionConflict struct {
		Refusal
		Current int
	}
	// DuplicateKey says that another CI has the identity.
	DuplicateKey struct {
		Refusal
		Existing *string
	}
	// StalePlan says that a plan is no longer what was seen.
	StalePlan struct {
		Refusal
		Current graph.Revision
	}
	// Blocked says that something is in the way.
	Blocked struct {
		Refusal
		By []string
	}
)

// Refused is an error as data, or nil where it is none that a client expects: a
// fault, or a store that cannot answer.
func Refused(e *graph.Error, path ...string) UserError {
	if path == nil {
		path = []string{}
	}
	r := Refusal{Message: e.Error(), Path: path, Code: e.Kind.String()}
	switch e.Kind {
	case graph.Invalid:
		return ValidationError{r}
	case graph.NotFound:
		return NotFound{r}
	case graph.PermissionDenied:
		return PermissionDenied{r}
	case graph.LimitExceeded:
		return LimitExceeded{r}
	case graph.KeyReused:
		return IdempotencyKeyReused{r}
	case graph.VersionConflict:
		return VersionConflict{r, int(e.Current)}
	case graph.Stale:
		return StalePlan{r, graph.Revision(e.Current)}
	case graph.Blocked:
		return Blocked{r, e.By}
	case graph.Duplicate:
		d := DuplicateKey{Refusal: r}
		if e.Existing != 0 {
			id := EncodeID(e.Existing)
			d.Existing = &id
		}
		return d
	}
	return nil
}

// ItemResult is what became of one item.
type ItemResult struct {
	Index   int
	Status  string
	ID      *string
	Version *int
	Note    *string
	Errors  []UserError
}

// PlannedItem is what would become of one item of a patch.
type PlannedItem struct {
	Field string // of the patch
	Ref   *string
	ItemResult
}

// Payload is what became of a mutation.
type Payload struct {
	Revision graph.Revision
	Items    []ItemResult
	Errors   []UserError
	Query    Query
}
