package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/faultline-itsm/faultline/internal/server"
)

// client asks a server, or the same handler in this process.
type client struct {
	base string // without a slash at its end
	name string // of what is asked, for messages
	http *http.Client
	end  func() error

	token server.Token // of the server
	past  past         // the point in time that is asked about
}

// close ends what was opened for the client.
func (c *client) close() error { return c.end() }

// problem is an error as the API tells it.
type problem struct {
	Message    string `json:"message"`
	Extensions struct {
		Code      string `json:"code"`
		Hint      string `json:"hint"`
		RequestID string `json:"requestId"`
	} `json:"extensions"`
}

func (p problem) failure() *failure {
	f := &failure{code: exitOf(p.Extensions.Code), kind: p.Extensions.Code, message: p.Message, hint: p.Extensions.Hint}
	if p.Extensions.Code == "INTERNAL" && p.Extensions.RequestID != "" {
		f.message += " (request " + p.Extensions.RequestID + ")"
	}
	return f
}

// ask sends one GraphQL request and reads its data into into. It returns the
// revision of the answer.
func (c *client) ask(ctx context.Context, document string, variables map[string]any, into any) (string, error) {
	document, variables = c.past.at(document, variables)
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return "", err
	}
	resp, err := c.send(ctx, http.MethodPost, "/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		Data       json.RawMessage `json:"data"`
		Errors     []problem       `json:"errors"`
		Extensions struct {
			Revision string `json:"revision"`
		} `json:"extensions"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", c.strange(ctx, resp, err)
	}
	if len(answer.Errors) > 0 {
		return "", answer.Errors[0].failure()
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		return "", c.strange(ctx, resp, err)
	}
	return answer.Extensions.Revision, nil
}

// send sends one request and returns an answer that is neither a refusal outside
// GraphQL nor that of something else than a Faultline server.
func (c *client) send(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, usagef("%s is not the address of a server", c.name)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.token))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, (&failure{code: exitError, kind: unavailable, message: fmt.Sprintf("no server answers at %s: %s", c.name, lastCause(err))}).
			hinted("start one with: faultline serve; or leave --server out to use a store of this machine")
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized {
		return nil, (&failure{code: exitUnauthorised, message: c.name + " does not know your token"}).hinted("set " + envToken + " or " + envTokenFile + " to the server's token")
	}
	if resp.StatusCode == http.StatusForbidden {
		return nil, &failure{code: exitUnauthorised, message: c.name + " does not let you do this"}
	}
	var refused struct {
		Errors []problem `json:"errors"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&refused); err != nil || len(refused.Errors) == 0 {
		return nil, c.strange(ctx, resp, errors.New(resp.Status))
	}
	return nil, refused.Errors[0].failure()
}

// strange is an answer that no Faultline server gives.
func (c *client) strange(ctx context.Context, resp *http.Response, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if strings.Contains(media, "json") {
		return failf("the answer of %s broke off: %s", c.name, err).hinted("try again")
	}
	return failf("%s is no Faultline server: it answered %s", c.name, firstOf(media, "without a type")).hinted("look at the address and the port")
}

// lastCause is the innermost reason: the outer ones repeat the address.
func lastCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
