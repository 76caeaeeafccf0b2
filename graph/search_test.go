package graph

import "testing"

func TestHowWellARefMatches(t *testing.T) {
	for _, c := range []struct {
		text, name, ref string
		want            string
	}{
		{"web-01", "web-01", "server:dc1/web-01", "EXACT"},
		{"server:dc1/web-01", "web-01", "server:dc1/web-01", "EXACT"},
		{"web", "web-01", "server:dc1/web-01", "PREFIX"},
		{"serv", "web-01", "server:dc1/web-01", "PREFIX"},
		{"dc1", "web-01", "server:dc1/web-01", "WORD"},
		{"01", "web-01", "server:dc1/web-01", "WORD"},
		{"eb", "web-01", "server:dc1/web-01", "SUBSTRING"},
		{"bb", "abbb", "server:abbb", "SUBSTRING"},
		{"b", "ab-b", "server:ab-b", "WORD"},
		{"über", "größe-über", "server:größe-über", "WORD"},
		{"x", "web-01", "server:dc1/web-01", ""},
	} {
		got := ""
		if kind, ok := match(c.text, c.name, c.ref); ok {
			got = kind.String()
		}
		if got != c.want {
			t.Errorf("%q in %s: %q, want %q", c.text, c.ref, got, c.want)
		}
	}
}
