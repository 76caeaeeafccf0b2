package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/resolvers"
)

// docs/cookbook.md is a document and a test: each block of graphql is sent, in order, as
// whom the line "as NAME: ROLES" before it says, and the block of json below it is the
// data that comes. -update writes it.
const cookbook = "../docs/cookbook.md"

var recipe = regexp.MustCompile("(?s)(?:\\*As ([a-z]+)(?:, ([A-Z_, ]+))?:\\*\n\n)?```graphql\n(.*?)```\n\n```json\n(.*?)```")

func TestTheCookbookIsTrue(t *testing.T) { cooked(t, inFile(t), *update) }

func TestTheCookbookIsTrueOnNeo4j(t *testing.T) {
	if *update {
		t.Skip("the cookbook is written from SQLite")
	}
	var databases neo4jtest.Databases
	st, err := neo4j.Open(t.Context(), databases.Empty(t))
	must(t, err)
	cooked(t, st, false)
}

func cooked(t *testing.T, st store.Store, write bool) {
	text, err := os.ReadFile(cookbook)
	must(t, err)
	b := over(t, st)
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	b.time.Store(&at)
	n := 0
	got := recipe.ReplaceAllStringFunc(string(text), func(block string) string {
		n++
		p := recipe.FindStringSubmatch(block)
		q := resolvers.Request{Query: p[3]}
		if p[1] != "" {
			q.Principal = &itsm.Actor{Name: p[1]}
			for role := range strings.SplitSeq(p[2], ", ") {
				q.Principal.Roles = append(q.Principal.Roles, itsm.Role(strings.ToLower(strings.ReplaceAll(role, "_", "-"))))
			}
		}
		resp := b.Execute(context.Background(), q)
		if len(resp.Errors) > 0 {
			t.Fatalf("%s\n%v", p[3], resp.Errors)
		}
		var out bytes.Buffer
		must(t, json.Indent(&out, resp.Data, "", "  "))
		return strings.Replace(block, "```json\n"+p[4]+"```", "```json\n"+folded(out.String())+"\n```", 1)
	})
	if n < 14 {
		t.Fatalf("only %d recipes were found", n)
	}
	if write {
		must(t, os.WriteFile(cookbook, []byte(got), 0o644))
		return
	}
	if got != string(text) {
		was, is := strings.Split(string(text), "\n"), strings.Split(got, "\n")
		for i := range min(len(was), len(is)) {
			if was[i] != is[i] {
				t.Fatalf("line %d says\n%s\nthe API says\n%s\n-update writes it", i+1, was[i], is[i])
			}
		}
	}
}

// inner is an object or list that has none within.
var inner = regexp.MustCompile(`[{\[]\n[^{}\[\]]*\n\s*[}\]]`)

// folded puts short objects and lists on a line of their own.
func folded(s string) string {
	for range 3 {
		s = inner.ReplaceAllStringFunc(s, func(x string) string {
			line := strings.Join(strings.Fields(x), " ")
			if len(line) > 160 {
				return x
			}
			return line
		})
	}
	return s
}
