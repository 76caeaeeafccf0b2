package neo4j

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// format is the newest layout that this binary knows.
const format = 2

// known is the line of Neo4j that the suite is run on. Others are refused: an
// older one has no labels and types by parameter, and a newer one may plan or lock
// otherwise.
var known = [2]int{5, 26}

// judge refuses a server, by its name and its version, that is not of that line.
func judge(name, version string) error {
	refuse := func(is string) error {
		return graph.Errorf(graph.Invalid, "the server at %s is %s", name, is).
			WithHint("use Neo4j %d.%d, Community or Enterprise: the versions that are known to work are %d.%d.0 and its patches", known[0], known[1], known[0], known[1])
	}
	var line [2]int
	if n, _ := fmt.Sscanf(version, "%d.%d", &line[0], &line[1]); n < len(line) {
		return refuse("a Neo4j that does not say its version")
	}
	switch slices.Compare(line[:], known[:]) {
	case -1:
		return refuse("Neo4j " + version + ", which is too old")
	case 1:
		return refuse("Neo4j " + version + ", which is newer than Faultline was tried on")
	}
	return nil
}

// layout is what an empty database is given, and a used one is held to.
var layout = []statement{uniqueID, uniqueCI, uniqueRecord, uniqueKey, uniqueRequirement, uniqueRevision, uniqueClass, uniqueType,
	uniqueLedger, uniqueLock, indexName, indexRecordName, indexRetiredRef, indexRetiredKey, indexFormerRef,
	uniqueAnswer, indexUntil}

// prepare checks who answers and whose graph it holds, and lays out an empty
// database.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.driver.VerifyConnectivity(ctx); err != nil {
		return err
	}
	session, end := s.open(ctx)
	defer end()
	r := single{session}
	v, err := row(ctx, r, getVersion, nil)
	if err != nil {
		return err
	}
	var version string
	if len(v) > 0 {
		version, _ = v[0].(string)
	}
	if err := judge(s.name, version); err != nil {
		return err
	}
	now, err := s.recognise(ctx, r)
	if err != nil || now == format {
		return err
	}
	if s.asIs && now == 0 {
		return graph.Errorf(graph.NotFound, "the database of %s is empty", s.name).Because(ErrEmpty)
	}
	return s.layOut(ctx, r)
}

// recognise is the database's format, 0 where it is empty; somebody else's is
// refused.
func (s *Store) recognise(ctx context.Context, r runner) (now int64, err error) {
	nodes, err := number(ctx, r, countAll, nil)
	if err != nil || nodes == 0 {
		return 0, err
	}
	v, err := row(ctx, r, getFormat, nil) // after the count: another process may be laying it out
	if err != nil {
		return 0, err
	}
	if len(v) == 0 {
		locks, err := number(ctx, r, countLocks, nil)
		if err != nil || nodes == locks {
			return 0, err // a first run was killed before it laid the ledger
		}
		return 0, graph.Errorf(graph.Invalid, "the database of %s holds somebody else's graph (%d nodes)", s.name, nodes).
			WithHint("name an empty database, or another server; nothing was changed")
	}
	if now, _ = v[0].(int64); now < 1 || now > format {
		return 0, graph.Errorf(graph.Invalid, "the store %s has format %v; this Faultline knows %d", s.name, v[0], format).
			WithHint("use the newer faultline; a store is never migrated back")
	}
	return now, nil
}

// layOut makes constraints and indexes first: they keep two processes that start
// at once from making two ledgers. What is there stays, so that a database of an
// older format is taken forward, and a layout that was killed is completed.
func (s *Store) layOut(ctx context.Context, r runner) error {
	for _, q := range layout {
		if err := s.insist(ctx, func() error { return do(ctx, r, q, nil) }); err != nil {
			return err
		}
	}
	if err := do(ctx, r, awaitIndex, nil); err != nil {
		return err
	}
	m, err := markOf(graph.Head{}, 0)
	if err != nil {
		return err
	}
	if err := s.insist(ctx, func() error { return do(ctx, r, layLocks, nil) }); err != nil {
		return err
	}
	if err := s.insist(ctx, func() error { return do(ctx, r, layLedger, params{"head": m.text}) }); err != nil {
		return err
	}
	return s.insist(ctx, func() error { return do(ctx, r, setFormat, nil) })
}

// Another process that lays out the same database may be in the way for a moment.
const (
	insistences = 5
	insistPause = 50 * time.Millisecond
)

// insist repeats what failed for a reason that passes.
func (s *Store) insist(ctx context.Context, f func() error) error {
	for i := 1; ; i++ {
		err := f()
		if err == nil || !again(err) || i == insistences {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(i) * insistPause):
		}
	}
}
