package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/client"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

const token = "a-token-of-24-characters"

// serve serves an empty store until it is closed.
func serve() (url string, end func() error, err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "faultline-client-*")
	if err != nil {
		return "", nil, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(dir, "faultline.db"))
	if err != nil {
		return "", nil, err
	}
	p, err := projection.Open(ctx, st, projection.Options{})
	if err != nil {
		return "", nil, err
	}
	s := httptest.NewServer(server.New(server.Config{Ledger: records.New(st, p, time.Now), Access: server.Access{Token: token}}))
	return s.URL, func() error {
		s.Close()
		return errors.Join(p.Close(), st.Close(), os.RemoveAll(dir))
	}, nil
}

// Two servers keep a shop; one of them goes down.
func Example() {
	url, end, err := serve()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = end() }()
	ctx := context.Background()

	c, err := client.New(client.Config{URL: url, Token: token})
	if err != nil {
		log.Fatal(err)
	}
	described, err := client.UpsertCIs(ctx, c, &client.UpsertCIsInput{Source: "inventory", Items: []*client.UpsertCIItem{
		{Ci: client.Ref("business_service:shop"), Attributes: map[string]any{"environment": "production"}},
		{Ci: client.Ref("server:dc1/web-1")},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, refused := range described.UpsertCIs.Errors {
		log.Fatal(refused.Code, refused.Message)
	}
	related, err := client.UpsertRelations(ctx, c, &client.UpsertRelationsInput{Source: "inventory", Items: []*client.UpsertRelationItem{
		{From: client.Ref("business_service:shop"), Type: "DEPENDS_ON", To: client.Ref("server:dc1/web-1")},
	}})
	if err != nil {
		log.Fatal(err)
	}

	ctx = client.AtLeast(ctx, related.UpsertRelations.Revision)
	outage := &client.ScenarioInput{Effects: []*client.EffectInput{{Ci: client.Ref("server:dc1/web-1")}}}
	impact, err := client.Impact(ctx, c, outage, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(impact.Impact.Summary)
	for _, hit := range impact.Impact.Services.Nodes {
		fmt.Println(hit.To, hit.Because)
	}
	// Output:
	// 2 CIs get worse: 2 DOWN; 1 service among them: 1 DOWN.
	// DOWN business_service:shop goes DOWN: it DEPENDS_ON server:dc1/web-1, which is DOWN
}

func started(t *testing.T) (url string, c graphql.Client) {
	t.Helper()
	url, end, err := serve()
	must(t, err)
	t.Cleanup(func() { must(t, end()) })
	c, err = client.New(client.Config{URL: url + "/", Token: token})
	must(t, err)
	return url, c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryFunctionIsAnswered(t *testing.T) {
	_, c := started(t)
	ctx := t.Context()
	var items []*client.UpsertCIItem
	for _, ref := range []string{"business_service:shop", "application:shop/web", "server:dc1/a", "server:dc1/b"} {
		items = append(items, &client.UpsertCIItem{Ci: client.Ref(ref)})
	}
	items[1].Attributes = map[string]any{"environment": "production"}
	cis, err := client.UpsertCIs(ctx, c, &client.UpsertCIsInput{Items: items})
	must(t, err)
	if got := cis.UpsertCIs.Items; len(got) != 4 || got[3].Status != client.ItemStatusCreated || got[3].Id == nil {
		t.Errorf("upserted: %+v", got)
	}
	_, err = client.UpsertRelations(ctx, c, &client.UpsertRelationsInput{Items: []*client.UpsertRelationItem{
		{From: client.Ref("business_service:shop"), Type: "DEPENDS_ON", To: client.Ref("application:shop/web")},
		{From: client.Ref("application:shop/web"), Type: "RUNS_ON", To: client.Ref("server:dc1/a")},
	}})
	must(t, err)

	outage := &client.ScenarioInput{Effects: []*client.EffectInput{{Ci: client.Ref("server:dc1/a"), Kind: client.EffectKindDegradation}}}
	why, err := client.Why(ctx, c, outage, client.Ref("business_service:shop"))
	must(t, err)
	if got := why.Impact; got.WhyNot != nil || got.Why == nil || got.Why.To != client.StateDegraded || len(got.Why.Path) != 3 {
		t.Errorf("why: %+v", got)
	}
	why, err = client.Why(ctx, c, outage, client.Ref("server:dc1/b"))
	must(t, err)
	if got := why.Impact; got.Why != nil || got.WhyNot == nil || got.WhyNot.Kind != client.SlackKindNotReached {
		t.Errorf("why not: %+v", got)
	}
	cuts, err := client.CutSets(ctx, c, client.Ref("business_service:shop"))
	must(t, err)
	if got := cuts.CutSets; got.TotalCount != 2 || len(got.Sets) != 2 || got.Sets[1].Cis[0].Ref != "server:dc1/a" {
		t.Errorf("cut sets: %+v", got)
	}

	web, err := client.CI(ctx, c, client.Ref("application:shop/web"))
	must(t, err)
	var environment string
	for _, a := range web.Ci.Attributes {
		if a.Name == "environment" {
			environment = string(a.Value)
		}
	}
	if environment != `"production"` {
		t.Errorf("the CI: %+v", web.Ci)
	}
	nobody, err := client.CI(ctx, c, client.Ref("application:nobody"))
	must(t, err)
	if nobody.Ci != nil {
		t.Errorf("nobody is %+v", nobody.Ci)
	}

	first, pages, seen := 3, 0, map[string]bool{}
	for after := (*string)(nil); ; pages++ {
		page, err := client.CIs(ctx, c, nil, []*client.CIOrder{{Field: client.CIOrderFieldRef}}, &first, after)
		must(t, err)
		for _, n := range page.Cis.Nodes {
			seen[n.Ref] = true
		}
		if after = page.Cis.PageInfo.EndCursor; !page.Cis.PageInfo.HasNextPage {
			break
		}
	}
	if len(seen) != 4 || pages != 1 {
		t.Errorf("%d more pages with %v", pages, seen)
	}

	retired, err := client.RetireCIs(ctx, c, &client.RetireCIsInput{Items: []*client.RetireCIItem{{Ci: client.Ref("server:dc1/b")}}})
	must(t, err)
	from := cis.UpsertCIs.Revision
	commits, err := client.Revisions(client.AtLeast(ctx, retired.RetireCIs.Revision), c, &from, nil)
	must(t, err)
	if got := commits.Revisions.Nodes; len(got) != 2 || got[1].Revision != retired.RetireCIs.Revision || got[1].Changes[0].Subject != "server:dc1/b" || got[1].At.IsZero() {
		t.Errorf("the ledger: %+v", got)
	}
}

func TestRefusalsAreDataAndTroubleIsAnError(t *testing.T) {
	url, c := started(t)
	ctx := t.Context()
	refused, err := client.RetireCIs(ctx, c, &client.RetireCIsInput{Mode: client.BulkModePartial, Items: []*client.RetireCIItem{{Ci: client.Ref("server:nobody")}}})
	must(t, err)
	if got := refused.RetireCIs.Errors; len(got) != 1 || got[0].Code != client.UserErrorCodeNotFound || !strings.Contains(got[0].Message, "server:nobody") {
		t.Errorf("refused: %+v", got)
	}

	_, err = client.CutSets(ctx, c, client.Ref("server:nobody"))
	if list, ok := errors.AsType[gqlerror.List](err); !ok || list[0].Extensions["code"] != "NOT_FOUND" {
		t.Errorf("a question about nobody: %v", err)
	}
	short, cancel := context.WithTimeout(client.AtLeast(ctx, "999"), 30*time.Second)
	defer cancel()
	_, err = client.CI(short, c, client.Ref("server:nobody"))
	if list, ok := errors.AsType[gqlerror.List](err); !ok || list[0].Extensions["code"] != "REVISION_NOT_REACHED" {
		t.Errorf("a revision that never comes: %v", err)
	}

	stranger, err := client.New(client.Config{URL: url})
	must(t, err)
	_, err = client.CI(ctx, stranger, client.Ref("server:nobody"))
	if e, ok := errors.AsType[*graphql.HTTPError](err); !ok || e.StatusCode != 401 {
		t.Errorf("without a token: %v", err)
	}
	for _, wrong := range []string{"", "127.0.0.1:8080", "localhost", "ftp://127.0.0.1"} {
		if _, err := client.New(client.Config{URL: wrong}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8080") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
