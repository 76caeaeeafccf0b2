package demo_test

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/demo"
)

// The first screen names CIs: a rename in the generator must not leave it asking
// about one that is gone.
func TestTheQuestionIsAboutCIsOfTheEstate(t *testing.T) {
	want := map[string]bool{demo.Question: false, demo.Service: false, demo.Spared: false}
	cis, relations := 0, 0
	lines := bufio.NewScanner(demo.Estate())
	for lines.Scan() {
		var l struct{ Kind, Class, Scope, Name string }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		switch l.Kind {
		case "ci":
			cis++
			ref := l.Class + ":" + strings.TrimPrefix(l.Scope+"/"+l.Name, "/")
			if _, ok := want[ref]; ok {
				want[ref] = true
			}
		case "relation":
			relations++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for ref, found := range want {
		if !found {
			t.Errorf("%s is not in the estate", ref)
		}
	}
	if cis < 2000 || relations < 2000 {
		t.Errorf("the estate has %d CIs and %d relations, it promises a few thousand", cis, relations)
	}
}
