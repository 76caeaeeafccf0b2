package guard

import "github.com/faultline-itsm/faultline/graph"

// object is how many values an object counts beside its fields: decoded and
// coerced, it takes about that much more room.
const object = 5

// Input bounds the JSON of a request before it is decoded: what is decoded takes
// many times the room of its text. It counts and does not judge; what is no JSON
// is left to the decoder.
func (l Limits) Input(body []byte) error {
	values, text := 1, false
	var lists []int // of each list that is open, how many commas it has; -1 for an object
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == ':':
			values++
		case c == ',':
			if n := len(lists); n > 0 && lists[n-1] >= 0 {
				values++
				if lists[n-1]++; lists[n-1] >= l.Elements {
					return graph.Errorf(graph.LimitExceeded, "the request has a list of more than %d elements", l.Elements).WithHint("send fewer items at once, or use /import")
				}
			}
		case c == '[' || c == '{':
			values, lists = values+1, append(lists, 0) // a list's first element
			if c == '{' {
				values, lists[len(lists)-1] = values+object-1, -1
			}
			// The request itself and its variables are two objects around a value.
			if len(lists) > l.Nesting+2 {
				return tooNested(l.Nesting)
			}
		case c == ']' || c == '}':
			lists = lists[:max(len(lists)-1, 0)]
		}
	}
	if values > l.Values {
		return graph.Errorf(graph.LimitExceeded, "the request has more than %d values", l.Values).WithHint("send fewer items at once, or use /import")
	}
	return nil
}
