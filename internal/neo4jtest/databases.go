package neo4jtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// Databases hands out empty databases. A server of the Community edition has one
// only, so a test has a server to itself while it runs, among all packages of the
// machine.
type Databases struct {
	mu   sync.Mutex
	held map[testing.TB]int // how many servers a test has
}

// Empty is the address of an empty database. A second call in one test gives the
// second server; every further one wipes the last server again, so that a test
// has at most as many databases at once as there are servers.
func (d *Databases) Empty(t testing.TB) string {
	t.Helper()
	urls := addresses(t)
	d.mu.Lock()
	if d.held == nil {
		d.held = map[testing.TB]int{}
	}
	at := d.held[t]
	if at < len(urls) {
		d.held[t]++
	}
	d.mu.Unlock()
	if at == 0 {
		t.Cleanup(func() {
			d.mu.Lock()
			delete(d.held, t)
			d.mu.Unlock()
		})
	}
	if at < len(urls) { // in their order, so that no two tests wait for each other
		release, err := lock(lockFile(urls[at]))
		if err != nil {
			t.Fatalf("locking the database for this test: %v", err)
		}
		t.Cleanup(release)
	} else {
		at = len(urls) - 1
	}
	if err := Wipe(context.Background(), urls[at]); err != nil {
		t.Fatalf("emptying the database: %v", err)
	}
	return urls[at]
}

func lockFile(address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(os.TempDir(), "faultline-neo4j-"+hex.EncodeToString(sum[:8])+".lock")
}

// Connect is a driver of one's own, as a script has it; the caller closes it.
func Connect(address string) (driver.DriverWithContext, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	return driver.NewDriverWithContext(u.Scheme+"://"+u.Host, driver.BasicAuth(u.User.Username(), password, ""))
}

// Run executes statements on a server directly, as somebody in Browser would. The
// rows of all of them follow each other.
func Run(ctx context.Context, address string, statements ...string) (rows [][]any, err error) {
	for _, q := range statements {
		_, some, err := Ask(ctx, address, q)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// Ask runs one statement as Run does, and names the columns of its answer.
func Ask(ctx context.Context, address, statement string) (columns []string, rows [][]any, err error) {
	d, err := Connect(address)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = d.Close(ctx) }()
	session := d.NewSession(ctx, driver.SessionConfig{})
	defer func() { _ = session.Close(ctx) }()
	res, err := session.Run(ctx, statement, nil)
	if err != nil {
		return nil, nil, err
	}
	if columns, err = res.Keys(); err != nil {
		return nil, nil, err
	}
	for res.Next(ctx) {
		rows = append(rows, res.Record().Values)
	}
	return columns, rows, res.Err()
}

// wipeWithin bounds how long emptying may take.
const wipeWithin = 2 * time.Minute

// Wipe deletes all nodes and relationships; constraints and indexes may stay.
func Wipe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, wipeWithin)
	defer cancel()
	_, err := Run(ctx, address, `MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS`)
	return err
}
