package graph_test

import (
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// FuzzWindows sweeps windows over intervals that touch, nest, overlap and are empty,
// and compares every minute with the oracle.
func FuzzWindows(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		s := snapshot(t, m)
		e, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t)
		compareWindow(t, m, s, e, window)

		of := rapid.IntRange(0, len(e)-1).Draw(t, "which is empty")
		at := graphtest.Now.Add(time.Duration(rapid.IntRange(-60, 120).Draw(t, "at")) * time.Minute)
		e[of].Kind, e[of].From, e[of].Until = graph.Outage, at, at.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "back"))*time.Minute)
		if _, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now, Window: &window}); !graph.IsKind(err, graph.Invalid) {
			t.Fatalf("effect %d from %s until %s: %v", of, e[of].From, e[of].Until, err)
		}
		window.Until = window.From.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "back")) * time.Minute)
		if _, err := graph.Assess(s, graph.Scenario{}, graph.Options{Now: graphtest.Now, Window: &window}); !graph.IsKind(err, graph.Invalid) {
			t.Fatalf("the window from %s until %s: %v", window.From, window.Until, err)
		}
	}))
}
