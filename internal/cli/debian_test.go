package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/debian"
)

// impactJSON is what this test reads of impact -o json.
type impactJSON struct {
	SchemaVersion int
	Complete      bool
	Counts        struct{ Down, Degraded, AtRisk int }
	Impacted      []struct {
		CI struct{ Name string }
		To string
	}
	BlindSpots struct {
		TotalCount int
		Nodes      []json.RawMessage
	}
}

// Case 14, through the command line: what goes DOWN is what apt removes.
func TestAptRemovesWhatGoesDown(t *testing.T) {
	dir := debian.Dir(t, "../..")
	g, err := debian.Installed(dir)
	if err != nil {
		t.Fatal(err)
	}
	removals, err := debian.Removals(dir)
	if err != nil {
		t.Fatal(err)
	}
	x := sit(t, 0)
	load(t, x, g)
	for name, want := range removals {
		var answer impactJSON
		if err := json.Unmarshal([]byte(x.must(t, "impact", "software_package:"+name, "-o", "json")), &answer); err != nil {
			t.Fatal(err)
		}
		var down []string
		for _, i := range answer.Impacted {
			if i.To == "DOWN" {
				down = append(down, i.CI.Name)
			}
		}
		slices.Sort(down)
		if !slices.Equal(down, want) || answer.Counts.Down != len(want) || !answer.Complete {
			t.Errorf("without %s these go down:\n%v\napt removes\n%v", name, down, want)
		}
	}
}

// All packages of the release import and answer, with no page left out.
func TestTheDebianArchiveImportsAndAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports 63,436 packages")
	}
	dir := debian.Dir(t, "../..")
	g, err := debian.Archive(dir)
	if err != nil {
		t.Fatal(err)
	}
	reaches, err := debian.Reaches(dir)
	if err != nil {
		t.Fatal(err)
	}
	x := sit(t, 0)
	load(t, x, g)
	for name, want := range reaches {
		if got := x.must(t, "reach", "software_package:"+name, "--count"); got != fmt.Sprintln(want.Transitive) {
			t.Errorf("%s reaches %s, not %d", name, got, want.Transitive)
		}
	}
	var answer impactJSON
	if err := json.Unmarshal([]byte(x.must(t, "impact", "software_package:libc6", "-o", "json")), &answer); err != nil {
		t.Fatal(err)
	}
	if n := answer.Counts; len(answer.Impacted) != n.Down+n.Degraded+n.AtRisk || len(answer.BlindSpots.Nodes) != answer.BlindSpots.TotalCount {
		t.Errorf("%d CIs and %d blind spots of %+v and %d", len(answer.Impacted), len(answer.BlindSpots.Nodes), n, answer.BlindSpots.TotalCount)
	}
	if out := x.must(t, "check"); !strings.Contains(out, "clean") {
		t.Error(out)
	}
}

func load(t *testing.T, x *terminal, g *debian.Graph) {
	t.Helper()
	var file bytes.Buffer
	if err := g.WriteNDJSON(&file); err != nil {
		t.Fatal(err)
	}
	x.Stdin = &file
	x.must(t, "import", "-")
}
