package server

import (
	"net/http"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers"
)

// Codes of requests that are none. Those of errors are graph.Kind's.
const (
	badRequest      = "BAD_REQUEST"
	unauthenticated = "UNAUTHENTICATED"
	foreignOrigin   = "FORBIDDEN_ORIGIN"
	nothingHere     = "NOT_FOUND"
	wrongMethod     = resolvers.NotByGet
	notAcceptable   = "NOT_ACCEPTABLE"
	wrongMedia      = "UNSUPPORTED_MEDIA_TYPE"
	misdirected     = "MISDIRECTED"
	overloaded      = "OVERLOADED"
	tooLate         = resolvers.DeadlineExceeded
)

// outcome is what became of a request.
type outcome struct {
	media    string // of a GraphQL answer; "" for all other answers
	answered bool   // it has data, or no errors
	code     string // of the first error
}

// later says whether the same request may be answered later.
func later(code string) bool {
	switch code {
	case graph.Unavailable.String(), graph.RevisionNotReached.String(), overloaded, tooLate:
		return true
	}
	return false
}

// statusOf is the one place where an outcome becomes a status. A GraphQL answer
// that is application/json has 200 whatever it says, because clients that ask
// for that type look for errors in the answer and take any other status for a
// broken connection; the newer type tells a bad document by its status.
func statusOf(o outcome) int {
	if o.media != "" {
		switch {
		case o.answered:
			return http.StatusOK
		case o.code == wrongMethod:
			return http.StatusMethodNotAllowed
		case o.media == plainJSON:
			return http.StatusOK
		}
	}
	switch {
	case later(o.code):
		return http.StatusServiceUnavailable
	case o.code == graph.Internal.String():
		return http.StatusInternalServerError
	}
	if o.media != "" {
		return http.StatusBadRequest
	}
	switch o.code {
	case badRequest:
		return http.StatusBadRequest
	case unauthenticated:
		return http.StatusUnauthorized
	case graph.PermissionDenied.String(), foreignOrigin:
		return http.StatusForbidden
	case nothingHere: // graph.NotFound's code, too
		return http.StatusNotFound
	case wrongMethod:
		return http.StatusMethodNotAllowed
	case notAcceptable:
		return http.StatusNotAcceptable
	case wrongMedia:
		return http.StatusUnsupportedMediaType
	case misdirected:
		return http.StatusMisdirectedRequest
	case graph.Invalid.String():
		return http.StatusUnprocessableEntity
	case graph.Duplicate.String(), graph.VersionConflict.String(), graph.Blocked.String(), graph.Stale.String(), graph.CursorExpired.String():
		return http.StatusConflict
	case graph.LimitExceeded.String():
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}
