package population

import (
	"bytes"
	"encoding/json"

	"github.com/faultline-itsm/faultline/graph"
)

// Mapping says what the columns of somebody's CSV mean.
type Mapping struct {
	Class      string            `json:"class,omitempty"`      // of rows that name none
	Scope      string            `json:"scope,omitempty"`      // of rows that name none
	Name       string            `json:"name,omitempty"`       // the column of the name; "" is the column called name
	Attributes map[string]string `json:"attributes,omitempty"` // the column of an attribute, by attribute
	Keys       map[string]string `json:"keys,omitempty"`       // the column of a source's key, by source
	Relations  []MappedRelation  `json:"relations,omitempty"`
	Ignore     []string          `json:"ignore,omitempty"` // columns
}

// MappedRelation says that a column names the provider of a relation of each row's
// CI.
type MappedRelation struct {
	Type   string `json:"type"`
	Column string `json:"column"`
	Class  string `json:"class,omitempty"` // of the provider, which the cell then names; "": the cell is a whole ref
	Scope  string `json:"scope,omitempty"` // of the provider; "" is the input's
}

// maxMapped bounds the relations of one row.
const maxMapped = 100

// ParseMapping reads a mapping; an empty text is none. It fails with Invalid.
func ParseMapping(text string) (*Mapping, error) {
	if text == "" {
		return nil, nil
	}
	s := scanner{b: []byte(text)}
	err := checkUTF8(s.b)
	if err == nil {
		_, err = s.raw() // a key that stands twice is an error, also here
	}
	if err == nil {
		err = s.end()
	}
	var m Mapping
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(s.b))
		dec.DisallowUnknownFields()
		if e := dec.Decode(&m); e != nil {
			err = graph.Errorf(graph.Invalid, "%s", e)
		}
	}
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "the mapping cannot be read: %s", asProblem(err).why.Message).
			WithHint(`for example {"class":"server","name":"Device","attributes":{"os":"Operating System"}}`).At(-1, "mapping")
	}
	if len(m.Relations) > maxMapped {
		return nil, graph.Errorf(graph.LimitExceeded, "the mapping has %d relations; at most %d are allowed", len(m.Relations), maxMapped).At(-1, "mapping")
	}
	for _, r := range m.Relations {
		if r.Type == "" || r.Column == "" {
			return nil, graph.Errorf(graph.Invalid, "a relation of the mapping has no type or no column").At(-1, "mapping.relations")
		}
	}
	return &m, nil
}
