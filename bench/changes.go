package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// changeRows assess changes on the peer's estate, with others scheduled beside them.
func changeRows(_ context.Context, z sizes) ([]row, error) {
	e := graphtest.Estate{Seed: 1, CIs: z.peer}
	s, err := e.Build()
	if err != nil {
		return nil, err
	}
	p := &planner{s: s, e: e, r: rand.New(rand.NewPCG(1, 2)), begin: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	assess, err := p.assessRow()
	if err != nil {
		return nil, err
	}
	conflicts, err := p.conflictRow()
	if err != nil {
		return nil, err
	}
	slots, err := p.slotRow()
	return []row{assess, conflicts, slots}, err
}

type planner struct {
	s     *graph.Snapshot
	e     graphtest.Estate
	r     *rand.Rand
	begin time.Time
	last  int
}

// near is how far below a service changes are made: applications, databases and hosts
// rather than the core of the network, which few changes touch.
const near = 40

// change is one that affects something that a service stands on, for two hours within
// some days.
func (p *planner) change(days int) *change.Change {
	p.last++
	below := p.s.Reach(p.e.Service(p.last), graph.Providers)
	ci := below[p.r.IntN(min(near, len(below)))]
	from := p.begin.Add(time.Duration(p.r.IntN(days*48)) * 30 * time.Minute)
	return change.Of(&itsm.Record{ID: graph.ID(1<<40 + p.last), Number: itsm.Number("CHG", int64(p.last)), Values: map[string]graph.Value{
		"state": graph.StringValue(change.Scheduled), "type": graph.StringValue(change.Normal), "content_version": graph.IntValue(1),
		"planned_start": graph.TimeValue(from), "planned_end": graph.TimeValue(from.Add(2 * time.Hour)),
	}, Links: []itsm.Linked{{Type: change.Affects, To: ci, Ref: p.s.Ref(ci)}}})
}

func (p *planner) others(n, days int) (out []change.Other) {
	for range n {
		out = append(out, change.Other{Change: p.change(days)})
	}
	return out
}

func (p *planner) context(c *change.Change, others []change.Other) change.Context {
	return change.Context{Snapshot: p.s, Now: p.begin, Change: c, Others: others, Identify: graph.ID.String, Words: func(s *graph.Snapshot, b graph.BlindSpot) string { return s.Ref(b.CI).String() + " " + b.Kind.String() }, Thresholds: change.DefaultThresholds,
		Services: func(class string) bool { return class == "business_service" }}
}

// whole is what assessChange solves.
func (p *planner) whole(c *change.Change, others []change.Other) (change.Result, error) {
	x, err := change.Solve(p.context(c, others))
	if err != nil {
		return change.Result{}, err
	}
	return x.Result(nil), nil
}

func (p *planner) assessRow() (row, error) {
	others := p.others(500, 14)
	start := time.Now()
	if _, err := p.whole(p.change(14), others); err != nil {
		return row{}, err
	}
	first := time.Since(start)
	var bare, listed, whole, slowest time.Duration
	const n = 20
	for range n {
		c := p.change(14)
		scenario := func(read func(*graph.Assessment)) (time.Duration, error) {
			return best(3, func() error {
				a, err := graph.Assess(p.s, graph.Scenario{Effects: c.Effects()}, graph.Options{Now: p.begin, Window: &graph.Window{From: c.From, Until: c.Until}})
				if err == nil {
					read(a)
				}
				return err
			})
		}
		b, err := scenario(func(a *graph.Assessment) { a.Counts() })
		if err != nil {
			return row{}, err
		}
		l, err := scenario(func(a *graph.Assessment) { a.Impacted() })
		if err != nil {
			return row{}, err
		}
		w, err := best(3, func() error { _, err := p.whole(c, others); return err })
		if err != nil {
			return row{}, err
		}
		bare, listed, whole, slowest = bare+b, listed+l, whole+w, max(slowest, w)
	}
	ratio := float64(whole) / float64(listed) // an assessment says who is hit, too
	return row{"change/assess", fmt.Sprintf("the bare scenarios of %d changes %s with who is hit, %s with how many alone; %d CIs, 500 scheduled beside", n, (listed / n).Round(time.Microsecond), (bare / n).Round(time.Microsecond), p.s.Len()),
		fmt.Sprintf("%s on average, %.1fx and %.1fx, at most %s; the first at a revision %s", (whole / n).Round(time.Microsecond), ratio, float64(whole)/float64(bare), slowest.Round(time.Microsecond), first.Round(time.Microsecond)),
		"<= 10x, <= 50 ms", verdict(ratio <= 10 && max(slowest, first) <= 50*time.Millisecond)}, nil
}

// conflictRow assesses a schedule, and one twice as long with twice as many changes.
func (p *planner) conflictRow() (row, error) {
	measure := func(n, days int) (took time.Duration, radius int, err error) {
		all := p.others(n, days)
		start := time.Now()
		for k, o := range all {
			r, err := p.whole(o.Change, append(slices.Clone(all[:k]), all[k+1:]...))
			if err != nil {
				return 0, 0, err
			}
			radius += r.Counts.Down + r.Counts.Degraded + r.Counts.AtRisk
		}
		return time.Since(start), radius, nil
	}
	one, few, err := measure(500, 35)
	if err != nil {
		return row{}, err
	}
	two, many, err := measure(1000, 70)
	if err != nil {
		return row{}, err
	}
	grows := (two.Seconds() / float64(many)) / (one.Seconds() / float64(few))
	return row{"change/conflicts", fmt.Sprintf("500 changes %s, %d CIs hit in all", one.Round(time.Millisecond), few),
		fmt.Sprintf("1000 changes in twice the time %s, %d CIs, %.2fx a CI", two.Round(time.Millisecond), many, grows), "<= 1.3x a CI", verdict(grows <= 1.3)}, nil
}

func (p *planner) slotRow() (row, error) {
	others := p.others(1000, 90)
	var slowest time.Duration
	found := 0
	for range 5 {
		c := p.change(90)
		start := time.Now()
		s, err := change.Slots(p.context(c, others), p.begin, func([]graph.ID) (map[graph.ID]change.About, error) { return nil, nil })
		if err != nil {
			return row{}, err
		}
		slowest, found = max(slowest, time.Since(start)), found+len(s.Slots)
	}
	return row{"change/slots", fmt.Sprintf("90 days with 1000 changes, %d slots found for 5", found), slowest.Round(time.Millisecond).String(), "<= 1 s", verdict(slowest <= time.Second)}, nil
}
