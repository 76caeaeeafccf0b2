package itsm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

func word(s string) graph.Value { return graph.StringValue(s) }

func TestEachVerbSaysWhatIsInItsWay(t *testing.T) {
	open := &itsm.Record{ID: 7, Number: "TOY0000001", Values: map[string]graph.Value{"state": word("REPORTED"), "title": word("x")},
		Links: []itsm.Linked{{Type: "AFFECTS", To: 1, Facts: map[string]graph.Value{"effect": word("OUTAGE")}}}}
	d := toy
	d.Voids = []string{"title", "AFFECTS"}
	d.Moves = append(d.Moves, itsm.Move{Verb: itsm.Edit, From: []string{"REPORTED"}, Guards: []itsm.Guard{{Name: "daytime", Test: func(c itsm.Case) error {
		if c.Now.Hour() < 8 {
			return graph.Errorf(graph.Blocked, "it is night")
		}
		return nil
	}}}})
	affects := func(to graph.ID, effect string) itsm.NewLink {
		return itsm.NewLink{Type: "AFFECTS", To: graph.NodeRef{ID: to}, Facts: map[string]graph.Value{"effect": word(effect)}}
	}
	at := func(hour int) time.Time { return time.Date(2026, 12, 1, hour, 0, 0, 0, time.UTC) }
	for _, x := range []struct {
		name, verb string
		in         itsm.Input
		hour       int
		want       string // operations, or what is in the way
		voids      bool
	}{
		{"an edit", itsm.Edit, itsm.Input{Values: map[string]graph.Value{"title": word("y")}}, 12, "1", true},
		{"an edit that says the same", itsm.Edit, itsm.Input{Values: map[string]graph.Value{"title": word("x")}, Link: []itsm.NewLink{affects(1, "OUTAGE")}}, 12, "LIMIT_EXCEEDED", false},
		{"an edit of what voids nothing", itsm.Edit, itsm.Input{Values: map[string]graph.Value{"description": word("y")}}, 12, "1", false},
		{"a guard", itsm.Edit, itsm.Input{}, 3, "BLOCKED daytime: it is night", false},
		{"a link that is not there", itsm.Edit, itsm.Input{Unlink: []itsm.OldLink{{Type: "AFFECTS", To: 9}}}, 12, "NOT_FOUND", true},
		{"a link for another", itsm.Edit, itsm.Input{Unlink: []itsm.OldLink{{Type: "AFFECTS", To: 1}}, Link: []itsm.NewLink{affects(2, "OUTAGE")}}, 12, "3", true},
		{"the wrong role", "confirm", itsm.Input{}, 12, "PERMISSION_DENIED", false},
		{"the wrong state", "end", itsm.Input{}, 12, "BLOCKED state: it is REPORTED (end is possible in CONFIRMED)", false},
	} {
		ops, err := d.Move(x.verb, itsm.Case{Record: open, Input: x.in, Actor: itsm.Actor{Name: "bob"}, Now: at(x.hour)})
		got := string(rune('0' + len(ops)))
		if err != nil {
			e := graph.AsError(err)
			got = e.Kind.String() + " " + strings.Join(e.By, ",") + ": " + e.Error()
		}
		if !strings.HasPrefix(got, x.want) {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
		if v := d.Voided(open, x.in); v != x.voids {
			t.Errorf("%s voids: %t", x.name, v)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, is := range map[string]bool{"CHG0000123": true, "CHG12345678": true, "CHG123": false, "CHG0000000": false, "INC0000001": false, "CHG000012x": false, "": false} {
		if itsm.IsNumber("CHG", text) != is {
			t.Errorf("%q is a number: %t", text, !is)
		}
	}
	if n := itsm.Number("CHG", 123); n != "CHG0000123" {
		t.Error(n)
	}
}

func TestAClockRunsInItsStates(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 12, 1, 12, minute, 0, 0, time.UTC) }
	d := toy
	d.States = []string{"NEW", "HOLD", "WORK"}
	d.Required = nil
	d.Moves = []itsm.Move{{Verb: itsm.Create}, {Verb: "hold", From: []string{"NEW", "WORK"}, To: "HOLD"}, {Verb: "work", From: []string{"NEW", "HOLD"}, To: "WORK"}, {Verb: "note", From: []string{"WORK"}}}
	c := itsm.Clock{Name: "resolve", Runs: []string{"NEW", "WORK"}, Target: 20 * time.Minute}
	r := &itsm.Record{}
	said := func(ops []graph.Operation, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		switch op := ops[0].(type) {
		case graph.PutNode:
			r = r.After(itsm.Input{Values: op.Attributes})
		case graph.ClaimAttributes:
			r = r.After(itsm.Input{Values: op.Attributes})
		}
	}
	for _, x := range []struct {
		verb string
		at   int
		now  int
		want itsm.Reading
	}{
		{itsm.Create, 0, 5, itsm.Reading{Elapsed: 5 * time.Minute, Running: true, Due: at(20)}},
		{"hold", 10, 25, itsm.Reading{Elapsed: 10 * time.Minute}},
		{"work", 30, 35, itsm.Reading{Elapsed: 15 * time.Minute, Running: true, Due: at(40)}},
		{"note", 36, 38, itsm.Reading{Elapsed: 18 * time.Minute, Running: true, Due: at(40)}},
		{"note", 39, 50, itsm.Reading{Elapsed: 30 * time.Minute, Running: true, Missed: true}},
		{"hold", 51, 58, itsm.Reading{Elapsed: 31 * time.Minute, Missed: true}},
		{"work", 40, 41, itsm.Reading{Elapsed: 32 * time.Minute, Running: true, Missed: true}}, // the clock was set back
	} {
		if x.verb == itsm.Create {
			said(d.Create("TOY0000001", itsm.Case{Now: at(x.at)}))
		} else {
			said(d.Move(x.verb, itsm.Case{Record: r, Now: at(x.at)}))
		}
		if got := c.Read(r, at(x.now)); got != x.want {
			t.Errorf("%s, after %d minutes: %+v, want %+v", x.verb, x.now, got, x.want)
		}
	}
	if got := c.Read(&itsm.Record{Values: map[string]graph.Value{"state": word("NEW")}}, at(5)); got != (itsm.Reading{Running: true, Due: at(25)}) {
		t.Errorf("of what was written before: %+v", got)
	}
}
