// Package client asks a Faultline server from Go.
//
// Its one idea: its functions are generated from the schema and from the questions in
// operations.graphql, so a field that the schema does not have does not compile. It
// refuses to hide GraphQL: what New returns is a genqlient client, and a program with
// other questions generates its own functions for it.
package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Khan/genqlient/graphql"
)

//go:generate go tool genqlient genqlient.yaml

// Config says which server to ask. URL alone is needed.
type Config struct {
	URL   string       // of the server, for example http://127.0.0.1:8080
	Token string       // where the server asks for one
	HTTP  *http.Client // nil is http.DefaultClient; its Timeout bounds a request, as a context does
}

// New makes a client. It does not ask anything yet.
//
// A refusal that a user can mend is data: look at Errors of a mutation's result. What
// stops a request is an error, a gqlerror.List with extensions["code"]; a request that
// never reached GraphQL (no token, too busy) is a *graphql.HTTPError with its status.
// docs/api.md lists the codes.
func New(c Config) (graphql.Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a server: write it as http://127.0.0.1:8080", c.URL)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	return graphql.NewClient(strings.TrimSuffix(c.URL, "/")+"/graphql", sender{h, c.Token}), nil
}

// sender adds the headers to each request.
type sender struct {
	http  *http.Client
	token string
}

func (s sender) Do(r *http.Request) (*http.Response, error) {
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	if revision, ok := r.Context().Value(revisionKey{}).(string); ok {
		r.Header.Set("Faultline-Min-Revision", revision)
	}
	return s.http.Do(r)
}

type revisionKey struct{}

// AtLeast asks for answers of that revision or a later one: with the revision of a
// write, whoever reads next sees the write, whichever process answers. The server
// waits up to two seconds for it; then the error has the code REVISION_NOT_REACHED.
func AtLeast(ctx context.Context, revision string) context.Context {
	return context.WithValue(ctx, revisionKey{}, revision)
}

// Ref names a configuration item as people do: class:name or class:scope/name.
func Ref(ref string) *CIRef { return &CIRef{Ref: &ref} }
