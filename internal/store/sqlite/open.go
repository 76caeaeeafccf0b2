// Package sqlite keeps a store in one SQLite file, without a server. Its one
// idea: the layout decides the speed (row ids in order of arrival, relations
// sorted by consumer, one ledger row a commit), and one goroutine writes, taking
// all that waits into one transaction. It refuses to know rules, to build SQL
// from anything but constants, and to repair in silence.
package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

var _ store.Store = (*Store)(nil)

// Store is one SQLite file.
type Store struct {
	name    string // as the caller wrote it, for messages
	path    string // absolute
	scratch string // the directory of a store in memory, or ""
	durable bool
	patient time.Duration // how long to wait for another process's lock

	writer *writer
	idle   chan *conn // readers at rest
	ending chan struct{}
	users  sync.WaitGroup // calls under way
	mu     sync.RWMutex   // held to close
	ended  bool

	words     words
	catalogue atomic.Pointer[catalogueAt]
}

// Option changes how a store is opened.
type Option func(*Store)

// Patience sets how long a commit waits for the lock of another process before
// it fails with graph.Unavailable; the default is 10 s.
func Patience(d time.Duration) Option { return func(s *Store) { s.patient = d } }

// unsynced leaves power loss out of account, for a file that nobody uses before
// it was synced as a whole.
func unsynced(s *Store) { s.durable = false }

const (
	maxReaders      = 8
	defaultPatience = 10 * time.Second
)

// Open opens the store in the file at path and makes it where there is none.
// ":memory:" is a store of its own that vanishes with Close.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	s := &Store{name: path, durable: true, patient: defaultPatience,
		idle: make(chan *conn, maxReaders), ending: make(chan struct{})}
	for _, o := range options {
		o(s)
	}
	if err := s.locate(); err != nil {
		return nil, err
	}
	c, err := s.prepare(ctx)
	if err != nil {
		_ = s.sweep()
		return nil, s.explain(err)
	}
	s.writer = newWriter(s, c)
	return s, nil
}

// locate finds the file's place.
func (s *Store) locate() (err error) {
	if s.name == ":memory:" {
		// A directory of its own, not SQLite's memory mode: there a reader would
		// see, or block, the writer, and the promises would be other ones.
		if s.scratch, err = os.MkdirTemp("", "faultline-"); err != nil {
			return graph.Errorf(graph.Unavailable, "there is no room for a temporary store").Because(err)
		}
		s.path, s.durable = filepath.Join(s.scratch, "store"), false
		return nil
	}
	if s.path, err = filepath.Abs(s.name); err != nil {
		return graph.Errorf(graph.Invalid, "%q is not a path", s.name).Because(err)
	}
	dir := filepath.Dir(s.path)
	switch at, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return graph.Errorf(graph.Invalid, "the directory %s of the store does not exist", dir).WithHint("make it: mkdir -p %s", dir)
	case err != nil:
		return graph.Errorf(graph.Unavailable, "the directory %s of the store cannot be read", dir).Because(err)
	case !at.IsDir():
		return graph.Errorf(graph.Invalid, "%s is not a directory, so it cannot hold the store", dir)
	}
	if at, err := os.Stat(s.path); err == nil && at.IsDir() {
		return graph.Errorf(graph.Invalid, "%s is a directory, not a store", s.name).WithHint("name a file in it, for example %s", filepath.Join(s.name, "faultline.db"))
	}
	return nil
}

// prepare opens the writing connection, checks whose file it is, and lays out a
// new one.
func (s *Store) prepare(ctx context.Context) (_ *conn, err error) {
	c, err := dial(s.path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = c.close()
		}
	}()
	if err := c.once(setBusyTimeout); err != nil {
		return nil, err
	}
	now, err := s.recognise(c)
	if err != nil {
		return nil, err
	}
	if now == 0 {
		if err := c.once(setPageSize); err != nil {
			return nil, err
		}
	}
	sync := setFullSync
	if !s.durable {
		sync = setNoSync
	}
	for _, q := range []statement{setWAL, sync, setCheckpoint, setWriterCache, setTempMemory} {
		if err := s.insist(ctx, func() error { return c.once(q) }); err != nil {
			return nil, err
		}
	}
	if now < format {
		return c, s.insist(ctx, func() error { return s.layOut(c) })
	}
	return c, nil
}

// recognise is the file's format, 0 for a new file; those of others are refused.
func (s *Store) recognise(c *conn) (now int64, err error) {
	id, err := c.number(getApplicationID)
	if err != nil {
		return 0, err
	}
	tables, err := c.number(countTables)
	if err != nil {
		return 0, err
	}
	version, err := c.number(getFormat)
	if err != nil {
		return 0, err
	}
	switch {
	case id == 0 && tables == 0 && version == 0:
		return 0, nil
	case id != applicationID:
		return 0, graph.Errorf(graph.Invalid, "%s is a SQLite database, but not a Faultline store", s.name).WithHint("name another file with --store")
	case version > format:
		return 0, graph.Errorf(graph.Invalid, "the store %s was written by a newer Faultline (format %d; this one knows %d)", s.name, version, format).
			WithHint("use the newer faultline; a store is never migrated back")
	}
	return version, nil
}

// layOut makes the tables that the file does not have yet, in one transaction: an
// older format is taken forward, unless another process was faster.
func (s *Store) layOut(c *conn) error {
	if err := c.run(beginWrite); err != nil {
		return err
	}
	now, err := s.recognise(c)
	var steps []statement
	if now < 1 {
		steps = append(steps, createTables, setApplicationID)
	}
	if now < 2 {
		steps = append(steps, createAnswers, setFormat)
	}
	for _, q := range steps {
		if err == nil {
			err = c.once(q)
		}
	}
	if err == nil {
		err = c.run(commit)
	}
	if err != nil {
		_ = c.run(rollback)
	}
	return err
}

// insist repeats f while another process holds the lock, as long as the store
// is patient.
func (s *Store) insist(ctx context.Context, f func() error) error {
	for deadline := time.Now().Add(s.patient); ; {
		err := f()
		if err == nil || !busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ending:
			return closed(s.name)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Close waits for the calls under way and closes the file. A second call does
// nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return nil
	}
	s.ended = true
	close(s.ending)
	s.mu.Unlock()
	s.users.Wait()
	err := s.writer.close()
	for {
		select {
		case c := <-s.idle:
			err = errors.Join(err, c.close())
			continue
		default:
		}
		break
	}
	return errors.Join(err, s.sweep())
}

// sweep removes what a store in memory left.
func (s *Store) sweep() error {
	if s.scratch == "" {
		return nil
	}
	return os.RemoveAll(s.scratch)
}

// enter counts a call in, so that Close waits for it.
func (s *Store) enter() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.ended {
		return closed(s.name)
	}
	s.users.Add(1)
	return nil
}
