package change

import (
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
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

// What moves up in a list that was cut, because others went, is no news.
func TestWhatWasCutIsNoNews(t *testing.T) {
	high := "HIGH"
	from := func(n, until int) *Result {
		r := &Result{}
		for ; n < until && len(r.Services) < maxListed; n++ {
			ref := fmt.Sprintf("business_service:%04d", n)
			r.Services = append(r.Services, ServiceImpact{CI: Named{ID: ref, Ref: ref}, Criticality: &high, To: graph.Degraded})
			r.Conflicts = append(r.Conflicts, Conflict{Kind: SameCI, CI: &Named{Ref: ref}, Text: ref})
		}
		return r
	}
	for _, x := range []struct {
		then, now *Result
		news      int
	}{
		{from(0, 300), from(1, 300), 0}, // 250 of both moved up
		{from(1, 300), from(0, 300), 2}, // 0 of both is new
		{from(0, 200), from(0, 201), 2}, // nothing was cut
		{from(0, 300), from(0, 300), 0},
	} {
		if got := Changed(x.then, x.now, DefaultThresholds); len(got) != x.news {
			t.Errorf("%d news, want %d: %q", len(got), x.news, got)
		}
	}
	worse := from(0, 300)
	worse.Services[3].To, worse.Services[3].CI = graph.Down, Named{ID: "late", Ref: "business_service:9999"}
	if got := Changed(from(0, 300), worse, DefaultThresholds); len(got) != 1 {
		t.Errorf("what was cut, and gets DOWN: %q", got)
	}
}
