package change

import (
	"strings"
	"testing"
)

func TestReasonsFitIntoAChange(t *testing.T) {
	var many []string
	for range 95 {
		many = append(many, strings.Repeat("ü", 600))
	}
	got := Briefly(many)
	size := 0
	for _, r := range got {
		size += len(r) + 8
	}
	if len(got) != 21 || got[20] != "and 75 more" || size > 8<<10 || !strings.HasSuffix(got[0], "…") {
		t.Errorf("%d reasons of %d bytes, the last %q", len(got), size, got[len(got)-1])
	}
	if got := Briefly([]string{"one"}); len(got) != 1 || got[0] != "one" {
		t.Errorf("%v", got)
	}
	if got := Briefly(nil); got != nil {
		t.Errorf("%v", got)
	}
}
