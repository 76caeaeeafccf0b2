package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// place is where a store is: a file of this machine, or a database of Neo4j.
type place struct {
	name    string // for people: the path, or the address without credentials
	path    string // SQLite's; memory is one that vanishes
	address string // Neo4j's, with credentials
}

// memory is the path of a store that vanishes.
const memory = ":memory:"

// kind is the store's technology, as the API names it.
func (p place) kind() string {
	if p.address != "" {
		return "neo4j"
	}
	return "sqlite"
}

// vanishing is a store in memory.
var vanishing = place{name: memory, path: memory}

// storeNames says how a store is named, for hints.
const storeNames = "write it as sqlite:PATH, for example sqlite:faultline.db, or as neo4j://HOST:PORT"

// place is what a store's name means.
func (a *app) place(t target) (place, error) {
	if neo4j.IsAddress(t.store) {
		return a.database(t)
	}
	kind, path, ok := strings.Cut(t.store, ":")
	switch {
	case t.store == "":
		return place{}, usagef("there is no place for a store: neither HOME nor %s is set", envData).hinted("name one: --store sqlite:PATH")
	case ok && kind == "sqlite" && path != "" && !strings.HasPrefix(path, "//"):
		return place{name: path, path: path}, nil
	case !ok || kind != "sqlite":
		return place{}, usagef("%q is not the name of a store (%s)", redact(t.store), t.storeFrom).hinted(storeNames)
	}
	return place{}, usagef("%q names no file (%s)", t.store, t.storeFrom).hinted(storeNames)
}

// database is the place that an address of Neo4j means, with the credentials that
// the environment adds.
func (a *app) database(t target) (place, error) {
	name, err := neo4j.Name(t.store)
	if err != nil {
		f := asFailure(err)
		f.code, f.message = exitUsage, f.message+" ("+t.storeFrom+")"
		return place{}, f
	}
	c, err := a.credentials(t)
	if err != nil {
		return place{}, err
	}
	u, err := url.Parse(t.store)
	if err != nil {
		return place{}, err // not after Name
	}
	if u.User = nil; c.user != "" {
		u.User = url.UserPassword(c.user, c.password)
	}
	return place{name: name, address: u.String()}, nil
}

// errAbsent is the cause where there is nothing at a place, and only reading was
// wanted.
var errAbsent = errors.New("there is no store")

// openStore opens the store at a place. Reading never makes one.
func (a *app) openStore(ctx context.Context, at place, p purpose) (store.Store, error) {
	if at.address != "" {
		return openNeo4j(ctx, at, p)
	}
	if p == reading && at.path != memory && absent(at.path) {
		return nil, errAbsent
	}
	if err := a.makeHome(at.path); err != nil {
		return nil, err
	}
	st, err := sqlite.Open(ctx, at.path)
	if err != nil {
		return nil, err // no typed nil in an interface
	}
	return st, nil
}

func openNeo4j(ctx context.Context, at place, p purpose) (store.Store, error) {
	var options []neo4j.Option
	if p == reading {
		options = append(options, neo4j.Existing())
	}
	st, err := neo4j.Open(ctx, at.address, options...)
	switch {
	case errors.Is(err, neo4j.ErrEmpty):
		return nil, errAbsent
	case errors.Is(err, neo4j.ErrCredentials):
		f := asFailure(err)
		f.code = exitUnauthorised
		return nil, f.hinted("set %s and %s, or %s, to those of Neo4j; faultline config show says which ones were used", envNeo4jUser, envNeo4jPassword, envNeo4jPasswordFile)
	case err != nil:
		return nil, err
	}
	return st, nil
}

// absent says whether there is no store at path, or no more than the empty file
// that a first run left which was killed.
func absent(path string) bool {
	at, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && at.Mode().IsRegular() && at.Size() == 0
}

// makeHome makes the folder of the default store. Other folders are the user's to
// make: a typing error must not leave folders behind.
func (a *app) makeHome(path string) error {
	if "sqlite:"+path != a.defaultStore() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return failf("the folder %s of the store cannot be made: %s", filepath.Dir(path), lastCause(err)).hinted("name another store: --store sqlite:PATH")
	}
	return nil
}
