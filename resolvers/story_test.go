package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
	"github.com/faultline-itsm/faultline/resolvers"
)

func TestMain(m *testing.M) { os.Exit(neo4jtest.Main(m, 1)) }

var update = flag.Bool("update", false, "write what the stories answer into them")

// now is the time of all stories.
var now = time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

// A first line "# as ada: change-requester" sends a request as somebody with roles (and
// "service" where it is a program, "team web", or "no team", for whose CIs it is); "# at 2026-12-01T10:00:00Z" sets the story's clock
// from there on.
var (
	sentBy = regexp.MustCompile(`(?m)^# as (\S+): (.*)$`)
	sentAt = regexp.MustCompile(`(?m)^# at (\S+)$`)
)

// bench is an API over a store of its own, with what wraps the store.
type bench struct {
	*resolvers.API
	store store.Store
	time  *atomic.Pointer[time.Time] // nil of it: now
}

func open(t testing.TB, wrap func(store.Store) store.Store, change ...func(*resolvers.Config)) bench {
	t.Helper()
	st := inFile(t)
	if wrap != nil {
		st = wrap(st)
	}
	return over(t, st, change...)
}

// inFile is a store of SQLite.
func inFile(t testing.TB) store.Store {
	t.Helper()
	st, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "faultline.db"))
	must(t, err)
	return st
}

// over is an API over a store, which is checked and closed at the end.
func over(t testing.TB, st store.Store, change ...func(*resolvers.Config)) bench {
	t.Helper()
	ctx := context.Background()
	p, err := projection.Open(ctx, st, projection.Options{})
	must(t, err)
	t.Cleanup(func() {
		report, err := store.Check(ctx, st)
		must(t, err)
		for _, f := range report.Broken {
			t.Errorf("check: %s", f)
		}
		must(t, p.Close())
		must(t, st.Close())
	})
	var moved atomic.Pointer[time.Time]
	clock := func() time.Time {
		if t := moved.Load(); t != nil {
			return *t
		}
		return now
	}
	cfg := resolvers.Config{Ledger: records.New(st, p, clock), Kind: "any", Version: "test", Actor: "tester", Clock: clock}
	for _, c := range change {
		c(&cfg)
	}
	return bench{resolvers.New(cfg), st, &moved}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask is one request; the answer is in its JSON form, indented.
func (b bench) ask(t testing.TB, query string, variables map[string]any) []byte {
	t.Helper()
	q := resolvers.Request{ID: "story", Query: query, Variables: variables}
	if by := sentBy.FindStringSubmatch(query); by != nil {
		q.Principal = &itsm.Actor{Name: by[1]}
		for r := range strings.SplitSeq(by[2], ", ") {
			if r == "service" {
				q.Principal.Service = true
			} else if team, ok := strings.CutPrefix(r, "team "); ok {
				q.Principal.Teams = append(q.Principal.Teams, team)
			} else if r == "no team" {
				q.Principal.Teams = []string{}
			} else if r != "" {
				q.Principal.Roles = append(q.Principal.Roles, itsm.Role(r))
			}
		}
	}
	if at := sentAt.FindStringSubmatch(query); at != nil {
		to, err := time.Parse(time.RFC3339, at[1])
		must(t, err)
		b.time.Store(&to)
	}
	resp := b.Execute(context.Background(), q)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	must(t, e.Encode(resp))
	return out.Bytes()
}

// A story is an archive of requests in order: NAME.graphql, perhaps NAME.vars (in
// which "$OTHER.data.cis.pageInfo.endCursor" stands for a part of an earlier
// answer), and NAME.json, what is answered. A first line "seed: NAME" runs
// testdata/seeds/NAME.graphql before. Every store answers with the same bytes.
func TestStories(t *testing.T) {
	for name, file := range stories(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, file, open(t, nil))
		})
	}
}

func TestStoriesOnNeo4j(t *testing.T) {
	if *update {
		t.Skip("the stories are written from SQLite")
	}
	var databases neo4jtest.Databases
	for name, file := range stories(t) {
		t.Run(name, func(t *testing.T) {
			st, err := neo4j.Open(t.Context(), databases.Empty(t))
			must(t, err)
			tell(t, file, over(t, st))
		})
	}
}

// stories are the files by name.
func stories(t *testing.T) map[string]string {
	files, err := filepath.Glob("testdata/*.txtar")
	must(t, err)
	if len(files) < 15 {
		t.Errorf("only %d stories were found", len(files))
	}
	named := map[string]string{}
	for _, file := range files {
		named[strings.TrimSuffix(filepath.Base(file), ".txtar")] = file
	}
	return named
}

func tell(t *testing.T, file string, b bench) {
	archive, err := txtar.ParseFile(file)
	must(t, err)
	seed(t, b, string(archive.Comment))
	parts := map[string][]byte{}
	for _, f := range archive.Files {
		parts[f.Name] = f.Data
	}
	answers := map[string]any{}
	written := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		name, ok := strings.CutSuffix(f.Name, ".graphql")
		if !ok {
			continue
		}
		vars := variables(t, parts[name+".vars"], answers)
		got := b.ask(t, string(f.Data), vars)
		var answer any
		must(t, json.Unmarshal(got, &answer))
		answers[name] = answer
		written.Files = append(written.Files, f)
		if v, ok := parts[name+".vars"]; ok {
			written.Files = append(written.Files, txtar.File{Name: name + ".vars", Data: v})
		}
		written.Files = append(written.Files, txtar.File{Name: name + ".json", Data: got})
		if want := parts[name+".json"]; !*update && !bytes.Equal(got, want) {
			t.Errorf("%s answers\n%s\nwant\n%s", name, got, want)
		}
	}
	if *update {
		must(t, os.WriteFile(file, txtar.Format(written), 0o644))
	}
}

func seed(t *testing.T, b bench, comment string) {
	t.Helper()
	for line := range strings.Lines(comment) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "seed: ")
		if !ok {
			continue
		}
		query, err := os.ReadFile(filepath.Join("testdata/seeds", name+".graphql"))
		must(t, err)
		if got := b.ask(t, string(query), nil); !bytes.Contains(got, []byte(`"data"`)) || bytes.Contains(got, []byte(`"message"`)) {
			t.Fatalf("the seed %s is refused:\n%s", name, got)
		}
	}
}

// variables reads the variables of a request, with the parts of earlier answers in
// them.
func variables(t *testing.T, raw []byte, answers map[string]any) map[string]any {
	t.Helper()
	if len(raw) == 0 {
		return nil
	}
	var vars map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	must(t, d.Decode(&vars))
	filled, _ := fill(t, vars, answers).(map[string]any)
	return filled
}

func fill(t *testing.T, v any, answers map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = fill(t, e, answers)
		}
	case []any:
		for i, e := range v {
			v[i] = fill(t, e, answers)
		}
	case string:
		path, ok := strings.CutPrefix(v, "$")
		if !ok {
			return v
		}
		at := any(answers)
		for step := range strings.SplitSeq(path, ".") {
			switch on := at.(type) {
			case map[string]any:
				at = on[step]
			case []any:
				i, err := strconv.Atoi(step)
				must(t, err)
				at = on[i]
			}
		}
		if at == nil {
			t.Fatalf("%s is in no earlier answer", v)
		}
		return at
	}
	return v
}
