// Package neo4j keeps a store in a Neo4j database, natively: CIs are nodes with
// their class as a label and their effective attributes as properties, relations
// are relationships, and whoever knows Cypher may read all of it. Its one idea:
// beside what people read stands each record's canonical form, which alone is
// believed, so that nothing is lost in translation and a hand edit is found. It
// refuses to know rules, to build Cypher from anything but constants, and to
// repair in silence.
package neo4j

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

var (
	_ store.Store   = (*Store)(nil)
	_ store.Auditor = (*Store)(nil)
)

// Store is one Neo4j database.
type Store struct {
	name    string // its address without the password, for messages
	driver  driver.DriverWithContext
	session driver.SessionConfig
	longest time.Duration // that one transaction may take
	asIs    bool          // an empty database is not laid out

	writer *writer
	gate   gate
	users  sync.WaitGroup // calls under way
	mu     sync.RWMutex   // held to close
	ended  bool

	settled   atomic.Pointer[mark]
	catalogue atomic.Pointer[catalogueAt]
}

// Option changes how a store is opened.
type Option func(*Store)

// Longest sets how long one transaction, and so a commit, may take before it is
// given up; the default is 60 s. A caller's own deadline may be shorter.
func Longest(d time.Duration) Option { return func(s *Store) { s.longest = d } }

// Existing opens only what is there: an empty database is left as it is, and Open
// fails with ErrEmpty.
func Existing() Option { return func(s *Store) { s.asIs = true } }

// ErrEmpty is the cause of Open's error where Existing met an empty database.
var ErrEmpty = errors.New("the database is empty")

const (
	defaultLongest = 60 * time.Second
	// connectWithin bounds how long a server that drops packets is waited for.
	connectWithin = 5 * time.Second
	// idleUntrusted is when a connection at rest is tried before it is used:
	// the server may have been restarted meanwhile.
	idleUntrusted = time.Second
)

// Open opens the store in the database at an address such as
// neo4j://user:password@host:7687/database, and lays it out where the database
// is empty. A database that holds somebody else's graph is refused.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	a, err := parseAddress(url)
	if err != nil {
		return nil, err
	}
	s := &Store{name: a.name, longest: defaultLongest}
	s.gate.s = s
	for _, o := range options {
		o(s)
	}
	auth := driver.NoAuth()
	if a.user != "" || a.password != "" {
		auth = driver.BasicAuth(a.user, a.password, "")
	}
	s.driver, err = driver.NewDriverWithContext(a.target, auth, func(c *config.Config) {
		c.UserAgent = "faultline"
		c.SocketConnectTimeout = connectWithin
		c.ConnectionLivenessCheckTimeout = idleUntrusted
		c.TelemetryDisabled = true
	})
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "the address %s of Neo4j cannot be used", a.name).Because(err)
	}
	// Always the leader of a cluster: what another process has committed must be
	// seen at once, and readers look under a lock.
	s.session = driver.SessionConfig{DatabaseName: a.database, AccessMode: driver.AccessModeWrite, FetchSize: driver.FetchAll}
	if err := s.prepare(ctx); err != nil {
		_ = s.driver.Close(context.WithoutCancel(ctx))
		return nil, s.explain(ctx, err)
	}
	s.writer = newWriter(s)
	return s, nil
}

// Close waits for the calls under way and closes the connections. A second call
// does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return nil
	}
	s.ended = true
	s.mu.Unlock()
	s.users.Wait()
	s.writer.close()
	return s.explain(context.Background(), s.driver.Close(context.Background()))
}

// enter counts a call in, so that Close waits for it.
func (s *Store) enter() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.ended {
		return graph.Errorf(graph.Unavailable, "the store %s is closed", s.name)
	}
	s.users.Add(1)
	return nil
}
