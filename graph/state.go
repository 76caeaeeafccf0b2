package graph

import (
	"encoding/json"
	"strings"
)

// State is what a CI delivers, a total order: worse is greater.
type State uint8

// The four states. AtRisk delivers in full but has lost its spare. Not knowing
// is not a state: it is the gap between two answers.
const (
	Operational State = iota
	AtRisk
	Degraded
	Down
)

var stateNames = [...]string{"OPERATIONAL", "AT_RISK", "DEGRADED", "DOWN"}

func (s State) String() string { return stateNames[s&3] }

// ParseState reads OPERATIONAL, AT_RISK, DEGRADED or DOWN.
func ParseState(s string) (State, error) {
	for i, n := range stateNames {
		if n == s {
			return State(i), nil
		}
	}
	return 0, Errorf(Invalid, "%q is not a state", Clip(s)).WithHint("one of %s", strings.Join(stateNames[:], ", "))
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's name.
func (s *State) UnmarshalText(b []byte) (err error) {
	*s, err = ParseState(string(b))
	return err
}

// Transfer is what a relation passes on to the consumer for each state of the
// provider: a monotone table of four states, two bits a state, that maps
// Operational to Operational.
type Transfer uint8

// The named transfers of impact-semantics.md, section 3.
const (
	None      Transfer = 0                                                                   // information only
	Hard      Transfer = Transfer(AtRisk)<<2 | Transfer(Degraded)<<4 | Transfer(Down)<<6     // runs on, powered by, stored on
	Soft      Transfer = Transfer(AtRisk)<<4 | Transfer(Degraded)<<6                         // cache, optional feature, asynchronous feed
	Degrading Transfer = Transfer(AtRisk)<<2 | Transfer(Degraded)<<4 | Transfer(Degraded)<<6 // loss of one function
)

var transferNames = map[string]Transfer{"NONE": None, "HARD": Hard, "SOFT": Soft, "DEGRADING": Degrading}

// NewTransfer makes a custom table from what each provider state passes on.
// Tables that are not monotone are refused: they would break the fixpoint and
// the explanations.
func NewTransfer(atRisk, degraded, down State) (Transfer, error) {
	if atRisk > degraded || degraded > down {
		return 0, Errorf(Invalid, "the transfer %s, %s, %s is not monotone: a worse provider must not pass on a better state", atRisk, degraded, down).
			WithHint("list what AT_RISK, DEGRADED and DOWN pass on in an order that never improves")
	}
	return Transfer(atRisk)<<2 | Transfer(degraded)<<4 | Transfer(down)<<6, nil
}

// Of is what the consumer receives when the provider is in state s.
func (t Transfer) Of(s State) State { return State(t>>(2*s)) & 3 }

// Raises says whether some provider state passes on a worse state than itself.
func (t Transfer) Raises() bool {
	return t.Of(AtRisk) > AtRisk || t.Of(Degraded) > Degraded
}

// String is the transfer's name, or the three states of a custom table joined
// by '/', for AT_RISK, DEGRADED and DOWN, for example "AT_RISK/AT_RISK/DOWN".
func (t Transfer) String() string {
	switch t {
	case None:
		return "NONE"
	case Hard:
		return "HARD"
	case Soft:
		return "SOFT"
	case Degrading:
		return "DEGRADING"
	}
	return t.Of(AtRisk).String() + "/" + t.Of(Degraded).String() + "/" + t.Of(Down).String()
}

// ParseTransfer reads what String writes.
func ParseTransfer(s string) (Transfer, error) {
	if t, ok := transferNames[s]; ok {
		return t, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) == 3 {
		var st [3]State
		for i, p := range parts {
			var err error
			if st[i], err = ParseState(p); err != nil {
				return 0, err
			}
		}
		return NewTransfer(st[0], st[1], st[2])
	}
	return 0, Errorf(Invalid, "%q is not a transfer", Clip(s)).
		WithHint(`one of HARD, SOFT, DEGRADING, NONE, or what AT_RISK, DEGRADED and DOWN pass on, for example "OPERATIONAL/AT_RISK/DOWN"`)
}

// MarshalText writes the name or table.
func (t Transfer) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads a name, a table in String's form, or an object such as
// {"AT_RISK":"OPERATIONAL","DEGRADED":"AT_RISK","DOWN":"DOWN"}.
func (t *Transfer) UnmarshalJSON(b []byte) (err error) {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t, err = ParseTransfer(s)
		return err
	}
	var table map[string]State
	if err := json.Unmarshal(b, &table); err != nil {
		return Errorf(Invalid, "a transfer is a name or an object of states").Because(err)
	}
	for k, v := range table {
		if k == "OPERATIONAL" && v != Operational {
			return Errorf(Invalid, "a transfer must pass on OPERATIONAL for OPERATIONAL")
		}
		if _, err := ParseState(k); err != nil {
			return err
		}
	}
	*t, err = NewTransfer(table["AT_RISK"], table["DEGRADED"], table["DOWN"])
	return err
}
