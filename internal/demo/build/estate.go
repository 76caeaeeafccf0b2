package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
)

// line is one line of the file; its fields stand in the order of the format.
type line struct {
	Kind        string         `json:"kind"`
	Class       string         `json:"class,omitempty"`
	Scope       string         `json:"scope,omitempty"`
	Name        string         `json:"name,omitempty"`
	Of          string         `json:"of,omitempty"`
	Rule        string         `json:"rule,omitempty"`
	K           int            `json:"k,omitempty"`
	Size        int            `json:"designedSize,omitempty"`
	From        string         `json:"from,omitempty"`
	Type        string         `json:"type,omitempty"`
	To          string         `json:"to,omitempty"`
	Requirement string         `json:"requirement,omitempty"`
	Qualifier   string         `json:"qualifier,omitempty"`
	Transfer    string         `json:"transfer,omitempty"`
	Attributes  map[string]any `json:"attributes,omitempty"`
	Keys        []key          `json:"keys,omitempty"`
	Evidence    *evidence      `json:"evidence,omitempty"`
}

type key struct {
	Source string `json:"source"`
	Value  string `json:"value"`
}

type evidence struct {
	Method string `json:"method"`
}

// What no source says is marked: placed is what this estate declares, inferred
// what follows from the sources without standing in them.
var (
	placed   = &evidence{Method: "DECLARED"}
	inferred = &evidence{Method: "INFERRED"}
)

// estate collects lines; a line that is said twice is kept once.
type estate struct {
	cis, requirements, relations map[string]line
	vms                          map[string][]string // refs of a cluster's virtual machines, in the order of the source
	bays                         []string            // names of the chassis' bays
	images                       map[string]string   // image of an application
}

func newEstate() *estate {
	return &estate{
		cis: map[string]line{}, requirements: map[string]line{}, relations: map[string]line{},
		vms: map[string][]string{}, images: map[string]string{},
	}
}

// ci adds a configuration item and gives its ref.
func (e *estate) ci(l line) string {
	l.Kind = "ci"
	ref := l.Class + ":" + l.Name
	if l.Scope != "" {
		ref = l.Class + ":" + l.Scope + "/" + l.Name
	}
	if _, ok := e.cis[ref]; !ok {
		e.cis[ref] = l
	}
	return ref
}

func (e *estate) require(l line) {
	l.Kind, l.Evidence = "requirement", nil
	e.requirements[l.Of+" "+l.Name] = l
}

func (e *estate) relate(l line) {
	l.Kind = "relation"
	e.relations[l.From+" "+l.Type+" "+l.To+" "+l.Requirement+" "+l.Qualifier] = l
}

// ndjson is the estate as the interchange format, sorted, with every end point
// checked to exist.
func (e *estate) ndjson() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	fmt.Fprintln(&out, `{"kind":"graph","version":1,"source":"sample-estate"}`)
	for _, group := range []map[string]line{e.cis, e.requirements, e.relations} {
		for _, k := range sorted(group) {
			l := group[k]
			for _, ref := range []string{l.Of, l.From, l.To} {
				if _, ok := e.cis[ref]; ref != "" && !ok {
					return nil, fmt.Errorf("%q names %s, which is not in the estate", k, ref)
				}
			}
			if err := enc.Encode(l); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
