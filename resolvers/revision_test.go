package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
	"github.com/faultline-itsm/faultline/resolvers"
)

// handle is one more process on the file.
func handle(t *testing.T, path string) *records.Ledger {
	t.Helper()
	st, err := sqlite.Open(context.Background(), path)
	must(t, err)
	p, err := projection.Open(context.Background(), st, projection.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
	return records.New(st, p, clock)
}

// While another process writes, no answer mixes what the snapshot shows with what
// the store says.
func TestOneAnswerIsOfOneRevision(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	writer, reader := handle(t, path), bench{API: resolvers.New(resolvers.Config{Ledger: handle(t, path), Actor: "tester", Clock: clock})}
	for n := range 10 {
		name := graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: fmt.Sprint("s", n)}}
		_, err := writer.Commit(context.Background(), graph.Batch{Source: "cmdb", Ops: []graph.Operation{graph.PutNode{Node: name}}})
		must(t, err)
		var answer struct {
			Data struct {
				Cis struct {
					TotalCount int
					Nodes      []struct{ ChangedIn string }
				}
				Store struct {
					Nodes    int
					Revision string
				}
			}
			Extensions struct{ Revision string }
		}
		got := reader.ask(t, `{ cis(orderBy: [{field: CHANGED_IN, direction: DESC}]) { totalCount nodes { changedIn } } store { nodes revision } }`, nil)
		must(t, json.Unmarshal(got, &answer))
		d, at := answer.Data, fmt.Sprint(n+1)
		if d.Cis.TotalCount != n+1 || d.Store.Nodes != n+1 || d.Store.Revision != at || answer.Extensions.Revision != at || d.Cis.Nodes[0].ChangedIn != at {
			t.Fatalf("after revision %s: %s", at, got)
		}
	}
}

// An answer that many others have pushed out is gone, and its cursor says so.
func TestALostAnswerIsACursorExpired(t *testing.T) {
	b := open(t, nil)
	rows(t, b, 80)
	ask := func(i int, after any) (cursor, code string) {
		var answer struct {
			Data struct {
				Impact struct {
					Impacted struct{ PageInfo struct{ EndCursor string } }
				}
			}
			Errors []struct{ Extensions struct{ Code string } }
		}
		got := b.ask(t, `query($ci: CIRef!, $after: String) { impact(scenario: {effects: [{ci: $ci}]}) { impacted(first: 1, after: $after) { pageInfo { endCursor } } } }`,
			map[string]any{"ci": map[string]any{"ref": fmt.Sprintf("server:s%04d", i)}, "after": after})
		must(t, json.Unmarshal(got, &answer))
		if len(answer.Errors) > 0 {
			return "", answer.Errors[0].Extensions.Code
		}
		return answer.Data.Impact.Impacted.PageInfo.EndCursor, ""
	}
	first, _ := ask(0, nil)
	if _, code := ask(0, first); code != "" {
		t.Errorf("the second page of a fresh answer is refused: %s", code)
	}
	for i := range 70 {
		ask(1+i, nil)
	}
	if _, code := ask(0, first); code != "CURSOR_EXPIRED" {
		t.Errorf("the second page of a lost answer: %q", code)
	}
}

// The reason shown in a list is the last step of the proof.
func TestBecauseIsTheEndOfTheProof(t *testing.T) {
	b := open(t, nil)
	seed(t, b, "seed: shop")
	var list struct {
		Data struct {
			Impact struct {
				Impacted struct {
					Nodes []struct {
						Because string
						CI      struct{ Ref string }
					}
				}
			}
		}
	}
	must(t, json.Unmarshal(b.ask(t, `{ impact(scenario: {effects: [{ci: {ref: "pdu:dc1/left"}}]}) { impacted { nodes { because ci { ref } } } } }`, nil), &list))
	if n := len(list.Data.Impact.Impacted.Nodes); n < 5 {
		t.Fatalf("only %d CIs are impacted", n)
	}
	for _, i := range list.Data.Impact.Impacted.Nodes {
		var why struct {
			Data struct {
				Impact struct {
					Why struct{ Rises []struct{ Text string } }
				}
			}
		}
		must(t, json.Unmarshal(b.ask(t, `query($ci: CIRef!) { impact(scenario: {effects: [{ci: {ref: "pdu:dc1/left"}}]}) { why(ci: $ci) { rises { text } } } }`,
			map[string]any{"ci": map[string]any{"ref": i.CI.Ref}}), &why))
		rises := why.Data.Impact.Why.Rises
		if len(rises) == 0 || rises[len(rises)-1].Text != i.Because {
			t.Errorf("%s: %q, but the proof ends %v", i.CI.Ref, i.Because, rises)
		}
	}
}
