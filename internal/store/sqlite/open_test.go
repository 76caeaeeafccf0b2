package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// refused opens a path that must be refused, with all words in the message.
func refused(t *testing.T, path string, kind graph.Kind, words ...string) {
	t.Helper()
	st, err := Open(context.Background(), path, Patience(50*time.Millisecond))
	if err == nil {
		_ = st.Close()
		t.Fatalf("%s was opened", path)
	}
	says(t, err, kind, words...)
}

func says(t *testing.T, err error, kind graph.Kind, words ...string) {
	t.Helper()
	if !graph.IsKind(err, kind) {
		t.Fatalf("error of kind %v: %v", graph.AsError(err).Kind, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

// raw opens a SQLite file without any of our checks.
func raw(t *testing.T, path string) *conn {
	t.Helper()
	c, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAMissingDirectoryIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "such", "faultline.db")
	refused(t, path, graph.Invalid, filepath.Dir(path), "mkdir")
}

func TestADirectoryIsNotAStore(t *testing.T) {
	refused(t, t.TempDir(), graph.Invalid, "is a directory")
}

func TestAFileInPlaceOfADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	refused(t, filepath.Join(file, "faultline.db"), graph.Invalid, "is not a directory")
}

func TestAnotherFileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	text := strings.Repeat("these are notes, not a database\n", 100)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	refused(t, path, graph.Invalid, path, "not a Faultline store", "--store")
	if now, _ := os.ReadFile(path); string(now) != text {
		t.Error("the file was changed")
	}
}

func TestAForeignDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	c := raw(t, path)
	must(t, c.once(`CREATE TABLE invoices (id INTEGER)`))
	must(t, c.close())
	before, _ := os.ReadFile(path)
	refused(t, path, graph.Invalid, path, "not a Faultline store")
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func TestANewerFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	st, err := Open(context.Background(), path)
	must(t, err)
	must(t, st.Close())
	c := raw(t, path)
	must(t, c.once(`PRAGMA user_version = 99`))
	must(t, c.close())
	refused(t, path, graph.Invalid, path, "newer", "format 99")
}

func TestAnOlderFormatIsTakenForward(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	st, err := Open(context.Background(), path)
	must(t, err)
	must(t, st.Close())
	c := raw(t, path)
	must(t, c.once(`DROP TABLE answer`)) // what format 1 did not have
	must(t, c.once(`PRAGMA user_version = 1`))
	must(t, c.close())
	st, err = Open(context.Background(), path)
	must(t, err)
	_, err = st.Commit(context.Background(), func(context.Context, store.Reader) (store.Outcome, error) {
		return store.Outcome{Answer: &store.Answer{Principal: "p", Key: "k", Result: []byte("r")}}, nil
	})
	must(t, err)
	must(t, st.Close())
	c = raw(t, path)
	if version, err := c.number(getFormat); err != nil || version != format {
		t.Errorf("format %d, %v", version, err)
	}
	must(t, c.close())
	st, err = Open(context.Background(), path)
	must(t, err)
	if a, err := st.Answer(context.Background(), "p", "k"); err != nil || a == nil {
		t.Errorf("the answer is %v, %v", a, err)
	}
	must(t, st.Close())
}

func TestAHalfMadeStoreIsANewOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	must(t, os.WriteFile(path, nil, 0o600))
	st, err := Open(context.Background(), path)
	must(t, err)
	head, err := st.Head(context.Background())
	must(t, err)
	if head.Revision != 0 {
		t.Errorf("head at %d", head.Revision)
	}
	must(t, st.Close())
}

func TestALockedStoreSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	st, err := Open(context.Background(), path, Patience(50*time.Millisecond))
	must(t, err)
	defer st.Close()
	c := raw(t, path)
	must(t, c.once(beginWrite))
	_, err = st.Commit(context.Background(), nil)
	says(t, err, graph.Unavailable, path, "locked", "try again")
	if _, err := st.Head(context.Background()); err != nil {
		t.Errorf("a reader is locked out: %v", err)
	}
	must(t, c.once(rollback))
}

func TestACorruptStoreSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	st, err := Open(context.Background(), path)
	must(t, err)
	must(t, st.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	for i := 8192; i < len(b); i++ {
		b[i] = 0xa5
	}
	must(t, os.WriteFile(path, b, 0o600))
	st, err = Open(context.Background(), path)
	if err == nil {
		_, err = st.Head(context.Background())
		defer st.Close()
	}
	says(t, err, graph.Invalid, path, "corrupt", "restore")
}

func TestStrangePathsAreOpenedAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "100%.db", "what?.db", "x#y.db", "über.db", "a&mode=ro.db"} {
		path := filepath.Join(dir, name)
		st, err := Open(context.Background(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		must(t, st.Close())
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStoreInMemoryLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	st, err := Open(context.Background(), ":memory:")
	must(t, err)
	if _, err := st.Head(context.Background()); err != nil {
		t.Error(err)
	}
	must(t, st.Close())
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("%d entries are left behind", len(left))
	}
}
