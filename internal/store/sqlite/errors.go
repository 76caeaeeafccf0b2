package sqlite

import (
	"context"
	"errors"

	driverpkg "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/faultline-itsm/faultline/graph"
)

// explain turns an error of the driver into one that names the file and says
// how to mend it. Errors of the core, and of a cancelled context, keep their
// meaning.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	return explain(s.name, err)
}

func explain(path string, err error) error {
	if _, ok := errors.AsType[*graph.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return graph.Errorf(graph.Unavailable, "cancelled before the store %s answered", path).Because(err)
	}
	e, ok := errors.AsType[*driverpkg.Error](err)
	if !ok {
		return graph.Errorf(graph.Unavailable, "the store %s failed", path).Because(err)
	}
	say := func(kind graph.Kind, message, hint string) error {
		return graph.Errorf(kind, message, path).WithHint("%s", hint).Because(err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return say(graph.Unavailable, "the store %s is locked by another process", "wait until it is done, or end it, and try again")
	case sqlite3.SQLITE_FULL:
		return say(graph.Unavailable, "there is no room left to write the store %s", "free some space on its disk and try again; nothing was half-written")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return say(graph.Unavailable, "the store %s is read-only", "make the file and its directory writable for this user")
	case sqlite3.SQLITE_CORRUPT:
		return say(graph.Invalid, "the store %s is corrupt", "restore it from a dump, and check the disk")
	case sqlite3.SQLITE_NOTADB:
		return say(graph.Invalid, "the file %s is not a Faultline store", "name another file with --store")
	case sqlite3.SQLITE_CANTOPEN:
		return say(graph.Unavailable, "the store %s cannot be opened", "check that the file and its directory can be read and written by this user")
	case sqlite3.SQLITE_IOERR:
		return say(graph.Unavailable, "reading or writing the store %s failed", "check the disk; nothing acknowledged is lost")
	case sqlite3.SQLITE_TOOBIG:
		return say(graph.LimitExceeded, "a record is too large for the store %s", "send less at once")
	case sqlite3.SQLITE_CONSTRAINT:
		return say(graph.Internal, "an entry does not fit the store %s", "report this")
	}
	return say(graph.Unavailable, "the store %s failed", "see the log")
}

func busy(err error) bool {
	e, ok := errors.AsType[*driverpkg.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

func closed(path string) error {
	return graph.Errorf(graph.Unavailable, "the store %s is closed", path)
}
