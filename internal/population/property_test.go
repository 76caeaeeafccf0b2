package population_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// inMemory opens a store that is gone with the test.
func inMemory(t interface {
	Cleanup(func())
	Fatal(...any)
}) *records.Ledger {
	st, err := sqlite.Open(background, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	p, err := projection.Open(background, st, projection.Options{Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Close()
		_ = st.Close()
	})
	return records.New(st, p, time.Now)
}

// fill writes records as they are, without rules.
func fill(t *rapid.T, l *records.Ledger, changes []graph.Change) {
	_, err := l.Store().Commit(background, storeEntry(changes))
	if err != nil {
		t.Fatal(err)
	}
}

func storeEntry(changes []graph.Change) store.Decide {
	return func(_ context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(background)
		if err != nil {
			return store.Outcome{}, err
		}
		e, _ := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Source: "test", Changes: changes}, head)
		return store.Write(&e), nil
	}
}

// Whatever the graph, what goes out comes in again as the same, and once only.
func TestAnExportComesInAsItWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := inMemory(t), inMemory(t)
		fill(t, a, graphtest.Draw().Draw(t, "graph").Changes())
		var first, second bytes.Buffer
		if err := population.Export(background, a, &first); err != nil {
			t.Fatal(err)
		}
		for turn := range 2 {
			var d told
			if err := population.Import(background, b, bytes.NewReader(first.Bytes()), population.Options{Source: "other"}, d.line); err != nil {
				t.Fatal(err)
			}
			if d.Errors > 0 || turn == 1 && d.Commits > 0 {
				t.Fatalf("turn %d: %+v\n%+v\n%s", turn, d.errors, d.Summary, first.String())
			}
		}
		if err := population.Export(background, b, &second); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("%s\ncame in as %s", first.String(), second.String())
		}
	})
}

// fuzzed imports anything; what is refused writes nothing, what is not goes out and
// comes in again as the same.
func fuzzed(t *testing.T, input string, o population.Options) {
	l := inMemory(t)
	var d told
	if err := population.Import(background, l, strings.NewReader(input), o, d.line); err != nil {
		t.Fatal(err)
	}
	if d.Kind != "summary" {
		t.Fatal("there is no summary")
	}
	if at := revision(t, l); d.Errors > 0 && at != 0 || d.Applied != (d.Errors == 0) {
		t.Fatalf("revision %d: %+v", at, d.Summary)
	}
	if revision(t, l) == 0 {
		return // nothing to compare, as with most inputs: on to the next
	}
	out := exported(t, l)
	again := inMemory(t)
	brought(t, again, out, population.Options{})
	if got := exported(t, again); got != out {
		t.Errorf("%q\ncame in as %q", out, got)
	}
}

func FuzzNDJSON(f *testing.F) {
	f.Add(every, false)
	f.Add(lines(web, shop, runs), false)
	f.Add(lines(runs), true)
	f.Add("\xef\xbb\xbf"+web+"\r\n\r\n"+shop, false)
	f.Add(lines(`{"kind":"class","name":"a","extends":"ci","attributes":[{"name":"l","type":"list","of":"enum","allowed":["x","y"]}]}`, `{"kind":"ci","class":"a","name":"\ud83d\ude00","attributes":{"l":["x"]}}`), false)
	f.Add(lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"PERCENT","percent":50}`), false)
	f.Fuzz(func(t *testing.T, input string, stubs bool) { fuzzed(t, input, population.Options{Stubs: stubs}) })
}

func FuzzCSV(f *testing.F) {
	f.Add("class,scope,name,key:netbox,lifecycle\nserver,dc1,web,1,LIVE\n", "", false)
	f.Add("Name,Host\r\n\"a\"\"b\",web\r\n", `{"class":"application","name":"Name","relations":[{"type":"RUNS_ON","column":"Host","class":"server"}]}`, true)
	f.Add("name,description\n\"a\nb\",\"x,y\"\n", `{"class":"server"}`, false)
	f.Add("name;x\n\"a", `{"class":"server","ignore":["name;x"]}`, false)
	f.Fuzz(func(t *testing.T, input, columns string, stubs bool) {
		m, err := population.ParseMapping(columns)
		if err != nil {
			return
		}
		fuzzed(t, input, population.Options{Format: population.CSV, Class: "server", Mapping: m, Stubs: stubs})
	})
}
