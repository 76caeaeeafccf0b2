package itsm

import (
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Discipline is a kind of record and how it is kept.
type Discipline struct {
	Class    string              // of its records
	Prefix   string              // of their numbers: CHG
	States   []string            // the first is where a record begins
	Moves    []Move              // the lifecycle; Create and Edit are moves, too
	Links    []Link              // what its records are related to
	Required map[string][]string // by state: attributes and relation types without which it is not entered
	Voids    []string            // attributes and relation types whose edit voids what was decided
	Clocks   []Clock
}

// The verbs that every discipline has. They keep the state.
const (
	Create = "create"
	Edit   = "edit"
)

// Move is one verb of a lifecycle.
type Move struct {
	Verb   string
	From   []string        // none for Create
	To     string          // "" keeps the state
	When   func(Case) bool // tells moves of one verb apart: the first that fits is made; nil: it fits
	Roles  []Role          // whoever has one of them may; none: everybody
	Guards []Guard         // all must hold
}

// Guard is a condition of a move that is an invariant. What it returns says what
// is in the way and how to mend it.
type Guard struct {
	Name string // is told in the refusal
	Test func(Case) error
}

// Case is what a guard looks at.
type Case struct {
	Record *Record // as it was; nil where it is created
	Input  Input
	Actor  Actor
	Now    time.Time
	Facts  any // what the room has gathered for its guards
}

// Link is a role in which a record is related to CIs or other records.
type Link struct {
	Type string // of the relation, record to what it is about
	Most int    // at most so many; 0: any number
}

// Input is what somebody says about a record.
type Input struct {
	Values          map[string]graph.Value // the zero Value clears
	Link            []NewLink              // made, or what they say replaced
	Unlink          []OldLink
	ExpectedVersion *int64
}

// NewLink relates a record to a CI or to another record.
type NewLink struct {
	Type  string
	To    graph.NodeRef
	Facts map[string]graph.Value
}

// OldLink names a link to remove.
type OldLink struct {
	Type string
	To   graph.ID
}

// move is the move of that verb from where the record stands.
func (d *Discipline) move(verb string, c *Case) (*Move, error) {
	state := ""
	if c.Record != nil {
		state = c.Record.State()
	}
	var from []string
	for k := range d.Moves {
		m := &d.Moves[k]
		if m.Verb != verb {
			continue
		}
		if (state == "" && len(m.From) == 0 || slices.Contains(m.From, state)) && (m.When == nil || m.When(*c)) {
			return m, nil
		}
		for _, s := range m.From {
			if !slices.Contains(from, s) {
				from = append(from, s)
			}
		}
	}
	if len(from) == 0 {
		return nil, graph.Errorf(graph.Internal, "%s has no verb %q", d.Class, verb)
	}
	return nil, Blocked("state", "it is %s", state).WithHint("%s is possible in %s", verb, list(from))
}

// Blocked is the refusal of a guard: by is its name, the rest says what is in the way.
func Blocked(by, format string, args ...any) *graph.Error {
	e := graph.Errorf(graph.Blocked, format, args...)
	e.By = []string{by}
	return e
}
