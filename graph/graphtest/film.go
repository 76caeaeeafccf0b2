package graphtest

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Film is the states of all CIs minute by minute: everything in a model that is
// filmed begins and ends at whole minutes, so that nothing happens between them.
// There is no notion of a boundary here: the definition is evaluated at each minute.
type Film struct {
	From               time.Time
	Baseline, Scenario []States // from From on, one a minute
}

// lead is how long before the window a film begins: before anything in it happens.
const lead = 61 * time.Minute

// Shoot films a scenario over a window, in one world. Before the film everything is
// as it is without effects, and was so for ever.
func (m *Model) Shoot(e Effects, window graph.Window, world graph.World, now time.Time) Film {
	f := Film{From: window.From.Add(-lead)}
	minutes := int(window.Until.Sub(f.From) / time.Minute)
	filled := make(Effects, len(e))
	for k, x := range e {
		if x.From.IsZero() {
			x.From = window.From
		}
		filled[k] = x
	}
	f.Baseline = m.shoot(nil, f.From, minutes, world, now)
	f.Scenario = m.shoot(filled, f.From, minutes, world, now)
	return f
}

func (m *Model) shoot(e Effects, from time.Time, minutes int, world graph.World, now time.Time) []States {
	before := m.SolveIn(View{World: world, Now: now, At: from.Add(-time.Minute)}, nil)
	var film []States
	released := map[string]bool{} // by relation and restart
	for minute := range minutes {
		at := from.Add(time.Duration(minute) * time.Minute)
		var active Effects
		for _, x := range e {
			if !at.Before(x.From) && (x.Until.IsZero() || at.Before(x.Until)) {
				active = append(active, x)
			}
		}
		v := View{World: world, Now: now, At: at}
		v.Read = func(r Relation, states States) graph.State {
			least := states[r.To]
			for back := 1; back <= int(r.Grace/time.Minute); back++ {
				if minute-back >= 0 {
					least = min(least, film[minute-back][r.To])
				} else {
					least = min(least, before[r.To])
				}
			}
			return max(min(states[r.To], graph.AtRisk), least)
		}
		waits := func(r Relation, each func(key string, ended bool)) {
			for _, x := range e {
				if x.Kind == graph.Restart && x.CI == r.From && !at.Before(x.From) {
					each(r.From+">"+r.To+">"+r.Requirement+">"+r.Qualifier+x.From.String()+x.Until.String(), !x.Until.IsZero() && !at.Before(x.Until))
				}
			}
		}
		v.Hard = func(r Relation) (hard bool) {
			waits(r, func(key string, _ bool) { hard = hard || !released[key] })
			return hard
		}
		var states States
		for freed := true; freed; {
			states, freed = m.SolveIn(v, active), false
			for _, r := range m.Relations {
				if r.Start {
					waits(r, func(key string, ended bool) {
						if ended && !released[key] && states[r.To] < graph.Down {
							released[key], freed = true, true
						}
					})
				}
			}
		}
		film = append(film, states)
	}
	return film
}

// Peak is the worst of one CI over the window, at its earliest instant.
func (f Film) Peak(name string, window graph.Window) (from, to graph.State, at time.Time) {
	for k := range f.Scenario {
		t := f.From.Add(time.Duration(k) * time.Minute)
		b, s := f.Baseline[k][name], f.Scenario[k][name]
		if !t.Before(window.From) && s > b && s > to {
			from, to, at = b, s, t
		}
	}
	return from, to, at
}
