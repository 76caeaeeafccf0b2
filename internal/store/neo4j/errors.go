package neo4j

import (
	"context"
	"errors"
	"strings"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// errUnknownOutcome marks a commit whose answer was lost: it may have happened.
var errUnknownOutcome = errors.New("the connection was lost while the commit was answered")

// ErrCredentials is the cause of an error where the server refuses who asks.
var ErrCredentials = errors.New("the credentials are refused")

// explain turns an error of the driver into one that names the database and says
// how to mend it. Errors of the core, and of a cancelled context, keep their
// meaning.
func (s *Store) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*graph.Error](err); ok {
		return err
	}
	say := func(kind graph.Kind, message, hint string) error {
		return graph.Errorf(kind, message, s.name).WithHint("%s", hint).Because(err)
	}
	if cause := ctx.Err(); errors.Is(cause, context.DeadlineExceeded) {
		err = errors.Join(cause, err)
	} else if cause != nil {
		return graph.Errorf(graph.Unavailable, "cancelled before the store %s answered", s.name).Because(cause)
	}
	if errors.Is(err, errUnknownOutcome) {
		return say(graph.Unavailable, "the store %s was lost while it committed: whether it did is not known", "send the same again: what is there already is not written twice")
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return say(graph.Unavailable, "the store %s did not answer in time", "see what keeps Neo4j busy, or the way to it, and try again")
	}
	if e, ok := errors.AsType[*driver.Neo4jError](err); ok {
		return s.refused(e, say)
	}
	if _, ok := errors.AsType[*driver.TokenExpiredError](err); ok {
		return s.unknown(err)
	}
	err = errors.Join(store.ErrAbsent, err)
	hint := "check that it runs, that host and port are right, and that no firewall is between; nothing acknowledged is lost"
	if scheme, _, _ := strings.Cut(s.name, "://"); strings.Contains(scheme, "+s") {
		hint = "check that host and port are right, and that it speaks TLS with a certificate that this machine trusts: neo4j:// asks without TLS, neo4j+ssc:// takes any certificate"
	}
	return say(graph.Unavailable, "Neo4j at %s cannot be reached", hint)
}

// unknown is the server's no to who asks.
func (s *Store) unknown(err error) error {
	return graph.Errorf(graph.Unavailable, "Neo4j at %s refuses the credentials", s.name).
		WithHint("check the user and the password").Because(errors.Join(ErrCredentials, err))
}

// refused is what the server itself says.
func (s *Store) refused(e *driver.Neo4jError, say func(kind graph.Kind, message, hint string) error) error {
	code := func(parts ...string) bool {
		for _, p := range parts {
			if strings.HasSuffix(e.Code, "."+p) {
				return true
			}
		}
		return false
	}
	switch {
	case code("AuthenticationRateLimit"):
		return say(graph.Unavailable, "Neo4j at %s refuses more attempts to log in", "the password was wrong several times: wait some seconds, and check it")
	case code("Unauthorized", "TokenExpired", "InvalidAuthToken"):
		return s.unknown(e)
	case code("CredentialsExpired"):
		return say(graph.Unavailable, "Neo4j at %s wants the password to be changed first", "log in once with cypher-shell or Browser and change it")
	case code("Forbidden"):
		return say(graph.PermissionDenied, "the user may not do this in the store %s", "give the user the right to write and to create constraints and indexes")
	case code("DatabaseNotFound"):
		return say(graph.Invalid, "the database of %s does not exist", "name another behind the host, or none for the server's default")
	case code("DatabaseUnavailable"):
		return graph.Errorf(graph.Unavailable, "the database of %s is not available now", s.name).
			WithHint("it is starting, or somebody stopped it: see Neo4j's log").Because(errors.Join(store.ErrAbsent, e))
	case code("NotALeader", "ForbiddenOnReadOnlyDatabase", "WriteOnReadOnlyAccessDatabase"):
		return say(graph.Unavailable, "the database of %s takes no writes now", "see in Neo4j's log why it is read-only, and try again")
	case code("ConstraintValidationFailed"):
		return say(graph.Internal, "an entry does not fit the store %s", "report this")
	case code("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "LockAcquisitionTimeout"):
		return say(graph.Unavailable, "the store %s was busy for too long", "see what holds Neo4j's locks (SHOW TRANSACTIONS), and try again")
	case code("MemoryPoolOutOfMemoryError", "TransactionOutOfMemoryError", "OutOfMemoryError"):
		return say(graph.Unavailable, "Neo4j at %s is out of memory", "give it more (server.memory.heap.max_size, dbms.memory.transaction.total.max), or send less at once")
	case strings.HasPrefix(e.Code, "Neo.TransientError."):
		return say(graph.Unavailable, "the store %s cannot answer now", "try again")
	case strings.HasPrefix(e.Code, "Neo.DatabaseError."):
		return say(graph.Unavailable, "the store %s failed", "see Neo4j's log; nothing acknowledged is lost")
	}
	return say(graph.Internal, "the store %s did not understand a request", "report this, with the version of Neo4j")
}

// again says whether a transaction that failed before its commit was sent may
// go well when it is repeated.
func again(err error) bool {
	if _, ok := errors.AsType[*graph.Error](err); ok || errors.Is(err, errUnknownOutcome) {
		return false
	}
	return errors.Is(err, errUndone) || driver.IsRetryable(err)
}
