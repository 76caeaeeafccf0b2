package graph

import (
	"errors"
	"fmt"
)

// Kind says what the caller can do about an error. Edges map it to a GraphQL
// code, an exit code or a status; nobody switches on texts.
type Kind uint8

// The kinds, by what mends them.
const (
	Internal           Kind = iota // a fault of ours: report it
	Invalid                        // the input is wrong: mend the field and send it again
	NotFound                       // it names something that is not there
	Duplicate                      // another node already has this identity (Existing)
	VersionConflict                // somebody was faster (Current): read again
	Blocked                        // a rule refuses it (By): remove the cause
	LimitExceeded                  // too much at once: send less
	PermissionDenied               // not with these rights
	Unavailable                    // the store cannot answer now: try again later
	RevisionNotReached             // the minimum revision has not arrived in time: try again
	CursorExpired                  // the page's answer is gone: start at the first page
	KeyReused                      // the idempotency key was used for something else: take a new one
	Stale                          // what was decided on is no longer so (Current): look again
)

var kindNames = enumNames{"kind of error", []string{"INTERNAL", "INVALID", "NOT_FOUND", "DUPLICATE_KEY", "VERSION_CONFLICT", "BLOCKED",
	"LIMIT_EXCEEDED", "PERMISSION_DENIED", "STORE_UNAVAILABLE", "REVISION_NOT_REACHED", "CURSOR_EXPIRED", "IDEMPOTENCY_KEY_REUSED", "STALE_PLAN"}}

// String is the code that edges show, for example VERSION_CONFLICT.
func (k Kind) String() string { return kindNames.name(uint8(k)) }

// MarshalText is String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(b []byte) error { return kindNames.read(b, (*uint8)(k)) }

// Error is the one error type of the system. Message and Hint are for the
// person; Cause is for the log and never leaves the process.
type Error struct {
	Kind     Kind
	Message  string
	Hint     string   // how to mend it, or ""
	Op       int      // index of the refused operation in its batch, or -1
	Field    string   // the field at fault within the operation, or ""
	Existing ID       // for Duplicate: who has it
	Current  int64    // for VersionConflict: the version now; for Stale: the revision now
	By       []string // for Blocked: what is in the way, ordered
	Cause    error
}

// Errorf makes an Error that belongs to no operation.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Op: -1}
}

func (e *Error) Error() string {
	if e.Hint != "" {
		return e.Message + " (" + e.Hint + ")"
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// WithHint sets how to mend it.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// At sets the operation and the field that are at fault.
func (e *Error) At(op int, field string) *Error {
	e.Op, e.Field = op, field
	return e
}

// Because sets the cause, for the log.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// AsError finds the Error in err's chain; any other error becomes an Internal
// one whose message says nothing of it.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Errorf(Internal, "internal error").Because(err)
}

// IsKind says whether err is an Error of that kind.
func IsKind(err error, kind Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == kind
}
