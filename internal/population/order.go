package population

import (
	"github.com/faultline-itsm/faultline/graph"
)

// inOrder puts definitions behind what they name: a class behind the one it extends
// and behind the relation types of its rules, a relation type behind the classes
// that it goes between; else as they stand in the file. Where they name each other
// in a circle, a class that cat does not have yet is first defined without its
// rules: as a draft.
func inOrder(steps []step, cat *graph.Catalogue) []step {
	o := &ordering{cat: cat, at: make(map[string]int, len(steps)), state: make([]visit, len(steps)), steps: steps}
	for i := range steps {
		switch op := steps[i].op.(type) {
		case graph.DefineClass:
			o.at[op.Class.Name] = i
		case graph.DefineRelationType:
			o.at[op.Type.Name] = i
		}
	}
	for i := range steps {
		o.visit(i)
	}
	return o.out
}

type visit uint8

const (
	unseen visit = iota
	begun
	drafted
	ready
)

// ordering is one inOrder at work. Classes and relation types share a map: their
// names differ in case.
type ordering struct {
	cat   *graph.Catalogue
	at    map[string]int
	state []visit
	steps []step
	out   []step
}

// needs visits what is named, if it is defined here.
func (o *ordering) needs(name string) {
	if i, ok := o.at[name]; ok {
		o.visit(i)
	}
}

func (o *ordering) visit(i int) {
	switch o.state[i] {
	case drafted, ready:
		return
	case begun:
		o.draft(i)
		return
	}
	o.state[i] = begun
	switch op := o.steps[i].op.(type) {
	case graph.DefineClass:
		o.needs(op.Class.Extends)
		for _, r := range op.Class.Requires {
			for _, t := range r.Types {
				o.needs(t)
			}
		}
		for _, r := range op.Class.Redundancy {
			o.needs(r.Type)
			if r.Provider != op.Class.Name {
				o.needs(r.Provider)
			}
		}
	case graph.DefineRelationType:
		for _, p := range op.Type.Between {
			o.needs(p.Consumer)
			o.needs(p.Provider)
		}
	}
	st := o.steps[i]
	st.counted = o.state[i] == drafted
	o.state[i] = ready
	o.out = append(o.out, st)
}

// draft breaks a circle at a class that is still to come.
func (o *ordering) draft(i int) {
	op, ok := o.steps[i].op.(graph.DefineClass)
	if !ok || o.cat.Class(op.Class.Name) != nil {
		return
	}
	op.Class.Requires, op.Class.Redundancy = nil, nil
	o.out = append(o.out, step{op: op, line: o.steps[i].line, place: o.steps[i].place})
	o.state[i] = drafted
}
