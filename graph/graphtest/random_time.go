package graphtest

import (
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"pgregory.net/rapid"
)

// Decorated is Draw with relations of all kinds: grace, phase START, validity
// intervals, evidence. All of it begins and ends at whole minutes.
func Decorated() *rapid.Generator[*Model] {
	return rapid.Custom(func(t *rapid.T) *Model {
		m := Draw().Draw(t, "plain")
		Decorate(t, m)
		return m
	})
}

// Decorate changes some of a model's relations.
func Decorate(t *rapid.T, m *Model) {
	kinds := slices.Sorted(maps.Keys(evidences))
	for i := range m.Relations {
		r := &m.Relations[i]
		switch rapid.IntRange(0, 9).Draw(t, "decoration") {
		case 0, 1, 2:
			r.Grace = time.Duration(rapid.SampledFrom([]int{1, 5, 10, 20, 45}).Draw(t, "grace")) * time.Minute
		case 3:
			r.Start = true
		case 4:
			r.Since = drawMinute(t)
		case 5:
			r.Since = drawMinute(t)
			r.Till = r.Since.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "valid")) * time.Minute)
		case 6, 7:
			r.Evidence = rapid.SampledFrom(kinds).Draw(t, "evidence")
		}
		if rapid.IntRange(0, 5).Draw(t, "more") == 0 {
			r.Evidence = rapid.SampledFrom(kinds).Draw(t, "evidence")
			r.Grace = 10 * time.Minute
		}
	}
}

// drawMinute draws a whole minute around Now.
func drawMinute(t *rapid.T) time.Time {
	return Now.Add(time.Duration(rapid.IntRange(-60, 120).Draw(t, "minute")) * time.Minute)
}

// DrawTimedEffects draws effects with intervals that touch, nest and overlap, some
// of which begin before the window, with it, or never end; with parties.
func DrawTimedEffects(t *rapid.T, m *Model) Effects {
	var out Effects
	for range rapid.IntRange(1, 4).Draw(t, "effects") {
		e := DrawEffect(t, m)
		if rapid.IntRange(0, 3).Draw(t, "begins") > 0 {
			e.From = drawMinute(t)
		}
		if n := len(out); n > 0 && rapid.IntRange(0, 2).Draw(t, "touches") == 0 {
			e.From = out[n-1].Until
		}
		if e.Kind != graph.Remove && rapid.IntRange(0, 4).Draw(t, "ends") > 0 {
			from := e.From
			if from.IsZero() {
				from = Now
			}
			e.Until = from.Add(time.Duration(rapid.SampledFrom([]int{1, 5, 9, 10, 11, 20, 30, 60}).Draw(t, "lasts")) * time.Minute)
		}
		e.Party = rapid.SampledFrom([]string{"", "", "one", "two"}).Draw(t, "party")
		out = append(out, e)
	}
	return out
}

// DrawWindow draws a window of up to an hour and a half that begins at Now.
func DrawWindow(t *rapid.T) graph.Window {
	return graph.Window{From: Now, Until: Now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "window")) * time.Minute)}
}
