package guard

import "github.com/faultline-itsm/faultline/graph"

// Input bounds the JSON of a request before it is decoded: what is decoded takes
// many times the room of its text. It counts and does not judge; what is no JSON
// is left to the decoder.
func (l Limits) Input(body []byte) error {
	values, depth := 1, 0
	text := false
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == ',' || c == ':':
			values++
		case c == '[' || c == '{':
			values++
			// The request itself and its variables are two objects around a value.
			if depth++; depth > l.Nesting+2 {
				return tooNested(l.Nesting)
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	if values > l.Values {
		return graph.Errorf(graph.LimitExceeded, "the request has more than %d values", l.Values).WithHint("send fewer items at once, or use /import")
	}
	return nil
}
