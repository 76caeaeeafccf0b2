package neo4j_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// refused opens an address that must be refused, with all words in the message
// and none of the password.
func refused(t *testing.T, address string, kind graph.Kind, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	st, err := neo4j.Open(ctx, address)
	if err == nil {
		_ = st.Close()
		t.Fatal("it was opened")
	}
	says(t, err, kind, words...)
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func says(t *testing.T, err error, kind graph.Kind, words ...string) {
	t.Helper()
	if !graph.IsKind(err, kind) {
		t.Fatalf("error of kind %v: %v (%v)", graph.AsError(err).Kind, err, graph.AsError(err).Cause)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for address, says := range map[string]string{
		"faultline.db":                         "begins with none of",
		"http://neo4j:s3cret@host":             "begins with none of",
		"neo4j://neo4j:s3cret@":                "names no host",
		"neo4j://neo4j:s3cret@host:7687/a/b":   "only one database",
		"neo4j://neo4j:s3cret@host:port":       "cannot be read",
		"neo4j://neo4j:s3cret@host%zz":         "cannot be read",
		"neo4j://neo4j:s3cret@host:7687/db#no": "behind a #",
	} {
		refused(t, address, graph.Invalid, says, "neo4j://user:password@host:7687/database")
	}
}

func TestWhatIsAnAddress(t *testing.T) {
	for name, want := range map[string]bool{"neo4j://h": true, "neo4j+s://u:p@h:1/db": true, "neo4j+ssc://h": true, "bolt://h": true, "bolt+s://h": true,
		"./neo4j": false, "neo4j.db": false, "http://h": false, ":memory:": false, "": false} {
		if neo4j.IsAddress(name) != want {
			t.Errorf("IsAddress(%q) is %v", name, !want)
		}
	}
}

func TestAServerThatIsNotThereSaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	for _, scheme := range []string{"neo4j", "bolt"} {
		refused(t, scheme+"://neo4j:s3cret@"+at, graph.Unavailable, at, "cannot be reached", "check that it runs")
	}
}

// with gives an address another part.
func with(t *testing.T, address string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func TestWrongCredentialsSaySo(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	refused(t, with(t, address, func(u *url.URL) { u.User = url.UserPassword("neo4j", "s3cret") }), graph.Unavailable, "refuses", "password")
	refused(t, with(t, address, func(u *url.URL) { u.User = nil }), graph.Unavailable, "refuses", "password")
}

func TestADatabaseThatDoesNotExistSaysSo(t *testing.T) {
	var databases neo4jtest.Databases
	refused(t, with(t, databases.Empty(t), func(u *url.URL) { u.Path = "/nowhere" }), graph.Invalid, "/nowhere", "does not exist")
}

func TestTheDatabaseCanBeNamed(t *testing.T) {
	var databases neo4jtest.Databases
	opened(t, with(t, databases.Empty(t), func(u *url.URL) { u.Path = "/neo4j" }))
}

func TestSomebodyElsesGraphIsRefused(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	run(t, address, `CREATE (:Movie {title: 'The Matrix'})<-[:ACTED_IN]-(:Person {name: 'Keanu'})`)
	refused(t, address, graph.Invalid, "somebody else's graph (2 nodes)", "nothing was changed")
	if rows := run(t, address, `MATCH (n) RETURN count(n)`); rows[0][0] != int64(2) {
		t.Errorf("%v nodes are left", rows[0][0])
	}
}

// The locks are laid before the ledger: a run that was killed between the two has
// left nothing that anybody misses.
func TestWhatAKilledFirstRunLeftIsEmpty(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	run(t, address, `CREATE (:LedgerLock {name: 'write', turn: 0})`)
	if _, err := neo4j.Open(t.Context(), address, neo4j.Existing()); !errors.Is(err, neo4j.ErrEmpty) {
		t.Errorf("reading it fails with %v", err)
	}
	clean(t, opened(t, address))
}

func TestReadingLeavesAnEmptyDatabaseAsItIs(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	if _, err := neo4j.Open(t.Context(), address, neo4j.Existing()); !errors.Is(err, neo4j.ErrEmpty) || !graph.IsKind(err, graph.NotFound) {
		t.Errorf("it fails with %v", err)
	}
	if rows := run(t, address, `MATCH (n) RETURN count(n)`); rows[0][0] != int64(0) {
		t.Errorf("%v nodes were made", rows[0][0])
	}
	opened(t, address)
	st, err := neo4j.Open(t.Context(), address, neo4j.Existing())
	if err != nil {
		t.Fatal(err)
	}
	clean(t, st)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

func TestANewerFormatIsRefused(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	opened(t, address)
	run(t, address, `MATCH (l:Ledger) SET l.format = 99`)
	refused(t, address, graph.Invalid, "format 99", "newer")
}

func TestAnOlderFormatIsTakenForward(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	opened(t, address)
	run(t, address, `DROP CONSTRAINT faultline_answer`, `DROP INDEX faultline_answer_until`, `MATCH (l:Ledger) SET l.format = 1`)
	opened(t, address)
	if rows := run(t, address, `MATCH (l:Ledger) RETURN l.format`); rows[0][0] != int64(2) {
		t.Errorf("format %v", rows[0][0])
	}
	if rows := run(t, address, `SHOW INDEXES YIELD name WHERE name STARTS WITH 'faultline_answer' RETURN count(*)`); rows[0][0] != int64(2) {
		t.Errorf("%v of 2 indexes are there", rows[0][0])
	}
}

func TestTwoProcessesMayLayOutOneDatabase(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			st, err := neo4j.Open(context.Background(), address)
			if err != nil {
				t.Error(err)
				return
			}
			_ = st.Close()
		})
	}
	wg.Wait()
	if rows := run(t, address, `MATCH (n) RETURN labels(n)[0] AS l, count(*) ORDER BY l`); len(rows) != 2 || rows[0][1] != int64(1) || rows[1][1] != int64(2) {
		t.Errorf("laid out were %v", rows)
	}
}

// run writes or reads as somebody in Browser would.
func run(t *testing.T, address string, statements ...string) [][]any {
	t.Helper()
	rows, err := neo4jtest.Run(context.Background(), address, statements...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
