package guard

const fewer = "send fewer items at once, or use /import"

// object is how many values an object counts beside its fields: decoded and
// coerced, it takes about that much more room.
const object = 5

// Input bounds the JSON of a request before it is decoded: what is decoded takes
// many times the room of its text. It counts and does not judge; what is no JSON
// is left to the decoder.
func (l Limits) Input(body []byte) error {
	values, text := 1, false
	type container struct {
		list   bool
		commas int
	}
	var open []container
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
		case c == ',' && len(open) > 0:
			in := &open[len(open)-1]
			if in.list {
				values++
			}
			if in.commas++; in.commas >= l.Elements {
				return refused("document.elements", fewer, "the request has a list or an object of more than %d elements", l.Elements)
			}
		case c == '[':
			values, open = values+1, append(open, container{list: true}) // its first element
		case c == '{':
			values, open = values+object, append(open, container{})
		case c == ']' || c == '}':
			open = open[:max(len(open)-1, 0)]
		}
		// The request itself and its variables are two objects around a value.
		if len(open) > l.Nesting+2 {
			return tooNested(l.Nesting)
		}
	}
	if values > l.Values {
		return refused("document.values", fewer, "the request has more than %d values", l.Values)
	}
	return nil
}
