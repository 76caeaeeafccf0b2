package itsm_test

import (
	"context"
	"fmt"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// A toy: outages that somebody reports, confirms and ends.
var toy = itsm.Discipline{
	Class: graph.OutageClass, Prefix: "TOY", States: []string{"REPORTED", "CONFIRMED", "OVER"},
	Moves: []itsm.Move{
		{Verb: itsm.Create},
		{Verb: "confirm", From: []string{"REPORTED"}, To: "CONFIRMED", Roles: []itsm.Role{itsm.ServiceDesk}},
		{Verb: "end", From: []string{"CONFIRMED"}, To: "OVER"},
	},
	Links:    []itsm.Link{{Type: "AFFECTS", Most: 1}},
	Required: map[string][]string{"CONFIRMED": {"AFFECTS"}, "OVER": {"until"}},
}

func Example() {
	ctx, noon := context.Background(), time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	st, _ := sqlite.Open(ctx, ":memory:")
	p, _ := projection.Open(ctx, st, projection.Options{Poll: time.Hour})
	ledger := records.New(st, p, func() time.Time { return noon })
	server := graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: "default", Name: "web"}}
	_, _ = ledger.Commit(ctx, graph.Batch{Ops: []graph.Operation{graph.PutNode{Node: server}}})

	ada := itsm.Actor{Name: "ada", Roles: []itsm.Role{itsm.ServiceDesk}}
	number := ""
	do := func(who itsm.Actor, verb string, in itsm.Input) {
		_, err := ledger.Decide(ctx, graph.Batch{Actor: who.Name}, nil, func(ctx context.Context, room *records.Room) (d records.Decision, err error) {
			if verb == itsm.Create {
				var take graph.Operation
				if number, take, err = room.Next(ctx, toy.Prefix); err != nil {
					return d, err
				}
				d.Ops, err = toy.Create(number, itsm.Case{Input: in, Actor: who, Now: room.Now()})
				d.Ops = append(d.Ops, take)
				return d, err
			}
			r, err := room.Record(ctx, toy.Class, number)
			if err != nil {
				return d, err
			}
			d.Ops, err = toy.Move(verb, itsm.Case{Record: r, Input: in, Actor: who, Now: room.Now()})
			return d, err
		})
		fmt.Println(who.Name, verb, number, err)
	}
	do(ada, itsm.Create, itsm.Input{Link: []itsm.NewLink{{Type: "AFFECTS", To: server, Facts: map[string]graph.Value{"effect": graph.StringValue("OUTAGE")}}}})
	do(itsm.Actor{Name: "bob"}, "confirm", itsm.Input{})
	do(ada, "end", itsm.Input{})
	do(ada, "confirm", itsm.Input{})
	do(ada, "end", itsm.Input{})
	do(ada, "end", itsm.Input{Values: map[string]graph.Value{"until": graph.TimeValue(noon)}})
	// Output:
	// ada create TOY0000001 <nil>
	// bob confirm TOY0000001 bob may not confirm it (that takes the role service-desk)
	// ada end TOY0000001 it is REPORTED (end is possible in CONFIRMED)
	// ada confirm TOY0000001 <nil>
	// ada end TOY0000001 until is not known (OVER needs it)
	// ada end TOY0000001 <nil>
}
