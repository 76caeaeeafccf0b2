package cli

import (
	"errors"
	"fmt"

	"github.com/faultline-itsm/faultline/graph"
)

// failure is an error as the program tells it: an exit code, what is wrong, and
// how to mend it. One without a message was told already.
type failure struct {
	code          int
	kind          string // the API's code, or ""
	message, hint string
}

func (f *failure) Error() string { return f.message }

func failf(format string, args ...any) *failure {
	return &failure{code: exitError, message: fmt.Sprintf(format, args...)}
}

func usagef(format string, args ...any) *failure {
	return &failure{code: exitUsage, message: fmt.Sprintf(format, args...)}
}

func (f *failure) hinted(format string, args ...any) *failure {
	f.hint = fmt.Sprintf(format, args...)
	return f
}

const unavailable = "STORE_UNAVAILABLE"

// exitOf is the exit code of an API's code.
func exitOf(code string) int {
	switch code {
	case graph.PermissionDenied.String(), "UNAUTHENTICATED":
		return exitUnauthorised
	case graph.VersionConflict.String(), graph.Duplicate.String(), graph.Blocked.String(), graph.Stale.String():
		return exitConflict
	}
	return exitError
}

// asFailure finds the failure in err. An error of the core keeps its words; of
// any other only its text is known.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*graph.Error](err); ok {
		f := &failure{code: exitOf(e.Kind.String()), kind: e.Kind.String(), message: e.Message, hint: e.Hint}
		if e.Kind == graph.Internal && e.Cause != nil {
			f.message = fmt.Sprintf("%s: %s", e.Message, e.Cause)
		}
		return f
	}
	return failf("%s", err)
}
