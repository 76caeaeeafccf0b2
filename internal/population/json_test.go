package population

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJSON holds the scanner against encoding/json: it takes no text that is not
// JSON, reads the same strings, and refuses of JSON only what would lose something.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-0.5e+3,"x\u0041\ud83d\ude00\n"],"b":{"c":null,"d":true}}`, `"\ud800"`, `{"a":1,"a":2}`, `01`, `-`, "[1,]", "\"a\tb\"", strings.Repeat("[", 40), ` {"a" : "\/"} `} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		s := scanner{b: []byte(text), words: map[string]string{}}
		_, err := s.raw()
		if err == nil {
			err = s.end()
		}
		valid := json.Valid([]byte(text))
		switch {
		case err == nil && !valid:
			t.Fatalf("%q is not JSON", text)
		case err != nil && valid:
			says := err.Error()
			for _, known := range []string{"stands twice", "half a surrogate", "nested deeper"} {
				if strings.Contains(says, known) {
					return
				}
			}
			t.Fatalf("%q is refused: %s", text, says)
		case err != nil:
			return
		}
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			return // a number greater than a float
		}
		if w, isText := want.(string); isText {
			s := scanner{b: []byte(text)}
			if got, err := s.text(); err != nil || got != w {
				t.Errorf("%q reads %q, want %q (%v)", text, got, w, err)
			}
		}
		if o, isObject := want.(map[string]any); isObject {
			s := scanner{b: []byte(text)}
			keys := map[string]any{}
			err := s.object(func(key string) error {
				raw, err := s.raw()
				if err != nil {
					return err
				}
				var v any
				_ = json.Unmarshal(raw, &v)
				keys[key] = v
				return nil
			})
			if err != nil || !reflect.DeepEqual(keys, o) {
				t.Errorf("%q reads %v, want %v (%v)", text, keys, o, err)
			}
		}
	})
}

// FuzzCells holds the splitting of rows against itself: what is quoted by the rule
// comes apart as it was.
func FuzzCells(f *testing.F) {
	f.Add("a", "b,c", "d\"e\r\nf")
	f.Add("", "", "")
	f.Add("\"", ",", "\n")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		want := []string{a, b, c}
		quoted := make([]string, len(want))
		for i, cell := range want {
			quoted[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		row := []byte(strings.Join(quoted, ","))
		if state, bad := walkRow(row, cellStart); state != quoteInQuoted || bad >= 0 {
			t.Fatalf("%q ends in state %d, bad at %d", row, state, bad)
		}
		if got := cells(row, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%q comes apart as %q", row, got)
		}
	})
}
