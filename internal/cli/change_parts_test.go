package cli_test

import (
	"fmt"
	"strings"
	"testing"
)

// A change may affect 5,000 CIs, and a request was refused from 2,000 on.
func TestAChangeOfFiveThousandCIs(t *testing.T) {
	x := sit(t, 0)
	x.must(t, "import", estate(t, 5001))
	affects := func(n int) (args []string) {
		for k := range n {
			args = append(args, "--affects", fmt.Sprintf("server:s%d=restart", k))
		}
		return args
	}
	create := []string{"change", "create", "--title", "new kernel", "--from", "2030-12-01T22:00:00Z", "--until", "2h"}
	if code := x.types(t.Context(), append(create, affects(5001)...)...); code != 2 || !strings.Contains(x.err.String(), "5001 CIs are named") || !strings.Contains(x.err.String(), "at most 5,000") {
		t.Errorf("ended with %d: %s", code, x.err.String())
	}
	if out := x.must(t, append(create, affects(5000)...)...); out != "CHG0000001\n" {
		t.Errorf("%q", out)
	}
	if out := x.must(t, "change", "assess", "CHG0000001"); !strings.Contains(out, "5000 CIs") {
		t.Errorf("%.500s", out)
	}
	if code := x.types(t.Context(), "change", "edit", "CHG0000001", "--affects", "server:s5000"); code != 1 || !strings.Contains(x.err.String(), "at most 5000") {
		t.Errorf("ended with %d: %s", code, x.err.String())
	}
	if out := x.must(t, "change", "show", "CHG0000001"); !strings.Contains(out, "Affects (5,000)") {
		t.Errorf("%.500s", out)
	}
}
