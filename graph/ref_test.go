package graph_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]graph.Ref{
		"server:web":              {Class: "server", Scope: "default", Name: "web"},
		"server:dc1/web":          {Class: "server", Scope: "dc1", Name: "web"},
		"server:dc1/a/b":          {Class: "server", Scope: "dc1", Name: "a/b"},
		"software_package:a:b":    {Class: "software_package", Scope: "default", Name: "a:b"},
		"server:default/Web 01":   {Class: "server", Scope: "default", Name: "Web 01"},
		"server:" + strings512():  {Class: "server", Scope: "default", Name: strings512()},
		"server:dc1/\u00fcber-01": {Class: "server", Scope: "dc1", Name: "über-01"},
	} {
		if got, err := graph.ParseRef(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"web":                          "no ':'",
		"":                             "no ':'",
		"Server:web":                   "not a class name",
		":web":                         "not a class name",
		"server:":                      "name of a reference is empty",
		"server:/web":                  "scope of a reference is empty",
		"server:dc1/":                  "name of a reference is empty",
		"server: web":                  "blank",
		"server:dc1 /web":              "blank",
		"server:a\nb":                  "control character",
		"server:\xff":                  "UTF-8",
		"server:" + strings512() + "x": "513 bytes",
	} {
		_, err := graph.ParseRef(text)
		if !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: want an error that says %q, got %v", text, says, err)
		}
	}
}

func strings512() string { return strings.Repeat("x", 512) }

// What is read as a ref is written as one that reads the same.
func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"server:web", "server:dc1/a/b", "a:b:c", "a:/", ":", "server:default/x", "é:ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := graph.ParseRef(s)
		if err != nil {
			if !graph.IsKind(err, graph.Invalid) || len(err.Error()) > 600 {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := graph.ParseRef(r.String()); err != nil || again != r {
			t.Errorf("%q reads as %+v, written as %q, which reads as %+v, %v", s, r, r, again, err)
		}
	})
}
