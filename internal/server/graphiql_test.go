package server_test

import (
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/server"
)

var pageParts = map[string]string{
	"/graphiql":                "text/html",
	"/graphiql/graphiql.js":    "text/javascript",
	"/graphiql/graphiql.css":   "text/css",
	"/graphiql/questions.json": "application/json",
	"/graphiql/licences.txt":   "text/plain",
}

func TestThePageIsServedWholeToWhoeverHasNoToken(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Token = token })
	for path, media := range pageParts {
		r := s.send("GET", path, "")
		plain := text(t, r)
		if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), media) || r.Header.Get("X-Content-Type-Options") != "nosniff" || len(plain) < 200 {
			t.Errorf("%s: %d %v, %d bytes", path, r.StatusCode, r.Header, len(plain))
		}
		zipped := s.send("GET", path, "", "Accept-Encoding: gzip")
		z, err := gzip.NewReader(zipped.Body)
		must(t, err)
		unzipped, err := io.ReadAll(z)
		must(t, err)
		if string(unzipped) != plain || zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: compressed, it is something else", path)
		}
		again := s.send("GET", path, "", "If-None-Match: W/"+r.Header.Get("ETag")+`, "other"`)
		if body := text(t, again); again.StatusCode != 304 || body != "" {
			t.Errorf("%s with its ETag: %d", path, again.StatusCode)
		}
		if r := s.send("POST", path, ""); r.StatusCode != 405 {
			t.Errorf("POST %s: %d", path, r.StatusCode)
		}
	}
	if r := s.send("GET", "/graphiql/", ""); r.StatusCode != 308 || r.Header.Get("Location") != "/graphiql" {
		t.Errorf("/graphiql/: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := s.send("GET", "/graphiql/nosuch", ""); r.StatusCode != 404 {
		t.Errorf("/graphiql/nosuch: %d", r.StatusCode)
	}
}

// The policy has no hole for what is inline or elsewhere, and the page needs none.
func TestThePageRunsNothingButItsOwnScript(t *testing.T) {
	s := start(t, nil)
	for path := range pageParts {
		policy := s.send("GET", path, "").Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
	page := text(t, s.send("GET", "/graphiql", ""))
	for what, pattern := range map[string]string{
		"an inline script": `<script[^>]*>[^<]`, "an inline style": `<style|\sstyle=`, "an inline event": `\son[a-z]+=`, "another place": `(src|href)="(?:[a-z]+:)?//`,
	} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page has %s: %q", what, found)
		}
	}
}
